"""Not one character may be lost on the way to LinkedIn and back."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pipeline.publish.channels.little_text import (
    RESERVED,
    Hashtag,
    Mention,
    Run,
    Text,
    escaped,
    little_text,
    runs_of,
    tag_word,
    utf16_units,
    visible_text,
)
from tests.fakes.linkedin import stored_little_text

ANY_TEXT = st.text(st.characters(exclude_categories=["Cs"]))
THORNY = st.text(st.sampled_from("|{}@[]()<>#\\*_~ab1 \nß:hashtagurnli😀"))
WORD = st.from_regex(r"\A[A-Za-zÄÖÜäöüß_0-9]{0,8}[A-Za-zß][\w]{0,8}\Z")
RUN = st.one_of(
    st.builds(Text, ANY_TEXT | THORNY),
    st.builds(Hashtag, WORD),
    st.builds(Mention, st.text(min_size=1), st.just("urn:li:organization:5001")),
)


def visible(runs: list[Run]) -> str:
    return "".join(run.visible for run in runs)


@pytest.mark.parametrize(
    ("seen", "written"),
    [
        ("Wie geht's weiter? (Teil 2)", r"Wie geht's weiter? \(Teil 2\)"),
        ("Kund*innen, C# und a_b", r"Kund\*innen, C\# und a\_b"),
        ("mail: info@muster.example", r"mail: info\@muster.example"),
        ("https://muster.example/x_(y)#z", r"https://muster.example/x\_\(y\)\#z"),
        ('Ä ö ß € „Zitat“ – → ✅ 50 % & "x"', 'Ä ö ß € „Zitat“ – → ✅ 50 % & "x"'),
        ("C:\\Daten", "C:\\\\Daten"),
        ("#AI_Praxis", r"{hashtag|\#|AI\_Praxis}"),
    ],
)
def test_text_is_written_as_linkedin_documents_it(seen: str, written: str) -> None:
    assert little_text(runs_of(seen, {})) == written
    assert visible_text(written) == seen


def test_every_reserved_character_is_escaped_once() -> None:
    assert len(RESERVED) == 15
    assert all(escaped(letter) == f"\\{letter}" for letter in RESERVED)


@given(ANY_TEXT | THORNY)
@example("\\")
@example(r"\#")
@example(r"{hashtag|\#|x}")
@example("@[Muster](urn:li:organization:5001)")
def test_literal_text_survives_whatever_it_contains(text: str) -> None:
    assert visible_text(escaped(text)) == text


@given(st.lists(RUN))
def test_structure_survives_whatever_it_contains(runs: list[Run]) -> None:
    assert visible_text(little_text(runs)) == visible(runs)


@given(ANY_TEXT | THORNY)
def test_taking_text_apart_loses_and_adds_nothing(text: str) -> None:
    assert visible(runs_of(text, {})) == text


@given(ANY_TEXT | THORNY)
@example("a #b_c d")
def test_linkedin_cuts_nothing_of_what_was_taken_apart(text: str) -> None:
    little = little_text(runs_of(text, {}))
    assert visible_text(stored_little_text(little)) == text


@given(THORNY)
def test_no_reserved_character_is_left_bare_in_literal_text(text: str) -> None:
    assert not RESERVED & set(re.sub(r"\\.", "", escaped(text), flags=re.DOTALL))


@pytest.mark.parametrize(
    "text",
    ["C#", "C#-Kurs", "Platz #1", "https://muster.example/#los", "https://muster.example/a?b=#c", "##x", "&#38;", "a#b"],
)
def test_a_hash_that_is_no_tag_stays_a_literal_character(text: str) -> None:
    assert runs_of(text, {}) == [Text(text)]


def test_tags_in_running_text_become_hashtags() -> None:
    assert runs_of("Mehr (#Mittelstand, #KI2026).", {}) == [
        Text("Mehr ("),
        Hashtag("Mittelstand"),
        Text(", "),
        Hashtag("KI2026"),
        Text(")."),
    ]


def test_only_known_names_become_mentions_and_the_longer_name_wins() -> None:
    known = {"Muster": "urn:li:person:abc", "Muster Bau (GmbH)": "urn:li:organization:5001"}
    runs = runs_of("Mit @Muster Bau (GmbH) und @Muster, nicht @Musterfrau, a@Muster", known)
    assert runs == [
        Text("Mit "),
        Mention("Muster Bau (GmbH)", "urn:li:organization:5001"),
        Text(" und "),
        Mention("Muster", "urn:li:person:abc"),
        Text(", nicht @Musterfrau, a@Muster"),
    ]
    assert r"@[Muster Bau \(GmbH\)](urn:li:organization:5001)" in little_text(runs)
    assert visible(runs) == "Mit Muster Bau (GmbH) und Muster, nicht @Musterfrau, a@Muster"


def test_readers_see_a_stored_template_without_its_marks() -> None:
    stored = r"Hallo @[Anna Muster](urn:li:person:x_1) {hashtag|\#|AI\_Praxis} {hashtag|#|KI} \(neu\)"
    assert visible_text(stored) == "Hallo Anna Muster #AI_Praxis #KI (neu)"


@pytest.mark.parametrize(
    ("tag", "word"),
    [
        ("Mittelstand", "Mittelstand"),
        ("künstliche Intelligenz", "KünstlicheIntelligenz"),
        ("#Recht", "Recht"),
        ("B2B-Vertrieb", "B2BVertrieb"),
        ("AI_Praxis", "AI_Praxis"),
        ("2026", ""),
        ("–", ""),
    ],
)
def test_a_tag_is_one_word_with_a_letter(tag: str, word: str) -> None:
    assert tag_word(tag) == word


def test_an_emoji_counts_twice() -> None:
    assert (utf16_units("a😀ß"), utf16_units("")) == (4, 0)
