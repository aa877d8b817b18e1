"""Save, submit, take back, schedule, withdraw."""

from __future__ import annotations

from datetime import datetime, time
from typing import Any

import streamlit as st

from pipeline.desk.reading import PieceView
from pipeline.desk.who import Action
from pipeline.errors import NotAllowed, SomebodyElseSaved
from pipeline.records import Stage
from pipeline.screens.kept import field, kept, label
from pipeline.screens.shared import Workplace, click, open_piece, plain, spoken, tell
from pipeline.screens.write_typed import Typed
from pipeline.text import normalise

TAKEN_BACK_FROM = (Stage.REVIEW, Stage.MISSED, Stage.ATTENTION)
OVER = (Stage.PUBLISHED, Stage.WITHDRAWN, Stage.REJECTED, Stage.PUBLISHING, Stage.ATTENTION)


def steps(place: Workplace, view: PieceView, typed: Typed) -> None:
    say, changed, stale = place.say, typed.is_changed, typed.seen != view.piece.revision
    with st.container(horizontal=True, vertical_alignment="center"):
        wants_save = st.button(say("write.save"), icon=":material/save:", key="write-save")
        words = say("write.save_and_submit" if changed else "write.submit")
        wants_submit = st.button(words, type="primary", icon=":material/send:", key="write-submit")
        status = "write.stale" if stale else "write.unsaved" if changed else "write.saved"
        st.caption(plain(say(status, revision=typed.seen)))
    if (wants_save and save(place, view, typed)) or (wants_submit and _submit(place, view, typed)):
        st.rerun()


def save(place: Workplace, view: PieceView, typed: Typed) -> bool:
    """A refusal leaves everything where it is."""
    told = tell(place.say, place.desk.edit, view.piece.id, typed.change(), done="", quiet=(SomebodyElseSaved,))
    if isinstance(told.refusal, SomebodyElseSaved):
        st.rerun()  # both texts stand at the top then
    if not told.done:
        return False
    stored = place.desk.piece(view.piece.id).revision
    if stored.number == told.value.revision and normalise(typed.fields["body"]) != stored.content.body:
        typed.put(stored.content.body)  # file names of images became their numbers
    typed.saved(told.value.revision)
    st.toast(plain(place.say("write.saved", revision=told.value.revision)), icon=":material/check:")
    return True


def _submit(place: Workplace, view: PieceView, typed: Typed) -> bool:
    if typed.is_changed and not save(place, view, typed):
        return False
    once = f"submit:{view.piece.id}:{typed.seen}:{view.piece.version}"
    told = tell(place.say, place.desk.submit, view.piece.id, done="", once=once)
    if told.done:
        st.toast(plain(place.say("write.submitted")), icon=":material/send:")
    return told.done


def keep(typed: Typed, newest: int) -> None:
    """What I typed goes on top of the other's revision; it is saved by the next click, as a revision of its own."""
    typed.seen = newest


def after_review(place: Workplace, view: PieceView) -> None:
    """What its writers can still do with a piece that is no draft."""
    say, piece = place.say, view.piece
    if view.stage in (Stage.REVIEW, Stage.MISSED):
        st.info(plain(say("write.in_review")), icon=":material/lock:")
    if view.stage in TAKEN_BACK_FROM and Action.WRITE in view.rights:
        once = f"take_back:{piece.id}:{piece.version}"
        st.button(
            say("write.take_back"),
            icon=":material/undo:",
            key="write-take-back",
            width="stretch",
            on_click=click,
            args=(say, place.desk.take_back, piece.id),
            kwargs={"done": "write.taken_back", "once": once},
        )
    open_piece(say, piece, label=say("write.to_review"))
    if view.stage not in OVER:
        with st.expander(say("write.tab.schedule"), key="write-schedule-fold"):
            schedule(place, view)
        with st.expander(say("write.tab.withdraw"), key="write-withdraw-fold"):
            withdraw(place, view)


def schedule(place: Workplace, view: PieceView) -> None:
    """In the wall time of the client's zone; a time that does not exist is refused with the one that does."""
    say, piece = place.say, view.piece
    if Action.PLAN not in view.rights:
        st.caption(plain(_may_not(place, view, "plan")))
        return
    start = {"day": piece.slot.local.date() if piece.slot else None, "time": piece.slot.local.time() if piece.slot else time(9)}
    chosen: dict[str, Any] = kept(f"write-slot-{piece.id}", lambda: start)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        shown = "DD.MM.YYYY" if say.language == "de" else "YYYY-MM-DD"
        field(st.date_input, say("write.day"), chosen, "day", key=f"write-day-{piece.id}", format=shown)
        field(st.time_input, say("write.time"), chosen, "time", key=f"write-time-{piece.id}")
        wanted = chosen["day"] and datetime.combine(chosen["day"], chosen["time"] or time(9))
        if st.button(say("write.schedule"), key="write-schedule", icon=":material/schedule:"):
            if wanted is None:
                st.warning(say("write.choose_day"))
            elif tell(say, place.desk.schedule, piece.id, wanted, done="write.scheduled").done:
                st.rerun()
        lifted = piece.slot is not None and st.button(say("write.unschedule"), key="write-unschedule")
        if lifted and tell(say, place.desk.unschedule, piece.id, done="write.unscheduled").done:
            st.rerun()
    st.caption(plain(say("write.zone", zone=place.client.timezone)))


def withdraw(place: Workplace, view: PieceView) -> None:
    say = place.say
    if Action.WITHDRAW not in view.rights:
        st.caption(plain(_may_not(place, view, "withdraw")))
        return
    st.caption(say("write.withdraw_hint"))
    reasons: dict[str, str] = kept("write-reasons", dict)
    field(st.text_input, label(say, "reason"), reasons, view.piece.id, key=f"write-reason-{view.piece.id}")
    if st.button(say("write.withdraw"), icon=":material/delete:", key="write-withdraw"):
        reason = reasons.get(view.piece.id) or ""
        if tell(say, place.desk.withdraw, view.piece.id, reason=reason, done="write.withdrawn").done:
            st.rerun()


def _may_not(place: Workplace, view: PieceView, action: str) -> str:
    """The desk's own reason."""
    channel = view.channel
    return spoken(place.say, NotAllowed(action=action, name=place.me.name, channel=channel.name, phase=channel.phase))
