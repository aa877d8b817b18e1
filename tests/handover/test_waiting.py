"""Nothing waits on somebody who is gone or does not answer without the team's owner being told, with a way out."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline import errors
from pipeline.records import Person, Phase, Role, Side
from tests.house import AHouse, a_house
from tests.phases import REASON, handover_desk, in_phase


@pytest.fixture
def at(tmp_path: Path) -> Iterator[AHouse]:
    made = a_house(tmp_path)
    yield made
    made.house.store.close()


def told(at: AHouse, person: Person) -> list[errors.Refusal]:
    return [one.why for one in handover_desk(at, person).waiting_on_the_gone()]


def a_colleague(at: AHouse, name: str, *roles: Role) -> Person:
    return at.desk(at.maria).add_person(name=name, email=f"{name.lower()}@mueller.example", side=Side.TEAM, roles=roles)


def test_in_the_beginning_nothing_waits(at: AHouse) -> None:
    at.a_piece_in_review()
    assert told(at, at.maria) == []


def test_an_owner_who_left_is_told_to_whoever_may_name_another(at: AHouse) -> None:
    petra = a_colleague(at, "Petra", Role.OWNER)
    at.desk(at.maria).deactivate(at.maria.email)
    assert [one.code for one in told(at, petra)] == ["OwnerHasLeft"]
    assert told(at, at.jonas) == []


def test_a_deputy_who_left_is_told(at: AHouse) -> None:
    petra = a_colleague(at, "Petra", Role.APPROVER)
    at.desk(at.maria).change_owner("blog", owner=at.maria.email, deputy=petra.email)
    at.desk(at.maria).deactivate(petra.email)
    assert [(one.code, one.facts["name"]) for one in told(at, at.maria)] == [("DeputyHasLeft", "Petra")]


def test_a_place_nobody_can_fill_is_told_at_once(at: AHouse) -> None:
    in_phase(at, Phase.MITMACHEN)
    at.a_piece_in_review()
    at.desk(at.maria).deactivate(at.sander.email)
    (why,) = told(at, at.maria)
    assert (why.code, why.facts["side"]) == ("NobodyCanDecide", Side.CONSULTANT)


def test_own_work_of_a_sole_person_waits_for_ever_without_a_waiver(at: AHouse) -> None:
    in_phase(at, Phase.ABGEBEN)
    at.a_piece_in_review(by=at.maria)
    assert [one.code for one in told(at, at.maria)] == ["NobodyCanDecide"]
    at.desk(at.maria).waive("blog", until="2027-03-20", reason="Alle anderen sind im Urlaub.")
    assert told(at, at.maria) == []


def test_after_48_working_hours_it_is_told_who_has_not_decided(at: AHouse) -> None:
    at.a_piece_in_review()  # Tuesday noon
    at.clock.ahead(days=8, hours=-1)  # six whole working days later, but for an hour
    assert told(at, at.maria) == []
    at.clock.ahead(hours=2)
    (why,) = told(at, at.maria)
    assert (why.code, why.facts["names"]) == ("WaitsForDecision", [at.sander.name])


def test_a_day_before_the_slot_it_is_told_too(at: AHouse) -> None:
    piece = at.a_piece_in_review()
    at.desk(at.sander).schedule(piece.id, "2027-03-18T09:00")
    assert told(at, at.maria) == []
    at.clock.ahead(hours=22)
    assert [one.code for one in told(at, at.maria)] == ["WaitsForDecision"]


def test_nobody_is_reminded_of_themselves(at: AHouse) -> None:
    at.a_piece_in_review()
    at.clock.ahead(days=10)
    assert told(at, at.sander) == []


def test_a_proposal_of_somebody_who_may_not_any_more_is_told(at: AHouse) -> None:
    second = at.desk(at.sander).add_person(
        name="Nora", email="nora@beratung.example", side=Side.CONSULTANT, roles={Role.APPROVER}
    )
    handover_desk(at, second).propose("blog", Phase.MITMACHEN, reason=REASON)
    at.desk(at.sander).change_roles(second.email, {Role.READER})
    assert [one.code for one in told(at, at.maria)] == ["ProposerIsOut"]


def test_a_brief_whose_owner_left_is_told_while_something_of_it_is_open(at: AHouse) -> None:
    desk = at.desk(at.jonas)
    brief = desk.add_brief(title="Anlass", message="Botschaft", channels=["blog"])
    desk.add_piece("blog", title="Dazu", body="Ein Text.", brief=brief.id)
    at.desk(at.maria).deactivate(at.jonas.email)
    assert [(one.code, one.facts["title"]) for one in told(at, at.maria)] == [("BriefOwnerHasLeft", "Anlass")]
