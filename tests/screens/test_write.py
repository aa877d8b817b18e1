"""Write: from brief to draft, and the editor, through the real page."""

from __future__ import annotations

import dataclasses
import io
from collections.abc import Callable, Iterator
from datetime import date, time
from time import monotonic, sleep

import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from pipeline.desk.writing import Change
from pipeline.draft.offline import OfflineAuthor
from pipeline.records import Phase, Piece, Role, Side, Stage
from pipeline.screens.workplace import set_house
from pipeline.screens.write_brief import FORM
from pipeline.screens.write_places import BRIEF, GO_TO
from pipeline.screens.write_typed import TYPED, Typed
from tests.fakes.model import KEY, MODEL, ModelServer
from tests.house import AHouse
from tests.phases import in_phase
from tests.screens.conftest import MOST_ELEMENTS, Open, elements, said, words

SOURCE = """# Übergabe einer Linie

Der Stillstand sank von 14 auf 5 Stunden im Monat.

## Vorbereitung

Vor der Übergabe wurden 37 Notizen am Schaltschrank fotografiert. Die Schichtleiterin hat drei Störungen beschrieben.

## Ergebnis

Nach drei Monaten planen die Schichten ohne Rückfrage. Der Einkauf kennt alle 212 Ersatzteile.
"""


def typed(screen: AppTest, piece: Piece) -> Typed:
    found: Typed = screen.session_state[TYPED][piece.id]
    return found


def type_body(screen: AppTest, piece: Piece, text: str) -> None:
    """What the text area sends; the element itself needs a browser (tests/journeys)."""
    typed(screen, piece).fields["body"] = text
    screen.run()


def title_field(screen: AppTest, piece: Piece) -> str:
    return f"write-title-{piece.id}-{typed(screen, piece).round}"


def type_title(screen: AppTest, piece: Piece, text: str) -> None:
    screen.text_input(key=title_field(screen, piece)).input(text).run()


def save(screen: AppTest) -> None:
    screen.button(key="write-save").click().run()


def png(color: tuple[int, int, int] = (10, 90, 120)) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (40, 20), color).save(out, "PNG")
    return out.getvalue()


# ------------------------------------------------------------------------------------------------------------ editor


def test_saving_makes_a_revision_with_what_was_typed(firm: AHouse, open_page: Open) -> None:
    piece = firm.a_piece()
    screen = open_page("write", firm.jonas, piece=piece.id)
    type_title(screen, piece, "Übergabe mit Plan")
    type_body(screen, piece, "Ein neuer Text.")
    save(screen)
    now = firm.desk(firm.jonas).piece(piece.id).revision
    assert (now.number, now.content.title, now.content.body) == (2, "Übergabe mit Plan", "Ein neuer Text.")
    assert not typed(screen, piece).is_changed


def test_unsaved_text_survives_other_pages(firm: AHouse, open_page: Open) -> None:
    piece = firm.a_piece()
    screen = open_page("write", firm.jonas, piece=piece.id)
    type_title(screen, piece, "Noch nicht gespeichert")
    type_body(screen, piece, "Halb fertig.")
    screen.switch_page("pages_/review.py").run()
    screen.switch_page("pages_/write.py").run()
    screen.query_params["piece"] = piece.id
    screen.run()
    assert screen.text_input(key=title_field(screen, piece)).value == "Noch nicht gespeichert"
    assert typed(screen, piece).fields["body"] == "Halb fertig."
    assert "Nicht gespeicherte Änderungen an Fassung 1" in words(screen)


@pytest.mark.parametrize(
    ("text", "reason"),
    [("x" * 210_000, "KiB"), ("[" * 300, "eckige Klammern"), ("   ", "noch kein Text")],
    ids=["too large", "too tangled", "empty"],
)
def test_a_refused_text_stays_in_the_editor(firm: AHouse, open_page: Open, text: str, reason: str) -> None:
    piece = firm.a_piece()
    screen = open_page("write", firm.jonas, piece=piece.id)
    type_body(screen, piece, text)
    save(screen)
    assert reason in screen.error[0].value
    assert typed(screen, piece).fields["body"] == text
    assert firm.desk(firm.jonas).piece(piece.id).piece.revision == 1


