"""One verb's view of the store, and one verb's unit of work: who acts, may they, what is written, what follows from it."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Literal, TypeVar

from pipeline import errors
from pipeline.desk.house import House
from pipeline.desk.who import Action, Asking, Spoken
from pipeline.errors import PersonHasLeft, Refusal, Unknown
from pipeline.publish.channels.port import Outlet, Place
from pipeline.records import (
    Channel,
    Client,
    Content,
    Decision,
    Delegation,
    Installation,
    Person,
    Phase,
    Piece,
    Publication,
    PublicationState,
    Record,
    Revision,
    Slot,
    Stage,
)
from pipeline.review.fingerprint import fingerprint
from pipeline.review.gate import LATE, Situation, is_approved, rejection
from pipeline.review.stage import FINISHED, next_change_by_time, stage_of
from pipeline.store.base import INSTALLATION, Reader, Tx
from pipeline.text import find_gaps, images_named

log = logging.getLogger("staffelstab.desk")

R = TypeVar("R", bound=Record)
How = Literal["app", "link", "command line"]

INSTALLATION_ID = "installation"
CLOCK = "clock"
"""Actor of what happens because time passed; `worker` is the other actor that is no person."""


@dataclass(frozen=True)
class _Text:
    """A piece's current revision, its hash as it would leave now, and what speaks against it."""

    revision: Revision
    hash: str
    findings: Sequence[Refusal]


class View:
    """One moment of one client's workspace, and who is looking. `me` is None for the worker, the clock and reports."""

    def __init__(self, house: House, reader: Reader, *, me: str | None, how: How = "app") -> None:
        self.house, self.reader, self.how, self.now = house, reader, how, house.now()
        self.ws = reader.ws
        self._me = me
        self._texts: dict[tuple[str, int, int], _Text] = {}

    # -- records

    def find(self, kind: type[R], id: str, what: str = "") -> R:  # noqa: A002
        """Raises Unknown, also for what belongs to another client."""
        found = self.reader.get(kind, id)
        if found is None:
            raise Unknown(what=what or kind.kind, id=id[:80])
        return found

    @cached_property
    def client(self) -> Client:
        client = self.reader.of(INSTALLATION).get(Client, self.ws)
        if client is None:
            raise Unknown(what="client", id=self.ws)
        return client

    @cached_property
    def installation(self) -> Installation:
        found = self.reader.of(INSTALLATION).get(Installation, INSTALLATION_ID)
        if found is None:
            raise errors.NoStore(folder=str(self.house.settings.store))
        return found

    @cached_property
    def people(self) -> Mapping[str, Person]:
        return {person.id: person for person in self.reader.page(Person, limit=10_000)}

    @cached_property
    def channels(self) -> Sequence[Channel]:
        return self.reader.page(Channel, limit=1_000)

    def channel_named(self, slug: str) -> Channel:
        for channel in self.channels:
            if slug in (channel.slug, channel.id):
                return channel
        raise Unknown(what="channel", id=slug[:80])

    def person_named(self, email: str) -> Person:
        for person in self.people.values():
            if email.strip().casefold() in (person.email, person.id):
                return person
        raise Unknown(what="person", id=email[:80])

    # -- who asks

    @cached_property
    def me(self) -> Person:
        known = self.__dict__.get("people")
        person = known.get(self._me) if known else self.reader.get(Person, self._me) if self._me else None
        if person is None:
            raise errors.WhoIsActing()
        if not person.is_active:
            raise PersonHasLeft(name=person.name)
        return person

    def asking(self, channel: Channel | None) -> Asking:
        """The acting person with everybody they stand in for on this channel now. What was delegated is not passed on."""
        if channel is None:
            return Asking(self.me)
        given = self.reader.page(Delegation, {"taker": self.me.id}, order="until", descending=True, limit=100)
        if not given:
            return Asking(self.me)
        givers = [self.people.get(one.giver) for one in given if one.covers(channel.id, self.now)]
        return Asking(self.me, tuple(giver for giver in givers if giver is not None and giver.is_active))

    def require(self, action: Action, channel: Channel | None = None) -> None:
        who = self.asking(channel)
        self.house.who_may.require(
            action, who, client=self.client, channel=channel, channels=() if channel else self.channels, now=self.now
        )

    def may(self, action: Action, channel: Channel | None = None) -> bool:
        try:
            self.require(action, channel)
        except errors.NotAllowed:
            return False
        return True

    def allows(self, person: Person, action: Action, channel: Channel | None = None) -> bool:
        """Whether somebody else may, as themselves."""
        try:
            who_may, channels = self.house.who_may, () if channel else self.channels
            who_may.require(action, Asking(person), client=self.client, channel=channel, channels=channels, now=self.now)
        except errors.NotAllowed:
            return False
        return True

    def voice(self, channel: Channel) -> Spoken | None:
        return self.house.who_may.voice(self.asking(channel), client=self.client, channel=channel, now=self.now)

    # -- a piece and everything around it

    def outlet(self, channel: Channel) -> Outlet:
        return self.house.outlet(channel.outlet)

    def place(self, channel: Channel) -> Place:
        client = self.client
        return Place(channel.name, channel.settings, client.name, client.language, client.timezone, channel.slug)

    def hash_of(self, content: Content, channel: Channel) -> str:
        outlet = self.outlet(channel)
        return fingerprint(content, outlet=channel.outlet, address=outlet.address(channel.settings), conversion=outlet.conversion)

    def revision_of(self, piece: Piece) -> Revision:
        (revision,) = self.reader.page(Revision, {"piece": piece.id, "number": piece.revision}, limit=1)
        return revision

    def findings(self, content: Content, channel: Channel) -> list[Refusal]:
        """What the text itself speaks against, then what its channel does."""
        found: list[Refusal] = []
        if gaps := [gap for text in (content.title, content.body, content.excerpt) for gap in find_gaps(text)]:
            found.append(errors.GapsLeft(count=len(gaps), first=gaps[0]))
        missing = sorted({number for number in images_named(content.body) if number > len(content.images) or number < 1})
        found += [errors.ImageMissing(number=number) for number in missing]
        return [*found, *self.outlet(channel).findings(content, self.place(channel))]

    def _text_of(self, piece: Piece, channel: Channel) -> _Text:
        """Looked at once: a revision never changes, so only another one or a changed channel makes it another text."""
        key = (piece.id, piece.revision, channel.version)
        if key not in self._texts:
            revision = self.revision_of(piece)
            content = revision.content
            self._texts[key] = _Text(revision, self.hash_of(content, channel), self.findings(content, channel))
        return self._texts[key]

    def situation(self, piece: Piece) -> Situation:
        channel = self.find(Channel, piece.channel)
        text = self._text_of(piece, channel)
        decisions = self.reader.page(Decision, {"piece": piece.id}, order="at", limit=1_000)
        return Situation(
            installation=self.installation,
            client=self.client,
            channel=channel,
            piece=piece,
            revision=text.revision,
            hash=text.hash,
            decisions=decisions,
            people=self.people,
            places=self.house.who_may.places(client=self.client, channel=channel, also=piece.also, now=self.now),
            holders=self._holders(decisions, channel, piece.also),
            needs_secret=self.outlet(channel).needs_secret,
            findings=text.findings,
            publication=self.reader.get(Publication, piece.publication) if piece.publication else None,
        )

    def deciders(self, channel: Channel, also: Sequence[Phase] = ()) -> frozenset[str]:
        """Ids of those whose decision is binding now, in the channel's phase or in one of the phases `also`."""
        who_may = self.house.who_may
        return who_may.holders(self.people.values(), client=self.client, channel=channel, also=also, now=self.now)

    def _holders(self, decisions: Sequence[Decision], channel: Channel, also: Sequence[Phase]) -> frozenset[str] | None:
        return None if all(one.phase is channel.phase for one in decisions) else self.deciders(channel, also)


