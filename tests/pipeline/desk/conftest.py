from __future__ import annotations

from pathlib import Path

import pytest

from tests.house import AHouse, a_house


@pytest.fixture
def at(tmp_path: Path) -> AHouse:
    return a_house(tmp_path)
