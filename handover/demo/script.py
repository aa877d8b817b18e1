"""The handover of the second sample client as templates/demo_handover/ tells it, checked while reading."""

from __future__ import annotations

from functools import cache
from typing import Literal

from pipeline.demo.script import Said, toml_in
from pipeline.messages import TEMPLATES
from pipeline.records import Phase, Value

FOLDER = TEMPLATES / "demo_handover"

HandoverVerb = Literal[
    "propose", "accept", "decline", "step_back", "rehearse", "correct", "acknowledge", "deliver", "control", "verify"
]


class HandoverStep(Said):
    """piece     name of the piece file
    chapters  of the runbook
    items     of the exit checklist
    """

    do: HandoverVerb
    channel: str = ""
    to: Phase = Phase.VORMACHEN
    reason: str = ""
    piece: str = ""
    chapters: tuple[str, ...] = ()
    items: tuple[str, ...] = ()


class HandoverScript(Value):
    steps: tuple[HandoverStep, ...]


@cache
def handover_script() -> HandoverScript:
    return HandoverScript.model_validate(toml_in(FOLDER / "handover.toml"))
