"""Who sits at this browser. The browser holds a random value, the store its SHA-256; what is ended here is over at once."""

from __future__ import annotations

import contextlib
import hashlib
import secrets
from collections.abc import Callable
from datetime import datetime, timedelta

from pipeline.errors import SignInFailed, SomebodyElseSaved, StoreIsBusy, StoreIsFull, StoreIsReadOnly
from pipeline.people.accounts import account_of, plain_address
from pipeline.people.passwords import fits, hash_password, is_outdated
from pipeline.people.throttle import count_try, forget_tries
from pipeline.records import Account, Mark, SignIn
from pipeline.store.base import INSTALLATION, Reader, Store, Tx

IDLE = timedelta(hours=12)
LONGEST = timedelta(days=7)
LONGEST_OF_CONSULTANT = timedelta(hours=24)
SEEN_EVERY = timedelta(minutes=1)
LONGEST_BROWSER_NAME = 200


def digest(value: str) -> str:
    return hashlib.sha256(value.encode()).hexdigest()


def random_value() -> str:
    """256 bits."""
    return secrets.token_urlsafe(32)


def sign_in(
    store: Store,
    email: str,
    password: str,
    *,
    address: str,
    browser: str,
    now: datetime,
    consultant: Callable[[str], bool],
) -> str:
    """The cookie's value for this browser. Raises SignInFailed, TooManyTries.

    address     where the request came from, as the throttle counts it
    consultant  tells of a mail address whether its sign-in is to be a short one
    """
    email = plain_address(email)
    with store.tx() as t:
        count_try(t, email, address, now)
    with store.read() as view:
        account = account_of(view, email)
    known_hash = account.password_hash if account and not account.ended else ""
    if not fits(known_hash, password) or account is None:
        _note_failure(store, account, now)
        raise SignInFailed()
    longest = LONGEST_OF_CONSULTANT if consultant(email) else LONGEST
    better_hash = hash_password(password) if is_outdated(known_hash) else known_hash
    value = random_value()
    with store.tx() as t:
        current = t.get(Account, account.id)
        if current is None or current.ended or current.password_hash != known_hash:
            raise SignInFailed()  # ended or changed while the password was being checked
        if better_hash != known_hash:
            t.put(current.model_copy(update={"password_hash": better_hash}))
        forget_tries(t, email, address, now)
        _forget_old_sign_ins(t, account.id, now)
        name = browser[:LONGEST_BROWSER_NAME]
        t.add(SignIn(id=digest(value), account=account.id, at=now, seen_at=now, expires_at=now + longest, browser=name))
        t.append("account.signed_in", actor=account.id, subject=account.id, at=now)
    return value


def who_is(store: Store, cookie: str | None, now: datetime) -> Account | None:
    """The account behind a cookie's value, None when it is not, or no longer, signed in."""
    if not cookie:
        return None
    with store.read() as view:
        found = view.get(SignIn, digest(cookie))
        account = _account_behind(view, found, now)
    if account and found and now - found.seen_at >= SEEN_EVERY:
        _touch(store, found.id, now)
    return account


def sign_out(store: Store, cookie: str | None, now: datetime) -> None:
    with store.tx() as t:
        found = t.get(SignIn, digest(cookie)) if cookie else None
        if found is None:
            return
        t.remove(SignIn, found.id)
        t.append("account.signed_out", actor=found.account, subject=found.account, at=now)


def end_all(t: Tx, account_id: str) -> int:
    """Sign out every browser of an account; says how many there were."""
    t = t.of(INSTALLATION)
    every = t.page(SignIn, {"account": account_id}, limit=10_000)
    for one in every:
        t.remove(SignIn, one.id)
    return len(every)


def end_account(t: Tx, account_id: str, mark: Mark) -> None:
    """Nobody signs in with it any more, and who is signed in is out."""
    t = t.of(INSTALLATION)
    account = t.get(Account, account_id)
    if account and not account.ended:
        t.put(account.model_copy(update={"ended": mark}))
    end_all(t, account_id)


def _account_behind(view: Reader, found: SignIn | None, now: datetime) -> Account | None:
    if found is None or now >= found.expires_at or now >= found.seen_at + IDLE:
        return None
    account = view.get(Account, found.account)
    return None if account is None or account.ended else account


def _touch(store: Store, sign_in_id: str, now: datetime) -> None:
    # another tab was quicker, or nothing can be written just now: nobody is sent away for that
    with contextlib.suppress(SomebodyElseSaved, StoreIsBusy, StoreIsFull, StoreIsReadOnly), store.tx() as t:
        if found := t.get(SignIn, sign_in_id):
            t.put(found.model_copy(update={"seen_at": max(now, found.seen_at)}))


def _note_failure(store: Store, account: Account | None, now: datetime) -> None:
    with store.tx() as t:
        t.append("account.sign_in_failed", actor="", subject=account.id if account else "", at=now)


def _forget_old_sign_ins(t: Tx, account_id: str, now: datetime) -> None:
    for one in t.page(SignIn, {"account": account_id}, upto=("expires_at", now), limit=100):
        t.remove(SignIn, one.id)
