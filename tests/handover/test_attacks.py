"""Ways in which somebody could get around the handover, each tried as the rule that stands against it."""

from __future__ import annotations

from pathlib import Path

import pytest

from handover.rights import column_across
from pipeline import errors
from pipeline.records import Phase, Role, Side
from tests.house import AHouse, a_house
from tests.phases import handover_desk, in_phase


@pytest.fixture
def at(tmp_path: Path) -> AHouse:
    return a_house(tmp_path)


# -- who can make whom mighty


def a_second_channel(at: AHouse, owner: str, outlet: str = "rehearsal") -> None:
    handover_desk(at, at.sander).add_channel(name="Zweiter", slug="zweiter", outlet=outlet, owner=owner)


def test_once_a_channel_is_shared_the_consultant_makes_nobody_an_owner_by_a_new_channel(at: AHouse) -> None:
    """Who owns any channel brings and lets go of the team's people: that is not the consultant's to give."""
    in_phase(at, Phase.MITMACHEN)
    with pytest.raises(errors.NotAllowed):
        a_second_channel(at, at.jonas.email)
    with pytest.raises(errors.NotAllowed):
        handover_desk(at, at.jonas).deactivate(at.maria.email)
    a_second_channel(at, at.maria.email)
    with pytest.raises(errors.NotAllowed):
        handover_desk(at, at.sander).change_owner("zweiter", owner=at.jonas.email)
    handover_desk(at, at.maria).change_owner("zweiter", owner=at.jonas.email)


def test_before_anything_is_shared_the_consultant_names_the_owners(at: AHouse) -> None:
    a_second_channel(at, at.jonas.email)


def test_a_rehearsal_channel_keeps_no_rights_over_what_was_given_away(at: AHouse) -> None:
    a_second_channel(at, at.maria.email)
    in_phase(at, Phase.ABGEBEN)
    sander = handover_desk(at, at.sander)
    assert column_across([one.channel for one in sander.channels()]) == "all_given"
    for verb, given in (("pause", ()), ("stop_all", ()), ("resume", ()), ("change_client", ())):
        with pytest.raises(errors.NotAllowed):
            getattr(sander, verb)(*given)


def test_what_is_rehearsed_brings_nobody_of_the_other_side(at: AHouse) -> None:
    """Shared is only what can become public."""
    in_phase(at, Phase.MITMACHEN)
    a_second_channel(at, at.maria.email)
    handover_desk(at, at.maria).rehearse("zweiter", Phase.ABGEBEN)
    for person, side in ((at.sander, Side.TEAM), (at.maria, Side.CONSULTANT)):
        with pytest.raises(errors.NotAllowed):
            handover_desk(at, person).add_person(name="Zwei", email="zwei@x.example", side=side, roles={Role.OWNER})


def test_a_client_that_has_moved_gets_no_new_channel_at_the_giver(at: AHouse, tmp_path: Path) -> None:
    """It would send from where nothing may be sent any more."""
    handover_desk(at, at.maria).export(tmp_path / "umzug.zip", move_to="Server der Müller & Söhne")
    with pytest.raises(errors.ChannelMoved):
        a_second_channel(at, at.maria.email)
    handover_desk(at, at.maria).undo_move()
    a_second_channel(at, at.maria.email)
