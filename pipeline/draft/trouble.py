"""Why the bytes of a document cannot be used; sources.py makes the refusal of it that people read."""

from __future__ import annotations

from enum import StrEnum


class Problem(StrEnum):
    """Each has its words in templates/messages/draft.toml, as `word.Problem.<value>`."""

    NOT_TEXT = "not_text"
    TYPE = "type"
    OLD_WORD = "old_word"
    MISMATCH = "mismatch"
    DAMAGED = "damaged"
    PAGES = "pages"
    BOMB = "bomb"
    LOCKED = "locked"


class Unusable(Exception):
    """Inside draft/ only."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem)
        self.problem = problem
