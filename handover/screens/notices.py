"""What Today tells about the handover: proposals and an exit that wait for an answer, what waits on people who are gone, and
chapters of the runbook that have changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import streamlit as st

from handover.desk import HandoverDesk
from handover.emergencies import TOLD_FOR
from handover.exit.checklist import newest_protocol
from handover.screens.place import Place, place_of
from pipeline.desk.act import View
from pipeline.desk.who import Action
from pipeline.errors import Refusal
from pipeline.records import Phase, Proposal, Side
from pipeline.screens.rooms import page_file
from pipeline.screens.shared import Workplace, plain, shortened, spoken

MOST = 6
LOOKED_UP_FOR = timedelta(minutes=5)


@dataclass(frozen=True)
class Notice:
    """`words`: a refusal, or one of our sentences with its facts; `page` and `query`: where something can be done about it."""

    icon: str
    words: Refusal | tuple[str, Mapping[str, object]]
    page: str
    query: tuple[tuple[str, str], ...] = ()


def notices_of_the_handover(at: Workplace) -> None:
    place = place_of(at)
    found = [*_answers(place), *_looked_up(place)]
    if not found:
        return
    with st.container(border=True, key="line-handover", gap="small"):
        st.markdown(f"**{at.say('notice.title')}**")
        for one in found[:MOST]:
            label = plain(shortened(_told(place, one), 240))
            st.page_link(page_file(one.page), label=label, icon=f":material/{one.icon}:", query_params=dict(one.query))
        if len(found) > MOST:
            more = at.say("notice.more", count=len(found) - MOST)
            st.page_link(page_file("handover"), label=more, query_params={"part": "waiting"})


def _told(at: Place, one: Notice) -> str:
    if isinstance(one.words, Refusal):
        return spoken(at.say, one.words)
    name, facts = one.words
    return at.say(name, **facts)


# ------------------------------------------------------------------------------------------- what waits for my answer


def _answers(at: Place) -> Iterator[Notice]:
    with at.desk.look() as view:
        for proposal in view.reader.page(Proposal, {"answered_at": None}, limit=100):
            channel = view.channel_named(proposal.channel)
            if proposal.side is not view.me.side and view.may(Action.ACCEPT, channel):
                facts = {"channel": channel.name, "name": view.people[proposal.by].name, "phase": proposal.phase}
                query = (("channel", channel.slug), ("part", "step"))
                yield Notice("handshake", ("notice.proposal", facts), "handover", query)
        yield from _exit(view)
        yield from _policy(view)
    for one in at.desk.emergencies():
        words: dict[str, object] = {"name": one.name, "title": one.piece.title, "at": one.at, "reason": one.reason}
        yield Notice("e911_emergency", ("notice.emergency", words), "review", (("piece", one.piece.id),))


def _policy(view: View) -> Iterator[Notice]:
    """What is agreed is changed by either side; the other one is told."""
    changed = (one for one in view.reader.events(subject=view.ws, descending=True, limit=50) if one.act == "client.policy")
    newest = next(changed, None)
    by = view.people.get(newest.actor) if newest else None
    if newest is None or by is None or by.side is view.me.side or newest.at < view.now - TOLD_FOR:
        return
    facts: dict[str, object] = {"name": by.name, "at": newest.at}
    yield Notice("rule", ("notice.policy", facts), "handover")


def _exit(view: View) -> Iterator[Notice]:
    if any(one.phase is not Phase.ABGEBEN and not one.is_rehearsal for one in view.channels):
        return
    protocol = newest_protocol(view)
    if protocol is not None and protocol.is_open and view.may(Action.CONTROL):
        facts = {"name": view.people[protocol.consultant].name}
        yield Notice("waving_hand", ("notice.exit", facts), "handover", (("part", "exit"),))


# --------------------------------------------------------------------------------- what has to be looked up piece by piece


@dataclass(frozen=True)
class _Remembered:
    """What was found when the audit trail had that many entries. Time alone changes it slowly."""

    entries: int
    until: datetime
    found: Sequence[Notice]


_remembered: dict[tuple[str, str, str], _Remembered] = {}


def _looked_up(at: Place) -> Sequence[Notice]:
    desk, key = at.desk, (str(at.desk.house.settings.store), at.desk.ws, at.me.id)
    with desk.look() as view:
        entries = next((event.seq for event in view.reader.events(descending=True, limit=1)), 0)
        now = view.now
    known = _remembered.get(key)
    if known is None or known.entries != entries or not now < known.until:
        known = _remembered[key] = _Remembered(entries, now + LOOKED_UP_FOR, list(_look(desk, at)))
    return known.found


def _look(desk: HandoverDesk, at: Place) -> Iterator[Notice]:
    for one in desk.waiting_on_the_gone():
        if one.piece:
            yield Notice("hourglass_top", one.why, "review", (("piece", one.piece),))
        elif one.brief:
            yield Notice("person_off", one.why, "write")
        else:
            yield Notice("person_off", one.why, "handover", (("channel", one.channel), ("part", "step")))
    if at.me.side is Side.TEAM and desk.may(Action.CONTROL):
        for state in desk.runbook().chapters:
            if state.changed_since is not None:
                yield Notice("menu_book", ("notice.chapter", {"title": state.chapter.title}), "handover", (("part", "runbook"),))
