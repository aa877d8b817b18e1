"""An outside system in memory with every way of delivery, which can be told what goes wrong at which call.

It keeps what the public sees. It is for the worker's protocol; what travels over HTTP is tried on the channels themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from pipeline import errors
from pipeline.errors import Refusal
from pipeline.publish.channels.port import Delivery, Live, Place, Preview, Rendered, Setting, Signed, Wire
from pipeline.records import Content, ImageRef, RemoteImage
from pipeline.text import SafeHtml, to_html


class Killed(BaseException):
    """The process ends here, as by SIGKILL: nothing after this line runs."""


@dataclass
class Remote:
    """What the outside system holds, and the trouble ahead."""

    drafts: dict[str, Mapping[str, object]] = field(default_factory=dict)
    public: list[tuple[str, Mapping[str, object]]] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    before: dict[str, list[BaseException]] = field(default_factory=dict)
    after: dict[str, list[BaseException]] = field(default_factory=dict)
    readable: bool = True
    on_call: Callable[[str], None] = lambda _: None

    def step(self, name: str, effect: Callable[[], str]) -> str:
        self.calls.append(name)
        self.on_call(f"before {name}")
        if self.before.get(name):
            raise self.before[name].pop(0)
        result = effect()
        if self.after.get(name):
            raise self.after[name].pop(0)
        self.on_call(f"after {name}")
        return result


class MemoryConnection:
    def __init__(self, remote: Remote, name: str) -> None:
        self.remote, self.name = remote, name

    def check(self) -> Signed:
        return Signed("memory")

    def send_image(self, image: ImageRef) -> RemoteImage:
        return RemoteImage(sha256=image.sha256, remote_id=self.remote.step("image", lambda: f"i-{image.sha256[:6]}"))

    def make_draft(self, rendered: Rendered, media: Mapping[str, RemoteImage], marker: str) -> str:
        def keep() -> str:
            draft_id = f"d{len(self.remote.drafts) + 1}"
            self.remote.drafts[draft_id] = rendered.payload
            return draft_id

        return self.remote.step("draft", keep)

    def compare(self, draft_id: str, rendered: Rendered, media: Mapping[str, RemoteImage]) -> Sequence[str]:
        self.remote.step("compare", lambda: "")
        return [] if self.remote.drafts[draft_id] == rendered.payload else ["content"]

    def flip(self, draft_id: str) -> Live:
        def publish() -> str:
            if not any(known == draft_id for known, _ in self.remote.public):
                self.remote.public.append((draft_id, self.remote.drafts[draft_id]))
            return draft_id

        return Live(self.remote.step("flip", publish), f"https://memory.example/{draft_id}")

    def put(self, rendered: Rendered, media: Mapping[str, RemoteImage], marker: str) -> Live:
        repeatable = MemoryOutlet.delivery_of[self.name] is Delivery.PUT

        def publish() -> str:
            name = marker if repeatable else f"p{len(self.remote.public) + 1}"
            if not any(known == name for known, _ in self.remote.public):
                self.remote.public.append((name, rendered.payload))
            return name

        name = self.remote.step("put", publish)
        return Live(name, f"https://memory.example/{name}")

    def look_up(self, rendered: Rendered, media: Mapping[str, RemoteImage], since: datetime) -> Live | None:
        self.remote.step("look up", lambda: "")
        if not self.remote.readable:
            raise errors.ChannelForbids(channel="memory", reason="read")
        found = [name for name, payload in self.remote.public if payload == rendered.payload]
        return Live(found[0], f"https://memory.example/{found[0]}") if found else None


class MemoryOutlet:
    """One instance per test; `delivery_of` lets connections know how their outlet delivers."""

    delivery_of: dict[str, Delivery] = {}  # noqa: RUF012

    kind = "site"
    settings: tuple[Setting, ...] = ()
    needs_secret = False
    sends_images = True
    late_minutes = 60
    conversion = "memory/1"

    def __init__(self, delivery: Delivery, remote: Remote) -> None:
        self.delivery, self.remote = delivery, remote
        self.delivery_of["memory"] = delivery
        self.found: list[Refusal] = []

    def expires_at(self, secret: str) -> datetime | None:
        return None

    def accept_settings(self, settings: Mapping[str, str]) -> dict[str, str]:
        return dict(settings)

    def address(self, settings: Mapping[str, str]) -> str:
        return "memory"

    def findings(self, content: Content, place: Place) -> Sequence[Refusal]:
        return self.found

    def render(self, content: Content, place: Place) -> Rendered:
        html = to_html(content.body)
        return Rendered({"title": content.title, "html": html}, Preview("article", SafeHtml(html), content.body), content.images)

    def connect(self, place: Place, wire: Wire) -> MemoryConnection:
        return MemoryConnection(self.remote, "memory")
