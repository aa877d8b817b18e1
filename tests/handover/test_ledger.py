"""A fold that is continued tells what a fresh one tells, of one client only, and nothing that was undone."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from handover.readiness.ledger import Ledger, Ledgers, folded
from handover.readiness.measuring import MeasuringVerbs, ledger_of
from pipeline.desk.act import acting, looking
from pipeline.records import Event, Phase, Side, Stage, Verdict
from pipeline.store.sqlite import SqliteStore
from pipeline.worker import Worker
from tests.handover.chain import BERLIN, JONAS, MARIA, MONDAY, NORA, SANDER, Chain
from tests.house import AHouse, a_house

PEOPLE = [SANDER, MARIA, JONAS, NORA, "worker", "nobody"]
ACTS = [
    "channel.secret", "channel.accept", "channel.owner", "channel.rehearse", "piece.add", "piece.edit", "piece.submit",
    "piece.take_back", "piece.withdraw", "piece.schedule", "piece.unschedule", "piece.publish", "piece.missed",
    "piece.corrected", "publication.send", "publication.confirm", "publication.there", "publication.trouble",
    *(f"decide.{verdict.value}" for verdict in Verdict), "source.add", "person.deactivate",
]  # fmt: skip
ENTRY = st.fixed_dictionaries(
    {
        "act": st.sampled_from(ACTS),
        "actor": st.sampled_from(PEOPLE),
        "subject": st.sampled_from(["p1", "p2", "p3", "blog", "news", NORA]),
        "hours": st.integers(-30, 60),
        "hash": st.sampled_from(["h1", "h2"]),
        "binding": st.booleans(),
        "words": st.integers(0, 50),
        "channel": st.sampled_from(["blog", "news"]),
        "phase": st.sampled_from([phase.value for phase in Phase]),
    }
)


def grown(chain: Chain, entries: list[dict[str, object]]) -> Chain:
    """Entries as no desk would write them: in any order, of pieces nobody has begun, by clocks that were set back."""
    for one in entries:
        chain.ahead(hours=float(str(one["hours"])))
        due = (chain.now + timedelta(hours=3)).isoformat()
        details = {name: one[name] for name in ("hash", "binding", "words", "channel", "phase")}
        details |= {"written": one["words"], "gone": 1, "due": due, "publication": f"of {one['hash']}", "owner": MARIA}
        chain.note(str(one["act"]), str(one["subject"]), str(one["actor"]), **details)
    return chain


@given(st.lists(ENTRY, max_size=40), st.data())
def test_a_fold_that_was_continued_is_the_same_as_a_fresh_one(entries: list[dict[str, object]], data: st.DataObject) -> None:
    events = grown(Chain().channel().channel("news"), entries).events
    cut = data.draw(st.integers(0, len(events)))
    continued = folded(iter(events[:cut]), BERLIN)
    for event in events[cut:]:
        continued.take(event)
    assert continued == folded(iter(events), BERLIN)
    assert (continued.seq, continued.hash) == (len(events), events[-1].hash)


def test_ledgers_of_different_chains_differ() -> None:
    chain = Chain().channel()
    chain.piece("p1")
    whole, shorter = chain.ledger(), folded(iter(chain.events[:-1]), BERLIN)
    assert whole != shorter
    later = Chain(now=MONDAY + timedelta(seconds=1)).channel()
    later.piece("p1")
    assert whole.channels["blog"].begun != later.ledger().channels["blog"].begun


# ------------------------------------------------------------------------------------------------------- kept ledgers


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    store = SqliteStore(tmp_path / "data")
    yield store
    store.close()


def kept(store: SqliteStore, ws: str, events: list[Event]) -> None:
    with store.tx(ws) as t:
        for event in events:
            t.append(event.act, actor=event.actor, subject=event.subject, at=event.at, details=event.details)


def now_of(ledgers: Ledgers, store: SqliteStore, ws: str, *, at: SqliteStore | None = None) -> Ledger:
    with (at or store).read(ws) as reader, ledgers.of(store, reader, "Europe/Berlin") as ledger:
        return ledger


def fresh(store: SqliteStore, ws: str) -> Ledger:
    with store.read(ws) as reader:
        return folded(reader.events(), BERLIN)


@given(st.lists(st.lists(ENTRY, max_size=8), max_size=6), st.lists(st.sampled_from(["a", "b"]), min_size=6, max_size=6))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_added_in_between_the_kept_ledger_is_a_fresh_one(
    tmp_path_factory: pytest.TempPathFactory, parts: list[list[dict[str, object]]], of: list[str]
) -> None:
    store, ledgers = SqliteStore(tmp_path_factory.mktemp("store") / "data"), Ledgers()
    chains = {ws: Chain(ws).channel() for ws in ("a", "b")}
    told = dict.fromkeys(chains, 0)
    for part, ws in zip(parts, of, strict=False):
        events = grown(chains[ws], part).events
        kept(store, ws, events[told[ws] :])
        told[ws] = len(events)
        assert now_of(ledgers, store, ws) == fresh(store, ws)
    assert {ws: now_of(ledgers, store, ws).seq for ws in chains} == told
    store.close()


def test_only_what_is_new_is_read(store: SqliteStore, monkeypatch: pytest.MonkeyPatch) -> None:
    ledgers, chain = Ledgers(), Chain().channel()
    kept(store, "a", chain.events)
    before = now_of(ledgers, store, "a")
    taken: list[str] = []
    take = Ledger.take

    def counted(ledger: Ledger, event: Event) -> None:
        taken.append(event.act)
        take(ledger, event)

    monkeypatch.setattr(Ledger, "take", counted)
    kept(store, "a", [chain.events[-1]])
    assert now_of(ledgers, store, "a") is before
    assert taken == ["channel.add"]


def test_another_store_in_the_place_of_the_first_is_folded_anew(store: SqliteStore, tmp_path: Path) -> None:
    ledgers, chain = Ledgers(), Chain().channel()
    chain.published("p1")
    kept(store, "a", chain.events)
    assert len(now_of(ledgers, store, "a").channels["blog"].publications) == 1
    restored = SqliteStore(tmp_path / "restored")
    for events in (chain.events[:5], []):  # an older state; an empty one
        kept(restored, "a", events)
        assert now_of(ledgers, store, "a", at=restored) == fresh(restored, "a")
    kept(restored, "a", grown(Chain(), []).events * 5)  # longer than what was kept, and other entries
    assert now_of(ledgers, store, "a") == fresh(store, "a")
    assert now_of(ledgers, store, "a", at=restored) == fresh(restored, "a")
    restored.close()


def test_nothing_that_may_be_undone_stays_in_the_kept_ledger(store: SqliteStore) -> None:
    ledgers, chain = Ledgers(), Chain().channel()
    kept(store, "a", chain.events)
    before = now_of(ledgers, store, "a").seq

    def undone(t_seen: list[int]) -> None:
        with store.tx("a") as t:
            t.append("piece.add", actor=JONAS, subject="p1", at=MONDAY, details={"channel": "blog"})
            with ledgers.of(store, t, "Europe/Berlin") as ledger:
                t_seen.append(len(ledger.channels["blog"].begun))
            raise RuntimeError

    seen: list[int] = []
    with pytest.raises(RuntimeError):
        undone(seen)
    assert seen == [1]  # the unit of work sees its own entries
    after = now_of(ledgers, store, "a")
    assert (after.seq, len(after.channels["blog"].begun)) == (before, 0)
    assert after == fresh(store, "a")


def test_a_unit_of_work_that_has_written_nothing_uses_what_was_kept(store: SqliteStore) -> None:
    ledgers, chain = Ledgers(), Chain().channel()
    kept(store, "a", chain.events)
    before = now_of(ledgers, store, "a")
    with store.tx("a") as t, ledgers.of(store, t, "Europe/Berlin") as ledger:
        assert ledger is before


def test_clients_never_share_a_ledger(store: SqliteStore) -> None:
    ledgers = Ledgers()
    for ws in ("a", "b"):
        chain = Chain(ws).channel()
        chain.published(f"p-{ws}")
        kept(store, ws, chain.events)
    assert [list(now_of(ledgers, store, ws).stories) for ws in ("a", "b")] == [["p-a"], ["p-b"]]


def test_many_threads_see_whole_ledgers(store: SqliteStore) -> None:
    ledgers, chain = Ledgers(), Chain().channel()
    kept(store, "a", chain.events)
    wrong: list[object] = []

    def look() -> None:
        try:
            for _ in range(30):
                with store.read("a") as reader, ledgers.of(store, reader, "Europe/Berlin") as ledger:
                    begun = len(ledger.channels["blog"].begun)
                    if len(ledger.stories) != begun or ledger.seq != len(chain.events) + begun:
                        wrong.append((begun, ledger.seq))
        except Exception as error:  # noqa: BLE001  (a thread's error has to reach the test)
            wrong.append(error)

    threads = [threading.Thread(target=look) for _ in range(4)]
    for thread in threads:
        thread.start()
    for number in range(60):
        with store.tx("a") as t:
            t.append("piece.add", actor=JONAS, subject=f"p{number}", at=MONDAY, details={"channel": "blog", "words": 1})
    for thread in threads:
        thread.join()
    assert wrong == []
    assert now_of(ledgers, store, "a") == fresh(store, "a")


# ------------------------------------------------------------------------------- what the desk really notes is understood


@pytest.fixture
def at(tmp_path: Path) -> AHouse:
    return a_house(tmp_path)


def test_the_ledger_understands_what_the_desk_notes(at: AHouse) -> None:
    piece = at.a_piece_in_review()
    for person in (at.maria, at.sander):
        desk = at.desk(person)
        desk.decide(piece.id, seen=desk.piece(piece.id).hash, verdict=Verdict.APPROVE)
    at.desk(at.sander).schedule(piece.id, "2027-03-18T09:00")
    at.clock.ahead(days=2)
    Worker(at.house).round()
    corrected = MeasuringVerbs(at.house, at.client.id, at.sander.id).note_correction(piece.id, reason="Falsche Jahreszahl.")
    assert (corrected.stage, corrected.corrected and corrected.corrected.by) == (Stage.PUBLISHED, at.sander.id)
    with looking(at.house, at.client.id, me=None) as view, ledger_of(view) as ledger:
        facts = ledger.channels[at.channel.id]
        assert [(one.piece, one.side) for one in facts.begun] == [(piece.id, Side.TEAM)]
        assert [(one.person, one.binding) for one in facts.words] == [(at.maria.id, False), (at.sander.id, True)]
        assert [one.agree for one in facts.pairs] == [True]
        assert [one.answered == one.at for one in facts.submissions] == [True]
        assert [(one.piece, one.missed) for one in facts.slots] == [(piece.id, False)]
        assert list(facts.publications) == [piece.id]
        assert [(one.piece, one.kind) for one in facts.faults] == [(piece.id, "correction")]
        assert [(one.changed, one.words) for one in facts.rewritten] == [(0, 18)]
        assert ledger.work == {
            (MONDAY.date(), at.channel.id, at.sander.id, "connected"): 1,
            (MONDAY.date(), at.channel.id, at.jonas.id, "drafted"): 18,
            (MONDAY.date(), at.channel.id, at.sander.id, "decided"): 1,
            (MONDAY.date(), at.channel.id, at.sander.id, "published"): 1,
        }


def test_a_slot_that_passes_undecided_is_understood_as_missed(at: AHouse) -> None:
    piece = at.a_piece_in_review()
    at.desk(at.sander).schedule(piece.id, "2027-03-18T09:00")
    at.clock.ahead(days=3)
    measured = MeasuringVerbs(at.house, at.client.id, at.maria.id).readiness("blog").measured  # nobody else has looked yet
    slots = next(one for one in measured if one.code == "missed_slots")
    assert (slots.condition.measured, list(slots.pieces)) == (1.0, [piece.id])


def test_who_stood_in_is_understood(at: AHouse) -> None:
    at.desk(at.maria).delegate(to=at.jonas.email, until="2027-04-01")
    piece = at.a_piece_in_review(by=at.sander)
    jonas = at.desk(at.jonas)
    jonas.decide(piece.id, seen=jonas.piece(piece.id).hash, verdict=Verdict.APPROVE)
    with acting(at.house, at.client.id, me=at.maria.id) as act, ledger_of(act) as ledger:
        (word,) = ledger.channels[at.channel.id].words
        assert (word.person, word.stood_in_for) == (at.jonas.id, at.maria.id)
