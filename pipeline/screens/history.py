"""History: who did what and when, checked against the chain; and one piece with its revisions and decisions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st
from markupsafe import Markup

from pipeline.desk.reading import Audit
from pipeline.errors import Unknown
from pipeline.records import Event, Person, Piece
from pipeline.screens import visitor
from pipeline.screens.history_piece import piece_history
from pipeline.screens.history_words import act_sentence
from pipeline.screens.markup import LOG, anchor, table
from pipeline.screens.paging import page_choice, page_of
from pipeline.screens.shared import Workplace, page_head, person_name, plain, shortened, show, tell

ROWS = 25
RECENT_PIECES = 50
CHECKED = "history-checked"
VIEWS = ("all", "piece")


def history_screen(at: Workplace) -> None:
    page_head(at.say, "screen.history")
    view = st.segmented_control(
        at.say("history.view.title"),
        VIEWS,
        format_func=lambda one: at.say(f"history.view.{one}"),
        default="piece" if "piece" in st.query_params else "all",
        required=True,
        label_visibility="collapsed",
        key="history-view",
    )
    if view == "piece":
        _one_piece(at)
    else:
        _everything(at)


def _everything(at: Workplace) -> None:
    newest = at.desk.events(limit=1)
    total = newest[0].seq if newest else 0
    events = at.desk.events(limit=ROWS, offset=page_of("history", ROWS))
    _chain(at)
    if not events:
        st.caption(at.say("screen.nothing_here"))
        return
    people = {one.id: one for one in at.desk.people()}
    say = at.say
    head = [say("column.when"), say("column.who"), say("column.what"), say("column.piece")]
    titles = _titles(at, events)
    channels = {one.channel.id: one.channel.name for one in at.desk.channels()}
    show(table(head, (_row(at, event, people, titles, channels) for event in events), css=LOG))
    page_choice(say, "history", total, ROWS)


def _row(
    at: Workplace, event: Event, people: Mapping[str, Person], titles: Mapping[str, str], channels: Mapping[str, str]
) -> Sequence[str | Markup]:
    title = titles.get(event.subject, "")
    link = anchor(visitor.way("/verlauf", piece=event.subject), shortened(title, 70), here=True) if title else ""
    what = act_sentence(at, event, people, channels)
    return [at.say.moment(event.at, seconds=True), person_name(people, event.actor, at.say), what, link]


def _titles(at: Workplace, events: Sequence[Event]) -> dict[str, str]:
    """Of the pieces that these events are about."""
    with at.desk.look() as view:
        found = (view.reader.get(Piece, subject) for subject in {event.subject for event in events})
        return {piece.id: piece.title for piece in found if piece is not None}


def _chain(at: Workplace) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(at.say("history.verify"), key="verify", icon=":material/verified:", on_click=_verify, args=(at,))
        st.caption(at.say("history.verify_what"))
    found: Audit | None = st.session_state.pop(CHECKED, None)
    if found is None:
        return
    if found.broken:
        st.error(plain(at.say("history.broken", count=len(found.broken), first=found.broken[0])), icon=":material/gpp_bad:")
    else:
        st.success(plain(at.say("history.sound", entries=found.entries, head=found.head[:16])), icon=":material/verified:")


def _verify(at: Workplace) -> None:
    told = tell(at.say, at.desk.verify_audit, done="")
    if told.done:
        st.session_state[CHECKED] = told.value


# ---------------------------------------------------------------------------------------------------------- one piece


def _one_piece(at: Workplace) -> None:
    pieces = {piece.id: piece.title for piece in at.desk.pieces(limit=RECENT_PIECES).pieces}
    asked = st.query_params.get("piece", "")
    if asked and asked not in pieces:
        try:
            pieces = {asked: at.desk.piece(asked).piece.title, **pieces}
        except Unknown:
            st.warning(at.say("history.no_such_piece"))
    if not pieces:
        st.caption(at.say("screen.nothing_here"))
        return
    chosen = st.selectbox(
        at.say("history.choose"),
        list(pieces),
        index=list(pieces).index(asked) if asked in pieces else 0,
        format_func=lambda one: shortened(pieces[one], 80),
        key=f"history-piece-{asked}",
    )
    if chosen:
        piece_history(at, at.desk.piece(chosen))
