"""The consultant's exit checklist: every point with how far it is, computed from the records.

open -> delivered (the consultant's side says so) -> controlled (the team's owner says so) -> verified (by an action, never by
saying so). Points that the records show by themselves are either open or verified.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from handover.papers.runbook import chapters_of, standing
from handover.papers.runbook_facts import facts_of
from pipeline.desk.act import View
from pipeline.records import Channel, Event, ExitItem, Mark, Phase, Piece, Protocol, Role, Secret, Side, Stage, Verdict
from pipeline.review.gate import missing_approvals, standing_word
from pipeline.store.base import INSTALLATION

BY_ITSELF = frozenset({"phases", "people", "runbook", "open_pieces", "pack"})
MAY_WAIT = (Stage.REVIEW, Stage.APPROVED, Stage.SCHEDULED, Stage.MISSED, Stage.ATTENTION)
MOST_PIECES = 500
LOOK_BACK = 500


class ItemState(StrEnum):
    OPEN = "open"
    DELIVERED = "delivered"
    CONTROLLED = "controlled"
    VERIFIED = "verified"


@dataclass(frozen=True)
class Item:
    """One point. `missing`: names of what it still needs (channels, people, chapters, pieces), where there are any."""

    code: str
    state: ItemState
    channel: Channel | None = None
    missing: Sequence[str] = ()
    record: ExitItem | None = None

    @property
    def kind(self) -> str:
        """The code without its channel."""
        return self.code.partition(":")[0]

    @property
    def is_met(self) -> bool:
        return self.state is ItemState.VERIFIED


@dataclass(frozen=True)
class Marks:
    """What was said about the points since the last exit was confirmed; what was said before it is over with it."""

    records: Mapping[str, ExitItem] = field(default_factory=dict)
    since: datetime | None = None

    def of(self, code: str) -> ExitItem | None:
        return self.records.get(code)

    def fresh(self, mark: Mark | None) -> Mark | None:
        return mark if mark is not None and (self.since is None or mark.at > self.since) else None


def real_channels(view: View) -> list[Channel]:
    """Through which something becomes public."""
    return sorted((one for one in view.channels if not one.is_rehearsal), key=lambda one: one.name.casefold())


def newest_protocol(view: View) -> Protocol | None:
    found = view.reader.page(Protocol, order="at", descending=True, limit=1)
    return found[0] if found else None


def last_exit(view: View) -> datetime | None:
    """When an exit was confirmed last; what was said about the list before that is over."""
    ended = [one.confirmed.at for one in view.reader.page(Protocol, order="at", descending=True, limit=100) if one.confirmed]
    return max(ended) if ended else None


def marks_of(view: View) -> Marks:
    since = last_exit(view)
    marks = Marks(since=since)
    records = (
        one.model_copy(update={name: marks.fresh(getattr(one, name)) for name in ("delivered", "controlled", "verified")})
        for one in view.reader.page(ExitItem, limit=1_000)
    )
    return Marks({one.code: one for one in records}, since)


def codes_of(view: View) -> list[str]:
    each = [f"{'credential' if view.outlet(one).needs_secret else 'access'}:{one.slug}" for one in real_channels(view)]
    return ["phases", *each, "runbook", "pack", "people", "open_pieces", "administration"]


def items_of(view: View) -> list[Item]:
    marks = marks_of(view)
    return [_item(view, code, marks) for code in codes_of(view)]


def item_of(view: View, code: str) -> Item | None:
    return _item(view, code, marks_of(view)) if code in codes_of(view) else None


def _item(view: View, code: str, marks: Marks) -> Item:
    kind, _, slug = code.partition(":")
    record = marks.of(code)
    if kind in ("credential", "access"):
        channel = view.channel_named(slug)
        still = _is_ours(view, channel) if kind == "credential" else channel.off is None
        return Item(code, _said(record, verified_holds=still), channel, (), record)
    if kind == "pack":
        return Item(code, _pack(view, record), record=record)
    if kind == "administration":
        return Item(code, _said(record, verified_holds=True), record=record)
    missing = tuple(MISSING[kind](view))
    return Item(code, ItemState.OPEN if missing else ItemState.VERIFIED, missing=missing, record=record)


def _said(record: ExitItem | None, *, verified_holds: bool) -> ItemState:
    """`verified_holds`: what the action has proven is still so."""
    if record is None or record.delivered is None:
        return ItemState.OPEN
    if record.controlled is None:
        return ItemState.DELIVERED
    return ItemState.VERIFIED if record.verified and verified_holds else ItemState.CONTROLLED


def _is_ours(view: View, channel: Channel) -> bool:
    """The team's own credential, and none of the consultant's left that might still work."""
    kept = view.reader.get(Secret, channel.id)
    if channel.off or channel.secret is None or kept is None or not is_of_the_team(view, channel.secret.by):
        return False
    return all(is_of_the_team(view, one.brought.by) for one in kept.former)


def is_of_the_team(view: View, person: str) -> bool:
    return person in view.people and view.people[person].side is Side.TEAM


def _pack(view: View, record: ExitItem | None) -> ItemState:
    """An export is a delivery; whether it is sound, somebody of the team finds out by reading it back."""
    if record is not None and record.verified and record.verified.at >= _given_since(view):
        return ItemState.VERIFIED
    return ItemState.DELIVERED if any(exports(view)) else ItemState.OPEN


def _given_since(view: View) -> datetime:
    """Since when no channel has changed its phase."""
    return max((one.phase_since for one in real_channels(view)), default=view.client.made_at)


def exports(view: View) -> Iterator[Event]:
    """Packs of this client made since the last exit and the last change of phase, as the installation's audit chain knows them:
    an older one does not hold what is handed over."""
    since, given = last_exit(view), _given_since(view)
    for event in view.reader.of(INSTALLATION).events(subject=view.ws, descending=True, limit=LOOK_BACK):
        if event.at < given or (since is not None and event.at <= since):
            return
        if event.act == "client.export":
            yield event


# ----------------------------------------------------------------------------------------- what the records show themselves


def not_given(view: View) -> list[str]:
    return [one.name for one in real_channels(view) if one.phase is not Phase.ABGEBEN]


def _without_people(view: View) -> Iterator[str]:
    """Channels without an active owner or deputy; the company itself, when nobody of the team is in charge."""
    active = {one.id: one for one in view.people.values() if one.is_active and one.side is Side.TEAM}
    if not any(Role.OWNER in one.roles for one in active.values()):
        yield view.client.name
    for channel in real_channels(view):
        if channel.owner not in active or channel.deputy not in active:
            yield channel.name


def _unread(view: View) -> Iterator[str]:
    read = standing(view)
    return (one.title for one in chapters_of(facts_of(view)) if not read[one.code])


def _waiting(view: View) -> Iterator[str]:
    """Titles of pieces on which the consultant's side still has a word to say or to take back."""
    ids = tuple(one.id for one in real_channels(view))
    for piece in view.reader.page(Piece, {"stage": MAY_WAIT, "channel": ids}, limit=MOST_PIECES):
        if _waits_for_consultant(view, piece):
            yield piece.title


def _waits_for_consultant(view: View, piece: Piece) -> bool:
    if piece.held and not is_of_the_team(view, piece.held.by):
        return True
    situation = view.situation(piece)
    words = standing_word(situation)
    blocked = any(one.verdict is Verdict.REQUEST_CHANGES and one.side is Side.CONSULTANT for one in words)
    lacking = missing_approvals(situation, view.now)
    return blocked or any(one.facts.get("side") is Side.CONSULTANT for one in lacking)


MISSING = {
    "phases": not_given,
    "people": _without_people,
    "runbook": _unread,
    "open_pieces": _waiting,
}
