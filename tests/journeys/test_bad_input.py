"""What people and machines send by mistake or on purpose: each gets a clear sentence, and nothing is lost."""

from __future__ import annotations

import resource
import socket
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from pypdf import PdfWriter

from tests.contracts.channel_contract import PNG
from tests.fakes.linkedin import PERSON, FakeLinkedIn
from tests.line import JONAS, MARIA, SANDER, TEXT, Line, a_line
from tests.real.wordpress_server import WordPressServer, a_wordpress


@pytest.fixture
def line(tmp_path: Path) -> Line:
    return a_line(tmp_path)


def add(line: Line, body: str, title: str = "Titel", *more: object) -> dict[str, Any]:
    """The refusal of a new piece with this text."""
    given = ("--channel", "blog", "--title", title, "--from", line.file("text.md", body), *more)
    return line.refused("piece", "add", *given, by=JONAS)


# ------------------------------------------------------------------------------------------------------------- times


@pytest.mark.parametrize(
    ("at", "code"),
    [
        ("2027-03-28T02:30", "TimeDoesNotExist"),
        ("2001-01-01T09:00", "TimeIsPast"),
        ("morgen um neun", "TimeUnreadable"),
        ("2027-13-01T09:00", "TimeUnreadable"),
        ("2027-03-16", "TimeUnreadable"),
        ("9999-12-31T23:59", "TimeUnreadable"),
        ("0001-01-01T00:00", "TimeUnreadable"),
        ("", "TimeUnreadable"),
    ],
)
def test_a_time_that_cannot_be_is_refused_and_the_slot_stays(line: Line, at: str, code: str) -> None:
    piece = line.an_approved_piece()
    due = line.do("piece", "schedule", piece, "--at", "2027-03-27T09:00", by=SANDER)["due"]
    error = line.refused("piece", "schedule", piece, "--at", at, by=SANDER)
    assert error["code"] == code
    assert line.do("piece", "show", piece)["due"] == due
    if code == "TimeDoesNotExist":
        assert error["facts"] == {"wanted": "02:30", "day": "2027-03-28", "instead": "03:30"}


@pytest.mark.parametrize(
    ("until", "code"),
    [
        ("9999-12-31", "TimeUnreadable"),
        ("2001-01-01", "TimeIsPast"),
        ("2027-01-01 abends", "TimeUnreadable"),
        ("2090-01-01", "DateTooFar"),
    ],
)
def test_a_date_that_cannot_be_is_refused(line: Line, until: str, code: str) -> None:
    assert line.refused("channel", "agree", "--channel", "blog", "--until", until, by=MARIA)["code"] == code


# ---------------------------------------------------------------------------------------------------------- Markdown


@pytest.mark.parametrize(("body", "code"), [("", "TextEmpty"), (" \n\t\n", "TextEmpty"), ("wort " * 42_000, "TextTooLarge")])
def test_no_text_or_too_much_is_refused(line: Line, body: str, code: str) -> None:
    assert add(line, body)["code"] == code


@pytest.mark.parametrize(
    "body", ["[" * 4_000, "![" * 2_000, "[a](" * 1_000, "**" * 4_000 + "a", "> " * 4_000 + "a", "- " * 2_000 + "a", "`" * 4_000]
)
def test_a_text_made_to_keep_us_busy_is_answered_within_seconds(line: Line, body: str) -> None:
    begun = time.monotonic()
    ran = line.process("piece", "add", "--channel", "blog", "--title", "T", "--from", line.file("t.md", body), "--json", by=JONAS)
    assert time.monotonic() - begun < 8
    assert ran.code in (0, 1)
    if "[[" in body or "![!" in body:
        assert ran.error["code"] == "TextTooTangled"


def test_raw_html_and_script_never_reach_the_page(line: Line) -> None:
    body = (
        'Anfang <script>alert("x")</script> <b onclick="alert(1)">fett</b> <a href="javascript:alert(1)">x</a>\n\n'
        '<iframe src="https://boese.example"></iframe><img src=x onerror=alert(1)>\n\n[y](javascript:alert(2)) '
        "![z](data:text/html,<script>) <svg onload=alert(3)>\n\n<style>body{display:none}</style>\n\nEnde"
    )
    line.a_due_piece("blog", "Roh", body)
    line.do("worker", "--once")
    pages = [file.read_text("utf-8").casefold() for file in (line.folder / "web").rglob("*") if file.suffix in (".html", ".xml")]
    assert any("ende" in page for page in pages)
    for page in pages:
        for bad in ("alert(", "<script", "onclick", "onerror", "javascript:", "<iframe", "boese.example", "onload"):
            assert bad not in page, bad


