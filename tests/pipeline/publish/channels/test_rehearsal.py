"""Practising is as the real thing, and nothing leaves the house."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from pipeline.errors import FieldInvalid, TextTooLongForChannel
from pipeline.net import Answer, Net
from pipeline.publish.channels.port import Live, Place, Wire
from pipeline.publish.channels.registry import outlet
from pipeline.publish.channels.rehearsal import Rehearsal, RehearsalConnection, practised
from pipeline.records import Content, ImageRef

NOON = datetime(2026, 11, 22, 11, 0, tzinfo=UTC)
IMAGE = ImageRef(sha256="0" * 64, alt="Bild", name="a.webp", mime="image/webp", width=8, height=6, size=40)


class NoWayOut(Net):
    def send(self, *given: object, **named: object) -> Answer:
        raise AssertionError("a rehearsal talked to the outside")

    fetch = send


def a_place(like: str = "linkedin", language: str = "de") -> Place:
    return Place("Probe", Rehearsal().accept_settings({"like": like}), "Muster GmbH", language, "Europe/Berlin", "probe")


def a_connection(place: Place) -> RehearsalConnection:
    def no_image(sha256: str) -> bytes:
        raise AssertionError(f"asked for {sha256}")

    return Rehearsal().connect(place, Wire(NoWayOut(), no_image, lambda: NOON))


def test_linkedin_is_practised_when_nothing_else_is_said() -> None:
    assert Rehearsal().accept_settings({}) == {"like": "linkedin"}


@pytest.mark.parametrize("typed", [{"like": "fax"}, {"like": "rehearsal"}, {"url": "https://muster.example"}])
def test_only_a_real_kind_can_be_practised(typed: dict[str, str]) -> None:
    with pytest.raises(FieldInvalid):
        Rehearsal().accept_settings(typed)


@pytest.mark.parametrize("like", practised())
def test_preview_and_findings_are_those_of_the_real_kind(like: str) -> None:
    place, real = a_place(like), outlet(like)
    examples = {one.name: one.default or one.example for one in real.settings if one.required}
    stage = Place("Probe", real.accept_settings(examples), "Muster GmbH", "de", "Europe/Berlin", "probe")
    content = Content(title="", body="# Text\n\nMit [Gruß](https://muster.example)", slug="text", images=(IMAGE,))
    assert Rehearsal().render(content, place) == real.render(content, stage)
    assert list(Rehearsal().findings(content, place)) == list(real.findings(content, stage))


def test_a_finding_names_the_channel_people_know() -> None:
    found = Rehearsal().findings(Content(title="x", body="a" * 3001), a_place())
    assert found == [TextTooLongForChannel(channel="Probe", length=3001, limit=3000)]


def test_putting_sends_nothing_and_gives_no_address() -> None:
    place = a_place()
    rendered = Rehearsal().render(Content(title="x", body="Hallo"), place)
    connection = a_connection(place)
    assert connection.put(rendered, {}, "staffelstab-1") == Live("staffelstab-1", "")
    assert connection.put(rendered, {}, "staffelstab-1") == Live("staffelstab-1", "")


@pytest.mark.parametrize(("language", "words"), [("de", "nichts gesendet"), ("en", "nothing is sent")])
def test_the_check_says_that_nothing_is_sent(language: str, words: str) -> None:
    signed = a_connection(a_place(language=language)).check()
    assert words in signed.account
    assert list(signed.problems) == []


def test_the_address_tells_a_rehearsal_from_the_real_channel() -> None:
    assert Rehearsal().address({"like": "site"}) == "rehearsal:site"


def test_the_conversion_changes_with_that_of_the_kinds_practised() -> None:
    conversion = Rehearsal().conversion
    assert all(outlet(like).conversion in conversion for like in practised())


def test_steps_of_other_deliveries_are_mistakes() -> None:
    place = a_place()
    rendered = Rehearsal().render(Content(title="x", body="Hallo"), place)
    connection = a_connection(place)
    for call in (
        lambda: connection.make_draft(rendered, {}, "m"),
        lambda: connection.compare("1", rendered, {}),
        lambda: connection.flip("1"),
        lambda: connection.send_image(IMAGE),
        lambda: connection.look_up(rendered, {}, NOON),
    ):
        with pytest.raises(TypeError):
            call()
