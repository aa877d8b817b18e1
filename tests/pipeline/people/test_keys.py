import os
import stat
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from pipeline.errors import KeysAreMissing, KeysAreUnreadable, KeysAreUnsafe, KeysDoNotFit, Refusal, StoreIsReadOnly
from pipeline.messages import Say
from pipeline.people import keys
from pipeline.people.keys import KeyRing, open_key_ring

posix = pytest.mark.skipif(os.name != "posix", reason="file modes are a POSIX thing")


def a_key() -> str:
    return Fernet.generate_key().decode()


def a_file(place: Path, text: str, mode: int = 0o600) -> Path:
    place.write_text(text, "utf-8")
    place.chmod(mode)
    return place


def test_the_first_key_closes_and_every_key_opens() -> None:
    old, new = a_key(), a_key()
    wrapped_before = KeyRing([old]).wrap(b"x")
    ring = open_key_ring(f"{new},\n {old}", None, make=False)
    assert ring.unwrap(wrapped_before) == b"x"
    assert KeyRing([new]).unwrap(ring.wrap(b"x")) == b"x"
    with pytest.raises(KeysDoNotFit):
        KeyRing([old]).unwrap(ring.wrap(b"x"))


@posix
def test_a_new_key_ring_is_for_its_owner_alone(tmp_path: Path) -> None:
    file = tmp_path / "settings" / "keys"
    ring = open_key_ring(str(file), tmp_path / "data", make=True)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert list(file.parent.iterdir()) == [file]
    assert open_key_ring(str(file), tmp_path / "data", make=False).unwrap(ring.wrap(b"x")) == b"x"


def test_an_existing_key_ring_is_never_written(tmp_path: Path) -> None:
    file = a_file(tmp_path / "keys", a_key())
    before = file.read_bytes()
    open_key_ring(str(file), None, make=True)
    a_file(file, "no key at all")
    with pytest.raises(KeysAreUnreadable):
        open_key_ring(str(file), None, make=True)
    assert before != file.read_bytes() == b"no key at all"


def test_several_processes_that_start_at_once_use_one_key_ring(tmp_path: Path) -> None:
    file = str(tmp_path / "keys")
    with ThreadPoolExecutor(8) as people:
        rings = list(people.map(lambda _: open_key_ring(file, None, make=True), range(8)))
    assert {ring.unwrap(rings[0].wrap(b"x")) for ring in rings} == {b"x"}


def test_a_missing_key_ring_is_said_with_its_file_and_not_made(tmp_path: Path) -> None:
    with pytest.raises(KeysAreMissing) as refused:
        open_key_ring(str(tmp_path / "keys"), None, make=False)
    assert refused.value.facts == {"file": str(tmp_path / "keys")}
    assert list(tmp_path.iterdir()) == []


def test_without_a_setting_the_key_ring_lies_with_the_persons_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keys, "user_config_dir", lambda name: str(tmp_path / name))
    open_key_ring(None, tmp_path / "data", make=True)
    assert (tmp_path / "staffelstab" / "keys").exists()


@pytest.mark.parametrize("make", [True, False])
def test_a_key_ring_beside_the_data_is_refused(tmp_path: Path, make: bool) -> None:
    data = tmp_path / "data"
    data.mkdir()
    file = data / "inner" / ".." / "keys"
    with pytest.raises(KeysAreUnsafe) as refused:
        open_key_ring(str(file), data, make=make)
    assert "Datenordner" in Say("de")(refused.value)
    assert list(data.iterdir()) == []


@posix
def test_a_link_into_the_data_folder_is_refused_too(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    a_file(tmp_path / "data" / "keys", a_key())
    (tmp_path / "keys").symlink_to(tmp_path / "data" / "keys")
    with pytest.raises(KeysAreUnsafe):
        open_key_ring(str(tmp_path / "keys"), tmp_path / "data", make=False)


@posix
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o610])
def test_a_key_ring_that_others_may_read_is_refused(tmp_path: Path, mode: int) -> None:
    with pytest.raises(KeysAreUnsafe) as refused:
        open_key_ring(str(a_file(tmp_path / "keys", a_key(), mode)), None, make=False)
    assert "chmod 600" in Say("en")(refused.value)


@pytest.mark.parametrize("typed", [a_key()[:-1], f"{a_key()},{a_key()[:-2]}x", a_key().replace("=", "")])
def test_a_mistyped_key_is_no_file_name_and_stands_in_no_message(typed: str) -> None:
    with pytest.raises(KeysAreUnreadable) as refused:
        open_key_ring(typed, None, make=True)
    assert refused.value.facts == {"file": "STAFFELSTAB_KEYS"}


@contextmanager
def without_roots_powers() -> Iterator[None]:
    """Root may write everywhere; as nobody, the modes of files count."""
    was = os.geteuid()
    if was == 0:
        os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(was)


@posix
def test_a_place_that_cannot_be_written_is_said() -> None:
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o555)
        with without_roots_powers(), pytest.raises(StoreIsReadOnly):
            open_key_ring(str(Path(folder) / "keys"), None, make=True)


def test_a_file_where_a_folder_should_be_is_said(tmp_path: Path) -> None:
    (tmp_path / "settings").write_text("x")
    with pytest.raises(Refusal):
        open_key_ring(str(tmp_path / "settings" / "keys"), None, make=True)


def test_a_key_ring_does_not_show_its_keys() -> None:
    key = a_key()
    assert key not in f"{KeyRing([key])!r} {KeyRing([key])}"
