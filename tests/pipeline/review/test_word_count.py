from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.desk.writing import Change
from pipeline.records import Content
from pipeline.review.word_count import work_on
from tests.house import AHouse, a_house

TEXTS = st.builds(Content, title=st.text("ab ,", max_size=8), body=st.text("abc .-\n", max_size=40))


def text(body: str, title: str = "Titel") -> Content:
    return Content(title=title, body=body)


@pytest.mark.parametrize(
    ("before", "after", "written", "gone"),
    [
        (text("eins zwei"), text("eins zwei"), 0, 0),
        (text("eins zwei"), text("eins zwei drei"), 1, 0),
        (text("eins zwei"), text("eins"), 0, 1),
        (text("eins zwei"), text("eins zehn"), 1, 1),
        (text("eins zwei"), text("zwei, eins!"), 0, 0),
        (text("Ja ja"), text("Ja ja ja"), 1, 0),
        (text("eins", "Titel"), text("eins", "Ein Titel"), 1, 0),
        (None, text("eins **zwei** drei."), 4, 0),
    ],
)
def test_words_that_came_and_went(before: Content | None, after: Content, written: int, gone: int) -> None:
    work = work_on(after, before)
    assert (work["written"], work["gone"]) == (written, gone)


@given(TEXTS, TEXTS)
def test_what_came_less_what_went_is_how_much_longer_it_got(before: Content, after: Content) -> None:
    there, back = work_on(after, before), work_on(before, after)
    assert there["words"] - back["words"] == there["written"] - there["gone"]
    assert (there["written"], there["gone"]) == (back["gone"], back["written"])


def test_every_save_tells_the_audit_trail_how_many_words_were_work(tmp_path_factory: pytest.TempPathFactory) -> None:
    at: AHouse = a_house(tmp_path_factory.mktemp("house"))
    piece = at.a_piece("Zwei Worte", body="eins zwei drei")
    at.desk(at.sander).edit(piece.id, Change(body="eins zwei vier fünf"))
    edited, added = at.desk(at.sander).events(piece=piece.id)
    assert {name: added.details[name] for name in ("words", "written", "gone")} == {"words": 5, "written": 5, "gone": 0}
    assert {name: edited.details[name] for name in ("words", "written", "gone")} == {"words": 6, "written": 2, "gone": 1}
