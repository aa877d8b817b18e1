"""How the handover's documents are drawn: templates/handover, escaped, one style sheet inside, no script, nothing fetched."""

from __future__ import annotations

from functools import cache

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from pipeline.messages import TEMPLATES, Say

FOLDER = TEMPLATES / "handover"


@cache
def _theme() -> Environment:
    return Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )


@cache
def _style() -> Markup:
    return Markup((FOLDER / "paper.css").read_text("utf-8"))  # noqa: S704  (ours)


def drawn(template: str, say: Say, **facts: object) -> str:
    """A part of a document, in the language of `say`."""
    return _theme().get_template(template).render(say=say, language=say.language, **facts)


def document(template: str, say: Say, **facts: object) -> str:
    """A whole page of HTML that needs nothing but itself, on screen and on A4."""
    return drawn(template, say, style=_style(), **facts)
