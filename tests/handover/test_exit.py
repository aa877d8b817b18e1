"""The consultant's exit: what is delivered, controlled and verified; who declares it and who confirms it; what ends with it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from threading import Barrier, Thread

import pytest

from handover.exit.checklist import ItemState
from handover.pack.export import sum_of
from handover.pack.take_in import take_in
from handover.workplace import open_house
from pipeline import errors
from pipeline.errors import Refusal
from pipeline.messages import Say
from pipeline.records import (
    Channel,
    Delegation,
    ExitItem,
    Person,
    Phase,
    Piece,
    Protocol,
    Role,
    Secret,
    Side,
    SignIn,
    Stage,
    Verdict,
)
from pipeline.screens.history_words import act_sentence
from pipeline.screens.shared import Workplace
from pipeline.settings import Settings
from tests.handover.exit_house import MARIAS_TOKEN, SANDERS_TOKEN, ExitHouse, an_exit_house, without_waiting

SAID = ("credential:linkedin", "access:blog", "administration")
CODES = ["phases", "access:blog", "credential:linkedin", "runbook", "pack", "people", "open_pieces", "administration"]


@pytest.fixture
def house(tmp_path: Path) -> Iterator[ExitHouse]:
    with an_exit_house(tmp_path) as made:
        yield made


@pytest.fixture
def given(house: ExitHouse) -> ExitHouse:
    """All channels are the team's."""
    house.give_away()
    return house


def everything(house: ExitHouse) -> list[str]:
    """All that a refusal must leave as it was."""
    at = house.at
    with at.house.store.read(at.client.id) as view:
        kinds = (Channel, Person, Piece, ExitItem, Protocol, Secret)
        return [repr(one) for kind in kinds for one in view.page(kind, limit=1_000)] + [one.hash for one in view.events()]


def refused(house: ExitHouse, refusal: type[Refusal], act: Callable[[], object]) -> Refusal:
    before = everything(house)
    with pytest.raises(refusal) as told:
        act()
    assert everything(house) == before
    return told.value


def reasons_for(house: ExitHouse) -> dict[str, str]:
    return {one.code: f"Das holen wir nach: {one.code}." for one in house.sander.exit_list().unmet}


def declared(house: ExitHouse) -> Protocol:
    return house.sander.declare_exit(reasons_for(house))


# ------------------------------------------------------------------------------------------------ point by point


def test_the_list_has_every_channel_and_everything_around_them(house: ExitHouse) -> None:
    assert [one.code for one in house.sander.exit_list().items] == CODES
    house.sander.add_channel(name="Übung", slug="uebung", outlet="rehearsal", owner=house.at.maria.email)
    assert [one.code for one in house.sander.exit_list().items] == CODES


def test_a_point_is_delivered_by_the_consultant_and_controlled_by_the_owner(given: ExitHouse) -> None:
    house, code = given, "credential:linkedin"
    refused(house, errors.NotAllowed, lambda: house.maria.deliver(code))
    refused(house, errors.ItemNotDelivered, lambda: house.maria.control(code))
    assert house.sander.deliver(code).state is ItemState.DELIVERED
    refused(house, errors.NotAllowed, lambda: house.sander.control(code))
    refused(house, errors.NotAllowed, lambda: house.jonas.control(code))
    refused(house, errors.ItemNotControlled, lambda: house.maria.verify(code))
    assert house.maria.control(code).state is ItemState.CONTROLLED
    assert house.acts()[-2:] == ["exit.deliver", "exit.control"]


def test_said_twice_is_said_once(given: ExitHouse) -> None:
    given.deliver_and_control("access:blog")
    before = everything(given)
    given.sander.deliver("access:blog")
    given.maria.control("access:blog")
    assert everything(given) == before


@pytest.mark.parametrize("code", ["phases", "runbook", "people", "open_pieces", "pack"])
def test_what_the_records_show_nobody_can_say(given: ExitHouse, code: str) -> None:
    refused(given, errors.ItemShowsItself, lambda: given.sander.deliver(code))
    refused(given, errors.ItemShowsItself, lambda: given.maria.verify(code))


@pytest.mark.parametrize("code", ["credential:nowhere", "access:linkedin", "", "phases:blog"])
def test_a_point_that_is_not_on_the_list_is_unknown(given: ExitHouse, code: str) -> None:
    refused(given, errors.Unknown, lambda: given.sander.deliver(code))


# -- credentials


