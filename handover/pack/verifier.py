#!/usr/bin/env python3
"""Prüft ein Übergabepaket / Checks a hand-over pack.

    python verify.py [PACK.zip | folder]

Needs Python 3.9 or newer and nothing else; it is also what `staffelstab handover verify` calls. Without an argument the
folder in which this file lies is checked. Exit code 0: the pack holds; 1: it does not; 2: called wrongly.

What is checked: the container (names, sizes, links, bombs); every file against manifest.json; the audit chain link by
link; and the records against the chain: decisions, revisions with their texts, people and their roles, who answers for a
channel and since when it is in which phase, what was agreed on, deputies, pauses, what was published, held or withdrawn, what
was proven before the consultant's exit. The chain itself is genuine if its newest
hash (`audit head`) is the one the other side has on paper: compare them.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import stat
import struct
import sys
import zipfile
import zlib
from pathlib import Path
from typing import Any, BinaryIO, Callable, Iterator, NamedTuple, Union  # noqa: UP035

FORMAT = 1
MANIFEST = "manifest.json"
GENESIS = "0" * 64
KINDS = (
    "client", "person", "delegation", "channel", "source", "image", "brief", "draft", "piece", "revision", "decision",
    "publication", "media", "orphan", "proposal", "phase_change", "acknowledgement", "exit_item", "protocol",
)  # fmt: skip

MOST_FILES = 60_000
LARGEST_FILE = 64 * 1024**2
LARGEST_PACK = 4 * 1024**3
LARGEST_MANIFEST = 24 * 1024**2
LARGEST_DIRECTORY = MOST_FILES * (46 + 181 + 64)
"""Bytes of a zip's table of contents: so many entries with the longest name and a little of what packing programs add."""
MOST_RATIO = 200
SMALL = 1024**2
"""Up to this size a file may unfold as it likes."""
DEEPEST = 64
BITE = 256 * 1024

NAME = re.compile(r"[a-z0-9][a-z0-9._/-]{0,180}")
DEVICE = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?")
DATA = re.compile(r"data/([a-z_]+)-\d{4}\.jsonl")
CHAIN = re.compile(r"audit/chain-\d{4}\.jsonl")
IMAGE = re.compile(r"images/([0-9a-f]{64})\.(png|jpg|gif|webp)")
DIGEST = re.compile(r"[0-9a-f]{64}")
JUNK = {".DS_Store", "Thumbs.db", "desktop.ini"}
"""What file managers leave in a folder one has looked into."""

MAGIC: dict[str, Callable[[bytes], bool]] = {
    "png": lambda head: head.startswith(b"\x89PNG\r\n\x1a\n"),
    "jpg": lambda head: head.startswith(b"\xff\xd8\xff"),
    "gif": lambda head: head[:6] in (b"GIF87a", b"GIF89a"),
    "webp": lambda head: head[:4] == b"RIFF" and head[8:12] == b"WEBP",
}

