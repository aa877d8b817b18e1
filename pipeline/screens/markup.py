"""HTML for the screens. What comes in as text is escaped; `show` is the one place where HTML reaches a page."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import streamlit as st
from markupsafe import Markup, escape

from pipeline.messages import TEMPLATES
from pipeline.text import SafeHtml


def show(page: SafeHtml, *, key: str = "") -> None:
    """`st.html` strips scripts, frames and handlers once more in the browser."""
    if key:
        with st.container(key=key):
            st.html(page)
    else:
        st.html(page)


def style_sheet() -> None:
    """Look of the elements below; templates/screens.css."""
    st.html(TEMPLATES / "screens.css")


def element(tag: str, *inside: str | SafeHtml | Markup, css: str = "") -> Markup:
    """`inside`: Markup stays, text is escaped."""
    start = Markup("<{} class='{}'>").format(Markup(tag), css) if css else Markup("<{}>").format(Markup(tag))  # noqa: S704
    return start + Markup("").join(escape(one) for one in inside) + Markup("</{}>").format(Markup(tag))  # noqa: S704


def joined(parts: Iterable[Markup]) -> SafeHtml:
    return SafeHtml(str(Markup("").join(parts)))


def table(head: Sequence[str], rows: Iterable[Sequence[str | Markup]], *, css: str = "ss-table") -> SafeHtml:
    """Each cell carries its column's name, which narrow screens show beside it (screens.css)."""
    top = element("thead", element("tr", *(element("th", one) for one in head)))
    body = element("tbody", *(_row(head, row) for row in rows))
    return SafeHtml(str(element("table", top, body, css=css)))


def _row(head: Sequence[str], row: Sequence[str | Markup]) -> Markup:
    cells = (Markup("<td data-name='{}'>{}</td>").format(name, cell) for name, cell in zip(head, row, strict=True))
    return element("tr", *cells)
