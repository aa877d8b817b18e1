"""Plain text and Markdown, line by line: no converter, so no text can keep it busy."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pipeline.draft.cleaning import clean, without_html_comments
from pipeline.draft.parts import Part

BULLET = re.compile(r"^[ \t]*(?:[•●○◦▪▫■□‣⁃►▶➤➢✓✔✗➔→·\uf0b7\uf0a7\uf0d8\uf076-][ \t\xa0]+|[*+–—o][ \t]+(?=\S))(?P<text>.+)$")
NUMBER = re.compile(r"^[ \t]*(?P<number>\d{1,2})[.)][ \t]+(?P<text>\S.*)$")
HEADING = re.compile(r"^ {0,3}(?P<marks>#{1,6})[ \t]+(?P<text>.*?)[ \t#]*$")
QUOTE = re.compile(r"^ {0,3}>[ \t]?(?P<text>.*)$")
UNDERLINE = re.compile(r"^ {0,3}(?:=+|-{2,})[ \t]*$")
RULE = re.compile(r"^ {0,3}(?:[-*_=~][ \t]*){3,}$")
FENCE = re.compile(r"^ {0,3}(?:```|~~~)")
LONGEST_HEADING = 120


@dataclass(frozen=True)
class Line:
    number: int
    text: str


def read_text(text: str) -> list[Part]:
    lines = _lines(text)
    width = _width(lines)
    blocks = list(_blocks(lines))
    return [part for place, block in enumerate(blocks) for part in _plain_parts(block, blocks, place, width)]


def read_markdown(text: str) -> list[Part]:
    lines = _lines(_without_front_matter(without_html_comments(text)))
    blocks = list(_blocks(_without_code(lines)))
    return [part for place, block in enumerate(blocks) for part in _markdown_parts(block, blocks, place)]


def place_of(line: Line) -> str:
    return f"Zeile {line.number}"


def _lines(text: str) -> list[Line]:
    return [Line(number, line.rstrip()) for number, line in enumerate(clean(text).split("\n"), 1)]


def _blocks(lines: Sequence[Line]) -> Iterator[list[Line]]:
    """Runs of lines between empty ones."""
    block: list[Line] = []
    for line in lines:
        if line.text.strip():
            block.append(line)
        elif block:
            yield block
            block = []
    if block:
        yield block


# ------------------------------------------------------------------------------------------------------- plain text


def _plain_parts(block: list[Line], blocks: list[list[Line]], place: int, width: int) -> Iterator[Part]:
    if len(block) == 2 and UNDERLINE.match(block[1].text) and not _item_text(block[0].text):
        yield Part("heading", block[0].text, place_of(block[0]))
        return
    if len(block) == 1 and _is_heading(block[0].text, blocks, place):
        text = block[0].text
        # the first lines of a document tend to be its title
        yield Part("heading", text.strip(), place_of(block[0]), level=1 if place < 2 and not NUMBER.match(text) else 2)
        return
    yield from _paragraph_and_items([line for line in block if not RULE.match(line.text)], width)


def _is_heading(text: str, blocks: list[list[Line]], place: int) -> bool:
    """A short line of its own that does not end like a sentence. A numbered one may end as it likes when it is no list."""
    if len(text) > LONGEST_HEADING or place + 1 >= len(blocks) or BULLET.match(text):
        return False
    following = blocks[place + 1][0].text
    number = NUMBER.match(text)
    if number:
        return not NUMBER.match(following) and not _is_list_neighbour(int(number["number"]), blocks, place)
    if text[0].islower() or text.strip()[0] in '„"“»':
        return False
    last = text.rstrip("\"'“”»« ")[-1:]
    is_question = last == "?" and "? " not in text and not (place and _stands_alone(blocks[place - 1]))
    return last.isalnum() or last == ")" or is_question


def _stands_alone(block: list[Line]) -> bool:
    """Whether it may be a heading itself: a question under one begins the text."""
    return (
        len(block) == 1
        and len(block[0].text) <= LONGEST_HEADING
        and (NUMBER.match(block[0].text) is not None or not _ends(block[0].text))
    )


def _is_list_neighbour(number: int, blocks: list[list[Line]], place: int) -> bool:
    """Whether the block before is the list's item before: then this is an item, too."""
    before = NUMBER.match(blocks[place - 1][-1].text) if place else None
    return before is not None and int(before["number"]) == number - 1


def _paragraph_and_items(block: list[Line], width: int) -> Iterator[Part]:
    """A block may begin with a lead-in and go on as a list; lines under an item belong to it."""
    run: list[Line] = []
    is_item = False
    for line in block:
        text = _item_text(line.text)
        if text is not None:
            if run:
                yield _joined(run, is_item, width)
            run, is_item = [Line(line.number, text)], True
        elif is_item and run and not line.text[:1].isspace() and _ends(run[-1].text):
            yield _joined(run, is_item, width)  # a line at the margin after a finished item is a new paragraph
            run, is_item = [line], False
        else:
            run.append(line)
    if run:
        yield _joined(run, is_item, width)


def _item_text(line: str) -> str | None:
    found = BULLET.match(line) or NUMBER.match(line)
    return found["text"] if found else None


