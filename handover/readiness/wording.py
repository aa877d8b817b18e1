"""What was measured, in sentences for whoever asks "when will it be ours?"."""

from __future__ import annotations

from datetime import date

from handover.readiness.conditions import LEAST
from handover.readiness.measuring import Readiness
from handover.readiness.share import TeamShare
from pipeline.messages import Say
from pipeline.records import Condition

SHARES = frozenset({"agreement", "missed_slots", "team_drafts", "rewritten", "corrections"})
"""Conditions measured as a share; all others in their own unit."""


def readiness_sentence(say: Say, readiness: Readiness) -> str:
    """One plain sentence for a managing director."""
    asked, met, name, phase = readiness.asked, readiness.met, readiness.channel.name, readiness.phase.value
    if not asked:
        return say("readiness.unasked", channel=name)
    if met == asked:
        return say(f"readiness.ready.{phase}", channel=name, asked=asked)
    nearly = "almost" if 2 * met > asked else "early"
    missing = [condition_name(say, code) for code in readiness.missing]
    return say(f"readiness.{nearly}.{phase}", channel=name, met=met, asked=asked, missing=missing)


def condition_name(say: Say, code: str) -> str:
    return say(f"condition.{code}")


def condition_line(say: Say, condition: Condition) -> str:
    """The condition with its numbers."""
    code = condition.code
    if condition.met is None:
        return say("condition.too_few", name=_begun(condition_name(say, code)), n=condition.n, least=LEAST)
    if condition.measured is None:
        return say("condition.no_end")
    measured, wanted = shown(condition, condition.measured), shown(condition, condition.wanted)
    return say(f"condition.{code}.told", measured=measured, wanted=wanted, n=condition.n)


def condition_state(say: Say, condition: Condition) -> str:
    """One word: met, open, not measurable."""
    words = {True: "condition.is_met", False: "condition.is_unmet", None: "condition.is_unknown"}
    return say(words[condition.met])


def shown(condition: Condition, number: float) -> float | int:
    """As people read it: shares in percent, one place behind the point where there is one."""
    rounded = round(number * 100 if condition.code in SHARES else number, 1)
    return int(rounded) if rounded.is_integer() else rounded


def share_sentence(say: Say, team: TeamShare) -> str:
    if team.share is None:
        return say("share.nothing")
    percent = round(team.share * 100)
    if team.since is None:
        return say("share.less", percent=percent)
    return say("share.since", percent=percent, month=month_named(say, team.since))


def month_named(say: Say, month: date) -> str:
    return say("share.month", name=say(f"month.{month.month}"), year=month.year)


def _begun(name: str) -> str:
    return name[:1].upper() + name[1:]
