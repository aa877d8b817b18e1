"""HTML for the screens. What comes in as text is escaped; `show` is the one place where HTML reaches a page."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from urllib.parse import urlsplit

import streamlit as st
from markupsafe import Markup, escape

from pipeline.messages import TEMPLATES
from pipeline.text import SafeHtml

LOG = "ss-table ss-log"
Inside = str | Markup
"""Markup stays, text is escaped."""


def show(page: SafeHtml | Markup) -> None:
    """`st.html` strips scripts, frames and handlers once more in the browser."""
    if page:
        st.html(page)


def style_sheet() -> None:
    """Look of the elements below."""
    st.html(TEMPLATES / "screens.css")


def element(tag: str, *inside: Inside, css: str = "") -> Markup:
    start = f"<{tag} class='{css}'>" if css else f"<{tag}>"
    return Markup(f"{start}{''.join(map(safe, inside))}</{tag}>")  # noqa: S704  (names of ours around what is safe)


def safe(inside: Inside) -> str:
    """As it may stand in HTML. Joined as plain text, which is quicker than joining Markup: pages draw thousands of these."""
    return inside if isinstance(inside, Markup) else escape(inside)


def anchor(address: str, label: str = "", *, css: str = "", here: bool = False) -> Markup:
    """A link to a web address; `here` for pages of our own. Anything else stays text."""
    if not here and urlsplit(address).scheme not in ("http", "https"):
        return escape(label or address)
    target = Markup("_self") if here else Markup("_blank")
    return Markup("<a href='{}' target='{}' rel='noopener noreferrer' class='{}'>{}</a>").format(
        address, target, css, label or address
    )


def tiles(facts: Iterable[tuple[str, str]]) -> Markup:
    """Numbers with what they count, side by side as far as there is room."""
    every = (element("div", element("b", number), element("span", name), css="ss-tile") for number, name in facts)
    return element("div", *every, css="ss-tiles")


def facts(rows: Iterable[tuple[str, Inside]]) -> Markup:
    return element("dl", *(element("dt", name) + element("dd", value) for name, value in rows), css="ss-facts")


def table(head: Sequence[str], rows: Iterable[Sequence[Inside]], *, css: str = "ss-table") -> Markup:
    """Each cell carries its column's name, which narrow screens show beside it; a log ("ss-table ss-log": when, who, what,
    about what) reads as sentences there."""
    top = element("thead", element("tr", *(element("th", one) for one in head)))
    return element("table", top, element("tbody", *(_row(head, row) for row in rows)), css=css)


def _row(head: Sequence[str], row: Sequence[Inside]) -> Markup:
    cells = (f"<td data-name='{escape(name)}'>{safe(cell)}</td>" for name, cell in zip(head, row, strict=True))
    return Markup(f"<tr>{''.join(cells)}</tr>")  # noqa: S704  (both are escaped)
