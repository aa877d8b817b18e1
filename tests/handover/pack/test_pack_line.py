"""The pack by command line, from one machine to another."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.handover.pack.packed import files_of
from tests.line import JONAS, MARIA, SANDER, Line, a_line


@pytest.fixture
def here(tmp_path: Path) -> Line:
    (tmp_path / "here").mkdir()
    return a_line(tmp_path / "here")


@pytest.fixture
def there(tmp_path: Path) -> Line:
    """A machine on which nothing was ever done."""
    (tmp_path / "there").mkdir()
    return Line(tmp_path / "there")


def exported(here: Line, to: Path, *more: object) -> dict[str, object]:
    return here.do("handover", "export", "--to", to, *more, by=SANDER)


def test_a_client_goes_from_one_machine_to_a_new_one(here: Line, there: Line, tmp_path: Path) -> None:
    piece = here.an_approved_piece()
    made = exported(here, tmp_path / "pack.zip", "--move-to", "Server der Müller & Söhne GmbH")
    assert (made["pieces"], made["moved"]) == (1, True)
    checked = there.do("handover", "verify", tmp_path / "pack.zip")
    assert (checked["ok"], checked["problems"], checked["audit_head"]) == (True, [], made["audit_head"])
    taken = there.do("handover", "import", tmp_path / "pack.zip")
    assert (taken["client"], taken["pieces"], taken["known_accounts"]) == ("mueller", 1, [])
    assert {one["email"] for one in taken["people"]} == {SANDER, MARIA, JONAS}
    assert there.do("piece", "show", piece)["stage"] == "approved"
    assert there.do("audit", "verify")["ok"]


def test_the_channel_publishes_at_the_new_place_and_no_longer_at_the_old(here: Line, there: Line, tmp_path: Path) -> None:
    piece = here.an_approved_piece()
    exported(here, tmp_path / "pack.zip", "--move-to", "dort")
    there.do("handover", "import", tmp_path / "pack.zip")
    for line, code in ((here, "ChannelMoved"), (there, "ChannelNotReconnected")):
        assert line.refused("piece", "publish", piece, by=SANDER)["code"] == "MayNotPublish"
        (shown,) = line.do("channel", "list", by=SANDER)["channels"]
        assert [one["code"] for one in shown["problems"]] == [code]
    connected = there.do("channel", "reconnect", "--channel", "blog", by=MARIA)
    assert (connected["channel"], connected["asked"]) == ("blog", [])
    there.do("piece", "publish", piece, by=SANDER)
    assert len(there.do("worker", "--once")["confirmed"]) == 1


def test_taking_a_move_back_is_the_owners(here: Line, tmp_path: Path) -> None:
    exported(here, tmp_path / "pack.zip", "--move-to", "dort")
    assert here.refused("handover", "undo-move", by=SANDER)["code"] == "NotAllowed"
    assert here.do("handover", "undo-move", by=MARIA) == {"channels": ["blog"]}


def test_a_pack_that_does_not_hold_is_told_with_exit_1(here: Line, there: Line, tmp_path: Path) -> None:
    exported(here, tmp_path / "pack.zip")
    whole = (tmp_path / "pack.zip").read_bytes()
    (tmp_path / "pack.zip").write_bytes(whole[: len(whole) // 2])
    ran = there.run("handover", "verify", tmp_path / "pack.zip", "--json")
    assert (ran.code, ran.data["ok"], ran.data["error"]["code"]) == (1, False, "NotAZip")
    assert "Zip-Datei" in there.run("handover", "verify", tmp_path / "pack.zip").out
    there.do("init")
    assert there.refused("handover", "import", tmp_path / "pack.zip")["code"] == "PackDoesNotHold"
    assert there.do("client", "list")["clients"] == []


def test_verifying_needs_no_store_and_makes_none(here: Line, there: Line, tmp_path: Path) -> None:
    exported(here, tmp_path / "pack.zip")
    there.do("handover", "verify", tmp_path / "pack.zip")
    assert list(there.folder.iterdir()) == []


def test_importing_twice_is_refused(here: Line, there: Line, tmp_path: Path) -> None:
    exported(here, tmp_path / "pack.zip")
    there.do("handover", "import", tmp_path / "pack.zip")
    assert there.refused("handover", "import", tmp_path / "pack.zip")["code"] == "AlreadyThere"
    assert here.refused("handover", "import", tmp_path / "pack.zip")["code"] == "AlreadyThere"


def test_an_english_client_gets_english_pages(there: Line, tmp_path: Path) -> None:
    there.do("init")
    there.do("client", "add", "--name", "Hill Ltd", "--slug", "hill", "--language", "en", "--consultant", f"Sander <{SANDER}>")
    there.do("handover", "export", "--to", tmp_path / "pack.zip", by=SANDER)
    page = files_of(tmp_path / "pack.zip")["index.html"].decode()
    assert '<html lang="en">' in page
    assert "Hand-over pack" in page
    assert json.loads(files_of(tmp_path / "pack.zip")["manifest.json"])["client"]["slug"] == "hill"
