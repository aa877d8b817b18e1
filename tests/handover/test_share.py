"""Who does how much: by month in the client's zone, by channel, side and person."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from handover.readiness.share import MonthShare, TeamShare, months_before, shares, team_part, team_share
from pipeline.records import Side, Verdict
from tests.handover.chain import JONAS, MARIA, NORA, SANDER, Chain

MARCH = date(2027, 3, 1)


def of(chain: Chain, months: int = 24) -> list[MonthShare]:
    return shares(chain.ledger(), months=months, now=chain.now)


def only(rows: list[MonthShare], person: str) -> MonthShare:
    (row,) = (one for one in rows if one.person == person)
    return row


def a_month(month: int, team: int, consultant: int, *, kind: str = "drafted", year: int = 2027) -> list[MonthShare]:
    both = ((Side.TEAM, JONAS, team), (Side.CONSULTANT, SANDER, consultant))
    return [MonthShare(date(year, month, 1), "blog", side, person, **{kind: amount}) for side, person, amount in both]


# -- what is counted as whose


def test_each_kind_of_work_is_counted_for_who_did_it() -> None:
    chain = Chain().channel()
    chain.piece("p0", JONAS, words=120)
    chain.edit("p0", SANDER, written=30, gone=90)
    chain.submit("p0", JONAS)
    chain.decide("p0", SANDER, Verdict.REQUEST_CHANGES)
    chain.decide("p0", SANDER)
    chain.decide("p0", MARIA, binding=False)  # practice decides nothing
    chain.decide("p0", MARIA, Verdict.HOLD)
    chain.schedule("p0", chain.now + timedelta(days=1), SANDER)
    chain.schedule("p0", chain.now + timedelta(days=2), JONAS)
    chain.ahead(days=2).confirm("p0")
    chain.note("channel.secret", "blog", MARIA)
    rows = of(chain)
    assert only(rows, JONAS) == MonthShare(MARCH, "blog", Side.TEAM, JONAS, drafted=120, published=1)
    assert only(rows, SANDER) == MonthShare(MARCH, "blog", Side.CONSULTANT, SANDER, drafted=30, decided=2, connected=1)
    assert only(rows, MARIA) == MonthShare(MARCH, "blog", Side.TEAM, MARIA, connected=1)


def test_an_emergency_release_is_a_decision() -> None:
    chain = Chain().channel()
    chain.piece("p0")
    chain.decide("p0", NORA, Verdict.EMERGENCY)
    assert only(of(chain), NORA).decided == 1


def test_what_nobody_of_ours_did_and_what_was_no_work_is_not_counted() -> None:
    chain = Chain().channel()
    chain.piece("p0", "somebody", words=50)
    chain.piece("p1", JONAS, words=50)
    chain.ahead(days=31).edit("p1", JONAS, written=0, gone=10)
    chain.confirm("p1")  # nobody had planned it
    chain.note("piece.add", "p2", JONAS, channel="blog", revision=1)  # of an older version, which counted no words
    chain.note("piece.edit", "p2", JONAS, channel="blog", revision=2)
    assert [(one.month, one.drafted, one.published) for one in of(chain) if one.person != SANDER] == [(MARCH, 50, 0)]


def test_channels_stand_apart() -> None:
    chain = Chain().channel().channel("news")
    chain.piece("p0", words=10)
    chain.piece("p1", words=7, channel="news")
    assert [(one.channel, one.drafted) for one in of(chain) if one.person == JONAS] == [("blog", 10), ("news", 7)]


@pytest.mark.parametrize(
    ("at", "month"),
    [
        (datetime(2027, 3, 31, 21, 59, 59, tzinfo=UTC), date(2027, 3, 1)),  # 23:59:59 in Berlin, summer
        (datetime(2027, 3, 31, 22, 0, tzinfo=UTC), date(2027, 4, 1)),
        (datetime(2027, 12, 31, 23, 0, tzinfo=UTC), date(2028, 1, 1)),
    ],
)
def test_a_month_begins_by_the_clients_clock(at: datetime, month: date) -> None:
    chain = Chain().channel()
    chain.now = at
    chain.piece("p0")
    assert only(of(chain), JONAS).month == month


def test_only_the_months_asked_for_are_given() -> None:
    chain = Chain().channel()
    for number in range(4):
        chain.piece(f"p{number}")
        chain.ahead(days=31)
    assert [one.month.month for one in of(chain, months=3) if one.person == JONAS] == [5, 6]  # July has had none
    assert [one.month.month for one in of(chain, months=1)] == []


@pytest.mark.parametrize(
    ("number", "month"), [(0, date(2027, 3, 1)), (2, date(2027, 1, 1)), (3, date(2026, 12, 1)), (27, date(2024, 12, 1))]
)
def test_months_are_counted_back_over_the_years(number: int, month: date) -> None:
    assert months_before(MARCH, number) == month


# -- the team's share


def test_all_kinds_of_work_weigh_the_same_however_many_there_are() -> None:
    rows = [*a_month(3, 900, 100), *a_month(3, 1, 3, kind="decided"), *a_month(3, 1, 1, kind="published")]
    assert team_part(rows) == pytest.approx((0.9 + 0.25 + 0.5) / 3)  # nobody connected anything


def test_nothing_done_is_no_share() -> None:
    assert team_part([]) is None
    assert team_share([]) == TeamShare(None, None)


@pytest.mark.parametrize(
    ("months", "expected"),
    [
        ([(1, 60, 40), (2, 40, 60), (3, 51, 49), (4, 90, 10)], TeamShare(date(2027, 3, 1), 0.705)),
        ([(1, 60, 40), (2, 0, 0), (3, 64, 36)], TeamShare(date(2027, 1, 1), 0.62)),  # nobody worked in February
        ([(1, 60, 40), (2, 50, 50)], TeamShare(None, 0.5)),  # half is not more than half
        ([(1, 100, 0)], TeamShare(date(2027, 1, 1), 1.0)),
    ],
)
def test_the_team_does_more_than_half_since_a_month(months: list[tuple[int, int, int]], expected: TeamShare) -> None:
    rows = [row for month in months for row in a_month(*month)]
    found = team_share(rows)
    assert found.since == expected.since
    assert found.share == pytest.approx(expected.share)
