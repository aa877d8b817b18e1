"""How a channel goes from one phase to the next: proposed by one side, accepted by the other, back by the owner alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from threading import Barrier, Thread

import pytest

from handover.desk import HandoverDesk
from pipeline import errors
from pipeline.errors import Refusal
from pipeline.records import Channel, Person, Phase, PhaseChange, Piece, Proposal, PublicationState, Role, Side, Stage, Verdict
from pipeline.worker import Worker
from tests.house import AHouse, a_house
from tests.phases import REASON, handover_desk, in_phase

VORMACHEN, MITMACHEN, ABGEBEN = Phase


@pytest.fixture
def at(tmp_path: Path) -> Iterator[AHouse]:
    made = a_house(tmp_path)
    yield made
    made.house.store.close()


def sander(at: AHouse) -> HandoverDesk:
    return handover_desk(at, at.sander)


def maria(at: AHouse) -> HandoverDesk:
    return handover_desk(at, at.maria)


def everything(at: AHouse) -> list[str]:
    """All that a refusal must leave as it was."""
    with at.house.store.read(at.client.id) as view:
        kinds = (Channel, Proposal, PhaseChange, Piece, Person)
        return [repr(one) for kind in kinds for one in view.page(kind, limit=1_000)] + [one.hash for one in view.events()]


def refused(at: AHouse, refusal: type[Refusal], act: Callable[[], object]) -> Refusal:
    before = everything(at)
    with pytest.raises(refusal) as told:
        act()
    assert everything(at) == before
    return told.value


# -- proposing and accepting


@pytest.mark.parametrize("first", [sander, maria])
def test_either_side_proposes_and_the_other_accepts(at: AHouse, first: Callable[[AHouse], HandoverDesk]) -> None:
    second = maria if first is sander else sander
    first(at).propose("blog", MITMACHEN, reason=REASON)
    done = second(at).accept("blog")
    assert (done.channel.phase, at.channel.phase) == (MITMACHEN, MITMACHEN)
    assert done.change.how == "accepted"


def test_the_acceptance_lists_what_is_unmet_with_a_reason(at: AHouse) -> None:
    proposal = sander(at).propose("blog", MITMACHEN, reason=REASON)
    change = maria(at).accept("blog", reason="Wir fangen trotzdem an.").change
    assert {one.code for one in proposal.conditions if not one.met} == set(change.unmet) != set()
    assert change.reason == "Wir fangen trotzdem an."


def test_without_a_word_of_its_own_an_acceptance_has_the_reason_of_the_proposal(at: AHouse) -> None:
    sander(at).propose("blog", MITMACHEN, reason=REASON)
    assert maria(at).accept("blog").change.reason == REASON


def test_both_stand_in_the_audit_trail_with_their_people(at: AHouse) -> None:
    in_phase(at, MITMACHEN)
    with at.house.store.read(at.client.id) as view:
        told = {one.act: (one.actor, one.details) for one in view.events() if one.act.startswith("channel.")}
    assert told["channel.propose"][0] == at.sander.id
    assert told["channel.accept"][0] == at.maria.id
    assert told["channel.accept"][1]["phase"] == "mitmachen"


@pytest.mark.parametrize(("phase", "to"), [(VORMACHEN, ABGEBEN), (VORMACHEN, VORMACHEN), (MITMACHEN, MITMACHEN)])
def test_phases_follow_one_another(at: AHouse, phase: Phase, to: Phase) -> None:
    in_phase(at, phase)
    kind = errors.AlreadyInPhase if phase is to else errors.PhaseNotNext
    refused(at, kind, lambda: sander(at).propose("blog", to, reason=REASON))


def test_the_consultant_can_only_propose_the_way_back(at: AHouse) -> None:
    in_phase(at, MITMACHEN)
    refused(at, errors.NotAllowed, lambda: sander(at).step_back("blog", VORMACHEN, reason=REASON))
    sander(at).propose("blog", VORMACHEN, reason=REASON)
    assert maria(at).accept("blog").channel.phase is VORMACHEN


def test_in_abgeben_the_consultant_proposes_nothing(at: AHouse) -> None:
    in_phase(at, ABGEBEN)
    refused(at, errors.NotAllowed, lambda: sander(at).propose("blog", MITMACHEN, reason=REASON))


def test_there_is_one_proposal_at_a_time(at: AHouse) -> None:
    sander(at).propose("blog", MITMACHEN, reason=REASON)
    refused(at, errors.ProposalIsOpen, lambda: maria(at).propose("blog", MITMACHEN, reason=REASON))


def test_a_proposal_needs_a_reason(at: AHouse) -> None:
    refused(at, errors.FieldMissing, lambda: sander(at).propose("blog", MITMACHEN, reason="  "))


@pytest.mark.parametrize("first", [sander, maria])
def test_nobody_accepts_or_declines_for_the_own_side(at: AHouse, first: Callable[[AHouse], HandoverDesk]) -> None:
    first(at).propose("blog", MITMACHEN, reason=REASON)
    refused(at, errors.OwnSideProposed, lambda: first(at).accept("blog"))
    refused(at, errors.OwnSideProposed, lambda: first(at).decline("blog"))


def test_somebody_else_of_the_own_side_cannot_accept_either(at: AHouse) -> None:
    second = maria(at).add_person(name="Petra", email="petra@mueller.example", side=Side.TEAM, roles={Role.OWNER})
    maria(at).propose("blog", MITMACHEN, reason=REASON)
    refused(at, errors.OwnSideProposed, lambda: handover_desk(at, second).accept("blog"))


def test_an_editor_neither_proposes_nor_accepts(at: AHouse) -> None:
    jonas = handover_desk(at, at.jonas)
    refused(at, errors.NotAllowed, lambda: jonas.propose("blog", MITMACHEN, reason=REASON))
    sander(at).propose("blog", MITMACHEN, reason=REASON)
    refused(at, errors.NotAllowed, lambda: jonas.accept("blog"))


def test_accepting_twice_is_told(at: AHouse) -> None:
    in_phase(at, MITMACHEN)
    refused(at, errors.ProposalWasAccepted, lambda: maria(at).accept("blog"))


def test_accepting_what_was_declined_is_told(at: AHouse) -> None:
    sander(at).propose("blog", MITMACHEN, reason=REASON)
    maria(at).decline("blog", reason="Noch nicht.")
    refused(at, errors.ProposalWasDeclined, lambda: maria(at).accept("blog"))
    assert at.channel.phase is VORMACHEN


def test_what_was_declined_can_be_proposed_anew(at: AHouse) -> None:
    sander(at).propose("blog", MITMACHEN, reason=REASON)
    maria(at).decline("blog")
    assert in_phase(at, MITMACHEN).phase is MITMACHEN


def test_the_own_side_takes_back_and_the_other_cannot(at: AHouse) -> None:
    sander(at).propose("blog", MITMACHEN, reason=REASON)
    refused(at, errors.OtherSideProposed, lambda: maria(at).take_back_proposal("blog"))
    sander(at).take_back_proposal("blog")
    refused(at, errors.ProposalWasTakenBack, lambda: maria(at).accept("blog"))


def test_without_a_proposal_there_is_nothing_to_accept(at: AHouse) -> None:
    refused(at, errors.NoProposal, lambda: maria(at).accept("blog"))


def test_a_step_back_overtakes_an_open_proposal(at: AHouse) -> None:
    in_phase(at, MITMACHEN)
    sander(at).propose("blog", ABGEBEN, reason=REASON)
    maria(at).step_back("blog", VORMACHEN, reason=REASON)
    refused(at, errors.ProposalWasOvertaken, lambda: maria(at).accept("blog"))


def test_what_a_leaving_person_proposed_is_over(at: AHouse) -> None:
    second = sander(at).add_person(name="Nora", email="nora@beratung.example", side=Side.CONSULTANT, roles={Role.APPROVER})
    handover_desk(at, second).propose("blog", MITMACHEN, reason=REASON)
    sander(at).deactivate(second.email)
    refused(at, errors.ProposalWasOvertaken, lambda: maria(at).accept("blog"))


def test_who_lost_the_right_to_propose_has_proposed_nothing(at: AHouse) -> None:
    second = sander(at).add_person(name="Nora", email="nora@beratung.example", side=Side.CONSULTANT, roles={Role.APPROVER})
    handover_desk(at, second).propose("blog", MITMACHEN, reason=REASON)
    sander(at).change_roles(second.email, {Role.READER})
    refused(at, errors.ProposerIsOut, lambda: maria(at).accept("blog"))


def test_another_proposal_than_the_one_shown_is_not_accepted(at: AHouse) -> None:
    shown = sander(at).propose("blog", MITMACHEN, reason=REASON)
    sander(at).take_back_proposal("blog")
    sander(at).propose("blog", MITMACHEN, reason="Ein anderer Grund.")
    refused(at, errors.ProposalWasOvertaken, lambda: maria(at).accept("blog", seen=shown.id))


def test_the_owner_has_to_have_accepted_the_office(tmp_path: Path) -> None:
    at = a_house(tmp_path, agreed=False)
    refused(at, errors.AgreementMissing, lambda: sander(at).propose("blog", MITMACHEN, reason=REASON))


def test_an_owner_who_left_owns_no_further_phase(at: AHouse) -> None:
    sander(at).propose("blog", MITMACHEN, reason=REASON)
    other = maria(at).add_person(name="Petra", email="petra@mueller.example", side=Side.TEAM, roles={Role.OWNER})
    maria(at).deactivate(at.maria.email)
    refused(at, errors.OwnerHasLeft, lambda: handover_desk(at, other).accept("blog"))


def test_two_who_accept_at_once_accept_once(at: AHouse) -> None:
    petra = maria(at).add_person(name="Petra", email="petra@mueller.example", side=Side.TEAM, roles={Role.OWNER})
    sander(at).propose("blog", MITMACHEN, reason=REASON)
    start, told = Barrier(2), list[object]()

    def press(desk: HandoverDesk) -> None:
        start.wait()
        try:
            told.append(desk.accept("blog").channel.phase)
        except Refusal as refusal:
            told.append(refusal.code)

    clicks = [Thread(target=press, args=(desk,)) for desk in (maria(at), handover_desk(at, petra))]
    for click in clicks:
        click.start()
    for click in clicks:
        click.join()
    assert sorted(told, key=str) == ["ProposalWasAccepted", MITMACHEN]
    assert len(maria(at).phase_changes("blog")) == 1


# -- back, and alone


@pytest.mark.parametrize(("phase", "to"), [(MITMACHEN, VORMACHEN), (ABGEBEN, MITMACHEN), (ABGEBEN, VORMACHEN)])
def test_the_named_owner_steps_back_alone_and_at_once(at: AHouse, phase: Phase, to: Phase) -> None:
    in_phase(at, phase)
    assert maria(at).step_back("blog", to, reason=REASON).channel.phase is to
    assert at.channel.phase is to


@pytest.mark.parametrize(("phase", "to"), [(VORMACHEN, VORMACHEN), (MITMACHEN, MITMACHEN), (MITMACHEN, ABGEBEN)])
def test_a_step_back_leads_back(at: AHouse, phase: Phase, to: Phase) -> None:
    in_phase(at, phase)
    refused(at, errors.PhaseNotEarlier, lambda: maria(at).step_back("blog", to, reason=REASON))


def test_after_the_safety_window_there_is_no_way_back(at: AHouse) -> None:
    in_phase(at, ABGEBEN)
    at.clock.ahead(days=30)
    refused(at, errors.WindowIsOver, lambda: maria(at).step_back("blog", MITMACHEN, reason=REASON))


def test_a_moment_before_the_window_ends_there_still_is(at: AHouse) -> None:
    in_phase(at, ABGEBEN)
    at.clock.ahead(days=30, seconds=-1)
    assert maria(at).step_back("blog", MITMACHEN, reason=REASON).channel.phase is MITMACHEN


def test_nobody_steps_back_to_a_consultant_who_is_gone(at: AHouse) -> None:
    in_phase(at, ABGEBEN)
    maria(at).deactivate(at.sander.email)
    refused(at, errors.NobodyOnTheSide, lambda: maria(at).step_back("blog", VORMACHEN, reason=REASON))


@pytest.mark.parametrize("phase", [VORMACHEN, MITMACHEN])
def test_the_team_takes_over_alone_when_the_consultant_is_gone(at: AHouse, phase: Phase) -> None:
    in_phase(at, phase)
    refused(at, errors.ConsultantIsThere, lambda: maria(at).take_over("blog", reason=REASON))
    maria(at).deactivate(at.sander.email)
    assert maria(at).take_over("blog", reason=REASON).channel.phase is ABGEBEN


def test_the_last_who_can_answer_for_a_shared_channel_stays(at: AHouse) -> None:
    in_phase(at, MITMACHEN)
    refused(at, errors.LastOwner, lambda: maria(at).deactivate(at.maria.email))
    maria(at).add_person(name="Petra", email="petra@mueller.example", side=Side.TEAM, roles={Role.OWNER})
    assert maria(at).deactivate(at.maria.email).person.left


def test_once_a_channel_is_shared_the_consultant_does_not_name_its_owner(at: AHouse) -> None:
    in_phase(at, MITMACHEN)
    refused(at, errors.NotAllowed, lambda: sander(at).change_owner("blog", owner=at.jonas.email))


def test_a_new_channel_is_the_teams_when_nobody_is_there_to_show_it(at: AHouse) -> None:
    in_phase(at, ABGEBEN)
    added = maria(at).add_channel(name="Zweiter", slug="zweiter", outlet="rehearsal", owner=at.maria.email)
    assert added.phase is VORMACHEN
    maria(at).deactivate(at.sander.email)
    third = maria(at).add_channel(name="Dritter", slug="dritter", outlet="rehearsal", owner=at.maria.email)
    assert third.phase is ABGEBEN


# -- the pieces at a switch


def approve(at: AHouse, person: Person, piece: Piece) -> None:
    desk = at.desk(person)
    desk.decide(piece.id, seen=desk.piece(piece.id).hash, verdict=Verdict.APPROVE)


def test_what_the_consultant_approved_alone_needs_the_team_too(at: AHouse) -> None:
    piece = at.a_scheduled_piece()
    change = (in_phase(at, MITMACHEN), maria(at).phase_changes("blog")[0])[1]
    assert [(one.before, one.stage, one.kept) for one in change.affected] == [(Stage.SCHEDULED, Stage.REVIEW, False)]
    approve(at, at.maria, piece)
    assert at.desk(at.maria).piece(piece.id).stage is Stage.SCHEDULED


def test_what_both_approved_goes_on_counting_by_its_hash(at: AHouse) -> None:
    in_phase(at, MITMACHEN)
    piece = at.a_piece_in_review()
    approve(at, at.sander, piece)
    approve(at, at.maria, piece)
    change = (in_phase(at, ABGEBEN), maria(at).phase_changes("blog")[0])[1]
    assert [(one.before, one.stage, one.kept) for one in change.affected] == [(Stage.APPROVED, Stage.APPROVED, True)]


def test_approved_pieces_keep_the_places_of_both_phases(at: AHouse) -> None:
    """Approved by both; when the consultant leaves, the consultant's place of the old phase is empty again."""
    in_phase(at, MITMACHEN)
    piece = at.a_piece_in_review()
    approve(at, at.sander, piece)
    approve(at, at.maria, piece)
    in_phase(at, ABGEBEN)
    maria(at).deactivate(at.sander.email)
    view = maria(at).piece(piece.id)
    assert view.stage is Stage.REVIEW
    assert [one.facts["side"] for one in view.reasons if isinstance(one, errors.ApprovalMissing)] == [Side.CONSULTANT]


