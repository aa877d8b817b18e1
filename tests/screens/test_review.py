"""Review, one card at a time, through the real page."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Button

from pipeline.desk.writing import Change
from pipeline.records import Phase, Piece, Role, Side, Stage, Verdict
from pipeline.screens import review_decide
from pipeline.screens.review_decide import COMMENTS
from tests.house import AHouse
from tests.phases import in_phase
from tests.screens.conftest import MOST_ELEMENTS, Open, elements, said, words


def verb(screen: AppTest, verdict: Verdict) -> Button:
    (found,) = [one for one in screen.button if str(one.key).startswith(f"review-{verdict.value}-")]
    return found


def verbs(screen: AppTest) -> set[str]:
    return {str(one.key).split("-")[1] for one in screen.button if str(one.key).startswith("review-")}


def comparison_of(screen: AppTest) -> str:
    return "".join(str(one.value) for one in screen.get("html") if "class='ss-compare'" in str(one.value))


def hash_of(firm: AHouse, piece: Piece) -> str:
    return firm.desk(firm.sander).piece(piece.id).hash


def test_an_approval_is_for_exactly_what_was_on_the_screen(firm: AHouse, open_page: Open) -> None:
    piece = firm.a_piece_in_review()
    screen = open_page("review", firm.sander)
    verb(screen, Verdict.APPROVE).click().run()
    (decision,) = firm.desk(firm.sander).piece(piece.id).decisions
    assert (decision.verdict, decision.hash, decision.how) == (Verdict.APPROVE, hash_of(firm, piece), "app")


def test_a_text_changed_meanwhile_is_not_approved_by_an_old_click(firm: AHouse, open_page: Open) -> None:
    piece = firm.a_piece_in_review()
    screen = open_page("review", firm.sander)
    jonas = firm.desk(firm.jonas)
    jonas.take_back(piece.id)
    jonas.edit(piece.id, Change(body="Ein ganz anderer Text, den Sander nie gesehen hat."))
    jonas.submit(piece.id)
    verb(screen, Verdict.APPROVE).click().run()
    now = jonas.piece(piece.id)
    assert now.decisions == []
    assert now.stage is Stage.REVIEW
    assert screen.warning[0].value.startswith("Ihr Klick galt Fassung 1 und wurde nicht gezählt")
    assert "<ins>Ein ganz anderer" in words(screen)


def test_after_the_difference_was_shown_the_next_click_counts(firm: AHouse, open_page: Open) -> None:
    piece = firm.a_piece_in_review()
    screen = open_page("review", firm.sander)
    jonas = firm.desk(firm.jonas)
    jonas.take_back(piece.id)
    jonas.edit(piece.id, Change(title="Neuer Titel"))
    jonas.submit(piece.id)
    verb(screen, Verdict.APPROVE).click().run()
    verb(screen, Verdict.APPROVE).click().run()
    (decision,) = jonas.piece(piece.id).decisions
    assert decision.revision == 2


def test_after_a_decision_the_next_card_stands_there(firm: AHouse, open_page: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(review_decide, "QUICKEST_SECONDS", 0.0)
    firm.a_piece_in_review("Der erste")
    firm.clock.ahead(minutes=1)
    firm.a_piece_in_review("Der zweite")
    screen = open_page("review", firm.sander)
    assert "Der erste" in screen.subheader[0].value
    verb(screen, Verdict.APPROVE).click().run()
    assert "Der zweite" in screen.subheader[0].value
    verb(screen, Verdict.APPROVE).click().run()
    assert screen.success[0].value == said("review.empty")


def test_the_second_of_two_quick_clicks_does_not_approve_the_next_card_unread(
    firm: AHouse, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(review_decide, "QUICKEST_SECONDS", 3600.0)
    firm.a_piece_in_review("Der erste")
    firm.clock.ahead(minutes=1)
    second = firm.a_piece_in_review("Der zweite")
    screen = open_page("review", firm.sander)
    verb(screen, Verdict.APPROVE).click().run()
    verb(screen, Verdict.APPROVE).click().run()
    assert firm.desk(firm.sander).piece(second.id).decisions == []
    assert "Der zweite" in screen.subheader[0].value


def test_the_same_click_in_two_tabs_decides_once(firm: AHouse, open_page: Open) -> None:
    piece = firm.a_piece_in_review()
    tabs = [open_page("review", firm.sander), open_page("review", firm.sander)]
    for tab in tabs:
        verb(tab, Verdict.APPROVE).click().run()
        assert not tab.error
    assert len(firm.desk(firm.sander).piece(piece.id).decisions) == 1


def test_a_change_request_needs_words_and_keeps_what_was_typed(firm: AHouse, open_page: Open) -> None:
    piece = firm.a_piece_in_review()
    screen = open_page("review", firm.sander)
    verb(screen, Verdict.REQUEST_CHANGES).click().run()
    assert screen.error[0].value.startswith(said("CommentNeeded")[:20])
    screen.text_area[0].input("Bitte die Zahl belegen.").run()
    verb(screen, Verdict.REQUEST_CHANGES).click().run()
    (decision,) = firm.desk(firm.sander).piece(piece.id).decisions
    assert (decision.verdict, decision.comment) == (Verdict.REQUEST_CHANGES, "Bitte die Zahl belegen.")
    assert firm.desk(firm.sander).piece(piece.id).stage is Stage.DRAFT


def test_a_comment_waits_while_another_card_is_looked_at(firm: AHouse, open_page: Open) -> None:
    first = firm.a_piece_in_review("Der erste")
    firm.clock.ahead(minutes=1)
    firm.a_piece_in_review("Der zweite")
    screen = open_page("review", firm.sander)
    screen.text_area[0].input("Noch nicht fertig gedacht").run()
    screen.button(key="review-following").click().run()
    assert screen.text_area[0].value in ("", None)
    screen.button(key="review-previous").click().run()
    assert screen.text_area[0].value == "Noch nicht fertig gedacht"
    assert screen.session_state[COMMENTS][first.id] == "Noch nicht fertig gedacht"


def test_the_changes_since_my_last_decision_are_marked(firm: AHouse, open_page: Open) -> None:
    piece = firm.a_piece_in_review()
    sander, jonas = firm.desk(firm.sander), firm.desk(firm.jonas)
    sander.decide(piece.id, seen=hash_of(firm, piece), verdict=Verdict.REQUEST_CHANGES, comment="Kürzer, bitte.")
    jonas.edit(piece.id, Change(title="Übergabe ohne jede Lücke"))
    jonas.submit(piece.id)
    shown = words(open_page("review", firm.sander))
    assert "Seit Ihrer letzten Entscheidung geändert (Fassung 1 → 2)" in shown
    assert "<ins>jede Lücke</ins>" in shown
    assert "Kürzer, bitte." in shown


def test_who_may_not_decide_reads_why_and_has_no_button_for_it(firm: AHouse, open_page: Open) -> None:
    firm.a_piece_in_review()
    screen = open_page("review", firm.jonas)
    assert verbs(screen) & {"approve", "request_changes", "reject"} == set()
    assert "hat bei „Blog der Werkstatt“ nicht das Recht" in screen.info[0].value.replace("\\", "")


def test_own_work_is_told_instead_of_a_dead_button(firm: AHouse, open_page: Open) -> None:
    in_phase(firm, Phase.ABGEBEN)
    firm.a_piece_in_review(by=firm.maria)
    screen = open_page("review", firm.maria)
    assert "approve" not in verbs(screen)
    assert "Vier-Augen-Prinzip" in screen.info[0].value


class TestPractice:
    """While the consultant decides alone, the team's deciders practise: blind, and not binding."""

    def test_it_is_said_and_stored_as_practice(self, firm: AHouse, open_page: Open) -> None:
        piece = firm.a_piece_in_review()
        screen = open_page("review", firm.maria)
        assert screen.info[0].value.startswith(said("review.practice")[:30])
        verb(screen, Verdict.APPROVE).click().run()
        (decision,) = firm.desk(firm.maria).piece(piece.id).decisions
        assert decision.binding is False
        assert firm.desk(firm.maria).piece(piece.id).stage is Stage.REVIEW

    def test_the_others_words_stay_hidden_until_the_own_is_given(self, firm: AHouse, open_page: Open) -> None:
        piece = firm.a_piece_in_review()
        firm.desk(firm.sander).decide(
            piece.id, seen=hash_of(firm, piece), verdict=Verdict.APPROVE, comment="Sander findet das stark"
        )
        screen = open_page("review", firm.maria)
        before = words(screen)
        assert "Sander findet das stark" not in before
        assert "freigegeben" not in before.casefold().replace("freigeben", "")
        verb(screen, Verdict.APPROVE).click().run()
        again = open_page("review", firm.maria, piece=piece.id)
        assert "Sander findet das stark" in words(again)

    def test_its_buttons_say_that_it_does_not_count(self, firm: AHouse, open_page: Open) -> None:
        firm.a_piece_in_review()
        assert verb(open_page("review", firm.maria), Verdict.APPROVE).label == "Freigeben (zur Probe)"
        assert verb(open_page("review", firm.maria), Verdict.HOLD).label == "Anhalten"  # a hold always counts
        assert verb(open_page("review", firm.sander), Verdict.APPROVE).label == "Freigeben"

    def test_right_afterwards_both_words_stand_side_by_side(self, firm: AHouse, open_page: Open) -> None:
        piece = firm.a_piece_in_review()
        sander = firm.desk(firm.sander)
        sander.decide(piece.id, seen=hash_of(firm, piece), verdict=Verdict.REQUEST_CHANGES, comment="Der Zahl fehlt die Quelle.")
        jonas = firm.desk(firm.jonas)
        jonas.edit(piece.id, Change(title="Mit Quelle"))
        jonas.submit(piece.id)
        screen = open_page("review", firm.maria)
        assert "Der Zahl fehlt die Quelle." not in comparison_of(screen)
        verb(screen, Verdict.APPROVE).click().run()
        assert "Die bindende Entscheidung steht noch aus." in comparison_of(screen)
        sander.decide(piece.id, seen=hash_of(firm, piece), verdict=Verdict.REQUEST_CHANGES, comment="Die Quelle ist von 1998.")
        screen.run()
        both = comparison_of(screen)
        assert "Die Seiten haben verschieden entschieden." in both
        assert "Maria Lindqvist (Team)" in both
        assert "Die Quelle ist von 1998." in both

    def test_what_another_practised_stays_hidden_as_well(self, firm: AHouse, open_page: Open) -> None:
        nora = firm.desk(firm.sander).add_person(name="Nora", email="nora@mueller.example", side=Side.TEAM, roles={Role.APPROVER})
        piece = firm.an_approved_piece()
        firm.desk(nora).decide(piece.id, seen=hash_of(firm, piece), verdict=Verdict.REQUEST_CHANGES, comment="Zu lang.")
        assert comparison_of(open_page("review", firm.maria, piece=piece.id)) == ""
        assert "Zu lang." in comparison_of(open_page("review", nora, piece=piece.id))

    def test_like_words_are_called_alike(self, firm: AHouse, open_page: Open) -> None:
        piece = firm.an_approved_piece()
        maria = firm.desk(firm.maria)
        maria.decide(piece.id, seen=hash_of(firm, piece), verdict=Verdict.APPROVE, comment="Gut so.")
        assert "Beide Seiten haben gleich entschieden." in comparison_of(open_page("review", firm.maria, piece=piece.id))

    def test_nobody_is_shown_agreeing_with_their_own_side(self, firm: AHouse, open_page: Open) -> None:
        piece = firm.a_piece_in_review()
        for phase in (Phase.MITMACHEN, Phase.ABGEBEN):
            in_phase(firm, phase)
            verb(open_page("review", firm.sander, piece=piece.id), Verdict.APPROVE).click().run()
        shown = comparison_of(open_page("review", firm.sander, piece=piece.id))
        assert "Die bindende Entscheidung steht noch aus." in shown
        assert "Noch keine Entscheidung." in shown

    def test_what_was_approved_without_me_still_waits_for_my_practice(self, firm: AHouse) -> None:
        piece = firm.an_approved_piece()
        assert [one.id for one in firm.desk(firm.maria).waiting_for_me()] == [piece.id]
        assert firm.desk(firm.sander).waiting_for_me() == []


