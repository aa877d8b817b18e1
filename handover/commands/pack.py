"""handover export, verify, import, undo-move; channel reconnect."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import click

from handover.commands.phases import handover_desk
from handover.pack.take_in import take_in
from handover.pack.verifier import Problem, verify
from pipeline.commands.channels import secret_from
from pipeline.commands.frame import Answer, Run, Verb

FILE = click.Path(path_type=Path)


def shown_progress(run: Run, sentence: str) -> Callable[[int, int], None]:
    """One line on a terminal's standard error, in steps of a hundredth; silent elsewhere."""
    if run.json or not sys.stderr.isatty():
        return lambda _done, _total: None
    last = -1

    def show(done: int, total: int) -> None:
        nonlocal last
        percent = done * 100 // max(total, 1)
        if percent != last:
            last = percent
            click.echo(f"\r{run.say(sentence, percent=percent)}", nl=percent == 100, err=True)

    return show


@click.command("export", cls=Verb)
@click.option("--to", "to", required=True, type=FILE)
@click.option("--move-to", default="", metavar="TEXT", help="Where the client goes; switches its channels off here.")
@click.pass_obj
def export(run: Run, to: Path, move_to: str) -> Answer:
    """Everything of the client in one new zip file."""
    made = handover_desk(run).export(to, move_to=move_to, progress=shown_progress(run, "pack.making"))
    data = {
        "pack": made.file,
        "pieces": made.pieces,
        "entries": made.entries,
        "audit_head": made.audit_head,
        "sha256": made.sha256,
        "moved": bool(move_to.strip()),
    }
    sentence = "pack.moved" if move_to.strip() else "pack.made"
    return Answer(data, sentence, {"file": made.file, "pieces": made.pieces, "head": made.audit_head, "where": move_to.strip()})


@click.command("verify", cls=Verb)
@click.argument("file", type=FILE)
@click.pass_obj
def verify_pack(run: Run, file: Path) -> Answer:
    """Check a pack, a zip or its unpacked folder. Needs no store."""
    report = verify(file, shown_progress(run, "pack.checking"))
    language = run.say.language
    data: dict[str, object] = {
        "ok": report.ok,
        "problems": [{"code": one.code, "text": one.told(language), "facts": one.facts} for one in report.problems],
        "client": report.manifest["client"]["slug"] if report.manifest else None,
        "pieces": report.pieces,
        "entries": report.entries,
        "audit_head": report.head,
        "unproven": report.unproven,
    }
    if not report.ok:
        first = report.problems[0]
        data["error"] = {"code": first.code, "message": first.told(language), "facts": first.facts}
        return Answer(data, lines=_lines(report.problems, language), ok=False)
    return Answer(data, "pack.holds", {"name": report.manifest["client"]["name"], "pieces": report.pieces, "head": report.head})


def _lines(problems: list[Problem], language: str) -> list[str]:
    return [f"- {one.told(language)}" for one in problems[:100]]


@click.command("import", cls=Verb)
@click.argument("file", type=FILE)
@click.pass_obj
def import_pack(run: Run, file: Path) -> Answer:
    """Take a client in from a pack. Its channels stay off until they are connected again."""
    taken = take_in(run.new_house(), file, progress=shown_progress(run, "pack.checking"))
    run.client_slug = taken.client.slug
    people = [{"email": one.email, "name": one.name, "side": one.side, "roles": sorted(one.roles)} for one in taken.people]
    data = {
        "client": taken.client.slug,
        "id": taken.client.id,
        "pieces": taken.pieces,
        "entries": taken.entries,
        "audit_head": taken.audit_head,
        "people": people,
        "known_accounts": taken.known_accounts,
    }
    lines = [f"{one.email:<32} {one.name}, {run.say.word(one.side)}" for one in taken.people]
    return Answer(data, "pack.taken_in", {"name": taken.client.name, "pieces": taken.pieces}, lines=lines)


@click.command("undo-move", cls=Verb)
@click.pass_obj
def undo_move(run: Run) -> Answer:
    """The client stays here after all: its channels send from here again."""
    back = handover_desk(run).undo_move()
    return Answer({"channels": [one.slug for one in back]}, "pack.move_undone", {"channels": [one.name for one in back]})


@click.command("reconnect", cls=Verb)
@click.option("--channel", "slug", required=True)
@click.option("--secret-env", default=None, metavar="VAR", help="Variable that holds the credential.")
@click.pass_obj
def reconnect(run: Run, slug: str, secret_env: str | None) -> Answer:
    """Connect a channel that came with a pack."""
    done = handover_desk(run).reconnect(slug, secret_from(secret_env))
    data = {"channel": done.channel.slug, "account": done.account, "asked": done.asked}
    lines = [f"- {title}" for title in done.asked]
    sentence = "pack.reconnected_asking" if done.asked else "pack.reconnected"
    return Answer(data, sentence, {"name": done.channel.name, "account": done.account}, lines=lines)
