"""Readiness from the audit trail: of one channel over many pieces, against reading the same entries raw; and the numbers of the
Handover page, for twelve channels and two years, once the trail has been read."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from bench.measure import Times, figure
from bench.rooms import NOW, Room, TickingClock, open_room
from handover.readiness import measuring
from handover.readiness.ledger import Ledgers
from handover.readiness.measuring import MeasuringVerbs
from pipeline.records import iso, new_id
from pipeline.store.base import Tx

PIECES = 3_000
CHANNELS = 12
DAYS = 730
MOST_FLOORS = 3.0
FLOOR = "the same entries raw"


def measure(folder: Path, *, quick: bool = False) -> dict[str, object]:
    pieces, rounds = (300, 3) if quick else (PIECES, 15)
    one, twelve = (lived_in(folder / str(number), number, pieces) for number in (1, CHANNELS))
    times = Times()
    try:
        for number in range(-1, rounds):
            taken = Times() if number < 0 else times
            taken.timed("raw", lambda: _raw(one))
            taken.timed("cold", lambda: _cold(one))
            _warm(taken, twelve)
        entries = _raw(one)
    finally:
        for room in (one, twelve):
            room.house.store.close()
    return _report(times, pieces, entries)


def _raw(room: Room) -> int:
    with room.house.store.read(room.client.id) as reader:
        return len(list(reader.events()))


def _verbs(room: Room) -> MeasuringVerbs:
    return MeasuringVerbs(room.house, room.client.id, room.owner.id)


def _cold(room: Room) -> None:
    measuring.LEDGERS = Ledgers()
    decisions = _verbs(room).readiness("blog").measured[0].condition
    if not decisions.n:
        raise RuntimeError("nothing was measured")


def _warm(times: Times, room: Room) -> None:
    """The page as it is clicked again: nothing has happened since, or one thing has."""
    verbs = _verbs(room)
    verbs.standing_of_all()
    verbs.readiness_history("blog")
    verbs.share()
    times.timed("standing", verbs.standing_of_all)
    times.timed("history", lambda: verbs.readiness_history("blog"))
    times.timed("share", verbs.share)
    with room.house.store.tx(room.client.id) as t:
        t.append("brief.add", actor=room.owner.id, subject=new_id(), at=room.house.now())
    times.timed("standing after an entry", verbs.standing_of_all)


def _report(times: Times, pieces: int, entries: int) -> dict[str, object]:
    floor, cold = times.median_ms("raw"), times.median_ms("cold")
    warm = ("standing", "standing after an entry", "history", "share")
    return {
        "readiness": figure(cold / floor, FLOOR, limit=MOST_FLOORS, pieces=pieces, entries=entries, ms=round(cold, 1)),
        "raw_ms": round(floor, 1),
        "warm_ms": {name: round(times.median_ms(name), 3) for name in warm},
    }


# ------------------------------------------------------------------------------------------- two years of audit entries


def lived_in(folder: Path, channels: int, pieces: int, begin: datetime = NOW) -> Room:
    """The first channel is the room's own; each channel gets its part of the pieces."""
    folder.mkdir()
    room = open_room(folder, begin)
    ids = [room.channel.id]
    for number in range(1, channels):
        (folder / f"web{number}").mkdir()
        place = {"folder": str(folder / f"web{number}"), "base_url": f"https://www.musterwerk.example/{number}"}
        made = room.lead.add_channel(
            name=f"Kanal {number}", slug=f"k{number}", outlet="site", owner=room.owner.email, settings=place
        )
        ids.append(made.id)
    chance = random.Random(3)
    with room.house.store.tx(room.client.id) as t:
        for number in range(pieces):
            _one_piece(t, room, ids[number % channels], begin + timedelta(days=DAYS * number / pieces, hours=1), chance)
    if isinstance(room.house.now, TickingClock):
        room.house.now.at = begin + timedelta(days=DAYS)
    return room


def _one_piece(t: Tx, room: Room, channel: str, at: datetime, chance: random.Random) -> None:
    """As the desk notes it: written, edited, handed in, decided by both sides, planned, sent."""
    piece = new_id()
    for hours, actor, act, details in _entries(room, channel, at, chance):
        t.append(act, actor=actor, subject=piece, at=at + timedelta(hours=hours), details={"how": "app", **details})


def _entries(
    room: Room, channel: str, at: datetime, chance: random.Random
) -> Iterator[tuple[float, str, str, dict[str, object]]]:
    writer, lead, owner = room.writer.id, room.consultant.id, room.owner.id
    hashes = [f"{chance.getrandbits(256):064x}" for _ in range(chance.choice((1, 2, 2, 3)))]
    for number, digest in enumerate(hashes, 1):
        words = {
            "revision": number,
            "hash": digest,
            "channel": channel,
            "words": 900,
            "written": 900 if number == 1 else 60,
            "gone": 40,
        }
        yield number / 10, chance.choice((writer, writer, lead)), "piece.edit" if number > 1 else "piece.add", words
    yield 1, writer, "piece.submit", {"revision": len(hashes), "hash": hashes[-1]}
    for hours, person, binding in ((5, owner, False), (8, lead, True)):
        verdict = "approve" if chance.random() < 0.9 else "request_changes"
        signed = {"decision": new_id(), "hash": hashes[-1], "signed": hashes[0], "binding": binding}
        yield hours, person, f"decide.{verdict}", signed
    yield 9, lead, "piece.schedule", {"before": None, "due": iso(at + timedelta(hours=24))}
    for act in ("publication.send", "publication.confirm"):
        yield 24, "worker", act, {"publication": new_id(), "epoch": 1, "payload": hashes[0]}
