"""Lists in pages: a page's cost must not grow with the number of pieces."""

from __future__ import annotations

import streamlit as st

from pipeline.messages import Say


def page_of(key: str, rows: int) -> int:
    """Offset of the chosen page; asked before the list is read."""
    return (int(st.session_state.get(f"page-{key}") or 1) - 1) * rows


def page_choice(say: Say, key: str, total: int, rows: int) -> None:
    """Which rows are shown, and the choice of the page when there are several."""
    pages = -(-total // rows)
    if pages <= 1:
        return
    first = min(page_of(key, rows), (pages - 1) * rows)
    st.caption(say("screen.rows", first=first + 1, last=min(first + rows, total), total=total))
    st.pagination(pages, key=f"page-{key}")
