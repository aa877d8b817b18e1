"""Each condition at its edge: just met, just not, too few to say."""

from __future__ import annotations

from datetime import timedelta

import pytest

from handover.readiness.conditions import CODES, Credential, conditions, phase_at
from handover.readiness.ledger import Ledger
from pipeline.records import Phase, ReadinessPolicy, Verdict
from tests.handover.chain import BERLIN, JONAS, MARIA, NORA, SANDER, Chain, pieces, told


@pytest.fixture
def chain() -> Chain:
    return Chain().channel()


def judged(chain: Chain, number: int, *, by: str = MARIA, begin: str = "p", binding: bool = False) -> None:
    for piece in pieces(number, begin):
        chain.piece(piece)
        chain.submit(piece)
        chain.decide(piece, by, binding=binding)


# -- decisions


@pytest.mark.parametrize(("number", "met"), [(7, False), (8, True)])
def test_eight_decisions_of_the_team_are_asked(chain: Chain, number: int, met: bool) -> None:
    judged(chain, number)
    measured = chain.measured("decisions")
    assert told(measured) == (number, number, met)
    assert measured is not None
    assert list(measured.pieces) == list(pieces(number))


def test_the_same_word_on_the_same_text_is_one_decision(chain: Chain) -> None:
    judged(chain, 1)
    chain.decide("p0", MARIA, Verdict.REQUEST_CHANGES, binding=False)
    chain.decide("p0", MARIA, binding=False)
    assert told(chain.measured("decisions"))[0] == 1
    chain.decide("p0", NORA, binding=False)
    assert told(chain.measured("decisions"))[0] == 2


@pytest.mark.parametrize("verdict", [Verdict.HOLD, Verdict.RELEASE, Verdict.EMERGENCY])
def test_holding_and_emergencies_are_no_decision_on_a_text(chain: Chain, verdict: Verdict) -> None:
    judged(chain, 1, by=SANDER)
    chain.decide("p0", MARIA, verdict)
    assert told(chain.measured("decisions"))[0] == 0


def test_what_is_older_than_the_window_does_not_count(chain: Chain) -> None:
    judged(chain, 3)
    chain.ahead(days=42)
    assert told(chain.measured("decisions"))[0] == 3
    chain.ahead(seconds=1)
    assert told(chain.measured("decisions"))[0] == 0


def test_what_was_practised_in_an_earlier_phase_says_nothing_about_this_one(chain: Chain) -> None:
    judged(chain, 8)
    chain.ahead(hours=1)
    chain.note("channel.accept", "blog", MARIA, before="vormachen", phase="mitmachen")
    assert told(chain.measured("decisions")) == (0, 0, False)
    chain.ahead(hours=1)
    judged(chain, 8, begin="q", binding=True)
    assert told(chain.measured("decisions")) == (8, 8, True)


def test_the_future_is_not_seen(chain: Chain) -> None:
    judged(chain, 8)
    ledger, before = chain.ledger(), chain.now - timedelta(seconds=1)
    found = conditions(ledger, "blog", ReadinessPolicy(), now=before)
    assert [(one.condition.measured, one.condition.n) for one in found if one.code == "decisions"] == [(0, 0)]
    assert (phase_at(ledger, "blog", before), phase_at(ledger, "blog", chain.now)) == (None, Phase.VORMACHEN)


# -- agreement


def both_judged(chain: Chain, same: int, different: int) -> None:
    judged(chain, same + different)
    for number, piece in enumerate(pieces(same + different)):
        chain.decide(piece, SANDER, Verdict.APPROVE_WITH_NOTE if number < same else Verdict.REQUEST_CHANGES)


@pytest.mark.parametrize(("same", "different", "met"), [(9, 1, True), (8, 1, False), (4, 0, None), (5, 0, True)])
def test_both_sides_agree_on_nine_of_ten_texts(chain: Chain, same: int, different: int, met: bool | None) -> None:
    both_judged(chain, same, different)
    measured = chain.measured("agreement")
    assert told(measured) == (same / (same + different), same + different, met)
    assert measured is not None
    assert list(measured.against) == list(pieces(same + different))[same:]


