"""Deputies: who decides for whom in the meantime."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import streamlit as st

from pipeline.records import Delegation, Person
from pipeline.screens.markup import table
from pipeline.screens.shared import Workplace, last_day, moment, person_name, show, tell

USUAL_DAYS = 14
MOST_SHOWN = 50


def deputies_view(at: Workplace) -> None:
    say = at.say
    people = at.desk.people()
    channels = {one.channel.id: one.channel for one in at.desk.channels()}
    st.subheader(say("deputies.title"), anchor=False)
    st.caption(say("deputies.lead"))
    running = at.desk.delegations()[:MOST_SHOWN]
    if not running:
        st.caption(say("deputies.none"))
    else:
        head = [say(f"column.{name}") for name in ("giver", "taker", "channels", "from", "until")]
        show(
            table(
                head,
                (
                    [
                        person_name(people, one.giver, say),
                        person_name(people, one.taker, say),
                        ", ".join(channels[known].name for known in one.channels if known in channels)
                        or say("deputies.all_channels"),
                        moment(say, one.start),
                        last_day(say, one.until),
                    ]
                    for one in running
                ),
            )
        )
        _end_own(at, people, [one for one in running if one.giver == at.me.id])
    mine = {one.email: one.name for one in people if one.is_active and one.side is at.me.side and one.id != at.me.id}
    if not mine:
        st.caption(say("deputies.nobody"))
        return
    _name_deputy(at, mine, {channel.slug: channel.name for channel in channels.values()})


def _end_own(at: Workplace, people: Sequence[Person], mine: Sequence[Delegation]) -> None:
    """One button for each deputy I named; there are few."""
    for one in mine[:5]:
        name = person_name(people, one.taker, at.say)
        st.button(
            at.say("deputies.end", name=name),
            key=f"end-{one.id}",
            on_click=_end,
            args=(at, one.id),
        )


def _end(at: Workplace, delegation: str) -> None:
    tell(at.say, at.desk.end_delegation, delegation, done="deputies.ended")


def _name_deputy(at: Workplace, people: dict[str, str], channels: dict[str, str]) -> None:
    say = at.say
    today = at.desk.house.now().date()
    st.subheader(say("deputies.add.title"), anchor=False)
    with st.form("deputy"):
        st.selectbox(say("column.taker"), list(people), format_func=people.__getitem__, key="deputy-to")
        st.date_input(say("column.from"), value=today, format="DD.MM.YYYY", key="deputy-start")
        st.date_input(say("column.until"), value=today + timedelta(days=USUAL_DAYS), format="DD.MM.YYYY", key="deputy-until")
        st.pills(
            say("deputies.channels"),
            list(channels),
            format_func=channels.__getitem__,
            selection_mode="multi",
            key="deputy-channels",
        )
        st.caption(say("deputies.what"))
        st.form_submit_button(say("deputies.add.button"), type="primary", on_click=_delegate, args=(at,))


def _delegate(at: Workplace) -> None:
    given = {name: st.session_state.get(f"deputy-{name}") for name in ("to", "start", "until", "channels")}
    start = given["start"] if given["start"] and given["start"] > at.desk.house.now().date() else None
    tell(
        at.say,
        at.desk.delegate,
        to=given["to"],
        until=given["until"],
        start=start,
        channels=tuple(given["channels"] or ()),
        done="deputies.added",
    )
