"""A link that loads a page begins a new session: it has to carry for whom one was at work."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from pipeline.desk.people import add_client
from pipeline.records import Client
from pipeline.screens import visitor
from pipeline.screens.workplace import set_house
from tests.house import AHouse
from tests.screens.conftest import SCRIPT, Open, words


@pytest.fixture
def second(firm: AHouse) -> Client:
    """Sander consults two clients."""
    made, _ = add_client(firm.house, name="Zweite Firma", slug="zweite", consultant=f"{firm.sander.name} <{firm.sander.email}>")
    return made


def loaded(firm: AHouse, monkeypatch: pytest.MonkeyPatch, **query: str) -> AppTest:
    set_house(firm.house)
    monkeypatch.setattr(visitor, "signed_in", lambda: firm.account(firm.sander))
    screen = AppTest.from_file(str(SCRIPT), default_timeout=30)
    for name, value in query.items():
        screen.query_params[name] = value
    return screen.run()


def test_a_link_opens_the_client_it_was_made_for(firm: AHouse, second: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    for client in (second, firm.client):
        screen = loaded(firm, monkeypatch, client=client.id)
        assert screen.selectbox("client-choice").value == client.id
        assert f"**{client.name}**".replace("&", "\\&") in [str(one.value) for one in screen.sidebar.markdown]
        assert "client" not in screen.query_params


def test_a_link_to_a_client_that_is_not_ones_own_opens_an_own_one(
    firm: AHouse, second: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    screen = loaded(firm, monkeypatch, client="0" * 22)
    assert not screen.exception
    assert screen.selectbox("client-choice").value in (firm.client.id, second.id)


def test_links_carry_the_client_only_where_there_is_a_choice(
    firm: AHouse, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    firm.a_piece("Verlinkt")
    assert "/verlauf?piece=" in words(open_page("history", firm.sander))
    assert "client=" not in words(open_page("history", firm.sander))
    add_client(firm.house, name="Zweite Firma", slug="zweite", consultant=f"{firm.sander.name} <{firm.sander.email}>")
    screen = open_page("history", firm.sander)
    screen.selectbox("client-choice").select(firm.client.id).run()
    assert f"client={firm.client.id}" in words(screen)
