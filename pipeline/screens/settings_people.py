"""People: who belongs here, adding somebody with a link to set up the account, and letting somebody go."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from pipeline.desk.leaving import Left
from pipeline.desk.who import Action
from pipeline.errors import HasAccountAlready
from pipeline.records import Person, Role, Side
from pipeline.screens.markup import table
from pipeline.screens.paging import page_choice, page_of
from pipeline.screens.shared import Workplace, day, plain, show, tell

ROWS = 20
LINK = "set-up-link"


def people_view(at: Workplace) -> None:
    people = at.desk.people()
    _list(at, people)
    _link_once(at)
    if not at.desk.may(Action.PEOPLE):
        st.caption(at.say("people.not_yours"))
        return
    _add(at)
    _roles(at, people)
    _link_again(at, people)
    _leave(at, people)


def _list(at: Workplace, people: Sequence[Person]) -> None:
    say = at.say
    st.subheader(say("people.title"), anchor=False)
    head = [say(f"column.{name}") for name in ("name", "email", "side", "roles", "belongs")]
    first = page_of("people", ROWS)
    show(table(head, (_row(at, person) for person in people[first : first + ROWS])))
    page_choice(say, "people", len(people), ROWS)


def _row(at: Workplace, person: Person) -> list[str]:
    say = at.say
    roles = say.word([role for role in Role if role in person.roles])
    belongs = say("people.since", at=day(say, person.made_at))
    if person.left is not None:
        belongs = say("people.left", at=day(say, person.left.at))
    return [person.name, person.email, say.word(person.side), roles, belongs]


# ------------------------------------------------------------------------------------------------------------- adding


def _add(at: Workplace) -> None:
    say = at.say
    with st.expander(say("people.add.title"), icon=":material/person_add:", key="add-person"), st.form("person", border=False):
        st.text_input(say("field.name"), key="person-name", max_chars=120)
        st.text_input(say("field.email"), key="person-email", max_chars=254, type="email", placeholder="name@firma.example")
        st.segmented_control(
            say("column.side"), list(Side), format_func=say.word, default=Side.TEAM, required=True, key="person-side"
        )
        st.pills(
            say("column.roles"),
            list(Role),
            format_func=say.word,
            default=[Role.EDITOR],
            selection_mode="multi",
            key="person-roles",
        )
        st.caption(say("people.roles_what"))
        st.form_submit_button(say("people.add.button"), type="primary", on_click=_add_person, args=(at,))


def _add_person(at: Workplace) -> None:
    given = {name: st.session_state.get(f"person-{name}") for name in ("name", "email", "side", "roles")}
    side, roles = given["side"] or Side.TEAM, frozenset(given["roles"] or ())
    name, email = str(given["name"] or ""), str(given["email"] or "")
    told = tell(at.say, at.desk.add_person, name=name, email=email, side=side, roles=roles, done="people.added")
    if told.done:
        for field in ("name", "email"):
            st.session_state[f"person-{field}"] = ""
        _make_link(at, told.value.email, new=True)


def _make_link(at: Workplace, email: str, *, new: bool = False) -> None:
    """A new person who has an account already signs in with that; nothing went wrong then."""
    told = tell(at.say, at.desk.invite, email, done="", quiet=(HasAccountAlready,) if new else ())
    if told.done:
        st.session_state[LINK] = (email, str(told.value))
    elif isinstance(told.refusal, HasAccountAlready) and new:
        st.session_state[LINK] = (email, "")


def _link_once(at: Workplace) -> None:
    """Shown in the one run after its making, and never again: only its hash is stored."""
    made = st.session_state.pop(LINK, None)
    if made is None:
        return
    email, token = made
    if not token:
        st.info(plain(at.say("people.has_account", email=email)), icon=":material/how_to_reg:")
        return
    with st.container(border=True, key="set-up-link"):
        st.markdown(f"**{plain(at.say('people.link.title', email=email))}**")
        st.code(f"{_base(at)}/einrichten/{token}", language=None, wrap_lines=True)
        st.caption(at.say("people.link.what"))


def _base(at: Workplace) -> str:
    public = at.desk.house.settings.public_url
    return public or "/".join(str(st.context.url or "http://localhost:8501").split("/", 3)[:3])


def _link_again(at: Workplace, people: Sequence[Person]) -> None:
    say = at.say
    active = {person.email: person.name for person in people if person.is_active and person.id != at.me.id}
    if not active:
        return
    with st.expander(say("people.link_again.title"), icon=":material/key:", key="link-again"):
        st.caption(say("people.link_again.what"))
        st.selectbox(say("column.name"), list(active), format_func=active.__getitem__, key="link-email")
        st.button(say("people.link_again.button"), key="make-link", on_click=_link_for_chosen, args=(at,))


def _roles(at: Workplace, people: Sequence[Person]) -> None:
    say = at.say
    active = {person.email: person for person in people if person.is_active}
    with st.expander(say("people.roles.title"), icon=":material/badge:", key="roles"):
        chosen = st.selectbox(say("column.name"), list(active), format_func=lambda email: active[email].name, key="roles-email")
        st.pills(
            say("column.roles"),
            list(Role),
            format_func=say.word,
            default=[role for role in Role if role in active[chosen].roles],
            selection_mode="multi",
            key=f"roles-of-{chosen}",
        )
        st.caption(say("people.roles_what"))
        st.button(say("people.roles.button"), key="change-roles", on_click=_change_roles, args=(at, chosen))


def _change_roles(at: Workplace, email: str) -> None:
    roles = frozenset(st.session_state.get(f"roles-of-{email}") or ())
    tell(at.say, at.desk.change_roles, email, roles, done="people.roles.done")


def _link_for_chosen(at: Workplace) -> None:
    _make_link(at, str(st.session_state.get("link-email") or ""))


# ------------------------------------------------------------------------------------------------------------ leaving


def _leave(at: Workplace, people: Sequence[Person]) -> None:
    say = at.say
    active = {person.email: f"{person.name} ({say.word(person.side)})" for person in people if person.is_active}
    with st.expander(say("people.leave.title"), icon=":material/person_remove:", key="deactivate"):
        st.write(say("people.leave.what"))
        st.selectbox(say("column.name"), list(active), index=None, format_func=active.__getitem__, key="leave-email",
                     placeholder=say("people.leave.choose"))  # fmt: skip
        st.text_input(say("field.reason"), key="leave-reason", max_chars=200)
        sure = st.checkbox(say("people.leave.sure"), key="leave-sure")
        st.button(say("people.leave.button"), key="leave", disabled=not sure, on_click=_deactivate, args=(at,))


def _deactivate(at: Workplace) -> None:
    email, reason = st.session_state.get("leave-email"), st.session_state.get("leave-reason")
    told = tell(at.say, at.desk.deactivate, str(email or ""), reason=str(reason or ""), done="")
    if told.done and isinstance(told.value, Left):
        st.session_state["leave-sure"] = False
        text = at.say("people.leave.done", name=told.value.person.name, count=len(told.value.voided))
        st.success(plain(text), icon=":material/person_off:")
