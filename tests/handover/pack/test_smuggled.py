"""Rights, words and proofs that somebody writes into a pack on its way, with every sum computed anew: the chain knows better."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from handover.pack.verifier import verify
from pipeline.records import Phase
from tests.handover.pack.packed import (
    Files,
    a_busy_house,
    codes_of,
    files_of,
    lines,
    packed_again,
    the_desk,
    the_pack,
    with_changed,
    with_lines,
)

LATE = "2031-01-01T00:00:00.000000Z"


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Files:
    """Beside the busy house: a proposal declined, a delegation ended, a channel and the client paused, half an exit."""
    folder = tmp_path_factory.mktemp("good")
    at = a_busy_house(folder)
    sander, maria = the_desk(at, at.sander), the_desk(at, at.maria)
    at.clock.ahead(hours=1)
    sander.decline("blog", reason="Noch nicht.")
    maria.propose("blog", Phase.ABGEBEN, reason="Jetzt aber.")
    maria.end_delegation(maria.delegations()[0].id)
    maria.delegate(to="lena@mueller.example", until="2027-04-01")
    maria.pause("probe")
    maria.pause()
    sander.deliver("administration")
    at.clock.ahead(hours=1)
    maria.control("administration")
    chapter = maria.runbook().chapters[0].chapter
    maria.acknowledge(chapter.code, chapter.sha256)
    maria.change_readiness_policy(decisions=9)
    the_pack(at, folder / "pack.zip")
    found = files_of(folder / "pack.zip")
    assert verify(packed_again(found, folder / "again.zip")).ok
    return found


def numbered(files: Files, kind: str, fits: Callable[[Any], object]) -> int:
    return next(number for number, one in enumerate(lines(files, kind)) if fits(one))


def ended(one: Any) -> bool:
    return one["ended"] is not None


def declined(one: Any) -> bool:
    return bool(one["answer"]) and one["answer"]["kind"] == "declined"


def still_open(one: Any) -> bool:
    return one["answer"] is None


def anyone(_: Any) -> bool:
    return True


@pytest.mark.parametrize(
    ("kind", "fits", "change", "code"),
    [
        ("delegation", anyone, lambda one: one.update(until=LATE), "ForeignDelegation"),
        ("delegation", anyone, lambda one: one.update(start="2020-01-01T00:00:00.000000Z"), "ForeignDelegation"),
        ("delegation", ended, lambda one: one.update(ended=None), "ForeignDelegation"),
        ("proposal", still_open, lambda one: one.update(side="consultant"), "ForeignProposal"),
        ("proposal", still_open, lambda one: one.update(phase="vormachen"), "ForeignProposal"),
        ("proposal", still_open, lambda one: one.update(channel="another"), "ForeignProposal"),
        ("proposal", declined, lambda one: one.update(answer=None), "ForeignProposal"),
        ("proposal", declined, lambda one: one["answer"].update(by="somebody"), "ForeignProposal"),
        ("channel", anyone, lambda one: one.update(phase_since=LATE), "ChangedPhase"),
        ("channel", lambda one: one["paused"], lambda one: one.update(paused=None), "ChangedPause"),
        ("client", anyone, lambda one: one.update(paused=None), "ChangedPause"),
        ("client", anyone, lambda one: one["policy"].update(safety_window_days=180), "ChangedPolicy"),
        ("client", anyone, lambda one: one["policy"].update(approval_days=365), "ChangedPolicy"),
        ("client", anyone, lambda one: one["policy"]["readiness"].update(decisions=1), "ChangedPolicy"),
        ("phase_change", anyone, lambda one: one.update(by="somebody"), "ForeignPhaseChange"),
        ("phase_change", anyone, lambda one: one.update(unmet=[]), "ForeignPhaseChange"),
        ("phase_change", anyone, lambda one: one.update(how="stepped_back"), "ForeignPhaseChange"),
        ("exit_item", anyone, lambda one: one.update(verified=one["controlled"]), "ForeignExit"),
        ("exit_item", anyone, lambda one: one["controlled"].update(by="somebody"), "ForeignExit"),
        ("acknowledgement", anyone, lambda one: one.update(chapter="people"), "ForeignAcknowledgement"),
        ("acknowledgement", anyone, lambda one: one.update(person="somebody"), "ForeignAcknowledgement"),
    ],
)  # fmt: skip
def test_what_the_chain_does_not_tell_is_found(
    kind: str, fits: Callable[[Any], object], change: Callable[[Any], object], code: str, files: Files, tmp_path: Path
) -> None:
    changed = with_changed(files, kind, change, numbered(files, kind, fits))
    assert code in codes_of(changed, tmp_path / "pack.zip")


@pytest.mark.parametrize(
    ("kind", "code"),
    [("phase_change", "ForeignPhaseChange"), ("exit_item", "ForeignExit"), ("acknowledgement", "ForeignAcknowledgement")],
)
def test_a_proof_slipped_in_is_found(kind: str, code: str, files: Files, tmp_path: Path) -> None:
    extra = {**lines(files, kind)[0], "id": "zz:credential:blog", **({"code": "pack"} if kind == "exit_item" else {})}
    assert code in codes_of(with_lines(files, kind, [*lines(files, kind), extra]), tmp_path / "pack.zip")


def test_an_exit_that_nobody_confirmed_is_found(files: Files, tmp_path: Path) -> None:
    (client,) = lines(files, "client")
    mark = {"by": lines(files, "person")[0]["id"], "at": LATE, "reason": ""}
    signed = {
        "id": "zz", "client": client["id"], "consultant": mark["by"], "owner": mark["by"], "declared": mark, "confirmed": mark,
        "taken_back": None, "audit_head": "0" * 64, "audit_entries": 1, "unmet": [], "offices": [], "ended": [],
    }  # fmt: skip
    smuggled = {**files, "data/protocol-0001.jsonl": b""}
    assert "ForeignExit" in codes_of(with_lines(smuggled, "protocol", [signed]), tmp_path / "pack.zip")


def test_an_office_or_a_waiver_of_before_is_not_brought_back(tmp_path: Path) -> None:
    """A former deputy, and what a former owner waived."""
    at = a_busy_house(tmp_path)
    maria, lena = the_desk(at, at.maria), "lena@mueller.example"
    maria.change_owner("blog", owner=at.maria.email, deputy=lena)
    maria.waive("blog", until="2027-04-01", reason="Alle anderen sind im Urlaub.")
    the_pack(at, tmp_path / "before.zip")
    maria.change_owner("blog", owner=lena)
    the_pack(at, tmp_path / "after.zip")
    before, after = (files_of(tmp_path / f"{name}.zip") for name in ("before", "after"))
    number = numbered(after, "channel", lambda one: one["slug"] == "blog")
    for field in ("waiver", "agreement", "deputy"):
        old = lines(before, "channel")[number][field]
        again = with_changed(after, "channel", lambda one, field=field, old=old: one.update({field: old}), number)
        assert "ChangedOffice" in codes_of(again, tmp_path / f"{field}.zip"), field
