"""What a pack must not be: damaged, changed, of another time, or made to harm. Each is told, and nothing is taken in."""

from __future__ import annotations

import json
import os
import resource
import stat
import struct
import subprocess
import sys
import threading
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from handover.pack import verifier
from handover.pack.take_in import take_in
from handover.pack.verifier import SENTENCES, canonical, sha256, verify
from pipeline import errors
from pipeline.messages import Say, gaps
from pipeline.records import Client
from tests.handover.pack.packed import (
    Files,
    a_busy_house,
    another_house,
    codes,
    codes_of,
    files_of,
    lines,
    packed_again,
    the_desk,
    the_pack,
    with_changed,
    with_lines,
    with_right_sums,
)
from tests.house import AHouse


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> tuple[AHouse, Path]:
    folder = tmp_path_factory.mktemp("good")
    at = a_busy_house(folder)
    the_pack(at, folder / "pack.zip")
    return at, folder / "pack.zip"


@pytest.fixture
def files(good: tuple[AHouse, Path]) -> Files:
    return files_of(good[1])


def refused(at: AHouse, pack: Path, folder: Path) -> errors.PackDoesNotHold:
    """The import says no, in words, and leaves an empty house."""
    house = another_house(folder, at)
    with pytest.raises(errors.PackDoesNotHold) as told:
        take_in(house, pack)
    with house.store.read() as view:
        assert view.page(Client, limit=1) == []
        assert [event.act for event in view.events()] == ["installation.make"]
    for language in ("de", "en"):
        sentence = Say(language)(told.value)
        assert "{" not in sentence
        assert len(sentence) > 60
    return told.value


# ------------------------------------------------------------------------------------------------------- the container


def test_a_file_that_is_no_zip_is_told(good: tuple[AHouse, Path], tmp_path: Path) -> None:
    file = tmp_path / "pack.zip"
    file.write_text("Das ist kein Paket. " * 500)
    assert codes(verify(file)) == {"NotAZip"}
    refused(good[0], file, tmp_path / "there")


def test_an_empty_file_and_none_at_all_are_told(tmp_path: Path) -> None:
    (tmp_path / "empty.zip").touch()
    assert codes(verify(tmp_path / "empty.zip")) == {"NotAZip"}
    assert codes(verify(tmp_path / "none.zip")) == {"NotThere"}


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.99, 0.9999])
def test_a_truncated_pack_is_told(share: float, good: tuple[AHouse, Path], tmp_path: Path) -> None:
    whole = good[1].read_bytes()
    (tmp_path / "pack.zip").write_bytes(whole[: int(len(whole) * share)])
    assert codes(verify(tmp_path / "pack.zip")) == {"NotAZip"}


def test_one_altered_byte_is_found_in_every_file(files: Files, tmp_path: Path) -> None:
    for name, data in files.items():
        middle = len(data) // 2
        changed = {**files, name: data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :]}
        found = codes_of(changed, tmp_path / "pack.zip")
        assert found, name
        assert name == "manifest.json" or found == {"Changed"}, name


