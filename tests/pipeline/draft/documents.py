"""Documents made on the spot: small Word and PDF files, and the assignment everybody in these tests gets."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from xml.sax.saxutils import escape

from pipeline.draft.author import Assignment, SourceText
from pipeline.draft.sources import read_source

SAMPLES = Path(__file__).parent / "samples"
NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)
W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def sample(name: str, number: int = 1) -> SourceText:
    read = read_source((SAMPLES / name).read_bytes(), name)
    return SourceText(number, read.title, read.passages)


def source(text: str, number: int = 1, name: str = "notiz.md") -> SourceText:
    read = read_source(text.encode(), name)
    return SourceText(number, read.title, read.passages)


def an_assignment(*sources: SourceText, **changes: object) -> Assignment:
    given: dict[str, object] = {
        "client": "c1",
        "brief_id": "b1",
        "title": "Wissen weitergeben",
        "message": "Wissen wandert nicht durch Papier, sondern durch gemeinsame Arbeit.",
        "persona": "Werkleiter in der Zulieferindustrie",
        "goal": "Gespräche auf der Messe",
        "outlet": "linkedin",
        "language": "de",
        "sources": sources or (sample("meinung-wissen.md"),),
        "asked_by": "jonas",
    }
    return Assignment(**{**given, **changes})  # type: ignore[arg-type]


OPEN = "http://schemas.openxmlformats.org/"
MEDIA = "application/vnd.openxmlformats-officedocument.wordprocessingml"
RELATIONS = "application/vnd.openxmlformats-package.relationships+xml"


def _relation(kind: str, target: str) -> str:
    named = f'<Relationship Id="r1" Type="{OPEN}officeDocument/2006/relationships/{kind}" Target="{target}"/>'
    return f'<Relationships xmlns="{OPEN}package/2006/relationships">{named}</Relationships>'


def run(text: str, look: str = "") -> str:
    return f'<w:r><w:rPr>{look}</w:rPr><w:t xml:space="preserve">{escape(text)}</w:t></w:r>'


def paragraph(*runs: str, style: str = "") -> str:
    named = f'<w:pPr><w:pStyle w:val="{style}"/></w:pPr>' if style else ""
    return f"<w:p>{named}{''.join(runs)}</w:p>"


def docx(*paragraphs: str, extra: dict[str, bytes] | None = None, prolog: str = "") -> bytes:
    document = (
        f'<?xml version="1.0" encoding="UTF-8"?>{prolog}<w:document {W}><w:body>{"".join(paragraphs)}</w:body></w:document>'
    )
    styles = "".join(
        f'<w:style w:type="paragraph" w:styleId="Heading{level}"><w:name w:val="heading {level}"/></w:style>' for level in (1, 2)
    )
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{OPEN}package/2006/content-types"><Override PartName="/word/document.xml" '
        f'ContentType="{MEDIA}.document.main+xml"/><Default Extension="rels" ContentType="{RELATIONS}"/></Types>',
        "_rels/.rels": _relation("officeDocument", "word/document.xml"),
        "word/document.xml": document,
        "word/styles.xml": f"<w:styles {W}>{styles}</w:styles>",
        "word/_rels/document.xml.rels": _relation("styles", "styles.xml"),
    }
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
        for name, content_bytes in (extra or {}).items():
            archive.writestr(name, content_bytes)
    return target.getvalue()


def pdf(*pages: Sequence[str], encrypt: str = "") -> bytes:
    """One line of text below the other, in a plain built-in font."""
    from pypdf import PdfWriter
    from pypdf.generic import DecodedStreamObject, DictionaryObject, NameObject

    writer = PdfWriter()
    font = DictionaryObject(
        {
            NameObject("/Type"): NameObject("/Font"),
            NameObject("/Subtype"): NameObject("/Type1"),
            NameObject("/BaseFont"): NameObject("/Helvetica"),
            NameObject("/Encoding"): NameObject("/WinAnsiEncoding"),
        }
    )
    for lines in pages:
        page = writer.add_blank_page(595, 842)
        page[NameObject("/Resources")] = DictionaryObject({NameObject("/Font"): DictionaryObject({NameObject("/F1"): font})})
        shown = b"".join(
            b"(" + line.encode("cp1252").replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)") + b") Tj T*\n"
            for line in lines
        )
        stream = DecodedStreamObject()
        stream.set_data(b"BT /F1 11 Tf 14 TL 60 780 Td\n" + shown + b"ET")
        page[NameObject("/Contents")] = writer._add_object(stream)
    if encrypt:
        writer.encrypt(encrypt, algorithm="RC4-128")
    target = io.BytesIO()
    writer.write(target)
    return target.getvalue()
