"""What the audit chain tells about the handover, sorted by channel: who wrote, decided, published and connected what, and when.

`Ledger` is a pure fold over the entries, oldest first. The chain only grows, so a fold is continued, never begun anew:
`Ledgers` keeps one ledger per client in memory and reads only what came since.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from threading import RLock
from typing import Generic, TypeVar
from weakref import WeakKeyDictionary
from zoneinfo import ZoneInfo

from handover.readiness.working_time import working_hours
from pipeline.clock import zone_named
from pipeline.records import Event, Phase, Side, Verdict
from pipeline.store.base import GENESIS, Reader, Store

T = TypeVar("T")

ABOUT_TEXT = frozenset({Verdict.APPROVE, Verdict.APPROVE_WITH_NOTE, Verdict.REQUEST_CHANGES, Verdict.REJECT})
DRAFTED, DECIDED, PUBLISHED, CONNECTED = KINDS = ("drafted", "decided", "published", "connected")


class Dated(Generic[T]):
    """Things by the time they happened."""

    def __init__(self) -> None:
        self._times: list[datetime] = []
        self._things: list[T] = []

    def add(self, at: datetime, thing: T) -> None:
        place = len(self._times)
        if place and at < self._times[-1]:  # a clock that was set back
            place = bisect_right(self._times, at)
        self._times.insert(place, at)
        self._things.insert(place, thing)

    def within(self, begin: datetime, end: datetime) -> list[T]:
        """From `begin` to `end`, both included."""
        return self._things[bisect_left(self._times, begin) : bisect_right(self._times, end)]

    def until(self, end: datetime) -> list[T]:
        return self._things[: bisect_right(self._times, end)]

    def latest(self, at: datetime) -> T | None:
        place = bisect_right(self._times, at)
        return self._things[place - 1] if place else None

    def __iter__(self) -> Iterator[T]:
        return iter(self._things)

    def __len__(self) -> int:
        return len(self._things)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Dated) and (self._times, self._things) == (other._times, other._things)

    __hash__ = None  # type: ignore[assignment]


@dataclass(frozen=True, slots=True)
class Word:
    """A decision on a text: who said what about which hash. `decision`: id of its record, where the comment stands."""

    at: datetime
    piece: str
    hash: str
    person: str
    side: Side
    verdict: Verdict
    binding: bool
    stood_in_for: str
    decision: str


@dataclass(frozen=True, slots=True)
class Pair:
    """The first word of each side on the same text. Later ones do not count: they may follow from reading the other's.

    unread  the team spoke before it could read the consultant's word
    """

    consultant: Word
    team: Word
    at: datetime
    agree: bool
    unread: bool


@dataclass(slots=True)
class Submission:
    """A text handed in for review, until the team's first word on it or until it left review without one.

    hours  working hours until it was answered
    """

    at: datetime
    piece: str
    answered: datetime | None = None
    hours: float = 0.0
    over: datetime | None = None


@dataclass(frozen=True, slots=True)
class SlotPassed:
    piece: str
    missed: bool
    """For lack of a decision."""


@dataclass(frozen=True, slots=True)
class Begun:
    piece: str
    side: Side


@dataclass(frozen=True, slots=True)
class Rewritten:
    """A draft of the team as it was approved: how many of its words the consultant had changed by then."""

    piece: str
    changed: int
    words: int


@dataclass(frozen=True, slots=True)
class Fault:
    """What had to be put right after it was public, or went out without the other side's place being filled."""

    piece: str
    kind: str


@dataclass(frozen=True, slots=True)
class Brought:
    """A credential, and whether it took the place of another one."""

    by: str
    side: Side | None
    renewed: bool


@dataclass(frozen=True, slots=True)
class Offices:
    owner: str
    deputy: str


