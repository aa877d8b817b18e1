"""A click on the pages people have open all day: the server's run of the script, against the smallest app's."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path

from bench.front import minimal_front_end, our_front_end, signed_in
from bench.measure import Times, figure
from bench.rooms import STAGES, UNDER_WAY, Room, fill, open_room
from bench.tab import Tab
from pipeline.screens.rooms import room_named

PAGES = ("today", "review", "publish")
SMALL = 100
MOST_FLOORS = 3.0
MOST_GROWTH = 1.3
FLOOR = "minimal app"


def measure(folder: Path, *, quick: bool = False) -> dict[str, object]:
    """In all stores every list's first page is full, so that a page shows the same at each size."""
    rooms = {size: _room(folder / str(size), size) for size in ((SMALL, 1_000) if quick else (SMALL, 10_000))}
    try:
        return _measured(folder, rooms, rounds=10 if quick else 60)
    finally:
        for room in rooms.values():
            room.house.store.close()


def _room(folder: Path, size: int) -> Room:
    folder.mkdir()
    room = open_room(folder)
    fill(room, size, stages=UNDER_WAY if size == SMALL else STAGES)
    return room


def _measured(folder: Path, rooms: Mapping[int, Room], *, rounds: int) -> dict[str, object]:
    """All tabs take turns, so that whatever else the machine does meets each of them."""
    with ExitStack() as open_now:
        tabs = {FLOOR: open_now.enter_context(Tab(open_now.enter_context(minimal_front_end(folder))))}
        for size, room in rooms.items():
            address, cookies = open_now.enter_context(our_front_end(room)), signed_in(room)
            for page in PAGES:
                path = "" if page == "today" else room_named(page).address
                tabs[f"{page} {size}"] = open_now.enter_context(Tab(address, path, cookies))
        times = Times()
        for number in range(-5, rounds):  # the first rounds warm up
            for name, tab in tabs.items():
                (Times() if number < 0 else times).timed(name, tab.rerun)
        return _report(times, sorted(rooms), {name: tab.elements for name, tab in tabs.items()})


def _report(times: Times, sizes: list[int], elements: Mapping[str, int]) -> dict[str, object]:
    floor, (small, *larger) = times.median_ms(FLOOR), sizes
    report: dict[str, object] = {"floor_ms": round(floor, 2)}
    for page in PAGES:
        for size in sizes:
            name = f"{page} {size}"
            taken = times.median_ms(name)
            report[name] = figure(taken / floor, FLOOR, limit=MOST_FLOORS, ms=round(taken, 2), elements=elements[name])
        for size in larger:
            grown = times.median_ms(f"{page} {size}") / times.median_ms(f"{page} {small}")
            report[f"{page} {size} / {small}"] = figure(grown, f"{page} {small}", limit=MOST_GROWTH)
    return report
