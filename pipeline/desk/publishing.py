"""Slots, publishing now, and settling what only a person can settle."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from urllib.parse import urlsplit

from pipeline import errors
from pipeline.clock import slot_at, slot_now
from pipeline.desk import words
from pipeline.desk.act import Act
from pipeline.desk.people import Errands
from pipeline.desk.who import Action
from pipeline.records import Channel, Media, Piece, Publication, PublicationState, Stage, iso
from pipeline.review.gate import LATE, may_publish


class PublishingVerbs(Errands):
    def schedule(self, piece_id: str, at: str | datetime) -> Piece:
        """Due at that wall time of the client's zone. Not yet approved pieces keep the slot and are missed if it passes
        undecided. Raises TimeIsPast, TimeDoesNotExist, TimeUnreadable."""
        with self.act() as act:
            piece = self._plannable(act, piece_id)
            slot = slot_at(at, act.client.timezone, now=act.now)
            act.note("piece.schedule", piece.id, before=iso(piece.slot.utc) if piece.slot else None, due=iso(slot.utc))
            return act.settle(piece.model_copy(update={"slot": slot}))

    def unschedule(self, piece_id: str) -> Piece:
        with self.act() as act:
            piece = self._plannable(act, piece_id)
            act.note("piece.unschedule", piece.id)
            self._let_go_of_missed(act, piece)
            return act.settle(piece.model_copy(update={"slot": None}))

    def publish(self, piece_id: str) -> Piece:
        """Due now. Raises MayNotPublish with every reason of the gate."""
        with self.act() as act:
            piece = self._plannable(act, piece_id)
            situation = act.situation(piece.model_copy(update={"slot": None}))
            row = situation.publication
            if row is not None and row.state is PublicationState.PLANNED and row.due.utc <= act.now:
                return piece  # the second click of two: it is due already
            if reasons := may_publish(replace(situation, publication=_unless_late(situation.publication)), act.now):
                raise errors.MayNotPublish(reasons=reasons)
            slot = slot_now(act.client.timezone, now=act.now)
            act.note("piece.publish", piece.id, hash=situation.hash)
            return act.settle(piece.model_copy(update={"slot": slot}), known=situation)

    @staticmethod
    def _plannable(act: Act, piece_id: str) -> Piece:
        piece = act.find(Piece, piece_id)
        act.require(Action.PLAN, act.find(Channel, piece.channel))
        if piece.stage is Stage.PUBLISHING:
            raise errors.OnItsWay(title=piece.title)
        if piece.stage is Stage.ATTENTION:
            raise errors.NeedsAPerson()
        if piece.stage in (Stage.PUBLISHED, Stage.WITHDRAWN, Stage.REJECTED):
            raise errors.PieceIsOver(title=piece.title, stage=piece.stage)
        return piece

    @staticmethod
    def _let_go_of_missed(act: Act, piece: Piece) -> None:
        row = act.situation(piece).publication
        if row is not None and row.state.needs_a_person and row.reason in LATE:
            act.t.put(row.model_copy(update={"state": PublicationState.CANCELLED}))

    # -- what a person settles

    def is_there(self, piece_id: str, url: str) -> Publication:
        """A person looked: it is live at this address."""
        text = words.line("url", url, longest=2_000)
        parts = urlsplit(text)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise errors.FieldInvalid(field="url", value=text)
        with self.act() as act:
            piece, row = self._to_settle(act, piece_id)
            changes = {"state": PublicationState.CONFIRMED, "url": text, "confirmed_at": act.now, "reason": "", "facts": {}}
            row = act.t.put(row.model_copy(update=changes))
            act.note("publication.there", piece.id, publication=row.id)
            act.settle(piece)
            return row

    def send_again(self, piece_id: str) -> Publication:
        """A person looked: it is not there. The identical bytes go out again, through the same gate."""
        with self.act() as act:
            piece, row = self._to_settle(act, piece_id)
            slot = slot_now(act.client.timezone, now=act.now)
            if row.reason == errors.ArrivedDifferent.__name__:
                self._forget_uploads(act, piece)
            act.t.put(row.model_copy(update={**_settled(row), "sent_again_by": act.me.id}))
            piece = piece.model_copy(update={"slot": slot})
            reasons = may_publish(act.situation(piece.model_copy(update={"slot": None})), act.now)
            if reasons:
                raise errors.MayNotPublish(reasons=reasons)
            act.note("publication.send_again", piece.id, publication=row.id)
            act.settle(piece)
            return act.find(Publication, row.id)

    @staticmethod
    def _forget_uploads(act: Act, piece: Piece) -> None:
        """An image may have been deleted at the outside system: upload the piece's images anew."""
        ours = {image.sha256 for image in act.revision_of(piece).content.images}
        for media in act.t.page(Media, {"channel": piece.channel}, limit=100_000):
            if media.image.sha256 in ours:
                act.t.remove(Media, media.id)

    def drop(self, piece_id: str) -> Publication:
        """It shall not go out (again). The piece keeps its approval and has no slot."""
        with self.act() as act:
            piece, row = self._to_settle(act, piece_id)
            row = act.t.put(row.model_copy(update=_settled(row)))
            act.note("publication.drop", piece.id, publication=row.id)
            act.settle(piece.model_copy(update={"slot": None}))
            return row

    @staticmethod
    def _to_settle(act: Act, piece_id: str) -> tuple[Piece, Publication]:
        piece = act.find(Piece, piece_id)
        act.require(Action.SETTLE, act.find(Channel, piece.channel))
        row = act.find(Publication, piece.publication) if piece.publication else None
        if row is None or not row.state.needs_a_person:
            raise errors.NothingToSettle(title=piece.title)
        return piece, row


NO_USE = frozenset({errors.ArrivedDifferent.__name__, errors.ChannelDraftGone.__name__, errors.SlugTaken.__name__})
"""Reasons after which the draft at the outside system is of no use any more. Any other draft is kept: should it be public
against all appearances, publishing the same one again changes nothing."""


def _settled(row: Publication) -> dict[str, object]:
    """A person looked: it is not there."""
    return {
        "state": PublicationState.CANCELLED,
        "reason": "",
        "facts": {},
        "intent": None,
        "unclear_since": None,
        "draft_id": "" if row.reason in NO_USE else row.draft_id,
    }


def _unless_late(row: Publication | None) -> Publication | None:
    """A piece that was only too late may be published by hand: the person decides that late is better than never."""
    return None if row is not None and row.state.needs_a_person and row.reason in LATE else row
