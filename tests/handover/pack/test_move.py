"""A copy, a move, and connecting again: nothing goes out twice, and nothing by itself where a channel is off."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from handover.pack.verifier import verify
from pipeline import errors
from pipeline.desk.house import House
from pipeline.records import Channel, Piece, Publication, PublicationState, Stage
from pipeline.review.gate import WAITING
from pipeline.worker import Worker
from tests.handover.pack.packed import taken_in, the_desk, the_pack
from tests.house import AHouse, a_house

NEW_PLACE = "Server der Müller & Söhne GmbH"


@pytest.fixture
def at(tmp_path: Path) -> AHouse:
    (tmp_path / "here").mkdir()
    return a_house(tmp_path / "here")


def moved(at: AHouse, tmp_path: Path) -> House:
    """The client goes to its own server."""
    the_pack(at, tmp_path / "move.zip", move_to=NEW_PLACE)
    return taken_in(at, tmp_path / "move.zip", tmp_path / "there")[0]


def copied(at: AHouse, tmp_path: Path) -> House:
    the_pack(at, tmp_path / "copy.zip")
    return taken_in(at, tmp_path / "copy.zip", tmp_path / "there")[0]


def blog(at: AHouse, house: House) -> Channel:
    return next(one.channel for one in the_desk(at, at.sander, house).channels() if one.channel.slug == "blog")


def row(at: AHouse, house: House, piece: Piece) -> Publication:
    found = the_desk(at, at.sander, house).piece(piece.id).publication
    assert found is not None
    return found


def pages(at: AHouse) -> list[str]:
    """What is public."""
    return sorted(one.parent.name for one in (at.folder / "web").rglob("index.html") if one.parent != at.folder / "web")


def reasons(at: AHouse, house: House, piece: Piece) -> set[str]:
    return {one.code for one in the_desk(at, at.sander, house).piece(piece.id).reasons}


# ----------------------------------------------------------------------------------------------------------- at the giver


def test_from_a_move_on_the_giver_sends_nothing_and_says_where_it_went(at: AHouse, tmp_path: Path) -> None:
    piece = at.a_scheduled_piece("Geplant")
    moved(at, tmp_path)
    at.clock.ahead(days=2)
    Worker(at.house).round()
    assert pages(at) == []
    assert "ChannelMoved" in reasons(at, at.house, piece)
    (problem,) = [one for one in the_desk(at, at.maria).channels()[0].problems if isinstance(one, errors.ChannelMoved)]
    assert problem.facts["where"] == NEW_PLACE


def test_publishing_by_hand_is_refused_after_a_move(at: AHouse, tmp_path: Path) -> None:
    piece = at.an_approved_piece()
    moved(at, tmp_path)
    with pytest.raises(errors.MayNotPublish):
        the_desk(at, at.sander).publish(piece.id)


def test_the_giver_still_writes_and_decides(at: AHouse, tmp_path: Path) -> None:
    moved(at, tmp_path)
    assert at.an_approved_piece("Danach").stage is Stage.APPROVED


def test_a_move_stands_in_the_givers_chain_after_what_is_in_the_pack(at: AHouse, tmp_path: Path) -> None:
    at.a_piece()
    head = the_desk(at, at.sander).verify_audit().head
    house = moved(at, tmp_path)
    newest = the_desk(at, at.sander).events(limit=1)[0]
    assert (newest.act, newest.prev, newest.details["head"]) == ("client.move", head, head)
    assert the_desk(at, at.sander, house).verify_audit().head == head


def test_a_move_waits_for_what_is_on_its_way(at: AHouse, tmp_path: Path) -> None:
    piece = at.a_scheduled_piece("Unterwegs")
    with at.house.store.tx(at.client.id) as t:
        t.put(row(at, at.house, piece).model_copy(update={"state": PublicationState.SENDING}))
    with pytest.raises(errors.OnItsWay) as told:
        moved(at, tmp_path)
    assert told.value.facts == {"title": "Unterwegs"}
    assert not (tmp_path / "move.zip").exists()
    assert blog(at, at.house).off is None


def test_a_move_that_fails_leaves_the_channels_on_and_no_file(
    at: AHouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise errors.StoreIsFull(folder="there")

    monkeypatch.setattr("handover.pack.export.Unfinished.finish", full)
    with pytest.raises(errors.StoreIsFull):
        the_pack(at, tmp_path / "move.zip", move_to=NEW_PLACE)
    assert list(tmp_path.iterdir()) == [tmp_path / "here"]
    assert blog(at, at.house).off is None
    assert the_desk(at, at.sander).events(limit=1)[0].act != "client.move"


def test_a_move_that_is_not_committed_leaves_no_pack(at: AHouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The last moment in which it can fail: the file has its name already."""
    plain = at.house.store.tx

    @contextmanager
    def tx(ws: str = "") -> Iterator[object]:
        outermost = at.house.store._current() is None  # type: ignore[attr-defined]
        with plain(ws) as t:
            yield t
            if outermost:
                assert (tmp_path / "move.zip").exists()
                raise errors.StoreIsFull(folder="there")

    monkeypatch.setattr(at.house.store, "tx", tx)
    with pytest.raises(errors.StoreIsFull):
        the_pack(at, tmp_path / "move.zip", move_to=NEW_PLACE)
    assert list(tmp_path.iterdir()) == [tmp_path / "here"]
    assert blog(at, at.house).off is None


