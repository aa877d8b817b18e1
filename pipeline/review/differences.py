"""What changed between two texts, paragraph by paragraph and word by word, and between two contents, field by field."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

from pipeline.records import Content, iso
from pipeline.text import SafeHtml

PARAGRAPH = re.compile(r".+?(?:\n\s*\n|\Z)", re.DOTALL)
WORD = re.compile(r"\w+|\s+|[^\w\s]")
MOST_WORDS = 3_000
"""In one changed place. Beyond that the old and the new text stand one after the other: comparing would take minutes."""

LEAST_ALIKE = 0.6
"""Blanks and full stops count too: below that a passage was rewritten, and word by word it would be confetti."""


@dataclass(frozen=True)
class Bit:
    """A stretch of text that stayed, came or went."""

    kind: Literal["same", "new", "gone"]
    text: str


def differences(old: str, new: str) -> list[Bit]:
    """From `old` to `new`, in reading order: the `same` and `gone` bits together are `old`, `same` and `new` are `new`."""
    return list(_joined(_by_paragraph(PARAGRAPH.findall(old), PARAGRAPH.findall(new))))


def _by_paragraph(old: Sequence[str], new: Sequence[str]) -> Iterator[Bit]:
    for kind, old_from, old_to, new_from, new_to in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        gone, came = "".join(old[old_from:old_to]), "".join(new[new_from:new_to])
        yield from [Bit("same", gone)] if kind == "equal" else _by_word(gone, came)


def _by_word(old: str, new: str) -> Iterator[Bit]:
    before, after = WORD.findall(old), WORD.findall(new)
    if max(len(before), len(after)) > MOST_WORDS:
        yield from (Bit("gone", old), Bit("new", new))
        return
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    if matcher.ratio() < LEAST_ALIKE:
        yield from (Bit("gone", old), Bit("new", new))
        return
    for kind, old_from, old_to, new_from, new_to in matcher.get_opcodes():
        gone, came = "".join(before[old_from:old_to]), "".join(after[new_from:new_to])
        yield from [Bit("same", gone)] if kind == "equal" else [Bit("gone", gone), Bit("new", came)]


def _joined(bits: Iterator[Bit]) -> Iterator[Bit]:
    waiting: Bit | None = None
    for bit in bits:
        if waiting is not None and bit.kind == waiting.kind:
            waiting = Bit(bit.kind, waiting.text + bit.text)
        elif bit.text:
            if waiting is not None:
                yield waiting
            waiting = bit
    if waiting is not None:
        yield waiting


TAG = {"new": "ins", "gone": "del"}


def marked(old: str, new: str, *, around: int = 0) -> SafeHtml:
    """The new text with what came in <ins> and what went in <del>; of unchanged text only `around` characters beside a
    change, 0: all of it."""
    bits = differences(old, new)
    return SafeHtml("".join(_tagged(bit, around, is_first=bit is bits[0], is_last=bit is bits[-1]) for bit in bits))


def _tagged(bit: Bit, around: int, *, is_first: bool, is_last: bool) -> str:
    if bit.kind != "same":
        return f"<{TAG[bit.kind]}>{html.escape(bit.text)}</{TAG[bit.kind]}>"
    text = bit.text
    if around and len(text) > around * (1 if is_first or is_last else 2):
        before = "" if is_first else _start(text, around)
        after = "" if is_last else _end(text, around)
        text = f"{before}\n…\n{after}" if before and after else f"{before} …" if before else f"… {after}"
    return html.escape(text)


def _start(text: str, longest: int) -> str:
    """Whole words of the first paragraph."""
    paragraph = text.split("\n\n", 1)[0]
    return paragraph if len(paragraph) <= longest else paragraph[:longest].rsplit(" ", 1)[0] + " …"


def _end(text: str, longest: int) -> str:
    paragraph = text.rsplit("\n\n", 1)[-1]
    return paragraph if len(paragraph) <= longest else "… " + paragraph[-longest:].split(" ", 1)[-1]


def changed_fields(before: Content, after: Content) -> dict[str, tuple[str, str]]:
    """Field -> its old and new value as text, for each field of a piece that differs."""
    old, new = _as_text(before), _as_text(after)
    return {name: (old[name], new[name]) for name in old if old[name] != new[name]}


def _as_text(content: Content) -> dict[str, str]:
    link = content.link
    return {
        "title": content.title,
        "body": content.body,
        "slug": content.slug,
        "excerpt": content.excerpt,
        "tags": ", ".join(content.tags),
        "categories": ", ".join(content.categories),
        "link": "\n".join(filter(None, (link.url, link.title, link.description))) if link else "",
        "images": "\n".join(f"{number}. {image.name}: {image.alt or '–'}" for number, image in enumerate(content.images, 1)),
        "first_comment": content.first_comment,
        "mentions": "\n".join(f"{name}: {target}" for name, target in sorted(content.mentions.items())),
        "embargo": iso(content.embargo) if content.embargo else "",
    }
