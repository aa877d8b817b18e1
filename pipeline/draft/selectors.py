"""What fills a slot: each selector lists its finds from the evidence, best first, as Markdown with passage references."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence

from pipeline.draft import cues
from pipeline.draft.blocks import escaped
from pipeline.draft.evidence import Evidence
from pipeline.draft.sentences import tokens
from pipeline.draft.units import Enumeration, Point, Section, Unit
from pipeline.records import Candidate

Selector = Callable[[Evidence, int], list[Candidate]]
SHORTEST_SENTENCE = 25
MOST_POINTS = 3
LONGEST_LEAD = 200


def _written(units: Iterable[Unit], longest: int) -> list[Candidate]:
    return [candidate for unit in units if (candidate := _candidate(unit, longest)) is not None]


def _candidate(unit: Unit, longest: int) -> Candidate | None:
    text = _list_text(unit) if unit.kind == "list" else escaped(unit.text)
    return Candidate(text=text, passages=unit.refs) if SHORTEST_SENTENCE <= len(text) <= longest else None


def _list_text(unit: Unit) -> str:
    lines = "\n".join(f"- {escaped(item)}" for item in unit.items)
    return f"{escaped(unit.text)}\n\n{lines}" if unit.text else lines


def _best(units: Iterable[Unit], evidence: Evidence, extra: Callable[[Unit], float] = lambda _: 0.0) -> list[Unit]:
    return sorted(units, key=lambda unit: -(evidence.ranking.score(unit) + extra(unit)))


# ------------------------------------------------------------------------------------------------ opening and closing


def hook(evidence: Evidence, longest: int) -> list[Candidate]:
    """Short, with a contrast, a figure or a turn."""
    usable = [unit for unit in evidence.sentences if len(unit.text) <= longest and not unit.text.endswith("?")]
    return _written(_best(usable, evidence, lambda unit: _pull(unit.text)), longest)


def _pull(text: str) -> float:
    short = 0.35 if len(text) <= 90 else 0.15 if len(text) <= 140 else 0.0
    contrast = 0.3 if cues.CONTRAST.search(text) else 0.0
    figure = 0.4 if cues.FROM_TO.search(text) else 0.3 if cues.CHANGED.search(text) and cues.MEASURED.search(text) else 0.0
    return short + contrast + figure - _announces(text)


def _announces(text: str) -> float:
    return 0.4 if cues.ANNOUNCING.search(text) else 0.0


def figure_hook(evidence: Evidence, longest: int) -> list[Candidate]:
    """The clearest change in figures; after these, any hook."""
    changes = [unit for unit in evidence.changes if len(unit.text) <= longest]
    ranked = _written(_best(changes, evidence, lambda unit: _pull(unit.text)), longest)
    return ranked + hook(evidence, longest)


def statement(evidence: Evidence, longest: int) -> list[Candidate]:
    """What stands nearest to the brief, early in the text."""
    first = max(1, len(evidence.spots) // 3)
    early = {spot.ref for spot in evidence.spots[:first]}

    def introduces(unit: Unit) -> float:
        return (0.2 if unit.refs[0] in early else 0.0) + (0.1 if len(unit.text) >= 90 else 0.0) - _announces(unit.text)

    return _written(_best([unit for unit in evidence.sentences if not unit.text.endswith("?")], evidence, introduces), longest)


def conclusion(evidence: Evidence, longest: int) -> list[Candidate]:
    last = max((spot.order for spot in evidence.spots), default=1)

    def closes(unit: Unit) -> float:
        heading = 0.4 if cues.CONCLUDING_HEADING.search(unit.heading) else 0.0
        return heading + (0.2 if cues.CONCLUSION.search(unit.text) else 0.0) + 0.2 * unit.order / last

    statements = [unit for unit in evidence.sentences if not unit.text.endswith("?")]
    return _written(_best(statements, evidence, closes), longest)


def question(evidence: Evidence, longest: int) -> list[Candidate]:
    """A question that readers can answer for themselves."""
    addressed = [unit for unit in evidence.questions if cues.ADDRESSED.search(unit.text) and 30 <= len(unit.text) <= longest]
    return _written(_best(addressed, evidence, lambda unit: 0.2 if len(unit.text) <= 120 else 0.0), longest)


# ------------------------------------------------------------------------------------------------------ enumerations


def points(evidence: Evidence, longest: int) -> list[Candidate]:
    """One enumeration that really stands in a source, its members with their explanation."""
    ranked = sorted(evidence.enumerations, key=lambda one: -_worth(one, evidence))
    written = [_points_text(one, longest, evidence) for one in ranked]
    return [one for one in written if one is not None]


def _worth(one: Enumeration, evidence: Evidence) -> float:
    explained = sum(bool(point.explained) for point in one.points) / len(one.points)
    near = max(evidence.ranking.of_text(point.label, one.heading) for point in one.points)
    labels = [len(tokens(point.label)) for point in one.points]
    return (
        near
        - _announces(one.lead)
        + 0.6 * explained
        + (0.2 if min(labels) >= 3 else -0.3)
        - (0.2 if len(one.points) > 7 else 0.0)
    )


def _points_text(one: Enumeration, longest: int, evidence: Evidence) -> Candidate | None:
    """All members if they fit with an explanation each, else the three best; the lead-in only with all of them."""
    share = longest // min(len(one.points), 5)
    everything = [_point_text(point, share) for point in one.points]
    lead = one.lead if len(one.lead) <= LONGEST_LEAD and not cues.ANNOUNCING.search(one.lead) else ""
    whole = _lines(lead, everything)
    if len(whole) <= longest and len(one.points) <= 5:
        return Candidate(
            text=whole, passages=(*(one.lead_refs if lead else ()), *(ref for point in one.points for ref in point.refs))
        )
    ranked = sorted(one.points, key=lambda point: -evidence.ranking.of_text(_point_text(point, share), one.heading))
    chosen = [point for point in one.points if point in ranked[:MOST_POINTS]]
    text = _lines("", [_point_text(point, longest // MOST_POINTS) for point in chosen])
    return Candidate(text=text, passages=tuple(ref for point in chosen for ref in point.refs)) if len(text) <= longest else None


def _point_text(point: Point, longest: int) -> str:
    text = point.label
    if point.explained and len(text) + len(point.explained[0]) + 1 <= longest:
        text = f"{text}{'' if text[-1:] in '.!?:…' else ':'} {point.explained[0]}"
    return text


def _lines(lead: str, items: Sequence[str]) -> str:
    lines = "\n".join(f"- {escaped(item)}" for item in items)
    return f"{escaped(lead)}\n\n{lines}" if lead else lines


def questions(evidence: Evidence, longest: int) -> list[Candidate]:
    """The questions of one source's text as a list: those of its headings, those of one list, or the best five."""
    rows = [*_question_rows(evidence), _best(evidence.questions, evidence)[:5]]
    found = []
    for row in rows:
        chosen = sorted(_fitting(row, longest), key=lambda unit: unit.order)
        if len(chosen) >= 3:
            refs = tuple(dict.fromkeys(ref for unit in chosen for ref in unit.refs))
            found.append(Candidate(text=_lines("", [unit.text for unit in chosen]), passages=refs))
    return found


