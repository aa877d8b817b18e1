"""Frames: what a post or an article is made of, slot by slot. Each is a file in templates/frames/."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Literal, cast

from pipeline.errors import Unknown
from pipeline.messages import TEMPLATES

BlockType = Literal["hook", "heading", "paragraph", "list", "quote", "cta"]


@dataclass(frozen=True)
class Slot:
    """selector   name in selectors.SELECTORS that finds candidates; "gap": only a person can write it
    in_section   the slot is repeated for each chosen section
    hint         by language: what a person should write into the gap; knows {persona}, {named} (passages), {heading}
    """

    role: str
    type: BlockType
    selector: str
    longest: int
    required: bool
    in_section: bool
    hint: Mapping[str, str]


@dataclass(frozen=True)
class Frame:
    """proposed   kind of evidence -> how much of it there must be; the frame of the highest rank that fits is proposed"""

    name: str
    label: Mapping[str, str]
    outlets: tuple[str, ...]
    rank: int
    proposed: Mapping[str, float]
    sections: int
    tags: int
    slots: tuple[Slot, ...]


@cache
def frames() -> Mapping[str, Frame]:
    files = sorted((TEMPLATES / "frames").glob("*.toml"))
    return {file.stem: _frame(file.stem, tomllib.loads(file.read_text("utf-8"))) for file in files}


def frames_for(outlet: str) -> list[Frame]:
    """Frames that fit a kind of channel, highest rank first. A channel without own frames gets those of a page."""
    fitting = [frame for frame in frames().values() if outlet in frame.outlets]
    return sorted(fitting or [frame for frame in frames().values() if "site" in frame.outlets], key=lambda frame: -frame.rank)


def propose(outlet: str, profile: Mapping[str, float]) -> Frame:
    fitting = frames_for(outlet)
    for frame in fitting:
        if all(profile.get(kind, 0) >= least for kind, least in frame.proposed.items()):
            return frame
    return fitting[-1]


def frame_named(name: str) -> Frame:
    """Raises Unknown."""
    if name not in frames():
        raise Unknown(what="frame", id=name)
    return frames()[name]


def _frame(name: str, given: dict[str, object]) -> Frame:
    slots = cast(list[dict[str, object]], given["slot"])
    return Frame(
        name=name,
        label=cast(Mapping[str, str], given["label"]),
        outlets=tuple(cast(list[str], given["outlets"])),
        rank=cast(int, given["rank"]),
        proposed=cast(Mapping[str, float], given.get("proposed", {})),
        sections=cast(int, given.get("sections", 0)),
        tags=cast(int, given.get("tags", 0)),
        slots=tuple(_slot(slot) for slot in slots),
    )


def _slot(given: dict[str, object]) -> Slot:
    return Slot(
        role=cast(str, given["role"]),
        type=cast(BlockType, given["type"]),
        selector=cast(str, given["selector"]),
        longest=cast(int, given["longest"]),
        required=cast(bool, given["required"]),
        in_section=cast(bool, given.get("in_section", False)),
        hint={language: cast(str, given[language]) for language in ("de", "en")},
    )
