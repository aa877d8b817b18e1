"""The verbs people wait for: edit, submit, decide, schedule, on a text of 8 kB."""

from __future__ import annotations

import random
from datetime import timedelta

from bench.measure import Append, Times, figure
from bench.rooms import NOW, TYPICAL, Room
from bench.texts import article
from pipeline.desk.writing import Change
from pipeline.records import Verdict

VERBS = ("edit", "submit", "decide", "schedule")
MOST_APPENDS = 8.0
MOST_GROWTH = 2.0


def measure(rooms: dict[int, Room], append: Append, *, rounds: int) -> dict[str, object]:
    """Each verb at each size, in turn with the append."""
    times, chance = Times(), random.Random(7)
    for number in range(-2, rounds):  # two rounds to warm up
        for size, room in rooms.items():
            _round(Times() if number < 0 else times, room, size, append, chance, number)
    small, *larger = sorted(rooms)
    report: dict[str, object] = {}
    for verb in VERBS:
        floor, taken = times.median_ms("append"), times.median_ms(f"{verb} {small}")
        report[verb] = figure(taken / floor, "append", limit=MOST_APPENDS, pieces=small, ms=round(taken, 2))
        for size in larger:
            grown = times.median_ms(f"{verb} {size}") / taken
            report[f"{verb} at {size}"] = figure(grown, f"{verb} at {small}", limit=MOST_GROWTH)
    report["append_ms"] = round(times.median_ms("append"), 3)
    return report


def _round(times: Times, room: Room, size: int, append: Append, chance: random.Random, number: int) -> None:
    author, lead = room.author, room.lead
    first, body = article(chance, TYPICAL), article(chance, TYPICAL)
    piece = author.add_piece("blog", title=f"Gemessen {number + 10}", body=first)
    times.timed("append", lambda: append(body.encode()))
    times.timed(f"edit {size}", lambda: author.edit(piece.id, Change(body=body)))
    times.timed("append", lambda: append(body.encode()))
    submitted = times.timed(f"submit {size}", lambda: author.submit(piece.id))
    times.timed("append", lambda: append(body.encode()))
    times.timed(f"decide {size}", lambda: lead.decide(piece.id, seen=submitted.hash, verdict=Verdict.APPROVE))
    times.timed("append", lambda: append(body.encode()))
    times.timed(f"schedule {size}", lambda: lead.schedule(piece.id, NOW + timedelta(days=20, minutes=number)))
