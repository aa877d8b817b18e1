"""handover exit, runbook, protocol."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import click

from handover.commands.phases import handover_desk
from handover.exit.checklist import Item
from handover.exit.steps import ExitList
from handover.papers.protocol import item_title
from handover.papers.runbook import ChapterState, Runbook
from pipeline import errors
from pipeline.commands.frame import Answer, Run, Verb
from pipeline.messages import Say
from pipeline.records import Mark, Protocol
from pipeline.store.sqlite import told_plainly


@click.command("exit", cls=Verb)
@click.option("--deliver", default=None, metavar="CODE", help="The consultant's side: this is handed over.")
@click.option("--control", default=None, metavar="CODE", help="The team's owner: we have it.")
@click.option("--verify", default=None, metavar="CODE", help="Do what proves it, such as signing in outside.")
@click.option("--file", "file", default=None, type=click.Path(path_type=Path), help="With --verify pack: the pack to read back.")
@click.option("--declare", is_flag=True, help="The consultant: we are done here.")
@click.option("--reason", "reasons", multiple=True, metavar="CODE=TEXT", help="With --declare: why a point is left open.")
@click.option("--confirm", is_flag=True, help="The team's owner: from now on it is ours alone. Ends the consultant's access.")
@click.option("--take-back", is_flag=True, help="Take the declaration back.")
@click.pass_obj
def leave(
    run: Run,
    deliver: str | None,
    control: str | None,
    verify: str | None,
    file: Path | None,
    declare: bool,
    reasons: Sequence[str],
    confirm: bool,
    take_back: bool,
) -> Answer:
    """The consultant's exit, point by point."""
    steps = [one for one in (deliver, control, verify, declare, confirm, take_back) if one not in (None, False)]
    if len(steps) > 1:
        raise click.UsageError("--deliver, --control, --verify, --declare, --confirm, --take-back: one at a time")
    if reasons and not declare:
        raise click.UsageError("--reason belongs to --declare")
    if (file is None) is (verify == "pack"):
        raise click.UsageError("--file belongs to --verify pack")
    desk = handover_desk(run, reading=not steps)
    if deliver is not None:
        desk.deliver(deliver)
    elif control is not None:
        desk.control(control)
    elif file is not None:
        desk.verify_pack(file)
    elif verify is not None:
        desk.verify(verify)
    elif declare:
        desk.declare_exit(reasons_named(reasons))
    elif take_back:
        desk.take_back_exit()
    elif confirm:
        return _confirmed(run, desk.confirm_exit())
    return _listed(run, desk.exit_list())


def _confirmed(run: Run, protocol: Protocol) -> Answer:
    rows = _rows(handover_desk(run).exit_list())
    return Answer({**rows, "audit_head": protocol.audit_head}, "exit.confirmed", {"head": protocol.audit_head})


def _listed(run: Run, told: ExitList) -> Answer:
    lines = [f"{run.say.word(one.state):<14} {one.code:<28} {_told(one, run.say)}" for one in told.items]
    sentence, facts = "exit.open", {"number": len(told.unmet)}
    if told.declared is not None:
        sentence = "exit.declared"
    if told.confirmed is not None and told.confirmed.confirmed is not None:
        lines.append(run.say("exit.was_confirmed", at=told.confirmed.confirmed.at))
    return Answer(_rows(told), sentence, facts, lines=lines)


def _told(item: Item, say: Say) -> str:
    names = {item.channel.slug: item.channel.name} if item.channel else {}
    title = item_title(item.code, names, say)
    return say("exit.missing", title=title, missing=list(item.missing)) if item.missing else title


def _rows(told: ExitList) -> dict[str, object]:
    return {
        "items": [_row(one) for one in told.items],
        "declared": _signed(told.declared),
        "confirmed": _signed(told.confirmed),
    }


def _row(item: Item) -> dict[str, object]:
    record = item.record
    marks = {name: _when(getattr(record, name) if record else None) for name in ("delivered", "controlled", "verified")}
    return {"code": item.code, "state": item.state, "missing": item.missing, **marks}


def _when(mark: Mark | None) -> dict[str, object] | None:
    return {"by": mark.by, "at": mark.at} if mark else None


def _signed(protocol: Protocol | None) -> dict[str, object] | None:
    if protocol is None:
        return None
    unmet = {one.code: one.reason for one in protocol.unmet}
    return {"id": protocol.id, "declared": _when(protocol.declared), "confirmed": _when(protocol.confirmed), "unmet": unmet}


def reasons_named(given: Sequence[str]) -> Mapping[str, str]:
    """`CODE=TEXT` pairs. Raises FieldInvalid."""
    pairs = {}
    for one in given:
        code, equals, text = one.partition("=")
        if not equals or code.strip() in pairs:
            raise errors.FieldInvalid(field="reason", value=one[:80])
        pairs[code.strip()] = text
    return pairs


@click.command("runbook", cls=Verb)
@click.option("--to", default=None, type=click.Path(path_type=Path), metavar="FILE.html", help="One page, ready to print.")
@click.option("--acknowledge", default=None, metavar="CODE", help="You have read this chapter as it is now.")
@click.pass_obj
def runbook(run: Run, to: Path | None, acknowledge: str | None) -> Answer:
    """How this client's pipeline really runs, and who has read it."""
    desk = handover_desk(run, reading=acknowledge is None)
    book = desk.runbook()
    if acknowledge is not None:
        desk.acknowledge(acknowledge, _sha256_of(book, acknowledge))
        book = desk.runbook()
    data = {"as_of": book.as_of, "chapters": [_chapter(one) for one in book.chapters], "file": to}
    lines = [f"{_standing(one, run.say):<22} {one.chapter.code:<14} {one.chapter.title}" for one in book.chapters]
    if to is None:
        return Answer(data, lines=lines)
    write_new(to, desk.runbook_page())
    return Answer(data, "paper.written", {"file": to}, lines=lines)


def _sha256_of(book: Runbook, code: str) -> str:
    for state in book.chapters:
        if state.chapter.code == code:
            return state.chapter.sha256
    raise errors.Unknown(what="chapter", id=code[:80])


def _chapter(state: ChapterState) -> dict[str, object]:
    chapter = state.chapter
    read = [{"name": name, "at": at} for name, at in state.acknowledged]
    return {
        "code": chapter.code, "title": chapter.title, "sha256": chapter.sha256, "acknowledged": read,
        "changed_since": state.changed_since,
    }  # fmt: skip


def _standing(state: ChapterState, say: Say) -> str:
    if state.acknowledged:
        return say("runbook.read_by", number=len(state.acknowledged))
    return say("runbook.changed") if state.changed_since else say("runbook.unread")


@click.command("protocol", cls=Verb)
@click.option("--to", required=True, type=click.Path(path_type=Path), metavar="FILE.html")
@click.pass_obj
def protocol(run: Run, to: Path) -> Answer:
    """The protocol of the handover, to be printed and signed."""
    write_new(to, handover_desk(run, reading=True).protocol_page())
    return Answer({"file": to}, "paper.written", {"file": to})


def write_new(to: Path, text: str) -> None:
    """Raises AlreadyThere, FileNotFound for a folder that is not there, StoreIsReadOnly, StoreIsFull."""
    if to.exists():
        raise errors.AlreadyThere(what="file", name=str(to))
    if not to.parent.is_dir():
        raise errors.FileNotFound(name=str(to.parent))
    with told_plainly(to.parent):
        to.write_text(text, "utf-8")