def _joined(run: list[Line], is_item: bool, width: int) -> Part:
    text = run[0].text.strip()
    for before, line in itertools.pairwise(run):
        words = line.text.split()
        if text.endswith("-") and words[0][0].islower() and len(before.text) > 0.6 * width:
            text = text[:-1] + line.text.strip()  # a word divided at the line's end
        else:
            is_full = len(before.text) + 1 + len(words[0]) > width
            text += (" " if is_full or (not _ends(before.text) and words[0][0].islower()) else "\n") + line.text.strip()
    return Part("item" if is_item else "paragraph", text, place_of(run[0]))


def _ends(text: str) -> bool:
    return text.rstrip("\"'“”»«) ")[-1:] in ".!?:…"


def _width(lines: Sequence[Line]) -> int:
    """Where the writer's lines were wrapped; as wide as can be when they were not."""
    lengths = sorted(len(line.text) for line in lines if line.text)
    longest = lengths[int(0.98 * (len(lengths) - 1))] if lengths else 0
    return longest if 40 <= longest <= 110 else 1_000_000


# --------------------------------------------------------------------------------------------------------- Markdown


def _markdown_parts(block: list[Line], blocks: list[list[Line]], place: int) -> Iterator[Part]:
    run: list[Line] = []
    for line in block:
        heading = HEADING.match(line.text)
        if heading or (UNDERLINE.match(line.text) and run and "|" not in line.text):
            if heading:
                yield from _markdown_run(run, blocks, place)
                yield Part("heading", _plain(heading["text"]), place_of(line), len(heading["marks"]))
            else:
                yield from _markdown_run(run[:-1], blocks, place)
                yield Part("heading", _plain(run[-1].text), place_of(run[-1]), 1 if "=" in line.text else 2)
            run = []
        elif not RULE.match(line.text):
            run.append(line)
    yield from _markdown_run(run, blocks, place)


def _markdown_run(run: list[Line], blocks: list[list[Line]], place: int) -> Iterator[Part]:
    if not run:
        return
    if all(QUOTE.match(line.text) for line in run):
        inner = [Line(line.number, QUOTE.sub(r"\g<text>", line.text)) for line in run]
        for block in _blocks(inner):
            yield Part("quote", _plain(_flowing([line.text for line in block])), place_of(block[0]))
    elif len(run) > 1 and all("|" in line.text for line in run[:2]):
        yield from _table_rows(run)
    elif len(run) == 1 and NUMBER.match(run[0].text) and _is_heading(run[0].text, blocks, place):
        yield Part("heading", _plain(run[0].text), place_of(run[0]), 3)
    else:
        yield from _markdown_items(run)


def _table_rows(run: list[Line]) -> Iterator[Part]:
    for line in run:
        cells = [_plain(cell.strip()) for cell in line.text.strip().strip("|").split("|")]
        if any(re.search(r"\w", cell) for cell in cells):
            yield Part("item", " | ".join(cells), place_of(line))


def _markdown_items(run: list[Line]) -> Iterator[Part]:
    text: list[str] = []
    start, kind = run[0], "paragraph"
    for line in run:
        item = _item_text(line.text)
        if item is not None:
            if text:
                yield Part("item" if kind == "item" else "paragraph", _plain(_flowing(text)), place_of(start))
            text, start, kind = [item], line, "item"
        else:
            text.append(line.text)
    yield Part("item" if kind == "item" else "paragraph", _plain(_flowing(text)), place_of(start))


def _flowing(lines: Sequence[str]) -> str:
    """Markdown's line breaks are blanks, but for those with a backslash at the end."""
    return "".join(line.strip().removesuffix("\\") + ("\n" if line.endswith("\\") else " ") for line in lines).strip()


def _plain(text: str) -> str:
    """Markdown's inline marks taken off: links keep their words, images and tags go."""
    text = re.sub(r"!\[[^\[\]\n]{0,500}\](?:\([^()\n]{0,1000}\)|\[[^\[\]\n]{0,100}\])", "", text)
    text = re.sub(r"\[([^\[\]\n]{0,1000})\](?:\([^()\n]{0,1000}\)|\[[^\[\]\n]{0,100}\])", r"\1", text)
    text = re.sub(r"^\[[^\[\]\n]{1,100}\]:\s*\S+.*$", "", text, flags=re.MULTILINE)
    text = re.sub(r"<(?:/?[A-Za-z][^<>\n]{0,1000}|https?://[^<>\s]{1,1000})>", "", text)
    text = re.sub(r"(\*{1,3}|_{2,3}|`{1,2}|~~)(?=\S)([^*_`~\n]{1,1000}?)(?<=\S)\1", r"\2", text)
    text = re.sub(r"(?<!\w)_(?=\S)([^_\n]{1,1000}?)(?<=\S)_(?!\w)", r"\1", text)
    return re.sub(r"\\([\\`*_{}\[\]()#+.!>-])", r"\1", text)


def _without_code(lines: Sequence[Line]) -> list[Line]:
    """Program code is no sentence of the company's."""
    kept, inside = [], False
    for line in lines:
        if FENCE.match(line.text):
            inside = not inside
        elif not inside:
            kept.append(line)
    return kept


def _without_front_matter(text: str) -> str:
    """Settings between two `---` at the very beginning; their lines stay counted."""
    if not text.startswith("---\n") or (end := text.find("\n---\n", 3)) < 0:
        return text
    return "\n" * text[: end + 4].count("\n") + text[end + 4 :]
