"""One piece across its life: revisions side by side, every decision, every event."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st
from markupsafe import Markup

from pipeline.desk.reading import PieceView
from pipeline.records import Decision, Person, Revision
from pipeline.screens.history_words import act_sentence
from pipeline.screens.markup import LOG, anchor, facts, table
from pipeline.screens.parts.changes import show_changes
from pipeline.screens.shared import Workplace, moment, open_piece, person_name, plain, show, stage_badge

MOST_EVENTS = 50


def piece_history(at: Workplace, view: PieceView) -> None:
    people = {one.id: one for one in at.desk.people()}
    with st.container(horizontal=True, vertical_alignment="center", key="line-piece"):
        open_piece(at.say, view.piece)
        stage_badge(at.say, view.stage)
    _facts(at, view, people)
    _revisions(at, view.revisions, people)
    _decisions(at, view, people)
    _events(at, view, people)


def _facts(at: Workplace, view: PieceView, people: Mapping[str, Person]) -> None:
    say, row = at.say, view.publication
    rows: list[tuple[str, str | Markup]] = [
        (say("column.channel"), view.channel.name),
        (say("history.begun"), f"{person_name(people, view.piece.made.by, say)}, {moment(say, view.piece.made.at)}"),
    ]
    if view.piece.due_at:
        rows.append((say("column.due"), moment(say, view.piece.due_at)))
    if row is not None and row.url:
        rows.append((say("column.address"), anchor(row.url)))
    show(facts(rows))


# ---------------------------------------------------------------------------------------------------------- revisions


def _revisions(at: Workplace, revisions: Sequence[Revision], people: Mapping[str, Person]) -> None:
    say = at.say
    st.subheader(say("history.revisions", count=len(revisions)), anchor=False)
    by_number = {one.number: one for one in revisions}

    def named(number: int) -> str:
        one = by_number[number]
        return say("history.revision", number=number, name=person_name(people, one.by, say), at=one.at)

    newest = revisions[-1].number
    if len(revisions) == 1:
        st.caption(plain(named(newest)))
        return
    numbers = sorted(by_number, reverse=True)
    key = revisions[-1].piece
    new = st.selectbox(say("history.compare"), numbers, format_func=named, key=f"new-{key}")
    old = st.selectbox(say("history.with"), numbers, index=1, format_func=named, key=f"old-{key}")
    before, after = by_number[min(old, new)].content, by_number[max(old, new)].content
    show_changes(say, before, after)


# ------------------------------------------------------------------------------------------------- decisions and events


def _decisions(at: Workplace, view: PieceView, people: Mapping[str, Person]) -> None:
    say = at.say
    st.subheader(say("history.decisions"), anchor=False)
    shown = [one for one in view.decisions if not (view.blind and one.hash == view.hash and one.person != at.me.id)]
    if view.blind:
        st.info(say("history.blind"), icon=":material/visibility_off:")
    if not shown:
        st.caption(say("history.no_decisions"))
        return
    head = [say(f"column.{name}") for name in ("when", "who", "verdict", "voice", "revision", "comment")]
    show(table(head, (_decision(at, one, view, people) for one in reversed(shown))))


def _decision(at: Workplace, one: Decision, view: PieceView, people: Mapping[str, Person]) -> list[str | Markup]:
    say = at.say
    who = person_name(people, one.person, say)
    if one.on_behalf_of:
        who = say("history.for", name=who, giver=person_name(people, one.on_behalf_of, say))
    current = one.hash == view.hash
    revision = str(one.revision) if current else say("history.earlier_text", revision=one.revision)
    voice = say("voice.binding" if one.binding else "voice.shadow")
    return [moment(say, one.at), who, say.word(one.verdict), voice, revision, one.comment]


def _events(at: Workplace, view: PieceView, people: Mapping[str, Person]) -> None:
    say = at.say
    st.subheader(say("history.events"), anchor=False)
    channels = {view.channel.id: view.channel.name}
    events = at.desk.events(piece=view.piece.id, limit=MOST_EVENTS)
    rows = (
        [say.moment(one.at, seconds=True), person_name(people, one.actor, say), act_sentence(at, one, people, channels)]
        for one in events
    )
    show(table([say("column.when"), say("column.who"), say("column.what")], rows, css=LOG))
