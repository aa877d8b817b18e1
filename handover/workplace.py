"""Puts the house together: settings, store, keys, channels, and the rights of the handover. No rule, no sentence."""

from __future__ import annotations

from handover.rights import Rights
from pipeline.clock import Clock, utc_now
from pipeline.desk.house import House
from pipeline.desk.people import open_installation
from pipeline.errors import NoStore
from pipeline.people.keys import open_key_ring
from pipeline.people.vault import Vault
from pipeline.publish.channels.registry import outlet
from pipeline.records import DataKey
from pipeline.settings import Settings
from pipeline.store.blobs import Blobs
from pipeline.store.sqlite import SqliteStore, is_made_in


def open_house(settings: Settings, now: Clock = utc_now, *, make: bool = True) -> House:
    """The house on the store that the settings name.

    make    make store and installation when absent; without it an absent store is refused (NoStore)
    Raises  what SqliteStore raises
    """
    if not make and not is_made_in(settings.store):
        raise NoStore(folder=str(settings.store))

    store = SqliteStore(settings.store)

    def open_vault() -> Vault:
        """A key ring is made for the first secret only: later, a missing one has been lost and must be found."""
        first = not store.everywhere(DataKey, {}, limit=1)
        return Vault(open_key_ring(settings.keys, settings.store, make=first))

    house = House(
        store=store,
        blobs=Blobs(settings.store / "media"),
        who_may=Rights(),
        outlet=outlet,
        now=now,
        settings=settings,
        open_vault=open_vault,
    )
    open_installation(house)
    return house
