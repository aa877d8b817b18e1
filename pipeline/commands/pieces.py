"""brief, draft, piece ..., publication."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce
from pathlib import Path

import click

from pipeline import errors
from pipeline.commands.frame import Answer, Group, Run, Verb, read_bytes, read_text, reasons_of
from pipeline.desk import Desk
from pipeline.desk.reading import PieceView
from pipeline.desk.writing import Change, Document
from pipeline.draft.author import Author
from pipeline.records import ImageRef, LinkCard, Person, Piece, Publication, Stage, Verdict

FILE = click.Path(path_type=Path)
DECISIONS = ("--approve", "--request-changes", "--reject", "--hold", "--release", "--emergency")


# -- brief and draft


@click.group(cls=Group)
def brief() -> None:
    """What pieces shall achieve."""


@brief.command("add", cls=Verb)
@click.option("--title", required=True)
@click.option("--channel", "channels", multiple=True, required=True)
@click.option("--message", required=True)
@click.option("--persona", default="")
@click.option("--goal", default="")
@click.option("--source", "sources", multiple=True, metavar="FILE|ADDRESS")
@click.option("--owner", default=None, metavar="EMAIL")
@click.option("--due", default=None, metavar="DATE")
@click.pass_obj
def brief_add(
    run: Run,
    title: str,
    channels: Sequence[str],
    message: str,
    persona: str,
    goal: str,
    sources: Sequence[str],
    owner: str | None,
    due: str | None,
) -> Answer:
    """Write a brief, with the company's own documents as sources."""
    made = run.desk().add_brief(
        title=title,
        channels=channels,
        message=message,
        persona=persona,
        goal=goal,
        documents=[document_named(source) for source in sources],
        owner=owner,
        due=due,
    )
    return Answer({"brief": made.id, "sources": made.sources}, "cli.brief.add", {"title": made.title, "id": made.id})


def document_named(source: str) -> Document:
    if source.startswith(("https://", "http://")):
        return Document(source)
    return Document(Path(source).name, read_bytes(Path(source)))


@click.command(cls=Verb)
@click.option("--brief", "brief_id", required=True)
@click.option("--author", type=click.Choice(["offline", "model"]), default=None)
@click.pass_obj
def draft(run: Run, brief_id: str, author: str | None) -> Answer:
    """Draft one piece per channel of the brief."""
    done = run.desk().draft(brief_id, author_named(run, author))
    rows = [
        {
            "piece": one.piece.id,
            "channel": one.channel.slug,
            "revision": one.piece.revision,
            "hash": one.piece.hash,
            "author": one.draft.writer.kind if one.draft else "",
            "unfinished": one.draft.unfinished if one.draft else "",
        }
        for one in done
        if one.piece is not None
    ]
    refused = [
        {"channel": one.channel.slug, "code": one.refused.code, "text": run.say(one.refused)} for one in done if one.refused
    ]
    lines = [f"{row['channel']:<16} {row['piece']}" for row in rows] + [f"{one['channel']}: {one['text']}" for one in refused]
    return Answer({"pieces": rows, "refused": refused}, lines=lines)


def author_named(run: Run, name: str | None) -> Author:
    """The model when one is configured, unless the offline author is asked for."""
    from pipeline.draft.choice import choose_author  # the authors' modules are slow to load and few commands need them

    return choose_author(name, run.settings.model, run.house.now)


# -- pieces


@click.group(cls=Group)
def piece() -> None:
    """Content items, each for one channel."""


def paired_images(desk: Desk, images: Sequence[Path], alts: Sequence[str]) -> list[ImageRef]:
    """Each `--image` with the `--alt` of the same number; a missing one stays empty and is a reason of the gate."""
    if len(alts) > len(images):
        raise errors.FieldMissing(field="--image")
    padded = [*alts, *[""] * (len(images) - len(alts))]
    return [desk.add_image(read_bytes(image), image.name, alt) for image, alt in zip(images, padded, strict=True)]


def card(link: str | None, title: str, text: str) -> LinkCard | None:
    """What `--link` and its two companions say. Raises FieldMissing."""
    if link is None and (title or text):
        raise errors.FieldMissing(field="--link")
    return LinkCard(url=link, title=title, description=text) if link else None