def _question_rows(evidence: Evidence) -> Iterator[list[Unit]]:
    yield [unit for unit in evidence.questions if unit.heading.endswith(unit.text)]
    for one in sorted({unit.section for unit in evidence.questions}):
        items = {spot.ref for spot in evidence.spots if spot.section == one and spot.passage.shape == "item"}
        yield [unit for unit in evidence.questions if unit.refs[0] in items]


def _fitting(units: Sequence[Unit], longest: int) -> list[Unit]:
    chosen: list[Unit] = []
    for unit in units:
        if len(chosen) < 5 and sum(one.length + 3 for one in chosen) + unit.length + 3 <= longest:
            chosen.append(unit)
    return chosen


# -------------------------------------------------------------------------------------------------------- case report


def situation(evidence: Evidence, longest: int) -> list[Candidate]:
    return _case_part(evidence, longest, cues.OPENING_HEADING, cues.PROBLEM_SENTENCE, early=True)


def steps(evidence: Evidence, longest: int) -> list[Candidate]:
    """What was done: a list of measures where there is one, else a paragraph."""
    lists = [
        unit
        for unit in evidence.lists
        if cues.DOING_HEADING.search(unit.heading) and not cues.OPENING_HEADING.search(unit.heading)
    ]
    return _written(_best(lists, evidence), longest) + _case_part(evidence, longest, cues.DOING_HEADING, cues.DOING_SENTENCE)


