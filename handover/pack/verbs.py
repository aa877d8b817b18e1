"""What people do with a pack: make one, move the client with it, connect its channels again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from handover.pack.contents import credential_of
from handover.pack.export import Pack, Progress, Unfinished, unfinished, write_pack
from pipeline import errors
from pipeline.desk import words
from pipeline.desk.act import Act, View
from pipeline.desk.credentials import bring
from pipeline.desk.people import Errands
from pipeline.desk.who import Action
from pipeline.publish.channels.port import Signed, Wire
from pipeline.publish.protocol import told
from pipeline.records import Channel, Identity, Off, Piece, Publication, PublicationState, Role, Side
from pipeline.review.gate import LATE
from pipeline.store.base import INSTALLATION

LONGEST_PLACE = 200


def _quiet(_done: int, _total: int) -> None:
    """Nobody asked how far it is."""


@dataclass(frozen=True)
class Reconnected:
    """`asked`: titles of pieces that may be out already and now wait for a person's word."""

    channel: Channel
    account: str
    asked: tuple[str, ...]


class PackVerbs(Errands):
    # -- making a pack

    def export(self, to: Path, *, move_to: str = "", progress: Progress = _quiet) -> Pack:
        """A pack of the whole client in a new file.

        move_to   where the client goes. Then the pack is a move: in the same transaction every channel is switched off here
        progress  told (done, in all) now and then
        Raises    AlreadyThere, FileNotFound, StoreIsFull; for a move OnItsWay, ChannelMoved
        """
        with self.look() as view:
            view.require(Action.BACKUP)  # before anybody learns which files there are
        if move_to.strip():
            return self._move(to, words.line("move_to", move_to, longest=LONGEST_PLACE), progress)
        with unfinished(to) as new:
            with self.look() as view:
                view.require(Action.BACKUP)
                pack = write_pack(self.house, view.reader, new.file, move=None, progress=progress)
            return self._noted(new, pack, self._note_export)

    def _move(self, to: Path, where: str, progress: Progress) -> Pack:
        """Everybody who writes has to wait meanwhile: what is in the pack is all there ever was here until the move."""

        def move(act: Act, pack: Pack) -> None:
            for channel in act.channels:
                off = Off(why="moved", where=where, by=act.me.id, at=act.now, credential=credential_of(channel))
                act.t.put(channel.model_copy(update={"off": off}))
            act.note("client.move", self.ws, head=pack.audit_head, sha256=pack.sha256)
            self._note_export(act, pack)

        with unfinished(to) as new, self.act() as act:
            act.require(Action.BACKUP)
            self._refuse_move(act)
            pack = write_pack(self.house, act.t, new.file, move={"to": where, "by": act.me.id}, progress=progress)
            return self._noted(new, pack, move)

    @staticmethod
    def _refuse_move(act: Act) -> None:
        """Nobody switches off what they may not connect."""
        for channel in act.channels:
            act.require(Action.CONNECT, channel)
            if channel.off and channel.off.why == "moved":
                raise errors.ChannelMoved(channel=channel.name, where=channel.off.where, since=channel.off.at)
        under_way = tuple(state for state in PublicationState if state.is_on_its_way)
        for row in act.t.page(Publication, {"state": under_way}, limit=1):
            raise errors.OnItsWay(title=act.find(Piece, row.piece).title)

    def _noted(self, new: Unfinished, pack: Pack, note: Callable[[Act, Pack], None]) -> Pack:
        """The finished file gets its name in the transaction that notes it: both or neither."""
        pack = replace(pack, file=new.to, sha256=new.sync())
        with self.act() as act:
            note(act, pack)
            new.finish()
        return pack

    def _note_export(self, act: Act, pack: Pack) -> None:
        """In the installation's chain: in the client's, the next pack would be another one."""
        details = {"how": act.how, "sha256": pack.sha256, "head": pack.audit_head, "pieces": pack.pieces}
        act.t.of(INSTALLATION).append("client.export", actor=act.me.id, subject=self.ws, at=act.now, details=details)

    # -- after a pack was taken in, or a move called off

    def reconnect(self, slug: str, secret: str = "") -> Reconnected:
        """Connect a channel that came with a pack: the connection is tried, and only a good one switches it on.

        Raises NothingToReconnect, ChannelMoved, SecretMissing, and what the outside system says against it.
        """
        signed = self._tried(slug, secret)
        with self.act() as act:
            channel = act.channel_named(slug)
            act.require(Action.CONNECT, channel)
            off = _refuse_connected(channel)
            if secret.strip():
                channel = bring(act, channel, secret)
            codes = tuple(problem.code for problem in signed.problems)
            identity = Identity(account=signed.account, at=act.now, problems=codes)
            channel = act.t.put(channel.model_copy(update={"identity": identity, "off": None}))
            asked = self._ask_about_planned(act, channel, _entries_taken_in(act)) if off.why == "copied" else ()
            act.note("channel.reconnect", channel.id, why=off.why, asked=[piece.id for piece in asked])
            return Reconnected(channel, signed.account, tuple(piece.title for piece in asked))

    def _tried(self, slug: str, secret: str) -> Signed:
        with self.look() as view:
            channel = view.channel_named(slug)
            view.require(Action.CONNECT, channel)
            _refuse_connected(channel)
            outlet, place = view.outlet(channel), view.place(channel)
        if outlet.needs_secret and not secret.strip():
            raise errors.SecretMissing(channel=channel.name)
        house = self.house
        wire = Wire(net=house.net, image=house.blobs.bytes_of, now=house.now, secret=secret.strip())
        signed = outlet.connect(place, wire).check()
        for problem in signed.problems:
            if problem.blocks or not signed.account:
                raise problem
        return signed

    def undo_move(self) -> list[Channel]:
        """The client stays here after all: its channels send from here again. By the team's owner alone."""
        with self.act() as act:
            act.require(Action.CONTROL)
            moved = [one for one in act.channels if one.off and one.off.why == "moved"]
            if not moved:
                raise errors.NothingMoved(client=act.client.name)
            back = []
            for channel in moved:
                self._require_team_owner(act, channel)
                back.append(act.t.put(channel.model_copy(update={"off": None})))
            asked = [piece.id for channel in back for piece in self._ask_about_planned(act, channel, _entries_moved(act))]
            act.note("client.undo_move", self.ws, asked=asked)
            return back

    @staticmethod
    def _require_team_owner(act: Act, channel: Channel) -> None:
        act.require(Action.CONNECT, channel)
        if act.me.side is not Side.TEAM or not (Role.OWNER in act.me.roles or channel.owner == act.me.id):
            raise errors.NotAllowed(action=Action.CONNECT, name=act.me.name, channel=channel.name, phase=channel.phase)

    @staticmethod
    def _ask_about_planned(act: Act, channel: Channel, known: int) -> tuple[Piece, ...]:
        """What the other installation has too may be out from there: nothing of it goes out by itself.

        known  number of the newest audit entry that is there as well
        """
        asked = []
        for row in act.t.page(Publication, {"state": WAITING_TO_GO}, limit=1_000_000):
            late = row.state.needs_a_person and row.reason in LATE
            if row.channel != channel.id or (row.state.needs_a_person and not late):
                continue
            piece = act.find(Piece, row.piece)
            if _first_entry(act, piece) <= known:
                refusal = errors.MayBeOutElsewhere(title=piece.title, channel=channel.name)
                changes = {"state": PublicationState.ATTENTION, "reason": refusal.code, "facts": told(refusal)}
                act.t.put(row.model_copy(update=changes))
                asked.append(act.settle(piece))
        return tuple(asked)


WAITING_TO_GO = tuple(
    state for state in PublicationState if state is PublicationState.PLANNED or state.is_on_its_way or state.needs_a_person
)


def _refuse_connected(channel: Channel) -> Off:
    if channel.off is None:
        raise errors.NothingToReconnect(channel=channel.name)
    if channel.off.why == "moved":
        raise errors.ChannelMoved(channel=channel.name, where=channel.off.where, since=channel.off.at)
    return channel.off


def _first_entry(view: View, piece: Piece) -> int:
    return next((event.seq for event in view.reader.events(subject=piece.id, limit=1)), 0)


def _entries_taken_in(view: View) -> int:
    outside = view.reader.of(INSTALLATION).events(subject=view.ws, descending=True)
    return next((int(str(event.details["entries"])) for event in outside if event.act == "client.import"), 0)


def _entries_moved(view: View) -> int:
    inside = view.reader.events(subject=view.ws, descending=True)
    return next((event.seq for event in inside if event.act == "client.move"), 0)
