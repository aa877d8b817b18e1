"""A backup is one file that holds everything of one moment, or there is none."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.errors import AlreadyThere, BackupFailed, FileNotFound, Refusal
from pipeline.records import Client, Piece, iso
from pipeline.store import backup
from pipeline.store.backup import make_backup
from pipeline.store.base import Store
from pipeline.store.blobs import Blobs
from pipeline.store.chain import broken_links
from pipeline.store.sqlite import FILE, SqliteStore
from tests.contracts.store_contract import NOON, a_client, a_piece


@pytest.fixture
def store(tmp_path: Path) -> SqliteStore:
    made = SqliteStore(tmp_path / "data")
    with made.tx() as t:
        client = t.add(a_client("acme"))
        inside = t.of(client.id)
        piece = inside.add(a_piece())
        inside.append("piece.add", actor="jonas", subject=piece.id, at=NOON)
    return made


@pytest.fixture
def blobs(tmp_path: Path) -> Blobs:
    return Blobs(tmp_path / "data" / "media")


@pytest.fixture
def target(tmp_path: Path) -> Path:
    (tmp_path / "backups").mkdir()
    return tmp_path / "backups" / "heute.zip"


def test_what_was_backed_up_opens_as_a_store_with_its_images(
    store: SqliteStore, blobs: Blobs, target: Path, tmp_path: Path
) -> None:
    digest = blobs.keep(b"an image")
    made = make_backup(store, blobs, target, now=NOON)
    with zipfile.ZipFile(target) as archive:
        assert sorted(archive.namelist()) == ["manifest.json", f"media/{digest}", FILE]
        assert archive.read(f"media/{digest}") == b"an image"
        archive.extract(FILE, tmp_path / "restored")
        manifest = json.loads(archive.read("manifest.json"))
    restored = SqliteStore(tmp_path / "restored")
    assert restored.check() == []
    with restored.read() as view:
        (client,) = view.page(Client)
        inside = view.of(client.id)
        assert [one.title for one in inside.page(Piece)] == ["Übergabe"]
        (event,) = inside.events()
        assert broken_links([event]) == []
    restored.close()
    told = {"made_at": iso(NOON), "clients": 1, "pieces": 1, "audit_heads": {"acme": event.hash}}
    assert {name: manifest[name] for name in told} == told
    assert made == {**told, "bytes": target.stat().st_size}
    assert list(target.parent.iterdir()) == [target]


def test_an_existing_file_is_never_written_over(store: SqliteStore, blobs: Blobs, target: Path) -> None:
    target.write_bytes(b"yesterday's")
    with pytest.raises(AlreadyThere) as refused:
        make_backup(store, blobs, target, now=NOON)
    assert refused.value.facts == {"what": "file", "name": str(target)}
    assert target.read_bytes() == b"yesterday's"


def test_a_folder_that_is_not_there_is_told(store: SqliteStore, blobs: Blobs, tmp_path: Path) -> None:
    with pytest.raises(FileNotFound) as refused:
        make_backup(store, blobs, tmp_path / "nowhere" / "x.zip", now=NOON)
    assert refused.value.facts == {"name": str(tmp_path / "nowhere")}


def flip_a_byte(zip_it: Callable[..., None]) -> Callable[..., None]:
    def spoilt(file: Path, *given: object) -> None:
        zip_it(file, *given)
        with zipfile.ZipFile(file) as archive:
            member = archive.getinfo(FILE)
            begin = member.header_offset + 200
        data = bytearray(file.read_bytes())
        data[begin : begin + 20] = b"\x00" * 20
        file.write_bytes(data)

    return spoilt


def test_a_copy_that_does_not_read_back_is_thrown_away(
    store: SqliteStore, blobs: Blobs, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backup, "_zip", flip_a_byte(backup._zip))
    with pytest.raises(BackupFailed):
        make_backup(store, blobs, target, now=NOON)
    assert list(target.parent.iterdir()) == []


@pytest.mark.parametrize("kind", [BackupFailed, KeyboardInterrupt])
def test_whatever_breaks_off_leaves_nothing_behind(
    store: SqliteStore, blobs: Blobs, target: Path, monkeypatch: pytest.MonkeyPatch, kind: type[BaseException]
) -> None:
    def broken(_: Store, to: Path) -> None:
        to.write_bytes(b"half")
        raise kind

    monkeypatch.setattr(SqliteStore, "backup", broken)
    with pytest.raises(kind):
        make_backup(store, blobs, target, now=NOON)
    assert list(target.parent.iterdir()) == []


def test_a_copy_with_fewer_entries_than_the_store_is_no_backup(
    store: SqliteStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "pipeline.store.sqlite._counts", lambda connection, seen=[]: seen.append(1) or {"event": [3, 0][len(seen) - 1]}
    )
    with pytest.raises(BackupFailed) as refused:
        store.backup(tmp_path / "copy")
    assert refused.value.facts["reason"] == "count"
    assert not (tmp_path / "copy").exists()


def test_a_backup_does_not_disturb_the_store(store: SqliteStore, blobs: Blobs, target: Path) -> None:
    with store.read() as view:
        make_backup(store, blobs, target, now=NOON)
        assert len(view.page(Client)) == 1
    assert store.check() == []


def test_an_image_is_kept_once_under_its_hash(blobs: Blobs) -> None:
    first, again = blobs.keep(b"bytes"), blobs.keep(b"bytes")
    assert first == again
    assert blobs.bytes_of(first) == b"bytes"
    assert [file.name for file in blobs.folder.rglob("*") if file.is_file()] == [first]


@pytest.mark.parametrize("name", ["0" * 64, "../../etc/passwd", "", "A" * 64])
def test_an_image_that_is_not_there_is_unknown(blobs: Blobs, name: str) -> None:
    with pytest.raises(Refusal) as refused:
        blobs.bytes_of(name)
    assert refused.value.code == "Unknown"
