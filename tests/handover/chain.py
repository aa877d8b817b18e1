"""An audit chain made by hand: what the desk would note, without the desk. Sander consults; Maria owns, Jonas writes, Nora can
stand in for Maria. It begins on a Monday at nine in Berlin, in winter."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from handover.readiness.conditions import Credential, Measured, conditions
from handover.readiness.ledger import Ledger, folded
from pipeline.records import Event, Phase, ReadinessPolicy, Verdict, iso
from pipeline.store.base import GENESIS
from pipeline.store.chain import link

BERLIN = ZoneInfo("Europe/Berlin")
MONDAY = datetime(2027, 3, 1, 8, 0, tzinfo=UTC)  # nine in Berlin
SANDER, MARIA, JONAS, NORA = "sander", "maria", "jonas", "nora"


def event(ws: str, seq: int, prev: str, at: datetime, actor: str, act: str, subject: str, details: Mapping[str, object]) -> Event:
    entry = {"act": act, "actor": actor, "at": iso(at), "details": dict(details), "seq": seq, "subject": subject, "ws": ws}
    text = json.dumps(entry, sort_keys=True)
    return Event.model_validate({**entry, "prev": prev, "hash": link(prev, text), "text": text})


@dataclass
class Chain:
    """`now` is when the next entry is made."""

    ws: str = "mueller"
    now: datetime = MONDAY
    events: list[Event] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.note("client.add", self.ws, SANDER, consultant=SANDER)
        for person in (MARIA, JONAS, NORA):
            self.note("person.add", person, SANDER, side="team")

    def note(self, act: str, subject: str, by: str, **details: object) -> None:
        prev = self.events[-1].hash if self.events else GENESIS
        self.events.append(event(self.ws, len(self.events) + 1, prev, self.now, by, act, subject, details))

    def ahead(self, **by: float) -> Chain:
        self.now += timedelta(**by)
        return self

    # -- as the desk notes it

    def channel(self, id: str = "blog", *, phase: Phase = Phase.VORMACHEN, **details: object) -> Chain:  # noqa: A002
        given = {"outlet": "site", "owner": MARIA, "deputy": None, "phase": phase.value, "secret": False, **details}
        self.note("channel.add", id, SANDER, **given)
        return self

    def piece(self, id: str, by: str = JONAS, *, words: int = 100, channel: str = "blog") -> str:  # noqa: A002
        self.note("piece.add", id, by, channel=channel, revision=1, hash=f"{id}-1", words=words, written=words, gone=0)
        return id

    def edit(self, piece: str, by: str, *, written: int, gone: int = 0, words: int = 100) -> None:
        self.note("piece.edit", piece, by, channel="blog", hash=f"{piece}-2", words=words, written=written, gone=gone)

    def submit(self, piece: str, by: str = JONAS, *, revision: int = 1) -> None:
        self.note("piece.submit", piece, by, hash=f"{piece}-{revision}", revision=revision)

    def decide(
        self,
        piece: str,
        by: str,
        verdict: Verdict = Verdict.APPROVE,
        *,
        binding: bool = True,
        revision: int = 1,
        stood_in_for: str = "",
    ) -> None:
        details = {"decision": f"d{len(self.events)}", "hash": f"{piece}-{revision}", "binding": binding}
        details |= {"for": stood_in_for} if stood_in_for else {}
        self.note(f"decide.{verdict.value}", piece, by, **details)

    def schedule(self, piece: str, due: datetime, by: str = SANDER) -> None:
        self.note("piece.schedule", piece, by, before=None, due=iso(due))

    def confirm(self, piece: str, publication: str = "") -> None:
        for act in ("publication.send", "publication.confirm"):
            self.note(act, piece, "worker", publication=publication or f"{piece}-p")

    def published(self, piece: str, by: str = JONAS, *, approved_by: str = SANDER) -> str:
        """All the way."""
        self.piece(piece, by)
        self.submit(piece, by)
        self.decide(piece, approved_by)
        self.note("piece.publish", piece, approved_by)
        self.confirm(piece)
        return piece

    # -- measured

    def ledger(self) -> Ledger:
        return folded(iter(self.events), BERLIN)

    def measured(
        self,
        code: str,
        *,
        channel: str = "blog",
        credential: Credential | None = None,
        runbook: Mapping[str, bool] | None = None,
        **policy: object,
    ) -> Measured | None:
        held = ReadinessPolicy.model_validate(policy)
        given = credential or Credential()
        found = conditions(self.ledger(), channel, held, now=self.now, credential=given, runbook=runbook)
        return next((one for one in found if one.code == code), None)


def told(measured: Measured | None) -> tuple[float | None, int, bool | None]:
    """Measured, how many cases, met."""
    assert measured is not None
    condition = measured.condition
    return condition.measured, condition.n, condition.met


def pieces(number: int, begin: str = "p") -> Iterable[str]:
    return (f"{begin}{one}" for one in range(number))
