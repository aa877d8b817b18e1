"""Who belongs to a client, in which role, and who stands in."""

from __future__ import annotations

import pytest

from pipeline import errors
from pipeline.desk import Desk
from pipeline.desk.people import add_client
from pipeline.records import Phase, Role, Side, Verdict
from tests.house import AHouse
from tests.phases import in_phase


def test_changed_roles_hold_from_now_on_and_decisions_stay(at: AHouse) -> None:
    piece = at.a_piece_in_review()
    at.desk(at.maria).decide(piece.id, seen=piece.hash, verdict=Verdict.APPROVE)
    at.desk(at.sander).change_roles(at.jonas.email, {Role.APPROVER})
    assert at.desk(at.jonas).myself().roles == {Role.APPROVER}
    assert len(at.desk(at.sander).piece(piece.id).decisions) == 1


def test_the_last_person_in_charge_keeps_the_role(at: AHouse) -> None:
    at.desk(at.maria).deactivate(at.sander.email)
    with pytest.raises(errors.NobodyLeftInCharge):
        at.desk(at.maria).deactivate(at.maria.email)


def test_a_person_without_any_role_is_refused(at: AHouse) -> None:
    with pytest.raises(errors.FieldMissing):
        at.desk(at.sander).change_roles(at.jonas.email, set())


def test_an_editor_changes_nobodys_roles(at: AHouse) -> None:
    with pytest.raises(errors.NotAllowed):
        at.desk(at.jonas).change_roles(at.jonas.email, {Role.OWNER})


def test_the_company_gets_another_name(at: AHouse) -> None:
    assert at.desk(at.sander).change_client(name="Müller AG").name == "Müller AG"
    assert at.desk(at.jonas).client().name == "Müller AG"
    with pytest.raises(errors.NotAllowed):
        at.desk(at.jonas).change_client(name="Öztürk AG")


def test_a_deputyship_ends_before_its_time_by_who_gave_it_only(at: AHouse) -> None:
    made = at.desk(at.maria).delegate(to=at.jonas.email, until="2027-03-31")
    with pytest.raises(errors.NotAllowed):
        at.desk(at.sander).end_delegation(made.id)
    at.desk(at.maria).end_delegation(made.id)
    assert at.desk(at.maria).delegations() == []


def test_once_a_channel_is_shared_nobody_makes_up_people_for_the_other_side(at: AHouse) -> None:
    in_phase(at, Phase.MITMACHEN)
    with pytest.raises(errors.NotAllowed):
        at.desk(at.sander).add_person(name="Niemand", email="n@mueller.example", side=Side.TEAM, roles={Role.APPROVER})
    with pytest.raises(errors.NotAllowed):
        at.desk(at.sander).change_roles(at.jonas.email, {Role.APPROVER})
    with pytest.raises(errors.NotAllowed):
        at.desk(at.maria).add_person(name="Niemand", email="n@b.example", side=Side.CONSULTANT, roles={Role.APPROVER})
    assert at.desk(at.maria).deactivate(at.sander.email).person.email == at.sander.email


def test_a_stop_of_the_installation_is_lifted_by_who_set_it(at: AHouse) -> None:
    other, consultant = add_client(at.house, name="Andere", slug="andere", consultant="Kim <kim@andere.example>")
    at.desk(at.sander).stop_all()
    with pytest.raises(errors.StopIsOthers):
        Desk(at.house, other.id, consultant.id).go_all()
    Desk(at.house, other.id, consultant.id, "command line").go_all()


def test_a_side_with_nobody_in_charge_gets_its_people_from_the_other(at: AHouse) -> None:
    in_phase(at, Phase.MITMACHEN)
    at.desk(at.maria).deactivate(at.sander.email)
    new = at.desk(at.maria).add_person(name="Neu", email="neu@b.example", side=Side.CONSULTANT, roles={Role.APPROVER})
    with pytest.raises(errors.NotAllowed):
        at.desk(at.maria).add_person(name="Noch", email="noch@b.example", side=Side.CONSULTANT, roles={Role.APPROVER})
    assert at.desk(new).myself().side is Side.CONSULTANT
