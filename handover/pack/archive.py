"""One new zip file that is the same, byte for byte, whenever and wherever it is made of the same contents."""

from __future__ import annotations

import hashlib
import stat
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO

CHUNK = 4 * 1024 * 1024
"""Bytes after which a file of lines is followed by another: nobody has to hold more at once."""
BITE = 1024 * 1024
LEVEL = 3
"""Of zlib's 1 to 9: half the time of the usual 6 for a tenth more bytes."""


class Archive:
    """Texts are deflated, images stored. `sums` says what is in it: name -> SHA-256 and size."""

    def __init__(self, file: BinaryIO) -> None:
        self._zip = zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, allowZip64=True, compresslevel=LEVEL)
        self.sums: dict[str, dict[str, object]] = {}

    def __enter__(self) -> Archive:
        return self

    def __exit__(self, failed: type[BaseException] | None, *_: object) -> None:
        if failed is None:
            self._zip.close()
        else:
            self._zip.fp = None  # half a pack gets no table of contents

    def write(self, name: str, data: bytes | bytearray | str) -> None:
        data = data.encode() if isinstance(data, str) else data
        self.sums[name] = {"sha256": hashlib.sha256(data).hexdigest(), "size": len(data)}
        self._zip.writestr(_entry(name, zipfile.ZIP_DEFLATED), data, compresslevel=LEVEL)

    def copy(self, name: str, file: Path) -> None:
        """A file as it is, piece by piece."""
        digest, size = hashlib.sha256(), 0
        with file.open("rb") as source, self._zip.open(_entry(name, zipfile.ZIP_STORED), "w") as target:
            while bite := source.read(BITE):
                digest.update(bite)
                size += len(bite)
                target.write(bite)
        self.sums[name] = {"sha256": digest.hexdigest(), "size": size}

    def write_lines(self, name: str, lines: Iterable[bytes]) -> int:
        """`name` with numbers: data/piece -> data/piece-0001.jsonl and so on. Returns the number of lines; none: no file."""
        number = total = 0
        waiting = bytearray()
        for line in lines:
            waiting += line
            waiting += b"\n"
            total += 1
            if len(waiting) >= CHUNK:
                number += 1
                self.write(f"{name}-{number:04}.jsonl", waiting)
                waiting.clear()
        if waiting:
            self.write(f"{name}-{number + 1:04}.jsonl", waiting)
        return total


def _entry(name: str, how: int) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
    entry.create_system = 3  # Unix, whatever it is made on
    entry.external_attr = (stat.S_IFREG | 0o644) << 16
    entry.compress_type = how
    return entry
