"""How the handover's documents are drawn: templates/handover, escaped, one style sheet inside, no script, nothing fetched."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from pipeline.messages import TEMPLATES, Say

FOLDER = TEMPLATES / "handover"


@cache
def theme(folder: Path) -> Environment:
    """A gap that nobody fills is a mistake, not a blank."""
    return Environment(
        loader=FileSystemLoader(folder),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        auto_reload=False,
    )


@cache
def style_sheet(file: Path) -> Markup:
    return Markup(file.read_text("utf-8"))  # noqa: S704  (ours)


def drawn(template: str, say: Say, **facts: object) -> str:
    """A part of a document, in the language of `say`."""
    return theme(FOLDER).get_template(template).render(say=say, language=say.language, **facts)


def document(template: str, say: Say, **facts: object) -> str:
    """A whole page of HTML that needs nothing but itself, on screen and on A4."""
    return drawn(template, say, style=style_sheet(FOLDER / "paper.css"), **facts)
