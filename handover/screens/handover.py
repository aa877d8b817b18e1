"""Handover: every channel on its way at a glance; one channel with everything about it; and what concerns all of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import streamlit as st

from handover.readiness.wording import share_sentence
from handover.screens.address import chapter_choice, go, open_channel
from handover.screens.channel import channel_view
from handover.screens.farewell import farewell_view
from handover.screens.lanes import lanes
from handover.screens.packs import pack_view
from handover.screens.place import Place
from handover.screens.runbook import runbook_view
from handover.screens.share import share_view
from handover.screens.waiting import waiting_view
from pipeline.messages import TEMPLATES
from pipeline.records import Phase
from pipeline.screens.markup import tiles
from pipeline.screens.shared import page_head, plain, show

STYLE = TEMPLATES / "handover.css"
CHOICE = "handover-channel"
LANES = "lanes"


def handover_screen(at: Place) -> None:
    st.html(STYLE)
    slug = open_channel()
    if slug and slug in (names := _names(at)):
        channel_view(at, slug, names)
        return
    page_head(at.say, "screen.handover")
    if slug:
        st.warning(at.say("handover.no_such_channel"))
    ABOUT_ALL[chapter_choice(at.say, list(ABOUT_ALL), first=LANES, about="all")](at)


def _names(at: Place) -> Mapping[str, str]:
    """Of all channels, by short name."""
    with at.desk.look() as view:
        return {one.slug: one.name for one in view.channels}


def at_a_glance(at: Place) -> None:
    say, standing = at.say, at.desk.standing_of_all()
    if not standing:
        st.info(say("handover.no_channel"), icon=":material/add_link:")
        return
    people = {one.id: one for one in at.desk.people()}
    phases = [one.channel.play.before if one.channel.play else one.phase for one in standing]
    there = {phase: phases.count(phase) for phase in Phase}
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


ABOUT_ALL: Mapping[str, Callable[[Place], None]] = {
    LANES: at_a_glance,
    "share": share_view,
    "waiting": waiting_view,
    "runbook": runbook_view,
    "exit": farewell_view,
    "pack": pack_view,
}
