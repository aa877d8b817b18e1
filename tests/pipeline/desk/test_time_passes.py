"""What time alone does to a piece, and what it leaves as it was."""

from __future__ import annotations

from datetime import timedelta

from pipeline.desk.act import settle_overdue
from pipeline.records import Stage
from pipeline.worker import Worker
from tests.house import AHouse


def test_a_published_piece_keeps_its_place_in_the_list_when_its_approval_runs_out(at: AHouse) -> None:
    desk = at.desk(at.sander)
    published = at.a_scheduled_piece("Vier Wochen später", "2027-03-18T09:00")
    at.clock.ahead(days=2)
    assert [one["state"] for one in Worker(at.house).round().confirmed] == ["confirmed"]
    before = desk.piece(published.id).piece

    at.clock.ahead(days=31)
    assert settle_overdue(at.house) == 0
    after = desk.piece(published.id).piece
    assert (after.stage, after.changed_at) == (Stage.PUBLISHED, before.changed_at)


def test_a_piece_whose_approval_runs_out_has_changed_at_that_look(at: AHouse) -> None:
    approved = at.an_approved_piece()
    later = at.clock.ahead(days=31)
    assert settle_overdue(at.house) == 1
    after = at.desk(at.sander).piece(approved.id).piece
    assert (after.stage, after.changed_at) == (Stage.REVIEW, later)
    assert later - approved.changed_at == timedelta(days=31)
