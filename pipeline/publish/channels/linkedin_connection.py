"""A signed-in way to one page or person on LinkedIn."""

# ruff: noqa: ARG002 - the arguments are the port's

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import quote, urlsplit

from pipeline.errors import (
    ChannelAddressWrong,
    ChannelBusy,
    ChannelForbids,
    ChannelRefused,
    ChannelSilent,
    LinkedInIsSomebodyElse,
    LinkedInRoleMissing,
    LinkedInScopeMissing,
    LinkedInSignInEnds,
    LinkedInVersionEnds,
    ReconnectNeeded,
    Refusal,
    SecretMissing,
)
from pipeline.net import Answer
from pipeline.publish.channels import outcome
from pipeline.publish.channels.linkedin_answers import POST_URN, refusal, told
from pipeline.publish.channels.linkedin_credential import Credential, read_credential
from pipeline.publish.channels.little_text import visible_text
from pipeline.publish.channels.port import Live, Place, Rendered, Signed, Wire
from pipeline.records import ImageRef, RemoteImage
from pipeline.text import normalise

POSTING_ROLES = {"ADMINISTRATOR", "CONTENT_ADMINISTRATOR", "CONTENT_ADMIN", "DIRECT_SPONSORED_CONTENT_POSTER"}
PAUSES_FOR_IMAGE = (1, 2, 4, 8, 16, 30, 30, 30)
"""Seconds between two looks at an image's state: two minutes together."""
PAUSES_BEFORE_POST = (2, 4, 8, 16)
"""Seconds until the next try when LinkedIn said that nothing was created because the image is still in work."""
PAUSES_FOR_FRESH_TOKEN = (1, 2, 3, 4)
"""A new token is answered "revoked" for some seconds, until all of LinkedIn knows it."""
CLOCK_SKEW = timedelta(minutes=2)
POSTS_PER_LOOK, LOOKS = 50, 5
WARN_OF_VERSION = timedelta(days=60)
WARN_OF_SIGN_IN = timedelta(days=14)


