"""A LinkedIn page on the stand-in, for the contract of every channel."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from tests.contracts.channel_contract import NOON, Fault, Public
from tests.fakes.linkedin import PAGE, FakeLinkedIn, seen_by_readers

HOW = {
    Fault.CUT: "cut",
    Fault.SIGNED_OUT: "expired",
    Fault.FORBIDDEN: "forbidden",
    Fault.BUSY: "busy",
    Fault.REFUSED: "refused",
}
FOR_EVER = 10**6


@dataclass
class LinkedInWorkbench:
    fake: FakeLinkedIn
    nobody: str
    settings: dict[str, str] = field(default_factory=dict)
    secret: str = "page-token"
    account: str = "Muster Maschinenbau GmbH"
    faults: frozenset[Fault] = frozenset(Fault)
    shows_html: bool = False

    def public(self) -> list[Public]:
        return [
            Public(post.id, "", seen_by_readers(post.commentary), images=int("media" in post.sent.get("content", {})))
            for post in self.fake.live_posts()
        ]

    def play(self, fault: Fault | None) -> None:
        self.fake.faults.clear()
        self.settings["api_url"] = self.nobody if fault is Fault.UNREACHABLE else self.fake.url
        if fault in HOW:
            self.fake.fail("any", HOW[fault], times=FOR_EVER)


@contextmanager
def open_workbench(folder: Path) -> Iterator[LinkedInWorkbench]:
    with FakeLinkedIn() as fake, socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))  # bound and never listening: every connection is refused
        bench = LinkedInWorkbench(fake, f"http://127.0.0.1:{deaf.getsockname()[1]}")
        bench.settings = {"author": PAGE, "api_url": fake.url, "oauth_url": f"{fake.url}/oauth/v2"}
        fake.tick((NOON - datetime.now(UTC)).total_seconds())
        yield bench