def test_only_the_first_word_of_each_side_is_compared(chain: Chain) -> None:
    both_judged(chain, 5, 5)
    for piece in pieces(10):
        chain.decide(piece, MARIA, Verdict.REJECT, binding=False)
        chain.decide(piece, NORA, Verdict.REJECT, binding=False)
        chain.decide(piece, SANDER)
    assert told(chain.measured("agreement")) == (0.5, 10, False)


def test_words_on_different_texts_are_not_compared(chain: Chain) -> None:
    judged(chain, 5)
    for piece in pieces(5):
        chain.decide(piece, SANDER, revision=2)
    assert told(chain.measured("agreement")) == (None, 0, None)


def test_once_the_channel_is_given_away_the_consultants_practice_shows_drift() -> None:
    chain = Chain().channel(phase=Phase.ABGEBEN)
    judged(chain, 6, binding=True)
    for number, piece in enumerate(pieces(6)):
        chain.decide(piece, SANDER, Verdict.APPROVE if number else Verdict.REQUEST_CHANGES, binding=False)
    measured = chain.measured("agreement")
    assert measured is not None
    assert (measured.condition.n, measured.condition.met, list(measured.against)) == (6, False, ["p0"])


# -- time to decision


def decided_after(chain: Chain, *hours: float) -> None:
    """The team's first word so long after each submission."""
    begin = chain.now
    for number, waited in enumerate(hours):
        chain.now = begin
        chain.piece(f"p{number}")
        chain.submit(f"p{number}")
        chain.ahead(hours=waited).decide(f"p{number}", MARIA, binding=False)
    chain.now = begin + timedelta(hours=max(hours, default=0))


@pytest.mark.parametrize(
    ("hours", "measured", "met"),
    [
        ((1, 2, 3, 4, 5), 3, True),
        ((1, 2, 3, 4), 2.5, None),
        ((3 * 24, 3 * 24, 3 * 24, 1, 1), 24, True),  # three days of eight hours
        ((3 * 24 + 1, 3 * 24 + 1, 3 * 24 + 1, 1, 1), 25, False),
        ((4 * 24 + 8, 7 * 24, 7 * 24, 7 * 24, 1), 40, False),  # over the weekend, from Monday to Monday
    ],
)
def test_the_team_decides_within_24_working_hours(
    chain: Chain, hours: tuple[float, ...], measured: float, met: bool | None
) -> None:
    decided_after(chain, *hours)
    found = chain.measured("time_to_decision")
    assert told(found) == (measured, len(hours), met)
    assert found is not None
    assert len(found.against) == (sum(waited > 3 * 24 for waited in hours))


def test_what_still_waits_counts_once_it_has_waited_too_long(chain: Chain) -> None:
    for piece in pieces(5):
        chain.piece(piece)
        chain.submit(piece)
    chain.ahead(days=3)
    assert told(chain.measured("time_to_decision")) == (None, 0, None)
    chain.ahead(hours=1)
    measured = chain.measured("time_to_decision")
    assert told(measured) == (25, 5, False)
    assert measured is not None
    assert list(measured.against) == list(pieces(5))


def test_what_waited_then_is_seen_as_waiting_though_it_left_review_later(chain: Chain) -> None:
    for piece in pieces(5):
        chain.piece(piece)
        chain.submit(piece)
    then = chain.ahead(days=4).now
    for piece in pieces(5):
        chain.ahead(hours=1).note("piece.withdraw", piece, JONAS)
    found = {one.code: one for one in conditions(chain.ledger(), "blog", ReadinessPolicy(), now=then)}
    assert told(found["time_to_decision"]) == (32, 5, False)
    assert told(chain.measured("time_to_decision")) == (None, 0, None)


