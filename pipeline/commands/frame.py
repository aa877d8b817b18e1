"""What all commands share: `--json`, `--as`, `--client`, answers, refusals, exit codes."""

from __future__ import annotations

import json
import logging
import os
import sys
import traceback
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import Enum
from functools import cached_property
from pathlib import Path
from typing import Any, TextIO

import click

from pipeline import errors
from pipeline.clock import utc_now
from pipeline.desk import Desk
from pipeline.desk.house import House
from pipeline.errors import Refusal
from pipeline.messages import Say
from pipeline.people.accounts import account_of
from pipeline.records import Client, Person, Role, Side, iso
from pipeline.settings import Settings

log = logging.getLogger("staffelstab")
OpenHouse = Callable[..., House]
MoreDemo = Callable[..., object]
"""`more_demo(house_at, now, say_step=...)`: a sample client that a room above brings beside ours (pipeline/demo/)."""


@dataclass(frozen=True)
class Answer:
    """What a command did: the JSON object, and the sentence for people (a name in templates/messages, or lines)."""

    data: Mapping[str, object]
    sentence: str = ""
    facts: Mapping[str, object] = field(default_factory=dict)
    lines: Sequence[str] = ()
    ok: bool = True
    """False: exit 1 although nothing was refused (a check that found something)."""


@dataclass
class Run:
    """One run of the command line."""

    open_house: OpenHouse
    more_demo: MoreDemo | None = None
    json: bool = False
    acting: str = ""
    client_slug: str = ""

    @cached_property
    def settings(self) -> Settings:
        return Settings.read()

    @cached_property
    def house(self) -> House:
        return self.open_house(self.settings, make=False)

    def close(self) -> None:
        """Let go of the store; asked for again it opens anew."""
        house = self.__dict__.pop("house", None)
        if house is not None:
            house.store.close()

    def now(self) -> datetime:
        return utc_now()

    def new_house(self) -> House:
        """The same house, made when it is not there. One per process: two would wait for each other at the store's door."""
        if "house" not in self.__dict__:
            self.__dict__["house"] = self.open_house(self.settings, make=True)
        return self.house

    def clients(self) -> list[Client]:
        with self.house.store.read() as view:
            return view.page(Client, order="slug", limit=10_000)

    @cached_property
    def client(self) -> Client:
        """Raises WhichClient, Unknown."""
        clients = self.clients()
        if self.client_slug:
            for client in clients:
                if self.client_slug in (client.slug, client.id):
                    return client
            raise errors.Unknown(what="client", id=self.client_slug[:80])
        if not clients:
            raise errors.NoClientYet()
        if len(clients) != 1:
            raise errors.WhichClient(slugs=[client.slug for client in clients] or "-")
        return clients[0]

    def desk(self, *, setting_up: bool = False, reading: bool = False) -> Desk:
        """The acting person's desk. Nobody named: the only active person; when setting up, the client's consultant; when
        only reading, nobody."""
        return Desk(self.house, self.client.id, self._acting_id(setting_up, reading), "command line")

    def _acting_id(self, setting_up: bool, reading: bool) -> str | None:
        with self.house.store.read(self.client.id) as view:
            people = view.page(Person, limit=10_000)
        if email := (self.acting or self.settings.acting).strip().casefold():
            for person in people:
                if email in (person.email, person.id):
                    return person.id
            raise errors.Unknown(what="person", id=email[:80])
        active = [person for person in people if person.is_active]
        if len(active) == 1:
            return active[0].id
        leads = [one for one in active if one.side is Side.CONSULTANT and Role.OWNER in one.roles]
        if setting_up and leads:
            return min(leads, key=lambda one: one.made_at).id
        if reading:
            return None
        raise errors.WhoIsActing()

    @cached_property
    def say(self) -> Say:
        """The acting person's language; else the setting's, the client's, German."""
        language, zone = self.settings.language, "Europe/Berlin"
        try:
            zone = self.client.timezone
            language = language or self._language() or self.client.language
        except Refusal:
            language = language or "de"
        return Say(language, zone)

    def _language(self) -> str:
        email = self.acting or self.settings.acting
        if not email:
            return ""
        with self.house.store.read() as view:
            account = account_of(view, email)
        return account.language if account else ""


