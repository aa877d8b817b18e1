"""An emergency release is told to both sides at once, with its reason, and for two weeks."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.records import Verdict
from tests.house import AHouse, a_house
from tests.phases import handover_desk

WHY = "Rückruf der Charge 12, und niemand sonst ist erreichbar."


@pytest.fixture
def at(tmp_path: Path) -> Iterator[AHouse]:
    made = a_house(tmp_path)
    yield made
    made.house.store.close()


def released(at: AHouse) -> str:
    piece = at.a_piece_in_review()
    desk = at.desk(at.sander)
    desk.decide(piece.id, seen=desk.piece(piece.id).hash, verdict=Verdict.EMERGENCY, comment=WHY)
    return piece.id


def test_both_sides_are_told_who_released_what_and_why(at: AHouse) -> None:
    piece = released(at)
    for person in (at.sander, at.maria, at.jonas):
        (told,) = handover_desk(at, person).emergencies()
        assert (told.piece.id, told.name, told.reason) == (piece, at.sander.name, WHY)


def test_an_ordinary_approval_is_none(at: AHouse) -> None:
    at.an_approved_piece()
    assert handover_desk(at, at.maria).emergencies() == []


def test_after_two_weeks_it_stands_in_the_history_only(at: AHouse) -> None:
    released(at)
    at.clock.ahead(days=14, seconds=-1)
    assert len(handover_desk(at, at.maria).emergencies()) == 1
    at.clock.ahead(seconds=2)
    assert handover_desk(at, at.maria).emergencies() == []
