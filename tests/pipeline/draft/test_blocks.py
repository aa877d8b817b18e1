from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.draft.author import SourceText
from pipeline.draft.blocks import escaped, gap, markdown_of, verbatim_share
from pipeline.records import Block, Draft, Passage, Writer
from pipeline.text import find_gaps, to_html, to_plain
from tests.pipeline.draft.documents import NOON

SOURCE = SourceText(1, "T", [Passage(number=1, text="Der Betrieb gibt sein Wissen an die Jungen weiter, bevor jemand geht.")])


def a_draft(*blocks: Block) -> Draft:
    return Draft(client="c", brief="b", writer=Writer(person="jonas"), title="T", blocks=blocks, made_at=NOON)


def test_blocks_become_markdown_of_their_type() -> None:
    draft = a_draft(
        Block(slot="a", type="hook", text="Ein Satz."),
        Block(slot="b", type="heading", text="Zwischen\nüberschrift"),
        Block(slot="c", type="list", text="Dazu:\n\n- eins\n- zwei"),
        Block(slot="d", type="quote", text="Gesagt.\nGetan."),
        Block(slot="e", text="  "),
        Block(slot="f", type="cta", text="[[Was nun?]]"),
    )
    assert (
        markdown_of(draft)
        == "Ein Satz.\n\n## Zwischen überschrift\n\nDazu:\n\n- eins\n- zwei\n\n> Gesagt.\n> Getan.\n\n[[Was nun?]]"
    )


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet="ab1 .-*_[](){}<>#!&;:`~|\\+=\"'\n^/@", min_size=1, max_size=60))
def test_escaped_text_is_shown_as_it_was(text: str) -> None:
    plain = " ".join(text.split())
    if not plain:
        return
    assert " ".join(to_plain(f"A {escaped(plain)}").split()) == f"A {plain}"
    page = to_html(escaped(text))
    assert not any(
        tag in page for tag in ("<a", "<img", "<h", "<ul", "<ol", "<code", "<em", "<strong", "<table", "<sup", "<blockquote")
    )


@pytest.mark.parametrize("hint", ["Was fehlt?", "Mit [Klammern] und ]] Ende", "Zeile\nUmbruch", "x" * 1000])
def test_a_gap_is_always_found(hint: str) -> None:
    assert find_gaps(f"Vorher {gap(hint)} nachher") == [gap(hint)]


@pytest.mark.parametrize(
    ("text", "share"),
    [
        ("Der Betrieb gibt sein Wissen an die Jungen weiter, bevor jemand geht.", 1.0),
        ("Ganz andere Wörter stehen hier in diesem Satz.", 0.0),
        ("Der Betrieb gibt sein Wissen. [[Eigenes Beispiel mit vielen weiteren Wörtern]]", 1.0),
        ("Der Betrieb gibt sein Geld aus.", 0.333),
    ],
)
def test_the_verbatim_share_counts_runs_of_four_words(text: str, share: float) -> None:
    assert verbatim_share(text, [SOURCE]) == share


def test_too_few_words_have_no_verbatim_share() -> None:
    assert verbatim_share("Nur drei Wörter", [SOURCE]) is None
