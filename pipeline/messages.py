"""Sentences for people, German and English side by side, found by name. No code outside glues sentences together."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import date, datetime
from enum import StrEnum
from functools import cache
from pathlib import Path
from string import Formatter
from zoneinfo import ZoneInfo

from pipeline.errors import Refusal

TEMPLATES = Path(__file__).resolve().parent.parent / "templates"
LANGUAGES = ("de", "en")
KINDS_OF_GAP = {"what": "thing", "field": "field", "action": "word.Action"}


@cache
def sentences() -> Mapping[str, Mapping[str, str]]:
    """Name -> language -> sentence, from templates/messages/*.toml. A name in two files is a mistake."""
    found: dict[str, Mapping[str, str]] = {}
    for file in sorted((TEMPLATES / "messages").glob("*.toml")):
        for name, texts in tomllib.loads(file.read_text("utf-8")).items():
            if name in found:
                raise ValueError(f"{name} stands twice in templates/messages, last in {file.name}")
            found[name] = texts
    return found


def gaps(sentence: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(sentence) if name}


class Say:
    """Speaks one person's language and shows times in one zone.

    say("screen.review")          the sentence of that name
    say("piece.due", at=moment)   with its gaps filled
    say(refusal)                  the sentence of a refusal, from its class name and facts
    """

    def __init__(self, language: str = "de", zone: str = "Europe/Berlin") -> None:
        self.language = language if language in LANGUAGES else "en"
        self.zone = ZoneInfo(zone)

    def __call__(self, what: str | Refusal, /, **facts: object) -> str:
        if isinstance(what, Refusal):
            return self(what.code, **what.facts)
        sentence = sentences()[what][self.language]
        return sentence.format_map({name: self._gap(name, fact) for name, fact in facts.items()})

    def _gap(self, name: str, fact: object) -> str:
        """Names of things, fields and actions are said in the reader's words: `what="piece"` as `thing.piece`."""
        known = f"{KINDS_OF_GAP.get(name, '')}.{fact}"
        return self(known) if type(fact) is str and self.has(known) else self.word(fact)

    def has(self, name: str) -> bool:
        return name in sentences()

    def word(self, fact: object) -> str:
        match fact:
            case Refusal():
                return self(fact)
            case StrEnum():
                return self(f"word.{type(fact).__name__}.{fact.value}")
            case datetime():
                return self.moment(fact)
            case date():
                return fact.strftime("%d.%m.%Y") if self.language == "de" else f"{fact.day} {fact:%b %Y}"
            case list() | tuple() | set() | frozenset():
                return ", ".join(self.word(one) for one in fact)
            case float():
                text = f"{fact:g}"
                return text.replace(".", ",") if self.language == "de" else text
            case None:
                return ""
            case {"de": german, "en": english}:  # a text that brings both languages along
                return str(german if self.language == "de" else english)
            case _:
                return str(fact)

    def moment(self, at: datetime, *, seconds: bool = False) -> str:
        """Date, wall time and the zone's name at that moment."""
        local = at.astimezone(self.zone)
        clock = f"{local:%H:%M:%S}" if seconds else f"{local:%H:%M}"
        zone = local.tzname() or ""
        if self.language == "de":
            return f"{local:%d.%m.%Y}, {clock} Uhr ({GERMAN_ZONES.get(zone, zone)})"
        return f"{local.day} {local:%b %Y}, {clock} ({zone})"


GERMAN_ZONES = {"CET": "MEZ", "CEST": "MESZ"}
