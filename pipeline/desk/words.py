"""What people type into fields, checked in one place."""

from __future__ import annotations

import re

from pipeline.errors import FieldInvalid, FieldMissing, FieldTooLong
from pipeline.text import SLUG, normalise

ADDRESS = re.compile(r"[^@\s<>\"',;:\\]{1,64}@[A-Za-z0-9äöüÄÖÜß](?:[A-Za-z0-9äöüÄÖÜß.-]{0,251}[A-Za-z0-9])?")


def line(field: str, value: str, *, longest: int = 200, needed: bool = True) -> str:
    """One line of text, trimmed. Raises FieldMissing, FieldTooLong."""
    text = " ".join(normalise(value or "").split())
    if needed and not text:
        raise FieldMissing(field=field)
    if len(text) > longest:
        raise FieldTooLong(field=field, length=len(text), limit=longest)
    return text


def prose(field: str, value: str, *, longest: int = 4_000, needed: bool = False) -> str:
    text = normalise(value or "")
    if needed and not text:
        raise FieldMissing(field=field)
    if len(text) > longest:
        raise FieldTooLong(field=field, length=len(text), limit=longest)
    return text


def email(value: str) -> str:
    """A mail address in lower case. Raises FieldMissing, FieldInvalid."""
    text = line("email", value, longest=254)
    if not ADDRESS.fullmatch(text):
        raise FieldInvalid(field="email", value=text)
    return text.casefold()


def slug(field: str, value: str) -> str:
    text = line(field, value, longest=80)
    if not SLUG.fullmatch(text):
        raise FieldInvalid(field=field, value=text)
    return text


def name_and_email(value: str) -> tuple[str, str]:
    """ "Jana Sommer <jana@beispiel.example>" as name and address. Raises FieldInvalid."""
    found = re.fullmatch(r"\s*(?P<name>[^<>]+?)\s*<(?P<email>[^<>]+)>\s*", value or "")
    if not found:
        raise FieldInvalid(field="consultant", value=value)
    return line("name", found["name"], longest=120), email(found["email"])
