"""Reasons people type, and what is told after an act that changed the whole page."""

from __future__ import annotations

from collections.abc import Callable, MutableMapping
from typing import Any

import streamlit as st

from pipeline.screens import visitor
from pipeline.screens.shared import plain

TOLD = "handover-told"
LONGEST = 2_000
MOST = 50

_typed: dict[str, dict[str, str]] = {}
"""By person and field, in this process: a link that loads a page and a reload begin a new session, which knows nothing."""


def reason_field(label: str, key: str, *, hint: str = "") -> None:
    """Kept until the act is done, also over a refusal, a look at another page and a reload."""
    _field(st.text_area, label, key, height=96, placeholder=hint or None)


def reason_line(label: str, key: str) -> None:
    """The same in one line."""
    _field(st.text_input, label, key)


def reason_given(key: str) -> str:
    """In callbacks: what stands in the field now."""
    return str(st.session_state.get(_widget(key), _mine().get(key)) or "")


def forget(key: str) -> None:
    _mine().pop(key, None)
    st.session_state.pop(_widget(key), None)


def _field(widget: Callable[..., Any], label: str, key: str, **how: Any) -> None:
    if _widget(key) not in st.session_state:
        st.session_state[_widget(key)] = _mine().get(key, "")
    widget(label, key=_widget(key), max_chars=LONGEST, on_change=_keep, args=(key,), **how)


def _keep(key: str) -> None:
    mine, words = _mine(), str(st.session_state.get(_widget(key)) or "")
    mine.pop(key, None)
    if words:
        mine[key] = words
    while len(mine) > MOST:  # the oldest, which nobody came back to
        del mine[next(iter(mine))]


def _mine() -> MutableMapping[str, str]:
    _, places = visitor.who_and_where()
    return _typed.setdefault(places[0][1].id, {}) if places else {}  # nobody: signed out elsewhere meanwhile


def _widget(key: str) -> str:
    return f"handover-reason-{key}"


def tell_above(sentence: str) -> None:
    """For the next drawing of the page."""
    st.session_state[TOLD] = sentence


def told_above() -> None:
    if sentence := st.session_state.pop(TOLD, None):
        st.success(plain(str(sentence)), icon=":material/check_circle:")
