"""What the handover can say in numbers: readiness now and over time, lessons, the share of work. And the two verbs beside it:
noting a correction, and setting when a channel counts as ready."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import pairwise

from pydantic import ValidationError

from handover.papers.runbook import standing
from handover.readiness.conditions import CODES, Credential, Measured, conditions, phase_at
from handover.readiness.ledger import Ledger, Ledgers
from handover.readiness.lessons import Lesson, is_blind, lessons_of
from handover.readiness.share import MonthShare, TeamShare, months_before, shares, team_share
from pipeline import errors
from pipeline.desk import words
from pipeline.desk.act import View, settle_overdue
from pipeline.desk.people import Errands
from pipeline.desk.who import Action
from pipeline.records import Channel, Client, Mark, Person, Phase, Piece, Proposal, ReadinessPolicy, Stage
from pipeline.store.base import INSTALLATION

LEDGERS = Ledgers()
NEXT = dict(pairwise(Phase))
MOST_MONTHS = 120
MOST_LESSONS = 200


@dataclass(frozen=True)
class Readiness:
    """A channel on its way. `next` None: it belongs to the team, and what is measured shows whether that goes well."""

    channel: Channel
    phase: Phase
    next: Phase | None
    measured: Sequence[Measured]
    owner: Person | None
    deputy: Person | None
    proposal: Proposal | None

    @property
    def asked(self) -> int:
        return len(self.measured)

    @property
    def met(self) -> int:
        return sum(one.condition.met is True for one in self.measured)

    @property
    def missing(self) -> Sequence[str]:
        """Codes of what is not met, and of what cannot be measured yet."""
        return [one.code for one in self.measured if one.condition.met is not True]


@dataclass(frozen=True)
class Past:
    """How many conditions held at the end of a month; the newest is today."""

    day: date
    phase: Phase
    met: int
    asked: int


@dataclass(frozen=True)
class Share:
    """By month, and in one sentence. `channels` and `people` by the ids in the rows."""

    months: Sequence[MonthShare]
    team: TeamShare
    channels: Mapping[str, Channel]
    people: Mapping[str, Person]


@dataclass(frozen=True)
class _Now:
    """A channel's conditions, and everything they were measured from."""

    rests_on: tuple[object, ...]
    measured: Sequence[Measured]


@dataclass(frozen=True)
class _Shares:
    """The share of work, and everything it was counted from."""

    rests_on: tuple[object, ...]
    rows: Sequence[MonthShare]
    team: TeamShare


@contextmanager
def ledger_of(view: View) -> Iterator[Ledger]:
    """The client's ledger as of this look; nobody continues it meanwhile."""
    with LEDGERS.of(view.house.store, view.reader, view.client.timezone) as ledger:
        yield ledger


def readiness_of(view: View, channel: Channel) -> list[Measured]:
    with ledger_of(view) as ledger:
        return _measured(view, ledger, channel, standing(view))


class MeasuringVerbs(Errands):
    # -- readiness

    def readiness(self, slug: str) -> Readiness:
        settle_overdue(self.house)
        with self.look() as view, ledger_of(view) as ledger:
            channel = view.channel_named(slug)
            return _readiness(view, ledger, channel, _open_proposals(view), standing(view), self._me(view))

    def standing_of_all(self) -> list[Readiness]:
        """Every channel of the client, in the order they were connected."""
        settle_overdue(self.house)
        with self.look() as view, ledger_of(view) as ledger:
            proposals, runbook, me = _open_proposals(view), standing(view), self._me(view)
            return [_readiness(view, ledger, channel, proposals, runbook, me) for channel in view.channels]

    def readiness_history(self, slug: str, months: int = 24) -> list[Past]:
        """At the end of each month since the channel is there, and now; oldest first. Today's policy is applied to all. What
        the audit trail does not tell of the past is not asked there: the runbook's chapters and when a credential ended."""
        _refuse_number("months", months, MOST_MONTHS)
        with self.look() as view, ledger_of(view) as ledger:
            channel = view.channel_named(slug)
            past = [_past(view, ledger, channel, end) for end in _month_ends(view.now, ledger, months)]
            now = _readiness(view, ledger, channel, {}, standing(view), self._me(view))
            today = view.now.astimezone(ledger.zone).date()
            return [one for one in past if one is not None] + [Past(today, channel.phase, now.met, now.asked)]

    # -- lessons and share

    def lessons(self, slug: str | None = None, limit: int = 50) -> list[Lesson]:
        """What the two sides decided differently, newest first."""
        _refuse_number("limit", limit, MOST_LESSONS)
        with self.look() as view, ledger_of(view) as ledger:
            channels = [view.channel_named(slug)] if slug else view.channels
            return lessons_of(view, ledger, channels, me=self._me(view), limit=limit)

    def share(self, months: int = 24) -> Share:
        """The newest months, the present one included; oldest first. Months in which nobody did anything are left out."""
        _refuse_number("months", months, MOST_MONTHS)
        with self.look() as view, ledger_of(view) as ledger:
            rows, team = _shares(ledger, months, view.now)
            return Share(rows, team, {one.id: one for one in view.channels}, view.people)

    def _me(self, view: View) -> Person | None:
        return view.me if self.me_id else None

    # -- what is written

    def note_correction(self, piece_id: str, *, reason: str) -> Piece:
        """What is public had to be corrected. Raises NotPublic, FieldMissing. The same reason once more is the same note."""
        with self.act() as act:
            piece = act.find(Piece, piece_id)
            act.require(Action.HOLD, act.find(Channel, piece.channel))
            if piece.stage is not Stage.PUBLISHED:
                raise errors.NotPublic(title=piece.title)
            text = words.prose("reason", reason, longest=1_000, needed=True)
            if piece.corrected is not None and piece.corrected.reason == text:
                return piece
            act.note("piece.corrected", piece.id, hash=piece.hash)
            mark = Mark(by=act.me.id, at=act.now, reason=text)
            return act.t.put(piece.model_copy(update={"corrected": mark, "changed_at": act.now}))

    def change_readiness_policy(self, **values: object) -> Client:
        """From when on a channel counts as ready; `left_out`: codes not asked for. Raises FieldInvalid."""
        with self.act() as act:
            act.require(Action.CLIENT)
            policy = act.client.policy
            readiness = _changed(policy.readiness, values)
            if readiness == policy.readiness:
                return act.client
            policy = policy.model_copy(update={"readiness": readiness, "number": policy.number + 1})
            changed = act.t.of(INSTALLATION).put(act.client.model_copy(update={"policy": policy}))
            act.note("client.policy", self.ws, number=policy.number, readiness=readiness.model_dump(mode="json"))
            return changed


