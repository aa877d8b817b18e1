"""A phase in advance: who could do what then and why not, and what becomes of the pieces; or played on a rehearsal channel."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st
from markupsafe import Markup

from handover.readiness.measuring import Readiness
from handover.rehearsal import Allowed, Mine, WhatIf
from handover.screens.affected import affected_list
from handover.screens.place import Place
from handover.screens.reasons import tell_above
from pipeline.desk.who import Action
from pipeline.records import Channel, Person, Phase
from pipeline.screens.kept import capital
from pipeline.screens.markup import element, table
from pipeline.screens.shared import day, plain, show, spoken, tell


def ahead_view(at: Place, readiness: Readiness) -> None:
    say, channel = at.say, readiness.channel
    _play(at, channel)
    others = [phase for phase in Phase if phase is not channel.phase]
    default = readiness.next or others[-1]
    chosen = st.segmented_control(
        say("ahead.which"),
        others,
        format_func=lambda phase: say("ahead.what_if", phase=phase),
        default=default,
        required=True,
        label_visibility="collapsed",
        key=f"handover-ahead-{channel.slug}-{channel.phase.value}",
    )
    what_if = at.desk.what_if(channel.slug, chosen or default)
    people = {one.id: one for one in at.desk.people()}
    st.markdown(plain(_who_says_yes(at, what_if)))
    st.subheader(say("ahead.mine"), anchor=False)
    show(element("div", *(_mine(at, one) for one in what_if.mine), css="hs-conditions"))
    affected_list(at, what_if.affected)
    with st.expander(say("ahead.everybody"), key="handover-ahead-everybody"):
        head = [say("ahead.action"), say("ahead.now"), say("ahead.then")]
        show(table(head, [_everybody(at, one, people) for one in what_if.rights]))


def _who_says_yes(at: Place, what_if: WhatIf) -> str:
    say = at.say
    places = [say("ahead.place", count=count, side=side) for side, count in what_if.places.needed.items()]
    told = say("ahead.places", phase=what_if.phase, places=places)
    if what_if.window_until is None:
        return told
    return say("ahead.places_window", told=told, until=day(say, what_if.window_until))


def _mine(at: Place, one: Mine) -> Markup:
    """What this person may do then, what is new about it, and why not."""
    say = at.say
    light = "hs-green" if one.then else "hs-gray"
    change = "new" if one.then and not one.now else "kept" if one.then else "lost" if one.now else "never"
    state = element("span", element("i", css=light), say(f"ahead.{change}"), css="hs-light")
    words = [element("span", _named(at, one.action))]
    if one.why is not None and one.now:
        words.append(element("small", spoken(say, one.why)))
    return element("div", state, element("p", *words), css="hs-condition")


def _named(at: Place, action: str) -> str:
    return capital(at.say(f"word.Action.{action}"))


def _everybody(at: Place, one: Allowed, people: Mapping[str, Person]) -> Sequence[str]:
    def names(ids: Sequence[str]) -> str:
        return ", ".join(people[person].name for person in ids if person in people) or "–"

    return [_named(at, one.action), names(one.now), names(one.then)]


# -- on a rehearsal channel, where nothing becomes public


def _play(at: Place, channel: Channel) -> None:
    say = at.say
    if not channel.is_rehearsal or not at.desk.may(Action.REHEARSE, channel.slug):
        st.caption(say("ahead.only_look"))
        return
    with st.container(border=True, key="handover-play"):
        if channel.play is None:
            st.markdown(plain(say("ahead.play_what", channel=channel.name)))
        else:
            st.markdown(plain(say("ahead.playing", phase=channel.phase, before=channel.play.before)))
        with st.container(horizontal=True):
            for phase in (one for one in Phase if one is not channel.phase):
                key, args = f"handover-play-{channel.slug}-{phase.value}", (at, channel, phase)
                st.button(
                    say("ahead.play", phase=phase), key=key, icon=":material/theater_comedy:", on_click=_rehearse, args=args
                )
            if channel.play is not None:
                key = f"handover-play-end-{channel.slug}"
                st.button(say("ahead.end"), key=key, icon=":material/stop:", on_click=_rehearse, args=(at, channel, None))


def _rehearse(at: Place, channel: Channel, to: Phase | None) -> None:
    once = f"rehearse:{channel.id}:{channel.version}:{to}"
    told = tell(at.say, at.desk.rehearse, channel.slug, to, done="", once=once)
    if told.done:
        name = "handover.playing" if to else "handover.played"
        tell_above(at.say(name, channel=channel.name, phase=told.value.phase))