@dataclass(slots=True)
class ChannelFacts:
    """Everything of one channel."""

    outlet: str = ""
    phases: Dated[tuple[Phase, datetime]] = field(default_factory=Dated)
    offices: Dated[Offices] = field(default_factory=Dated)
    words: Dated[Word] = field(default_factory=Dated)
    pairs: Dated[Pair] = field(default_factory=Dated)
    submissions: Dated[Submission] = field(default_factory=Dated)
    slots: Dated[SlotPassed] = field(default_factory=Dated)
    begun: Dated[Begun] = field(default_factory=Dated)
    rewritten: Dated[Rewritten] = field(default_factory=Dated)
    publications: Dated[str] = field(default_factory=Dated)
    faults: Dated[Fault] = field(default_factory=Dated)
    credentials: Dated[Brought] = field(default_factory=Dated)
    spoken: dict[str, Dated[str]] = field(default_factory=dict)
    """Person -> the pieces they decided on."""


@dataclass(slots=True)
class Story:
    """What is known of one piece so far.

    writer    who made the newest revision; `handed` by whom it was handed in last, `handed_at` when for the first time
    slot      the agreed moment, until it is known what became of it
    planner   who last scheduled it or pressed publish
    base      words of the team's text, None: nobody counted them; `changed` of them by the consultant since it was handed in,
              `pending` since the team's last revision
    """

    channel: str
    side: Side | None
    writer: str
    handed: str = ""
    handed_at: datetime | None = None
    submission: Submission | None = None
    first: dict[str, dict[Side, Word]] = field(default_factory=dict)
    emergencies: set[str] = field(default_factory=set)
    slot: datetime | None = None
    planner: str = ""
    public: set[str] = field(default_factory=set)
    base: int | None = None
    handed_in: bool = False
    changed: int = 0
    pending: int = 0


Work = Counter[tuple[date, str, str, str]]
"""(first day of the month, channel, person, kind of work) -> how much of it."""


