"""One rule for the whole suite: on the build machine nothing is skipped."""

from __future__ import annotations

import os
from collections.abc import Generator

import pytest


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A test that wants something this machine lacks is skipped with a sentence, and failed where everything must be there."""
    report = yield
    if report.skipped and not hasattr(report, "wasxfail") and os.environ.get("STAFFELSTAB_TEST_ALL") == "1":
        report.outcome = "failed"
    return report
