"""Talking to one WordPress: where its interface is, and what its answers mean.

The interface is at /wp-json/ or, where the site has plain permalinks, at ?rest_route=; there the pretty address shows the
home page with status 200, to a POST as well. So only JSON is an answer.
Source: https://developer.wordpress.org/rest-api/
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from pipeline.errors import (
    ChannelAddressWrong,
    ChannelBusy,
    ChannelInterfaceOff,
    ChannelRefused,
    ChannelSilent,
    Refusal,
)
from pipeline.net import Answer
from pipeline.publish.channels import outcome
from pipeline.publish.channels.port import Place, Wire

UPLOAD_READ_SECONDS = 120.0
"""WordPress computes up to seven smaller sizes before it answers."""

LONGEST_REASON = 300
SWITCHED_OFF = {
    "rest_no_route",
    "rest_cannot_access",
    "rest_disabled",
    "rest_api_disabled",
    "rest_login_required",
    "rest_authentication_error",
}
"""What WordPress and the plugins that close the interface answer to everything."""


class Api:
    """Calls of one site with one account. Finds the interface at the first call."""

    def __init__(self, place: Place, wire: Wire) -> None:
        self.channel = place.name
        self.site = place.settings["url"]
        self._net = wire.net
        self._auth = (place.settings["user"], wire.secret)
        self._base: str | None = None
        self.index: Mapping[str, Any] = {}

    @property
    def takes_passwords(self) -> bool:
        """Whether the site offers application passwords: it says so to everybody. True while nobody knows."""
        return not self.index or "application-passwords" in self.index.get("authentication", {})

    def get(self, route: str, **params: str) -> Any:
        return self.understood(self._call("GET", route, params))

    def listed(self, route: str, **params: str) -> list[dict[str, Any]]:
        found = self.get(route, **params)
        if not isinstance(found, list):
            raise ChannelSilent(channel=self.channel, reason=f"{route}: JSON, no list")
        return found

    def post(self, route: str, json: object) -> Any:
        return self.understood(self.try_post(route, json))

    def try_post(self, route: str, json: object) -> Answer:
        """For calls that may be refused and go on."""
        return self._call("POST", route, {}, json=json)

    def upload(self, name: str, data: bytes, mime: str, fields: Mapping[str, str]) -> Any:
        files = {"file": (name, data, mime)}
        return self.understood(self._call("POST", "media", {}, data=fields, files=files, read_seconds=UPLOAD_READ_SECONDS))

    # -- where the interface is

    def _call(self, method: str, route: str, params: Mapping[str, str], **named: Any) -> Answer:
        if self._base is None:
            self._base = self._find_interface()
        return self._send(method, self._base, f"wp/v2/{route}", params, **named)

    def _send(self, method: str, base: str, route: str, params: Mapping[str, str], **named: Any) -> Answer:
        if base.endswith("/wp-json/"):
            address, asked = base + route, dict(params)
        else:
            address, asked = base, {"rest_route": f"/{route}", **params}
        return outcome.sent(lambda: self._net.send(method, address, auth=self._auth, params=asked, **named), channel=self.channel)

    def _find_interface(self) -> str:
        answers = []
        for base in (f"{self.site}/wp-json/", f"{self.site}/"):
            answer = self._send("GET", base, "", {"_fields": "namespaces,authentication"})
            said = json_of(answer)
            if answer.status == 200 and isinstance(said, dict) and "wp/v2" in said.get("namespaces", ()):
                self.index = said
                return base
            answers.append(answer)
        raise self._why_there_is_none(*answers)

    def _why_there_is_none(self, pretty: Answer, plain: Answer) -> Refusal:
        """The second address always works where there is an interface, so its words count; a home page has none."""
        tells = plain if _is_from_wordpress(plain) or not _is_from_wordpress(pretty) else pretty
        if tells.status == 200 and _is_from_wordpress(tells):
            return ChannelInterfaceOff(channel=self.channel, reason=reason_of(tells))
        if tells.status == 200:
            return ChannelAddressWrong(channel=self.channel, reason=reason_of(tells))
        return self.refusal(tells)

    # -- what answers mean

    def understood(self, answer: Answer) -> Any:
        """The JSON of a success; else raises what the answer means."""
        if not 200 <= answer.status < 300:
            raise self.refusal(answer)
        said = json_of(answer)
        if not isinstance(said, (dict, list)):
            # also a plugin's warning before the JSON: the work was done, what came of it cannot be read
            raise ChannelSilent(channel=self.channel, reason=reason_of(answer))
        return said

    def refusal(self, answer: Answer) -> Refusal:
        """What only WordPress does; the rest: outcome.py."""
        answer = replace(answer, status=_status_within(answer) or answer.status)
        facts = {"channel": self.channel, "reason": reason_of(answer)}
        code = code_of(answer)
        if code in SWITCHED_OFF or (answer.status == 403 and not code):  # without a code: a firewall before WordPress
            return ChannelInterfaceOff(**facts)
        if code.startswith("rest_upload_") and answer.status == 500:  # a type or file it does not take, and will not later
            return ChannelRefused(**facts)
        if answer.status == 503 and "retry-after" in answer.headers:  # maintenance: WordPress ends before it begins
            return ChannelBusy(**facts, retry_after=outcome.retry_after(answer))
        if answer.status in (404, 405) and not code:
            return ChannelAddressWrong(**facts)
        known = outcome.refusal(answer, self.channel)
        return type(known)(**{**known.facts, **facts})


def json_of(answer: Answer) -> Any:
    """None when it is something else, such as a page."""
    try:
        return answer.json()
    except ValueError:
        return None


def code_of(answer: Answer) -> str:
    """WordPress's name for what is wrong. Its sentence changes with the site's language."""
    said = json_of(answer)
    return str(said.get("code", "")) if isinstance(said, dict) else ""


def _status_within(answer: Answer) -> int | None:
    """Whoever asks for drafts without being signed in hears of a wrong parameter (400); within stands that it is a 401."""
    said = json_of(answer)
    data = said.get("data") if isinstance(said, dict) else None
    details = data.get("details") if isinstance(data, dict) else None
    for detail in details.values() if isinstance(details, dict) else ():
        if isinstance(detail, dict) and detail.get("code") == "rest_forbidden_status":
            return int(detail.get("data", {}).get("status", 0)) or None
    return None


def reason_of(answer: Answer) -> str:
    """One line: where a redirect leads, WordPress's own words, or the title of the page that came instead."""
    if 300 <= answer.status < 400:
        words = re.split(r"\?|wp-json/", answer.headers.get("location", ""), maxsplit=1)[0]  # the site, not our question
    elif code_of(answer):
        words = _own_words(json_of(answer))
    else:
        title = re.search(r"<title[^>]*>(.*?)</title>", answer.text[:20_000], re.DOTALL | re.IGNORECASE)
        words = title[1] if title else answer.text[:2_000]
    line = " ".join(html.unescape(re.sub(r"<[^>]*>", " ", words)).split())[:LONGEST_REASON]
    return f"{line} (HTTP {answer.status})" if line else f"HTTP {answer.status}"


def _own_words(said: Mapping[str, Any]) -> str:
    data = said.get("data")
    fields = data.get("params") if isinstance(data, dict) else None
    named = f": {', '.join(map(str, fields))}" if fields else ""
    return f"{said.get('message') or ''} [{said['code']}{named}]"


def _is_from_wordpress(answer: Answer) -> bool:
    return isinstance(json_of(answer), dict) or not 200 <= answer.status < 300
