"""The sanitiser's HTML as a tree. It is always well-formed, so a few lines read it faster than a parser that forgives."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

TOKEN = re.compile(r'<(/?)([a-z][a-z0-9]*)((?: [^\s=>"]+="[^"]*")*)>|([^<]+)')
ATTRIBUTE = re.compile(r' ([^\s=>"]+)="([^"]*)"')
WITHOUT_END = frozenset({"br", "hr", "img"})
BLANK = " \n\t\f\r"


@dataclass
class Tag:
    name: str
    attributes: dict[str, str] = field(default_factory=dict)
    children: list[Tag | str] = field(default_factory=list)

    def get(self, name: str, otherwise: str = "") -> str:
        return self.attributes.get(name, otherwise)

    def direct(self, name: str) -> list[Tag]:
        return [child for child in self.children if isinstance(child, Tag) and child.name == name]

    def within(self, *names: str) -> Iterator[Tag]:
        """At any depth, in the order of the page."""
        for child in self.children:
            if isinstance(child, Tag):
                if child.name in names:
                    yield child
                yield from child.within(*names)

    def text(self) -> str:
        return "".join(child if isinstance(child, str) else child.text() for child in self.children)


def read_tree(page: str) -> Tag:
    """A tag without name around everything. `page` comes from text.to_html; blanks between tags are one blank or line feed."""
    open_tags = [Tag("")]
    for end, name, attributes, words in TOKEN.findall(page):
        if words:
            open_tags[-1].children.append(_words(words, open_tags))
        elif end:
            open_tags.pop()
        else:
            tag = Tag(name, {key: html.unescape(value) for key, value in ATTRIBUTE.findall(attributes)})
            open_tags[-1].children.append(tag)
            if name not in WITHOUT_END:
                open_tags.append(tag)
    return open_tags[0]


def _words(words: str, open_tags: list[Tag]) -> str:
    if not words.strip(BLANK) and not any(tag.name == "pre" for tag in open_tags):
        return "\n" if "\n" in words else " "
    return html.unescape(words)
