"""A pack made on one store and taken in on another: the two differ in nothing but what must differ."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from handover.pack import verifier
from handover.pack.contents import LEFT_BEHIND, RECORDS_OF_CLIENT, packed, records_of
from handover.pack.take_in import take_in
from handover.pack.verifier import verify
from pipeline.desk.people import add_client
from pipeline.records import RECORDS, Account, Channel, Client, Phase, Record, Stage
from tests.handover.pack.packed import a_busy_house, another_house, files_of, taken_in, the_desk, the_pack
from tests.house import AHouse, a_house

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory) -> tuple[AHouse, Path]:
    folder = tmp_path_factory.mktemp("busy")
    at = a_busy_house(folder)
    the_pack(at, folder / "pack.zip")
    return at, folder / "pack.zip"


def test_every_kind_of_record_is_packed_or_left_behind_on_purpose() -> None:
    assert set(RECORDS_OF_CLIENT) | LEFT_BEHIND == {one.kind for one in RECORDS}
    assert not set(RECORDS_OF_CLIENT) & LEFT_BEHIND
    assert tuple(RECORDS_OF_CLIENT) == verifier.KINDS


def test_export_import_export_gives_the_same_bytes(busy: tuple[AHouse, Path], tmp_path: Path) -> None:
    at, first = busy
    house, _ = taken_in(at, first, tmp_path / "there")
    second = tmp_path / "second.zip"
    the_pack(at, second, house=house)
    assert files_of(second) == files_of(first)
    assert second.read_bytes() == first.read_bytes()


def test_it_is_the_same_from_another_process_on_another_day(busy: tuple[AHouse, Path], tmp_path: Path) -> None:
    """By command line, under another clock, time zone and order of hashing."""
    at, first = busy
    environment = {
        "PATH": os.environ["PATH"],
        "STAFFELSTAB_STORE": str(tmp_path / "data"),
        "STAFFELSTAB_KEYS": str(tmp_path / "keys"),
        "STAFFELSTAB_AS": at.maria.email,
        "PYTHONPATH": str(ROOT),
        "TZ": "Asia/Tokyo",
        "PYTHONHASHSEED": "7",
    }
    for words in (["import", str(first)], ["export", "--to", str(tmp_path / "second.zip")]):
        done = subprocess.run(
            [sys.executable, "-m", "handover.command", "handover", *words, "--json"],
            env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done
    assert (tmp_path / "second.zip").read_bytes() == first.read_bytes()


def test_who_exports_and_when_makes_no_difference(tmp_path: Path) -> None:
    at = a_house(tmp_path)
    at.a_piece_in_review()
    the_pack(at, tmp_path / "a.zip")
    at.clock.ahead(days=3)
    the_desk(at, at.maria).export(tmp_path / "b.zip")
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()


@pytest.mark.parametrize("kind", RECORDS_OF_CLIENT.values(), ids=RECORDS_OF_CLIENT)
def test_the_records_there_are_those_here(kind: type[Record], busy: tuple[AHouse, Path], tmp_path: Path) -> None:
    at, pack = busy
    house, _ = taken_in(at, pack, tmp_path / "there")
    with at.house.store.read(at.client.id) as here, house.store.read(at.client.id) as there:
        ours, theirs = ([packed(one) for one in records_of(reader, kind)] for reader in (here, there))
    assert [one.model_dump() for one in ours] == [one.model_dump() for one in theirs]


def test_the_busy_house_has_something_of_almost_everything(busy: tuple[AHouse, Path]) -> None:
    """What the round trip does not see it cannot lose."""
    at, pack = busy
    told = json.loads(files_of(pack)["manifest.json"])["records"]
    assert {kind for kind, one in told.items() if not one["count"]} <= {
        "source", "brief", "draft", "media", "orphan", "acknowledgement", "exit_item", "protocol",
    }  # fmt: skip
    stages = set(the_desk(at, at.sander).counts())
    assert stages >= {Stage.DRAFT, Stage.REVIEW, Stage.PUBLISHED, Stage.WITHDRAWN}


def test_the_audit_chain_comes_byte_for_byte_and_holds(busy: tuple[AHouse, Path], tmp_path: Path) -> None:
    at, pack = busy
    house, taken = taken_in(at, pack, tmp_path / "there")
    with at.house.store.read(at.client.id) as here, house.store.read(at.client.id) as there:
        assert list(here.events()) == list(there.events())
    checked = the_desk(at, at.sander, house).verify_audit()
    assert (checked.head, list(checked.broken)) == (taken.audit_head, [])


def test_the_chain_goes_on_where_it_came_to(busy: tuple[AHouse, Path], tmp_path: Path) -> None:
    at, pack = busy
    house, taken = taken_in(at, pack, tmp_path / "there")
    desk = the_desk(at, at.jonas, house)
    desk.add_piece("blog", title="Nach dem Umzug", body="Ein neuer Text.")
    assert desk.events(limit=1)[0].prev == taken.audit_head
    the_pack(at, tmp_path / "again.zip", house=house)
    assert verify(tmp_path / "again.zip").ok


def test_the_import_stands_in_the_installations_chain_only(busy: tuple[AHouse, Path], tmp_path: Path) -> None:
    at, pack = busy
    house, taken = taken_in(at, pack, tmp_path / "there")
    with house.store.read() as view:
        newest = next(iter(view.events(descending=True)))
    assert (newest.act, newest.subject) == ("client.import", at.client.id)
    assert newest.details == {"entries": taken.entries, "head": taken.audit_head, "pieces": taken.pieces, "moved": False}


def test_phases_settings_and_offices_come_along_and_channels_are_off(busy: tuple[AHouse, Path], tmp_path: Path) -> None:
    at, pack = busy
    house, _ = taken_in(at, pack, tmp_path / "there")
    blog = next(one.channel for one in the_desk(at, at.sander, house).channels() if one.channel.slug == "blog")
    assert (blog.phase, blog.owner, blog.settings) == (Phase.MITMACHEN, at.maria.id, at.channel.settings)
    assert blog.off is not None
    assert (blog.off.why, blog.secret) == ("copied", None)


def test_people_of_the_pack_have_accounts_without_password(busy: tuple[AHouse, Path], tmp_path: Path) -> None:
    at, pack = busy
    house, taken = taken_in(at, pack, tmp_path / "there")
    with house.store.read() as view:
        accounts = {one.email: one for one in view.page(Account, limit=100)}
    assert set(accounts) == {one.email for one in taken.people}
    assert "kai@mueller.example" not in accounts  # who left gets none
    assert not any(one.password_hash for one in accounts.values())
    assert taken.known_accounts == []


def test_an_address_that_signs_in_here_already_is_named(busy: tuple[AHouse, Path], tmp_path: Path) -> None:
    at, pack = busy
    house = another_house(tmp_path / "there", at)
    add_client(house, name="Andere AG", slug="andere", consultant="Sander Vogt <sander@beratung.example>")
    taken = take_in(house, pack)
    assert taken.known_accounts == [at.sander.email]
    with house.store.read() as view:
        assert {one.slug for one in view.page(Client, limit=10)} == {"mueller", "andere"}


def test_no_secret_and_no_sign_of_one_is_in_the_pack(tmp_path: Path) -> None:
    at = a_house(tmp_path)
    canary = "Kanarienvogel-7f3a-9b1c"
    desk = the_desk(at, at.sander)
    settings = {"url": "https://www.mueller.example", "user": "redaktion"}
    desk.add_channel(name="WP", slug="wp", outlet="wordpress", owner=at.maria.email, settings=settings, secret=canary)
    the_pack(at, tmp_path / "pack.zip")
    everything = b"".join(files_of(tmp_path / "pack.zip").values())
    assert canary.encode() not in everything
    channel = next(
        json.loads(one) for one in files_of(tmp_path / "pack.zip")["data/channel-0001.jsonl"].splitlines() if b"wp" in one
    )
    assert channel["secret"]["ending"] == ""
    assert channel["secret"]["by"] == at.sander.id


def test_who_brought_a_credential_survives_the_way(tmp_path: Path) -> None:
    at = a_house(tmp_path)
    settings = {"url": "https://www.mueller.example", "user": "redaktion"}
    the_desk(at, at.sander).add_channel(
        name="WP", slug="wp", outlet="wordpress", owner=at.maria.email, settings=settings, secret="abcd efgh ijkl mnop"
    )
    the_pack(at, tmp_path / "first.zip")
    house, _ = taken_in(at, tmp_path / "first.zip", tmp_path / "there")
    with house.store.read(at.client.id) as view:
        channel = view.page(Channel, {"slug": "wp"}, limit=1)[0]
    assert channel.secret is None
    assert channel.off is not None
    assert channel.off.credential is not None
    assert (channel.off.credential.by, channel.off.credential.ending) == (at.sander.id, "")
    the_pack(at, tmp_path / "second.zip", house=house)
    assert (tmp_path / "first.zip").read_bytes() == (tmp_path / "second.zip").read_bytes()
