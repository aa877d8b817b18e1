"""The author with a language model, at any address that speaks OpenAI's chat interface."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, MutableMapping
from dataclasses import dataclass, field
from typing import Any

from pipeline.clock import Clock, utc_now
from pipeline.draft.answer import ReadAnswer, ReadBlock, Unreadable, read_answer, salvaged, schema
from pipeline.draft.author import Assignment
from pipeline.draft.blocks import markdown_of, verbatim_share
from pipeline.draft.hygiene import Hygiene
from pipeline.draft.live import LiveText
from pipeline.draft.model_call import Heard, NotUnderstood, Service, TooLong
from pipeline.draft.model_settings import ModelSettings
from pipeline.draft.prompt import MARKS, Prompt, build_prompt, template
from pipeline.draft.redact import with_gaps
from pipeline.errors import ModelNotConfigured, NoSources, Refusal, SourcesTooLongForModel
from pipeline.messages import Say
from pipeline.records import Block, Draft, Usage, Writer

__all__ = ["ModelAuthor", "ModelSettings"]

LADDER = ("json_schema", "json_object", MARKS)
Memory = MutableMapping[str, dict[str, str]]
LONGEST_REPAIR = 12_000

_LEARNED: Memory = {}
"""What this process knows of each address and model: the step of the ladder and the parameters it takes."""
_LOCK = threading.Lock()


class ModelAuthor:
    """Keeps the contract of `Author`.

    memory    keeps what was learned of a service beyond this process; values are JSON-able
    on_usage  hears of each call as it ends, also of those that end in a refusal and leave no draft
    """

    def __init__(
        self,
        settings: ModelSettings,
        *,
        clock: Clock = utc_now,
        memory: Memory | None = None,
        on_usage: Callable[[Usage], None] | None = None,
    ) -> None:
        self.settings = settings
        self._now = clock
        self._memory = _LEARNED if memory is None else memory
        self._on_usage = on_usage

    def what_is_sent(self, assignment: Assignment) -> str:
        """The exact text that leaves the house, as it is now known which form the service takes."""
        return self._prompt(assignment, self._learned()["format"]).text

    def draft(self, assignment: Assignment, *, on_text: Callable[[str], None], cancelled: Callable[[], bool]) -> Draft:
        if not self.settings.is_configured:
            raise ModelNotConfigured(missing=", ".join(self.settings.missing))
        if not any(source.passages for source in assignment.sources):
            raise NoSources()
        live = LiveText()
        service = Service(self.settings, cancelled, lambda bit: _show(live.feed(bit), on_text))
        try:
            conversation = Conversation(self, service, assignment)
            return self._recorded(conversation, conversation.held())
        finally:
            service.close()
            if self._on_usage is not None:
                for usage in service.usage:
                    self._on_usage(usage)

    def _prompt(self, assignment: Assignment, form: str) -> Prompt:
        return build_prompt(assignment, form=form, longest_sources=self.settings.longest_sources, secrets=(self.settings.key,))

    # ----------------------------------------------------------------------------------------- what a service can do

    def _learned(self) -> dict[str, str]:
        known = {"format": LADDER[0], "limit": "max_completion_tokens", "usage": "yes"}
        with _LOCK:
            return {**known, **self._memory.get(self._address, {})}

    def _learn(self, **facts: str) -> None:
        with _LOCK:
            known = self._memory.get(self._address, {})
            self._memory[self._address] = {**known, **facts, "on": self._now().date().isoformat()}

    def forget(self) -> None:
        """Try everything anew with the next call."""
        with _LOCK:
            self._memory.pop(self._address, None)

    @property
    def _address(self) -> str:
        return f"{self.settings.host}|{self.settings.model}"

    # -------------------------------------------------------------------------------------------------------- record

    def _recorded(self, held: Conversation, outcome: Outcome) -> Draft:
        assignment, settings = held.assignment, self.settings
        cover = Draft(
            client=assignment.client,
            brief=assignment.brief_id,
            writer=Writer(
                kind="model",
                person=assignment.asked_by,
                model=settings.model,
                host=settings.host,
                prompt_sha256=held.prompt.sha256,
            ),
            frame=assignment.frame,
            title=assignment.title,
            raw=outcome.raw,
            unfinished=outcome.unfinished,
            usage=tuple(held.service.usage),
            left_out=_not_sent(held.prompt, Say(assignment.language)),
            made_at=self._now(),
        )
        return _with_answer(cover, outcome.answer, assignment) if outcome.answer else cover


@dataclass(frozen=True)
class Outcome:
    answer: ReadAnswer | None
    unfinished: str = ""
    raw: str = ""


@dataclass
class Conversation:
    """One draft's calls: the question, down the ladder if need be, and at most one repair."""

    author: ModelAuthor
    service: Service
    assignment: Assignment
    switched: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.form = self.author._learned()["format"]
        self.prompt = self.author._prompt(self.assignment, self.form)

    def held(self) -> Outcome:
        heard = self._asked(lambda: self.prompt.messages)
        if heard.ended != "stop":
            return self._broken_off(heard)
        try:
            return Outcome(read_answer(heard.text, self.prompt.ids))
        except Unreadable as problem:
            return self._repaired(heard.text, str(problem))

    def _broken_off(self, heard: Heard) -> Outcome:
        """What came is kept as it came; whole blocks of it also as blocks."""
        answer = salvaged(heard.text, self.prompt.ids) if heard.ended != "refusal" else None
        return Outcome(answer, heard.ended, heard.text or heard.refusal)

    def _repaired(self, text: str, problem: str) -> Outcome:
        """Once more, a step down the ladder: a service that takes a form and does not keep it is not asked for it again."""
        self._step_down()
        language = self.assignment.language

        def messages() -> list[dict[str, str]]:
            form = self.prompt.system.rpartition("\n\n")[2]
            again = template(f"repair.{language}").substitute(problem=problem, form=form)
            return [
                *self.prompt.messages,
                {"role": "assistant", "content": text[:LONGEST_REPAIR] or "-"},
                {"role": "user", "content": again},
            ]

        try:
            heard = self._asked(messages)
        except Refusal:
            return Outcome(None, "unreadable", text)
        both = f"{text}\n\n{heard.text or heard.refusal}".strip()
        if heard.ended != "stop":
            return Outcome(salvaged(heard.text, self.prompt.ids), heard.ended, both)
        try:
            return Outcome(read_answer(heard.text, self.prompt.ids))
        except Unreadable:
            self._step_down()  # for the next draft
            return Outcome(None, "unreadable", both)

    def _asked(self, messages: Callable[[], list[dict[str, str]]]) -> Heard:
        """Changes a parameter that the service does not know, each one once, the form down to plain text."""
        while True:
            try:
                heard = self.service.ask(messages(), self._parameters())
            except TooLong as too_long:
                raise self._too_long(too_long.share) from None
            except NotUnderstood as missing:
                if not self._changed(missing.parameter):
                    raise missing.refusal from None
            else:
                return heard

    def _changed(self, parameter: str) -> bool:
        if parameter == "format":
            return self._step_down()
        if parameter in self.switched:
            return False
        self.switched.add(parameter)
        self.author._learn(**({"limit": "max_tokens"} if parameter == "limit" else {"usage": "no"}))
        return True

    def _step_down(self) -> bool:
        step = LADDER.index(self.form) if self.form in LADDER else 0
        if step + 1 >= len(LADDER):
            return False
        self.form = LADDER[step + 1]
        self.author._learn(format=self.form)
        self.prompt = self.author._prompt(self.assignment, self.form)
        return True

    def _parameters(self) -> dict[str, Any]:
        learned = self.author._learned()
        parameters: dict[str, Any] = {learned["limit"]: self.author.settings.longest_answer}
        if learned["usage"] == "yes":
            parameters["stream_options"] = {"include_usage": True}
        if self.form == "json_schema":
            shape = {"name": "draft", "strict": True, "schema": schema(self.prompt.ids)}
            parameters["response_format"] = {"type": "json_schema", "json_schema": shape}
        elif self.form == "json_object":
            parameters["response_format"] = {"type": "json_object"}
        return parameters

    def _too_long(self, share: float) -> SourcesTooLongForModel:
        sent = len(self.prompt.ids)
        drop = min(sent, max(1, math.ceil(sent * share * 1.1)))
        return SourcesTooLongForModel(passages=sent, model=self.author.settings.model, drop=drop)


