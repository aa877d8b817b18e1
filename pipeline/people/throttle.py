"""How often somebody may try a password. A stranger's tries never lock an account's owner out.

Counted are an account from one network place (10 in 15 minutes, with growing pauses), a place over all accounts (30 an
hour) and an account from all unfamiliar places together (50 in 15 minutes). A place from which the account signed in
within the last 30 days is familiar: the third count does not concern it.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address, ip_network

from pipeline.errors import TooManyTries
from pipeline.records import Attempt
from pipeline.store.base import INSTALLATION, Tx

FAMILIAR = timedelta(days=30)
FREE_OF_PAUSES = 4
FIRST_PAUSE = timedelta(seconds=5)
SWEPT_AT_ONCE = 20


@dataclass(frozen=True)
class Limit:
    most: int
    within: timedelta
    pauses: bool = False
    """Each try after the fourth has to wait, twice as long as the one before."""

    def waits(self, times: tuple[datetime, ...], now: datetime) -> timedelta:
        """Zero: another try is fine."""
        if len(times) >= self.most:
            return times[-self.most] + self.within - now
        if self.pauses and len(times) >= FREE_OF_PAUSES:
            return times[-1] + FIRST_PAUSE * int(2 ** (len(times) - FREE_OF_PAUSES)) - now
        return timedelta()


OF_PAIR = Limit(10, timedelta(minutes=15), pauses=True)
OF_PLACE = Limit(30, timedelta(hours=1))
OF_ACCOUNT = Limit(50, timedelta(minutes=15))


def count_try(t: Tx, email: str, address: str, now: datetime) -> None:
    """Counted before the password is looked at, so that many at once count too. Raises TooManyTries and counts nothing then."""
    t = t.of(INSTALLATION)
    _sweep(t, now)
    place = network_place(address)
    counts = [(f"pair {email} {place}", OF_PAIR), (f"place {place}", OF_PLACE)]
    if t.get(Attempt, _id(f"familiar {email} {place}")) is None:
        counts.append((f"account {email}", OF_ACCOUNT))
    found = [(limit, _recent(t, name, limit, now)) for name, limit in counts]
    wait = max(limit.waits(attempt.times, now) for limit, attempt in found)
    if wait > timedelta():
        raise TooManyTries(minutes=-(-wait // timedelta(minutes=1)))
    for limit, attempt in found:
        _save(t, attempt.model_copy(update={"times": (*attempt.times, now), "until": now + limit.within}))


def forget_tries(t: Tx, email: str, address: str, now: datetime) -> None:
    """After the right password: the pair starts afresh, the place is familiar, and this try was none of the others' either."""
    t = t.of(INSTALLATION)
    place = network_place(address)
    t.remove(Attempt, _id(f"pair {email} {place}"))
    for name in (f"place {place}", f"account {email}"):
        if (attempt := t.get(Attempt, _id(name))) and attempt.times:
            t.put(attempt.model_copy(update={"times": attempt.times[:-1]}))
    familiar = t.get(Attempt, _id(f"familiar {email} {place}")) or Attempt(id=_id(f"familiar {email} {place}"), until=now)
    _save(t, familiar.model_copy(update={"until": now + FAMILIAR}))


def network_place(address: str) -> str:
    """One IPv4 address, or the /64 that a single household or server has of IPv6."""
    try:
        ip = ip_address(address)
    except ValueError:
        return address
    if isinstance(ip, IPv6Address):
        return str(ip.ipv4_mapped or ip_network((ip, 64), strict=False))
    return str(ip)


def _recent(t: Tx, name: str, limit: Limit, now: datetime) -> Attempt:
    attempt = t.get(Attempt, _id(name)) or Attempt(id=_id(name), until=now)
    return attempt.model_copy(update={"times": tuple(at for at in attempt.times if at > now - limit.within)})


def _save(t: Tx, attempt: Attempt) -> None:
    if attempt.version:
        t.put(attempt)
    else:
        t.add(attempt)


def _sweep(t: Tx, now: datetime) -> None:
    for over in t.page(Attempt, upto=("until", now), order="until", limit=SWEPT_AT_ONCE):
        t.remove(Attempt, over.id)


def _id(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()
