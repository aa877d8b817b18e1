from __future__ import annotations

import io
import time
import zipfile
from collections.abc import Callable
from contextlib import suppress

import pytest

from pipeline.draft import read_docx as word
from pipeline.draft.sources import LIMIT_MIB, ReadSource, read_source
from pipeline.draft.trouble import Problem
from pipeline.errors import Refusal, SourceEmpty, SourceEncrypted, SourceTooLarge, SourceUnreadable
from tests.pipeline.draft.documents import SAMPLES, docx, paragraph, pdf, run

LONG = "Die Schicht beginnt um sechs, und wer die Anlage anfährt, prüft zuerst den Ölstand und die Temperatur der Lager."


def shapes(read: ReadSource) -> list[tuple[str, str, str]]:
    return [(passage.shape, passage.heading, passage.text) for passage in read.passages]


def test_markdown_keeps_headings_lists_quotes_and_line_numbers() -> None:
    read = read_source((SAMPLES / "meinung-wissen.md").read_bytes(), "meinung-wissen.md")
    assert (read.title, read.format) == ("Das Wissen geht um 16 Uhr nach Hause", "markdown")
    assert [passage.number for passage in read.passages] == list(range(1, len(read.passages) + 1))
    items = [
        passage
        for passage in read.passages
        if passage.heading == "Drei Fehler, die wir immer wieder sehen" and passage.shape == "item"
    ]
    assert [item.text.split(".")[0] for item in items] == [
        "Es wird zu spät angefangen",
        "Es wird das Falsche festgehalten",
        "Es gehört niemandem",
    ]
    assert items[0].place == "Zeile 23"
    assert [passage.shape for passage in read.passages].count("quote") == 1
    assert not any("autor:" in passage.text or "4. März" in passage.text for passage in read.passages)


def test_plain_text_with_bullets_is_read_as_a_list_and_short_lines_as_headings() -> None:
    read = read_source((SAMPLES / "fall-angebote.txt").read_bytes(), "fall-angebote.txt")
    assert read.title == "Angebote in vier statt in elf Tagen"
    done = [passage for passage in read.passages if passage.heading == "Vorgehen"]
    assert [passage.shape for passage in done] == ["paragraph", "item", "item", "item", "paragraph"]
    assert {"Ausgangslage", "Ergebnis", "Was noch offen ist"} <= {passage.heading for passage in read.passages}


def test_contact_lines_are_no_passages() -> None:
    text = "".join(passage.text for passage in read_source((SAMPLES / "fall-angebote.txt").read_bytes(), "f.txt").passages)
    assert "@nordwind" not in text
    assert "1234567" not in text


def test_html_leaves_menu_cookie_banner_scripts_comments_and_footer_behind() -> None:
    read = read_source((SAMPLES / "checkliste-messe.html").read_bytes(), "seite.html")
    assert read.title == "Messe vorbereiten: die Checkliste"
    text = "\n".join(passage.text for passage in read.passages)
    for dropped in (
        "Startseite",
        "Cookies",
        "kein Text",
        "Agentur",
        "Ignoriere",
        "Impressum",
        "Teilen",
        "Lesezeit",
        "Zum Inhalt",
    ):
        assert dropped not in text
    assert ("item", "Sechs Monate vorher", "Termin: Wer am Stand steht, sagt bis dahin alle anderen Reisen ab.") in shapes(read)
    assert ("item", "Die Woche danach", "Montag | Kontakte sortieren") in shapes(read)


@pytest.mark.parametrize(
    "hidden",
    [
        '<p style="display: none">Geheim</p>',
        "<p hidden>Geheim</p>",
        '<span aria-hidden="true">Geheim</span>',
        '<div style="color:#fff">Geheim</div>',
        '<div style="font-size:0px">Geheim</div>',
        '<p class="sr-only">Geheim</p>',
        "<template><p>Geheim</p></template>",
        "<!-- Geheim -->",
        "<!-- nie geschlossen Geheim",
    ],
)
def test_text_hidden_from_readers_is_not_read(hidden: str) -> None:
    read = read_source(f"<html><body><h1>Titel</h1><p>{LONG}</p>{hidden}</body></html>".encode(), "a.html")
    assert shapes(read) == [("paragraph", "Titel", LONG)]


def test_invisible_and_direction_changing_characters_are_taken_out() -> None:
    read = read_source("Ein\u200b Satz \u202emit\u2066 Zei\u00adchen, die nie\ufeffmand sieht \U000e0041.".encode(), "a.txt")
    assert read.passages[0].text == "Ein Satz mit Zeichen, die niemand sieht ."


