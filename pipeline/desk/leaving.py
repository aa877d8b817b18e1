"""Leaving: everything a person can do ends in one unit of work; what they decided stays as evidence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pipeline import errors
from pipeline.desk.act import Act
from pipeline.desk.who import Action
from pipeline.people.sign_in import end_all
from pipeline.records import (
    Account,
    Answer,
    Channel,
    Decision,
    Delegation,
    Mark,
    Person,
    Phase,
    Piece,
    Proposal,
    Side,
    Stage,
    Verdict,
)
from pipeline.store.base import INSTALLATION

UNPUBLISHED = (Stage.REVIEW, Stage.APPROVED, Stage.SCHEDULED, Stage.MISSED)


@dataclass(frozen=True)
class Left:
    """A person who was deactivated, and the pieces whose approval went with them."""

    person: Person
    voided: Sequence[str]


def let_go(act: Act, person: Person, *, reason: str = "") -> Left:
    """Sign-ins, delegations and open proposals end; a leaving consultant's approvals of pieces not yet published are void.
    Whether the acting person may is asked before. Raises NobodyLeftInCharge, LastOwner."""
    mark = Mark(by=act.me.id, at=act.now, reason=reason)
    gone = act.t.put(person.model_copy(update={"left": mark}))
    act.people = {**act.people, gone.id: gone}
    refuse_if_nobody_is_left(act, gone)
    _end_delegations(act, gone, mark)
    _end_proposals(act, gone)
    _end_sign_ins(act, gone)
    voided = _void_approvals(act, gone)
    act.note("person.deactivate", gone.id, voided=voided)
    return Left(gone, voided)


def refuse_if_nobody_is_left(act: Act, gone: Person) -> None:
    """`gone`: as they are afterwards, left or with fewer roles."""
    if not any(act.allows(one, Action.PEOPLE) for one in act.people.values()):
        raise errors.NobodyLeftInCharge(name=gone.name)
    if gone.side is Side.TEAM:
        for channel in act.channels:
            if channel.phase is not Phase.VORMACHEN and not _has_an_owner(act, channel):
                raise errors.LastOwner(name=gone.name, channel=channel.name)


def _has_an_owner(act: Act, channel: Channel) -> bool:
    """Once a channel is shared nobody else could name one."""
    return any(act.allows(one, Action.NAME_OWNER, channel) for one in act.people.values() if one.side is Side.TEAM)


def _end_delegations(act: Act, gone: Person, mark: Mark) -> None:
    for column in ("giver", "taker"):
        for one in act.t.page(Delegation, {column: gone.id}, limit=1_000):
            if one.ended is None:
                act.t.put(one.model_copy(update={"ended": mark}))


def _end_proposals(act: Act, gone: Person) -> None:
    """Nobody could answer for what they proposed."""
    where = {"channel": tuple(channel.id for channel in act.channels), "answered_at": None}
    for one in act.t.page(Proposal, where, limit=1_000):
        if one.by == gone.id:
            answer = Answer(kind="overtaken", by=act.me.id, at=act.now)
            act.t.put(one.model_copy(update={"answer": answer}))


def _end_sign_ins(act: Act, gone: Person) -> None:
    """The account itself goes on where the same human being is a person of another client."""
    outside = act.t.of(INSTALLATION)
    elsewhere = act.house.store.everywhere(Person, {"email": gone.email})
    accounts = outside.page(Account, {"email": gone.email}, limit=1)
    if accounts and not any(person.is_active and ws != act.ws for ws, person in elsewhere):
        end_all(outside, accounts[0].id)


def _void_approvals(act: Act, gone: Person) -> list[str]:
    """A consultant's approvals, and their deputies' for them, of what is not published yet; of others those that another phase of
    the channel has outdated."""
    settled = weigh_again(act, gone)
    if gone.side is not Side.CONSULTANT:
        return [after.id for before, after in settled if after.stage is not before.stage]
    said = _said_by_or_for(act, gone)
    approved = {one.piece for one in said if one.binding and (one.verdict.is_yes or one.verdict is Verdict.EMERGENCY)}
    return [after.id for _, after in settled if after.id in approved]


def weigh_again(act: Act, person: Person) -> list[tuple[Piece, Piece]]:
    """After somebody's office or roles changed: unpublished pieces they, or others for them, decided about; before and after."""
    about = {one.piece for one in _said_by_or_for(act, person) if one.binding}
    pieces = [act.find(Piece, piece_id) for piece_id in sorted(about)]
    return [(piece, act.settle(piece)) for piece in pieces if piece.stage in UNPUBLISHED]


def _said_by_or_for(act: Act, person: Person) -> list[Decision]:
    stood_in = {one.taker for one in act.t.page(Delegation, {"giver": person.id}, limit=1_000)}
    said = [one for who in (person.id, *sorted(stood_in)) for one in act.t.page(Decision, {"person": who}, limit=100_000)]
    return [one for one in said if person.id in (one.person, one.on_behalf_of)]
