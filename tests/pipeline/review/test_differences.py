from __future__ import annotations

import time

from hypothesis import given
from hypothesis import strategies as st

from pipeline.records import Content, ImageRef
from pipeline.review.differences import Bit, _as_text, changed_fields, differences, marked

TEXTS = st.text(alphabet="ab c\n.ß", max_size=60)


@given(TEXTS, TEXTS)
def test_both_texts_can_be_put_together_again_from_the_bits(old: str, new: str) -> None:
    bits = differences(old, new)
    assert "".join(bit.text for bit in bits if bit.kind != "new") == old
    assert "".join(bit.text for bit in bits if bit.kind != "gone") == new


def test_a_changed_word_is_named_and_nothing_around_it() -> None:
    bits = differences("Wir sparen zwei Tage.\n\nEnde.", "Wir sparen drei Tage.\n\nEnde.")
    assert [bit for bit in bits if bit.kind != "same"] == [Bit("gone", "zwei"), Bit("new", "drei")]


def test_a_rewritten_passage_is_shown_whole_and_not_as_confetti() -> None:
    old, new = "Wer übergibt, übergibt auch das Wissen.", "Ein ganz anderer Text, den niemand gesehen hat."
    assert differences(old, new) == [Bit("gone", old), Bit("new", new)]


def test_equal_texts_differ_in_nothing() -> None:
    assert differences("Eins.\n\nZwei.", "Eins.\n\nZwei.") == [Bit("same", "Eins.\n\nZwei.")]


def test_the_largest_text_rewritten_is_compared_within_seconds() -> None:
    start = time.monotonic()
    differences("wort " * 40_000, "ding " * 40_000)
    differences("\n\n".join(f"Absatz {n}" for n in range(8_000)), "\n\n".join(f"Absatz {n}" for n in range(0, 16_000, 2)))
    assert time.monotonic() - start < 10


def test_marked_text_is_escaped_and_unchanged_text_far_away_is_left_out() -> None:
    page = marked("<b>alt</b> " + "x " * 200, "<b>neu</b> " + "x " * 200, around=20)
    assert page.startswith("&lt;b&gt;<del>alt</del><ins>neu</ins>&lt;/b&gt;")
    assert len(page) < 120


def test_a_changed_description_of_an_image_is_a_change() -> None:
    image = ImageRef(sha256="a" * 64, alt="", name="halle.png", mime="image/png", width=1, height=1, size=1)
    before = Content(title="T", body="B", images=(image,))
    after = before.model_copy(update={"images": (image.model_copy(update={"alt": "Die Halle"}),)})
    assert changed_fields(before, after) == {"images": ("1. halle.png: –", "1. halle.png: Die Halle")}


def test_every_field_that_is_approved_is_compared() -> None:
    assert set(_as_text(Content(title="T", body="B"))) == set(Content.model_fields)
