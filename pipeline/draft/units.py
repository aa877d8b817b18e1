"""Whole things that can be lifted out of a source: sentences with their partner, paragraphs, lists with their lead-in."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Literal

from pipeline.draft.author import SourceText
from pipeline.draft.cues import GOES_ON, HALF, LEANING, TEASER, TO_A_MACHINE, TURN
from pipeline.draft.sentences import sentences, tokens
from pipeline.records import Passage

NUMBERING = re.compile(r"^\s*(?:\d{1,2}[.)]|[a-z]\)|Schritt \d+:|Step \d+:)\s+")
FEWEST_WORDS = 4


@dataclass(frozen=True)
class Unit:
    """`text` is plain; `items` are the entries of a list, `text` then its lead-in (may be empty)."""

    kind: Literal["sentence", "paragraph", "list", "quote", "question"]
    text: str
    refs: tuple[str, ...]
    heading: str
    section: int
    """Counts the headings of all sources in order."""
    order: int
    items: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        return "\n".join([self.text, *self.items]).strip()

    @property
    def length(self) -> int:
        return len(self.words)


@dataclass(frozen=True)
class Spot:
    """A passage where it stands."""

    ref: str
    passage: Passage
    section: int
    order: int
    source: int

    @property
    def text(self) -> str:
        return self.passage.text


@dataclass(frozen=True)
class Section:
    number: int
    heading: str
    spots: tuple[Spot, ...]
    source: int


def spots_of(sources: Sequence[SourceText]) -> list[Spot]:
    """All passages in order, but for those that address a machine."""
    found: list[Spot] = []
    section, order = -1, 0
    for source in sources:
        heading: str | None = None
        for passage in source.passages:
            if passage.heading != heading:
                heading, section = passage.heading, section + 1
            order += 1
            if not TO_A_MACHINE.search(passage.text):
                found.append(Spot(f"S{source.number}.{passage.number}", passage, section, order, source.number))
    return found


def addressed_to_machines(sources: Sequence[SourceText]) -> list[str]:
    return [f"S{source.number}.{one.number}" for source in sources for one in source.passages if TO_A_MACHINE.search(one.text)]


def sections_of(spots: Sequence[Spot]) -> list[Section]:
    grouped = [(number, tuple(group)) for number, group in groupby(spots, key=lambda spot: spot.section)]
    return [Section(number, group[0].passage.heading, group, group[0].source) for number, group in grouped]


def sentence_units(spots: Sequence[Spot]) -> list[Unit]:
    return [
        _unit(spot, "sentence", text) for spot in spots if spot.passage.shape != "item" for text in grouped_sentences(spot.text)
    ]


def grouped_sentences(text: str) -> list[str]:
    """Sentences, each together with what it cannot do without: its 'But ...' partner, or the one it leans on.

    A sentence that leans on another passage, announces something with a colon or is not whole is left out.
    """
    groups: list[list[str]] = []
    for sentence in sentences(text):
        open_end = groups and groups[-1][-1].endswith(":")
        if groups and (open_end or _leans(sentence)):
            groups[-1].append(sentence)
        else:
            groups.append([sentence])
    return [text for group in groups for text in _shortest_wholes(group)]


def _shortest_wholes(group: list[str]) -> Iterator[str]:
    """The first sentence with its obligatory partners; longer chains also as a whole."""
    if not is_whole(group[-1]):
        group = [] if TURN.match(group[-1]) else group[:-1]  # half of a contrast would say the opposite
    if not group or _leans(group[0]) or not is_whole(group[-1]):
        return
    short = [group[0]]
    for sentence in group[1:]:
        if not (short[-1].endswith(":") or HALF.search(short[-1]) or TURN.match(sentence)):
            break
        short.append(sentence)
    if is_whole(short[-1]) and not HALF.search(short[-1]) and len(tokens(" ".join(short))) >= FEWEST_WORDS:
        yield " ".join(short)
    if len(short) < len(group) <= len(short) + 2:
        yield " ".join(group)


def _leans(sentence: str) -> bool:
    return LEANING.match(sentence) is not None or len(tokens(sentence)) < FEWEST_WORDS


def is_whole(sentence: str) -> bool:
    return sentence.rstrip("\"'“”»«)")[-1:] in tuple(".!?…") and not sentence[:1].islower()


def paragraph_units(spots: Sequence[Spot]) -> list[Unit]:
    return [
        _unit(spot, "paragraph", " ".join(spot.text.split("\n")))
        for spot in spots
        if spot.passage.shape == "paragraph"
        and len(spot.text) >= 60
        and is_whole(spot.text)
        and not (TURN.match(spot.text) or GOES_ON.match(spot.text))
    ]


def list_units(spots: Sequence[Spot]) -> list[Unit]:
    """Runs of two or more items under one heading, with the paragraph that announces them."""
    found: list[Unit] = []
    runs = [list(run) for _, run in groupby(spots, key=lambda spot: (spot.section, spot.passage.shape == "item"))]
    for before, run in zip([None, *runs], runs, strict=False):
        if run[0].passage.shape != "item" or len(run) < 2:
            continue
        lead = before[-1] if before and before[-1].section == run[0].section and before[-1].text.endswith(":") else None
        if lead is not None and TEASER.search(lead.text):
            continue
        refs = tuple(spot.ref for spot in ([lead] if lead else []) + run)
        found.append(
            Unit(
                "list",
                _lead_in(lead.text) if lead else "",
                refs,
                run[0].passage.heading,
                run[0].section,
                run[0].order,
                tuple(" ".join(spot.text.split("\n")) for spot in run),
            )
        )
    return found


def _lead_in(text: str) -> str:
    """The announcing sentence, with the one it leans on."""
    parts = sentences(text)
    return " ".join(parts[-2:]) if len(parts) > 1 and (_leans(parts[-1]) or len(text) <= 200) else parts[-1]


@dataclass(frozen=True)
class Point:
    """One member of an enumeration: what it claims, and what explains it (whole units, may be none)."""

    label: str
    explained: tuple[str, ...]
    refs: tuple[str, ...]


@dataclass(frozen=True)
class Enumeration:
    heading: str
    points: tuple[Point, ...]
    section: int
    order: int
    lead: str = ""
    lead_refs: tuple[str, ...] = ()


def enumerations(spots: Sequence[Spot]) -> list[Enumeration]:
    """Lists of three and more members, and rows of numbered headings; question lists are no enumerations."""
    found = [*_listed(spots), *_headed(spots)]
    return sorted(
        (one for one in found if len(one.points) >= 3 and not all(point.label.endswith("?") for point in one.points)),
        key=lambda one: one.order,
    )


def _listed(spots: Sequence[Spot]) -> Iterator[Enumeration]:
    by_ref = {spot.ref: spot for spot in spots}
    for unit in list_units(spots):
        refs = unit.refs[-len(unit.items) :]
        points = tuple(_point(by_ref[ref]) for ref in refs)
        yield Enumeration(unit.heading, points, unit.section, unit.order, unit.text, unit.refs[: -len(unit.items)])


def _point(spot: Spot) -> Point:
    parts = sentences(NUMBERING.sub("", spot.text))
    label, rest = parts[0], parts[1:]
    if rest and TURN.match(rest[0]):
        label, rest = f"{label} {rest[0]}", rest[1:]
    return Point(label, tuple(grouped_sentences(" ".join(rest))), (spot.ref,))


def _headed(spots: Sequence[Spot]) -> Iterator[Enumeration]:
    """Headings numbered 1, 2, 3 ... one after the other."""
    run: list[Section] = []
    for section in [*sections_of(spots), None]:
        number = _heading_number(section) if section else 0
        if run and (section is None or number != _heading_number(run[-1]) + 1 or section.source != run[-1].source):
            if len(run) >= 3:
                yield _of_headings(run)
            run = []
        if section is not None and (number == 1 or (run and number)):
            run.append(section)


def _heading_number(section: Section) -> int:
    found = re.match(r"\s*(?:Schritt |Step )?(\d{1,2})[.):]\s", section.heading)
    return int(found[1]) if found else 0


def _of_headings(run: list[Section]) -> Enumeration:
    points = tuple(
        Point(NUMBERING.sub("", section.heading), tuple(grouped_sentences(section.spots[0].text)), (section.spots[0].ref,))
        for section in run
    )
    return Enumeration("", points, run[0].number, run[0].spots[0].order)


def question_units(spots: Sequence[Spot]) -> list[Unit]:
    """Questions in texts, lists and headings."""
    found: list[Unit] = []
    for section in sections_of(spots):
        if section.heading.endswith("?"):
            found.append(_unit(section.spots[0], "question", NUMBERING.sub("", section.heading)))
    for spot in spots:
        for sentence in sentences(spot.text):
            text = NUMBERING.sub("", sentence)
            if text.endswith("?") and len(tokens(text)) >= FEWEST_WORDS and not _leans(text):
                found.append(_unit(spot, "question", text))
    return found


QUOTED = re.compile(r"[„“»\"]([^„“”»«\"\n]{25,400})[“”«\"]")


def quote_units(spots: Sequence[Spot]) -> list[Unit]:
    """Marked quotations, and whole sentences in quotation marks that somebody said."""
    found = [_unit(spot, "quote", " ".join(spot.text.split("\n"))) for spot in spots if spot.passage.shape == "quote"]
    for spot in spots:
        if spot.passage.shape != "quote":
            said = [one for one in QUOTED.finditer(spot.text) if one[1].rstrip()[-1:] in tuple(".!?…")]
            found += [_unit(spot, "quote", one[0]) for one in said]
    return found


def _unit(spot: Spot, kind: Literal["sentence", "paragraph", "quote", "question"], text: str) -> Unit:
    return Unit(kind, text, (spot.ref,), spot.passage.heading, spot.section, spot.order)
