"""Approval: the rules 1 to 10, 12, 15, 16 and 18, at the desk."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import pytest

from pipeline import errors
from pipeline.desk.writing import Change
from pipeline.errors import Refusal
from pipeline.records import Person, Phase, Piece, PublicationState, Stage, Verdict
from tests.house import BODY, AHouse
from tests.phases import in_phase


def codes(reasons: Sequence[Refusal]) -> list[str]:
    return [reason.code for reason in reasons]


def decide(at: AHouse, person: Person, piece: Piece, verdict: Verdict = Verdict.APPROVE, comment: str = "") -> Stage:
    desk = at.desk(person)
    desk.decide(piece.id, seen=desk.piece(piece.id).hash, verdict=verdict, comment=comment)
    return desk.piece(piece.id).stage


# -- rule 7: the hash that was shown


def test_approving_a_text_that_changed_meanwhile_stores_nothing(at: AHouse) -> None:
    piece = at.a_piece_in_review()
    seen = at.desk(at.sander).piece(piece.id).hash
    at.desk(at.jonas).take_back(piece.id)
    at.desk(at.jonas).edit(piece.id, Change(body=BODY + " Mehr."))
    at.desk(at.jonas).submit(piece.id)
    with pytest.raises(errors.ApprovalIsStale):
        at.desk(at.sander).decide(piece.id, seen=seen, verdict=Verdict.APPROVE)
    after = at.desk(at.sander).piece(piece.id)
    assert (after.stage, list(after.decisions)) == (Stage.REVIEW, [])


# -- rules 2 and 3: derived, never a flag


def test_restoring_the_old_text_revives_the_approval(at: AHouse) -> None:
    piece = at.an_approved_piece()
    decide(at, at.sander, piece, Verdict.REQUEST_CHANGES, "Bitte kürzen.")
    at.desk(at.jonas).edit(piece.id, Change(body="Etwas ganz anderes."))
    at.desk(at.jonas).submit(piece.id)
    assert at.desk(at.sander).piece(piece.id).stage is Stage.REVIEW
    decide(at, at.sander, piece)
    decide(at, at.sander, piece, Verdict.REQUEST_CHANGES, "Doch zurück.")
    at.desk(at.jonas).edit(piece.id, Change(body=BODY))
    at.desk(at.jonas).submit(piece.id)
    view = at.desk(at.sander).piece(piece.id)
    assert view.hash == piece.hash
    assert codes(view.reasons) == ["ChangesRequested", "ApprovalMissing"]  # the last word on this very text was a request
    assert decide(at, at.sander, piece) is Stage.APPROVED


@pytest.mark.parametrize(
    "change",
    [
        Change(title="Anders"),
        Change(body=BODY + "!"),
        Change(slug="anders"),
        Change(excerpt="Anders."),
        Change(tags=["neu"]),
        Change(categories=["neu"]),
    ],
)
def test_everything_that_is_sent_changes_the_hash(at: AHouse, change: Change) -> None:
    piece = at.a_piece()
    assert at.desk(at.jonas).edit(piece.id, change).hash != piece.hash


@pytest.mark.parametrize("body", [BODY + "  \r\n", BODY.replace("ü", "u\u0308"), "\n" + BODY])
def test_what_looks_the_same_makes_no_revision(at: AHouse, body: str) -> None:
    piece = at.a_piece()
    again = at.desk(at.jonas).edit(piece.id, Change(body=body))
    assert (again.hash, again.revision) == (piece.hash, 1)


def test_the_planned_time_is_not_part_of_what_is_approved(at: AHouse) -> None:
    piece = at.an_approved_piece()
    planned = at.desk(at.sander).schedule(piece.id, "2027-03-20T09:00")
    assert (planned.hash, planned.stage) == (piece.hash, Stage.SCHEDULED)


# -- rule 4 and 5: places and four eyes


def test_while_the_consultant_shows_the_team_decides_as_a_shadow(at: AHouse) -> None:
    piece = at.a_piece_in_review()
    decision = at.desk(at.maria).decide(piece.id, seen=at.desk(at.maria).piece(piece.id).hash, verdict=Verdict.APPROVE)
    assert not decision.binding
    assert at.desk(at.maria).piece(piece.id).stage is Stage.REVIEW
    assert decide(at, at.sander, piece) is Stage.APPROVED


def test_a_shadow_request_for_changes_does_not_stop_the_piece(at: AHouse) -> None:
    piece = at.a_piece_in_review()
    assert decide(at, at.maria, piece, Verdict.REQUEST_CHANGES, "Die Zahl hat keine Quelle.") is Stage.REVIEW


def test_the_consultant_may_approve_own_work_while_showing(at: AHouse) -> None:
    piece = at.a_piece_in_review(by=at.sander)
    assert decide(at, at.sander, piece) is Stage.APPROVED


def test_together_both_sides_have_to_say_yes(at: AHouse) -> None:
    in_phase(at, Phase.MITMACHEN)
    piece = at.a_piece_in_review()
    assert decide(at, at.sander, piece) is Stage.REVIEW
    view = at.desk(at.maria).piece(piece.id)
    assert [(one.code, one.facts["side"]) for one in view.reasons] == [("ApprovalMissing", "team")]
    assert decide(at, at.maria, piece) is Stage.APPROVED


def test_nobody_fills_the_other_sides_place(at: AHouse) -> None:
    in_phase(at, Phase.MITMACHEN)
    piece = at.a_piece_in_review()
    decide(at, at.maria, piece)
    assert decide(at, at.maria, piece, Verdict.APPROVE, "Noch einmal.") is Stage.REVIEW


def test_in_the_end_nobody_approves_what_they_wrote(at: AHouse) -> None:
    in_phase(at, Phase.ABGEBEN)
    piece = at.a_piece_in_review(by=at.maria)
    with pytest.raises(errors.OwnWork):
        decide(at, at.maria, piece)


def test_in_the_end_nobody_approves_what_they_submitted(at: AHouse) -> None:
    in_phase(at, Phase.ABGEBEN)
    piece = at.a_piece(by=at.jonas)
    at.desk(at.maria).submit(piece.id)
    with pytest.raises(errors.OwnWork):
        decide(at, at.maria, piece)


def test_a_sole_person_needs_the_owners_waiver_and_only_while_it_runs(at: AHouse) -> None:
    in_phase(at, Phase.ABGEBEN)
    at.desk(at.maria).waive("blog", until="2027-03-31", reason="Jonas ist in Elternzeit.")
    piece = at.a_piece_in_review(by=at.maria)
    assert decide(at, at.maria, piece) is Stage.APPROVED
    at.clock.ahead(days=20)
    assert at.desk(at.maria).piece(piece.id).stage is Stage.REVIEW


def test_in_the_end_the_consultants_word_is_a_shadow_and_then_nothing(at: AHouse) -> None:
    in_phase(at, Phase.ABGEBEN)
    piece = at.a_piece_in_review()
    seen = at.desk(at.sander).piece(piece.id).hash
    assert not at.desk(at.sander).decide(piece.id, seen=seen, verdict=Verdict.APPROVE).binding
    at.clock.ahead(days=31)
    with pytest.raises(errors.NotAllowed):
        at.desk(at.sander).decide(piece.id, seen=seen, verdict=Verdict.APPROVE, comment="Noch einmal")


# -- rule 6: emergency


def test_an_emergency_release_needs_a_reason_of_twenty_characters(at: AHouse) -> None:
    in_phase(at, Phase.MITMACHEN)
    piece = at.a_piece_in_review()
    with pytest.raises(errors.ReasonTooShort):
        decide(at, at.sander, piece, Verdict.EMERGENCY, "Eilt.")
    assert decide(at, at.sander, piece, Verdict.EMERGENCY, "Rückruf der Charge 12, niemand erreichbar.") is Stage.APPROVED


def test_the_consultant_has_no_emergency_in_the_end(at: AHouse) -> None:
    in_phase(at, Phase.ABGEBEN)
    piece = at.a_piece_in_review()
    with pytest.raises(errors.NotAllowed):
        decide(at, at.sander, piece, Verdict.EMERGENCY, "Rückruf der Charge 12, niemand erreichbar.")


# -- rule 8: read-only in review, locked when approved


def test_in_review_nobody_edits_until_it_is_taken_back(at: AHouse) -> None:
    piece = at.a_piece_in_review()
    with pytest.raises(errors.InReviewIsReadOnly):
        at.desk(at.jonas).edit(piece.id, Change(title="Neu"))
    at.desk(at.jonas).take_back(piece.id)
    assert at.desk(at.jonas).edit(piece.id, Change(title="Neu")).revision == 2


def test_what_is_approved_is_locked(at: AHouse) -> None:
    piece = at.an_approved_piece()
    with pytest.raises(errors.ApprovedIsLocked):
        at.desk(at.jonas).edit(piece.id, Change(title="Neu"))
    with pytest.raises(errors.ApprovedIsLocked):
        at.desk(at.jonas).take_back(piece.id)


def test_an_approver_takes_the_yes_back_until_it_is_sent(at: AHouse) -> None:
    piece = at.a_scheduled_piece()
    assert decide(at, at.sander, piece, Verdict.REQUEST_CHANGES, "Eine Zahl stimmt nicht.") is Stage.DRAFT
    row = at.desk(at.sander).piece(piece.id).publication
    assert row is not None
    assert row.state is PublicationState.CANCELLED


# -- rules 9 and 10


def test_requesting_changes_and_rejecting_need_words(at: AHouse) -> None:
    piece = at.a_piece_in_review()
    for verdict in (Verdict.REQUEST_CHANGES, Verdict.REJECT):
        with pytest.raises(errors.CommentNeeded):
            decide(at, at.sander, piece, verdict)


def test_a_rejection_ends_the_piece(at: AHouse) -> None:
    piece = at.a_piece_in_review()
    assert decide(at, at.sander, piece, Verdict.REJECT, "Passt nicht zu uns.") is Stage.REJECTED
    with pytest.raises(errors.PieceIsOver):
        at.desk(at.jonas).edit(piece.id, Change(title="Neu"))


def test_a_hold_beats_every_approval_and_is_lifted_by_the_same_side_or_the_owner(at: AHouse) -> None:
    piece = at.an_approved_piece()
    decide(at, at.maria, piece, Verdict.HOLD)
    with pytest.raises(errors.MayNotPublish) as refused:
        at.desk(at.sander).publish(piece.id)
    assert [one.code for one in refused.value.facts["reasons"]] == ["Held"]  # type: ignore[attr-defined]
    with pytest.raises(errors.HoldIsOthers):
        decide(at, at.sander, piece, Verdict.RELEASE)
    decide(at, at.maria, piece, Verdict.RELEASE)
    assert at.desk(at.sander).publish(piece.id).stage is Stage.SCHEDULED


# -- rule 12: expiry and missed slots


def test_an_approval_runs_out_after_thirty_days_and_one_click_renews_it(at: AHouse) -> None:
    piece = at.an_approved_piece()
    at.clock.ahead(days=30)
    view = at.desk(at.sander).piece(piece.id)
    assert (view.stage, codes(view.reasons)) == (Stage.REVIEW, ["ApprovalExpired"])
    assert decide(at, at.sander, piece) is Stage.APPROVED


def test_an_approval_does_not_outlive_its_slot_by_more_than_three_days(at: AHouse) -> None:
    piece = at.a_scheduled_piece(at="2027-03-18T09:00")
    at.desk(at.sander).pause("blog")
    at.clock.ahead(days=6)
    assert "ApprovalExpired" in codes(at.desk(at.sander).piece(piece.id).reasons)


def test_a_slot_that_passes_undecided_is_missed_and_nothing_goes_out_by_itself(at: AHouse) -> None:
    piece = at.a_piece_in_review()
    at.desk(at.sander).schedule(piece.id, "2027-03-17T09:00")
    at.clock.ahead(days=1)
    assert [one.id for one in at.desk(at.sander).pieces(stages=[Stage.MISSED]).pieces] == [piece.id]
    decide(at, at.sander, piece)
    view = at.desk(at.sander).piece(piece.id)
    assert (view.stage, view.publication) == (Stage.MISSED, None)
    assert at.desk(at.sander).schedule(piece.id, "2027-03-19T09:00").stage is Stage.SCHEDULED


# -- rule 15: leaving


def test_a_leaving_consultants_approval_of_unpublished_pieces_is_void(at: AHouse) -> None:
    piece = at.a_scheduled_piece()
    left = at.desk(at.maria).deactivate(at.sander.email)
    assert left.voided == [piece.id]
    view = at.desk(at.maria).piece(piece.id)
    assert (view.stage, view.publication and view.publication.state) == (Stage.REVIEW, PublicationState.CANCELLED)
    with pytest.raises(errors.PersonHasLeft):
        at.desk(at.sander).piece(piece.id)


# -- rule 4a: the start agreement


def test_nothing_leaves_before_the_owner_has_accepted_the_office(at: AHouse) -> None:
    piece = at.an_approved_piece()
    at.desk(at.sander).change_owner("blog", owner=at.jonas.email)
    with pytest.raises(errors.MayNotPublish) as refused:
        at.desk(at.sander).publish(piece.id)
    assert [one.code for one in refused.value.facts["reasons"]] == ["AgreementMissing"]  # type: ignore[attr-defined]
    with pytest.raises(errors.NotTheOwner):
        at.desk(at.maria).agree("blog")
    at.desk(at.jonas).agree("blog")
    assert at.desk(at.sander).publish(piece.id).stage is Stage.SCHEDULED


def test_the_start_agreement_ends(at: AHouse) -> None:
    at.clock.ahead(days=91)
    piece = at.an_approved_piece()
    assert codes(at.desk(at.sander).piece(piece.id).reasons) == ["AgreementExpired"]
    assert codes(at.desk(at.maria).channels()[0].problems) == ["AgreementExpired"]


def test_a_shared_channel_does_not_ask_for_the_start_agreement_any_more(at: AHouse) -> None:
    in_phase(at, Phase.MITMACHEN)
    at.clock.ahead(days=91)
    assert codes(at.desk(at.maria).channels()[0].problems) == []


# -- once is once


def test_the_same_click_twice_is_one_decision(at: AHouse) -> None:
    piece = at.a_piece_in_review()
    seen = at.desk(at.sander).piece(piece.id).hash
    first = at.desk(at.sander).decide(piece.id, seen=seen, verdict=Verdict.APPROVE)
    second = at.desk(at.sander).decide(piece.id, seen=seen, verdict=Verdict.APPROVE)
    assert first.id == second.id
    assert len(at.desk(at.sander).piece(piece.id).decisions) == 1


def test_publishing_twice_makes_one_row(at: AHouse) -> None:
    piece = at.an_approved_piece()
    first = at.desk(at.sander).publish(piece.id)
    second = at.desk(at.sander).publish(piece.id)
    assert first.publication == second.publication


def test_gaps_are_a_reason(at: AHouse) -> None:
    piece = at.a_piece(body=BODY + "\n\n[[Zahl aus dem Bericht]]")
    at.desk(at.jonas).submit(piece.id)
    decide(at, at.sander, piece)
    assert codes(at.desk(at.sander).piece(piece.id).reasons) == ["GapsLeft"]


# -- delegation (rule 14)


def test_a_deputy_decides_on_behalf_for_that_time_only(at: AHouse) -> None:
    in_phase(at, Phase.MITMACHEN)
    piece = at.a_piece_in_review(by=at.sander)
    at.desk(at.maria).delegate(to=at.jonas.email, until="2027-03-20")
    decision = at.desk(at.jonas).decide(piece.id, seen=piece.hash, verdict=Verdict.APPROVE)
    assert (decision.binding, decision.on_behalf_of) == (True, at.maria.id)
    at.clock.ahead(days=10)
    other = at.a_piece_in_review("Zweiter Beitrag", by=at.sander)
    with pytest.raises(errors.NotAllowed):
        at.desk(at.jonas).decide(other.id, seen=other.hash, verdict=Verdict.APPROVE)


@pytest.mark.parametrize(("until", "refusal"), [("2027-06-30", errors.DelegationTooLong), ("2027-03-15", errors.TimeIsPast)])
def test_a_delegation_ends_within_sixty_days_and_not_in_the_past(at: AHouse, until: str, refusal: type[Refusal]) -> None:
    with pytest.raises(refusal):
        at.desk(at.maria).delegate(to=at.jonas.email, until=until)


def test_a_delegation_neither_crosses_sides_nor_is_passed_on(at: AHouse) -> None:
    with pytest.raises(errors.DelegationAcrossSides):
        at.desk(at.maria).delegate(to=at.sander.email, until="2027-03-20")
    at.desk(at.maria).delegate(to=at.jonas.email, until="2027-03-20")
    with pytest.raises(errors.DelegationChain):
        at.desk(at.jonas).delegate(to=at.maria.email, until="2027-03-20")


# -- the audit chain


def test_every_verb_leaves_one_entry_and_the_chain_holds(at: AHouse) -> None:
    piece = at.a_scheduled_piece()
    acts = [event.act for event in reversed(at.desk(at.sander).events(piece=piece.id))]
    assert acts == ["piece.add", "piece.submit", "decide.approve", "piece.schedule"]
    audit = at.desk(at.sander).verify_audit()
    assert (audit.broken, len(audit.head)) == ([], 64)


def test_expired_means_expired_at_the_very_moment(at: AHouse) -> None:
    piece = at.an_approved_piece()
    at.clock.now += timedelta(days=30) - timedelta(seconds=1)
    assert at.desk(at.sander).piece(piece.id).stage is Stage.APPROVED
    at.clock.ahead(seconds=1)
    assert at.desk(at.sander).piece(piece.id).stage is Stage.REVIEW