def test_a_credential_is_verified_by_a_new_one_a_call_and_the_old_ones_401(given: ExitHouse) -> None:
    house, code = given, "credential:linkedin"
    house.deliver_and_control(code)
    refused(house, errors.CredentialNotRenewed, lambda: house.maria.verify(code))
    house.at.clock.ahead(minutes=5)
    house.maria.replace_secret("linkedin", MARIAS_TOKEN)
    refused(house, errors.FormerStillAlive, lambda: house.maria.verify(code))
    assert house.state_of(code) == "controlled"
    house.revoke(SANDERS_TOKEN)
    refused(house, errors.NotAllowed, lambda: house.sander.verify(code))
    assert house.maria.verify(code).state is ItemState.VERIFIED
    assert house.acts()[-2:] == ["channel.former_dead", "exit.verify"]
    asked = [one for one in house.linkedin.calls if one.headers.get("authorization") == f"Bearer {SANDERS_TOKEN}"]
    assert asked[-1].path == "/rest/organizationAcls"


def test_a_credential_brought_before_the_handing_over_is_not_a_new_one(given: ExitHouse) -> None:
    given.maria.replace_secret("linkedin", MARIAS_TOKEN)
    given.revoke(SANDERS_TOKEN)
    given.at.clock.ahead(minutes=5)
    given.deliver_and_control("credential:linkedin")
    refused(given, errors.CredentialNotRenewed, lambda: given.maria.verify("credential:linkedin"))


def test_a_new_credential_that_does_not_sign_in_verifies_nothing(given: ExitHouse) -> None:
    given.deliver_and_control("credential:linkedin")
    given.at.clock.ahead(minutes=5)
    given.maria.replace_secret("linkedin", "mistyped")
    given.revoke(SANDERS_TOKEN)
    refused(given, errors.ReconnectNeeded, lambda: given.maria.verify("credential:linkedin"))


def test_a_credential_the_consultant_brings_again_is_not_verified_any_more(given: ExitHouse) -> None:
    house, code = given, "credential:linkedin"
    verify_credential(house)
    house.maria.step_back("linkedin", Phase.MITMACHEN, reason="Wir brauchen noch etwas Zeit.")
    house.sander.replace_secret("linkedin", "third")
    assert house.state_of(code) == "controlled"
    house.maria.replace_secret("linkedin", MARIAS_TOKEN)
    assert house.state_of(code) == "controlled"
    assert house.maria.verify(code).state is ItemState.VERIFIED


def test_a_credential_that_stayed_behind_in_a_move_is_not_taken_for_dead(given: ExitHouse, tmp_path: Path) -> None:
    pack = given.maria.export(tmp_path / "move.zip", move_to="Server der Firma").file
    elsewhere = open_house(Settings(store=tmp_path / "there", keys=str(tmp_path / "their-keys")), given.at.clock)
    take_in(elsewhere, pack)
    house = replace(given, at=replace(given.at, house=replace(elsewhere, outlet=without_waiting)))
    house.deliver_and_control("credential:linkedin")
    house.at.clock.ahead(minutes=5)
    house.maria.reconnect("linkedin", MARIAS_TOKEN)
    refused(house, errors.FormerStayedBehind, lambda: house.maria.verify("credential:linkedin"))
    elsewhere.store.close()


def test_an_access_is_verified_by_a_call_of_the_team(given: ExitHouse) -> None:
    given.deliver_and_control("access:blog")
    refused(given, errors.NotAllowed, lambda: given.jonas.verify("access:blog"))
    (given.at.folder / "web").rename(given.at.folder / "moved")
    (given.at.folder / "web").write_text("no folder", "utf-8")
    refused(given, errors.SiteFolderReadOnly, lambda: given.maria.verify("access:blog"))
    (given.at.folder / "web").unlink()
    (given.at.folder / "moved").rename(given.at.folder / "web")
    assert given.maria.verify("access:blog").state is ItemState.VERIFIED


def test_the_administration_is_verified_by_a_backup_the_team_makes(given: ExitHouse, tmp_path: Path) -> None:
    house = given
    house.maria.back_up(tmp_path / "before.zip")
    house.at.clock.ahead(minutes=5)
    house.deliver_and_control("administration")
    refused(house, errors.NoBackupYet, lambda: house.maria.verify("administration"))
    refused(house, errors.NotAllowed, lambda: house.sander.back_up(tmp_path / "sander.zip"))
    house.at.clock.ahead(minutes=5)
    house.maria.back_up(tmp_path / "after.zip")
    assert house.maria.verify("administration").state is ItemState.VERIFIED


# -- what shows itself


def test_the_phases_show_when_every_channel_is_given_away(house: ExitHouse) -> None:
    assert house.state_of("phases") == "open"
    house.give_away("blog")
    assert [one.missing for one in house.maria.exit_list().items if one.code == "phases"] == [("LinkedIn-Seite",)]
    house.give_away("linkedin")
    assert house.state_of("phases") == "verified"


