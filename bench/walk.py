"""From a text to its public page: add, submit, decide, publish, and the worker's round that puts it there."""

from __future__ import annotations

import random

from bench.measure import Append, Times, figure
from bench.rooms import TYPICAL, Room
from bench.texts import article
from pipeline.records import Verdict
from pipeline.worker import Worker

MOST_APPENDS = 60.0
MOST_GROWTH = 1.5


def measure(rooms: dict[int, Room], append: Append, *, rounds: int) -> dict[str, object]:
    times, chance = Times(), random.Random(11)
    workers = {size: Worker(room.house) for size, room in rooms.items()}
    for number in range(-2, rounds):
        for size, room in rooms.items():
            _once(Times() if number < 0 else times, room, size, workers[size], append, chance, number)
    small, *larger = sorted(rooms)
    floor, taken = times.median_ms("append"), times.median_ms(f"walk {small}")
    report: dict[str, object] = {
        "walk": figure(taken / floor, "append", limit=MOST_APPENDS, pieces=small, ms=round(taken, 2)),
        "append_ms": round(floor, 3),
    }
    for size in larger:
        report[f"walk at {size}"] = figure(times.median_ms(f"walk {size}") / taken, f"walk at {small}", limit=MOST_GROWTH)
    return report


def _once(times: Times, room: Room, size: int, worker: Worker, append: Append, chance: random.Random, number: int) -> None:
    body = article(chance, TYPICAL)
    for _ in range(3):
        times.timed("append", lambda: append(body.encode()))
    with times.of(f"walk {size}"):
        piece = room.author.add_piece("blog", title=f"Weg {number + 10}", body=body)
        piece = room.author.submit(piece.id)
        room.lead.decide(piece.id, seen=piece.hash, verdict=Verdict.APPROVE)
        room.lead.publish(piece.id)
        report = worker.round()
    if [one["piece"] for one in report.confirmed] != [piece.id]:
        raise RuntimeError(f"not confirmed: {report}")
