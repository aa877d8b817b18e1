from __future__ import annotations

import pytest

from tests.real.wordpress_server import WordPressServer, a_wordpress


@pytest.fixture
def site() -> WordPressServer:
    """A real WordPress without any post; it is started once for all tests."""
    return a_wordpress()
