"""What runbook and exit ask of the store is answered from an index, whatever the number of records."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.store.sqlite import FILE
from tests.handover.exit_house import ExitHouse, an_exit_house
from tests.store.test_indexes import asked, slow_plans  # noqa: F401  (a fixture)

LIST_OF_CLIENTS = "SELECT id FROM client ORDER BY id"
"""Whoever leaves may be a person of other clients too, so all of them are asked."""


def do_everything(house: ExitHouse) -> None:
    for state in house.jonas.runbook().chapters:
        house.jonas.acknowledge(state.chapter.code, state.chapter.sha256)
    house.maria.runbook_page()
    house.give_away()
    house.deliver_and_control("access:blog")
    house.maria.verify("access:blog")
    house.sander.declare_exit({one.code: "Folgt." for one in house.sander.exit_list().unmet})
    house.maria.confirm_exit()
    house.maria.protocol_page()


@pytest.mark.usefixtures("asked")
def test_neither_runbook_nor_exit_scans_or_sorts(asked: set[str], tmp_path: Path) -> None:  # noqa: F811
    with an_exit_house(tmp_path) as house:
        asked.clear()
        do_everything(house)
        few = {one for one in asked if one != LIST_OF_CLIENTS}
        assert len([one for one in few if "SELECT" in one]) > 40
        assert slow_plans(house.at.house.settings.store / FILE, few) == {}
