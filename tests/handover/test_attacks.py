"""Ways in which somebody could get around the handover, each tried as the rule that stands against it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from handover.desk import HandoverDesk
from handover.pack.take_in import take_in
from handover.rights import column_across
from handover.screens.exports import Exports
from pipeline import errors
from pipeline.records import Phase, Role, Side, Stage, Verdict
from tests.fakes.linkedin import PAGE, PAGE_SCOPES, FakeLinkedIn, Token
from tests.handover.chain import JONAS, MARIA, NORA, SANDER, Chain, pieces, told
from tests.handover.exit_house import MARIAS_TOKEN, SANDERS_TOKEN, ExitHouse, an_exit_house, without_waiting
from tests.handover.pack.packed import another_house
from tests.house import AHouse, a_house
from tests.line import MARIA as MARIAS_MAIL
from tests.line import SANDER as SANDERS_MAIL
from tests.line import a_line
from tests.phases import REASON, handover_desk, in_phase


@pytest.fixture
def at(tmp_path: Path) -> AHouse:
    return a_house(tmp_path)


# -- who can make whom mighty


def a_second_channel(at: AHouse, owner: str, outlet: str = "rehearsal") -> None:
    handover_desk(at, at.sander).add_channel(name="Zweiter", slug="zweiter", outlet=outlet, owner=owner)


def test_once_a_channel_is_shared_the_consultant_makes_nobody_an_owner_by_a_new_channel(at: AHouse) -> None:
    """Who owns any channel brings and lets go of the team's people: that is not the consultant's to give."""
    in_phase(at, Phase.MITMACHEN)
    with pytest.raises(errors.NotAllowed):
        a_second_channel(at, at.jonas.email)
    with pytest.raises(errors.NotAllowed):
        handover_desk(at, at.jonas).deactivate(at.maria.email)
    a_second_channel(at, at.maria.email)
    with pytest.raises(errors.NotAllowed):
        handover_desk(at, at.sander).change_owner("zweiter", owner=at.jonas.email)
    handover_desk(at, at.maria).change_owner("zweiter", owner=at.jonas.email)


def test_before_anything_is_shared_the_consultant_names_the_owners(at: AHouse) -> None:
    a_second_channel(at, at.jonas.email)


def test_a_rehearsal_channel_keeps_no_rights_over_what_was_given_away(at: AHouse) -> None:
    a_second_channel(at, at.maria.email)
    in_phase(at, Phase.ABGEBEN)
    sander = handover_desk(at, at.sander)
    assert column_across([one.channel for one in sander.channels()]) == "all_given"
    for verb, given in (("pause", ()), ("stop_all", ()), ("resume", ()), ("change_client", ())):
        with pytest.raises(errors.NotAllowed):
            getattr(sander, verb)(*given)


def test_what_is_rehearsed_brings_nobody_of_the_other_side(at: AHouse) -> None:
    """Shared is only what can become public."""
    in_phase(at, Phase.MITMACHEN)
    a_second_channel(at, at.maria.email)
    handover_desk(at, at.maria).rehearse("zweiter", Phase.ABGEBEN)
    for person, side in ((at.sander, Side.TEAM), (at.maria, Side.CONSULTANT)):
        with pytest.raises(errors.NotAllowed):
            handover_desk(at, person).add_person(name="Zwei", email="zwei@x.example", side=side, roles={Role.OWNER})


def test_a_client_that_has_moved_gets_no_new_channel_at_the_giver(at: AHouse, tmp_path: Path) -> None:
    """It would send from where nothing may be sent any more."""
    handover_desk(at, at.maria).export(tmp_path / "umzug.zip", move_to="Server der Müller & Söhne")
    with pytest.raises(errors.ChannelMoved):
        a_second_channel(at, at.maria.email)
    handover_desk(at, at.maria).undo_move()
    a_second_channel(at, at.maria.email)


# -- what is proven outside


@pytest.fixture
def house(tmp_path: Path) -> Iterator[ExitHouse]:
    with an_exit_house(tmp_path) as made:
        yield made


@contextmanager
def a_server_of_ones_own() -> Iterator[FakeLinkedIn]:
    """Says what whoever runs it wants to hear: it knows Maria and has revoked Sander."""
    with FakeLinkedIn() as own:
        own.tokens[MARIAS_TOKEN] = Token(name="Maria Lindqvist", scopes=PAGE_SCOPES, roles={PAGE: "ADMINISTRATOR"})
        own.tokens[SANDERS_TOKEN].state = "revoked"
        yield own


def there(server: FakeLinkedIn) -> dict[str, str]:
    return {"api_url": server.url, "oauth_url": f"{server.url}/oauth/v2"}


def test_a_credential_is_shown_to_no_server_that_the_other_side_names(house: ExitHouse) -> None:
    house.maria.replace_secret("linkedin", MARIAS_TOKEN)
    with a_server_of_ones_own() as own:
        with pytest.raises(errors.CredentialIsOthers):
            house.sander.change_settings("linkedin", there(own))
        house.sander.change_settings("linkedin", {"version": "202608"})
        house.sander.check_channel("linkedin")
        assert own.calls == []


def test_a_former_credential_has_to_be_dead_where_it_was_used_not_only_where_the_channel_points_now(house: ExitHouse) -> None:
    with a_server_of_ones_own() as own:
        house.sander.change_settings("linkedin", there(own))
        house.maria.replace_secret("linkedin", MARIAS_TOKEN)
        house.maria.change_settings("linkedin", there(house.linkedin))
        with pytest.raises(errors.FormerStillAlive):
            house.maria.prove_former_dead("linkedin")
        house.revoke(SANDERS_TOKEN)
        house.maria.prove_former_dead("linkedin")


def test_the_teams_own_dead_credential_proves_nothing_about_one_that_stayed_behind(house: ExitHouse, tmp_path: Path) -> None:
    """The client moved, and the consultant's credential still lies, alive, where it came from."""
    house.give_away()
    house.maria.export(tmp_path / "pack.zip", move_to="Server der Müller & Söhne")
    there = replace(another_house(tmp_path / "there", house.at), outlet=without_waiting)
    take_in(there, tmp_path / "pack.zip")
    sander, maria = (HandoverDesk(there, house.at.client.id, one.id) for one in (house.at.sander, house.at.maria))
    house.linkedin.tokens["third"] = house.linkedin.tokens[MARIAS_TOKEN]
    house.linkedin.tokens[MARIAS_TOKEN] = replace(house.linkedin.tokens["third"])
    maria.reconnect("linkedin", MARIAS_TOKEN)
    sander.deliver("credential:linkedin")
    house.at.clock.ahead(minutes=5)
    maria.control("credential:linkedin")
    maria.replace_secret("linkedin", "third")
    house.revoke(MARIAS_TOKEN)
    with pytest.raises(errors.FormerStayedBehind):
        maria.verify("credential:linkedin")
    maria.prove_former_dead("linkedin")
    with pytest.raises(errors.FormerStayedBehind):
        maria.verify("credential:linkedin")


