"""The rules by which a channel goes from one phase to another. Pure: values in, a value or a Refusal out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from pipeline import errors
from pipeline.records import Affected, Channel, Client, Person, Phase, Piece, Proposal, Role, Side, Verdict
from pipeline.review.gate import Situation, is_approved


def refuse_jump(channel: Channel, to: Phase) -> None:
    """One phase after the other, there and back. Raises AlreadyInPhase, PhaseNotNext."""
    if to is channel.phase:
        raise errors.AlreadyInPhase(channel=channel.name, phase=to)
    if abs(to.step - channel.phase.step) != 1:
        raise errors.PhaseNotNext(channel=channel.name, phase=channel.phase, to=to)


def refuse_unready_owner(channel: Channel, owner: Person | None, to: Phase) -> None:
    """No phase beyond vormachen without a named owner who is there and has accepted the office.
    Raises OwnerHasLeft, AgreementMissing."""
    if to is Phase.VORMACHEN:
        return
    if owner is None or not owner.is_active:
        raise errors.OwnerHasLeft(channel=channel.name, name=owner.name if owner else "?")
    if channel.agreement is None or channel.agreement.owner != channel.owner:
        raise errors.AgreementMissing(channel=channel.name, name=owner.name)


def refuse_missing_consultant(channel: Channel, people: Iterable[Person], to: Phase) -> None:
    """Phases in which the consultant has a place need one who can fill it. Raises NobodyOnTheSide."""
    if to is not Phase.ABGEBEN and not consultants_in_charge(people):
        raise errors.NobodyOnTheSide(channel=channel.name, side=Side.CONSULTANT)


def consultants_in_charge(people: Iterable[Person]) -> list[Person]:
    leads = {Role.APPROVER, Role.OWNER}
    return [one for one in people if one.is_active and one.side is Side.CONSULTANT and one.roles & leads]


def refuse_step(channel: Channel, client: Client, to: Phase, now: datetime) -> None:
    """Raises PhaseNotEarlier, and WindowIsOver when the channel has been the team's for longer than the safety window."""
    if to.step >= channel.phase.step:
        raise errors.PhaseNotEarlier(channel=channel.name, phase=channel.phase, to=to)
    until = window_ends(channel, client)
    if until is not None and until <= now:
        raise errors.WindowIsOver(channel=channel.name, until=until)


def window_ends(channel: Channel, client: Client) -> datetime | None:
    """Until when the consultant still watches a channel that was given away; None in the other phases."""
    if channel.phase is not Phase.ABGEBEN:
        return None
    return channel.phase_since + timedelta(days=client.policy.safety_window_days)


def refuse_answered(channel: Channel, newest: Proposal | None, names: dict[str, str]) -> Proposal:
    """The open proposal. Raises NoProposal, and what became of the newest one when it is not open any more."""
    if newest is None:
        raise errors.NoProposal(channel=channel.name)
    answer = newest.answer
    if answer is None:
        return newest
    facts = {"channel": channel.name, "name": names.get(answer.by, "?"), "at": answer.at}
    match answer.kind:
        case "accepted":
            raise errors.ProposalWasAccepted(**facts)
        case "declined":
            raise errors.ProposalWasDeclined(**facts)
        case "taken_back":
            raise errors.ProposalWasTakenBack(**facts)
        case "overtaken":
            raise errors.ProposalWasOvertaken(**facts)


# ------------------------------------------------------------------------------------- what becomes of the pieces


def also_after(situation: Situation, now: datetime) -> tuple[Phase, ...]:
    """Phases whose places have to stay filled once the channel has left its present one: what people approved keeps those of the
    phase it was approved in, beside the new one's; everything else is judged by the new phase alone. An emergency release fills
    no place."""
    by_people = [one for one in situation.decisions if one.verdict is not Verdict.EMERGENCY]
    if not is_approved(replace(situation, decisions=by_people), now):
        return ()
    return tuple(dict.fromkeys((*situation.piece.also, situation.channel.phase)))


def affected(before: Piece, after: Piece, situation: Situation, now: datetime) -> Affected:
    """`situation`: of the piece after the change of phase."""
    return Affected(piece=before.id, title=before.title, before=before.stage, stage=after.stage, kept=is_approved(situation, now))
