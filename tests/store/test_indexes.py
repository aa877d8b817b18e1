"""What the desk and the worker ask is answered from an index, in its order, whatever the number of records.

The verbs are done on a small house while every statement is listened to; SQLite then tells how it would answer each.
"""

from __future__ import annotations

import re
import sqlite3
from pathlib import Path

import pytest

from pipeline.desk.who import Action
from pipeline.desk.writing import Change
from pipeline.people.accounts import account_of, people_of
from pipeline.records import Stage, Verdict
from pipeline.store.sqlite import FILE, SqliteStore
from pipeline.worker import Worker
from tests.house import AHouse, a_house

SORTED_OR_SCANNED = re.compile(r"^SCAN(?! CONSTANT)|TEMP B-TREE")


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Every statement, with its values."""
    statements: set[str] = set()
    connect = SqliteStore._connect

    def listening(store: SqliteStore) -> sqlite3.Connection:
        connection = connect(store)
        connection.set_trace_callback(statements.add)
        return connection

    monkeypatch.setattr(SqliteStore, "_connect", listening)
    return statements


def slow_plans(file: Path, statements: set[str]) -> dict[str, list[str]]:
    reading = {one for one in statements if one.lstrip().upper().startswith(("SELECT", "UPDATE", "DELETE"))}
    assert reading
    db = sqlite3.connect(file)
    plans = {one: [row[3] for row in db.execute(f"EXPLAIN QUERY PLAN {one}")] for one in reading}
    db.close()
    return {one: plan for one, plan in plans.items() if any(SORTED_OR_SCANNED.search(step) for step in plan)}


def do_everything(at: AHouse) -> None:
    """A working day: every verb of the desk that is done often, and the worker's rounds."""
    jonas, sander, maria = at.desk(at.jonas), at.desk(at.sander), at.desk(at.maria)
    jonas.add_brief(title="Anlass", message="Botschaft", channels=["blog"])
    piece = at.a_piece()
    jonas.edit(piece.id, Change(body="Ein anderer Text, und noch einer."))
    jonas.submit(piece.id)
    jonas.take_back(piece.id)
    jonas.submit(piece.id)
    sander.decide(piece.id, seen=sander.piece(piece.id).hash, verdict=Verdict.APPROVE)
    sander.schedule(piece.id, "2027-03-18T09:00")
    sander.unschedule(piece.id)
    sander.publish(piece.id)
    Worker(at.house).round()
    assert sander.piece(piece.id).stage is Stage.PUBLISHED
    withdrawn = at.a_piece("Zweiter")
    sander.withdraw(withdrawn.id, reason="doch nicht")
    maria.delegate(to=at.jonas.email, until="2027-04-01")
    look_at_everything(at, piece.id)


def look_at_everything(at: AHouse, piece: str) -> None:
    for person in (at.sander, at.maria, at.jonas):
        desk = at.desk(person)
        desk.piece(piece)
        desk.waiting_for_me()
        desk.counts()
        for stages in ((), (Stage.REVIEW,), (Stage.REVIEW, Stage.MISSED), tuple(Stage)):
            for channel in (None, "blog"):
                for order in ("changed_at", "due_at", "id"):
                    if order != "due_at" or stages:
                        desk.publications(desk.pieces(stages=stages, channel=channel, order=order).pieces)
        for look in (desk.briefs, desk.sources, desk.people, desk.delegations, desk.channels, desk.events, desk.verify_audit):
            look()
        desk.drafts_of(piece)
        desk.rendered(piece)
        desk.events(piece=piece)
        desk.may(Action.WRITE, "blog")
    with at.house.store.read() as view:
        account_of(view, at.maria.email)
    people_of(at.house.store, at.maria.email)


def test_no_verb_scans_a_table_or_sorts_what_an_index_has_in_order(asked: set[str], tmp_path: Path) -> None:
    at = a_house(tmp_path)
    asked.clear()
    do_everything(at)
    assert len([one for one in asked if "SELECT" in one]) > 40
    assert slow_plans(at.house.settings.store / FILE, asked) == {}


def test_a_missing_index_would_be_noticed(asked: set[str], tmp_path: Path) -> None:
    at = a_house(tmp_path)
    file = at.house.settings.store / FILE
    asked.clear()
    look_at_everything(at, at.a_piece().id)
    db = sqlite3.connect(file)
    db.execute("DROP INDEX piece_by_change")
    db.close()
    noticed = slow_plans(file, asked)
    assert noticed
    assert all("changed_at" in statement for statement in noticed)
