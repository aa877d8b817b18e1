"""The embedded store: one SQLite file per installation, spoken to through TinyDB's API (rows.py).

Writers of all threads and processes pass one door, a lock file, before `BEGIN IMMEDIATE`. SQLite alone would let them wait
unfairly, and releases before 3.51.3 can damage a WAL file when a checkpoint and a write meet; here only the writer
checkpoints, in its commit behind the door, so they never meet. See docs/decisions/0002-store.md.
"""

from __future__ import annotations

import errno
import json
import os
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlencode

from tinydb.table import Document

from pipeline.door import Door
from pipeline.errors import (
    AlreadyThere,
    AuditIsBroken,
    BackupFailed,
    Refusal,
    SomebodyElseSaved,
    SqliteIsTooOld,
    StoreIsBusy,
    StoreIsDamaged,
    StoreIsFull,
    StoreIsReadOnly,
)
from pipeline.records import Event, PublicationState, Record, iso
from pipeline.store.base import GENESIS, INSTALLATION
from pipeline.store.chain import link
from pipeline.store.migrations import SCHEMA, migrate, refuse_foreign
from pipeline.store.places import refuse_shared_disk
from pipeline.store.rows import Rows, RowTable
from pipeline.store.upgrades import to_today

R = TypeVar("R", bound=Record)

FILE = "staffelstab.sqlite"
OLDEST_SQLITE = (3, 38, 0)
PATIENCE_SECONDS = 20
CHECKPOINT_PAGES = 1000
LARGEST_WAL = 64 * 1024 * 1024
"""To which a log is cut that grew while readers were busy. It is not cut after every checkpoint: writing over old pages
is much faster than making the file grow."""


class SqliteReader:
    def __init__(self, connection: sqlite3.Connection, ws: str) -> None:
        self.connection, self.ws = connection, ws
        self.rows = Rows(connection, ws)

    def of(self, ws: str) -> SqliteReader:
        return SqliteReader(self.connection, ws)

    def table(self, kind: type[Record]) -> RowTable:
        table = self.rows.table(kind.kind)
        assert isinstance(table, RowTable)  # noqa: S101  (Rows.table_class)
        return table

    def get(self, kind: type[R], id: str) -> R | None:  # noqa: A002
        found = self.table(kind).versioned(id)
        return record_of(kind, *found) if found else None

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
        until = (upto[0], iso(upto[1])) if upto else None
        found = self.table(kind).page(where or {}, upto=until, order=order, descending=descending, limit=limit, offset=offset)
        return [record_of(kind, document, version) for document, version in found]

    def tally(self, kind: type[R], column: str, where: Mapping[str, object] | None = None) -> dict[str, int]:
        return self.table(kind).tally(column, where or {})

    def events(
        self, *, subject: str | None = None, after: int = 0, descending: bool = False, limit: int | None = None, offset: int = 0
    ) -> Iterator[Event]:
        of_subject, given = ("AND subject = ?", [subject]) if subject is not None else ("", [])
        way = "DESC" if descending else "ASC"
        rows = self.connection.execute(
            f"SELECT text, prev, hash FROM event WHERE ws = ? AND seq > ? {of_subject} ORDER BY seq {way} LIMIT ? OFFSET ?",
            (self.ws, after, *given, -1 if limit is None else limit, offset),
        )
        for text, prev, digest in rows:
            yield Event(prev=prev, hash=digest, text=text, **json.loads(text))