def test_a_client_moves_once(at: AHouse, tmp_path: Path) -> None:
    moved(at, tmp_path)
    with pytest.raises(errors.ChannelMoved):
        the_pack(at, tmp_path / "again.zip", move_to="anderswohin")
    the_pack(at, tmp_path / "copy.zip")  # a copy is always to be had
    assert verify(tmp_path / "copy.zip").ok


def test_the_giver_cannot_connect_what_has_moved(at: AHouse, tmp_path: Path) -> None:
    moved(at, tmp_path)
    with pytest.raises(errors.ChannelMoved):
        the_desk(at, at.maria).reconnect("blog")


def test_only_the_teams_owner_takes_a_move_back(at: AHouse, tmp_path: Path) -> None:
    moved(at, tmp_path)
    for person in (at.sander, at.jonas):
        with pytest.raises(errors.NotAllowed):
            the_desk(at, person).undo_move()
    the_desk(at, at.maria).undo_move()
    assert blog(at, at.house).off is None
    with pytest.raises(errors.NothingMoved):
        the_desk(at, at.maria).undo_move()


def test_after_a_move_taken_back_what_was_planned_is_asked_about(at: AHouse, tmp_path: Path) -> None:
    """The other installation may have sent it meanwhile."""
    piece = at.a_scheduled_piece("Geplant")
    moved(at, tmp_path)
    later = at.a_scheduled_piece("Nur hier")
    the_desk(at, at.maria).undo_move()
    assert row(at, at.house, piece).reason == "MayBeOutElsewhere"
    assert row(at, at.house, later).state is PublicationState.PLANNED
    at.clock.ahead(days=2)
    Worker(at.house).round()
    assert pages(at) == ["nur-hier"]


# ----------------------------------------------------------------------------------------------------------- at the taker


@pytest.mark.parametrize("way", [moved, copied])
def test_nothing_goes_out_at_the_taker_before_the_channel_is_connected(
    way: Callable[[AHouse, Path], House], at: AHouse, tmp_path: Path
) -> None:
    piece = at.a_scheduled_piece("Geplant")
    house = way(at, tmp_path)
    at.clock.ahead(days=1, hours=22, minutes=5)
    done = Worker(house).round()
    assert [one["reason"] for one in done.waiting] == ["ChannelNotReconnected"]
    assert pages(at) == []
    assert "ChannelNotReconnected" in reasons(at, house, piece)


def test_after_a_move_the_taker_sends_what_was_planned_once_connected(at: AHouse, tmp_path: Path) -> None:
    piece = at.a_scheduled_piece("Geplant")
    house = moved(at, tmp_path)
    done = the_desk(at, at.maria, house).reconnect("blog")
    assert (done.asked, blog(at, house).off) == ((), None)
    at.clock.ahead(days=1, hours=22, minutes=5)
    Worker(house).round()
    assert pages(at) == ["geplant"]
    assert row(at, house, piece).state is PublicationState.CONFIRMED
    assert the_desk(at, at.sander, house).events(piece=piece.id, limit=1)[0].act == "publication.confirm"


def test_a_copy_asks_about_what_was_planned_and_sends_the_rest(at: AHouse, tmp_path: Path) -> None:
    planned = at.a_scheduled_piece("Geplant")
    house = copied(at, tmp_path)
    there = the_desk(at, at.maria, house)
    done = there.reconnect("blog")
    assert done.asked == ("Geplant",)
    assert (row(at, house, planned).state, row(at, house, planned).reason) == (PublicationState.ATTENTION, "MayBeOutElsewhere")
    at.clock.ahead(days=2)
    Worker(house).round()
    assert pages(at) == []


def test_a_copy_asks_also_about_what_became_late_before_it_was_connected(at: AHouse, tmp_path: Path) -> None:
    planned = at.a_scheduled_piece("Geplant")
    house = copied(at, tmp_path)
    at.clock.ahead(days=4)
    Worker(house).round()
    assert row(at, house, planned).reason == "TooLate"
    assert the_desk(at, at.maria, house).reconnect("blog").asked == ("Geplant",)


def test_a_person_says_what_became_of_a_copied_plan(at: AHouse, tmp_path: Path) -> None:
    planned = at.a_scheduled_piece("Geplant")
    house = copied(at, tmp_path)
    the_desk(at, at.maria, house).reconnect("blog")
    desk = the_desk(at, at.sander, house)
    desk.is_there(planned.id, "https://www.mueller.example/blog/geplant/")
    assert desk.piece(planned.id).stage is Stage.PUBLISHED


