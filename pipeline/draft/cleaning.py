"""What is taken out of every text from outside before anybody reads it."""

from __future__ import annotations

import re
import unicodedata

INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0e"
    "\ufeff\uffa0\ufff9-\ufffc\U000e0000-\U000e0fff]"
)
"""Zero-width, direction-changing and tag characters: they hide text from people, never from machines."""
CONTROL = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f-\x84\x86-\x9f]")
BLANKS = re.compile("[ \t\xa0\u2000-\u200a\u202f\u205f\u3000]+")


def clean(text: str) -> str:
    """NFC, line feeds only, nothing invisible, single blanks; leading blanks stay, they carry structure in plain text."""
    text = unicodedata.normalize("NFC", text)
    text = re.sub("\r\n?|\x85|\u2028|\u2029|\x0b|\x0c", "\n", text)
    return CONTROL.sub("", INVISIBLE.sub("", text))


def one_line(text: str) -> str:
    return BLANKS.sub(" ", clean(text).replace("\n", " ")).strip()


def without_html_comments(text: str) -> str:
    """Each `<!-- ... -->` cut out; one that is never closed goes to the end. Linear, whatever the text."""
    kept, position = [], 0
    while (start := text.find("<!--", position)) >= 0:
        kept.append(text[position:start])
        end = text.find("-->", start + 4)
        position = len(text) if end < 0 else end + 3
    return "".join([*kept, text[position:]])
