"""Words of the screens Write and Review."""

from __future__ import annotations

import re
import tomllib

from pipeline.messages import TEMPLATES, gaps, sentences
from tests.screens.conftest import SCRIPT

OWN = tomllib.loads((TEMPLATES / "messages" / "write_review.toml").read_text("utf-8"))
SCREENS = SCRIPT.parent
FILES = [*SCREENS.glob("write*.py"), *SCREENS.glob("review*.py"), *(SCREENS / "parts").glob("*.py")]


def test_both_languages_have_the_same_gaps() -> None:
    assert {name for name, texts in OWN.items() if gaps(texts["de"]) != gaps(texts["en"])} == set()


def test_every_sentence_a_screen_asks_for_is_there() -> None:
    code = "\n".join(file.read_text("utf-8") for file in FILES)
    asked = set(re.findall(r'"((?:write|review|piece|changes|preview|images|editor)\.[a-z_]+(?:\.[a-z_]+)*)"', code))
    assert len(asked) > 60
    assert asked - set(sentences()) == set()
