"""The check-up: looks at everything a person would look at when something is odd. Changes nothing."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from pipeline import errors
from pipeline.desk.act import looking
from pipeline.desk.channels import problems_of
from pipeline.desk.house import House
from pipeline.errors import Refusal
from pipeline.people.keys import open_key_ring
from pipeline.records import Client, Secret
from pipeline.store.base import INSTALLATION
from pipeline.store.chain import broken_links

LEAST_FREE_MIB = 500
BORN = datetime(2026, 11, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Check:
    code: str
    ok: bool
    finding: Refusal | None = None


def examine(house: House, clients: Sequence[Client]) -> list[Check]:
    return [check for examined in (_settings, _store, _clock, _disk, _secrets) for check in examined(house, clients)] + [
        check for client in clients for check in _channels(house, client)
    ]


def _settings(house: House, clients: Sequence[Client]) -> Iterator[Check]:  # noqa: ARG001
    yield Check("settings", True)


def _store(house: House, clients: Sequence[Client]) -> Iterator[Check]:
    faults = house.store.check()
    yield Check("store", not faults, errors.StoreIsDamaged(folder=str(house.settings.store)) if faults else None)
    for ws in (INSTALLATION, *(client.id for client in clients)):
        with house.store.read(ws) as view:
            broken = broken_links(view.events())
        if broken:
            yield Check("audit", False, errors.AuditIsBroken(count=len(broken), first=broken[0]))
            return
    yield Check("audit", True)
    yield Check(f"sqlite {sqlite3.sqlite_version}", True)


def _clock(house: House, clients: Sequence[Client]) -> Iterator[Check]:
    """A clock before the last thing that was written, or before this program existed, is wrong."""
    newest = BORN
    for client in clients:
        with house.store.read(client.id) as view:
            newest = max([newest, *(event.at for event in view.events(descending=True, limit=1))])
    right = house.now() >= newest
    yield Check("clock", right, None if right else errors.ClockWentBack())


def _disk(house: House, clients: Sequence[Client]) -> Iterator[Check]:  # noqa: ARG001
    free = shutil.disk_usage(house.settings.store).free // 2**20
    enough = free >= LEAST_FREE_MIB
    yield Check("disk", enough, None if enough else errors.DiskAlmostFull(folder=str(house.settings.store), free_mib=free))


def _secrets(house: House, clients: Sequence[Client]) -> Iterator[Check]:
    """The key ring is there and opens every stored secret."""
    secrets = [(client, secret) for client in clients for secret in _secrets_of(house, client)]
    try:
        if secrets:
            open_key_ring(house.settings.keys, house.settings.store, make=False)
        for client, secret in secrets:
            with house.store.read(client.id) as view:
                house.vault.reveal(view, client.id, secret.id, secret.sealed)
    except Refusal as refusal:
        yield Check("secrets", False, refusal)
        return
    yield Check("secrets", True)


def _secrets_of(house: House, client: Client) -> list[Secret]:
    with house.store.read(client.id) as view:
        return view.page(Secret, limit=1_000)


def _channels(house: House, client: Client) -> Iterator[Check]:
    with looking(house, client.id, me=None) as view:
        for channel in view.channels:
            problems = [one for one in problems_of(view, channel) if not isinstance(one, errors.ChannelPaused)]
            yield Check(f"{client.slug}/{channel.slug}", not problems, problems[0] if problems else None)
