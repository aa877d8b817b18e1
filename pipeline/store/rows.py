"""TinyDB's document API over the rows of a SQLite table.

TinyDB stays the document model and query language: `insert`, `get`, `search(where(...))`, `update`, `remove` do what its
manual says. What its own storage does not give, SQLite does: one row per document, indexes, and the transaction the caller
holds. Some methods are ours, because TinyDB's would read every document: `add`, `put` (compare-and-set), `page`, `tally`.
"""

from __future__ import annotations

import copy
import itertools
import json
import sqlite3
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from tinydb import TinyDB
from tinydb.queries import QueryLike
from tinydb.storages import Storage
from tinydb.table import Document, Table

from pipeline.records import RECORDS, iso, new_id

Columns = Mapping[str, str]
COLUMNS: Mapping[str, Columns] = {record.kind: record.columns for record in RECORDS}

MOST_ALTERNATIVES = 100
"""Parts of one statement that SQLite merges from an index each; with more values than that it has to sort."""


class RowStorage(Storage):
    """Every table of one workspace, through a connection whose transaction belongs to the caller."""

    def __init__(self, connection: sqlite3.Connection, ws: str) -> None:
        self.connection, self.ws = connection, ws

    def read(self) -> dict[str, dict[str, Any]]:
        return {kind: RowTable(self, kind)._read_table() for kind in COLUMNS}

    def write(self, data: Mapping[str, Mapping[str, Any]]) -> None:
        for kind in COLUMNS:
            RowTable(self, kind)._replace_all(data.get(kind, {}))