def test_one_altered_byte_anywhere_in_the_zip_is_never_taken_for_another_pack(good: tuple[AHouse, Path], tmp_path: Path) -> None:
    """What lies around the files (times, comments of the container) may change; what is read never does, unseen."""
    whole, sound = good[1].read_bytes(), verify(good[1])
    for at in range(0, len(whole), max(1, len(whole) // 400)):
        (tmp_path / "pack.zip").write_bytes(whole[:at] + bytes([whole[at] ^ 0xFF]) + whole[at + 1 :])
        report = verify(tmp_path / "pack.zip")
        assert report.problems or (report.manifest, report.head) == (sound.manifest, sound.head), at


@pytest.mark.parametrize(
    "name",
    [
        "../evil.txt", "a/../../evil.txt", "/etc/passwd", "..\\evil.txt", "c:evil.txt", "a//b", "a/./b", "a/", "UPPER.txt",
        "con", "aux.txt", "a/nul.csv", "com1", "lpt9.md", "blank name", "umlaut-ä", "a" * 200, "a/b.", ".hidden", "tab\tname",
        "%2e%2e/evil",
    ],
)  # fmt: skip
def test_a_name_that_leads_elsewhere_is_refused(name: str, files: Files, tmp_path: Path) -> None:
    assert codes_of({**files, name: b"x"}, tmp_path / "pack.zip") & {"BadName", "Link", "TwiceThere"}
    assert sorted(tmp_path.parent.glob("**/evil*")) == []


def test_a_name_with_a_hidden_end_is_refused(files: Files, tmp_path: Path) -> None:
    packed_again({**files, "index.html-hidden": b"x"}, tmp_path / "pack.zip")
    raw = (tmp_path / "pack.zip").read_bytes()
    (tmp_path / "pack.zip").write_bytes(raw.replace(b"index.html-hidden", b"index.html\0hidden"))
    assert "BadName" in codes(verify(tmp_path / "pack.zip"))


def test_the_same_name_twice_is_refused(files: Files, tmp_path: Path) -> None:
    with (
        zipfile.ZipFile(packed_again(files, tmp_path / "pack.zip"), "a") as archive,
        pytest.warns(UserWarning, match="Duplicate"),
    ):
        archive.writestr("index.html", b"another page")
    assert "TwiceThere" in codes(verify(tmp_path / "pack.zip"))


def test_names_that_differ_only_in_case_are_refused(files: Files, tmp_path: Path) -> None:
    assert "TwiceThere" in codes_of({**files, "Index.html": b"x"}, tmp_path / "pack.zip")


def test_a_link_is_refused(files: Files, tmp_path: Path) -> None:
    packed_again(files, tmp_path / "pack.zip")
    entry = zipfile.ZipInfo("link.txt")
    entry.create_system, entry.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(tmp_path / "pack.zip", "a") as archive:
        archive.writestr(entry, "/etc/passwd")
    assert codes(verify(tmp_path / "pack.zip")) == {"Link"}


def test_a_link_in_an_unpacked_folder_is_refused(good: tuple[AHouse, Path], tmp_path: Path) -> None:
    unpacked(good[1], tmp_path / "folder")
    (tmp_path / "folder" / "link.txt").symlink_to("/etc/passwd")
    assert codes(verify(tmp_path / "folder")) == {"Link"}


def test_a_bomb_is_refused_before_it_unfolds(files: Files, tmp_path: Path) -> None:
    bomb = {**files, "audit/zeros.csv": bytes(60 * 1024**2)}
    packed_again(bomb, tmp_path / "pack.zip")
    assert (tmp_path / "pack.zip").stat().st_size < 1024**2
    assert codes(verify(tmp_path / "pack.zip")) == {"Bomb"}


def test_a_bomb_that_understates_its_size_is_cut_off(files: Files, tmp_path: Path) -> None:
    """The size in the table of contents says one byte; what really comes out is not believed."""
    packed_again({**files, "zz.csv": bytes(3 * 1024**2)}, tmp_path / "pack.zip")
    raw = bytearray((tmp_path / "pack.zip").read_bytes())
    at = raw.rindex(b"zz.csv") - 46
    assert raw[at : at + 4] == b"PK\x01\x02"
    raw[at + 24 : at + 28] = struct.pack("<L", 1)
    (tmp_path / "pack.zip").write_bytes(raw)
    assert codes(verify(tmp_path / "pack.zip")) & {"Changed", "Extra"}


def test_files_that_share_their_bytes_are_refused(tmp_path: Path) -> None:
    """A table of contents that names the same compressed bytes many times."""
    one = tmp_path / "one.zip"
    with zipfile.ZipFile(one, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("a000", os.urandom(200_000))
    raw = one.read_bytes()
    begin = raw.rindex(b"PK\x01\x02")
    entry, end = raw[begin : raw.rindex(b"PK\x05\x06")], raw[raw.rindex(b"PK\x05\x06") :]
    entries = b"".join(entry.replace(b"a000", f"a{number:03}".encode()) for number in range(500))
    counts = struct.pack("<HHLL", 500, 500, len(entries), begin)
    (tmp_path / "pack.zip").write_bytes(raw[:begin] + entries + end[:8] + counts + end[20:])
    assert "Bomb" in codes(verify(tmp_path / "pack.zip"))


def test_too_many_files_are_refused_before_their_names_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with zipfile.ZipFile(tmp_path / "pack.zip", "w") as archive:
        for number in range(300):
            archive.writestr(f"f{number}", b"")
    monkeypatch.setattr(verifier, "MOST_FILES", 299)
    assert codes(verify(tmp_path / "pack.zip")) == {"TooManyFiles"}


def test_a_table_of_contents_that_would_fill_the_memory_is_refused(tmp_path: Path) -> None:
    end = struct.pack("<4sHHHHLLH", b"PK\x05\x06", 0, 0, 10, 10, 3_000_000_000, 0, 0)
    (tmp_path / "pack.zip").write_bytes(b"PK\x03\x04" + bytes(1000) + end)
    assert codes(verify(tmp_path / "pack.zip")) == {"TooManyFiles"}


def test_a_file_too_large_is_refused(files: Files, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verifier, "LARGEST_FILE", 1_000_000)
    assert codes_of({**files, "large.csv": os.urandom(1_000_001)}, tmp_path / "pack.zip") == {"TooLarge"}


def test_all_together_too_large_is_refused_while_reading(files: Files, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pack = packed_again(files, tmp_path / "pack.zip")
    monkeypatch.setattr(verifier, "LARGEST_PACK", sum(map(len, files.values())) - 1)
    assert codes(verify(pack)) == {"TooLarge"}
    unpacked(pack, tmp_path / "folder")
    assert codes(verify(tmp_path / "folder")) == {"TooLarge"}


def test_an_encrypted_entry_is_refused(files: Files, tmp_path: Path) -> None:
    packed_again(files, tmp_path / "pack.zip")
    raw = bytearray((tmp_path / "pack.zip").read_bytes())
    raw[raw.rindex(b"PK\x01\x02") + 8] |= 1
    (tmp_path / "pack.zip").write_bytes(raw)
    assert codes(verify(tmp_path / "pack.zip")) == {"Encrypted"}


# --------------------------------------------------------------------------------------------------------- the manifest


def test_missing_and_extra_files_are_named(files: Files, tmp_path: Path) -> None:
    less = {name: data for name, data in files.items() if name != "index.html"}
    report = verify(packed_again({**less, "audit/extra.csv": b"x"}, tmp_path / "pack.zip"))
    assert [(one.code, one.facts["name"]) for one in report.problems] == [("Missing", "index.html"), ("Extra", "audit/extra.csv")]


def test_a_pack_without_manifest_is_told(files: Files, tmp_path: Path) -> None:
    del files["manifest.json"]
    assert codes_of(files, tmp_path / "pack.zip") == {"NoManifest"}


def test_a_newer_format_asks_for_a_newer_version(good: tuple[AHouse, Path], files: Files, tmp_path: Path) -> None:
    newer = with_right_sums(files, format=verifier.FORMAT + 1, something={"nobody": "knows"}, records=7)
    pack = packed_again(files | {"manifest.json": newer["manifest.json"]}, tmp_path / "pack.zip")
    assert codes(verify(pack)) == {"NewerFormat"}
    assert refused(good[0], pack, tmp_path / "there").facts["code"] == "NewerFormat"


@pytest.mark.parametrize(
    "text",
    [
        b"", b"[]", b"null", b"{}", b'{"format":1}', b'{"format":"1"}', b'{"format":true}', b"\xff\xfe", b"[" * 100_000,
        b'{"a":' * 100_000, b'{"format":' + b"9" * 10_000 + b"}", b'{"format":1,"format":1}',
        b'{"format":NaN}', b'{"format":1e999}',
    ],
)  # fmt: skip
def test_a_manifest_that_is_none_is_told(text: bytes, files: Files, tmp_path: Path) -> None:
    assert codes_of({**files, "manifest.json": text}, tmp_path / "pack.zip") == {"BadManifest"}


@pytest.mark.parametrize("name", ["client", "audit", "records", "channels", "files", "move"])
@pytest.mark.parametrize("value", [None, 7, "x", [], {"x": 1}])
def test_a_manifest_with_odd_parts_is_told(name: str, value: object, files: Files, tmp_path: Path) -> None:
    told = json.loads(files["manifest.json"])
    found = codes_of({**files, "manifest.json": canonical({**told, name: value})}, tmp_path / "pack.zip")
    harmless = (name, value) in (("move", None), ("records", []), ("channels", []))
    assert found or harmless, (name, value)


# ---------------------------------------------------------------------------------------------------------- the records


def first(files: Files, kind: str) -> Any:
    return lines(files, kind)[0]


@pytest.mark.parametrize(
    ("kind", "change", "code"),
    [
        ("person", lambda one: one.update(roles=["owner", *one["roles"]]), "ChangedPerson"),
        ("person", lambda one: one.update(side="team" if one["side"] == "consultant" else "consultant"), "ChangedPerson"),
        ("channel", lambda one: one.update(phase="abgeben"), "ChangedPhase"),
        ("channel", lambda one: one.update(owner="somebody"), "ChangedOffice"),
        ("channel", lambda one: one.update(deputy="somebody"), "ChangedOffice"),
        ("channel", lambda one: one["agreement"].update(until="2099-01-01T00:00:00.000000Z"), "ChangedOffice"),
        ("channel", lambda one: one.update(off={"why": "moved"}), "BadRecord"),
        ("decision", lambda one: one.update(verdict="emergency"), "ChangedDecision"),
        ("decision", lambda one: one.update(binding=not one["binding"]), "ChangedDecision"),
        ("decision", lambda one: one.update(comment="Doch, ja."), "ChangedDecision"),
        ("revision", lambda one: one["content"].update(body="Ein anderer Text."), "ChangedRevision"),
        ("revision", lambda one: one["content"].update(title="Ein anderer Titel"), "ChangedRevision"),
        ("revision", lambda one: one.update(hash="0" * 64), "ChangedRevision"),
        ("revision", lambda one: one.update(by="somebody"), "ChangedRevision"),
        ("delegation", lambda one: one.update(taker="somebody"), "ForeignDelegation"),
        ("delegation", lambda one: one.update(channels=["one"]), "ForeignDelegation"),
        ("proposal", lambda one: one.update(answer=None), "ForeignProposal"),
        ("client", lambda one: one.update(id="01another"), "ForeignClient"),
        ("piece", lambda one: one.update(client="01another"), "ForeignClient"),
        ("piece", lambda one: one.update(channel="another"), "ChangedPiece"),
        ("piece", lambda one: one.update(revision=9), "ChangedPiece"),
        ("piece", lambda one: one.update(withdrawn={"by": "x", "at": "2027-01-01T00:00:00Z", "reason": ""}), "ChangedPiece"),
    ],
)  # fmt: skip
def test_a_record_that_the_chain_does_not_know_is_found(
    kind: str, change: Callable[[Any], object], code: str, files: Files, tmp_path: Path
) -> None:
    """With every sum of the pack computed anew."""
    assert code in codes_of(with_changed(files, kind, change), tmp_path / "pack.zip")


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        ("person", "ForeignPerson"), ("decision", "ForeignDecision"), ("revision", "ForeignRevision"), ("piece", "ForeignPiece"),
        ("channel", "ForeignChannel"), ("delegation", "ForeignDelegation"), ("proposal", "ForeignProposal"),
    ],
)  # fmt: skip
def test_a_record_slipped_in_is_found(kind: str, code: str, files: Files, tmp_path: Path) -> None:
    extra = {**first(files, kind), "id": "01ffffffffffffffffffff", "number": 99} if kind == "revision" else None
    extra = extra or {**first(files, kind), "id": "01ffffffffffffffffffff"}
    assert code in codes_of(with_lines(files, kind, [*lines(files, kind), extra]), tmp_path / "pack.zip")


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        ("person", "MissingPerson"), ("decision", "MissingDecision"), ("revision", "MissingRevision"), ("piece", "MissingPiece"),
        ("channel", "MissingChannel"),
    ],
)  # fmt: skip
def test_a_record_left_out_is_found(kind: str, code: str, files: Files, tmp_path: Path) -> None:
    assert code in codes_of(with_lines(files, kind, lines(files, kind)[1:]), tmp_path / "pack.zip")


