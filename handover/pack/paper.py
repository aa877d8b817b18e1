"""What everything readable in a pack is written with: the client's language, one moment, names by id, images by hash."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path

from markupsafe import escape

from handover.pack.contents import packed
from handover.pack.verifier import MAGIC
from handover.papers.drawing import style_sheet, theme
from pipeline.desk.act import View
from pipeline.errors import ImageUnreadable
from pipeline.messages import TEMPLATES, Say
from pipeline.records import iso
from pipeline.store.base import GENESIS

FOLDER = TEMPLATES / "pack"
TITLE, MAIN = "(title)", "(main)"
"""Where a page's own parts go in the frame that all pages of a menu entry share."""
MAKES_FORMULAS = ("=", "+", "-", "@", "\t", "\r", "\0")


class Paper:
    """`as_of`: time of the newest audit entry, which is what the pack calls now."""

    def __init__(self, view: View) -> None:
        newest = next(iter(view.reader.events(descending=True, limit=1)), None)
        self.entries, self.head = (newest.seq, newest.hash) if newest else (0, GENESIS)
        self.as_of = newest.at if newest else view.client.made_at
        self.as_of_text = iso(self.as_of)
        self.client = view.client
        self.say = Say(view.client.language, view.client.timezone)
        self.people = view.people
        self.channels = {channel.id: packed(channel) for channel in view.channels}
        self._images: dict[str, str] = {}
        self._labels: dict[str, str] = {}
        self._frames: dict[tuple[str, str], tuple[str, str, str]] = {}

    def person(self, id: str | None) -> str:  # noqa: A002
        """A name, an address of no use here, or a dash for nobody."""
        if not id:
            return ""
        return self.people[id].name if id in self.people else id

    def channel(self, id: str) -> str:  # noqa: A002
        return self.channels[id].name if id in self.channels else id

    def condition(self, code: str) -> str:
        """A condition's name; a code that came from elsewhere stays what it is."""
        name = f"condition.{code}"
        return self.say(name) if self.say.has(name) else code

    def at(self, moment: datetime | None) -> str:
        return self.say.moment(moment) if moment else ""

    # -- images

    def image_name(self, sha256: str, file: Path) -> str:
        """images/<sha256>.<ending>; the ending is read from the bytes."""
        with file.open("rb") as opened:
            head = opened.read(16)
        for ending, fits in MAGIC.items():
            if fits(head):
                self._images[sha256] = f"images/{sha256}.{ending}"
                return self._images[sha256]
        raise ImageUnreadable(name=sha256)

    def image(self, sha256: str) -> str | None:
        return self._images.get(sha256)

    # -- pages and tables

    def page(self, template: str, title: str, *, here: str, up: str = "", **facts: object) -> str:
        """A whole page. `here`: the page of the menu it belongs to; `up`: the way to the pack's top folder, "" or "../../"."""
        if (here, up) not in self._frames:
            frame = self._drawn("base.html", here=here, up=up, title=TITLE, main=MAIN)
            before, rest = frame.split(TITLE)
            between, after = rest.split(MAIN)
            self._frames[here, up] = (before, between, after)
        before, between, after = self._frames[here, up]
        return "".join((before, escape(title), between, self._drawn(template, up=up, **facts), after))

    def _drawn(self, template: str, **facts: object) -> str:
        given = {
            "say": self.label,
            "language": self.say.language,
            "client": self.client,
            "paper": self,
            "style": style_sheet(FOLDER / "pack.css"),
        }
        return theme(FOLDER).get_template(template).render(**given, **facts)

    def label(self, name: str, **facts: object) -> str:
        """A sentence; those without gaps are looked up once for thousands of pages."""
        if facts:
            return self.say(name, **facts)
        if name not in self._labels:
            self._labels[name] = self.say(name)
        return self._labels[name]

    def table(self, names: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
        """CSV that a German Excel opens by a double click, and that cannot be a formula there."""
        out = io.StringIO()
        writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
        writer.writerow([self.say(f"pack.column.{name}") for name in names])
        writer.writerows([[harmless(self.cell(value)) for value in row] for row in rows])
        return b"\xef\xbb\xbf" + out.getvalue().encode()

    def cell(self, value: object) -> str:
        match value:
            case None:
                return ""
            case bool():
                return self.say("pack.yes" if value else "pack.no")
            case datetime():
                return self.at(value)
            case _:
                return self.say.word(value)


def harmless(text: str) -> str:
    return f"'{text}" if text.startswith(MAKES_FORMULAS) else text
