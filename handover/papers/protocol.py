"""The protocol of the handover: one document with both names, to be printed and signed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from handover.papers.drawing import document
from pipeline import errors
from pipeline.desk.act import View
from pipeline.desk.people import Errands
from pipeline.messages import Say
from pipeline.records import Channel, Condition, Office, PhaseChange, Proposal, Protocol

LOOK_BACK = 100
MOST_CHANGES = 1_000


@dataclass(frozen=True)
class Step:
    """One change of phase, with the conditions that held when it was proposed (empty: nothing was measured)."""

    change: PhaseChange
    by: str
    conditions: Sequence[Condition]

    @property
    def held(self) -> int:
        return sum(one.met is True for one in self.conditions)


@dataclass(frozen=True)
class Handed:
    """One channel, as it was handed over. `owner`, `deputy`: names; the deputy's may be empty."""

    channel: Channel
    owner: str
    deputy: str
    steps: Sequence[Step]


@dataclass(frozen=True)
class Signed:
    """Everything the document tells."""

    company: str
    language: str
    timezone: str
    protocol: Protocol
    confirmed_at: datetime
    consultant: str
    owner: str
    ended: Sequence[str]
    channels: Sequence[Handed]


class ProtocolVerbs(Errands):
    def protocol_page(self) -> str:
        """The newest confirmed handover as one HTML document. Raises NoProtocol."""
        with self.look() as view:
            return protocol_page(signed(view, newest_confirmed(view)))


def newest_confirmed(view: View) -> Protocol:
    """Raises NoProtocol."""
    for protocol in view.reader.page(Protocol, order="at", descending=True, limit=LOOK_BACK):
        if protocol.confirmed:
            return protocol
    raise errors.NoProtocol()


def signed(view: View, protocol: Protocol) -> Signed:
    """What was true when it was confirmed: what happened to the channels later does not stand in it. Raises NoProtocol for one
    that is not confirmed."""
    if protocol.confirmed is None:
        raise errors.NoProtocol()
    at = protocol.confirmed.at
    channels = [handed for one in protocol.offices if (handed := _handed(view, one, at)) is not None]
    return Signed(
        company=view.client.name,
        language=view.client.language,
        timezone=view.client.timezone,
        protocol=protocol,
        confirmed_at=at,
        consultant=_name(view, protocol.consultant),
        owner=_name(view, protocol.owner),
        ended=[_name(view, one) for one in protocol.ended],
        channels=channels,
    )


def _name(view: View, person: str | None) -> str:
    found = view.people.get(person or "")
    return found.name if found else ""


def _handed(view: View, office: Office, at: datetime) -> Handed | None:
    channel = view.reader.get(Channel, office.channel)
    if channel is None:
        return None
    changes = view.reader.page(PhaseChange, {"channel": channel.id}, upto=("at", at), order="at", limit=MOST_CHANGES)
    steps = [Step(one, _name(view, one.by), _conditions(view, one)) for one in changes]
    return Handed(channel, _name(view, office.owner), _name(view, office.deputy), steps)


def _conditions(view: View, change: PhaseChange) -> Sequence[Condition]:
    proposal = view.reader.get(Proposal, change.proposal) if change.proposal else None
    return proposal.conditions if proposal else ()


def protocol_page(told: Signed) -> str:
    say = Say(told.language, told.timezone)
    steps = (step for one in told.channels for step in one.steps)
    how = {step.change.id: say(f"protocol.how.{step.change.how}", name=step.by) for step in steps}
    return document("protocol.html", say, told=told, protocol=told.protocol, unmet=_unmet(told, say), how=how)


def _unmet(told: Signed, say: Say) -> Sequence[tuple[str, str]]:
    """(what, why) of each point that was left open."""
    names: Mapping[str, str] = {one.channel.slug: one.channel.name for one in told.channels}
    return [(item_title(one.code, names, say), one.reason) for one in told.protocol.unmet]


def item_title(code: str, channels: Mapping[str, str], say: Say) -> str:
    """A point of the exit checklist as people call it. `channels`: slug -> name."""
    kind, _, slug = code.partition(":")
    return say(f"exit.item.{kind}", channel=channels.get(slug, slug))