class TestTwoPeople:
    """Jonas types while Sander saves."""

    @pytest.fixture
    def piece(self, firm: AHouse) -> Piece:
        return firm.a_piece()

    @pytest.fixture
    def screen(self, firm: AHouse, piece: Piece, open_page: Open) -> AppTest:
        screen = open_page("write", firm.jonas, piece=piece.id)
        type_body(screen, piece, "Jonas schreibt das.")
        firm.desk(firm.sander).edit(piece.id, Change(body="Sander hat das gespeichert."))
        save(screen)
        return screen

    def test_nothing_is_overwritten_and_both_texts_are_shown(self, firm: AHouse, piece: Piece, screen: AppTest) -> None:
        assert firm.desk(firm.jonas).piece(piece.id).revision.content.body == "Sander hat das gespeichert."
        shown = words(screen.run())
        assert "Sander Vogt hat inzwischen Fassung 2 gespeichert" in shown
        assert "<del>Sander hat das gespeichert.</del><ins>Jonas schreibt das.</ins>" in shown

    def test_mine_can_go_on_top(self, firm: AHouse, piece: Piece, screen: AppTest) -> None:
        screen.run()
        screen.button(key="write-mine-2").click().run()
        save(screen)
        now = firm.desk(firm.jonas).piece(piece.id)
        assert [one.content.body for one in now.revisions[1:]] == ["Sander hat das gespeichert.", "Jonas schreibt das."]

    def test_the_other_one_can_be_taken(self, piece: Piece, screen: AppTest) -> None:
        screen.run()
        screen.button(key="write-theirs-2").click().run()
        assert typed(screen, piece).fields["body"] == "Sander hat das gespeichert."
        assert not typed(screen, piece).is_changed


def test_with_nothing_typed_the_editor_follows_the_newest_revision(firm: AHouse, open_page: Open) -> None:
    piece = firm.a_piece()
    screen = open_page("write", firm.jonas, piece=piece.id)
    firm.desk(firm.sander).edit(piece.id, Change(title="Von Sander"))
    screen.run()
    assert screen.text_input(key=title_field(screen, piece)).value == "Von Sander"


def test_what_is_missing_is_said_of_the_text_as_typed(firm: AHouse, open_page: Open) -> None:
    piece = firm.a_piece()
    screen = open_page("write", firm.jonas, piece=piece.id)
    assert "Lücken (1)" not in words(screen)
    type_body(screen, piece, "Der Stillstand sank um [[Zahl]] Stunden.")
    assert "Im Text sind noch Lücken (1), zuerst: [[Zahl]]" in words(screen)


def test_submitting_saves_what_is_unsaved_first(firm: AHouse, open_page: Open) -> None:
    piece = firm.a_piece()
    screen = open_page("write", firm.jonas, piece=piece.id)
    type_body(screen, piece, "Fertig.")
    screen.button(key="write-submit").click().run()
    now = firm.desk(firm.jonas).piece(piece.id)
    assert (now.stage, now.revision.content.body) == (Stage.REVIEW, "Fertig.")
    assert "liegt zur Prüfung vor" in words(screen)


def test_what_is_in_review_is_taken_back_to_be_edited(firm: AHouse, open_page: Open) -> None:
    piece = firm.a_piece_in_review()
    screen = open_page("write", firm.jonas, piece=piece.id)
    assert "write-save" not in {one.key for one in screen.button}
    screen.button(key="write-take-back").click().run()
    assert firm.desk(firm.jonas).piece(piece.id).stage is Stage.DRAFT
    assert "write-save" in {one.key for one in screen.button}


def test_withdrawing_needs_a_reason(firm: AHouse, open_page: Open) -> None:
    piece = firm.a_piece()
    screen = open_page("write", firm.sander, piece=piece.id)
    screen.button(key="write-withdraw").click().run()
    assert "Begründung" in screen.error[0].value or "fehlt" in screen.error[0].value
    screen.text_input(key=f"write-reason-{piece.id}").input("Das Thema ist vom Tisch.").run()
    screen.button(key="write-withdraw").click().run()
    assert firm.desk(firm.sander).piece(piece.id).stage is Stage.WITHDRAWN


def test_a_wall_time_that_does_not_exist_is_refused_with_the_next_one(firm: AHouse, open_page: Open) -> None:
    piece = firm.a_piece()
    screen = open_page("write", firm.sander, piece=piece.id)
    screen.date_input(key=f"write-day-{piece.id}").set_value(date(2027, 3, 28))
    screen.time_input(key=f"write-time-{piece.id}").set_value(time(2, 30))
    screen.button(key="write-schedule").click().run()
    assert "03:30" in screen.error[0].value
    screen.time_input(key=f"write-time-{piece.id}").set_value(time(3, 30))
    screen.button(key="write-schedule").click().run()
    slot = firm.desk(firm.sander).piece(piece.id).piece.slot
    assert slot is not None
    assert slot.utc.hour == 1


def test_who_may_not_write_reads_and_is_told_so(firm: AHouse, open_page: Open) -> None:
    desk = firm.desk(firm.sander)
    lea = desk.add_person(name="Lea", email="lea@mueller.example", side=Side.TEAM, roles={Role.READER})
    piece = firm.a_piece()
    screen = open_page("write", lea, piece=piece.id)
    assert "schreiben in dieser Phase andere" in words(screen)
    assert not {"write-save", "write-submit"} & {one.key for one in screen.button}


