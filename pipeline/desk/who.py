"""What the desk asks of whoever knows the rights. The answer lives in handover/rights.py, above the desk."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Literal, Protocol

from pipeline.records import Channel, Client, Person, Phase
from pipeline.review.gate import Places


class Action(StrEnum):
    """One word per row of the table of rights."""

    SEE = "see"
    WRITE = "write"
    HOLD = "hold"
    EMERGENCY = "emergency"
    PLAN = "plan"
    WITHDRAW = "withdraw"
    CONNECT = "connect"
    AGREE = "agree"
    WAIVE = "waive"
    PAUSE = "pause"
    SETTLE = "settle"
    PROPOSE = "propose"
    ACCEPT = "accept"
    STEP_BACK = "step_back"
    TAKE_OVER = "take_over"
    REHEARSE = "rehearse"
    NAME_OWNER = "name_owner"
    PEOPLE = "people"
    TEAM_PEOPLE = "team_people"
    CONSULTANTS = "consultants"
    LET_GO = "let_go"
    CHANNELS = "channels"
    CLIENT = "client"
    DELEGATE = "delegate"
    STOP = "stop"
    BACKUP = "backup"
    DELIVER = "deliver"
    CONTROL = "control"


Voice = Literal["binding", "shadow"]


@dataclass(frozen=True)
class Asking:
    """Who asks, and whose deputy they are on this channel at this moment."""

    person: Person
    stands_for: Sequence[Person] = ()

    @property
    def capacities(self) -> Sequence[Person]:
        return (self.person, *self.stands_for)


@dataclass(frozen=True)
class Spoken:
    """How a decision counts, and for whom it is given."""

    voice: Voice
    on_behalf_of: Person | None = None


class WhoMay(Protocol):
    """The rights of one installation. Pure: asked anew for every verb, with records read in the same transaction."""

    def require(
        self, action: Action, who: Asking, *, client: Client, channel: Channel | None, channels: Sequence[Channel], now: datetime
    ) -> None:
        """Raises NotAllowed. `channels`: all of the client, for actions that belong to no single one."""

    def voice(self, who: Asking, *, client: Client, channel: Channel, now: datetime) -> Spoken | None:
        """How this person's decision counts on this channel; None: not at all."""

    def places(self, *, client: Client, channel: Channel, also: Sequence[Phase], now: datetime) -> Places:
        """Who has to say yes in the channel's phase and in each of the phases `also`."""

    def holders(
        self, people: Iterable[Person], *, client: Client, channel: Channel, also: Sequence[Phase], now: datetime
    ) -> frozenset[str]:
        """Ids of those whose decision is binding in one of these phases."""
