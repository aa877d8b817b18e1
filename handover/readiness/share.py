"""The share of work: who drafted, decided, published and connected how much, by month, channel, side and person.

    drafted    words written: those that came with a revision (pipeline/review/word_count.py)
    decided    binding decisions; practice decides nothing
    published  publications, of whoever last scheduled the piece or pressed publish
    connected  places connected and credentials replaced

Pure: the ledger counts while it is folded, here it is only put in order.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby, takewhile

from handover.readiness.ledger import KINDS, Ledger
from pipeline.records import Side

HALF = 0.5


@dataclass(frozen=True)
class MonthShare:
    """What one person did for one channel in one month. `month`: its first day; `channel` and `person` are ids."""

    month: date
    channel: str
    side: Side
    person: str
    drafted: int = 0
    decided: int = 0
    published: int = 0
    connected: int = 0


@dataclass(frozen=True)
class TeamShare:
    """How much of the work is the team's now: `since` that month it has been more than half, without a break.

    since    first day of a month; None: in the newest month with any work it was not more than half
    share    0.0 to 1.0, over all months since then, or of the newest month alone; None: nobody has done anything yet
    """

    since: date | None
    share: float | None


def months_before(month: date, number: int) -> date:
    years, index = divmod(month.year * 12 + month.month - 1 - number, 12)
    return date(years, index + 1, 1)


def shares(ledger: Ledger, *, months: int, now: datetime) -> list[MonthShare]:
    """The newest `months` months, the present one included; oldest first."""
    present = now.astimezone(ledger.zone).date().replace(day=1)
    first = months_before(present, months - 1)
    done: dict[tuple[date, str, str], dict[str, int]] = {}
    for (month, channel, person, kind), amount in ledger.work.items():
        if first <= month <= present:
            done.setdefault((month, channel, person), {})[kind] = amount
    rows = [
        MonthShare(month, channel, ledger.sides[person], person, **amounts) for (month, channel, person), amounts in done.items()
    ]
    return sorted(rows, key=lambda one: (one.month, one.channel, one.side, one.person))


def team_part(rows: Iterable[MonthShare]) -> float | None:
    """The team's share of each kind of work that was done at all, all kinds weighing the same. None: nothing was done."""
    ours, all_of_it = Counter[str](), Counter[str]()
    for row in rows:
        for kind in KINDS:
            amount: int = getattr(row, kind)
            all_of_it[kind] += amount
            ours[kind] += amount if row.side is Side.TEAM else 0
    parts = [ours[kind] / total for kind, total in all_of_it.items() if total]
    return sum(parts) / len(parts) if parts else None


def team_share(rows: Sequence[MonthShare]) -> TeamShare:
    """`rows`: oldest month first. A month in which nobody did anything breaks nothing."""
    parts = ((month, team_part(of_month)) for month, of_month in groupby(rows, key=lambda row: row.month))
    worked = [(month, part) for month, part in parts if part is not None]
    if not worked:
        return TeamShare(None, None)
    ours = list(takewhile(lambda one: one[1] > HALF, reversed(worked)))
    if not ours:
        return TeamShare(None, worked[-1][1])
    since = ours[-1][0]
    return TeamShare(since, team_part(row for row in rows if row.month >= since))