def test_a_lifted_hold_and_a_publication_denied_are_found(files: Files, tmp_path: Path) -> None:
    held = next(number for number, one in enumerate(lines(files, "piece")) if one["held"])
    assert "ChangedPiece" in codes_of(with_changed(files, "piece", lambda one: one.update(held=None), held), tmp_path / "a.zip")
    live = next(number for number, one in enumerate(lines(files, "publication")) if one["state"] == "confirmed")
    denied = with_changed(files, "publication", lambda one: one.update(state="planned"), live)
    assert "ChangedPublication" in codes_of(denied, tmp_path / "b.zip")


@pytest.mark.parametrize("kind", ["secret", "data_key", "account", "sign_in", "installation", "set_up_link", "nothing_known"])
def test_records_that_belong_into_no_pack_are_refused(kind: str, files: Files, tmp_path: Path) -> None:
    foreign = with_right_sums({**files, f"data/{kind}-0001.jsonl": b'{"id":"1"}\n'})
    assert "UnknownKind" in codes_of(foreign, tmp_path / "pack.zip")


@pytest.mark.parametrize(
    "line",
    [
        b"nothing", b"[]", b"{}", b"7", b'{"id":' + b"9" * 5_000 + b"}", b'{"id":' + b"[" * 5_000 + b"]" * 5_000 + b"}",
        b'{ "id": 1}',
        b'{"id":"\\ud800"}', b'{"id":"a","id":"b"}', b'{"id":1e999}', b"\xff", b'{"id":"a","client":"b"}',
    ],
)  # fmt: skip
def test_lines_that_are_no_records_are_told(line: bytes, files: Files, tmp_path: Path) -> None:
    changed = with_right_sums({**files, "data/piece-0002.jsonl": line + b"\n"})
    assert codes_of(changed, tmp_path / "pack.zip") & {"BadRecord", "ForeignClient"}