def _show(bit: str, on_text: Callable[[str], None]) -> None:
    if bit:
        on_text(bit)


def _not_sent(prompt: Prompt, say: Say) -> tuple[str, ...]:
    too_long = (say("draft.left_out.passages", passages=list(prompt.too_long)),) if prompt.too_long else ()
    return (*too_long, *(say("draft.left_out.machine", passage=ref) for ref in prompt.withheld))


def _with_answer(cover: Draft, answer: ReadAnswer, assignment: Assignment) -> Draft:
    say = Say(assignment.language)
    hygiene = Hygiene.allowing(_texts_of(assignment))
    made = [_block(number, block, hygiene, assignment.language) for number, block in enumerate(answer.blocks, 1)]
    blocks = tuple(block for block in made if block.text)
    questions = [hygiene.plain(question) for question in answer.questions]
    unproven = [
        say("draft.question.no_source", text=hygiene.plain(block.text)[:120])
        for block in blocks
        if block.stance == "fact" and not block.passages and block.type not in ("heading", "cta") and "[[" not in block.text
    ]
    draft = cover.model_copy(
        update={
            "title": hygiene.plain(answer.title) or cover.title,
            "excerpt": hygiene.plain(answer.description),
            "blocks": blocks,
            "tags": _tags(answer, hygiene),
            "questions": tuple(dict.fromkeys([*filter(None, questions), *unproven])),
            "left_out": (*cover.left_out, *_left_out(answer, hygiene, say)),
        }
    )
    return draft.model_copy(update={"verbatim_share": verbatim_share(markdown_of(draft), assignment.sources)})


def _texts_of(assignment: Assignment) -> list[str]:
    passages = [passage.text for source in assignment.sources for passage in source.passages]
    return [assignment.title, assignment.message, assignment.goal, assignment.persona, *passages]


def _block(number: int, block: ReadBlock, hygiene: Hygiene, language: str) -> Block:
    text = hygiene.plain(block.text) if block.type == "heading" else hygiene.markdown(block.text)
    return Block(
        slot=f"{block.type}-{number}",
        type=block.type,
        text=with_gaps(text, language),
        passages=block.evidence,
        stance=block.stance,
    )


def _tags(answer: ReadAnswer, hygiene: Hygiene) -> tuple[str, ...]:
    words = (hygiene.plain(tag).lstrip("#").strip()[:50] for tag in answer.tags)
    return tuple(dict.fromkeys(word for word in words if word))[:8]


def _left_out(answer: ReadAnswer, hygiene: Hygiene, say: Say) -> tuple[str, ...]:
    """What the model says it left out, then what was taken out of its answer, each thing once."""
    said = [plain for line in answer.left_out if (plain := hygiene.plain(line))]
    removed = [
        say(f"draft.left_out.{what}", host=host) if host else say(f"draft.left_out.{what}") for what, host in hygiene.removed
    ]
    return tuple(dict.fromkeys([*said, *removed]))
