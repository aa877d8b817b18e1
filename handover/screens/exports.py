"""Packs that are being made for somebody at the screen: beside the page, because a click elsewhere ends its run in the middle.

A finished pack waits in the store's folder for whoever asked for it, can be fetched once, and is gone after an hour.
"""

from __future__ import annotations

import logging
import secrets
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from handover.desk import HandoverDesk
from handover.pack.export import Pack
from pipeline.errors import Refusal

log = logging.getLogger("staffelstab.exports")

FOLDER = "packs"
KEPT_SECONDS = 3600.0


@dataclass
class Making:
    """A pack on its way. `refusal`: why there is none; `broken`: it ended with a mistake of ours."""

    ws: str
    person: str
    account: str
    file: Path
    move_to: str
    ticket: str = field(default_factory=lambda: secrets.token_urlsafe(32))
    done: int = 0
    total: int = 0
    pack: Pack | None = None
    pack_size: int = 0
    refusal: Refusal | None = None
    broken: bool = False
    fetched: bool = False
    over: threading.Event = field(default_factory=threading.Event)
    end: threading.Timer | None = None
    """Deletes it when nobody has come for it."""

    @property
    def is_over(self) -> bool:
        return self.over.is_set()

    @property
    def is_there(self) -> bool:
        return self.pack is not None and not self.fetched and self.file.exists()

    @property
    def share(self) -> float:
        return min(self.done / self.total, 1.0) if self.total else 0.0


class Exports:
    """All of this process. One at a time per person and client."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._made: dict[tuple[str, str], Making] = {}

    def of(self, ws: str, person: str) -> Making | None:
        with self._lock:
            return self._made.get((ws, person))

    def start(self, desk: HandoverDesk, *, person: str, account: str, name: str, move_to: str = "") -> Making:
        """A second click while one is being made is the same."""
        folder = desk.house.settings.store / FOLDER
        with self._lock:
            running = self._made.get((desk.ws, person))
            if running is not None and not running.is_over:
                return running
            if running is not None:
                running.file.unlink(missing_ok=True)
            folder.mkdir(mode=0o700, exist_ok=True)
            _sweep(folder, self._made)
            file = folder / f"{name}-{secrets.token_hex(6)}.zip"
            making = Making(desk.ws, person, account, file, move_to)
            self._made[desk.ws, person] = making
        threading.Thread(target=_make, args=(desk, making), name="export", daemon=True).start()
        return making

    def find(self, ticket: str) -> Making | None:
        """A finished one that nobody has fetched yet."""
        with self._lock:
            every = list(self._made.values())
        given = ticket.encode()
        same = (one for one in every if secrets.compare_digest(one.ticket.encode(), given))
        return next((one for one in same if one.is_there), None)

    def take(self, making: Making) -> BinaryIO | None:
        """Once. The file has no name any more when this returns."""
        with self._lock:
            if making.fetched:
                return None
            making.fetched = True
        try:
            handle = making.file.open("rb")
        except FileNotFoundError:
            return None
        making.file.unlink(missing_ok=True)
        return handle


EXPORTS = Exports()


def _make(desk: HandoverDesk, making: Making) -> None:
    def tell(done: int, total: int) -> None:
        making.done, making.total = done, total

    try:
        pack = desk.export(making.file, move_to=making.move_to, progress=tell)
        making.pack_size = making.file.stat().st_size
        making.pack = pack
        making.end = threading.Timer(KEPT_SECONDS, making.file.unlink, kwargs={"missing_ok": True})
        making.end.daemon = True
        making.end.start()
    except Refusal as refusal:
        making.refusal = refusal
    except Exception:  # nobody else would hear of it: the page asks for `broken`
        log.exception("a pack for client %s could not be made", making.ws)
        making.broken = True
    finally:
        making.over.set()


def _sweep(folder: Path, made: dict[tuple[str, str], Making]) -> None:
    """Packs nobody came for, those of an earlier process included."""
    in_work = {one.file.name for one in made.values() if not one.is_over}
    begun = time.time() - KEPT_SECONDS
    for file in folder.iterdir():
        if file.stat().st_mtime < begun and not any(file.name.startswith(name) for name in in_work):
            file.unlink(missing_ok=True)
