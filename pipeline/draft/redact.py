"""Personal data that no model needs: replaced before anything is sent, and a marked gap where it would stand in a text."""

from __future__ import annotations

import re

from pipeline.draft.blocks import gap
from pipeline.messages import Say

PATTERNS = {
    "E-Mail": re.compile(r"[\w.+%-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,6}"),
    "IBAN": re.compile(r"\b[A-Z]{2}\d{2}(?:[ \xa0]?[A-Z0-9]{4}){2,7}(?:[ \xa0]?[A-Z0-9]{1,4})?\b"),
    "Secret": re.compile(r"\b(?:sk|pk|rk|ghp|gho|xox[abp]|glpat)[-_][\w-]{12,}|\bBearer\s+[\w.~+/-]{12,}", re.IGNORECASE),
    "Phone": re.compile(
        r"(?<![\w.,:/-])(?:(?:\+|00)[1-9][\d \xa0()/.-]{6,20}\d"
        r"|0\d{1,5}[ \xa0]?[/ \xa0-][ \xa0]?\d[\d \xa0/-]{3,14}\d"
        r"|\(0\d{1,5}\)[ \xa0]?\d[\d \xa0/-]{3,14}\d)"
    ),
}
PLACEHOLDER = re.compile(r"\[(?:E-Mail|IBAN|Secret|Phone) \d{1,4}\]")


class Redaction:
    """Gives the same value the same placeholder throughout one prompt. `secrets` are never sent whatever they look like."""

    def __init__(self, *secrets: str) -> None:
        self._secrets = [secret for secret in secrets if len(secret) >= 8]
        self._known: dict[tuple[str, str], str] = {}

    def __call__(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, self._placeholder("Secret", secret))
        for kind, pattern in PATTERNS.items():
            text = pattern.sub(lambda found, kind=kind: self._placeholder(kind, found[0]), text)  # type: ignore[misc]
        return text

    def _placeholder(self, kind: str, value: str) -> str:
        count = 1 + sum(known == kind for known, _ in self._known)
        return self._known.setdefault((kind, re.sub(r"\s", "", value).casefold()), f"[{kind} {count}]")


def with_gaps(text: str, language: str) -> str:
    """Placeholders in an answer become gaps: a person adds what the model was not shown."""
    return PLACEHOLDER.sub(gap(Say(language)("draft.gap.withheld")), text)