class TakesOptions(click.Command):
    """The options that stand before or after any command."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.params += [
            click.Option(["--json", "as_json"], is_flag=True, help="Print exactly one JSON object."),
            click.Option(["--as", "acting"], metavar="EMAIL", help="The acting person (or STAFFELSTAB_AS)."),
            click.Option(["--client", "client_slug"], metavar="SLUG", help="The client; may be left out while there is one."),
        ]

    def invoke(self, ctx: click.Context) -> Any:
        run: Run = ctx.ensure_object(Run)
        run.json = ctx.params.pop("as_json") or run.json
        run.acting = ctx.params.pop("acting") or run.acting
        run.client_slug = ctx.params.pop("client_slug") or run.client_slug
        return super().invoke(ctx)


class Verb(TakesOptions):
    """A command that does something and answers."""

    def invoke(self, ctx: click.Context) -> Any:
        answer = super().invoke(ctx)
        if isinstance(answer, Answer):
            show(ctx.ensure_object(Run), answer)
            return 0 if answer.ok else 1
        return answer


class Group(TakesOptions, click.Group):
    command_class = Verb
    group_class = type


def show(run: Run, answer: Answer) -> None:
    if run.json:
        print_json(answer.data)
        return
    for line in answer.lines:
        print_line(line)
    if answer.sentence:
        print_line(run.say(answer.sentence, **answer.facts))


def print_json(data: object) -> None:
    """Letters as they are where the terminal or file can hold them, else as \\u escapes."""
    text = json.dumps(plain(data), ensure_ascii=False)
    try:
        text.encode(_encoding(sys.stdout))
    except UnicodeEncodeError:
        text = json.dumps(plain(data))
    click.echo(text)


def print_line(text: str, *, err: bool = False) -> None:
    """What the terminal cannot show becomes a question mark."""
    encoding = _encoding(sys.stderr if err else sys.stdout)
    click.echo(text.encode(encoding, "replace").decode(encoding), err=err)


def _encoding(stream: TextIO | None) -> str:
    """Closed by whoever started us, a stream is None."""
    return (stream.encoding if stream else None) or "utf-8"


def plain(value: object) -> object:
    """Any value of ours as JSON: times in UTC with Z, refusals as code and text."""
    match value:
        case datetime():
            return iso(value).replace(".000000Z", "Z")
        case date():
            return value.isoformat()
        case Enum():
            return value.value
        case Path():
            return str(value)
        case Refusal():
            return {"code": value.code, "facts": plain(value.facts)}
        case Mapping():
            return {str(name): plain(one) for name, one in value.items()}
        case str() | int() | float() | bool() | None:
            return value
        case _ if hasattr(value, "__iter__"):
            return [plain(one) for one in value]
        case _:
            return str(value)


def reasons_of(run: Run, refusals: Sequence[Refusal]) -> list[dict[str, str]]:
    return [{"code": refusal.code, "text": run.say(refusal)} for refusal in refusals]


LARGEST_FILE = 64 * 1024 * 1024
"""Beyond every limit there is for texts, images and sources: no reason to read on."""


def read_text(file: Path) -> str:
    """Raises FileNotFound, TextNotReadable."""
    try:
        text = read_bytes(file).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise errors.TextNotReadable(name=file.name) from None
    if "\0" in text:
        raise errors.TextNotReadable(name=file.name)
    return text


def read_bytes(file: Path) -> bytes:
    """Raises FileNotFound, FileTooLarge."""
    try:
        with file.open("rb") as opened:
            data = opened.read(LARGEST_FILE + 1)
    except (OSError, ValueError):  # ValueError: a name no system takes
        raise errors.FileNotFound(name=str(file)) from None
    if len(data) > LARGEST_FILE:
        raise errors.FileTooLarge(name=file.name, limit_mib=LARGEST_FILE // 1024**2)
    return data


USAGE = (errors.WhoIsActing, errors.WhichClient)


def run_command(
    command: click.Group,
    open_house: OpenHouse,
    arguments: Sequence[str] | None = None,
    *,
    more_demo: MoreDemo | None = None,
) -> int:
    """Exit code: 0 done, 1 refused or failed for a stated reason, 2 usage. Never a traceback."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    run = Run(open_house, more_demo, json="--json" in given)
    try:
        return done_or_told(run, command, given)
    except BrokenPipeError:  # whoever read our answer has gone
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    finally:
        run.close()


def done_or_told(run: Run, command: click.Group, given: list[str]) -> int:
    try:
        refuse_broken_letters(given)
        code = command.main(given, standalone_mode=False, obj=run, prog_name="staffelstab")
        return code if isinstance(code, int) else 0
    except click.exceptions.Exit as done:
        return done.exit_code
    except click.ClickException as wrong:
        tell(run, "Usage", wrong.format_message(), {})
        if isinstance(wrong, click.UsageError) and wrong.ctx and not run.json:
            print_line(wrong.ctx.get_usage(), err=True)
        return 2
    except Refusal as refusal:
        tell(run, refusal.code, sentence_of(run, refusal), refusal.facts)
        return 2 if isinstance(refusal, USAGE) else 1
    except (KeyboardInterrupt, click.Abort):
        return 1
    except Exception as mistake:  # noqa: BLE001  (a person at a terminal is told, not shown a traceback)
        log.debug("%s", traceback.format_exc())
        unexpected = errors.Unexpected(kind=type(mistake).__name__, reason=str(mistake)[:500])
        tell(run, unexpected.code, sentence_of(run, unexpected), unexpected.facts)
        return 1


def refuse_broken_letters(given: Sequence[str]) -> None:
    """Bytes that are no UTF-8 come in as half letters, which nothing can keep."""
    for word in given:
        try:
            word.encode()
        except UnicodeEncodeError:
            shown = word.encode(errors="replace").decode()
            raise errors.FieldInvalid(field="UTF-8", value=shown[:80]) from None


def sentence_of(run: Run, refusal: Refusal) -> str:
    """In the person's language as far as the store, which may be what is broken, can tell it."""
    with suppress(Exception):
        return run.say(refusal)
    with suppress(Exception):
        return Say("de")(refusal)
    return f"{refusal.code} {plain(refusal.facts)}"


def tell(run: Run, code: str, message: str, facts: Mapping[str, object]) -> None:
    if run.json:
        print_json({"error": {"code": code, "message": message, "facts": facts}})
    else:
        print_line(message, err=True)
