"""What every reader of a format delivers: the parts of a document in order. And how they become numbered passages."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from pipeline.draft.cleaning import one_line
from pipeline.records import Passage

MOST_PASSAGES = 5_000
LONGEST_PASSAGE = 4_000


@dataclass(frozen=True)
class Part:
    """One heading, paragraph, list item or quotation. Line feeds inside `text` are meant; everything else was joined."""

    kind: Literal["heading", "paragraph", "item", "quote"]
    text: str
    place: str = ""
    level: int = 2


def tidy(parts: Iterable[Part]) -> list[Part]:
    """Clean text, without empty parts and without the furniture of web pages and letterheads."""
    found: list[Part] = []
    for part in parts:
        lines = [one_line(line) for line in part.text.split("\n")]
        text = "\n".join(line for line in lines if line and not is_furniture(line))
        if text and not is_cookie_notice(text):
            found.append(Part(part.kind, text, part.place, part.level))
    return _without_byline(found)


def title_of(parts: Sequence[Part], name: str) -> str:
    """The first heading of the highest level near the beginning, else the file's name without its ending."""
    headings = [part for part in parts[:12] if part.kind == "heading"]
    if not headings:
        return re.sub(r"\.\w{1,8}$", "", name.rsplit("/", 1)[-1]).strip() or name
    return min(headings, key=lambda part: part.level).text.replace("\n", " ")[:300]


def numbered(parts: Sequence[Part]) -> tuple[Passage, ...]:
    """Passages, counted from 1; a heading becomes the `heading` of what stands under it."""
    passages: list[Passage] = []
    heading = ""
    for part in parts:
        if part.kind == "heading":
            heading = part.text.replace("\n", " ")
            continue
        for text in _bite_size(part.text):
            passages.append(Passage(number=len(passages) + 1, text=text, heading=heading, place=part.place, shape=part.kind))
        if len(passages) >= MOST_PASSAGES:
            break
    return tuple(passages[:MOST_PASSAGES])


def _bite_size(text: str) -> list[str]:
    """A part as it is; only a monster without paragraphs is cut, at a sentence's end where there is one."""
    pieces = []
    while len(text) > LONGEST_PASSAGE:
        cut = max(text.rfind(mark, 0, LONGEST_PASSAGE) for mark in (". ", "! ", "? ", ".\n"))
        cut = cut + 1 if cut > 0 else LONGEST_PASSAGE
        pieces.append(text[:cut].strip())
        text = text[cut:].strip()
    return [piece for piece in [*pieces, text] if piece]


FURNITURE = re.compile(
    r"""(?ix) ^ \W* (?:
      (?:alle\s+)?cookies?(?:\s+|-)?(?:akzeptieren|ablehnen|einstellungen|richtlinie|hinweis|settings|policy)?
    | (?:accept|reject|allow|manage)\s+(?:all\s+)?cookies | nur\s+(?:notwendige|essenzielle)(?:\s+cookies)?
    | datenschutz(?:erklärung|hinweise?|einstellungen)? | impressum | agb | privacy(?:\s+policy)?
    | legal\s+notice | imprint
    | terms(?:\s+of\s+(?:use|service))? | menü | menu | navigation | startseite | home | sitemap | suche
    | search | kontakt | contact(?:\s+us)?
    | (?:zum|zur|skip\s+to|springe\s+zu[rm]?|direkt\s+zum)\s+(?:haupt)?(?:inhalt|navigation|content|main\s+content)
    | (?:mehr|weiter)\s*(?:lesen|erfahren)? | weiterlesen | read\s+more | learn\s+more | nach\s+oben
    | back\s+to\s+top | zurück | back
    | (?:artikel\s+|beitrag\s+|jetzt\s+)?teilen | share(?:\s+this)? | drucken | print | als\s+pdf\s+herunterladen
    | newsletter(?:\s+(?:abonnieren|anmelden|bestellen))? | (?:jetzt\s+)?(?:anmelden|registrieren|abonnieren)
    | log\s?in | sign\s+(?:in|up) | subscribe
    | (?:lesezeit|lesedauer|reading\s+time)\W*(?:ca\.?\s*)?\d+\s*min\w*
    | \d+\s*min(?:uten?|utes?)?\.?\s*(?:lesen|lesezeit|lesedauer|read(?:ing\s+time)?)
    | (?:seite|page)\s+\d+(?:\s*(?:von|of|/)\s*\d+)? | -?\s*\d{1,4}\s*-? | (?:©|\(c\)|copyright).{0,120}
    | alle\s+rechte\s+vorbehalten | all\s+rights\s+reserved
    | (?:veröffentlicht|aktualisiert|stand|published|updated|posted)?\W*(?:am|on)?\s*\d{1,2}\.\s*
      (?:\d{1,2}\.|januar|februar|märz|april|mai|juni|juli|august|september|oktober|november|dezember)\s*\d{2,4}
    | (?:tel(?:efon)?|fon|phone|mobil|fax|telefax)\s*[.:]+\s*[+(\d].{0,40}
    | (?:e-?mail|mail)\s*:?\s*\S+@\S+ | (?:web|internet)\s*:?\s*\S+\.\S+
    | \+?[\d\s()/.-]{7,24} | [\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+ | (?:https?://|www\.)\S+
    ) \W* $"""
)


def is_furniture(line: str) -> bool:
    """Menu, cookie, share and contact lines; only ever a short line of its own."""
    return len(line) <= 160 and (not any(c.isalnum() for c in line) or FURNITURE.match(line) is not None)


COOKIE_NOTICE = re.compile(
    r"(?i)^(?:wir (?:verwenden|nutzen|setzen)|diese (?:web)?(?:seite|site) (?:verwendet|nutzt|benutzt)|we use|"
    r"this (?:web)?site uses)\b.{0,60}\bcookies?\b"
)


def is_cookie_notice(text: str) -> bool:
    return len(text) < 900 and COOKIE_NOTICE.match(text) is not None


BYLINE = re.compile(
    r"(?:(?:von|by|autor(?:in)?|author)\W{1,3})?(?:(?:Dr|Prof)\.\s)*[A-ZÄÖÜ][a-zäöüß-]+(?:\s[A-ZÄÖÜ][\w.äöüß-]+){1,2}",
    re.IGNORECASE,
)
NAME = re.compile(r"(?:\w{2,6}\W{1,3})?(?:(?:Dr|Prof)\.\s)*(?:[A-ZÄÖÜ][a-zäöüß-]+\s){1,2}[A-ZÄÖÜ][a-zäöüß-]+$")


def _without_byline(parts: list[Part]) -> list[Part]:
    """The author's name on a line of its own, right after the title."""
    for place, part in enumerate(parts[1:5], 1):
        first, _, rest = part.text.partition("\n")
        if part.kind == "paragraph" and BYLINE.fullmatch(first) and NAME.match(first):
            kept = [Part(part.kind, rest, part.place, part.level)] if rest else []
            return parts[:place] + kept + parts[place + 1 :]
    return parts
