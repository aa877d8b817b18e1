"""HTML in one pass: no tree is built, so neither depth nor size of a page can hurt."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser

from pipeline.draft.cleaning import clean, one_line, without_html_comments
from pipeline.draft.parts import Part

SILENT = frozenset(
    "script style template noscript svg math head nav aside form button select option textarea iframe object audio video "
    "canvas dialog footer map".split()
)
BLOCKS = frozenset(
    "p div section article main header li ul ol dl dt dd blockquote table tr td th thead tbody "
    "tfoot caption figure figcaption pre address "
    "h1 h2 h3 h4 h5 h6 hr details summary body html hgroup".split()
)
HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
VOID = frozenset("area base br col embed hr img input link meta source track wbr".split())
CLOSED_BY = {
    "li": {"li"}, "p": BLOCKS, "dt": {"dt", "dd"}, "dd": {"dt", "dd"}, "tr": {"tr"},
    "td": {"td", "th", "tr"}, "th": {"td", "th", "tr"},
    "option": {"option"},
}  # fmt: skip
"""Elements whose end tag may be missing, and what ends them."""

HIDING_STYLE = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)|font-size\s*:\s*0|opacity\s*:\s*0(?:\.0+)?\s*(?:;|$)|(?:left|top|text-indent)\s*:\s*-\d{3,}"
    r"|(?<![-\w])color\s*:\s*(?:#fff(?:fff)?\b|white\b|transparent|rgba?\(\s*255\s*,\s*255\s*,\s*255)|clip\s*:\s*rect\(\s*0",
    re.IGNORECASE,
)
HIDING_CLASS = frozenset("sr-only visually-hidden screen-reader-text d-none hidden".split())
FURNITURE_WORDS = frozenset(
    "cookie cookies consent cookiebar navbar navigation breadcrumb breadcrumbs sidebar share sharing social newsletter related "
    "comments pagination skip toolbar footer".split()
)


@dataclass
class Open:
    """An element that is open, and what it means for the text inside."""

    tag: str
    silent: bool
    main: bool
    quote: bool


@dataclass
class Found:
    part: Part
    main: bool


@dataclass
class Reader(HTMLParser):
    """Collects parts as the page goes by. `lenient`: keep what only its class name makes look like furniture."""

    lenient: bool = False
    title: str = ""
    found: list[Found] = field(default_factory=list)
    stack: list[Open] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    cells: list[str] | None = None
    kind: str = "p"
    in_title: bool = False

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "title" and not self.title:
            self.in_title = True
        while self.stack and tag in CLOSED_BY.get(self.stack[-1].tag, ()):
            self._close(self.stack[-1].tag)
        if tag in BLOCKS:
            self._boundary(tag)
        if tag == "br":
            self.words.append("\n")
        if tag in VOID:
            return
        outer = self.stack[-1] if self.stack else Open("", False, False, False)
        named = {name: value or "" for name, value in attrs}
        silent = (
            outer.silent
            or tag in SILENT
            or _is_hidden(named)
            or (not self.lenient and tag not in ("html", "body", "main", "article") and _is_furniture(named))
        )
        self.stack.append(
            Open(
                tag,
                silent,
                outer.main or tag in ("main", "article") or named.get("role") == "main",
                outer.quote or tag == "blockquote",
            )
        )
        if tag in HEADINGS or tag in ("li", "dt", "dd") or (tag == "p" and self.kind != "li"):
            self.kind = tag
        if tag == "tr":
            self.cells = []

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        self.in_title = self.in_title and tag != "title"
        if any(element.tag == tag for element in self.stack[-200:]):
            while self._close(self.stack[-1].tag) != tag:
                pass

    def handle_data(self, data: str) -> None:
        if self.in_title:
            self.title += data
        elif not (self.stack and self.stack[-1].silent):
            self.words.append(re.sub(r"\s+", " ", data))

    def _close(self, tag: str) -> str:
        if tag in ("td", "th") and self.cells is not None:
            self.cells.append(self._taken())
        if tag == "tr" and self.cells is not None:
            row = " | ".join(cell for cell in self.cells if cell)
            self.cells = None
            self._keep("item", row)
        if tag in BLOCKS:
            self._boundary(tag)
        self.stack.pop()
        if tag in HEADINGS or tag in ("p", "dt", "dd"):
            self.kind = "li" if any(element.tag == "li" for element in self.stack[-6:]) else "p"
        elif tag == "li":
            self.kind = "p"
        return tag

    def _taken(self) -> str:
        lines = [one_line(line) for line in "".join(self.words).split("\n")]
        self.words = []
        return "\n".join(line for line in lines if line)

    def _boundary(self, tag: str) -> None:
        """Paragraphs inside a list item are lines of that item."""
        if self.kind == "li" and tag in ("p", "div"):
            self.words.append("\n")
        else:
            self._flush()

    def _flush(self) -> None:
        if self.cells is not None and self.words:
            return  # blocks inside a table's cell belong to the cell
        text = self._taken()
        if self.kind in HEADINGS:
            self._keep("heading", text.replace("\n", " "), int(self.kind[1]))
        elif self.stack and self.stack[-1].quote:
            self._keep("quote", text)
        else:
            self._keep("item" if self.kind in ("li", "dt", "dd") else "paragraph", text)

    def _keep(self, kind: str, text: str, level: int = 2) -> None:
        silent = bool(self.stack) and self.stack[-1].silent
        if text and not silent:
            main = bool(self.stack) and self.stack[-1].main
            self.found.append(Found(Part(kind, text, level=level), main))  # type: ignore[arg-type]

    def finish(self) -> None:
        self.close()
        self.cells = None
        self._flush()


def read_html(text: str) -> tuple[str, list[Part]]:
    """The page's own title and its parts; of the main part alone where the page says which that is."""
    text = _closed(without_html_comments(clean(text)))
    parts: Sequence[Part] = ()
    title = ""
    for lenient in (False, True):
        reader = Reader(lenient=lenient)
        reader.feed(text)
        reader.finish()
        title, parts = one_line(reader.title), _main(reader.found)
        if sum(len(part.text) for part in parts if part.kind != "heading") > 200:
            break
    return title, list(parts)


def _main(found: Iterable[Found]) -> list[Part]:
    everything = list(found)
    main = [one.part for one in everything if one.main]
    return main if sum(len(part.text) for part in main) > 200 else [one.part for one in everything]


def _closed(text: str) -> str:
    """Without a `<` that opens nothing: a long row of them keeps Python's parser busy for minutes."""
    return re.sub(r"<(?![A-Za-z/!?])|<(?=[^<>]{0,20000}(?:<|\Z))", "&lt;", text)


def _is_hidden(attributes: dict[str, str]) -> bool:
    return (
        "hidden" in attributes
        or attributes.get("aria-hidden") == "true"
        or HIDING_STYLE.search(attributes.get("style", "")[:2000]) is not None
        or not HIDING_CLASS.isdisjoint(attributes.get("class", "").casefold().split())
    )


def _is_furniture(attributes: dict[str, str]) -> bool:
    names = f"{attributes.get('class', '')} {attributes.get('id', '')} {attributes.get('role', '')}".casefold()
    return not FURNITURE_WORDS.isdisjoint(re.split(r"[\s_-]+", names))