# -- readiness made to look green


def decided_by(chain: Chain, number: int, *, writer: str, by: str, binding: bool = False) -> None:
    """So many pieces; the team's word first, then Sander's."""
    for piece in pieces(number):
        chain.piece(piece, writer)
        chain.submit(piece, writer)
        chain.ahead(minutes=5).decide(piece, by, binding=binding)
        chain.ahead(minutes=5).decide(piece, SANDER)


@pytest.mark.parametrize("phase", [Phase.VORMACHEN, Phase.MITMACHEN])
def test_who_waves_their_own_texts_through_has_decided_nothing(phase: Phase) -> None:
    chain = Chain().channel(phase=phase)
    decided_by(chain, 10, writer=MARIA, by=MARIA, binding=phase is Phase.MITMACHEN)
    assert told(chain.measured("decisions")) == (0.0, 0, False)
    assert told(chain.measured("deciders", deciders=1)) == (0.0, 0, False)
    assert told(chain.measured("agreement")) == (None, 0, None)
    assert told(chain.measured("time_to_decision")) == (None, 0, None)


def test_who_only_handed_it_in_is_no_other_pair_of_eyes_either() -> None:
    chain = Chain().channel()
    chain.piece("p", JONAS)
    chain.submit("p", MARIA)
    chain.decide("p", MARIA, binding=False)
    assert told(chain.measured("decisions")) == (0.0, 0, False)
    chain.decide("p", JONAS, binding=False)
    assert told(chain.measured("decisions")) == (0.0, 0, False)
    chain.decide("p", NORA, binding=False)
    assert told(chain.measured("decisions")) == (1.0, 1, False)


