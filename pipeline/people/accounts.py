"""Accounts: how a human being is known to the installation, whatever clients they are a person of."""

from __future__ import annotations

import unicodedata
from datetime import datetime
from typing import Literal, cast

from pipeline.errors import FieldInvalid, Unknown
from pipeline.messages import LANGUAGES
from pipeline.records import Account, Client, Person, Side
from pipeline.store.base import INSTALLATION, Reader, Store, Tx

Language = Literal["de", "en"]
MOST_CLIENTS = 10_000


def plain_address(email: str) -> str:
    """A mail address as it is stored and compared."""
    return unicodedata.normalize("NFC", email.strip()).casefold()


def account_of(t: Reader, email: str) -> Account | None:
    found = t.of(INSTALLATION).page(Account, {"email": plain_address(email)}, limit=1)
    return found[0] if found else None


def ensure_account(t: Tx, email: str, language: str, now: datetime) -> Account:
    """The account of this address, made when there is none. One that was ended opens again without its old password."""
    t = t.of(INSTALLATION)
    account = account_of(t, email)
    if account is None:
        return t.add(Account(email=plain_address(email), language=_known(language), made_at=now))
    if account.ended:
        return t.put(account.model_copy(update={"ended": None, "password_hash": ""}))
    return account


def choose_language(store: Store, account_id: str, language: str) -> None:
    with store.tx() as t:
        account = t.get(Account, account_id)
        if account is None:
            raise Unknown(what="account", id=account_id[:80])
        if account.language != language:
            t.put(account.model_copy(update={"language": _known(language)}))


def people_of(store: Store, email: str) -> list[tuple[Client, Person]]:
    """The clients in which somebody with this address is active, and as whom."""
    with store.read() as view:
        found = []
        for client in view.page(Client, order="slug", limit=MOST_CLIENTS):
            people = view.of(client.id).page(Person, {"email": plain_address(email)}, limit=1)
            found += [(client, person) for person in people if person.is_active]
        return found


def left_by(store: Store, email: str) -> list[tuple[Client, datetime]]:
    """The clients at which somebody with this address is active no more, and since when."""
    with store.read() as view:
        found = []
        for client in view.page(Client, order="slug", limit=MOST_CLIENTS):
            people = view.of(client.id).page(Person, {"email": plain_address(email)}, limit=1)
            found += [(client, person.left.at) for person in people if person.left]
        return found


def is_consultant(store: Store, email: str) -> bool:
    return any(person.side is Side.CONSULTANT for _, person in people_of(store, email))


def _known(language: str) -> Language:
    if language not in LANGUAGES:
        raise FieldInvalid(field="language", value=language[:80])
    return cast(Language, language)
