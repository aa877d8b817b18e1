"""Making a pack: records, audit chain, images, and everything once more in a form that people can read without us.

Read from one moment of the store, written piece by piece. Nothing in it depends on now, on the machine or on who makes it:
times in words are those of the newest audit entry.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from io import BufferedRandom
from pathlib import Path
from typing import BinaryIO, TypeVar

from handover.pack import verifier
from handover.pack.archive import Archive
from handover.pack.contents import RECORDS_OF_CLIENT, line_of, line_of_event, packed, records_of
from handover.pack.paper import Paper
from handover.pack.pieces import write_pieces
from handover.pack.readable import write_readable
from pipeline import errors
from pipeline.desk.act import View
from pipeline.desk.house import House
from pipeline.records import KnownImage, Record
from pipeline.review.fingerprint import canonical
from pipeline.store.base import Reader
from pipeline.store.blobs import sync_folder
from pipeline.store.sqlite import told_plainly

T = TypeVar("T")
Progress = Callable[[int, int], None]
VERIFIER = Path(verifier.__file__)


@dataclass(frozen=True)
class Pack:
    """A finished pack. `sha256`: of the whole file."""

    file: Path
    pieces: int
    entries: int
    audit_head: str
    sha256: str


class Steps:
    """Counts what is done and tells it."""

    def __init__(self, total: int, tell: Progress) -> None:
        self.done, self.total, self._tell = 0, total, tell

    def __call__(self, number: int = 1) -> None:
        self.done = min(self.done + number, self.total)
        self._tell(self.done, self.total)


@dataclass
class Unfinished:
    """A new file that has not got its name yet."""

    to: Path
    beside: Path
    file: BufferedRandom
    finished: bool = False

    def sync(self) -> str:
        """The file's SHA-256, once it is durable."""
        self.file.flush()
        os.fsync(self.file.fileno())
        self.file.seek(0)
        return hashlib.file_digest(self.file, "sha256").hexdigest()

    def finish(self) -> None:
        if self.to.exists():
            raise errors.AlreadyThere(what="file", name=str(self.to))
        self.beside.replace(self.to)
        self.finished = True
        sync_folder(self.to.parent)


@contextmanager
def unfinished(to: Path) -> Iterator[Unfinished]:
    """A new file beside `to`. Whatever fails until the end: nothing is left behind, under neither name."""
    if to.exists():
        raise errors.AlreadyThere(what="file", name=str(to))
    if not to.parent.is_dir():
        raise errors.FileNotFound(name=str(to.parent))
    with told_plainly(to.parent):
        handle, name = tempfile.mkstemp(dir=to.parent, prefix=f".{to.name}.", suffix=".new")
        with os.fdopen(handle, "w+b") as file:
            new = Unfinished(to, Path(name), file)
            try:
                yield new
            except BaseException:
                (new.to if new.finished else new.beside).unlink(missing_ok=True)
                raise
            finally:
                new.beside.unlink(missing_ok=True)


def write_pack(house: House, reader: Reader, file: BinaryIO, *, move: Mapping[str, str] | None, progress: Progress) -> Pack:
    """Everything of one moment of the client's workspace into `file`.

    move    where the client goes, and who said so; None: a copy
    Raises  Unknown for an image whose bytes are gone, StoreIsFull
    """
    view = View(house, reader, me=None)
    paper = Paper(view)
    view.now, view.channels = paper.as_of, [packed(one) for one in view.channels]
    steps = Steps(sum(count(reader, kind) for kind in RECORDS_OF_CLIENT.values()) + paper.entries, progress)
    with Archive(file) as archive:
        manifest: dict[str, object] = {
            "format": verifier.FORMAT,
            "client": {name: getattr(view.client, name) for name in ("id", "slug", "name", "language", "timezone")},
            "as_of": paper.as_of_text,
            "audit": {"entries": paper.entries, "head": paper.head},
            "records": {kind: _write_kind(archive, reader, RECORDS_OF_CLIENT[kind], steps) for kind in RECORDS_OF_CLIENT},
            "channels": _conversions(view),
            "move": move,
        }
        archive.write_lines("audit/chain", map(line_of_event, _told(reader.events(), steps)))
        _write_images(archive, house, reader, paper)
        listed = write_pieces(archive, view, paper)
        write_readable(archive, view, paper, listed)
        archive.write("verify.py", VERIFIER.read_bytes())
        archive.write(verifier.MANIFEST, canonical({**manifest, "files": archive.sums}) + b"\n")
    return Pack(Path(), len(listed), paper.entries, paper.head, "")


def count(reader: Reader, kind: type[Record]) -> int:
    """About how many there are, for the progress only."""
    if kind.kind == "client":
        return 1
    return sum(reader.tally(kind, next(iter(kind.columns), "id")).values())


def _told(items: Iterator[T], steps: Steps) -> Iterator[T]:
    for one in items:
        yield one
        steps()


def _write_kind(archive: Archive, reader: Reader, kind: type[Record], steps: Steps) -> dict[str, int]:
    lines = map(line_of, _told(records_of(reader, kind), steps))
    return {"count": archive.write_lines(f"data/{kind.kind}", lines), "schema": kind.schema_number}


def _conversions(view: View) -> dict[str, dict[str, str]]:
    """How each channel makes a content hash of a text, so that hashes can be computed again without us."""
    return {
        one.id: {
            "outlet": one.outlet,
            "address": view.outlet(one).address(one.settings),
            "conversion": view.outlet(one).conversion,
        }
        for one in view.channels
    }


def _write_images(archive: Archive, house: House, reader: Reader, paper: Paper) -> None:
    for image in records_of(reader, KnownImage):
        path = house.blobs.path(image.sha256)
        try:
            archive.copy(paper.image_name(image.sha256, path), path)
        except FileNotFoundError:
            raise errors.Unknown(what="image", id=image.sha256) from None


def sum_of(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()
