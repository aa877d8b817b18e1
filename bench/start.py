"""From the command to the first page somebody can use, in a browser with an empty cache; files are warm in the disk cache."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from bench.front import minimal_front_end, our_front_end, signed_in
from bench.measure import Times, figure
from bench.rooms import UNDER_WAY, fill, open_room

PIECES = 100
MOST_FLOORS = 1.5
FLOOR = "minimal app"
OURS = "staffelstab serve"
PATIENCE_MS = 120_000
USABLE = '[data-testid="stMain"] button:enabled, [data-testid="stMain"] a[data-testid="stPageLink-NavLink"]'
AT_REST = '[data-testid="stApp"][data-test-script-state="notRunning"]'


def measure(folder: Path, *, quick: bool = False) -> dict[str, object]:
    """In turn, the first of each to warm up."""
    room = open_room(folder)
    fill(room, PIECES, stages=UNDER_WAY)
    cookies = signed_in(room)
    plain = folder / "minimal"
    plain.mkdir()
    times, healthy = Times(), Times()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        for number in range(-1, 2 if quick else 9):
            taken, up = (Times(), Times()) if number < 0 else (times, healthy)
            _once(taken, up, FLOOR, lambda: minimal_front_end(plain), browser, {})
            _once(taken, up, OURS, lambda: our_front_end(room), browser, cookies)
        browser.close()
    room.house.store.close()
    return _report(times, healthy)


def _once(
    taken: Times,
    up: Times,
    name: str,
    front_end: Callable[[], AbstractContextManager[str]],
    browser: Browser,
    cookies: dict[str, str],
) -> None:
    begin = time.perf_counter()
    with front_end() as address:
        up.taken[name].append(time.perf_counter() - begin)
        with browser.new_context(locale="de-DE") as visitor:
            visitor.add_cookies([{"name": one, "value": value, "url": address} for one, value in cookies.items()])
            page = visitor.new_page()
            page.goto(address, wait_until="commit")
            page.locator(USABLE).first.wait_for(timeout=PATIENCE_MS)
            page.locator(AT_REST).wait_for(timeout=PATIENCE_MS)
            taken.taken[name].append(time.perf_counter() - begin)


def _report(times: Times, healthy: Times) -> dict[str, object]:
    ours, floor = times.median_ms(OURS), times.median_ms(FLOOR)
    return {
        "first page": figure(ours / floor, FLOOR, limit=MOST_FLOORS, ms=round(ours), floor_ms=round(floor)),
        "server answers": figure(healthy.median_ms(OURS) / healthy.median_ms(FLOOR), FLOOR, ms=round(healthy.median_ms(OURS))),
        "disk cache": "warm",
    }
