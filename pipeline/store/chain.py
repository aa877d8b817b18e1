"""The audit chain: each entry's hash covers the one before it, so nothing can be changed, left out or slipped in unseen."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from pipeline.records import Event
from pipeline.store.base import GENESIS


def link(prev: str, text: str) -> str:
    """SHA-256 of the former hash, a line feed, and the entry's bytes as stored."""
    return hashlib.sha256(f"{prev}\n{text}".encode()).hexdigest()


def broken_links(events: Iterable[Event]) -> list[str]:
    """What is wrong with one workspace's entries, oldest first; empty: the chain holds."""
    prev, seq, broken = GENESIS, 0, []
    for event in events:
        seq += 1
        if event.seq != seq:
            broken.append(f"{event.ws}:{seq}: missing")
            seq = event.seq
        if event.prev != prev or link(event.prev, event.text) != event.hash:
            broken.append(f"{event.ws}:{event.seq}: changed")
        prev = event.hash
    return broken
