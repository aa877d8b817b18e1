"""The author without any key: arranges the company's own sentences in a frame and marks what only a person can write."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from pipeline.draft.author import Assignment
from pipeline.draft.blocks import escaped, gap, markdown_of, verbatim_share
from pipeline.draft.evidence import Evidence, evidence_of
from pipeline.draft.frames import Frame, Slot, frame_named, propose
from pipeline.draft.selectors import SELECTORS, best_sections
from pipeline.draft.sentences import language_of
from pipeline.draft.tags import tags
from pipeline.draft.units import NUMBERING, Section, addressed_to_machines
from pipeline.errors import NoSources
from pipeline.messages import Say
from pipeline.records import Block, Candidate, Draft, Writer
from pipeline.text import GAP

MOST_CANDIDATES = 3
LONGEST_EXCERPT = 155


class OfflineAuthor:
    """Keeps the contract of `Author`. Selects and arranges, formulates nothing."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._now = clock

    def draft(self, assignment: Assignment, *, on_text: Callable[[str], None], cancelled: Callable[[], bool]) -> Draft:
        if not any(source.passages for source in assignment.sources):
            raise NoSources()
        draft = self._cover(assignment)
        if cancelled():
            return draft.model_copy(update={"unfinished": "cancelled"})
        filled = self._filled(assignment, draft)
        on_text(markdown_of(filled))
        return filled

    def _cover(self, assignment: Assignment) -> Draft:
        return Draft(
            client=assignment.client,
            brief=assignment.brief_id,
            writer=Writer(kind="offline", person=assignment.asked_by),
            title=assignment.title,
            excerpt=assignment.message if len(assignment.message) <= LONGEST_EXCERPT else "",
            made_at=self._now(),
        )

    def _filled(self, assignment: Assignment, cover: Draft) -> Draft:
        evidence = evidence_of(assignment)
        frame = frame_named(assignment.frame) if assignment.frame else propose(assignment.outlet, evidence.profile)
        blocks = tuple(Composition(evidence, frame).blocks())
        draft = cover.model_copy(
            update={
                "frame": frame.name,
                "blocks": blocks,
                "tags": _tags(evidence, frame),
                "questions": _questions(assignment, blocks),
                "left_out": _left_out(assignment, blocks),
            }
        )
        return draft.model_copy(update={"verbatim_share": verbatim_share(markdown_of(draft), assignment.sources)})


@dataclass
class Composition:
    """Fills a frame slot by slot. What one slot shows, no other one offers."""

    evidence: Evidence
    frame: Frame
    shown: set[str] = field(default_factory=set)

    def blocks(self) -> list[Block]:
        once = [slot for slot in self.frame.slots if not slot.in_section]
        once.sort(key=lambda slot: (slot.selector != "figure_hook", slot.type != "list"))  # the choosiest choose first
        filled = {slot.role: self._block(slot, slot.role) for slot in once}
        found = []
        for slot in self.frame.slots:
            if not slot.in_section:
                found.append(filled[slot.role])
            elif slot is next(one for one in self.frame.slots if one.in_section):
                found += list(self._sections())
        return [self._without_shown(block) for block in found if block is not None]

    def _block(self, slot: Slot, role: str, within: Section | None = None, **facts: str) -> Block | None:
        inside = None if within is None else {spot.ref for spot in within.spots}
        found = [one for one in SELECTORS[slot.selector](self.evidence, slot.longest) if self._is_new(one, inside)]
        candidates = tuple({one.text: one for one in found}.values())[: 2 * MOST_CANDIDATES]
        if candidates:
            self.shown |= _sentences_of(candidates[0])
            return _filled_block(slot, role, candidates)
        return self._gap(slot, role, **facts) if slot.required else None

    def _is_new(self, candidate: Candidate, inside: set[str] | None) -> bool:
        is_here = inside is None or inside.issuperset(candidate.passages)
        return is_here and self.shown.isdisjoint(_sentences_of(candidate))

    def _gap(self, slot: Slot, role: str, passages: Sequence[str] = (), **facts: str) -> Block:
        language = self.evidence.assignment.language
        persona = self.evidence.assignment.persona.split("\n")[0].split(".")[0].strip()[:80]
        known = {"persona": persona or Say(language)("draft.word.readers"), "heading": "", "named": "", **facts}
        return Block(slot=role, type=slot.type, text=gap(slot.hint[language].format_map(known)), passages=tuple(passages))

    def _sections(self) -> Iterator[Block | None]:
        """For each chosen section its heading, whole parts of it, and a note on what is to be written."""
        heading, *rest = [slot for slot in self.frame.slots if slot.in_section]
        for number, section in enumerate(best_sections(self.evidence, self.frame.sections), 1):
            parts = [self._block(slot, f"{slot.role}-{number}", section) for slot in rest if slot.selector != "gap"]
            whole = sorted((part for part in parts if part), key=lambda part: self._order(part.passages[0]))
            if not whole:
                continue
            refs = tuple(dict.fromkeys(ref for part in whole for ref in part.passages))
            yield self._heading(heading, f"{heading.role}-{number}", section, refs)
            yield from whole
            for slot in rest:
                if slot.selector == "gap":
                    yield self._gap(slot, f"{slot.role}-{number}", refs, named=_span(refs), heading=section.heading)

    def _order(self, ref: str) -> int:
        return next(spot.order for spot in self.evidence.spots if spot.ref == ref)

    def _heading(self, slot: Slot, role: str, section: Section, refs: tuple[str, ...]) -> Block:
        text = NUMBERING.sub("", section.heading)
        is_title = section.heading == self._title_of(section)
        if not text or is_title or len(text) > slot.longest:
            return self._gap(slot, role, refs)
        return Block(slot=role, type="heading", text=escaped(text), passages=refs[:1])

    def _title_of(self, section: Section) -> str:
        return next(source.title for source in self.evidence.assignment.sources if source.number == section.source)

    def _without_shown(self, block: Block) -> Block:
        """The block's first candidate, and up to two others that stand nowhere else in the draft."""
        others = [one for one in block.candidates[1:] if self.shown.isdisjoint(_sentences_of(one) - _own(block))]
        return block.model_copy(update={"candidates": (*block.candidates[:1], *others)[:MOST_CANDIDATES]})


