"""What waits on somebody who is gone or does not answer. Nothing may: whoever answers for a channel is told, with a way out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from handover.proposing import open_proposal
from handover.readiness.working_time import working_hours
from pipeline import errors
from pipeline.desk.act import View
from pipeline.desk.people import Errands
from pipeline.desk.who import Action, Asking
from pipeline.errors import Refusal
from pipeline.records import Brief, Channel, Person, Piece, Side, Stage
from pipeline.review.gate import Situation, counting, uploaders

REMINDED_AFTER_HOURS = 48
"""Working hours. Before that the piece stands on the list of who may decide, which is enough."""
BEFORE_THE_SLOT = timedelta(hours=24)
MOST = 200


@dataclass(frozen=True)
class Waiting:
    """`why` is the sentence; `channel` a short name, `piece` and `brief` ids, where there is one to open."""

    why: Refusal
    channel: str = ""
    piece: str = ""
    brief: str = ""


class WaitingVerbs(Errands):
    def waiting_on_the_gone(self) -> list[Waiting]:
        """For the team's owners; once nothing is shared yet, for the consultant too. Others get an empty list."""
        with self.look() as view:
            mine = [channel for channel in view.channels if view.may(Action.NAME_OWNER, channel)]
            return [found for channel in mine for found in _of(view, channel)] + (_briefs(view) if mine else [])


def _of(view: View, channel: Channel) -> Iterator[Waiting]:
    for person, gone in ((channel.owner, errors.OwnerHasLeft), (channel.deputy, errors.DeputyHasLeft)):
        found = view.people.get(person or "")
        if found is not None and not found.is_active:
            yield Waiting(gone(channel=channel.name, name=found.name), channel.slug)
    proposal = open_proposal(view, channel)
    if proposal is not None and not view.allows(view.people[proposal.by], Action.PROPOSE, channel):
        name = view.people[proposal.by].name
        yield Waiting(errors.ProposerIsOut(channel=channel.name, name=name), channel.slug)
    where = {"channel": channel.id, "stage": Stage.REVIEW}
    for piece in view.reader.page(Piece, where, order="changed_at", limit=MOST):
        if (why := _piece(view, channel, piece)) is not None:
            yield Waiting(why, channel.slug, piece.id)


def _piece(view: View, channel: Channel, piece: Piece) -> Refusal | None:
    """Why the piece would wait for ever, or has waited too long already."""
    situation = view.situation(piece)
    missing = _missing(situation, view)
    for side in missing:
        if not _who_could(view, channel, situation, side):
            return errors.NobodyCanDecide(title=piece.title, side=side, channel=channel.name)
    if not missing or piece.submitted is None:
        return None
    soon = piece.slot is not None and piece.slot.utc - view.now < BEFORE_THE_SLOT
    if soon or working_hours(piece.submitted.at, view.now, view.client.timezone) >= REMINDED_AFTER_HOURS:
        others = [one.name for side in missing for one in _who_could(view, channel, situation, side) if one.id != view.me.id]
        if others:  # what waits for me stands on my own list
            return errors.WaitsForDecision(title=piece.title, names=others, since=piece.submitted.at)
    return None


def _missing(situation: Situation, view: View) -> list[Side]:
    filled = [one.side for one in counting(situation, view.now)]
    return [side for side, needed in situation.places.needed.items() if filled.count(side) < needed]


def _who_could(view: View, channel: Channel, situation: Situation, side: Side) -> Sequence[Person]:
    """People of that side whose yes would fill a place and who have not filled one."""
    spoken = {one.person for one in counting(situation, view.now)}
    waived = channel.waiver is not None and view.now < channel.waiver.until
    own = frozenset() if waived or side in situation.places.own_work else uploaders(situation)
    ours = [one for one in view.people.values() if one.is_active and one.side is side and one.id not in spoken | own]
    who_may = view.house.who_may
    voices = {one.id: who_may.voice(Asking(one), client=view.client, channel=channel, now=view.now) for one in ours}
    return [one for one in ours if (voice := voices[one.id]) is not None and voice.voice == "binding"]


def _briefs(view: View) -> list[Waiting]:
    """Briefs whose owner has left, while a piece of them is not over."""
    found = []
    for brief in view.reader.page(Brief, order="made_at", descending=True, limit=MOST):
        owner = view.people.get(brief.owner)
        if owner is not None and not owner.is_active and _is_going_on(view, brief):
            found.append(Waiting(errors.BriefOwnerHasLeft(title=brief.title, name=owner.name), brief=brief.id))
    return found


def _is_going_on(view: View, brief: Brief) -> bool:
    pieces = view.reader.page(Piece, {"brief": brief.id}, limit=50)
    return any(one.stage in (Stage.DRAFT, Stage.REVIEW, Stage.MISSED) for one in pieces)