def test_the_consultant_no_longer_writes_after_the_handover(firm: AHouse, open_page: Open) -> None:
    piece = firm.a_piece()
    in_phase(firm, Phase.ABGEBEN)
    screen = open_page("write", firm.sander, piece=piece.id)
    assert "write-save" not in {one.key for one in screen.button}


def test_an_image_is_taken_in_described_and_a_refused_file_leaves_the_rest(firm: AHouse, open_page: Open) -> None:
    piece = firm.a_piece()
    screen = open_page("write", firm.jonas, piece=piece.id)
    screen.file_uploader(key=f"write-files-{piece.id}-0").set_value(
        [("halle.png", png(), "image/png"), ("logo.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>", "image/svg+xml")]
    ).run()
    assert "SVG" in screen.error[0].value
    assert "halle.png" in words(screen)
    assert "keine Beschreibung" in words(screen)
    (image,) = typed(screen, piece).images
    screen.text_input(key=f"write-alt-{piece.id}-{image.sha256[:12]}").input("Die Halle").run()
    save(screen)
    assert [one.alt for one in firm.desk(firm.jonas).piece(piece.id).revision.content.images] == ["Die Halle"]


# ------------------------------------------------------------------------------------------------------ brief to draft


@pytest.fixture
def brief(firm: AHouse) -> str:
    jonas = firm.desk(firm.jonas)
    source = jonas.add_source(SOURCE.encode(), "linie.md")
    return jonas.add_brief(title="Übergabe", channels=["blog"], message="Wissen geht vor dem Menschen.", sources=[source.id]).id


def open_brief(open_page: Open, firm: AHouse, brief: str) -> AppTest:
    screen = open_page("write", firm.jonas)
    screen.session_state[BRIEF] = brief
    screen.session_state[GO_TO] = "briefs"
    return screen.run()


def drafted(screen: AppTest, brief: str) -> AppTest:
    screen.button(key="write-draft").click().run()
    assert screen.session_state["write-jobs"][brief].wait(30)
    return screen.run()


def test_from_files_to_a_draft_that_says_what_it_is(firm: AHouse, open_page: Open) -> None:
    screen = open_page("write", firm.jonas)
    screen.segmented_control(key="write-part").set_value("new_brief").run()
    screen.text_input(key="brief-title-0").input("Übergabe einer Linie").run()
    screen.multiselect(key="brief-channels-0").set_value(["blog"]).run()
    screen.session_state[FORM]["message"] = "Wissen geht vor dem Menschen."
    screen.file_uploader(key="brief-files-0").set_value(
        [("linie.md", SOURCE.encode(), "text/markdown"), ("kaputt.pdf", b"kein PDF", "application/pdf")]
    ).run()
    assert "kaputt.pdf" in screen.error[0].value
    assert "Textstellen" in words(screen)
    screen.button(key="write-make-brief").click().run()
    (brief,) = firm.desk(firm.jonas).briefs()
    drafted(screen, brief.id)
    assert "Aus Ihren Unterlagen zusammengestellt, nicht formuliert." in words(screen)
    (piece,) = firm.desk(firm.jonas).pieces().pieces
    screen.button(key=f"write-edit-{piece.id}").click().run()
    assert "14 auf 5 Stunden" in typed(screen, piece).fields["body"]


def test_a_brief_without_channel_is_refused_and_the_form_stays(firm: AHouse, open_page: Open) -> None:
    screen = open_page("write", firm.jonas)
    screen.segmented_control(key="write-part").set_value("new_brief").run()
    screen.text_input(key="brief-title-0").input("Ein Titel").run()
    screen.button(key="write-make-brief").click().run()
    assert screen.error
    assert screen.text_input(key="brief-title-0").value == "Ein Titel"
    assert firm.desk(firm.jonas).briefs() == []


def test_without_sources_the_draft_says_what_it_needs(firm: AHouse, open_page: Open) -> None:
    brief = firm.desk(firm.jonas).add_brief(title="Leer", channels=["blog"], message="Nichts da.").id
    screen = drafted(open_brief(open_page, firm, brief), brief)
    assert said("NoSources") in words(screen)
    assert firm.desk(firm.jonas).pieces().total == 0


def test_a_sentence_is_exchanged_with_one_click(firm: AHouse, open_page: Open, brief: str) -> None:
    (made,) = firm.desk(firm.jonas).draft(brief, OfflineAuthor(firm.clock))
    assert made.piece
    assert made.draft
    block = next(one for one in made.draft.blocks if len(one.candidates) > 1)
    screen = open_page("write", firm.jonas, piece=made.piece.id)
    before = typed(screen, made.piece).fields["body"]
    button = next(one for one in screen.button if str(one.key).startswith("write-swap-"))
    button.click().run()
    after = typed(screen, made.piece).fields["body"]
    assert block.candidates[0].text in before
    assert block.candidates[0].text not in after
    assert block.candidates[1].text in after