WITH_CARD = (
    click.option("--link", default=None, metavar="URL", help="Shown as a card where the channel has cards."),
    click.option("--link-title", default="", metavar="T"),
    click.option("--link-text", default="", metavar="T"),
)


def with_card(command: Callable[..., Answer]) -> Callable[..., Answer]:
    return reduce(lambda wrapped, option: option(wrapped), reversed(WITH_CARD), command)


@piece.command("add", cls=Verb)
@click.option("--channel", required=True)
@click.option("--title", required=True)
@click.option("--from", "file", required=True, type=FILE)
@click.option("--slug", default="")
@click.option("--excerpt", default="")
@click.option("--tag", "tags", multiple=True)
@click.option("--category", "categories", multiple=True)
@click.option("--image", "images", multiple=True, type=FILE)
@click.option("--alt", "alts", multiple=True)
@click.option("--brief", "brief_id", default=None)
@with_card
@click.pass_obj
def piece_add(
    run: Run,
    channel: str,
    title: str,
    file: Path,
    slug: str,
    excerpt: str,
    tags: Sequence[str],
    categories: Sequence[str],
    images: Sequence[Path],
    alts: Sequence[str],
    brief_id: str | None,
    link: str | None,
    link_title: str,
    link_text: str,
) -> Answer:
    """Add a piece that somebody wrote elsewhere."""
    desk = run.desk()
    body = read_text(file)
    made = desk.add_piece(
        channel,
        title=title,
        body=body,
        slug=slug,
        excerpt=excerpt,
        tags=tags,
        categories=categories,
        images=paired_images(desk, images, alts),
        link=card(link, link_title, link_text),
        brief=brief_id,
    )
    return Answer({"piece": made.id, **stand(made)}, "cli.piece.add", {"title": made.title, "id": made.id})


def stand(made: Piece) -> dict[str, object]:
    return {"revision": made.revision, "hash": made.hash, "stage": made.stage}


@piece.command("edit", cls=Verb)
@click.argument("piece_id", metavar="ID")
@click.option("--from", "file", default=None, type=FILE)
@click.option("--title", default=None)
@click.option("--slug", default=None)
@click.option("--excerpt", default=None)
@click.option("--tag", "tags", multiple=True, help="Replaces all tags.")
@click.option("--category", "categories", multiple=True, help="Replaces all categories.")
@click.option("--image", "images", multiple=True, type=FILE, help="Adds an image, or changes the alt text of the same one.")
@click.option("--alt", "alts", multiple=True)
@with_card
@click.option("--no-link", is_flag=True, help="Takes the card away.")
@click.pass_obj
def piece_edit(
    run: Run,
    piece_id: str,
    file: Path | None,
    title: str | None,
    slug: str | None,
    excerpt: str | None,
    tags: Sequence[str],
    categories: Sequence[str],
    images: Sequence[Path],
    alts: Sequence[str],
    link: str | None,
    link_title: str,
    link_text: str,
    no_link: bool,
) -> Answer:
    """Make a new revision if anything changed."""
    desk = run.desk()
    change = Change(
        title=title,
        body=read_text(file) if file else None,
        slug=slug,
        excerpt=excerpt,
        tags=tags or None,
        categories=categories or None,
        link=card(link, link_title, link_text),
        drop_link=no_link,
        images=merged(desk, piece_id, paired_images(desk, images, alts)) if images or alts else None,
    )
    made = desk.edit(piece_id, change)
    return Answer(stand(made), "cli.piece.edit", {"title": made.title, "revision": made.revision})


def merged(desk: Desk, piece_id: str, added: Sequence[ImageRef]) -> list[ImageRef]:
    """The piece's images with the new ones; the same bytes again stay in place with the new alt text."""
    images = {image.sha256: image for image in desk.piece(piece_id).revision.content.images}
    return list({**images, **{image.sha256: image for image in added}}.values())


@piece.command("submit", cls=Verb)
@click.argument("piece_id", metavar="ID")
@click.pass_obj
def piece_submit(run: Run, piece_id: str) -> Answer:
    """Hand in for review."""
    desk = run.desk()
    made = desk.submit(piece_id)
    found = desk.piece(piece_id).situation.findings
    data = {"piece": made.id, **stand(made), "findings": reasons_of(run, found)}
    return Answer(data, "cli.piece.submit", {"title": made.title}, lines=[f"! {run.say(one)}" for one in found])


