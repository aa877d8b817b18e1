from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from pipeline.people.accounts import choose_language
from pipeline.records import Role, Side
from pipeline.worker import Worker
from tests.house import NOON, AHouse, a_house
from tests.screens.conftest import MOST_ELEMENTS, Open, elements, opener, words


def test_an_approver_sees_what_waits_for_their_decision(firm: AHouse, open_page: Open) -> None:
    firm.a_piece_in_review("Wissen weitergeben")
    assert "Wissen weitergeben" in words(open_page("today", firm.sander))
    assert "Wissen weitergeben" not in words(open_page("today", firm.jonas))


def test_what_goes_out_next_stands_in_the_order_of_its_slots(firm: AHouse, open_page: Open) -> None:
    firm.a_scheduled_piece("Der zweite", "2027-03-19T09:00")
    firm.a_scheduled_piece("Der erste", "2027-03-18T09:00")
    links = [one.label for one in open_page("today", firm.jonas).get("page_link")]
    assert [label.partition(" :gray")[0] for label in links] == ["Der erste", "Der zweite"]
    assert "18.03.2027, 09:00 Uhr (MEZ)" in words(open_page("today", firm.jonas))


def test_what_was_published_stands_with_its_address(firm: AHouse, open_page: Open) -> None:
    piece = firm.a_scheduled_piece("Wissen weitergeben", "2027-03-16T13:00")
    firm.clock.ahead(hours=1, minutes=1)
    Worker(firm.house).round()
    assert firm.desk(firm.sander).piece(piece.id).publication
    assert "https://www.mueller.example/blog/" in words(open_page("today", firm.jonas))


def test_the_named_owner_accepts_the_office_here_after_confirming(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    firm = a_house(tmp_path, agreed=False)
    screen = opener(firm, monkeypatch)("today", firm.maria)
    assert screen.button("office-accept-blog").disabled
    screen.checkbox("office-sure-blog").check().run()
    screen.button("office-accept-blog").click().run()
    assert not screen.exception
    agreement = firm.channel.agreement
    assert agreement is not None
    assert agreement.owner == firm.maria.id
    assert (agreement.until - NOON).days == 90
    assert not screen.checkbox


def test_the_end_of_the_agreement_is_the_day_on_the_screen_of_the_click(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    firm = a_house(tmp_path, agreed=False)
    screen = opener(firm, monkeypatch)("today", firm.maria)
    screen.checkbox("office-sure-blog").check().run()
    screen.date_input("office-until-blog").set_value(date.fromisoformat("2027-04-01"))
    screen.button("office-accept-blog").click().run()
    agreement = firm.channel.agreement
    assert agreement is not None
    assert agreement.until.isoformat() == "2027-04-01T22:00:00+00:00"


def test_others_are_told_who_has_to_accept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    firm = a_house(tmp_path, agreed=False)
    screen = opener(firm, monkeypatch)("today", firm.sander)
    assert "Maria Lindqvist hat die Verantwortung" in words(screen)
    assert not screen.button


def test_an_empty_client_shows_the_consultant_the_first_steps(firm: AHouse, open_page: Open) -> None:
    screen = words(open_page("today", firm.sander))
    assert "✓ Einen Kanal anlegen" in screen
    assert "○ Ein Briefing schreiben" in screen
    assert "Die ersten Schritte" not in words(open_page("today", firm.maria))


def test_the_page_speaks_the_persons_language(firm: AHouse, open_page: Open) -> None:
    choose_language(firm.house.store, firm.account(firm.jonas).id, "en")
    screen = open_page("today", firm.jonas)
    assert screen.title[0].value == "Today"
    screen.selectbox(f"language-{firm.account(firm.jonas).id}").select("de").run()
    assert screen.title[0].value == "Heute"
    assert firm.account(firm.jonas).language == "de"


def test_a_title_is_shown_letter_by_letter(firm: AHouse, open_page: Open) -> None:
    title = "5 $ sparen: *sofort* -> :red[Plan] [x](https://evil.example) :material/home:"
    firm.a_piece_in_review(title)
    screen = open_page("today", firm.sander)
    assert title in words(screen)
    (label,) = (one.label for one in screen.get("page_link"))
    assert r"\[x\]" in label
    assert ":material/home:" not in label
    assert "->" not in label.replace("\\", "")


def test_the_page_does_not_grow_with_the_number_of_pieces(firm: AHouse, open_page: Open) -> None:
    for number in range(14):
        firm.a_piece_in_review(f"In Prüfung {number}")
        firm.a_scheduled_piece(f"Geplant {number}")
    for person in (firm.sander, firm.maria):
        assert elements(open_page("today", person)) < MOST_ELEMENTS / 2


def test_somebody_who_has_left_sees_nothing(firm: AHouse, open_page: Open) -> None:
    firm.a_scheduled_piece("Geheim")
    firm.desk(firm.sander).deactivate(firm.jonas.email)
    screen = open_page("today", firm.jonas)
    assert "Geheim" not in words(screen)
    assert f"Ihr Zugang zu „{firm.client.name}“ ist seit" in words(screen)


def test_a_click_on_a_page_drawn_for_somebody_else_does_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    firm = a_house(tmp_path, agreed=False)
    open_page = opener(firm, monkeypatch)
    screen = open_page("today", firm.maria)
    screen.checkbox("office-sure-blog").check().run()
    from pipeline.screens import visitor

    monkeypatch.setattr(visitor, "signed_in", lambda: firm.account(firm.jonas))
    screen.button("office-accept-blog").click().run()
    assert firm.channel.agreement is None
    assert "Sie sind nicht mehr angemeldet" in words(screen)


def test_nobody_is_shown_the_door_only(firm: AHouse, open_page: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    firm.a_scheduled_piece("Geheim")
    screen = open_page("today", firm.sander)
    from pipeline.screens import visitor

    monkeypatch.setattr(visitor, "signed_in", lambda: None)
    screen.run()
    assert screen.title[0].value == "Bitte melden Sie sich an"
    assert "Geheim" not in words(screen)


def test_an_account_of_two_clients_chooses_between_them(firm: AHouse, open_page: Open) -> None:
    from pipeline.desk import Desk
    from pipeline.desk.people import add_client

    other, sander = add_client(
        firm.house, name="Zweite Firma", slug="zweite", consultant=f"{firm.sander.name} <{firm.sander.email}>"
    )
    Desk(firm.house, other.id, sander.id).add_person(name="Nora", email="nora@zweite.example", side=Side.TEAM, roles={Role.OWNER})
    firm.a_scheduled_piece("Nur beim ersten Kunden")
    screen = open_page("today", firm.sander)
    assert "Nur beim ersten Kunden" in words(screen)
    screen.selectbox("client-choice").select(other.id).run()
    assert "Nur beim ersten Kunden" not in words(screen)
    assert "Zweite Firma" in words(screen)
