"""Whether a channel is ready for its next phase: each condition measured, with the number of cases and the pieces behind it.

Pure: a ledger and a policy in, conditions out. What was too few to judge is None, never True.
What is measured how, and why: docs/decisions/0005-readiness.md.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from math import floor
from statistics import median

from handover.readiness.ledger import ChannelFacts, Ledger, Offices, Word
from handover.readiness.working_time import working_hours
from pipeline.records import REHEARSAL, Condition, Phase, ReadinessPolicy, Side

CODES = (
    "decisions", "agreement", "time_to_decision", "missed_slots", "deciders", "team_drafts", "rewritten", "corrections",
    "stand_in", "credential", "renewal", "runbook",
)  # fmt: skip
LEAST = 5
"""Fewer cases say nothing about a share or a median: a single one would move it by more than 20 points."""
FEW = 20
"""Enough pieces to look at where once would do."""


@dataclass(frozen=True)
class Measured:
    """A condition with the ids of the pieces behind its number, and those of them that speak against it."""

    condition: Condition
    pieces: Sequence[str] = ()
    against: Sequence[str] = ()

    @property
    def code(self) -> str:
        return self.condition.code


@dataclass(frozen=True)
class Credential:
    """What the audit chain does not tell of a channel's credential. `expires_at` None: it does not say, or does not end."""

    needed: bool = False
    expires_at: datetime | None = None


NO_CREDENTIAL = Credential()


@dataclass(frozen=True)
class Look:
    """One channel at one moment.

    now      aware; nothing that happened later is seen
    runbook  chapter -> acknowledged as it is now; None: unknown at that moment
    """

    ledger: Ledger
    channel: str
    policy: ReadinessPolicy
    now: datetime
    credential: Credential
    runbook: Mapping[str, bool] | None

    @cached_property
    def facts(self) -> ChannelFacts:
        return self.ledger.channels.get(self.channel) or ChannelFacts()

    @cached_property
    def begin(self) -> datetime:
        """Of the window. What happened in an earlier phase says nothing about this one."""
        window = self.now - timedelta(days=self.policy.window_days)
        phase = self.facts.phases.latest(self.now)
        return max(window, phase[1]) if phase else window

    @cached_property
    def team_words(self) -> list[Word]:
        """One per person and text, the first: who says the same twice has decided once."""
        first: dict[tuple[str, str, str], Word] = {}
        for word in self.facts.words.within(self.begin, self.now):
            if word.side is Side.TEAM:
                first.setdefault((word.person, word.piece, word.hash), word)
        return list(first.values())

    def was_handed_in(self, piece: str) -> bool:
        at = self.ledger.stories[piece].handed_at
        return at is not None and at <= self.now

    @cached_property
    def offices(self) -> Offices:
        return self.facts.offices.latest(self.now) or Offices("", "")


def conditions(
    ledger: Ledger,
    channel_id: str,
    policy: ReadinessPolicy,
    *,
    now: datetime,
    credential: Credential = NO_CREDENTIAL,
    runbook: Mapping[str, bool] | None = None,
) -> list[Measured]:
    """In the order of CODES, without those the policy leaves out and those that do not apply: a channel whose outlet needs no
    credential, a runbook nobody asked for."""
    look = Look(ledger, channel_id, policy, now, credential, runbook)
    asked = (code for code in CODES if code not in policy.left_out)
    return [measured for code in asked if (measured := _MEASURES[code](look)) is not None]


def phase_at(ledger: Ledger, channel_id: str, now: datetime) -> Phase | None:
    """None: the channel was not there yet."""
    facts = ledger.channels.get(channel_id)
    found = facts.phases.latest(now) if facts else None
    return found[0] if found else None


# ------------------------------------------------------------------------------------------------ one by one, in order


def _decisions(look: Look) -> Measured:
    words = look.team_words
    return _at_least("decisions", len(words), look.policy.decisions, n=len(words), pieces=_each(word.piece for word in words))


def _agreement(look: Look) -> Measured:
    pairs = [pair for pair in look.facts.pairs.within(look.begin, look.now) if pair.unread]
    return _share(
        "agreement",
        [pair.team.piece for pair in pairs],
        [pair.team.piece for pair in pairs if not pair.agree],
        at_least=look.policy.agreement,
    )


def _time_to_decision(look: Look) -> Measured:
    """What still waits counts from the moment on in which it has waited too long; a quick answer it cannot become any more."""
    took: dict[str, list[float]] = {}
    for one in look.facts.submissions.within(look.begin, look.now):
        if one.answered is not None and one.answered <= look.now:
            took.setdefault(one.piece, []).append(one.hours)
        elif one.over is None or one.over > look.now:
            waited = working_hours(one.at, look.now, look.ledger.zone.key)
            if waited > look.policy.hours:
                took.setdefault(one.piece, []).append(waited)
    hours_taken = [hours for several in took.values() for hours in several]
    slow = [piece for piece, several in took.items() if max(several) > look.policy.hours]
    measured = median(hours_taken) if hours_taken else None
    return _at_most("time_to_decision", measured, look.policy.hours, n=len(hours_taken), pieces=list(took), against=slow)


def _missed_slots(look: Look) -> Measured:
    slots = look.facts.slots.within(look.begin, look.now)
    missed = [one.piece for one in slots if one.missed]
    return _share("missed_slots", [one.piece for one in slots], missed, at_most=look.policy.missed)


