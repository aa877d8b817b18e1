"""The prompt: fixed rules, the brief, the persona, the passages. Built from templates/prompts/."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from string import Template

from pipeline.draft.answer import schema
from pipeline.draft.author import Assignment
from pipeline.draft.cleaning import clean
from pipeline.draft.cues import MEASURED
from pipeline.draft.evidence import Evidence, evidence_of
from pipeline.draft.frames import frame_named
from pipeline.draft.redact import Redaction
from pipeline.draft.units import Spot, addressed_to_machines
from pipeline.messages import TEMPLATES

MARKS = "marks"
"""The last step of the ladder: plain text with marks instead of JSON."""


@dataclass(frozen=True)
class Prompt:
    """ids       passages that are sent
    too_long  passages that did not fit
    withheld  passages that address a machine
    """

    system: str
    user: str
    ids: tuple[str, ...]
    too_long: tuple[str, ...]
    withheld: tuple[str, ...]

    @property
    def text(self) -> str:
        return f"{self.system}\n\n{self.user}"

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.text.encode()).hexdigest()

    @property
    def messages(self) -> list[dict[str, str]]:
        return [{"role": "system", "content": self.system}, {"role": "user", "content": self.user}]


def build_prompt(assignment: Assignment, *, form: str, longest_sources: int, secrets: Sequence[str] = ()) -> Prompt:
    """form: a step of the ladder, "json_schema", "json_object" or "marks"."""
    evidence = evidence_of(assignment)
    redacted = Redaction(*secrets)
    chosen = _chosen(evidence, longest_sources)
    ids = tuple(spot.ref for spot in chosen)
    language = assignment.language
    return Prompt(
        system=template(f"rules.{language}").substitute(
            outlet=template(f"outlet_{_look(assignment.outlet)}.{language}").substitute(),
            form=_form(form, language, ids),
        ),
        user=template(f"task.{language}").substitute(
            title=_safe(redacted(assignment.title)),
            message=_safe(redacted(assignment.message)),
            goal=_safe(redacted(assignment.goal)),
            outlet=_safe(assignment.outlet),
            persona=_safe(redacted(assignment.persona)),
            frame=_frame(assignment),
            sources="\n".join(_source(spot, _title(assignment, spot), redacted) for spot in chosen),
        ),
        ids=ids,
        too_long=tuple(spot.ref for spot in evidence.spots if spot.ref not in ids),
        withheld=tuple(addressed_to_machines(assignment.sources)),
    )


@cache
def template(name: str) -> Template:
    return Template((TEMPLATES / "prompts" / f"{name}.md").read_text("utf-8").strip())


def _look(outlet: str) -> str:
    return "post" if outlet == "linkedin" else "article"


def _form(form: str, language: str, ids: Sequence[str]) -> str:
    if form == MARKS:
        return template(f"form_marks.{language}").substitute()
    shown = schema(ids)
    shown["properties"]["blocks"]["items"]["properties"]["evidence"]["items"].pop("enum", None)  # they stand at the passages
    return template(f"form_json.{language}").substitute(schema=json.dumps(shown, ensure_ascii=False))


def _frame(assignment: Assignment) -> str:
    """The frame a person chose, as the row of its slots."""
    if not assignment.frame:
        return ""
    persona = _safe(assignment.persona.split("\n")[0][:80])
    hints = [slot.hint[assignment.language] for slot in frame_named(assignment.frame).slots]
    return "\n".join(f"- {hint.format_map({'persona': persona, 'named': '', 'heading': ''})}" for hint in hints)


def _chosen(evidence: Evidence, longest: int) -> list[Spot]:
    """Whole passages up to `longest` characters: the nearest to the brief and those with figures first, then in their order."""

    def worth(spot: Spot) -> float:
        central = evidence.ranking.central.get(spot.ref, 0.0) * 0.35
        figure = 0.3 if MEASURED.search(spot.text) else 0.0
        return evidence.ranking.of_text(spot.text, spot.passage.heading) + central + figure

    chosen: set[str] = set()
    used = 0
    for spot in sorted(evidence.spots, key=lambda spot: (-worth(spot), spot.order)):
        if used + len(spot.text) <= longest:
            chosen.add(spot.ref)
            used += len(spot.text)
    return [spot for spot in evidence.spots if spot.ref in chosen]


def _title(assignment: Assignment, spot: Spot) -> str:
    return next(source.title for source in assignment.sources if source.number == spot.source)


def _source(spot: Spot, title: str, redacted: Redaction) -> str:
    name = " – ".join(part for part in (title, spot.passage.heading) if part)
    return f'<quelle id="{spot.ref}" titel="{_safe(redacted(name))}">{_safe(redacted(spot.text))}</quelle>'


def _safe(text: str) -> str:
    """Content that cannot leave its element."""
    text = clean(text).strip()
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")
