"""Working time: Monday to Friday, nine to five by the client's clock. Public holidays are not known and count as working days."""

from __future__ import annotations

from datetime import datetime

from pipeline.clock import zone_named

OPENS, CLOSES = 9, 17
HOURS_A_DAY = CLOSES - OPENS
WORKING_DAYS = 5


def working_hours(begin: datetime, end: datetime, zone: str) -> float:
    """Between two aware moments; 24.0 are three working days, and 0.0 when `end` is the earlier one."""
    clock = zone_named(zone)
    return max(_worked_since_ever(end.astimezone(clock)) - _worked_since_ever(begin.astimezone(clock)), 0.0)


def _worked_since_ever(local: datetime) -> float:
    """Working hours from the first Monday of the calendar to this wall time."""
    weeks, weekday = divmod(local.toordinal() - 1, 7)  # day 1 of the calendar is a Monday
    today = 0.0
    if weekday < WORKING_DAYS:
        today = min(max(local.hour + local.minute / 60 + local.second / 3600 - OPENS, 0.0), float(HOURS_A_DAY))
    return (weeks * WORKING_DAYS + min(weekday, WORKING_DAYS)) * HOURS_A_DAY + today
