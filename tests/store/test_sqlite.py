"""What only the SQLite engine can get wrong: its file, its disk, its indexes."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from pipeline.errors import (
    Refusal,
    StoreIsBusy,
    StoreIsDamaged,
    StoreIsFull,
    StoreIsNewer,
    StoreIsReadOnly,
    StoreNeedsLocalDisk,
)
from pipeline.records import (
    RECORDS,
    Acknowledgement,
    ExitItem,
    PhaseChange,
    Piece,
    Proposal,
    Protocol,
)
from pipeline.store import places
from pipeline.store import sqlite as engine
from pipeline.store.chain import broken_links
from pipeline.store.migrations import MIGRATIONS, SCHEMA, migrate
from pipeline.store.rows import COLUMNS
from pipeline.store.sqlite import FILE, SqliteStore
from tests.contracts.store_contract import ACME, NOON, a_piece, a_revision
from tests.store import make_schema_2
from tests.store.make_schema_1 import OF_THE_CLIENT, OF_THE_INSTALLATION


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    opened = SqliteStore(tmp_path / "data")
    yield opened
    opened.close()


def raw(folder: Path) -> closing[sqlite3.Connection]:
    return closing(sqlite3.connect(folder / FILE, isolation_level=None))


def digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def a_filled_store(folder: Path) -> Piece:
    store = SqliteStore(folder)
    with store.tx(ACME) as t:
        piece = t.add(a_piece())
        for subject in "abcd":
            t.append("piece.add", actor="jonas", subject=subject, at=NOON)
    store.close()
    return piece


# ------------------------------------------------------------------------------------------------- foreign, newer, broken


def test_a_store_of_a_newer_program_is_refused_and_stays_as_it_is(tmp_path: Path) -> None:
    a_filled_store(tmp_path)
    with raw(tmp_path) as db:
        db.execute(f"PRAGMA user_version = {SCHEMA + 1}")
    before = digest(tmp_path / FILE)
    for _ in range(2):
        with pytest.raises(StoreIsNewer) as refused:
            SqliteStore(tmp_path)
        assert refused.value.facts == {"schema": SCHEMA + 1, "known": SCHEMA}
    assert digest(tmp_path / FILE) == before
    with raw(tmp_path) as db:
        assert db.execute("SELECT count(*) FROM piece").fetchone() == (1,)


def test_a_newer_store_that_was_killed_in_mid_work_is_not_tidied_up(tmp_path: Path) -> None:
    """Its log belongs to the newer program as well."""
    a_filled_store(tmp_path / "data")
    with raw(tmp_path / "data") as db:
        db.execute(f"PRAGMA user_version = {SCHEMA + 1}")
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        db.execute("UPDATE piece SET version = version + 1")
        shutil.copytree(tmp_path / "data", tmp_path / "killed")
    names = (FILE, f"{FILE}-wal")
    before = [digest(tmp_path / "killed" / name) for name in names]
    with pytest.raises(StoreIsNewer):
        SqliteStore(tmp_path / "killed")
    assert [digest(tmp_path / "killed" / name) for name in names] == before


@pytest.mark.parametrize("content", [b"no database", b"SQLite format 3\0" + b"\xff" * 5000, os.urandom(9000)])
def test_a_file_that_is_no_database_is_refused_and_stays_as_it_is(tmp_path: Path, content: bytes) -> None:
    (tmp_path / FILE).write_bytes(content)
    with pytest.raises(StoreIsDamaged) as refused:
        SqliteStore(tmp_path)
    assert refused.value.facts == {"folder": str(tmp_path)}
    assert (tmp_path / FILE).read_bytes() == content


def test_somebody_elses_database_is_not_moved_into(tmp_path: Path) -> None:
    with raw(tmp_path) as db:
        db.execute("CREATE TABLE piece (id)")
    before = digest(tmp_path / FILE)
    with pytest.raises(StoreIsDamaged):
        SqliteStore(tmp_path)
    assert digest(tmp_path / FILE) == before


def test_damage_inside_the_file_is_found_by_the_check(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path)
    with store.tx(ACME) as t:
        for number in range(200):
            t.add(a_piece(f"Beitrag {number}"))
    store.close()
    data = bytearray((tmp_path / FILE).read_bytes())
    for at in range(len(data) // 2, len(data), 4096):
        data[at : at + 64] = b"\xff" * 64
    (tmp_path / FILE).write_bytes(data)
    try:
        store = SqliteStore(tmp_path)
        assert store.check() != []
        store.close()
    except StoreIsDamaged:
        return


def test_an_empty_file_left_by_a_crash_becomes_a_store(tmp_path: Path) -> None:
    (tmp_path / FILE).touch()
    store = SqliteStore(tmp_path)
    assert store.check() == []
    store.close()


# ---------------------------------------------------------------------------------------------------- disk and folder


def test_a_full_disk_is_told_the_old_state_stays_and_work_goes_on_after_room_is_made(store: SqliteStore) -> None:
    with store.tx(ACME) as t:
        old = t.add(a_piece())
        t.append("piece.add", actor="jonas", subject=old.id, at=NOON)
    (pages,) = store._writer.execute("PRAGMA page_count").fetchone()
    store._writer.execute(f"PRAGMA max_page_count = {pages + 3}")

    def write_much() -> None:
        with store.tx(ACME) as t:
            t.put(old.model_copy(update={"title": "neu"}))
            t.append("piece.edit", actor="jonas", subject=old.id, at=NOON)
            t.add(a_revision(old, body="viel " * 10_000))

    with pytest.raises(StoreIsFull) as refused:
        write_much()
    assert refused.value.facts == {"folder": str(store.folder)}
    with store.read(ACME) as view:
        assert view.page(Piece) == [old]
        assert len(list(view.events())) == 1
    store._writer.execute("PRAGMA max_page_count = 1000000")
    write_much()
    with store.read(ACME) as view:
        assert view.get(Piece, old.id).title == "neu"
        assert broken_links(view.events()) == []
    assert store.check() == []


FILL_THE_DISK = """
import resource, signal, sys
from pathlib import Path
from pipeline.errors import StoreIsFull
from pipeline.records import Piece
from pipeline.store.sqlite import SqliteStore
from tests.contracts.store_contract import a_piece, a_revision

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
store = SqliteStore(Path(sys.argv[1]))
resource.setrlimit(resource.RLIMIT_FSIZE, (2_000_000, resource.RLIM_INFINITY))
kept = 0
try:
    for _ in range(1000):
        with store.tx("acme") as t:
            piece = t.add(a_piece())
            t.add(a_revision(piece, body="viel " * 5_000))
        kept += 1
