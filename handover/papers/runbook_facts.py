"""What the runbook tells, read from the records: as much as its chapters show, and no more.

A chapter asks to be read again when one of these facts changes, so none may change with every click. What moves daily, the
rhythm and the examples, is told as it was when this month began, and the rhythm in round figures. That is over and cannot
change any more, so it is looked up once a month.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar
from weakref import WeakKeyDictionary
from zoneinfo import ZoneInfo

from pipeline.desk.act import View
from pipeline.records import (
    Channel,
    Decision,
    Person,
    Phase,
    Policy,
    Publication,
    PublicationState,
    Record,
    Revision,
    Role,
    Side,
    Verdict,
)
from pipeline.store.base import Store

R = TypeVar("R", bound=Record)

EXAMPLES = 5
LONGEST_EXAMPLE = 280
MONTHS_OF_RHYTHM, MONTHS_OF_EXAMPLES = 3, 12
FEWEST_FOR_RHYTHM = 4
SHORTEST_FOR_RHYTHM = timedelta(days=14)
USUAL = 0.25
"""A weekday is usual when at least this share of the publications fell on it."""
LOOK, MOST_LOOKED_AT = 250, 5_000


@dataclass(frozen=True)
class ChannelFacts:
    """`keeper`: who brought the credential that is used now; `deputy`, `keeper` may be empty."""

    slug: str
    name: str
    outlet: str
    address: str
    phase: Phase
    owner: str
    deputy: str
    keeper: str
    needs_secret: bool


@dataclass(frozen=True)
class PersonFacts:
    """`owns`, `stands_in`: names of channels."""

    name: str
    side: Side
    roles: tuple[Role, ...]
    owns: tuple[str, ...]
    stands_in: tuple[str, ...]


@dataclass(frozen=True)
class Rhythm:
    """per_week   publications, rounded to halves
    weekdays   0 Monday .. 6 Sunday, the usual ones
    hour       the most frequent hour of the slot, in the client's zone
    """

    channel: str
    per_week: float
    weekdays: tuple[int, ...]
    hour: int


@dataclass(frozen=True)
class Example:
    channel: str
    title: str
    asked: str
    name: str
    at: datetime


@dataclass(frozen=True)
class Facts:
    """Everything the chapters are made of; equal facts make equal chapters."""

    company: str
    language: str
    timezone: str
    policy: tuple[tuple[str, object], ...]
    readiness: tuple[tuple[str, object], ...]
    channels: tuple[ChannelFacts, ...]
    people: tuple[PersonFacts, ...]
    rhythm: tuple[Rhythm, ...]
    examples: tuple[Example, ...]

    @property
    def outlets(self) -> frozenset[str]:
        return frozenset(one.outlet for one in self.channels)


def facts_of(view: View) -> Facts:
    client, past = view.client, past_of(view)
    channels = sorted(view.channels, key=lambda one: one.name.casefold())
    return Facts(
        company=client.name,
        language=client.language,
        timezone=client.timezone,
        policy=_policy(client.policy),
        readiness=_readiness(client.policy),
        channels=tuple(_channel(view, one) for one in channels),
        people=tuple(_people(view, channels)),
        rhythm=tuple(found for one in channels if (found := _rhythm(one, past, client.timezone)) is not None),
        examples=tuple(example for one in channels for example in _examples(view, one, past)),
    )


def _policy(policy: Policy) -> tuple[tuple[str, object], ...]:
    return tuple(sorted(policy.model_dump(mode="json", exclude={"number", "readiness"}).items()))


def _readiness(policy: Policy) -> tuple[tuple[str, object], ...]:
    wanted = policy.readiness.model_dump(mode="json")
    return tuple(sorted({**wanted, "left_out": tuple(wanted["left_out"])}.items()))


def _name(view: View, person: str | None) -> str:
    found = view.people.get(person or "")
    return found.name if found is not None and found.is_active else ""


def _channel(view: View, channel: Channel) -> ChannelFacts:
    outlet = view.outlet(channel)
    return ChannelFacts(
        slug=channel.slug,
        name=channel.name,
        outlet=channel.outlet,
        address=outlet.address(channel.settings),
        phase=channel.play.before if channel.play else channel.phase,
        owner=_name(view, channel.owner),
        deputy=_name(view, channel.deputy),
        keeper=_name(view, channel.secret.by) if channel.secret else "",
        needs_secret=outlet.needs_secret,
    )


def _people(view: View, channels: Sequence[Channel]) -> Iterator[PersonFacts]:
    active: list[Person] = [one for one in view.people.values() if one.is_active]
    for person in sorted(active, key=lambda one: (one.side is Side.CONSULTANT, one.name.casefold())):
        owns = tuple(one.name for one in channels if one.owner == person.id)
        stands_in = tuple(one.name for one in channels if one.deputy == person.id)
        yield PersonFacts(person.name, person.side, tuple(role for role in Role if role in person.roles), owns, stands_in)


# ------------------------------------------------------------------------------------------- what was, until this month


@dataclass(frozen=True)
class Past:
    """Confirmed publications and change requests before `until`, newest first, by channel id."""

    until: datetime
    publications: dict[str, list[Publication]]
    asked: dict[str, list[tuple[Decision, str]]]
    """With the title the piece had."""


_known: WeakKeyDictionary[Store, dict[str, Past]] = WeakKeyDictionary()


def past_of(view: View) -> Past:
    until = month_begin(view.now, view.client.timezone)
    of_store = _known.setdefault(view.house.store, {})
    if view.ws not in of_store or of_store[view.ws].until != until:
        of_store[view.ws] = Past(until, _publications(view, until), _asked(view, until))
    return of_store[view.ws]


def month_begin(now: datetime, zone: str, *, back: int = 0) -> datetime:
    """The first moment of this month, or of the one so many months before, in `zone`."""
    local = now.astimezone(ZoneInfo(zone))
    months = local.year * 12 + local.month - 1 - back
    return datetime(months // 12, months % 12 + 1, 1, tzinfo=ZoneInfo(zone))


def _publications(view: View, until: datetime) -> dict[str, list[Publication]]:
    begin = month_begin(view.now, view.client.timezone, back=MONTHS_OF_RHYTHM)
    found: dict[str, list[Publication]] = defaultdict(list)
    newest = _newest(view, Publication, {"state": PublicationState.CONFIRMED}, lambda one: one.due_at < begin)
    for one in newest:
        if one.confirmed_at and one.confirmed_at < until and one.due_at >= begin:
            found[one.channel].append(one)
    return dict(found)


def _asked(view: View, until: datetime) -> dict[str, list[tuple[Decision, str]]]:
    begin = month_begin(view.now, view.client.timezone, back=MONTHS_OF_EXAMPLES)
    found: dict[str, list[tuple[Decision, str]]] = defaultdict(list)
    for one in _newest(view, Decision, {}, lambda one: one.at < begin):
        fits = one.verdict is Verdict.REQUEST_CHANGES and begin <= one.at < until
        if fits and len(found[one.channel]) < EXAMPLES:
            found[one.channel].append((one, _title(view, one)))
            if len(found) == len(view.channels) and all(len(those) == EXAMPLES for those in found.values()):
                break
    return dict(found)


def _newest(view: View, kind: type[R], where: dict[str, object], is_too_old: Callable[[R], bool]) -> Iterator[R]:
    """Newest first, until a whole look is too old: ids follow the time of writing, slots only roughly."""
    for offset in range(0, MOST_LOOKED_AT, LOOK):
        records = view.reader.page(kind, where, descending=True, limit=LOOK, offset=offset)
        yield from records
        if len(records) < LOOK or all(is_too_old(one) for one in records):
            return


def _title(view: View, decision: Decision) -> str:
    found = view.reader.page(Revision, {"piece": decision.piece, "number": decision.revision}, limit=1)
    return found[0].content.title if found else ""


def _rhythm(channel: Channel, past: Past, zone: str) -> Rhythm | None:
    """None: too little was published to speak of a rhythm."""
    published = past.publications.get(channel.id, [])
    if len(published) < FEWEST_FOR_RHYTHM:
        return None
    span = past.until - min(one.due_at for one in published)
    if span < SHORTEST_FOR_RHYTHM:
        return None
    times = [one.due_at.astimezone(ZoneInfo(zone)) for one in published]
    days = Counter(at.weekday() for at in times)
    usual = tuple(sorted(day for day, number in days.items() if number >= USUAL * len(times)))
    hours = Counter(at.hour for at in times)
    hour = min(hours, key=lambda one: (-hours[one], one))
    per_week = max(0.5, round(len(times) / (span / timedelta(weeks=1)) * 2) / 2)
    return Rhythm(channel.name, per_week, usual, hour)


def _examples(view: View, channel: Channel, past: Past) -> Iterator[Example]:
    for decision, title in past.asked.get(channel.id, []):
        person = view.people.get(decision.person)
        comment = " ".join(decision.comment.split())
        short = comment if len(comment) <= LONGEST_EXAMPLE else f"{comment[:LONGEST_EXAMPLE].rsplit(' ', 1)[0]} …"
        yield Example(channel.name, title, short, person.name if person else "", decision.at)
