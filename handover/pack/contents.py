"""The records of a pack: every kind that belongs to a client, in the one form that is equal at the giver and at the taker.

What must differ between the two is left out: secrets, the last signs of one, who the outside system says we are, whether a
channel is switched off here, and why a planned piece waits here. A phase that is only rehearsed is the one before.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeVar

from handover.pack.verifier import KINDS
from pipeline.records import RECORDS, Channel, Client, Event, Publication, PublicationState, Record, SecretHint
from pipeline.review.fingerprint import canonical
from pipeline.store.base import INSTALLATION, Reader

R = TypeVar("R", bound=Record)

RECORDS_OF_CLIENT: dict[str, type[Record]] = {one.kind: one for kind in KINDS for one in RECORDS if one.kind == kind}
LEFT_BEHIND = frozenset({"installation", "account", "sign_in", "set_up_link", "attempt", "secret", "data_key"})
"""Kinds of the installation, and what nobody but this installation may read."""
AT_ONCE = 500


def packed(record: R) -> R:
    """The record as it stands in a pack."""
    if isinstance(record, Channel):
        return record.model_copy(update=_packed_channel(record))
    if isinstance(record, Publication) and record.state is PublicationState.PLANNED:
        return record.model_copy(update={"reason": "", "facts": {}})
    return record


def _packed_channel(channel: Channel) -> dict[str, object]:
    changes: dict[str, object] = {"secret": credential_of(channel), "identity": None, "off": None, "play": None}
    if channel.play is not None:
        changes |= {"phase": channel.play.before, "phase_since": channel.play.since}
    return changes


def credential_of(channel: Channel) -> SecretHint | None:
    """Who brought the channel's credential, when, and until when it holds; nothing of the secret itself."""
    if channel.off is not None and channel.secret is None:
        return channel.off.credential
    return channel.secret and channel.secret.model_copy(update={"ending": ""})


def line_of(record: Record) -> bytes:
    return canonical(packed(record).model_dump(mode="json"))


def line_of_event(event: Event) -> bytes:
    return canonical({"hash": event.hash, "prev": event.prev, "text": event.text})


def records_of(reader: Reader, kind: type[R]) -> Iterator[R]:
    """All of the client's, by id; a page at a time."""
    if kind is Client:
        client = reader.of(INSTALLATION).get(kind, reader.ws)
        yield from () if client is None else (client,)
        return
    offset = 0
    while page := reader.page(kind, order="id", limit=AT_ONCE, offset=offset):
        yield from page
        offset += AT_ONCE
