"""Proof that a credential which was replaced is worth nothing any more: the outside system itself has to say no to it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from pipeline import errors
from pipeline.desk.act import Act, View
from pipeline.desk.credentials import connection_to, with_each_address
from pipeline.desk.people import Errands
from pipeline.desk.who import Action
from pipeline.errors import Refusal
from pipeline.publish.channels.port import Connection, Signed, Wire
from pipeline.records import Channel, FormerSecret, Secret


class WhereToRevoke(StrEnum):
    WORDPRESS = "wordpress"
    LINKEDIN = "linkedin"
    ELSEWHERE = "elsewhere"


@dataclass(frozen=True)
class Asked:
    """What has to be asked outside, read at one moment. `former`: each with every account or site it was used with."""

    channel: Channel
    present: Connection
    former: Sequence[tuple[FormerSecret, Sequence[Callable[[], Connection]]]]

    @property
    def proven(self) -> tuple[str, ...]:
        """What is dead when the asking has raised nothing."""
        return tuple(one.sealed for one, _ in self.former)


def what_to_ask(view: View, channel: Channel) -> Asked:
    """Raises SecretMissing, KeysAreMissing, KeysDoNotFit."""
    kept = view.reader.get(Secret, channel.id)
    former = [(one, _ways(view, channel, one)) for one in kept.former] if kept else []
    return Asked(channel, connection_to(view, channel), former)


def _ways(view: View, channel: Channel, former: FormerSecret) -> list[Callable[[], Connection]]:
    """The clock stands where the credential was brought: what it says of its own end proves nothing, only an answer does."""
    outlet, place = view.outlet(channel), view.place(channel)
    secret = view.house.vault.reveal(view.reader, view.ws, channel.id, former.sealed)
    then, blobs = _stopped(former.brought.at), view.house.blobs
    wire = Wire(net=view.house.net, image=blobs.bytes_of, now=then, secret=secret, fresh=False)

    def way(settings: Mapping[str, str]) -> Callable[[], Connection]:
        return lambda: outlet.connect(replace(place, settings=settings), wire)

    return [way(settings) for settings in with_each_address(outlet, former.settings)]


def _stopped(at: datetime) -> Callable[[], datetime]:
    return lambda: at


def ask(asked: Asked) -> Signed:
    """Sign in with the present credential, then see each former one refused: an outside system that refuses everybody proves
    nothing. Not to be called in a unit of work.

    Raises  what Connection.check raises for the present credential, and the first problem that stands in its way;
            FormerStillAlive, FormerUnclear
    """
    signed = asked.present.check()
    for problem in signed.problems:
        if problem.blocks:
            raise problem
    for _, ways in asked.former:
        for connect in ways:
            _refuse_unless_dead(asked.channel, connect)
    return signed


def _refuse_unless_dead(channel: Channel, connect: Callable[[], Connection]) -> None:
    try:
        signed = connect().check()
    except errors.ReconnectNeeded:  # a 401
        return
    except Refusal as unclear:
        raise errors.FormerUnclear(channel=channel.name, reason=unclear) from unclear
    known = channel.outlet in set(WhereToRevoke)
    where = WhereToRevoke(channel.outlet) if known else WhereToRevoke.ELSEWHERE
    raise errors.FormerStillAlive(channel=channel.name, account=signed.account, where=where)


class CredentialVerbs(Errands):
    def former_credentials(self, slug: str) -> int:
        """How many replaced credentials of the channel are not proven dead yet."""
        with self.look() as view:
            kept = view.reader.get(Secret, view.channel_named(slug).id)
            return len(kept.former) if kept else 0

    def prove_former_dead(self, slug: str) -> Signed:
        """The channel's replaced credentials are refused outside, and forgotten here; returns who the present one is.

        Raises NoFormerCredential, what `ask` raises.
        """
        with self.look() as view:
            channel = view.channel_named(slug)
            view.require(Action.CONNECT, channel)
            asked = what_to_ask(view, channel)
        if not asked.former:
            raise errors.NoFormerCredential(channel=channel.name)
        signed = ask(asked)
        with self.act() as act:
            act.require(Action.CONNECT, act.channel_named(slug))
            forget(act, asked)
        return signed


def forget(act: Act, asked: Asked) -> None:
    """What is proven dead is not kept any longer. One that was replaced meanwhile stays."""
    kept = act.find(Secret, asked.channel.id)
    left = tuple(one for one in kept.former if one.sealed not in asked.proven)
    if len(left) < len(kept.former):
        act.t.put(kept.model_copy(update={"former": left}))
        act.note("channel.former_dead", asked.channel.id, number=len(kept.former) - len(left))
