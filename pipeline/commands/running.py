"""worker, audit, backup, doctor: what runs by itself, and whether all is well."""

from __future__ import annotations

import signal
import threading
from pathlib import Path

import click

from pipeline import errors
from pipeline.commands.frame import Answer, Group, Run, Verb
from pipeline.doctor import examine
from pipeline.records import Client
from pipeline.store.backup import make_backup
from pipeline.worker import Round, Worker


@click.command(cls=Verb)
@click.option("--once", is_flag=True, help="One round over everything due, then exit.")
@click.pass_obj
def worker(run: Run, once: bool) -> Answer:
    """Publish what is due; settle what is unclear."""
    one = Worker(run.house)
    with one.alone():
        done = one.round() if once else _until_told(one)
    data = {"confirmed": done.confirmed, "failed": done.failed, "attention": done.attention, "waiting": done.waiting}
    counts = {name: len(rows) for name, rows in data.items()}
    return Answer(data, "cli.worker", counts)


def _until_told(one: Worker) -> Round:
    """Round after round. What each of them did stands in the audit chain; told to stop, nothing more is begun."""
    stop = threading.Event()
    for name in ("SIGINT", "SIGTERM"):
        signal.signal(getattr(signal, name), lambda *_: stop.set())
    one.run(stop)
    return Round()


@click.group(cls=Group)
def audit() -> None:
    """The chain of everything that was done."""


@audit.command("list", cls=Verb)
@click.option("--piece", default=None)
@click.option("--limit", default=None, type=click.IntRange(1))
@click.pass_obj
def audit_list(run: Run, piece: str | None, limit: int | None) -> Answer:
    """Entries, newest first."""
    desk = run.desk(reading=True)
    entries = desk.events(piece=piece, limit=limit)
    names_of = {person.id: person.name for person in desk.people()}
    names = ("seq", "at", "actor", "act", "subject", "details", "prev", "hash")
    rows = [{name: getattr(entry, name) for name in names} for entry in entries]
    lines = [
        f"{entry.seq:>6}  {run.say.moment(entry.at, seconds=True)}  {names_of.get(entry.actor, entry.actor):<22} "
        f"{entry.act:<24} {entry.subject}"
        for entry in entries
    ]
    return Answer({"entries": rows}, lines=lines)


@audit.command("verify", cls=Verb)
@click.pass_obj
def audit_verify(run: Run) -> Answer:
    """Recompute the chain."""
    found = run.desk(reading=True).verify_audit()
    data: dict[str, object] = {"ok": not found.broken, "entries": found.entries, "head": found.head, "broken": found.broken}
    if found.broken:
        refusal = errors.AuditIsBroken(count=len(found.broken), first=found.broken[0])
        data["error"] = {"code": refusal.code, "message": run.say(refusal), "facts": refusal.facts}
        return Answer(data, refusal.code, refusal.facts, ok=False)
    return Answer(data, "cli.audit.verify", {"entries": found.entries, "head": found.head})


@click.command(cls=Verb)
@click.option("--to", "to", required=True, type=click.Path(path_type=Path))
@click.pass_obj
def backup(run: Run, to: Path) -> Answer:
    """Copy everything into one new file, and check the copy."""
    if (run.acting or run.settings.acting) and (run.client_slug or len(run.clients()) == 1):
        made = run.desk().back_up(to)  # somebody stands for it by name
    else:
        made = make_backup(run.house.store, run.house.blobs, to, now=run.house.now())
    return Answer({"backup": to, **made}, "cli.backup", {"file": to, "pieces": made["pieces"]})


@click.command(cls=Verb)
@click.pass_obj
def doctor(run: Run) -> Answer:
    """What is wrong with settings, store, clock, channels, secrets and disk, and what to do."""
    with run.house.store.read() as view:
        clients = view.page(Client, limit=1_000)
    checks = examine(run.house, clients)
    rows = [{"code": one.code, "ok": one.ok, "text": run.say(one.finding) if one.finding else ""} for one in checks]
    ok = all(one.ok for one in checks)
    lines = [f"{'ok ' if row['ok'] else '!! '} {row['code']:<14} {row['text']}" for row in rows]
    data: dict[str, object] = {"ok": ok, "checks": rows}
    if not ok:
        worst = next(one.finding for one in checks if not one.ok and one.finding)
        data["error"] = {"code": worst.code, "message": run.say(worst), "facts": worst.facts}
    return Answer(data, lines=lines, ok=ok)
