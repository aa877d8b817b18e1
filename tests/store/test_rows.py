"""TinyDB's API over rows does what TinyDB itself does, and what TinyDB cannot."""

from __future__ import annotations

import copy
import json
import random
import sqlite3
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tinydb import TinyDB, where
from tinydb.operations import delete
from tinydb.operations import set as set_to
from tinydb.storages import MemoryStorage
from tinydb.table import Document, Table

from pipeline.store.migrations import migrate
from pipeline.store.rows import COLUMNS, Rows, RowTable


@pytest.fixture
def connection() -> Iterator[sqlite3.Connection]:
    opened = sqlite3.connect(":memory:", isolation_level=None)
    migrate(opened)
    yield opened
    opened.close()


@lru_cache(maxsize=1)
def the_database() -> sqlite3.Connection:
    opened = sqlite3.connect(":memory:", isolation_level=None)
    migrate(opened)
    return opened


def an_empty_database() -> sqlite3.Connection:
    """Made once, and what the example before wrote is taken back."""
    opened = the_database()
    if opened.in_transaction:
        opened.rollback()
    opened.execute("BEGIN")
    return opened


def sources(connection: sqlite3.Connection, ws: str = "acme") -> Any:
    return Rows(connection, ws).table("source")


class Memory(MemoryStorage):
    """As a file would be: what was read or written is a copy."""

    def read(self) -> Any:
        return copy.deepcopy(super().read())

    def write(self, data: Any) -> None:
        super().write(copy.deepcopy(data))


class TextIds(Table):
    """TinyDB's own table with ids as text, the one thing that is different on purpose."""

    document_id_class = str  # type: ignore[assignment]


class Stock(TinyDB):
    table_class = TextIds


def outcome(deed: Callable[[], Any]) -> Any:
    """The result, ids included; or the error's kind and words."""
    try:
        result = deed()
    except (ValueError, RuntimeError, KeyError, TypeError) as error:
        return type(error), str(error)
    if isinstance(result, Document):
        return result.doc_id, dict(result)
    if isinstance(result, list):
        return sorted(((one.doc_id, dict(one)) if isinstance(one, Document) else one for one in result), key=str)
    return result


def longer(document: dict[str, Any]) -> None:
    document.setdefault("part", [])
    document["name"] = f"{document.get('name')}!"


IDS = st.sampled_from(list("abcde"))
FIELDS = st.dictionaries(
    st.sampled_from(["n", "name", "part"]),
    st.one_of(st.integers(-3, 3), st.text(max_size=3), st.none(), st.lists(st.integers(0, 2), max_size=2), st.booleans()),
    max_size=3,
)
QUERIES = st.one_of(
    st.builds(lambda n: where("n") == n, st.integers(-3, 3)),
    st.builds(lambda n: where("n").test(lambda value: isinstance(value, int) and value > n), st.integers(-3, 3)),
    st.builds(lambda text: where("name").matches(text), st.sampled_from(["", "a", "[b-z]"])),
    st.just(where("part").exists()),
    st.just(~where("name").exists()),
    st.just((where("n") == 1) | (where("part") == [1])),
)
DEEDS = st.one_of(
    st.tuples(st.just("insert"), IDS, FIELDS),
    st.tuples(st.just("insert_multiple"), st.lists(st.tuples(IDS, FIELDS), max_size=3)),
    st.tuples(st.just("update"), FIELDS, QUERIES),
    st.tuples(st.just("update_ids"), FIELDS, st.lists(IDS, max_size=3)),
    st.tuples(st.just("update_by"), st.sampled_from([set_to("n", 2), delete("part"), longer]), QUERIES),
    st.tuples(st.just("update_all"), FIELDS),
    st.tuples(st.just("upsert"), IDS, FIELDS),
    st.tuples(st.just("remove"), QUERIES),
    st.tuples(st.just("remove_ids"), st.lists(IDS, max_size=3, unique=True)),
    st.tuples(st.just("truncate")),
)


def done(table: Any, deed: tuple[Any, ...]) -> Any:
    name, *given_ = deed
    match name:
        case "insert":
            return outcome(lambda: table.insert(Document(dict(given_[1]), given_[0])))
        case "insert_multiple":
            return outcome(lambda: table.insert_multiple([Document(dict(doc), one) for one, doc in given_[0]]))
        case "update" | "update_by":
            return outcome(lambda: table.update(given_[0], given_[1]))
        case "update_ids":
            return outcome(lambda: table.update(given_[0], doc_ids=given_[1]))
        case "update_all":
            return outcome(lambda: table.update(given_[0]))
        case "upsert":
            return outcome(lambda: table.upsert(Document(dict(given_[1]), given_[0])))
        case "remove":
            return outcome(lambda: table.remove(given_[0]))
        case "remove_ids":
            return outcome(lambda: table.remove(doc_ids=given_[0]))
        case _:
            return outcome(table.truncate)


