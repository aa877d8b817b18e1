"""The pieces in work, twenty at a time, and a new one by hand."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from pipeline.desk.who import Action
from pipeline.draft.blocks import gap
from pipeline.messages import Say
from pipeline.records import Channel, Piece, Stage
from pipeline.screens.kept import field, kept, label
from pipeline.screens.paging import page_choice, page_of
from pipeline.screens.shared import Workplace, piece_title, plain, stage_badge, tell
from pipeline.screens.write_places import open_editor

PAGE = 20
STAGES = {
    "draft": (Stage.DRAFT,),
    "review": (Stage.REVIEW, Stage.MISSED),
    "agreed": (Stage.APPROVED, Stage.SCHEDULED, Stage.PUBLISHING, Stage.ATTENTION),
}


def pieces(place: Workplace) -> None:
    say = place.say
    _new_piece(place)
    shown = st.segmented_control(
        say("write.stages"),
        list(STAGES),
        default="draft",
        required=True,
        format_func=lambda name: say(f"write.stages.{name}"),
        key="write-stages",
        label_visibility="collapsed",
    )
    stages = STAGES[shown or "draft"]
    page = place.desk.pieces(stages=stages, limit=PAGE, offset=page_of(f"write-{shown}", PAGE))
    if not page.total:
        st.info(say("write.no_pieces"), icon=":material/edit_note:")
    names = {one.channel.id: one.channel.name for one in place.desk.channels()}
    for piece in page.pieces:
        _row(place, piece, names.get(piece.channel, "?"), with_stage=len(stages) > 1)
    page_choice(say, f"write-{shown}", page.total, PAGE)


def _row(place: Workplace, piece: Piece, channel: str, *, with_stage: bool) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key=f"write-row-{piece.id}"):
        st.button(
            piece_title(piece),
            key=f"write-open-{piece.id}",
            type="tertiary",
            icon=":material/edit_note:",
            on_click=open_editor,
            args=(piece.id,),
        )
        if with_stage:
            stage_badge(place.say, piece.stage)
        st.caption(plain(f"{channel} · {place.say.moment(piece.changed_at)}"))


def writable(place: Workplace) -> Sequence[Channel]:
    found = [one.channel for one in place.desk.channels()]
    return [channel for channel in found if place.desk.may(Action.WRITE, channel.slug)]


def _new_piece(place: Workplace) -> None:
    say, channels = place.say, writable(place)
    if not channels:
        st.info(say("write.no_channel"), icon=":material/info:")
        return
    with st.expander(say("write.by_hand"), icon=":material/add:", key="write-by-hand"):
        typed = kept("write-new-piece", lambda: {"title": "", "channel": channels[0].slug})
        names = {channel.slug: channel.name for channel in channels}
        if typed["channel"] not in names:
            typed["channel"] = channels[0].slug
        channel_key, title_key = "write-new-channel", "write-new-title"
        field(st.selectbox, say("write.channel"), typed, "channel", key=channel_key, options=list(names), format_func=names.get)
        field(st.text_input, label(say, "title"), typed, "title", key=title_key)
        if st.button(say("write.make_piece"), type="primary", key="write-make-piece"):
            start = gap(Say(place.client.language)("write.first_gap"))
            told = tell(say, place.desk.add_piece, typed["channel"], title=typed["title"] or "", body=start, done="")
            if told.done:
                del st.session_state["write-new-piece"]
                st.session_state.pop(title_key, None)
                open_editor(told.value.id)
                st.rerun()