except StoreIsFull:
    pass
else:
    sys.exit("never full")
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
with store.tx("acme") as t:
    t.add(a_piece("danach"))
with store.read("acme") as view:
    assert len(view.page(Piece, limit=2000)) == kept + 1, kept
assert kept > 5 and store.check() == []
store.close()
print("ok")
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no limit on a file's size there")
def test_files_that_may_not_grow_any_more_are_a_full_disk(tmp_path: Path) -> None:
    assert run(FILL_THE_DISK, tmp_path / "data") == "ok"


OPEN_AS_NOBODY = """
import os, sys
from pathlib import Path
from pipeline.errors import Refusal
from pipeline.store.sqlite import SqliteStore
from tests.contracts.store_contract import a_piece

if os.geteuid() == 0:
    os.setgroups([]); os.setgid(65534); os.setuid(65534)
try:
    store = SqliteStore(Path(sys.argv[1]))
    with store.tx("acme") as t:
        t.add(a_piece())
except Refusal as refused:
    print(refused.code, refused.facts["folder"])
"""


@pytest.mark.skipif(sys.platform == "win32", reason="rights are another matter there")
@pytest.mark.parametrize("rights", ["folder", "file", "absent"])
def test_where_nothing_may_be_written_is_told(tmp_path: Path, rights: str) -> None:
    for folder in (tmp_path, *tmp_path.parents):
        if folder.name.startswith("pytest-"):
            folder.chmod(0o755)  # a way in for nobody
    data = tmp_path / "data"
    a_filled_store(data)
    before = digest(data / FILE)
    if rights == "absent":
        data = tmp_path / "sub" / "data"
        data.parent.mkdir(mode=0o555)
    elif rights == "folder":
        data.chmod(0o555)
    else:
        data.chmod(0o777)
        (data / "store.lock").chmod(0o666)
        (data / FILE).chmod(0o444)
    assert run(OPEN_AS_NOBODY, data) == f"StoreIsReadOnly {data}"
    assert digest(tmp_path / "data" / FILE) == before


