"""The whole handover by command line: from the first decision for practice to the printed protocol, and the client's move to a
server of its own. Three people, two channels, one of them with a credential at a service that really answers."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.linkedin import PAGE, PAGE_SCOPES, FakeLinkedIn, Token
from tests.line import JONAS, MARIA, SANDER, Line, a_line

REASON = "So haben wir es besprochen."
MUST_DIFFER = {"account", "sign_in", "set_up_link", "attempt", "installation", "secret", "data_key", "channel", "client", "event"}
"""Tables that say where something is: who signs in here, which credentials are kept, which channels are off."""


@pytest.fixture
def linkedin() -> Iterator[FakeLinkedIn]:
    with FakeLinkedIn() as fake:
        yield fake


@pytest.fixture
def line(tmp_path: Path, linkedin: FakeLinkedIn) -> Line:
    (tmp_path / "beratung").mkdir()
    made = a_line(tmp_path / "beratung")
    made.a_channel("seite", "linkedin", "page-token", author=PAGE, api_url=linkedin.url)
    return made


def decide(line: Line, piece: str, by: str, *given: str) -> dict[str, Any]:
    return line.do("piece", "decide", piece, "--hash", line.hash_of(piece), *(given or ("--approve",)), by=by)


def to_phase(line: Line, channel: str, phase: str, by: str = SANDER, other: str = MARIA) -> dict[str, Any]:
    assert (
        line.do("handover", "propose", "--channel", channel, "--to", phase, "--reason", REASON, by=by)["proposal"]["to"] == phase
    )
    line.refused("handover", "accept", "--channel", channel, by=by)
    return line.do("handover", "accept", "--channel", channel, "--reason", "Wir sind so weit.", by=other)


def status(line: Line, channel: str) -> dict[str, Any]:
    (found,) = line.do("handover", "status", "--channel", channel, by=MARIA)["channels"]
    return dict(found)


def states(line: Line) -> dict[str, str]:
    return {one["code"]: one["state"] for one in line.do("handover", "exit", by=MARIA)["items"]}


def read_the_runbook(line: Line, by: str) -> None:
    for chapter in line.do("handover", "runbook", by=by)["chapters"]:
        line.do("handover", "runbook", "--acknowledge", chapter["code"], by=by)


def test_a_client_is_handed_over_from_the_first_practice_to_the_protocol(
    line: Line, linkedin: FakeLinkedIn, tmp_path: Path
) -> None:
    # vormachen: Maria practises, blind; what she says does not count
    piece = line.a_piece()
    line.do("piece", "submit", piece, by=JONAS)
    assert decide(line, piece, MARIA)["binding"] is False
    assert line.do("piece", "show", piece)["stage"] == "review"
    assert decide(line, piece, SANDER, "--request-changes", "Woher stammt die Zahl?")["binding"] is True
    told = line.run("handover", "status", "--channel", "blog", by=MARIA)
    assert "noch nicht messbar" in told.out
    agreement = next(one for one in status(line, "blog")["readiness"] if one["code"] == "agreement")
    assert (agreement["n"], agreement["met"]) == (1, None)

    # mitmachen: each side says yes
    assert to_phase(line, "blog", "mitmachen")["phase"] == "mitmachen"
    line.do("piece", "edit", piece, "--title", "Übergabe mit Quelle", by=JONAS)
    line.do("piece", "submit", piece, by=JONAS)
    assert decide(line, piece, SANDER)["stage"] == "review"
    assert decide(line, piece, MARIA)["stage"] == "approved"
    line.do("piece", "publish", piece, by=JONAS)
    assert line.do("worker", "--once")["confirmed"][0]["piece"] == piece

    # a step back alone, and forward again
    back = line.do("handover", "step-back", "--channel", "blog", "--to", "vormachen", "--reason", "Urlaubszeit", by=MARIA)
    assert back["phase"] == "vormachen"
    to_phase(line, "blog", "mitmachen", by=MARIA, other=SANDER)

    # abgeben: the consultant practises now
    for channel in ("blog", "seite"):
        for phase in ("mitmachen", "abgeben"):
            if status(line, channel)["phase"] != phase and not (channel == "blog" and phase == "mitmachen"):
                to_phase(line, channel, phase)
    assert line.refused("handover", "propose", "--channel", "blog", "--to", "mitmachen", "--reason", REASON, by=SANDER)[
        "code"
    ] == ("NotAllowed")
    second = line.a_piece(title="Der erste eigene")
    line.do("piece", "submit", second, by=JONAS)
    assert decide(line, second, SANDER)["binding"] is False
    assert decide(line, second, MARIA)["stage"] == "approved"
    assert line.refused("piece", "publish", second, by=SANDER)["code"] == "NotAllowed"
    line.do("piece", "publish", second, by=MARIA)
    assert line.do("worker", "--once")["confirmed"][0]["piece"] == second
    share = line.do("handover", "share", by=MARIA)["months"]
    assert {"month", "channel", "drafted", "decided", "published"} <= set(share[0])

    leave(line, linkedin, tmp_path)


def leave(line: Line, linkedin: FakeLinkedIn, tmp_path: Path) -> None:
    """The consultant's exit: delivered, controlled, verified by an action; declared by one side, confirmed by the other."""
    for channel in ("blog", "seite"):
        assert states(line)["phases"] == "verified"
        line.do("channel", "owner", "--channel", channel, "--to", MARIA, "--deputy", JONAS, by=MARIA)
    read_the_runbook(line, MARIA)
    for code, state in states(line).items():
        if state == "open" and code not in ("pack", "people", "runbook", "open_pieces", "phases"):
            line.do("handover", "exit", "--deliver", code, by=SANDER)
            assert line.refused("handover", "exit", "--control", code, by=SANDER)["code"] == "NotAllowed"
            line.do("handover", "exit", "--control", code, by=MARIA)
    assert line.refused("handover", "exit", "--verify", "credential:seite", by=MARIA)["code"] == "CredentialNotRenewed"

    linkedin.tokens["token-of-maria"] = Token(name="Maria Lindqvist", scopes=PAGE_SCOPES, roles={PAGE: "ADMINISTRATOR"})
    line.do("channel", "secret", "seite", "--secret-env", "A_SECRET", by=MARIA, A_SECRET="token-of-maria")
    assert line.refused("handover", "exit", "--verify", "credential:seite", by=MARIA)["code"] == "FormerStillAlive"
    linkedin.tokens["page-token"].state = "revoked"
    line.do("handover", "exit", "--verify", "credential:seite", by=MARIA)
    line.do("handover", "exit", "--verify", "access:blog", by=MARIA)
    assert line.refused("handover", "exit", "--verify", "administration", by=MARIA)["code"] == "NoBackupYet"
    line.do("backup", "--to", tmp_path / "sicherung.zip", by=MARIA)
    line.do("handover", "exit", "--verify", "administration", by=MARIA)
    line.do("handover", "export", "--to", tmp_path / "vor-dem-abschied.zip", by=MARIA)
    line.do("handover", "verify", tmp_path / "vor-dem-abschied.zip", by=MARIA)

    open_still = [code for code, state in states(line).items() if state != "verified"]
    assert line.refused("handover", "exit", "--confirm", by=MARIA)["code"] == "ExitNotDeclared"
    reasons = [word for code in open_still for word in ("--reason", f"{code}=Das holen wir im Januar nach.")]
    line.do("handover", "exit", "--declare", *reasons, by=SANDER)
    assert line.refused("handover", "exit", "--confirm", by=SANDER)["code"] == "NotAllowed"
    line.do("handover", "exit", "--confirm", by=MARIA)
    assert line.run("piece", "list", "--json", by=SANDER).code == 1

    line.do("handover", "protocol", "--to", tmp_path / "protokoll.html", by=MARIA)
    page = (tmp_path / "protokoll.html").read_text("utf-8")
    for words in ("Sander Vogt", "Maria Lindqvist", "Müller &amp; Söhne GmbH"):
        assert words in page
    head = line.do("audit", "verify", by=MARIA)
    assert head["ok"]


