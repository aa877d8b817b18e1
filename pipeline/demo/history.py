"""The weeks of a sample client, played through the desk's verbs by a clock that walks to now."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import partial

from pipeline.clock import Clock
from pipeline.demo.cast import Cast, enter
from pipeline.demo.days import Days, WalkingClock
from pipeline.demo.result import DemoResult, SayStep, result_of, silent
from pipeline.demo.script import BriefScript, ChannelStep, ClientScript, PieceScript, PieceStep, client_script, piece_scripts
from pipeline.desk.house import House
from pipeline.desk.writing import Change
from pipeline.draft.offline import OfflineAuthor
from pipeline.records import Stage, Verdict
from pipeline.worker import Worker

AFTER_THE_SLOT = timedelta(seconds=20)
WORKING_DAYS_A_WEEK = 5


@dataclass(frozen=True)
class Meanwhile:
    """Something that rooms above this one let happen in the story: on that working day, at that wall time."""

    day: int
    at: time
    do: Callable[[Cast], object]


@dataclass(frozen=True)
class Scene:
    at: datetime
    play: Callable[[], object]


def build_demo(
    house_at: Callable[[Clock], House],
    now: datetime,
    *,
    script: ClientScript | None = None,
    say_step: SayStep = silent,
    meanwhile: Sequence[Meanwhile] = (),
) -> DemoResult:
    """A sample client in a store that does not hold it yet.

    house_at  gives the house whose clock is the one handed to it
    script    whose history; None: the client of templates/demo/
    Raises    AlreadyThere for a store that holds this client already
    """
    script = script or client_script()
    days = Days(now, script.timezone)
    clock = WalkingClock(days.utc(script.begins.day, script.begins.at))
    house = house_at(clock)
    cast = enter(house, script)
    say_step("demo.client", client=script.name, people=len(script.people), channels=len(script.channels))
    worker = Worker(house)
    with worker.alone():
        for scene in sorted(Story(cast, days, worker, meanwhile).scenes(now), key=lambda one: one.at):
            clock.go_to(scene.at)
            scene.play()
        clock.go_to(now)
        worker.round()
    result = result_of(cast)
    on_air = sum(piece["stage"] is Stage.PUBLISHED for piece in result.pieces)
    weeks = -script.begins.day // WORKING_DAYS_A_WEEK
    say_step("demo.history", weeks=weeks, pieces=len(result.pieces), published=on_air)
    return result


class Story:
    """All scenes of the script, unordered."""

    def __init__(self, cast: Cast, days: Days, worker: Worker, meanwhile: Sequence[Meanwhile]) -> None:
        self.cast, self.days, self.worker, self.meanwhile = cast, days, worker, meanwhile
        self.author = OfflineAuthor(cast.house.now)

    def scenes(self, now: datetime) -> Iterator[Scene]:
        script = self.cast.script
        for step in script.steps:
            yield Scene(self.days.utc(step.day, step.at), partial(self._channel, step))
        for name, added in script.sources.items():
            yield Scene(self.days.utc(added.day, added.at), partial(self.cast.source, added.who, name))
        for brief in script.briefs.values():
            yield from self._brief_scenes(brief)
        for piece in piece_scripts(script.folder):
            yield from self._piece_scenes(piece, now)
        for other in self.meanwhile:
            yield Scene(self.days.utc(other.day, other.at), partial(other.do, self.cast))

    # -- briefs and drafts

    def _brief_scenes(self, brief: BriefScript) -> Iterator[Scene]:
        made: list[str] = []
        yield Scene(self.days.utc(brief.day, brief.at), lambda: made.append(self._brief(brief)))
        if brief.drafted is not None:
            by = brief.drafted.who
            yield Scene(self.days.utc(brief.drafted.day, brief.drafted.at), lambda: self._draft(brief, made[0], by))

    def _brief(self, brief: BriefScript) -> str:
        return (
            self.cast.desk(brief.who)
            .add_brief(
                title=brief.title,
                message=brief.message,
                persona=brief.persona,
                goal=brief.goal,
                channels=brief.channels,
                sources=[self.cast.source(brief.who, name) for name in brief.sources],
                owner=self.cast.script.people[brief.owner].email,
                due=self.days.day(brief.due_day),
            )
            .id
        )

    def _draft(self, brief: BriefScript, brief_id: str, by: str) -> None:
        for drafted in self.cast.desk(by).draft(brief_id, self.author):
            if drafted.piece is None:
                raise drafted.refused or ValueError(drafted)
            name = brief.pieces.get(drafted.channel.slug, f"{brief_id}-{drafted.channel.slug}")
            self.cast.pieces[name] = drafted.piece.id

    # -- pieces

    def _piece_scenes(self, piece: PieceScript, now: datetime) -> Iterator[Scene]:
        for step in piece.head.steps:
            yield Scene(self.days.utc(step.day, step.at), partial(self._piece, piece, step))
            if step.slot is not None and (due := self.days.utc(step.slot.day, step.slot.at)) < now:
                yield Scene(due + AFTER_THE_SLOT, self.worker.round)

    def _piece(self, piece: PieceScript, step: PieceStep) -> None:
        desk = self.cast.desk(step.who)
        if step.do == "write":
            self._write(piece, step)
            return
        piece_id = self.cast.pieces[piece.name]
        match step.do:
            case "edit":
                desk.edit(piece_id, self._change(piece, step))
            case "submit":
                desk.submit(piece_id)
            case "schedule":
                assert step.slot is not None  # noqa: S101  (a slip in the script)
                desk.schedule(piece_id, self.days.wall(step.slot.day, step.slot.at))
            case "withdraw":
                desk.withdraw(piece_id, reason=step.comment)
            case verdict:
                desk.decide(piece_id, seen=desk.piece(piece_id).hash, verdict=Verdict(verdict), comment=step.comment)

    def _write(self, piece: PieceScript, step: PieceStep) -> None:
        change = self._change(piece, step)
        briefs = {brief.title: brief.id for brief in self.cast.desk(step.who).briefs()}
        made = self.cast.desk(step.who).add_piece(
            piece.head.channel,
            title=piece.head.title,
            body=change.body or "",
            slug=piece.head.slug,
            excerpt=piece.head.excerpt,
            tags=piece.head.tags,
            images=change.images or (),
            brief=briefs[self.cast.script.briefs[piece.head.brief].title] if piece.head.brief else None,
        )
        self.cast.pieces[piece.name] = made.id

    def _change(self, piece: PieceScript, step: PieceStep) -> Change:
        head = piece.head
        return Change(
            title=head.title,
            body=self.cast.with_alt_texts(piece.text(step.text), head.pictures),
            slug=head.slug or None,
            excerpt=head.excerpt,
            tags=head.tags,
            images=[self.cast.image(step.who, name) for name in head.pictures],
        )

    # -- channels and people

    def _channel(self, step: ChannelStep) -> None:
        desk, people = self.cast.desk(step.who), self.cast.script.people
        match step.do:
            case "agree":
                desk.agree(step.channel)
            case "check":
                desk.check_channel(step.channel)
            case "change_owner":
                desk.change_owner(step.channel, owner=people[step.owner].email, deputy=people[step.deputy].email)
            case "delegate":
                desk.delegate(to=people[step.to].email, until=self.days.day(step.until_day))
