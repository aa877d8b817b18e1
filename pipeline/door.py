"""A door that one passes at a time, over threads and processes: a lock file, held while one transaction is written.

The system lets go of it when a process ends, however it ends. It is passed many times a second, so nothing is done here but
the system calls.
"""

from __future__ import annotations

import contextlib
import os
import sys
import time
from pathlib import Path

POLL_SECONDS = 0.002

if sys.platform == "win32":
    import msvcrt

    def _try_to_lock(handle: int) -> None:
        os.lseek(handle, 0, os.SEEK_SET)
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)

    def _unlock(handle: int) -> None:
        os.lseek(handle, 0, os.SEEK_SET)
        msvcrt.locking(handle, msvcrt.LK_UNLCK, 1)
else:
    import fcntl

    def _try_to_lock(handle: int) -> None:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def _unlock(handle: int) -> None:
        fcntl.flock(handle, fcntl.LOCK_UN)


class Door:
    """One object is one who enters; two threads need two, or a lock of their own before it."""

    def __init__(self, file: Path) -> None:
        self._file, self._handle, self._process = file, -1, 0

    def enter(self, *, patience: float) -> bool:
        """False: somebody else was inside for all that time. Raises OSError when there can be no lock file."""
        self._open()
        until = time.monotonic() + patience
        while True:
            try:
                _try_to_lock(self._handle)
            except (BlockingIOError, PermissionError):  # the second is Windows' word for it
                if time.monotonic() >= until:
                    return False
                time.sleep(POLL_SECONDS)
            else:
                return True

    def leave(self) -> None:
        _unlock(self._handle)

    def close(self) -> None:
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1

    def _open(self) -> None:
        """A forked process would share its parent's lock, so it gets a handle of its own."""
        if self._handle >= 0 and self._process == os.getpid():
            return
        self.close()
        self._handle = os.open(self._file, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o600)
        self._process = os.getpid()

    def __del__(self) -> None:
        with contextlib.suppress(OSError):
            self.close()