def _deciders(look: Look) -> Measured:
    """Who has left decides nothing any more."""
    people = {word.person for word in look.team_words if look.ledger.is_there(word.person, look.now)}
    pieces = _each(word.piece for word in look.team_words)
    return _at_least("deciders", len(people), look.policy.deciders, n=len(look.team_words), pieces=pieces)


def _team_drafts(look: Look) -> Measured:
    """What was never handed in was perhaps never meant to be."""
    begun = [one for one in look.facts.begun.within(look.begin, look.now) if look.was_handed_in(one.piece)]
    others = [one.piece for one in begun if one.side is not Side.TEAM]
    return _share("team_drafts", [one.piece for one in begun], others, at_least=look.policy.team_drafts)


def _rewritten(look: Look) -> Measured:
    approved = {one.piece: one for one in look.facts.rewritten.within(look.begin, look.now)}  # the last approval of each
    changed, words = sum(one.changed for one in approved.values()), sum(one.words for one in approved.values())
    most = look.policy.rewritten
    against = [one.piece for one in approved.values() if one.changed > most * one.words]
    share = changed / words if words else None
    return _at_most("rewritten", share, most, n=len(approved), pieces=list(approved), against=against)


def _corrections(look: Look) -> Measured:
    public = look.facts.publications.within(look.begin, look.now)
    faults = [one.piece for one in look.facts.faults.within(look.begin, look.now)]
    share = min(len(faults) / len(public), 1.0) if public else None
    pieces = _each((*public, *faults))
    return _at_most("corrections", share, look.policy.corrections, n=len(public), pieces=pieces, against=_each(faults))


def _stand_in(look: Look) -> Measured:
    """The deputy is there and has decided once: for somebody, in their own name, as practice, or on a rehearsal channel."""
    deputy = look.offices.deputy
    there = bool(deputy) and look.ledger.is_there(deputy, look.now)
    practice = (one for one in look.ledger.channels.values() if one.outlet == REHEARSAL and one is not look.facts)
    spoken = [facts.spoken[deputy].until(look.now) for facts in (*practice, look.facts) if there and deputy in facts.spoken]
    times = sum(map(len, spoken))
    return _at_least("stand_in", times, 1, n=times, pieces=_each(piece for pieces in spoken for piece in pieces[-FEW:]))


def _credential(look: Look) -> Measured | None:
    """Measured in days it still holds; 0 while it is not the team's. None, and met, when it does not end."""
    if not look.credential.needed:
        return None
    brought, ends = look.facts.credentials.latest(look.now), look.credential.expires_at
    ours = brought is not None and brought.side is Side.TEAM
    wanted = float(look.policy.credential_days)
    if ours and ends is None:
        return Measured(Condition(code="credential", measured=None, wanted=wanted, n=1, met=True))
    days = max((ends - look.now) / timedelta(days=1), 0.0) if ours and ends else 0.0
    met, tenths = ours and days >= wanted, floor(days * 10) / 10  # rounded up, 29.99 days would read as 30
    return Measured(Condition(code="credential", measured=tenths, wanted=wanted, n=int(brought is not None), met=met))


def _renewal(look: Look) -> Measured | None:
    if not look.credential.needed:
        return None
    times = sum(one.renewed and one.side is Side.TEAM for one in look.facts.credentials.until(look.now))
    return _at_least("renewal", times, 1, n=times)


def _runbook(look: Look) -> Measured | None:
    if look.runbook is None:
        return None
    read = sum(look.runbook.values())
    if not look.runbook:
        return Measured(Condition(code="runbook", measured=None, wanted=0.0, n=0, met=None))
    return _at_least("runbook", read, len(look.runbook), n=len(look.runbook))


_MEASURES: Mapping[str, Callable[[Look], Measured | None]] = {
    "decisions": _decisions,
    "agreement": _agreement,
    "time_to_decision": _time_to_decision,
    "missed_slots": _missed_slots,
    "deciders": _deciders,
    "team_drafts": _team_drafts,
    "rewritten": _rewritten,
    "corrections": _corrections,
    "stand_in": _stand_in,
    "credential": _credential,
    "renewal": _renewal,
    "runbook": _runbook,
}


# --------------------------------------------------------------------------------------------------------- how judged


def _at_least(code: str, measured: int, wanted: int, *, n: int, pieces: Sequence[str] = ()) -> Measured:
    """A count: nothing can be too few to judge it."""
    met = measured >= wanted
    return Measured(Condition(code=code, measured=float(measured), wanted=float(wanted), n=n, met=met), pieces)


def _at_most(
    code: str, measured: float | None, wanted: float, *, n: int, pieces: Sequence[str], against: Sequence[str]
) -> Measured:
    met = None if measured is None or n < LEAST else measured <= wanted
    return Measured(Condition(code=code, measured=measured, wanted=wanted, n=n, met=met), pieces, against)


def _share(
    code: str, cases: Sequence[str], against: Sequence[str], *, at_least: float | None = None, at_most: float | None = None
) -> Measured:
    """Of cases, named by their pieces, some speak against it. With `at_least` the share of the others is measured."""
    n, bad = len(cases), len(against)
    part = bad if at_least is None else n - bad
    share, wanted = (part / n if n else None), at_most if at_least is None else at_least
    assert wanted is not None  # noqa: S101  (one of the two is given)
    met = None if share is None or n < LEAST else share >= wanted if at_least is not None else share <= wanted
    return Measured(Condition(code=code, measured=share, wanted=wanted, n=n, met=met), _each(cases), _each(against))


def _each(pieces: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(pieces))