@piece.command("take-back", cls=Verb)
@click.argument("piece_id", metavar="ID")
@click.pass_obj
def piece_take_back(run: Run, piece_id: str) -> Answer:
    """Take out of review."""
    made = run.desk().take_back(piece_id)
    return Answer({"piece": made.id, **stand(made)}, "cli.piece.take_back", {"title": made.title})


@piece.command("withdraw", cls=Verb)
@click.argument("piece_id", metavar="ID")
@click.option("--reason", required=True)
@click.pass_obj
def piece_withdraw(run: Run, piece_id: str, reason: str) -> Answer:
    """End a piece without publishing it."""
    made = run.desk().withdraw(piece_id, reason=reason)
    return Answer({"piece": made.id, **stand(made)}, "cli.piece.withdraw", {"title": made.title})


@piece.command("decide", cls=Verb)
@click.argument("piece_id", metavar="ID")
@click.option("--hash", "seen", required=True, metavar="HASH", help="The content hash that was read.")
@click.option("--approve", is_flag=True)
@click.option("--note", default="", help="With --approve.")
@click.option("--request-changes", default=None, metavar="TEXT")
@click.option("--reject", default=None, metavar="TEXT")
@click.option("--hold", is_flag=True)
@click.option("--release", is_flag=True)
@click.option("--emergency", default=None, metavar="REASON")
@click.pass_obj
def piece_decide(
    run: Run,
    piece_id: str,
    seen: str,
    approve: bool,
    note: str,
    request_changes: str | None,
    reject: str | None,
    hold: bool,
    release: bool,
    emergency: str | None,
) -> Answer:
    """Decide on exactly that hash."""
    words = {
        Verdict.APPROVE: note if approve else None,
        Verdict.REQUEST_CHANGES: request_changes,
        Verdict.REJECT: reject,
        Verdict.HOLD: note if hold else None,
        Verdict.RELEASE: note if release else None,
        Verdict.EMERGENCY: emergency,
    }
    chosen = [(verdict, comment) for verdict, comment in words.items() if comment is not None]
    if len(chosen) != 1:
        raise click.UsageError(run.say("cli.one_of", options=", ".join(DECISIONS)))
    ((verdict, comment),) = chosen
    desk = run.desk()
    made = desk.decide(piece_id, seen=seen, verdict=verdict, comment=comment)
    view = desk.piece(piece_id)
    stage, found = view.stage, view.situation.findings
    data = {"decision": made.id, "binding": made.binding, "stage": stage, "verdict": made.verdict, "hash": made.hash}
    told = "cli.piece.decide" if made.binding else "cli.piece.shadow"
    lines = [f"! {run.say(one)}" for one in found]  # approved or not, this keeps it from going out
    return Answer({**data, "findings": reasons_of(run, found)}, told, {"verdict": made.verdict, "stage": stage}, lines=lines)


@piece.command("schedule", cls=Verb)
@click.argument("piece_id", metavar="ID")
@click.option("--at", "at", required=True, metavar="TIME")
@click.pass_obj
def piece_schedule(run: Run, piece_id: str, at: str) -> Answer:
    """Due at that time."""
    return due(run.desk().schedule(piece_id, at))


@piece.command("unschedule", cls=Verb)
@click.argument("piece_id", metavar="ID")
@click.pass_obj
def piece_unschedule(run: Run, piece_id: str) -> Answer:
    """No slot any more."""
    return due(run.desk().unschedule(piece_id))


@piece.command("publish", cls=Verb)
@click.argument("piece_id", metavar="ID")
@click.pass_obj
def piece_publish(run: Run, piece_id: str) -> Answer:
    """Due now; the worker sends it."""
    return due(run.desk().publish(piece_id))


def due(made: Piece) -> Answer:
    data = {"piece": made.id, "stage": made.stage, "due": made.due_at}
    if made.due_at is None:
        return Answer(data, "cli.piece.unscheduled", {"title": made.title, "stage": made.stage})
    return Answer(data, "cli.piece.due", {"title": made.title, "stage": made.stage, "due": made.due_at})