@pytest.mark.parametrize("state", [state for state in PublicationState if state.is_on_its_way])
def test_a_copy_of_something_under_way_is_neither_sent_nor_looked_up(state: PublicationState, at: AHouse, tmp_path: Path) -> None:
    piece = at.a_scheduled_piece("Unterwegs")
    with at.house.store.tx(at.client.id) as t:
        t.put(row(at, at.house, piece).model_copy(update={"state": state, "next_try_at": at.clock()}))
    house = copied(at, tmp_path)
    at.clock.ahead(days=2)
    Worker(house).round()
    assert (row(at, house, piece).state, pages(at)) == (state, [])
    assert the_desk(at, at.maria, house).reconnect("blog").asked == ("Unterwegs",)
    assert row(at, house, piece).state is PublicationState.ATTENTION


def test_connecting_needs_the_right(at: AHouse, tmp_path: Path) -> None:
    house = moved(at, tmp_path)
    with pytest.raises(errors.NotAllowed):
        the_desk(at, at.jonas, house).reconnect("blog")
    assert blog(at, house).off is not None


def test_a_connection_that_does_not_work_switches_nothing_on(at: AHouse, tmp_path: Path) -> None:
    house = moved(at, tmp_path)
    there = the_desk(at, at.maria, house)
    there.change_settings("blog", {"folder": str(tmp_path / "no" / "such" / "place")})
    with pytest.raises(errors.SiteFolderMissing):
        there.reconnect("blog")
    assert blog(at, house).off is not None


def test_a_channel_that_needs_a_credential_asks_for_one(at: AHouse, tmp_path: Path) -> None:
    settings = {"url": "https://www.mueller.example", "user": "redaktion"}
    the_desk(at, at.sander).add_channel(
        name="WP", slug="wp", outlet="wordpress", owner=at.maria.email, settings=settings, secret="abcd efgh ijkl mnop"
    )
    house = moved(at, tmp_path)
    with pytest.raises(errors.SecretMissing):
        the_desk(at, at.maria, house).reconnect("wp")


def test_a_new_credential_alone_does_not_connect(at: AHouse, tmp_path: Path) -> None:
    """Only the tried connection does."""
    settings = {"url": "https://www.mueller.example", "user": "redaktion"}
    the_desk(at, at.sander).add_channel(
        name="WP", slug="wp", outlet="wordpress", owner=at.maria.email, settings=settings, secret="abcd efgh ijkl mnop"
    )
    house = moved(at, tmp_path)
    the_desk(at, at.maria, house).replace_secret("wp", "another secret of hers")
    with house.store.read(at.client.id) as view:
        assert view.page(Channel, {"slug": "wp"}, limit=1)[0].off is not None


def test_a_connected_channel_has_nothing_to_connect(at: AHouse) -> None:
    with pytest.raises(errors.NothingToReconnect):
        the_desk(at, at.maria).reconnect("blog")


def test_exporting_asks_for_the_right(at: AHouse, tmp_path: Path) -> None:
    with pytest.raises(errors.NotAllowed):
        the_desk(at, at.jonas).export(tmp_path / "pack.zip")
    assert list(tmp_path.iterdir()) == [tmp_path / "here"]


def test_an_export_stands_in_the_installations_chain_with_the_files_sum(at: AHouse, tmp_path: Path) -> None:
    pack = the_pack(at, tmp_path / "pack.zip")
    with at.house.store.read() as view:
        newest = next(iter(view.events(descending=True)))
    assert (newest.act, newest.actor, newest.subject) == ("client.export", at.sander.id, at.client.id)
    assert (newest.details["sha256"], newest.details["head"]) == (pack.sha256, pack.audit_head)


def test_a_moved_client_can_move_on_with_the_same_history(at: AHouse, tmp_path: Path) -> None:
    at.an_approved_piece()
    house = moved(at, tmp_path)
    the_desk(at, at.maria, house).export(tmp_path / "onward.zip", move_to="noch ein Rechner")
    report = verify(tmp_path / "onward.zip")
    assert (report.ok, report.head) == (True, the_desk(at, at.sander).events(limit=2)[1].hash)


def test_progress_is_told_up_to_the_end(at: AHouse, tmp_path: Path) -> None:
    at.a_piece()
    told: list[tuple[int, int]] = []
    the_pack(at, tmp_path / "pack.zip", progress=lambda done, total: told.append((done, total)))
    assert told == sorted(told)
    assert told[-1][0] == told[-1][1] > 5


def test_reasons_of_a_channel_that_is_off_let_a_piece_wait() -> None:
    assert {errors.ChannelMoved, errors.ChannelNotReconnected} <= set(WAITING)
