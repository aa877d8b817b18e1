"""Every piece as Markdown with front matter and as a page, with all its revisions and decisions."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from markupsafe import Markup

from handover.pack.archive import Archive
from handover.pack.contents import records_of
from handover.pack.paper import Paper
from handover.pack.rendering import Text, rendered
from pipeline.desk.act import View
from pipeline.records import Content, Decision, Piece, Publication, PublicationState, Revision, Slot, Stage, iso
from pipeline.text import SLUG, slugify

UP = "../../"
IMAGE_IN_MARKDOWN = re.compile(r"(!\[[^\]\n]{0,1000}\]\(\s*<?)image:(\d{1,3})(?=[>\s)])")
IMAGE_BY_HASH = re.compile(r'(<img\b[^>]*?\bsrc=")image:([0-9a-f]{64})(")')
FOREIGN_IMAGE = re.compile(r'<img\b(?![^>]*\bsrc="\.\./\.\./images/)[^>]*>')
BREAKS_YAML = re.compile("[\x7f-\x9f\u2028\u2029\ufeff]")
LONGEST_NAME = 60


@dataclass(frozen=True)
class Listed:
    """A piece as lists show it. `folder`: pieces/<name>; `at`: its publication, else its slot."""

    id: str
    folder: str
    title: str
    channel: str
    stage: Stage
    changed_at: datetime
    slot: Slot | None
    confirmed_at: datetime | None
    url: str

    @property
    def at(self) -> datetime | None:
        return self.confirmed_at or (self.slot.utc if self.slot else None)


@dataclass(frozen=True)
class Whole:
    """A piece with everything that belongs to it, revisions and decisions oldest first."""

    piece: Piece
    revisions: list[Revision]
    decisions: list[Decision]
    publication: Publication | None

    @property
    def current(self) -> Revision:
        return next(one for one in self.revisions if one.number == self.piece.revision)

    @property
    def live(self) -> Publication | None:
        row = self.publication
        return row if row is not None and row.state is PublicationState.CONFIRMED else None


def write_pieces(archive: Archive, view: View, paper: Paper) -> list[Listed]:
    """By id. Each in a folder of its own: text.md, page.html, revision-<n>.md for those before."""
    places = {channel.id: view.place(channel) for channel in view.channels}

    def text_of(whole: Whole) -> Text:
        channel = whole.piece.channel
        return Text(paper.channels[channel].outlet, whole.current.content, places[channel])

    listed = []
    expected = sum(view.reader.tally(Piece, "stage").values())
    for whole, html in rendered(_wholes(view), text_of, view.house.outlet, expected=expected):
        one = _listed(whole)
        listed.append(one)
        _write_piece(archive, paper, whole, one, html)
    return listed


def _wholes(view: View) -> Iterator[Whole]:
    for piece in records_of(view.reader, Piece):
        yield Whole(
            piece,
            view.reader.page(Revision, {"piece": piece.id}, order="number", limit=10_000),
            view.reader.page(Decision, {"piece": piece.id}, order="at", limit=10_000),
            view.reader.get(Publication, piece.publication) if piece.publication else None,
        )


def _listed(whole: Whole) -> Listed:
    piece, live = whole.piece, whole.live
    return Listed(
        id=piece.id,
        folder=folder_of(piece, whole.current.content),
        title=piece.title,
        channel=piece.channel,
        stage=piece.stage,
        changed_at=piece.changed_at,
        slot=piece.slot,
        confirmed_at=live.confirmed_at if live else None,
        url=live.url if live else "",
    )


def folder_of(piece: Piece, content: Content) -> str:
    slug = content.slug if SLUG.fullmatch(content.slug) else slugify(content.title)
    return f"pieces/{slug[:LONGEST_NAME].strip('-')}-{piece.id}"


def _write_piece(archive: Archive, paper: Paper, whole: Whole, listed: Listed, html: str) -> None:
    for revision in whole.revisions:
        name = "text" if revision.number == whole.piece.revision else f"revision-{revision.number}"
        archive.write(f"{listed.folder}/{name}.md", markdown_of(whole, revision, paper))
    former = [one for one in whole.revisions if one.number != whole.piece.revision]
    facts = {"whole": whole, "listed": listed, "former": former, "html": with_images(html, paper)}
    archive.write(f"{listed.folder}/page.html", paper.page("piece.html", listed.title, here="pieces.html", up=UP, **facts))


def markdown_of(whole: Whole, revision: Revision, paper: Paper) -> str:
    content, piece, live = revision.content, whole.piece, whole.live
    current = revision.number == piece.revision
    images = [paper.image(image.sha256) for image in content.images]
    matter: Mapping[str, object] = {
        "title": content.title,
        "id": piece.id,
        "channel": paper.channel(piece.channel),
        "slug": content.slug,
        "excerpt": content.excerpt,
        "tags": content.tags,
        "categories": content.categories,
        "images": [{"file": f"{UP}{file}", "alt": image.alt} for file, image in zip(images, content.images, strict=True)],
        "link": content.link and content.link.model_dump(mode="json"),
        "first_comment": content.first_comment,
        "mentions": content.mentions,
        "embargo": content.embargo and iso(content.embargo),
        "revision": revision.number,
        "hash": revision.hash,
        "by": paper.person(revision.by),
        "at": iso(revision.at),
        "stage": piece.stage.value if current else None,
        "slot": iso(piece.slot.utc) if current and piece.slot else None,
        "published": iso(live.confirmed_at) if current and live and live.confirmed_at else None,
        "url": live.url if current and live else None,
    }
    lines = [f"{name}: {_yaml(value)}" for name, value in matter.items() if value]
    body = IMAGE_IN_MARKDOWN.sub(lambda found: found[1] + _image_file(images, found), content.body)
    return "\n".join(["---", *lines, "---", "", body, ""])


def _yaml(value: object) -> str:
    """As JSON, which YAML includes."""
    return BREAKS_YAML.sub(lambda found: f"\\u{ord(found[0]):04x}", json.dumps(value, ensure_ascii=False))


def _image_file(images: list[str | None], found: re.Match[str]) -> str:
    number = int(found[2])
    file = images[number - 1] if 0 < number <= len(images) else None
    return f"{UP}{file}" if file else f"image:{number}"


def with_images(html: str, paper: Paper) -> Markup:
    """The piece as its channel shows it, with the pack's images."""
    shown = IMAGE_BY_HASH.sub(lambda found: f"{found[1]}{UP}{paper.image(found[2]) or ''}{found[3]}", html)
    return Markup(FOREIGN_IMAGE.sub("", shown))  # noqa: S704  (sanitised by its channel; foreign images are not fetched)