def test_a_word_for_the_own_text_keeps_nobody_waiting_for_the_team() -> None:
    """Where both decide together it fills the team's place: what is slow from then on is the other side."""
    chain = Chain().channel(phase=Phase.MITMACHEN)
    chain.piece("p", MARIA)
    chain.submit("p", MARIA)
    chain.decide("p", MARIA)
    chain.ahead(days=14)
    assert told(chain.measured("time_to_decision")) == (None, 0, None)


@pytest.mark.parametrize(("phase", "cases"), [(Phase.VORMACHEN, 6), (Phase.MITMACHEN, 0), (Phase.ABGEBEN, 0)])
def test_who_could_read_the_consultants_word_first_does_not_agree_by_saying_the_same(phase: Phase, cases: int) -> None:
    """Only while the consultant shows is the team's word blind, whoever speaks first."""
    chain = Chain().channel(phase=phase)
    for piece in pieces(6):
        chain.piece(piece)
        chain.submit(piece)
        chain.ahead(minutes=5).decide(piece, SANDER, binding=phase is not Phase.ABGEBEN)
        chain.ahead(minutes=5).decide(piece, MARIA, binding=phase is not Phase.VORMACHEN)
    measured = chain.measured("agreement")
    assert measured is not None
    assert measured.condition.n == cases


def test_a_word_that_was_read_together_is_not_blind_by_stepping_back() -> None:
    chain = Chain().channel(phase=Phase.MITMACHEN)
    chain.piece("p")
    chain.submit("p")
    chain.decide("p", SANDER)
    chain.ahead(minutes=5).note("channel.step_back", "blog", MARIA, before="mitmachen", phase="vormachen", change="c1")
    chain.decide("p", MARIA, binding=False)
    assert told(chain.measured("agreement")) == (None, 0, None)


def test_where_both_decide_the_teams_word_counts_when_it_came_first() -> None:
    chain = Chain().channel(phase=Phase.MITMACHEN)
    decided_by(chain, 6, writer=JONAS, by=MARIA, binding=True)
    assert told(chain.measured("agreement")) == (1.0, 6, True)


def test_the_command_line_keeps_a_blind_decision_blind(tmp_path: Path) -> None:
    line = a_line(tmp_path)
    piece = line.a_piece()
    line.do("piece", "submit", piece, by=SANDERS_MAIL)
    line.do("piece", "decide", piece, "--hash", line.hash_of(piece), "--approve", by=SANDERS_MAIL)
    line.do("piece", "decide", piece, "--hash", line.hash_of(piece), "--hold", by=SANDERS_MAIL)
    shown = line.do("piece", "show", piece, by=MARIAS_MAIL)
    assert [one["verdict"] for one in shown["decisions"]] == ["hold"]
    line.do("piece", "decide", piece, "--hash", line.hash_of(piece), "--request-changes", "Ohne Zahl.", by=MARIAS_MAIL)
    assert len(line.do("piece", "show", piece, by=MARIAS_MAIL)["decisions"]) == 3


# -- packs and their way


def a_channel_still_shown(at: AHouse) -> None:
    (at.folder / "news").mkdir()
    place = {"folder": str(at.folder / "news"), "base_url": "https://news.mueller.example"}
    handover_desk(at, at.sander).add_channel(name="News", slug="news", outlet="site", owner=at.maria.email, settings=place)


def test_the_consultant_does_not_switch_off_by_a_move_what_is_the_teams(at: AHouse, tmp_path: Path) -> None:
    a_channel_still_shown(at)
    in_phase(at, Phase.ABGEBEN)
    sander = handover_desk(at, at.sander)
    with pytest.raises(errors.NotAllowed):
        sander.export(tmp_path / "umzug.zip", move_to="Laptop der Beratung")
    assert all(one.channel.off is None for one in sander.channels())
    assert list(tmp_path.glob("*.zip*")) == []
    handover_desk(at, at.maria).export(tmp_path / "umzug.zip", move_to="Server der Firma")