class Ledger:
    """A fold over one client's audit entries.

    zone  the client's: by its clock a month begins and ends
    """

    def __init__(self, zone: ZoneInfo) -> None:
        self.zone = zone
        self.seq, self.hash = 0, GENESIS
        self.sides: dict[str, Side] = {}
        self.left: dict[str, datetime] = {}
        self.channels: dict[str, ChannelFacts] = {}
        self.stories: dict[str, Story] = {}
        self.work: Work = Counter()
        self.computed: dict[object, object] = {}
        """What was computed from this ledger and does not change any more, kept for whoever computed it."""

    def take(self, event: Event) -> None:
        if event.act.startswith("decide."):
            self._decided(event)
        elif (told := _TOLD.get(event.act)) is not None:
            told(self, event)
        self.seq, self.hash = event.seq, event.hash

    def __eq__(self, other: object) -> bool:
        """What was told, not what was computed from it."""
        return isinstance(other, Ledger) and {**vars(self), "computed": 0} == {**vars(other), "computed": 0}

    __hash__ = None  # type: ignore[assignment]

    # -- asked

    def is_there(self, person: str, at: datetime) -> bool:
        return person in self.sides and not (person in self.left and self.left[person] <= at)

    # -- people and channels

    def _client(self, event: Event) -> None:
        self.sides[str(event.details.get("consultant", event.actor))] = Side.CONSULTANT

    def _person(self, event: Event) -> None:
        self.sides[event.subject] = Side(str(event.details["side"]))
        self.left.pop(event.subject, None)  # who has left may come back

    def _gone(self, event: Event) -> None:
        self.left[event.subject] = event.at

    def _channel(self, event: Event) -> None:
        details = event.details
        facts = self.channels[event.subject] = ChannelFacts(outlet=str(details.get("outlet", "")))
        facts.phases.add(event.at, (Phase(str(details.get("phase", Phase.VORMACHEN))), event.at))
        self._offices(event)
        if details.get("secret"):
            facts.credentials.add(event.at, Brought(event.actor, self.sides.get(event.actor), renewed=False))
        self._worked(event, event.subject, CONNECTED, event.actor)

    def _offices(self, event: Event) -> None:
        offices = Offices(str(event.details.get("owner") or ""), str(event.details.get("deputy") or ""))
        self._of(event.subject).offices.add(event.at, offices)

    def _credential(self, event: Event) -> None:
        known = self._of(event.subject).credentials
        renewed = len(known) > 0 and not event.details.get("again")
        known.add(event.at, Brought(event.actor, self.sides.get(event.actor), renewed))
        self._worked(event, event.subject, CONNECTED, event.actor)

    def _phase(self, event: Event) -> None:
        self._of(event.subject).phases.add(event.at, (Phase(str(event.details["phase"])), event.at))

    def _of(self, channel: str) -> ChannelFacts:
        return self.channels.setdefault(channel, ChannelFacts())

    def _worked(self, event: Event, channel: str, kind: str, person: str, amount: int = 1) -> None:
        if person in self.sides and amount:
            month = event.at.astimezone(self.zone).date().replace(day=1)
            self.work[month, channel, person, kind] += amount

    # -- writing

    def _added(self, event: Event) -> None:
        channel, side = str(event.details.get("channel", "")), self.sides.get(event.actor)
        story = self.stories[event.subject] = Story(channel, side, event.actor)
        if side is not None:
            self._of(channel).begun.add(event.at, Begun(event.subject, side))
        if side is Side.TEAM:
            story.base = _number(event, "words")
        self._worked(event, channel, DRAFTED, event.actor, _number(event, "written") or 0)

    def _edited(self, event: Event) -> None:
        if (story := self.stories.get(event.subject)) is None:
            return
        story.writer = event.actor
        written, gone = _number(event, "written") or 0, _number(event, "gone") or 0
        self._worked(event, story.channel, DRAFTED, event.actor, written)
        if self.sides.get(event.actor) is Side.CONSULTANT:
            changed = max(written, gone)  # a word that was replaced went and came
            if story.handed_in:
                story.changed += changed
            else:
                story.pending += changed
        elif not story.handed_in:
            story.base, story.pending = _number(event, "words"), 0

    def _submitted(self, event: Event) -> None:
        if (story := self.stories.get(event.subject)) is None:
            return
        story.handed, story.handed_at = event.actor, story.handed_at or event.at
        if not story.handed_in:
            story.handed_in = True
            story.changed = story.pending if self.sides.get(event.actor) is Side.CONSULTANT else 0
        if story.slot is not None and story.slot <= event.at:
            story.slot = None
        known = story.first.get(str(event.details.get("hash", "")), {}).get(Side.TEAM)
        if known is None or not known.verdict.is_yes:  # an old yes on the same text goes on counting
            story.submission = Submission(event.at, event.subject)
            self._of(story.channel).submissions.add(event.at, story.submission)

    def _taken_back(self, event: Event) -> None:
        if (story := self.stories.get(event.subject)) is not None:
            self._left_review(story, event.at)

    @staticmethod
    def _left_review(story: Story, at: datetime) -> None:
        if story.submission is not None:
            story.submission.over = at
            story.submission = None

    # -- deciding

    def _decided(self, event: Event) -> None:
        story, side = self.stories.get(event.subject), self.sides.get(event.actor)
        if story is None or side is None:
            return
        details = event.details
        word = Word(
            at=event.at,
            piece=event.subject,
            hash=str(details.get("hash", "")),
            person=event.actor,
            side=side,
            verdict=Verdict(event.act.removeprefix("decide.")),
            binding=bool(details.get("binding", True)),
            stood_in_for=str(details.get("for") or ""),
            decision=str(details.get("decision", "")),
        )
        if word.verdict in ABOUT_TEXT:
            self._about_text(story, word)
        if word.binding and (word.verdict in ABOUT_TEXT or word.verdict is Verdict.EMERGENCY):
            self._worked(event, story.channel, DECIDED, event.actor)
            self._follow(story, word)
        if word.binding and word.verdict in (Verdict.REQUEST_CHANGES, Verdict.REJECT):
            self._left_review(story, word.at)
        elif word.binding and story.submission and self._is_enough(story, word):
            story.submission.over = word.at  # nobody waits for the team any more, but it may still practise

    def _about_text(self, story: Story, word: Word) -> None:
        """Whoever of the team judges what they wrote or handed in themselves has judged nothing: that is no answer, but nobody
        waits for another one either."""
        if word.side is Side.TEAM and word.person in (story.writer, story.handed):
            self._left_review(story, word.at)
            return
        facts = self._of(story.channel)
        facts.words.add(word.at, word)
        facts.spoken.setdefault(word.person, Dated()).add(word.at, word.piece)
        self._compare(story, word)
        if word.side is Side.TEAM and story.submission and story.submission.answered is None:
            story.submission.answered = word.at
            story.submission.hours = working_hours(story.submission.at, word.at, self.zone.key)

    def _is_enough(self, story: Story, word: Word) -> bool:
        """Whether a text can go out with this word alone, whatever the team says."""
        alone = word.verdict.is_yes and word.side is Side.CONSULTANT and self._was_shown(story, word)
        return word.verdict is Verdict.EMERGENCY or alone

    def _was_shown(self, story: Story, word: Word) -> bool:
        """Given while the consultant showed: the team's word was blind then."""
        phase = self._of(story.channel).phases.latest(word.at)
        return phase is not None and phase[0] is Phase.VORMACHEN

    def _compare(self, story: Story, word: Word) -> None:
        said = story.first.setdefault(word.hash, {})
        if word.side in said:
            return
        said[word.side] = word
        if len(said) == len(Side):
            ours, theirs = said[Side.CONSULTANT], said[Side.TEAM]
            unread = word is ours or all(self._was_shown(story, one) for one in (ours, theirs))
            pair = Pair(ours, theirs, max(ours.at, theirs.at), ours.verdict.is_yes == theirs.verdict.is_yes, unread)
            self._of(story.channel).pairs.add(pair.at, pair)

    def _follow(self, story: Story, word: Word) -> None:
        facts = self._of(story.channel)
        if word.verdict is Verdict.EMERGENCY and word.hash not in story.emergencies:
            story.emergencies.add(word.hash)
            facts.faults.add(word.at, Fault(word.piece, "emergency"))
        approved = word.verdict.is_yes or word.verdict is Verdict.EMERGENCY
        if approved and story.side is Side.TEAM and story.base:
            changed = min(story.changed, story.base)
            facts.rewritten.add(word.at, Rewritten(word.piece, changed, story.base))

    # -- publishing

    def _scheduled(self, event: Event) -> None:
        if (story := self.stories.get(event.subject)) is not None:
            story.slot, story.planner = datetime.fromisoformat(str(event.details["due"])), event.actor

    def _unscheduled(self, event: Event) -> None:
        if (story := self.stories.get(event.subject)) is not None:
            story.slot = None

    def _pressed(self, event: Event) -> None:
        if (story := self.stories.get(event.subject)) is not None:
            story.slot, story.planner = None, event.actor

    def _missed(self, event: Event) -> None:
        if (story := self.stories.get(event.subject)) is not None:
            self._slot_over(story, event, missed=True)

    def _sent(self, event: Event) -> None:
        """It was on its way, or the worker could not send what was decided: the slot was not missed for lack of a decision."""
        if (story := self.stories.get(event.subject)) is not None and story.slot is not None and story.slot <= event.at:
            self._slot_over(story, event, missed=False)

    def _slot_over(self, story: Story, event: Event, *, missed: bool) -> None:
        self._of(story.channel).slots.add(story.slot or event.at, SlotPassed(event.subject, missed))
        story.slot = None

    def _public(self, event: Event) -> None:
        if (story := self.stories.get(event.subject)) is None:
            return
        self._sent(event)
        self._left_review(story, event.at)
        publication = str(event.details.get("publication", ""))
        if publication not in story.public:
            story.public.add(publication)
            self._of(story.channel).publications.add(event.at, event.subject)
            self._worked(event, story.channel, PUBLISHED, story.planner)

    def _corrected(self, event: Event) -> None:
        if (story := self.stories.get(event.subject)) is not None:
            self._of(story.channel).faults.add(event.at, Fault(event.subject, "correction"))