def _filled_block(slot: Slot, role: str, candidates: tuple[Candidate, ...]) -> Block:
    first = candidates[0]
    stance: Literal["fact", "question"] = "question" if first.text.endswith("?") else "fact"
    return Block(slot=role, type=slot.type, text=first.text, passages=first.passages, stance=stance, candidates=candidates)


def _sentences_of(candidate: Candidate) -> set[str]:
    """What identifies a text when another candidate contains part of it."""
    from_lines = [line.removeprefix("- ") for line in candidate.text.split("\n") if line.strip()]
    return {words for line in from_lines for words in _grams(line)}


def _grams(line: str) -> set[str]:
    words = line.casefold().split()
    return {" ".join(words[start : start + 6]) for start in range(max(1, len(words) - 5))}


def _own(block: Block) -> set[str]:
    return _sentences_of(block.candidates[0]) if block.candidates else set()


def _span(refs: Sequence[str]) -> str:
    return refs[0] if len(refs) == 1 else f"{refs[0]} – {refs[-1]}"


def _tags(evidence: Evidence, frame: Frame) -> tuple[str, ...]:
    given = evidence.assignment
    texts = [spot.text for spot in evidence.spots] + [section.heading for section in evidence.sections]
    return tags(texts, f"{given.title} {given.message}", frame.tags)


def _questions(assignment: Assignment, blocks: Sequence[Block]) -> tuple[str, ...]:
    """What a person has to add: the gaps, once each; and the language, if the sources speak another one."""
    say = Say(assignment.language)
    gaps = [hint.strip("[]") for block in blocks if not block.slot[-1:].isdigit() for hint in GAP.findall(block.text)]
    text = " ".join(passage.text for source in assignment.sources for passage in source.passages[:40])
    foreign = [say(f"draft.question.sources_{language_of(text)}")] if language_of(text) != assignment.language else []
    return tuple(dict.fromkeys([*foreign, *gaps]))


def _left_out(assignment: Assignment, blocks: Sequence[Block]) -> tuple[str, ...]:
    say = Say(assignment.language)
    used = {ref.split(".")[0] for block in blocks for ref in block.passages}
    unused = [
        say("draft.left_out.source", title=source.title) for source in assignment.sources if f"S{source.number}" not in used
    ]
    return (*unused, *(say("draft.left_out.machine", passage=ref) for ref in addressed_to_machines(assignment.sources)))
