"""Files of a static site: written whole or not at all, and nobody else's overwritten."""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from pathlib import Path
from types import TracebackType

OURS = b"Staffelstab"
HEAD = 600
SIDE_BY_SIDE = ThreadPoolExecutor(8, thread_name_prefix="sync")  # its threads start with the first file


def is_ours_to_write(path: Path) -> bool:
    """Nothing is there yet, or a page that names us as its maker near its beginning."""
    try:
        with path.open("rb") as file:
            return OURS in file.read(HEAD)
    except FileNotFoundError:
        return True


class Batch:
    """Files that appear together: all are written and synced under other names first, then renamed in the order given.

    with Batch() as batch:
        batch.put(path, data)
        ...
        batch.commit()

    Without `commit`, or when it fails before the first rename, nothing is left behind. A full disk shows before that.
    """

    def __init__(self) -> None:
        self._waiting: list[tuple[Path, Path]] = []
        self._under_way: list[Future[None]] = []
        self._folders: list[Path] = []

    def __enter__(self) -> Batch:
        return self

    def put(self, path: Path, data: bytes) -> None:
        if _holds(path, data):
            return
        self._make_folder(path.parent)
        waiting = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
        self._waiting.append((waiting, path))
        self._under_way.append(SIDE_BY_SIDE.submit(_write, waiting, data))  # while the next page is made

    def commit(self) -> None:
        for written in self._under_way:
            written.result()
        for waiting, path in self._waiting:
            waiting.replace(path)
        _sync_together(list(dict.fromkeys(path.parent for _, path in self._waiting)))
        self._waiting, self._folders = [], []

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        wait(self._under_way)
        for waiting, _ in self._waiting:
            waiting.unlink(missing_ok=True)
        for folder in reversed(self._folders):
            with contextlib.suppress(OSError):  # not empty
                folder.rmdir()

    def _make_folder(self, folder: Path) -> None:
        if not folder.is_dir():
            folder.mkdir()
            self._folders.append(folder)


def _holds(path: Path, data: bytes) -> bool:
    try:
        return path.stat().st_size == len(data) and path.read_bytes() == data
    except FileNotFoundError:
        return False


def _sync_together(paths: Sequence[Path]) -> None:
    """The file system puts on the disk together what is asked for at the same time; one after the other each waits anew."""
    for done in [SIDE_BY_SIDE.submit(_sync, path) for path in paths]:
        done.result()


def _write(path: Path, data: bytes) -> None:
    path.write_bytes(data)
    _sync(path)


def _sync(path: Path) -> None:
    if os.name != "posix" and path.is_dir():  # Windows keeps no handle on a folder
        return
    handle = os.open(path, os.O_RDONLY if os.name == "posix" else os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
