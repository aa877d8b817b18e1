"""The installation's key ring: what opens every client's data key (vault.py). It never lies beside the data it protects."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from platformdirs import user_config_dir

from pipeline.errors import KeysAreMissing, KeysAreUnreadable, KeysAreUnsafe, KeysDoNotFit, StoreIsReadOnly

SETTING = "STAFFELSTAB_KEYS"
KEY_LIKE = re.compile(r"[A-Za-z0-9_=-]{30,}")
HEAD = "# Key ring, newest key first. Without it no stored credential can be read: keep a copy apart from the data.\n"


class KeyDanger(StrEnum):
    """Why a key ring is refused."""

    BESIDE_THE_DATA = "beside_the_data"
    READABLE_BY_OTHERS = "readable_by_others"


class KeyRing:
    """Fernet keys, newest first: the first one closes, all of them open."""

    def __init__(self, keys: Sequence[str]) -> None:
        self._newest = Fernet(keys[0])
        self._all = MultiFernet([Fernet(key) for key in keys])

    def __repr__(self) -> str:
        return "KeyRing(***)"

    def wrap(self, key: bytes) -> str:
        return self._newest.encrypt(key).decode()

    def unwrap(self, wrapped: str) -> bytes:
        try:
            return self._all.decrypt(wrapped)
        except (InvalidToken, ValueError) as unfit:
            raise KeysDoNotFit() from unfit

    def has_newest(self, wrapped: str) -> bool:
        """Whether the newest key alone opens it."""
        try:
            self._newest.decrypt(wrapped)
        except InvalidToken:
            return False
        return True


def default_file() -> Path:
    return Path(user_config_dir("staffelstab")) / "keys"


def open_key_ring(value: str | None, data_folder: Path | None, make: bool) -> KeyRing:
    """The key ring of this installation.

    value        keys separated by commas or blanks, newest first; or a file that holds them; None: the default file
    data_folder  where the store keeps its files; None when it keeps none on this machine
    make         make the file when it is not there; an existing one is never written
    Raises       KeysAreMissing, KeysAreUnsafe, KeysAreUnreadable
    """
    if value and (keys := _keys_in(value)):
        return KeyRing(keys)
    if value and any(KEY_LIKE.fullmatch(part) for part in _parts(value)):
        raise KeysAreUnreadable(file=SETTING)  # a mistyped key; its letters belong in no message
    file = Path(value).expanduser() if value else default_file()
    _refuse_beside_the_data(file, data_folder)
    if not file.exists():
        if not make:
            raise KeysAreMissing(file=str(file))
        _make(file)
    return KeyRing(_read(file))


def _refuse_beside_the_data(file: Path, data_folder: Path | None) -> None:
    if data_folder is None:
        return
    folder = data_folder.resolve()
    if any(place.is_relative_to(folder) for place in (file.absolute(), file.resolve())):
        raise KeysAreUnsafe(file=str(file), why=KeyDanger.BESIDE_THE_DATA)


def _read(file: Path) -> list[str]:
    try:
        if os.name == "posix" and file.stat().st_mode & 0o077:
            raise KeysAreUnsafe(file=str(file), why=KeyDanger.READABLE_BY_OTHERS)
        text = file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as unread:
        raise KeysAreUnreadable(file=str(file)) from unread
    keys = _keys_in("\n".join(line for line in text.splitlines() if not line.startswith("#")))
    if not keys:
        raise KeysAreUnreadable(file=str(file))
    return keys


def _make(file: Path) -> None:
    """Whole or not at all, and never over another's: a hard link fails where a name is taken."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle, temporary = tempfile.mkstemp(dir=file.parent, prefix=".keys-")  # mode 0600
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as new:
                new.write(f"{HEAD}{Fernet.generate_key().decode()}\n")
                new.flush()
                os.fsync(new.fileno())
            os.link(temporary, file)
        finally:
            Path(temporary).unlink()
    except FileExistsError:
        return  # another process was quicker: its keys count
    except OSError as refused:
        raise StoreIsReadOnly(folder=str(file.parent)) from refused


def _parts(value: str) -> list[str]:
    return [part for part in re.split(r"[\s,]+", value) if part]


def _keys_in(value: str) -> list[str]:
    """The keys, or none at all when anything else stands between them."""
    parts = _parts(value)
    try:
        for part in parts:
            Fernet(part)
    except ValueError:
        return []
    return parts
