"""Two people, or a person and the worker, at the same instant: one after the other, and the second is told what it then finds."""

from __future__ import annotations

import dataclasses
import itertools
import threading
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from pipeline import errors
from pipeline.desk import Desk
from pipeline.desk.act import settle_overdue
from pipeline.desk.writing import Change
from pipeline.errors import Refusal
from pipeline.publish.channels.port import Delivery
from pipeline.records import Piece, Stage, Verdict
from pipeline.store.chain import broken_links
from pipeline.worker import Worker
from tests.fakes.outlet import MemoryOutlet, Remote
from tests.house import AHouse, a_house

VERBS: Mapping[str, Callable[[Desk, Piece], object]] = {
    "approve": lambda desk, piece: desk.decide(piece.id, seen=piece.hash, verdict=Verdict.APPROVE),
    "request changes": lambda desk, piece: desk.decide(
        piece.id, seen=piece.hash, verdict=Verdict.REQUEST_CHANGES, comment="Bitte kürzen."
    ),
    "reject": lambda desk, piece: desk.decide(piece.id, seen=piece.hash, verdict=Verdict.REJECT, comment="Nein."),
    "hold": lambda desk, piece: desk.decide(piece.id, seen=piece.hash, verdict=Verdict.HOLD),
    "take back": lambda desk, piece: desk.take_back(piece.id),
    "edit": lambda desk, piece: desk.edit(piece.id, Change(title="Neu", seen=piece.revision)),
    "submit": lambda desk, piece: desk.submit(piece.id),
    "publish": lambda desk, piece: desk.publish(piece.id),
    "schedule": lambda desk, piece: desk.schedule(piece.id, "2027-03-25T09:00"),
    "withdraw": lambda desk, piece: desk.withdraw(piece.id, reason="Überholt."),
    "pause": lambda desk, _: desk.pause("blog"),
    "other address": lambda desk, _: desk.change_settings("blog", {"base_url": "https://neu.example"}),
}


def at_once(*calls: Callable[[], object]) -> list[object]:
    """What each gave: a value, or what it raised."""
    start, results = threading.Barrier(len(calls)), [object()] * len(calls)

    def run(number: int, call: Callable[[], object]) -> None:
        start.wait()
        try:
            results[number] = call()
        except Exception as raised:  # noqa: BLE001  (handed to the test)
            results[number] = raised

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def holds_together(at: AHouse, piece: Piece, results: list[object]) -> Stage:
    raised = [one for one in results if isinstance(one, BaseException)]
    assert all(isinstance(one, Refusal) for one in raised), raised
    assert not any(isinstance(one, errors.StoreIsBusy) for one in raised)
    settle_overdue(at.house)
    view = at.desk(at.sander).piece(piece.id)
    with at.house.store.read(at.client.id) as reader:
        assert reader.get(Piece, piece.id) == view.piece
        assert broken_links(reader.events()) == []
    assert view.stage is view.piece.stage
    return view.stage


def test_every_pair_of_verbs_at_once_leaves_records_that_fit_together(at: AHouse) -> None:
    for (first, one), (second, other) in itertools.combinations_with_replacement(VERBS.items(), 2):
        piece = at.an_approved_piece() if "publish" in (first, second) else at.a_piece_in_review()
        length = len(at.desk(at.sander).events(limit=None))
        results = at_once(lambda: one(at.desk(at.sander), piece), lambda: other(at.desk(at.sander), piece))  # noqa: B023
        holds_together(at, piece, results)
        done = [result for result in results if not isinstance(result, Refusal)]
        assert len(at.desk(at.sander).events(limit=None)) - length <= len(done), (first, second)
        at.desk(at.sander).resume("blog")
        at.desk(at.sander).change_settings("blog", {"base_url": "https://www.mueller.example/blog"})


def test_of_two_editors_one_is_told(at: AHouse) -> None:
    piece = at.a_piece()
    results = at_once(
        *(
            lambda person=person: at.desk(person).edit(piece.id, Change(title=f"Von {person.name}", seen=1))
            for person in (at.jonas, at.maria)
        )
    )
    assert [type(one) for one in results if isinstance(one, BaseException)] == [errors.SomebodyElseSaved]
    assert at.desk(at.sander).piece(piece.id).piece.revision == 2


def test_eight_clicks_at_once_are_one_decision_and_one_row(at: AHouse) -> None:
    piece = at.a_piece_in_review()
    given = at_once(*[lambda: VERBS["approve"](at.desk(at.sander), piece)] * 8)
    assert len({one.id for one in given}) == 1  # type: ignore[attr-defined]
    rows = at_once(*[lambda: at.desk(at.sander).publish(piece.id)] * 8)
    assert len({one.publication for one in rows}) == 1  # type: ignore[attr-defined]
    acts = [event.act for event in at.desk(at.sander).events(piece=piece.id)]
    assert acts.count("piece.publish") == 1


class AddressedOutlet(MemoryOutlet):
    def address(self, settings: Mapping[str, str]) -> str:
        return settings["base_url"]


STOPS = ("withdraw", "hold", "request changes", "reject", "schedule", "pause", "other address")


@pytest.mark.parametrize("delivery", list(Delivery))
def test_a_stop_against_the_worker_is_in_time_or_says_so(tmp_path: Path, delivery: Delivery) -> None:
    """Whoever stops and gets no refusal has stopped it, but for what passed the last gate before."""
    remote = Remote()
    at = a_house(tmp_path)
    outlet = AddressedOutlet(delivery, remote)
    at = dataclasses.replace(at, house=dataclasses.replace(at.house, outlet=lambda _: outlet))
    for turn, verb in enumerate(STOPS * 3):
        piece = at.desk(at.sander).publish(at.an_approved_piece(f"Beitrag {turn}").id)
        before = len(remote.public)
        results = at_once(lambda: VERBS[verb](at.desk(at.sander), piece), Worker(at.house, chance=lambda: 0.5).round)  # noqa: B023
        stage = holds_together(at, piece, results)
        went_out = len(remote.public) - before
        assert went_out == (stage is Stage.PUBLISHED), verb
        if verb not in ("pause", "other address"):
            assert went_out == isinstance(results[0], Refusal), (verb, results)
        else:
            acts = [event.act for event in reversed(at.desk(at.sander).events(limit=8))]
            acts = acts[acts.index("piece.publish") :]
            stopped = acts.index("channel.pause" if verb == "pause" else "channel.settings")
            assert not went_out or acts.index("publication.send") < stopped, acts
        at.desk(at.sander).resume("blog")
        at.desk(at.sander).change_settings("blog", {"base_url": "https://www.mueller.example/blog"})
        if stage not in (Stage.PUBLISHED, Stage.WITHDRAWN, Stage.REJECTED):
            calm_down(at, piece)


def calm_down(at: AHouse, piece: Piece) -> None:
    desk = at.desk(at.sander)
    if desk.piece(piece.id).stage is Stage.ATTENTION:
        desk.drop(piece.id)
    desk.withdraw(piece.id, reason="Für die nächste Runde.")