def test_a_record_without_what_the_program_needs_is_told(good: tuple[AHouse, Path], files: Files, tmp_path: Path) -> None:
    """What only we can know: the verifier holds it for sound."""
    odd = packed_again(with_changed(files, "image", lambda one: one.update(surprise=1)), tmp_path / "pack.zip")
    assert verify(odd).ok
    house = another_house(tmp_path / "there", good[0])
    with pytest.raises(errors.PackRecordInvalid) as told:
        take_in(house, odd)
    assert told.value.facts["kind"] == "image"
    with house.store.read() as view:
        assert view.page(Client, limit=1) == []


def test_an_image_that_is_another_or_missing_is_told(files: Files, tmp_path: Path) -> None:
    name = next(one for one in files if one.startswith("images/"))
    page = b"<html><script>alert(1)</script>"
    lying = {**files, f"images/{sha256(page)}.png": page}
    assert codes_of(with_right_sums(lying), tmp_path / "a.zip") == {"BadImage"}
    del files[name]
    assert codes_of(with_right_sums(files), tmp_path / "b.zip") == {"ImageMissing"}


# ------------------------------------------------------------------------------------------------------------ the chain


def chain_of(files: Files) -> list[Any]:
    return [json.loads(line) for line in files["audit/chain-0001.jsonl"].splitlines()]


