"""What the demo has made, for whoever wants to show it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypedDict

from pipeline.demo.cast import Cast
from pipeline.demo.script import PersonScript
from pipeline.records import Piece, Publication, PublicationState, Role, Side, Stage
from pipeline.store.base import Reader


class SayStep(Protocol):
    """Is told of each step as it is done; `name` finds the sentence in templates/messages/demo.toml."""

    def __call__(self, name: str, /, **facts: object) -> None: ...


def silent(name: str, /, **facts: object) -> None:
    """For whoever wants no reports."""


class DemoPerson(TypedDict):
    name: str
    email: str
    side: Side
    roles: Sequence[Role]


class DemoPiece(TypedDict):
    piece: str
    channel: str
    title: str
    stage: Stage


class DemoPublication(TypedDict):
    """A page that can be opened: `url` of the `file` on this machine; `address` is where it would stand in the web."""

    piece: str
    channel: str
    title: str
    url: str
    file: Path
    address: str


@dataclass(frozen=True)
class DemoResult:
    """pieces     newest first, or as the brief names their channels
    published  what can be opened; what was only rehearsed has no address and stands in `pieces`
    """

    client: str
    slug: str
    people: Sequence[DemoPerson]
    pieces: Sequence[DemoPiece]
    published: Sequence[DemoPublication]


def result_of(cast: Cast, only: Sequence[str] | None = None) -> DemoResult:
    """`only`: ids of the pieces that are meant, in that order; None: all, newest first."""
    with cast.house.store.read(cast.ws) as reader:
        found = {one.id: one for one in reader.page(Piece, order="changed_at", descending=True, limit=1_000)}
        pieces = [found[piece] for piece in (found if only is None else only)]
        names = {channel: slug for slug, channel in cast.channels.items()}
        published = [one for piece in pieces if (one := _published(cast, reader, piece, names[piece.channel])) is not None]
    return DemoResult(
        client=cast.ws,
        slug=cast.script.slug,
        people=[_person(one) for one in cast.script.people.values()],
        pieces=[DemoPiece(piece=one.id, channel=names[one.channel], title=one.title, stage=one.stage) for one in pieces],
        published=published,
    )


def _person(person: PersonScript) -> DemoPerson:
    return DemoPerson(name=person.name, email=person.email, side=person.side, roles=sorted(person.roles))


def _published(cast: Cast, reader: Reader, piece: Piece, channel: str) -> DemoPublication | None:
    row = reader.get(Publication, piece.publication) if piece.publication else None
    if row is None or row.state is not PublicationState.CONFIRMED or not row.url:
        return None
    file = cast.site(channel) / row.remote_id / "index.html"
    return DemoPublication(piece=piece.id, channel=channel, title=piece.title, url=file.as_uri(), file=file, address=row.url)
