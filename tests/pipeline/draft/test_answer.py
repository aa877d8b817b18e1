from __future__ import annotations

import json
import time

import pytest

from pipeline.draft.answer import Unreadable, read_answer, salvaged, schema
from pipeline.draft.live import LiveText

IDS = ("S1.1", "S1.2")
GIVEN = {
    "title": "Der „Titel“",
    "meta_description": "Kurz.",
    "blocks": [
        {"type": "hook", "text": 'Ein Satz mit "Zitat" und { Klammer.', "evidence": ["S1.1", "S9.9"], "stance": "opinion"},
        {"type": "list", "text": "eins\n* zwei\n2. drei\n", "evidence": ["S1.2"], "stance": "fact"},
        {"type": "heading", "text": "## Weiter\ngeht es", "evidence": [], "stance": "fact"},
        {"type": "tabelle", "text": "Anders", "evidence": "S1.1", "stance": "laut"},
        {"type": "paragraph", "text": "  ", "evidence": [], "stance": "fact"},
    ],
    "hashtags": ["#Wissen", 7],
    "open_questions": ["Wer?"],
    "left_out": [],
}
TEXT = json.dumps(GIVEN, ensure_ascii=False)


def test_blocks_are_read_and_put_right() -> None:
    read = read_answer(TEXT, IDS)
    assert [(block.type, block.text, block.evidence, block.stance) for block in read.blocks] == [
        ("hook", 'Ein Satz mit "Zitat" und { Klammer.', ("S1.1",), "opinion"),
        ("list", "- eins\n- zwei\n- drei", ("S1.2",), "fact"),
        ("heading", "Weiter geht es", (), "fact"),
        ("paragraph", "Anders", (), "fact"),
    ]
    assert (read.title, read.tags, read.questions) == ("Der „Titel“", ("#Wissen",), ("Wer?",))


@pytest.mark.parametrize(
    "wrapped",
    [
        f"```json\n{TEXT}\n```",
        f"Gern! Hier {{wie gewünscht}}:\n{TEXT}\nViel Erfolg {{}}",
        f'<think>Vielleicht {{"blocks": []}}?</think>{TEXT}',
        f"Erst denken ...</think>\n{TEXT}",
        f"\ufeff{TEXT}\n\n",
    ],
)
def test_json_is_found_wherever_it_stands(wrapped: str) -> None:
    assert read_answer(wrapped, IDS) == read_answer(TEXT, IDS)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Leider nein.",
        "{}",
        '{"blocks": "keine"}',
        '{"blocks": []}',
        '{"blocks": [{"type": "hook", "text": ""}]}',
        "[1, 2]",
        TEXT[:80],
        "<think>nur Gedanken",
        '{"blocks": [1, null]}',
    ],
)
def test_an_answer_without_blocks_is_unreadable(text: str) -> None:
    with pytest.raises(Unreadable):
        read_answer(text, IDS)


def test_text_with_marks_is_read_too() -> None:
    text = (
        "@@title\nDer Titel\n@@meta_description\nKurz.\n"
        "@@hook S1.1, S9.9 | opinion\nErster Satz.\n\nZweiter.\n@@list S1.2\neins\nzwei\n"
        "@@hashtags\nWissen, #Mittelstand\n@@open_questions\n- Wer?\n"
    )
    read = read_answer(text, IDS)
    assert (read.title, read.description, read.tags, read.questions) == (
        "Der Titel",
        "Kurz.",
        ("Wissen", "#Mittelstand"),
        ("Wer?",),
    )
    assert [(block.type, block.text, block.evidence, block.stance) for block in read.blocks] == [
        ("hook", "Erster Satz.\n\nZweiter.", ("S1.1",), "opinion"),
        ("list", "- eins\n- zwei", ("S1.2",), "fact"),
    ]


def test_of_a_broken_answer_the_whole_blocks_are_saved() -> None:
    whole = TEXT.index('{"type": "heading"')
    for cut in range(whole, whole + 40):
        saved = salvaged(TEXT[:cut], IDS)
        assert saved is not None
        assert [block.type for block in saved.blocks] == ["hook", "list"]
        assert saved.title == "Der „Titel“"
    assert salvaged(TEXT[: TEXT.index('"type": "hook"') + 30], IDS) is None


@pytest.mark.parametrize(
    "text",
    [
        "{" * 100_000,
        '{"a":' * 50_000,
        "[" * 100_000,
        "<think>" * 30_000,
        "```\n" * 50_000,
        '{"blocks": [' + "9" * 10_000 + "]}",
        "@@" * 60_000,
    ],
)
def test_hostile_answers_are_refused_within_seconds(text: str) -> None:
    start = time.perf_counter()
    with pytest.raises(Unreadable):
        read_answer(text, IDS)
    assert salvaged(text, IDS) is None
    assert time.perf_counter() - start < 5


def test_the_schema_names_exactly_the_passages_sent() -> None:
    assert schema(IDS)["properties"]["blocks"]["items"]["properties"]["evidence"]["items"] == {
        "type": "string",
        "enum": ["S1.1", "S1.2"],
    }
    assert (
        "enum" not in schema([f"S1.{n}" for n in range(400)])["properties"]["blocks"]["items"]["properties"]["evidence"]["items"]
    )


@pytest.mark.parametrize("size", [1, 3, 7, 1000])
def test_while_it_comes_only_the_words_are_shown(size: int) -> None:
    live = LiveText()
    shown = "".join(live.feed(TEXT[start : start + size]) for start in range(0, len(TEXT), size))
    assert 'Ein Satz mit "Zitat" und { Klammer.' in shown
    assert "Der „Titel“" in shown
    assert "S1.1" not in shown
    assert "evidence" not in shown


def test_plain_answers_are_shown_as_they_come() -> None:
    live = LiveText()
    assert "".join(map(live.feed, ["Ein ", "Satz ", "{so}."])) == "Ein Satz {so}."
