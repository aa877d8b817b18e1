"""Times taken so that they can be compared: each beside its floor, in turn, and only ratios leave the house."""

from __future__ import annotations

import os
import statistics
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")


class Times:
    """Seconds by name, in the order they were taken."""

    def __init__(self) -> None:
        self.taken: dict[str, list[float]] = defaultdict(list)

    @contextmanager
    def of(self, name: str) -> Iterator[None]:
        begin = time.perf_counter()
        yield
        self.taken[name].append(time.perf_counter() - begin)

    def timed(self, name: str, work: Callable[[], T]) -> T:
        with self.of(name):
            return work()

    def median_ms(self, name: str) -> float:
        return statistics.median(self.taken[name]) * 1000


class Append:
    """The floor: the same bytes appended to a file and synced to the disk. No program that promises to keep them does less."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "floor.bin"
        self._handle = os.open(self._file, os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o600)

    def __call__(self, data: bytes) -> None:
        os.write(self._handle, data)
        os.fsync(self._handle)

    def close(self) -> None:
        os.close(self._handle)
        self._file.unlink()


def figure(value: float, floor: str, *, limit: float | None = None, **more: object) -> dict[str, object]:
    """One line of the report: a ratio, what it is a multiple of, and whether the limit was kept."""
    ratio = round(value, 2)
    kept = {} if limit is None else {"limit": limit, "kept": ratio <= limit}
    return {"ratio": ratio, "floor": floor, **kept, **more}
