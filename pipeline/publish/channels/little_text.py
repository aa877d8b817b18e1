"""LinkedIn's "little text": plain text in which 15 characters mean something unless a backslash stands before them.

An unescaped one is no error there: the post goes out and ends at that character. So little text is built from runs,
never by replacing inside finished text, and `visible_text` turns it back into what readers see.
Source: https://learn.microsoft.com/linkedin/marketing/community-management/shares/little-text-format
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

RESERVED = frozenset("|{}@[]()<>#\\*_~")


@dataclass(frozen=True)
class Text:
    """Literal characters."""

    words: str

    @property
    def visible(self) -> str:
        return self.words

    @property
    def little(self) -> str:
        return escaped(self.words)


@dataclass(frozen=True)
class Hashtag:
    """A tag that readers can follow; `word` without the `#`."""

    word: str

    @property
    def visible(self) -> str:
        return f"#{self.word}"

    @property
    def little(self) -> str:
        return f"{{hashtag|\\#|{escaped(self.word)}}}"


@dataclass(frozen=True)
class Mention:
    """A page or person that is told about the post. Readers see the name, without an `@`."""

    name: str
    urn: str

    @property
    def visible(self) -> str:
        return self.name

    @property
    def little(self) -> str:
        return f"@[{escaped(self.name)}]({self.urn})"


Run = Text | Hashtag | Mention


def escaped(words: str) -> str:
    return "".join(f"\\{letter}" if letter in RESERVED else letter for letter in words)


def little_text(runs: Iterable[Run]) -> str:
    return "".join(run.little for run in runs)


def utf16_units(text: str) -> int:
    """How LinkedIn counts: an emoji is two."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


MENTIONED = re.compile(r"urn:li:(?:organization:\d+|person:[\w-]+)", re.ASCII)

_MARK = re.compile(
    r"\\(?P<literal>.)"
    r"|\{hashtag\|\\?#\|(?P<tag>(?:\\.|[^\\|{}])+)\}"
    r"|@\[(?P<name>(?:\\.|[^\\\[\]])+)\]\(urn:li:[\w:-]+\)",
    re.DOTALL,
)


def visible_text(little: str) -> str:
    """What readers see of a stored little text: escapes, hashtag templates and mentions undone."""
    return _MARK.sub(_seen, little)


def _seen(mark: re.Match[str]) -> str:
    if mark["tag"] is not None:
        return f"#{visible_text(mark['tag'])}"
    return visible_text(mark["name"]) if mark["name"] is not None else mark["literal"]


_ADDRESS = r"(?P<address>https?://\S+)"
# neither "C#", "&#38;" nor "##"; a number alone is no tag, "#5-Punkte" neither
_TAG = r"(?<![\w/#&])#(?P<tag>(?=\w*[^\W\d_])\w+)"


def runs_of(text: str, mentions: dict[str, str]) -> list[Run]:
    """Plain text taken apart: `#Word` becomes a tag, `@Name` of a known name a mention, all else stays literal.

    mentions   name as LinkedIn knows it -> URN; longer names win over shorter ones
    """
    names = "|".join(re.escape(name) for name in sorted(mentions, key=len, reverse=True) if name)
    mention = rf"|(?<!\w)@(?P<name>{names})(?!\w)" if names else "|(?P<name>(?!))"
    runs: list[Run] = []
    end = 0
    for found in re.finditer(f"{_ADDRESS}|{_TAG}{mention}", text):
        if found["address"]:
            continue
        if found.start() > end:
            runs.append(Text(text[end : found.start()]))
        runs.append(Hashtag(found["tag"]) if found["tag"] else Mention(found["name"], mentions[found["name"]]))
        end = found.end()
    if text[end:]:
        runs.append(Text(text[end:]))
    return runs


def tag_word(tag: str) -> str:
    """A tag as one word: "Künstliche Intelligenz" -> "KünstlicheIntelligenz". Empty when nothing usable is in it."""
    parts = re.findall(r"\w+", tag)
    word = parts[0] if len(parts) == 1 else "".join(part[:1].upper() + part[1:] for part in parts)
    return word if re.search(r"[^\W\d_]", word) else ""
