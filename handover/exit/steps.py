"""The consultant's exit: the checklist done point by point, then declared by one side and confirmed by the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from handover.exit.checklist import (
    BY_ITSELF,
    Item,
    ItemState,
    exports,
    is_of_the_team,
    item_of,
    items_of,
    newest_protocol,
    not_given,
    real_channels,
)
from handover.exit.credentials import Asked, CredentialVerbs, ask, forget, what_to_ask
from handover.pack.export import Progress, sum_of
from handover.pack.verifier import verify as read_pack
from handover.papers.protocol import ProtocolVerbs
from pipeline import errors
from pipeline.desk import words
from pipeline.desk.act import Act, View
from pipeline.desk.leaving import let_go
from pipeline.desk.who import Action
from pipeline.records import Channel, ExitItem, Mark, Office, Person, Piece, Protocol, Side, Stage, Unmet
from pipeline.review.stage import FINISHED

LONGEST_REASON = 1_000
UNFINISHED = tuple(stage for stage in Stage if stage not in FINISHED)
LOOK_BACK = 500


@dataclass(frozen=True)
class ExitList:
    """`declared`: waiting for the team's owner. `confirmed`: the newest exit that was."""

    items: Sequence[Item]
    declared: Protocol | None
    confirmed: Protocol | None

    @property
    def unmet(self) -> Sequence[Item]:
        return [one for one in self.items if not one.is_met]