def out_of_review(chain: Chain, piece: str, how: str) -> None:
    match how:
        case "sent back":
            chain.decide(piece, SANDER, Verdict.REQUEST_CHANGES)
        case "approved":
            chain.decide(piece, SANDER)
        case "emergency":
            chain.decide(piece, SANDER, Verdict.EMERGENCY)
        case _:
            chain.note(how, piece, JONAS)


@pytest.mark.parametrize("how", ["piece.take_back", "piece.withdraw", "sent back", "approved", "emergency"])
def test_what_left_review_without_the_team_waits_for_nobody(chain: Chain, how: str) -> None:
    for piece in pieces(5):
        chain.piece(piece)
        chain.submit(piece)
        out_of_review(chain, piece, how)
    chain.ahead(days=7)
    assert told(chain.measured("time_to_decision")) == (None, 0, None)


def test_where_both_have_to_decide_the_consultants_yes_does_not_end_the_waiting() -> None:
    chain = Chain().channel(phase=Phase.MITMACHEN)
    for piece in pieces(5):
        chain.piece(piece)
        chain.submit(piece)
        chain.decide(piece, SANDER)
    chain.ahead(days=7)
    assert told(chain.measured("time_to_decision")) == (40, 5, False)


def test_a_text_that_the_team_has_approved_already_waits_for_nobody(chain: Chain) -> None:
    chain.piece("p0")
    chain.submit("p0")
    chain.ahead(hours=1).decide("p0", MARIA, binding=False)
    chain.note("piece.take_back", "p0", JONAS)
    chain.submit("p0")
    chain.ahead(days=7)
    assert told(chain.measured("time_to_decision"))[:2] == (1, 1)


# -- missed slots


def slots(chain: Chain, kept: int, missed: int) -> None:
    for number, piece in enumerate(pieces(kept + missed)):
        chain.piece(piece)
        chain.submit(piece)
        chain.schedule(piece, chain.now + timedelta(hours=1))
        chain.ahead(hours=1)
        if number < kept:
            chain.confirm(piece)
        else:
            chain.note("piece.missed", piece, "clock", before="review")


@pytest.mark.parametrize(("kept", "missed", "met"), [(19, 1, True), (18, 1, False), (4, 0, None), (5, 0, True), (0, 0, None)])
def test_one_slot_of_twenty_may_lack_a_decision(chain: Chain, kept: int, missed: int, met: bool | None) -> None:
    slots(chain, kept, missed)
    measured = chain.measured("missed_slots")
    assert told(measured) == (missed / (kept + missed) if kept + missed else None, kept + missed, met)
    assert measured is not None
    assert len(measured.against) == missed


@pytest.mark.parametrize("act", ["publication.trouble", "publication.attention"])
def test_a_slot_the_channel_spoilt_did_not_lack_a_decision(chain: Chain, act: str) -> None:
    chain.piece("p0")
    chain.submit("p0")
    chain.schedule("p0", chain.now + timedelta(hours=1))
    chain.ahead(hours=2).note(act, "p0", "worker", publication="r", reason="TooLate")
    chain.confirm("p0")
    assert told(chain.measured("missed_slots"))[:2] == (0, 1)


def test_a_slot_that_was_moved_or_given_up_in_time_did_not_come_due(chain: Chain) -> None:
    for piece, act in (("p0", "piece.unschedule"), ("p1", "piece.publish")):
        chain.piece(piece)
        chain.submit(piece)
        chain.schedule(piece, chain.now + timedelta(hours=5))
        chain.note(act, piece, SANDER)
        chain.confirm(piece)
    chain.ahead(hours=6)
    assert told(chain.measured("missed_slots"))[1] == 0


def test_a_missed_slot_is_missed_once_and_the_next_one_is_another(chain: Chain) -> None:
    slots(chain, 0, 1)
    chain.schedule("p0", chain.now + timedelta(hours=1))
    chain.ahead(hours=1).confirm("p0")
    assert told(chain.measured("missed_slots"))[:2] == (0.5, 2)


# -- deciders