@piece.command("list", cls=Verb)
@click.option("--stage", default=None, type=click.Choice([stage.value for stage in Stage]))
@click.option("--channel", default=None)
@click.option("--limit", default=50, type=click.IntRange(1, 10_000))
@click.pass_obj
def piece_list(run: Run, stage: str | None, channel: str | None, limit: int) -> Answer:
    """Pieces, newest first."""
    desk = run.desk(reading=True)
    page = desk.pieces(stages=[Stage(stage)] if stage else [], channel=channel, order="id", limit=limit)
    slugs = {one.channel.id: one.channel.slug for one in desk.channels()}
    rows = [
        {
            "piece": one.id,
            "title": one.title,
            "channel": slugs.get(one.channel, one.channel),
            "stage": one.stage,
            "revision": one.revision,
            "hash": one.hash,
            "due": one.due_at,
            "changed": one.changed_at,
        }
        for one in page.pieces
    ]
    lines = [f"{row['piece']}  {row['stage']:<10} {row['channel']:<14} {row['title']}" for row in rows]
    return Answer({"pieces": rows, "total": page.total}, lines=lines)


@piece.command("show", cls=Verb)
@click.argument("piece_id", metavar="ID")
@click.pass_obj
def piece_show(run: Run, piece_id: str) -> Answer:
    """Everything about one piece."""
    desk = run.desk(reading=True)
    view = desk.piece(piece_id)
    people = {person.id: person for person in desk.people()}
    reasons = reasons_of(run, view.reasons)
    lines = [
        f"{view.piece.title}  [{run.say.word(view.stage)}]",
        f"{view.channel.name}, {view.revision.number}, {view.hash}",
        *(f"- {reason['text']}" for reason in reasons),
    ]
    return Answer(shown(view, people, reasons), lines=lines)


def shown(view: PieceView, people: dict[str, Person], reasons: list[dict[str, str]]) -> dict[str, object]:
    def who(person: str) -> str:
        return people[person].email if person in people else person

    return {
        "piece": view.piece.id,
        "title": view.piece.title,
        "stage": view.stage,
        "channel": view.channel.slug,
        "hash": view.hash,
        "due": view.piece.due_at,
        "author": view.revision.writer.kind,
        "content": view.revision.content.model_dump(mode="json"),
        "held": view.piece.held is not None,
        "revisions": [{"number": one.number, "hash": one.hash, "by": who(one.by), "at": one.at} for one in view.revisions],
        "decisions": [
            {
                "decision": one.id,
                "verdict": one.verdict,
                "hash": one.hash,
                "revision": one.revision,
                "person": who(one.person),
                "side": one.side,
                "binding": one.binding,
                "comment": one.comment,
                "at": one.at,
                "counts": one.hash == view.hash,
            }
            for one in view.decisions
            if not (view.blind and one.hash == view.hash and one.verdict not in (Verdict.HOLD, Verdict.RELEASE))
        ],
        "gate": {"may_publish": not reasons, "reasons": reasons},
        "publication": published(view.publication),
    }


def published(row: Publication | None) -> dict[str, object] | None:
    if row is None:
        return None
    return {
        "state": row.state,
        "reason": row.reason,
        "remote_id": row.remote_id,
        "url": row.url,
        "tries": row.tries,
        "last_error": row.last_error,
        "due": row.due.utc,
        "confirmed_at": row.confirmed_at,
    }


# -- publication


@click.group(cls=Group)
def publication() -> None:
    """What became of a piece at its channel."""


@publication.command("resolve", cls=Verb)
@click.argument("piece_id", metavar="PIECE")
@click.option("--there", default=None, metavar="URL")
@click.option("--send-again", is_flag=True)
@click.option("--drop", is_flag=True)
@click.pass_obj
def publication_resolve(run: Run, piece_id: str, there: str | None, send_again: bool, drop: bool) -> Answer:
    """Settle what only a person can settle."""
    if (there is not None) + send_again + drop != 1:
        raise click.UsageError(run.say("cli.one_of", options="--there, --send-again, --drop"))
    desk = run.desk()
    if there is not None:
        row = desk.is_there(piece_id, there)
    else:
        row = desk.send_again(piece_id) if send_again else desk.drop(piece_id)
    data = {"piece": piece_id, "state": row.state, "stage": desk.piece(piece_id).stage, "url": row.url}
    return Answer(data, "cli.publication.resolve", {"state": row.state})
