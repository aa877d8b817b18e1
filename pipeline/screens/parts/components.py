"""Our own elements: HTML, style and script lie beside this file, no build, no frame around them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import streamlit as st
from streamlit.components.v2.get_bidi_component_manager import get_bidi_component_manager

from pipeline.messages import TEMPLATES

HERE = Path(__file__).parent


def text_of(name: str) -> str:
    return (HERE / name).read_text("utf-8")


class Part:
    """`more_css`: a style sheet shared with others."""

    def __init__(self, name: str, more_css: str = "") -> None:
        self.name, self.more_css = name, more_css
        self._mount: Any = None

    def __call__(self, **how: Any) -> Any:
        """Put it here. Declared when the running server does not know it yet; in tests each app is a server of its own."""
        if self._mount is None or get_bidi_component_manager().get(f"staffelstab.{self.name}") is None:
            self._mount = st.components.v2.component(
                f"staffelstab.{self.name}",
                html=text_of(f"{self.name}.html"),
                css=self.more_css + text_of(f"{self.name}.css"),
                js=text_of(f"{self.name}.js"),
            )
        return self._mount(**how)


STYLE = TEMPLATES / "write_review.css"
"""Look of the two screens that use these parts."""

SHEET = text_of("sheet.css")
"""Style of an article, inside its frame and of the twin that is measured."""

EDITOR = Part("editor")
PAPER = Part("paper", SHEET)
FEED = Part("feed")
