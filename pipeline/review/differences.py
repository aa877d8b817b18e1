"""What changed between two texts, paragraph by paragraph and word by word."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

PARAGRAPH = re.compile(r".+?(?:\n\s*\n|\Z)", re.DOTALL)
WORD = re.compile(r"\w+|\s+|[^\w\s]")
MOST_WORDS = 3_000
"""In one changed place. Beyond that the old and the new text stand one after the other: comparing would take minutes."""


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
    for kind, old_from, old_to, new_from, new_to in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
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
