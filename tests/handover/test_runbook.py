"""The runbook writes itself from the records; whoever has acknowledged a chapter has read exactly that content."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from handover.papers.drawing import FOLDER
from handover.papers.runbook import CHAPTERS, ChapterState, RunbookVerbs, standing
from handover.papers.runbook_facts import month_begin
from pipeline import errors
from pipeline.desk.act import looking
from pipeline.messages import LANGUAGES
from pipeline.records import Acknowledgement, Client, Person, Phase, ReadinessPolicy, Role, Side, Verdict
from pipeline.worker import Worker
from tests.house import AHouse, a_house
from tests.phases import in_phase

JANUARY = datetime(2027, 1, 4, 8, 0, tzinfo=UTC)  # a Monday


@pytest.fixture
def at(tmp_path: Path) -> Iterator[AHouse]:
    made = a_house(tmp_path)
    yield made
    made.house.store.close()


def verbs(at: AHouse, person: Person) -> RunbookVerbs:
    return RunbookVerbs(at.house, at.client.id, person.id)


def chapter(at: AHouse, code: str) -> ChapterState:
    return {one.chapter.code: one for one in verbs(at, at.jonas).runbook().chapters}[code]


def text_of(at: AHouse, code: str) -> str:
    return " ".join(BeautifulSoup(chapter(at, code).chapter.html, "html.parser").get_text(" ").split())


def acknowledge(at: AHouse, code: str, by: Person | None = None) -> Acknowledgement:
    return verbs(at, by or at.jonas).acknowledge(code, chapter(at, code).chapter.sha256)


def stands(at: AHouse, code: str) -> bool:
    with looking(at.house, at.client.id, me=None) as view:
        return standing(view)[code]


def shas(at: AHouse) -> dict[str, str]:
    return {one.chapter.code: one.chapter.sha256 for one in verbs(at, at.jonas).runbook().chapters}


def a_request(at: AHouse, title: str, comment: str) -> None:
    piece = at.a_piece_in_review(title)
    sander = at.desk(at.sander)
    sander.decide(piece.id, seen=sander.piece(piece.id).hash, verdict=Verdict.REQUEST_CHANGES, comment=comment)


def a_publication(at: AHouse, title: str, slot: str) -> None:
    """Approved, scheduled for that wall time, and published when it has come."""
    piece = at.an_approved_piece(title)
    due = at.desk(at.sander).schedule(piece.id, slot).due_at
    assert due is not None
    at.clock.now = due
    assert [one["piece"] for one in Worker(at.house).round().confirmed] == [piece.id]


# ------------------------------------------------------------------------------------------------ what it tells


def test_every_chapter_has_its_template_in_both_languages() -> None:
    assert {file.name for file in (FOLDER / "runbook").iterdir()} == {
        f"{code}.{language}.html" for code in CHAPTERS for language in LANGUAGES
    }


def test_it_names_the_channels_and_the_people_who_answer_for_them(at: AHouse) -> None:
    assert "https://www.mueller.example/blog" in text_of(at, "channels")
    assert "Vormachen Maria Lindqvist niemand" in text_of(at, "channels")
    assert "Sander Vogt Beratung Leitung, Freigabe, Redaktion" in text_of(at, "people")


def test_chapters_for_what_a_client_does_not_have_are_left_out(at: AHouse) -> None:
    assert "linkedin" not in shas(at)
    assert "Anwendungspasswörter" not in text_of(at, "credentials")
    at.desk(at.sander).add_channel(
        name="Magazin",
        slug="magazin",
        outlet="wordpress",
        owner=at.maria.email,
        settings={"url": "https://magazin.example", "user": "redaktion"},
        secret="abcd efgh ijkl",
    )
    assert "Anwendungspasswörter" in text_of(at, "credentials")
    assert "Magazin Sander Vogt Maria Lindqvist" in text_of(at, "credentials")


def test_it_is_written_in_the_clients_language(at: AHouse) -> None:
    at.desk(at.sander).change_client(language="en")
    assert chapter(at, "stop").chapter.title == "Stopping everything"
    page = verbs(at, at.jonas).runbook_page()
    assert '<html lang="en">' in page
    assert "Vertretung" not in page


def test_names_are_words_and_never_markup(at: AHouse) -> None:
    at.desk(at.sander).change_client(name="<script>alert(1)</script> & Söhne")
    a_request(at, "<b>Titel</b>", "<img src=x onerror=alert(1)>")
    at.clock.ahead(days=30)
    page = BeautifulSoup(verbs(at, at.jonas).runbook_page(), "html.parser")
    assert not page.find_all(["script", "img"])
    assert "<img src=x onerror=alert(1)>" in page.get_text()


def test_conditions_nobody_asks_for_are_not_told(at: AHouse) -> None:
    assert "Entwürfe, die das Team begonnen hat mindestens 50 %" in text_of(at, "policies")
    readiness = ReadinessPolicy(left_out=frozenset({"team_drafts"}))
    with at.house.store.tx() as t:
        client = t.get(Client, at.client.id)
        assert client is not None
        t.put(client.model_copy(update={"policy": client.policy.model_copy(update={"readiness": readiness})}))
    assert "Entwürfe, die das Team begonnen hat" not in text_of(at, "policies")


# -- rhythm and examples


def test_the_rhythm_is_what_was_really_published(tmp_path: Path) -> None:
    at = a_house(tmp_path, now=JANUARY)
    assert "noch zu wenig veröffentlicht" in text_of(at, "rhythm")
    for week in range(8):
        for day in (1, 3):  # Tuesday and Thursday
            slot = JANUARY + timedelta(weeks=week, days=day)
            a_publication(at, f"Beitrag {week}.{day}", f"{slot:%Y-%m-%d}T09:00")
    at.clock.now = datetime(2027, 3, 1, 8, 0, tzinfo=UTC)
    assert "Blog der Werkstatt 2 Dienstag, Donnerstag 9 Uhr" in text_of(at, "rhythm")


def test_change_requests_are_shown_with_the_title_the_piece_had_newest_first_and_five_of_them(at: AHouse) -> None:
    for number in range(7):
        a_request(at, f"Beitrag {number}", f"Die Zahl {number} hat keine Quelle.")
        at.clock.ahead(hours=1)
    assert "noch keinen Korrekturwunsch" in text_of(at, "requests")
    at.clock.ahead(days=20)
    shown = re.findall(r"Die Zahl (\d)", text_of(at, "requests"))
    assert shown == ["6", "5", "4", "3", "2"]
    assert "Sander Vogt zu „Beitrag 6“, 16.03.2027" in text_of(at, "requests")


# --------------------------------------------------------------------------------------------- acknowledged by name


def test_a_chapter_stands_when_a_member_of_the_team_has_read_it(at: AHouse) -> None:
    assert not stands(at, "stop")
    given = acknowledge(at, "stop")
    assert stands(at, "stop")
    assert [name for name, _ in chapter(at, "stop").acknowledged] == ["Jonas Öztürk"]
    (event,) = at.desk(at.maria).events(limit=1)
    assert (event.act, event.subject, event.actor) == ("runbook.acknowledge", given.id, at.jonas.id)
    assert {name: event.details[name] for name in ("chapter", "sha256")} == {"chapter": "stop", "sha256": given.sha256}


def test_the_consultant_does_not_read_for_the_team(at: AHouse) -> None:
    with pytest.raises(errors.OnlyTheTeam):
        acknowledge(at, "stop", by=at.sander)
    assert not stands(at, "stop")


def test_read_twice_is_read_once(at: AHouse) -> None:
    first = acknowledge(at, "stop")
    entries = len(at.desk(at.maria).events(limit=None))
    assert acknowledge(at, "stop") == first
    assert len(at.desk(at.maria).events(limit=None)) == entries


def test_what_changed_since_it_was_shown_is_not_acknowledged(at: AHouse) -> None:
    shown = chapter(at, "people").chapter.sha256
    at.desk(at.maria).add_person(name="Eva", email="eva@mueller.example", side=Side.TEAM, roles={Role.READER})
    with pytest.raises(errors.ChapterChanged):
        verbs(at, at.jonas).acknowledge("people", shown)
    with pytest.raises(errors.Unknown):
        verbs(at, at.jonas).acknowledge("coffee", shown)


def test_a_changed_chapter_asks_again_and_the_others_do_not(at: AHouse) -> None:
    for code in shas(at):
        acknowledge(at, code)
    eva = at.desk(at.maria).add_person(name="Eva", email="eva@mueller.example", side=Side.TEAM, roles={Role.READER})
    assert not stands(at, "people")
    assert chapter(at, "people").changed_since == at.clock.now
    assert stands(at, "stop")
    at.desk(at.maria).deactivate(eva.email)  # it is what it was, so what was read is what is there
    assert stands(at, "people")


def test_a_new_phase_asks_again(at: AHouse) -> None:
    acknowledge(at, "channels")
    in_phase(at, Phase.MITMACHEN)
    assert not stands(at, "channels")


def test_what_somebody_read_who_left_does_not_stand(at: AHouse) -> None:
    acknowledge(at, "stop")
    at.desk(at.maria).deactivate(at.jonas.email)
    assert not stands(at, "stop")


def test_a_working_day_changes_no_chapter(at: AHouse) -> None:
    before = shas(at)
    a_request(at, "Ein Beitrag", "Bitte mit Quelle.")
    a_publication(at, "Noch einer", "2027-03-18T09:00")
    at.desk(at.jonas).delegate(to=at.maria.email, until="2027-03-20")
    at.desk(at.maria).pause("blog")
    assert shas(at) == before


def test_a_new_month_changes_only_what_is_told_by_the_month(at: AHouse) -> None:
    before = shas(at)
    a_request(at, "Ein Beitrag", "Bitte mit Quelle.")
    at.clock.ahead(days=30)
    after = shas(at)
    assert {code for code in after if after[code] != before[code]} == {"requests"}
    at.clock.ahead(days=30)
    assert shas(at) == after


@pytest.mark.parametrize(
    ("now", "back", "begin"),
    [
        (datetime(2027, 3, 31, 22, 30, tzinfo=UTC), 0, datetime(2027, 3, 31, 22, 0, tzinfo=UTC)),  # 00:30 in Berlin
        (datetime(2027, 3, 31, 21, 30, tzinfo=UTC), 0, datetime(2027, 2, 28, 23, 0, tzinfo=UTC)),
        (datetime(2027, 1, 15, 12, 0, tzinfo=UTC), 1, datetime(2026, 11, 30, 23, 0, tzinfo=UTC)),
        (datetime(2027, 1, 15, 12, 0, tzinfo=UTC), 13, datetime(2025, 11, 30, 23, 0, tzinfo=UTC)),
    ],
)
def test_a_month_begins_at_midnight_of_the_clients_zone(now: datetime, back: int, begin: datetime) -> None:
    assert month_begin(now, "Europe/Berlin", back=back) == begin


# --------------------------------------------------------------------------------------------------------- the page


def test_the_page_needs_nothing_but_itself(at: AHouse) -> None:
    acknowledge(at, "stop")
    text = verbs(at, at.jonas).runbook_page()
    page = BeautifulSoup(text, "html.parser")
    assert not page.find_all(["script", "link", "img", "iframe"])
    assert not re.search(r"url\(|@import|https?://(?!www\.mueller\.example)", text)
    chapters = [one["id"] for one in page.find_all("section")]
    assert [str(one["href"]) for one in page.select(".toc a")] == [f"#{one}" for one in chapters]
    assert "Stand: 16.03.2027" in page.get_text()
    assert "Zur Kenntnis genommen von Jonas Öztürk, 16.03.2027, 12:00 Uhr" in page.get_text()


def test_the_page_is_as_of_the_newest_entry_and_the_same_until_the_next(at: AHouse) -> None:
    first = verbs(at, at.jonas).runbook_page()
    at.clock.ahead(days=10)
    assert verbs(at, at.jonas).runbook_page() == first
