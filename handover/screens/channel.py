"""One channel on its way: how it stands, how it got there, the next step, what both sides learned, and a phase in advance."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import streamlit as st

from handover.readiness.measuring import Readiness
from handover.screens.address import chapter_choice, go
from handover.screens.ahead import ahead_view
from handover.screens.lanes import lane
from handover.screens.past import past_view
from handover.screens.place import Place
from handover.screens.reasons import told_above
from handover.screens.standing import standing_view
from handover.screens.step import step_view
from handover.screens.together import together_view
from pipeline.records import Channel
from pipeline.screens.shared import plain, show

CHAPTERS: Mapping[str, Callable[[Place, Readiness], None]] = {
    "standing": standing_view,
    "step": step_view,
    "past": past_view,
    "together": together_view,
    "ahead": ahead_view,
}
OTHER = "handover-other-channel"


def channel_view(at: Place, slug: str, names: Mapping[str, str]) -> None:
    readiness = at.desk.readiness(slug)
    channel = readiness.channel
    st.title(plain(at.say("handover.channel.title", channel=channel.name)), anchor=False)
    _elsewhere(at, channel, names)
    told_above()
    people = {one.id: one for one in at.desk.people()}
    show(lane(at, readiness, people, linked=False))
    first = "step" if _is_asked(at, readiness) else "standing"
    CHAPTERS[chapter_choice(at.say, list(CHAPTERS), first=first, about="channel")](at, readiness)


def _is_asked(at: Place, readiness: Readiness) -> bool:
    """The other side's proposal waits for an answer."""
    return readiness.proposal is not None and readiness.proposal.side is not at.me.side


def _elsewhere(at: Place, channel: Channel, names: Mapping[str, str]) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key="handover-elsewhere"):
        st.button(at.say("handover.all_channels"), key="handover-all", icon=":material/arrow_back:", on_click=go)
        if len(names) > 1:
            key = f"{OTHER}-{channel.slug}"
            st.selectbox(
                at.say("handover.open_channel"),
                list(names),
                index=list(names).index(channel.slug),
                format_func=names.__getitem__,
                label_visibility="collapsed",
                key=key,
                on_change=_open_other,
                args=(key,),
            )


def _open_other(key: str) -> None:
    go(channel=str(st.session_state.get(key) or ""))
