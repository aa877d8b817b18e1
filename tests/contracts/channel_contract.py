"""What every kind of channel is tried on, and what it brings for that: a workbench.

A kind `<kind>` of pipeline/publish/channels/registry.py brings tests/contracts/workbench_<kind>.py with one function

    @contextmanager
    def open_workbench(folder: Path) -> Iterator[Workbench]: ...

`folder` is empty and the test's own. The workbench starts the outside system (or a strict fake of it, over real HTTP on
127.0.0.1) and ends it again. test_channels.py finds it by the kind's name: a kind without a workbench fails.

A workbench has

    settings     what a person types for the channel, valid; every required setting is there
    secret       what is stored as credential ("" when the outlet needs none)
    account      words that `check().account` has to contain
    faults       which of `Fault` it can play
    shows_html   True: `Public.body` is HTML; False: plain text
    public()     everything a stranger sees there now, oldest first, read from the outside system and never from our own
                 records. Drafts, orphans and uploaded files that nobody links to are not public.
    play(fault)  from now on every call meets this fault, until `play(None)`

The contract compares visible words: of `Public.body` with `Rendered.preview.html` (shows_html) or with `preview.text`, and
`Public.title` with the content's title (leave it "" where the outside system has none).

`Public.images` is how many images a reader sees with the piece.
"""

from __future__ import annotations

import io
import re
import struct
import zlib
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import Enum
from hashlib import sha256
from importlib import import_module
from pathlib import Path
from typing import Protocol, cast

import pytest
from bs4 import BeautifulSoup

from pipeline.net import Net
from pipeline.publish.channels.port import Connection, Delivery, Live, Outlet, Place, Rendered, Wire
from pipeline.publish.channels.registry import outlet
from pipeline.records import Content, ImageRef, RemoteImage

NOON = datetime(2027, 3, 2, 11, 0, tzinfo=UTC)


class Fault(Enum):
    """What may go wrong outside, and what the connection has to raise then."""

    UNREACHABLE = "ChannelUnreachable"  # nobody answers at the address
    CUT = "ChannelSilent"  # the request is carried out, the answer breaks off
    SIGNED_OUT = "ReconnectNeeded"  # 401
    FORBIDDEN = "ChannelForbids"  # 403
    BUSY = "ChannelBusy"  # 429 with Retry-After
    REFUSED = "ChannelRefused"  # 400 or 422: no for good


@dataclass(frozen=True)
class Public:
    """One thing that a stranger can see."""

    remote_id: str
    title: str
    body: str
    images: int = 0


class Workbench(Protocol):
    settings: dict[str, str]
    secret: str
    account: str
    faults: frozenset[Fault]
    shows_html: bool

    def public(self) -> list[Public]: ...

    def play(self, fault: Fault | None) -> None: ...


def open_workbench(kind: str, folder: Path) -> AbstractContextManager[Workbench]:
    try:
        module = import_module(f"tests.contracts.workbench_{kind}")
    except ModuleNotFoundError as missing:
        pytest.fail(f"the kind {kind} has no workbench: {missing}")
    return cast(AbstractContextManager[Workbench], module.open_workbench(folder))


def faults_of(kind: str) -> frozenset[Fault]:
    """Which faults the kind's workbench can play, told before any is opened."""
    module = import_module(f"tests.contracts.workbench_{kind}")
    benches = (one for one in vars(module).values() if isinstance(one, type) and one.__module__ == module.__name__)
    return frozenset(fault for bench in benches for fault in getattr(bench, "faults", ()))


# ------------------------------------------------------------------------------------------------------- contents

BODY = """\
Größe zählt: „Übergabe“ heißt *vormachen*, dann **mitmachen** – und "abgeben" 🤝🏽.

Ein Satz mit [Klammern] und (runden), {geschweiften}, <spitzen>, 50\u00a0% und A & B.

- Erster Punkt
- Zweiter Punkt mit [Verweis](https://beispiel.example/a?b=1&c=2)
"""
IMAGE_LINE = "\n![Zwei Läufer übergeben den Stab](image:1)\n"


def a_png(width: int = 8, height: int = 6, shade: int = 90) -> bytes:
    """A real, small PNG."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = b"".join(b"\0" + bytes([shade, 120, 30]) * width for _ in range(height))
    out = io.BytesIO(b"")
    out.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)))
    out.write(chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))
    return out.getvalue()


PNG = a_png()


def an_image(data: bytes = PNG, alt: str = "Zwei Läufer übergeben den Stab") -> ImageRef:
    digest = sha256(data).hexdigest()
    return ImageRef(sha256=digest, alt=alt, name="stab.png", mime="image/png", width=8, height=6, size=len(data))


def a_text(title: str = "Übergabe [Teil 1] & „mehr“ 🏃", slug: str = "uebergabe-teil-1") -> Content:
    return Content(title=title, body=BODY, slug=slug, excerpt="Worum es geht: Größe & Übergabe.")


def an_illustrated_text() -> Content:
    return a_text().model_copy(update={"body": BODY + IMAGE_LINE, "images": (an_image(),)})


# --------------------------------------------------------------------------------------------- a channel on its bench


@dataclass
class Tried:
    """One outlet, set up on its workbench."""

    kind: str
    bench: Workbench
    stored: dict[str, bytes] = field(default_factory=lambda: {sha256(PNG).hexdigest(): PNG})

    @property
    def outlet(self) -> Outlet:
        return outlet(self.kind)

    @property
    def place(self) -> Place:
        settings = self.outlet.accept_settings(self.bench.settings)
        return Place(f"Kanal {self.kind}", settings, "Beispiel & Söhne", "de", "Europe/Berlin", slug=self.kind)

    def connect(self) -> Connection:
        return self.outlet.connect(self.place, Wire(Net(), lambda digest: self.stored[digest], lambda: NOON, self.bench.secret))

    def render(self, content: Content) -> Rendered:
        return self.outlet.render(content, self.place)

    def send_images(self, rendered: Rendered) -> Mapping[str, RemoteImage]:
        if not self.outlet.sends_images:
            return {}
        connection = self.connect()
        return {image.sha256: connection.send_image(image) for image in rendered.images}

    def publish(self, content: Content, marker: str = "staffelstab-1") -> Live:
        """All steps of the outlet's delivery, as the worker takes them."""
        rendered = self.render(content)
        media = self.send_images(rendered)
        if self.outlet.delivery is not Delivery.FLIP:
            return self.connect().put(rendered, media, marker)
        draft = self.connect().make_draft(rendered, media, marker)
        assert list(self.connect().compare(draft, rendered, media)) == []
        return self.connect().flip(draft)


def visible_words(text: str, *, is_html: bool) -> str:
    """What a reader sees; blanks and line ends count as one blank, a no-break space is a sign like others."""
    seen = BeautifulSoup(text, "html.parser").get_text(" ") if is_html else text
    return re.sub(r"[ \n\t\r]+", " ", seen).strip()
