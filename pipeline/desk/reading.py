"""What people look at. Read from the store each time; nothing is remembered between two looks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from pipeline.desk.act import View, settle_overdue
from pipeline.desk.people import Errands
from pipeline.desk.who import Action, Spoken
from pipeline.errors import Refusal
from pipeline.publish.channels.port import Rendered
from pipeline.records import (
    Brief,
    Channel,
    Client,
    Decision,
    Event,
    Person,
    Piece,
    Publication,
    Revision,
    Source,
    Stage,
    Verdict,
)
from pipeline.review.gate import Situation, holds_until, may_publish
from pipeline.review.stage import stage_of
from pipeline.store.base import GENESIS, INSTALLATION
from pipeline.store.chain import broken_links

WAITING_STAGES = (Stage.REVIEW, Stage.MISSED)
DECIDED_IN = (*WAITING_STAGES, Stage.APPROVED, Stage.SCHEDULED)


@dataclass(frozen=True)
class PieceView:
    """Everything about one piece, of one moment.

    hash     of the content as it would leave now: what a decision has to name
    stage    as it is now, time included
    reasons  of the gate; empty: it may go out
    mine     how the looking person's decision would count; None: not at all
    blind    it would be practice and is not given yet: until then the others' words stay hidden from this person
    """

    piece: Piece
    channel: Channel
    revision: Revision
    revisions: Sequence[Revision]
    decisions: Sequence[Decision]
    publication: Publication | None
    situation: Situation
    hash: str
    stage: Stage
    reasons: Sequence[Refusal]
    mine: Spoken | None
    blind: bool
    rights: frozenset[Action]


@dataclass(frozen=True)
class Page:
    """Some rows of a list, and how many there are in all."""

    pieces: Sequence[Piece]
    total: int


@dataclass(frozen=True)
class Audit:
    """Whether the chain holds: its length and newest hash, and what is broken."""

    entries: int
    head: str
    broken: Sequence[str]


class ReadingVerbs(Errands):
    def client(self) -> Client:
        with self.look() as view:
            return view.client

    def myself(self) -> Person:
        with self.look() as view:
            return view.me

    def may(self, action: Action, channel: str | None = None) -> bool:
        with self.look() as view:
            return view.may(action, view.channel_named(channel) if channel else None)

    def piece(self, piece_id: str) -> PieceView:
        with self.look() as view:
            piece = view.find(Piece, piece_id)
            situation = view.situation(piece)
            stage = stage_of(situation, view.now)
            mine = view.voice(situation.channel) if self.me_id else None
            return PieceView(
                piece=piece,
                channel=situation.channel,
                revision=situation.revision,
                revisions=view.reader.page(Revision, {"piece": piece.id}, order="number", limit=1_000),
                decisions=situation.decisions,
                publication=situation.publication,
                situation=situation,
                hash=situation.hash,
                stage=stage,
                reasons=may_publish(situation, view.now),
                mine=mine,
                blind=mine is not None and mine.voice == "shadow" and stage in DECIDED_IN and not _spoken_by(view.me, situation),
                rights=_rights(view, situation.channel) if self.me_id else frozenset(),
            )

    def rendered(self, piece_id: str, revision: int | None = None) -> Rendered:
        """The piece as its channel will show it."""
        with self.look() as view:
            piece = view.find(Piece, piece_id)
            channel = view.find(Channel, piece.channel)
            number = revision or piece.revision
            found = view.reader.page(Revision, {"piece": piece.id, "number": number}, limit=1)
            content, place, outlet = found[0].content, view.place(channel), view.outlet(channel)
        return outlet.render(content, place)

    def pieces(
        self,
        *,
        stages: Sequence[Stage] = (),
        channel: str | None = None,
        order: str = "changed_at",
        descending: bool = True,
        limit: int = 50,
        offset: int = 0,
    ) -> Page:
        """Newest first, or by any other column of a piece."""
        settle_overdue(self.house)
        with self.look() as view:
            where: dict[str, object] = {}
            if stages:
                where["stage"] = stages[0] if len(stages) == 1 else tuple(stages)
            if channel:
                where = {"stage": tuple(Stage), **where, "channel": view.channel_named(channel).id}
            found = view.reader.page(Piece, where, order=order, descending=descending, limit=limit, offset=offset)
            total = sum(view.reader.tally(Piece, "stage", where).values())
            return Page(found, total)

    def counts(self) -> dict[str, int]:
        """Number of pieces per stage."""
        with self.look() as view:
            return view.reader.tally(Piece, "stage")

    def waiting_for_me(self, limit: int = 20) -> list[Piece]:
        """In review, on channels where my word counts, and not yet spoken to by me; the next slot first. Where my word is
        practice, also what others have approved already: they are not waiting for it."""
        settle_overdue(self.house)
        with self.look() as view:
            voices = {channel.id: view.voice(channel) for channel in view.channels}
            practising = tuple(one for one, spoken in voices.items() if spoken and spoken.voice == "shadow")
            asked = {
                (Stage.REVIEW,): tuple(one for one, spoken in voices.items() if spoken),
                (Stage.APPROVED, Stage.SCHEDULED): practising,
            }
            mine = [
                piece
                for stages, channels in asked.items()
                if channels
                for piece in islice(self._unanswered(view, stages, channels, voices, limit), limit)
            ]
            far = mine[0].changed_at.max.replace(tzinfo=mine[0].changed_at.tzinfo) if mine else None
            return sorted(mine, key=lambda one: (one.due_at or far, one.changed_at))[:limit]

    @staticmethod
    def _unanswered(
        view: View, stages: Sequence[Stage], channels: Sequence[str], voices: Mapping[str, Spoken | None], size: int
    ) -> Iterator[Piece]:
        """Longest waiting first, however many others I have answered already."""
        where, offset = {"stage": stages, "channel": channels}, 0
        while found := view.reader.page(Piece, where, order="changed_at", limit=size, offset=offset):
            yield from (piece for piece in found if not _answered(view, piece, voices[piece.channel]))
            offset += size

    def publications(self, pieces: Sequence[Piece]) -> dict[str, Publication]:
        """The newest outbox row of each of these pieces, by piece id."""
        with self.look() as view:
            rows = (view.reader.get(Publication, piece.publication) for piece in pieces if piece.publication)
            return {row.piece: row for row in rows if row is not None}

    def briefs(self, limit: int = 50, offset: int = 0) -> list[Brief]:
        with self.look() as view:
            return view.reader.page(Brief, order="made_at", descending=True, limit=limit, offset=offset)

    def brief(self, brief_id: str) -> Brief:
        with self.look() as view:
            return view.find(Brief, brief_id)

    def sources_of(self, brief_id: str) -> list[Source]:
        """In the brief's order: its first is "S1" in a draft's references."""
        with self.look() as view:
            return [view.find(Source, one) for one in view.find(Brief, brief_id).sources]

    def sources(self, limit: int = 200) -> list[Source]:
        with self.look() as view:
            return view.reader.page(Source, order="id", descending=True, limit=limit)

    def events(self, *, piece: str | None = None, limit: int | None = 100, offset: int = 0) -> list[Event]:
        """Newest first."""
        with self.look() as view:
            if piece is not None:
                view.find(Piece, piece)
            return list(view.reader.events(subject=piece, descending=True, limit=limit, offset=offset))

    def verify_audit(self) -> Audit:
        """Recompute the whole chain of this client, and the installation's."""
        with self.look() as view:
            entries, head, broken = 0, GENESIS, []
            for ws in (INSTALLATION, self.ws):
                events = list(view.reader.of(ws).events())
                broken += broken_links(events)
                entries += len(events)
                head = events[-1].hash if events else head
            return Audit(entries, head, broken)


def _answered(view: View, piece: Piece, spoken: Spoken | None) -> bool:
    """My newest word on this text still holds, and counts as much as it would now."""
    said = view.reader.page(Decision, {"piece": piece.id, "person": view.me.id}, order="at", descending=True, limit=20)
    for one in said:
        if one.hash == piece.hash and one.verdict not in (Verdict.HOLD, Verdict.RELEASE):
            as_much = spoken is not None and (one.binding or spoken.voice == "shadow")
            return as_much and (not one.verdict.is_yes or view.now < holds_until(one, piece, view.client.policy))
    return False


def _spoken_by(person: Person, situation: Situation) -> bool:
    about_text = (one for one in situation.decisions if one.verdict not in (Verdict.HOLD, Verdict.RELEASE))
    return any(one.person == person.id and one.hash == situation.hash for one in about_text)


def _rights(view: View, channel: Channel) -> frozenset[Action]:
    asked = (
        Action.WRITE,
        Action.HOLD,
        Action.EMERGENCY,
        Action.PLAN,
        Action.WITHDRAW,
        Action.SETTLE,
        Action.CONNECT,
        Action.PAUSE,
    )
    return frozenset(action for action in asked if view.may(action, channel))
