"""The handover's page on the small house, with one of its people in front of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from handover.screens.entrance import open_the_handover
from tests.house import AHouse, a_house
from tests.screens.conftest import Open, opener


@pytest.fixture
def firm(tmp_path: Path) -> AHouse:
    return a_house(tmp_path)


@pytest.fixture
def open_page(firm: AHouse, monkeypatch: pytest.MonkeyPatch) -> Open:
    """`open_page("handover", firm.maria, channel="blog", part="step")`."""
    open_the_handover()
    return opener(firm, monkeypatch)
