"""The second sample client: half way through its handover, as promised, and with texts that could stand on a company's page."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from streamlit import config
from streamlit.testing.v1 import AppTest

from handover.demo.history import build_handover_demo, handover_desk
from handover.demo.script import FOLDER, handover_script
from handover.desk import HandoverDesk
from handover.exit.checklist import ItemState
from handover.readiness.measuring import Readiness
from handover.readiness.share import team_part
from handover.screens.entrance import open_the_handover
from handover.workplace import open_house
from pipeline.clock import Clock
from pipeline.demo import Cast, DemoResult, build_demo, main_job
from pipeline.demo.cast import found_again
from pipeline.demo.script import client_script, piece_scripts
from pipeline.desk import Desk
from pipeline.desk.house import House
from pipeline.draft.sentences import language_of
from pipeline.errors import AlreadyThere, OwnWork
from pipeline.messages import LANGUAGES, Say
from pipeline.records import Decision, Phase, Side, Stage, Verdict
from pipeline.screens.rooms import page_file
from pipeline.screens.visitor import ACTING, CLIENT
from pipeline.screens.workplace import set_house
from pipeline.settings import Settings
from pipeline.text import find_gaps, to_plain
from tests.screens.conftest import words

WEDNESDAY_NOON = datetime(2027, 6, 16, 10, 0, tzinfo=UTC)
LONGEST_SECONDS = 20
SCREEN = Path(__file__).parents[2] / "pipeline" / "screens" / "main.py"
SCRIPT = client_script(FOLDER)


def houses(folder: Path) -> Callable[[Clock], House]:
    return lambda clock: open_house(Settings(store=folder / "data", keys=str(folder / "keys"), demo=True), clock)


class Demo:
    """Both sample clients in one store, as the command `demo` makes them."""

    def __init__(self, folder: Path, now: datetime = WEDNESDAY_NOON) -> None:
        self.folder, self.now, self.told = folder, now, list[tuple[str, dict[str, object]]]()
        self.first: DemoResult = build_demo(houses(folder), now)
        begun = time.monotonic()
        self.result: DemoResult = build_handover_demo(houses(folder), now, say_step=self.hear)
        self.seconds = time.monotonic() - begun
        self.house = houses(folder)(lambda: now)
        cast = found_again(self.house, SCRIPT)
        assert cast is not None
        self.cast: Cast = cast

    def hear(self, name: str, /, **facts: object) -> None:
        self.told.append((name, facts))

    def desk(self, who: str = "katrin") -> HandoverDesk:
        return handover_desk(self.cast, who)

    def standing(self) -> dict[str, Readiness]:
        return {one.channel.slug: one for one in self.desk().standing_of_all()}

    def decisions(self) -> list[Decision]:
        with self.house.store.read(self.cast.ws) as reader:
            return reader.page(Decision, order="at", limit=1_000)

    def pieces_of(self, channel: str, stage: Stage) -> set[str]:
        return {one["title"] for one in self.result.pieces if (one["channel"], one["stage"]) == (channel, stage)}


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    return Demo(tmp_path_factory.mktemp("demo"))


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    """One more, for those who do something with it."""
    return Demo(tmp_path_factory.mktemp("played"))


# ------------------------------------------------------------------------------------------------ each on its own way


def test_every_channel_is_somewhere_else_on_its_way(demo: Demo) -> None:
    assert {slug: one.phase for slug, one in demo.standing().items()} == {
        "ratgeber": Phase.ABGEBEN,
        "kurz": Phase.MITMACHEN,
        "projekte": Phase.VORMACHEN,
        "linkedin": Phase.MITMACHEN,
    }
    play = demo.standing()["linkedin"].channel.play
    assert play is not None
    assert play.before is Phase.VORMACHEN


def test_one_channel_was_given_two_weeks_ago_and_is_still_watched(demo: Demo) -> None:
    ratgeber = demo.standing()["ratgeber"].channel
    since = demo.now - ratgeber.phase_since
    assert timedelta(days=12) < since < timedelta(days=16)
    shadows = [
        one for one in demo.decisions() if one.channel == ratgeber.id and one.at > ratgeber.phase_since and not one.binding
    ]
    assert {one.side for one in shadows} == {Side.CONSULTANT}
    assert len(shadows) >= 5


def test_the_consultant_proposed_two_days_ago_to_give_the_next_one_away(demo: Demo) -> None:
    kurz = demo.standing()["kurz"]
    proposal = kurz.proposal
    assert proposal is not None
    assert (proposal.phase, proposal.side, proposal.by) == (Phase.ABGEBEN, Side.CONSULTANT, demo.cast.people["katrin"])
    assert timedelta(days=1) < demo.now - proposal.at < timedelta(days=3)
    assert set(kurz.missing) == {"missed_slots", "runbook"}
    assert kurz.asked == 10


def test_whoever_is_asked_can_accept_the_proposal(played: Demo) -> None:
    desk = played.desk("samira")
    switched = desk.accept("kurz", reason="Die zwei letzten Kapitel lesen wir am Freitag.")
    assert switched.channel.phase is Phase.ABGEBEN
    assert switched.change.unmet == ("missed_slots", "runbook")
    assert {one.title for one in switched.change.affected} == {
        "Am Freitag zählen wir",
        "Drei Bewerbungen, ein Gespräch",
        "Laub vor der Wärmepumpe",
    }


def test_an_earlier_proposal_was_declined_with_its_reason(demo: Demo) -> None:
    asked = [step for step in handover_script().steps if step.channel == "kurz" and step.do == "decline"]
    (entry,) = [one for one in demo.desk().events(limit=None) if one.act == "channel.decline"]
    assert entry.actor == demo.cast.people[asked[0].who]
    assert len(asked[0].reason) > 60


def test_one_channel_went_a_step_back_and_forth_again(demo: Demo) -> None:
    changes = list(reversed(demo.desk().phase_changes("ratgeber")))
    assert [(one.phase, one.how) for one in changes] == [
        (Phase.MITMACHEN, "accepted"),
        (Phase.ABGEBEN, "accepted"),
        (Phase.MITMACHEN, "stepped_back"),
        (Phase.ABGEBEN, "accepted"),
    ]
    assert "Frist" in changes[2].reason
    assert changes[2].by == demo.cast.people["henning"]
    assert {one.kept for one in changes[3].affected} == {True}
    assert all(one.unmet for one in changes if one.how == "accepted")


# ------------------------------------------------------------------------------------------------- readiness, lessons


def test_every_state_of_readiness_is_there(demo: Demo) -> None:
    states = {slug: {one.condition.met for one in standing.measured} for slug, standing in demo.standing().items()}
    assert states["ratgeber"] == {True, False}
    assert states["projekte"] == {True, False, None}
    unclear = {one.code for one in demo.standing()["projekte"].measured if one.condition.met is None}
    assert unclear == {"rewritten"}
    assert sum(one.condition.met is None for one in demo.standing()["linkedin"].measured) >= 5


def test_readiness_grew_over_the_months(demo: Demo) -> None:
    for slug in ("ratgeber", "kurz", "projekte"):
        past = demo.desk().readiness_history(slug)
        assert len(past) >= 4
        assert past[0].met <= 2
        assert past[-1].met >= 6


def test_a_slot_was_missed_for_lack_of_a_decision_and_held_the_second_time(demo: Demo) -> None:
    missed = next(one for one in demo.standing()["kurz"].measured if one.code == "missed_slots")
    (piece,) = missed.against
    seen = demo.desk().piece(piece)
    assert (seen.piece.title, seen.stage) == ("Die Werkstatt ist zu, das Telefon nicht", Stage.PUBLISHED)


def test_lessons_come_from_either_side_with_both_reasons(demo: Demo) -> None:
    lessons = demo.desk("dorothee").lessons()
    assert {one.channel.slug for one in lessons} == {"ratgeber", "kurz", "projekte"}
    assert sum(one.channel.slug == "projekte" for one in lessons) == 4
    assert any(one.consultant.verdict.is_yes for one in lessons)  # the team knew better
    assert any(one.team.verdict.is_yes for one in lessons)
    for one in lessons:
        objection = one.team if one.consultant.verdict.is_yes else one.consultant
        assert len(objection.comment) > 60


def test_the_teams_share_of_the_work_grows_month_by_month(demo: Demo) -> None:
    share = demo.desk().share()
    months = sorted({row.month for row in share.months})
    parts = [team_part(row for row in share.months if row.month == month) for month in months]
    assert parts[0] is not None
    assert parts[0] < 0.1
    assert all(one is not None and other is not None and one < other for one, other in pairwise(parts))
    assert share.team.share is not None
    assert share.team.share > 0.5


# ------------------------------------------------------------------------------- people, runbook, exit, what waits now


def test_somebody_stood_in_for_somebody_and_does_so_again(demo: Demo) -> None:
    ole, henning = demo.cast.people["ole"], demo.cast.people["henning"]
    stood_in = [one for one in demo.decisions() if one.on_behalf_of]
    assert [(one.person, one.on_behalf_of, one.binding) for one in stood_in] == [(ole, henning, True)]
    assert [(one.giver, one.taker) for one in demo.desk().delegations()] == [(henning, ole)]


def test_chapters_of_the_runbook_are_read_unread_and_changed_since(demo: Demo) -> None:
    chapters = {one.chapter.code: one for one in demo.desk().runbook().chapters}
    assert {name for name, _ in chapters["people"].acknowledged} == {"Henning Krause", "Samira Aydın", "Dorothee Lüttgenau"}
    assert chapters["channels"].changed_since is not None
    assert (chapters["unknown"].acknowledged, chapters["unknown"].changed_since) == ([], None)


def test_the_exit_has_begun(demo: Demo) -> None:
    states = {one.code: one.state for one in demo.desk().exit_list().items}
    assert states["access:ratgeber"] is ItemState.VERIFIED
    assert states["access:kurz"] is ItemState.DELIVERED
    assert states["phases"] is states["access:projekte"] is ItemState.OPEN


def test_everybody_finds_something_to_decide(demo: Demo) -> None:
    for who in SCRIPT.people:
        assert demo.desk(who).waiting_for_me(), who
    assert {one.channel.slug for one in demo.desk("dorothee").channels() if one.problems} == set()


def test_a_piece_of_the_given_channel_waits_for_the_team_and_for_practice_of_the_consultant(played: Demo) -> None:
    (title,) = played.pieces_of("ratgeber", Stage.REVIEW)
    (piece,) = [one for one in played.desk("dorothee").waiting_for_me() if one.title == title]
    assert isinstance(played.desk("ole").objection(piece.id), OwnWork)
    seen = played.desk().piece(piece.id).hash
    assert played.desk().decide(piece.id, seen=seen, verdict=Verdict.APPROVE).binding is False
    assert played.desk("dorothee").decide(piece.id, seen=seen, verdict=Verdict.APPROVE).binding is True
    assert played.desk().piece(piece.id).stage is Stage.SCHEDULED


# ----------------------------------------------------------------------------------------------------- true to itself


def test_both_audit_chains_hold_and_time_only_goes_forward(demo: Demo) -> None:
    for client in (demo.first.client, demo.result.client):
        audit = Desk(demo.house, client, None).verify_audit()
        assert (list(audit.broken), audit.entries > 100) == ([], True)
    events = list(reversed(demo.desk().events(limit=None)))
    assert all(one.at <= other.at for one, other in pairwise(events))
    assert 100 <= (events[-1].at - events[0].at).days <= 130


def test_what_went_out_had_the_places_of_its_phase_filled(demo: Demo) -> None:
    needed = {Phase.VORMACHEN: {Side.CONSULTANT}, Phase.MITMACHEN: set(Side), Phase.ABGEBEN: {Side.TEAM}}
    changes = list(reversed(demo.desk().phase_changes()))
    published = [one["piece"] for one in demo.result.pieces if one["stage"] is Stage.PUBLISHED]
    assert len(published) >= 50
    for piece in published:
        seen = demo.desk().piece(piece)
        assert seen.publication is not None
        assert seen.publication.confirmed_at is not None
        assert seen.publication.hash == seen.hash
        before = [one for one in changes if (one.channel, one.at < seen.publication.confirmed_at) == (seen.channel.id, True)]
        said = [one for one in seen.decisions if one.binding and one.verdict.is_yes and one.hash == seen.hash]
        assert {one.side for one in said} >= needed[before[-1].phase if before else Phase.VORMACHEN], seen.piece.title


def test_every_page_is_a_file_of_its_own_client(demo: Demo) -> None:
    files = [one["file"] for result in (demo.first, demo.result) for one in result.published]
    assert len(set(files)) == len(files)
    assert all(file.is_file() for file in files)


def test_the_first_client_is_as_it_was_and_does_its_main_job(played: Demo) -> None:
    desk = Desk(played.house, played.first.client, None)
    made = {one["piece"]: one["stage"] for one in played.first.pieces}
    assert {piece: desk.piece(piece).stage for piece in made} == made
    done = main_job(played.house)
    assert done.client == played.first.client
    assert len(done.published) == 1


def test_it_is_built_in_seconds(demo: Demo) -> None:
    assert demo.seconds < LONGEST_SECONDS


def test_it_is_not_built_twice_into_one_store(played: Demo) -> None:
    entries = played.desk().verify_audit().entries
    with pytest.raises(AlreadyThere):
        build_handover_demo(houses(played.folder), WEDNESDAY_NOON)
    assert played.desk().verify_audit().entries == entries


@pytest.mark.parametrize(
    "now",
    [
        pytest.param(datetime(2027, 3, 29, 4, 30, tzinfo=UTC), id="early on the Monday after the clocks went forward"),
        pytest.param(datetime(2028, 1, 1, 22, 59, tzinfo=UTC), id="late on a Saturday that begins a year"),
        pytest.param(datetime(2026, 12, 1, 12, 0, tzinfo=UTC), id="on the first of a month"),
    ],
)
def test_it_keeps_its_promises_at_any_moment(tmp_path: Path, now: datetime) -> None:
    built = Demo(tmp_path, now)
    test_every_channel_is_somewhere_else_on_its_way(built)
    test_every_state_of_readiness_is_there(built)
    test_the_teams_share_of_the_work_grows_month_by_month(built)
    test_everybody_finds_something_to_decide(built)
    proposal = built.standing()["kurz"].proposal
    assert proposal is not None
    assert set(built.standing()["kurz"].missing) == {"missed_slots", "runbook"}
    assert built.desk().verify_audit().broken == []


def test_every_step_is_said_in_both_languages(demo: Demo) -> None:
    assert [name for name, _ in demo.told] == ["demo.client", "demo.history", "demo.handover"]
    for language in LANGUAGES:
        assert all("{" not in Say(language)(name, **facts) for name, facts in demo.told)


# ------------------------------------------------------------------------------------------------------------ content

TEXTS = [
    pytest.param(text, piece.head.channel, number, id=f"{piece.name} {number}")
    for piece in piece_scripts(FOLDER)
    for number, text in piece.texts.items()
]


@pytest.mark.parametrize(("text", "channel", "number"), TEXTS)
def test_texts_are_german_with_german_signs(text: str, channel: str, number: int) -> None:
    assert language_of(text) == "de"
    assert re.findall(r"[\"”»«]|\.\.\.| - |\bTODO\b|\bxxx\b|lorem", text, re.IGNORECASE) == []
    assert text.count("„") == text.count("“")
    assert find_gaps(text) == []
    count = len(to_plain(text).split())
    assert 15 <= count <= 180
    assert count >= {"ratgeber": 60, "linkedin": 60, "projekte": 50, "kurz": 30}[channel] or number == 1


def test_what_people_say_is_german_with_german_signs() -> None:
    said = [step.reason for step in handover_script().steps if step.reason]
    said += [step.comment for piece in piece_scripts(FOLDER) for step in piece.head.steps if step.comment]
    assert len(said) > 25
    for text in said:
        assert re.findall(r"[\"”»«]|\.\.\.| - ", text) == []
        assert text.count("„") == text.count("“")


def test_no_two_pieces_have_the_same_title_or_a_number_for_one() -> None:
    titles = [piece.head.title for piece in piece_scripts(FOLDER)]
    assert len(set(titles)) == len(titles) >= 60
    assert not [title for title in titles if re.search(r"\d+$", title)]


def test_every_address_of_the_sample_belongs_to_nobody_and_the_consultant_is_the_same() -> None:
    addresses = [one.email for one in SCRIPT.people.values()]
    addresses += [one.settings["base_url"] for one in SCRIPT.channels.values() if "base_url" in one.settings]
    assert all(re.search(r"\.example(/|$)", address) for address in addresses)
    first = client_script()
    assert SCRIPT.people[SCRIPT.consultant].email == first.people[first.consultant].email
    assert set(SCRIPT.channels) & set(first.channels) == {"linkedin"}  # which has no folder


# ------------------------------------------------------------------------------------------------------------ screens


@pytest.fixture
def screen(demo: Demo) -> AppTest:
    """The front end as the command `demo` opens it, without signing in."""
    set_house(demo.house)
    open_the_handover()
    config.set_option("client.showErrorDetails", "full")
    return shown(AppTest.from_file(str(SCREEN), default_timeout=60).run())


def shown(screen: AppTest) -> AppTest:
    assert not screen.exception, screen.exception[0].message
    return screen


def test_the_consultant_lands_on_the_client_in_the_middle_of_its_handover_and_can_switch(screen: AppTest) -> None:
    assert "Guten Tag, Katrin Vossberg" in words(screen)
    assert "**Lüttgenau Wärmetechnik GmbH**" in words(screen)
    clients = screen.selectbox(CLIENT)
    assert sorted(clients.options) == ["Lüttgenau Wärmetechnik GmbH", "Mahlstetter Präzisionsteile GmbH"]
    clients.select_index(clients.options.index("Mahlstetter Präzisionsteile GmbH"))
    assert "**Mahlstetter Präzisionsteile GmbH**" in words(shown(screen.run()))
    assert "Drei Zahlen an der Wand" in words(screen)


def test_everybody_of_both_clients_can_be_chosen_and_is_told_apart(demo: Demo, screen: AppTest) -> None:
    people = {one["email"]: one["name"] for result in (demo.first, demo.result) for one in result.people}
    assert len(screen.selectbox(ACTING).options) == len(people) == 9
    assert "Dorothee Lüttgenau (Lüttgenau Wärmetechnik GmbH)" in screen.selectbox(ACTING).options
    assert screen.selectbox(ACTING).options[0] == "Katrin Vossberg (Beratung)"
    for email, name in people.items():
        screen.selectbox(ACTING).select(email)
        assert f"Guten Tag, {name}" in words(shown(screen.run()))


def test_whoever_is_asked_reads_of_the_proposal_on_today(screen: AppTest) -> None:
    screen.selectbox(ACTING).select(SCRIPT.people["samira"].email)
    assert "schlägt für „Kurz notiert“ die Phase Abgeben vor" in words(shown(screen.run()))


@pytest.mark.parametrize("page", ["today", "write", "review", "publish", "handover", "history", "settings"])
def test_no_page_of_the_half_way_client_stumbles(screen: AppTest, page: str) -> None:
    for who in ("katrin", "samira"):
        screen.selectbox(ACTING).select(SCRIPT.people[who].email)
        shown(screen.run())
        shown(screen.switch_page(page_file(page)).run())
