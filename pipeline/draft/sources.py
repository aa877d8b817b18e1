"""Documents and pages of the company become numbered passages: read once, kept as text, nothing else of them is kept."""

from __future__ import annotations

import hashlib
import re
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from io import BytesIO
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from pipeline.draft.cleaning import one_line
from pipeline.draft.parts import Part, numbered, tidy, title_of
from pipeline.draft.read_docx import read_docx
from pipeline.draft.read_html import read_html
from pipeline.draft.read_pdf import read_pdf
from pipeline.draft.read_text import read_markdown, read_text
from pipeline.draft.trouble import Problem, Unusable
from pipeline.errors import (
    AddressNotAllowed,
    AddressNotReachable,
    SourceEmpty,
    SourceEncrypted,
    SourceTooLarge,
    SourceUnreadable,
)
from pipeline.net import Forbidden, NetError, NothingSent
from pipeline.records import Passage

if TYPE_CHECKING:
    from pipeline.net import Answer, Net

LIMIT_MIB = 20
PAGE_LIMIT_MIB = 5
MOST_TEXT_BYTES = 5 * 1024 * 1024
"""Of text, Markdown and HTML: a thousand printed pages."""

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
FORMATS = {
    "md": "markdown", "markdown": "markdown", "txt": "text", "text": "text", "html": "html", "htm": "html", "xhtml": "html",
    "docx": "docx", "pdf": "pdf",
}  # fmt: skip
MEDIA_TYPES = {
    "text/html": "html", "application/xhtml+xml": "html", "text/plain": "text", "text/markdown": "markdown",
    "application/pdf": "pdf", "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
}  # fmt: skip


class NoAnswer(StrEnum):
    """Why an address gave nothing, when it gave not even a number; its words stand in templates/messages/draft.toml."""

    CONNECTION = "connection"
    CUT = "cut"


@dataclass(frozen=True)
class ReadSource:
    """format   "markdown", "text", "html", "docx" or "pdf"
    sha256   of the bytes as they came
    """

    title: str
    format: str
    passages: tuple[Passage, ...]
    sha256: str


def read_source(data: bytes, name: str) -> ReadSource:
    """A file's bytes and name as numbered passages.

    Raises SourceEmpty(name), SourceEncrypted(name), SourceUnreadable(name, reason), SourceTooLarge(name, size_mib, limit_mib).
    """
    name = one_line(name)[-200:]
    if len(data) > LIMIT_MIB * 1024 * 1024:
        raise SourceTooLarge(name=name, size_mib=_mib(len(data)), limit_mib=LIMIT_MIB)
    try:
        return _read(data, name, _format_of(data, name))
    except Unusable as unusable:
        raise _refusal(unusable, name) from unusable


def read_page(url: str, net: Net) -> ReadSource:
    """A page of the open web as numbered passages.

    Raises AddressNotAllowed(address), AddressNotReachable(address, reason) and what `read_source` raises.
    """
    address = _address(url)
    try:
        answer = net.fetch(address, largest=PAGE_LIMIT_MIB * 1024 * 1024)
    except Forbidden as forbidden:
        raise AddressNotAllowed(address=address) from forbidden
    except NetError as silent:
        reason = NoAnswer.CONNECTION if isinstance(silent, NothingSent) else NoAnswer.CUT
        raise AddressNotReachable(address=address, reason=reason) from silent
    if answer.status != 200:
        raise AddressNotReachable(address=address, reason=str(answer.status))
    try:
        return _read(answer.body, address, _format_of_page(answer, address), charset=_charset(answer))
    except Unusable as unusable:
        raise _refusal(unusable, address) from unusable