def test_submitted_anew_such_a_piece_is_judged_by_the_new_phase(at: AHouse) -> None:
    in_phase(at, MITMACHEN)
    piece = at.a_piece_in_review()
    approve(at, at.sander, piece)
    approve(at, at.maria, piece)
    in_phase(at, ABGEBEN)
    maria(at).deactivate(at.sander.email)
    at.desk(at.jonas).take_back(piece.id)
    assert at.desk(at.jonas).submit(piece.id).stage is Stage.APPROVED


def test_what_is_in_review_is_judged_by_the_new_phase_alone(at: AHouse) -> None:
    in_phase(at, MITMACHEN)
    piece = at.a_piece_in_review()
    approve(at, at.maria, piece)
    assert at.desk(at.maria).piece(piece.id).stage is Stage.REVIEW
    in_phase(at, ABGEBEN)
    assert at.desk(at.maria).piece(piece.id).stage is Stage.APPROVED


def test_own_work_approved_in_mitmachen_needs_other_eyes_in_abgeben(at: AHouse) -> None:
    in_phase(at, MITMACHEN)
    piece = at.a_piece_in_review(by=at.maria)
    approve(at, at.maria, piece)
    approve(at, at.sander, piece)
    assert at.desk(at.maria).piece(piece.id).stage is Stage.APPROVED
    in_phase(at, ABGEBEN)
    assert at.desk(at.maria).piece(piece.id).stage is Stage.REVIEW


