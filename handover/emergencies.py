"""Emergency releases: told to both sides at once, and for a while to whoever comes later."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from handover.readiness.ledger import Ledger
from handover.readiness.measuring import ledger_of
from pipeline.desk.act import View
from pipeline.desk.people import Errands
from pipeline.desk.who import Action
from pipeline.records import Decision, Piece, Verdict

TOLD_FOR = timedelta(days=14)


@dataclass(frozen=True)
class Release:
    """Who released a piece past the places that were to be filled, and why."""

    piece: Piece
    name: str
    reason: str
    at: datetime


class EmergencyVerbs(Errands):
    def emergencies(self) -> list[Release]:
        """Of the last two weeks, newest first."""
        with self.look() as view, ledger_of(view) as ledger:
            view.require(Action.SEE)
            return [found for piece in _pieces(view, ledger) for found in _releases(view, piece)]


def _pieces(view: View, ledger: Ledger) -> Sequence[str]:
    begin = view.now - TOLD_FOR
    faults = [one for facts in ledger.channels.values() for one in facts.faults.within(begin, view.now)]
    return list(dict.fromkeys(one.piece for one in reversed(faults) if one.kind == "emergency"))


def _releases(view: View, piece_id: str) -> list[Release]:
    piece = view.find(Piece, piece_id)
    said = view.reader.page(Decision, {"piece": piece_id}, order="at", descending=True, limit=100)
    urgent = [one for one in said if one.verdict is Verdict.EMERGENCY and one.at > view.now - TOLD_FOR]
    return [Release(piece, view.people[one.person].name, one.comment, one.at) for one in urgent]