def test_the_runbook_shows_when_each_chapter_is_read(house: ExitHouse) -> None:
    for state in house.jonas.runbook().chapters[:-1]:
        house.jonas.acknowledge(state.chapter.code, state.chapter.sha256)
    assert [one.missing for one in house.maria.exit_list().items if one.code == "runbook"] == [("Sichern und zurückholen",)]
    last = house.jonas.runbook().chapters[-1]
    house.jonas.acknowledge(last.chapter.code, last.chapter.sha256)
    assert house.state_of("runbook") == "verified"


def test_the_pack_shows_when_the_team_has_read_back_what_was_exported(given: ExitHouse, tmp_path: Path) -> None:
    house, file = given, tmp_path / "pack.zip"
    assert house.state_of("pack") == "open"
    refused(house, errors.FileNotFound, lambda: house.maria.verify_pack(file))
    house.maria.export(file)
    assert house.state_of("pack") == "delivered"
    altered = tmp_path / "altered.zip"
    altered.write_bytes(file.read_bytes()[:-1] + b"x")
    refused(house, errors.PackNotOurs, lambda: house.maria.verify_pack(altered))
    refused(house, errors.NotAllowed, lambda: house.jonas.verify_pack(file))
    refused(house, errors.NotAllowed, lambda: house.sander.verify_pack(file))
    assert house.maria.verify_pack(file).state is ItemState.VERIFIED


def test_a_pack_that_was_damaged_while_it_was_made_is_not_sound(given: ExitHouse, tmp_path: Path) -> None:
    file = given.maria.export(tmp_path / "pack.zip").file
    file.write_bytes(file.read_bytes()[:1000])
    maria, ws = given.at.maria.id, given.at.client.id
    with given.at.house.store.tx() as t:
        t.append("client.export", actor=maria, subject=ws, at=given.at.clock(), details={"sha256": sum_of(file)})
    refused(given, errors.PackUnsound, lambda: given.maria.verify_pack(file))


def test_the_people_show_when_every_channel_has_owner_and_deputy(house: ExitHouse) -> None:
    assert house.state_of("people") == "verified"
    house.maria.deactivate(house.at.jonas.email)
    assert house.state_of("people") == "open"


def test_a_piece_held_by_the_consultant_waits_for_them(given: ExitHouse) -> None:
    piece = given.at.a_piece_in_review()
    assert given.state_of("open_pieces") == "verified"
    given.sander.decide(piece.id, seen=given.sander.piece(piece.id).hash, verdict=Verdict.HOLD)
    assert given.state_of("open_pieces") == "open"
    given.sander.decide(piece.id, seen=given.sander.piece(piece.id).hash, verdict=Verdict.RELEASE)
    assert given.state_of("open_pieces") == "verified"


def test_a_piece_that_lacks_the_consultants_word_waits_for_them(house: ExitHouse) -> None:
    for code in ("blog",):
        house.sander.propose(code, Phase.MITMACHEN, reason="So besprochen.")
        house.maria.accept(code)
    house.at.a_piece_in_review()
    assert house.state_of("open_pieces") == "open"


# --------------------------------------------------------------------------------------------- declare and confirm


def test_the_exit_needs_every_channel_to_be_given_away(house: ExitHouse) -> None:
    house.give_away("blog")
    told = refused(house, errors.ChannelsNotGiven, lambda: declared(house))
    assert told.facts["channels"] == ["LinkedIn-Seite"]


def test_a_channel_taken_back_after_the_declaration_stops_the_confirmation(given: ExitHouse) -> None:
    declared(given)
    given.maria.step_back("blog", Phase.MITMACHEN, reason="Wir brauchen noch etwas Zeit.")
    refused(given, errors.ChannelsNotGiven, given.maria.confirm_exit)


def test_what_is_open_needs_its_reason(given: ExitHouse) -> None:
    told = refused(
        given, errors.UnmetWithoutReason, lambda: given.sander.declare_exit({"pack": "Folgt am Montag.", "runbook": " "})
    )
    assert "pack" not in str(told.facts["items"])
    assert "runbook" in str(told.facts["items"])
    refused(given, errors.Unknown, lambda: given.sander.declare_exit({**reasons_for(given), "coffee": "Ist alle."}))


def test_only_the_consultant_declares_and_only_the_teams_owner_confirms(given: ExitHouse) -> None:
    house = given
    refused(house, errors.NotAllowed, lambda: house.maria.declare_exit(reasons_for(house)))
    refused(house, errors.ExitNotDeclared, house.maria.confirm_exit)
    declared(house)
    refused(house, errors.NotAllowed, house.sander.confirm_exit)
    refused(house, errors.NotAllowed, house.jonas.confirm_exit)
    assert house.maria.confirm_exit().owner == house.at.maria.id