# ------------------------------------------------------------------------------------------------------------ images


@pytest.mark.parametrize(
    ("name", "data", "code"),
    [
        ("bild.png", b"kein Bild", "ImageUnreadable"),
        ("leer.png", b"", "ImageUnreadable"),
        ("halb.png", PNG[:40], "ImageUnreadable"),
        ("gross.png", PNG + bytes(50 * 1024 * 1024), "ImageTooLarge"),
        ("riesig.png", PNG + bytes(70 * 1024 * 1024), "FileTooLarge"),
        ("bild.svg", b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>', "ImageTypeRefused"),
        ("bild.png", b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>', "ImageTypeRefused"),
    ],
)
def test_what_is_no_good_image_is_refused(line: Line, name: str, data: bytes, code: str) -> None:
    picture = ("--image", line.file(name, data), "--alt", "Ein Bild")
    assert add(line, TEXT, "Titel", *picture)["code"] == code


def test_an_image_of_too_many_pixels_is_refused(line: Line) -> None:
    out = BytesIO()
    Image.new("1", (20_000, 20_000)).save(out, "PNG")
    assert add(line, TEXT, "Titel", "--image", line.file("weit.png", out.getvalue()))["code"] == "ImageTooLarge"


def test_an_image_without_words_is_a_reason_of_the_gate(line: Line) -> None:
    piece = line.an_approved_piece("blog", "Bild", TEXT, "--image", line.file("a.png", PNG))
    error = line.refused("piece", "publish", piece, by=SANDER)
    assert error["code"] == "MayNotPublish"
    assert [reason["code"] for reason in error["facts"]["reasons"]] == ["ImageWithoutAlt"]
    assert add(line, TEXT, "Titel", "--alt", "Worte ohne Bild")["code"] == "FieldMissing"


# ----------------------------------------------------------------------------------------------------------- sources


def a_locked_pdf() -> bytes:
    writer, out = PdfWriter(), BytesIO()
    writer.add_blank_page(200, 200)
    writer.encrypt("geheim", algorithm="AES-256")
    writer.write(out)
    return out.getvalue()


@pytest.mark.parametrize(
    ("name", "data", "code"),
    [
        ("gesperrt.pdf", a_locked_pdf(), "SourceEncrypted"),
        ("leer.txt", b"", "SourceEmpty"),
        ("nur-blanks.md", b" \n\n\t", "SourceEmpty"),
        ("binaer.txt", bytes(range(256)) * 50, "SourceUnreadable"),
        ("falsch.docx", b"PK\x03\x04 kein Word", "SourceUnreadable"),
        ("falsch.pdf", b"%PDF-1.7 kaputt", "SourceUnreadable"),
        ("gross.txt", b"x" * (21 * 1024 * 1024), "SourceTooLarge"),
    ],
)
def test_a_source_that_cannot_be_read_is_refused_with_its_name(line: Line, name: str, data: bytes, code: str) -> None:
    given = ("--title", "T", "--channel", "blog", "--message", "M", "--source", line.file(name, data))
    error = line.refused("brief", "add", *given, by=JONAS)
    assert (error["code"], error["facts"]["name"]) == (code, name)


class Page(BaseHTTPRequestHandler):
    """Answers as the path says: /404, /html, /redirect."""

    def do_GET(self) -> None:
        status = {"/404": 404, "/redirect": 301}.get(self.path.split("?")[0], 200)
        body = b"<!doctype html><title>Willkommen</title><p>Das ist eine Webseite.</p>"
        self.send_response(status)
        if status == 301:
            self.send_header("location", "https://anderswo.example/")
        self.send_header("content-type", "text/html; charset=utf-8")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_PUT = do_GET  # noqa: N815

    def log_message(self, *_: object) -> None:
        return


@pytest.fixture
def website() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Page)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_a_source_on_this_machine_is_not_asked(line: Line, website: str) -> None:
    given = ("--title", "T", "--channel", "blog", "--message", "M", "--source", f"{website}/html")
    assert line.refused("brief", "add", *given, by=JONAS)["code"] == "AddressNotAllowed"


def test_a_source_that_is_not_there_is_refused_with_its_number(line: Line, website: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.net.Net._foreign_may", lambda *_: True)
    given = ("--title", "T", "--channel", "blog", "--message", "M", "--source", f"{website}/404")
    error = line.refused("brief", "add", *given, by=JONAS)
    assert (error["code"], error["facts"]["reason"]) == ("AddressNotReachable", "404")


# --------------------------------------------------------------------------------------------------------- WordPress


def checked(line: Line, slug: str) -> dict[str, Any]:
    """A check that finds something: exit 1, the keys of an answer and the error beside them."""
    ran = line.run("channel", "check", slug, "--json")
    assert (ran.code, ran.data["ok"]) == (1, False), ran
    assert ran.data["problems"]
    error: dict[str, Any] = ran.data["error"]
    assert len(error["message"]) > 20
    return error


@pytest.mark.parametrize(("path", "code"), [("/html", "ChannelAddressWrong"), ("/redirect", "ChannelAddressWrong")])
def test_a_wordpress_address_that_is_none_is_told_at_the_check_and_by_the_worker(
    line: Line, website: str, path: str, code: str
) -> None:
    line.a_channel("magazin", "wordpress", "abcd efgh ijkl mnop", url=website + path, user="jonas")
    assert checked(line, "magazin")["code"] == code
    piece = line.a_due_piece("magazin")
    done = line.do("worker", "--once")
    (stuck,) = [*done["failed"], *done["attention"]]
    assert (stuck["piece"], stuck["reason"]) == (piece, code)
    shown = line.do("piece", "show", piece)
    assert (shown["stage"], shown["publication"]["url"]) == ("attention", "")


def test_nobody_at_the_address_is_tried_again_later(line: Line) -> None:
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))  # bound and never listening
        line.a_channel(
            "magazin", "wordpress", "abcd efgh ijkl mnop", url=f"http://127.0.0.1:{deaf.getsockname()[1]}", user="jonas"
        )
        assert checked(line, "magazin")["code"] == "ChannelUnreachable"
        piece = line.a_due_piece("magazin")
        (waiting,) = line.do("worker", "--once")["waiting"]
    assert (waiting["piece"], waiting["reason"]) == (piece, "ChannelUnreachable")
    assert line.do("piece", "show", piece)["stage"] == "scheduled"


