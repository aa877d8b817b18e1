"""What all screens need.

desk, me, say, client = workplace()              anew at the top of every page and inside callbacks
page_head(say, "screen.today")                   title and one line below it
tell(say, desk.submit, piece.id)                 does it; toast when done, a sentence when refused
st.button(..., on_click=click, args=(say, desk.approve, ...), kwargs={"done": "review.approved", "once": "approve:3"})
stage_badge(say, piece.stage)
open_piece(say, piece)                           a link to where this piece is written or reviewed (`?piece=<id>`)
plain(text)                                      around everything that people wrote, in labels, messages and Markdown
show(SafeHtml)                                   the one place where HTML is shown (markup.py)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, NamedTuple

import streamlit as st

from pipeline.desk import Desk
from pipeline.errors import Refusal
from pipeline.messages import Say
from pipeline.records import Client, Person, Piece, Stage
from pipeline.screens import visitor
from pipeline.screens.markup import show
from pipeline.screens.plain import plain, shortened
from pipeline.screens.rooms import page_file
from pipeline.screens.workplace import house

__all__ = [
    "Told", "Workplace", "action_once", "click", "day", "last_day", "moment", "open_piece", "page_head",
    "person_name", "piece_title", "plain", "shortened", "show", "spoken", "stage_badge", "tell", "workplace",
]  # fmt: skip

OPENED_WITH = "drawn-for"
USED = "used-actions"
MOST_USED = 500

BadgeColor = Literal["red", "orange", "yellow", "blue", "green", "violet", "gray"]
STAGE_COLOR: Mapping[Stage, BadgeColor] = {
    Stage.DRAFT: "gray",
    Stage.REVIEW: "blue",
    Stage.APPROVED: "green",
    Stage.SCHEDULED: "green",
    Stage.PUBLISHING: "violet",
    Stage.PUBLISHED: "green",
    Stage.MISSED: "orange",
    Stage.ATTENTION: "red",
    Stage.WITHDRAWN: "gray",
    Stage.REJECTED: "gray",
}
STAGE_ICON: Mapping[Stage, str] = {
    Stage.DRAFT: "edit_note",
    Stage.REVIEW: "rate_review",
    Stage.APPROVED: "check",
    Stage.SCHEDULED: "schedule",
    Stage.PUBLISHING: "send",
    Stage.PUBLISHED: "task_alt",
    Stage.MISSED: "event_busy",
    Stage.ATTENTION: "priority_high",
    Stage.WITHDRAWN: "undo",
    Stage.REJECTED: "block",
}
IN_WORK = (Stage.DRAFT,)


class Workplace(NamedTuple):
    """One signed-in person at one client's desk, in this person's language and the client's time zone."""

    desk: Desk
    me: Person
    say: Say
    client: Client


class SignedOut(Exception):
    """Nobody is signed in, or somebody without a client. main.py shows what to do before any page runs."""


def workplace() -> Workplace:
    account, places = visitor.who_and_where()
    if account is None or not places:
        raise SignedOut
    client, me = places[0]
    return Workplace(Desk(house(), client.id, me.id), me, Say(account.language, client.timezone), client)


# ------------------------------------------------------------------------------------------------------------- acting


@dataclass(frozen=True)
class Told:
    """What came of an intention."""

    done: bool
    value: Any = None
    refusal: Refusal | None = None


def tell(
    say: Say,
    intention: Callable[..., object],
    *given: object,
    done: str = "done",
    once: str = "",
    quiet: tuple[type[Refusal], ...] = (),
    **named: object,
) -> Told:
    """Hand one intention to the desk and say what came of it, inline or as a callback.

    done  name of the sentence for success; empty: nothing is said
    once  names the act together with the state it was seen in ("publish:<piece>:<version>"): a double click does it once
    quiet refusals that the caller speaks of itself
    """
    if not _same_person():
        st.warning(say("screen.signed_out"))
        return Told(False)
    if once and once in st.session_state.get(USED, ()):
        return Told(False)
    try:
        value = intention(*given, **named)
    except quiet as refusal:
        return Told(False, refusal=refusal)
    except Refusal as refusal:  # anything else stays a loud bug
        st.error(plain(spoken(say, refusal)), icon=":material/block:")
        st.toast(say("screen.not_done"), icon=":material/block:")
        return Told(False, refusal=refusal)
    if once:
        action_once(once)
    if done:
        st.toast(plain(say(done)), icon=":material/check:")
    return Told(True, value)


