"""The command line's promises: names, options, JSON keys, exit codes, and what stands on which stream."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest

from handover.cli import cli
from pipeline.store.sqlite import FILE
from tests.line import JONAS, MARIA, ROOT, SANDER, TEXT, Line, a_line
from tests.pipeline.commands.sheet import COMMANDS


@pytest.fixture
def line(tmp_path: Path) -> Line:
    return a_line(tmp_path)


# ------------------------------------------------------------------------------------------------ names and options


def commands_of(group: click.Group, before: str = "") -> Iterator[tuple[str, click.Command]]:
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands_of(command, f"{before}{name} ")
        else:
            yield f"{before}{name}", command


THERE = dict(commands_of(cli))


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_takes_what_the_sheet_names(name: str) -> None:
    taken = {option for parameter in THERE[name].params for option in parameter.opts}
    arguments = {parameter.human_readable_name for parameter in THERE[name].params if isinstance(parameter, click.Argument)}
    wanted = {word for word in COMMANDS[name].takes if word.startswith("--")}
    assert wanted | {"--json", "--as", "--client"} <= taken
    assert len(arguments) == len([word for word in COMMANDS[name].takes if not word.startswith("--")])


def test_required_options_are_required_and_no_others() -> None:
    for name, sheet in COMMANDS.items():
        needed = {one.opts[0] for one in THERE[name].params if one.required and isinstance(one, click.Option)}
        assert needed == set(sheet.needs), name


# --------------------------------------------------------------------------------------------------------- JSON keys


def test_every_command_answers_with_the_keys_of_the_sheet(tmp_path: Path) -> None:
    """The main job and everything around it; each command of the sheet is run, but for the two that do not end."""
    line, seen = Line(tmp_path), set[str]()

    def do(*given: object, by: str = "", **settings: str) -> dict[str, Any]:
        name = next(one for one in COMMANDS if list(map(str, given))[: len(one.split())] == one.split())
        answer = line.do(*given, by=by, **settings)
        assert set(COMMANDS[name].keys) <= set(answer), name
        seen.add(name)
        return answer

    text = line.file("text.md", TEXT)
    do("init")
    do("client", "add", "--name", "Müller", "--slug", "mueller", "--consultant", f"Sander <{SANDER}>")
    do("person", "add", "--name", "Maria", "--email", MARIA, "--side", "team", "--roles", "owner,approver")
    do("person", "add", "--name", "Jonas", "--email", JONAS, "--side", "team", "--roles", "editor")
    do("channel", "add", "--name", "Probe", "--slug", "probe", "--kind", "rehearsal", "--owner", MARIA, "--deputy", JONAS)
    assert do("channel", "agree", "--channel", "probe", "--until", in_days(40), by=MARIA)["owner"] == MARIA
    do("channel", "check", "probe")
    do("channel", "waive", "--channel", "probe", "--until", in_days(30), "--reason", "Jonas ist allein", by=MARIA)
    do("delegate", "--to", JONAS, "--channel", "probe", "--start", in_days(0), "--until", in_days(20), by=MARIA)
    (listed,) = do("channel", "list")["channels"]
    assert set(listed) >= {"slug", "kind", "phase", "owner", "paused", "problems"}

    brief = do(
        *("brief", "add", "--title", "Übergabe", "--channel", "probe", "--message", "Wissen bleibt"),
        *("--persona", "Leitung", "--goal", "Gespräch", "--source", line.file("quelle.md", SOURCE), "--owner", JONAS),
        *("--due", in_days(10)),
        by=JONAS,
    )["brief"]
    (drafted,) = do("draft", "--brief", brief, "--author", "offline", by=JONAS)["pieces"]
    assert set(drafted) >= {"piece", "channel", "revision", "hash"}
    added = do(
        "piece", "add", "--channel", "probe", "--title", "Titel", "--from", text, "--slug", "titel", "--tag", "A", by=JONAS
    )
    assert (added["revision"], added["stage"], len(added["hash"])) == (1, "draft", 64)
    piece = added["piece"]
    edited = do("piece", "edit", piece, "--from", line.file("neu.md", "Neu."), "--title", "Neu", by=JONAS)
    assert edited["revision"] == 2
    assert do("piece", "submit", piece, by=JONAS)["stage"] == "review"
    assert do("piece", "take-back", piece, by=JONAS)["stage"] == "draft"
    line.do("piece", "submit", piece, by=JONAS)
    decided = do("piece", "decide", piece, "--hash", edited["hash"], "--approve", "--note", "Gut.", by=SANDER)
    assert (decided["binding"], decided["stage"]) == (True, "approved")
    assert do("piece", "schedule", piece, "--at", f"{in_days(5)}T09:00", by=SANDER)["stage"] == "scheduled"
    assert do("piece", "unschedule", piece, by=SANDER)["due"] is None
    assert do("piece", "publish", piece, by=SANDER)["stage"] == "scheduled"
    assert do("worker", "--once")["confirmed"][0]["piece"] == piece

    shown = do("piece", "show", piece)
    assert set(shown["gate"]) >= {"may_publish", "reasons"}
    assert set(shown["gate"]["reasons"][0]) >= {"code", "text"}
    assert set(shown["publication"]) >= {"state", "remote_id", "url", "tries", "last_error"}
    assert [one["number"] for one in shown["revisions"]] == [1, 2]
    listed_pieces = do("piece", "list", "--stage", "published", "--channel", "probe", "--limit", "1")
    assert (listed_pieces["total"], len(listed_pieces["pieces"])) == (1, 1)
    assert do("piece", "withdraw", drafted["piece"], "--reason", "Überholt", by=SANDER)["stage"] == "withdrawn"
    assert line.refused("publication", "resolve", piece, "--drop", by=SANDER)["code"] == "NothingToSettle"
    seen.add("publication resolve")  # its three answers: tests/journeys/test_main_job.py

    assert do("pause", "--channel", "probe", by=SANDER)["paused"] is True
    assert do("resume", "--channel", "probe", by=SANDER)["paused"] is False
    assert do("pause", "--all", by=SANDER)["paused"] is True
    assert do("resume", "--all", by=SANDER)["paused"] is False
    (company,) = do("client", "list")["clients"]
    assert company == {"slug": "mueller", "name": "Müller", "pieces": 2, "phases": {"probe": "vormachen"}}
    assert do("audit", "list", "--piece", piece)["entries"]
    sound = do("audit", "verify")
    assert (sound["ok"], len(sound["head"])) == (True, 64)
    assert do("doctor")["ok"] is True
    assert do("person", "deactivate", JONAS)["voided"] == []
    assert seen == set(COMMANDS) - {"serve", "demo"}


SOURCE = """# Übergabe