@pytest.fixture
def site() -> WordPressServer:
    return a_wordpress()


@pytest.mark.wordpress
@pytest.mark.parametrize(
    ("login", "password", "switches", "codes"),
    [
        ("jonas", "falsch falsch falsch", {}, {"ReconnectNeeded"}),
        ("charlie", "", {}, {"ChannelForbids"}),
        ("jonas", "", {"rest_off": True}, {"ChannelInterfaceOff"}),
        ("jonas", "", {"rest_emptied": True}, {"ChannelInterfaceOff"}),
        ("jonas", "", {"firewall": True}, {"ChannelInterfaceOff", "ChannelAddressWrong", "ChannelForbids"}),
        ("jonas", "", {"moved_to": "http://127.0.0.1:9"}, {"ChannelAddressWrong"}),
    ],
)
def test_a_wordpress_that_does_not_let_us_is_told_and_nothing_is_public(
    line: Line, site: WordPressServer, login: str, password: str, switches: dict[str, Any], codes: set[str]
) -> None:
    line.a_channel("magazin", "wordpress", password or site.passwords[login], url=site.url, user=login)
    site.switch(**switches)
    assert checked(line, "magazin")["code"] in codes
    piece = line.a_due_piece("magazin")
    done = line.do("worker", "--once")
    (stuck,) = [*done["failed"], *done["attention"]]
    assert (stuck["piece"], stuck["reason"] in codes) == (piece, True), stuck
    site.switch()
    assert site.ask("posts") == []
    assert line.do("piece", "show", piece)["content"]["body"] == TEXT


# ---------------------------------------------------------------------------------------------------------- LinkedIn


def test_a_feed_post_over_the_limit_stays_here(line: Line) -> None:
    with FakeLinkedIn() as linkedin:
        line.a_channel(
            "posts", "linkedin", "person-token", author=PERSON, api_url=linkedin.url, oauth_url=f"{linkedin.url}/oauth/v2"
        )
        piece = line.an_approved_piece("posts", "Lang", "Wort " * 620)
        (reason,) = line.refused("piece", "publish", piece, by=SANDER)["facts"]["reasons"]
        assert (reason["code"], reason["facts"]["limit"]) == ("TextTooLongForChannel", 3000)
        line.do("worker", "--once")
        assert linkedin.creates() == []


# ------------------------------------------------------------------------------------------- two people, and twice


def test_two_people_editing_one_piece_lose_no_text(line: Line) -> None:
    piece = line.a_piece()
    texts = {name: line.file(f"{name}.md", f"Fassung von {name}.") for name in ("jonas", "maria")}
    ran = []

    def edit(name: str, by: str) -> None:
        ran.append(line.process("piece", "edit", piece, "--from", texts[name], "--json", by=by))

    both = [threading.Thread(target=edit, args=pair) for pair in (("jonas", JONAS), ("maria", MARIA))]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert [one.code for one in ran] == [0, 0]
    shown = line.do("piece", "show", piece)
    assert [one["number"] for one in shown["revisions"]] == [1, 2, 3]
    assert {one["by"] for one in shown["revisions"][1:]} == {JONAS, MARIA}


