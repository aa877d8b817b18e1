"""A house to measure in: one client with its people, one channel that is a folder of web pages, and as many pieces as wanted."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bench.texts import article
from handover.workplace import open_house
from pipeline.desk import Desk
from pipeline.desk.house import House
from pipeline.desk.people import add_client
from pipeline.publish.channels.registry import outlet
from pipeline.records import (
    Channel,
    Client,
    Content,
    Decision,
    Mark,
    Person,
    Phase,
    Piece,
    Publication,
    PublicationState,
    Revision,
    Role,
    Side,
    Slot,
    Stage,
    Verdict,
    Writer,
    iso,
)
from pipeline.review.fingerprint import content_sum, fingerprint, sha256_of
from pipeline.settings import Settings
from pipeline.store.base import Tx

NOW = datetime(2027, 3, 16, 11, 0, tzinfo=UTC)
ZONE = "Europe/Berlin"
AT_ONCE = 500
TYPICAL = 8 * 1024
STAGES = (
    [Stage.PUBLISHED] * 85 + [Stage.WITHDRAWN] * 5 + [Stage.DRAFT] * 4 + [Stage.REVIEW] * 3 + [Stage.APPROVED] * 2
    + [Stage.SCHEDULED]
)  # fmt: skip
"""Of a hundred pieces of an old installation: most are out, a few are under way."""
UNDER_WAY = [Stage.PUBLISHED] * 8 + [Stage.DRAFT, Stage.REVIEW, Stage.REVIEW, Stage.APPROVED, Stage.SCHEDULED] * 4
"""Of a young one: so many of each that a hundred pieces fill every list's first page."""


@dataclass(frozen=True)
class Room:
    house: House
    client: Client
    consultant: Person
    writer: Person
    owner: Person
    channel: Channel

    @property
    def lead(self) -> Desk:
        return Desk(self.house, self.client.id, self.consultant.id)

    @property
    def author(self) -> Desk:
        return Desk(self.house, self.client.id, self.writer.id)


class TickingClock:
    """A second later with every look, so that no two deeds are of one moment."""

    def __init__(self, begin: datetime = NOW) -> None:
        self.at = begin

    def __call__(self) -> datetime:
        self.at += timedelta(seconds=1)
        return self.at


def open_room(folder: Path, begin: datetime = NOW) -> Room:
    settings = Settings(store=folder / "data", keys=str(folder / "keys"))
    house = open_house(settings, TickingClock(begin))
    client, consultant = add_client(
        house, name="Musterwerk GmbH", slug="musterwerk", consultant="Sander <sander@beratung.example>"
    )
    desk = Desk(house, client.id, consultant.id)
    owner = desk.add_person(
        name="Maria", email="maria@musterwerk.example", side=Side.TEAM, roles={Role.OWNER, Role.APPROVER, Role.EDITOR}
    )
    writer = desk.add_person(name="Jonas", email="jonas@musterwerk.example", side=Side.TEAM, roles={Role.EDITOR})
    for number in range(5):
        desk.add_person(name=f"Person {number}", email=f"p{number}@musterwerk.example", side=Side.TEAM, roles={Role.EDITOR})
    (folder / "web").mkdir()
    place = {"folder": str(folder / "web"), "base_url": "https://www.musterwerk.example/blog"}
    desk.add_channel(name="Blog", slug="blog", outlet="site", owner=owner.email, settings=place)
    Desk(house, client.id, owner.id).agree("blog")
    return Room(house, client, consultant, writer, owner, desk.channels()[0].channel)


# ------------------------------------------------------------------------------------------- the past, without living it


def fill(room: Room, pieces: int, *, seed: int = 1, stages: Sequence[Stage] = STAGES, texts: int = 200) -> None:
    """Pieces with their revisions, decisions, outbox rows and audit entries, as years of work leave them. `texts`: how many
    different ones there are; what converts each of them must not find it converted already."""
    chance = random.Random(seed)
    bodies = [article(chance, chance.randint(2, 14) * 1024) for _ in range(texts)]
    for begin in range(0, pieces, AT_ONCE):
        with room.house.store.tx(room.client.id) as t:
            for number in range(begin, min(begin + AT_ONCE, pieces)):
                _one_piece(room, t, number, stages[chance.randrange(len(stages))], bodies, chance)