def _number(event: Event, name: str) -> int | None:
    """None: an entry from before these were counted."""
    value = event.details.get(name)
    return value if isinstance(value, int) else None


_TOLD: Mapping[str, Callable[[Ledger, Event], None]] = {
    "client.add": Ledger._client,
    "person.add": Ledger._person,
    "person.deactivate": Ledger._gone,
    "channel.add": Ledger._channel,
    "channel.owner": Ledger._offices,
    "channel.secret": Ledger._credential,
    "channel.reconnect": Ledger._credential,
    "channel.accept": Ledger._phase,
    "channel.step_back": Ledger._phase,
    "channel.take_over": Ledger._phase,
    "channel.rehearse": Ledger._phase,
    "piece.add": Ledger._added,
    "piece.edit": Ledger._edited,
    "piece.submit": Ledger._submitted,
    "piece.take_back": Ledger._taken_back,
    "piece.withdraw": Ledger._taken_back,
    "piece.schedule": Ledger._scheduled,
    "piece.unschedule": Ledger._unscheduled,
    "piece.publish": Ledger._pressed,
    "piece.missed": Ledger._missed,
    "piece.corrected": Ledger._corrected,
    "publication.send": Ledger._sent,
    "publication.trouble": Ledger._sent,
    "publication.attention": Ledger._sent,
    "publication.confirm": Ledger._public,
    "publication.there": Ledger._public,
}


