from __future__ import annotations

import shutil
from datetime import date, time

import pytest
from filelock import FileLock
from streamlit.testing.v1 import AppTest

from pipeline.records import Person, Piece, PublicationState, Role, Side, Stage
from pipeline.screens.publish_brakes import OPENED
from pipeline.worker import LOCK, Worker
from tests.house import AHouse
from tests.screens.conftest import MOST_ELEMENTS, Open, elements, words


def a_stuck_piece(firm: AHouse, title: str = "Ordner weg") -> Piece:
    """Its channel's folder became a file, so publishing was refused for good."""
    piece = firm.an_approved_piece(title)
    firm.desk(firm.sander).publish(piece.id)
    web = firm.folder / "web"
    shutil.rmtree(web, ignore_errors=True)
    web.write_text("no folder")
    Worker(firm.house).round()
    web.unlink()
    web.mkdir()
    stuck = firm.desk(firm.sander).piece(piece.id).piece
    assert stuck.stage is Stage.ATTENTION
    return stuck


def test_planned_pieces_stand_with_time_and_zone(firm: AHouse, open_page: Open) -> None:
    firm.a_scheduled_piece("Wissen weitergeben")
    screen = words(open_page("publish", firm.maria))
    assert "18.03.2027, 09:00 Uhr (MEZ)" in screen
    assert "Europe/Berlin" in screen


def test_a_slot_is_moved_to_what_stands_in_the_fields(firm: AHouse, open_page: Open) -> None:
    piece = firm.a_scheduled_piece("Wissen weitergeben")
    screen = open_page("publish", firm.sander)
    screen.button(f"open-{piece.id}").click().run()
    screen.date_input(f"day-{piece.id}").set_value(date.fromisoformat("2027-03-29"))
    screen.time_input(f"clock-{piece.id}").set_value(time(10, 30))
    screen.button(f"schedule-{piece.id}").click().run()
    assert not screen.exception
    due = firm.desk(firm.sander).piece(piece.id).piece.due_at
    assert due is not None
    assert due.isoformat() == "2027-03-29T08:30:00+00:00"  # summer time by then


def test_a_refused_slot_says_why_and_changes_nothing(firm: AHouse, open_page: Open) -> None:
    piece = firm.a_scheduled_piece("Wissen weitergeben")
    screen = open_page("publish", firm.sander)
    screen.button(f"open-{piece.id}").click().run()
    screen.date_input(f"day-{piece.id}").set_value(date.fromisoformat("2027-03-01"))
    screen.button(f"schedule-{piece.id}").click().run()
    assert "liegt in der Vergangenheit" in screen.error[0].value
    assert firm.desk(firm.sander).piece(piece.id).piece.due_at == piece.due_at


def test_who_may_not_plan_reads_and_is_offered_nothing(firm: AHouse, open_page: Open) -> None:
    firm.a_scheduled_piece("Wissen weitergeben")
    a_stuck_piece(firm)
    screen = open_page("publish", firm.jonas)
    assert "18.03.2027, 09:00 Uhr (MEZ)" in words(screen)
    assert "„Blog der Werkstatt“ hat abgelehnt" in words(screen)
    assert not screen.button


def test_a_click_of_somebody_who_lost_the_right_is_refused(firm: AHouse, open_page: Open) -> None:
    piece = firm.a_scheduled_piece("Wissen weitergeben")
    deputy = firm.desk(firm.sander).add_person(
        name="Tom Berg", email="tom@beratung.example", side=Side.CONSULTANT, roles={Role.EDITOR}
    )
    screen = open_page("publish", deputy)
    screen.button(f"open-{piece.id}").click().run()
    with firm.house.store.tx(firm.client.id) as t:
        t.put(t.page(Person, {"email": deputy.email})[0].model_copy(update={"roles": frozenset({Role.READER})}))
    screen.button(f"unschedule-{piece.id}").click().run()
    assert "hat bei „Blog der Werkstatt“ nicht das Recht dazu" in words(screen)
    assert firm.desk(firm.sander).piece(piece.id).piece.slot is not None


def test_an_approved_piece_gets_its_slot_here(firm: AHouse, open_page: Open) -> None:
    piece = firm.an_approved_piece("Wissen weitergeben")
    screen = open_page("publish", firm.sander)
    screen.segmented_control("publish-view").set_value("free").run()
    screen.button(f"open-{piece.id}").click().run()
    screen.button(f"schedule-{piece.id}").click().run()
    found = firm.desk(firm.sander).piece(piece.id).piece
    assert found.stage is Stage.SCHEDULED
    assert found.due_at is not None
    assert found.due_at.isoformat() == "2027-03-17T08:00:00+00:00"  # tomorrow at nine was offered


def test_what_needs_a_person_says_what_happened(firm: AHouse, open_page: Open) -> None:
    a_stuck_piece(firm)
    screen = words(open_page("publish", firm.sander))
    assert "Braucht jemanden (1)" in screen
    assert "„Blog der Werkstatt“ hat abgelehnt" in screen


def test_it_is_there_records_the_pasted_address(firm: AHouse, open_page: Open) -> None:
    piece = a_stuck_piece(firm)
    screen = open_page("publish", firm.sander)
    screen.text_input(f"url-{piece.id}").set_value("https://www.mueller.example/blog/da/")
    screen.button(f"there-{piece.id}").click().run()
    view = firm.desk(firm.sander).piece(piece.id)
    assert view.stage is Stage.PUBLISHED
    assert view.publication is not None
    assert view.publication.url == "https://www.mueller.example/blog/da/"


