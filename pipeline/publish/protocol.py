"""The publishing protocol as rules: what follows from an answer, how long to wait, when it is too late. Pure.

docs/decisions/0004-publishing.md tells why: a step that may be repeated is repeated; one that may not goes to a person.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from pipeline import errors
from pipeline.errors import Refusal, every_refusal
from pipeline.publish.channels.port import Delivery
from pipeline.records import Client, Intent, Publication, PublicationState, iso

LEASE = timedelta(minutes=5)
"""Longer than the slowest step, which waits two minutes for an image."""
STEP_LIMIT = timedelta(seconds=180)
"""Longer than any request of ours can live."""
QUIET_TIME = timedelta(seconds=180)
"""After the deadline of a step whose outcome is unknown: what was under way has arrived by then, or never will."""
MOST_TRIES = 6
LONGEST_WAIT = timedelta(hours=24)
DELIVERY_STEP = {Delivery.FLIP: "flip", Delivery.PUT: "create", Delivery.ONE_SHOT: "create"}

RETRY = (errors.ChannelUnreachable, errors.ChannelBusy)
REFUSED = (errors.ChannelRefused, errors.ChannelAddressWrong)


@dataclass(frozen=True)
class Verdict:
    """What becomes of the row after a refusal."""

    state: PublicationState
    refusal: Refusal
    next_try_at: datetime


def after(
    refusal: Refusal, row: Publication, *, may_repeat: bool, late_at: datetime, now: datetime, chance: Callable[[], float]
) -> Verdict:
    """The outcome table.

    may_repeat  False only for the one call of a ONE_SHOT delivery
    late_at     when the piece is too late to go out by itself
    chance      0.0 to 1.0, for the jitter
    """
    if isinstance(refusal, errors.ChannelSilent) and not may_repeat:
        deadline = row.intent.deadline if row.intent else now
        return Verdict(PublicationState.UNKNOWN, refusal, deadline + QUIET_TIME)
    if isinstance(refusal, (*RETRY, errors.ChannelSilent)):
        return _again(refusal, row, late_at=late_at, now=now, chance=chance)
    state = PublicationState.FAILED if isinstance(refusal, REFUSED) else PublicationState.ATTENTION
    return Verdict(state, refusal, now)


def _again(refusal: Refusal, row: Publication, *, late_at: datetime, now: datetime, chance: Callable[[], float]) -> Verdict:
    wait = timedelta(seconds=chance() * min(30 * 60, 30 * 2**row.tries))
    asked = refusal.facts.get("retry_after")
    if isinstance(asked, int | float):
        wait = min(LONGEST_WAIT, timedelta(seconds=asked * (1 + 0.1 * chance())))
    unclear = unclear_from(refusal, row) is not None
    ends: Refusal | None = None
    if row.tries >= MOST_TRIES:
        ends = errors.GaveUp(tries=row.tries, reason=refusal.facts.get("reason", ""))
    elif now + wait > late_at:
        ends = errors.TooLate(due=row.due.utc)
    if ends is not None:
        ends = errors.OutcomeUnknown(channel=refusal.facts.get("channel", "")) if unclear else ends
        return Verdict(PublicationState.ATTENTION, ends, now)
    return Verdict(PublicationState.SENDING if unclear else PublicationState.PLANNED, refusal, now + wait)


def delivery_begun(row: Publication) -> bool:
    """The call that makes it public has been started at least once."""
    return row.intent is not None and row.intent.step in ("flip", "create")


def unclear_from(refusal: Refusal | None, row: Publication) -> datetime | None:
    """Since when it may be public although no answer said so. Without a refusal: as a row is found whose worker stopped."""
    silent = isinstance(refusal, errors.ChannelSilent) or (refusal is None and row.state is PublicationState.SENDING)
    if row.unclear_since is None and silent and row.intent is not None and delivery_begun(row):
        return row.intent.at
    return row.unclear_since


def late_at(row: Publication, client: Client, *, outlet_minutes: int) -> datetime:
    """A blog post may be a day late, a feed post an hour; the client's policy may allow more than the hour."""
    minutes = max(outlet_minutes, client.policy.late_minutes)
    return row.due.utc + timedelta(minutes=minutes)


def is_free(row: Publication, *, worker: str, now: datetime) -> bool:
    """May this worker take the row? Planned ones when due; ones under way when their worker let the lease run out."""
    if row.state is PublicationState.PLANNED or row.state is PublicationState.UNKNOWN:
        return row.next_try_at <= now
    if not row.state.is_on_its_way:
        return False
    return row.owner == worker or row.lease_until is None or row.lease_until <= now


def interrupted_create(row: Publication, delivery: Delivery) -> bool:
    """Found after a crash with the one call begun: it may or may not have arrived."""
    return delivery is Delivery.ONE_SHOT and row.state is PublicationState.SENDING and row.intent is not None


def begun(step: str, *, now: datetime, payload_hash: str) -> Intent:
    return Intent.model_validate({"step": step, "at": now, "deadline": now + STEP_LIMIT, "payload_hash": payload_hash})


def told(refusal: Refusal) -> dict[str, str]:
    """A refusal's facts as text, kept with the row."""

    def text(fact: object) -> str:
        if isinstance(fact, Refusal):
            return fact.code
        return iso(fact) if isinstance(fact, datetime) else str(fact)

    return {name: text(fact) for name, fact in refusal.facts.items() if fact is not None}


MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")


def retold(row: Publication) -> Refusal | None:
    """The refusal a row tells of, to be said in any language."""
    kinds = {kind.__name__: kind for kind in every_refusal()}
    if row.reason not in kinds:
        return None
    facts = {name: datetime.fromisoformat(fact) if MOMENT.fullmatch(fact) else fact for name, fact in row.facts.items()}
    return kinds[row.reason](**facts)