def _one_piece(room: Room, t: Tx, number: int, stage: Stage, bodies: list[str], chance: random.Random) -> None:
    at = NOW - timedelta(hours=24 + number % 20_000, minutes=number % 60)
    piece = Piece(
        client=room.client.id,
        channel=room.channel.id,
        title=f"Beitrag {number}",
        stage=stage,
        writer=Writer(person=room.writer.id),
        made=Mark(by=room.writer.id, at=at),
        changed_at=at,
    )
    revisions = list(_revisions(room, piece, bodies, chance))
    for revision in revisions:
        t.add(revision)
        what = "piece.edit" if revision.number > 1 else "piece.add"
        sums = {"revision": revision.number, "hash": revision.hash, "content": content_sum(revision.content)}
        told = {"how": "app", "channel": room.channel.id, **sums}
        t.append(what, actor=revision.by, subject=piece.id, at=revision.at, details=told)
    newest = revisions[-1]
    changes: dict[str, object] = {"revision": newest.number, "hash": newest.hash}
    if stage is not Stage.DRAFT:
        changes["submitted"] = Mark(by=room.writer.id, at=at)
        t.append("piece.submit", actor=room.writer.id, subject=piece.id, at=at, details={"hash": newest.hash})
    if stage not in (Stage.DRAFT, Stage.REVIEW):
        decision = _decision(room, piece, newest, at)
        t.add(decision)
        signed = sha256_of(decision.model_dump(mode="json"))
        told = {"how": "app", "decision": decision.id, "hash": newest.hash, "signed": signed, "binding": True}
        t.append("decide.approve", actor=decision.person, subject=piece.id, at=at, details=told)
    if stage in (Stage.PUBLISHED, Stage.SCHEDULED):
        row = _row(piece, newest, at)
        t.add(row)
        changes |= {"slot": row.due, "publication": row.id}
        for act in ("publication.send", "publication.confirm") if stage is Stage.PUBLISHED else ("piece.schedule",):
            t.append(act, actor="worker", subject=piece.id, at=at, details={"publication": row.id, "due": iso(row.due.utc)})
    if stage is Stage.WITHDRAWN:
        t.append("piece.withdraw", actor=room.consultant.id, subject=piece.id, at=at)
        changes["withdrawn"] = Mark(by=room.consultant.id, at=at)
    t.add(piece.model_copy(update=changes))


def _revisions(room: Room, piece: Piece, bodies: list[str], chance: random.Random) -> Iterator[Revision]:
    for number in range(1, chance.choice((1, 2, 2, 3, 4)) + 1):
        content = Content(title=piece.title, slug=f"beitrag-{piece.id}", body=bodies[chance.randrange(len(bodies))])
        yield Revision(
            client=piece.client,
            piece=piece.id,
            number=number,
            content=content,
            hash=hash_of(room, content),
            by=room.writer.id,
            at=piece.changed_at,
            writer=piece.writer,
        )


def hash_of(room: Room, content: Content) -> str:
    kind = outlet(room.channel.outlet)
    address = kind.address(room.channel.settings)
    return fingerprint(content, outlet=room.channel.outlet, address=address, conversion=kind.conversion)


def _decision(room: Room, piece: Piece, revision: Revision, at: datetime) -> Decision:
    return Decision(
        client=piece.client,
        piece=piece.id,
        channel=piece.channel,
        revision=revision.number,
        hash=revision.hash,
        person=room.consultant.id,
        side=Side.CONSULTANT,
        verdict=Verdict.APPROVE,
        binding=True,
        phase=Phase.VORMACHEN,
        policy=1,
        how="app",
        at=at,
    )


def _row(piece: Piece, revision: Revision, at: datetime) -> Publication:
    out = piece.stage is Stage.PUBLISHED
    due = at if out else NOW + timedelta(days=30)
    return Publication(
        client=piece.client,
        channel=piece.channel,
        piece=piece.id,
        revision=revision.number,
        hash=revision.hash,
        due=Slot(local=due.replace(tzinfo=None), zone=ZONE, utc=due),
        state=PublicationState.CONFIRMED if out else PublicationState.PLANNED,
        next_try_at=due,
        confirmed_at=at if out else None,
    )
