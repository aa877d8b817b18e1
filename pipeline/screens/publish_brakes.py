"""The brakes: pausing a channel, the client, or everything at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st

from pipeline.desk.who import Action
from pipeline.records import Channel, Installation, Mark
from pipeline.screens.shared import Workplace, click, person_name, plain

OPENED = "brakes"


def installation(at: Workplace) -> Installation:
    with at.desk.look() as view:
        return view.installation


def banners(at: Workplace) -> None:
    """What stops sending, before anything else on the page."""
    stopped = installation(at).stopped
    if stopped is not None:
        st.error(plain(at.say("AllPaused", since=stopped.at)), icon=":material/front_hand:")
    if at.client.paused is not None:
        st.warning(plain(_paused(at, at.client.paused)), icon=":material/pause_circle:")


def _paused(at: Workplace, mark: Mark) -> str:
    name = person_name(at.desk.people(), mark.by, at.say)
    told = at.say("ClientPaused", name=name, client=at.client.name)
    return f"{told} {mark.reason}".strip()


def brakes(at: Workplace, channels: Sequence[Channel]) -> None:
    """Only what the looking person may pull."""
    mine = [channel for channel in channels if at.desk.may(Action.PAUSE, channel.slug)]
    whole_client, everything = at.desk.may(Action.PAUSE), at.desk.may(Action.STOP)
    if not (mine or whole_client or everything):
        return
    say = at.say
    opened = st.expander(say("brakes.title"), icon=":material/pause_circle:", key=OPENED, on_change="rerun")
    if not opened.open:  # drawn when asked for: closed, it would be a fifth of the page
        return
    with opened:
        st.caption(say("brakes.what"))
        if mine:
            st.markdown(f"**{say('brakes.channel')}**")
            _channel(at, {one.slug: one.name for one in mine}, {one.slug for one in mine if one.paused})
        if whole_client:
            st.divider()
            st.markdown(f"**{say('brakes.client', client=plain(at.client.name))}**")
            _client(at)
        if everything:
            st.divider()
            st.markdown(f"**{say('brakes.all')}**")
            _everything(at)


def _channel(at: Workplace, names: dict[str, str], paused: set[str]) -> None:
    say = at.say
    chosen = st.selectbox(say("column.channel"), list(names), format_func=names.__getitem__, key="brake-channel")
    if chosen in paused:
        _button(at, "brakes.resume", "resume-channel", at.desk.resume, chosen, done="brakes.resumed")
    elif chosen is not None:
        _button(at, "brakes.pause", "pause-channel", at.desk.pause, chosen, done="brakes.paused")


def _client(at: Workplace) -> None:
    if at.client.paused:
        _button(at, "brakes.resume", "resume-client", at.desk.resume, done="brakes.resumed")
    else:
        _button(at, "brakes.pause", "pause-client", at.desk.pause, done="brakes.paused")


def _everything(at: Workplace) -> None:
    say = at.say
    if installation(at).stopped is not None:
        _button(at, "brakes.go", "go-all", at.desk.go_all, done="brakes.resumed")
        return
    st.caption(say("brakes.all_what"))
    sure = st.checkbox(say("brakes.all_sure"), key="stop-sure")
    _button(at, "brakes.stop", "stop-all", at.desk.stop_all, done="brakes.paused", disabled=not sure)


def _button(
    at: Workplace, label: str, key: str, verb: Callable[..., object], *given: str, done: str, disabled: bool = False
) -> None:
    st.button(at.say(label), key=key, disabled=disabled, on_click=click, args=(at.say, verb, *given), kwargs={"done": done})