def test_a_shadow_never_becomes_binding(at: AHouse) -> None:
    piece = at.a_piece_in_review()
    approve(at, at.maria, piece)
    approve(at, at.sander, piece)
    in_phase(at, MITMACHEN)
    view = at.desk(at.maria).piece(piece.id)
    assert view.stage is Stage.REVIEW
    approve(at, at.maria, piece)
    assert at.desk(at.maria).piece(piece.id).stage is Stage.APPROVED


def test_a_decision_of_an_earlier_phase_counts_while_its_giver_has_a_place(at: AHouse) -> None:
    """Given in mitmachen, the channel goes to vormachen and back: an approver who became a reader meanwhile fills no place."""
    petra = sander(at).add_person(name="Petra", email="petra@mueller.example", side=Side.TEAM, roles={Role.APPROVER})
    in_phase(at, MITMACHEN)
    piece = at.a_piece_in_review()
    approve(at, petra, piece)
    in_phase(at, ABGEBEN)
    assert at.desk(at.maria).piece(piece.id).stage is Stage.APPROVED
    other = at.a_piece_in_review("Ein zweiter Text")
    approve(at, petra, other)
    maria(at).change_roles(petra.email, {Role.READER})
    in_phase(at, MITMACHEN)
    approve(at, at.sander, other)
    assert at.desk(at.maria).piece(other.id).stage is Stage.REVIEW