SENTENCES = {
    "NotThere": ("{name} gibt es nicht.", "There is no {name}."),
    "NotAZip": (
        "{name} ist keine vollständige Zip-Datei: keine, abgeschnitten oder beschädigt.",
        "{name} is no complete zip file: none at all, cut off or damaged.",
    ),
    "TooManyFiles": ("Das Paket hat mehr als {limit} Dateien.", "The pack has more than {limit} files."),
    "TooLarge": ("{name} ist größer als erlaubt ({limit} MiB).", "{name} is larger than allowed ({limit} MiB)."),
    "Bomb": ("{name} entpackt sich auf ein Vielfaches: eine Zip-Bombe.", "{name} unfolds to many times its size: a zip bomb."),
    "BadName": ("Der Dateiname {name} ist nicht erlaubt.", "The file name {name} is not allowed."),
    "TwiceThere": (
        "{name} kommt zweimal vor, auch in Groß- und Kleinschreibung.",
        "{name} is there twice, in upper or lower case.",
    ),
    "Link": ("{name} ist ein Verweis oder keine einfache Datei.", "{name} is a link or no plain file."),
    "Encrypted": ("{name} ist verschlüsselt oder unbekannt gepackt.", "{name} is encrypted or packed in an unknown way."),
    "Unreadable": ("{name} lässt sich nicht lesen ({reason}).", "{name} cannot be read ({reason})."),
    "NoManifest": ("Es fehlt das Inhaltsverzeichnis manifest.json.", "The table of contents manifest.json is missing."),
    "BadManifest": ("manifest.json ist nicht lesbar ({reason}).", "manifest.json cannot be read ({reason})."),
    "NewerFormat": (
        "Das Paket ist in Format {found}, bekannt ist {known}. Bitte eine neuere Version von Staffelstab verwenden.",
        "The pack is in format {found}, known is {known}. Please use a newer version of Staffelstab.",
    ),
    "Missing": ("{name} fehlt.", "{name} is missing."),
    "Extra": ("{name} steht nicht im Inhaltsverzeichnis.", "{name} is not in the table of contents."),
    "Changed": ("{name} wurde verändert.", "{name} was changed."),
    "UnknownKind": ("{name}: solche Datensätze gehören nicht in ein Paket.", "{name}: such records do not belong into a pack."),
    "BadRecord": ("{name}, Zeile {line}: nicht lesbar ({reason}).", "{name}, line {line}: cannot be read ({reason})."),
    "NotInOrder": (
        "{name}, Zeile {line}: doppelt oder nicht in der Reihenfolge.",
        "{name}, line {line}: twice or out of order.",
    ),
    "ForeignClient": (
        "{name}, Zeile {line}: gehört zu einem anderen Kunden.",
        "{name}, line {line}: belongs to another client.",
    ),
    "WrongCount": (
        "Von „{kind}“ sind {found} Datensätze da, angegeben sind {told}.",
        "There are {found} records of “{kind}”, told are {told}.",
    ),
    "ChainBroken": ("Die Kette des Protokolls ist bei Eintrag {seq} unterbrochen.", "The audit chain is broken at entry {seq}."),
    "ChainCut": (
        "Die Kette endet bei Eintrag {found}, angegeben sind {told} Einträge mit anderem Ende.",
        "The chain ends at entry {found}, told are {told} entries with another end.",
    ),
    "ForeignDecision": (
        "Entscheidung {id} steht nicht in der Kette: sie wurde hinzugefügt.",
        "Decision {id} is not in the chain: it was added.",
    ),
    "ChangedDecision": ("Entscheidung {id} ist nicht die unterschriebene.", "Decision {id} is not the one that was signed."),
    "MissingDecision": ("Entscheidung {id} fehlt.", "Decision {id} is missing."),
    "ForeignRevision": (
        "Beitrag {id}, Fassung {number}: nicht in der Kette.",
        "Piece {id}, revision {number}: not in the chain.",
    ),
    "ChangedRevision": (
        "Beitrag {id}, Fassung {number}: Text, Prüfsumme oder Urheber sind nicht die der Kette.",
        "Piece {id}, revision {number}: text, hash or author are not those of the chain.",
    ),
    "MissingRevision": ("Beitrag {id}: Fassung {number} fehlt.", "Piece {id}: revision {number} is missing."),
    "ForeignPerson": ("Person {id} steht nicht in der Kette.", "Person {id} is not in the chain."),
    "ChangedPerson": (
        "Person {id}: Seite, Rollen oder Austritt sind nicht die der Kette.",
        "Person {id}: side, roles or leaving are not those of the chain.",
    ),
    "MissingPerson": ("Person {id} fehlt.", "Person {id} is missing."),
    "ForeignChannel": ("Kanal {id} steht nicht in der Kette.", "Channel {id} is not in the chain."),
    "MissingChannel": ("Kanal {id} fehlt.", "Channel {id} is missing."),
    "ChangedPhase": (
        "Kanal {id} steht in der Phase {found}, nach der Kette in {told}.",
        "Channel {id} is in phase {found}, by the chain in {told}.",
    ),
    "ChangedOffice": (
        "Kanal {id}: Inhaber, Stellvertretung, Startvereinbarung oder Verzicht sind nicht die der Kette.",
        "Channel {id}: owner, deputy, start agreement or waiver are not those of the chain.",
    ),
    "ChangedPause": (
        "Angehalten oder nicht ist {id} anders als nach der Kette.",
        "{id} is paused or not, otherwise than by the chain.",
    ),
    "ChangedPolicy": (
        "Die Vereinbarungen des Kunden sind nicht die der Kette.",
        "The client's policy is not the one of the chain.",
    ),
    "ForeignPhaseChange": (
        "Phasenwechsel {id} steht so nicht in der Kette.",
        "Change of phase {id} is not like that in the chain.",
    ),
    "ForeignExit": (
        "Was zum Ausstieg in {id} steht, steht so nicht in der Kette.",
        "What {id} says about the exit is not like that in the chain.",
    ),
    "ForeignAcknowledgement": (
        "Kenntnisnahme {id} steht so nicht in der Kette.",
        "Acknowledgement {id} is not like that in the chain.",
    ),
    "ForeignDelegation": ("Vertretung {id} steht so nicht in der Kette.", "Delegation {id} is not like that in the chain."),
    "ForeignProposal": ("Vorschlag {id} steht so nicht in der Kette.", "Proposal {id} is not like that in the chain."),
    "ForeignPiece": ("Beitrag {id} steht nicht in der Kette.", "Piece {id} is not in the chain."),
    "ChangedPiece": (
        "Beitrag {id}: Kanal, Fassung, eingereicht, angehalten oder zurückgezogen sind anders als nach der Kette.",
        "Piece {id}: channel, revision, submitted, held or withdrawn are otherwise than by the chain.",
    ),
    "MissingPiece": ("Beitrag {id} fehlt.", "Piece {id} is missing."),
    "ChangedPublication": (
        "Veröffentlichung {id}: veröffentlicht oder nicht ist sie anders als nach der Kette.",
        "Publication {id}: it is out or not, otherwise than by the chain.",
    ),
    "BadImage": ("{name} ist nicht das Bild, das der Name verspricht.", "{name} is not the image its name promises."),
    "ImageMissing": ("Das Bild {id} fehlt.", "The image {id} is missing."),
}


class Problem(NamedTuple):
    code: str
    facts: dict[str, str]

    def told(self, language: str = "de") -> str:
        return SENTENCES[self.code][0 if language == "de" else 1].format(**self.facts)


class Report(NamedTuple):
    """What was found. `unproven`: revisions whose text cannot be compared, because their entry is of an older version and
    their channel has changed since."""

    problems: list[Problem]
    manifest: dict[str, Any]
    pieces: int = 0
    entries: int = 0
    head: str = GENESIS
    unproven: int = 0

    @property
    def ok(self) -> bool:
        return not self.problems


class Stop(Exception):
    """Going on makes no sense."""

    def __init__(self, code: str, **facts: object) -> None:
        super().__init__(code)
        self.problem = Problem(code, {name: str(fact) for name, fact in facts.items()})


class Findings:
    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def add(self, code: str, **facts: object) -> None:
        self.problems.append(Problem(code, {name: str(fact) for name, fact in facts.items()}))


# ---------------------------------------------------------------------------------------------------------- containers


