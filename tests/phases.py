"""Put a channel into a later phase. The verbs that agree on a switch are not built yet; the rights of all phases are."""

from __future__ import annotations

from pipeline.records import Channel, Phase
from tests.house import AHouse


def in_phase(at: AHouse, phase: Phase) -> Channel:
    with at.house.store.tx(at.client.id) as t:
        channel = t.page(Channel, {"slug": "blog"}, limit=1)[0]
        return t.put(channel.model_copy(update={"phase": phase, "phase_since": at.clock()}))
