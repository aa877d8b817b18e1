"""How a channel got where it is: what held at the end of each month, and every change of phase with its reasons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import streamlit as st

from handover.readiness.measuring import Past, Readiness
from handover.readiness.wording import condition_name, month_named
from handover.screens.charts import Column, columns, legend
from handover.screens.place import Place
from pipeline.records import Person, Phase, PhaseChange
from pipeline.screens.markup import table
from pipeline.screens.shared import moment, person_name, plain, show

MONTHS = 24


def past_view(at: Place, readiness: Readiness) -> None:
    say = at.say
    past = at.desk.readiness_history(readiness.channel.slug, MONTHS)
    st.subheader(say("past.readiness"), anchor=False)
    if len(past) > 1:
        about = say("past.chart", channel=readiness.channel.name)
        show(columns([_column(at, one) for one in past], about=about))
        show(legend((f"hs-{phase.value}", say.word(phase)) for phase in Phase if any(one.phase is phase for one in past)))
    else:
        st.caption(say("past.too_young"))
    with st.expander(say("past.figures"), key="handover-past-figures"):
        head = [say("past.month"), say("column.phase"), say("past.held")]
        rows = [[_named(at, one.day), say.word(one.phase), _count(at, one)] for one in reversed(past)]
        show(table(head, rows))
    _changes(at, readiness)


def _column(at: Place, one: Past) -> Column:
    share = one.met / one.asked if one.asked else 0.0
    told = at.say("past.column", month=_named(at, one.day), count=_count(at, one), phase=one.phase)
    return Column(f"{one.day.month}/{one.day:%y}", [(f"hs-{one.phase.value}", share)], told)


def _count(at: Place, one: Past) -> str:
    return at.say("lane.count", met=one.met, asked=one.asked)


def _named(at: Place, day: date) -> str:
    return month_named(at.say, day)


def _changes(at: Place, readiness: Readiness) -> None:
    say = at.say
    st.subheader(say("past.changes"), anchor=False)
    changes = at.desk.phase_changes(readiness.channel.slug)
    if not changes:
        st.caption(plain(say("past.no_changes", phase=readiness.phase, at=readiness.channel.phase_since)))
        return
    people = {one.id: one for one in at.desk.people()}
    head = [say("column.when"), say("past.way"), say("column.who"), say("answer.why"), say("past.unmet")]
    show(table(head, [_change(at, one, people) for one in changes]))


def _change(at: Place, one: PhaseChange, people: Mapping[str, Person]) -> Sequence[str]:
    say = at.say
    way = say("past.from_to", before=one.before, phase=one.phase)
    who = say(f"past.how.{one.how}", name=person_name(people, one.by, say))
    return [moment(say, one.at), way, who, one.reason, ", ".join(condition_name(say, code) for code in one.unmet)]
