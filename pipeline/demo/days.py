"""A calendar that counts working days from today, and a clock that walks along it."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

SATURDAY = 5


class WalkingClock:
    """Stands still until somebody moves it, and only forwards."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at

    def go_to(self, at: datetime) -> None:
        if at < self.at:
            raise ValueError(f"{at} lies before {self.at}")
        self.at = at


class Days:
    """Wall times in one zone, on working days counted from the day of `now`."""

    def __init__(self, now: datetime, zone: str) -> None:
        self.zone = ZoneInfo(zone)
        self.today = now.astimezone(self.zone).date()

    def day(self, number: int) -> date:
        """0: today; -1: the working day before. Saturdays and Sundays are left out, holidays are not known."""
        one = timedelta(days=1 if number > 0 else -1)
        day = self.today
        for _ in range(abs(number)):
            day += one
            while day.weekday() >= SATURDAY:
                day += one
        return day

    def wall(self, number: int, at: time) -> datetime:
        return datetime.combine(self.day(number), at)

    def utc(self, number: int, at: time) -> datetime:
        return self.wall(number, at).replace(tzinfo=self.zone).astimezone(UTC)
