"""What stands in a piece's editor and is not saved yet: kept beside the widgets, so other pages and refusals lose nothing."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from pipeline.desk.writing import Change
from pipeline.records import Content, ImageRef, LinkCard
from pipeline.screens.kept import kept
from pipeline.text import IMAGE_IN_TEXT, normalise

TYPED = "write-typed"
TEXTS = ("title", "body", "slug", "excerpt", "tags", "link_url", "link_title", "link_description")
NUMBER = re.compile(r"(\(\s*<?image:)(\d{1,3})")
NO_WORDS = re.compile(r"!\[\s*\](\(\s*<?image:(\d{1,3})[>\s)])")


@dataclass
class Typed:
    """seen     number of the revision that the typing started from
    round    rises when the program, not the person, changes a field: the widgets start anew with it
    fields   one text per name in TEXTS; tags joined by commas
    """

    seen: int
    round: int
    fields: dict[str, Any]
    images: list[ImageRef]
    started: tuple[dict[str, str], list[ImageRef]] = field(default_factory=lambda: ({}, []))

    @classmethod
    def of(cls, content: Content, *, seen: int, round_number: int) -> Typed:
        link = content.link or LinkCard(url="")
        fields = {
            "title": content.title,
            "body": content.body,
            "slug": content.slug,
            "excerpt": content.excerpt,
            "tags": ", ".join(content.tags),
            "link_url": link.url,
            "link_title": link.title,
            "link_description": link.description,
        }
        typed = cls(seen, round_number, fields, list(content.images))
        typed.saved(seen)
        return typed

    def saved(self, revision: int) -> None:
        """What stands here is what the store has as this revision."""
        self.seen, self.started = revision, self._state()

    @property
    def is_changed(self) -> bool:
        return self._state() != self.started

    def _state(self) -> tuple[dict[str, str], list[ImageRef]]:
        return {name: normalise(self.fields.get(name) or "") for name in TEXTS}, list(self.images)

    def change(self) -> Change:
        given = {name: self.fields.get(name) or "" for name in TEXTS}
        url = given["link_url"].strip()
        card = LinkCard(url=url, title=given["link_title"], description=given["link_description"]) if url else None
        return Change(
            title=given["title"],
            body=given["body"],
            slug=given["slug"].strip(),
            excerpt=given["excerpt"],
            tags=[tag.strip().lstrip("#") for tag in given["tags"].split(",") if tag.strip(" #")],
            images=tuple(self.images),
            link=card,
            drop_link=card is None,
            seen=self.seen,
        )

    def put(self, body: str) -> None:
        """Another text by a click, not by a key."""
        if body != self.fields["body"]:
            self.fields["body"] = body
            self.round += 1

    # -- images

    def arrange(self, images: Sequence[ImageRef]) -> None:
        """The images in another order, or without some: the text goes on naming the same ones."""
        numbers = {image.sha256: number for number, image in enumerate(images, 1)}
        moved = {old: numbers.get(image.sha256) for old, image in enumerate(self.images, 1)}
        self.images = list(images)
        self.put(renumbered(self.fields["body"], moved))

    def describe(self, number: int, alt: str) -> None:
        """The words for an image, also where the text shows it without any."""
        self.images[number - 1] = self.images[number - 1].model_copy(update={"alt": alt})
        words = re.sub(r"[\[\]\n]+", " ", alt).strip()
        if words:
            self.put(
                NO_WORDS.sub(lambda found: f"![{words}]{found[1]}" if int(found[2]) == number else found[0], self.fields["body"])
            )


def renumbered(body: str, numbers: dict[int, int | None]) -> str:
    """Image numbers of a text exchanged; an image that went leaves the text too."""

    def replaced(found: re.Match[str]) -> str:
        old = int(found[1])
        new = numbers.get(old, old)
        return "" if new is None else NUMBER.sub(rf"\g<1>{new}", found[0])

    return IMAGE_IN_TEXT.sub(replaced, body)


def typed_in(piece_id: str, content: Content, newest: int) -> Typed:
    """With nothing unsaved it follows the newest revision; else it stays what the person typed."""
    everything: dict[str, Typed] = kept(TYPED, dict)
    typed = everything.get(piece_id)
    if typed is None or (typed.seen != newest and not typed.is_changed):
        typed = Typed.of(content, seen=newest, round_number=typed.round + 1 if typed else 1)
        everything[piece_id] = typed
    return typed


def give_up(piece_id: str, content: Content, newest: int) -> None:
    """Back to the newest revision."""
    everything: dict[str, Typed] = kept(TYPED, dict)
    everything[piece_id] = Typed.of(content, seen=newest, round_number=everything[piece_id].round + 1)
