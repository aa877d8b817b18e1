"""Every verb in every stage: the stage it leads to, or the refusal."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from pipeline import errors
from pipeline.desk import Desk
from pipeline.desk.writing import Change
from pipeline.errors import Refusal
from pipeline.publish.channels.port import Delivery
from pipeline.records import Piece, Verdict
from pipeline.worker import Worker
from tests.fakes.outlet import MemoryOutlet, Remote
from tests.house import AHouse, a_house

SHEET = """
                draft           review             approved         scheduled        publishing      published       undecided          too_late           refused       unclear       withdrawn       rejected
edit            draft           InReviewIsReadOnly ApprovedIsLocked ApprovedIsLocked OnItsWay        PieceIsOver     InReviewIsReadOnly InReviewIsReadOnly NeedsAPerson  NeedsAPerson  PieceIsOver     PieceIsOver
submit          review          AlreadySubmitted   ApprovedIsLocked ApprovedIsLocked OnItsWay        PieceIsOver     AlreadySubmitted   InReviewIsReadOnly NeedsAPerson  NeedsAPerson  PieceIsOver     PieceIsOver
take_back       NotInReview     draft              ApprovedIsLocked ApprovedIsLocked OnItsWay        PieceIsOver     draft              draft              draft         NeedsAPerson  PieceIsOver     PieceIsOver
approve         NotInReview     approved           approved         scheduled        OnItsWay        PieceIsOver     missed             missed             NotInReview   NotInReview   PieceIsOver     PieceIsOver
request_changes NotInReview     draft              draft            draft            OnItsWay        PieceIsOver     draft              draft              NotInReview   NotInReview   PieceIsOver     PieceIsOver
reject          NotInReview     rejected           rejected         rejected         OnItsWay        PieceIsOver     rejected           rejected           NotInReview   NotInReview   PieceIsOver     PieceIsOver
emergency       NotInReview     approved           approved         scheduled        OnItsWay        PieceIsOver     missed             missed             NotInReview   NotInReview   PieceIsOver     PieceIsOver
hold            draft           review             approved         scheduled        OnItsWay        PieceIsOver     missed             missed             attention     attention     PieceIsOver     PieceIsOver
release         NothingToLift   NothingToLift      NothingToLift    NothingToLift    OnItsWay        PieceIsOver     NothingToLift      NothingToLift      NothingToLift NothingToLift PieceIsOver     PieceIsOver
schedule        draft           review             scheduled        scheduled        OnItsWay        PieceIsOver     review             scheduled          NeedsAPerson  NeedsAPerson  PieceIsOver     PieceIsOver
unschedule      draft           review             approved         approved         OnItsWay        PieceIsOver     review             approved           NeedsAPerson  NeedsAPerson  PieceIsOver     PieceIsOver
publish         MayNotPublish   MayNotPublish      scheduled        scheduled        OnItsWay        PieceIsOver     MayNotPublish      scheduled          NeedsAPerson  NeedsAPerson  PieceIsOver     PieceIsOver
is_there        NothingToSettle NothingToSettle    NothingToSettle  NothingToSettle  NothingToSettle NothingToSettle NothingToSettle    published          published     published     NothingToSettle NothingToSettle
send_again      NothingToSettle NothingToSettle    NothingToSettle  NothingToSettle  NothingToSettle NothingToSettle NothingToSettle    scheduled          scheduled     scheduled     NothingToSettle NothingToSettle
drop            NothingToSettle NothingToSettle    NothingToSettle  NothingToSettle  NothingToSettle NothingToSettle NothingToSettle    approved           approved      approved      NothingToSettle NothingToSettle
withdraw        withdrawn       withdrawn          withdrawn        withdrawn        OnItsWay        PieceIsOver     withdrawn          withdrawn          NeedsAPerson  NeedsAPerson  PieceIsOver     PieceIsOver
"""  # noqa: E501


def a_scene(folder: Path) -> tuple[AHouse, Remote]:
    at, remote = a_house(folder), Remote(readable=False)
    outlet = MemoryOutlet(Delivery.ONE_SHOT, remote)
    return dataclasses.replace(at, house=dataclasses.replace(at.house, outlet=lambda _: outlet)), remote


def one_round(at: AHouse) -> None:
    worker = Worker(at.house, chance=lambda: 0.5)
    with worker.alone():
        worker.round()


def sent(at: AHouse, remote: Remote, trouble: list[BaseException]) -> Piece:
    remote.before["put"] = trouble
    piece = at.desk(at.sander).publish(at.an_approved_piece().id)
    one_round(at)
    return piece


def over(at: AHouse, how: Callable[[Desk, Piece], object]) -> Piece:
    piece = at.an_approved_piece()
    how(at.desk(at.sander), piece)
    return piece


def undecided(at: AHouse) -> Piece:
    piece = at.desk(at.sander).schedule(at.a_piece_in_review().id, "2027-03-16T13:00")
    at.clock.ahead(hours=2)
    return piece


def too_late(at: AHouse) -> Piece:
    piece = at.a_scheduled_piece(at="2027-03-16T13:00")
    at.clock.ahead(hours=5)
    one_round(at)
    return piece


def rejected(desk: Desk, piece: Piece) -> None:
    desk.decide(piece.id, seen=piece.hash, verdict=Verdict.REJECT, comment="Nein.")


SILENT = errors.ChannelSilent(channel="Blog", reason="timeout")
PLACES: Mapping[str, Callable[[AHouse, Remote], Piece]] = {
    "draft": lambda at, _: at.a_piece(),
    "review": lambda at, _: at.a_piece_in_review(),
    "approved": lambda at, _: at.an_approved_piece(),
    "scheduled": lambda at, _: at.a_scheduled_piece(),
    "publishing": lambda at, remote: under_way(at, remote),
    "published": lambda at, remote: sent(at, remote, []),
    "undecided": lambda at, _: undecided(at),
    "too_late": lambda at, _: too_late(at),
    "refused": lambda at, remote: sent(at, remote, [errors.ChannelRefused(channel="Blog", reason="422")]),
    "unclear": lambda at, remote: unclear(at, remote),
    "withdrawn": lambda at, _: over(at, lambda desk, piece: desk.withdraw(piece.id, reason="Überholt.")),
    "rejected": lambda at, _: over(at, rejected),
}


def under_way(at: AHouse, remote: Remote) -> Piece:
    remote.readable = True  # not found yet: it may still arrive
    return sent(at, remote, [SILENT])


def unclear(at: AHouse, remote: Remote) -> Piece:
    piece = sent(at, remote, [SILENT])
    at.clock.ahead(minutes=10)
    one_round(at)
    return piece


def word(verdict: Verdict) -> Callable[[Desk, Piece], object]:
    def decide(desk: Desk, piece: Piece) -> object:
        comment = "" if verdict in (Verdict.APPROVE, Verdict.HOLD, Verdict.RELEASE) else "Aus gutem Grund, der hier steht."
        return desk.decide(piece.id, seen=desk.piece(piece.id).hash, verdict=verdict, comment=comment)

    return decide


VERBS: Mapping[str, Callable[[Desk, Piece], object]] = {
    "edit": lambda desk, piece: desk.edit(piece.id, Change(title="Neu")),
    "submit": lambda desk, piece: desk.submit(piece.id),
    "take_back": lambda desk, piece: desk.take_back(piece.id),
    "approve": word(Verdict.APPROVE),
    "request_changes": word(Verdict.REQUEST_CHANGES),
    "reject": word(Verdict.REJECT),
    "emergency": word(Verdict.EMERGENCY),
    "hold": word(Verdict.HOLD),
    "release": word(Verdict.RELEASE),
    "schedule": lambda desk, piece: desk.schedule(piece.id, "2027-03-25T09:00"),
    "unschedule": lambda desk, piece: desk.unschedule(piece.id),
    "publish": lambda desk, piece: desk.publish(piece.id),
    "is_there": lambda desk, piece: desk.is_there(piece.id, "https://memory.example/p1"),
    "send_again": lambda desk, piece: desk.send_again(piece.id),
    "drop": lambda desk, piece: desk.drop(piece.id),
    "withdraw": lambda desk, piece: desk.withdraw(piece.id, reason="Überholt."),
}


def outcome(at: AHouse, verb: str, piece: Piece) -> str:
    desk = at.desk(at.sander)
    try:
        VERBS[verb](desk, piece)
    except Refusal as refused:
        return refused.code
    return desk.piece(piece.id).stage.value


class Undone(Exception):
    pass


@pytest.mark.parametrize("place", PLACES)
def test_every_verb_does_what_the_sheet_says(tmp_path: Path, place: str) -> None:
    at, remote = a_scene(tmp_path)
    piece, found = PLACES[place](at, remote), {}
    for verb in VERBS:
        with contextlib.suppress(Undone), at.house.store.tx(at.client.id):
            found[verb] = outcome(at, verb, piece)
            raise Undone
    assert found == {verb: cells[place] for verb, cells in sheet().items()}


def test_there_is_a_way_out_of_every_place_that_is_not_the_end() -> None:
    ends = {"published", "withdrawn", "rejected", "publishing"}
    for place in PLACES.keys() - ends:
        assert {cells[place] for cells in sheet().values()} & {"published", "scheduled", "approved", "draft", "review"}, place


def sheet() -> dict[str, dict[str, str]]:
    head, *rows = [line.split() for line in SHEET.strip().splitlines()]
    assert head == list(PLACES)
    assert [row[0] for row in rows] == list(VERBS)
    return {row[0]: dict(zip(head, row[1:], strict=True)) for row in rows}
