"""What stands in a folder of templates/ for a sample client, checked while reading."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from datetime import time
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import Field

from pipeline.messages import TEMPLATES
from pipeline.records import Role, Side, Value

FOLDER = TEMPLATES / "demo"
FRONT = re.compile(r"\+\+\+\n(?P<head>.*?)\n\+\+\+\n(?P<body>.*)", re.DOTALL)
NUMBERED_TEXT = re.compile(r"^<!-- text (\d+) -->\n", re.MULTILINE)

PieceVerb = Literal["write", "edit", "submit", "approve", "request_changes", "reject", "hold", "release", "schedule", "withdraw"]
ChannelVerb = Literal["agree", "check", "change_owner", "delegate"]


class When(Value):
    """A working day counted from today, and a wall time."""

    day: int
    at: time


class Said(When):
    who: str


class PieceStep(Said):
    """text  number of the text that is written; 0: the last one"""

    do: PieceVerb
    comment: str = ""
    text: int = 0
    slot: When | None = None


class ChannelStep(Said):
    do: ChannelVerb
    channel: str = ""
    owner: str = ""
    deputy: str = ""
    to: str = ""
    until_day: int = 0


class PersonScript(Value):
    name: str
    email: str
    side: Side
    roles: frozenset[Role]


class ChannelScript(Value):
    name: str
    outlet: str
    owner: str
    deputy: str
    settings: dict[str, str]


class BriefText(Value):
    title: str
    message: str
    persona: str
    goal: str
    channels: tuple[str, ...]
    sources: tuple[str, ...] = ()
    owner: str


class BriefScript(BriefText, Said):
    """pieces  channel -> name of the piece file that goes on with the draft"""

    due_day: int
    drafted: Said | None = None
    pieces: dict[str, str] = Field(default_factory=dict)


class PictureScript(Value):
    """A bar chart. The heading names the unit; the drawing library's own letters know no umlauts."""

    heading: str = Field(pattern=r"^[ -~]+$")
    series: tuple[str, str]
    bars: tuple[tuple[str, float, float], ...]
    alt: str


class Colours(Value):
    before: str
    after: str
    ink: str
    paper: str


class ClientScript(Value):
    """`folder`: where the client's texts stand."""

    folder: Path
    slug: str
    name: str
    language: Literal["de", "en"]
    timezone: str
    colours: Colours
    begins: When
    people: dict[str, PersonScript]
    channels: dict[str, ChannelScript]
    sources: dict[str, Said] = Field(default_factory=dict)
    briefs: dict[str, BriefScript]
    steps: tuple[ChannelStep, ...]
    pictures: dict[str, PictureScript]

    @property
    def consultant(self) -> str:
        return next(key for key, one in self.people.items() if one.side is Side.CONSULTANT)


class PieceHead(Value):
    channel: str
    title: str
    slug: str = ""
    excerpt: str = ""
    tags: tuple[str, ...] = ()
    pictures: tuple[str, ...] = ()
    brief: str = ""
    steps: tuple[PieceStep, ...]


class PieceScript(Value):
    name: str
    head: PieceHead
    texts: dict[int, str]

    def text(self, number: int = 0) -> str:
        return self.texts[number or max(self.texts)]


class JobScript(Value):
    """texts  channel -> place in the draft (job.py, `places`) -> what a person writes there; empty: it is cut"""

    brief: BriefText
    asks: str
    writes: str
    second: str
    decides: str
    note: str
    tags: tuple[str, ...]
    pictures: dict[str, str]
    titles: dict[str, str]
    texts: dict[str, dict[str, str]]


@cache
def client_script(folder: Path = FOLDER) -> ClientScript:
    return ClientScript.model_validate({"folder": folder, **toml_in(folder / "client.toml")})


@cache
def job_script() -> JobScript:
    return JobScript.model_validate(toml_in(FOLDER / "job.toml"))


@cache
def piece_scripts(folder: Path = FOLDER) -> Sequence[PieceScript]:
    return [_piece(file) for file in sorted((folder / "pieces").glob("*.md"))]


def source_bytes(name: str, folder: Path = FOLDER) -> bytes:
    return (folder / "sources" / name).read_bytes()


def toml_in(file: Path) -> Mapping[str, object]:
    return tomllib.loads(file.read_text("utf-8"))


def _piece(file: Path) -> PieceScript:
    found = FRONT.fullmatch(file.read_text("utf-8"))
    if found is None:
        raise ValueError(f"{file.name} has no head between two lines of +++")
    _, *numbered = NUMBERED_TEXT.split(found["body"])
    texts = {int(number): text for number, text in zip(numbered[::2], numbered[1::2], strict=True)} or {1: found["body"]}
    return PieceScript(name=file.stem, head=PieceHead.model_validate(tomllib.loads(found["head"])), texts=texts)
