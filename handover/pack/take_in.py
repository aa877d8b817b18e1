"""Taking in a pack: checked whole, read whole, then written in one transaction, or not at all.

The client comes as it was: the same ids, texts, decisions and audit entries. What does not come along are secrets; each
channel stays off until somebody connects it here. People sign in with a set-up link of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from handover.pack import verifier
from handover.pack.contents import RECORDS_OF_CLIENT
from handover.pack.verifier import Bag, Report, Stop
from pipeline import errors
from pipeline.desk.house import House
from pipeline.people.accounts import account_of, ensure_account
from pipeline.records import Channel, Client, Event, Off, Person, Record
from pipeline.store.base import INSTALLATION, Tx
from pipeline.store.upgrades import to_today

R = TypeVar("R", bound=Record)
Progress = Callable[[int, int], None]

BY = "command line"
"""Who takes in a pack is nobody of the client: whoever can run the command on this machine."""


@dataclass(frozen=True)
class TakenIn:
    """`people`: everybody active, who now may sign in here; `known_accounts`: those of them who could already."""

    client: Client
    people: Sequence[Person]
    known_accounts: Sequence[str]
    pieces: int
    entries: int
    audit_head: str


def take_in(house: House, file: Path, *, progress: Progress = lambda _done, _total: None) -> TakenIn:
    """Raises PackDoesNotHold, PackRecordInvalid, AlreadyThere, UnknownOutlet, StoreIsFull; then nothing was changed."""
    try:
        bag = verifier.open_bag(file)
    except Stop as stop:
        raise _does_not_hold(file, Report([stop.problem], {})) from None
    try:
        report = verifier.verify_bag(bag, progress)
        if not report.ok:
            raise _does_not_hold(file, report)
        return _Taking(house, bag, report, file).do()
    except Stop as stop:  # it was changed while we read
        raise _does_not_hold(file, Report([stop.problem], {})) from None
    finally:
        bag.close()


def _does_not_hold(file: Path, report: Report) -> errors.PackDoesNotHold:
    first = report.problems[0]
    told = {language: first.told(language) for language in ("de", "en")}
    return errors.PackDoesNotHold(file=file.name, count=len(report.problems), code=first.code, first=told)


class _Taking:
    """A checked pack on its way into the store."""

    def __init__(self, house: House, bag: Bag, report: Report, file: Path) -> None:
        self.house, self.bag, self.report, self.file = house, bag, report, file
        self.files: dict[str, dict[str, Any]] = report.manifest["files"]
        self.schemas = {kind: told["schema"] for kind, told in report.manifest["records"].items()}
        self.ws = str(report.manifest["client"]["id"])

    def do(self) -> TakenIn:
        for kind in RECORDS_OF_CLIENT.values():
            for record in self.records(kind):
                if isinstance(record, Channel):
                    self.house.outlet(record.outlet)
        self._refuse_known()
        self._keep_images()
        with self.house.store.tx(self.ws) as t:
            return self._write(t, self.house.now())

    # -- reading

    def records(self, kind: type[R]) -> Iterator[R]:
        for number, line in enumerate(self._lines(f"data/{kind.kind}-"), 1):
            document = {"schema": self.schemas[kind.kind], **verifier.parsed(line)}
            try:
                yield kind.model_validate(to_today(kind, document))
            except ValidationError as wrong:
                first = wrong.errors()[0]
                where = ".".join(map(str, first["loc"]))
                said = str(document.get("id", number))[:80]
                raise errors.PackRecordInvalid(kind=kind.kind, id=said, reason=f"{where}: {first['msg']}"[:200]) from None

    def _events(self) -> Iterator[Event]:
        for line in self._lines("audit/chain-"):
            entry = verifier.parsed(line)
            yield Event(**entry, **verifier.parsed(entry["text"].encode()))

    def _lines(self, begin: str) -> Iterator[bytes]:
        for name in self.bag.names:
            if name.startswith(begin):
                yield from self._whole(name).split(b"\n")[:-1]

    def _whole(self, name: str) -> bytes:
        """The file that was checked, and no other. Raises Stop."""
        self.bag.left = verifier.LARGEST_PACK
        data = b"".join(self.bag.bites(name))
        if verifier.sha256(data) != self.files[name]["sha256"]:
            raise Stop("Changed", name=name)
        return data

    # -- writing

    def _refuse_known(self) -> None:
        with self.house.store.read() as view:
            known = view.get(Client, self.ws) is not None
            slug = self.report.manifest["client"]["slug"]
            if known or view.page(Client, {"slug": slug}, limit=1):
                raise errors.AlreadyThere(what="client", name=slug)

    def _keep_images(self) -> None:
        for name in self.bag.names:
            if name.startswith("images/"):
                self.house.blobs.keep(self._whole(name))

    def _write(self, t: Tx, now: datetime) -> TakenIn:
        (client,) = self.records(Client)
        t.of(INSTALLATION).add(client)
        for kind in RECORDS_OF_CLIENT.values():
            if kind is not Client:
                for record in self.records(kind):
                    t.add(self._here(record, now))
        entries = t.adopt(self._events())
        people = [one for one in t.page(Person, limit=10_000) if one.is_active]
        known = [one.email for one in people if self._knows(t, one.email)]
        for one in people:
            ensure_account(t, one.email, client.language, now)
        facts = {"entries": entries, "head": self.report.head, "pieces": self.report.pieces, "moved": self.is_move}
        t.of(INSTALLATION).append("client.import", actor=BY, subject=client.id, at=now, details=facts)
        return TakenIn(client, people, known, self.report.pieces, entries, self.report.head)

    @property
    def is_move(self) -> bool:
        return self.report.manifest["move"] is not None

    def _here(self, record: Record, now: datetime) -> Record:
        if not isinstance(record, Channel):
            return record
        why = "imported" if self.is_move else "copied"
        off = Off.model_validate({"why": why, "by": BY, "at": now, "credential": record.secret})
        return record.model_copy(update={"secret": None, "off": off})

    @staticmethod
    def _knows(t: Tx, email: str) -> bool:
        account = account_of(t, email)
        return account is not None and account.ended is None
