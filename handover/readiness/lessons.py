"""Lessons: texts on which the two sides decided differently, with what each said. Shown once both have spoken."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from heapq import merge
from itertools import islice

from handover.readiness.ledger import Ledger, Word
from pipeline.desk.act import View
from pipeline.desk.reading import DECIDED_IN
from pipeline.records import Channel, Decision, Person, Piece, Verdict


@dataclass(frozen=True)
class Said:
    """One side's first word on the text. `person` None: not known here any more."""

    person: Person | None
    verdict: Verdict
    comment: str
    binding: bool
    at: datetime


@dataclass(frozen=True)
class Lesson:
    """`at`: when the second of the two had spoken."""

    piece: Piece
    channel: Channel
    at: datetime
    consultant: Said
    team: Said


def lessons_of(view: View, ledger: Ledger, channels: Sequence[Channel], *, me: Person | None, limit: int) -> list[Lesson]:
    """Newest first. Whoever still owes an open piece their own blind word does not see what the others said about it, nor does
    whoever does not say who they are (`me` None)."""
    return list(islice(_lessons(view, ledger, channels, me), limit))


def _lessons(view: View, ledger: Ledger, channels: Sequence[Channel], me: Person | None) -> Iterator[Lesson]:
    of = {one.id: one for one in channels}
    told = [reversed(ledger.channels[one].pairs.until(view.now)) for one in of if one in ledger.channels]
    for pair in merge(*told, key=lambda one: one.at, reverse=True):
        piece = None if pair.agree else view.reader.get(Piece, pair.team.piece)
        if piece is not None and not is_blind(view, of[piece.channel], piece, me):
            yield Lesson(piece, of[piece.channel], pair.at, _said(view, pair.consultant), _said(view, pair.team))


def is_blind(view: View, channel: Channel, piece: Piece, me: Person | None) -> bool:
    """Whether the looking person still owes the piece a word of practice, and must not see the others' before."""
    if piece.stage not in DECIDED_IN:
        return False
    if me is None:
        return True
    voice = view.voice(channel)
    if voice is None or voice.voice != "shadow":
        return False
    return not any(
        one.hash == piece.hash and one.verdict not in (Verdict.HOLD, Verdict.RELEASE)
        for one in view.reader.page(Decision, {"piece": piece.id, "person": me.id}, order="at", limit=1_000)
    )


def _said(view: View, word: Word) -> Said:
    decision = view.reader.get(Decision, word.decision)
    comment = decision.comment if decision else ""
    return Said(view.people.get(word.person), word.verdict, comment, word.binding, word.at)
