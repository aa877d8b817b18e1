"""Blocks of a draft: to Markdown, to another candidate, and how much of them stands word for word in the sources."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from pipeline.draft.author import SourceText
from pipeline.draft.sentences import tokens
from pipeline.records import Block, Draft
from pipeline.text import GAP

SHINGLE = 4


def markdown_of(draft: Draft) -> str:
    """The Markdown body. The texts of blocks are Markdown already; here they get the form of their type."""
    return "\n\n".join(part for part in map(_markdown, draft.blocks) if part)


def _markdown(block: Block) -> str:
    text = block.text.strip()
    if not text:
        return ""
    if block.type == "heading":
        return "## " + " ".join(text.split("\n"))
    if block.type == "quote":
        return "\n".join(f"> {line}".rstrip() for line in text.split("\n"))
    return text


def exchange(block: Block, candidate_index: int) -> Block:
    """The block with another of its candidates; IndexError for one that is not there."""
    if not 0 <= candidate_index < len(block.candidates):
        raise IndexError(candidate_index)
    chosen = block.candidates[candidate_index]
    stance = "question" if chosen.text.rstrip('“”"»« ').endswith("?") else "fact" if block.stance == "question" else block.stance
    return block.model_copy(update={"text": chosen.text, "passages": chosen.passages, "stance": stance})


def verbatim_share(text: str, sources: Iterable[SourceText]) -> float | None:
    """Share of the text's runs of four words that stand in a source; gaps do not count. None: too short to say."""
    wanted = _shingles(GAP.sub("\n", text))
    if not wanted:
        return None
    known = {shingle for source in sources for text in _texts(source) for shingle in _shingles(text)}
    return round(sum(shingle in known for shingle in wanted) / len(wanted), 3)


def _texts(source: SourceText) -> set[str]:
    return {source.title} | {passage.heading for passage in source.passages} | {passage.text for passage in source.passages}


def _shingles(text: str) -> list[tuple[str, ...]]:
    """Runs of four words; across line breaks within an item, not across blocks."""
    found: list[tuple[str, ...]] = []
    for block in re.split(r"\n\s*\n|\n(?=- |> )", text):
        words: Sequence[str] = tokens(block)
        found += [tuple(words[start : start + SHINGLE]) for start in range(len(words) - SHINGLE + 1)]
    return found


ACTIVE = re.compile(r"[\\`*\[\]{}]|(?<!\w)_|_(?!\w)|~(?=~)")
LINE_START = re.compile(r"^(\s*)([#>+=|:-])", re.MULTILINE)
NUMBERED_START = re.compile(r"^(\s*\d{1,9})([.)])(?=\s)", re.MULTILINE)


def escaped(text: str) -> str:
    """Plain text as Markdown that shows exactly these characters: nothing in it becomes a link, image, list or HTML."""
    text = re.sub(r"&(?=#|\w+;)", "&amp;", text)
    text = re.sub(r"<(?=\S)", "&lt;", text)
    text = ACTIVE.sub(lambda found: "\\" + found[0] if found[0] != "~" else "&#126;", text)
    text = LINE_START.sub(
        lambda found: f"{found[1]}\\{found[2]}" if found[2] in "#>+-" else f"{found[1]}&#{ord(found[2])};", text
    )
    return NUMBERED_START.sub(r"\1\\\2", text)


def gap(hint: str) -> str:
    """A marked place that a person has to fill."""
    plain = re.sub(r"[\[\]\s]+", " ", hint).strip()
    return f"[[{plain[:300]}]]"
