"""Secrets at rest: one data key per client, wrapped by the key ring. A client's key deleted is its secrets deleted."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

from cryptography.fernet import Fernet, InvalidToken

from pipeline.errors import KeysDoNotFit
from pipeline.people.keys import KeyRing
from pipeline.records import DataKey
from pipeline.store.base import Reader, Store, Tx

SHORTEST_WITH_HINT = 12


@dataclass(frozen=True)
class Rotation:
    """`left` data keys are still not under the newest key: old keys may leave the ring at 0 only."""

    rewrapped: int
    left: int


class Vault:
    def __init__(self, ring: KeyRing) -> None:
        self.ring = ring

    def seal(self, t: Tx, client: str, name: str, plain: str, now: datetime) -> str:
        """Encrypted for this client under this name only; revealing it elsewhere is refused."""
        inside = json.dumps([client, name, plain], ensure_ascii=False)
        return self._key_to_write(t.of(client), client, now).encrypt(inside.encode()).decode()

    def reveal(self, t: Reader, client: str, name: str, sealed: str) -> str:
        """Raises KeysDoNotFit, also when two records were swapped."""
        key = t.of(client).get(DataKey, client)
        if key is None:
            raise KeysDoNotFit()
        try:
            for_client, for_name, plain = json.loads(self._opened(key).decrypt(sealed))
        except (InvalidToken, ValueError) as unfit:
            raise KeysDoNotFit() from unfit
        if (for_client, for_name) != (client, name):
            raise KeysDoNotFit()
        return str(plain)

    def rotate(self, store: Store) -> Rotation:
        """Every data key under the newest key of the ring. One the ring does not open stays as it is."""
        rewrapped = left = 0
        for client, key in store.everywhere(DataKey, {}, limit=1_000_000):
            if self.ring.has_newest(key.wrapped):
                continue
            try:
                wrapped = self.ring.wrap(self.ring.unwrap(key.wrapped))
            except KeysDoNotFit:
                left += 1
                continue
            with store.tx(client) as t:
                t.put(key.model_copy(update={"wrapped": wrapped}))
            rewrapped += 1
        return Rotation(rewrapped, left)

    def _key_to_write(self, t: Tx, client: str, now: datetime) -> Fernet:
        key = t.get(DataKey, client)
        if key is None:
            key = t.add(DataKey(id=client, wrapped=self.ring.wrap(Fernet.generate_key()), at=now))
        return self._opened(key)

    def _opened(self, key: DataKey) -> Fernet:
        return Fernet(self.ring.unwrap(key.wrapped))


def hint(plain: str) -> str:
    """What may be shown of a secret: its last four characters, nothing of a short one."""
    return plain[-4:] if len(plain) >= SHORTEST_WITH_HINT else ""
