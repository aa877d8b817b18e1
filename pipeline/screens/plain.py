"""Text of people, shown as what it is. Streamlit reads most labels and messages as Markdown and then some."""

from __future__ import annotations

import re

JOINER = "\u2060"
"""Seen by nobody; keeps two characters from being read as one sign."""
MARKS = re.compile(r"([\\`*_{}\[\]()<>#+!|~$^&=])")
SIGNS = re.compile(r":(?=[\w+\-/]+(?::|\\?\[))|[<>~-](?=[-=>])")
ADDRESS = re.compile(r"(https?://[^\s<>\"'„“”`\\]*[\w/])")
LINE_MARKS = re.compile(r"^(\s*)(\d+)([.)])(?=\s)|^(\s*)(-)(?=\s)", re.MULTILINE)


def plain(text: str) -> str:
    """Markdown that shows exactly `text`: no formulas, colours, icons, arrows or images out of what somebody wrote. A web
    address becomes a link to itself, as Streamlit would make one anyway, but with all its signs."""
    parts = ADDRESS.split(text)
    shown = "".join(f"<{part}>" if number % 2 else _escaped(part) for number, part in enumerate(parts))
    return LINE_MARKS.sub(_harmless, shown).replace("\n", "  \n")


def _escaped(text: str) -> str:
    return MARKS.sub(r"\\\1", SIGNS.sub(lambda found: found[0] + JOINER, text))


def _harmless(found: re.Match[str]) -> str:
    if found[2] is not None:
        return f"{found[1]}{found[2]}\\{found[3]}"
    return f"{found[4]}\\{found[5]}"


def shortened(text: str, longest: int = 90) -> str:
    """Cut at a word."""
    if len(text) <= longest:
        return text
    cut = text[: longest - 1]
    return (cut.rsplit(" ", 1)[0] if " " in cut[longest // 2 :] else cut).rstrip(" ,;:.-") + "…"