class SqliteTx(SqliteReader):
    def of(self, ws: str) -> SqliteTx:
        return SqliteTx(self.connection, ws)

    def add(self, record: R) -> R:
        try:
            self.table(type(record)).add(document_of(record))
        except sqlite3.IntegrityError as taken:
            raise AlreadyThere(
                what=type(record).kind,
                name=str(getattr(record, "slug", "") or getattr(record, "email", "") or record.id),
            ) from taken
        return record.model_copy(update={"version": 1})

    def put(self, record: R) -> R:
        if not self.table(type(record)).put(document_of(record), record.version):
            raise SomebodyElseSaved(what=type(record).kind)
        return record.model_copy(update={"version": record.version + 1})

    def remove(self, kind: type[R], id: str) -> None:  # noqa: A002
        self.table(kind).delete(id)

    def append(self, act: str, *, actor: str, subject: str, at: datetime, details: Mapping[str, object] | None = None) -> Event:
        newest, prev = self._newest()
        seq = newest + 1
        entry = {
            "act": act,
            "actor": actor,
            "at": iso(at),
            "details": dict(details or {}),
            "seq": seq,
            "subject": subject,
            "ws": self.ws,
        }
        text = json.dumps(entry, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
        event = Event(prev=prev, hash=link(prev, text), text=text, **json.loads(text))
        self._insert(event)
        return event

    def adopt(self, events: Iterable[Event]) -> int:
        seq, prev = self._newest()
        number = 0
        for event in events:
            fits = (event.ws, event.seq, event.prev, event.hash) == (self.ws, seq + 1, prev, link(prev, event.text))
            if not fits:
                raise AuditIsBroken(count=1, first=f"{event.ws}:{event.seq}: changed")
            self._insert(event)
            seq, prev, number = event.seq, event.hash, number + 1
        return number

    def _newest(self) -> tuple[int, str]:
        last = self.connection.execute(
            "SELECT seq, hash FROM event WHERE ws = ? ORDER BY seq DESC LIMIT 1", (self.ws,)
        ).fetchone()
        return (last[0], last[1]) if last else (0, GENESIS)

    def _insert(self, event: Event) -> None:
        self.connection.execute(
            "INSERT INTO event (ws, seq, subject, text, prev, hash) VALUES (?, ?, ?, ?, ?, ?)",
            (event.ws, event.seq, event.subject, event.text, event.prev, event.hash),
        )


class SqliteStore:
    """Open (and make, unless `must_exist`) the store in a folder.

    Raises StoreIsNewer, StoreIsDamaged, StoreIsReadOnly, StoreIsFull, StoreNeedsLocalDisk, SqliteIsTooOld.
    """

    def __init__(self, folder: Path) -> None:
        if sqlite3.sqlite_version_info < OLDEST_SQLITE:
            raise SqliteIsTooOld(found=sqlite3.sqlite_version, needed=".".join(map(str, OLDEST_SQLITE)))
        refuse_shared_disk(folder)
        folder = folder.absolute()
        self.folder, self.file = folder, folder / FILE
        self._idle: list[sqlite3.Connection] = []
        self._here = threading.local()
        self._thread_door = threading.RLock()
        with told_plainly(folder):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._process_door = Door(folder / "store.lock")
            with self._door():
                self.file.touch(mode=0o600)  # the log's files take over its rights when they are made
                self.file.chmod(0o600)
                self._refuse_foreign_file()
                self._writer = self._connect()
                try:
                    self._make_ready()
                except BaseException:
                    self._writer.close()
                    raise

    def _refuse_foreign_file(self) -> None:
        """Look before anything is written: a file of a newer program, or none of ours, stays as it is."""
        if self.file.stat().st_size == 0:
            return
        with closing(sqlite3.connect(_address(self.file, mode="ro"), uri=True, isolation_level=None)) as looking:
            refuse_foreign(looking, str(self.folder))

    def _make_ready(self) -> None:
        self._writer.execute("PRAGMA journal_mode = WAL")
        self._writer.execute(f"PRAGMA journal_size_limit = {LARGEST_WAL}")
        self._writer.execute(f"PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES}")
        with committed(self._writer):
            migrate(self._writer)

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self.file, isolation_level=None, check_same_thread=False, timeout=PATIENCE_SECONDS)
        for pragma in ("synchronous = FULL", "foreign_keys = ON", "wal_autocheckpoint = 0", "temp_store = MEMORY"):
            connection.execute(f"PRAGMA {pragma}")
        return connection

    # -- reading

    @contextmanager
    def read(self, ws: str = INSTALLATION) -> Iterator[SqliteReader]:
        if (current := self._current()) is not None:
            yield current.of(ws)
            return
        with told_of_engine(self.folder):
            try:
                connection = self._idle.pop()
            except IndexError:
                connection = self._connect()
            try:
                connection.execute("BEGIN")
                yield SqliteReader(connection, ws)
            finally:
                if connection.in_transaction:
                    connection.rollback()
                self._idle.append(connection)

    # -- writing

    @contextmanager
    def tx(self, ws: str = INSTALLATION) -> Iterator[SqliteTx]:
        if (current := self._current()) is not None:
            yield current.of(ws)
            return
        with told_of_engine(self.folder), self._door(), committed(self._writer):
            self._here.tx = SqliteTx(self._writer, ws)
            try:
                yield self._here.tx
            finally:
                self._here.tx = None

    def _current(self) -> SqliteTx | None:
        return getattr(self._here, "tx", None)

    @contextmanager
    def _door(self) -> Iterator[None]:
        if not self._thread_door.acquire(timeout=PATIENCE_SECONDS):
            raise StoreIsBusy(seconds=PATIENCE_SECONDS)
        try:
            with told_plainly(self.folder):
                entered = self._process_door.enter(patience=PATIENCE_SECONDS)
            if not entered:
                raise StoreIsBusy(seconds=PATIENCE_SECONDS)
            try:
                yield
            finally:
                self._process_door.leave()
        finally:
            self._thread_door.release()

    # -- over all clients

    def due(self, now: datetime, limit: int = 5_000) -> list[tuple[str, str]]:
        open_states = [state.value for state in PublicationState if state is PublicationState.PLANNED or state.is_on_its_way]
        of_state = "SELECT ws, id, next_try_at FROM publication WHERE state = ? AND next_try_at <= ?"
        given = [value for state in open_states for value in (state, iso(now))]
        with self.read() as view:
            rows = view.connection.execute(
                f"{' UNION ALL '.join([of_state] * len(open_states))} ORDER BY next_try_at, id LIMIT ?", (*given, limit)
            )
            return [(ws, publication) for ws, publication, _ in rows]

    def everywhere(self, kind: type[R], where: Mapping[str, object], limit: int = 1000) -> list[tuple[str, R]]:
        with self.read() as view:
            workspaces = [INSTALLATION, *(ws for (ws,) in view.connection.execute("SELECT id FROM client ORDER BY id"))]
            return [(ws, record) for ws in workspaces for record in view.of(ws).page(kind, where, limit=limit)]

    def to_revisit(self, now: datetime, limit: int = 500) -> list[tuple[str, str]]:
        with self.read() as view:
            rows = view.connection.execute(
                "SELECT ws, id FROM piece WHERE revisit_at <= ? ORDER BY revisit_at LIMIT ?", (iso(now), limit)
            )
            return [(ws, piece) for ws, piece in rows]

    # -- care

    def backup(self, to: Path) -> None:
        if to.exists():
            raise AlreadyThere(what="file", name=str(to))
        try:
            self._copy(to)
        except BaseException:
            to.unlink(missing_ok=True)
            raise

    def _copy(self, to: Path) -> None:
        with told_plainly(to.parent):
            with closing(self._connect()) as connection:
                connection.execute("VACUUM INTO ?", (str(to),))
            to.chmod(0o600)
            sync_file(to)  # VACUUM INTO leaves this to the system
        with self.read() as view:
            ours = _counts(view.connection)
        with copy_at(to) as copy:
            faults = [row[0] for row in copy.connection.execute("PRAGMA quick_check") if row[0] != "ok"]
            theirs = _counts(copy.connection)
        if faults or any(theirs[table] > ours[table] or theirs[table] == 0 < ours[table] for table in ours):
            raise BackupFailed(file=str(to), reason=faults[0] if faults else "count")

    def check(self) -> list[str]:
        with self.read() as view:
            found = [row[0] for row in view.connection.execute("PRAGMA quick_check") if row[0] != "ok"]
            (schema,) = view.connection.execute("PRAGMA user_version").fetchone()
        return found if schema == SCHEMA else [*found, f"schema {schema}"]

    def close(self) -> None:
        with self._door():  # who closes last also checkpoints
            for connection in [*self._idle, self._writer]:
                connection.close()
            self._idle.clear()
        self._process_door.close()