def with_chain(files: Files, chain: list[Any], **manifest: object) -> Files:
    data = b"".join(canonical(one) + b"\n" for one in chain)
    return with_right_sums({**files, "audit/chain-0001.jsonl": data}, **manifest)


def test_a_chain_cut_at_its_end_is_found(files: Files, tmp_path: Path) -> None:
    cut = chain_of(files)[:-1]
    assert "ChainCut" in codes_of(with_chain(files, cut), tmp_path / "a.zip")
    told = {"entries": len(cut), "head": cut[-1]["hash"]}
    assert codes_of(with_chain(files, cut, audit=told), tmp_path / "b.zip")  # the open proposal is known to nobody


def test_an_entry_changed_left_out_or_moved_breaks_the_chain(files: Files, tmp_path: Path) -> None:
    whole = chain_of(files)
    changed = [dict(one) for one in whole]
    changed[5]["text"] = changed[5]["text"].replace('"at":"2027', '"at":"2026')
    for number, chain in enumerate((changed, [*whole[:5], *whole[6:]], [*whole[:5], whole[6], whole[5], *whole[7:]])):
        report = verify(packed_again(with_chain(files, chain), tmp_path / f"{number}.zip"))
        assert [one.facts["seq"] for one in report.problems if one.code == "ChainBroken"] == ["6"]