def test_an_assistant_of_the_consultant_neither_declares_nor_delivers(given: ExitHouse) -> None:
    eva = given.maria.add_person(name="Eva", email="eva@beratung.example", side=Side.CONSULTANT, roles={Role.EDITOR})
    refused(given, errors.NotAllowed, lambda: given.of(eva).deliver("access:blog"))
    refused(given, errors.NotAllowed, lambda: given.of(eva).declare_exit(reasons_for(given)))


def test_the_exit_is_declared_once_and_may_be_taken_back(given: ExitHouse) -> None:
    declared(given)
    refused(given, errors.ExitIsDeclared, lambda: declared(given))
    refused(given, errors.NotAllowed, given.maria.take_back_exit)
    given.sander.take_back_exit()
    refused(given, errors.ExitNotDeclared, given.sander.take_back_exit)
    refused(given, errors.ExitNotDeclared, given.maria.confirm_exit)
    declared(given)
    assert given.maria.confirm_exit().confirmed is not None


def test_what_somebody_declared_who_left_cannot_be_confirmed_but_declared_anew(given: ExitHouse) -> None:
    eva = given.maria.add_person(name="Eva", email="eva@beratung.example", side=Side.CONSULTANT, roles={Role.OWNER})
    declared(given)
    given.maria.deactivate(given.at.sander.email)
    refused(given, errors.DeclarerHasLeft, given.maria.confirm_exit)
    given.of(eva).declare_exit(reasons_for_eva := {one.code: "Folgt." for one in given.of(eva).exit_list().unmet})
    assert [one.code for one in given.maria.confirm_exit().unmet] == list(reasons_for_eva)


def test_a_list_that_changed_since_is_shown_anew(given: ExitHouse) -> None:
    declared(given)
    given.deliver_and_control("access:blog")
    given.maria.verify("access:blog")
    told = refused(given, errors.UnmetChanged, given.maria.confirm_exit)
    assert "access:blog" not in str(told.facts["items"])


def test_another_declaration_than_the_one_that_was_shown_is_not_confirmed(given: ExitHouse) -> None:
    first = declared(given)
    given.sander.take_back_exit()
    given.at.clock.ahead(minutes=1)
    second = declared(given)
    refused(given, errors.UnmetChanged, lambda: given.maria.confirm_exit(seen=first.id))
    assert given.maria.confirm_exit(seen=second.id).id == second.id


def test_a_confirmed_exit_is_not_confirmed_again(given: ExitHouse) -> None:
    declared(given)
    given.maria.confirm_exit()
    refused(given, errors.ExitNotDeclared, given.maria.confirm_exit)


