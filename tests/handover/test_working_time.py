"""Working time counts Monday to Friday from nine to five, where the client is."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from handover.readiness.working_time import working_hours

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("start", "end", "hours"),
    [
        ("2027-03-16T10:00", "2027-03-16T12:30", 2.5),  # a Tuesday
        ("2027-03-16T06:00", "2027-03-16T23:00", 8.0),
        ("2027-03-16T16:00", "2027-03-17T10:00", 2.0),
        ("2027-03-19T16:00", "2027-03-22T10:00", 2.0),  # over the weekend
        ("2027-03-20T10:00", "2027-03-21T18:00", 0.0),
        ("2027-03-26T16:00", "2027-03-29T10:00", 2.0),  # the clocks go forward in between
        ("2027-03-16T09:00", "2027-03-19T09:00", 24.0),
        ("2027-03-16T12:00", "2027-03-16T12:00", 0.0),
        ("2027-03-17T12:00", "2027-03-16T12:00", 0.0),
    ],
)
def test_only_working_time_counts(start: str, end: str, hours: float) -> None:
    moments = [datetime.fromisoformat(one).replace(tzinfo=BERLIN) for one in (start, end)]
    assert working_hours(moments[0], moments[1], "Europe/Berlin") == hours


def test_the_clients_own_zone_counts() -> None:
    start, end = (datetime(2027, 3, 16, hour, tzinfo=BERLIN) for hour in (9, 17))
    assert working_hours(start, end, "Europe/Lisbon") == 7.0
