"""What an answer of a JSON service means for a publication: one of the refusals of port.py, or the answer itself.

The list of refusals: port.py, `Connection`. What only one service does (its error codes, its headers) stays in its module,
which looks first and then comes here.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from pipeline.errors import (
    ChannelAddressWrong,
    ChannelBusy,
    ChannelDraftGone,
    ChannelForbids,
    ChannelRefused,
    ChannelSilent,
    ChannelUnreachable,
    ChannelVersionOver,
    ReconnectNeeded,
    Refusal,
)
from pipeline.net import Answer, Forbidden, NetError, NothingSent

LONGEST_REASON = 300
A_DAY = 24 * 3600


def sent(request: Callable[[], Answer], channel: str) -> Answer:
    """The answer of `request`, whatever its status; trouble below HTTP as a refusal."""
    try:
        return request()
    except NothingSent as nothing:
        raise ChannelUnreachable(channel=channel, reason=str(nothing)) from nothing
    except Forbidden as forbidden:
        raise ChannelAddressWrong(channel=channel, reason=str(forbidden)) from forbidden
    except NetError as unclear:
        raise ChannelSilent(channel=channel, reason=str(unclear)) from unclear


def settled(answer: Answer, channel: str) -> Answer:
    """The answer if it is a success; else raises what its status means."""
    if 200 <= answer.status < 300:
        return answer
    raise refusal(answer, channel)


def refusal(answer: Answer, channel: str) -> Refusal:
    reason = reason_of(answer)
    match answer.status:
        case 401:
            return ReconnectNeeded(channel=channel, reason=reason)
        case 403:
            return ChannelForbids(channel=channel, reason=reason)
        case 404 | 410:
            return ChannelDraftGone(channel=channel, reason=reason)
        case 426:
            return ChannelVersionOver(channel=channel, reason=reason)
        case 429:
            return ChannelBusy(channel=channel, reason=reason, retry_after=retry_after(answer))
        case status if 300 <= status < 400:
            return ChannelAddressWrong(channel=channel, reason=reason)
        case status if 400 <= status < 500 and status != 408:
            return ChannelRefused(channel=channel, reason=reason)
        case _:  # 5xx, also 503 that does not say it did nothing, 408, and what is no status
            return ChannelSilent(channel=channel, reason=reason)


def reason_of(answer: Answer) -> str:
    """One line in the service's own words where it has any, with the status."""
    words = words_of(answer)
    return f"{words} (HTTP {answer.status})" if words else f"HTTP {answer.status}"


def words_of(answer: Answer) -> str:
    try:
        said = answer.json()
    except ValueError:
        return ""
    fields = ("message", "detail", "error_description", "error")
    found = [said[name] for name in fields if isinstance(said.get(name), str)] if isinstance(said, dict) else []
    return " ".join(found[0].split())[:LONGEST_REASON] if found else ""


def retry_after(answer: Answer) -> int | None:
    """Seconds, at most a day; None where the service does not say or says nonsense."""
    said = answer.headers.get("retry-after", "").strip()
    if said.isascii() and said.isdigit():
        return min(int(said), A_DAY)
    until, asked = _date(said), _date(answer.headers.get("date", ""))  # by the service's own clock
    return max(0, min(round((until - asked).total_seconds()), A_DAY)) if until and asked else None


def _date(text: str) -> datetime | None:
    try:
        at = parsedate_to_datetime(text)
    except ValueError:
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)
