"""The secret of a LinkedIn channel: an access token, alone or with what the OAuth answer brought along."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any


@dataclass(frozen=True)
class Credential:
    """`expires_at` is None when nobody said; tokens last 60 days."""

    access_token: str = field(repr=False)
    refresh_token: str = field(default="", repr=False)
    expires_at: datetime | None = None
    client_id: str = ""
    client_secret: str = field(default="", repr=False)

    def has_ended(self, now: datetime) -> bool:
        return self.expires_at is not None and self.expires_at <= now


def read_credential(secret: str) -> Credential:
    """Raises ValueError; its text never quotes the secret."""
    secret = secret.strip()
    if not secret.startswith("{"):
        return Credential(_token(secret))
    try:
        given = json.loads(secret)
    except ValueError:
        raise ValueError("the stored credential is not readable as JSON") from None
    words = {name: str(given.get(name) or "") for name in ("refresh_token", "client_id", "client_secret")}
    return Credential(_token(given.get("access_token")), expires_at=_moment(given.get("expires_at")), **words)


def _token(given: object) -> str:
    if not isinstance(given, str) or not given or not given.isascii() or not given.isprintable() or " " in given:
        raise ValueError("the stored credential has no usable access_token")
    return given


def _moment(given: Any) -> datetime | None:
    """ISO 8601 (without a zone: UTC), or seconds or milliseconds since 1970."""
    if given in (None, ""):
        return None
    try:
        if isinstance(given, str) and not given.isdecimal():
            moment = datetime.fromisoformat(given)
            return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        number = int(given)
        return datetime.fromtimestamp(number / 1000 if number > 10**11 else number, UTC)
    except (ValueError, TypeError, OverflowError, OSError):
        raise ValueError("expires_at in the stored credential is no moment") from None