def test_who_is_stood_in_for_has_not_decided(chain: Chain) -> None:
    judged(chain, 3)
    assert told(chain.measured("deciders")) == (1, 3, False)
    chain.decide("p0", NORA, binding=False, stood_in_for=MARIA)
    assert told(chain.measured("deciders")) == (2, 4, True)


def test_who_has_left_is_no_decider_any_more(chain: Chain) -> None:
    judged(chain, 3)
    chain.decide("p0", NORA, binding=False)
    chain.ahead(hours=1).note("person.deactivate", NORA, MARIA)
    assert told(chain.measured("deciders")) == (1, 4, False)
    assert told(chain.measured("decisions"))[0] == 4


# -- drafts of the team


@pytest.mark.parametrize(("team", "consultant", "met"), [(3, 3, True), (3, 4, False), (4, 0, None)])
def test_half_of_the_drafts_are_begun_by_the_team(chain: Chain, team: int, consultant: int, met: bool | None) -> None:
    for number, piece in enumerate(pieces(team + consultant)):
        chain.submit(chain.piece(piece, JONAS if number < team else SANDER))
    measured = chain.measured("team_drafts")
    assert told(measured) == (team / (team + consultant), team + consultant, met)
    assert measured is not None
    assert list(measured.against) == list(pieces(team + consultant))[team:]


# -- rewritten


