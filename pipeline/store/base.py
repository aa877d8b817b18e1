"""What a store promises. The domain talks to this port; engines live beside it and pass tests/contracts/store_contract.py.

- One unit of work over any number of kinds: record, event and outbox row commit together or not at all. Inner ones join.
- Every record lives in a workspace, a client's or the installation's (""); a reader sees its own workspace only.
- A write says which version it has read; if that moved on, `SomebodyElseSaved` and nothing is written.
- Lists are ordered and counted by real columns, from an index, whatever the number of records.
- What was acknowledged survives a killed process; several threads and processes may work at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path
from typing import Protocol, TypeVar

from pipeline.records import Event, Record

R = TypeVar("R", bound=Record)

INSTALLATION = ""
"""Workspace of what belongs to no client: accounts, sign-ins, the list of clients."""

GENESIS = "0" * 64
"""`prev` of the first audit entry."""


class Reader(Protocol):
    """One consistent view of one workspace."""

    ws: str

    def of(self, ws: str) -> Reader:
        """The same moment in another workspace."""

    def get(self, kind: type[R], id: str) -> R | None: ...  # noqa: A002

    def page(
        self,
        kind: type[R],
        where: Mapping[str, object] | None = None,
        *,
        upto: tuple[str, datetime] | None = None,
        order: str = "id",
        descending: bool = False,
        limit: int = 50,
        offset: int = 0,
    ) -> list[R]:
        """Records whose columns equal `where` (a tuple, list or set: any of these) and, with `upto`, whose time column is
        set and not later; ordered by a column, then by id."""

    def tally(self, kind: type[R], column: str, where: Mapping[str, object] | None = None) -> dict[str, int]:
        """Number of records per value of a column."""

    def events(
        self, *, subject: str | None = None, after: int = 0, descending: bool = False, limit: int | None = None, offset: int = 0
    ) -> Iterator[Event]:
        """`after`: only entries with a higher number than this."""


class Tx(Reader, Protocol):
    """The same, and it may write. Everything of one unit of work commits at its end."""

    def of(self, ws: str) -> Tx: ...

    def add(self, record: R) -> R:
        """Raises AlreadyThere when a unique column is taken."""

    def put(self, record: R) -> R:
        """Raises SomebodyElseSaved when the stored version is another than the record's."""

    def remove(self, kind: type[R], id: str) -> None: ...  # noqa: A002

    def append(self, act: str, *, actor: str, subject: str, at: datetime, details: Mapping[str, object] | None = None) -> Event:
        """The next entry of this workspace's audit chain."""

    def adopt(self, events: Iterable[Event]) -> int:
        """Entries made in another store, byte for byte, after the newest of this workspace; says how many.
        Raises AuditIsBroken unless each follows the one before."""


class Store(Protocol):
    def read(self, ws: str = INSTALLATION) -> AbstractContextManager[Reader]: ...

    def tx(self, ws: str = INSTALLATION) -> AbstractContextManager[Tx]: ...

    def due(self, now: datetime, limit: int = 5_000) -> list[tuple[str, str]]:
        """(workspace, id) of publications whose next try is due, over all clients, oldest first."""

    def to_revisit(self, now: datetime, limit: int = 500) -> list[tuple[str, str]]:
        """(workspace, id) of pieces whose stage time alone may have changed."""

    def everywhere(self, kind: type[R], where: Mapping[str, object], limit: int = 1000) -> list[tuple[str, R]]:
        """(workspace, record) over all clients: for the worker and the check-up only."""

    def backup(self, to: Path) -> None:
        """A consistent copy in one new file, checked by reading it."""

    def check(self) -> list[str]:
        """What the engine finds wrong with its own file; empty: sound."""

    def close(self) -> None: ...