class ZipBag:
    """A zip file, looked at before anything of it is unfolded. Raises Stop."""

    def __init__(self, file: Path) -> None:
        self.left = LARGEST_PACK
        self._opened = file.open("rb")
        try:
            self._refuse_large_directory(file)
            self._zip = zipfile.ZipFile(self._opened)
            self._entries = {info.filename: info for info in self._zip.infolist()}
            self._look_at(self._zip.infolist(), file)
        except BaseException as wrong:
            self._opened.close()
            if isinstance(wrong, (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, struct.error)):
                raise Stop("NotAZip", name=file.name) from wrong
            raise
        self.names = sorted(self._entries)

    def _refuse_large_directory(self, file: Path) -> None:
        """Reading the table of contents takes memory: its size stands at the end of the file."""
        size = self._opened.seek(0, os.SEEK_END)
        self._opened.seek(max(0, size - 65_557))
        tail = self._opened.read()
        at = tail.rfind(b"PK\x05\x06")
        if at < 0 or len(tail) - at < 22:
            raise Stop("NotAZip", name=file.name)
        number, length = struct.unpack("<HL", tail[at + 10 : at + 16])
        if number == 0xFFFF or length == 0xFFFFFFFF:
            number, length = self._of_large_zip(tail, at)
        if number > MOST_FILES or length > LARGEST_DIRECTORY:
            raise Stop("TooManyFiles", limit=MOST_FILES)

    @staticmethod
    def _of_large_zip(tail: bytes, at: int) -> tuple[int, int]:
        """Number of entries and bytes of the table of contents, of a zip with 65,535 entries or more."""
        end = tail.rfind(b"PK\x06\x06", 0, at)
        if end < 0 or at - end < 56:
            return MOST_FILES + 1, 0
        found = struct.unpack("<QQ", tail[end + 32 : end + 48])
        return found[0], found[1]

    def _look_at(self, infos: list[zipfile.ZipInfo], file: Path) -> None:
        found = Findings()
        if len(infos) > MOST_FILES:
            raise Stop("TooManyFiles", limit=MOST_FILES)
        look_at_names([info.orig_filename for info in infos], found)  # zipfile cuts a name at its first NUL
        for info in infos:
            self._look_at_one(info, found)
        if sum(info.compress_size for info in infos) > file.stat().st_size:
            found.add("Bomb", name=file.name)  # entries that share their bytes
        if sum(info.file_size for info in infos) > LARGEST_PACK:
            found.add("TooLarge", name=file.name, limit=LARGEST_PACK // 1024**2)
        if found.problems:
            stop = Stop("NotAZip", name=file.name)
            stop.problem, stop.more = found.problems[0], found.problems[1:]  # type: ignore[attr-defined]
            raise stop

    @staticmethod
    def _look_at_one(info: zipfile.ZipInfo, found: Findings) -> None:
        name = shown(info.filename)
        kind = stat.S_IFMT(info.external_attr >> 16)
        if kind not in (0, stat.S_IFREG) or info.is_dir():
            found.add("Link", name=name)
        if info.flag_bits & 1 or info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            found.add("Encrypted", name=name)
        if info.file_size > LARGEST_FILE:
            found.add("TooLarge", name=name, limit=LARGEST_FILE // 1024**2)
        elif info.file_size > SMALL and info.file_size > MOST_RATIO * max(1, info.compress_size):
            found.add("Bomb", name=name)

    def bites(self, name: str) -> Iterator[bytes]:
        """The file's bytes, counted while they unfold. Raises Stop."""
        try:
            with self._zip.open(self._entries[name]) as opened:
                yield from bitten(opened, name, self)  # type: ignore[arg-type]
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, NotImplementedError, struct.error) as wrong:
            raise Stop("Changed", name=name) from wrong

    def close(self) -> None:
        self._zip.close()
        self._opened.close()


class FolderBag:
    """The same, unpacked."""

    def __init__(self, folder: Path) -> None:
        self.left = LARGEST_PACK
        self.folder = folder
        found = Findings()
        names: list[str] = []
        for where, folders, files in os.walk(str(folder)):
            for one in [*folders, *files]:
                path = Path(where) / one
                if path.is_symlink() or not (path.is_dir() or path.is_file()):
                    found.add("Link", name=shown(one))
            folders[:] = [one for one in folders if one != "__pycache__"]
            names += [(Path(where) / one).relative_to(folder).as_posix() for one in files if one not in JUNK]
            if len(names) > MOST_FILES:
                raise Stop("TooManyFiles", limit=MOST_FILES)
        look_at_names(names, found)
        if found.problems:
            stop = Stop("NotThere", name=str(folder))
            stop.problem, stop.more = found.problems[0], found.problems[1:]  # type: ignore[attr-defined]
            raise stop
        self.names = sorted(names)

    def bites(self, name: str) -> Iterator[bytes]:
        try:
            with (self.folder / name).open("rb") as opened:
                yield from bitten(opened, name, self)
        except OSError as wrong:
            raise Stop("Unreadable", name=name, reason=type(wrong).__name__) from wrong

    def close(self) -> None:
        pass


Bag = Union[ZipBag, FolderBag]  # noqa: UP007  (Python 3.9)


def open_bag(path: Path) -> Bag:
    """Raises Stop."""
    if path.is_dir():
        return FolderBag(path)
    if not path.is_file():
        raise Stop("NotThere", name=str(path))
    try:
        return ZipBag(path)
    except OSError as wrong:
        raise Stop("Unreadable", name=path.name, reason=type(wrong).__name__) from wrong


def look_at_names(names: list[str], found: Findings) -> None:
    seen: set[str] = set()
    for name in names:
        if name.casefold() in seen:
            found.add("TwiceThere", name=shown(name))
        seen.add(name.casefold())
        parts = name.split("/")
        plain = NAME.fullmatch(name) and all(part and part.strip(".") == part for part in parts)
        if not plain or any(DEVICE.fullmatch(part) for part in parts):
            found.add("BadName", name=shown(name))


def shown(name: str) -> str:
    """Control signs and the like made visible."""
    return name[:200].encode("unicode_escape").decode()


def bitten(opened: BinaryIO, name: str, bag: Bag) -> Iterator[bytes]:
    size = 0
    while bite := opened.read(BITE):
        size += len(bite)
        bag.left -= len(bite)
        if size > LARGEST_FILE or bag.left < 0:
            raise Stop("TooLarge", name=name, limit=(LARGEST_FILE if bag.left >= 0 else LARGEST_PACK) // 1024**2)
        yield bite


# ---------------------------------------------------------------------------------------------------------------- JSON


def parsed(text: bytes) -> Any:
    """Raises ValueError, also for what JSON allows and no record of ours has: doubled names, endless numbers, depths."""
    if text.count(b"[") + text.count(b"{") > DEEPEST and depth(text) > DEEPEST:
        raise ValueError("depth")
    try:
        return json.loads(text.decode("utf-8"), object_pairs_hook=_once, parse_int=_whole, parse_constant=_no_number)
    except RecursionError:
        raise ValueError("depth") from None


def depth(text: bytes) -> int:
    deepest = now = 0
    for sign in re.findall(rb"[\[\]{}]", re.sub(rb'"(?:[^"\\]|\\.)*"', b"", text)):
        now += 1 if sign in (b"[", b"{") else -1
        deepest = max(deepest, now)
    return deepest


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise ValueError("name twice")
    return made


def _whole(text: str) -> int:
    if len(text) > 30:
        raise ValueError("number")
    return int(text)


def _no_number(text: str) -> float:
    raise ValueError(text)


def canonical(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False).encode("utf-8")


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


# ------------------------------------------------------------------------------------------------------------ manifest


def read_manifest(bag: Bag) -> dict[str, Any]:
    """Raises Stop."""
    if MANIFEST not in bag.names:
        raise Stop("NoManifest")
    text = bytearray()
    for bite in bag.bites(MANIFEST):
        text += bite
        if len(text) > LARGEST_MANIFEST:
            raise Stop("TooLarge", name=MANIFEST, limit=LARGEST_MANIFEST // 1024**2)
    try:
        manifest = parsed(bytes(text))
        number = manifest["format"]
        if type(number) is int and number > FORMAT:
            raise Stop("NewerFormat", found=number, known=FORMAT)
        _refuse_odd(manifest)
    except (ValueError, KeyError, TypeError, AttributeError) as wrong:
        raise Stop("BadManifest", reason=str(wrong)[:80]) from wrong
    return dict(manifest)


def _refuse_odd(manifest: Any) -> None:
    """Raises ValueError, KeyError, TypeError where something of it is not what it has to be."""
    if manifest["format"] != FORMAT:
        raise ValueError("format")
    for name in ("id", "slug", "name", "language"):
        if type(manifest["client"][name]) is not str:
            raise ValueError(f"client.{name}")
    audit = manifest["audit"]
    if type(audit["entries"]) is not int or not DIGEST.fullmatch(audit["head"]):
        raise ValueError("audit")
    for told in manifest["records"].values():
        if type(told["count"]) is not int or type(told["schema"]) is not int:
            raise ValueError("records")
    for told in manifest["channels"].values():
        if any(type(told[name]) is not str for name in ("outlet", "address", "conversion")):
            raise ValueError("channels")
    for told in manifest["files"].values():
        if type(told["size"]) is not int or not DIGEST.fullmatch(told["sha256"]):
            raise ValueError("files")
    if manifest["move"] is not None and type(manifest["move"]["to"]) is not str:
        raise ValueError("move")


# ---------------------------------------------------------------------------------------------------- what the chain says


Mark = tuple[str, str]
"""By whom, and when."""


class Entry(NamedTuple):
    actor: str
    at: str
    act: str
    subject: str
    details: dict[str, Any]
    number: int
    hash: str

    @property
    def mark(self) -> Mark:
        return (self.actor, self.at)


class Office(NamedTuple):
    owner: str
    deputy: str | None
    agreement: tuple[str, str, str] | None
    waiver: tuple[str, str] | None


class Offer(NamedTuple):
    """A proposal, and by whom it was answered how; `answer` None: it is open."""

    told: tuple[str, str, str, str, str]
    answer: str | None = None
    by: str = ""


class Farewell(NamedTuple):
    """A declared exit, until it is confirmed or taken back."""

    declared: Entry
    confirmed: Entry | None = None
    taken_back: Entry | None = None
    owners: dict[str, str] | None = None


HOW = {"channel.accept": "accepted", "channel.step_back": "stepped_back", "channel.take_over": "taken_over"}
ANSWERS = {"channel.decline": "declined", "channel.take_back": "taken_back"}
STEPS = {"exit.deliver": "delivered", "exit.control": "controlled", "exit.verify": "verified"}


class Chain:
    """The audit entries, read once from the first to the last, and what follows from them."""

    def __init__(self, client: str, found: Findings) -> None:
        self.client, self.found = client, found
        self.entries, self.head, self.broken = 0, GENESIS, False
        self.people: dict[str, tuple[str, list[str], bool]] = {}
        self.phases: dict[str, str] = {}
        self.offices: dict[str, Office] = {}
        self.signed: dict[str, tuple[str, str]] = {}
        self.revisions: dict[tuple[str, int], tuple[str, str, str]] = {}
        self.delegations: dict[str, Entry] = {}
        self.ended: set[str] = set()
        self.proposals: dict[str, Offer] = {}
        self.since: dict[str, str] = {}
        self.changes: dict[str, Entry] = {}
        self.paused: set[str] = set()
        self.policy: dict[str, Any] = {}
        self.read: dict[str, Entry] = {}
        self.steps: dict[tuple[str, str], Mark] = {}
        self.exits: dict[str, Farewell] = {}
        self.newest: dict[str, tuple[int, str | None]] = {}
        self.submitted: dict[str, str] = {}
        self.held: set[str] = set()
        self.withdrawn: set[str] = set()
        self.confirmed: set[str] = set()

    def take(self, _name: str, _number: int, line: bytes) -> None:
        if self.broken:
            return
        try:
            entry = parsed(line)
            prev, digest, text = entry["prev"], entry["hash"], entry["text"]
            event = parsed(text.encode("utf-8"))
            whole = len(entry) == 3 and canonical(entry) == line and canonical(event).decode() == text
            fits = prev == self.head and digest == sha256(f"{prev}\n{text}".encode())
            fits = fits and event["seq"] == self.entries + 1 and event["ws"] == self.client
            if not (whole and fits):
                raise ValueError("link")
            told = {name: event[name] for name in ("actor", "at", "act", "subject", "details")}
            self._learn(event["act"], Entry(**told, number=event["seq"], hash=digest))
        except (ValueError, KeyError, TypeError, AttributeError):
            self.broken = True
            self.found.add("ChainBroken", seq=self.entries + 1)
            return
        self.entries, self.head = self.entries + 1, digest

    def _learn(self, act: str, entry: Entry) -> None:
        if act.startswith("decide."):
            self.signed[entry.details["decision"]] = (entry.details["signed"], entry.subject)
        learn = LEARN.get(act)
        if learn is not None:
            learn(self, entry)

    def client_added(self, entry: Entry) -> None:
        self.people[entry.details["consultant"]] = ("consultant", ["approver", "editor", "owner"], True)
        self.policy = dict(entry.details.get("policy", {}))  # unknown from entries of older versions

    def policy_changed(self, entry: Entry) -> None:
        self.policy.update(number=entry.details["number"], readiness=entry.details["readiness"])

    def person_added(self, entry: Entry) -> None:
        self.people[entry.subject] = (entry.details["side"], sorted(entry.details["roles"]), True)

    def roles_changed(self, entry: Entry) -> None:
        side, _, active = self.people[entry.subject]
        self.people[entry.subject] = (side, sorted(entry.details["roles"]), active)

    def person_left(self, entry: Entry) -> None:
        side, roles, _ = self.people[entry.subject]
        self.people[entry.subject] = (side, roles, False)
        self.ended.update(one for one, told in self.delegations.items() if entry.subject in (told.actor, told.details["taker"]))
        self._overtake(lambda offer: offer.told[0] == entry.subject, entry.actor)

    def channel_added(self, entry: Entry) -> None:
        self.phases[entry.subject], self.since[entry.subject] = entry.details["phase"], entry.at
        self.offices[entry.subject] = Office(entry.details["owner"], entry.details.get("deputy"), None, None)

    def owner_named(self, entry: Entry) -> None:
        """Another owner accepts the office anew, and has waived nothing."""
        before, owner = self.offices[entry.subject], entry.details["owner"]
        kept = before if before.owner == owner else Office(owner, None, None, None)
        self.offices[entry.subject] = kept._replace(deputy=entry.details.get("deputy"))

    def agreed(self, entry: Entry) -> None:
        told = (entry.details["owner"], entry.details["consultant"], entry.details["until"])
        self.offices[entry.subject] = self.offices[entry.subject]._replace(agreement=told)

    def waived(self, entry: Entry) -> None:
        self.offices[entry.subject] = self.offices[entry.subject]._replace(waiver=(entry.actor, entry.details["until"]))

    def switched(self, entry: Entry) -> None:
        self.phases[entry.subject], self.since[entry.subject] = entry.details["phase"], entry.at
        self.changes[entry.details["change"]] = entry
        if entry.details.get("proposal"):
            self._answer(entry.details["proposal"], "accepted", entry.actor)
        self._overtake(lambda offer: offer.told[1] == entry.subject, entry.actor)

    def proposed(self, entry: Entry) -> None:
        side, before, phase = self.people[entry.actor][0], entry.details["before"], entry.details["phase"]
        self.proposals[entry.details["proposal"]] = Offer((entry.actor, entry.subject, side, before, phase))

    def answered(self, entry: Entry) -> None:
        self._answer(entry.details["proposal"], ANSWERS[entry.act], entry.actor)

    def _answer(self, proposal: str, answer: str, by: str) -> None:
        self.proposals[proposal] = self.proposals[proposal]._replace(answer=answer, by=by)

    def _overtake(self, which: Callable[[Offer], bool], by: str) -> None:
        for proposal, offer in list(self.proposals.items()):
            if offer.answer is None and which(offer):
                self._answer(proposal, "overtaken", by)

    def stopped_sending(self, entry: Entry) -> None:
        self.paused.add(entry.subject)

    def went_on_sending(self, entry: Entry) -> None:
        self.paused.discard(entry.subject)

    def acknowledged(self, entry: Entry) -> None:
        self.read[entry.subject] = entry

    def step_done(self, entry: Entry) -> None:
        self.steps[entry.details["code"], STEPS[entry.act]] = entry.mark

    def exit_declared(self, entry: Entry) -> None:
        self.exit_taken_back(entry)  # what nobody could stand for any more gives way
        self.exits[entry.subject] = Farewell(entry)

    def exit_taken_back(self, entry: Entry) -> None:
        for one, told in list(self.exits.items()):
            if told.confirmed is None and told.taken_back is None:
                self.exits[one] = told._replace(taken_back=entry)

    def exit_confirmed(self, entry: Entry) -> None:
        owners = {channel: office.owner for channel, office in self.offices.items()}
        self.exits[entry.subject] = self.exits[entry.subject]._replace(confirmed=entry, owners=owners)

    def revised(self, entry: Entry) -> None:
        self.revisions[entry.subject, entry.details["revision"]] = (
            entry.details["hash"],
            entry.details.get("content", ""),
            entry.actor,
        )

    def begun(self, entry: Entry) -> None:
        self.revised(entry)
        self.newest[entry.subject] = (entry.details["revision"], entry.details.get("channel"))

    def edited(self, entry: Entry) -> None:
        self.revised(entry)
        self.newest[entry.subject] = (entry.details["revision"], self.newest[entry.subject][1])

    def delegated(self, entry: Entry) -> None:
        self.delegations[entry.subject] = entry

    def delegation_ended(self, entry: Entry) -> None:
        self.ended.add(entry.subject)

    def handed_in(self, entry: Entry) -> None:
        self.submitted[entry.subject] = entry.actor

    def pulled(self, entry: Entry) -> None:
        self.withdrawn.add(entry.subject)

    def stopped(self, entry: Entry) -> None:
        self.held.add(entry.subject)

    def let_go(self, entry: Entry) -> None:
        self.held.discard(entry.subject)

    def went_out(self, entry: Entry) -> None:
        self.confirmed.add(entry.details["publication"])


LEARN: dict[str, Callable[[Chain, Entry], None]] = {
    "client.add": Chain.client_added,
    "person.add": Chain.person_added,
    "person.roles": Chain.roles_changed,
    "person.deactivate": Chain.person_left,
    "channel.add": Chain.channel_added,
    "channel.owner": Chain.owner_named,
    "channel.agree": Chain.agreed,
    "channel.waive": Chain.waived,
    "channel.propose": Chain.proposed,
    "channel.decline": Chain.answered,
    "channel.take_back": Chain.answered,
    "channel.pause": Chain.stopped_sending,
    "channel.resume": Chain.went_on_sending,
    "client.pause": Chain.stopped_sending,
    "client.resume": Chain.went_on_sending,
    "client.policy": Chain.policy_changed,
    "runbook.acknowledge": Chain.acknowledged,
    "exit.deliver": Chain.step_done,
    "exit.control": Chain.step_done,
    "exit.verify": Chain.step_done,
    "exit.declare": Chain.exit_declared,
    "exit.take_back": Chain.exit_taken_back,
    "exit.confirm": Chain.exit_confirmed,
    "channel.accept": Chain.switched,
    "channel.step_back": Chain.switched,
    "channel.take_over": Chain.switched,
    "piece.add": Chain.begun,
    "piece.edit": Chain.edited,
    "piece.submit": Chain.handed_in,
    "piece.withdraw": Chain.pulled,
    "decide.hold": Chain.stopped,
    "decide.release": Chain.let_go,
    "delegate": Chain.delegated,
    "delegate.end": Chain.delegation_ended,
    "publication.confirm": Chain.went_out,
    "publication.there": Chain.went_out,
}


# -------------------------------------------------------------------------------------------------------------- records


class Records:
    """Every record against the chain. Only sums and ids are kept of what was read."""

    def __init__(self, manifest: dict[str, Any], chain: Chain, found: Findings) -> None:
        self.client, self.channels = manifest["client"]["id"], manifest["channels"]
        self.chain, self.found = chain, found
        self.counts: dict[str, int] = dict.fromkeys(KINDS, 0)
        self.images: set[str] = set()
        self.shown_images: set[str] = set()
        self.seen: dict[str, set[Any]] = {"person": set(), "channel": set(), "decision": set(), "revision": set()}
        self.channel_of: dict[str, str] = {}
        self.unproven = 0
        self._last: dict[str, str] = {}
        self._line = b""

    def take(self, kind: str, name: str, number: int, line: bytes) -> None:
        try:
            record = parsed(line)
            if type(record) is not dict or canonical(record) != line:
                raise ValueError("canonical")
            self._place(kind, name, number, record)
            self._line = line
            look = getattr(self, f"_{kind}", None)
            if look is not None:
                look(record)
        except (ValueError, KeyError, TypeError, AttributeError) as wrong:
            self.found.add("BadRecord", name=name, line=number, reason=f"{type(wrong).__name__}: {wrong}"[:80])

    def _place(self, kind: str, name: str, number: int, record: dict[str, Any]) -> None:
        self.counts[kind] += 1
        own = record["id"] if kind == "client" else record["client"]
        if own != self.client:
            self.found.add("ForeignClient", name=name, line=number)
        if type(record["id"]) is not str or record["id"] <= self._last.get(kind, ""):
            self.found.add("NotInOrder", name=name, line=number)
        self._last[kind] = record["id"]

    def _client(self, client: dict[str, Any]) -> None:
        if (client["paused"] is not None) != (client["id"] in self.chain.paused):
            self.found.add("ChangedPause", id=client["id"])
        if any(client["policy"][name] != value for name, value in self.chain.policy.items()):
            self.found.add("ChangedPolicy")

    def _person(self, person: dict[str, Any]) -> None:
        self.seen["person"].add(person["id"])
        told = self.chain.people.get(person["id"])
        if told is None:
            self.found.add("ForeignPerson", id=person["id"])
        elif told != (person["side"], sorted(person["roles"]), person["left"] is None):
            self.found.add("ChangedPerson", id=person["id"])

    def _channel(self, channel: dict[str, Any]) -> None:
        self.seen["channel"].add(channel["id"])
        told, office = self.chain.phases.get(channel["id"]), self.chain.offices.get(channel["id"])
        if told is None or office is None:
            self.found.add("ForeignChannel", id=channel["id"])
            return
        if (told, self.chain.since[channel["id"]]) != (channel["phase"], channel["phase_since"]):
            self.found.add("ChangedPhase", id=channel["id"], found=channel["phase"], told=told)
        if (channel["paused"] is not None) != (channel["id"] in self.chain.paused):
            self.found.add("ChangedPause", id=channel["id"])
        if channel["off"] or channel["identity"] or channel["play"] or (channel["secret"] or {"ending": ""})["ending"]:
            raise ValueError("not as packed")
        agreement, waiver = channel["agreement"], channel["waiver"]
        agreed = agreement and (agreement["owner"], agreement["consultant"], agreement["until"][:10])
        waived = waiver and (waiver["by"], waiver["until"][:10])
        same = office.owner == channel["owner"] and channel["deputy"] in (None, office.deputy)
        if not same or agreed not in (None, office.agreement) or waived not in (None, office.waiver):
            self.found.add("ChangedOffice", id=channel["id"])

    def _delegation(self, delegation: dict[str, Any]) -> None:
        told = self.chain.delegations.get(delegation["id"])
        if told is None or not self._is_as_given(delegation, told):
            self.found.add("ForeignDelegation", id=delegation["id"])

    def _is_as_given(self, delegation: dict[str, Any], told: Entry) -> bool:
        """Entries of older versions do not tell the time."""
        people = (told.actor, told.details["taker"], told.details["channels"])
        time = all(delegation[name] == told.details.get(name, delegation[name]) for name in ("start", "until"))
        ended = (delegation["ended"] is not None) == (delegation["id"] in self.chain.ended)
        return time and ended and people == (delegation["giver"], delegation["taker"], delegation["channels"])

    def _proposal(self, proposal: dict[str, Any]) -> None:
        told, answer = self.chain.proposals.get(proposal["id"]), proposal["answer"] or {"kind": None, "by": ""}
        found = tuple(proposal[name] for name in ("by", "channel", "side", "before", "phase"))
        if told != Offer(found, answer["kind"], answer["by"]):
            self.found.add("ForeignProposal", id=proposal["id"])

    def _phase_change(self, change: dict[str, Any]) -> None:
        told = self.chain.changes.get(change["id"])
        found = [change[name] for name in ("channel", "before", "phase", "how", "by", "at", "proposal", "unmet")]
        if told is None or found != [
            told.subject, told.details["before"], told.details["phase"], HOW[told.act], *told.mark,
            told.details.get("proposal"), told.details.get("unmet", []),
        ]:  # fmt: skip
            self.found.add("ForeignPhaseChange", id=change["id"])

    def _acknowledgement(self, given: dict[str, Any]) -> None:
        told = self.chain.read.get(given["id"])
        found = (given["person"], given["chapter"], given["sha256"])
        if told is None or (told.actor, told.details["chapter"], told.details["sha256"]) != found:
            self.found.add("ForeignAcknowledgement", id=given["id"])

    def _exit_item(self, item: dict[str, Any]) -> None:
        steps = {step: item[step] for step in STEPS.values() if item[step] is not None}
        fits = all(self.chain.steps.get((item["code"], step)) == _mark(mark) for step, mark in steps.items())
        if not fits or item["id"] != f"{item['client']}:{item['code']}":
            self.found.add("ForeignExit", id=item["id"])

    def _protocol(self, protocol: dict[str, Any]) -> None:
        told = self.chain.exits.get(protocol["id"])
        if told is None or not (_is_declared(protocol, told.declared) and _is_closed(protocol, told)):
            self.found.add("ForeignExit", id=protocol["id"])

    def _image(self, image: dict[str, Any]) -> None:
        self.images.add(image["sha256"])

    def _piece(self, piece: dict[str, Any]) -> None:
        one = piece["id"]
        self.channel_of[one] = piece["channel"]
        if one not in self.chain.newest:
            self.found.add("ForeignPiece", id=one)
            return
        submitted = piece["submitted"] is None or self.chain.submitted.get(one) == piece["submitted"]["by"]
        held = piece["held"] is not None or one not in self.chain.held
        withdrawn = (piece["withdrawn"] is not None) == (one in self.chain.withdrawn)
        number, channel = self.chain.newest[one]
        same = piece["revision"] == number and piece["channel"] == channel
        if not (submitted and held and withdrawn and same):
            self.found.add("ChangedPiece", id=one)

    def _revision(self, revision: dict[str, Any]) -> None:
        key = (revision["piece"], revision["number"])
        self.seen["revision"].add(key)
        content = revision["content"]
        self.shown_images.update(image["sha256"] for image in content["images"])
        told = self.chain.revisions.get(key)
        if told is None:
            self.found.add("ForeignRevision", id=key[0], number=key[1])
            return
        digest, of_content, actor = told
        same = digest == revision["hash"] and actor == revision["by"]
        if of_content:
            same = same and of_content == content_sum(content)
        elif same and not self._fits(content, digest, self.channel_of.get(key[0], "")):
            self.unproven += 1
        if not same:
            self.found.add("ChangedRevision", id=key[0], number=key[1])

    def _fits(self, content: dict[str, Any], digest: str, channel: str) -> bool:
        """Whether the text still gives the hash of its entry, with its channel as it is now."""
        told = self.channels.get(channel)
        if told is None:
            return False
        fields = {**content, "images": [[image["sha256"], image["alt"]] for image in content["images"]]}
        return sha256(canonical({"format": 1, "content": fields, **told})) == digest

    def _decision(self, decision: dict[str, Any]) -> None:
        self.seen["decision"].add(decision["id"])
        told = self.chain.signed.get(decision["id"])
        if told is None:
            self.found.add("ForeignDecision", id=decision["id"])
        elif told != (sha256(self._line), decision["piece"]):
            self.found.add("ChangedDecision", id=decision["id"])

    def _publication(self, publication: dict[str, Any]) -> None:
        if (publication["state"] == "confirmed") != (publication["id"] in self.chain.confirmed):
            self.found.add("ChangedPublication", id=publication["id"])

    def finish(self, told: dict[str, Any]) -> None:
        """What the chain knows and the records lack."""
        for kind in KINDS:
            wanted = told[kind]["count"] if kind in told else 0
            if self.counts[kind] != wanted:
                self.found.add("WrongCount", kind=kind, found=self.counts[kind], told=wanted)
        for code, kind, known in (
            ("MissingPerson", "person", self.chain.people),
            ("MissingChannel", "channel", self.chain.phases),
            ("MissingDecision", "decision", self.chain.signed),
        ):
            for one in sorted(known.keys() - self.seen[kind]):
                self.found.add(code, id=one)
        for piece in sorted(self.chain.newest.keys() - self.channel_of.keys()):
            self.found.add("MissingPiece", id=piece)
        for piece, number in sorted(self.chain.revisions.keys() - self.seen["revision"]):
            self.found.add("MissingRevision", id=piece, number=number)


def _mark(mark: dict[str, Any] | None) -> Mark | None:
    return None if mark is None else (mark["by"], mark["at"])


def _is_declared(protocol: dict[str, Any], told: Entry) -> bool:
    unmet = [one["code"] for one in protocol["unmet"]]
    return (_mark(protocol["declared"]), protocol["consultant"], unmet) == (told.mark, told.actor, told.details["unmet"])


def _is_closed(protocol: dict[str, Any], told: Farewell) -> bool:
    """Confirmed or taken back, or neither, as the chain tells it."""
    back, end = told.taken_back, told.confirmed
    if _mark(protocol["taken_back"]) != (back.mark if back else None):
        return False
    if end is None:
        return protocol["confirmed"] is None
    found = [protocol[name] for name in ("owner", "audit_head", "audit_entries", "ended")]
    owners = all((told.owners or {}).get(one["channel"]) == one["owner"] for one in protocol["offices"])
    return (
        owners and _mark(protocol["confirmed"]) == end.mark and found == [end.actor, end.hash, end.number, end.details["people"]]
    )


def content_sum(content: dict[str, Any]) -> str:
    return sha256(canonical({name: value for name, value in content.items() if value not in ("", [], {}, None)}))


# ------------------------------------------------------------------------------------------------------------ all of it


def verify(path: Path, progress: Callable[[int, int], None] = lambda _done, _total: None) -> Report:
    """Everything that is wrong with the pack; empty: it holds. `progress` is told (files done, files in all)."""
    try:
        bag = open_bag(Path(path))
    except Stop as stop:
        return Report([stop.problem, *getattr(stop, "more", [])], {})
    try:
        return verify_bag(bag, progress)
    finally:
        bag.close()


def verify_bag(bag: Bag, progress: Callable[[int, int], None]) -> Report:
    files, inside = Findings(), Findings()
    try:
        manifest = read_manifest(bag)
    except Stop as stop:
        return Report([stop.problem], {})
    chain = Chain(manifest["client"]["id"], inside)
    records = Records(manifest, chain, inside)
    try:
        _compare_files(bag, manifest["files"], chain, records, files, progress)
    except Stop as stop:
        files.problems.append(stop.problem)
    if not any(one.facts.get("name", "data/").startswith(("data/", "audit/chain")) for one in files.problems):
        _look_inside(bag, manifest, chain, records, inside)
        files.problems += inside.problems
    return Report(files.problems, manifest, records.counts["piece"], chain.entries, chain.head, records.unproven)


def _compare_files(
    bag: Bag, told: dict[str, Any], chain: Chain, records: Records, found: Findings, progress: Callable[[int, int], None]
) -> None:
    """Every file against its sum. What the records say is looked at meanwhile, and believed when all their files hold."""
    there = set(bag.names) - {MANIFEST}
    for name in sorted(told.keys() - there):
        found.add("Missing", name=shown(name))
    for name in sorted(there - told.keys()):
        found.add("Extra", name=shown(name))
    in_order = sorted(there & told.keys(), key=_order)
    for number, name in enumerate(in_order):
        if CHAIN.fullmatch(name):
            _lines(bag, name, told[name], found, chain.take)
        elif name.startswith(("data/", "audit/chain")):
            _records_of(bag, name, told[name], found, records)
        else:
            _plain_file(bag, name, told[name], found)
        progress(number + 1, len(in_order))


def _look_inside(bag: Bag, manifest: dict[str, Any], chain: Chain, records: Records, found: Findings) -> None:
    if chain.broken:
        found.problems[:] = [one for one in found.problems if one.code == "ChainBroken"]
        return
    if (chain.entries, chain.head) != (manifest["audit"]["entries"], manifest["audit"]["head"]):
        found.add("ChainCut", found=chain.entries, told=manifest["audit"]["entries"])
    records.finish(manifest["records"])
    kept = {one[1] for one in map(IMAGE.fullmatch, bag.names) if one}
    for image in sorted((records.images | records.shown_images) - kept):
        found.add("ImageMissing", id=image)


def _order(name: str) -> tuple[int, str]:
    """The chain is needed for the records, channels and pieces for their revisions."""
    first = CHAIN.fullmatch(name)
    kind = DATA.fullmatch(name)
    place = 0 if first else 1 + KINDS.index(kind[1]) if kind and kind[1] in KINDS else 100
    return place, name


def _records_of(bag: Bag, name: str, told: dict[str, Any], found: Findings, records: Records) -> None:
    kind = DATA.fullmatch(name)
    if not kind or kind[1] not in KINDS:
        found.add("UnknownKind", name=shown(name))
        return
    _lines(bag, name, told, found, lambda file, number, line: records.take(kind[1], file, number, line))


def _lines(bag: Bag, name: str, told: dict[str, Any], found: Findings, take: Callable[[str, int, bytes], None]) -> None:
    """One JSON object per line, the last one ended too. Looked into only when the file is the one that was told."""
    data = b"".join(bag.bites(name))
    if (sha256(data), len(data)) != (told["sha256"], told["size"]):
        found.add("Changed", name=name)
        return
    lines = data.split(b"\n")
    if lines.pop():
        found.add("BadRecord", name=name, line=len(lines) + 1, reason="end")
    for number, line in enumerate(lines, 1):
        take(name, number, line)


def _plain_file(bag: Bag, name: str, told: dict[str, Any], found: Findings) -> None:
    digest, size, head = hashlib.sha256(), 0, b""
    for bite in bag.bites(name):
        head = head or bite[:16]
        size += len(bite)
        digest.update(bite)
    if (digest.hexdigest(), size) != (told["sha256"], told["size"]):
        found.add("Changed", name=name)
        return
    image = IMAGE.fullmatch(name)
    if name.startswith("images/") and not (image and image[1] == digest.hexdigest() and MAGIC[image[2]](head)):
        found.add("BadImage", name=name)


# ---------------------------------------------------------------------------------------------------- the command line


def main(arguments: list[str]) -> int:
    if len(arguments) > 1 or "-h" in arguments or "--help" in arguments:
        print(__doc__)  # noqa: T201
        return 0 if arguments and arguments[0] in ("-h", "--help") else 2
    path = Path(arguments[0]) if arguments else Path(__file__).resolve().parent
    report = verify(path)
    for line in told_lines(report):
        print(line)  # noqa: T201
    return 0 if report.ok else 1


def told_lines(report: Report) -> Iterator[str]:
    for problem in report.problems[:100]:
        yield f"! {problem.told('de')}"
        yield f"  {problem.told('en')}"
    if report.manifest:
        yield f"{report.manifest['client']['name']}: {report.pieces} Beiträge / pieces, {report.entries} Einträge / entries"
        yield f"audit head: {report.head}"
    if report.unproven:
        yield f"{report.unproven} Texte älterer Einträge nicht vergleichbar / texts of older entries cannot be compared"
    if report.ok:
        yield "In Ordnung. Bitte vergleichen Sie den „audit head“ mit dem der anderen Seite."
        yield "The pack holds. Please compare the audit head with the other side's."
    else:
        yield f"NICHT in Ordnung, Befunde: {len(report.problems)} / The pack does NOT hold, findings: {len(report.problems)}"


if __name__ == "__main__":
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    sys.exit(main(sys.argv[1:]))
