"""The consultant's exit: the checklist point by point, then declared by one side and confirmed by the other."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

import streamlit as st
from markupsafe import Markup

from handover.exit.checklist import BY_ITSELF, Item, ItemState
from handover.exit.steps import ExitList
from handover.papers.protocol import item_title
from handover.screens.address import go
from handover.screens.place import Place
from handover.screens.reasons import forget, reason_given, reason_line, tell_above, told_above
from handover.screens.routes import paper_link, protocol_way
from pipeline import errors
from pipeline.desk.who import Action
from pipeline.records import Person, Protocol, Side
from pipeline.screens.markup import element, table
from pipeline.screens.shared import person_name, plain, show, tell

STEPS = (ItemState.DELIVERED, ItemState.CONTROLLED, ItemState.VERIFIED)
DONE_ELSEWHERE = ("pack", "runbook")
"""Points that are dealt with in another chapter of this page."""
MOST_MISSING = 6


def farewell_view(at: Place) -> None:
    say, listed = at.say, at.desk.exit_list()
    st.subheader(say("farewell.title"), anchor=False)
    told_above()
    st.markdown(plain(say("farewell.what")))
    if listed.confirmed is not None:
        _confirmed(at, listed.confirmed)
        if not any(one.side is Side.CONSULTANT and one.is_active for one in at.desk.people()):
            return  # nobody is left to leave: the protocol says how it ended
    people = {one.id: one for one in at.desk.people()}
    met = len(listed.items) - len(listed.unmet)
    st.markdown(f"**{plain(say('farewell.count', met=met, total=len(listed.items)))}**")
    rights = {action: at.desk.may(action) for action in (Action.DELIVER, Action.CONTROL)}
    for item in listed.items:
        _item(at, item, people, rights)
    if listed.declared is not None:
        _declared(at, listed, listed.declared, people, rights)
    elif rights[Action.DELIVER]:
        if any(item.kind == "phases" and not item.is_met for item in listed.items):
            st.caption(say("farewell.declare.not_yet"))
        else:
            _declare(at, listed)


# ------------------------------------------------------------------------------------------------------- point by point


def _item(at: Place, item: Item, people: Mapping[str, Person], rights: Mapping[Action, bool]) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key=f"handover-item-{item.code.replace(':', '-')}"):
        show(_line(at, item, people))
        _next_button(at, item, rights)


def _line(at: Place, item: Item, people: Mapping[str, Person]) -> Markup:
    say = at.say
    dot = "hs-green" if item.is_met else "hs-amber" if item.state is not ItemState.OPEN else "hs-gray"
    state = element("span", element("i", css=dot), say.word(item.state), css="hs-light")
    told: list[Markup] = [element("span", title_of(at, item))]
    if item.missing:
        more = len(item.missing) - MOST_MISSING
        missing = [*item.missing[:MOST_MISSING], *([say("farewell.more", count=more)] if more > 0 else [])]
        told.append(element("small", say("farewell.missing", missing=missing)))
    if item.record is not None and (who := _who_said(at, item, people)):
        told.append(element("small", who))
    return element("div", state, element("p", *told), css="hs-condition")


def title_of(at: Place, item: Item) -> str:
    names = {item.channel.slug: item.channel.name} if item.channel else {}
    return item_title(item.code, names, at.say)


def _who_said(at: Place, item: Item, people: Mapping[str, Person]) -> str:
    marks = ((state, getattr(item.record, state.value)) for state in STEPS)
    said = (
        at.say("farewell.said", state=state, name=person_name(people, mark.by, at.say), at=mark.at)
        for state, mark in marks
        if mark
    )
    return "; ".join(said)


def _next_button(at: Place, item: Item, rights: Mapping[Action, bool]) -> None:
    """The one step this person can take on it now."""
    if item.is_met:
        return
    if item.kind in DONE_ELSEWHERE:
        label, key = at.say(f"farewell.to.{item.kind}"), f"handover-to-{item.kind}"
        st.button(label, key=key, icon=":material/arrow_forward:", on_click=partial(go, chapter=item.kind))
    if item.kind in BY_ITSELF:
        return
    steps: Mapping[ItemState, tuple[str, Callable[[str], Item], bool]] = {
        ItemState.OPEN: ("deliver", at.desk.deliver, rights[Action.DELIVER]),
        ItemState.DELIVERED: ("control", at.desk.control, rights[Action.CONTROL]),
        ItemState.CONTROLLED: ("verify", at.desk.verify, at.me.side is Side.TEAM),
    }
    name, verb, may = steps[item.state]
    if may:
        st.button(
            at.say(f"farewell.{name}"),
            key=f"handover-{name}-{item.code.replace(':', '-')}",
            on_click=_step,
            args=(at, verb, item, name),
        )


def _step(at: Place, verb: Callable[[str], Item], item: Item, name: str) -> None:
    version = item.record.version if item.record else 0
    tell(at.say, verb, item.code, done=f"farewell.{name}.done", once=f"exit:{name}:{item.code}:{version}")


# ------------------------------------------------------------------------------------------------------------ all of it


def _declare(at: Place, listed: ExitList) -> None:
    say = at.say
    with st.container(border=True, key="handover-declare"):
        st.subheader(say("farewell.declare.title"), anchor=False)
        st.markdown(plain(say("farewell.declare.what")))
        for item in listed.unmet:
            reason_line(say("farewell.reason", title=plain(title_of(at, item))), _key(item))
        st.button(
            say("farewell.declare.button"),
            key="handover-declare-button",
            type="primary",
            on_click=_declare_now,
            args=(at, listed),
        )


def _key(item: Item) -> str:
    return f"exit:{item.code}"


def _declare_now(at: Place, listed: ExitList) -> None:
    reasons = {item.code: reason for item in listed.unmet if (reason := reason_given(_key(item)))}
    told = tell(at.say, at.desk.declare_exit, reasons, done="", quiet=(errors.UnmetWithoutReason,))
    if told.refusal is not None:
        lacking = [title_of(at, item) for item in listed.unmet if item.code not in reasons]
        st.error(plain(at.say(told.refusal.code, items=lacking)), icon=":material/block:")
    if told.done:
        for item in listed.unmet:
            forget(_key(item))
        tell_above(at.say("farewell.declared"))


def _declared(
    at: Place, listed: ExitList, protocol: Protocol, people: Mapping[str, Person], rights: Mapping[Action, bool]
) -> None:
    """What was declared, and the owner's solemn word on it."""
    say, name = at.say, person_name(people, protocol.consultant, at.say)
    with st.container(border=True, key="handover-confirm"):
        st.subheader(plain(say("farewell.confirm.title", name=name)), anchor=False)
        st.markdown(plain(say("farewell.confirm.declared", name=name, at=protocol.declared.at)))
        items = {one.code: one for one in listed.items}
        if protocol.unmet:
            st.markdown(f"**{plain(say('farewell.confirm.unmet'))}**")
            rows = [[title_of(at, items[one.code]) if one.code in items else one.code, one.reason] for one in protocol.unmet]
            show(table([say("farewell.point"), say("answer.why")], rows))
        else:
            st.markdown(plain(say("farewell.confirm.all_met")))
        if rights[Action.CONTROL]:
            leaving = [one.name for one in people.values() if one.side is Side.CONSULTANT and one.is_active]
            st.markdown(f"**{plain(say('farewell.confirm.means', names=leaving))}**")
            label = say("farewell.confirm.button")
            st.button(label, key=f"handover-confirm-{protocol.id}", type="primary", on_click=_confirm_now, args=(at, protocol))
        elif rights[Action.DELIVER]:
            label = say("farewell.take_back")
            st.button(label, key=f"handover-exit-back-{protocol.id}", on_click=_take_back, args=(at, protocol))
        else:
            st.caption(say("farewell.confirm.waits"))


def _confirm_now(at: Place, protocol: Protocol) -> None:
    def confirm() -> Protocol:
        return at.desk.confirm_exit(seen=protocol.id)

    if tell(at.say, confirm, done="", once=f"confirm:{protocol.id}").done:
        tell_above(at.say("farewell.confirmed"))


def _take_back(at: Place, protocol: Protocol) -> None:
    if tell(at.say, at.desk.take_back_exit, done="", once=f"exit-back:{protocol.id}").done:
        tell_above(at.say("farewell.taken_back"))


def _confirmed(at: Place, protocol: Protocol) -> None:
    say = at.say
    with st.container(border=True, key="handover-protocol"):
        at_ = protocol.confirmed.at if protocol.confirmed else None
        st.markdown(f"**{plain(say('farewell.over', at=at_))}**")
        st.caption(plain(say("farewell.head", head=protocol.audit_head)))
        show(paper_link(protocol_way(at.client), say("farewell.protocol")))
