"""What people read in a pack without this program: pages that lead everywhere, tables that harm nobody, a calendar."""

from __future__ import annotations

import csv
import io
import json
import posixpath
import re
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import pytest

from handover.pack.paper import harmless
from handover.pack.verifier import NAME
from tests.handover.pack.packed import Files, a_busy_house, files_of, the_desk, the_pack
from tests.house import a_house

EVIL = "<script>alert(1)</script><img src=x onerror=alert(1)>\"'&"
FORMULAS = ('=HYPERLINK("http://x")', "+1", "-1", "@SUM(A1)", "\tx", "\rx", "\0x")


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Files:
    folder = tmp_path_factory.mktemp("busy")
    at = a_busy_house(folder)
    the_pack(at, folder / "pack.zip")
    return files_of(folder / "pack.zip")


class Page(HTMLParser):
    """Every tag of a page with its attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def targets(self) -> list[str]:
        return [str(given[name]) for _, given in self.tags for name in ("href", "src") if name in given]


def pages(files: Files) -> dict[str, Page]:
    return {name: Page(data.decode()) for name, data in files.items() if name.endswith(".html")}


def table(files: Files, name: str) -> list[dict[str, str]]:
    text = files[name].decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline=""), delimiter=";"))


def test_every_link_and_image_of_every_page_is_in_the_pack(files: Files) -> None:
    leads = 0
    for name, page in pages(files).items():
        for target in page.targets():
            if target.startswith(("#", "https://www.mueller.example/")):
                continue
            leads += 1
            assert posixpath.normpath(posixpath.join(posixpath.dirname(name), unquote(target))) in files, (name, target)
    assert leads > 100


def test_every_piece_is_reached_from_the_start_page(files: Files) -> None:
    found, todo = set(), ["index.html"]
    while todo:
        name = todo.pop()
        if name in found or not name.endswith(".html"):
            continue
        found.add(name)
        todo += [posixpath.normpath(posixpath.join(posixpath.dirname(name), one)) for one in pages(files)[name].targets()]
    assert {name for name in files if name.endswith("/page.html")} <= found


def test_pages_fetch_nothing_and_run_nothing(files: Files) -> None:
    for name, page in pages(files).items():
        assert not {tag for tag, _ in page.tags} & {"script", "link", "iframe", "object", "embed", "form", "base"}, name
        for tag, given in page.tags:
            assert not [one for one in given if one.startswith("on")], name
            assert "src" not in given or not str(given["src"]).startswith(("http", "//", "data:")), (name, tag)
        assert b"url(" not in files[name]
        assert b"@import" not in files[name]


def test_what_people_wrote_is_shown_as_they_wrote_it(tmp_path: Path) -> None:
    at = a_house(tmp_path)
    desk = the_desk(at, at.jonas)
    desk.add_piece("blog", title=f"Titel {EVIL}", body=f"Text {EVIL}\n\n![x](http://10.0.0.1/zaehlpixel.png)", excerpt=EVIL)
    the_desk(at, at.sander).change_client(name=f"Firma {EVIL}")
    the_pack(at, tmp_path / "pack.zip")
    for name, page in pages(files_of(tmp_path / "pack.zip")).items():
        assert not [tag for tag, given in page.tags if tag in ("script", "img") or "onerror" in given], name


def test_images_stand_in_the_text_where_they_belong(files: Files) -> None:
    name = next(one for one in files if one.startswith("pieces/mit-bildern") and one.endswith("page.html"))
    images = [str(given["src"]) for tag, given in pages(files)[name].tags if tag == "img"]
    assert images
    text = files[name.replace("page.html", "text.md")].decode()
    assert re.search(r"!\[Ein Bild\]\(\.\./\.\./images/[0-9a-f]{64}\.png\)", text)


def test_markdown_has_front_matter_that_reads_as_json(files: Files) -> None:
    for name, data in files.items():
        if name.endswith(".md") and name.startswith("pieces/"):
            head, _, _ = data.decode().removeprefix("---\n").partition("\n---\n")
            fields = dict(line.split(": ", 1) for line in head.splitlines())
            assert json.loads(fields["title"]), name
            assert len(json.loads(fields["hash"])) == 64


def test_all_revisions_are_there(files: Files) -> None:
    (folder,) = {posixpath.dirname(one) for one in files if one.startswith("pieces/zu-aendern")}
    assert b"12 Prozent" in files[f"{folder}/text.md"]
    assert b"12 Prozent" not in files[f"{folder}/revision-1.md"]


def test_tables_open_in_a_german_excel_and_hold_no_formulas(files: Files) -> None:
    for name, data in files.items():
        if name.endswith(".csv"):
            assert data.startswith(b"\xef\xbb\xbf"), name
            assert data.count(b"\r\n") == data.count(b"\n") - sum(
                one.count("\n") for row in table(files, name) for one in row.values()
            )
            assert not [one for row in table(files, name) for one in row.values() if one.startswith(("=", "+", "-", "@"))], name
    assert any("Ein Entwurf; mit „Anführung“" in row["Titel"] for row in table(files, "pieces.csv"))


@pytest.mark.parametrize("text", FORMULAS)
def test_a_cell_that_would_be_a_formula_gets_an_apostrophe(text: str) -> None:
    assert harmless(text) == f"'{text}"


def test_the_tables_tell_who_decided_what_and_who_may(files: Files) -> None:
    decisions = table(files, "audit/decisions.csv")
    assert {row["Person"] for row in decisions} >= {"Sander Vogt", "Maria Lindqvist"}
    assert "Bitte mit Zahl." in {row["Kommentar"] for row in decisions}
    assert {row["Phase"] for row in table(files, "channels.csv")} == {"Mitmachen", "Vormachen"}
    assert any("Maria Lindqvist" in row["Wer"] for row in table(files, "rights.csv"))
    assert any(row["Name"] == "Kai Fort" and row["Ausgeschieden"] for row in table(files, "people.csv"))


def test_the_calendar_is_one_that_programs_take(files: Files) -> None:
    text = files["calendar.ics"]
    lines = text.split(b"\r\n")
    assert lines[0] == b"BEGIN:VCALENDAR"
    assert lines[-2:] == [b"END:VCALENDAR", b""]
    assert b"\n" not in text.replace(b"\r\n", b"")
    assert max(map(len, lines)) <= 75
    assert lines.count(b"BEGIN:VEVENT") == lines.count(b"END:VEVENT") == 2  # planned and published
    assert b"STATUS:CONFIRMED" in lines
    assert b"STATUS:TENTATIVE" in lines


def test_names_are_safe_everywhere(files: Files) -> None:
    assert not [name for name in files if not NAME.fullmatch(name)]


def test_the_runbook_is_in_the_pack(files: Files) -> None:
    assert "Blog der Werkstatt" in files["runbook.html"].decode()
    assert "runbook.html" in pages(files)["index.html"].targets()