def rewritten(chain: Chain, *changed: int) -> None:
    """Drafts of 100 words, handed in, edited by the consultant and approved."""
    for number, words in enumerate(changed):
        piece = chain.piece(f"p{number}")
        chain.submit(piece)
        chain.note("piece.take_back", piece, SANDER)
        chain.edit(piece, SANDER, written=words, gone=words // 2)
        chain.submit(piece, SANDER, revision=2)
        chain.decide(piece, SANDER, revision=2)


@pytest.mark.parametrize(
    ("changed", "share", "met"),
    [
        ((15, 15, 15, 15, 15), 0.15, True),
        ((15, 15, 15, 15, 16), 0.152, False),
        ((0, 0, 0, 0), 0.0, None),
        ((500, 0, 0, 0, 0), 0.2, False),  # nobody is charged for more than the whole text
    ],
)
def test_the_consultant_changes_at_most_fifteen_of_a_hundred_words(
    chain: Chain, changed: tuple[int, ...], share: float, met: bool | None
) -> None:
    rewritten(chain, *changed)
    found = chain.measured("rewritten")
    measured, n, is_met = told(found)
    assert (n, is_met) == (len(changed), met)
    assert measured == pytest.approx(share)
    assert found is not None
    assert len(found.against) == sum(words > 15 for words in changed)


def test_only_what_the_consultant_changed_after_the_team_handed_it_in_counts(chain: Chain) -> None:
    for piece in pieces(5):
        chain.piece(piece)
        chain.edit(piece, SANDER, written=50)  # together, while it is a draft
        chain.edit(piece, JONAS, written=30)
        chain.submit(piece)
        chain.edit(piece, SANDER, written=3, gone=10)
        chain.edit(piece, JONAS, written=40)
        chain.decide(piece, SANDER)
        chain.edit(piece, SANDER, written=80)  # nobody has approved this yet
    assert told(chain.measured("rewritten")) == (0.1, 5, True)


@pytest.mark.parametrize(
    ("verdict", "binding", "approved"),
    [
        (Verdict.APPROVE_WITH_NOTE, True, 1), (Verdict.EMERGENCY, True, 1), (Verdict.REQUEST_CHANGES, True, 0),
        (Verdict.REJECT, True, 0), (Verdict.APPROVE, False, 0),
    ],
)  # fmt: skip
def test_a_draft_is_judged_once_it_is_approved(chain: Chain, verdict: Verdict, binding: bool, approved: int) -> None:
    chain.piece("p0")
    chain.submit("p0")
    chain.decide("p0", MARIA, verdict, binding=binding)
    assert told(chain.measured("rewritten"))[1] == approved


def test_if_the_consultant_hands_it_in_all_since_the_teams_last_revision_counts(chain: Chain) -> None:
    for piece in pieces(5):
        chain.piece(piece)
        chain.edit(piece, SANDER, written=50)
        chain.edit(piece, JONAS, written=1, words=200)
        chain.edit(piece, SANDER, written=20)
        chain.submit(piece, SANDER)
        chain.decide(piece, SANDER)
    assert told(chain.measured("rewritten")) == (0.1, 5, True)


def test_drafts_of_the_consultant_and_texts_nobody_counted_are_left_out(chain: Chain) -> None:
    chain.published("p0", SANDER)
    chain.note("piece.add", "p1", JONAS, channel="blog", revision=1, hash="p1-1")  # of an older version
    chain.submit("p1")
    chain.decide("p1", SANDER)
    assert told(chain.measured("rewritten")) == (None, 0, None)


# -- corrections and emergencies


@pytest.mark.parametrize(
    ("public", "corrected", "released", "met"),
    [(20, 1, 0, True), (19, 1, 0, False), (40, 1, 1, True), (39, 1, 1, False), (4, 0, 0, None), (5, 0, 0, True)],
)
def test_one_publication_of_twenty_may_need_a_correction_or_an_emergency(
    chain: Chain, public: int, corrected: int, released: int, met: bool | None
) -> None:
    names = [chain.published(piece) for piece in pieces(public)]
    for piece in names[:corrected]:
        chain.note("piece.corrected", piece, MARIA)
    for piece in names[corrected : corrected + released]:
        for _ in range(2):  # said twice about the same text it is one
            chain.decide(piece, MARIA, Verdict.EMERGENCY)
    measured = chain.measured("corrections")
    assert told(measured) == ((corrected + released) / public, public, met)
    assert measured is not None
    assert list(measured.against) == names[: corrected + released]


def test_a_publication_is_counted_once_whoever_says_so(chain: Chain) -> None:
    chain.published("p0")
    chain.note("publication.there", "p0", MARIA, publication="p0-p")
    assert told(chain.measured("corrections"))[1] == 1


# -- stand-in


def test_without_a_deputy_there_is_no_stand_in(chain: Chain) -> None:
    judged(chain, 3, by=NORA)
    assert told(chain.measured("stand_in")) == (0, 0, False)


def test_a_deputy_who_has_decided_once_is_a_stand_in() -> None:
    chain = Chain().channel(deputy=NORA)
    judged(chain, 3)
    assert told(chain.measured("stand_in")) == (0, 0, False)
    chain.decide("p0", NORA, binding=False, stood_in_for=MARIA)
    assert told(chain.measured("stand_in")) == (1, 1, True)


def test_a_deputy_may_practise_on_a_rehearsal_channel(chain: Chain) -> None:
    chain.note("channel.owner", "blog", SANDER, owner=MARIA, deputy=NORA)
    chain.channel("other").channel("practice", outlet="rehearsal")
    for piece, channel in (("p0", "other"), ("p1", "practice")):
        assert told(chain.measured("stand_in"))[2] is False
        chain.piece(piece, channel=channel)
        chain.decide(piece, NORA)
    assert told(chain.measured("stand_in")) == (1, 1, True)


def test_a_deputy_who_has_left_stands_in_for_nobody() -> None:
    chain = Chain().channel(deputy=NORA)
    judged(chain, 3, by=NORA)
    assert told(chain.measured("stand_in"))[2] is True
    chain.note("person.deactivate", NORA, MARIA)
    assert told(chain.measured("stand_in")) == (0, 0, False)


def test_another_deputy_has_to_show_it_anew(chain: Chain) -> None:
    judged(chain, 3, by=NORA)
    for deputy, met in ((NORA, True), (JONAS, False)):
        chain.ahead(hours=1).note("channel.owner", "blog", SANDER, owner=MARIA, deputy=deputy)
        assert told(chain.measured("stand_in"))[2] is met


# -- credential


def test_where_no_credential_is_needed_none_is_asked(chain: Chain) -> None:
    assert chain.measured("credential") is None
    assert chain.measured("renewal") is None


@pytest.mark.parametrize(("days", "measured", "met"), [(30, 30, True), (29.99, 29.9, False), (0.5, 0.5, False), (-1, 0, False)])
def test_the_teams_credential_holds_thirty_days(days: float, measured: float, met: bool) -> None:
    chain = Chain().channel(secret=True)
    chain.note("channel.secret", "blog", MARIA)
    until = chain.now + timedelta(days=days)
    assert told(chain.measured("credential", credential=Credential(needed=True, expires_at=until))) == (measured, 1, met)


def test_a_credential_without_an_end_holds() -> None:
    chain = Chain().channel(secret=True)
    chain.note("channel.secret", "blog", MARIA)
    assert told(chain.measured("credential", credential=Credential(needed=True))) == (None, 1, True)


def test_what_the_consultant_brought_last_is_not_the_teams() -> None:
    chain = Chain().channel(secret=True)
    for person in (MARIA, SANDER):
        chain.ahead(hours=1).note("channel.secret", "blog", person)
    assert told(chain.measured("credential", credential=Credential(needed=True))) == (0, 1, False)


def test_a_credential_nobody_brought_is_missing() -> None:
    assert told(Chain().channel().measured("credential", credential=Credential(needed=True))) == (0, 0, False)


def test_the_team_has_replaced_the_credential_once() -> None:
    chain, needed = Chain().channel(), Credential(needed=True)
    for person, met in ((MARIA, False), (SANDER, False), (MARIA, True)):  # the first was none to replace
        chain.ahead(hours=1).note("channel.secret", "blog", person)
        assert told(chain.measured("renewal", credential=needed))[2] is met


def test_connecting_a_channel_is_no_renewal() -> None:
    chain = Chain()
    chain.note("channel.add", "blog", MARIA, outlet="wordpress", owner=MARIA, phase="vormachen", secret=True)
    needed = Credential(needed=True)
    assert told(chain.measured("renewal", credential=needed)) == (0, 0, False)
    assert told(chain.measured("credential", credential=needed))[2] is True
    chain.note("channel.secret", "blog", MARIA)
    assert told(chain.measured("renewal", credential=needed)) == (1, 1, True)


# -- runbook


@pytest.mark.parametrize(
    ("chapters", "told_of_it"),
    [
        ({"a": True, "b": True}, (2, 2, True)),
        ({"a": True, "b": False}, (1, 2, False)),
        ({}, (None, 0, None)),
    ],
)
def test_every_chapter_of_the_runbook_is_acknowledged(
    chain: Chain, chapters: dict[str, bool], told_of_it: tuple[float | None, int, bool | None]
) -> None:
    assert told(chain.measured("runbook", runbook=chapters)) == told_of_it
    assert chain.measured("runbook") is None


# -- all of them


def test_the_conditions_come_in_one_order_and_those_left_out_do_not_come(chain: Chain) -> None:
    ledger = chain.ledger()

    def codes(**policy: object) -> tuple[str, ...]:
        held = ReadinessPolicy.model_validate(policy)
        found = conditions(ledger, "blog", held, now=chain.now, credential=Credential(needed=True), runbook={"a": True})
        return tuple(one.code for one in found)

    assert codes() == CODES
    left_out = {"agreement", "renewal"}
    assert codes(left_out=left_out) == tuple(code for code in CODES if code not in left_out)


def test_a_channel_nobody_has_used_meets_nothing(chain: Chain) -> None:
    found = conditions(chain.ledger(), "blog", ReadinessPolicy(), now=chain.now, credential=Credential(needed=True))
    assert {one.code for one in found if one.condition.met} == set()


def test_a_channel_the_chain_does_not_know_meets_nothing() -> None:
    found = conditions(Ledger(BERLIN), "nix", ReadinessPolicy(), now=Chain().now)
    assert {one.code for one in found if one.condition.met} == set()
