"""Handover: every channel on its way at a glance; one channel with everything about it; and what concerns all of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import streamlit as st

from handover.measuring import Readiness
from handover.screens.address import chapter_choice, go, open_channel
from handover.screens.channel import channel_view
from handover.screens.farewell import farewell_view
from handover.screens.lanes import lanes
from handover.screens.packs import pack_view
from handover.screens.place import Place
from handover.screens.runbook import runbook_view
from handover.screens.share import share_view
from handover.wording import share_sentence
from pipeline.messages import TEMPLATES
from pipeline.records import Phase
from pipeline.screens.markup import tiles
from pipeline.screens.shared import page_head, plain, show

STYLE = TEMPLATES / "handover.css"
CHOICE = "handover-channel"
ABOUT_ALL: Mapping[str, Callable[[Place], None]] = {
    "share": share_view,
    "runbook": runbook_view,
    "exit": farewell_view,
    "pack": pack_view,
}


def handover_screen(at: Place) -> None:
    st.html(STYLE)
    standing = at.desk.standing_of_all()
    chosen = next((one for one in standing if one.channel.slug == open_channel()), None)
    if chosen is not None:
        channel_view(at, chosen, standing)
        return
    page_head(at.say, "screen.handover")
    if open_channel():
        st.warning(at.say("handover.no_such_channel"))
    if not standing:
        st.info(at.say("handover.no_channel"), icon=":material/add_link:")
        return
    _at_a_glance(at, standing)
    ABOUT_ALL[chapter_choice(at.say, list(ABOUT_ALL), first="share", about="all")](at)


def _at_a_glance(at: Place, standing: Sequence[Readiness]) -> None:
    say = at.say
    people = {one.id: one for one in at.desk.people()}
    there = {phase: sum(one.phase is phase for one in standing) for phase in Phase}
    show(tiles((str(there[phase]), say(f"handover.count.{phase.value}")) for phase in Phase))
    st.markdown(plain(say("handover.work", sentence=share_sentence(say, at.desk.share().team))))
    show(lanes(at, standing, people))
    names = {one.channel.slug: one.channel.name for one in standing}
    st.selectbox(
        say("handover.open_channel"),
        list(names),
        index=None,
        format_func=names.__getitem__,
        placeholder=say("handover.open_channel_hint"),
        label_visibility="collapsed",
        key=CHOICE,
        on_change=_open_chosen,
    )


def _open_chosen() -> None:
    go(channel=str(st.session_state.get(CHOICE) or ""))