def test_a_hold_keeps_the_card_and_can_be_lifted(firm: AHouse, open_page: Open) -> None:
    piece = firm.a_piece_in_review()
    screen = open_page("review", firm.sander)
    verb(screen, Verdict.HOLD).click().run()
    assert firm.desk(firm.sander).piece(piece.id).piece.held is not None
    verb(screen, Verdict.RELEASE).click().run()
    assert firm.desk(firm.sander).piece(piece.id).piece.held is None


def test_a_strangers_piece_is_unknown(firm: AHouse, open_page: Open) -> None:
    screen = open_page("review", firm.sander, piece="0" * 22)
    assert screen.error
    assert verbs(screen) & {"approve"} == set()


def test_a_title_full_of_markup_is_shown_as_it_is(firm: AHouse, open_page: Open) -> None:
    firm.a_piece_in_review("**Fett** :red[rot] <script>alert(1)</script> $x$")
    screen = open_page("review", firm.sander)
    assert "**Fett** :red[rot] <script>alert(1)</script> $x$" in words(screen)
    assert "**Fett**" not in screen.subheader[0].value


def test_the_page_stays_small_however_much_waits(firm: AHouse, open_page: Open) -> None:
    for number in range(30):
        firm.a_piece_in_review(f"Beitrag {number}")
    screen = open_page("review", firm.sander)
    assert elements(screen) < MOST_ELEMENTS