def test_it_is_there_needs_an_address(firm: AHouse, open_page: Open) -> None:
    piece = a_stuck_piece(firm)
    screen = open_page("publish", firm.sander)
    screen.button(f"there-{piece.id}").click().run()
    assert "Eine Angabe fehlt: Adresse" in screen.error[0].value
    assert firm.desk(firm.sander).piece(piece.id).stage is Stage.ATTENTION


def test_sending_again_asks_first_whether_somebody_looked(firm: AHouse, open_page: Open) -> None:
    piece = a_stuck_piece(firm)
    screen = open_page("publish", firm.sander)
    assert screen.button(f"again-{piece.id}").disabled
    screen.checkbox(f"again-sure-{piece.id}").check().run()
    screen.button(f"again-{piece.id}").click().run()
    Worker(firm.house).round()
    assert firm.desk(firm.sander).piece(piece.id).stage is Stage.PUBLISHED


def test_letting_it_be_keeps_the_approval_and_takes_the_slot(firm: AHouse, open_page: Open) -> None:
    piece = a_stuck_piece(firm)
    screen = open_page("publish", firm.sander)
    screen.button(f"drop-{piece.id}").click().run()
    found = firm.desk(firm.sander).piece(piece.id)
    assert found.stage is Stage.APPROVED
    assert found.piece.slot is None
    assert found.publication is not None
    assert found.publication.state is PublicationState.CANCELLED


def test_what_was_refused_can_be_taken_back_and_changed(firm: AHouse, open_page: Open) -> None:
    piece = a_stuck_piece(firm)
    screen = open_page("publish", firm.sander)
    screen.button(f"back-{piece.id}").click().run()
    assert not screen.exception
    assert firm.desk(firm.sander).piece(piece.id).stage is Stage.DRAFT


def test_a_missed_slot_can_be_set_anew(firm: AHouse, open_page: Open) -> None:
    piece = firm.a_piece_in_review("Zu spät entschieden")
    firm.desk(firm.sander).schedule(piece.id, "2027-03-16T13:00")
    firm.clock.ahead(hours=3)
    screen = open_page("publish", firm.sander)
    assert "verstrichen" in words(screen)
    screen.button(f"schedule-{piece.id}").click().run()
    assert firm.desk(firm.sander).piece(piece.id).stage is Stage.REVIEW


def with_brakes(screen: AppTest) -> AppTest:
    """The same page after a click on the brakes' title; what they hold is drawn only then."""
    assert "pause-channel" not in [one.key for one in screen.button]
    screen.session_state[OPENED] = True
    return screen.run()


def test_a_paused_channel_holds_its_planned_pieces_and_says_so(firm: AHouse, open_page: Open) -> None:
    firm.a_scheduled_piece("Wissen weitergeben", "2027-03-16T13:00")
    screen = with_brakes(open_page("publish", firm.maria))
    screen.button("pause-channel").click().run()
    assert firm.channel.paused is not None
    firm.clock.ahead(hours=1, minutes=1)
    Worker(firm.house).round()
    screen.run()
    assert "Maria Lindqvist hat das Senden über „Blog der Werkstatt“ angehalten" in words(screen)
    screen.button("resume-channel").click().run()
    assert firm.channel.paused is None


def test_the_kill_switch_needs_a_confirmation_and_is_shown_to_everybody(firm: AHouse, open_page: Open) -> None:
    screen = with_brakes(open_page("publish", firm.sander))
    assert screen.button("stop-all").disabled
    screen.checkbox("stop-sure").check().run()
    screen.button("stop-all").click().run()
    assert "für die ganze Installation angehalten" in words(open_page("publish", firm.jonas))
    assert "stop-all" not in [one.key for one in with_brakes(open_page("publish", firm.jonas)).button]
    with_brakes(open_page("publish", firm.maria)).button("go-all").click().run()
    assert "für die ganze Installation angehalten" not in words(open_page("publish", firm.jonas))


def test_the_page_tells_whether_the_worker_runs(firm: AHouse, open_page: Open) -> None:
    assert "läuft nicht" in words(open_page("publish", firm.sander))
    with FileLock(firm.house.settings.store / LOCK):
        assert "Der Sendeprozess läuft:" in words(open_page("publish", firm.sander))


def test_looking_does_not_keep_a_worker_from_starting(firm: AHouse, open_page: Open) -> None:
    open_page("publish", firm.sander)
    with Worker(firm.house).alone():
        assert "Der Sendeprozess läuft:" in words(open_page("publish", firm.sander))


def test_long_lists_come_in_pages(firm: AHouse, open_page: Open) -> None:
    for number in range(23):
        firm.a_scheduled_piece(f"Geplant {number:02d}", f"2027-03-18T{9 + number // 4:02d}:{number % 4 * 15:02d}")
    screen = open_page("publish", firm.sander)
    assert elements(screen) < MOST_ELEMENTS
    assert "1 bis 10 von 23" in words(screen)
    assert "Geplant 09" in words(screen)
    assert "Geplant 10" not in words(screen)


@pytest.mark.parametrize("stuck", [5])
def test_many_unsettled_pieces_stay_within_bounds(firm: AHouse, open_page: Open, stuck: int) -> None:
    for number in range(stuck):
        a_stuck_piece(firm, f"Ordner weg {number}")
    screen = open_page("publish", firm.sander)
    assert elements(screen) < MOST_ELEMENTS
    assert f"Braucht jemanden ({stuck})" in words(screen)
