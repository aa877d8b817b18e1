"""Where one is on the page Write: part, brief, piece."""

from __future__ import annotations

import streamlit as st

PART = "write-part"
GO_TO = "write-go-to"
BRIEF = "write-open-brief"


def open_brief(brief_id: str) -> None:
    """ "": back to the list."""
    st.session_state[BRIEF] = brief_id
    st.session_state[GO_TO] = "briefs"


def open_editor(piece_id: str) -> None:
    """ "": back to the list."""
    if piece_id:
        st.query_params["piece"] = piece_id
    elif "piece" in st.query_params:
        del st.query_params["piece"]
