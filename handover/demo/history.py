"""The second sample client: a heating company half way through its handover, each channel somewhere else on its way.

Four months through the desk's verbs, as the first client's weeks are made (pipeline/demo/). Its texts, its people and what
they do are in templates/demo_handover/.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial

from handover.demo.script import FOLDER, HandoverStep, handover_script
from handover.desk import HandoverDesk
from pipeline.clock import Clock
from pipeline.demo import Cast, DemoResult, Meanwhile, SayStep, build_demo
from pipeline.demo.result import silent
from pipeline.demo.script import client_script
from pipeline.desk.house import House


def build_handover_demo(house_at: Callable[[Clock], House], now: datetime, *, say_step: SayStep = silent) -> DemoResult:
    """Into a store that does not hold it yet. Raises AlreadyThere, as `build_demo` does."""
    meanwhile = [Meanwhile(step.day, step.at, partial(_play, step)) for step in handover_script().steps]
    result = build_demo(house_at, now, script=client_script(FOLDER), say_step=say_step, meanwhile=meanwhile)
    say_step("demo.handover", client=client_script(FOLDER).name)
    return result


def handover_desk(cast: Cast, who: str) -> HandoverDesk:
    return HandoverDesk(cast.house, cast.ws, cast.people[who])


def _play(step: HandoverStep, cast: Cast) -> None:
    desk = handover_desk(cast, step.who)
    match step.do:
        case "propose":
            desk.propose(step.channel, step.to, reason=step.reason)
        case "accept":
            desk.accept(step.channel, reason=step.reason)
        case "decline":
            desk.decline(step.channel, reason=step.reason)
        case "step_back":
            desk.step_back(step.channel, step.to, reason=step.reason)
        case "rehearse":
            desk.rehearse(step.channel, step.to)
        case "correct":
            desk.note_correction(cast.pieces[step.piece], reason=step.reason)
        case "acknowledge":
            _acknowledge(desk, step)
        case "deliver" | "control" | "verify":
            _tick_off(desk, step)


def _acknowledge(desk: HandoverDesk, step: HandoverStep) -> None:
    """Each chapter as it reads on that day."""
    shown = {one.chapter.code: one.chapter.sha256 for one in desk.runbook().chapters}
    for chapter in step.chapters:
        desk.acknowledge(chapter, shown[chapter])


def _tick_off(desk: HandoverDesk, step: HandoverStep) -> None:
    verbs = {"deliver": desk.deliver, "control": desk.control, "verify": desk.verify}
    for item in step.items:
        verbs[step.do](item)