class ExitVerbs(CredentialVerbs, ProtocolVerbs):
    def exit_list(self) -> ExitList:
        with self.look() as view:
            newest = view.reader.page(Protocol, order="at", descending=True, limit=100)
            confirmed = next((one for one in newest if one.confirmed), None)
            declared = next((one for one in newest if one.is_open), None)
            return ExitList(items_of(view), declared, confirmed)

    # -- point by point

    def deliver(self, code: str) -> Item:
        """The consultant's side: "this is handed over". Raises Unknown, ItemShowsItself."""
        with self.act() as act:
            act.require(Action.DELIVER)
            item = _said_item(act, code)
            if item.state is ItemState.OPEN:
                _mark(act, item, delivered=Mark(by=act.me.id, at=act.now))
                act.note("exit.deliver", self.ws, code=code)
            return _named(act, code)

    def control(self, code: str) -> Item:
        """The team's owner: "we have it". Raises Unknown, ItemShowsItself, ItemNotDelivered."""
        with self.act() as act:
            act.require(Action.CONTROL)
            item = _said_item(act, code)
            if item.state is ItemState.OPEN:
                raise errors.ItemNotDelivered(item=code)
            if item.state is ItemState.DELIVERED:
                _mark(act, item, controlled=Mark(by=act.me.id, at=act.now))
                act.note("exit.control", self.ws, code=code)
            return _named(act, code)

    def verify(self, code: str) -> Item:
        """Somebody of the team does what proves the point: signs in outside with the team's own credential and sees the old
        one refused, or has made a backup.

        Raises  Unknown, OnlyTheTeam, ItemShowsItself, ItemNotControlled, CredentialNotRenewed, NoBackupYet, what
                handover/exit/credentials.ask raises
        """
        with self.look() as view:
            item = self._verifiable(view, code)
            if item.is_met:
                return item
            asked = self._asked(view, item)
        account = ask(asked).account if asked else ""
        with self.act() as act:
            item = self._verifiable(act, code)
            if asked is not None:
                self._refuse_if_changed(act, asked)
                if item.kind == "credential":
                    forget(act, asked)
            _mark(act, item, verified=Mark(by=act.me.id, at=act.now, reason=account[:200]))
            act.note("exit.verify", self.ws, code=code)
            return _named(act, code)

    def verify_pack(self, file: Path, *, progress: Progress = lambda _done, _total: None) -> Item:
        """Somebody of the team reads back a pack that was exported here, as it lies where it shall be kept.

        Raises OnlyTheTeam, FileNotFound, PackNotOurs, PackUnsound
        """
        with self.look() as view:
            self._refuse_reader(view)
            if not file.is_file():
                raise errors.FileNotFound(name=str(file))
            sha256, language = sum_of(file), view.client.language
            _refuse_foreign(view, file, sha256)
        report = read_pack(file, progress)
        if not report.ok:
            raise errors.PackUnsound(file=file.name, reason=report.problems[0].told(language))
        with self.act() as act:
            self._refuse_reader(act)
            _refuse_foreign(act, file, sha256)
            _mark(act, _named(act, "pack"), verified=Mark(by=act.me.id, at=act.now, reason=sha256))
            act.note("exit.verify", self.ws, code="pack", sha256=sha256)
            return _named(act, "pack")

    @staticmethod
    def _refuse_reader(view: View) -> None:
        view.require(Action.BACKUP)
        if view.me.side is not Side.TEAM:
            raise errors.OnlyTheTeam(name=view.me.name)

    @staticmethod
    def _verifiable(view: View, code: str) -> Item:
        """The point as far as it must be, and what the records have to show before anybody outside is asked."""
        item = _said_item(view, code)
        view.require(Action.BACKUP if item.channel is None else Action.CONNECT, item.channel)
        if view.me.side is not Side.TEAM:
            raise errors.OnlyTheTeam(name=view.me.name)
        record = item.record
        if record is None or record.delivered is None:
            raise errors.ItemNotDelivered(item=code)
        if record.controlled is None:
            raise errors.ItemNotControlled(item=code)
        if item.kind == "credential" and item.channel is not None:
            secret = item.channel.secret
            if secret is None or not is_of_the_team(view, secret.by) or secret.at <= record.delivered.at:
                raise errors.CredentialNotRenewed(channel=item.channel.name)
        if item.kind == "administration" and not _has_backed_up(view, record.delivered.at):
            raise errors.NoBackupYet()
        return item

    @staticmethod
    def _asked(view: View, item: Item) -> Asked | None:
        if item.channel is None:
            return None
        asked = what_to_ask(view, item.channel)
        if item.kind == "credential" and _stayed_behind(view, item.channel):
            raise errors.FormerStayedBehind(channel=item.channel.name)
        return asked

    @staticmethod
    def _refuse_if_changed(act: Act, asked: Asked) -> None:
        """Another credential or account since it was asked: the answer says nothing about this one."""
        channel, now = asked.channel, act.channel_named(asked.channel.slug)
        if (channel.secret, channel.settings) != (now.secret, now.settings):
            raise errors.SomebodyElseSaved(what="channel")

    # -- all of it

    def declare_exit(self, reasons: Mapping[str, str] | None = None) -> Protocol:
        """The consultant: "we are done here". Every point that is not verified needs its reason.

        Raises ChannelsNotGiven, ExitIsDeclared, UnmetWithoutReason, Unknown for a reason to no point of the list.
        """
        given = reasons or {}
        with self.act() as act:
            act.require(Action.DELIVER)
            _refuse_unless_given(act)
            self._make_way(act)
            items = items_of(act)
            for code in given.keys() - {one.code for one in items}:
                raise errors.Unknown(what="exit_item", id=code[:80])
            unmet = tuple(_unmet(one, given) for one in items if not one.is_met)
            if lacking := [one.code for one in unmet if not one.reason]:
                raise errors.UnmetWithoutReason(items=lacking)
            declared = Mark(by=act.me.id, at=act.now)
            protocol = act.t.add(Protocol(client=self.ws, consultant=act.me.id, declared=declared, unmet=unmet))
            act.note("exit.declare", protocol.id, unmet=[one.code for one in unmet])
            return protocol

    @staticmethod
    def _make_way(act: Act) -> None:
        """A declaration nobody can stand for any more gives way to a new one."""
        earlier = newest_protocol(act)
        if earlier is None or not earlier.is_open:
            return
        if _stands_for(act, earlier) is not None:
            raise errors.ExitIsDeclared(name=act.people[earlier.consultant].name, at=earlier.declared.at)
        act.t.put(earlier.model_copy(update={"taken_back": Mark(by=act.me.id, at=act.now)}))

    def take_back_exit(self) -> Protocol:
        """By the side that declared it, as long as it is not confirmed. Raises ExitNotDeclared."""
        with self.act() as act:
            act.require(Action.DELIVER)
            protocol = _declared(act)
            taken = act.t.put(protocol.model_copy(update={"taken_back": Mark(by=act.me.id, at=act.now)}))
            act.note("exit.take_back", protocol.id)
            return taken

    def confirm_exit(self, *, seen: str = "") -> Protocol:
        """The team's owner: from now on it is ours alone. The consultant's people of this client are ended in the same unit
        of work, and the protocol is closed over the newest audit entry.

        seen    id of the protocol that was shown; another one meanwhile is refused (UnmetChanged)
        Raises  ExitNotDeclared, DeclarerHasLeft, ChannelsNotGiven, UnmetChanged
        """
        with self.act() as act:
            act.require(Action.CONTROL)
            protocol = _declared(act)
            if _stands_for(act, protocol) is None:
                raise errors.DeclarerHasLeft(name=act.people[protocol.consultant].name)
            _refuse_unless_given(act)
            open_now = [one.code for one in items_of(act) if not one.is_met]
            if open_now != [one.code for one in protocol.unmet] or (seen and seen != protocol.id):
                raise errors.UnmetChanged(items=open_now or ["-"])
            return self._close(act, protocol)

    def _close(self, act: Act, protocol: Protocol) -> Protocol:
        ours = [one for one in act.people.values() if one.side is Side.CONSULTANT and one.is_active]
        voided = sorted({piece for one in ours for piece in let_go(act, one, reason="exit").voided})
        _judge_by_the_team_alone(act)
        ended = tuple(one.id for one in ours)
        act.note("exit.confirm", protocol.id, unmet=[one.code for one in protocol.unmet], people=list(ended), voided=voided)
        newest = next(iter(act.t.events(descending=True, limit=1)))
        changes = {
            "owner": act.me.id,
            "confirmed": Mark(by=act.me.id, at=act.now),
            "audit_head": newest.hash,
            "audit_entries": newest.seq,
            "offices": tuple(Office(channel=one.id, owner=one.owner, deputy=one.deputy) for one in real_channels(act)),
            "ended": ended,
        }
        return act.t.put(protocol.model_copy(update=changes))


