"""The contract of pipeline/store/base.py, tried on every engine."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from pipeline.errors import AlreadyThere, AuditIsBroken, Refusal, SomebodyElseSaved, StoreIsNewer
from pipeline.records import Account, Channel, Client, Event, Piece, Publication, PublicationState, Revision, Stage, iso
from pipeline.store.base import GENESIS, INSTALLATION, Store, Tx
from pipeline.store.chain import broken_links, link
from tests.contracts.store_contract import (
    ACME,
    ENGINES,
    NOON,
    OTHER,
    a_channel,
    a_client,
    a_piece,
    a_publication,
    a_revision,
    a_slot,
    an_account,
    count_from_outside,
    count_together,
    many_pieces,
    processes,
    write_until_killed,
)


@pytest.fixture(params=list(ENGINES))
def engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def address(engine: str, tmp_path: Path) -> str:
    return ENGINES[engine].fresh(tmp_path)


@pytest.fixture
def store(engine: str, address: str) -> Iterator[Store]:
    opened = ENGINES[engine].open(address)
    yield opened
    opened.close()


def kept(store: Store, piece: Piece, ws: str = ACME) -> Piece:
    with store.tx(ws) as t:
        return t.add(piece)


def found(store: Store, piece: Piece, ws: str = ACME) -> Piece | None:
    with store.read(ws) as view:
        return view.get(Piece, piece.id)


def events(store: Store, ws: str = ACME, **given: Any) -> list[Event]:
    with store.read(ws) as view:
        return list(view.events(**given))


def note(t: Tx, subject: str = "x") -> Event:
    return t.append("piece.add", actor="jonas", subject=subject, at=NOON, details={"how": "app", "größe": 3})


# ------------------------------------------------------------------------------------------------- one unit of work


def test_record_event_and_outbox_row_commit_together(store: Store) -> None:
    piece = a_piece()
    with store.tx(ACME) as t:
        t.add(piece)
        t.add(a_publication(piece))
        note(t, piece.id)
    with store.read(ACME) as view:
        assert view.get(Piece, piece.id) == piece.model_copy(update={"version": 1})
        assert [row.piece for row in view.page(Publication)] == [piece.id]
        assert [event.subject for event in view.events()] == [piece.id]


class Interrupted(Exception):
    pass


@pytest.mark.parametrize("stop_after", [1, 2, 3, 4])
def test_of_a_unit_that_breaks_off_nothing_stays(store: Store, stop_after: int) -> None:
    old = kept(store, a_piece("alt"))
    piece = a_piece("neu")
    deeds = [
        lambda t: t.add(piece),
        lambda t: t.put(old.model_copy(update={"title": "anders"})),
        note,
        lambda t: t.add(a_publication(piece)),
    ]

    def broken_off() -> None:
        with store.tx(ACME) as t:
            for deed in deeds[:stop_after]:
                deed(t)
            raise Interrupted

    with pytest.raises(Interrupted):
        broken_off()
    with store.read(ACME) as view:
        assert view.page(Piece) == [old]
        assert view.page(Publication) == []
        assert list(view.events()) == []


def test_an_inner_unit_joins_the_outer_one_also_in_another_workspace(store: Store) -> None:
    inside, outside = a_piece("innen"), a_client("neu")

    def broken_off() -> None:
        with store.tx(ACME):
            with store.tx(ACME) as t:
                t.add(inside)
            with store.tx() as t:
                t.add(outside)
            raise Interrupted

    with pytest.raises(Interrupted):
        broken_off()
    assert found(store, inside) is None
    with store.read() as view:
        assert view.get(Client, outside.id) is None
    with store.tx(ACME) as t:
        kept(store, inside)
        t.of(INSTALLATION).add(outside)
    assert found(store, inside) is not None
    with store.read() as view:
        assert view.get(Client, outside.id) is not None


def test_a_unit_reads_what_it_has_written_and_nobody_else_does_before_its_end(store: Store) -> None:
    piece = a_piece()
    seen_outside: list[Piece | None] = []
    with store.tx(ACME) as t:
        t.add(piece)
        assert found(store, piece) is not None
        other = threading.Thread(target=lambda: seen_outside.append(found(store, piece)))
        other.start()
        other.join(30)
    assert seen_outside == [None]
    assert found(store, piece) is not None


def test_a_reader_sees_one_moment_whatever_is_written_meanwhile(store: Store) -> None:
    before = kept(store, a_piece("vorher"))

    def write() -> None:
        with store.tx(ACME) as t:
            t.put(before.model_copy(update={"title": "nachher"}))
            t.add(a_piece("neu"))

    with store.read(ACME) as view:
        assert view.get(Piece, before.id) == before
        other = threading.Thread(target=write)
        other.start()
        other.join(30)
        assert not other.is_alive()
        assert view.page(Piece) == [before]
        assert view.of(OTHER).page(Piece) == []
    assert [one.title for one in _by_title(store)] == ["nachher", "neu"]


def _by_title(store: Store) -> list[Piece]:
    with store.read(ACME) as view:
        return sorted(view.page(Piece), key=lambda one: one.title)


def test_a_refused_write_can_be_answered_and_the_unit_goes_on(store: Store) -> None:
    with store.tx(ACME) as t:
        t.add(a_channel("blog"))
        with pytest.raises(AlreadyThere):
            t.add(a_channel("blog"))
        t.add(a_channel("news"))
    with store.read(ACME) as view:
        assert [one.slug for one in view.page(Channel, order="slug")] == ["blog", "news"]


# ---------------------------------------------------------------------------------------------- several at the same time


def test_eight_threads_lose_no_count(store: Store) -> None:
    piece = kept(store, a_piece())
    count_together(store, piece.id, workers=8, times=50)
    after = found(store, piece)
    assert after is not None
    assert (after.revision, after.version) == (400, 401)


def test_three_processes_lose_no_count(engine: str, address: str, store: Store) -> None:
    piece = kept(store, a_piece())
    context = processes()
    others = [context.Process(target=count_from_outside, args=(engine, address, piece.id, 25)) for _ in range(3)]
    for other in others:
        other.start()
    for other in others:
        other.join(120)
    assert [other.exitcode for other in others] == [0, 0, 0]
    after = found(store, piece)
    assert after is not None
    assert after.revision == 150
    assert store.check() == []


def test_many_writers_of_one_chain_leave_it_whole(store: Store) -> None:
    def write() -> None:
        for _ in range(20):
            with store.tx(ACME) as t:
                note(t)

    threads = [threading.Thread(target=write) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    chain = events(store)
    assert [event.seq for event in chain] == list(range(1, 121))
    assert broken_links(chain) == []


def test_what_was_acknowledged_survives_a_killed_process(engine: str, address: str) -> None:
    context, chance, acknowledged = processes(), random.Random(5), set[str]()
    ENGINES[engine].open(address).close()
    for _ in range(25):
        hear, say = context.Pipe(duplex=False)
        writer = context.Process(target=write_until_killed, args=(engine, address, say))
        writer.start()
        say.close()
        for _ in range(chance.randint(1, 12)):
            acknowledged.add(hear.recv())
        writer.kill()
        writer.join(30)
        acknowledged |= set(_all_of(hear))
    store = ENGINES[engine].open(address)
    assert store.check() == []
    with store.read(ACME) as view:
        pieces = {one.id for one in view.page(Piece, limit=100_000)}
        chain = list(view.events())
        for piece in pieces:
            (revision,) = view.page(Revision, {"piece": piece})
            assert revision.number == 1
            assert view.get(Piece, piece).revision == 1
    assert len(acknowledged) >= 25
    assert acknowledged <= pieces
    assert sorted(event.subject for event in chain) == sorted(pieces)
    assert broken_links(chain) == []
    store.close()


def _all_of(hear: Any) -> Iterator[str]:
    try:
        while True:
            yield hear.recv()
    except (EOFError, OSError):
        return


# ---------------------------------------------------------------------------------------------------- versions, names


def test_whoever_writes_an_older_version_is_told_and_nothing_is_written(store: Store) -> None:
    first = kept(store, a_piece())
    with store.tx(ACME) as t:
        second = t.put(first.model_copy(update={"title": "Marias Titel"}))

    def save_late() -> None:
        with store.tx(ACME) as t:
            note(t)
            t.put(first.model_copy(update={"title": "Jonas' Titel"}))

    with pytest.raises(SomebodyElseSaved) as refused:
        save_late()
    assert refused.value.facts == {"what": "piece"}
    assert found(store, first) == second
    assert second.version == 2
    assert events(store) == []


def test_what_was_removed_cannot_be_saved_any_more(store: Store) -> None:
    piece = kept(store, a_piece())
    with store.tx(ACME) as t:
        t.remove(Piece, piece.id)
    assert found(store, piece) is None
    with pytest.raises(SomebodyElseSaved), store.tx(ACME) as t:
        t.put(piece)


@pytest.mark.parametrize(
    ("first", "again"),
    [
        (a_channel("blog"), a_channel("blog")),
        (a_client("acme"), a_client("acme")),
        (an_account(), an_account()),
        (piece := a_piece(), piece),
        (a_revision(piece, 3), a_revision(piece, 3)),
        (a_publication(piece), a_publication(piece)),
    ],
    ids=lambda one: type(one).__name__,
)
def test_a_taken_name_is_refused(store: Store, first: Any, again: Any) -> None:
    with store.tx(ACME) as t:
        t.add(first)
    with pytest.raises(AlreadyThere) as refused, store.tx(ACME) as t:
        t.add(again)
    assert refused.value.facts["what"] == type(first).kind
    with store.read(ACME) as view:
        assert [one.id for one in view.page(type(first))] == [first.id]


def test_two_clients_may_use_the_same_channel_name(store: Store) -> None:
    for ws in (ACME, OTHER):
        with store.tx(ws) as t:
            t.add(a_channel("blog"))
    with store.read(ACME) as view:
        assert view.tally(Channel, "slug") == {"blog": 1}


# -------------------------------------------------------------------------------------------------------- workspaces


def test_nothing_of_one_client_is_seen_or_touched_from_another(store: Store) -> None:
    piece = a_piece(stage=Stage.REVIEW)
    with store.tx(ACME) as t:
        saved = t.add(piece)
        note(t, piece.id)
    with store.tx(OTHER) as t:
        assert t.get(Piece, piece.id) is None
        assert t.page(Piece) == t.page(Piece, {"stage": [Stage.REVIEW, Stage.DRAFT]}) == []
        assert t.tally(Piece, "stage") == {}
        assert list(t.events()) == list(t.events(subject=piece.id)) == []
        with pytest.raises(SomebodyElseSaved):
            t.put(saved.model_copy(update={"title": "fremd"}))
        t.remove(Piece, piece.id)
        assert t.append("x", actor="y", subject="z", at=NOON).prev == GENESIS
    assert found(store, piece) == saved
    assert len(events(store)) == 1


def test_an_id_taken_by_another_client_is_refused_and_tells_nothing_of_it(store: Store) -> None:
    mine = kept(store, a_piece("geheim"))
    with pytest.raises(AlreadyThere) as refused, store.tx(OTHER) as t:
        t.add(a_piece("fremd", id=mine.id))
    assert "geheim" not in str(refused.value.facts)
    assert found(store, mine) == mine


# --------------------------------------------------------------------------------------------------- lists and counts


def test_pages_are_what_filtering_and_sorting_by_hand_gives(store: Store) -> None:
    chance = random.Random(11)
    pieces = many_pieces(chance, 150)
    with store.tx(ACME) as t:
        saved = [t.add(piece) for piece in pieces]
    with store.tx(OTHER) as t:
        for piece in many_pieces(chance, 30):
            t.add(piece)
    with store.read(ACME) as view:
        for _ in range(300):
            where = _a_filter(chance)
            order = chance.choice(["id", "changed_at", "stage", "channel"])
            way = chance.random() < 0.5
            limit, offset = chance.choice([1, 7, 50, 500]), chance.choice([0, 0, 3, 20])
            upto = chance.choice([None, ("due_at", NOON + timedelta(minutes=9)), ("revisit_at", NOON)])
            expected = [one for one in saved if _fits(one, where, upto)]
            expected.sort(key=lambda one, order=order: (_column(one, order), one.id), reverse=way)
            page = view.page(Piece, where, upto=upto, order=order, descending=way, limit=limit, offset=offset)
            assert page == expected[offset : offset + limit], (where, upto, order, way, limit, offset)


def test_a_tally_is_what_counting_by_hand_gives(store: Store) -> None:
    chance = random.Random(12)
    with store.tx(ACME) as t:
        saved = [t.add(piece) for piece in many_pieces(chance, 150)]
    with store.read(ACME) as view:
        for _ in range(100):
            where, column = _a_filter(chance), chance.choice(["stage", "channel"])
            expected: dict[str, int] = {}
            for one in saved:
                if _fits(one, where, None):
                    expected[str(_column(one, column))] = expected.get(str(_column(one, column)), 0) + 1
            assert view.tally(Piece, column, where) == expected, (column, where)


def _a_filter(chance: random.Random) -> dict[str, object]:
    some_stages = chance.sample(list(Stage), chance.randint(0, 4))
    choices: dict[str, list[object]] = {
        "stage": [chance.choice(list(Stage)), tuple(some_stages), list(some_stages), set(some_stages), tuple(Stage) * 2],
        "channel": ["blog", ("blog", "shop"), frozenset({"news"}), "nirgends"],
        "brief": [None, "b1", ("b1", "b2"), (None, "b2")],
    }
    return {name: chance.choice(choices[name]) for name in chance.sample(list(choices), chance.randint(0, 3))}


def _fits(piece: Piece, where: dict[str, object], upto: Any) -> bool:
    for column, wanted in where.items():
        several = wanted if isinstance(wanted, tuple | list | set | frozenset) else [wanted]
        if _column(piece, column) not in several:
            return False
    moment = _column(piece, upto[0]) if upto else None
    return upto is None or (moment is not None and moment <= iso(upto[1]))


def _column(piece: Piece, name: str) -> Any:
    value = getattr(piece, name)
    return iso(value) if name.endswith("_at") and value else value


def test_more_alternatives_than_one_statement_takes_are_found_too(store: Store) -> None:
    with store.tx(ACME) as t:
        saved = [t.add(a_piece(f"{at}", channel=f"c{at % 40}", stage=list(Stage)[at % 10])) for at in range(120)]
    with store.read(ACME) as view:
        where = {"channel": tuple(f"c{at}" for at in range(40)), "stage": tuple(Stage)}
        assert view.page(Piece, where, limit=200) == sorted(saved, key=lambda one: one.id)
        assert sum(view.tally(Piece, "stage", where).values()) == 120


def test_a_list_knows_no_column_that_is_not_kept(store: Store) -> None:
    with store.read(ACME) as view, pytest.raises(ValueError, match="title"):
        view.page(Piece, {"title": "x"})
    with store.read(ACME) as view, pytest.raises(ValueError, match="title"):
        view.page(Piece, order="title; DROP TABLE piece")


# ------------------------------------------------------------------------------------------------- over all clients


def test_due_are_open_publications_of_all_clients_oldest_first(store: Store) -> None:
    rows: dict[str, Publication] = {}
    with store.tx() as t:
        for number, state in enumerate(PublicationState):
            for ws in (ACME, OTHER):
                piece = a_piece()
                row = a_publication(piece, state=state, next_try_at=NOON - timedelta(minutes=number))
                rows[f"{ws} {state}"] = t.of(ws).add(row)
        later = t.of(ACME).add(a_publication(a_piece(), next_try_at=NOON + timedelta(microseconds=1)))
    is_open = [state for state in PublicationState if state is PublicationState.PLANNED or state.is_on_its_way]
    expected = sorted(
        (rows[f"{ws} {state}"].next_try_at, rows[f"{ws} {state}"].id, ws) for ws in (ACME, OTHER) for state in is_open
    )
    assert store.due(NOON) == [(ws, row) for _, row, ws in expected]
    assert store.due(NOON, limit=3) == [(ws, row) for _, row, ws in expected[:3]]
    assert (ACME, later.id) in store.due(NOON + timedelta(seconds=1))


def test_pieces_to_revisit_and_records_everywhere_carry_their_workspace(store: Store) -> None:
    with store.tx() as t:
        ids = [t.add(a_client(slug)).id for slug in ("acme", "beta")]
        first, second = (t.of(ws).add(a_piece(revisit_at=NOON, channel="blog")) for ws in ids)
        t.of(ids[0]).add(a_piece(revisit_at=NOON + timedelta(hours=1), channel="news"))
        t.of(ids[0]).add(a_piece(channel="news"))
    assert sorted(store.to_revisit(NOON)) == sorted([(ids[0], first.id), (ids[1], second.id)])
    assert sorted(store.everywhere(Piece, {"channel": "blog"}), key=str) == sorted([(ids[0], first), (ids[1], second)], key=str)
    assert store.everywhere(Account, {}) == []


# -------------------------------------------------------------------------------------------------------- the chain


def test_each_entry_is_linked_to_the_one_before_it(store: Store) -> None:
    with store.tx(ACME) as t:
        written = [note(t, subject) for subject in ("a", "b", "a")]
    chain = events(store)
    assert chain == written
    assert [event.seq for event in chain] == [1, 2, 3]
    assert [event.prev for event in chain] == [GENESIS, chain[0].hash, chain[1].hash]
    assert all(event.hash == link(event.prev, event.text) for event in chain)
    assert broken_links(chain) == []
    assert '"größe":3' in chain[0].text
    assert [event.seq for event in events(store, subject="a")] == [1, 3]
    assert [event.seq for event in events(store, descending=True, limit=2)] == [3, 2]
    assert [event.seq for event in events(store, limit=1, offset=1)] == [2]


def test_a_chain_of_its_own_for_every_workspace(store: Store) -> None:
    for ws in (ACME, OTHER, ACME):
        with store.tx(ws) as t:
            note(t)
    assert [(event.ws, event.seq) for event in events(store)] == [(ACME, 1), (ACME, 2)]
    assert [(event.ws, event.seq) for event in events(store, OTHER)] == [(OTHER, 1)]


def test_a_changed_left_out_swapped_or_slipped_in_entry_is_found(store: Store) -> None:
    with store.tx(ACME) as t:
        one, two, three, four = (note(t, str(number)) for number in range(4))
    forged = two.model_copy(update={"text": two.text.replace("jonas", "maria")})
    assert broken_links([one, forged, three, four]) == ["acme:2: changed"]
    assert broken_links([one, three, four]) == ["acme:2: missing", "acme:3: changed"]
    assert broken_links([two, three, four])[:2] == ["acme:1: missing", "acme:2: changed"]
    assert broken_links([one, three, two, four])
    assert broken_links([one, two, two, three, four])
    refitted = forged.model_copy(update={"hash": link(forged.prev, forged.text)})
    assert broken_links([one, refitted, three, four]) == ["acme:3: changed"]


@pytest.fixture
def another(engine: str, tmp_path: Path) -> Iterator[Store]:
    made = ENGINES[engine].open(ENGINES[engine].fresh(tmp_path / "another"))
    yield made
    made.close()


def test_entries_of_another_store_go_on_byte_for_byte(store: Store, another: Store) -> None:
    """They keep workspace, number, time and hash, and the next entry follows them."""
    with store.tx(ACME) as t:
        made = [note(t, str(number)) for number in range(5)]
    with another.tx(ACME) as t:
        assert t.adopt(made[:3]) == 3
        assert t.adopt(made[3:]) == 2
        assert note(t).prev == made[-1].hash
    assert events(another)[:5] == made
    assert broken_links(events(another)) == []


def test_entries_that_do_not_follow_are_not_taken(store: Store, another: Store) -> None:
    with store.tx(ACME) as t:
        one, two, three = (note(t, str(number)) for number in range(3))
    changed = one.model_copy(update={"text": one.text.replace("jonas", "maria")})
    for wrong in ([two], [one, three], [one, one], [changed]):
        with pytest.raises(AuditIsBroken), another.tx(ACME) as t:
            t.adopt(wrong)
    with pytest.raises(AuditIsBroken), another.tx(OTHER) as t:
        t.adopt([one])
    assert events(another) == events(another, OTHER) == []


def test_numbers_that_are_no_json_are_no_entry(store: Store) -> None:
    with pytest.raises(ValueError, match="JSON"), store.tx(ACME) as t:
        t.append("x", actor="y", subject="z", at=NOON, details={"share": float("nan")})
    assert events(store) == []


# --------------------------------------------------------------------------------------------------- shapes, backups


def test_a_record_of_a_newer_shape_is_refused(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Piece, "schema_number", 2)
    piece = kept(store, a_piece())
    monkeypatch.setattr(Piece, "schema_number", 1)
    with pytest.raises(StoreIsNewer) as refused:
        found(store, piece)
    assert refused.value.facts == {"schema": 2, "known": 1}


def test_a_backup_is_a_whole_store_of_one_moment(engine: str, store: Store, tmp_path: Path) -> None:
    piece = a_piece()
    with store.tx(ACME) as t:
        saved = t.add(piece)
        note(t, piece.id)
    (tmp_path / "copy").mkdir()
    target = tmp_path / "copy" / "staffelstab.sqlite"
    store.backup(target)
    with store.tx(ACME) as t:
        t.put(saved.model_copy(update={"title": "später"}))
    copy = ENGINES[engine].open(str(tmp_path / "copy"))
    assert copy.check() == []
    assert found(copy, piece) == saved
    assert events(copy) == events(store)
    copy.close()


def test_a_backup_never_writes_over_a_file(store: Store, tmp_path: Path) -> None:
    target = tmp_path / "there"
    target.write_bytes(b"older")
    with pytest.raises(AlreadyThere):
        store.backup(target)
    assert target.read_bytes() == b"older"


def test_a_backup_that_fails_leaves_nothing(store: Store, tmp_path: Path) -> None:
    with pytest.raises(Refusal):
        store.backup(tmp_path / "nowhere" / "copy")
    assert not (tmp_path / "nowhere").exists()


def test_a_store_opened_again_is_the_same(engine: str, address: str, store: Store) -> None:
    piece = kept(store, a_piece(slot=a_slot(NOON)))
    again = ENGINES[engine].open(address)
    assert found(again, piece) == piece
    with again.tx(ACME) as t:
        newer = t.put(piece.model_copy(update={"title": "von nebenan"}))
    assert found(store, piece) == newer
    again.close()
    assert found(store, piece) == newer
