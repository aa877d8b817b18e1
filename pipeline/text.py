"""Markdown and what becomes of it: safe HTML, plain text, slugs, gaps."""

from __future__ import annotations

import html
import re
import threading
import unicodedata
from collections.abc import Callable
from functools import lru_cache
from importlib.metadata import version
from typing import NewType

import markdown
import nh3

from pipeline.errors import TextEmpty, TextTooLarge, TextTooTangled
from pipeline.tree import Tag, read_tree

SafeHtml = NewType("SafeHtml", str)
"""HTML that went through the sanitiser; the only kind that screens and pages may show."""

LARGEST_TEXT = 200 * 1024
MOST_OPEN_BRACKETS = 200

HTML_CONVERSION = f"html/1 markdown {version('markdown')} nh3 {version('nh3')}"
"""Names the way from Markdown to HTML. Part of what people approve: the same name gives the same bytes."""

TAGS = set(
    "a abbr b blockquote br caption cite code dd del details dl dt em figcaption figure h2 h3 h4 h5 h6 hr i img ins kbd li "
    "ol p pre q s small strong sub summary sup table tbody td tfoot th thead tr u ul".split()
)
ATTRIBUTES = {
    "a": {"href", "title"},
    "img": {"src", "alt", "title", "width", "height"},
    "th": {"colspan", "rowspan", "scope", "align"},
    "td": {"colspan", "rowspan", "align"},
    "ol": {"start"},
    "code": {"class"},
}
SCHEMES = {"https", "http", "mailto", "image"}

GAP = re.compile(r"\[\[[^\[\]\n]{0,400}\]\]")
SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
IMAGE_MARKUP = re.compile(r"!\[|<im|[\x02\x03]", re.IGNORECASE)
IMAGE_IN_TEXT = re.compile(r"!\[[^\]\n]{0,1000}\]\(\s*<?image:(\d{1,3})>?[^)\n]{0,1000}\)")


def normalise(text: str) -> str:
    """One spelling for what looks the same: NFC, line feeds only, no trailing blanks."""
    lines = unicodedata.normalize("NFC", text).replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join(line.rstrip() for line in lines).strip("\n")