def test_who_gave_their_word_is_not_asked_to_practise_on_the_same_text(at: AHouse) -> None:
    in_phase(at, MITMACHEN)
    spoken, unspoken = at.a_piece_in_review(), at.a_piece_in_review("Ein zweiter Text")
    approve(at, at.sander, spoken)
    in_phase(at, ABGEBEN)
    assert [one.id for one in sander(at).waiting_for_me()] == [unspoken.id]


def test_the_list_before_a_switch_is_what_the_switch_does(at: AHouse) -> None:
    at.a_scheduled_piece("Geplant")
    at.an_approved_piece("Freigegeben")
    at.a_piece_in_review("In Prüfung")
    at.a_piece("Entwurf")
    sander(at).propose("blog", MITMACHEN, reason=REASON)
    before = everything(at)
    told = maria(at).affected("blog", MITMACHEN)
    assert everything(at) == before
    done = maria(at).accept("blog").change.affected
    assert [one.model_dump() for one in told] == [one.model_dump() for one in done]
    assert {one.title: one.stage for one in done} == {
        "Geplant": Stage.REVIEW,
        "Freigegeben": Stage.REVIEW,
        "In Prüfung": Stage.REVIEW,
        "Entwurf": Stage.DRAFT,
    }


def test_a_consultants_emergency_release_does_not_outlive_the_handover(at: AHouse) -> None:
    piece = at.a_piece_in_review()
    desk = at.desk(at.sander)
    desk.decide(
        piece.id, seen=desk.piece(piece.id).hash, verdict=Verdict.EMERGENCY, comment="Rückruf, und niemand ist erreichbar heute."
    )
    assert desk.schedule(piece.id, "2027-03-18T09:00").stage is Stage.SCHEDULED
    in_phase(at, ABGEBEN)
    assert maria(at).piece(piece.id).stage is Stage.REVIEW


