"""Audit entries in words. Their details are ids and hashes; names are looked up when they are shown."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from pipeline.errors import Unknown
from pipeline.records import Event, Person, PublicationState
from pipeline.screens.shared import Workplace, person_name

UNKNOWN = "–"


def act_sentence(at: Workplace, event: Event, people: Mapping[str, Person], channels: Mapping[str, str]) -> str:
    """The sentence `act.<name of the act>`, its gaps filled from the event's details. `channels`: names by id."""
    name = f"act.{event.act}"
    if event.act.startswith("decide.") and is_still_secret(at, event, people):
        return at.say("act.decide.secret")
    if not at.say.has(name):
        return at.say("act.other", act=event.act)
    return at.say(name, **_facts(at, event, people, channels))


def is_still_secret(at: Workplace, event: Event, people: Mapping[str, Person]) -> bool:
    """Whether a decision is shown only after the looking person has given their own."""
    if event.actor == at.me.id or event.act in ("decide.hold", "decide.release") or event.actor not in people:
        return False
    try:
        return at.desk.piece(event.subject).blind
    except Unknown:
        return False


def _facts(at: Workplace, event: Event, people: Mapping[str, Person], channels: Mapping[str, str]) -> Mapping[str, object]:
    """Every gap that a sentence may have; an older entry may lack the detail behind it."""
    details = event.details

    def person(name: str) -> str:
        return person_name(people, str(details[name]), at.say) if details.get(name) else UNKNOWN

    return {
        "revision": details.get("revision", UNKNOWN),
        "hash": str(details.get("hash", UNKNOWN))[:8],
        "until": details.get("until", UNKNOWN),
        "owner": person("owner"),
        "taker": person("taker"),
        "subject": channels.get(event.subject) or (people[event.subject].name if event.subject in people else UNKNOWN),
        "state": _state(at, str(details.get("state", ""))),
        "voice": at.say("voice.binding" if details.get("binding", True) else "voice.shadow"),
        "due": _moment(at, str(details.get("due", ""))),
        "chapter": _chapter(at, str(details.get("chapter", UNKNOWN))),
        "code": _point(at, str(details.get("code", UNKNOWN))),
    }


def _chapter(at: Workplace, code: str) -> str:
    name = f"runbook.{code}"
    return at.say(name) if at.say.has(name) else code


def _point(at: Workplace, code: str) -> str:
    """What stands behind the colon is the place that the point is about."""
    kind, _, place = code.partition(":")
    name = f"exit.code.{kind}"
    return at.say(name, place=place) if at.say.has(name) else code


def _state(at: Workplace, value: str) -> str:
    return at.say.word(PublicationState(value)) if value in list(PublicationState) else UNKNOWN


def _moment(at: Workplace, value: str) -> str:
    try:
        return at.say.moment(datetime.fromisoformat(value))
    except ValueError:
        return UNKNOWN
