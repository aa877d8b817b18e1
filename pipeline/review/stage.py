"""Where a piece stands. Derived from its records by one function, so no click can leave it in a stage that is not true."""

from __future__ import annotations

from datetime import datetime

from pipeline.records import PublicationState, Stage
from pipeline.review.gate import (
    LATE,
    Situation,
    counting,
    emergency,
    is_approved,
    rejection,
    slot_passed_undecided,
    valid_until,
)

FINISHED = frozenset({Stage.PUBLISHED, Stage.WITHDRAWN, Stage.REJECTED})


def stage_of(situation: Situation, now: datetime) -> Stage:
    if situation.piece.withdrawn:
        return Stage.WITHDRAWN
    return _by_publication(situation) or _by_decisions(situation, now)


def _by_publication(situation: Situation) -> Stage | None:
    publication = situation.publication
    if publication is None:
        return None
    if publication.state is PublicationState.CONFIRMED:
        return Stage.PUBLISHED
    if publication.state.is_on_its_way:
        return Stage.PUBLISHING
    if publication.state.needs_a_person:
        return Stage.MISSED if publication.reason in LATE else Stage.ATTENTION
    return None


def _by_decisions(situation: Situation, now: datetime) -> Stage:
    piece, publication = situation.piece, situation.publication
    if rejection(situation):
        return Stage.REJECTED
    if piece.submitted is None:
        return Stage.DRAFT
    if slot_passed_undecided(situation, now):
        return Stage.MISSED
    if not is_approved(situation, now):
        return Stage.REVIEW
    planned = publication is not None and publication.state is PublicationState.PLANNED
    return Stage.SCHEDULED if planned else Stage.APPROVED


def next_change_by_time(situation: Situation, now: datetime) -> datetime | None:
    """When the stage may change although nobody does anything: the slot passes, an approval or a waiver runs out."""
    if stage_of(situation, now) in FINISHED:
        return None
    released = emergency(situation, now)
    moments = [valid_until(one, situation) for one in (*counting(situation, now), *([released] if released else []))]
    if situation.channel.waiver:
        moments.append(situation.channel.waiver.until)
    if situation.piece.slot and situation.piece.submitted:
        moments.append(situation.piece.slot.utc)
    return min((moment for moment in moments if moment > now), default=None)