def test_nothing_is_sent_that_the_new_phase_does_not_cover(at: AHouse) -> None:
    piece = at.a_scheduled_piece(at="2027-03-16T12:30")
    in_phase(at, MITMACHEN)
    at.clock.ahead(minutes=31)
    worker = Worker(at.house)
    with worker.alone():
        worker.round()
    row = maria(at).piece(piece.id).publication
    assert row is not None
    assert row.state is PublicationState.CANCELLED
    assert not list((at.folder / "web").glob("**/index.html"))


# -- trying a phase


def a_rehearsal_channel(at: AHouse) -> None:
    sander(at).add_channel(name="Übung", slug="uebung", outlet="rehearsal", owner=at.maria.email)
    at.desk(at.maria).agree("uebung")


def test_the_owner_plays_a_phase_where_nothing_becomes_public(at: AHouse) -> None:
    a_rehearsal_channel(at)
    assert maria(at).rehearse("uebung", ABGEBEN).phase is ABGEBEN
    piece = at.desk(at.jonas).add_piece("uebung", title="Probe", body="Ein Text zur Probe.")
    at.desk(at.jonas).submit(piece.id)
    approve(at, at.maria, piece)
    assert maria(at).piece(piece.id).stage is Stage.APPROVED
    assert maria(at).rehearse("uebung", None).phase is VORMACHEN
    assert maria(at).piece(piece.id).stage is Stage.REVIEW


