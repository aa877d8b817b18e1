"""What LinkedIn's answers mean: one refusal for every answer that is not the one hoped for.

Its bodies come in four shapes, and from the machines in front of it as HTML; all are read, none may crash.
Source: https://learn.microsoft.com/linkedin/shared/api-guide/concepts/error-handling and the Posts API's error table
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from pipeline.errors import (
    ChannelAddressWrong,
    ChannelBusy,
    ChannelForbids,
    ChannelRefused,
    ChannelSilent,
    ChannelVersionOver,
    DuplicatePost,
    ReconnectNeeded,
    Refusal,
)
from pipeline.net import Answer
from pipeline.publish.channels import outcome

POST_URN = re.compile(r"urn:li:(?:share|ugcPost|activity):\d+", re.ASCII)
BACK_OFF_SECONDS = 60


@dataclass(frozen=True)
class Told:
    """An error answer in one form.

    codes     every code in it, the outer one first
    message   one line in LinkedIn's words; "HTTP 502" when it had none
    """

    status: int
    codes: tuple[str, ...]
    message: str
    is_page: bool

    def has(self, *codes: str) -> bool:
        return any(code in self.codes for code in codes)

    @property
    def image_is_not_ready(self) -> bool:
        """Nothing was created, and waiting helps. The code for "still processing" is documented nowhere."""
        waiting = any(code.startswith("MEDIA_ASSET_") and not code.endswith("_FAILED") for code in self.codes)
        return self.status == 400 and waiting

    @property
    def token_is_revoked(self) -> bool:
        return self.status == 401 and self.has("REVOKED_ACCESS_TOKEN", "65601")


def told(answer: Answer) -> Told:
    body = _object(answer)
    details = _mapping(body.get("errorDetails")).get("inputErrors")
    inner = [_mapping(one) for one in details] if isinstance(details, list) else []
    codes = [body.get("code"), body.get("serviceErrorCode"), body.get("error"), *(one.get("code") for one in inner)]
    words = [body.get("message"), body.get("error_description"), *(one.get("description") for one in inner)]
    return Told(
        status=answer.status,
        codes=tuple(str(code) for code in codes if code),
        message=_one_line(words) or next((str(code) for code in codes if code), f"HTTP {answer.status}"),
        is_page=_is_page(answer),
    )


def _object(answer: Answer) -> Mapping[str, Any]:
    try:
        return _mapping(answer.json())
    except (ValueError, RecursionError):
        return {}


def _mapping(given: object) -> Mapping[str, Any]:
    return given if isinstance(given, dict) else {}


def _one_line(words: list[object]) -> str:
    different = dict.fromkeys(" ".join(word.split()) for word in words if isinstance(word, str))
    return " – ".join(word for word in different if word)[: outcome.LONGEST_REASON]


def _is_page(answer: Answer) -> bool:
    body = answer.body.lstrip()
    return bool(body) and ("html" in answer.headers.get("content-type", "") or body[:1] == b"<")


def refusal(answer: Answer, *, channel: str, version: str, scope: str, now: datetime) -> Refusal:
    """What to tell about an answer that is not the one hoped for.

    scope   the permission that the call needs, named when LinkedIn says it is missing
    """
    said = told(answer)
    if said.has("DUPLICATE_POST"):
        named = POST_URN.search(said.message)
        return DuplicatePost(channel=channel, urn=named[0] if named else "")
    if said.status == 426 or said.has("VERSION_MISSING", "NONEXISTENT_VERSION"):
        return ChannelVersionOver(channel=channel, reason=said.message, version=version)
    if said.image_is_not_ready or said.status == 409:
        return ChannelBusy(channel=channel, reason=said.message, retry_after=BACK_OFF_SECONDS)
    if said.status == 429:
        return ChannelBusy(channel=channel, reason=said.message, retry_after=_retry_after(answer, said, now))
    if said.status == 401:
        return ReconnectNeeded(channel=channel, reason=said.message)
    return _by_status(said, channel, scope)


def _by_status(said: Told, channel: str, scope: str) -> Refusal:
    reason = said.message
    match said.status:
        case status if 300 <= status < 400 or status == 404 or (400 <= status < 500 and status != 408 and said.is_page):
            return ChannelAddressWrong(channel=channel, reason=reason)
        case 403 if "Unpermitted fields" in reason:
            return ChannelRefused(channel=channel, reason=reason)
        case 403:
            needs_scope = "Not enough permissions" in reason and scope
            return ChannelForbids(channel=channel, reason=f"{reason} (scope: {scope})" if needs_scope else reason)
        case status if 400 <= status < 500 and status != 408:
            return ChannelRefused(channel=channel, reason=reason)
        case _:  # 5xx, 408, a 2xx that is none of LinkedIn's, and numbers nobody knows: it may have happened
            return ChannelSilent(channel=channel, reason=reason)


def _retry_after(answer: Answer, said: Told, now: datetime) -> int:
    """Its own word first; daily limits end at midnight UTC; else one minute."""
    seconds = outcome.retry_after(answer)
    if seconds is not None:
        return seconds
    if re.search(r"\bDAY\b", said.message):
        midnight = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
        return round((midnight - now).total_seconds())
    return BACK_OFF_SECONDS
