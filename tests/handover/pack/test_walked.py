"""Packs of random days: whatever people press, the pack of it holds, and what was taken in gives the same pack again."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from handover.pack.export import write_pack
from handover.pack.take_in import take_in
from handover.pack.verifier import verify
from handover.workplace import open_house
from pipeline.desk.house import House
from pipeline.records import Phase
from pipeline.settings import Settings
from tests.handover.pack.packed import files_of, taken_in, the_desk, the_pack
from tests.house import AHouse, a_house
from tests.pipeline.desk.test_random_walk import run


def written(at: AHouse, house: House, to: Path) -> Path:
    """Without a person: in these days everybody may have left."""
    with house.store.read(at.client.id) as reader, to.open("w+b") as file:
        write_pack(house, reader, file, move=None, progress=lambda _done, _total: None)
    return to


@pytest.mark.parametrize("seed", range(4))
def test_the_pack_of_a_random_walk_holds_and_comes_back_the_same(seed: int, tmp_path: Path) -> None:
    (tmp_path / "here").mkdir()
    at = run(tmp_path / "here", seed).at
    first = written(at, at.house, tmp_path / "first.zip")
    assert verify(first).problems == []
    there = open_house(Settings(store=tmp_path / "there", keys=str(tmp_path / "keys")), at.clock)
    there = dataclasses.replace(there, outlet=at.house.outlet)
    take_in(there, first)
    assert files_of(written(at, there, tmp_path / "second.zip")) == files_of(first)


def test_a_phase_that_is_only_played_is_not_packed(tmp_path: Path) -> None:
    (tmp_path / "here").mkdir()
    at = a_house(tmp_path / "here")
    the_desk(at, at.sander).add_channel(name="Probe", slug="probe", outlet="rehearsal", owner=at.maria.email)
    maria = the_desk(at, at.maria)
    maria.agree("probe")
    the_desk(at, at.jonas).add_piece("probe", title="Zur Probe", body="Ein Beitrag zum Üben.")
    maria.rehearse("probe", Phase.ABGEBEN)
    the_pack(at, tmp_path / "first.zip")
    assert verify(tmp_path / "first.zip").problems == []
    house, _ = taken_in(at, tmp_path / "first.zip", tmp_path / "there")
    (probe,) = (one.channel for one in the_desk(at, at.maria, house).channels() if one.channel.slug == "probe")
    assert (probe.phase, probe.play) == (Phase.VORMACHEN, None)
    the_pack(at, tmp_path / "second.zip", house=house)
    assert (tmp_path / "second.zip").read_bytes() == (tmp_path / "first.zip").read_bytes()
