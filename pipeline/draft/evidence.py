"""What a brief's sources have to offer: the evidence, and its profile by which a frame is proposed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from pipeline.draft.author import Assignment
from pipeline.draft.cues import CHANGED, DOING_HEADING, FROM_TO, MEASURED, OPEN_HEADING, OPENING_HEADING, RESULT_HEADING
from pipeline.draft.rank import Ranking, ranking
from pipeline.draft.sentences import sentences
from pipeline.draft.units import (
    Enumeration,
    Section,
    Spot,
    Unit,
    enumerations,
    list_units,
    paragraph_units,
    question_units,
    quote_units,
    sections_of,
    sentence_units,
    spots_of,
)

CASE_HEADINGS = (OPENING_HEADING, DOING_HEADING, RESULT_HEADING, OPEN_HEADING)


@dataclass(frozen=True)
class Evidence:
    assignment: Assignment
    spots: Sequence[Spot]

    @cached_property
    def sentences(self) -> list[Unit]:
        return sentence_units(self.spots)

    @cached_property
    def paragraphs(self) -> list[Unit]:
        return paragraph_units(self.spots)

    @cached_property
    def lists(self) -> list[Unit]:
        return list_units(self.spots)

    @cached_property
    def enumerations(self) -> list[Enumeration]:
        return enumerations(self.spots)

    @cached_property
    def questions(self) -> list[Unit]:
        return question_units(self.spots)

    @cached_property
    def quotes(self) -> list[Unit]:
        return quote_units(self.spots)

    @cached_property
    def sections(self) -> list[Section]:
        return sections_of(self.spots)

    @cached_property
    def numbers(self) -> list[Unit]:
        """Sentences with a measured figure."""
        return [unit for unit in [*self.sentences, *self._item_sentences] if _has_figure(unit.text)]

    @cached_property
    def changes(self) -> list[Unit]:
        """Before and after: 'from 38 to 21', or a figure with a verb of change."""
        return [unit for unit in self.numbers if _is_change(unit.text)]

    @cached_property
    def _item_sentences(self) -> list[Unit]:
        return [
            Unit("sentence", " ".join(spot.text.split("\n")), (spot.ref,), spot.passage.heading, spot.section, spot.order)
            for spot in self.spots
            if spot.passage.shape == "item" and spot.text.endswith(".")
        ]

    @cached_property
    def ranking(self) -> Ranking:
        given = self.assignment
        return ranking([*self.sentences, *self.lists], (given.title, given.message, given.persona, given.goal))

    @cached_property
    def profile(self) -> dict[str, float]:
        """How much of each kind there is. `case`: 1 when it reads like a report of what changed."""
        single = [sentence for spot in self.spots for sentence in sentences(spot.text)]
        explained = [one for one in self.enumerations if sum(bool(point.explained) for point in one.points) >= 3]
        changes = sum(_is_change(sentence) for sentence in single)
        headings = {kind for section in self.sections for kind in CASE_HEADINGS if kind.search(section.heading)}
        is_case = changes >= 2 and (len(headings) >= 2 or not explained)
        return {
            "enumerations": len(self.enumerations),
            "explained": len(explained),
            "numbers": sum(_has_figure(sentence) for sentence in single),
            "changes": changes,
            "case": int(is_case),
            "questions": len(self.questions),
            "quotes": len(self.quotes),
        }


def _has_figure(text: str) -> bool:
    return MEASURED.search(text) is not None or FROM_TO.search(text) is not None


def _is_change(text: str) -> bool:
    return FROM_TO.search(text) is not None or (CHANGED.search(text) is not None and MEASURED.search(text) is not None)


def evidence_of(assignment: Assignment) -> Evidence:
    return Evidence(assignment, spots_of(assignment.sources))
