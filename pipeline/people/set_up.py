"""The one-time link with which somebody chooses a password, for the first time or after it was forgotten."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from pipeline.errors import LinkIsOver
from pipeline.people.passwords import check_password, hash_password
from pipeline.people.sign_in import digest, end_all, random_value
from pipeline.records import Account, SetUpLink
from pipeline.store.base import INSTALLATION, Reader, Store, Tx

LINK_LASTS = timedelta(hours=72)


def make_set_up_link(t: Tx, account_id: str, now: datetime) -> str:
    """The link's random part, known to nobody but the reader of this return value. Earlier links of the account are over."""
    t = t.of(INSTALLATION)
    for earlier in t.page(SetUpLink, {"account": account_id}, limit=1_000):
        t.remove(SetUpLink, earlier.id)
    token = random_value()
    t.add(SetUpLink(id=digest(token), account=account_id, at=now, expires_at=now + LINK_LASTS))
    return token


def whose_link(store: Store, token: str, now: datetime) -> Account:
    """Changes nothing: mail programs open links to look at them. Raises LinkIsOver."""
    with store.read() as view:
        return _open_link(view, token, now)[1]


def choose_password(store: Store, token: str, password: str, now: datetime, *, company_names: Iterable[str] = ()) -> Account:
    """Uses the link up and signs every browser out. Raises LinkIsOver, and what `check_password` raises: the link stays then."""
    account = whose_link(store, token, now)
    check_password(password, guessable=[*company_names, account.email.partition("@")[0], account.email])
    password_hash = hash_password(password)
    with store.tx() as t:
        link, account = _open_link(t, token, now)
        t.put(link.model_copy(update={"used_at": now}))
        account = t.put(account.model_copy(update={"password_hash": password_hash}))
        end_all(t, account.id)
        t.append("account.password_chosen", actor=account.id, subject=account.id, at=now)
    return account


def _open_link(view: Reader, token: str, now: datetime) -> tuple[SetUpLink, Account]:
    link = view.get(SetUpLink, digest(token))
    account = view.get(Account, link.account) if link else None
    if link is None or account is None or account.ended or link.used_at or now >= link.expires_at:
        raise LinkIsOver()
    return link, account
