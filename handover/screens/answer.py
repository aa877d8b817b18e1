"""The answer to a proposal: one short page says who asks for what, what it means, what is unmet and what changes; then yes or
no."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import streamlit as st

from handover.readiness.measuring import Readiness
from handover.screens.affected import affected_pieces
from handover.screens.place import Place
from handover.screens.reasons import forget, reason_field, reason_given, tell_above
from handover.screens.standing import conditions_list
from pipeline.records import Channel, Condition, Proposal
from pipeline.screens.markup import facts
from pipeline.screens.shared import moment, person_name, plain, show, tell


def answer_form(at: Place, readiness: Readiness, proposal: Proposal) -> None:
    say, channel = at.say, readiness.channel
    people = {one.id: one for one in at.desk.people()}
    forward = proposal.phase.step > proposal.before.step
    with st.container(border=True, key="handover-answer"):
        st.subheader(plain(say("answer.title", channel=channel.name, before=proposal.before, phase=proposal.phase)), anchor=False)
        rows = [
            (say("answer.by"), say("answer.who", name=person_name(people, proposal.by, say), side=proposal.side)),
            (say("answer.since"), moment(say, proposal.at)),
            (say("answer.why"), proposal.reason),
            (say("column.owner"), person_name(people, channel.owner, say)),
        ]
        show(facts(rows))
        days, owner = at.client.policy.safety_window_days, person_name(people, channel.owner, say)
        means = say(f"step.means.{proposal.phase.value}", channel=channel.name, owner=owner, days=days)
        st.markdown(f"**{plain(means)}**")
        unmet = [one.condition for one in readiness.measured if one.condition.met is not True] if forward else []
        _conditions(at, readiness, unmet, forward=forward)
        affected_pieces(at, channel, proposal.phase)
        key = f"answer:{proposal.id}"
        label = say("answer.despite") if unmet else say("answer.reason")
        reason_field(label, key, hint=say("answer.reason_hint"))
        _buttons(at, channel, proposal, key, forward=forward)


def _conditions(at: Place, readiness: Readiness, unmet: Sequence[Condition], *, forward: bool) -> None:
    if not forward:
        return
    if not unmet:
        st.markdown(plain(at.say("step.all_met", asked=readiness.asked)))
        return
    st.markdown(f"**{plain(at.say('step.unmet', count=len(unmet), asked=readiness.asked))}**")
    conditions_list(at, unmet)


def _buttons(at: Place, channel: Channel, proposal: Proposal, key: str, *, forward: bool) -> None:
    name = f"{at.me.side.value}.{proposal.phase.value}" if forward else "back"
    with st.container(horizontal=True, key="handover-answer-buttons"):
        st.button(
            at.say(f"answer.yes.{name}"),
            key=f"handover-accept-{proposal.id}",
            type="primary",
            icon=":material/handshake:",
            on_click=_accept,
            args=(at, channel, proposal, key),
        )
        st.button(
            at.say("answer.no"),
            key=f"handover-decline-{proposal.id}",
            on_click=_decline,
            args=(at, channel, proposal, key),
        )


def _accept(at: Place, channel: Channel, proposal: Proposal, key: str) -> None:
    accept = partial(at.desk.accept, channel.slug, reason=reason_given(key), seen=proposal.id)
    if tell(at.say, accept, done="", once=f"accept:{proposal.id}").done:
        forget(key)
        tell_above(at.say("handover.switched", channel=channel.name, phase=proposal.phase))


def _decline(at: Place, channel: Channel, proposal: Proposal, key: str) -> None:
    decline = partial(at.desk.decline, channel.slug, reason=reason_given(key), seen=proposal.id)
    if tell(at.say, decline, done="", once=f"decline:{proposal.id}").done:
        forget(key)
        tell_above(at.say("handover.declined", phase=proposal.phase))
