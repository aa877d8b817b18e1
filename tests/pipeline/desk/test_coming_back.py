"""Who has left the team comes back as the same person; who has left the consultant's side does not bring void approvals back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from handover.readiness.ledger import folded
from pipeline import errors
from pipeline.people.accounts import left_by
from pipeline.records import Role, Side, Stage
from tests.house import AHouse, a_house


@pytest.fixture
def at(tmp_path: Path) -> Iterator[AHouse]:
    made = a_house(tmp_path)
    yield made
    made.house.store.close()


def test_somebody_of_the_team_comes_back_with_other_roles(at: AHouse) -> None:
    sander = at.desk(at.sander)
    sander.deactivate(at.jonas.email)
    back = sander.add_person(name="Jonas Öztürk", email=at.jonas.email, side=Side.TEAM, roles={Role.APPROVER})
    assert (back.id, back.is_active, back.roles) == (at.jonas.id, True, frozenset({Role.APPROVER}))
    assert at.desk(at.jonas).myself().is_active
    with at.house.store.read(at.client.id) as view:
        assert folded(view.events(), ZoneInfo(at.client.timezone)).is_there(at.jonas.id, at.clock())


def test_nobody_changes_sides_by_coming_back(at: AHouse) -> None:
    sander = at.desk(at.sander)
    sander.deactivate(at.jonas.email)
    with pytest.raises(errors.AlreadyThere):
        sander.add_person(name="Jonas", email=at.jonas.email, side=Side.CONSULTANT, roles={Role.APPROVER})


def test_a_consultants_void_approvals_stay_void(at: AHouse) -> None:
    piece = at.an_approved_piece()
    second = at.desk(at.sander).add_person(
        name="Nora", email="nora@beratung.example", side=Side.CONSULTANT, roles={Role.OWNER, Role.APPROVER}
    )
    at.desk(at.maria).deactivate(at.sander.email)
    with pytest.raises(errors.AlreadyThere):
        at.desk(second).add_person(name="Sander", email=at.sander.email, side=Side.CONSULTANT, roles={Role.APPROVER})
    assert at.desk(at.maria).piece(piece.id).stage is Stage.REVIEW


def test_who_is_there_is_not_added_twice(at: AHouse) -> None:
    with pytest.raises(errors.AlreadyThere):
        at.desk(at.sander).add_person(name="Jonas", email=at.jonas.email, side=Side.TEAM, roles={Role.EDITOR})


def test_who_left_is_told_where_and_since_when(at: AHouse) -> None:
    assert left_by(at.house.store, at.jonas.email) == []
    at.desk(at.sander).deactivate(at.jonas.email)
    ((client, since),) = left_by(at.house.store, at.jonas.email)
    assert (client.id, since) == (at.client.id, at.clock())
