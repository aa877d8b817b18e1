"""Columns by month, as HTML: drawn in the theme's colours, as wide as there is room, read out as one sentence."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

from pipeline.screens.markup import element

FEW_LABELS = 12


@dataclass(frozen=True)
class Column:
    """One month. `parts`: (style, share of the full height 0.0 to 1.0), from below; `told`: what the column says."""

    label: str
    parts: Sequence[tuple[str, float]]
    told: str


def columns(every: Sequence[Column], *, about: str) -> Markup:
    """`about`: what the chart shows, for those who do not see it; its figures stand in a table beside it."""
    step = -(-len(every) // FEW_LABELS)
    bars = (_column(one, labelled=(len(every) - 1 - number) % step == 0) for number, one in enumerate(every))
    inside = Markup("").join(bars)
    return Markup("<div class='hs-chart' role='img' aria-label='{}'>{}</div>").format(about, inside)


def _column(one: Column, *, labelled: bool) -> Markup:
    parts = (
        f"<i class='{style}' style='height:{100 * min(share, 1.0):.1f}%'></i>"
        for style, share in reversed(one.parts)
        if share > 0
    )
    bar = Markup(f"<span title='{escape(one.told)}'>{''.join(parts)}</span>")  # noqa: S704  (styles and numbers of ours)
    return element("div", bar, element("small", one.label if labelled else ""))


def legend(entries: Iterable[tuple[str, str]]) -> Markup:
    """(style, name)."""
    return element("p", *(element("span", element("i", css=style), name) for style, name in entries), css="hs-legend")
