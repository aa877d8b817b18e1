"""Who sits at this browser: asked anew in every run, so that signing out or leaving takes effect with the next click."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from urllib.parse import urlencode

import streamlit as st
from starlette.requests import HTTPConnection

from pipeline.people.accounts import account_of, people_of
from pipeline.people.sign_in import who_is
from pipeline.records import Account, Client, Person
from pipeline.screens.callers import session_cookie
from pipeline.screens.workplace import house

ACTING = "demo-acting"
CLIENT = "client-choice"

IN_ADDRESS = {"client": CLIENT, "acting": ACTING}

Places = Sequence[tuple[Client, Person]]
_drawing: ContextVar[tuple[Account, Places] | None] = ContextVar("drawing", default=None)


def is_demo() -> bool:
    """Anybody at the machine may act as any of the sample people. Never on an installation with a public address."""
    settings = house().settings
    return settings.demo and not settings.public_url


def signed_in() -> Account | None:
    if is_demo():
        return _demo_account(st.session_state.get(ACTING))
    return _behind(st.context.cookies.get(_cookie_name()))


def take_from_address() -> None:
    """A link of our own that loads a page begins a new session: what this one has to remember travels in its address."""
    for name, key in IN_ADDRESS.items():
        if name in st.query_params:
            st.session_state.setdefault(key, st.query_params[name])
            del st.query_params[name]


def way(path: str, **asked: str) -> str:
    """The address of a page of ours, for links that load it: with what this session remembers."""
    remembered = {name: str(st.session_state.get(key) or "") for name, key in IN_ADDRESS.items()}
    query = {name: value for name, value in {**asked, **remembered}.items() if value}
    return f"{path}?{urlencode(query)}" if query else path


@contextmanager
def drawing_for(account: Account, places: Places) -> Iterator[None]:
    """While a page is drawn, whoever opened it: main.py has just asked. Not in callbacks and fragments: they ask anew."""
    before = _drawing.set((account, places))
    try:
        yield
    finally:
        _drawing.reset(before)


def who_and_where() -> tuple[Account | None, Places]:
    """Who is signed in, and their places, the chosen one first."""
    if known := _drawing.get():
        return known[0], _chosen_first(known[1])  # the choice may stand on this very page
    account = signed_in()
    return account, my_places(account) if account else ()


def is_known(caller: HTTPConnection) -> bool:
    """For the routes: whether a request comes from somebody who is signed in."""
    return is_demo() or _behind(caller.cookies.get(_cookie_name())) is not None


def account_behind(caller: HTTPConnection) -> Account | None:
    """For the routes: who sent a request."""
    if is_demo():
        return _demo_account(caller.query_params.get("acting"))
    return _behind(caller.cookies.get(_cookie_name()))


def _behind(cookie: str | None) -> Account | None:
    here = house()
    return who_is(here.store, cookie, here.now())


def _cookie_name() -> str:
    return session_cookie(secure=house().settings.secure)


def _demo_account(chosen: str | None) -> Account | None:
    people = demo_people()
    if not people:
        return None
    email = chosen if chosen in {person.email for person in people} else people[0].email
    with house().store.read() as view:
        return account_of(view, email)


def demo_people() -> Sequence[Person]:
    """One per mail address, the consultant first."""
    found: dict[str, Person] = {}
    for _, person in house().store.everywhere(Person, {}):
        if person.is_active:
            found.setdefault(person.email, person)
    return sorted(found.values(), key=lambda one: (one.side, one.made_at))


def my_places(account: Account) -> Places:
    """The clients in which this account is an active person, the chosen one first."""
    return _chosen_first(people_of(house().store, account.email))


def _chosen_first(places: Places) -> Places:
    return sorted(places, key=lambda place: place[0].id != st.session_state.get(CLIENT))