@settings(max_examples=200, deadline=None)
@given(st.lists(DEEDS, max_size=12), st.lists(QUERIES, min_size=1, max_size=3))
def test_the_same_deeds_have_the_same_outcome_as_in_tinydb(deeds: list[Any], queries: list[Any]) -> None:
    connection = an_empty_database()
    sources(connection, "other").insert({"n": 1, "name": "fremd"})
    ours, theirs = sources(connection), Stock(storage=Memory).table("source")
    for deed in deeds:
        assert done(ours, deed) == done(theirs, deed), deed
        assert outcome(ours.all) == outcome(theirs.all), deed
    for query in queries:
        for ask in ("search", "count", "contains"):
            assert outcome(lambda ask=ask, query=query: getattr(ours, ask)(query)) == outcome(
                lambda ask=ask, query=query: getattr(theirs, ask)(query)
            )
        assert (ours.get(query) is None) == (theirs.get(query) is None)
    for one in "abcde":
        assert outcome(lambda one=one: ours.get(doc_id=one)) == outcome(lambda one=one: theirs.get(doc_id=one))
        assert ours.contains(doc_id=one) == theirs.contains(doc_id=one)
    assert outcome(lambda: ours.get(doc_ids=["a", "c", "a"])) == outcome(lambda: theirs.get(doc_ids=["a", "c", "a"]))
    assert len(ours) == len(theirs) == len(list(ours))
    assert len(sources(connection, "other")) == 1


@pytest.mark.parametrize("ask", ["get", "contains", "remove"])
def test_a_question_without_a_condition_is_answered_in_tinydbs_words(connection: sqlite3.Connection, ask: str) -> None:
    ours, theirs = sources(connection), Stock(storage=Memory).table("source")
    assert outcome(getattr(ours, ask)) == outcome(getattr(theirs, ask))
    assert outcome(getattr(ours, ask))[0] is RuntimeError


def test_what_is_no_document_is_refused_in_tinydbs_words(connection: sqlite3.Connection) -> None:
    ours, theirs = sources(connection), Stock(storage=Memory).table("source")
    for wrong in (3, "text", [1]):
        assert outcome(lambda wrong=wrong: ours.insert(wrong)) == outcome(lambda wrong=wrong: theirs.insert(wrong))


def test_a_changed_result_changes_nothing_stored(connection: sqlite3.Connection) -> None:
    table = sources(connection)
    table.insert(Document({"part": [1]}, "a"))
    table.search(where("part").exists())[0]["part"].append(2)
    assert table.search(where("part").exists())[0] == {"part": [1]}


def test_a_search_sees_what_another_handle_wrote_just_now(connection: sqlite3.Connection) -> None:
    mine, theirs = sources(connection), sources(connection)
    mine.insert(Document({"n": 1}, "a"))
    assert mine.count(where("n") == 1) == 1
    theirs.update({"n": 2})
    assert mine.count(where("n") == 1) == 0


def test_new_ids_are_text_never_used_twice_and_in_the_order_of_making(connection: sqlite3.Connection) -> None:
    table, chance = sources(connection), random.Random(1)
    ids = [table.insert({"n": number}) for number in range(200)]
    for one in chance.sample(ids, 100):
        table.remove(doc_ids=[one])
    ids += [table.insert({"n": number}) for number in range(100)]
    assert len(set(ids)) == 300
    assert all(isinstance(one, str) for one in ids)
    assert [one[:12] for one in ids] == sorted(one[:12] for one in ids)


def test_columns_follow_whatever_way_a_document_is_written(connection: sqlite3.Connection) -> None:
    table: Any = Rows(connection, "acme").table("delegation")
    table.insert(Document({"giver": "maria", "taker": "jonas"}, "a"))
    assert [document.doc_id for document, _ in table.page({"giver": "maria"})] == ["a"]
    table.update({"giver": "sander"}, where("taker") == "jonas")
    assert table.page({"giver": "maria"}) == []
    assert table.page({"giver": "sander"}) == [({"giver": "sander", "taker": "jonas"}, 2)]
    assert table.tally("giver", {}) == {"sander": 1}


def test_compare_and_set_writes_the_version_it_has_read_or_nothing(connection: sqlite3.Connection) -> None:
    table: Any = sources(connection)
    table.add(Document({"n": 1}, "a"))
    assert table.put(Document({"n": 2}, "a"), 1)
    assert not table.put(Document({"n": 3}, "a"), 1)
    assert not table.put(Document({"n": 3}, "b"), 0)
    assert table.versioned("a") == ({"n": 2}, 2)


def test_no_number_is_stored_that_is_no_json(connection: sqlite3.Connection) -> None:
    with pytest.raises(ValueError, match="JSON"):
        sources(connection).insert({"n": float("nan")})
    assert len(sources(connection)) == 0


def test_the_whole_workspace_reads_as_one_tinydb_and_leaves_as_its_file(connection: sqlite3.Connection, tmp_path: Path) -> None:
    db = Rows(connection, "acme")
    db.table("source").insert(Document({"n": 1}, "a"))
    assert db.tables() == set(COLUMNS)
    file = tmp_path / "client.json"
    file.write_text(json.dumps(db.storage.read()), "utf-8")
    with Stock(file) as plain:
        assert plain.table("source").all() == [{"n": 1}]
    assert isinstance(db.table("source"), RowTable)
    db.drop_table("source")
    assert len(db.table("source")) == 0
