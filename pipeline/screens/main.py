"""The script of every page: who is there, for which client, in which language; then the page itself."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping, Sequence
from functools import cache
from urllib.parse import quote

import streamlit as st

from pipeline.messages import LANGUAGES, TEMPLATES, Say
from pipeline.people.accounts import choose_language, left_by
from pipeline.records import Account, Client, Person, Side
from pipeline.screens import visitor
from pipeline.screens.markup import anchor, show, style_sheet
from pipeline.screens.plain import plain
from pipeline.screens.rooms import rooms
from pipeline.screens.shared import OPENED_WITH
from pipeline.screens.workplace import house

OWN_NAME = {"de": "Deutsch", "en": "English"}


def run() -> None:
    st.set_page_config(page_title="Staffelstab", page_icon=icon(), layout="wide")
    st.logo(icon(), size="large")
    style_sheet()
    visitor.take_from_address()
    account, places = visitor.who_and_where()
    say = Say(account.language if account else _browser_language())
    if account is None:
        _at_the_door(say)
    elif not places:
        _nowhere(say, account)
    else:
        _drawn_for(account)
        page = _pages(say)
        _sidebar(say, account, places)
        with visitor.drawing_for(account, places):
            page.run()


@cache
def icon() -> str:
    """As an address that carries the picture: a file would be read and hashed with every click."""
    return "data:image/png;base64," + b64encode((TEMPLATES / "icon.png").read_bytes()).decode()


def _pages(say: Say) -> st.Page:
    pages = [
        st.Page(
            room.file,
            title=say(f"screen.{room.name}.title"),
            icon=f":material/{room.icon}:",
            url_path=room.address,
            default=room.name == "today",
        )
        for room in rooms()
    ]
    return st.navigation(pages)


def _drawn_for(account: Account) -> None:
    """What a browser tab remembers belongs to one account; another one starts afresh."""
    if st.session_state.get(OPENED_WITH, account.id) != account.id:
        kept = {name: st.session_state[name] for name in (visitor.ACTING,) if name in st.session_state}
        st.session_state.clear()
        st.session_state.update(kept)
    st.session_state[OPENED_WITH] = account.id


def _sidebar(say: Say, account: Account, places: Sequence[tuple[Client, Person]]) -> None:
    client, me = places[0]
    with st.sidebar:
        st.markdown(f"**{plain(client.name)}**")
        if visitor.is_demo():
            _acting(say)
        else:
            st.caption(plain(me.name))
        if len(places) > 1:
            _client_choice(say, places)
        _language(say, account)
        if not visitor.is_demo():
            show(anchor("/abmelden", say("screen.sign_out"), css="ss-link", here=True))


def _acting(say: Say) -> None:
    clients = _sample_clients()
    names = {one.email: f"{one.name} ({_known_as(say, one, clients)})" for one in visitor.demo_people()}
    if st.session_state.get(visitor.ACTING) not in names:
        st.session_state.pop(visitor.ACTING, None)
    st.selectbox(say("screen.demo"), list(names), format_func=names.__getitem__, key=visitor.ACTING, help=say("screen.demo_help"))


def _sample_clients() -> Mapping[str, str]:
    """Names by id."""
    with house().store.read() as view:
        return {client.id: client.name for client in view.page(Client, limit=100)}


def _known_as(say: Say, person: Person, clients: Mapping[str, str]) -> str:
    """Of several sample clients one has to know whose team somebody belongs to; the consultant is the same everywhere."""
    return clients[person.client] if person.side is Side.TEAM and len(clients) > 1 else say.word(person.side)


def _client_choice(say: Say, places: Sequence[tuple[Client, Person]]) -> None:
    names = {client.id: client.name for client, _ in sorted(places, key=lambda place: place[0].name.casefold())}
    if st.session_state.get(visitor.CLIENT) not in names:
        st.session_state.pop(visitor.CLIENT, None)
    st.selectbox(say("screen.client"), list(names), format_func=names.__getitem__, key=visitor.CLIENT)


def _language(say: Say, account: Account) -> None:
    key = f"language-{account.id}"
    st.session_state[key] = account.language

    def choose() -> None:
        choose_language(house().store, account.id, st.session_state[key])

    st.selectbox(say("screen.language"), LANGUAGES, format_func=OWN_NAME.__getitem__, key=key, on_change=choose)


def _at_the_door(say: Say) -> None:
    st.title(say("screen.please_sign_in"), anchor=False)
    st.write(say("screen.sign_in_lead"))
    show(anchor(f"/anmelden?next={quote(_here(), safe='')}", say("screen.to_sign_in"), css="ss-button", here=True))


def _here() -> str:
    """Path and query of this page, for the way back after signing in."""
    address = str(st.context.url or "/")
    parts = address.split("/", 3)
    path = "/" + (parts[3] if len(parts) > 3 else "")
    asked = "&".join(f"{quote(name)}={quote(value)}" for name, value in st.query_params.items())
    return f"{path}?{asked}" if asked and "?" not in path else path


def _nowhere(say: Say, account: Account) -> None:
    st.title(say("screen.app"), anchor=False)
    ended = left_by(house().store, account.email)
    for client, at in ended:
        st.info(plain(say("screen.access_ended", client=client.name, at=at)))
    if not ended:
        st.info(say("screen.no_client"))
    show(anchor("/abmelden", say("screen.sign_out"), css="ss-link", here=True))


def _browser_language() -> str:
    return "en" if str(st.context.locale or "de").lower().startswith("en") else "de"


if __name__ == "__main__":
    run()
