"""Each channel on its way from left to right: one lane, three stations, and the baton where it is now. One element for all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal

from markupsafe import Markup

from handover.phases import consultants_in_charge, window_ends
from handover.readiness.measuring import Readiness
from handover.readiness.wording import condition_name, readiness_sentence
from handover.screens.address import way_to_channel
from handover.screens.place import Place
from pipeline.records import Channel, Person, Phase, Proposal
from pipeline.screens.markup import anchor, element
from pipeline.screens.shared import day, last_day, person_name

MOST_MISSING = 2
Light = Literal["ready", "nearly", "open", "unknown"]
DOT: Mapping[Light, str] = {"ready": "hs-green", "nearly": "hs-amber", "open": "hs-red", "unknown": "hs-gray"}


def light_of(readiness: Readiness) -> Light:
    """Green only when every condition holds; grey while most of what is missing could not be measured yet."""
    if readiness.met == readiness.asked:
        return "ready" if readiness.asked else "unknown"
    unknown = sum(one.condition.met is None for one in readiness.measured)
    if 2 * unknown >= len(readiness.missing):
        return "unknown"
    return "nearly" if 2 * readiness.met > readiness.asked else "open"


def lanes(at: Place, standing: Iterable[Readiness], people: Mapping[str, Person]) -> Markup:
    return element("div", *(lane(at, one, people) for one in standing), css="hs-lanes")


def lane(at: Place, readiness: Readiness, people: Mapping[str, Person], *, linked: bool = True) -> Markup:
    channel = readiness.channel
    name: Markup | str = channel.name
    if linked:
        name = anchor(way_to_channel(channel.slug), channel.name, css="hs-open", here=True)
    return element(
        "div",
        element("div", element("b", name, css="hs-name"), _answer_for_it(at, readiness), css="hs-who"),
        _track(at, channel, readiness.proposal, people),
        element("div", _light(at, readiness), element("p", _what_is_missing(at, readiness, linked)), css="hs-stand"),
        css="hs-lane" if linked else "hs-lane hs-alone",
    )


def _answer_for_it(at: Place, readiness: Readiness) -> Markup:
    say, owner, deputy = at.say, readiness.owner, readiness.deputy
    lines = [say("lane.owner", name=_there(at, owner))]
    lines.append(say("lane.deputy", name=_there(at, deputy)) if deputy else say("lane.no_deputy"))
    waiver = readiness.channel.waiver
    if waiver is not None and at.desk.house.now() < waiver.until:
        lines.append(say("lane.waiver", day=last_day(say, waiver.until)))
    first, *others = lines
    return element("small", first, *(part for line in others for part in (Markup("<br>"), line)))


def _there(at: Place, person: Person | None) -> str:
    if person is None:
        return at.say("actor.unknown")
    return person.name if person.is_active else at.say("lane.gone", name=person.name)


def _track(at: Place, channel: Channel, proposal: Proposal | None, people: Mapping[str, Person]) -> Markup:
    stations = (_station(at, channel, phase, proposal, people) for phase in Phase)
    return element("ol", *stations, css=f"hs-track hs-at-{channel.phase.step}")


def _station(at: Place, channel: Channel, phase: Phase, proposal: Proposal | None, people: Mapping[str, Person]) -> Markup:
    say = at.say
    name = element("b", say(f"lane.{phase.value}"))
    if phase is channel.phase:
        told = [element("small", say("lane.since", day=day(say, channel.phase_since)))]
        until = window_ends(channel, at.client)
        if until is not None and until > at.desk.house.now() and consultants_in_charge(people.values()):
            told.append(element("small", say("lane.window", day=day(say, until))))
        if channel.play is not None:
            told.append(element("small", say("lane.plays")))
        return element("li", name, *told, css="hs-here")
    if proposal is not None and phase is proposal.phase:
        who = person_name(people, proposal.by, say)
        told_of = say("lane.proposed", name=who, day=day(say, proposal.at))
        return element("li", name, element("small", told_of), css="hs-proposed")
    return element("li", name, css="hs-done" if phase.step < channel.phase.step else "hs-ahead")


def _what_is_missing(at: Place, readiness: Readiness, short: bool) -> str:
    """The plain sentence; in a row of many lanes, what is missing first."""
    if not short or len(readiness.missing) == 0:
        return readiness_sentence(at.say, readiness)
    missing = [condition_name(at.say, code) for code in readiness.missing]
    if len(missing) <= MOST_MISSING:
        return at.say(f"lane.missing.{_way(readiness)}", missing=missing)
    more = len(missing) - MOST_MISSING
    return at.say(f"lane.missing_more.{_way(readiness)}", missing=missing[:MOST_MISSING], more=more)


def _way(readiness: Readiness) -> str:
    """Whether it is still to be handed over, or was, and should go well."""
    return "ahead" if readiness.next else "arrived"


def _light(at: Place, readiness: Readiness) -> Markup:
    light = light_of(readiness)
    count = at.say("lane.count", met=readiness.met, asked=readiness.asked)
    return element(
        "span", element("i", css=DOT[light]), element("b", at.say(f"lane.light.{_way(readiness)}.{light}")), count, css="hs-light"
    )
