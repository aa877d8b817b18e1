"""One piece's moment: another slot, no slot, or now."""

from __future__ import annotations

from datetime import datetime, time, timedelta

import streamlit as st

from pipeline.clock import zone_named
from pipeline.records import Piece, Stage
from pipeline.screens.shared import Workplace, click, tell

USUAL_HOUR = time(9, 0)


def times_form(at: Workplace, piece: Piece) -> None:
    say, key = at.say, piece.id
    now = at.desk.house.now().astimezone(zone_named(at.client.timezone))
    shown = piece.slot.local if piece.slot and piece.slot.local > now.replace(tzinfo=None) else _tomorrow(now)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.date_input(say("times.day"), value=shown.date(), format="DD.MM.YYYY", key=f"day-{key}", width=170)
        st.time_input(say("times.clock", zone=at.client.timezone), value=shown.time(), key=f"clock-{key}", step=900, width=190)
        st.button(say("times.schedule"), key=f"schedule-{key}", type="primary", on_click=_schedule, args=(at, piece))
    with st.container(horizontal=True):
        once = f"now:{piece.id}:{piece.version}"
        st.button(
            say("times.now"),
            key=f"now-{key}",
            help=say("times.now_what"),
            on_click=click,
            args=(say, at.desk.publish, piece.id),
            kwargs={"done": "times.now_done", "once": once},
        )
        if piece.slot is not None:
            label = "times.let_go" if piece.stage is Stage.MISSED else "times.unschedule"
            st.button(
                say(label),
                key=f"unschedule-{key}",
                help=say("times.unschedule_what"),
                on_click=click,
                args=(say, at.desk.unschedule, piece.id),
                kwargs={"done": "times.unscheduled"},
            )


def _tomorrow(now: datetime) -> datetime:
    return datetime.combine((now + timedelta(days=1)).date(), USUAL_HOUR)


def _schedule(at: Workplace, piece: Piece) -> None:
    day, clock = st.session_state.get(f"day-{piece.id}"), st.session_state.get(f"clock-{piece.id}")
    wanted = datetime.combine(day, clock) if day and clock else ""
    tell(at.say, at.desk.schedule, piece.id, wanted, done="times.scheduled")
