"""UTC inside, the client's wall time outside."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

from pipeline.errors import FieldInvalid, TimeDoesNotExist, TimeIsPast, TimeUnreadable
from pipeline.records import Slot

Clock = Callable[[], datetime]
FIRST_YEAR, LAST_YEAR = 1900, 9000
"""Beyond them the calendar ends in the middle of a calculation."""


def utc_now() -> datetime:
    return datetime.now(UTC)


@lru_cache(maxsize=64)  # listing the zones looks into hundreds of files
def zone_named(name: str) -> ZoneInfo:
    """Raises FieldInvalid for a name that is no time zone."""
    if name not in available_timezones():
        raise FieldInvalid(field="timezone", value=name)
    return ZoneInfo(name)


def slot_at(wanted: str | datetime, zone: str, *, now: datetime) -> Slot:
    """The slot for a wall time in `zone`, or for a time with its own offset.

    Of an hour that exists twice in autumn the first is taken. Raises TimeUnreadable, TimeIsPast, and TimeDoesNotExist for
    a wall time that the clock skips in spring; its facts offer the time an hour later.
    """
    moment = _parsed(wanted)
    local_zone = zone_named(zone)
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise TimeUnreadable(value=str(wanted)[:60])
    if moment.tzinfo is not None:
        utc = moment.astimezone(UTC)
        local = utc.astimezone(local_zone).replace(tzinfo=None)
    else:
        local = moment
        utc = local.replace(tzinfo=local_zone).astimezone(UTC)
        there_and_back = utc.astimezone(local_zone).replace(tzinfo=None)
        if there_and_back != local:
            raise TimeDoesNotExist(wanted=f"{local:%H:%M}", day=local.date(), instead=f"{there_and_back:%H:%M}")
    if utc <= now:
        raise TimeIsPast(at=utc)
    return Slot(local=local.replace(tzinfo=None, fold=0), zone=zone, utc=utc)


def slot_now(zone: str, *, now: datetime) -> Slot:
    return Slot(local=now.astimezone(zone_named(zone)).replace(tzinfo=None, fold=0), zone=zone, utc=now)


def _parsed(wanted: str | datetime) -> datetime:
    if isinstance(wanted, datetime):
        return wanted
    text = wanted.strip()
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise TimeUnreadable(value=text[:60]) from None
    if len(text) <= len("2027-03-28"):
        raise TimeUnreadable(value=text)  # a day without an hour
    return moment


def day_named(wanted: str | date) -> date:
    """Raises TimeUnreadable."""
    if isinstance(wanted, date):
        return wanted
    try:
        day = datetime.fromisoformat(wanted.strip()).date()
    except ValueError:
        raise TimeUnreadable(value=wanted[:60]) from None
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise TimeUnreadable(value=wanted[:60])
    return day


def end_of(day: str | date, zone: str, *, now: datetime) -> datetime:
    """The last moment of that day in `zone`, as UTC. Raises TimeIsPast, TimeUnreadable."""
    following = day_named(day) + timedelta(days=1)
    end = datetime(following.year, following.month, following.day, tzinfo=zone_named(zone)).astimezone(UTC)
    if end <= now:
        raise TimeIsPast(at=end)
    return end


def start_of(day: str | date, zone: str) -> datetime:
    """The first moment of that day in `zone`, as UTC. Raises TimeUnreadable."""
    wanted = day_named(day)
    return datetime(wanted.year, wanted.month, wanted.day, tzinfo=zone_named(zone)).astimezone(UTC)