def _read(data: bytes, name: str, kind: str, charset: str = "") -> ReadSource:
    if not data.strip():
        raise SourceEmpty(name=name)
    if kind not in ("pdf", "docx") and len(data) > MOST_TEXT_BYTES:
        raise SourceTooLarge(name=name, size_mib=_mib(len(data)), limit_mib=MOST_TEXT_BYTES // 1024 // 1024)
    title, parts = _reader(kind, charset)(data)
    parts = tidy(parts)
    passages = numbered(parts)
    if not passages:
        raise SourceEmpty(name=name)
    headline = title_of(parts, "") or title[:300] or title_of([], name)
    return ReadSource(headline, kind, passages, hashlib.sha256(data).hexdigest())


def _reader(kind: str, charset: str) -> Callable[[bytes], tuple[str, list[Part]]]:
    readers: dict[str, Callable[[bytes], tuple[str, list[Part]]]] = {
        "pdf": read_pdf,
        "docx": read_docx,
        "html": lambda data: read_html(decoded(data, charset or _declared_charset(data))),
        "markdown": lambda data: ("", read_markdown(decoded(data, charset))),
        "text": lambda data: ("", read_text(decoded(data, charset))),
    }
    return readers[kind]


def _format_of(data: bytes, name: str) -> str:
    """What the name says, if the bytes agree. A name without a known ending leaves it to the bytes."""
    ending = name.rsplit(".", 1)[-1].casefold() if "." in name else ""
    seen = _seen(data)
    said = FORMATS.get(ending, "")
    if seen == "ole":
        raise Unusable(Problem.LOCKED if _is_encrypted_office(data) else Problem.OLD_WORD)
    if said in ("pdf", "docx") or seen in ("pdf", "docx"):
        if said and data.strip() and said != seen:
            raise Unusable(Problem.MISMATCH)
        return said or seen
    if said:
        return said
    if ending in ("", "bin", "tmp") or seen == "html":
        return seen
    raise Unusable(Problem.TYPE)


def _seen(data: bytes) -> str:
    start = data[:1024].lstrip(b"\xef\xbb\xbf \t\r\n")
    if start.startswith(OLE):
        return "ole"
    if b"%PDF-" in data[:1024]:
        return "pdf"
    if data.startswith(b"PK\x03\x04"):
        return "docx" if _has_word_document(data) else "archive"
    return "html" if re.match(rb"(?i)<!doctype html|<html|<\?xml[^>]*\?>\s*<!doctype html", start) else "text"


def _has_word_document(data: bytes) -> bool:
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            return "word/document.xml" in archive.namelist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError):
        return False


def _is_encrypted_office(data: bytes) -> bool:
    """Word keeps a document with a password in the old container, under this name."""
    return "EncryptedPackage".encode("utf-16-le") in data


def _format_of_page(answer: Answer, address: str) -> str:
    media_type = answer.headers.get("content-type", "").split(";")[0].strip().casefold()
    said = MEDIA_TYPES.get(media_type)
    if said in ("text", None):
        path = urlsplit(address).path
        ending = path.rsplit(".", 1)[-1].casefold() if "." in path.rsplit("/", 1)[-1] else ""
        said = FORMATS.get(ending, said or "")
    seen = _seen(answer.body)
    if seen in ("pdf", "docx"):
        return seen
    if seen in ("ole", "archive") or said in ("pdf", "docx") or (not said and seen != "html"):
        raise Unusable(Problem.TYPE)
    return said or seen


def decoded(data: bytes, charset: str = "") -> str:
    """Text of any usual encoding: a byte order mark, the declared one, UTF-8, or the one of older Windows."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return _text(data, "utf-16")
    if b"\0" in data:
        raise Unusable(Problem.NOT_TEXT)
    for encoding in (charset, "utf-8-sig", "cp1252"):
        try:
            return _text(data, encoding) if encoding else _text(data, "utf-8-sig")
        except (UnicodeDecodeError, LookupError):
            continue
    raise Unusable(Problem.NOT_TEXT)


def _text(data: bytes, encoding: str) -> str:
    text = data.decode(encoding)
    if not isinstance(text, str):  # encodings such as "hex" give no text
        raise LookupError(encoding)
    start = text[:100_000]
    strange = sum(character < " " and character not in "\t\n\r\f\v\x1b" for character in start)
    letters = sum(character.isalnum() or character.isspace() for character in start)
    if strange > len(start) // 500 or (encoding == "cp1252" and letters * 2 < len(start)):  # any bytes are some cp1252
        raise Unusable(Problem.NOT_TEXT)
    return text


def _declared_charset(data: bytes) -> str:
    found = re.search(rb"<meta[^>]{0,200}charset\s*=\s*[\"']?([\w-]{2,30})", data[:4096], re.IGNORECASE)
    return found[1].decode("ascii") if found else ""


def _charset(answer: Answer) -> str:
    found = re.search(r"charset\s*=\s*[\"']?([\w-]{2,30})", answer.headers.get("content-type", ""), re.IGNORECASE)
    return found[1] if found else ""


def _address(url: str) -> str:
    """The address as it may be shown and kept: http or https, without a password or a place within the page."""
    address = url.strip()
    try:
        parts = urlsplit(address if "://" in address else f"https://{address}")
        host, _ = parts.hostname, parts.port  # a port that is no number is noticed only when asked for
    except ValueError:
        host = None
    if host is None or parts.scheme not in ("http", "https") or "@" in parts.netloc or re.search(r"[\x00-\x20\x7f\\]", address):
        raise AddressNotAllowed(address=re.sub(r"//[^/@\s]*@", "//", one_line(address))[:200])
    return parts._replace(fragment="").geturl()


def _refusal(unusable: Unusable, name: str) -> SourceEncrypted | SourceUnreadable:
    if unusable.problem is Problem.LOCKED:
        return SourceEncrypted(name=name)
    return SourceUnreadable(name=name, reason=unusable.problem)


def _mib(size: int) -> int:
    return -(-size // (1024 * 1024))
