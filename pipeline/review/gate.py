"""The one gate. `may_publish` lists why a piece may not go out; screens, command line and worker all ask it, and the worker
asks once more in the transaction in which it begins to send. There is no other way to the network.

Pure: values in, reasons out. Whoever asks has read everything of one moment into a `Situation`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from pipeline import errors
from pipeline.errors import Refusal
from pipeline.records import (
    Channel,
    Client,
    Decision,
    Installation,
    Off,
    Person,
    Phase,
    Piece,
    Policy,
    Publication,
    PublicationState,
    Revision,
    Side,
    Verdict,
)


@dataclass(frozen=True)
class Places:
    """Who has to say yes: so many people of each side. `own_work`: sides whose place also they fill who wrote or submitted it."""

    needed: Mapping[Side, int]
    own_work: frozenset[Side]


@dataclass(frozen=True)
class Situation:
    """Everything the gate looks at, of one moment.

    hash        of the current revision as it would leave now
    decisions   all of the piece, oldest first
    people      by id, former ones included
    holders     who could give a binding decision now; None: all decisions were given in the present phase anyway
    findings    what the text itself and its channel speak against (gaps, lengths, alt texts)
    """

    installation: Installation
    client: Client
    channel: Channel
    piece: Piece
    revision: Revision
    hash: str
    decisions: Sequence[Decision]
    people: Mapping[str, Person]
    places: Places
    holders: frozenset[str] | None = None
    needs_secret: bool = False
    findings: Sequence[Refusal] = ()
    publication: Publication | None = None

    def name_of(self, person: str) -> str:
        return self.people[person].name if person in self.people else "?"


# ---------------------------------------------------------------------------------------------------------- decisions


def standing_word(situation: Situation) -> list[Decision]:
    """The last binding word of each person on the current hash. Silence, shadows and other hashes do not count; a consultant
    who left takes along what is not published yet; and a word of an earlier phase counts while its giver has a place."""
    last: dict[str, Decision] = {}
    for decision in situation.decisions:
        about_text = decision.verdict not in (Verdict.HOLD, Verdict.RELEASE)
        if decision.binding and about_text and decision.hash == situation.hash:
            last[decision.person] = decision
    return [one for one in last.values() if not _left_with_its_giver(one, situation.people) and _has_a_place(one, situation)]


def _left_with_its_giver(decision: Decision, people: Mapping[str, Person]) -> bool:
    """Also what a deputy said in the place of one who left."""
    givers = [people.get(one) for one in (decision.person, decision.on_behalf_of) if one]
    return decision.side is Side.CONSULTANT and not all(giver is not None and giver.is_active for giver in givers)


def _has_a_place(decision: Decision, situation: Situation) -> bool:
    if situation.holders is None or decision.phase is situation.channel.phase:
        return True
    return decision.person in situation.holders or decision.on_behalf_of in situation.holders


def valid_until(decision: Decision, situation: Situation) -> datetime:
    return holds_until(decision, situation.piece, situation.client.policy)


def holds_until(decision: Decision, piece: Piece, policy: Policy) -> datetime:
    """An approval holds for some days, and not longer than a while after the planned slot."""
    slot = piece.slot
    end = decision.at + timedelta(days=policy.approval_days)
    if slot is None or slot.utc < decision.at:
        return end
    return min(end, slot.utc + timedelta(hours=policy.slot_grace_hours))


def uploaders(situation: Situation) -> frozenset[str]:
    """Who wrote the current revision, asked a machine for it, or submitted it: all of them have to be seen by other eyes."""
    piece, revision = situation.piece, situation.revision
    return frozenset({revision.by, revision.writer.person} | ({piece.submitted.by} if piece.submitted else set()))


def counting(situation: Situation, now: datetime) -> list[Decision]:
    """Approvals that fill a place now: one per person. Whoever was stood in for has spoken through the deputy."""
    waived = situation.channel.waiver is not None and now < situation.channel.waiver.until
    own_work = frozenset() if waived else uploaders(situation)
    yes = (decision for decision in standing_word(situation) if decision.verdict.is_yes)
    filled: dict[str, Decision] = {}
    for one in sorted(yes, key=lambda one: one.on_behalf_of is not None):
        if (one.person not in own_work or one.side in situation.places.own_work) and now < valid_until(one, situation):
            filled.setdefault(one.on_behalf_of or one.person, one)
    return list(filled.values())


def emergency(situation: Situation, now: datetime) -> Decision | None:
    """A standing emergency release. What the consultant released does not outlive the handover of the channel."""
    for one in standing_word(situation):
        handed_over = situation.channel.phase is Phase.ABGEBEN and one.side is Side.CONSULTANT
        if one.verdict is Verdict.EMERGENCY and not handed_over and now < valid_until(one, situation):
            return one
    return None


def missing_approvals(situation: Situation, now: datetime) -> list[Refusal]:
    """Which places are still empty, or why they are empty again."""
    if emergency(situation, now) is not None:
        return []
    words = standing_word(situation)
    filled = counting(situation, now)
    reasons: list[Refusal] = []
    for side, needed in situation.places.needed.items():
        missing = needed - sum(one.side is side for one in filled)
        if missing <= 0:
            continue
        over = [one for one in words if one.side is side and one.verdict.is_yes and valid_until(one, situation) <= now]
        if over:
            until = max(valid_until(one, situation) for one in over)
            reasons.append(errors.ApprovalExpired(name=situation.name_of(over[-1].person), until=until))
        else:
            reasons.append(errors.ApprovalMissing(side=side, missing=missing))
    return reasons


def is_approved(situation: Situation, now: datetime) -> bool:
    return not (missing_approvals(situation, now) or change_requests(situation) or rejection(situation))


def change_requests(situation: Situation) -> list[Refusal]:
    """Standing change requests on the current hash, of a side that has a place to fill."""
    asked = (
        one for one in standing_word(situation) if one.verdict is Verdict.REQUEST_CHANGES and one.side in situation.places.needed
    )
    return [errors.ChangesRequested(name=situation.name_of(one.person), comment=one.comment) for one in asked]


def rejection(situation: Situation) -> Refusal | None:
    """A rejection ends the piece, whatever its text became."""
    for one in situation.decisions:
        if one.verdict is Verdict.REJECT and one.binding:
            return errors.Rejected(name=situation.name_of(one.person), comment=one.comment)
    return None


# ----------------------------------------------------------------------------------------------------------- the gate


def may_publish(situation: Situation, now: datetime) -> list[Refusal]:
    """Why not, in the order in which people can do something about it; empty: it may go out now."""
    return [
        *_why_over(situation),
        *_why_not_agreed(situation, now),
        *situation.findings,
        *_why_not_here(situation, now),
        *_why_not_now(situation, now),
    ]


def _why_over(situation: Situation) -> list[Refusal]:
    piece, publication = situation.piece, situation.publication
    reasons: list[Refusal] = []
    if piece.withdrawn:
        reasons.append(errors.Withdrawn(name=situation.name_of(piece.withdrawn.by), reason=piece.withdrawn.reason))
    if (rejected := rejection(situation)) is not None:
        reasons.append(rejected)
    if publication and publication.state is PublicationState.CONFIRMED:
        reasons.append(errors.AlreadyPublished(url=publication.url))
    if publication and publication.state.needs_a_person and not _was_only_late(publication):
        reasons.append(errors.NeedsAPerson())
    return reasons


def _was_only_late(publication: Publication) -> bool:
    return publication.reason in LATE and not publication.intent


LATE = frozenset({errors.SlotMissed.__name__, errors.TooLate.__name__})


def _why_not_agreed(situation: Situation, now: datetime) -> list[Refusal]:
    piece = situation.piece
    reasons: list[Refusal] = [] if piece.submitted else [errors.NotSubmitted()]
    reasons += change_requests(situation)
    if piece.held:
        reasons.append(errors.Held(name=situation.name_of(piece.held.by), since=piece.held.at))
    missing = missing_approvals(situation, now)
    if missing and any(one.verdict.is_yes and one.binding for one in situation.decisions) and _only_display_changed(situation):
        missing = [errors.DisplayChanged()]
    return reasons + missing


def _only_display_changed(situation: Situation) -> bool:
    """Approved as this very revision, but the conversion, the account or the place changed since."""
    known = situation.revision.hash
    return known != situation.hash and any(one.hash == known and one.verdict.is_yes for one in situation.decisions)


def _why_not_here(situation: Situation, now: datetime) -> list[Refusal]:
    channel, agreement = situation.channel, situation.channel.agreement
    owner = situation.people.get(channel.owner)
    reasons: list[Refusal] = []
    if owner is None or not owner.is_active:
        reasons.append(errors.OwnerHasLeft(channel=channel.name, name=owner.name if owner else "?"))
    elif agreement is None or agreement.owner != channel.owner:
        reasons.append(errors.AgreementMissing(channel=channel.name, name=owner.name))
    elif channel.phase is Phase.VORMACHEN and agreement.until <= now:
        reasons.append(errors.AgreementExpired(channel=channel.name, name=owner.name, until=agreement.until))
    if channel.off:
        reasons.append(why_off(channel, channel.off))
    elif situation.needs_secret and channel.secret is None:
        reasons.append(errors.SecretMissing(channel=channel.name))
    return reasons


def why_off(channel: Channel, off: Off) -> Refusal:
    if off.why == "moved":
        return errors.ChannelMoved(channel=channel.name, where=off.where, since=off.at)
    return errors.ChannelNotReconnected(channel=channel.name)


def _why_not_now(situation: Situation, now: datetime) -> list[Refusal]:
    content, piece = situation.revision.content, situation.piece
    reasons: list[Refusal] = []
    if content.embargo and now < content.embargo:
        reasons.append(errors.EmbargoRuns(until=content.embargo))
    if situation.channel.paused:
        reasons.append(errors.ChannelPaused(channel=situation.channel.name, name=situation.name_of(situation.channel.paused.by)))
    if situation.client.paused:
        reasons.append(errors.ClientPaused(client=situation.client.name, name=situation.name_of(situation.client.paused.by)))
    if situation.installation.stopped:
        reasons.append(errors.AllPaused(since=situation.installation.stopped.at))
    if slot_passed_undecided(situation, now):
        assert piece.slot is not None  # noqa: S101  (slot_passed_undecided)
        reasons.append(errors.SlotMissed(due=piece.slot.utc))
    return reasons


def slot_passed_undecided(situation: Situation, now: datetime) -> bool:
    """The slot is over and nothing was in the outbox for it."""
    piece, publication = situation.piece, situation.publication
    if piece.slot is None or piece.slot.utc > now:
        return False
    waiting = (
        publication is not None and publication.state is not PublicationState.CANCELLED and not publication.state.needs_a_person
    )
    return not waiting


WAITING = (
    errors.Held,
    errors.ChannelPaused,
    errors.ClientPaused,
    errors.AllPaused,
    errors.EmbargoRuns,
    errors.AgreementMissing,
    errors.AgreementExpired,
    errors.OwnerHasLeft,
    errors.SecretMissing,
    errors.ChannelMoved,
    errors.ChannelNotReconnected,
)
"""Reasons that end by themselves or by somebody's click, without anybody touching the piece: it waits in the outbox."""
