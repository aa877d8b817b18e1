from datetime import UTC, datetime

import pytest
from cryptography.fernet import Fernet

from pipeline.errors import KeysDoNotFit
from pipeline.people.keys import KeyRing
from pipeline.people.vault import Rotation, Vault, hint
from pipeline.records import Client, DataKey
from pipeline.store.sqlite import SqliteStore

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
OLD, NEW = Fernet.generate_key().decode(), Fernet.generate_key().decode()
SECRET = "kLmN opQr stUv wxYz"


def sealed_for(store: SqliteStore, vault: Vault, client: str, name: str = "blog", plain: str = SECRET) -> str:
    with store.tx(client) as t:
        return vault.seal(t, client, name, plain, NOON)


def revealed(store: SqliteStore, vault: Vault, client: str, sealed: str, name: str = "blog") -> str:
    with store.read(client) as view:
        return vault.reveal(view, client, name, sealed)


def two_clients(store: SqliteStore) -> None:
    with store.tx() as t:
        for client in ("muster", "beispiel"):
            t.add(Client(id=client, slug=client, name=client, made_at=NOON))


def test_what_was_sealed_is_revealed_again_and_not_readable_in_between(store: SqliteStore) -> None:
    sealed = sealed_for(store, Vault(KeyRing([OLD])), "muster")
    assert SECRET not in sealed
    assert revealed(store, Vault(KeyRing([OLD])), "muster", sealed) == SECRET
    assert SECRET.encode() not in b"".join(file.read_bytes() for file in store.folder.glob("staffelstab.sqlite*"))


def test_a_client_has_one_key_of_its_own_that_lies_in_its_workspace(store: SqliteStore) -> None:
    vault = Vault(KeyRing([OLD]))
    for name in ("blog", "linkedin"):
        sealed_for(store, vault, "muster", name)
    sealed_for(store, vault, "beispiel")
    kept = {}
    for client in ("muster", "beispiel"):
        with store.read(client) as view:
            kept[client] = view.page(DataKey)
    assert [len(kept[client]) for client in kept] == [1, 1]
    ring = KeyRing([OLD])
    assert ring.unwrap(kept["muster"][0].wrapped) != ring.unwrap(kept["beispiel"][0].wrapped)


def test_swapped_records_are_noticed(store: SqliteStore) -> None:
    vault = Vault(KeyRing([OLD]))
    blog = sealed_for(store, vault, "muster", "blog")
    sealed_for(store, vault, "beispiel", "blog")
    for client, name in (("muster", "linkedin"), ("beispiel", "blog"), ("nobody", "blog")):
        with pytest.raises(KeysDoNotFit):
            revealed(store, vault, client, blog, name)


def test_a_separator_in_a_name_does_not_make_two_records_one(store: SqliteStore) -> None:
    vault = Vault(KeyRing([OLD]))
    sealed = sealed_for(store, vault, "muster", "a|b", "c")
    with pytest.raises(KeysDoNotFit):
        revealed(store, vault, "muster", sealed, "a")


@pytest.mark.parametrize("sealed", ["", "x", "ä", "gAAAAA=="])
def test_damaged_secrets_are_refused_plainly(store: SqliteStore, sealed: str) -> None:
    vault = Vault(KeyRing([OLD]))
    sealed_for(store, vault, "muster")
    with pytest.raises(KeysDoNotFit):
        revealed(store, vault, "muster", sealed)


def test_after_rotation_the_new_key_alone_opens_everything(store: SqliteStore) -> None:
    two_clients(store)
    sealed = {client: sealed_for(store, Vault(KeyRing([OLD])), client) for client in ("muster", "beispiel")}
    both = Vault(KeyRing([NEW, OLD]))
    assert both.rotate(store) == Rotation(rewrapped=2, left=0)
    assert both.rotate(store) == Rotation(rewrapped=0, left=0)
    new_alone = Vault(KeyRing([NEW]))
    assert {client: revealed(store, new_alone, client, sealed[client]) for client in sealed} == dict.fromkeys(sealed, SECRET)


def test_a_wrong_key_ring_loses_and_overwrites_nothing(store: SqliteStore) -> None:
    two_clients(store)
    sealed = sealed_for(store, Vault(KeyRing([OLD])), "muster")
    wrong = Vault(KeyRing([NEW]))
    assert wrong.rotate(store) == Rotation(rewrapped=0, left=1)
    with pytest.raises(KeysDoNotFit):
        sealed_for(store, wrong, "muster")
    assert revealed(store, Vault(KeyRing([OLD])), "muster", sealed) == SECRET


@pytest.mark.parametrize(("plain", "shown"), [("abcdefghijkl", "ijkl"), ("abcdefghijk", ""), ("", "")])
def test_only_long_secrets_show_their_ending(plain: str, shown: str) -> None:
    assert hint(plain) == shown