def run(program: str, *arguments: object) -> str:
    root = Path(__file__).parents[2]
    environment = {**os.environ, "PYTHONPATH": str(root), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [sys.executable, "-c", program, *map(str, arguments)],
        cwd=root,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.mark.parametrize("name", ["OneDrive - Acme", "Dropbox", "iCloud Drive", "Google Drive", "Nextcloud"])
def test_a_folder_that_another_program_copies_about_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(StoreNeedsLocalDisk) as refused:
        SqliteStore(tmp_path / name / "data")
    assert refused.value.facts["why"] == name
    assert not (tmp_path / name).exists()


def test_a_network_share_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "_file_system", lambda _: "nfs4")
    with pytest.raises(StoreNeedsLocalDisk) as refused:
        SqliteStore(tmp_path / "data")
    assert refused.value.facts["why"] == "nfs4"


def test_whoever_waits_too_long_for_a_writer_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = SqliteStore(tmp_path), SqliteStore(tmp_path)
    monkeypatch.setattr(engine, "PATIENCE_SECONDS", 0.1)
    with one.tx(ACME) as t:
        t.add(a_piece())
        with pytest.raises(StoreIsBusy), other.tx(ACME):
            pass
    with other.tx(ACME) as t:
        t.add(a_piece())
    one.close()
    other.close()


def test_an_error_of_something_else_within_a_unit_stays_what_it_is(store: SqliteStore) -> None:
    for kind in (PermissionError(13, "no"), OSError(28, "full elsewhere"), TimeoutError()):
        with pytest.raises(type(kind)) as raised, store.tx(ACME):
            raise kind
        assert raised.value is kind


@pytest.mark.skipif(sys.platform == "win32", reason="rights are another matter there")
def test_nobody_else_may_read_the_file(store: SqliteStore) -> None:
    with store.tx(ACME) as t:
        t.add(a_piece())
    for name in (FILE, f"{FILE}-wal", f"{FILE}-shm", "store.lock"):
        assert (store.folder / name).stat().st_mode & 0o077 == 0, name
    assert store.folder.stat().st_mode & 0o077 == 0


def test_the_log_stays_small_while_much_is_written(store: SqliteStore) -> None:
    for number in range(60):
        with store.tx(ACME) as t:
            for revision in range(10):
                t.add(a_revision(a_piece(f"{number}"), revision, body="viel " * 4_000))
    assert (store.folder / f"{FILE}-wal").stat().st_size < 12 * 1024 * 1024


# ---------------------------------------------------------------------------------------------------- the audit chain


def test_the_file_itself_refuses_to_change_or_lose_an_entry(tmp_path: Path) -> None:
    a_filled_store(tmp_path)
    with raw(tmp_path) as db:
        for statement in (
            "UPDATE event SET text = '{}'",
            "DELETE FROM event WHERE seq = 2",
            "REPLACE INTO event SELECT ws, seq, subject, 'x', prev, hash FROM event WHERE seq = 2",
        ):
            with pytest.raises(sqlite3.IntegrityError):
                db.execute(statement)
        assert db.execute("SELECT count(*) FROM event").fetchone() == (4,)


@pytest.mark.parametrize("column", ["seq", "prev"])
def test_no_second_entry_can_follow_the_same_one(tmp_path: Path, column: str) -> None:
    a_filled_store(tmp_path)
    fork = {"seq": "2, 'x', '{}', 'another', 'h'", "prev": "9, 'x', '{}', (SELECT prev FROM event WHERE seq = 3), 'h'"}[column]
    insert = f"INSERT INTO event (ws, seq, subject, text, prev, hash) VALUES ('acme', {fork})"
    with raw(tmp_path) as db:
        with pytest.raises(sqlite3.IntegrityError, match="follows the newest"):
            db.execute(insert)
        db.execute("DROP TRIGGER event_no_replace")
        with pytest.raises(sqlite3.IntegrityError, match=f"UNIQUE.*event.{column}"):
            db.execute(insert)


@pytest.mark.parametrize(
    "forgery",
    [
        "UPDATE event SET text = replace(text, 'jonas', 'maria') WHERE seq = 2",
        "DELETE FROM event WHERE seq = 2",
        "UPDATE event SET text = (SELECT text FROM event WHERE seq = 3) WHERE seq = 2",
        "UPDATE event SET seq = 50 - seq",
        "UPDATE event SET hash = 'x' WHERE seq = 4",
        "DELETE FROM event WHERE seq = 1",
    ],
)
def test_who_gets_round_the_guards_is_found_by_the_chain(tmp_path: Path, forgery: str) -> None:
    a_filled_store(tmp_path)
    with raw(tmp_path) as db:
        for trigger in ("event_no_update", "event_no_delete"):
            db.execute(f"DROP TRIGGER {trigger}")
        db.execute(forgery)
    store = SqliteStore(tmp_path)
    with store.read(ACME) as view:
        assert broken_links(view.events()) != []
    store.close()