def results(evidence: Evidence, longest: int) -> list[Candidate]:
    """Up to three sentences with figures as a list; then single ones."""

    def tells(unit: Unit) -> float:
        changed = 0.4 if cues.FROM_TO.search(unit.text) else 0.3 if cues.CHANGED.search(unit.text) else 0.0
        return changed + (0.3 if cues.RESULT_HEADING.search(unit.heading) else 0.0)

    ranked = [unit for unit in _best(evidence.numbers, evidence, tells) if tells(unit) > 0]
    rows = [_apart(ranked), _apart(ranked[1:])]
    lists = [
        Candidate(
            text=_lines("", [unit.text for unit in row]), passages=tuple(dict.fromkeys(ref for unit in row for ref in unit.refs))
        )
        for row in rows
        if len(row) >= 2 and sum(unit.length + 3 for unit in row) <= longest
    ]
    return lists + _written(ranked, longest)


def _apart(units: Sequence[Unit]) -> list[Unit]:
    """Three that do not say the same, as they follow in the text."""
    chosen: list[Unit] = []
    for unit in units:
        if len(chosen) < 3 and not any(_same(unit.text, other.text) for other in chosen):
            chosen.append(unit)
    return sorted(chosen, key=lambda unit: unit.order)


def _same(one: str, other: str) -> bool:
    words, others = set(tokens(one)), set(tokens(other))
    return len(words & others) > 0.6 * min(len(words), len(others))


def still_open(evidence: Evidence, longest: int) -> list[Candidate]:
    return _case_part(evidence, longest, cues.OPEN_HEADING, cues.OPEN_SENTENCE, late=True)


def _case_part(
    evidence: Evidence, longest: int, heading: re.Pattern[str], cue: re.Pattern[str], *, early: bool = False, late: bool = False
) -> list[Candidate]:
    """Sentences and paragraphs under a heading of that kind, or that say so themselves."""
    last = max((spot.order for spot in evidence.spots), default=1)

    def fits(unit: Unit) -> float:
        position = unit.order / last
        named = 0.5 if heading.search(unit.heading) else 0.0
        said = 0.3 if cue.search(unit.text) else 0.0
        return named + said + (0.25 * (1 - position) if early else 0.0) + (0.25 * position if late else 0.0)

    units = [unit for unit in [*evidence.paragraphs, *evidence.sentences] if not unit.text.endswith("?")]
    near = [unit for unit in units if heading.search(unit.heading) or cue.search(unit.text)]
    return _written(_best(near, evidence, fits), longest)


# ------------------------------------------------------------------------------------------------------------- pages


def quotation(evidence: Evidence, longest: int) -> list[Candidate]:
    return _written(_best(evidence.quotes, evidence), longest)


def body(evidence: Evidence, longest: int) -> list[Candidate]:
    """Whole paragraphs and whole lists."""

    def carries(unit: Unit) -> float:
        meagre = 0.5 if unit.kind == "list" and unit.length < 25 * len(unit.items) else 0.0
        return (0.1 if unit.kind == "list" else 0.0) - meagre - _announces(unit.text)

    return _written(_best([*evidence.paragraphs, *evidence.lists], evidence, carries), longest)


def nothing(_evidence: Evidence, _longest: int) -> list[Candidate]:
    return []


SELECTORS: dict[str, Selector] = {
    "hook": hook,
    "figure_hook": figure_hook,
    "statement": statement,
    "points": points,
    "questions": questions,
    "conclusion": conclusion,
    "question": question,
    "situation": situation,
    "steps": steps,
    "results": results,
    "open": still_open,
    "quote": quotation,
    "body": body,
    "gap": nothing,
}


def best_sections(evidence: Evidence, most: int) -> list[Section]:
    """The sections nearest to the brief that have something whole to offer, in the order of the sources."""
    usable = [section for section in evidence.sections if _units_in(evidence, section)]

    def worth(section: Section) -> float:
        scores = sorted((evidence.ranking.score(unit) for unit in _units_in(evidence, section)), reverse=True)[:3]
        return sum(scores) / len(scores) + 0.2 * evidence.ranking.overlap(section.heading)

    chosen = sorted(usable, key=worth, reverse=True)[:most]
    return sorted(chosen, key=lambda section: section.number)


def _units_in(evidence: Evidence, section: Section) -> list[Unit]:
    return [unit for unit in [*evidence.paragraphs, *evidence.lists] if unit.section == section.number]
