"""Markdown and what becomes of it."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import TextEmpty, TextTooLarge, TextTooTangled
from pipeline.text import (
    LARGEST_TEXT,
    SLUG,
    SafeHtml,
    check_markdown,
    find_gaps,
    images_named,
    normalise,
    slugify,
    to_html,
    to_plain,
    with_images,
)

ATTACKS = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg onload=alert(1)>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "![x](javascript:alert(1))",
    "<a href='java&#115;cript:alert(1)'>x</a>",
    "<form action=https://x.example><input name=p></form>",
    "<style>*{display:none}</style>",
    "<object data=x></object>",
    "<embed src=x>",
    "<base href=https://x.example>",
    "<meta http-equiv=refresh content=0>",
    "<math><mi xlink:href='javascript:alert(1)'>x</mi></math>",
    "<div onclick=alert(1)>x</div>",
    "<details ontoggle=alert(1) open>x</details>",
    "<p style='background:url(javascript:alert(1))'>x</p>",
    "{: onclick=alert(1)}",
    "x {: onclick=alert(1) style=position:fixed }",
)


@pytest.mark.parametrize("attack", ATTACKS)
def test_nothing_of_an_attack_survives(attack: str) -> None:
    page = to_html(f"Davor.\n\n{attack}\n\nDanach.").lower()
    marked_up = [part.split(">")[0] for part in page.split("<")[1:]]
    for danger in ("script", "onerror", "onload", "onclick", "ontoggle", "srcdoc", "style", "iframe", "form", "object", "embed"):
        assert not any(danger in part for part in marked_up), page
    assert "javascript:" not in page.replace("&", "")
    assert "davor." in page
    assert "danach." in page


def test_the_title_is_the_only_heading_of_first_level() -> None:
    assert "<h1" not in to_html("# Eins\n\nText\n\n## Zwei")


@pytest.mark.parametrize("indent", [2, 3, 4])
@pytest.mark.parametrize("marks", ["-", "1."])
def test_lists_nest_however_people_indent_them(indent: int, marks: str) -> None:
    inner = " " * indent
    page = to_html(f"{marks} eins\n{inner}- zwei\n{inner}- drei\n{marks} vier").replace("\n", "")
    outer = "ol" if marks == "1." else "ul"
    assert page == f"<{outer}><li>eins<ul><li>zwei</li><li>drei</li></ul></li><li>vier</li></{outer}>"


def test_a_code_block_keeps_its_indentation() -> None:
    assert "<code>    tief\n</code>" in to_html("- eins\n\n```\n    tief\n```")


def test_images_get_their_addresses_and_unknown_ones_disappear() -> None:
    page = to_html("![Eine Werkbank](image:1) ![Fremd](image:9)")
    shown = with_images(page, lambda number: "https://x.example/a&b.png" if number == 1 else None)
    assert shown == SafeHtml('<p><img alt="Eine Werkbank" src="https://x.example/a&amp;b.png"> </p>')
    assert images_named("![a](image:1) ![b](image:2)") == [1, 2]


@pytest.mark.parametrize(
    ("text", "refusal"),
    [
        ("", TextEmpty),
        (" \n\t\n", TextEmpty),
        ("ä" * (LARGEST_TEXT // 2 + 1), TextTooLarge),
        ("[" * 4_000, TextTooTangled),
        ("[a](" * 4_000, TextTooTangled),
        ("[\n" * 4_000, TextTooTangled),
    ],
)
def test_what_cannot_be_shown_is_refused(text: str, refusal: type[Exception]) -> None:
    started = time.process_time()
    with pytest.raises(refusal):
        check_markdown(text)
    assert time.process_time() - started < 2


def test_plain_text_keeps_lines_lists_and_addresses() -> None:
    text = "**Fett** und\nneue Zeile.\n\n- eins\n- zwei\n\n1. erst\n2. dann\n\nSiehe [Bericht](https://x.example/a_b)."
    assert to_plain(text) == (
        "Fett und\nneue Zeile.\n\n• eins\n• zwei\n\n1. erst\n2. dann\n\nSiehe Bericht (https://x.example/a_b)."
    )


@given(st.text(max_size=300))
def test_normalising_twice_is_normalising_once(text: str) -> None:
    assert normalise(normalise(text)) == normalise(text)


@given(st.text(max_size=200))
def test_every_title_gives_an_address(title: str) -> None:
    slug = slugify(title)
    assert SLUG.fullmatch(slug)
    assert len(slug) <= 80


@pytest.mark.parametrize(
    ("title", "slug"),
    [("Ärger & Größe/ß", "aerger-und-groesse-ss"), ("Index", "index-1"), ("日本", "beitrag"), ("Kund*innen", "kund-innen")],
)
def test_umlauts_are_spelt_out(title: str, slug: str) -> None:
    assert slugify(title) == slug


def test_gaps_are_found_as_they_stand() -> None:
    assert find_gaps("a [[Zahl aus dem Bericht]] b [[ ]] [kein](x)") == ["[[Zahl aus dem Bericht]]", "[[ ]]"]