class RowTable(Table):
    """One kind's documents in one workspace."""

    document_id_class = str  # type: ignore[assignment]

    def __init__(self, storage: RowStorage, name: str, **_options: object) -> None:
        # no query cache: another process may have written, and TinyDB hands out its own cached documents
        super().__init__(storage, name, cache_size=0)
        self._rows, self._columns = storage, COLUMNS[name]

    # -- TinyDB's own verbs, one row at a time where they name one document

    def insert(self, document: Mapping[str, Any]) -> str:  # type: ignore[override]
        if not isinstance(document, Mapping):
            raise ValueError("Document is not a Mapping")
        doc_id = str(document.doc_id) if isinstance(document, Document) else new_id()
        if self.get(doc_id=doc_id) is not None:
            raise ValueError(f"Document with ID {doc_id} already exists")
        self._insert_row(doc_id, document)
        return doc_id

    def get(  # type: ignore[override]
        self, cond: QueryLike | None = None, doc_id: str | None = None, doc_ids: list[str] | None = None
    ) -> Document | list[Document] | None:
        if doc_id is not None:
            row = self._execute(f"SELECT doc FROM {self.name} WHERE id = ? AND ws = ?", (doc_id, self._rows.ws)).fetchone()
            return Document(json.loads(row[0]), doc_id) if row else None  # type: ignore[arg-type]
        if doc_ids is not None:
            found = (self.get(doc_id=one) for one in sorted(set(doc_ids)))
            return [document for document in found if isinstance(document, Document)]
        return super().get(cond)  # type: ignore[arg-type]  # without a condition TinyDB says what is missing

    def __len__(self) -> int:
        (number,) = self._execute(f"SELECT count(*) FROM {self.name} WHERE ws = ?", (self._rows.ws,)).fetchone()
        return int(number)

    def _get_next_id(self) -> str:
        return new_id()

    def _read_table(self) -> dict[str, Any]:
        rows = self._execute(f"SELECT id, doc FROM {self.name} WHERE ws = ? ORDER BY id", (self._rows.ws,))
        return {doc_id: json.loads(doc) for doc_id, doc in rows}

    def _update_table(self, updater: Callable[[dict[Any, Any]], Any]) -> None:
        """TinyDB's way to write, for all verbs not answered above: change a copy, then write the rows that differ."""
        before = self._read_table()
        after = copy.deepcopy(before)
        updater(after)
        for doc_id in before.keys() - after.keys():
            self.delete(doc_id)
        for doc_id, document in after.items():
            if doc_id not in before:
                self._insert_row(str(doc_id), document)
            elif document != before[doc_id]:
                self._execute(
                    f"UPDATE {self.name} SET {self._assignments()} WHERE id = ? AND ws = ?",
                    (*self._values(document), doc_id, self._rows.ws),
                )

    def _replace_all(self, documents: Mapping[str, Any]) -> None:
        def replace(table: dict[Any, Any]) -> None:
            table.clear()
            table.update(documents)

        self._update_table(replace)

    # -- ours

    def versioned(self, doc_id: str) -> tuple[Document, int] | None:
        row = self._execute(f"SELECT doc, version FROM {self.name} WHERE id = ? AND ws = ?", (doc_id, self._rows.ws)).fetchone()
        return (Document(json.loads(row[0]), doc_id), row[1]) if row else None  # type: ignore[arg-type]

    def add(self, document: Document) -> None:
        """Raises sqlite3.IntegrityError when the id or a unique column is taken, also in another workspace."""
        self._insert_row(str(document.doc_id), document)

    def put(self, document: Document, expect_version: int) -> bool:
        """Compare-and-set: False, and nothing is written, when the stored version is another."""
        given = (*self._values(document), document.doc_id, self._rows.ws, expect_version)
        done = self._execute(f"UPDATE {self.name} SET {self._assignments()} WHERE id = ? AND ws = ? AND version = ?", given)
        return done.rowcount == 1

    def delete(self, doc_id: str) -> None:
        self._execute(f"DELETE FROM {self.name} WHERE id = ? AND ws = ?", (doc_id, self._rows.ws))

    def page(
        self,
        where: Mapping[str, object],
        *,
        upto: tuple[str, str] | None = None,
        order: str = "id",
        descending: bool = False,
        limit: int = 50,
        offset: int = 0,
    ) -> list[tuple[Document, int]]:
        """Documents with their versions, filtered and ordered by columns."""
        name, way = self._known(order), "DESC" if descending else "ASC"
        selects, given = self._selects(f"id, doc, version, {name} AS ordered", where, upto)
        if not selects:
            return []
        by = f"id {way}" if name == "id" else f"ordered {way}, id {way}"
        statement = f"{' UNION ALL '.join(selects)} ORDER BY {by} LIMIT ? OFFSET ?"
        rows = self._execute(statement, (*given, limit, offset))
        return [(Document(json.loads(doc), doc_id), version) for doc_id, doc, version, _ in rows]

    def tally(self, column: str, where: Mapping[str, object]) -> dict[str, int]:
        name, numbers = self._known(column), dict[str, int]()
        selects, given = self._selects(f"{name}, count(*)", where, group=f"GROUP BY {name}")
        for value, number in self._execute(" UNION ALL ".join(selects), given) if selects else ():
            numbers[str(value)] = numbers.get(str(value), 0) + number
        return numbers

    # -- rows

    def _insert_row(self, doc_id: str, document: Mapping[str, Any]) -> None:
        names = ("ws", "id", "version", *self._columns, "doc")
        marks = ", ".join("?" * len(names))
        self._execute(
            f"INSERT INTO {self.name} ({', '.join(names)}) VALUES ({marks})",
            (self._rows.ws, doc_id, 1, *self._values(document)),
        )

    def _assignments(self) -> str:
        return ", ".join(["version = version + 1", *(f"{name} = ?" for name in (*self._columns, "doc"))])

    def _values(self, document: Mapping[str, Any]) -> list[Any]:
        columns = [_at(document, path) for path in self._columns.values()]
        return [*columns, json.dumps(document, ensure_ascii=False, separators=(",", ":"), allow_nan=False)]

    def _selects(
        self, what: str, where: Mapping[str, object], upto: tuple[str, str] | None = None, *, group: str = ""
    ) -> tuple[list[str], list[Any]]:
        """One SELECT per combination of values: each is answered in the order of an index, which `IN` would not be."""
        selects, given = [], list[Any]()
        for one in _alternatives(where):
            condition, values = self._condition(one, upto)
            selects.append(f"SELECT {what} FROM {self.name} WHERE {condition} {group}")
            given += values
        return selects, given

    def _condition(self, where: Mapping[str, object], upto: tuple[str, str] | None) -> tuple[str, list[Any]]:
        parts: list[str] = ["ws = ?"]
        given: list[Any] = [self._rows.ws]
        for column, value in where.items():
            name = self._known(column)
            if isinstance(value, tuple):
                parts.append(f"{name} IN ({', '.join('?' * len(value))})")
                given += map(_plain, value)
            elif value is None:
                parts.append(f"{name} IS NULL")
            else:
                parts.append(f"{name} = ?")
                given.append(_plain(value))
        if upto:
            parts.append(f"{self._known(upto[0])} <= ?")
            given.append(upto[1])
        return " AND ".join(parts), given

    def _known(self, column: str) -> str:
        if column != "id" and column not in self._columns:
            raise ValueError(f"{self.name} has no column {column}")
        return column

    def _execute(self, statement: str, given: Iterable[Any] = ()) -> sqlite3.Cursor:
        return self._rows.connection.execute(statement, tuple(given))


class Rows(TinyDB):
    """`TinyDB` over one workspace: `Rows(connection, ws).table("piece").search(where("stage") == "draft")`."""

    table_class = RowTable  # type: ignore[assignment]
    default_storage_class = RowStorage  # type: ignore[assignment]

    def tables(self) -> set[str]:
        return set(COLUMNS)


def _alternatives(where: Mapping[str, object]) -> list[dict[str, object]]:
    """`{a: (1, 2), b: 3}` as `{a: 1, b: 3}` and `{a: 2, b: 3}`. What would become too many stays a tuple without None."""
    choices: list[list[object]] = []
    number = 1
    for value in where.values():
        several = list(dict.fromkeys(value)) if isinstance(value, list | tuple | set | frozenset) else [value]
        as_one = number * len(several) > MOST_ALTERNATIVES and None not in several
        choices.append([tuple(several)] if as_one else several)
        number *= len(choices[-1])
    return [dict(zip(where, chosen, strict=True)) for chosen in itertools.product(*choices)]


def _plain(value: object) -> int | str:
    if isinstance(value, datetime):
        return iso(value)
    return value if isinstance(value, int) else str(value)


def _at(document: Mapping[str, Any], path: str) -> Any:
    value: Any = document
    for name in path.split("."):
        value = value.get(name) if isinstance(value, Mapping) else None
    return value
