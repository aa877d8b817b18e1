"""How many words a text has, and how many came and went since the one before. Counted on every save, so it has to be cheap:
the words as a bag, not in their order (review/differences.py shows the order)."""

from __future__ import annotations

import re
from collections import Counter

from pipeline.records import Content

WORD = re.compile(r"\w+")


def words_of(content: Content) -> Counter[str]:
    """Each word of title and body with how often it stands there."""
    return Counter(WORD.findall(f"{content.title}\n{content.body}"))


def work_on(content: Content, before: Content | None) -> dict[str, int]:
    """`words` of the text, those `written` and those `gone` since the text before. A word that only moved is neither."""
    now, then = words_of(content), words_of(before) if before else Counter[str]()
    return {"words": now.total(), "written": (now - then).total(), "gone": (then - now).total()}
