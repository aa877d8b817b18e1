"""Ways around the rules that somebody could think of, each closed."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from pipeline import errors
from pipeline.desk.act import Act
from pipeline.desk.writing import Change
from pipeline.records import LinkCard, Person, Phase, Piece, Publication, PublicationState, Role, Side, Stage, Verdict
from tests.house import AHouse
from tests.phases import in_phase

URGENT = "Rückruf der Charge 12, niemand ist erreichbar."


def decide(at: AHouse, person: Person, piece: Piece, verdict: Verdict = Verdict.APPROVE, comment: str = "") -> Stage:
    desk = at.desk(person)
    desk.decide(piece.id, seen=desk.piece(piece.id).hash, verdict=verdict, comment=comment)
    return desk.piece(piece.id).stage


def stored(at: AHouse, piece: Piece) -> Stage:
    """As lists show it."""
    with at.house.store.read(at.client.id) as view:
        found = view.get(Piece, piece.id)
    assert found is not None
    return found.stage


def two_team_places(at: AHouse) -> None:
    with at.house.store.tx() as t:
        policy = at.client.policy.model_copy(update={"team_places": 2})
        t.put(at.client.model_copy(update={"policy": policy}))


# -- places


def test_who_is_stood_in_for_fills_no_second_place(at: AHouse) -> None:
    in_phase(at, Phase.ABGEBEN)
    two_team_places(at)
    eva = at.desk(at.maria).add_person(name="Eva", email="eva@mueller.example", side=Side.TEAM, roles={Role.READER})
    at.desk(at.maria).delegate(to=eva.email, until="2027-03-20")
    piece = at.a_piece_in_review()
    assert decide(at, at.maria, piece) is Stage.REVIEW
    assert decide(at, eva, piece) is Stage.REVIEW
    ida = at.desk(at.maria).add_person(name="Ida", email="ida@mueller.example", side=Side.TEAM, roles={Role.APPROVER})
    assert decide(at, ida, piece) is Stage.APPROVED


def test_what_the_consultant_released_in_an_emergency_does_not_outlive_the_handover(at: AHouse) -> None:
    in_phase(at, Phase.MITMACHEN)
    piece = at.a_piece_in_review()
    assert decide(at, at.sander, piece, Verdict.EMERGENCY, URGENT) is Stage.APPROVED
    in_phase(at, Phase.ABGEBEN)
    assert [one.code for one in at.desk(at.maria).piece(piece.id).reasons] == ["ApprovalMissing"]


def test_a_practice_word_is_no_answer_once_the_word_counts(at: AHouse) -> None:
    piece = at.a_piece_in_review()
    decide(at, at.maria, piece)
    assert at.desk(at.maria).waiting_for_me() == []
    in_phase(at, Phase.MITMACHEN)
    assert [one.id for one in at.desk(at.maria).waiting_for_me()] == [piece.id]
    decide(at, at.maria, piece)
    assert decide(at, at.sander, piece) is Stage.APPROVED


# -- holds


def test_lifting_the_own_sides_hold_leaves_the_other_sides(at: AHouse) -> None:
    at.desk(at.sander).change_owner("blog", owner=at.jonas.email)  # so that Maria is not the owner, who lifts all
    at.desk(at.jonas).agree("blog")
    piece = at.an_approved_piece()
    decide(at, at.sander, piece, Verdict.HOLD)
    decide(at, at.maria, piece, Verdict.HOLD)
    decide(at, at.sander, piece, Verdict.RELEASE)
    assert [one.code for one in at.desk(at.sander).piece(piece.id).reasons] == ["Held"]
    with pytest.raises(errors.HoldIsOthers):
        decide(at, at.sander, piece, Verdict.RELEASE)
    decide(at, at.maria, piece, Verdict.RELEASE)
    assert at.desk(at.sander).piece(piece.id).reasons == []


def test_the_owner_lifts_every_hold(at: AHouse) -> None:
    piece = at.an_approved_piece()
    decide(at, at.sander, piece, Verdict.HOLD)
    decide(at, at.maria, piece, Verdict.RELEASE)
    assert at.desk(at.sander).piece(piece.id).reasons == []


# -- leaving


def test_a_leaving_consultants_emergency_release_is_void_too(at: AHouse) -> None:
    in_phase(at, Phase.MITMACHEN)
    piece = at.a_piece_in_review()
    decide(at, at.sander, piece, Verdict.EMERGENCY, URGENT)
    at.desk(at.maria).schedule(piece.id, "2027-03-18T09:00")
    assert at.desk(at.maria).deactivate(at.sander.email).voided == [piece.id]
    assert stored(at, piece) is Stage.REVIEW


def test_a_leaving_consultants_change_request_blocks_nobody_any_more(at: AHouse) -> None:
    in_phase(at, Phase.MITMACHEN)
    colleague = at.desk(at.sander).add_person(
        name="Uwe", email="uwe@beratung.example", side=Side.CONSULTANT, roles={Role.APPROVER}
    )
    piece = at.a_piece_in_review()
    decide(at, colleague, piece)
    decide(at, at.maria, piece)
    decide(at, at.sander, piece, Verdict.REQUEST_CHANGES, "Bitte kürzen.")
    at.desk(at.jonas).submit(piece.id)
    assert stored(at, piece) is Stage.REVIEW
    assert at.desk(at.maria).deactivate(at.sander.email).voided == []
    assert stored(at, piece) is Stage.APPROVED


def test_who_left_sees_nothing_more(at: AHouse) -> None:
    desk = at.desk(at.jonas)
    piece = at.a_piece()
    at.desk(at.maria).deactivate(at.jonas.email)
    for look in (desk.client, desk.counts, desk.pieces, desk.people, desk.channels, desk.events, desk.briefs, desk.sources):
        with pytest.raises(errors.PersonHasLeft):
            look()
    with pytest.raises(errors.PersonHasLeft):
        desk.rendered(piece.id)


def test_the_last_person_in_charge_stays(at: AHouse) -> None:
    in_phase(at, Phase.ABGEBEN)
    with pytest.raises(errors.NobodyLeftInCharge):
        at.desk(at.maria).deactivate(at.maria.email)
    assert at.desk(at.maria).myself().is_active
    at.desk(at.maria).add_person(name="Eva", email="eva@mueller.example", side=Side.TEAM, roles={Role.OWNER})
    assert not at.desk(at.maria).deactivate(at.maria.email).person.is_active


def test_an_office_given_away_and_back_is_accepted_anew(at: AHouse) -> None:
    piece = at.an_approved_piece()
    for owner in (at.jonas, at.maria):
        at.desk(at.sander).change_owner("blog", owner=owner.email)
    assert [one.code for one in at.desk(at.sander).piece(piece.id).reasons] == ["AgreementMissing"]


def test_the_newest_of_many_delegations_counts(at: AHouse) -> None:
    in_phase(at, Phase.MITMACHEN)
    piece = at.a_piece_in_review(by=at.sander)
    for _ in range(101):
        at.desk(at.maria).delegate(to=at.jonas.email, until="2027-03-16")
    at.clock.ahead(days=1)
    at.desk(at.maria).delegate(to=at.jonas.email, until="2027-03-20")
    assert at.desk(at.jonas).decide(piece.id, seen=piece.hash, verdict=Verdict.APPROVE).binding


# -- stages that lists show


def test_another_address_of_the_channel_sends_what_was_approved_back_to_review(at: AHouse) -> None:
    piece = at.a_scheduled_piece()
    at.desk(at.sander).change_settings("blog", {"base_url": "https://www.andere.example/blog"})
    assert stored(at, piece) is Stage.REVIEW
    view = at.desk(at.sander).piece(piece.id)
    assert view.publication is not None
    assert view.publication.state is PublicationState.CANCELLED
    assert [one.code for one in view.reasons] == ["DisplayChanged"]
    assert [one.id for one in at.desk(at.sander).waiting_for_me()] == [piece.id]
    assert decide(at, at.sander, piece) is Stage.SCHEDULED


def test_an_approval_that_ran_out_waits_for_its_giver_again(at: AHouse) -> None:
    piece = at.an_approved_piece()
    at.clock.ahead(days=30)
    assert [one.id for one in at.desk(at.sander).waiting_for_me()] == [piece.id]


def test_many_answered_pieces_do_not_hide_the_one_that_waits(at: AHouse) -> None:
    in_phase(at, Phase.MITMACHEN)
    for number in range(65):
        decide(at, at.sander, at.a_piece_in_review(f"Beitrag {number}"))
    waiting = at.a_piece_in_review("Der wartende")
    assert [one.id for one in at.desk(at.sander).waiting_for_me()] == [waiting.id]


def test_a_waiver_that_ran_out_shows_in_lists(at: AHouse) -> None:
    in_phase(at, Phase.ABGEBEN)
    at.desk(at.maria).waive("blog", until="2027-03-20", reason="Jonas ist in Elternzeit.")
    piece = at.a_piece_in_review(by=at.maria)
    assert decide(at, at.maria, piece) is Stage.APPROVED
    at.clock.ahead(days=5)
    assert [one.id for one in at.desk(at.maria).pieces(stages=[Stage.REVIEW]).pieces] == [piece.id]


def test_an_emergency_release_that_ran_out_shows_in_lists(at: AHouse) -> None:
    in_phase(at, Phase.MITMACHEN)
    piece = at.a_piece_in_review()
    decide(at, at.sander, piece, Verdict.EMERGENCY, URGENT)
    at.clock.ahead(days=31)
    assert [one.id for one in at.desk(at.maria).pieces(stages=[Stage.REVIEW]).pieces] == [piece.id]


@pytest.mark.parametrize(("verdict", "stage"), [(Verdict.REQUEST_CHANGES, Stage.DRAFT), (Verdict.REJECT, Stage.REJECTED)])
def test_a_word_on_a_piece_that_was_too_late_is_where_it_stands_then(at: AHouse, verdict: Verdict, stage: Stage) -> None:
    piece = too_late(at)
    assert decide(at, at.sander, piece, verdict, "Das ist überholt.") is stage
    assert stored(at, piece) is stage


def test_withdrawn_after_being_too_late_leaves_nothing_to_settle(at: AHouse) -> None:
    piece = too_late(at)
    at.desk(at.sander).withdraw(piece.id, reason="Überholt.")
    with pytest.raises(errors.NothingToSettle):
        at.desk(at.sander).is_there(piece.id, "https://www.mueller.example/blog/x/")


def too_late(at: AHouse) -> Piece:
    """The gate found it more than a day after its slot, as after a weekend without the worker."""
    piece = at.a_scheduled_piece()
    at.clock.ahead(days=4)
    with at.house.store.tx(at.client.id) as t:
        act = Act(at.house, t, me=None, actor="worker")
        row = t.get(Publication, piece.publication or "")
        assert row is not None
        t.put(row.model_copy(update={"state": PublicationState.ATTENTION, "reason": "TooLate"}))
        act.settle(act.find(Piece, piece.id))
    assert stored(at, piece) is Stage.MISSED
    return piece


# -- the hash


def test_order_and_description_of_images_and_the_link_card_are_part_of_what_is_approved(at: AHouse) -> None:
    desk = at.desk(at.jonas)
    first, second = (desk.add_image(a_picture(colour), f"{colour}.png", alt="Werkstatt") for colour in ("red", "blue"))
    piece = at.a_piece()
    hashes = [
        desk.edit(piece.id, change).hash
        for change in (
            Change(images=[first, second]),
            Change(images=[second, first]),
            Change(images=[second, first.model_copy(update={"alt": "Halle"})]),
            Change(images=[second]),
            Change(link=LinkCard(url="https://www.mueller.example/")),
        )
    ]
    assert len({piece.hash, *hashes}) == 6


def a_picture(colour: str) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (400, 300), colour).save(out, "PNG")
    return out.getvalue()
