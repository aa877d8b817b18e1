"""The main job of the product on the sample client: brief, draft, edit, submit, decide, publish."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from pipeline.demo.cast import Cast, enter, found_again
from pipeline.demo.result import DemoResult, SayStep, result_of, silent
from pipeline.demo.script import client_script, job_script
from pipeline.desk.house import House
from pipeline.desk.writing import Change, Drafted
from pipeline.draft.blocks import markdown_of
from pipeline.draft.offline import OfflineAuthor
from pipeline.records import Block, Brief, Draft, Piece, Stage, Verdict
from pipeline.text import find_gaps, slugify
from pipeline.worker import Worker


def main_job(house: House, *, say_step: SayStep = silent) -> DemoResult:
    """From brief to public page, in the demo's own folder. Makes the sample client where it is missing.

    Raises WorkerIsRunning when another worker serves this store.
    """
    cast = found_again(house, client_script()) or _newly_entered(house)
    return MainJob(cast, say_step).run()


def _newly_entered(house: House) -> Cast:
    cast = enter(house, client_script())
    for slug, channel in cast.script.channels.items():
        cast.desk(channel.owner).agree(slug)
    return cast


class MainJob:
    def __init__(self, cast: Cast, say_step: SayStep) -> None:
        self.cast, self.job, self.say_step = cast, job_script(), say_step

    def run(self) -> DemoResult:
        brief, run_number = self._brief()
        pieces = [self._filled(drafted, run_number) for drafted in self._drafted(brief)]
        for piece in pieces:
            self._decided(piece)
        self._sent(pieces)
        result = result_of(self.cast, [piece.id for piece in pieces])
        self._tell(result)
        return result

    def _name(self, who: str) -> str:
        return self.cast.script.people[who].name

    def _channel_name(self, slug: str) -> str:
        return self.cast.script.channels[slug].name

    def _brief(self) -> tuple[Brief, int]:
        """The brief, and how often it has been given in this store."""
        given, by = self.job.brief, self.job.asks
        desk = self.cast.desk(by)
        run_number = 1 + sum(one.title == given.title for one in desk.briefs(limit=1_000))
        brief = desk.add_brief(
            title=given.title,
            message=given.message,
            persona=given.persona,
            goal=given.goal,
            channels=given.channels,
            sources=[self.cast.source(by, name) for name in given.sources],
            owner=self.cast.script.people[given.owner].email,
        )
        self.say_step("demo.brief", name=self._name(by), title=brief.title, channels=[*map(self._channel_name, given.channels)])
        return brief, run_number

    def _drafted(self, brief: Brief) -> Iterator[tuple[Drafted, Draft, Piece]]:
        for drafted in self.cast.desk(self.job.asks).draft(brief.id, OfflineAuthor(self.cast.house.now)):
            if drafted.piece is None or drafted.draft is None:
                raise drafted.refused or ValueError(drafted)
            gaps = len(find_gaps(markdown_of(drafted.draft)))
            self.say_step("demo.draft", channel=drafted.channel.name, blocks=len(drafted.draft.blocks), gaps=gaps)
            yield drafted, drafted.draft, drafted.piece

    def _filled(self, found: tuple[Drafted, Draft, Piece], run_number: int) -> Piece:
        """What a person does with a draft: fills its gaps, betters what it has, cuts what nobody can fill."""
        drafted, draft, piece = found
        by, slug = self.job.writes, drafted.channel.slug
        desk = self.cast.desk(by)
        picture = self.job.pictures[slug]
        text = markdown_of(draft.model_copy(update={"blocks": tuple(written(draft.blocks, self.job.texts[slug]))}))
        title = self.job.titles[slug]
        change = Change(
            title=title,
            tags=self.job.tags,
            body=self.cast.with_alt_texts(text, [picture]),
            slug=slugify(title) + (f"-{run_number}" if run_number > 1 else ""),
            images=[self.cast.image(by, picture)],
        )
        edited = desk.edit(piece.id, change)
        self.say_step("demo.edit", name=self._name(by), channel=drafted.channel.name, revision=edited.revision)
        submitted = desk.submit(piece.id)
        self.say_step("demo.submit", name=self._name(by), title=submitted.title, channel=drafted.channel.name)
        return submitted

    def _decided(self, piece: Piece) -> None:
        """While the consultant shows how it is done, the team's word is a rehearsal, given before hers is seen."""
        for who, comment in ((self.job.second, ""), (self.job.decides, self.job.note)):
            desk = self.cast.desk(who)
            seen = desk.piece(piece.id).hash
            decision = desk.decide(piece.id, seen=seen, verdict=Verdict.APPROVE, comment=comment)
            step = "demo.approve" if decision.binding else "demo.shadow"
            self.say_step(step, name=self._name(who), title=piece.title, hash=seen[:8])

    def _sent(self, pieces: Sequence[Piece]) -> None:
        worker = Worker(self.cast.house)
        with worker.alone():
            for piece in pieces:
                self.cast.desk(self.job.decides).publish(piece.id)
            worker.round()

    def _tell(self, result: DemoResult) -> None:
        files = {one["piece"]: one for one in result.published}
        for piece in result.pieces:
            title, channel = piece["title"], self._channel_name(piece["channel"])
            if piece["stage"] is not Stage.PUBLISHED:
                self.say_step("demo.not_published", title=title, channel=channel)
            elif (page := files.get(piece["piece"])) is not None:
                self.say_step("demo.published", title=title, channel=channel, file=page["file"], address=page["address"])
            else:
                self.say_step("demo.rehearsed", title=title, channel=channel)


def written(blocks: Sequence[Block], texts: Mapping[str, str]) -> Iterator[Block]:
    """The blocks with a person's texts in their places. Cut is what shall be empty, and a gap that nobody filled."""
    for block, place in zip(blocks, places(blocks), strict=True):
        text = texts.get(place)
        if text:
            yield block.model_copy(update={"text": text})
        elif text is None and not find_gaps(block.text):
            yield block


def places(blocks: Sequence[Block]) -> Iterator[str]:
    """`schluss`, or in a section `auszufuehren: Wo die Tage geblieben sind`."""
    heading = ""
    for block in blocks:
        role, _, number = block.slot.rpartition("-")
        if block.type == "heading":
            heading = block.text
        yield f"{role}: {heading}" if number.isdigit() else block.slot