# ------------------------------------------------------------------------------------------------------- kept ledgers


@dataclass
class _Kept:
    ledger: Ledger
    lock: RLock = field(default_factory=RLock)


class Ledgers:
    """One ledger per client of each store. Nobody else's entries ever come near it: each is fed by a reader of its own
    workspace only."""

    def __init__(self) -> None:
        self._lock = RLock()
        self._kept: WeakKeyDictionary[Store, dict[str, _Kept]] = WeakKeyDictionary()

    @contextmanager
    def of(self, store: Store, reader: Reader, zone: str) -> Iterator[Ledger]:
        """The ledger as of this reader's moment; nobody continues it while it is held.

        Inside a unit of work the newest entries may yet be undone: then it is what was kept, if nothing came since, or a
        fold of its own that nobody keeps.
        """
        kept = self._place(store, reader.ws, zone)
        with kept.lock:
            ledger = _continued(kept.ledger, reader, undoable=_may_be_undone(reader))
            if not _may_be_undone(reader):
                kept.ledger = ledger
            yield ledger

    def _place(self, store: Store, ws: str, zone: str) -> _Kept:
        with self._lock:
            of_store = self._kept.setdefault(store, {})
            known = of_store.get(ws)
            if known is None or known.ledger.zone.key != zone:
                known = of_store[ws] = _Kept(Ledger(zone_named(zone)))
            return known


def _may_be_undone(reader: Reader) -> bool:
    """A reader that can also write belongs to a unit of work that has not committed."""
    return hasattr(reader, "append")


def _continued(ledger: Ledger, reader: Reader, *, undoable: bool) -> Ledger:
    """From the entry the fold stopped at: it has to be the same one still, or another store was put in this one's place."""
    entries = reader.events(after=max(ledger.seq - 1, 0))
    if ledger.seq and ((last := next(entries, None)) is None or last.hash != ledger.hash):
        return folded(reader.events(), ledger.zone)
    if undoable and next(entries, None) is not None:
        return folded(reader.events(), ledger.zone)
    for event in () if undoable else entries:
        ledger.take(event)
    return ledger


def folded(events: Iterator[Event], zone: ZoneInfo) -> Ledger:
    ledger = Ledger(zone)
    for event in events:
        ledger.take(event)
    return ledger