class TestModel:
    """With a model configured: what is sent is shown before, the answer while it comes, and nothing that came is lost."""

    @pytest.fixture
    def service(self) -> Iterator[ModelServer]:
        with ModelServer() as service:
            yield service

    @pytest.fixture
    def screen(self, firm: AHouse, open_page: Open, brief: str, service: ModelServer) -> AppTest:
        model = {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": service.address, "STAFFELSTAB_MODEL": MODEL}
        settings = dataclasses.replace(firm.house.settings, model=model)
        set_house(dataclasses.replace(firm.house, settings=settings))
        screen = open_brief(open_page, firm, brief)
        return screen.radio(key="write-author").set_value("model").run()

    def test_nothing_is_sent_before_the_click_and_what_will_be_is_shown(
        self, firm: AHouse, screen: AppTest, brief: str, service: ModelServer
    ) -> None:
        screen.session_state["write-what-is-sent"] = True
        shown = words(screen.run())
        assert "37 Notizen am Schaltschrank" in shown
        assert "127.0.0.1" in shown
        assert KEY not in shown
        assert service.chats == []
        screen = drafted(screen, brief)
        assert "37 Notizen am Schaltschrank" in service.chats[0].text
        assert f"Formuliert von {MODEL}" in words(screen)
        assert KEY not in words(screen)

    def test_a_stopped_answer_is_kept_and_says_that_it_was_stopped(
        self, firm: AHouse, screen: AppTest, brief: str, service: ModelServer
    ) -> None:
        service.will("slow")
        screen.button(key="write-draft").click().run()
        job = screen.session_state["write-jobs"][brief]
        until(lambda: len(job.text) > 40)
        screen.run()
        assert job.text[:20] in words(screen)
        screen.button(key="write-stop").click().run()
        assert job.wait(30)
        shown = words(screen.run())
        assert said("draft.unfinished.cancelled") in shown
        (piece,) = firm.desk(firm.jonas).pieces().pieces
        assert firm.desk(firm.jonas).drafts_of(piece.id)[0].unfinished == "cancelled"

    def test_leaving_the_page_loses_nothing(self, firm: AHouse, screen: AppTest, brief: str, service: ModelServer) -> None:
        service.will("slow")
        screen.button(key="write-draft").click().run()
        screen.switch_page("pages_/history.py").run()
        service.released.set()
        assert screen.session_state["write-jobs"][brief].wait(30)
        assert firm.desk(firm.jonas).pieces().total == 1

    def test_a_service_that_refuses_the_key_is_reported_in_words(
        self, firm: AHouse, screen: AppTest, brief: str, service: ModelServer
    ) -> None:
        service.will("401", "401")
        shown = words(drafted(screen, brief))
        assert "nimmt den Schlüssel nicht an" in shown
        assert KEY not in shown
        assert firm.desk(firm.jonas).pieces().total == 0


def until(holds: Callable[[], bool]) -> None:
    end = monotonic() + 20
    while not holds():
        assert monotonic() < end
        sleep(0.01)


# -------------------------------------------------------------------------------------------------------------- lists


def test_the_list_shows_twenty_and_turns_pages(firm: AHouse, open_page: Open) -> None:
    for number in range(25):
        firm.a_piece(f"Beitrag {number:02}")
    screen = open_page("write", firm.jonas)
    rows = [one for one in screen.button if str(one.key).startswith("write-open-")]
    assert len(rows) == 20
    assert elements(screen) < MOST_ELEMENTS


def test_a_piece_by_hand_starts_with_a_gap_that_nobody_can_publish(firm: AHouse, open_page: Open) -> None:
    screen = open_page("write", firm.jonas)
    screen.text_input(key="write-new-title").input("Von Hand").run()
    screen.button(key="write-make-piece").click().run()
    (piece,) = firm.desk(firm.jonas).pieces().pieces
    assert piece.title == "Von Hand"
    assert "GapsLeft" in {one.code for one in firm.desk(firm.jonas).piece(piece.id).reasons}
    assert "write-save" in {one.key for one in screen.button}


def test_the_editor_stays_small_with_many_images(firm: AHouse, open_page: Open) -> None:
    jonas = firm.desk(firm.jonas)
    images = [jonas.add_image(png((number, 0, 0)), f"bild-{number}.png", "Ein Bild") for number in range(20)]
    piece = jonas.add_piece("blog", title="Viele Bilder", body="Text.", images=images)
    assert elements(open_page("write", firm.jonas, piece=piece.id)) < MOST_ELEMENTS
