"""The sample client: every stage really reached, through the desk, and texts that could stand on a company's page."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from datetime import UTC, datetime
from datetime import time as clock_time
from itertools import pairwise
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from handover.workplace import open_house
from pipeline.clock import Clock
from pipeline.demo import Cast, DemoResult, Meanwhile, build_demo, main_job
from pipeline.demo.cast import found_again
from pipeline.demo.days import Days, WalkingClock
from pipeline.demo.script import client_script, job_script, piece_scripts, source_bytes
from pipeline.desk import Desk
from pipeline.desk.house import House
from pipeline.draft.sentences import language_of
from pipeline.errors import AlreadyThere, SlugTaken, WorkerIsRunning
from pipeline.messages import LANGUAGES, Say
from pipeline.records import Decision, PublicationState, Stage, Verdict
from pipeline.settings import Settings
from pipeline.text import find_gaps, to_plain
from pipeline.worker import Worker

WEDNESDAY_NOON = datetime(2027, 6, 16, 10, 0, tzinfo=UTC)
LONGEST_SECONDS = 20


def houses(folder: Path) -> Callable[[Clock], House]:
    return lambda clock: open_house(Settings(store=folder / "data", keys=str(folder / "keys")), clock)


class Demo:
    def __init__(self, folder: Path, now: datetime = WEDNESDAY_NOON, *, meanwhile: tuple[Meanwhile, ...] = ()) -> None:
        self.now, self.told = now, list[tuple[str, dict[str, object]]]()
        begun = time.monotonic()
        self.result: DemoResult = build_demo(houses(folder), now, say_step=self.hear, meanwhile=meanwhile)
        self.seconds = time.monotonic() - begun
        self.house = houses(folder)(lambda: now)
        cast = found_again(self.house, client_script())
        assert cast is not None
        self.cast: Cast = cast
        self.desk: Desk = cast.desk("katrin")
        self.ids = {piece["title"]: piece["piece"] for piece in self.result.pieces}

    def hear(self, name: str, /, **facts: object) -> None:
        self.told.append((name, facts))

    def decisions(self) -> list[Decision]:
        with self.house.store.read(self.cast.ws) as reader:
            return reader.page(Decision, order="at", limit=1_000)

    def of(self, stage: Stage) -> list[str]:
        return [piece["piece"] for piece in self.result.pieces if piece["stage"] is stage]


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    return Demo(tmp_path_factory.mktemp("demo"))


# -------------------------------------------------------------------------------------------------------------- stages


def test_every_stage_a_piece_can_rest_in_is_there(demo: Demo) -> None:
    assert {piece["stage"] for piece in demo.result.pieces} == set(Stage) - {Stage.PUBLISHING}


def test_every_stage_is_the_one_that_the_records_give_now(demo: Demo) -> None:
    shown = {piece["piece"]: piece["stage"] for piece in demo.result.pieces}
    assert shown == {piece: demo.desk.piece(piece).stage for piece in shown}


def test_it_is_built_in_seconds(demo: Demo) -> None:
    assert demo.seconds < LONGEST_SECONDS


def test_the_audit_chain_holds_and_time_only_goes_forward(demo: Demo) -> None:
    audit = demo.desk.verify_audit()
    assert (list(audit.broken), audit.entries > 100) == ([], True)
    events = list(reversed(demo.desk.events(limit=None)))
    assert all(one.at <= other.at for one, other in pairwise(events))
    assert (events[-1].at - events[0].at).days >= 40
    assert events[-1].at <= demo.now


def test_what_went_out_was_approved_as_exactly_that(demo: Demo) -> None:
    for piece_id in demo.of(Stage.PUBLISHED):
        seen = demo.desk.piece(piece_id)
        assert seen.publication is not None
        assert seen.publication.hash == seen.hash
        said = [one for one in seen.decisions if one.binding and one.verdict.is_yes and one.hash == seen.hash]
        assert [one.person for one in said] == [demo.cast.people["katrin"]]


def test_a_published_page_is_a_file_in_the_demos_own_folder_with_the_approved_text(demo: Demo) -> None:
    assert {one["channel"] for one in demo.result.published} == {"blog", "werkstatt"}
    for one in demo.result.published:
        assert one["url"] == one["file"].as_uri()
        assert one["file"].is_relative_to(demo.house.settings.store / "site")
        page = BeautifulSoup(one["file"].read_text("utf-8"), "html.parser")
        content = demo.desk.piece(one["piece"]).revision.content
        assert page.select_one("h1").get_text() == content.title
        shown = _words(page.select_one("article").get_text())
        for paragraph in to_plain(content.body).splitlines():
            assert _words(paragraph.removeprefix("• ").strip()) in shown
        for image in page.select("main img"):
            assert image["alt"].strip()
            assert (one["file"].parent / image["src"]).resolve().is_file()


def _words(text: str) -> str:
    return " ".join(text.split())


def test_the_rehearsal_leaves_nothing_that_could_be_opened(demo: Demo) -> None:
    rehearsed = [piece for piece in demo.result.pieces if (piece["channel"], piece["stage"]) == ("linkedin", Stage.PUBLISHED)]
    assert len(rehearsed) >= 5
    assert {piece["piece"] for piece in rehearsed}.isdisjoint(one["piece"] for one in demo.result.published)


def test_the_piece_that_needs_a_person_met_a_taken_address_and_left_the_page_there_alone(demo: Demo) -> None:
    (piece_id,) = demo.of(Stage.ATTENTION)
    seen = demo.desk.piece(piece_id)
    assert seen.publication is not None
    assert (seen.publication.state, seen.publication.reason) == (PublicationState.ATTENTION, SlugTaken.__name__)
    pages = {one["file"].parent.name: one["title"] for one in demo.result.published}
    assert pages[seen.revision.content.slug] != seen.piece.title


def test_the_missed_piece_was_handed_in_and_its_slot_passed_undecided(demo: Demo) -> None:
    (piece_id,) = demo.of(Stage.MISSED)
    seen = demo.desk.piece(piece_id)
    assert seen.piece.submitted is not None
    assert seen.piece.slot is not None
    assert seen.piece.slot.utc < demo.now
    assert not any(one.binding for one in seen.decisions)


def test_scheduled_pieces_are_due_on_the_next_working_days(demo: Demo) -> None:
    slots = [demo.desk.piece(piece).piece.slot for piece in demo.of(Stage.SCHEDULED)]
    assert len(slots) == 2
    for slot in slots:
        assert slot is not None
        assert 0 < (slot.utc - demo.now).days + 1 <= 7
        assert slot.local.weekday() < 5


# ----------------------------------------------------------------------------------------------------------- decisions


def test_the_teams_shadow_agrees_with_the_consultant_mostly_and_not_always(demo: Demo) -> None:
    real = {one.hash: one for one in demo.decisions() if one.binding}
    shadows = [one for one in demo.decisions() if not one.binding and one.hash in real]
    agreed = [one.verdict.is_yes == real[one.hash].verdict.is_yes for one in shadows]
    assert len(agreed) >= 14
    assert agreed.count(False) == 2
    assert all(one.at < real[one.hash].at for one in shadows)  # blind: given before the other word was there


def test_the_team_waits_for_the_consultant_and_the_consultant_for_the_team(demo: Demo) -> None:
    for_katrin = {piece.title for piece in demo.desk.waiting_for_me()}
    for_maria = {piece.title for piece in demo.cast.desk("maria").waiting_for_me()}
    assert for_katrin == {"Drei Zahlen an der Wand", "Was kostet eine Stunde Stillstand?"}
    assert "Was kostet eine Stunde Stillstand?" in for_maria
    assert "Drei Zahlen an der Wand" not in for_maria  # she has spoken


def test_a_change_request_with_its_reason_waits_for_its_author(demo: Demo) -> None:
    seen = demo.desk.piece(demo.ids["Mit 29 Schichtführer"])
    last = seen.decisions[-1]
    assert (seen.stage, last.verdict, last.binding) == (Stage.DRAFT, Verdict.REQUEST_CHANGES, True)
    assert len(last.comment) > 40


def test_a_changed_text_was_decided_anew(demo: Demo) -> None:
    seen = demo.desk.piece(demo.ids["Ein Name an der Tafel"])
    verdicts = [(one.revision, one.verdict) for one in seen.decisions if one.binding]
    assert verdicts == [(1, Verdict.REQUEST_CHANGES), (2, Verdict.APPROVE)]


def test_a_stand_in_has_decided_for_somebody_on_leave(demo: Demo) -> None:
    stood_in = [one for one in demo.decisions() if one.on_behalf_of]
    assert [(one.person, one.on_behalf_of) for one in stood_in] == [(demo.cast.people["ayse"], demo.cast.people["jonas"])]


def test_jonas_took_the_office_over_and_accepted_it(demo: Demo) -> None:
    blog = next(one for one in demo.desk.channels() if one.channel.slug == "blog")
    assert blog.owner is not None
    assert blog.owner.name == "Jonas Riedle"
    assert list(blog.problems) == []


def test_two_drafts_of_the_offline_author_wait_with_their_gaps(demo: Demo) -> None:
    drafts = [demo.desk.piece(piece) for piece in demo.of(Stage.DRAFT)]
    by_author = [seen for seen in drafts if seen.revision.writer.kind == "offline"]
    assert {seen.channel.slug for seen in by_author} == {"blog", "linkedin"}
    for seen in by_author:
        assert find_gaps(seen.revision.content.body)
        assert demo.desk.drafts_of(seen.piece.id)[0].verbatim_share


# -------------------------------------------------------------------------------------------------------------- whenever


@pytest.mark.parametrize(
    "now",
    [
        pytest.param(datetime(2027, 3, 29, 4, 30, tzinfo=UTC), id="early on the Monday after the clocks went forward"),
        pytest.param(datetime(2028, 1, 1, 22, 59, tzinfo=UTC), id="late on a Saturday that begins a year"),
    ],
)
def test_it_can_be_built_at_any_moment(tmp_path: Path, now: datetime) -> None:
    built = Demo(tmp_path, now)
    assert {piece["stage"] for piece in built.result.pieces} == set(Stage) - {Stage.PUBLISHING}
    assert built.desk.verify_audit().broken == []


def test_two_folders_hold_the_same_story(demo: Demo, tmp_path: Path) -> None:
    other = Demo(tmp_path)
    story = [(piece["channel"], piece["title"], piece["stage"]) for piece in demo.result.pieces]
    assert [(piece["channel"], piece["title"], piece["stage"]) for piece in other.result.pieces] == story
    assert demo.result.client != other.result.client
    pages = [(one["file"].read_bytes(), one["address"]) for one in demo.result.published]
    assert [(one["file"].read_bytes(), one["address"]) for one in other.result.published] == pages


def test_it_is_not_built_twice_into_one_store(demo: Demo, tmp_path: Path) -> None:
    Demo(tmp_path)
    with pytest.raises(AlreadyThere):
        build_demo(houses(tmp_path), WEDNESDAY_NOON)


def test_rooms_above_may_let_things_happen_in_between(tmp_path: Path) -> None:
    seen: list[tuple[datetime, int]] = []

    def look(cast: Cast) -> None:
        seen.append((cast.house.now(), cast.desk("katrin").counts()[Stage.PUBLISHED]))

    Demo(tmp_path, meanwhile=(Meanwhile(day=-20, at=clock_time(18, 0), do=look),))
    assert seen == [(datetime(2027, 5, 19, 16, 0, tzinfo=UTC), 4)]


def test_working_days_leave_out_the_weekend() -> None:
    days = Days(datetime(2027, 6, 20, 10, 0, tzinfo=UTC), "Europe/Berlin")  # a Sunday
    assert [days.day(number).isoformat() for number in (-5, -1, 1, 5, 6)] == [
        "2027-06-14",
        "2027-06-18",
        "2027-06-21",
        "2027-06-25",
        "2027-06-28",
    ]


def test_the_clock_walks_forwards_only() -> None:
    clock = WalkingClock(WEDNESDAY_NOON)
    with pytest.raises(ValueError, match="lies before"):
        clock.go_to(datetime(2027, 6, 16, 9, 59, tzinfo=UTC))


# ------------------------------------------------------------------------------------------------------------- main job


def test_the_main_job_goes_from_brief_to_an_open_page(tmp_path: Path) -> None:
    told: list[str] = []
    house = houses(tmp_path)(lambda: WEDNESDAY_NOON)
    done = main_job(house, say_step=lambda name, /, **facts: told.append(name))

    assert [(one["channel"], one["stage"]) for one in done.pieces] == [("blog", Stage.PUBLISHED), ("linkedin", Stage.PUBLISHED)]
    (page,) = done.published
    html = page["file"].read_text("utf-8")
    assert "An der Fertigung selbst haben wir zwei Tage gespart" in html  # a person's sentence
    assert "Sollen wir gleich zwei fertigen?" in html  # the source's sentence
    assert "[[" not in html
    assert [step.removeprefix("demo.") for step in dict.fromkeys(told)] == [
        *("brief", "draft", "edit", "submit", "shadow", "approve", "published", "rehearsed")
    ]


def test_the_main_job_fills_every_gap_that_the_author_left(tmp_path: Path) -> None:
    house = houses(tmp_path)(lambda: WEDNESDAY_NOON)
    done = main_job(house)
    cast = found_again(house, client_script())
    assert cast is not None
    texts = job_script().texts
    for piece in done.pieces:
        seen = cast.desk("katrin").piece(piece["piece"])
        assert find_gaps(seen.revisions[0].content.body)
        assert find_gaps(seen.revision.content.body) == []
        body = seen.revision.content.body
        assert all(
            text.split("\n")[-1] in body for place, text in texts[piece["channel"]].items() if "Worum es ging" not in place
        )


def test_the_main_job_runs_on_the_built_client_and_again_under_another_address(demo: Demo, tmp_path: Path) -> None:
    Demo(tmp_path)
    house = houses(tmp_path)(lambda: WEDNESDAY_NOON)
    first, second = main_job(house), main_job(house)
    assert len(first.published) == len(second.published) == 1
    assert first.published[0]["file"] != second.published[0]["file"]
    assert Desk(house, first.client, None).verify_audit().broken == []


def test_the_main_job_leaves_the_store_to_a_worker_that_runs(tmp_path: Path) -> None:
    house = houses(tmp_path)(lambda: WEDNESDAY_NOON)
    with Worker(house).alone(), pytest.raises(WorkerIsRunning):
        main_job(house)


def test_every_step_is_said_in_both_languages(demo: Demo, tmp_path: Path) -> None:
    told = list(demo.told)
    main_job(houses(tmp_path)(lambda: WEDNESDAY_NOON), say_step=lambda name, /, **facts: told.append((name, facts)))
    for language in LANGUAGES:
        say = Say(language)
        assert all("{" not in say(name, **facts) for name, facts in told)


# -------------------------------------------------------------------------------------------------------------- content

TEXTS = [(piece.name, piece.head.channel, number, text) for piece in piece_scripts() for number, text in piece.texts.items()]
SAID = [
    *(pytest.param(text, id=f"{name} {number}") for name, _, number, text in TEXTS),
    *(pytest.param(source_bytes(name).decode(), id=name) for name in client_script().sources),
    *(pytest.param("\n\n".join(texts.values()), id=f"job {channel}") for channel, texts in job_script().texts.items()),
]


@pytest.mark.parametrize("text", SAID)
def test_texts_are_german_with_german_signs(text: str) -> None:
    assert language_of(text) == "de"
    assert "lorem" not in text.casefold()
    assert re.findall(r"[\"”»«]|\.\.\.| - |\bTODO\b|\bxxx\b", text) == []
    assert text.count("„") == text.count("“")
    assert text.count("‚") == text.count("‘")


@pytest.mark.parametrize(("name", "channel", "number", "text"), TEXTS)
def test_texts_have_the_length_of_their_channel(name: str, channel: str, number: int, text: str) -> None:
    words = len(to_plain(text).split())
    if number == max(other for known, _, other, _ in TEXTS if known == name):  # an earlier text may be as short as it was
        assert (60 <= words <= 180) if channel == "linkedin" else (120 <= words <= 350)


def test_titles_and_pictures_speak_for_themselves() -> None:
    titles = [piece.head.title for piece in piece_scripts()]
    assert len(set(titles)) == len(titles) >= 14
    assert all(len(picture.alt) > 60 for picture in client_script().pictures.values())


def test_a_picture_shows_the_numbers_that_its_alt_text_tells() -> None:
    for picture in client_script().pictures.values():
        for label, before, after in picture.bars:
            told = f"{label}\\D*{before:g}".replace(".", ",")
            assert re.search(told, picture.alt)
            assert f"{after:g}".replace(".", ",") in picture.alt.split(label, 1)[1]


def test_every_address_of_the_sample_belongs_to_nobody() -> None:
    script = client_script()
    addresses = [one.email for one in script.people.values()]
    addresses += [one.settings["base_url"] for one in script.channels.values() if "base_url" in one.settings]
    assert all(re.search(r"\.example(/|$)", address) for address in addresses)
    assert all(set(re.findall(r"@[\w.-]+\.(\w+)", text)) <= {"example"} for *_, text in TEXTS)


def test_published_texts_have_no_gaps_and_every_image_has_an_alt_text(demo: Demo) -> None:
    images = 0
    for piece_id in demo.of(Stage.PUBLISHED):
        content = demo.desk.piece(piece_id).revision.content
        assert find_gaps(f"{content.title}\n{content.body}\n{content.excerpt}") == []
        images += len(content.images)
        assert all(image.alt.strip() for image in content.images)
        assert "![](" not in content.body
    assert images == 2