@contextmanager
def copy_at(file: Path) -> Iterator[SqliteReader]:
    """A backup's database, looked into without a trace."""
    with closing(sqlite3.connect(_address(file, mode="ro", immutable="1"), uri=True)) as connection:
        yield SqliteReader(connection, INSTALLATION)


def document_of(record: Record) -> Document:
    fields = {"schema": record.schema_number, **record.model_dump(mode="json", exclude_defaults=False)}
    return Document(fields, record.id)  # type: ignore[arg-type]


def record_of(kind: type[R], document: Document, version: int) -> R:
    fields: dict[str, Any] = to_today(kind, dict(document))
    return kind.model_validate({**fields, "version": version})


def _address(file: Path, **options: str) -> str:
    return f"{file.resolve().as_uri()}?{urlencode(options)}"


def sync_file(file: Path) -> None:
    with file.open("rb+") as opened:
        os.fsync(opened.fileno())


def _counts(connection: sqlite3.Connection) -> dict[str, int]:
    return {
        table: connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
        for table in ("event", "piece", "revision", "decision")
    }


@contextmanager
def committed(connection: sqlite3.Connection) -> Iterator[None]:
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.rollback()
        raise


def is_made_in(folder: Path) -> bool:
    """Whether a store is there. Raises StoreIsReadOnly for a folder that does not let us look."""
    with told_plainly(folder):
        return (folder / FILE).exists()


