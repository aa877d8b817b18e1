"""What may stay in a model's text: words, emphasis, gaps, and links that the brief or the sources contain."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from pipeline.draft.cleaning import clean, without_html_comments

ADDRESS = re.compile(r"(?:https?://|www\.)[^\s<>\"'`\\\[\]{}|^]{1,2000}", re.IGNORECASE)
BARE = re.compile(
    r"(?<![\w@./-])(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.){1,6}"
    r"(?:com|net|org|de|at|ch|eu|io|info|biz|ai|app|dev|co|ly|me|tv|xyz|shop|online|site|link|click|top|ru|cn|example|invalid|test)"
    r"(?![\w-])(?:/[^\s<>\"'`\\\[\]{}|^()]{0,2000})?",
    re.IGNORECASE,
)
MAIL = re.compile(r"(?:mailto:)?[\w.+%-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,6}", re.IGNORECASE)
IMAGE = re.compile(r"!\[[^\[\]\n]{0,1000}\](?:\((?:[^()\n]|\([^()\n]{0,500}\)){0,2000}\)|\[[^\[\]\n]{0,200}\])")
LINK = re.compile(
    r"(?<!\[)\[([^\[\]\n]{0,1000})\]\(\s*<?((?:[^()\s<>]|\([^()\s]{0,500}\)){0,2000})>?(?:\s+[\"'(][^\n]{0,500}?[\"')])?\s*\)"
)
REFERENCE = re.compile(r"(?<!\[)\[([^\[\]\n]{1,1000})\]\[[^\[\]\n]{0,200}\]")
DEFINITION = re.compile(r"^[ \t]{0,3}\[[^\[\]\n]{1,200}\]:[ \t]*\S.*$", re.MULTILINE)
TAG = re.compile(r"</?[A-Za-z!?][^<>]{0,20000}>")
HELD = re.compile("\ue000(\\d{1,4})\ue001")
PRIVATE = re.compile("[\ue000-\uf8ff]")


@dataclass
class Hygiene:
    """`removed` lists what was taken out: ("link", host), ("image", ""), ("html", "")."""

    allowed: frozenset[str]
    removed: list[tuple[str, str]] = field(default_factory=list)

    @classmethod
    def allowing(cls, texts: Iterable[str]) -> Hygiene:
        found = (match[0] for text in texts for pattern in (ADDRESS, BARE, MAIL) for match in pattern.finditer(text))
        return cls(frozenset(map(_normal, found)))

    def markdown(self, text: str) -> str:
        text = PRIVATE.sub("", without_html_comments(clean(text)))
        kept: list[str] = []
        text = IMAGE.sub(lambda _: self._gone("image"), text)
        text = DEFINITION.sub("", text)
        for _ in range(3):  # a link may hide in what is left of another one
            text = REFERENCE.sub(r"\1", LINK.sub(lambda found: self._link(found, kept), text))
        text = TAG.sub(lambda _: self._gone("html"), text)
        text = re.sub(r"<(?=[A-Za-z/!?])", "&lt;", text).replace("](", "] (").replace("![", "[")
        text = re.sub(r"^([ \t]{0,3}\[[^\[\]\n]{1,200}\]):", r"\1 :", text, flags=re.MULTILINE)
        for pattern in (ADDRESS, MAIL, BARE):
            text = pattern.sub(self._bare, text)
        return HELD.sub(lambda held: kept[int(held[1])] if int(held[1]) < len(kept) else "", text).strip()

    def plain(self, text: str) -> str:
        """One line without any markup."""
        text = LINK.sub(r"\1", self.markdown(text))
        return re.sub(r"\s+", " ", re.sub(r"(?<!\w)[*_`#]+|[*_`]+(?!\w)", "", text)).strip()

    def _link(self, found: re.Match[str], kept: list[str]) -> str:
        words, target = found[1], found[2]
        if target.casefold().startswith(("https://", "http://", "mailto:")) and _normal(target) in self.allowed:
            kept.append(f"[{words}]({target})")
            return f"\ue000{len(kept) - 1}\ue001"
        self.removed.append(("link", _host(target)))
        return words

    def _bare(self, found: re.Match[str]) -> str:
        address = found[0].rstrip(".,;:!?)*_")
        rest = found[0][len(address) :]
        if _normal(address) in self.allowed:
            return found[0]
        self.removed.append(("link", _host(address)))
        return rest

    def _gone(self, what: str) -> str:
        self.removed.append((what, ""))
        return ""


def _normal(address: str) -> str:
    """The same for what leads to the same place."""
    short = re.sub(r"^(?:https?://|mailto:)?(?:www\.)?", "", address.strip().rstrip(".,;:!?)*_"), flags=re.IGNORECASE)
    host, slash, path = short.partition("/")
    return f"{host.casefold()}{slash}{path}".rstrip("/")


def _host(address: str) -> str:
    return re.split(r"[/?#\s]", _normal(address), maxsplit=1)[0][:80] or "…"
