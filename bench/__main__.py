"""`python -m bench [--quick] [NAME ...]`: one JSON object, every figure a ratio to a floor of the same run."""

from __future__ import annotations

import argparse
import json
import platform
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from bench import desk_verbs, handover, pack, readiness, screens, start, walk
from bench.measure import Append
from bench.rooms import Room, fill, open_room

Report = dict[str, object]
STORE: Mapping[str, Callable[..., Report]] = {"desk": desk_verbs.measure, "walk": walk.measure}
"""What is measured on stores of two sizes."""
OWN: Mapping[str, Callable[..., Report]] = {
    "handover": handover.measure, "pack": pack.measure, "readiness": readiness.measure, "screens": screens.measure,
    "start": start.measure,
}  # fmt: skip
"""What is measured on stores of its own, the last two through a running front end."""


def main() -> int:
    ask = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    ask.add_argument("name", nargs="*", help=f"one or several of: {', '.join((*STORE, *OWN))}")
    ask.add_argument("--quick", action="store_true", help="smaller stores and fewer rounds: to see that it runs")
    given = ask.parse_args()
    if unknown := set(given.name) - {*STORE, *OWN}:
        ask.error(f"unknown: {', '.join(sorted(unknown))}")
    names = given.name or [*STORE, *OWN]
    sizes, rounds = ((100, 2_000), 10) if given.quick else ((1_000, 100_000), 60)
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        report = _on_stores(Path(folder), [name for name in names if name in STORE], sizes, rounds)
        for name in (name for name in names if name in OWN):
            (own := Path(folder) / name).mkdir()
            report[name] = OWN[name](own, quick=given.quick)
    print(json.dumps({**_conditions(given.quick), **report}, indent=1))
    return 0


def _on_stores(folder: Path, names: list[str], sizes: tuple[int, ...], rounds: int) -> Report:
    if not names:
        return {}
    rooms = {size: _filled(folder / str(size), size) for size in sizes}
    append = Append(folder)
    try:
        return {name: STORE[name](rooms, append, rounds=rounds) for name in names}
    finally:
        append.close()
        for room in rooms.values():
            room.house.store.close()


def _filled(folder: Path, size: int) -> Room:
    folder.mkdir()
    room, begin = open_room(folder), time.monotonic()
    fill(room, size)
    print(f"{size} pieces in {time.monotonic() - begin:.0f} s", file=sys.stderr)
    return room


def _conditions(quick: bool) -> Report:
    return {
        "quick": quick,
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "system": f"{platform.system()} {platform.machine()}",
    }


if __name__ == "__main__":
    sys.exit(main())
