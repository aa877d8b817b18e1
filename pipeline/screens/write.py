"""Write: the pieces in work, the briefs, a new brief; and the editor of one piece."""

from __future__ import annotations

import streamlit as st

from pipeline.screens.parts.components import STYLE
from pipeline.screens.shared import Workplace, page_head
from pipeline.screens.write_brief import new_brief
from pipeline.screens.write_briefs import briefs
from pipeline.screens.write_editor import editor_screen
from pipeline.screens.write_list import pieces
from pipeline.screens.write_places import GO_TO, PART

PARTS = {"pieces": pieces, "briefs": briefs, "new_brief": new_brief}


def write_screen(place: Workplace) -> None:
    st.html(STYLE)
    if piece_id := st.query_params.get("piece"):
        editor_screen(place, piece_id)
        return
    page_head(place.say, "screen.write")
    if (wanted := st.session_state.pop(GO_TO, None)) or PART not in st.session_state:
        st.session_state[PART] = wanted or "pieces"
    part = st.segmented_control(
        place.say("write.parts"),
        list(PARTS),
        format_func=lambda name: place.say(f"write.part.{name}"),
        required=True,
        key=PART,
        label_visibility="collapsed",
    )
    PARTS[part or "pieces"](place)