def _readiness(
    view: View,
    ledger: Ledger,
    channel: Channel,
    proposals: Mapping[str, Proposal],
    runbook: Mapping[str, bool],
    me: Person | None,
) -> Readiness:
    return Readiness(
        channel=channel,
        phase=channel.phase,
        next=NEXT.get(channel.phase),
        measured=[_kept_blind(view, ledger, channel, one, me) for one in _measured(view, ledger, channel, runbook)],
        owner=view.people.get(channel.owner),
        deputy=view.people.get(channel.deputy or ""),
        proposal=proposals.get(channel.id),
    )


def _measured(view: View, ledger: Ledger, channel: Channel, runbook: Mapping[str, bool]) -> list[Measured]:
    """Measured anew once a minute, or when anything it rests on has changed."""
    secret, policy = channel.secret, view.client.policy.readiness
    credential = Credential(view.outlet(channel).needs_secret, secret.expires_at if secret else None)
    rests_on = (ledger.seq, view.now.replace(second=0, microsecond=0), policy, credential, runbook)
    known = ledger.computed.get(("now", channel.id))
    if not isinstance(known, _Now) or known.rests_on != rests_on:
        found = conditions(ledger, channel.id, policy, now=view.now, credential=credential, runbook=runbook)
        known = ledger.computed["now", channel.id] = _Now(rests_on, found)
    return list(known.measured)


def _kept_blind(view: View, ledger: Ledger, channel: Channel, one: Measured, me: Person | None) -> Measured:
    """Which texts the sides disagree on tells half of what a blind decision must not know."""
    if one.code != "agreement":
        return one
    found = [view.reader.get(Piece, piece) for piece in one.against if not ledger.stories[piece].public]
    blind = {piece.id for piece in found if piece is not None and is_blind(view, channel, piece, me)}
    return replace(one, against=[piece for piece in one.against if piece not in blind]) if blind else one


def _open_proposals(view: View) -> dict[str, Proposal]:
    """By channel."""
    return {one.channel: one for one in view.reader.page(Proposal, {"answered_at": None}, limit=1_000)}


def _shares(ledger: Ledger, months: int, now: datetime) -> tuple[Sequence[MonthShare], TeamShare]:
    """Counted anew when anything was added, and with a new day."""
    rests_on = (ledger.seq, months, now.astimezone(ledger.zone).date())
    known = ledger.computed.get("share")
    if not isinstance(known, _Shares) or known.rests_on != rests_on:
        rows = tuple(shares(ledger, months=months, now=now))
        known = ledger.computed["share"] = _Shares(rests_on, rows, team_share(rows))
    return known.rows, known.team


# -- the past


def _month_ends(now: datetime, ledger: Ledger, months: int) -> Iterable[datetime]:
    """The last moments of the `months` months before this one, oldest first."""
    present = now.astimezone(ledger.zone).date().replace(day=1)
    for number in range(months - 1, -1, -1):
        begin = months_before(present, number)
        yield datetime(begin.year, begin.month, 1, tzinfo=ledger.zone) - timedelta(microseconds=1)


def _past(view: View, ledger: Ledger, channel: Channel, end: datetime) -> Past | None:
    """Computed once: an audit trail does not change behind us."""
    policy, needed = view.client.policy.readiness, view.outlet(channel).needs_secret
    key = (channel.id, policy, needed, end)
    if key not in ledger.computed:
        ledger.computed[key] = _as_it_was(ledger, channel.id, policy, needed, end)
    found = ledger.computed[key]
    return found if isinstance(found, Past) else None


def _as_it_was(ledger: Ledger, channel_id: str, policy: ReadinessPolicy, needed: bool, end: datetime) -> Past | None:
    phase = phase_at(ledger, channel_id, end)
    if phase is None:
        return None
    found = conditions(ledger, channel_id, policy, now=end, credential=Credential(needed))
    return Past(end.date(), phase, sum(one.condition.met is True for one in found), len(found))


# -- the policy


def _changed(policy: ReadinessPolicy, values: Mapping[str, object]) -> ReadinessPolicy:
    for name, value in values.items():
        if name not in ReadinessPolicy.model_fields:
            raise errors.FieldInvalid(field=name, value=value)
    try:
        changed = ReadinessPolicy.model_validate({**dict(policy), **values})
    except ValidationError as wrong:
        name = str(wrong.errors()[0]["loc"][0])
        raise errors.FieldInvalid(field=name, value=values.get(name)) from None
    if unknown := sorted(changed.left_out - set(CODES)):
        raise errors.FieldInvalid(field="left_out", value=", ".join(unknown)[:80])
    return changed


def _refuse_number(field: str, number: int, most: int) -> None:
    if not 1 <= number <= most:
        raise errors.FieldInvalid(field=field, value=number)
