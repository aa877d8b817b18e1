from __future__ import annotations

import pytest

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
from pipeline.net import Answer, Forbidden, NetError, NothingSent, Unclear
from pipeline.publish.channels.outcome import reason_of, retry_after, sent, settled


def an_answer(status: int, body: bytes = b"", **headers: str) -> Answer:
    return Answer(status, {name.replace("_", "-"): value for name, value in headers.items()}, body, "https://kunde.example/")


@pytest.mark.parametrize(
    ("status", "wanted"),
    [
        (301, ChannelAddressWrong),
        (307, ChannelAddressWrong),
        (400, ChannelRefused),
        (401, ReconnectNeeded),
        (403, ChannelForbids),
        (404, ChannelDraftGone),
        (410, ChannelDraftGone),
        (413, ChannelRefused),
        (422, ChannelRefused),
        (426, ChannelVersionOver),
        (429, ChannelBusy),
        (408, ChannelSilent),
        (500, ChannelSilent),
        (502, ChannelSilent),
        (503, ChannelSilent),
        (504, ChannelSilent),
        (999, ChannelSilent),
    ],
)
def test_each_status_has_its_refusal(status: int, wanted: type[Refusal]) -> None:
    with pytest.raises(Refusal) as refused:
        settled(an_answer(status), "Blog")
    assert type(refused.value) is wanted
    assert refused.value.facts["channel"] == "Blog"
    assert refused.value.facts["reason"] == f"HTTP {status}"


@pytest.mark.parametrize("status", [200, 201, 204])
def test_a_success_is_handed_through(status: int) -> None:
    assert settled(an_answer(status), "Blog").status == status


@pytest.mark.parametrize(
    ("trouble", "wanted"),
    [(NothingSent("no"), ChannelUnreachable), (Unclear("cut"), ChannelSilent), (Forbidden("inside"), ChannelAddressWrong)],
)
def test_trouble_below_http_says_whether_something_was_sent(trouble: NetError, wanted: type[Refusal]) -> None:
    def request() -> Answer:
        raise trouble

    with pytest.raises(Refusal) as refused:
        sent(request, "Blog")
    assert refused.value == wanted(channel="Blog", reason=str(trouble))


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b'{"code": "rest_x", "message": "Nein,\\n so nicht."}', "Nein, so nicht. (HTTP 400)"),
        (b'{"detail": "zu lang"}', "zu lang (HTTP 400)"),
        (b'{"message": {"de": "Nein"}}', "HTTP 400"),
        (b'["message"]', "HTTP 400"),
        (b"null", "HTTP 400"),
        (b"<html>Firewall</html>", "HTTP 400"),
        (b"\xff\xfe", "HTTP 400"),
    ],
)
def test_the_reason_is_one_line_in_the_services_words(body: bytes, reason: str) -> None:
    assert reason_of(an_answer(400, body)) == reason


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("120", 120),
        ("0", 0),
        ("99999999", 86400),
        ("Tue, 02 Mar 2027 11:05:00 GMT", 300),
        ("Tue, 02 Mar 2027 10:00:00 GMT", 0),
        ("bald", None),
        ("-5", None),
        ("", None),
    ],
)
def test_how_long_to_wait_comes_as_seconds_or_as_a_date(said: str, seconds: int | None) -> None:
    assert retry_after(an_answer(429, retry_after=said, date="Tue, 02 Mar 2027 11:00:00 GMT")) == seconds