def forged(files: Files, change: Callable[[Any], object], act: str) -> Files:
    """The whole chain recomputed from the first changed entry on, with a head of its own."""
    chain, prev = chain_of(files), verifier.GENESIS
    for one in chain:
        event = json.loads(one["text"])
        if event["act"] == act:
            change(event)
        one["prev"], one["text"] = prev, canonical(event).decode()
        one["hash"] = prev = sha256(f"{prev}\n{one['text']}".encode())
    return with_chain(files, chain, audit={"entries": len(chain), "head": prev})


def test_a_forged_chain_shows_in_its_head_and_has_to_fit_the_records(
    good: tuple[AHouse, Path], files: Files, tmp_path: Path
) -> None:
    """Who recomputes everything cannot be found out from the pack alone: only by its head, which both sides know."""
    pack = packed_again(
        forged(files, lambda event: event["details"].update(signed="0" * 64), "decide.approve"), tmp_path / "a.zip"
    )
    assert codes(verify(pack)) == {"ChangedDecision"}
    unseen = packed_again(
        forged(files, lambda event: event.update(at="2027-01-01T00:00:00.000000Z"), "client.add"), tmp_path / "b.zip"
    )
    assert verify(unseen).head != verify(good[1]).head


def test_entries_of_another_client_are_refused(files: Files, tmp_path: Path) -> None:
    assert "ChainBroken" in codes_of(forged(files, lambda event: event.update(ws="another"), "piece.add"), tmp_path / "pack.zip")


# ------------------------------------------------------------------------------------------------------------ taking in


def test_a_client_that_is_here_is_not_written_over(good: tuple[AHouse, Path]) -> None:
    at, pack = good
    before = the_desk(at, at.sander).verify_audit()
    with pytest.raises(errors.AlreadyThere):
        take_in(at.house, pack)
    assert the_desk(at, at.sander).verify_audit() == before


def test_another_client_of_the_same_short_name_is_not_written_over(good: tuple[AHouse, Path], tmp_path: Path) -> None:
    (tmp_path / "own").mkdir()
    own = a_busy_house(tmp_path / "own")
    with pytest.raises(errors.AlreadyThere) as told:
        take_in(own.house, good[1])
    assert told.value.facts == {"what": "client", "name": "mueller"}


def test_ids_that_are_taken_here_are_refused_and_nothing_is_written(
    good: tuple[AHouse, Path], files: Files, tmp_path: Path
) -> None:
    """A pack cannot reach into another client by using its ids."""
    (tmp_path / "own").mkdir()
    own = a_busy_house(tmp_path / "own")
    theirs = first(files_of(the_pack(own, tmp_path / "own.zip").file), "image")["id"]
    renamed = with_changed(files, "client", lambda one: one.update(slug="andere"))
    stolen = with_changed(renamed, "image", lambda one: one.update(id=theirs))
    told = json.loads(stolen["manifest.json"])
    stolen["manifest.json"] = canonical({**told, "client": {**told["client"], "slug": "andere"}})
    before = the_desk(own, own.sander).verify_audit()
    with pytest.raises(errors.AlreadyThere):
        take_in(own.house, packed_again(stolen, tmp_path / "stolen.zip"))
    assert the_desk(own, own.sander).verify_audit() == before
    with own.house.store.read() as view:
        assert [one.slug for one in view.page(Client, limit=9)] == ["mueller"]