Eine Übergabe gelingt, wenn drei Dinge feststehen: wer verantwortet, wer vertritt und wo das Wissen liegt.

Müller & Söhne hat 2024 neun Maschinen an zwei Schichten übergeben und dafür sechs Wochen gebraucht.

Wer allein übergibt, vergisst im Schnitt jede fünfte Absprache. Deshalb gehört zu jeder Übergabe eine zweite Person.
"""


def in_days(days: int) -> str:
    return time.strftime("%Y-%m-%d", time.gmtime(time.time() + days * 86_400))


def test_the_sample_client_does_the_main_job_without_a_browser(tmp_path: Path) -> None:
    ran = Line(tmp_path).process("demo", "--once", "--json")
    assert ran.code == 0, ran
    assert ran.data["pieces"]
    assert {"channel", "url"} <= set(ran.data["published"][0])


# --------------------------------------------------------------------------------- streams and exit codes, for real


@pytest.mark.parametrize("words", [["--json", "piece", "list"], ["piece", "--json", "list"], ["piece", "list", "--json"]])
def test_json_may_stand_before_or_after(line: Line, words: list[str]) -> None:
    ran = line.process(*words)
    assert (ran.code, ran.data, ran.err) == (0, {"pieces": [], "total": 0}, "")


def test_the_installed_command_is_the_same(line: Line) -> None:
    command = shutil.which("staffelstab", path=str(Path(sys.executable).parent))
    assert command, "not installed: pip install -e ."
    done = subprocess.run([command, "client", "list", "--json"], env=line.environment, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith('{"clients": [{"slug": "mueller"')


def test_done_is_0_refused_is_1_usage_is_2(line: Line) -> None:
    piece = line.a_piece()
    assert line.process("piece", "show", piece).code == 0
    assert line.process("piece", "publish", piece, by=SANDER).code == 1
    assert line.process("piece", "publish").code == 2
    assert line.process("piece", "shwo").code == 2
    assert line.process("piece", "publish", piece).code == 2  # three people, and nobody is said to act


def test_without_json_a_refusal_stands_on_the_error_stream_alone(line: Line) -> None:
    ran = line.process("piece", "show", "gibtsnicht")
    assert (ran.code, ran.out) == (1, "")
    assert ran.err == "Einen Beitrag „gibtsnicht“ gibt es hier nicht. Bitte prüfen Sie die Angabe.\n"


def test_with_json_a_refusal_has_code_message_and_facts_on_standard_output(line: Line) -> None:
    ran = line.process("piece", "show", "gibtsnicht", "--json")
    assert (ran.code, ran.err) == (1, "")
    assert ran.error == {
        "code": "Unknown",
        "message": "Einen Beitrag „gibtsnicht“ gibt es hier nicht. Bitte prüfen Sie die Angabe.",
        "facts": {"what": "piece", "id": "gibtsnicht"},
    }


@pytest.mark.parametrize(
    "words",
    [
        ["--json"],
        ["piece", "--json"],
        ["piece", "show", "--json"],
        ["--json", "nichts"],
        ["piece", "list", "--stage", "x", "--json"],
        ["piece", "list", "--limit", "0", "--json"],
        ["piece", "decide", "x", "--hash", "y", "--json"],
        ["piece", "decide", "x", "--hash", "y", "--approve", "--hold", "--json"],
        ["publication", "resolve", "x", "--drop", "--send-again", "--json"],
        ["--no-such-option", "--json"],
    ],
)
def test_wrong_usage_is_told_as_json_too(line: Line, words: list[str]) -> None:
    ran = line.run(*words, by=SANDER if "decide" in words or "resolve" in words else "")
    assert (ran.code, ran.error["code"], ran.err) == (2, "Usage", "")


def test_the_worker_logs_to_the_error_stream_and_answers_on_the_other(line: Line) -> None:
    line.a_due_piece()
    ran = line.process("worker", "--once", "--json")
    assert (ran.code, len(ran.data["confirmed"])) == (0, 1)


def test_a_worker_told_to_stop_ends_in_order(line: Line) -> None:
    piece = line.a_due_piece()
    worker = subprocess.Popen(
        [sys.executable, "-m", "handover.command", "worker", "--json"],
        env=line.environment,
        cwd=line.folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        until(lambda: line.do("piece", "show", piece)["stage"] == "published")
        worker.send_signal(signal.SIGTERM)
        out, err = worker.communicate(timeout=30)
    finally:
        worker.kill()
    assert (worker.returncode, "Traceback" in err) == (0, False), err
    assert out.count("\n") == 1


def until(is_so: Any, seconds: float = 30) -> None:
    ends = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < ends
        time.sleep(0.05)


def test_a_second_worker_is_refused(line: Line) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "handover.command", "worker"],
        env=line.environment,
        cwd=line.folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as first:
        try:
            piece = line.a_due_piece()
            until(lambda: line.do("piece", "show", piece)["stage"] == "published")
            assert line.refused("worker", "--once")["code"] == "WorkerIsRunning"
        finally:
            first.terminate()


def test_a_reader_who_leaves_early_gets_no_traceback(line: Line) -> None:
    """More than a pipe holds, and nobody at its end."""
    for number in range(30):
        line.a_piece(title=f"Nummer {number} " + "x" * 150)
    ours, theirs = os.pipe()
    os.close(ours)
    with os.fdopen(theirs, "wb") as gone:
        ran = line.process("audit", "list", "--json", capture_output=False, stdout=gone, stderr=subprocess.PIPE)
    assert (ran.code, ran.err) == (1, "")


def test_with_standard_output_closed_it_still_ends_in_order(line: Line) -> None:
    done = subprocess.run(
        ["sh", "-c", '"$0" -m handover.command audit list --json >&-', sys.executable],
        env=line.environment,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert "Traceback" not in done.stderr


def test_a_terminal_without_emoji_is_no_obstacle(line: Line) -> None:
    line.a_piece(title="Übergabe 🏃")
    latin = {**line.environment, "PYTHONIOENCODING": "latin-1"}
    assert line.process("piece", "list", env=latin, encoding="latin-1").out.rstrip().endswith("Übergabe ?")
    ran = line.process("piece", "list", "--json", env=latin, encoding="latin-1")
    assert ran.data["pieces"][0]["title"] == "Übergabe 🏃"


# ------------------------------------------------------------------------------------------------ who, whose, when


def test_the_acting_person_comes_from_the_option_or_the_environment(line: Line) -> None:
    piece = line.a_piece()
    line.do("piece", "submit", piece, STAFFELSTAB_AS=JONAS)
    assert line.refused("piece", "publish", piece, STAFFELSTAB_AS=JONAS)["code"] == "NotAllowed"
    assert line.refused("piece", "publish", piece, STAFFELSTAB_AS=JONAS, by=SANDER)["code"] == "MayNotPublish"
    assert line.refused("piece", "take-back", piece, by="fremd@anderswo.example")["code"] == "Unknown"


def test_the_audit_entry_says_command_line_and_for_the_worker_nothing_else(line: Line) -> None:
    piece = line.a_due_piece()
    line.do("worker", "--once")
    entries = line.do("audit", "list", "--piece", piece)["entries"]
    by_worker = [entry for entry in entries if entry["actor"] == "worker"]
    assert by_worker
    assert all("how" not in entry["details"] for entry in by_worker)
    assert all(entry["details"]["how"] == "command line" for entry in entries if entry not in by_worker)


def test_rights_and_four_eyes_hold_as_on_the_screens(line: Line) -> None:
    piece = line.a_piece()
    line.do("piece", "submit", piece, by=JONAS)
    digest = line.hash_of(piece)
    assert line.refused("piece", "decide", piece, "--hash", digest, "--approve", by=JONAS)["code"] == "NotAllowed"
    shadow = line.do("piece", "decide", piece, "--hash", digest, "--approve", by=MARIA)
    assert (shadow["binding"], shadow["stage"]) == (False, "review")
    assert line.refused("piece", "decide", piece, "--hash", "0" * 64, "--approve", by=SANDER)["code"] == "ApprovalIsStale"
    assert line.refused("piece", "decide", piece, "--hash", digest, "--reject", "", by=SANDER)["code"] == "CommentNeeded"
    assert line.refused("piece", "decide", piece, "--hash", digest, "--emergency", "Eilt.", by=SANDER)["code"] == "ReasonTooShort"
    assert line.refused("piece", "decide", piece, "--hash", digest, "--release", by=SANDER)["code"] == "NothingToLift"


@pytest.fixture
def two(line: Line) -> Line:
    """A second client, with people and a piece of its own."""
    line.do("client", "add", "--name", "Weber", "--slug", "weber", "--consultant", f"Sander Vogt <{SANDER}>")
    for name, email, roles in (("Wilma", "wilma@weber.example", "owner,approver"), ("Willi", "willi@weber.example", "editor")):
        line.do("person", "add", "--client", "weber", "--name", name, "--email", email, "--side", "team", "--roles", roles)
    given = ("--name", "Probe", "--slug", "probe", "--kind", "rehearsal", "--owner", "wilma@weber.example")
    line.do("channel", "add", "--client", "weber", *given)
    return line


def test_with_two_clients_one_has_to_be_named(two: Line) -> None:
    ran = two.run("piece", "list", "--json")
    assert (ran.code, ran.error["code"]) == (2, "WhichClient")
    assert ran.error["facts"]["slugs"] == ["mueller", "weber"]
    assert two.do("piece", "list", "--client", "weber")["total"] == 0
    assert two.do("--client", "weber", "piece", "list")["total"] == 0
    assert two.refused("piece", "list", "--client", "niemand")["code"] == "Unknown"
    for for_all in (["client", "list"], ["worker", "--once"], ["doctor"]):
        assert two.run(*for_all, "--json").code in (0, 1), for_all
    assert {one["slug"] for one in two.do("client", "list")["clients"]} == {"mueller", "weber"}


def test_what_belongs_to_another_client_is_unknown(two: Line) -> None:
    text = two.file("text.md", TEXT)
    ours = two.do("piece", "add", "--client", "mueller", "--channel", "blog", "--title", "T", "--from", text, by=JONAS)["piece"]
    named = ("--title", "B", "--channel", "blog", "--message", "m", "--source", two.file("q.md", SOURCE))
    brief = two.do("brief", "add", "--client", "mueller", *named, by=JONAS)["brief"]
    at_weber = ("--client", "weber")
    sander = {"by": SANDER}
    for words in (
        ["piece", "show", ours],
        ["piece", "edit", ours, "--title", "Gekapert"],
        ["piece", "submit", ours],
        ["piece", "withdraw", ours, "--reason", "x"],
        ["piece", "decide", ours, "--hash", "0" * 64, "--hold"],
        ["piece", "schedule", ours, "--at", f"{in_days(3)}T09:00"],
        ["piece", "publish", ours],
        ["publication", "resolve", ours, "--drop"],
        ["draft", "--brief", brief],
        ["audit", "list", "--piece", ours],
        ["channel", "check", "blog"],
        ["channel", "agree", "--channel", "blog"],
        ["pause", "--channel", "blog"],
        ["piece", "list", "--channel", "blog"],
        ["person", "deactivate", JONAS],
        ["delegate", "--to", JONAS, "--until", in_days(3)],
    ):
        assert two.refused(*words, *at_weber, **sander)["code"] == "Unknown", words
    assert two.refused("piece", "show", ours, *at_weber, by=JONAS)["code"] == "Unknown"  # he is nobody there


def test_times_without_offset_are_wall_time_of_the_client_and_come_out_in_utc(line: Line) -> None:
    piece = line.an_approved_piece()
    year = time.gmtime().tm_year + 1
    winter = line.do("piece", "schedule", piece, "--at", f"{year}-01-15T09:00", by=SANDER)["due"]
    assert winter == f"{year}-01-15T08:00:00Z"
    summer = line.do("piece", "schedule", piece, "--at", f"{year}-07-15T09:00", by=SANDER)["due"]
    assert summer == f"{year}-07-15T07:00:00Z"
    assert line.do("piece", "schedule", piece, "--at", f"{year}-07-15T09:00-05:00", by=SANDER)["due"] == f"{year}-07-15T14:00:00Z"
    assert line.do("piece", "schedule", piece, "--at", f"{year}-07-15T09:00Z", by=SANDER)["due"] == f"{year}-07-15T09:00:00Z"


def test_no_answer_has_a_time_in_another_form(line: Line) -> None:
    piece = line.an_approved_piece()
    line.do("piece", "schedule", piece, "--at", f"{in_days(9)}T09:00", by=SANDER)
    for words in (["piece", "show", piece], ["audit", "list"], ["piece", "list"], ["channel", "list"]):
        out = line.run(*words, "--json").out
        assert "+00:00" not in out, words
        assert "+01:00" not in out, words


def test_answers_speak_the_language_of_the_person(tmp_path: Path) -> None:
    line = a_line(tmp_path)
    english = ("--name", "Hill", "--slug", "hill", "--language", "en", "--timezone", "Europe/London")
    line.do("client", "add", *english, "--consultant", "Ann <ann@hill.example>")
    assert line.run("piece", "show", "x", "--client", "hill").err == "There is no piece “x” here. Please check it.\n"
    assert line.run("piece", "show", "x", "--client", "mueller", by=SANDER).err.startswith("Einen Beitrag „x“")
    assert line.run("piece", "show", "x", "--client", "mueller", STAFFELSTAB_LANGUAGE="en").err.startswith("There is no piece")
    piece = line.do(
        "piece", "add", "--client", "mueller", "--channel", "blog", "--title", "T", "--from", line.file("t.md", TEXT), by=JONAS
    )
    assert "T  [Entwurf]" in line.run("piece", "show", piece["piece"], "--client", "mueller").out


# ------------------------------------------------------------------------------------ never a traceback, never a change


def test_without_a_store_every_command_says_what_to_do_first(tmp_path: Path) -> None:
    for words in (["piece", "list"], ["client", "list"], ["doctor"], ["worker", "--once"]):
        error = Line(tmp_path).refused(*words)
        assert error["code"] == "NoStore"
        assert "staffelstab init" in error["message"]
    assert list(tmp_path.iterdir()) == []


def test_init_again_changes_nothing(line: Line) -> None:
    before, keys = line.state(), (line.folder / "keys").read_text()
    line.do("init")
    assert (line.state(), (line.folder / "keys").read_text()) == (before, keys)
    assert (line.folder / "keys").stat().st_mode & 0o777 == 0o600


def test_init_without_a_key_setting_makes_the_ring_outside_the_data_folder(tmp_path: Path) -> None:
    line = Line(tmp_path)
    del line.environment["STAFFELSTAB_KEYS"]
    line.do("init")
    (ring,) = [file for file in tmp_path.rglob("keys") if file.is_file()]
    assert ring.stat().st_mode & 0o777 == 0o600
    assert not ring.is_relative_to(line.store)


def test_a_lost_key_ring_is_missed_and_never_silently_replaced(line: Line) -> None:
    line.a_channel("posts", "linkedin", "geheim-geheim-geheim", author="urn:li:person:abc", api_url="http://127.0.0.1:9")
    (line.folder / "keys").unlink()
    assert line.refused("init")["code"] == "KeysAreMissing"
    assert line.refused("channel", "check", "posts")["code"] == "KeysAreMissing"
    assert line.run("doctor", "--json").data["error"]["code"] == "KeysAreMissing"
    assert not (line.folder / "keys").exists()
    assert line.do("piece", "list")["total"] == 0


def test_a_store_that_is_a_file_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "datei"
    file.write_text("kein Ordner")
    line = Line(tmp_path)
    assert line.refused("init", STAFFELSTAB_STORE=str(file))["code"] == "StoreIsReadOnly"
    assert line.refused("piece", "list", STAFFELSTAB_STORE=str(file))["code"] == "NoStore"
    assert file.read_text() == "kein Ordner"


def test_a_damaged_store_is_refused_and_left_as_it_is(line: Line) -> None:
    line.a_piece()
    for file in line.store.glob(f"{FILE}*"):
        file.unlink()
    (line.store / FILE).write_bytes(b"das ist keine Datenbank " * 400)
    ran = line.process("piece", "list", "--json")
    assert (ran.code, ran.error["code"]) == (1, "StoreIsDamaged")
    assert (line.store / FILE).read_bytes().startswith(b"das ist keine Datenbank")


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that everybody may enter, as pytest's own are not."""
    folder = Path(tempfile.mkdtemp(prefix="staffelstab-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.mark.parametrize("mode", [0o755, 0o000])
def test_a_folder_that_may_not_be_read_or_written_is_refused(open_folder: Path, mode: int) -> None:
    line = a_line(open_folder)
    piece = line.a_piece()
    line.store.chmod(mode)
    for words in (["piece", "submit", piece, "--as", JONAS], ["piece", "list"], ["doctor"], ["init"]):
        ran = line.as_nobody(*words, "--json")
        assert (ran.code, ran.error["code"]) == (1, "StoreIsReadOnly"), words
    line.store.chmod(0o700)
    assert line.do("piece", "show", piece)["stage"] == "draft"


def test_a_store_from_a_newer_version_is_left_alone(line: Line) -> None:
    with sqlite3.connect(line.store / FILE) as db:
        db.execute("PRAGMA user_version = 99")
    before = line.state()
    error = line.refused("piece", "list")
    assert (error["code"], error["facts"]["schema"]) == ("StoreIsNewer", 99)
    assert line.refused("init")["code"] == "StoreIsNewer"
    assert line.state() == before


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("STAFFELSTAB_STORE", "mysql://server/daten"),
        ("STAFFELSTAB_LANGUAGE", "fr"),
        ("STAFFELSTAB_PUBLIC_URL", "beispiel.example"),
        ("STAFFELSTAB_PRIVATE_NETWORKS", "hier"),
        ("STAFFELSTAB_AS_FILE", "/gibt/es/nicht"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named(line: Line, setting: str, value: str) -> None:
    error = line.refused("piece", "list", **{setting: value})
    assert (error["code"], error["facts"]["name"]) == ("BadSetting", setting)


@pytest.mark.parametrize("odd", ["\u202eegabrebÜ", "a\u0001b", "👩‍👩‍👧‍👦" * 20, "ﬀ" * 90, "٣٣٣", "z̴̗͐a̸̮͑l̴̜̈g̵̱̎o̵͙͋"])
def test_odd_letters_are_kept_or_refused(line: Line, odd: str) -> None:
    text = line.file("text.md", odd)
    ran = line.run("piece", "add", "--channel", "blog", "--title", odd, "--from", text, "--tag", odd[:20], "--json", by=JONAS)
    assert ran.code in (0, 1), ran
    if ran.code == 0:
        assert line.do("piece", "show", ran.data["piece"])["stage"] == "draft"
    assert line.run("piece", "show", odd, "--json").error["code"] == "Unknown"


def test_bytes_that_are_no_letters_are_refused(line: Line) -> None:
    before = line.state()
    arguments = [sys.executable, "-m", "handover.command", "piece", "list", "--json", "--channel", b"bl\xffog"]
    done = subprocess.run(arguments, env=line.environment, capture_output=True, timeout=60)
    assert done.returncode == 1
    assert b'"FieldInvalid"' in done.stdout
    assert (done.stderr, line.state()) == (b"", before)


@pytest.mark.parametrize("option", ["--title", "--message", "--persona", "--goal"])
def test_huge_arguments_are_refused(line: Line, option: str) -> None:
    given = {"--title": "T", "--message": "M", "--persona": "P", "--goal": "G", option: "x" * 100_000}
    words = [word for pair in given.items() for word in pair]
    error = line.refused("brief", "add", "--channel", "blog", *words, by=JONAS)
    assert (error["code"], error["facts"]["length"]) == ("FieldTooLong", 100_000)


@pytest.mark.parametrize("content", [b"\x00\x01\x02" * 100, b"\xff\xfe\x00T", bytes(range(256)), b"PK\x03\x04" + bytes(200)])
def test_a_binary_file_is_no_text(line: Line, content: bytes) -> None:
    file = line.file("text.md", content)
    given = ("--channel", "blog", "--title", "T", "--from", file)
    assert line.refused("piece", "add", *given, by=JONAS)["code"] == "TextNotReadable"


def test_a_folder_or_nothing_in_a_files_place_is_refused(line: Line) -> None:
    piece = line.a_piece()
    picture = ("--image", line.folder, "--alt", "a")
    for words in (
        ["piece", "add", "--channel", "blog", "--title", "T", "--from", line.folder],
        ["piece", "add", "--channel", "blog", "--title", "T", "--from", line.folder / "gibtsnicht.md"],
        ["piece", "add", "--channel", "blog", "--title", "T", "--from", "x" * 5_000],
        ["piece", "edit", piece, "--from", line.folder],
        ["piece", "edit", piece, *picture],
        ["brief", "add", "--title", "T", "--channel", "blog", "--message", "M", "--source", line.folder],
    ):
        assert line.refused(*words, by=JONAS)["code"] == "FileNotFound", words


def test_a_file_beyond_every_limit_is_not_read_to_its_end(line: Line) -> None:
    with (line.folder / "riesig.md").open("wb") as huge:
        huge.truncate(3 * 1024**3)  # a hole, not bytes
    given = ("--channel", "blog", "--title", "T", "--from", huge.name)
    assert line.refused("piece", "add", *given, by=JONAS)["code"] == "FileTooLarge"


def test_a_brief_with_one_bad_source_keeps_none_of_them(line: Line) -> None:
    good, bad = line.file("gut.md", SOURCE), line.file("leer.txt", "")
    given = ("--title", "T", "--channel", "blog", "--message", "M", "--source", good, "--source", bad)
    assert line.refused("brief", "add", *given, by=JONAS)["code"] == "SourceEmpty"
    unknown = ("--title", "T", "--channel", "gibtsnicht", "--message", "M", "--source", good)
    assert line.refused("brief", "add", *unknown, by=JONAS)["code"] == "Unknown"


def test_a_mistake_of_the_program_is_told_in_a_sentence(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("kaputt")

    monkeypatch.setattr("pipeline.desk.reading.ReadingVerbs.pieces", broken)
    ran = line.run("piece", "list", "--json")
    assert (ran.code, ran.error["code"]) == (1, "Unexpected")
    assert "RuntimeError: kaputt" in ran.error["message"]


def test_nothing_runs_from_the_folder_somebody_stands_in(line: Line) -> None:
    assert line.process("client", "list", "--json", cwd=ROOT / "tests").code == 0
