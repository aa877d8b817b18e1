"""A phase looked at in advance: who could do what then, what not and why, and what would become of the pieces."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from handover.phases import window_ends
from handover.proposing import PhaseVerbs
from handover.rights import BY_PHASE, places_of
from pipeline import errors
from pipeline.desk.act import View
from pipeline.desk.who import Action, Asking
from pipeline.errors import Refusal
from pipeline.records import Affected, Channel, Person, Phase
from pipeline.review.gate import Places

DECIDING = ("decide", "shadow")
SHOWN = (
    "write",
    *DECIDING,
    "hold",
    "emergency",
    "plan",
    "withdraw",
    "settle",
    "connect",
    "pause",
    "name_owner",
    "propose",
    "step_back",
)


@dataclass(frozen=True)
class Allowed:
    """One row of the table of rights for one channel.

    action     a row of handover/rights.py
    now, then  ids of the active people who may, before and after
    """

    action: str
    now: Sequence[str]
    then: Sequence[str]


@dataclass(frozen=True)
class Mine:
    """The same for one person. `why`: what they would be told then; None: they may."""

    action: str
    now: bool
    then: bool
    why: Refusal | None


@dataclass(frozen=True)
class WhatIf:
    """The channel as it would be from now on in another phase.

    places        who has to say yes before something goes out
    window_until  until when the consultant would watch, decide in shadow and hold; None outside abgeben
    """

    channel: Channel
    phase: Phase
    places: Places
    rights: Sequence[Allowed]
    mine: Sequence[Mine]
    affected: Sequence[Affected]
    window_until: datetime | None


class RehearsalVerbs(PhaseVerbs):
    def what_if(self, slug: str, to: Phase) -> WhatIf:
        """Nothing is written."""
        with self.look() as view:
            channel = view.channel_named(slug)
            supposed = channel.model_copy(update={"phase": to, "phase_since": view.now})
            rights = [_allowed(view, action, channel, supposed) for action in SHOWN]
            mine = [_mine(view.me, row, supposed) for row in rights] if self.me_id else []
            places, window = places_of(to, view.client), window_ends(supposed, view.client)
        return WhatIf(channel, to, places, rights, mine, self.affected(slug, to), window)


def _allowed(view: View, action: str, channel: Channel, supposed: Channel) -> Allowed:
    active = [one for one in view.people.values() if one.is_active]
    now, then = ([one.id for one in active if _may(view, one, action, at)] for at in (channel, supposed))
    return Allowed(action, now, then)


def _may(view: View, person: Person, action: str, channel: Channel) -> bool:
    if action not in DECIDING:
        return view.allows(person, Action(action), channel)
    spoken = view.house.who_may.voice(Asking(person), client=view.client, channel=channel, now=view.now)
    return spoken is not None and (spoken.voice == "binding") == (action == "decide")


def _mine(me: Person, row: Allowed, supposed: Channel) -> Mine:
    now, then = me.id in row.now, me.id in row.then
    told: Refusal = errors.NotAllowed(action=row.action, name=me.name, channel=supposed.name, phase=supposed.phase)
    if not BY_PHASE[row.action, supposed.phase]:
        told = errors.NotInThisPhase(action=row.action, channel=supposed.name, phase=supposed.phase)
    return Mine(row.action, now, then, None if then else told)
