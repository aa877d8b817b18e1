"""The text area for Markdown, and for any longer text that has a limit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pipeline.messages import Say
from pipeline.records import ImageRef
from pipeline.screens.parts.components import EDITOR

WORDS = ("here", "bold", "italic", "heading", "list", "quote", "link", "image", "insert", "gap", "gaps")


def typed_text(
    say: Say,
    text: str,
    *,
    key: str,
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
    """What stands in the area now.

    text          what the area starts with, and what it shows again when the page was left
    round_number  another one puts `text` into the area, whatever was typed there
    limit         characters; counted aloud, never cut
    rows          height; 0: as high as the window allows
    unsaved       the browser asks before it closes the page
    """
    words = {**{name: say(f"editor.{name}") for name in WORDS}, "label": label, "placeholder": placeholder}
    given = EDITOR(
        key=key,
        data={
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
        on_typed_change=lambda: None,
    )
    typed = given.get("typed")
    if not isinstance(typed, Mapping) or typed.get("round") != round_number:
        return text
    return str(typed.get("text", ""))
