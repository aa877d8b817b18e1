"""Publish: what is planned, what is on its way, what a person has to settle, and the brakes (publish_brakes.py)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st

from pipeline.desk.who import Action
from pipeline.publish.protocol import retold
from pipeline.records import Channel, Piece, Publication, Stage
from pipeline.screens.markup import table
from pipeline.screens.paging import page_choice, page_of
from pipeline.screens.publish_brakes import banners, brakes
from pipeline.screens.publish_settle import settle_form
from pipeline.screens.publish_times import times_form
from pipeline.screens.shared import (
    Workplace,
    moment,
    page_head,
    piece_line,
    plain,
    shortened,
    show,
    spoken,
)
from pipeline.screens.today import published_table
from pipeline.worker import is_running

ROWS = 10
STUCK_ROWS = 4
UNDER_WAY_ROWS = 10
STUCK = (Stage.ATTENTION, Stage.MISSED)
VIEWS = {"planned": Stage.SCHEDULED, "free": Stage.APPROVED, "live": Stage.PUBLISHED}
VIEW, OPENED = "publish-view", "publish-opened"


def publish_screen(at: Workplace) -> None:
    page_head(at.say, "screen.publish", zone=at.client.timezone)
    channels = {one.channel.id: one.channel for one in at.desk.channels()}
    _worker_line(at)
    banners(at)
    counts = at.desk.counts()
    _stuck(at, channels)
    _under_way(at, channels)
    _lists(at, counts, channels)
    brakes(at, list(channels.values()))


def _worker_line(at: Workplace) -> None:
    if is_running(at.desk.house.settings.store):
        st.caption(f":material/check_circle: {at.say('publish.worker.runs')}")
    else:
        st.warning(at.say("publish.worker.off"), icon=":material/power_off:")


# -------------------------------------------------------------------------------------------------- what needs a person


def _stuck(at: Workplace, channels: Mapping[str, Channel]) -> None:
    offset = page_of("publish-stuck", STUCK_ROWS)
    page = at.desk.pieces(stages=STUCK, limit=STUCK_ROWS, offset=offset)
    if not page.total:
        return
    st.subheader(at.say("publish.stuck.title", total=page.total), anchor=False)
    rows = at.desk.publications(page.pieces)
    for piece in page.pieces:
        with st.container(border=True, key=f"stuck-{piece.id}", gap="xsmall"):
            _headline(at, piece, channels)
            st.write(plain(what_happened(at, piece, rows.get(piece.id))))
            if piece.stage is Stage.MISSED:
                if at.desk.may(Action.PLAN, piece.channel):
                    times_form(at, piece)
            elif at.desk.may(Action.SETTLE, piece.channel):
                settle_form(at, piece, rows.get(piece.id))
    page_choice(at.say, "publish-stuck", page.total, STUCK_ROWS)


def what_happened(at: Workplace, piece: Piece, row: Publication | None) -> str:
    """The refusal that the outbox row tells of, or that the slot passed undecided."""
    told = retold(row) if row is not None else None
    if told is not None:
        return spoken(at.say, told)
    if piece.stage is Stage.MISSED:
        return at.say("SlotMissed", due=piece.due_at)
    return at.say("publish.no_reason")


def _headline(at: Workplace, piece: Piece, channels: Mapping[str, Channel]) -> None:
    with st.container(key=f"line-{piece.id}"):
        piece_line(at.say, piece, _where_and_when(at, piece, channels), badge=True)


def _where_and_when(at: Workplace, piece: Piece, channels: Mapping[str, Channel]) -> str:
    where = channels[piece.channel].name if piece.channel in channels else ""
    if piece.due_at is None:
        return at.say("publish.line.no_slot", channel=where)
    return at.say("publish.line.due", channel=where, at=piece.due_at)


# ----------------------------------------------------------------------------------------------------------- on its way


def _under_way(at: Workplace, channels: Mapping[str, Channel]) -> None:
    page = at.desk.pieces(stages=[Stage.PUBLISHING], limit=UNDER_WAY_ROWS)
    if not page.total:
        return
    st.subheader(at.say("publish.under_way.title", total=page.total), anchor=False)
    rows = at.desk.publications(page.pieces)
    say = at.say
    head = [say("column.piece"), say("column.channel"), say("column.state"), say("column.tries"), say("column.next_try")]
    show(table(head, (_on_its_way(at, piece, rows.get(piece.id), channels) for piece in page.pieces)))


def _on_its_way(at: Workplace, piece: Piece, row: Publication | None, channels: Mapping[str, Channel]) -> list[str]:
    where = channels[piece.channel].name if piece.channel in channels else ""
    if row is None:
        return [shortened(piece.title), where, "", "", ""]
    return [shortened(piece.title), where, at.say.word(row.state), str(row.tries), moment(at.say, row.next_try_at)]


# ---------------------------------------------------------------------------------------------------------------- lists


def _lists(at: Workplace, counts: Mapping[str, int], channels: Mapping[str, Channel]) -> None:
    st.subheader(at.say("publish.lists.title"), anchor=False)
    chosen = st.segmented_control(
        at.say("publish.lists.title"),
        list(VIEWS),
        format_func=lambda view: f"{at.say(f'publish.view.{view}')} ({counts.get(VIEWS[view], 0)})",
        default="planned",
        required=True,
        label_visibility="collapsed",
        key=VIEW,
    )
    stage = VIEWS.get(chosen or "planned", Stage.SCHEDULED)
    offset = page_of(f"publish-{stage}", ROWS)
    by_due = stage is Stage.SCHEDULED
    page = at.desk.pieces(
        stages=[stage], order="due_at" if by_due else "changed_at", descending=not by_due, limit=ROWS, offset=offset
    )
    rows = at.desk.publications(page.pieces)
    if not page.pieces:
        st.caption(at.say(f"publish.none.{chosen or 'planned'}"))
    elif stage is Stage.PUBLISHED:
        show(published_table(at, page.pieces, rows, channels))
    else:
        _plannable(at, page.pieces, rows, channels)
    page_choice(at.say, f"publish-{stage}", page.total, ROWS)


def _plannable(at: Workplace, pieces: Sequence[Piece], rows: Mapping[str, Publication], channels: Mapping[str, Channel]) -> None:
    """Each with a button that opens its form; one form at a time keeps the page small."""
    mine = {channel for channel in {piece.channel for piece in pieces} if at.desk.may(Action.PLAN, channel)}
    for piece in pieces:
        with st.container(border=True, key=f"plan-{piece.id}", gap="xsmall"):
            piece_line(at.say, piece, _where_and_when(at, piece, channels))
            if waits := _why_waiting(at, rows.get(piece.id)):
                st.caption(f":material/hourglass_top: {plain(waits)}")
            if piece.channel not in mine:
                continue
            is_open = st.session_state.get(OPENED) == piece.id
            label, icon = ("publish.close", "expand_less") if is_open else ("publish.change", "schedule")
            st.button(at.say(label), key=f"open-{piece.id}", icon=f":material/{icon}:", on_click=_toggle, args=(piece.id,))
            if is_open:
                times_form(at, piece)


def _toggle(piece_id: str) -> None:
    st.session_state[OPENED] = None if st.session_state.get(OPENED) == piece_id else piece_id


def _why_waiting(at: Workplace, row: Publication | None) -> str:
    told = retold(row) if row is not None else None
    return at.say("publish.waits", reason=spoken(at.say, told)) if told is not None else ""
