"""The pack of an old client: making it against zipping the same bytes, and how much memory it takes meanwhile."""

from __future__ import annotations

import os
import random
import tracemalloc
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from bench.measure import Times, figure
from bench.rooms import NOW, Room, fill, open_room
from handover.desk import HandoverDesk
from handover.pack.verifier import verify
from pipeline.records import KnownImage, Mark

PIECES, IMAGES = 3_000, 500
IMAGE_BYTES = 200 * 1024
MOST_FLOORS = 3.0
MOST_MEMORY = 0.1
TENTH = 10


class Member(NamedTuple):
    name: str
    how: int
    data: bytes


def measure(folder: Path, *, quick: bool) -> dict[str, object]:
    pieces, images, rounds = (200, 20, 2) if quick else (PIECES, IMAGES, 5)
    small, large = (_room(folder / str(number), number, images * number // pieces) for number in (pieces // TENTH, pieces))
    times = Times()
    members: Sequence[Member] = ()
    for number in range(rounds + 1):  # the first round warms up
        taken = times if number else Times()
        pack = folder / f"{number}.zip"
        with taken.of("export"):
            _desk(large).export(pack)
        members = members or _members(pack)
        with taken.of("zip"):
            _zip(folder / "floor.zip", members)
        with taken.of("verify"):
            verify(pack)
        pack.unlink()
    zipped, exported, verified = (times.median_ms(name) for name in ("zip", "export", "verify"))
    peaks = [_peak(room, folder / "peak.zip") for room in (small, large)]
    sizes = [_bytes_in(room, folder / "size.zip") for room in (small, large)]
    size = {"pieces": pieces, "images": images, "files": len(members), "mib": sizes[1] // 1024**2, "cores": os.cpu_count()}
    return {
        "export": figure(exported / zipped, "zip", limit=MOST_FLOORS, ms=round(exported), **size),
        "verify": figure(verified / zipped, "zip", ms=round(verified)),
        "memory": figure(
            (peaks[1] - peaks[0]) / (sizes[1] - sizes[0]),
            "each further byte in the pack",
            limit=MOST_MEMORY,
            mib=round(peaks[1] / 1024**2, 1),
        ),
        "zip_ms": round(zipped),
    }


def _room(folder: Path, pieces: int, images: int) -> Room:
    folder.mkdir()
    room, chance = open_room(folder), random.Random(3)
    fill(room, pieces, texts=pieces)
    with room.house.store.tx(room.client.id) as t:
        for _ in range(images):
            sha256 = room.house.blobs.keep(b"\x89PNG\r\n\x1a\n" + chance.randbytes(IMAGE_BYTES))
            one = KnownImage.id_for(room.client.id, sha256)
            t.add(KnownImage(id=one, client=room.client.id, sha256=sha256, added=Mark(by=room.writer.id, at=NOW)))
    return room


def _desk(room: Room) -> HandoverDesk:
    return HandoverDesk(room.house, room.client.id, room.consultant.id)


def _members(pack: Path) -> list[Member]:
    with zipfile.ZipFile(pack) as archive:
        return [Member(info.filename, info.compress_type, archive.read(info)) for info in archive.infolist()]


def _zip(file: Path, members: Sequence[Member]) -> None:
    """The floor: the standard library on bytes that are in memory already, synced as the pack is."""
    with file.open("wb") as opened:
        with zipfile.ZipFile(opened, "w") as archive:
            for one in members:
                archive.writestr(one.name, one.data, one.how)
        opened.flush()
        os.fsync(opened.fileno())
    file.unlink()


def _peak(room: Room, file: Path) -> int:
    """Bytes that Python held at most, beyond what it held before."""
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        tracemalloc.reset_peak()
        _desk(room).export(file)
        return tracemalloc.get_traced_memory()[1] - before
    finally:
        tracemalloc.stop()
        file.unlink()


def _bytes_in(room: Room, file: Path) -> int:
    _desk(room).export(file)
    try:
        with zipfile.ZipFile(file) as archive:
            return sum(info.file_size for info in archive.infolist())
    finally:
        file.unlink()