def test_playing_changes_no_rights_beyond_its_channel(at: AHouse) -> None:
    a_rehearsal_channel(at)
    maria(at).rehearse("uebung", ABGEBEN)
    assert sander(at).add_person(name="Petra", email="petra@mueller.example", side=Side.TEAM, roles={Role.EDITOR})


def test_a_phase_is_tried_on_rehearsal_channels_only(at: AHouse) -> None:
    refused(at, errors.OnlyOnRehearsal, lambda: maria(at).rehearse("blog", ABGEBEN))


def test_while_a_phase_is_played_it_cannot_be_agreed_on(at: AHouse) -> None:
    a_rehearsal_channel(at)
    maria(at).rehearse("uebung", MITMACHEN)
    refused(at, errors.ChannelRehearses, lambda: sander(at).propose("uebung", ABGEBEN, reason=REASON))
    refused(at, errors.ChannelRehearses, lambda: maria(at).step_back("uebung", VORMACHEN, reason=REASON))


def test_only_the_owner_plays(at: AHouse) -> None:
    a_rehearsal_channel(at)
    refused(at, errors.NotAllowed, lambda: sander(at).rehearse("uebung", ABGEBEN))
    refused(at, errors.NothingRehearsed, lambda: maria(at).rehearse("uebung", None))


def test_a_phase_seen_in_advance_tells_who_may_what_and_why_not(at: AHouse) -> None:
    piece = at.an_approved_piece()
    seen = sander(at).what_if("blog", ABGEBEN)
    rows = {row.action: row for row in seen.rights}
    assert rows["decide"].now == [at.sander.id]
    assert rows["decide"].then == [at.maria.id]
    assert rows["shadow"].then == [at.sander.id]
    mine = {row.action: row for row in seen.mine}
    assert mine["plan"].now
    assert isinstance(mine["plan"].why, errors.NotAllowed)
    assert isinstance(mine["propose"].why, errors.NotInThisPhase)
    assert mine["hold"].why is None
    assert [one.piece for one in seen.affected] == [piece.id]
    assert seen.window_until == at.clock() + timedelta(days=30)
    assert at.channel.phase is VORMACHEN