def test_of_two_confirmations_at_the_same_moment_one_counts(given: ExitHouse) -> None:
    declared(given)
    start, told = Barrier(2), list[object]()

    def confirm() -> None:
        start.wait()
        try:
            told.append(given.maria.confirm_exit())
        except Refusal as refusal:
            told.append(refusal.code)

    threads = [Thread(target=confirm) for _ in range(2)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert sorted(type(one).__name__ for one in told) == ["Protocol", "str"]
    assert given.acts().count("exit.confirm") == 1


# -- what ends


def test_with_the_exit_everything_the_consultants_people_can_do_ends(given: ExitHouse) -> None:
    house = given
    eva = house.maria.add_person(name="Eva", email="eva@beratung.example", side=Side.CONSULTANT, roles={Role.EDITOR})
    house.sander.delegate(to=eva.email, until="2027-04-01")
    declared(house)
    protocol = house.maria.confirm_exit()
    assert set(protocol.ended) == {house.at.sander.id, eva.id}
    assert all(not one.is_active for one in house.maria.people() if one.side is Side.CONSULTANT)
    with house.at.house.store.read(house.at.client.id) as view:
        assert all(one.ended for one in view.page(Delegation))
    with house.at.house.store.read() as outside:
        assert not outside.page(SignIn)
    for act in (house.sander.exit_list, house.sander.channels, lambda: house.sander.deliver("access:blog")):
        refused(house, errors.PersonHasLeft, act)


def test_what_the_consultant_had_to_approve_too_is_the_teams_from_now_on(house: ExitHouse) -> None:
    house.sander.propose("blog", Phase.MITMACHEN, reason="So besprochen.")
    house.maria.accept("blog")
    piece = house.at.a_piece_in_review(by=house.at.jonas)
    for desk in (house.sander, house.maria):
        desk.decide(piece.id, seen=desk.piece(piece.id).hash, verdict=Verdict.APPROVE)
    house.sander.propose("blog", Phase.ABGEBEN, reason="So besprochen.")
    house.maria.accept("blog")
    house.give_away("linkedin")
    assert house.maria.piece(piece.id).piece.also == (Phase.MITMACHEN,)
    declared(house)
    house.maria.confirm_exit()
    after = house.maria.piece(piece.id)
    assert (after.piece.stage, after.piece.also) == (Stage.APPROVED, ())


def test_the_protocol_closes_over_the_newest_entry_and_names_who_answers_from_now_on(given: ExitHouse) -> None:
    declared(given)
    protocol = given.maria.confirm_exit()
    (newest,) = given.maria.events(limit=1)
    assert (protocol.audit_head, protocol.audit_entries) == (newest.hash, newest.seq)
    assert (newest.act, newest.subject) == ("exit.confirm", protocol.id)
    assert newest.details["people"] == [given.at.sander.id]
    assert {(one.owner, one.deputy) for one in protocol.offices} == {(given.at.maria.id, given.at.jonas.id)}
    assert [one.code for one in protocol.unmet] == ["access:blog", "credential:linkedin", "runbook", "pack", "administration"]
    assert given.maria.verify_audit().broken == []


def test_a_confirmation_that_fails_half_way_changes_nothing(given: ExitHouse, monkeypatch: pytest.MonkeyPatch) -> None:
    declared(given)

    def fail(*_: object) -> None:
        raise RuntimeError("power cut")

    monkeypatch.setattr("handover.exit.steps._judge_by_the_team_alone", fail)
    before = everything(given)
    with pytest.raises(RuntimeError):
        given.maria.confirm_exit()
    assert everything(given) == before


def test_a_later_consultant_begins_with_an_open_list(given: ExitHouse) -> None:
    given.deliver_and_control("access:blog")
    given.maria.verify("access:blog")
    declared(given)
    given.maria.confirm_exit()
    given.at.clock.ahead(days=100)
    assert given.state_of("access:blog") == "open"
    ida = given.maria.add_person(name="Ida", email="ida@neu.example", side=Side.CONSULTANT, roles={Role.OWNER})
    given.of(ida).deliver("access:blog")
    assert given.state_of("access:blog") == "delivered"


def test_with_every_point_verified_nothing_is_left_to_explain(given: ExitHouse, tmp_path: Path) -> None:
    house = given
    verify_credential(house)
    house.deliver_and_control("access:blog", "administration")
    house.at.clock.ahead(minutes=5)
    house.maria.back_up(tmp_path / "backup.zip")
    house.maria.verify("access:blog")
    house.maria.verify("administration")
    for state in house.jonas.runbook().chapters:
        house.jonas.acknowledge(state.chapter.code, state.chapter.sha256)
    verify_pack(house, tmp_path)
    assert house.sander.exit_list().unmet == []
    house.sander.declare_exit()
    assert house.maria.confirm_exit().unmet == ()


def verify_credential(house: ExitHouse) -> None:
    house.deliver_and_control("credential:linkedin")
    house.at.clock.ahead(minutes=5)
    house.maria.replace_secret("linkedin", MARIAS_TOKEN)
    house.revoke(SANDERS_TOKEN)
    house.maria.verify("credential:linkedin")
    house.at.clock.now += timedelta(minutes=5)


def verify_pack(house: ExitHouse, folder: Path) -> Path:
    pack = house.maria.export(folder / "pack.zip").file
    house.maria.verify_pack(pack)
    return pack


def test_the_history_tells_every_step_in_words(given: ExitHouse, tmp_path: Path) -> None:
    verify_credential(given)
    verify_pack(given, tmp_path)
    given.maria.back_up(tmp_path / "backup.zip")
    chapter = given.jonas.runbook().chapters[0].chapter
    given.jonas.acknowledge(chapter.code, chapter.sha256)
    declared(given)
    given.sander.take_back_exit()
    declared(given)
    given.maria.confirm_exit()
    at = Workplace(desk=given.maria, me=given.at.maria, say=Say("de"), client=given.at.client)
    people = {one.id: one for one in given.maria.people()}
    said = [act_sentence(at, one, people, {}) for one in given.maria.events(limit=None)]
    assert "Für den Abschied der Beratung nachgewiesen: Zugangsdaten (linkedin)" in said
    assert "Für den Abschied der Beratung nachgewiesen: Übergabepaket" in said
    assert "Kapitel des Handbuchs zur Kenntnis genommen: Kanäle" in said
    assert not [one for one in said if "{" in one]
