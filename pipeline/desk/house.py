"""What every verb works with, put together once at the start (handover/command.py, app.py)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from pipeline.clock import Clock
from pipeline.desk.who import WhoMay
from pipeline.net import Net
from pipeline.people.vault import Vault
from pipeline.publish.channels.port import Outlet
from pipeline.settings import Settings
from pipeline.store.base import Store
from pipeline.store.blobs import Blobs


@dataclass(frozen=True)
class House:
    """`open_vault` asks for the key ring when the first secret is needed, so that reading needs none."""

    store: Store
    blobs: Blobs
    who_may: WhoMay
    outlet: Callable[[str], Outlet]
    now: Clock
    settings: Settings
    open_vault: Callable[[], Vault]

    @cached_property
    def vault(self) -> Vault:
        return self.open_vault()

    @cached_property
    def net(self) -> Net:
        return Net(private=self.settings.private_networks)
