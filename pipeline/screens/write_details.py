"""What travels with the text: address, excerpt, tags; for a post the card of its link."""

from __future__ import annotations

import streamlit as st

from pipeline.desk.reading import PieceView
from pipeline.screens.kept import field
from pipeline.screens.shared import Workplace
from pipeline.screens.write_typed import Typed

ARTICLE = ("slug", "excerpt", "tags")
POST = ("tags", "link_url", "link_title", "link_description")
TALL = ("excerpt", "link_description")


def details(place: Workplace, view: PieceView, typed: Typed, look: str) -> None:
    say = place.say
    for name in POST if look == "post" else ARTICLE:
        key = f"write-{name}-{view.piece.id}-{typed.round}"
        hint = say(f"write.hint.{name}") if say.has(f"write.hint.{name}") else None
        if name in TALL:
            field(st.text_area, say(f"write.{name}"), typed.fields, name, key=key, help=hint, height=100)
        else:
            field(st.text_input, say(f"write.{name}"), typed.fields, name, key=key, help=hint)