def test_of_two_imports_at_once_one_is_done_and_one_refused(good: tuple[AHouse, Path], tmp_path: Path) -> None:
    at, pack = good
    house = another_house(tmp_path / "there", at)
    said: list[str] = []
    start = threading.Barrier(2)

    def take() -> None:
        start.wait()
        try:
            said.append(take_in(house, pack).client.slug)
        except errors.AlreadyThere as told:
            said.append(told.code)

    both = [threading.Thread(target=take) for _ in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert sorted(said) == ["AlreadyThere", "mueller"]
    assert the_desk(at, at.sander, house).verify_audit().broken == []


def test_a_pack_changed_while_it_is_read_is_refused(good: tuple[AHouse, Path], files: Files, tmp_path: Path) -> None:
    unpacked(good[1], tmp_path / "folder")
    target = tmp_path / "folder" / "data" / "piece-0001.jsonl"

    def change_afterwards(done: int, total: int) -> None:
        if done == total:
            target.write_bytes(target.read_bytes().replace(b"Geplant", b"Gefaelscht"))

    house = another_house(tmp_path / "there", good[0])
    with pytest.raises(errors.PackDoesNotHold):
        take_in(house, tmp_path / "folder", progress=change_afterwards)
    with house.store.read() as view:
        assert view.page(Client, limit=1) == []


# -------------------------------------------------------------------------------------------------------------- writing


def test_an_export_on_a_full_disk_is_told_and_leaves_nothing(good: tuple[AHouse, Path], tmp_path: Path) -> None:
    at, pack = good
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (pack.stat().st_size // 2, before[1]))
    try:
        with pytest.raises(errors.StoreIsFull):
            the_pack(at, tmp_path / "full.zip")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert list(tmp_path.iterdir()) == []


def test_an_export_over_a_file_or_into_nowhere_is_refused(good: tuple[AHouse, Path], tmp_path: Path) -> None:
    at = good[0]
    (tmp_path / "there.zip").write_text("mine")
    with pytest.raises(errors.AlreadyThere):
        the_pack(at, tmp_path / "there.zip")
    with pytest.raises(errors.FileNotFound):
        the_pack(at, tmp_path / "nowhere" / "pack.zip")
    assert (tmp_path / "there.zip").read_text() == "mine"


# ------------------------------------------------------------------------------------------------- the verifier by itself


def unpacked(pack: Path, folder: Path) -> Path:
    for name, data in files_of(pack).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    return folder


def verified(*arguments: object, cwd: Path) -> subprocess.CompletedProcess[str]:
    """With Python alone: no packages, no environment, nothing of ours in reach."""
    words = [sys.executable, "-I", "-S", *map(str, arguments)]
    return subprocess.run(words, cwd=cwd, capture_output=True, text=True, encoding="utf-8", timeout=60, check=False)


def test_the_packs_own_verifier_needs_nothing_but_python(good: tuple[AHouse, Path], tmp_path: Path) -> None:
    pack = good[1]
    folder = unpacked(pack, tmp_path / "folder")
    for done in (verified("verify.py", cwd=folder), verified(folder / "verify.py", pack, cwd=tmp_path)):
        assert done.returncode == 0, done
        assert verify(pack).head in done.stdout
        assert "In Ordnung" in done.stdout
        assert "holds" in done.stdout


def test_the_packs_own_verifier_finds_what_was_changed(good: tuple[AHouse, Path], tmp_path: Path) -> None:
    folder = unpacked(good[1], tmp_path / "folder")
    (folder / "index.html").write_text("anders")
    done = verified("verify.py", cwd=folder)
    assert done.returncode == 1
    assert "index.html wurde verändert" in done.stdout
    assert "index.html was changed" in done.stdout


def test_the_verifier_reads_as_python_3_9_and_imports_nothing_of_ours() -> None:
    import ast

    tree = ast.parse(Path(verifier.__file__).read_text("utf-8"), feature_version=(3, 9))
    modules = {name.name for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names}
    modules |= {str(node.module) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert modules <= set(sys.stdlib_module_names) | {"__future__"}
    assert not [node for node in ast.walk(tree) if type(node).__name__ == "Match"]


@pytest.mark.parametrize("code", SENTENCES)
def test_every_finding_is_said_in_both_languages(code: str) -> None:
    german, english = SENTENCES[code]
    assert gaps(german) == gaps(english)


def test_every_finding_that_is_made_has_its_sentence() -> None:
    import re

    source = Path(verifier.__file__).read_text("utf-8")
    made = set(re.findall(r'(?:Stop\(|found\.add\(|self\.found\.add\(|^            \()"([A-Z]\w+)"', source, re.MULTILINE))
    assert made == set(SENTENCES)