class LinkedInConnection:
    def __init__(self, place: Place, wire: Wire, wait: Callable[[float], None]) -> None:
        """Raises SecretMissing, ReconnectNeeded."""
        self.channel, self.author = place.name, place.settings["author"]
        self.version = place.settings["version"]
        self.api, self.oauth = place.settings["api_url"], place.settings["oauth_url"]
        self.wire, self.wait = wire, wait
        self.credential = self._credential(wire.secret)

    @property
    def is_page(self) -> bool:
        return self.author.startswith("urn:li:organization:")

    @property
    def write_scope(self) -> str:
        return "w_organization_social" if self.is_page else "w_member_social"

    # -- check

    def check(self) -> Signed:
        account, problems = self._check_page() if self.is_page else self._check_person()
        return Signed(account, [*problems, *self._missing_write_scope(), *self._what_ends_soon()])

    def _check_person(self) -> tuple[str, list[Refusal]]:
        try:
            me = self._object(self._first("/v2/userinfo"))
        except ChannelForbids:
            return self.author, [self._scope_missing("openid profile")]
        signed_in = f"urn:li:person:{me.get('sub', '')}"
        name = str(me.get("name") or self.author)
        if signed_in == self.author:
            return name, []
        return name, [LinkedInIsSomebodyElse(channel=self.channel, author=self.author, signed_in=signed_in)]

    def _check_page(self) -> tuple[str, list[Refusal]]:
        problems: list[Refusal] = []
        try:
            if not self._has_posting_role():
                problems.append(LinkedInRoleMissing(channel=self.channel, author=self.author))
        except ChannelForbids:
            problems.append(self._scope_missing("r_organization_admin"))
        try:
            self._posts(start=0, count=1)
        except ChannelForbids:
            problems.append(self._scope_missing("r_organization_social"))
        return self._page_name(), problems

    def _has_posting_role(self) -> bool:
        path, count = "/rest/organizationAcls", 100
        for start in range(0, 10 * count, count):
            params = {"q": "roleAssignee", "state": "APPROVED", "count": str(count), "start": str(start)}
            rows = self._elements(self._first(path, params))
            if any(row.get("organization") == self.author and row.get("role") in POSTING_ROLES for row in rows):
                return True
            if len(rows) < count:
                break
        return False

    def _page_name(self) -> str:
        try:
            page = self._object(self._call("GET", f"/rest/organizations/{self.author.rsplit(':', 1)[1]}"))
        except (ChannelForbids, ChannelAddressWrong):  # the name is a nicety; a missing right was told by then
            return self.author
        return str(page.get("localizedName") or self.author)

    def _first(self, path: str, params: Mapping[str, str] | None = None) -> Answer:
        """The first call of a check, patient with a token that is some seconds old."""
        for pause in (*(PAUSES_FOR_FRESH_TOKEN if self.wire.fresh else ()), None):
            answer = self._answer("GET", path, params=params)
            if pause is None or not told(answer).token_is_revoked:
                break
            self.wait(pause)
        return self._hoped_for(answer, (200,))

    def _missing_write_scope(self) -> list[Refusal]:
        """Only an app that knows its own secret may ask. A service with moods: its silence means nothing."""
        app = self.credential
        if not (app.client_id and app.client_secret):
            return []
        form = {"token": app.access_token, "client_id": app.client_id, "client_secret": app.client_secret}
        try:
            answer = self._send("POST", f"{self.oauth}/introspectToken", data=form)
            scopes = str(self._object(answer).get("scope") or "").replace(",", " ").split()
        except Refusal:
            return []
        return [self._scope_missing(self.write_scope)] if scopes and self.write_scope not in scopes else []

    def _scope_missing(self, scope: str) -> Refusal:
        return LinkedInScopeMissing(channel=self.channel, scope=scope)

    def _what_ends_soon(self) -> list[Refusal]:
        found: list[Refusal] = []
        today, ends = self.wire.now().date(), version_ends(self.version)
        if today >= ends - WARN_OF_VERSION:
            found.append(LinkedInVersionEnds(channel=self.channel, version=self.version, ends=ends))
        signed_in_until = self.credential.expires_at
        if signed_in_until and self.wire.now() >= signed_in_until - WARN_OF_SIGN_IN:
            found.append(LinkedInSignInEnds(channel=self.channel, ends=signed_in_until))
        return found

    # -- images

    def send_image(self, image: ImageRef) -> RemoteImage:
        wish = {"initializeUploadRequest": {"owner": self.author}}
        answer = self._call("POST", "/rest/images", params={"action": "initializeUpload"}, json=wish)
        value = self._object(answer).get("value")
        target, urn = (value.get("uploadUrl"), value.get("image")) if isinstance(value, dict) else (None, None)
        if not isinstance(target, str) or not isinstance(urn, str) or not urn.startswith("urn:li:image:"):
            raise ChannelSilent(channel=self.channel, reason="initializeUpload: no uploadUrl")
        self._upload(target, image)
        if self.is_page:  # a member's token may not ask; LinkedIn says so when the post is made
            self._wait_until_available(urn)
        return RemoteImage(sha256=image.sha256, remote_id=urn)

    def _upload(self, target: str, image: ImageRef) -> None:
        if urlsplit(target).scheme != urlsplit(self.api).scheme:
            raise ChannelAddressWrong(channel=self.channel, reason="uploadUrl")
        headers = {"Content-Type": image.mime, **self._signed()}
        answer = self._send("PUT", target, headers=headers, data=self.wire.image(image.sha256), read_seconds=60)
        self._hoped_for(answer, (200, 201))

    def _wait_until_available(self, urn: str) -> None:
        path = f"/rest/images/{quote(urn, safe='')}"
        for pause in (*PAUSES_FOR_IMAGE, None):
            try:
                state = str(self._object(self._call("GET", path)).get("status"))
            except ChannelForbids:
                return
            if state == "AVAILABLE":
                return
            if state == "PROCESSING_FAILED":
                raise ChannelRefused(channel=self.channel, reason=f"{urn}: {state}")
            if pause is None:
                raise ChannelBusy(channel=self.channel, reason=f"{urn}: {state}", retry_after=60)
            self.wait(pause)

    # -- the post

    def put(self, rendered: Rendered, media: Mapping[str, RemoteImage], marker: str) -> Live:
        """One POST. It is repeated only after LinkedIn's word that nothing was created since the image is still in work."""
        post = _with_images(rendered.payload, media)
        for pause in (*PAUSES_BEFORE_POST, None):
            answer = self._answer("POST", "/rest/posts", json=post, read_seconds=60)
            if pause is None or not told(answer).image_is_not_ready:
                break
            self.wait(pause)
        return self._live(self._hoped_for(answer, (201,)))

    def _live(self, answer: Answer) -> Live:
        urn = answer.headers.get("x-restli-id") or answer.headers.get("x-linkedin-id") or ""
        if not urn and told(answer).is_page:  # some machine in between, not LinkedIn
            raise ChannelSilent(channel=self.channel, reason="HTML")
        return Live(urn, _public_address(urn))

    def look_up(self, rendered: Rendered, media: Mapping[str, RemoteImage], since: datetime) -> Live | None:
        """The newest post with the same visible text, made since then. `media` does not matter: LinkedIn renames images."""
        if not self.is_page:
            raise ChannelForbids(channel=self.channel, reason="r_member_social")
        wanted, earliest = _words(rendered.payload["commentary"]), (since - CLOCK_SKEW).timestamp() * 1000
        for look in range(LOOKS):
            posts = self._posts(start=look * POSTS_PER_LOOK, count=POSTS_PER_LOOK)
            recent = [post for post in posts if _made_at(post) >= earliest]
            for post in recent:
                if _words(post.get("commentary")) == wanted and post.get("lifecycleState") != "PUBLISH_FAILED":
                    return Live(str(post.get("id")), _public_address(str(post.get("id"))))
            if len(recent) < POSTS_PER_LOOK:
                return None
        return None

    def _posts(self, *, start: int, count: int) -> Sequence[Mapping[str, Any]]:
        params = {"q": "author", "author": self.author, "count": str(count), "start": str(start), "sortBy": "CREATED"}
        return self._elements(self._call("GET", "/rest/posts", params=params, scope="r_organization_social"))

    # -- what other kinds of outlet do

    def make_draft(self, rendered: Rendered, media: Mapping[str, RemoteImage], marker: str) -> str:
        raise TypeError("LinkedIn has no drafts")

    def compare(self, draft_id: str, rendered: Rendered, media: Mapping[str, RemoteImage]) -> Sequence[str]:
        raise TypeError("LinkedIn has no drafts")

    def flip(self, draft_id: str) -> Live:
        raise TypeError("LinkedIn has no drafts")

    # -- talking

    def _credential(self, secret: str) -> Credential:
        if not secret.strip():
            raise SecretMissing(channel=self.channel)
        try:
            return read_credential(secret)
        except ValueError as unusable:
            raise ReconnectNeeded(channel=self.channel, reason=str(unusable)) from None

    def _signed(self) -> dict[str, str]:
        ends = self.credential.expires_at
        if ends and self.credential.has_ended(self.wire.now()):
            reason = f"EXPIRED_ACCESS_TOKEN ({ends.astimezone(UTC):%Y-%m-%d %H:%M} UTC)"
            raise ReconnectNeeded(channel=self.channel, reason=reason)
        return {"Authorization": f"Bearer {self.credential.access_token}"}

    def _call(self, method: str, path: str, *, scope: str = "", **parts: Any) -> Answer:
        return self._hoped_for(self._answer(method, path, **parts), (200, 201), scope)

    def _answer(self, method: str, path: str, *, params: Mapping[str, str] | None = None, **parts: Any) -> Answer:
        headers = self._signed()
        if path.startswith("/rest/"):
            headers |= {"LinkedIn-Version": self.version, "X-Restli-Protocol-Version": "2.0.0"}
        if params and "q" in params:
            headers["X-RestLi-Method"] = "FINDER"
        return self._send(method, f"{self.api}{path}", headers=headers, params=params, **parts)

    def _send(self, method: str, url: str, **parts: Any) -> Answer:
        return outcome.sent(lambda: self.wire.net.send(method, url, **parts), self.channel)

    def _hoped_for(self, answer: Answer, statuses: tuple[int, ...], scope: str = "") -> Answer:
        if answer.status in statuses:
            return answer
        needed = scope or self.write_scope
        raise refusal(answer, channel=self.channel, version=self.version, scope=needed, now=self.wire.now())

    def _object(self, answer: Answer) -> Mapping[str, Any]:
        try:
            given = answer.json()
        except (ValueError, RecursionError):
            given = None
        if isinstance(given, dict):
            return given
        wrong = ChannelAddressWrong if told(answer).is_page else ChannelSilent
        raise wrong(channel=self.channel, reason=f"HTTP {answer.status}: {answer.headers.get('content-type', '')}")

    def _elements(self, answer: Answer) -> list[Mapping[str, Any]]:
        elements = self._object(answer).get("elements")
        return [one for one in elements if isinstance(one, dict)] if isinstance(elements, list) else []


def version_ends(version: str) -> date:
    """The day on which LinkedIn is expected to switch it off: mid-month, one year on.

    Source: https://learn.microsoft.com/linkedin/marketing/versioning ("at least 12 months"); past days: 15th to 17th
    """
    return date(int(version[:4]) + 1, int(version[4:]), 15)


def _with_images(payload: Mapping[str, object], media: Mapping[str, RemoteImage]) -> dict[str, object]:
    """The placeholders replaced where an image may stand; the words are left alone, whatever they contain."""
    post = dict(payload)
    if isinstance(content := post.get("content"), dict):
        [(form, part)] = content.items()
        field = "id" if form == "media" else "thumbnail"
        if field in part:
            part = {**part, field: media[str(part[field]).removeprefix("image:")].remote_id}
        post["content"] = {form: part}
    return post


def _public_address(urn: str) -> str:
    return f"https://www.linkedin.com/feed/update/{urn}/" if POST_URN.fullmatch(urn) else ""


def _words(commentary: object) -> str:
    return " ".join(normalise(visible_text(str(commentary or ""))).split())


def _made_at(post: Mapping[str, Any]) -> float:
    made = post.get("createdAt")
    return float(made) if isinstance(made, (int, float)) else 0.0