def test_a_client_moves_to_a_server_of_its_own(line: Line, linkedin: FakeLinkedIn, tmp_path: Path) -> None:
    to_phase(line, "blog", "mitmachen")
    piece = line.a_piece()
    line.do("piece", "submit", piece, by=JONAS)
    decide(line, piece, SANDER)
    decide(line, piece, MARIA)
    line.do("piece", "schedule", piece, "--at", "2099-03-16T09:00", by=MARIA)
    gone = line.do("handover", "export", "--to", tmp_path / "umzug.zip", "--move-to", "Server der Firma", by=MARIA)
    assert (gone["pieces"], len(gone["audit_head"])) == (1, 64)

    # at the giver nothing goes out any more, and everybody is told where it went
    shown = line.run("piece", "show", piece)
    assert "Server der Firma" in shown.out
    assert line.refused("channel", "reconnect", "--channel", "blog", by=MARIA)["code"] == "ChannelMoved"

    (tmp_path / "firma").mkdir()
    firm = Line(tmp_path / "firma")
    assert line.do("handover", "verify", tmp_path / "umzug.zip")["ok"]
    taken = firm.do("handover", "import", tmp_path / "umzug.zip")
    assert taken["client"] == "mueller"
    assert firm.refused("handover", "import", tmp_path / "umzug.zip")["code"] == "AlreadyThere"

    ours, theirs = counted_anew(line.state()), counted_anew(firm.state())
    same = ours.keys() - MUST_DIFFER
    assert {name for name in same if ours[name] != theirs[name]} == set()
    # of the audit chain the giver's has one entry more: that the client moved
    chains = [[row for row in state["event"] if row[0]] for state in (ours, theirs)]
    assert chains[0][:-1] == chains[1]

    assert firm.do("worker", "--once")["confirmed"] == []
    assert firm.do("channel", "reconnect", "--channel", "blog", by=MARIA)["channel"] == "blog"
    show = firm.do("piece", "show", piece)
    assert (show["stage"], show["gate"]["may_publish"]) == ("scheduled", True)

    done = subprocess.run(
        [sys.executable, "-I", "-S", unpacked(tmp_path / "umzug.zip", tmp_path / "lesen") / "verify.py"],
        capture_output=True,
        check=False,
        cwd=tmp_path / "lesen",
    )
    assert done.returncode == 0, done.stdout + done.stderr


def counted_anew(state: Mapping[str, list[Any]]) -> dict[str, list[Any]]:
    """Without the number of writes to each record, which begins anew where a pack was taken in."""
    counted = {name for name in state if name not in ("event", "sqlite_sequence")}
    return {name: [(*row[:2], *row[3:]) if name in counted else row for row in rows] for name, rows in state.items()}


def unpacked(pack: Path, folder: Path) -> Path:
    with zipfile.ZipFile(pack) as archive:
        archive.extractall(folder)
    return folder


def test_export_import_export_gives_the_same_bytes(line: Line, tmp_path: Path) -> None:
    line.an_approved_piece()
    line.do("handover", "export", "--to", tmp_path / "eins.zip", by=MARIA)
    (tmp_path / "zwei").mkdir()
    other = Line(tmp_path / "zwei")
    other.do("handover", "import", tmp_path / "eins.zip")
    other.do("handover", "export", "--to", tmp_path / "zwei.zip", by=MARIA)
    assert (tmp_path / "eins.zip").read_bytes() == (tmp_path / "zwei.zip").read_bytes()
