"""A click on the handover page of a client with twelve channels, two years and 3,000 pieces, against the smallest app's."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bench.front import minimal_front_end, our_front_end, signed_in
from bench.measure import Times, figure
from bench.readiness import CHANNELS, DAYS, PIECES, lived_in
from bench.rooms import fill
from bench.tab import Tab
from handover.screens.address import HANDOVER

VIEWS = {
    "handover": "",
    "handover, share": "part=share",
    "handover, runbook": "part=runbook",
    "one channel": "channel=blog&part=standing",
    "one channel, history": "channel=blog&part=past",
}
MOST_FLOORS = 3.0
FLOOR = "minimal app"


def measure(folder: Path, *, quick: bool = False) -> dict[str, object]:
    """Lived in until today, for the running front end goes by the real clock."""
    pieces, rounds = (300, 10) if quick else (PIECES, 60)
    room = lived_in(folder / "room", CHANNELS, pieces, datetime.now(UTC) - timedelta(days=DAYS, hours=1))
    try:
        fill(room, pieces)
        with ExitStack() as open_now:
            tabs = {FLOOR: open_now.enter_context(Tab(open_now.enter_context(minimal_front_end(folder))))}
            address, cookies = open_now.enter_context(our_front_end(room)), signed_in(room)
            for name, query in VIEWS.items():
                tabs[name] = open_now.enter_context(Tab(address, HANDOVER.address, cookies, query))
            return _report(_timed(tabs, rounds), {name: tab.elements for name, tab in tabs.items()}, pieces)
    finally:
        room.house.store.close()


def _timed(tabs: Mapping[str, Tab], rounds: int) -> Times:
    """All tabs take turns, so that whatever else the machine does meets each of them."""
    times = Times()
    for number in range(-5, rounds):  # the first rounds warm up
        for name, tab in tabs.items():
            (Times() if number < 0 else times).timed(name, tab.rerun)
    return times


def _report(times: Times, elements: Mapping[str, int], pieces: int) -> dict[str, object]:
    floor = times.median_ms(FLOOR)
    report: dict[str, object] = {"floor_ms": round(floor, 2), "channels": CHANNELS, "pieces": pieces}
    for name in VIEWS:
        taken = times.median_ms(name)
        report[name] = figure(taken / floor, FLOOR, limit=MOST_FLOORS, ms=round(taken, 2), elements=elements[name])
    return report
