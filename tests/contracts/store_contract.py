"""What every store engine is tried on. A second engine is one more row of ENGINES.

An engine brings two functions of a module, so that other processes can find them: `fresh(folder)` makes an address of its
own for one test, `open(address)` opens the store there; opened a second time it is the same store.
"""

from __future__ import annotations

import multiprocessing
import os
import random
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from multiprocessing.connection import Connection
from pathlib import Path

from pipeline.errors import SomebodyElseSaved
from pipeline.records import (
    Account,
    Channel,
    Client,
    Content,
    Mark,
    Piece,
    Publication,
    Revision,
    Slot,
    Stage,
    Writer,
)
from pipeline.store.base import Store
from pipeline.store.sqlite import SqliteStore

NOON = datetime(2027, 3, 16, 11, 0, tzinfo=UTC)
ACME, OTHER = "acme", "other"


@dataclass(frozen=True)
class Engine:
    fresh: Callable[[Path], str]
    open: Callable[[str], Store]


def folder_of_its_own(folder: Path) -> str:
    return str(folder / "data")


def open_sqlite(address: str) -> Store:
    return SqliteStore(Path(address))


ENGINES: Mapping[str, Engine] = {"sqlite": Engine(folder_of_its_own, open_sqlite)}


# ------------------------------------------------------------------------------------------------------------ records


def a_client(slug: str = "acme", **given: object) -> Client:
    return Client.model_validate({"slug": slug, "name": slug.title(), "made_at": NOON, **given})


def an_account(email: str = "maria@acme.example") -> Account:
    return Account(email=email, made_at=NOON)


def a_channel(slug: str = "blog") -> Channel:
    return Channel(client=ACME, slug=slug, name=slug, outlet="site", owner="maria", phase_since=NOON, made_at=NOON)


def a_piece(title: str = "Übergabe", **given: object) -> Piece:
    mark = Mark(by="jonas", at=NOON)
    fields = {
        "client": ACME,
        "channel": "blog",
        "title": title,
        "writer": Writer(person="jonas"),
        "made": mark,
        "changed_at": NOON,
    }
    return Piece.model_validate({**fields, **given})


def a_slot(utc: datetime) -> Slot:
    return Slot(local=utc.replace(tzinfo=None), zone="UTC", utc=utc)


def a_revision(piece: Piece, number: int = 1, body: str = "Der Text.") -> Revision:
    content = Content(title=piece.title, body=body)
    return Revision(
        client=ACME, piece=piece.id, number=number, content=content, hash="0" * 64, by="jonas", at=NOON, writer=piece.writer
    )


def a_publication(piece: Piece, **given: object) -> Publication:
    due = a_slot(NOON)
    fields = {
        "client": ACME,
        "channel": "blog",
        "piece": piece.id,
        "revision": 1,
        "hash": "0" * 64,
        "due": due,
        "next_try_at": NOON,
    }
    return Publication.model_validate({**fields, **given})


def many_pieces(chance: random.Random, number: int) -> list[Piece]:
    """Of all stages, on three channels, some with a slot; moments repeat, so that ties have to be ordered."""

    def one(at: int) -> Piece:
        changed, due = (NOON + timedelta(minutes=chance.randrange(20)) for _ in range(2))
        return a_piece(
            f"Beitrag {at}",
            channel=chance.choice(["blog", "news", "shop"]),
            stage=chance.choice(list(Stage)),
            brief=chance.choice([None, "b1", "b2"]),
            changed_at=changed,
            slot=chance.choice([None, a_slot(due)]),
            revisit_at=chance.choice([None, due]),
        )

    return [one(at) for at in range(number)]


# ------------------------------------------------------------------------------------------- several at the same time


def add_one(store: Store, piece: str) -> None:
    """Read, add one, save; from the start again whenever somebody else saved in between. Read and write are apart."""
    while True:
        with store.read(ACME) as view:
            found = view.get(Piece, piece)
        assert found is not None
        try:
            with store.tx(ACME) as t:
                t.put(found.model_copy(update={"revision": found.revision + 1}))
        except SomebodyElseSaved:
            continue
        return


def count_together(store: Store, piece: str, *, workers: int, times: int) -> None:
    """Every worker begins at the same moment; the first error of any is raised."""
    ready = threading.Barrier(workers)

    def work() -> None:
        ready.wait(30)
        for _ in range(times):
            add_one(store, piece)

    with ThreadPoolExecutor(workers) as pool:
        for done in [pool.submit(work) for _ in range(workers)]:
            done.result(120)


def count_from_outside(engine: str, address: str, piece: str, times: int) -> None:
    """Runs in a process of its own."""
    store = ENGINES[engine].open(address)
    count_together(store, piece, workers=2, times=times)
    store.close()


def write_until_killed(engine: str, address: str, said: Connection) -> None:
    """Runs in a process of its own: units of several writes; each is said aloud once it is acknowledged."""
    store = ENGINES[engine].open(address)
    while True:
        piece = a_piece(f"{os.getpid()}")
        with store.tx(ACME) as t:
            saved = t.add(piece)
            t.add(a_revision(piece, body="Viel Text. " * 1_500))
            t.append("piece.add", actor="jonas", subject=piece.id, at=NOON)
            t.put(saved.model_copy(update={"revision": 1}))
        said.send(piece.id)


def processes() -> multiprocessing.context.BaseContext:
    """New processes that share nothing with this one; where the system can, the imports are done once for all of them."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    return context
