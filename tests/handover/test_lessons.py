"""Lessons: where the sides decided differently, once both have spoken."""

from __future__ import annotations

from pathlib import Path

import pytest

from handover.readiness.measuring import MeasuringVerbs
from pipeline import errors
from pipeline.records import Person, Piece, Role, Side, Verdict
from tests.house import AHouse, a_house

NO_SOURCE = "Die Zahl hat keine Quelle."


@pytest.fixture
def at(tmp_path: Path) -> AHouse:
    return a_house(tmp_path)


def say(at: AHouse, person: Person, piece: Piece, verdict: Verdict = Verdict.APPROVE, comment: str = "") -> None:
    desk = at.desk(person)
    desk.decide(piece.id, seen=desk.piece(piece.id).hash, verdict=verdict, comment=comment)


def titles(at: AHouse, person: Person | None, slug: str | None = None) -> list[str]:
    return [one.piece.title for one in MeasuringVerbs(at.house, at.client.id, person.id if person else None).lessons(slug)]


def against(at: AHouse, person: Person | None) -> list[str]:
    """The texts on which the sides disagree, as readiness names them."""
    measured = MeasuringVerbs(at.house, at.client.id, person.id if person else None).readiness("blog").measured
    return [piece for one in measured if one.code == "agreement" for piece in one.against]


def disputed(at: AHouse, title: str = "Übergabe ohne Lücken") -> Piece:
    piece = at.a_piece_in_review(title)
    say(at, at.maria, piece)
    at.clock.ahead(hours=1)
    say(at, at.sander, piece, Verdict.REQUEST_CHANGES, NO_SOURCE)
    return piece


def test_a_lesson_tells_who_decided_how_and_why(at: AHouse) -> None:
    piece = disputed(at)
    (lesson,) = MeasuringVerbs(at.house, at.client.id, at.maria.id).lessons()
    assert (lesson.piece.id, lesson.channel.slug, lesson.at) == (piece.id, "blog", at.clock())
    said = [(one.person, one.verdict, one.comment, one.binding) for one in (lesson.consultant, lesson.team)]
    assert said == [
        (at.sander, Verdict.REQUEST_CHANGES, NO_SOURCE, True),
        (at.maria, Verdict.APPROVE, "", False),
    ]


def test_where_both_agree_there_is_nothing_to_learn(at: AHouse) -> None:
    piece = at.a_piece_in_review()
    say(at, at.maria, piece)
    say(at, at.sander, piece, Verdict.APPROVE, "Sehr schön.")
    assert titles(at, at.maria) == []


def test_before_both_have_spoken_there_is_no_lesson(at: AHouse) -> None:
    piece = at.a_piece_in_review()
    say(at, at.sander, piece, Verdict.REQUEST_CHANGES, NO_SOURCE)
    assert titles(at, at.sander) == []


def test_the_newest_lesson_comes_first(at: AHouse) -> None:
    for title in ("Erster", "Zweiter", "Dritter"):
        disputed(at, title)
    assert titles(at, at.maria) == ["Dritter", "Zweiter", "Erster"]
    assert len(MeasuringVerbs(at.house, at.client.id, at.maria.id).lessons(limit=2)) == 2


def test_whoever_still_owes_a_blind_word_does_not_see_what_the_others_said(at: AHouse) -> None:
    nora = at.desk(at.sander).add_person(name="Nora Weiß", email="nora@mueller.example", side=Side.TEAM, roles={Role.APPROVER})
    piece = at.a_piece_in_review()
    say(at, at.maria, piece, Verdict.REQUEST_CHANGES, NO_SOURCE)
    say(at, at.sander, piece)
    assert [titles(at, one) for one in (at.sander, at.maria, at.jonas, nora, None)] == [
        [piece.title], [piece.title], [piece.title], [], [],
    ]  # fmt: skip
    assert [against(at, one) for one in (at.sander, at.maria, nora, None)] == [[piece.id], [piece.id], [], []]
    say(at, nora, piece)
    assert titles(at, nora) == [piece.title]
    assert against(at, nora) == [piece.id]


def test_once_the_text_is_no_longer_open_everybody_may_learn(at: AHouse) -> None:
    nora = at.desk(at.sander).add_person(name="Nora Weiß", email="nora@mueller.example", side=Side.TEAM, roles={Role.APPROVER})
    disputed(at)  # back with its authors
    assert titles(at, nora) == titles(at, None) == ["Übergabe ohne Lücken"]


def test_lessons_are_of_one_channel_or_of_all(at: AHouse) -> None:
    disputed(at)
    place = {"folder": str(at.folder / "news"), "base_url": "https://news.mueller.example"}
    (at.folder / "news").mkdir()
    at.desk(at.sander).add_channel(name="News", slug="news", outlet="site", owner=at.maria.email, settings=place)
    assert (titles(at, at.maria, "blog"), titles(at, at.maria, "news")) == (["Übergabe ohne Lücken"], [])
    with pytest.raises(errors.Unknown):
        titles(at, at.maria, "nix")
