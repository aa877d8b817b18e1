"""Every channel at a glance, and how one stands."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from streamlit.testing.v1 import AppTest

from handover.readiness.conditions import Measured
from handover.readiness.measuring import Readiness
from handover.screens.lanes import light_of
from pipeline.desk.people import add_client
from pipeline.people.accounts import choose_language
from pipeline.records import Channel, Condition, Phase, Role, Verdict
from pipeline.worker import Worker
from tests.house import AHouse
from tests.phases import REASON, handover_desk, in_phase
from tests.screens.conftest import MOST_ELEMENTS, Open, elements, words


def lanes_of(screen: AppTest) -> str:
    return "".join(shown for one in screen.get("html") if "hs-lane" in (shown := str(getattr(one, "value", ""))))


def lane(firm: AHouse, *met: bool | None) -> Readiness:
    measured = [Measured(Condition(code=f"c{n}", measured=1.0, wanted=1.0, n=9, met=one)) for n, one in enumerate(met)]
    return Readiness(firm.channel, Phase.VORMACHEN, Phase.MITMACHEN, measured, firm.maria, None, None)


@pytest.mark.parametrize(
    ("met", "light"),
    [
        ([True] * 9, "ready"),
        ([True] * 8 + [None], "unknown"),  # not measurable yet is never green
        ([True] * 8 + [False], "nearly"),
        ([True] * 3 + [False] * 6, "open"),
        ([False] * 2 + [None] * 7, "unknown"),
        ([], "unknown"),
    ],
)
def test_the_light_is_green_only_when_every_condition_holds(firm: AHouse, met: list[bool | None], light: str) -> None:
    assert light_of(lane(firm, *met)) == light


def test_a_lane_says_where_the_channel_is_since_when_and_who_answers_for_it(firm: AHouse, open_page: Open) -> None:
    in_phase(firm, Phase.MITMACHEN)
    shown = lanes_of(open_page("handover", firm.jonas))
    assert "hs-at-1" in shown
    assert "seit 16.03.2027" in shown
    assert "Verantwortlich: Maria Lindqvist" in shown
    assert "Keine Stellvertretung" in shown
    assert "/uebergabe?channel=blog" in shown


def test_what_is_proposed_stands_at_its_station(firm: AHouse, open_page: Open) -> None:
    handover_desk(firm, firm.sander).propose("blog", Phase.MITMACHEN, reason=REASON)
    assert "vorgeschlagen von Sander Vogt, 16.03.2027" in lanes_of(open_page("handover", firm.maria))


def test_the_safety_window_shows_until_it_is_over(firm: AHouse, open_page: Open) -> None:
    in_phase(firm, Phase.ABGEBEN)
    assert "Beratung sieht mit bis 15.04.2027" in lanes_of(open_page("handover", firm.maria))
    firm.clock.ahead(days=31)
    assert "Beratung sieht mit" not in lanes_of(open_page("handover", firm.maria))


def test_a_channel_that_was_given_is_not_called_nearly_there(firm: AHouse, open_page: Open) -> None:
    assert "Es fehlt: " in lanes_of(open_page("handover", firm.maria))
    in_phase(firm, Phase.ABGEBEN)
    shown = lanes_of(open_page("handover", firm.maria))
    assert "Sehen Sie hin: " in shown
    assert "Es fehlt: " not in shown


def test_the_page_has_as_many_elements_for_twelve_channels_as_for_one(firm: AHouse, open_page: Open) -> None:
    one = elements(open_page("handover", firm.sander))
    with firm.house.store.tx(firm.client.id) as t:
        for number in range(11):
            more = {"id": f"{number:022x}", "slug": f"kanal-{number}", "name": f"Kanal {number}"}
            t.add(Channel.model_validate({**firm.channel.model_dump(), **more}))
    screen = open_page("handover", firm.sander)
    assert lanes_of(screen).count("class='hs-lane'") == 12
    assert elements(screen) == one < MOST_ELEMENTS / 4


def test_a_name_full_of_markup_is_shown_as_it_is(firm: AHouse, open_page: Open) -> None:
    with firm.house.store.tx(firm.client.id) as t:
        t.put(firm.channel.model_copy(update={"name": "<img src=x onerror=alert(1)> & :red[rot]"}))
    assert "&lt;img src=x onerror=alert(1)&gt; &amp; :red[rot]" in lanes_of(open_page("handover", firm.sander))


def test_a_client_without_a_channel_is_told_what_will_stand_here(
    firm: AHouse, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    other, _ = add_client(firm.house, name="Neu", slug="neu", consultant="Sander Vogt <sander@beratung.example>")
    screen = open_page("handover", firm.sander)
    screen.selectbox("client-choice").select(other.id).run()
    assert screen.info[0].value.startswith("Es gibt noch keinen Kanal.")
    for part in ("share", "runbook", "exit", "pack"):
        screen.query_params["part"] = part
        assert not screen.run().exception


def test_an_unknown_channel_shows_all_of_them(firm: AHouse, open_page: Open) -> None:
    screen = open_page("handover", firm.sander, channel="nirgends")
    assert screen.warning[0].value == "Diesen Kanal gibt es hier nicht. Das sind alle."
    assert "Blog der Werkstatt" in lanes_of(screen)


def test_a_channel_is_opened_from_the_list_and_left_again(firm: AHouse, open_page: Open) -> None:
    screen = open_page("handover", firm.sander)
    screen.selectbox("handover-channel").select("blog").run()
    assert screen.title[0].value == "Übergabe: Blog der Werkstatt"
    screen.button("handover-all").click().run()
    assert screen.title[0].value == "Übergabe"


@pytest.mark.parametrize("part", ["standing", "step", "past", "together", "ahead"])
@pytest.mark.parametrize("language", ["de", "en"])
def test_every_chapter_of_a_channel_opens_in_both_languages(firm: AHouse, open_page: Open, part: str, language: str) -> None:
    in_phase(firm, Phase.MITMACHEN)
    choose_language(firm.house.store, firm.account(firm.maria).id, language)
    screen = open_page("handover", firm.maria, channel="blog", part=part)
    assert screen.title[0].value == {"de": "Übergabe: Blog der Werkstatt", "en": "Handover: Blog der Werkstatt"}[language]
    assert not re.search(r"\{\w+\}", words(screen))
    assert elements(screen) < MOST_ELEMENTS


@pytest.mark.parametrize("part", ["share", "runbook", "exit", "pack"])
def test_every_chapter_about_all_channels_opens_for_each_of_them(firm: AHouse, open_page: Open, part: str) -> None:
    firm.an_approved_piece()
    for person in (firm.sander, firm.maria, firm.jonas):
        assert elements(open_page("handover", person, part=part)) < MOST_ELEMENTS


# ---------------------------------------------------------------------------------------------- the pieces behind a number


def test_the_pieces_behind_a_number_are_one_click_away(firm: AHouse, open_page: Open) -> None:
    for title, verdict in (("Gleich entschieden", Verdict.APPROVE), ("Verschieden entschieden", Verdict.REQUEST_CHANGES)):
        piece = firm.a_piece_in_review(title)
        for person, said in ((firm.maria, verdict), (firm.sander, Verdict.APPROVE)):
            desk = firm.desk(person)
            desk.decide(piece.id, seen=desk.piece(piece.id).hash, verdict=said, comment="Der Zahl fehlt die Quelle.")
    screen = open_page("handover", firm.sander, channel="blog", part="standing")
    assert "Verschieden entschieden" not in words(screen)
    screen.button_group("handover-behind-blog").set_value("agreement").run()
    shown = words(screen)
    assert shown.index("Verschieden entschieden") < shown.index("Gleich entschieden")
    assert "dagegen" in shown


def test_lessons_speak_to_whoever_reads_them(firm: AHouse, open_page: Open) -> None:
    piece = firm.a_piece_in_review("Drei Zahlen")
    hash_ = firm.desk(firm.sander).piece(piece.id).hash
    firm.desk(firm.maria).decide(piece.id, seen=hash_, verdict=Verdict.APPROVE)
    firm.desk(firm.sander).decide(piece.id, seen=hash_, verdict=Verdict.REQUEST_CHANGES, comment="Der Zahl fehlt die Quelle.")
    mine = words(open_page("handover", firm.maria, channel="blog", part="together"))
    assert "Sie haben freigegeben; die Beratung wollte eine Korrektur: „Der Zahl fehlt die Quelle.“" in mine
    theirs = words(open_page("handover", firm.sander, channel="blog", part="together"))
    assert "Sie wollten eine Korrektur; das Team hat freigegeben." in theirs


def test_readiness_is_drawn_month_by_month(firm: AHouse, open_page: Open) -> None:
    firm.clock.now = datetime(2027, 6, 2, 10, 0, tzinfo=UTC)
    shown = words(open_page("handover", firm.maria, channel="blog", part="past"))
    assert "aria-label='Erfüllte Bedingungen von „Blog der Werkstatt“ je Monat'" in shown
    assert "März 2027" in shown
    assert shown.count("Mai 2027") >= 1


def test_the_share_of_work_stands_as_a_sentence_a_chart_and_a_table(firm: AHouse, open_page: Open) -> None:
    firm.an_approved_piece()
    screen = open_page("handover", firm.jonas, part="share")
    shown = words(screen)
    assert "aria-label='Anteil des Teams an der Arbeit je Monat'" in shown
    assert "März 2027" in shown
    screen.session_state["handover-work-people"] = True
    assert "<td data-name='Name'>Jonas Öztürk</td>" in words(screen.run())


# ---------------------------------------------------------------------------------------------------- what counts as ready


def test_the_conditions_are_changed_by_whoever_may_and_only_where_they_were(firm: AHouse, open_page: Open) -> None:
    handover_desk(firm, firm.maria).change_readiness_policy(rewritten=0.125)
    screen = open_page("handover", firm.maria, channel="blog", part="standing")
    screen.session_state["handover-policy"] = True
    screen.run()
    screen.number_input("handover-policy-decisions").set_value(5)
    screen.multiselect("handover-policy-left_out").select("stand_in")
    screen.button[-1].click().run()
    policy = handover_desk(firm, firm.maria).client().policy.readiness
    assert (policy.decisions, policy.left_out, policy.rewritten) == (5, {"stand_in"}, 0.125)


def test_others_are_not_offered_the_conditions(firm: AHouse, open_page: Open) -> None:
    labels = [one.label for one in open_page("handover", firm.jonas, channel="blog", part="standing").expander]
    assert "Ab wann ein Kanal als bereit gilt" not in labels


def test_everything_that_waits_on_the_gone_is_listed_with_its_way_out(firm: AHouse, open_page: Open) -> None:
    handover_desk(firm, firm.sander).propose("blog", Phase.MITMACHEN, reason=REASON)
    with firm.house.store.tx(firm.client.id) as t:
        t.put(firm.sander.model_copy(update={"roles": frozenset({Role.READER})}))
    shown = words(open_page("handover", firm.maria, part="waiting"))
    assert "Sander Vogt hat den Vorschlag für" in shown
    assert "/uebergabe?channel=blog" in shown


def test_a_correction_is_noted_where_both_sides_learn(firm: AHouse, open_page: Open) -> None:
    piece = firm.a_scheduled_piece("Drei Zahlen", "2027-03-16T13:00")
    firm.clock.ahead(hours=1, minutes=1)
    Worker(firm.house).round()
    screen = open_page("handover", firm.sander, channel="blog", part="together")
    screen.session_state["handover-correct-blog"] = True
    screen.run()
    screen.button(f"handover-correct-now-{piece.id}").click().run()
    assert screen.error  # a reason is needed
    screen.text_area[0].input("Die zweite Zahl war falsch.").run()
    screen.button(f"handover-correct-now-{piece.id}").click().run()
    mark = firm.desk(firm.sander).piece(piece.id).piece.corrected
    assert mark is not None
    assert mark.reason == "Die zweite Zahl war falsch."
    assert screen.success[0].value == "Für „Drei Zahlen“ ist eine Korrektur vermerkt."


def test_whoever_may_not_withdraw_notes_no_correction(firm: AHouse, open_page: Open) -> None:
    labels = [one.label for one in open_page("handover", firm.jonas, channel="blog", part="together").expander]
    assert "Eine Korrektur nach der Veröffentlichung vermerken" not in labels


def test_a_waiver_of_four_eyes_stands_beside_the_owner_while_it_runs(firm: AHouse, open_page: Open) -> None:
    assert "Ohne vier Augen" not in lanes_of(open_page("handover", firm.maria))
    firm.desk(firm.maria).waive("blog", until=(firm.clock() + timedelta(days=9)).date(), reason="Alle anderen sind im Urlaub.")
    assert "Ohne vier Augen bis" in lanes_of(open_page("handover", firm.maria))
    firm.clock.ahead(days=11)
    assert "Ohne vier Augen" not in lanes_of(open_page("handover", firm.maria))