def test_what_somebody_read_before_the_edit_cannot_be_approved_after_it(line: Line) -> None:
    piece = line.a_piece()
    seen = line.hash_of(piece)
    line.do("piece", "edit", piece, "--title", "Neu", by=MARIA)
    line.do("piece", "submit", piece, by=JONAS)
    assert line.refused("piece", "decide", piece, "--hash", seen, "--approve", by=SANDER)["code"] == "ApprovalIsStale"
    assert line.refused("piece", "edit", piece, "--title", "Noch neuer", by=MARIA)["code"] == "InReviewIsReadOnly"


def test_the_same_command_twice_does_the_thing_once(line: Line) -> None:
    piece = line.a_piece()
    same = line.file("text.md", TEXT)
    assert line.do("piece", "edit", piece, "--from", same, by=JONAS)["revision"] == 1
    line.do("piece", "submit", piece, by=JONAS)
    assert line.refused("piece", "submit", piece, by=JONAS)["code"] == "AlreadySubmitted"
    decide = ("piece", "decide", piece, "--hash", line.hash_of(piece), "--approve")
    assert line.do(*decide, by=SANDER)["decision"] == line.do(*decide, by=SANDER)["decision"]
    first = line.do("piece", "publish", piece, by=SANDER)
    assert line.do("piece", "publish", piece, by=SANDER) == first
    assert len(line.do("worker", "--once")["confirmed"]) == 1
    assert line.do("worker", "--once")["confirmed"] == []
    for words in (
        ["piece", "publish", piece],
        ["piece", "withdraw", piece, "--reason", "zu spät"],
        ["piece", "edit", piece, "--title", "Neu"],
        ["piece", "schedule", piece, "--at", "2027-06-01T09:00"],
    ):
        assert line.refused(*words, by=SANDER)["code"] == "PieceIsOver", words
    again = ("--name", "Blog", "--slug", "blog", "--kind", "rehearsal", "--owner", MARIA)
    assert line.refused("channel", "add", *again)["code"] == "AlreadyThere"
    again = ("--name", "X", "--slug", "mueller", "--consultant", "X <x@y.example>")
    assert line.refused("client", "add", *again)["code"] == "AlreadyThere"
    again = ("--name", "X", "--email", JONAS.upper(), "--side", "team", "--roles", "reader")
    assert line.refused("person", "add", *again)["code"] == "AlreadyThere"
    line.do("person", "deactivate", JONAS)
    assert line.refused("person", "deactivate", JONAS)["code"] == "AlreadyLeft"
    assert line.refused("piece", "list", by=JONAS)["code"] in ("PersonHasLeft", "NotAllowed")


# -------------------------------------------------------------------------------------------------------- full disk


def test_on_a_full_disk_the_former_state_holds(line: Line) -> None:
    """A limit on file sizes is what a process sees of a full disk: writing past it fails in the middle."""
    piece = line.a_piece()
    long = line.file("lang.md", "Ein langer Absatz. " * 9_000)
    before, body = line.state(), line.do("piece", "show", piece)["content"]["body"]

    def full() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (64 * 1024, 64 * 1024))

    ran = line.process("piece", "edit", piece, "--from", long, "--json", by=JONAS, preexec_fn=full)
    assert (ran.code, ran.error["code"]) == (1, "StoreIsFull"), ran
    assert line.state() == before
    assert line.do("piece", "show", piece)["content"]["body"] == body
    assert line.do("piece", "edit", piece, "--from", long, by=JONAS)["revision"] == 2
    assert line.do("doctor")["ok"] is True


def test_a_site_on_a_full_disk_keeps_its_pages_and_the_piece_is_told(line: Line) -> None:
    line.a_due_piece("blog", "Eins", TEXT)
    line.do("worker", "--once")
    before = {file: file.read_bytes() for file in (line.folder / "web").rglob("*.html")}
    long = "Ein langer Absatz. " * 9_000
    piece = line.a_due_piece("blog", "Zwei", long)

    def full() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (120 * 1024, 120 * 1024))

    ran = line.process("worker", "--once", "--json", preexec_fn=full)
    assert ran.code in (0, 1), ran
    assert {file: file.read_bytes() for file in before} == before
    line.do("worker", "--once")
    shown = line.do("piece", "show", piece)
    assert shown["content"]["body"] == long.strip()
    assert shown["stage"] in ("published", "scheduled", "attention")
