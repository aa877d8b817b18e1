"""What the pipeline asks of an outside system, and what it promises in return.

An `Outlet` is a kind of outside system (WordPress, LinkedIn): pure knowledge, no connection. `connect` gives a
`Connection`, which talks. Three ways of delivery, and the worker (publish/worker.py) treats each as it must be:

FLIP      make an invisible draft, compare it, publish the known id: every step may be repeated
PUT       write to an address of our own: may be repeated as a whole
ONE_SHOT  one call that cannot be repeated: an unclear outcome goes to a person

Every call either returns what was asked or raises one of the refusals listed at `Connection`; never a bare HTTP error.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING, ClassVar, Protocol

from pipeline.errors import Refusal
from pipeline.records import Content, ImageRef, RemoteImage

if TYPE_CHECKING:
    from pipeline.net import Net
    from pipeline.text import SafeHtml


class Delivery(Enum):
    FLIP = "flip"
    PUT = "put"
    ONE_SHOT = "one shot"


@dataclass(frozen=True)
class Setting:
    """One `--set` of a channel."""

    name: str
    example: str
    required: bool = True
    default: str = ""


@dataclass(frozen=True)
class Place:
    """One configured channel, as an outlet needs to know it.

    name       as people call it, for sentences
    settings   validated by `accept_settings`
    client     the company's name
    language   of the company: "de" or "en"
    timezone   IANA name
    """

    name: str
    settings: Mapping[str, str]
    client: str
    language: str
    timezone: str
    slug: str = ""


@dataclass(frozen=True)
class Preview:
    """How the piece will look to its readers.

    look     "article": `html` is the text as the page will show it; "post": `text` is what a feed shows
    html     sanitised; images stand as `image:<sha256>` addresses, which the screen replaces by its own
    text     plain text, exactly the characters that readers will see
    fold     number of characters a feed shows before "... more"; 0: no fold
    length, limit   visible characters and how many the channel takes (0: no limit)
    """

    look: str
    html: SafeHtml
    text: str
    fold: int = 0
    length: int = 0
    limit: int = 0


@dataclass(frozen=True)
class Rendered:
    """What will be sent, complete but for ids that only the outside system can give.

    payload  JSON-able, every field as it will be sent; an image's id or address stands as `image:<sha256>`
    images   in the order in which they are uploaded
    """

    payload: Mapping[str, object]
    preview: Preview
    images: tuple[ImageRef, ...] = ()


@dataclass(frozen=True)
class Live:
    """The piece is public. `url` may be empty when the system did not say."""

    remote_id: str
    url: str


@dataclass(frozen=True)
class Signed:
    """Answer of a connection check: who we are there, and what stands in the way (empty: nothing)."""

    account: str
    problems: Sequence[Refusal] = ()


@dataclass(frozen=True)
class Wire:
    """What a connection may use: the one door to the network, the image bytes, the time. `fresh`: the secret may be some
    seconds old, and a first refusal of it is asked again."""

    net: Net
    image: ImageBytes
    now: NowFunction
    secret: str = field(default="", repr=False)
    fresh: bool = True


class ImageBytes(Protocol):
    def __call__(self, sha256: str) -> bytes: ...


class NowFunction(Protocol):
    def __call__(self) -> datetime: ...


class Connection(Protocol):
    """A signed-in way to one place. Which methods are called depends on the outlet's delivery; the others raise TypeError.

    Raises, each with `channel` = the place's name and `reason` = one line in the outside system's words where it has any:
    ChannelUnreachable    nothing was sent (name, connect, TLS): try again
    ChannelBusy           429, 503 with the certainty that nothing was done: try again; `retry_after` seconds or None
    ChannelSilent         sent, outcome unknown (cut, timed out, 500, 502, 504, unreadable answer)
    ReconnectNeeded       401
    ChannelForbids        403: a right is missing
    ChannelAddressWrong   3xx, HTML instead of the interface
    ChannelInterfaceOff   the interface is switched off
    ChannelVersionOver    426 and the like
    ChannelDraftGone      404, 410 on our own draft
    ChannelRefused        400, 413, 415, 422: refused for good
    SlugTaken             before the flip: the address would become another one
    DuplicatePost         `urn` of the post that exists
    """

    def check(self) -> Signed:
        """Sign in and say who we are. Reads only."""

    def send_image(self, image: ImageRef) -> RemoteImage:
        """Upload one image (FLIP, ONE_SHOT). A repetition makes at most an invisible orphan."""

    def make_draft(self, rendered: Rendered, media: Mapping[str, RemoteImage], marker: str) -> str:
        """FLIP: make the invisible draft; returns its id. `media` by SHA-256."""

    def compare(self, draft_id: str, rendered: Rendered, media: Mapping[str, RemoteImage]) -> Sequence[str]:
        """FLIP: read the draft back; names of the fields that differ from what was approved. Raises SlugTaken."""

    def flip(self, draft_id: str) -> Live:
        """FLIP: make exactly that id public; nothing but its status changes. May be repeated."""

    def put(self, rendered: Rendered, media: Mapping[str, RemoteImage], marker: str) -> Live:
        """PUT, ONE_SHOT: make it public in one call."""

    def look_up(self, rendered: Rendered, media: Mapping[str, RemoteImage], since: datetime) -> Live | None:
        """ONE_SHOT, after the quiet time: is it there? None: not found. Raises ChannelForbids where reading is not allowed."""


class Outlet(Protocol):
    """A kind of outside system. Without state: one instance serves all channels of its kind."""

    kind: ClassVar[str]
    delivery: ClassVar[Delivery]
    settings: ClassVar[tuple[Setting, ...]]
    needs_secret: ClassVar[bool]
    sends_images: ClassVar[bool]
    """False: images travel with the text itself, `send_image` is never called."""
    late_minutes: ClassVar[int]
    """How late a piece may still go out by itself when the client's policy does not say less: 60, or 1440 for a blog."""

    @property
    def conversion(self) -> str:
        """Names what turns the Markdown into the payload, versions included: the same name gives the same bytes.
        It is part of what people approve."""

    def accept_settings(self, settings: Mapping[str, str]) -> dict[str, str]:
        """The settings in normal form. Raises FieldMissing, FieldInvalid (facts: field, value)."""

    def address(self, settings: Mapping[str, str]) -> str:
        """The account or address a piece goes out under; part of what people approve."""

    def expires_at(self, secret: str) -> datetime | None:
        """When this credential ends; None where it does not say."""

    def findings(self, content: Content, place: Place) -> Sequence[Refusal]:
        """What speaks against this content on this channel. Pure and quick: asked at every gate."""

    def render(self, content: Content, place: Place) -> Rendered:
        """The Markdown in the channel's own form. Pure."""

    def connect(self, place: Place, wire: Wire) -> Connection: ...