def check_markdown(text: str) -> None:
    """Refuse what cannot be shown: nothing, too much, or a text made to keep the converter busy for minutes."""
    if not text.strip():
        raise TextEmpty()
    size = len(text.encode())
    if size > LARGEST_TEXT:
        raise TextTooLarge(size_kib=-(-size // 1024), limit_kib=LARGEST_TEXT // 1024)
    open_brackets = 0
    for number, line in enumerate(text.splitlines(), 1):
        # a paragraph is converted as one, so brackets add up until an empty line
        open_brackets = open_brackets + max(0, line.count("[") - line.count("]")) if line.strip() else 0
        if open_brackets > MOST_OPEN_BRACKETS or line.count("[") > 10 * MOST_OPEN_BRACKETS:
            raise TextTooTangled(line=number)


def find_gaps(text: str) -> list[str]:
    """The marked gaps `[[...]]`, each as it stands."""
    return GAP.findall(text)


LIST_ITEM = re.compile(r" *(?:[-*+]|\d{1,9}[.)]) +\S")
FENCE = re.compile(r" {0,3}(?:```|~~~)")


def indent_of_lists(text: str) -> int:
    """By how many blanks this text indents what belongs to a list item: 2, 3 or 4. People write all three; the converter
    knows one per text and would flatten the others."""
    smallest, in_list, in_fence = 9, False, False
    for line in text.split("\n"):
        if FENCE.match(line):
            in_fence = not in_fence
        indent = len(line) - len(line.lstrip(" "))
        if in_fence or not line.strip():
            continue
        if in_list and indent:
            smallest = min(smallest, indent)
        in_list = bool(LIST_ITEM.match(line)) or (in_list and indent > 0)
    return max(2, min(smallest, 4))


MARKS_OF = {
    "`": ("backtick",),
    "\\": ("escape",),
    "[": ("footnote", "reference", "link", "short_reference"),
    "!": ("image_link", "image_reference", "short_image_ref"),
    "<": ("autolink", "automail", "html"),
    "&": ("entity",),
}
"""The sign without which the converter's inline marks cannot occur. It would look for each of them in every line."""
MOST_CONVERTERS = 40


class _Converters(threading.local):
    """Used again and again: making one takes a sixth of a conversion. One that failed half way is not used any more."""

    def __init__(self) -> None:
        self.ready: dict[tuple[int, str], markdown.Markdown] = {}

    def convert(self, text: str) -> str:
        kind = indent_of_lists(text), "".join(sign for sign in MARKS_OF if sign not in text)
        converter = self.ready.pop(kind, None) or self._new(*kind)
        converted = converter.reset().convert(text)
        if len(self.ready) >= MOST_CONVERTERS:
            self.ready.pop(next(iter(self.ready)))  # the one not used for longest
        self.ready[kind] = converter
        return converted

    @staticmethod
    def _new(indent: int, absent: str) -> markdown.Markdown:
        """`absent`: signs that the texts do not have."""
        converter = markdown.Markdown(extensions=["extra", "sane_lists"], tab_length=indent)
        converter.ESCAPED_CHARS.extend(['"', "'"])  # people who write for other converters put backslashes there
        for sign in absent:
            for mark in MARKS_OF[sign]:
                converter.inlinePatterns.deregister(mark)
        return converter


_CONVERTERS = _Converters()


@lru_cache(maxsize=256)
def to_html(text: str) -> SafeHtml:
    """Article HTML: no scripts, styles, frames or first-level heading, whatever the Markdown has. Images stay `image:<n>`."""
    converted = re.sub(r"<(/?)h1>", r"<\1h2>", _CONVERTERS.convert(text))
    return SafeHtml(
        nh3.clean(
            converted,
            tags=TAGS,
            attributes=ATTRIBUTES,
            url_schemes=SCHEMES,
            link_rel="noopener noreferrer",
            clean_content_tags={"script", "style", "iframe", "template", "noscript", "svg", "math"},
        )
    )


def may_show_images(text: str) -> bool:
    """False: converting cannot give an image, so nobody has to convert to look for one.

    `<im`: browsers take `<image` for `<img`. The two control characters are dropped by the converter before it reads.
    """
    return IMAGE_MARKUP.search(text) is not None


def with_images(page: SafeHtml, address: Callable[[int], str | None]) -> SafeHtml:
    """`image:<n>` replaced by `address(n)`; an image without address disappears."""

    def replaced(found: re.Match[str]) -> str:
        target = address(int(found[2]))
        return "" if target is None else f"{found[1]}{html.escape(target, quote=True)}{found[3]}"

    return SafeHtml(re.sub(r'(<img\b[^>]*?\bsrc=")image:(\d{1,3})("[^>]*>)', replaced, page))


def images_named(text: str) -> list[int]:
    """Numbers of the attached images that the text shows, in order."""
    return [int(number) for number in IMAGE_IN_TEXT.findall(text)]


BLOCKS = {"p", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "blockquote", "pre", "table", "figure", "hr", "dl", "details"}


@lru_cache(maxsize=256)
def to_plain(text: str) -> str:
    """The text as a reader without formatting sees it: paragraphs apart by an empty line, list items with a mark,
    links as "words (address)". Used where the outside system knows no markup."""
    page = read_tree(to_html(text))
    return re.sub(r"\n{3,}", "\n\n", "\n\n".join(part for part in map(_plain_block, page.children) if part)).strip()


def _plain_block(node: Tag | str) -> str:
    if isinstance(node, str):
        return node.strip()
    if node.name in ("ul", "ol"):
        start = int(node.get("start", "1") or 1)
        marks = (f"{number}. " if node.name == "ol" else "• " for number in range(start, start + 10_000))
        return "\n".join(mark + _plain_block_of_item(item) for mark, item in zip(marks, node.direct("li"), strict=False))
    if node.name == "pre":
        return node.text().strip("\n")
    if node.name == "blockquote":
        return "\n\n".join(part for part in map(_plain_block, node.children) if part)
    if node.name == "table":
        return "\n".join(" | ".join(cell.text().strip() for cell in row.within("th", "td")) for row in node.within("tr"))
    return _inline(node)


def _plain_block_of_item(item: Tag) -> str:
    parts = []
    for child in item.children:
        if isinstance(child, Tag) and child.name in ("ul", "ol"):
            parts.append("\n" + "\n".join("  " + line for line in _plain_block(child).split("\n")))
        else:
            parts.append(_inline(child))
    return re.sub(r"[ \t]*\n[ \t]*\n", "\n", "".join(parts)).strip()


def _inline(node: Tag | str) -> str:
    if isinstance(node, str):
        return re.sub(r"[ \t]*\n[ \t]*", "\n", node) if "\n" in node else node  # a line break typed in a feed post is meant
    if node.name == "br":
        return ""  # the line feed after it is kept already
    if node.name == "img":
        return ""
    words = "".join(_inline(child) for child in node.children)
    if node.name == "a":
        target = node.get("href").removeprefix("mailto:")
        return words if not target or target in (words, words + "/") else f"{words} ({target})"
    return words.strip(" ") if node.name in BLOCKS else words


UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "æ": "ae", "ø": "oe", "å": "aa", "œ": "oe", "&": " und "})
RESERVED_SLUGS = {"con", "prn", "aux", "nul", "index", "feed", "sitemap", "media", "admin", "wp-admin", "wp-json"}


def slugify(title: str, *, longest: int = 80) -> str:
    """An address of plain letters: umlauts spelt out, words joined by hyphens, cut at a word."""
    spelt = unicodedata.normalize("NFC", title).casefold().translate(UMLAUTS)
    ascii_only = unicodedata.normalize("NFKD", spelt).encode("ascii", "ignore").decode()
    words = re.findall(r"[a-z0-9]+", ascii_only)
    slug = ""
    for word in words:
        if len(slug) + 1 + len(word) > longest and slug:
            break
        slug = f"{slug}-{word}" if slug else word[:longest]
    return f"{slug}-1" if slug in RESERVED_SLUGS else slug or "beitrag"
