"""Everything of an installation in one new zip file: the database as one consistent copy, the images, and what must be in it.

Secrets stay encrypted in the database; the key ring is not part of a backup and has to be kept apart.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
import zipfile
import zlib
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from pipeline.errors import AlreadyThere, BackupFailed, FileNotFound
from pipeline.records import Client, Piece, iso
from pipeline.store.base import Store
from pipeline.store.blobs import Blobs, sync_folder
from pipeline.store.sqlite import FILE, copy_at, sync_file, told_plainly


def make_backup(store: Store, blobs: Blobs, to: Path, *, now: datetime) -> Mapping[str, object]:
    """Raises BackupFailed when the file exists or the copy does not pass its check; then nothing is left behind."""
    if to.exists():
        raise AlreadyThere(what="file", name=str(to))
    if not to.parent.is_dir():
        raise FileNotFound(name=str(to.parent))
    unfinished = to.with_name(f".{to.name}.new")
    with told_plainly(to.parent):
        try:
            with tempfile.TemporaryDirectory(dir=to.parent, prefix=".backup-") as folder:
                copy = Path(folder) / FILE
                store.backup(copy)
                manifest = _manifest(copy, now)
                _zip(unfinished, copy, blobs, manifest)
            _verify(unfinished)
            sync_file(unfinished)
            unfinished.replace(to)
            sync_folder(to.parent)
        finally:
            unfinished.unlink(missing_ok=True)
    return {**manifest, "bytes": to.stat().st_size}


def _manifest(copy: Path, now: datetime) -> dict[str, object]:
    """What is in the copy, read from it: the store itself has moved on."""
    pieces, heads = 0, {}
    with copy_at(copy) as view:
        clients = view.page(Client, limit=100_000)
        for client in clients:
            inside = view.of(client.id)
            pieces += sum(inside.tally(Piece, "stage").values())
            heads[client.slug] = next((event.hash for event in inside.events(descending=True, limit=1)), "")
    return {"made_at": iso(now), "clients": len(clients), "pieces": pieces, "audit_heads": heads}


def _zip(target: Path, database: Path, blobs: Blobs, manifest: Mapping[str, object]) -> None:
    sums = {}
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, allowZip64=True) as archive:
        for file, name in [(database, FILE), *((one, f"media/{one.name}") for one in _images(blobs))]:
            sums[name] = _sum(file)
            archive.write(file, name)
        archive.writestr("manifest.json", json.dumps({**manifest, "sha256": sums}, indent=1, sort_keys=True))


def _images(blobs: Blobs) -> list[Path]:
    return sorted(file for file in blobs.folder.glob("??/*") if len(file.name) == 64)


def _sum(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def _verify(archive_file: Path) -> None:
    """Read back every byte."""
    with zipfile.ZipFile(archive_file) as archive:
        for name, expected in json.loads(archive.read("manifest.json"))["sha256"].items():
            if _sum_within(archive, name) != expected:
                raise BackupFailed(file=str(archive_file), reason=name)


def _sum_within(archive: zipfile.ZipFile, name: str) -> str:
    """Empty when it cannot be read back."""
    try:
        with archive.open(name) as member:
            return hashlib.file_digest(member, "sha256").hexdigest()  # type: ignore[arg-type]  # it reads like a file
    except (zipfile.BadZipFile, zlib.error, EOFError):
        return ""