def click(say: Say, intention: Callable[..., object], *given: object, **named: Any) -> None:
    """`tell` as a callback."""
    tell(say, intention, *given, **named)


def action_once(act: str) -> bool:
    """True the first time in this session."""
    used: list[str] = st.session_state.setdefault(USED, [])
    if act in used:
        return False
    st.session_state[USED] = [*used, act][-MOST_USED:]
    return True


def _same_person() -> bool:
    """The page that was clicked was drawn for whoever is signed in now."""
    account = visitor.signed_in()
    drawn_for = st.session_state.get(OPENED_WITH)
    return account is not None and drawn_for in (None, account.id)


def spoken(say: Say, refusal: Refusal) -> str:
    """The sentence of a refusal, with the names of fields as the screens call them. Text, no Markdown."""
    facts = dict(refusal.facts)
    for name, prefix in (("field", "field"), ("action", "word.Action"), ("what", "thing")):
        known = f"{prefix}.{facts.get(name)}"
        if isinstance(facts.get(name), str) and say.has(known):
            facts[name] = say(known)
    if isinstance(reasons := facts.get("reasons"), Sequence) and not isinstance(reasons, str):
        facts["reasons"] = " ".join(spoken(say, one) if isinstance(one, Refusal) else str(one) for one in reasons)
    return say(refusal.code, **facts)


# ------------------------------------------------------------------------------------------------------------ drawing


def page_head(say: Say, screen: str, /, **facts: object) -> None:
    """Sentences `<screen>.title` and, when there is one, `<screen>.lead`."""
    st.title(plain(say(f"{screen}.title", **facts)), anchor=False)
    if say.has(f"{screen}.lead"):
        st.caption(plain(say(f"{screen}.lead", **facts)))


def stage_badge(say: Say, stage: Stage) -> None:
    st.badge(say.word(stage), icon=f":material/{STAGE_ICON[stage]}:", color=STAGE_COLOR[stage])


def moment(say: Say, at: datetime | None) -> str:
    return say.moment(at) if at else "–"


def day(say: Say, at: datetime) -> str:
    """The date at that moment where the client is."""
    return say.word(at.astimezone(say.zone).date())


def last_day(say: Say, end: datetime) -> str:
    """The last whole day before an end that is agreed by days."""
    return day(say, end - timedelta(seconds=1))


def piece_title(piece: Piece, longest: int = 90) -> str:
    """For labels and Markdown."""
    return plain(shortened(piece.title, longest))


def person_name(people: Mapping[str, Person] | Sequence[Person], who: str, say: Say) -> str:
    """Name of a person by id, as text; the worker, the clock and the command line have names too."""
    if not isinstance(people, Mapping):
        people = {one.id: one for one in people}
    if who in people:
        return people[who].name
    return say(f"actor.{who}") if say.has(f"actor.{who}") else say("actor.unknown")


def open_piece(say: Say, piece: Piece, *, label: str = "") -> None:  # noqa: ARG001  (others may need words)
    """A link to this piece: drafts open where they are written, all others where they are reviewed."""
    name = "write" if piece.stage in IN_WORK else "review"
    st.page_link(page_file(name), label=label or piece_title(piece), query_params={"piece": piece.id})


def piece_line(say: Say, piece: Piece, told: str, *, badge: bool = False) -> None:
    """The link, and in its second line where and when. One element, because a page takes as long as it has elements;
    inside a container whose key begins with "line-" or "plan-", which gives the second line its look."""
    stage = f"**{plain(say.word(piece.stage))}** · " if badge else ""
    open_piece(say, piece, label=f"{piece_title(piece)} :gray[{stage}{plain(told)}]")