def test_a_ticket_of_any_signs_finds_no_pack(at: AHouse) -> None:
    exports = Exports()
    making = exports.start(handover_desk(at, at.sander), person=at.sander.id, account="a", name="pack")
    for worker in threading.enumerate():
        if worker.name == "export":
            worker.join(30)
    assert making.pack is not None
    assert exports.find("schlüssel") is None
    assert exports.find(making.ticket) is making


# -- offices that outlive the one who held them


def test_what_a_deputy_approved_for_a_consultant_goes_with_that_consultant(at: AHouse) -> None:
    sander = handover_desk(at, at.sander)
    sander.add_person(name="Tom", email="tom@beratung.example", side=Side.CONSULTANT, roles={Role.APPROVER})
    uwe = sander.add_person(name="Uwe", email="uwe@beratung.example", side=Side.CONSULTANT, roles={Role.EDITOR})
    sander.delegate(to=uwe.email, until="2027-04-01")
    piece = at.a_piece_in_review()
    desk = handover_desk(at, uwe)
    assert desk.decide(piece.id, seen=desk.piece(piece.id).hash, verdict=Verdict.APPROVE).on_behalf_of == at.sander.id
    assert desk.piece(piece.id).stage is Stage.APPROVED
    left = handover_desk(at, at.maria).deactivate(at.sander.email)
    assert left.voided == [piece.id]
    assert desk.piece(piece.id).stage is Stage.REVIEW


def test_who_owns_only_a_channel_for_rehearsals_answers_for_nothing_else(at: AHouse) -> None:
    a_second_channel(at, at.jonas.email)
    in_phase(at, Phase.ABGEBEN)
    jonas = handover_desk(at, at.jonas)
    for act in (lambda: jonas.deactivate(at.maria.email), lambda: jonas.pause(), lambda: jonas.control("access:blog")):
        with pytest.raises(errors.NotAllowed):
            act()
    jonas.agree("zweiter")
    jonas.rehearse("zweiter", Phase.MITMACHEN)


def test_entering_the_same_credential_again_is_no_renewal(house: ExitHouse) -> None:
    def renewed() -> bool | None:
        return next(one.condition.met for one in house.maria.readiness("linkedin").measured if one.code == "renewal")

    house.sander.replace_secret("linkedin", SANDERS_TOKEN)
    house.linkedin.tokens["third"] = house.linkedin.tokens[MARIAS_TOKEN]
    assert renewed() is False
    house.maria.replace_secret("linkedin", MARIAS_TOKEN)
    assert renewed() is True


def test_the_teams_first_credential_entered_twice_is_connected_once(house: ExitHouse) -> None:
    house.maria.add_channel(
        name="Zweite Seite",
        slug="zweite",
        outlet="linkedin",
        owner=house.at.maria.email,
        settings={**there(house.linkedin), "author": PAGE},
        secret=MARIAS_TOKEN,
    )
    house.maria.replace_secret("zweite", MARIAS_TOKEN)
    measured = {one.code: one.condition.met for one in house.maria.readiness("zweite").measured}
    assert measured["renewal"] is False


def test_drafts_that_nobody_hands_in_make_the_team_no_writer() -> None:
    chain = Chain().channel()
    for piece in pieces(6):
        chain.piece(piece, SANDER)
        chain.submit(piece, SANDER)
    for piece in pieces(20, "empty"):
        chain.piece(piece, JONAS)
    assert told(chain.measured("team_drafts")) == (0.0, 6, False)


def test_a_pack_from_before_the_last_switch_is_not_what_was_handed_over(house: ExitHouse, tmp_path: Path) -> None:
    house.sander.export(tmp_path / "old.zip")
    house.at.clock.ahead(days=30)
    house.give_away()
    assert house.state_of("pack") == "open"
    with pytest.raises(errors.PackNotOurs):
        house.maria.verify_pack(tmp_path / "old.zip")
    house.maria.export(tmp_path / "new.zip")
    assert house.maria.verify_pack(tmp_path / "new.zip").is_met
    house.at.clock.ahead(days=1)
    house.maria.step_back("blog", Phase.MITMACHEN, reason=REASON)
    house.sander.propose("blog", Phase.ABGEBEN, reason=REASON)
    house.maria.accept("blog", reason=REASON)
    assert house.state_of("pack") == "open"
