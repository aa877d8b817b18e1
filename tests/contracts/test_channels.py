"""The contract of pipeline/publish/channels/port.py, tried on every registered kind of channel."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline import errors
from pipeline.errors import ChannelForbids, FieldMissing, Refusal, TitleMissing, UnknownOutlet
from pipeline.publish.channels.port import Delivery
from pipeline.publish.channels.registry import kinds, outlet
from tests.contracts.channel_contract import (
    NOON,
    Fault,
    Tried,
    a_text,
    an_illustrated_text,
    faults_of,
    open_workbench,
    visible_words,
)


@pytest.fixture(params=kinds())
def tried(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Tried]:
    with open_workbench(request.param, tmp_path) as bench:
        yield Tried(request.param, bench)


REAL = [kind for kind in kinds() if kind != "rehearsal"]
"""A rehearsal makes nothing public."""


def real(*deliveries: Delivery) -> pytest.MarkDecorator:
    """Only channels that make something public, delivering in one of these ways (none named: any)."""
    chosen = [kind for kind in REAL if not deliveries or outlet(kind).delivery in deliveries]
    return pytest.mark.parametrize("tried", chosen, indirect=True)


def with_faults(*deliveries: Delivery) -> pytest.MarkDecorator:
    chosen = [(kind, fault) for kind in REAL if outlet(kind).delivery in deliveries for fault in sorted(faults_of(kind), key=str)]
    return pytest.mark.parametrize(("tried", "fault"), chosen, indirect=["tried"])


# ------------------------------------------------------------------------------------------------ pure knowledge


def test_an_outlet_carries_the_name_it_is_registered_under(tried: Tried) -> None:
    assert tried.outlet.kind == tried.kind
    assert tried.outlet.conversion
    assert 0 < tried.outlet.late_minutes <= 1440


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(UnknownOutlet):
        outlet("fax")


def test_settings_in_normal_form_stay_as_they_are(tried: Tried) -> None:
    normal = tried.outlet.accept_settings(tried.bench.settings)
    assert tried.outlet.accept_settings(normal) == normal
    assert set(normal) <= {setting.name for setting in tried.outlet.settings}
    assert tried.outlet.address(normal)


def test_a_required_setting_that_is_missing_is_named(tried: Tried) -> None:
    for setting in tried.outlet.settings:
        if setting.required:
            without = {name: value for name, value in tried.bench.settings.items() if name != setting.name}
            with pytest.raises(FieldMissing) as refused:
                tried.outlet.accept_settings(without)
            assert refused.value.facts["field"] == setting.name


def test_rendering_twice_gives_the_same_bytes(tried: Tried) -> None:
    first, second = (json.dumps(dict(tried.render(an_illustrated_text()).payload), sort_keys=True) for _ in range(2))
    assert first == second


def test_rendering_without_images_names_none(tried: Tried) -> None:
    rendered = tried.render(a_text())
    assert rendered.images == ()
    assert "image:" not in json.dumps(dict(rendered.payload))


def test_an_image_in_the_text_is_among_the_images_to_deliver(tried: Tried) -> None:
    content = an_illustrated_text()
    assert tried.render(content).images == content.images


def test_nothing_speaks_against_a_good_text(tried: Tried) -> None:
    assert list(tried.outlet.findings(an_illustrated_text(), tried.place)) == []


def test_a_channel_for_articles_asks_for_a_title(tried: Tried) -> None:
    untitled = a_text(title="")
    if tried.render(a_text()).preview.look == "article":
        assert TitleMissing in [type(found) for found in tried.outlet.findings(untitled, tried.place)]
    else:
        assert list(tried.outlet.findings(untitled, tried.place)) == []


# ------------------------------------------------------------------------------------------------- what arrives


def assert_public_is_as_approved(tried: Tried, images: int) -> None:
    [public] = tried.bench.public()
    content = an_illustrated_text() if images else a_text()
    preview = tried.render(content).preview
    approved = preview.html if tried.bench.shows_html else preview.text
    assert visible_words(public.body, is_html=tried.bench.shows_html) == visible_words(approved, is_html=tried.bench.shows_html)
    assert public.title in (content.title, "")
    assert public.images == images


@real()
@pytest.mark.parametrize("images", [0, 1])
def test_what_became_public_is_what_was_approved(tried: Tried, images: int) -> None:
    live = tried.publish(an_illustrated_text() if images else a_text())
    assert_public_is_as_approved(tried, images)
    assert [public.remote_id for public in tried.bench.public()] == [live.remote_id]


@real()
def test_two_pieces_are_two_publications(tried: Tried) -> None:
    first = tried.publish(a_text(), "staffelstab-1")
    second = tried.publish(
        a_text(title="Zweiter Beitrag", slug="zweiter-beitrag").model_copy(update={"body": "Ein anderer Text."}),
        "staffelstab-2",
    )
    assert {public.remote_id for public in tried.bench.public()} == {first.remote_id, second.remote_id}
    assert first.remote_id != second.remote_id


@real(Delivery.PUT)
def test_putting_twice_is_putting_once(tried: Tried) -> None:
    assert tried.publish(an_illustrated_text()) == tried.publish(an_illustrated_text())
    assert_public_is_as_approved(tried, images=1)


@real(Delivery.FLIP)
def test_a_draft_is_invisible_until_it_is_flipped_and_flipping_twice_is_once(tried: Tried) -> None:
    rendered = tried.render(an_illustrated_text())
    media = tried.send_images(rendered)
    draft = tried.connect().make_draft(rendered, media, "staffelstab-1")
    assert tried.bench.public() == []
    assert list(tried.connect().compare(draft, rendered, media)) == []
    assert tried.connect().flip(draft) == tried.connect().flip(draft)
    assert_public_is_as_approved(tried, images=1)


@real(Delivery.FLIP)
def test_a_draft_that_differs_is_named(tried: Tried) -> None:
    draft = tried.connect().make_draft(tried.render(a_text()), {}, "staffelstab-1")
    other = tried.render(a_text(title="Ein anderer Titel"))
    assert list(tried.connect().compare(draft, other, {})) != []


@real(Delivery.ONE_SHOT)
def test_a_single_shot_is_found_again_or_reading_is_forbidden(tried: Tried) -> None:
    rendered = tried.render(a_text())
    live = tried.connect().put(rendered, {}, "staffelstab-1")
    assert live.remote_id
    try:
        found = tried.connect().look_up(rendered, {}, since=NOON)
    except ChannelForbids:
        return
    assert found is not None
    assert found.remote_id == live.remote_id


@real(Delivery.ONE_SHOT)
def test_a_single_shot_that_never_went_out_is_not_found(tried: Tried) -> None:
    try:
        assert tried.connect().look_up(tried.render(a_text()), {}, since=NOON) is None
    except ChannelForbids:
        return


def test_checking_names_the_account_and_changes_nothing(tried: Tried) -> None:
    signed = tried.connect().check()
    assert tried.bench.account in signed.account
    assert list(signed.problems) == []
    assert tried.bench.public() == []


# ---------------------------------------------------------------------------------------------- what may go wrong


@with_faults(*Delivery)
def test_each_fault_has_its_refusal_and_names_the_channel(tried: Tried, fault: Fault) -> None:
    tried.bench.play(fault)
    with pytest.raises(Refusal) as refused:
        tried.publish(a_text())
    assert type(refused.value) is getattr(errors, fault.value)
    assert refused.value.facts["channel"] == tried.place.name
    tried.bench.play(None)
    if fault is not Fault.CUT:
        assert tried.bench.public() == []


@with_faults(Delivery.FLIP, Delivery.PUT)
def test_after_a_fault_a_repeatable_delivery_succeeds_once(tried: Tried, fault: Fault) -> None:
    tried.bench.play(fault)
    with pytest.raises(Refusal):
        tried.publish(a_text())
    tried.bench.play(None)
    tried.publish(a_text())
    assert_public_is_as_approved(tried, images=0)


def test_every_kind_can_play_its_part_of_the_faults(tried: Tried) -> None:
    """A workbench without faults would leave out all of the above."""
    if tried.kind != "rehearsal":
        assert Fault.UNREACHABLE in tried.bench.faults
        assert Fault.REFUSED in tried.bench.faults
    if tried.outlet.needs_secret:
        assert {Fault.CUT, Fault.SIGNED_OUT, Fault.FORBIDDEN, Fault.BUSY} <= tried.bench.faults
