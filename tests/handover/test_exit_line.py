"""The exit, the runbook and the protocol by command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.handover.test_exit import CODES
from tests.line import JONAS, MARIA, SANDER, Line, a_line

REASON = "So haben wir es besprochen."


@pytest.fixture
def line(tmp_path: Path) -> Line:
    return a_line(tmp_path)


def given(line: Line) -> Line:
    """The blog is the team's."""
    line.do("channel", "owner", "--channel", "blog", "--to", MARIA, "--deputy", JONAS, by=MARIA)
    for phase in ("mitmachen", "abgeben"):
        line.do("handover", "propose", "--channel", "blog", "--to", phase, "--reason", REASON, by=SANDER)
        line.do("handover", "accept", "--channel", "blog", "--reason", REASON, by=MARIA)
    return line


def states(line: Line) -> dict[str, str]:
    return {one["code"]: one["state"] for one in line.do("handover", "exit")["items"]}


def test_the_list_names_every_point_and_how_far_it_is(line: Line) -> None:
    assert list(states(line)) == [one for one in CODES if one != "credential:linkedin"]
    assert set(states(line).values()) == {"open", "verified"}
    told = line.run("handover", "exit", by=MARIA).out
    assert "Alle Kanäle sind abgegeben (noch nicht: Blog)" in told
    assert "Noch offen:" in told


def test_a_pack_is_verified_by_reading_the_file_back(line: Line, tmp_path: Path) -> None:
    given(line)
    line.do("handover", "export", "--to", tmp_path / "pack.zip", by=MARIA)
    assert line.run("handover", "exit", "--verify", "pack", by=MARIA).code == 2
    assert line.run("handover", "exit", "--verify", "access:blog", "--file", tmp_path / "pack.zip", by=MARIA).code == 2
    assert (
        line.refused("handover", "exit", "--verify", "pack", "--file", tmp_path / "none.zip", by=MARIA)["code"] == "FileNotFound"
    )
    line.do("handover", "exit", "--verify", "pack", "--file", tmp_path / "pack.zip", by=MARIA)
    assert states(line)["pack"] == "verified"


@pytest.mark.parametrize(
    "given_options",
    [
        ("--deliver", "access:blog", "--control", "access:blog"),
        ("--declare", "--confirm"),
        ("--reason", "pack=Folgt."),
        ("--confirm", "--reason", "pack=Folgt."),
    ],
)
def test_two_steps_at_once_are_wrong_usage(line: Line, given_options: tuple[str, ...]) -> None:
    assert line.run("handover", "exit", *given_options, by=SANDER).code == 2


@pytest.mark.parametrize("reason", ["ohne Gleichheitszeichen", "=Folgt.", "coffee=Ist alle."])
def test_a_reason_belongs_to_a_point(line: Line, reason: str) -> None:
    given(line)
    assert line.refused("handover", "exit", "--declare", "--reason", reason, by=SANDER)["code"] in ("FieldInvalid", "Unknown")


def test_a_chapter_is_acknowledged_by_name_and_printed(line: Line, tmp_path: Path) -> None:
    assert line.refused("handover", "runbook", "--acknowledge", "stop", by=SANDER)["code"] == "OnlyTheTeam"
    assert line.refused("handover", "runbook", "--acknowledge", "coffee", by=JONAS)["code"] == "Unknown"
    chapters = line.do("handover", "runbook", "--acknowledge", "stop", by=JONAS)["chapters"]
    read = {one["code"]: [who["name"] for who in one["acknowledged"]] for one in chapters}
    assert read["stop"] == ["Jonas Öztürk"]
    assert read["people"] == []
    line.do("handover", "runbook", "--to", tmp_path / "handbuch.html", by=MARIA)
    assert "Zur Kenntnis genommen von Jonas Öztürk" in (tmp_path / "handbuch.html").read_text("utf-8")
    assert line.refused("handover", "runbook", "--to", tmp_path / "handbuch.html", by=MARIA)["code"] == "AlreadyThere"
    assert line.refused("handover", "runbook", "--to", tmp_path / "no" / "x.html", by=MARIA)["code"] == "FileNotFound"


def test_a_protocol_is_written_when_there_is_one(line: Line, tmp_path: Path) -> None:
    assert line.refused("handover", "protocol", "--to", tmp_path / "p.html", by=MARIA)["code"] == "NoProtocol"
    assert not (tmp_path / "p.html").exists()


def test_a_backup_that_somebody_stands_for_is_on_record_and_one_of_a_schedule_is_not(line: Line, tmp_path: Path) -> None:
    line.do("backup", "--to", tmp_path / "a.zip")
    assert line.do("audit", "list", "--limit", 1)["entries"][0]["act"] != "backup.make"
    line.do("backup", "--to", tmp_path / "b.zip", by=MARIA)
    assert line.do("audit", "list", "--limit", 1)["entries"][0]["act"] == "backup.make"
    assert line.refused("backup", "--to", tmp_path / "c.zip", by=JONAS)["code"] == "NotAllowed"
