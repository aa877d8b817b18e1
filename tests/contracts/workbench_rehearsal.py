"""The channel that sends nothing, for the contract of every channel."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.contracts.channel_contract import Fault, Public


@dataclass
class RehearsalWorkbench:
    settings: dict[str, str] = field(default_factory=lambda: {"like": "linkedin"})
    secret: str = ""
    account: str = "nichts gesendet"
    faults: frozenset[Fault] = frozenset()
    shows_html: bool = False

    def public(self) -> list[Public]:
        """There is no outside system, so nobody sees anything."""
        return []

    def play(self, fault: Fault | None) -> None:
        raise TypeError("a rehearsal meets no faults")


@contextmanager
def open_workbench(folder: Path) -> Iterator[RehearsalWorkbench]:
    yield RehearsalWorkbench()