# ------------------------------------------------------------------------------------------------- shapes and layouts


def test_every_document_says_its_shape(tmp_path: Path) -> None:
    a_filled_store(tmp_path)
    with raw(tmp_path) as db:
        (document,) = db.execute("SELECT doc FROM piece").fetchone()
    assert json.loads(document)["schema"] == Piece.schema_number


def test_every_kind_of_record_has_its_table_with_its_columns(store: SqliteStore) -> None:
    for kind, columns in COLUMNS.items():
        names = [row[1] for row in store._writer.execute(f"PRAGMA table_info({kind})")]
        assert names == ["ws", "id", "version", *columns, "doc"], kind
    tables = {row[0] for row in store._writer.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    assert tables == {*COLUMNS, "event"}


EXAMPLES = {1: (OF_THE_INSTALLATION, OF_THE_CLIENT), 2: (make_schema_2.INSTALLATION, make_schema_2.OF_THE_CLIENT)}


def opened(layout: int, folder: Path) -> SqliteStore:
    folder.mkdir()
    shutil.copyfile(Path(__file__).with_name(f"schema_{layout}.sqlite"), folder / FILE)
    return SqliteStore(folder)


@pytest.fixture(params=EXAMPLES)
def earlier(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SqliteStore]:
    """A file of an earlier layout, opened today."""
    store = opened(request.param, tmp_path / "earlier")
    yield store
    store.close()


def test_the_examples_have_every_kind_there_is() -> None:
    """Kinds that came later are tried with the example of their layout."""
    came = {Proposal, PhaseChange, Acknowledgement, ExitItem, Protocol}
    kinds = {layout: {type(record) for part in parts for record in part} for layout, parts in EXAMPLES.items()}
    assert kinds == {1: set(RECORDS) - came, 2: set(RECORDS)}
    assert max(EXAMPLES) == SCHEMA


@pytest.mark.parametrize("layout", EXAMPLES)
def test_every_layout_opens_for_ever(layout: int, tmp_path: Path) -> None:
    store = opened(layout, tmp_path / "earlier")
    with store.read() as view:
        for ws, records in zip(("", "acme"), EXAMPLES[layout], strict=True):
            for record in records:
                assert view.of(ws).get(type(record), record.id) == record.model_copy(update={"version": 1})
    store.close()


def test_an_earlier_layout_keeps_its_chains_and_can_be_written(earlier: SqliteStore) -> None:
    assert earlier.check() == []
    for ws in ("", "acme", "beta"):
        with earlier.tx(ws) as t:
            t.append("x", actor="y", subject="z", at=NOON)
            assert broken_links(t.events()) == []
            assert len(list(t.events())) == 4
    with earlier.tx("acme") as t:
        t.put(t.get(Piece, "piece").model_copy(update={"title": "heute"}))


def test_a_brought_up_layout_is_the_same_as_a_fresh_one(earlier: SqliteStore, store: SqliteStore) -> None:
    layouts = [
        sorted(one._writer.execute("SELECT type, name, tbl_name, sql FROM sqlite_master").fetchall(), key=str)
        for one in (earlier, store)
    ]
    assert layouts[0] == layouts[1]


def test_a_step_that_fails_leaves_the_layout_before_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    a_filled_store(tmp_path)

    def half(db: sqlite3.Connection) -> None:
        db.execute("ALTER TABLE piece ADD COLUMN more TEXT")
        raise RuntimeError("half way")

    monkeypatch.setattr("pipeline.store.migrations.MIGRATIONS", (*MIGRATIONS, half))
    with pytest.raises(RuntimeError, match="half way"):
        SqliteStore(tmp_path)
    monkeypatch.undo()
    store = SqliteStore(tmp_path)
    assert store.check() == []
    with store.read(ACME) as view:
        assert len(view.page(Piece)) == 1
    store.close()


def test_steps_run_once_and_are_counted() -> None:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as db:
        assert migrate(db) == [step.__name__ for step in MIGRATIONS]
        assert migrate(db) == []
        assert db.execute("PRAGMA user_version").fetchone() == (SCHEMA,)


def test_refusals_name_the_folder_a_person_can_look_into(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file, no folder")
    with pytest.raises(Refusal) as refused:
        SqliteStore(tmp_path / "data")
    assert isinstance(refused.value, StoreIsReadOnly)
    assert refused.value.facts == {"folder": str(tmp_path / "data")}
