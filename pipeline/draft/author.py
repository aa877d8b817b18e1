"""What every author takes and gives: the offline one, the model, and whoever comes next."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from pipeline.records import Draft, Passage


@dataclass(frozen=True)
class SourceText:
    """A source as an author sees it: `number` counts from 1 within the brief, so a passage is called "S<number>.<passage>"."""

    number: int
    title: str
    passages: Sequence[Passage]


@dataclass(frozen=True)
class Assignment:
    """One piece to be drafted.

    outlet    kind of channel: "site", "wordpress", "linkedin", ...; decides the frames that fit
    language  "de" or "en"
    """

    client: str
    brief_id: str
    title: str
    message: str
    persona: str
    goal: str
    outlet: str
    language: str
    sources: Sequence[SourceText]
    asked_by: str
    frame: str = ""
    """Name of a frame a person chose; empty: the author proposes."""


class Author(Protocol):
    """Drafts one piece.

    on_text    is called with each further bit of text as it comes (for a live display); the offline author calls it once
    cancelled  is asked between bits; True ends the work, what is there is returned with `unfinished="cancelled"`
    Raises     NoSources, Model... refusals. An answer that came but is unusable is no refusal: it is returned with
               `raw` and `unfinished` set, so nothing that was paid for is lost.
    """

    def draft(self, assignment: Assignment, *, on_text: Callable[[str], None], cancelled: Callable[[], bool]) -> Draft: ...
