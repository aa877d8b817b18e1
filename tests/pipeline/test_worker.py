"""The publishing protocol: never twice, never silently lost, never something else, never after stop."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from pipeline import errors
from pipeline.desk.writing import Change
from pipeline.publish.channels.port import Delivery
from pipeline.publish.protocol import MOST_TRIES, QUIET_TIME, STEP_LIMIT, retold
from pipeline.records import Orphan, Piece, PublicationState, Stage, Verdict
from pipeline.worker import Worker
from tests.fakes.outlet import Killed, MemoryOutlet, Remote
from tests.house import AHouse, a_house

ALL = list(Delivery)
SILENT = errors.ChannelSilent(channel="Blog", reason="timeout")


@dataclasses.dataclass
class Scene:
    at: AHouse
    remote: Remote
    outlet: MemoryOutlet

    def a_due_piece(self, title: str = "Übergabe") -> Piece:
        return self.at.desk(self.at.sander).publish(self.at.an_approved_piece(title).id)

    def round(self) -> Worker:
        worker = Worker(self.at.house, chance=lambda: 0.5)
        with worker.alone():
            worker.round()
        return worker

    def stage(self, piece: Piece) -> Stage:
        return self.at.desk(self.at.sander).piece(piece.id).stage

    def state(self, piece: Piece) -> PublicationState:
        row = self.at.desk(self.at.sander).piece(piece.id).publication
        assert row is not None
        return row.state

    def until_quiet(self, piece: Piece, rounds: int = 30) -> Stage:
        """Let time pass, round after round, until the piece is published or somebody has to look."""
        for _ in range(rounds):
            self.round()
            if self.stage(piece) in (Stage.PUBLISHED, Stage.ATTENTION, Stage.MISSED):
                return self.stage(piece)
            self.at.clock.ahead(minutes=1)
        return self.stage(piece)


@pytest.fixture
def stage_for(tmp_path: Path) -> Callable[[Delivery], Scene]:
    def made(delivery: Delivery) -> Scene:
        at = a_house(tmp_path)
        remote = Remote()
        outlet = MemoryOutlet(delivery, remote)
        house = dataclasses.replace(at.house, outlet=lambda _: outlet)
        return Scene(dataclasses.replace(at, house=house), remote, outlet)

    return made


StageFor = Callable[[Delivery], Scene]


@pytest.mark.parametrize("delivery", ALL)
def test_what_is_due_goes_out_once_as_it_was_approved(stage_for: StageFor, delivery: Delivery) -> None:
    scene = stage_for(delivery)
    piece = scene.a_due_piece()
    scene.round()
    scene.round()
    assert scene.stage(piece) is Stage.PUBLISHED
    ((_, payload),) = scene.remote.public
    assert payload == scene.at.desk(scene.at.sander).rendered(piece.id).payload


def test_nothing_goes_out_before_its_time(stage_for: StageFor) -> None:
    scene = stage_for(Delivery.PUT)
    piece = scene.at.a_scheduled_piece(at="2027-03-16T12:30")
    scene.round()
    assert scene.remote.calls == []
    scene.at.clock.ahead(minutes=30)
    scene.round()
    assert scene.stage(piece) is Stage.PUBLISHED


# -- killed at every point, then started again


@pytest.mark.parametrize("delivery", ALL)
@pytest.mark.parametrize("readable", [True, False])
def test_killed_anywhere_the_public_sees_it_once_or_a_person_is_told(tmp_path: Path, delivery: Delivery, readable: bool) -> None:
    points = 0
    for point in range(1, 60):
        folder = tmp_path / str(point)
        folder.mkdir()
        at = a_house(folder)
        remote = Remote(readable=readable)
        outlet = MemoryOutlet(delivery, remote)
        at = dataclasses.replace(at, house=dataclasses.replace(at.house, outlet=lambda _, outlet=outlet: outlet))
        scene = Scene(at, remote, outlet)
        piece = scene.a_due_piece()
        with killed_at(scene, point) as reached:
            scene.round()
        if not reached():
            break
        points += 1
        end = scene.until_quiet(piece)
        assert end in (Stage.PUBLISHED, Stage.ATTENTION), (point, end)
        assert len(remote.public) <= 1, point
        if end is Stage.PUBLISHED or delivery is not Delivery.ONE_SHOT:
            assert (end, len(remote.public)) == (Stage.PUBLISHED, 1), point
    assert points >= 6


@contextmanager
def killed_at(scene: Scene, point: int) -> Iterator[Callable[[], bool]]:
    """The process dies at the n-th of: before a transaction, after its commit, before and after a remote call."""
    passed = 0

    def here(_: str) -> None:
        nonlocal passed
        passed += 1
        if passed == point:
            raise Killed

    store = scene.at.house.store
    plain = store.tx

    @contextmanager
    def watched(ws: str = "") -> Iterator[object]:
        outermost = store._current() is None  # type: ignore[attr-defined]
        if outermost:
            here("before tx")
        with plain(ws) as t:
            yield t
        if outermost:
            here("after tx")

    store.tx = watched  # type: ignore[method-assign]
    scene.remote.on_call = here
    try:
        yield lambda: passed >= point
    except Killed:
        pass
    finally:
        del store.tx  # type: ignore[method-assign]
        scene.remote.on_call = lambda _: None


# -- the outcome table


@pytest.mark.parametrize("delivery", [Delivery.FLIP, Delivery.PUT])
def test_an_answer_that_got_lost_after_the_effect_is_no_second_post(stage_for: StageFor, delivery: Delivery) -> None:
    scene = stage_for(delivery)
    scene.remote.after = {"flip": [SILENT], "put": [SILENT], "draft": [SILENT]}
    piece = scene.a_due_piece()
    assert scene.until_quiet(piece) is Stage.PUBLISHED
    assert len(scene.remote.public) == 1


def test_a_single_shot_is_never_repeated_by_itself(stage_for: StageFor) -> None:
    scene = stage_for(Delivery.ONE_SHOT)
    scene.remote.readable = False
    scene.remote.after = {"put": [SILENT]}
    piece = scene.a_due_piece()
    assert scene.until_quiet(piece) is Stage.ATTENTION
    assert scene.remote.calls.count("put") == 1


def test_a_single_shot_that_is_found_is_confirmed(stage_for: StageFor) -> None:
    scene = stage_for(Delivery.ONE_SHOT)
    scene.remote.after = {"put": [SILENT]}
    piece = scene.a_due_piece()
    assert scene.until_quiet(piece) is Stage.PUBLISHED
    assert scene.remote.calls.count("put") == 1


def test_a_single_shot_that_is_not_found_goes_to_a_person_after_the_quiet_time(stage_for: StageFor) -> None:
    scene = stage_for(Delivery.ONE_SHOT)
    scene.remote.before = {"put": [SILENT]}
    piece = scene.a_due_piece()
    scene.round()
    assert scene.state(piece) is PublicationState.UNKNOWN
    scene.at.clock.now += STEP_LIMIT + QUIET_TIME
    scene.round()
    assert scene.stage(piece) is Stage.ATTENTION
    assert scene.remote.public == []
    row = scene.at.desk(scene.at.sander).piece(piece.id).publication
    assert row is not None
    assert retold(row) == errors.OutcomeUnknown(channel="Blog der Werkstatt")


def test_a_person_says_it_is_there(stage_for: StageFor) -> None:
    scene = stage_for(Delivery.ONE_SHOT)
    scene.remote.readable = False
    scene.remote.after = {"put": [SILENT]}
    piece = scene.a_due_piece()
    scene.round()
    scene.at.desk(scene.at.sander).is_there(piece.id, "https://memory.example/p1")
    assert scene.stage(piece) is Stage.PUBLISHED


def test_a_person_says_send_again_and_the_same_bytes_go_out(stage_for: StageFor) -> None:
    scene = stage_for(Delivery.ONE_SHOT)
    scene.remote.readable = False
    scene.remote.before = {"put": [SILENT]}
    piece = scene.a_due_piece()
    scene.round()
    scene.at.desk(scene.at.sander).send_again(piece.id)
    scene.round()
    assert scene.stage(piece) is Stage.PUBLISHED
    assert len(scene.remote.public) == 1


def test_a_person_drops_it_and_the_piece_stays_approved(stage_for: StageFor) -> None:
    scene = stage_for(Delivery.ONE_SHOT)
    scene.remote.readable = False
    scene.remote.before = {"put": [SILENT]}
    piece = scene.a_due_piece()
    scene.round()
    scene.at.desk(scene.at.sander).drop(piece.id)
    assert scene.stage(piece) is Stage.APPROVED


@pytest.mark.parametrize(
    ("refusal", "state"),
    [
        (errors.ChannelRefused(channel="Blog", reason="x"), PublicationState.FAILED),
        (errors.ChannelAddressWrong(channel="Blog", reason="x"), PublicationState.FAILED),
        (errors.ReconnectNeeded(channel="Blog", reason="x"), PublicationState.ATTENTION),
        (errors.ChannelForbids(channel="Blog", reason="x"), PublicationState.ATTENTION),
        (errors.ChannelDraftGone(channel="Blog", reason="x"), PublicationState.ATTENTION),
        (errors.SlugTaken(channel="Blog", slug="x"), PublicationState.ATTENTION),
        (errors.ChannelUnreachable(channel="Blog", reason="x"), PublicationState.PLANNED),
        (errors.ChannelBusy(channel="Blog", reason="x", retry_after=60), PublicationState.PLANNED),
    ],
)
def test_a_refusal_becomes_what_the_outcome_table_says(
    stage_for: StageFor, refusal: errors.Refusal, state: PublicationState
) -> None:
    scene = stage_for(Delivery.ONE_SHOT)
    scene.remote.before = {"put": [refusal]}
    piece = scene.a_due_piece()
    scene.round()
    assert scene.state(piece) is state


def test_waiting_as_long_as_the_outside_system_asks(stage_for: StageFor) -> None:
    scene = stage_for(Delivery.PUT)
    scene.remote.before = {"put": [errors.ChannelBusy(channel="Blog", reason="429", retry_after=600)]}
    piece = scene.a_due_piece()
    scene.round()
    scene.at.clock.ahead(seconds=599)
    scene.round()
    assert scene.remote.calls.count("put") == 1
    scene.at.clock.ahead(seconds=60)
    scene.round()
    assert scene.stage(piece) is Stage.PUBLISHED


def test_too_many_tries_go_to_a_person(stage_for: StageFor) -> None:
    scene = stage_for(Delivery.PUT)
    scene.outlet.late_minutes = 1440
    unreachable = [errors.ChannelUnreachable(channel="Blog", reason="x") for _ in range(20)]
    scene.remote.before = {"put": list(unreachable)}
    piece = scene.a_due_piece()
    assert scene.until_quiet(piece, rounds=300) is Stage.ATTENTION
    assert scene.remote.calls.count("put") == MOST_TRIES


def test_what_arrived_different_is_not_published(stage_for: StageFor) -> None:
    scene = stage_for(Delivery.FLIP)
    piece = scene.a_due_piece()
    scene.remote.on_call = lambda name: scene.remote.drafts.update(d1={"title": "fremd"}) if name == "after draft" else None
    scene.round()
    assert (scene.stage(piece), scene.remote.public) == (Stage.ATTENTION, [])


def test_sending_again_after_a_difference_makes_a_new_draft(stage_for: StageFor) -> None:
    scene = stage_for(Delivery.FLIP)
    piece = scene.a_due_piece()
    scene.remote.on_call = lambda name: scene.remote.drafts.update(d1={"title": "fremd"}) if name == "after draft" else None
    scene.round()
    scene.remote.on_call = lambda _: None
    scene.at.desk(scene.at.sander).send_again(piece.id)
    scene.round()
    assert scene.stage(piece) is Stage.PUBLISHED
    assert [name for name, _ in scene.remote.public] == ["d2"]


def test_an_edited_text_does_not_reuse_the_draft_of_the_old_one(stage_for: StageFor) -> None:
    scene = stage_for(Delivery.FLIP)
    piece = scene.a_due_piece()
    desk = scene.at.desk(scene.at.sander)
    scene.remote.before = {"flip": [errors.ChannelForbids(channel="Blog", reason="x")]}
    scene.round()
    desk.take_back(piece.id)
    desk.edit(piece.id, Change(body="Ein neuer Text."))
    desk.submit(piece.id)
    desk.decide(piece.id, seen=desk.piece(piece.id).hash, verdict=Verdict.APPROVE)
    desk.publish(piece.id)
    scene.round()
    ((name, payload),) = scene.remote.public
    assert (name, payload["html"]) == ("d2", "<p>Ein neuer Text.</p>")


# -- never after stop


@pytest.mark.parametrize("delivery", ALL)
@pytest.mark.parametrize("stop", ["channel", "client", "all", "hold"])
def test_nothing_leaves_after_stop_and_it_goes_on_after_go(stage_for: StageFor, delivery: Delivery, stop: str) -> None:
    scene = stage_for(delivery)
    piece = scene.a_due_piece()
    desk = scene.at.desk(scene.at.sander)
    seen = desk.piece(piece.id).hash
    {
        "channel": lambda: desk.pause("blog"),
        "client": desk.pause,
        "all": desk.stop_all,
        "hold": lambda: desk.decide(piece.id, seen=seen, verdict=Verdict.HOLD),
    }[stop]()
    scene.round()
    assert scene.remote.calls == []
    {
        "channel": lambda: desk.resume("blog"),
        "client": desk.resume,
        "all": desk.go_all,
        "hold": lambda: desk.decide(piece.id, seen=seen, verdict=Verdict.RELEASE),
    }[stop]()
    scene.round()
    assert scene.stage(piece) is Stage.PUBLISHED


@pytest.mark.parametrize("when", ["after image", "after draft", "after compare"])
def test_a_stop_while_preparing_closes_the_final_gate(stage_for: StageFor, when: str) -> None:
    scene = stage_for(Delivery.FLIP)
    piece = scene.a_due_piece()
    desk = scene.at.desk(scene.at.sander)
    scene.remote.on_call = lambda name: desk.pause("blog") if name == when else None
    scene.round()
    if when == "after image":
        assert scene.stage(piece) is Stage.PUBLISHED  # this piece has no image: the stop never came
        return
    assert scene.remote.public == []
    scene.remote.on_call = lambda _: None
    desk.resume("blog")
    assert scene.until_quiet(piece) is Stage.PUBLISHED


def test_withdrawn_before_the_claim_is_never_sent(stage_for: StageFor) -> None:
    scene = stage_for(Delivery.PUT)
    piece = scene.at.a_scheduled_piece(at="2027-03-16T12:30")
    scene.at.desk(scene.at.sander).withdraw(piece.id, reason="Überholt.")
    scene.at.clock.ahead(hours=1)
    scene.round()
    assert (scene.remote.calls, scene.stage(piece)) == ([], Stage.WITHDRAWN)


def test_on_its_way_nobody_withdraws_or_edits(stage_for: StageFor) -> None:
    scene = stage_for(Delivery.PUT)
    piece = scene.a_due_piece()
    desk = scene.at.desk(scene.at.sander)
    tried: list[type[BaseException]] = []

    def meanwhile(name: str) -> None:
        if name != "before put":
            return
        for verb in (
            lambda: desk.withdraw(piece.id, reason="Halt."),
            lambda: desk.edit(piece.id, Change(title="Neu")),
            lambda: desk.schedule(piece.id, "2027-04-01T09:00"),
            lambda: desk.take_back(piece.id),
        ):
            with pytest.raises(errors.OnItsWay):
                verb()
            tried.append(errors.OnItsWay)

    scene.remote.on_call = meanwhile
    scene.round()
    assert len(tried) == 4
    assert scene.stage(piece) is Stage.PUBLISHED


# -- late


def test_a_little_late_goes_out_and_much_too_late_goes_to_a_person(stage_for: StageFor) -> None:
    scene = stage_for(Delivery.PUT)
    early = scene.at.a_scheduled_piece("Kurz zu spät", at="2027-03-16T12:30")
    scene.at.clock.ahead(minutes=80)
    scene.round()
    assert scene.stage(early) is Stage.PUBLISHED
    late = scene.at.a_scheduled_piece("Viel zu spät", at="2027-03-17T09:00")
    scene.at.clock.ahead(days=2)
    scene.round()
    assert scene.stage(late) is Stage.MISSED
    assert len(scene.remote.public) == 1
    scene.at.desk(scene.at.sander).publish(late.id)
    scene.round()
    assert scene.stage(late) is Stage.PUBLISHED


# -- one worker


def test_a_second_worker_is_refused(stage_for: StageFor) -> None:
    scene = stage_for(Delivery.PUT)
    with Worker(scene.at.house).alone(), pytest.raises(errors.WorkerIsRunning), Worker(scene.at.house).alone():
        pass


def test_a_worker_that_was_overtaken_writes_nothing(stage_for: StageFor) -> None:
    scene = stage_for(Delivery.FLIP)
    piece = scene.a_due_piece()

    def overtaken(name: str) -> None:
        if name == "after draft" and len(scene.remote.drafts) == 1:
            scene.at.clock.ahead(minutes=10)  # the lease runs out under a living worker
            Worker(scene.at.house, chance=lambda: 0.5).round()

    scene.remote.on_call = overtaken
    Worker(scene.at.house, chance=lambda: 0.5).round()
    assert scene.stage(piece) is Stage.PUBLISHED
    assert [name for name, _ in scene.remote.public] == ["d2"]
    orphans = scene.at.house.store.everywhere(Orphan, {})
    assert [orphan.remote_id for _, orphan in orphans] == ["d1"]


def test_one_channel_in_trouble_does_not_stop_the_others_piece(stage_for: StageFor) -> None:
    scene = stage_for(Delivery.PUT)
    scene.remote.before = {"put": [RuntimeError("a mistake in the channel's code")]}
    first, second = scene.a_due_piece("Erster"), scene.a_due_piece("Zweiter")
    scene.round()
    assert [scene.stage(first), scene.stage(second)].count(Stage.PUBLISHED) == 1
    assert scene.until_quiet(first) is Stage.PUBLISHED
    assert scene.until_quiet(second) is Stage.PUBLISHED
    assert len(scene.remote.public) == 2


# -- what may be public already


@pytest.mark.parametrize("delivery", [Delivery.FLIP, Delivery.PUT])
def test_an_answer_lost_and_then_no_connection_is_not_taken_for_never_sent(stage_for: StageFor, delivery: Delivery) -> None:
    scene = stage_for(delivery)
    step = "flip" if delivery is Delivery.FLIP else "put"
    unreachable = [errors.ChannelUnreachable(channel="Blog", reason="x") for _ in range(MOST_TRIES)]
    scene.remote.after = {step: [SILENT]}
    piece = scene.a_due_piece()
    scene.round()
    scene.remote.before = {step: [*unreachable]}
    scene.at.clock.ahead(minutes=1)
    scene.round()
    desk = scene.at.desk(scene.at.sander)
    assert (scene.stage(piece), len(scene.remote.public)) == (Stage.PUBLISHING, 1)
    with pytest.raises(errors.OnItsWay):
        desk.withdraw(piece.id, reason="Halt.")
    scene.at.clock.ahead(hours=2)
    scene.round()
    row = desk.piece(piece.id).publication
    assert row is not None
    assert (scene.stage(piece), row.reason) == (Stage.ATTENTION, "OutcomeUnknown")
    with pytest.raises(errors.NeedsAPerson):
        desk.take_back(piece.id)
    scene.remote.before = {}
    desk.send_again(piece.id)
    assert scene.until_quiet(piece) is Stage.PUBLISHED
    assert len(scene.remote.public) == 1


@pytest.mark.parametrize("delivery", ALL)
def test_a_stop_after_a_try_that_sent_nothing_is_only_a_stop(stage_for: StageFor, delivery: Delivery) -> None:
    scene = stage_for(delivery)
    step = "flip" if delivery is Delivery.FLIP else "put"
    scene.remote.before = {step: [errors.ChannelUnreachable(channel="Blog", reason="x")]}
    piece = scene.a_due_piece()
    scene.round()
    desk = scene.at.desk(scene.at.sander)
    desk.pause("blog")
    scene.at.clock.ahead(minutes=1)
    scene.round()
    assert scene.state(piece) is PublicationState.PLANNED
    desk.resume("blog")
    assert scene.until_quiet(piece) is Stage.PUBLISHED


def test_refused_after_an_answer_got_lost_nobody_edits_before_looking(stage_for: StageFor) -> None:
    scene = stage_for(Delivery.FLIP)
    scene.remote.after = {"flip": [SILENT]}
    piece = scene.a_due_piece()
    scene.round()
    scene.remote.before = {"compare": [errors.ChannelForbids(channel="Blog", reason="x")]}
    scene.at.clock.ahead(minutes=1)
    scene.round()
    assert (scene.stage(piece), len(scene.remote.public)) == (Stage.ATTENTION, 1)
    with pytest.raises(errors.NeedsAPerson):
        scene.at.desk(scene.at.sander).take_back(piece.id)


@pytest.mark.parametrize("delivery", ALL)
def test_a_store_that_is_busy_after_sending_says_nothing_about_the_outside_system(
    stage_for: StageFor, delivery: Delivery, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene = stage_for(delivery)
    piece = scene.a_due_piece()
    store, plain = scene.at.house.store, scene.at.house.store.tx
    sent = "after flip" if delivery is Delivery.FLIP else "after put"

    @contextmanager
    def busy(ws: str = "") -> Iterator[object]:
        raise errors.StoreIsBusy(seconds=20)
        yield

    scene.remote.on_call = lambda name: monkeypatch.setattr(store, "tx", busy) if name == sent else None
    worker = Worker(scene.at.house, chance=lambda: 0.5)
    worker.round()
    monkeypatch.setattr(store, "tx", plain)
    scene.remote.on_call = lambda _: None
    assert scene.state(piece) is PublicationState.SENDING
    assert scene.until_quiet(piece) is Stage.PUBLISHED
    assert len(scene.remote.public) == 1


def test_a_mistake_in_a_channels_look_up_ends_neither_the_worker_nor_the_others(stage_for: StageFor) -> None:
    scene = stage_for(Delivery.ONE_SHOT)
    scene.remote.after = {"put": [SILENT]}
    scene.remote.before = {"look up": [RuntimeError("a mistake in the channel's code")]}
    first, second = scene.a_due_piece("Erster"), scene.a_due_piece("Zweiter")
    scene.round()
    assert scene.stage(second) is Stage.PUBLISHED
    assert scene.until_quiet(first) is Stage.PUBLISHED
    assert len(scene.remote.public) == 2


def test_a_text_that_cannot_be_converted_goes_to_a_person(stage_for: StageFor, monkeypatch: pytest.MonkeyPatch) -> None:
    scene = stage_for(Delivery.PUT)
    scene.remote.before = {"put": [errors.ChannelUnreachable(channel="Blog", reason="x")]}
    piece = scene.a_due_piece()
    scene.round()  # claimed once, so that the row's epoch has risen

    def broken(*_: object) -> object:
        raise RuntimeError("a mistake in the converter")

    monkeypatch.setattr(scene.outlet, "render", broken)
    for _ in range(70):
        scene.round()
        scene.at.clock.ahead(minutes=1)
    assert scene.stage(piece) is Stage.MISSED
