"""Everything that waits on somebody who is gone or does not answer. Today shows the first of it."""

from __future__ import annotations

import streamlit as st
from markupsafe import Markup

from handover.screens.address import way_to_channel
from handover.screens.place import Place
from handover.waiting import Waiting
from pipeline.screens.markup import anchor, table
from pipeline.screens.rooms import room_named
from pipeline.screens.shared import plain, show, spoken
from pipeline.screens.visitor import way

MOST = 100


def waiting_view(at: Place) -> None:
    say, waiting = at.say, at.desk.waiting_on_the_gone()
    st.subheader(say("waits.title"), anchor=False)
    st.markdown(plain(say("waits.what")))
    if not waiting:
        st.success(say("handover.nothing_waits"), icon=":material/check:")
        return
    show(table([say("waits.why"), say("waits.where")], [[spoken(say, one.why), _where(at, one)] for one in waiting[:MOST]]))
    if len(waiting) > MOST:
        st.caption(say("affected.more", shown=MOST, total=len(waiting)))


def _where(at: Place, one: Waiting) -> Markup:
    if one.piece:
        return anchor(way(f"/{room_named('review').address}", piece=one.piece), at.say("waits.to_piece"), here=True)
    if one.brief:
        return anchor(way(f"/{room_named('write').address}"), at.say("waits.to_brief"), here=True)
    return anchor(way_to_channel(one.channel), at.say("waits.to_channel"), here=True)