@contextmanager
def told_of_engine(folder: Path) -> Iterator[None]:
    """The engine's errors as sentences for people; errors of whatever else is done meanwhile stay what they are."""
    try:
        yield
    except sqlite3.IntegrityError:
        raise
    except sqlite3.DatabaseError as error:
        if (told := _of_sqlite(error, folder)) is None:
            raise
        raise told from error


@contextmanager
def told_plainly(folder: Path) -> Iterator[None]:
    """The engine's and the file system's errors as sentences for people."""
    try:
        with told_of_engine(folder):
            yield
    except OSError as error:
        if (told := _of_system(error, folder)) is None:
            raise
        raise told from error


FULL = {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_WRITE, sqlite3.SQLITE_IOERR_SHMSIZE}
BY_CODE: Mapping[int, type[Refusal]] = {
    sqlite3.SQLITE_READONLY: StoreIsReadOnly,
    sqlite3.SQLITE_CANTOPEN: StoreIsReadOnly,
    sqlite3.SQLITE_PERM: StoreIsReadOnly,
    sqlite3.SQLITE_NOTADB: StoreIsDamaged,
    sqlite3.SQLITE_CORRUPT: StoreIsDamaged,
}


def _of_sqlite(error: sqlite3.DatabaseError, folder: Path) -> Refusal | None:
    code = getattr(error, "sqlite_errorcode", 0)  # errors of the module itself have none
    kind = code & 0xFF  # the rest tells where in SQLite it happened
    if code in FULL:
        return StoreIsFull(folder=str(folder))
    if kind in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return StoreIsBusy(seconds=PATIENCE_SECONDS)
    return BY_CODE[kind](folder=str(folder)) if kind in BY_CODE else None


def _of_system(error: OSError, folder: Path) -> Refusal | None:
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return StoreIsFull(folder=str(folder))
    if error.errno in (errno.EACCES, errno.EROFS, errno.EPERM, errno.ENOTDIR, errno.EEXIST):
        return StoreIsReadOnly(folder=str(folder))
    return None
