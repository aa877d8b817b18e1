"""What all commands share: `--json`, `--as`, `--client`, answers, refusals, exit codes."""

from __future__ import annotations

import json
import logging
import sys
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import Enum
from functools import cached_property
from pathlib import Path
from typing import Any

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
    json: bool = False
    acting: str = ""
    client_slug: str = ""

    @cached_property
    def settings(self) -> Settings:
        return Settings.read()

    @cached_property
    def house(self) -> House:
        return self.open_house(self.settings, make=False)

    def now(self) -> datetime:
        return utc_now()

    def new_house(self) -> House:
        return self.open_house(self.settings, make=True)

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


class Verb(click.Command):
    """A command with the options that every command takes."""

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
        answer = super().invoke(ctx)
        if isinstance(answer, Answer):
            show(run, answer)
            return 0 if answer.ok else 1
        return answer


class Group(click.Group):
    command_class = Verb
    group_class = type


def show(run: Run, answer: Answer) -> None:
    if run.json:
        click.echo(json.dumps(plain(answer.data), ensure_ascii=False))
        return
    for line in answer.lines:
        click.echo(line)
    if answer.sentence:
        click.echo(run.say(answer.sentence, **answer.facts))


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


def read_text(file: Path) -> str:
    """Raises FileNotFound, TextNotReadable."""
    try:
        return file.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise errors.TextNotReadable(name=file.name) from None
    except OSError:
        raise errors.FileNotFound(name=str(file)) from None


def read_bytes(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError:
        raise errors.FileNotFound(name=str(file)) from None


USAGE = (errors.WhoIsActing, errors.WhichClient)


def run_command(command: click.Group, open_house: OpenHouse, arguments: Sequence[str] | None = None) -> int:
    """Exit code: 0 done, 1 refused or failed for a stated reason, 2 usage. Never a traceback."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    run = Run(open_house, json="--json" in given)
    try:
        code = command.main(given, standalone_mode=False, obj=run, prog_name="staffelstab")
        return code if isinstance(code, int) else 0
    except click.exceptions.Exit as done:
        return done.exit_code
    except click.ClickException as wrong:
        tell(run, "Usage", wrong.format_message(), {})
        if isinstance(wrong, click.UsageError) and wrong.ctx and not run.json:
            click.echo(wrong.ctx.get_usage(), err=True)
        return 2
    except Refusal as refusal:
        tell(run, refusal.code, _sentence(run, refusal), refusal.facts)
        return 2 if isinstance(refusal, USAGE) else 1
    except (KeyboardInterrupt, click.Abort):
        return 1
    except BrokenPipeError:
        sys.stderr.close()
        return 1
    except Exception as mistake:  # noqa: BLE001  (a person at a terminal is told, not shown a traceback)
        log.debug("%s", traceback.format_exc())
        tell(run, "Unexpected", f"{type(mistake).__name__}: {mistake}", {})
        return 1


def _sentence(run: Run, refusal: Refusal) -> str:
    try:
        return run.say(refusal)
    except Refusal:
        return Say("de")(refusal)


def tell(run: Run, code: str, message: str, facts: Mapping[str, object]) -> None:
    if run.json:
        click.echo(json.dumps({"error": {"code": code, "message": message, "facts": plain(facts)}}, ensure_ascii=False))
    else:
        click.echo(message, err=True)