class Act(View):
    """A view that writes: everything a verb does commits together."""

    def __init__(self, house: House, t: Tx, *, me: str | None, how: How = "app", actor: str = "") -> None:
        super().__init__(house, t, me=me, how=how)
        self.t = t
        self._actor = actor

    def note(self, act: str, subject: str, **details: object) -> None:
        """The verb's one line in the audit chain: ids and hashes, no names."""
        by_person = {} if self._actor else {"how": self.how}
        self.t.append(act, actor=self._actor or self.me.id, subject=subject, at=self.now, details={**by_person, **details})

    def settle(self, piece: Piece, *, by_time: bool = False, known: Situation | None = None) -> Piece:
        """Bring outbox row and stage in line with the records, and save the piece. `by_time`: nobody did anything, so a piece
        that stays where it is has not changed. `known`: its situation with everything this unit of work has changed."""
        situation = self.situation(piece) if known is None else replace(known, piece=piece)
        situation = replace(situation, publication=self._outbox(situation))
        stage = stage_of(situation, self.now)
        changes = {
            "hash": situation.hash,
            "stage": stage,
            "also": piece.also if piece.submitted else (),  # what is submitted anew is judged by the present phase
            "publication": situation.publication.id if situation.publication else None,
            "revisit_at": next_change_by_time(situation, self.now),
            "changed_at": piece.changed_at if by_time and stage is piece.stage else self.now,
        }
        return self.t.put(piece.model_copy(update=changes))

    def resettle(self, channel: Channel) -> None:
        """After a change to the channel that decides what counts or how a piece will look: every piece that is not over."""
        self.channels = [channel if one.id == channel.id else one for one in self.channels]
        unfinished = tuple(stage for stage in Stage if stage not in FINISHED)
        for piece in self.t.page(Piece, {"channel": channel.id, "stage": unfinished}, limit=1_000_000):
            self.settle(piece, by_time=True)

    def _outbox(self, situation: Situation) -> Publication | None:
        """The one row for this piece: planned when everything is agreed and a slot is set, cancelled when that ends."""
        row = situation.publication
        slot = self._slot_to_keep(situation)
        if row is None:
            return self.t.add(self._planned(situation, slot)) if slot else None
        if slot is None and (row.state is PublicationState.PLANNED or (_only_late(row) and _is_called_off(situation))):
            return self.t.put(row.model_copy(update={"state": PublicationState.CANCELLED}))
        if slot and (row.state in (PublicationState.PLANNED, PublicationState.CANCELLED) or _only_late(row)):
            fresh = self._planned(situation, slot)
            same = row.state is PublicationState.PLANNED and row.hash == fresh.hash and row.due == fresh.due
            return row if same else self.t.put(_replanned(row, fresh))
        return row

    def _slot_to_keep(self, situation: Situation) -> Slot | None:
        piece, row = situation.piece, situation.publication
        over = piece.withdrawn or not piece.submitted or situation.findings
        if over or piece.slot is None or not is_approved(situation, self.now):
            return None
        planned_for_it = row is not None and row.state is PublicationState.PLANNED and row.due == piece.slot
        return piece.slot if piece.slot.utc >= self.now or planned_for_it else None

    def _planned(self, situation: Situation, slot: Slot) -> Publication:
        piece = situation.piece
        return Publication(
            client=self.ws,
            channel=piece.channel,
            piece=piece.id,
            revision=piece.revision,
            hash=situation.hash,
            decisions=tuple(one.id for one in situation.decisions if one.hash == situation.hash and one.binding),
            due=slot,
            next_try_at=slot.utc,
        )


