from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from pipeline.desk.writing import Change
from pipeline.messages import sentences
from pipeline.records import Verdict
from pipeline.store.sqlite import FILE
from tests.house import AHouse
from tests.screens.conftest import MOST_ELEMENTS, Open, elements, words

ROOT = Path(__file__).parents[2]


def test_every_act_that_is_noted_has_a_sentence() -> None:
    """Acts are named where they happen; computed names (a pause, a stage, a verdict) are spelt out in the sentences."""
    noted: set[str] = set()
    for room in ("pipeline", "handover"):
        for file in (ROOT / room).rglob("*.py"):
            noted |= set(
                re.findall(r"\b(?:act|t|inside|outside|self)\.(?:note|append)\(\s*\"([a-z_. ]+)\"", file.read_text("utf-8"))
            )
            noted |= set(re.findall(r"act_name=\"([a-z_.]+)\"", file.read_text("utf-8")))
    noted |= {f"decide.{verdict}" for verdict in Verdict}
    noted |= {f"{what}.{way}" for what in ("client", "channel") for way in ("pause", "resume")}
    assert {"piece.submit", "channel.agree", "publication.send", "piece.edit"} <= noted
    assert [act for act in sorted(noted) if f"act.{act}" not in sentences()] == []


def test_who_did_what_is_told_newest_first(firm: AHouse, open_page: Open) -> None:
    firm.a_scheduled_piece("Wissen weitergeben")
    (table,) = [one.value for one in open_page("history", firm.jonas).get("html") if "<table" in str(one.value)]
    told = re.findall(r"data-name='Was'>([^<]+)<", str(table))
    assert told[:4] == [
        "Termin gesetzt: 18.03.2027, 09:00 Uhr (MEZ)",
        "Freigegeben (verbindlich)",
        "Zur Prüfung eingereicht (Fassung 1)",
        "Beitrag angelegt (Fassung 1)",
    ]
    assert "–" not in "".join(told)


def test_the_chain_is_recomputed_on_request(firm: AHouse, open_page: Open) -> None:
    firm.a_piece_in_review()
    screen = open_page("history", firm.jonas)
    screen.button("verify").click().run()
    found = firm.desk(firm.jonas).verify_audit()
    assert f"lückenlos: {found.entries} Einträge" in screen.success[0].value
    assert found.head[:16] in screen.success[0].value


def test_a_manipulated_entry_is_reported(firm: AHouse, open_page: Open) -> None:
    firm.a_piece_in_review()
    with closing(sqlite3.connect(firm.house.settings.store / FILE)) as intruder, intruder:
        for (guard,) in intruder.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            intruder.execute(f'DROP TRIGGER "{guard}"')
        intruder.execute("UPDATE event SET text = replace(text, ?, ?)", (firm.jonas.id, firm.maria.id))
    screen = open_page("history", firm.jonas)
    screen.button("verify").click().run()
    assert "nicht in Ordnung" in screen.error[0].value


def test_two_revisions_are_compared_word_by_word(firm: AHouse, open_page: Open) -> None:
    piece = firm.a_piece(body="Die Übergabe gelingt selten.")
    firm.desk(firm.jonas).edit(piece.id, Change(body="Die Übergabe gelingt <b>immer</b>."))
    screen = words(open_page("history", firm.maria, piece=piece.id))
    assert "<del>selten</del>" in screen
    assert "&lt;" in screen
    assert "<b>immer" not in screen


def test_trial_decisions_are_shown_beside_the_binding_ones(firm: AHouse, open_page: Open) -> None:
    piece = firm.a_piece_in_review()
    maria, sander = firm.desk(firm.maria), firm.desk(firm.sander)
    maria.decide(piece.id, seen=maria.piece(piece.id).hash, verdict=Verdict.REQUEST_CHANGES, comment="Zahlen fehlen")
    sander.decide(piece.id, seen=sander.piece(piece.id).hash, verdict=Verdict.APPROVE)
    screen = words(open_page("history", firm.jonas, piece=piece.id))
    assert "zur Probe" in screen
    assert "Zahlen fehlen" in screen
    assert "verbindlich" in screen


@pytest.mark.parametrize("way", ["all", "piece"])
def test_who_decides_blind_does_not_read_the_others_decision_here(firm: AHouse, open_page: Open, way: str) -> None:
    piece = firm.a_piece_in_review()
    sander, maria = firm.desk(firm.sander), firm.desk(firm.maria)
    sander.decide(piece.id, seen=sander.piece(piece.id).hash, verdict=Verdict.APPROVE, comment="Sehr gut geworden")
    query = {"piece": piece.id} if way == "piece" else {}
    before = words(open_page("history", firm.maria, **query))
    assert "Mit Anmerkung freigegeben" not in before
    assert "Sehr gut geworden" not in before
    maria.decide(piece.id, seen=maria.piece(piece.id).hash, verdict=Verdict.APPROVE)
    assert "Mit Anmerkung freigegeben" in words(open_page("history", firm.maria, **query))


def test_a_piece_of_another_client_is_not_found(firm: AHouse, open_page: Open) -> None:
    firm.a_piece("Eigener Beitrag")
    screen = words(open_page("history", firm.jonas, piece="0" * 22))
    assert "gibt es bei diesem Kunden nicht" in screen
    assert "Eigener Beitrag" in screen


def test_a_long_history_comes_in_pages(firm: AHouse, open_page: Open) -> None:
    for number in range(30):
        firm.a_piece(f"Beitrag {number}")
    screen = open_page("history", firm.jonas)
    assert elements(screen) < MOST_ELEMENTS / 2
    assert "1 bis 25 von 3" in words(screen)
