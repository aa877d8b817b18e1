"""A channel to practise on: everything is as on the real one, only nothing is sent."""

from __future__ import annotations

# ruff: noqa: ARG002 - the arguments are the port's
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import ClassVar

from pipeline.errors import FieldInvalid, Refusal
from pipeline.messages import Say
from pipeline.publish.channels.port import Delivery, Live, Outlet, Place, Rendered, Setting, Signed, Wire
from pipeline.publish.channels.registry import kinds, outlet
from pipeline.records import Content, ImageRef, RemoteImage


class Rehearsal:
    kind: ClassVar[str] = "rehearsal"
    delivery: ClassVar[Delivery] = Delivery.PUT
    settings: ClassVar[tuple[Setting, ...]] = (Setting("like", "linkedin", required=False, default="linkedin"),)
    needs_secret: ClassVar[bool] = False
    sends_images: ClassVar[bool] = False
    late_minutes: ClassVar[int] = 60

    @property
    def conversion(self) -> str:
        """Of all kinds that may be practised: which one it is stands in the address."""
        return "rehearsal/1: " + "; ".join(outlet(kind).conversion for kind in practised())

    def accept_settings(self, settings: Mapping[str, str]) -> dict[str, str]:
        for name in settings:
            if name != "like":
                raise FieldInvalid(field=name, value=settings[name])
        like = settings.get("like", "").strip() or "linkedin"
        if like not in practised():
            raise FieldInvalid(field="like", value=like)
        return {"like": like}

    def address(self, settings: Mapping[str, str]) -> str:
        return f"rehearsal:{settings['like']}"

    def expires_at(self, secret: str) -> datetime | None:
        return None

    def findings(self, content: Content, place: Place) -> Sequence[Refusal]:
        return _real(place).findings(content, _stage(place))

    def render(self, content: Content, place: Place) -> Rendered:
        return _real(place).render(content, _stage(place))

    def connect(self, place: Place, wire: Wire) -> RehearsalConnection:
        return RehearsalConnection(place)


def practised() -> tuple[str, ...]:
    return tuple(kind for kind in kinds() if kind != Rehearsal.kind)


def _real(place: Place) -> Outlet:
    return outlet(place.settings["like"])


def _stage(place: Place) -> Place:
    """The place as the real kind needs to know it, set up with the kind's own examples. Nothing is ever asked there."""
    real = _real(place)
    examples = {setting.name: setting.default or setting.example for setting in real.settings if setting.required}
    return Place(
        name=place.name,
        settings=real.accept_settings(examples),
        client=place.client,
        language=place.language,
        timezone=place.timezone,
        slug=place.slug,
    )


class RehearsalConnection:
    """Has no way out at all: it is given no network."""

    def __init__(self, place: Place) -> None:
        self.place = place

    def check(self) -> Signed:
        return Signed(Say(self.place.language)("rehearsal.account", like=self.place.settings["like"]))

    def put(self, rendered: Rendered, media: Mapping[str, RemoteImage], marker: str) -> Live:
        return Live(remote_id=marker, url="")

    def send_image(self, image: ImageRef) -> RemoteImage:
        raise TypeError("a rehearsal sends no images")

    def make_draft(self, rendered: Rendered, media: Mapping[str, RemoteImage], marker: str) -> str:
        raise TypeError("a rehearsal has no drafts")

    def compare(self, draft_id: str, rendered: Rendered, media: Mapping[str, RemoteImage]) -> Sequence[str]:
        raise TypeError("a rehearsal has no drafts")

    def flip(self, draft_id: str) -> Live:
        raise TypeError("a rehearsal has no drafts")

    def look_up(self, rendered: Rendered, media: Mapping[str, RemoteImage], since: datetime) -> Live | None:
        raise TypeError("a rehearsal can be repeated, nothing is looked up")