def _only_late(row: Publication) -> bool:
    return row.state.needs_a_person and row.reason in LATE


def _is_called_off(situation: Situation) -> bool:
    piece = situation.piece
    return bool(piece.withdrawn or not piece.submitted or rejection(situation))


def _replanned(row: Publication, fresh: Publication) -> Publication:
    taken_over = ("revision", "hash", "decisions", "due", "next_try_at")
    return row.model_copy(
        update={
            **{name: getattr(fresh, name) for name in taken_over},
            "state": PublicationState.PLANNED,
            "reason": "",
            "facts": {},
            "tries": 0,
            "intent": None,
            "draft_id": row.draft_id if row.hash == fresh.hash else "",
            "sent_again_by": row.sent_again_by if row.hash == fresh.hash else None,
        }
    )


@contextmanager
def acting(house: House, ws: str, *, me: str | None, how: How = "app", actor: str = "") -> Iterator[Act]:
    with house.store.tx(ws) as t:
        yield Act(house, t, me=me, how=how, actor=actor)


@contextmanager
def looking(house: House, ws: str, *, me: str | None, how: How = "app") -> Iterator[View]:
    with house.store.read(ws) as reader:
        yield View(house, reader, me=me, how=how)


def settle_overdue(house: House, now: datetime | None = None) -> int:
    """Stages that time alone has changed: slots passed undecided, approvals run out. Quick when there is none."""
    changed = 0
    for ws, piece_id in house.store.to_revisit(now or house.now()):
        try:
            changed += _settle_overdue(house, ws, piece_id)
        except Exception:  # one piece that cannot be looked at must not keep all others from being sent
            log.exception("piece %s", piece_id)
    return changed


def _settle_overdue(house: House, ws: str, piece_id: str) -> bool:
    with acting(house, ws, me=None, actor=CLOCK) as act:
        before = act.find(Piece, piece_id)
        after = act.settle(before, by_time=True)
        if after.stage is not before.stage:
            act.note(f"piece.{after.stage.value}", piece_id, before=before.stage.value)
        return after.stage is not before.stage


def settle_converted(house: House) -> int:
    """Stages that a newer version of a conversion has changed: what was approved with another look is in review again."""
    changed = 0
    in_hand = (Stage.REVIEW, Stage.APPROVED, Stage.SCHEDULED, Stage.MISSED)
    for ws, piece in house.store.everywhere(Piece, {"stage": in_hand}, limit=1_000_000):
        with looking(house, ws, me=None) as view:
            same = view.hash_of(view.revision_of(piece).content, view.find(Channel, piece.channel)) == piece.hash
        if not same:
            changed += _settle_overdue(house, ws, piece.id)
    return changed