def test_letters_are_composed() -> None:
    assert (
        read_source("Die U\u0308bergabe beginnt fru\u0308h genug.".encode(), "a.txt").passages[0].text
        == "Die Übergabe beginnt früh genug."
    )


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_texts_of_usual_encodings_are_read(encoding: str) -> None:
    text = "Größe und Qualität – „gut“ für 20 €, sagt der Prüfer."
    assert read_source(text.encode(encoding), "a.txt").passages[0].text == text


def test_lines_wrapped_by_the_writer_are_joined_and_divided_words_too() -> None:
    text = (
        "Die Anlage läuft seit zwanzig Jahren ohne große Störung, und\n"
        "niemand hat aufgeschrieben, wie sie bei feuchter Luft einzu-\n"
        "stellen ist, wenn das Öl noch kalt ist und die Schicht neu\nbeginnt."
    )
    only = read_source(text.encode(), "a.txt").passages
    assert len(only) == 1
    assert "einzustellen ist, wenn das Öl noch kalt ist und die Schicht neu beginnt." in only[0].text
    assert "\n" not in only[0].text


def test_a_question_under_a_heading_is_text() -> None:
    text = (
        "Titel des Ganzen\n\nErster Satz steht hier.\n\n"
        + "1. Wer ist zuständig?\n\nKeiner hebt die Hand?\n\nDann fragen Sie jetzt nach."
    )
    read = read_source(text.encode(), "a.txt")
    assert ("paragraph", "1. Wer ist zuständig?", "Keiner hebt die Hand?") in shapes(read)


def test_word_documents_keep_headings_and_drop_what_word_does_not_print() -> None:
    white = '<w:color w:val="FFFFFF"/>'
    data = docx(
        paragraph(run("Die Übergabe"), style="Heading1"),
        paragraph(run(LONG)),
        paragraph(run("Sichtbar bleibt das hier. "), run("Unsichtbar.", "<w:vanish/>"), run("Weiß.", white)),
        paragraph(run("Nächster Schritt"), style="Heading2"),
        paragraph(run("Wir fangen am Montag mit der ersten Maschine an.", '<w:vanish w:val="false"/>')),
    )
    read = read_source(data, "bericht.docx")
    assert (read.title, read.format) == ("Die Übergabe", "docx")
    assert shapes(read) == [
        ("paragraph", "Die Übergabe", LONG),
        ("paragraph", "Die Übergabe", "Sichtbar bleibt das hier."),
        ("paragraph", "Nächster Schritt", "Wir fangen am Montag mit der ersten Maschine an."),
    ]


def test_pdf_passages_name_their_page_and_running_heads_go() -> None:
    def page(number: int) -> list[str]:
        return [
            "Jahresbericht Nordwind",
            f"Auf Seite {number} steht ein ganzer Satz, der sagt, worum es auf dieser Seite geht und",
            "warum er wichtig ist.",
            f"Seite {number} von 4",
        ]

    read = read_source(pdf(*map(page, range(1, 5))), "bericht.pdf")
    assert [passage.place for passage in read.passages] == ["S. 1", "S. 2", "S. 3", "S. 4"]
    assert (
        read.passages[2].text
        == "Auf Seite 3 steht ein ganzer Satz, der sagt, worum es auf dieser Seite geht und warum er wichtig ist."
    )


def test_the_hash_is_that_of_the_bytes() -> None:
    import hashlib

    data = LONG.encode()
    assert read_source(data, "a.txt").sha256 == hashlib.sha256(data).hexdigest()


def zipped(**parts: bytes) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return target.getvalue()


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 504
BOMB = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>'

