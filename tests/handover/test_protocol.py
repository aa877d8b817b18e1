"""The protocol tells what was true when the handover was confirmed, for ever the same, and needs nothing but itself."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from pipeline import errors
from pipeline.records import Phase, Side
from tests.handover.exit_house import ExitHouse, an_exit_house


@pytest.fixture
def house(tmp_path: Path) -> Iterator[ExitHouse]:
    with an_exit_house(tmp_path) as made:
        made.give_away()
        yield made


def confirmed(house: ExitHouse, why: str = "Das holen wir im Mai nach.") -> None:
    house.sander.declare_exit({one.code: why for one in house.sander.exit_list().unmet})
    house.at.clock.ahead(hours=2)
    house.maria.confirm_exit()


def told(house: ExitHouse) -> str:
    return " ".join(BeautifulSoup(house.maria.protocol_page(), "html.parser").get_text(" ").split())


def test_there_is_none_before_the_owner_has_confirmed(house: ExitHouse) -> None:
    with pytest.raises(errors.NoProtocol):
        house.maria.protocol_page()
    house.sander.declare_exit({one.code: "Folgt." for one in house.sander.exit_list().unmet})
    with pytest.raises(errors.NoProtocol):
        house.maria.protocol_page()


def test_it_names_both_sides_with_their_days_and_the_newest_entry(house: ExitHouse) -> None:
    confirmed(house)
    text = told(house)
    assert "Sander Vogt Für die Beratung. Erklärt am 16.03.2027, 12:00 Uhr" in text
    assert "Maria Lindqvist Für Müller & Söhne Präzisionstechnik GmbH. Bestätigt am 16.03.2027, 14:00 Uhr" in text
    (newest,) = house.maria.events(limit=1)
    assert newest.hash in text
    assert f"{newest.seq} Einträge" in text


def test_it_tells_the_way_of_each_channel_with_what_was_measured_and_missing(house: ExitHouse) -> None:
    confirmed(house)
    text = told(house)
    assert text.count("Vormachen → Mitmachen") == text.count("Mitmachen → Abgeben") == 2
    assert "Blog der Werkstatt Verantwortlich: Maria Lindqvist. Vertretung: Jonas Öztürk." in text
    assert re.search(r"Beim Vorschlag erfüllt: \d+ von \d+ Bedingungen", text)
    assert "Angenommen, obwohl noch fehlte: genügend Entscheidungen des Teams" in text


def test_it_lists_what_was_left_open_with_the_reason(house: ExitHouse) -> None:
    confirmed(house, "Die Messe geht vor.")
    assert "„LinkedIn-Seite“: eigene Zugangsdaten des Teams, die alten gelten nicht mehr Die Messe geht vor." in told(house)


def test_what_happens_later_does_not_change_it(house: ExitHouse) -> None:
    confirmed(house)
    before = house.maria.protocol_page()
    house.at.clock.ahead(days=5)
    eva = house.maria.add_person(name="Eva", email="eva@mueller.example", side=Side.TEAM, roles=house.at.maria.roles)
    house.maria.add_person(name="Ida", email="ida@neu.example", side=Side.CONSULTANT, roles=house.at.sander.roles)
    house.maria.step_back("blog", Phase.MITMACHEN, reason="Wir suchen eine neue Beratung.")
    house.maria.change_owner("linkedin", owner=eva.email)
    assert house.maria.protocol_page() == before


def test_it_is_written_in_the_clients_language(house: ExitHouse) -> None:
    house.maria.change_client(language="en")
    confirmed(house)
    page = house.maria.protocol_page()
    assert '<html lang="en">' in page
    assert "Accepted although still missing" in page
    assert "Übergabe" not in BeautifulSoup(page, "html.parser").get_text().replace("Blog der Werkstatt", "")


def test_it_needs_nothing_but_itself_and_shows_words_as_words(house: ExitHouse) -> None:
    confirmed(house, "<script>alert(1)</script>")
    text = house.maria.protocol_page()
    page = BeautifulSoup(text, "html.parser")
    assert not page.find_all(["script", "link", "img", "iframe"])
    assert not re.search(r"url\(|@import|https?://", text)
    assert "<script>alert(1)</script>" in page.get_text()
