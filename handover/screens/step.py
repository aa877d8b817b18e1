"""The next step of a channel: proposed by one side, accepted by the other; back by the team's owner alone."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from handover.readiness.measuring import Readiness
from handover.screens.affected import affected_pieces
from handover.screens.answer import answer_form
from handover.screens.place import Place
from handover.screens.reasons import forget, reason_field, reason_given, tell_above
from handover.screens.standing import conditions_list
from pipeline.desk.who import Action
from pipeline.records import Channel, Person, Phase, Proposal, Side
from pipeline.screens.shared import person_name, plain, tell

ICON = {"propose": "forward", "step_back": "undo", "take_over": "key"}


def step_view(at: Place, readiness: Readiness) -> None:
    channel, proposal = readiness.channel, readiness.proposal
    if channel.play is not None:
        st.info(plain(at.say("step.rehearsed", phase=channel.phase)), icon=":material/theater_comedy:")
        return
    if proposal is None:
        _propose(at, readiness)
    elif proposal.side is not at.me.side and at.desk.may(Action.ACCEPT, channel.slug):
        answer_form(at, readiness, proposal)
    else:
        _waits(at, channel, proposal)
    _step_back(at, channel)
    _take_over(at, channel)


# ------------------------------------------------------------------------------------------------------------ proposing


def _propose(at: Place, readiness: Readiness) -> None:
    say, channel = at.say, readiness.channel
    if not at.desk.may(Action.PROPOSE, channel.slug):
        st.caption(say("step.nothing_open" if readiness.next else "step.arrived"))
        return
    ways = [phase for phase in Phase if abs(phase.step - channel.phase.step) == 1]
    forward = [phase for phase in ways if phase.step > channel.phase.step]
    to = forward[0] if forward and len(ways) == 1 else _which(at, channel, ways)
    with st.container(border=True, key="handover-propose"):
        st.subheader(plain(say("step.propose.title", channel=channel.name, phase=to)), anchor=False)
        st.markdown(plain(meaning(at, channel, to)))
        if to.step > channel.phase.step:
            _unmet(at, readiness)
        affected_pieces(at, channel, to)
        key = f"propose:{channel.id}:{to.value}"
        reason_field(say("step.propose.reason"), key, hint=say("step.propose.reason_hint"))
        st.button(
            say("step.propose.button", phase=to),
            key=f"handover-propose-{channel.slug}-{to.value}",
            type="primary",
            icon=f":material/{ICON['propose']}:",
            on_click=_propose_now,
            args=(at, channel, to, key),
        )


def _which(at: Place, channel: Channel, ways: Sequence[Phase]) -> Phase:
    chosen = st.segmented_control(
        at.say("step.propose.which"),
        ways,
        format_func=at.say.word,
        default=ways[-1],
        required=True,
        key=f"handover-which-{channel.slug}-{channel.version}",
    )
    return chosen or ways[-1]


def _propose_now(at: Place, channel: Channel, to: Phase, key: str) -> None:
    once = f"propose:{channel.id}:{channel.version}:{to.value}"
    if tell(at.say, at.desk.propose, channel.slug, to, reason=reason_given(key), done="", once=once).done:
        forget(key)
        tell_above(at.say("handover.proposed", phase=to))


def meaning(at: Place, channel: Channel, to: Phase) -> str:
    """What it means from then on, in one or two sentences."""
    days = at.client.policy.safety_window_days
    owner = person_name(at.desk.people(), channel.owner, at.say)
    return at.say(f"step.means.{to.value}", channel=channel.name, owner=owner, days=days)


def _unmet(at: Place, readiness: Readiness) -> None:
    unmet = [one.condition for one in readiness.measured if one.condition.met is not True]
    if unmet:
        st.markdown(f"**{plain(at.say('step.unmet', count=len(unmet), asked=readiness.asked))}**")
        conditions_list(at, unmet)
    else:
        st.markdown(plain(at.say("step.all_met", asked=readiness.asked)))


# -------------------------------------------------------------------------------------------------------------- waiting


def _waits(at: Place, channel: Channel, proposal: Proposal) -> None:
    say, people = at.say, at.desk.people()
    with st.container(border=True, key="handover-waits"):
        name = person_name(people, proposal.by, say)
        st.subheader(plain(say("step.waits.title", phase=proposal.phase)), anchor=False)
        st.markdown(plain(say("step.waits.by", name=name, at=proposal.at, reason=proposal.reason)))
        who = ", ".join(one.name for one in _who_answers(at, channel, proposal.side))
        st.markdown(plain(say("step.waits.for", names=who) if who else say("step.waits.nobody")))
        if proposal.side is at.me.side and at.desk.may(Action.PROPOSE, channel.slug):
            st.button(
                say("step.waits.take_back"),
                key=f"handover-take-back-{proposal.id}",
                icon=":material/undo:",
                on_click=_take_back,
                args=(at, channel, proposal),
            )


def _who_answers(at: Place, channel: Channel, proposer: Side) -> list[Person]:
    with at.desk.look() as view:
        others = (one for one in view.people.values() if one.side is not proposer)
        return [one for one in others if view.allows(one, Action.ACCEPT, channel)]


def _take_back(at: Place, channel: Channel, proposal: Proposal) -> None:
    told = tell(at.say, at.desk.take_back_proposal, channel.slug, done="", once=f"take-back:{proposal.id}")
    if told.done:
        tell_above(at.say("handover.taken_back", phase=proposal.phase))


# ---------------------------------------------------------------------------------------------------------------- alone


def _step_back(at: Place, channel: Channel) -> None:
    if channel.phase is Phase.VORMACHEN or not at.desk.may(Action.STEP_BACK, channel.slug):
        return
    say, earlier = at.say, [phase for phase in Phase if phase.step < channel.phase.step]
    with st.expander(say("step.back.title"), icon=f":material/{ICON['step_back']}:", key=f"handover-back-{channel.slug}"):
        st.markdown(plain(say("step.back.what", channel=channel.name)))
        to = earlier[-1]
        if len(earlier) > 1:
            key = f"handover-back-to-{channel.slug}"
            chosen = st.segmented_control(say("step.back.to"), earlier, format_func=say.word, default=to, required=True, key=key)
            to = chosen or to
        st.markdown(plain(meaning(at, channel, to)))
        key = f"back:{channel.id}"
        reason_field(say("step.back.reason"), key)
        sure = st.checkbox(say("step.back.sure", channel=plain(channel.name), phase=to), key=f"handover-back-sure-{channel.slug}")
        st.button(
            say("step.back.button", phase=to),
            key=f"handover-back-now-{channel.slug}",
            disabled=not sure,
            on_click=_alone,
            args=(at, "step_back", channel, to, key),
        )


def _take_over(at: Place, channel: Channel) -> None:
    """Offered only when nobody is left on the consultant's side who could accept anything."""
    if not at.desk.may(Action.TAKE_OVER, channel.slug) or _who_answers(at, channel, Side.TEAM):
        return
    say = at.say
    with st.container(border=True, key="handover-take-over"):
        st.subheader(plain(say("step.over.title", channel=channel.name)), anchor=False)
        st.markdown(plain(say("step.over.what")))
        st.markdown(plain(meaning(at, channel, Phase.ABGEBEN)))
        key = f"over:{channel.id}"
        reason_field(say("step.over.reason"), key)
        st.button(
            say("step.over.button"),
            key=f"handover-over-{channel.slug}",
            type="primary",
            icon=f":material/{ICON['take_over']}:",
            on_click=_alone,
            args=(at, "take_over", channel, Phase.ABGEBEN, key),
        )


def _alone(at: Place, verb: str, channel: Channel, to: Phase, key: str) -> None:
    reason = reason_given(key)
    once = f"{verb}:{channel.id}:{channel.version}"
    if verb == "step_back":
        told = tell(at.say, at.desk.step_back, channel.slug, to, reason=reason, done="", once=once)
    else:
        told = tell(at.say, at.desk.take_over, channel.slug, reason=reason, done="", once=once)
    if told.done:
        forget(key)
        tell_above(at.say("handover.switched", channel=channel.name, phase=to))