REFUSED: list[tuple[str, Callable[[], bytes], str, type[Refusal], dict[str, object]]] = [
    ("nothing", lambda: b"", "a.txt", SourceEmpty, {}),
    ("blanks", lambda: b" \n\t ", "a.md", SourceEmpty, {}),
    ("only a menu", lambda: b"<html><nav>Start</nav></html>", "a.html", SourceEmpty, {}),
    ("scanned pages", lambda: pdf([], []), "scan.pdf", SourceEmpty, {}),
    ("binary named text", lambda: bytes(range(256)) * 8, "a.txt", SourceUnreadable, {"reason": Problem.NOT_TEXT}),
    (
        "noise named text",
        lambda: bytes(1 + (i * 7919 >> 3) % 255 for i in range(4000)),
        "a.txt",
        SourceUnreadable,
        {"reason": Problem.NOT_TEXT},
    ),
    ("a PDF named text", lambda: pdf([LONG]), "a.txt", SourceUnreadable, {"reason": Problem.MISMATCH}),
    ("text named PDF", lambda: LONG.encode(), "a.pdf", SourceUnreadable, {"reason": Problem.MISMATCH}),
    ("text named Word", lambda: LONG.encode(), "a.docx", SourceUnreadable, {"reason": Problem.MISMATCH}),
    ("an archive named Word", lambda: zipped(a=b"x"), "a.docx", SourceUnreadable, {"reason": Problem.MISMATCH}),
    ("an old Word document", lambda: OLE, "a.doc", SourceUnreadable, {"reason": Problem.OLD_WORD}),
    ("slides", lambda: zipped(a=b"x"), "a.pptx", SourceUnreadable, {"reason": Problem.TYPE}),
    ("a broken PDF", lambda: b"%PDF-1.7\nnonsense", "a.pdf", SourceUnreadable, {"reason": Problem.DAMAGED}),
    (
        "a broken archive",
        lambda: docx(paragraph(run(LONG)))[:-40] + b"x" * 40,
        "a.docx",
        SourceUnreadable,
        {"reason": Problem.MISMATCH},
    ),
    (
        "entities in Word",
        lambda: docx(paragraph(run(LONG)), prolog=BOMB),
        "a.docx",
        SourceUnreadable,
        {"reason": Problem.DAMAGED},
    ),
    (
        "a Word bomb",
        lambda: docx(extra={"word/footnotes.xml": b" " * (word.MOST_XML_BYTES + 1)}),
        "a.docx",
        SourceUnreadable,
        {"reason": Problem.BOMB},
    ),
    (
        "too many parts",
        lambda: docx(extra={f"word/x{i}.xml": b"" for i in range(word.MOST_ENTRIES)}),
        "a.docx",
        SourceUnreadable,
        {"reason": Problem.BOMB},
    ),
    ("too many pages", lambda: pdf(*[[LONG]] * 301), "a.pdf", SourceUnreadable, {"reason": Problem.PAGES}),
    ("a PDF with a password", lambda: pdf([LONG], encrypt="geheim"), "a.pdf", SourceEncrypted, {}),
    ("Word with a password", lambda: OLE + "EncryptedPackage".encode("utf-16-le"), "a.docx", SourceEncrypted, {}),
    ("too many bytes", lambda: b"a" * (LIMIT_MIB * 1024 * 1024 + 1), "a.txt", SourceTooLarge, {"size_mib": 21, "limit_mib": 20}),
]


@pytest.mark.parametrize(("data", "name", "refusal", "facts"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_what_cannot_be_read_is_refused_with_its_reason(
    data: Callable[[], bytes], name: str, refusal: type[Refusal], facts: dict[str, object]
) -> None:
    with pytest.raises(refusal) as refused:
        read_source(data(), name)
    assert refused.value.facts == {"name": name, **facts}


def test_a_pdf_that_needs_no_password_to_read_is_read() -> None:
    from pypdf import PdfReader, PdfWriter

    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(pdf([LONG, "Ende der Seite mit Punkt."]))))
    writer.encrypt(user_password="", owner_password="nur-drucken", algorithm="RC4-128")
    target = io.BytesIO()
    writer.write(target)
    assert LONG in read_source(target.getvalue(), "a.pdf").passages[0].text


def test_a_name_without_ending_leaves_it_to_the_bytes() -> None:
    assert read_source(pdf([LONG]), "upload").format == "pdf"
    assert read_source(docx(paragraph(run(LONG))), "upload").format == "docx"
    assert read_source(f"<!DOCTYPE html><p>{LONG}</p>".encode(), "upload").format == "html"
    assert read_source(LONG.encode(), "upload").format == "text"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("<div>" * 100_000 + LONG, "a.html"),
        ("<a " * 100_000 + LONG, "a.html"),
        ("<!" * 100_000 + LONG, "a.html"),
        ("<!--" * 100_000 + f"--><p>{LONG}</p>", "a.html"),
        ("</p>" * 100_000 + LONG, "a.html"),
        ("<li><p>" * 50_000 + LONG, "a.html"),
        ("&" * 200_000 + LONG, "a.html"),
        (LONG + "\n\n" + "[" * 100_000, "a.md"),
        (LONG + "\n\n" + "*_" * 60_000, "a.md"),
        (LONG + "\n\n" + "![" * 60_000 + "](", "a.md"),
        (LONG + "\n\n" + "> " * 60_000, "a.md"),
        (LONG + " " + "a " * 60_000, "a.txt"),
        (LONG + " " + "z.B." * 30_000, "a.txt"),
    ],
)
def test_hostile_texts_are_read_within_seconds(text: str, name: str) -> None:
    start = time.perf_counter()
    with suppress(SourceEmpty):
        read_source(text.encode(), name)
    assert time.perf_counter() - start < 5


def test_a_word_document_nested_without_end_is_refused_not_a_crash() -> None:
    deep = "<w:tbl><w:tr><w:tc>" * 3000 + paragraph(run(LONG)) + "</w:tc></w:tr></w:tbl>" * 3000
    with pytest.raises(SourceUnreadable):
        read_source(docx(deep), "a.docx")
