"""How a screen is opened in tests: the real script on a small house, with one of its people in front of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit import config
from streamlit.testing.v1 import AppTest

from pipeline.messages import sentences
from pipeline.records import Person
from pipeline.screens import visitor
from pipeline.screens.rooms import page_file
from pipeline.screens.workplace import set_house
from tests.house import AHouse, a_house

SCRIPT = Path(__file__).parents[2] / "pipeline" / "screens" / "main.py"
MOST_ELEMENTS = 150

Open = Callable[..., AppTest]


@pytest.fixture
def firm(tmp_path: Path) -> AHouse:
    return a_house(tmp_path)


@pytest.fixture
def open_page(firm: AHouse, monkeypatch: pytest.MonkeyPatch) -> Open:
    """`open_page("publish", firm.maria)`: that page as she sees it; `piece=` goes into the address."""
    return opener(firm, monkeypatch)


def opener(firm: AHouse, monkeypatch: pytest.MonkeyPatch) -> Open:
    set_house(firm.house)
    config.set_option("client.showErrorDetails", "full")

    def opened(page: str, person: Person, **query: str) -> AppTest:
        monkeypatch.setattr(visitor, "signed_in", lambda: firm.account(person))
        screen = AppTest.from_file(str(SCRIPT), default_timeout=30)
        screen.run()
        for name, value in query.items():
            screen.query_params[name] = value
        if page != "today":
            screen.switch_page(page_file(page)).run()
        assert not screen.exception, screen.exception[0].message
        return screen

    return opened


def words(screen: AppTest) -> str:
    """Everything a person reads on the page, as one text."""
    kinds = ("title", "subheader", "markdown", "caption", "text", "html", "info", "warning", "error", "success", "badge", "code")
    found = []
    for kind in kinds:
        found += [str(getattr(one, "value", "") or getattr(one, "label", "")) for one in screen.get(kind)]
    labelled = ("button", "checkbox", "selectbox", "expander", "page_link", "link_button", "text_input", "button_group")
    for kind in labelled:
        found += [str(getattr(one, "label", "")) for one in screen.get(kind)]
    return "\n".join(found).replace("\u2060", "").replace("\\", "").replace("<http", "http").replace(">)", ")")


def elements(screen: AppTest) -> int:
    def count(block: object) -> int:
        children = getattr(block, "children", None)
        return sum(count(one) for one in children.values()) if children else 1

    return count(screen.main) + count(screen.sidebar)


def said(name: str, language: str = "de") -> str:
    """The fixed beginning of a sentence, up to its first gap."""
    return sentences()[name][language].split("{")[0]