def _named(view: View, code: str) -> Item:
    item = item_of(view, code)
    if item is None:
        raise errors.Unknown(what="exit_item", id=code[:80])
    return item


def _said_item(view: View, code: str) -> Item:
    """A point that people deliver and control."""
    item = _named(view, code)
    if item.kind in BY_ITSELF:
        raise errors.ItemShowsItself(item=code)
    return item


def _mark(act: Act, item: Item, **marks: Mark) -> None:
    """Write one step down. `item.record` holds only what was said since the last exit."""
    made = ExitItem(id=ExitItem.id_for(act.ws, item.code), client=act.ws, code=item.code)
    if item.record is None:
        act.t.add(made.model_copy(update=marks))
    else:
        act.t.put(item.record.model_copy(update=marks))


def _refuse_foreign(view: View, file: Path, sha256: str) -> None:
    if sha256 not in {event.details.get("sha256") for event in exports(view)}:
        raise errors.PackNotOurs(file=file.name)


def _has_backed_up(view: View, since: datetime) -> bool:
    for event in view.reader.events(subject=view.ws, descending=True, limit=LOOK_BACK):
        if event.at <= since:
            return False
        if event.act == "backup.make" and is_of_the_team(view, event.actor):
            return True
    return False


def _stayed_behind(view: View, channel: Channel) -> bool:
    """Whether the audit chain knows of a credential of the consultant's that was neither proven dead nor came along when the
    client moved. What was brought since the channel was connected here is kept and asked about."""
    kept_or_dead = True
    for event in view.reader.events(subject=channel.id, descending=True):
        kept_or_dead = kept_or_dead or event.act == "channel.former_dead"
        brought = event.act in ("channel.secret", "channel.reconnect") or (
            event.act == "channel.add" and event.details.get("secret")
        )
        if brought and not kept_or_dead and not is_of_the_team(view, event.actor):
            return True
        if event.act == "channel.reconnect":
            kept_or_dead = False
    return False


def _unmet(item: Item, reasons: Mapping[str, str]) -> Unmet:
    reason = words.prose("reason", reasons.get(item.code, ""), longest=LONGEST_REASON)
    return Unmet(code=item.code, reason=reason)


def _refuse_unless_given(view: View) -> None:
    if names := not_given(view):
        raise errors.ChannelsNotGiven(channels=names)


def _declared(view: View) -> Protocol:
    protocol = newest_protocol(view)
    if protocol is None or not protocol.is_open:
        raise errors.ExitNotDeclared()
    return protocol


def _stands_for(view: View, protocol: Protocol) -> Person | None:
    """Who declared it, if they are still there and still in charge."""
    person = view.people.get(protocol.consultant)
    return person if person is not None and person.is_active and view.allows(person, Action.DELIVER) else None


def _judge_by_the_team_alone(act: Act) -> None:
    """What was approved in an earlier phase needed the consultant's word too; from now on nobody could give it."""
    ids = tuple(one.id for one in act.channels)
    for piece in act.t.page(Piece, {"stage": UNFINISHED, "channel": ids}, limit=1_000_000):
        if piece.also:
            act.settle(piece.model_copy(update={"also": ()}), by_time=True)
