"""Reasons people type, and what is told after an act that changed the whole page."""

from __future__ import annotations

import streamlit as st

from pipeline.screens.kept import field, kept
from pipeline.screens.shared import plain

REASONS, TOLD = "handover-reasons", "handover-told"
LONGEST = 2_000


def reason_field(label: str, key: str, *, hint: str = "") -> None:
    """Kept until the act is done, also over a refusal and a look at another page."""
    reasons: dict[str, str] = kept(REASONS, dict)
    field(st.text_area, label, reasons, key, key=_widget(key), height=96, max_chars=LONGEST, placeholder=hint or None)


def reason_line(label: str, key: str) -> None:
    """The same in one line."""
    reasons: dict[str, str] = kept(REASONS, dict)
    field(st.text_input, label, reasons, key, key=_widget(key), max_chars=LONGEST)


def reason_given(key: str) -> str:
    """In callbacks: what stands in the field now."""
    reasons: dict[str, str] = kept(REASONS, dict)
    return str(st.session_state.get(_widget(key), reasons.get(key)) or "")


def forget(key: str) -> None:
    reasons: dict[str, str] = kept(REASONS, dict)
    reasons.pop(key, None)
    st.session_state.pop(_widget(key), None)


def _widget(key: str) -> str:
    return f"handover-reason-{key}"


def tell_above(sentence: str) -> None:
    """For the next drawing of the page."""
    st.session_state[TOLD] = sentence


def told_above() -> None:
    if sentence := st.session_state.pop(TOLD, None):
        st.success(plain(str(sentence)), icon=":material/check_circle:")
