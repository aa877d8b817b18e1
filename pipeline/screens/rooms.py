"""The pages of the workplace in the order of the navigation, and what else Today tells.

A floor above the pipeline brings pages and notices of its own with `add_room` and `add_notice`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pipeline.screens.shared import Workplace

PAGES = Path(__file__).parent / "pages_"


@dataclass(frozen=True)
class Room:
    """A page. `name`: of its sentence `screen.<name>.title`; `address`: in the browser; `icon`: a Material symbol;
    `module`: what it loads, so that the first visitor does not wait for it."""

    name: str
    address: str
    icon: str
    file: Path
    module: str


def _ours(name: str, address: str, icon: str) -> Room:
    return Room(name, address, icon, PAGES / f"{name}.py", f"pipeline.screens.{name}")


_rooms = [
    _ours("today", "heute", "today"),
    _ours("write", "schreiben", "edit_note"),
    _ours("review", "pruefen", "rate_review"),
    _ours("publish", "veroeffentlichen", "send"),
    _ours("history", "verlauf", "history"),
    _ours("settings", "einstellungen", "tune"),
]
_notices: list[Callable[[Workplace], None]] = []


def rooms() -> Sequence[Room]:
    return tuple(_rooms)


def room_named(name: str) -> Room:
    (found,) = (one for one in _rooms if one.name == name)
    return found


def page_file(name: str) -> str:
    """For links to a page."""
    return str(room_named(name).file)


def add_room(new: Room, *, before: str) -> None:
    """Twice is once."""
    if new not in _rooms:
        _rooms.insert(_rooms.index(room_named(before)), new)


def notices() -> Sequence[Callable[[Workplace], None]]:
    return tuple(_notices)


def add_notice(draw: Callable[[Workplace], None]) -> None:
    """Something that Today tells above its lists; draws nothing when there is nothing to tell. Twice is once."""
    if draw not in _notices:
        _notices.append(draw)
