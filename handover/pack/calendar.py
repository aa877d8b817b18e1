"""What was and will be published, as an iCalendar file (RFC 5545) that every calendar program takes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from handover.pack.paper import Paper
from handover.pack.pieces import Listed

LONGEST_LINE = 75
"""Bytes; what is longer goes on in the next line after a blank."""
CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def calendar_file(pieces: Sequence[Listed], paper: Paper) -> bytes:
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Staffelstab//Staffelstab//DE",
        f"X-WR-CALNAME:{_text(paper.client.name)}",
    ]
    for piece in pieces:
        if piece.at:
            lines += _event(piece, piece.at, paper)
    return "".join(f"{folded}\r\n" for line in [*lines, "END:VCALENDAR"] for folded in _folded(line)).encode()


def _event(piece: Listed, at: datetime, paper: Paper) -> Iterator[str]:
    yield "BEGIN:VEVENT"
    yield f"UID:{piece.id}@{paper.client.id}.staffelstab"
    yield f"DTSTAMP:{_moment(paper.as_of)}"
    yield f"DTSTART:{_moment(at)}"
    yield f"SUMMARY:{_text(f'{paper.channel(piece.channel)}: {piece.title}')}"
    yield f"DESCRIPTION:{_text(paper.say.word(piece.stage))}"
    yield f"STATUS:{'CONFIRMED' if piece.confirmed_at else 'TENTATIVE'}"
    if piece.url.startswith(("https://", "http://")):
        yield f"URL:{CONTROL.sub('', piece.url)}"
    yield "TRANSP:TRANSPARENT"
    yield "END:VEVENT"


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def _text(text: str) -> str:
    escaped = re.sub(r"([\\;,])", r"\\\1", CONTROL.sub("", text))
    return re.sub(r"\r\n|\r|\n", r"\\n", escaped)


def _folded(line: str) -> Iterator[str]:
    """Lines of at most 75 bytes; no letter is cut in two."""
    part, length = "", 0
    for letter in line:
        size = len(letter.encode())
        if length + size > LONGEST_LINE:
            yield part
            part, length = " ", 1
        part, length = part + letter, length + size
    yield part
