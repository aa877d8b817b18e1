"""The text area for Markdown, and for any longer text that has a limit."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import streamlit as st

from pipeline.messages import Say
from pipeline.records import ImageRef
from pipeline.screens.parts.components import EDITOR

WORDS = ("here", "bold", "italic", "heading", "list", "quote", "link", "image", "insert", "gap", "gaps")


def typed_text(
    say: Say,
    text: str,
    *,
    keep: Callable[[str], None],
    key: str,
    who: str,
    label: str,
    round_number: int = 0,
    formats: bool = False,
    images: Sequence[ImageRef] = (),
    limit: int = 0,
    rows: int = 0,
    unsaved: bool = False,
    language: str = "",
    placeholder: str = "",
) -> str:
    """What stands in the area now; `keep` hears of it first, also when the page is left with the same click.

    text          what the area starts with, and what it shows again when the page was left
    who           person that types; what is under way belongs to them
    round_number  another one puts `text` into the area, whatever was typed there
    limit         characters; counted aloud, never cut
    rows          height; 0: as high as the window allows
    unsaved       the browser asks before it closes the page
    """
    words = {**{name: say(f"editor.{name}") for name in WORDS}, "label": label, "placeholder": placeholder}

    def noted() -> None:
        if (typed := _typed(st.session_state.get(key), round_number)) is not None:
            keep(typed)

    given = EDITOR(
        key=key,
        data={
            "name": f"{who}-{key}",
            "text": text,
            "round": round_number,
            "formats": formats,
            "images": [{"alt": image.alt, "name": image.name} for image in images],
            "limit": limit,
            "rows": rows,
            "unsaved": unsaved,
            "language": language or say.language,
            "words": words,
        },
        default={"typed": None},
        on_typed_change=noted,
    )
    typed = _typed(given, round_number)
    return text if typed is None else typed


def _typed(given: Any, round_number: int) -> str | None:
    """What the area sent in this round; what comes late from an earlier one does not count."""
    typed = given.get("typed") if isinstance(given, Mapping) else None
    return str(typed.get("text", "")) if isinstance(typed, Mapping) and typed.get("round") == round_number else None
