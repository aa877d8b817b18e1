"""Numbered steps that bring a database file to today's layout. Forward only, each in the transaction that counts it.

A step never changes once released; tests keep a file of every released layout.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

from pipeline.errors import StoreIsDamaged, StoreIsNewer


def m001_first_layout(db: sqlite3.Connection) -> None:
    """One table per kind: workspace, id, version, the columns lists need, the document."""
    for table, columns in {
        "installation": "",
        "account": "email TEXT NOT NULL UNIQUE,",
        "sign_in": "account TEXT, expires_at TEXT,",
        "set_up_link": "account TEXT,",
        "attempt": "until TEXT,",
        "client": "slug TEXT NOT NULL,",
        "person": "email TEXT NOT NULL, side TEXT NOT NULL,",
        "delegation": "giver TEXT, taker TEXT, until TEXT,",
        "channel": "slug TEXT NOT NULL, paused_at TEXT,",
        "secret": "",
        "data_key": "",
        "source": "",
        "image": "",
        "brief": "made_at TEXT,",
        "draft": "piece TEXT, made_at TEXT,",
        "piece": "channel TEXT NOT NULL, stage TEXT NOT NULL, brief TEXT, changed_at TEXT NOT NULL, "
        "due_at TEXT, revisit_at TEXT,",
        "revision": "piece TEXT NOT NULL, number INTEGER NOT NULL,",
        "decision": "piece TEXT NOT NULL, person TEXT NOT NULL, at TEXT NOT NULL,",
        "publication": "channel TEXT NOT NULL, piece TEXT NOT NULL, slot INTEGER NOT NULL, state TEXT NOT NULL, "
        "due_at TEXT, next_try_at TEXT,",
        "media": "channel TEXT NOT NULL,",
        "orphan": "channel TEXT NOT NULL,",
    }.items():
        same = "ws TEXT NOT NULL, id TEXT NOT NULL PRIMARY KEY, version INTEGER NOT NULL"
        db.execute(f"CREATE TABLE {table} ({same}, {columns} doc TEXT NOT NULL)")
    for index, on in {
        "client_in_order": "client (ws, id)",
        "person_of_client": "person (ws, id)",
        "channel_of_client": "channel (ws, id)",
        "delegation_by_end": "delegation (ws, until, id)",
        "delegation_by_giver": "delegation (ws, giver, id)",
        "delegation_by_taker": "delegation (ws, taker, id)",
        "secret_of_client": "secret (ws, id)",
        "data_key_of_client": "data_key (ws, id)",
        "source_of_client": "source (ws, id)",
        "brief_by_time": "brief (ws, made_at, id)",
        "draft_of_piece": "draft (piece, made_at, id)",
        "piece_in_order": "piece (ws, id)",
        "piece_in_order_of_stage": "piece (ws, stage, id)",
        "piece_by_change": "piece (ws, changed_at, id)",
        "piece_by_stage": "piece (ws, stage, changed_at, id)",
        "piece_by_channel": "piece (ws, channel, stage, changed_at, id)",
        "piece_by_due": "piece (ws, stage, due_at, id)",
        "piece_by_brief": "piece (ws, brief, id)",
        "piece_to_revisit": "piece (revisit_at) WHERE revisit_at IS NOT NULL",
        "decision_of_piece": "decision (piece, at, id)",
        "decision_of_person": "decision (ws, person, id)",
        "publication_to_try": "publication (state, next_try_at, id)",
        "publication_by_state": "publication (ws, state, id)",
        "account_in_order": "account (ws, id)",
        "sign_in_of_account": "sign_in (account, id)",
        "set_up_link_of_account": "set_up_link (account, id)",
        "attempt_by_end": "attempt (ws, until, id)",
        "media_of_channel": "media (ws, channel, id)",
        "orphan_of_channel": "orphan (ws, channel, id)",
    }.items():
        db.execute(f"CREATE INDEX {index} ON {on}")
    for unique, on in {
        "one_client_per_name": "client (ws, slug)",
        "one_person_per_address": "person (ws, email)",
        "one_channel_per_name": "channel (ws, slug)",
        "one_revision_per_number": "revision (piece, number)",
        "one_publication_per_slot": "publication (piece, channel, slot)",
    }.items():
        db.execute(f"CREATE UNIQUE INDEX {unique} ON {on}")
    db.execute(
        """CREATE TABLE event (
            ws TEXT NOT NULL, seq INTEGER NOT NULL, subject TEXT NOT NULL, text TEXT NOT NULL,
            prev TEXT NOT NULL, hash TEXT NOT NULL, PRIMARY KEY (ws, seq), UNIQUE (ws, prev))"""
    )
    db.execute("CREATE INDEX event_of_subject ON event (ws, subject, seq)")
    for act in ("UPDATE", "DELETE"):
        refusal = "SELECT RAISE(ABORT, 'audit entries are never changed')"
        db.execute(f"CREATE TRIGGER event_no_{act.lower()} BEFORE {act} ON event BEGIN {refusal}; END")
    taken = "EXISTS (SELECT 1 FROM event WHERE ws = NEW.ws AND (seq = NEW.seq OR prev = NEW.prev))"
    refusal = "SELECT RAISE(ABORT, 'an audit entry follows the newest one')"  # REPLACE asks no trigger for DELETE
    db.execute(f"CREATE TRIGGER event_no_replace BEFORE INSERT ON event WHEN {taken} BEGIN {refusal}; END")


def m002_handover(db: sqlite3.Connection) -> None:
    """Proposals, changes of phase, the runbook's acknowledgements, the consultant's exit."""
    for table, columns in {
        "proposal": "channel TEXT NOT NULL, answered_at TEXT,",
        "phase_change": "channel TEXT NOT NULL, at TEXT NOT NULL,",
        "acknowledgement": "chapter TEXT NOT NULL, person TEXT NOT NULL,",
        "exit_item": "",
        "protocol": "at TEXT NOT NULL,",
    }.items():
        same = "ws TEXT NOT NULL, id TEXT NOT NULL PRIMARY KEY, version INTEGER NOT NULL"
        db.execute(f"CREATE TABLE {table} ({same}, {columns} doc TEXT NOT NULL)")
    for index, on in {
        "proposal_in_order": "proposal (ws, id)",
        "proposal_of_channel": "proposal (ws, channel, answered_at, id)",
        "phase_change_in_order": "phase_change (ws, at, id)",
        "phase_change_of_channel": "phase_change (ws, channel, at, id)",
        "acknowledgement_of_chapter": "acknowledgement (ws, chapter, id)",
        "exit_item_of_client": "exit_item (ws, id)",
        "protocol_by_time": "protocol (ws, at, id)",
        "draft_in_order": "draft (ws, id)",
        "revision_in_order": "revision (ws, id)",
        "decision_in_order": "decision (ws, id)",
        "publication_in_order": "publication (ws, id)",
        "image_in_order": "image (ws, id)",
        "media_in_order": "media (ws, id)",
        "orphan_in_order": "orphan (ws, id)",
    }.items():
        db.execute(f"CREATE INDEX {index} ON {on}")
    db.execute("CREATE UNIQUE INDEX one_open_proposal ON proposal (channel) WHERE answered_at IS NULL")


MIGRATIONS: tuple[Callable[[sqlite3.Connection], None], ...] = (m001_first_layout, m002_handover)
SCHEMA = len(MIGRATIONS)


def refuse_foreign(db: sqlite3.Connection, folder: str) -> None:
    """Reads only. Raises StoreIsNewer, and StoreIsDamaged for a database of somebody else."""
    (found,) = db.execute("PRAGMA user_version").fetchone()
    if found > SCHEMA:
        raise StoreIsNewer(schema=found, known=SCHEMA)
    (things,) = db.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if (found == 0) != (things == 0):
        raise StoreIsDamaged(folder=folder)


def migrate(db: sqlite3.Connection) -> list[str]:
    """Bring the open database to today's layout inside the caller's transaction; says which steps ran."""
    (found,) = db.execute("PRAGMA user_version").fetchone()
    todo = MIGRATIONS[found:]
    for step in todo:
        step(db)
    if todo:
        db.execute(f"PRAGMA user_version = {SCHEMA}")
    return [step.__name__ for step in todo]
