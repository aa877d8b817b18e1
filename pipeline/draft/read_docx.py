"""Word documents: bounded, without hidden text, to HTML through mammoth; from there the one HTML way."""

from __future__ import annotations

import io
import zipfile
import zlib
from xml.etree import ElementTree  # the parts are checked for document types before; expat limits the rest

from pipeline.draft.parts import Part
from pipeline.draft.read_html import read_html
from pipeline.draft.trouble import Problem, Unusable

MOST_ENTRIES = 2_000
MOST_XML_BYTES = 40 * 1024 * 1024
WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
DAMAGED = (zipfile.BadZipFile, zlib.error, ElementTree.ParseError, KeyError, ValueError, NotImplementedError, EOFError, OSError)


def read_docx(data: bytes) -> tuple[str, list[Part]]:
    import mammoth  # slow to load, and only Word documents need it

    try:
        page = mammoth.convert_to_html(io.BytesIO(_bounded(data)), convert_image=lambda _: [], include_embedded_style_map=False)
    except Unusable:
        raise
    except RecursionError as deep:
        raise Unusable(Problem.BOMB) from deep
    except Exception as broken:  # mammoth raises whatever its XML reader met
        raise Unusable(Problem.DAMAGED) from broken
    _, parts = read_html(page.value)
    return "", parts


def _bounded(data: bytes) -> bytes:
    """The same document with its XML alone: counted while it is inflated, hidden text cut out."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as document:
            entries = document.infolist()
            if len(entries) > MOST_ENTRIES:
                raise Unusable(Problem.BOMB)
            if any(entry.flag_bits & 1 for entry in entries):
                raise Unusable(Problem.LOCKED)
            wanted = [entry for entry in entries if entry.filename.endswith((".xml", ".rels"))]
            parts = _inflated(document, wanted)
    except DAMAGED as broken:
        raise Unusable(Problem.DAMAGED) from broken
    if "word/document.xml" not in parts:
        raise Unusable(Problem.TYPE)
    return _packed(parts)


def _inflated(document: zipfile.ZipFile, entries: list[zipfile.ZipInfo]) -> dict[str, bytes]:
    parts: dict[str, bytes] = {}
    total = 0
    for entry in entries:
        with document.open(entry) as stream:
            content = stream.read(MOST_XML_BYTES - total + 1)
        total += len(content)
        if total > MOST_XML_BYTES:
            raise Unusable(Problem.BOMB)
        if b"\0" in content[:200] or b"<!DOCTYPE" in content or b"<!ENTITY" in content:
            raise Unusable(Problem.DAMAGED)  # Word writes neither UTF-16 nor document types
        parts[entry.filename] = content
    return parts


def _packed(parts: dict[str, bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as document:
        for name, content in parts.items():
            document.writestr(name, without_hidden_text(content) if name == "word/document.xml" else content)
    return target.getvalue()


def without_hidden_text(document: bytes) -> bytes:
    """Runs that Word does not print, or prints white on white, taken out."""
    if b"vanish" not in document and b"FFFFFF" not in document.upper():
        return document
    try:
        tree = ElementTree.fromstring(document)  # noqa: S314 - no document type, checked before
    except ElementTree.ParseError as broken:
        raise Unusable(Problem.DAMAGED) from broken
    for parent in tree.iter():
        for run in [child for child in parent if child.tag == f"{WORD}r" and _is_hidden(child)]:
            parent.remove(run)
    return bytes(ElementTree.tostring(tree, encoding="utf-8", xml_declaration=True))


def _is_hidden(run: ElementTree.Element) -> bool:
    look = run.find(f"{WORD}rPr")
    if look is None:
        return False
    hidden = look.find(f"{WORD}vanish")
    colour = look.find(f"{WORD}color")
    is_off = hidden is not None and hidden.get(f"{WORD}val") in ("0", "false", "off")
    is_white = colour is not None and (colour.get(f"{WORD}val") or "").upper() == "FFFFFF" and look.find(f"{WORD}shd") is None
    return (hidden is not None and not is_off) or is_white
