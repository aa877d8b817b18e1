"""The share of work: who drafts, decides, publishes and connects how much, month by month."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from itertools import groupby

import streamlit as st
from markupsafe import Markup

from handover.readiness.ledger import KINDS
from handover.readiness.measuring import Share
from handover.readiness.share import MonthShare, months_before, team_part
from handover.readiness.wording import month_named, share_sentence
from handover.screens.charts import Column, columns, legend
from handover.screens.place import Place
from pipeline.records import Side
from pipeline.screens.markup import Inside, element, table
from pipeline.screens.shared import person_name, plain, show

MONTHS = 24
ALL = ""


def share_view(at: Place) -> None:
    say, share = at.say, at.desk.share(MONTHS)
    st.subheader(say("work.title"), anchor=False)
    if not share.months:
        st.caption(share_sentence(say, share.team))
        return
    st.markdown(f"**{plain(share_sentence(say, share.team))}**")
    st.caption(say("work.what"))
    rows = _of_channel(at, share)
    if not rows:
        st.caption(say("work.none"))
        return
    months = {month: list(group) for month, group in groupby(rows, key=lambda one: one.month)}
    parts = {month: team_part(here) for month, here in months.items()}
    _chart(at, parts)
    show(table(_head(at), [_month(at, month, months[month], parts[month]) for month in sorted(months, reverse=True)]))
    fold = st.expander(say("work.people"), key="handover-work-people", on_change="rerun")
    if fold.open:
        with fold:
            show(table([say("column.name"), say("column.side"), *_head(at)[1:5]], _people(at, share, rows)))


def _of_channel(at: Place, share: Share) -> Sequence[MonthShare]:
    names = {one.id: one.name for one in share.channels.values()}
    if len(names) < 2:
        return share.months
    chosen = st.selectbox(
        at.say("column.channel"),
        [ALL, *names],
        format_func=lambda one: names[one] if one else at.say("handover.all_channels"),
        key="handover-work-channel",
    )
    return [one for one in share.months if not chosen or one.channel == chosen]


# -- the chart: the team's part of each month, and what is left for the consultant


def _chart(at: Place, parts: Mapping[date, float | None]) -> None:
    say = at.say
    every = [_column(at, month, parts.get(month)) for month in _every_month(parts)]
    show(columns(every, about=say("work.chart")))
    show(legend([("hs-team", say("work.team")), ("hs-consultant", say("work.consultant"))]))


def _every_month(months: Collection[date]) -> list[date]:
    """Without gaps, so that a quiet month shows."""
    first, last = min(months), max(months)
    number = (last.year - first.year) * 12 + last.month - first.month
    return [months_before(last, back) for back in range(number, -1, -1)]


def _column(at: Place, month: date, part: float | None) -> Column:
    say, name = at.say, month_named(at.say, month)
    if part is None:
        return Column(f"{month.month}/{month:%y}", [], say("work.quiet_month", month=name))
    told = say("work.month_told", month=name, percent=round(part * 100))
    return Column(f"{month.month}/{month:%y}", [("hs-team", part), ("hs-consultant", 1 - part)], told)


# -- the table beneath


def _head(at: Place) -> list[str]:
    say = at.say
    return [say("past.month"), *(say(f"work.{kind}") for kind in KINDS), say("work.team_part")]


def _month(at: Place, month: date, here: Sequence[MonthShare], part: float | None) -> Sequence[Inside]:
    percent = at.say("work.percent", percent=round(part * 100)) if part is not None else ""
    return [month_named(at.say, month), *(_both(at, here, kind) for kind in KINDS), percent]


def _both(at: Place, rows: Sequence[MonthShare], kind: str) -> Markup:
    """Consultant and team, in this order."""
    sums = {side: sum(getattr(one, kind) for one in rows if one.side is side) for side in Side}
    if not any(sums.values()):
        return element("span", "–")
    return element("span", at.say("share.sides", consultant=sums[Side.CONSULTANT], team=sums[Side.TEAM]))


def _people(at: Place, share: Share, rows: Sequence[MonthShare]) -> list[Sequence[str]]:
    sums: Mapping[str, Counter[str]] = {one.person: Counter() for one in rows}
    sides = {one.person: one.side for one in rows}
    for row in rows:
        sums[row.person].update({kind: getattr(row, kind) for kind in KINDS})
    ordered = sorted(sums, key=lambda person: (sides[person], person_name(share.people, person, at.say).casefold()))
    return [
        [person_name(share.people, one, at.say), at.say.word(sides[one]), *(str(sums[one][kind]) for kind in KINDS)]
        for one in ordered
    ]
