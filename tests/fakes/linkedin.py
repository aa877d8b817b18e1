"""A LinkedIn on this machine that keeps to the contract of the Posts and Images API, also where it hurts.

In a test:           with FakeLinkedIn() as linkedin: linkedin.url, linkedin.posts, linkedin.fail("create", "cut")
On the command line: python -m tests.fakes.linkedin --port 8765   (settings api_url=http://127.0.0.1:8765,
                     oauth_url=http://127.0.0.1:8765/oauth/v2; tokens "person-token" and "page-token")
From outside:        GET /__control shows everything, POST /__control {"do": "fail", "on": "create", "how": "cut"};
                     also "tick" (seconds), "token" (name and fields), "set" (knobs), "reset"

It refuses whatever LinkedIn refuses, and it cuts a text at an unescaped reserved character with a 201, as LinkedIn does.
"""

from __future__ import annotations

import argparse
import json
import re
import socket
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

PERSON = "urn:li:person:kZ3_pQ9aBc"
PAGE = "urn:li:organization:5001"
OTHER_PAGE = "urn:li:organization:5002"
VERSIONS = tuple(f"2026{month:02}" for month in range(1, 11))
MEMBER_SCOPES = ("openid", "profile", "email", "w_member_social")
PAGE_SCOPES = (
    "w_organization_social",
    "r_organization_social",
    "rw_organization_admin",
    "r_organization_admin",
    "w_member_social",
)
POSTING_ROLES = {"ADMINISTRATOR", "CONTENT_ADMINISTRATOR", "CONTENT_ADMIN", "DIRECT_SPONSORED_CONTENT_POSTER"}
HOWS = ("cut", "error", "html", "busy", "day", "slow", "no_id", "expired", "revoked", "forbidden", "moved", "conflict", "refused")


# ------------------------------------------------------------------------------------------------------------- words


def stored_little_text(written: str) -> str:
    """What LinkedIn keeps of a commentary: everything up to the first reserved character that stands bare."""
    kept, at = "", 0
    while at < len(written):
        mark = _MARKS.match(written, at)
        if mark is None:
            return kept
        tag = mark["plain_tag"]
        kept += f"{{hashtag|\\#|{tag}}}" if tag else mark[0]
        at = mark.end()
    return kept


_MARKS = re.compile(
    r"\\[|{}@\[\]()<>#\\*_~]"
    r"|\{hashtag\|\\#\|(?:[^|{}@\[\]()<>#\\*_~]|\\[|{}@\[\]()<>#\\*_~])+\}"
    r"|@\[(?:[^|{}@\[\]()<>#\\*_~]|\\[|{}@\[\]()<>#\\*_~])+\]\(urn:li:(?:person|organization):[A-Za-z0-9_-]+\)"
    r"|#(?P<plain_tag>(?:[^\W_]|\\_)+)"
    r"|[^|{}@\[\]()<>#\\*_~]"
)


def seen_by_readers(stored: str) -> str:
    """Hashtag templates as `#Tag`, mentions as their name, backslashes gone; letter by letter, unlike our own code."""
    seen, at = "", 0
    while at < len(stored):
        if stored.startswith("{hashtag|\\#|", at):
            seen, at = seen + "#", at + len("{hashtag|\\#|")
        elif stored.startswith("@[", at):
            at += 2
        elif stored[at] == "]":
            at = stored.index(")", at) + 1
        elif stored[at] == "}":
            at += 1
        else:
            at += stored[at] == "\\"
            seen, at = seen + stored[at], at + 1
    return seen


def units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


# ----------------------------------------------------------------------------------------------------------- answers


class Answer(Exception):
    def __init__(self, status: int, body: object = None, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(status)
        self.status, self.headers = status, dict(headers or {})
        if isinstance(body, str):
            self.body, self.type = body.encode(), "text/html; charset=utf-8"
        else:
            self.body, self.type = (b"" if body is None else json.dumps(body).encode()), "application/json"


def plain_error(status: int, message: str, code: str = "", number: int = 0) -> Answer:
    body: dict[str, object] = {"message": message, "status": status}
    if code:
        body["code"] = code
    if number:
        body["serviceErrorCode"] = number
    return Answer(status, body)


def input_error(status: int, message: str, code: str, **given: object) -> Answer:
    detail = {"description": message, "input": {"inputPath": given}, "code": code}
    return Answer(
        status,
        {
            "errorDetailType": "com.linkedin.common.error.BadRequest",
            "message": message,
            "errorDetails": {"inputErrors": [detail]},
            "status": status,
        },
    )


def denied(what: str) -> Answer:
    return plain_error(403, f"Not enough permissions to access: {what}", "ACCESS_DENIED", 100)


def unpermitted(*fields: str) -> Answer:
    where = ", ".join(f"/{name}" for name in fields)
    return plain_error(
        403,
        f"Unpermitted fields present in REQUEST_BODY: Data Processing Exception while processing fields [{where}]",
        "ACCESS_DENIED",
        100,
    )


# ------------------------------------------------------------------------------------------------------------ things


@dataclass
class Token:
    """What one access token may do. `fresh` answers "revoked" that many times first, as new tokens do."""

    member: str = PERSON
    name: str = "Anna Muster"
    scopes: tuple[str, ...] = MEMBER_SCOPES
    roles: dict[str, str] = field(default_factory=dict)
    state: str = "active"
    fresh: int = 0
    expires_at: float = 0.0


@dataclass
class Image:
    owner: str
    state: str = "WAITING_UPLOAD"
    polls_left: int = 0
    body: bytes = b""


@dataclass
class Post:
    id: str
    created_ms: int
    sent: dict[str, Any]
    commentary: str
    deleted: bool = False

    def shown(self) -> dict[str, Any]:
        kept = {name: value for name, value in self.sent.items() if name != "commentary"}
        times = dict.fromkeys(("createdAt", "publishedAt", "lastModifiedAt"), self.created_ms)
        return {"id": self.id, "commentary": self.commentary, "lifecycleStateInfo": {}, **kept, **times}


@dataclass
class Fault:
    on: str
    how: str
    times: int = 1
    seconds: float = 0.0


@dataclass(frozen=True)
class Call:
    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


class FakeLinkedIn:
    """The service and its control. All knobs may be turned while it runs."""

    def __init__(self, port: int = 0) -> None:
        self.lock = threading.RLock()
        self.reset()
        self._server = _Server(("127.0.0.1", port), _Handler)
        self._server.fake = self
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self.released = threading.Event()

    def reset(self) -> None:
        self.ahead = 0.0
        self.versions: tuple[str, ...] = VERSIONS
        self.listing_lag_seconds = 0.0
        self.polls_until_available = 0
        self.image_fails = False
        self.post_kind = "share"
        self.id_header = "x-restli-id"
        self.posts: list[Post] = []
        self.images: dict[str, Image] = {}
        self.faults: list[Fault] = []
        self.calls: list[Call] = []
        self.pages = {PAGE: "Muster Maschinenbau GmbH", OTHER_PAGE: "Andere AG"}
        self.clients = {"client-1": "client-secret-1"}
        self.tokens: dict[str, Token] = {
            "person-token": Token(),
            "page-token": Token(scopes=PAGE_SCOPES, roles={PAGE: "ADMINISTRATOR"}),
        }
        self._next = 7_400_000_000_000_000_000

    def __enter__(self) -> FakeLinkedIn:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.released.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    # control

    def now(self) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=self.ahead)

    def tick(self, seconds: float) -> None:
        self.ahead += seconds

    def fail(self, on: str, how: str, times: int = 1, seconds: float = 0.0) -> None:
        """The next `times` calls of `on` (create, initialize, upload, image, list, me, acls, page, any) fail.

        how   cut, error, html: after the effect, without a usable answer; slow: the effect, then silence for `seconds`;
              no_id: the effect, 201 without the id; all others: without effect
        """
        if how not in HOWS:
            raise ValueError(f"{how} is none of {HOWS}")
        self.faults.append(Fault(on, how, times, seconds))

    def creates(self) -> list[Call]:
        return [call for call in self.calls if call.method == "POST" and call.path == "/rest/posts"]

    def live_posts(self) -> list[Post]:
        return [post for post in self.posts if not post.deleted]

    def state(self) -> dict[str, Any]:
        return {
            "now": self.now().isoformat(),
            "posts": [post.shown() | {"deleted": post.deleted} for post in self.posts],
            "images": {urn: {"owner": i.owner, "state": i.state, "size": len(i.body)} for urn, i in self.images.items()},
            "faults": [asdict(fault) for fault in self.faults],
            "calls": [f"{call.method} {call.path}" for call in self.calls],
            "versions": list(self.versions),
        }

    def control(self, wish: dict[str, Any]) -> dict[str, Any]:
        match wish.pop("do", ""):
            case "fail":
                self.fail(**wish)
            case "tick":
                self.tick(float(wish["seconds"]))
            case "token":
                name = wish.pop("token")
                self.tokens[name] = Token(**wish)
            case "set":
                unknown = set(wish) - KNOBS
                if unknown:
                    raise ValueError(f"no such knob: {sorted(unknown)}")
                for name, value in wish.items():
                    setattr(self, name, tuple(value) if isinstance(value, list) else value)
            case "reset":
                self.reset()
            case other:
                raise ValueError(f"no such control: {other!r}")
        return self.state()

    # effects

    def number(self) -> int:
        self._next += 1
        return self._next

    def fault_for(self, on: str) -> Fault | None:
        for fault in self.faults:
            if fault.on in (on, "any") and fault.times > 0:
                fault.times -= 1
                return fault
        return None


KNOBS = {"versions", "listing_lag_seconds", "polls_until_available", "image_fails", "post_kind", "id_header", "pages"}


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    fake: FakeLinkedIn


# -------------------------------------------------------------------------------------------------------- the routes

ROUTES = [
    ("GET", r"/v2/userinfo", "me"),
    ("GET", r"/rest/organizationAcls", "acls"),
    ("GET", r"/rest/organizations/(\d+)", "page"),
    ("POST", r"/rest/posts", "create"),
    ("GET", r"/rest/posts", "list"),
    ("GET", r"/rest/posts/([^/]+)", "read"),
    ("DELETE", r"/rest/posts/([^/]+)", "delete"),
    ("POST", r"/rest/images", "initialize"),
    ("GET", r"/rest/images/([^/]+)", "image"),
    ("PUT", r"/dms-uploads/([^/]+)", "upload"),
    ("POST", r"/oauth/v2/introspectToken", "introspect"),
]
WITHOUT_VERSION = {"me", "upload", "introspect"}
AFTER_EFFECT = {"cut", "error", "html", "slow", "no_id"}


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        """Silent: the calls are kept."""

    def do_GET(self) -> None:
        self.serve()

    do_POST = do_PUT = do_DELETE = do_GET  # noqa: N815

    def serve(self) -> None:
        self.fake = self.server.fake
        self.given = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        split = urlsplit(self.path)
        self.params = dict(parse_qsl(split.query, keep_blank_values=True))
        if split.path == "/__control":
            self.reply(self.control())
            return
        headers = {name.lower(): value for name, value in self.headers.items()}
        with self.fake.lock:
            self.fake.calls.append(Call(self.command, split.path, headers, self.given))
            on, argument = self.route(split.path)
            fault = self.fake.fault_for(on)
            answer = self.outcome(on, argument, fault)
        self.deliver(answer, fault)

    def control(self) -> Answer:
        try:
            with self.fake.lock:
                return Answer(200, self.fake.control(json.loads(self.given)) if self.given else self.fake.state())
        except (ValueError, TypeError, KeyError) as wrong:
            return Answer(400, {"message": str(wrong)})

    def route(self, path: str) -> tuple[str, str]:
        for method, pattern, on in ROUTES:
            found = re.fullmatch(pattern, path)
            if found and method == self.command:
                return on, unquote(found[1]) if found.groups() else ""
        return "nothing", ""

    def outcome(self, on: str, argument: str, fault: Fault | None) -> Answer:
        try:
            if fault and fault.how not in AFTER_EFFECT:
                return _WITHOUT_EFFECT[fault.how](self.fake)
            if on == "nothing":
                return plain_error(404, f"No virtual resource found for: {self.path}", "RESOURCE_NOT_FOUND")
            if on not in WITHOUT_VERSION:
                self.check_headers()
            token = Token() if on == "introspect" else self.token()
            done: Answer = getattr(self, f"on_{on}")(token, argument)
            return done
        except Answer as refused:
            return refused

    def deliver(self, answer: Answer, fault: Fault | None) -> None:
        how = fault.how if fault else ""
        if how == "slow" and fault:
            self.fake.released.wait(fault.seconds)
        if how == "cut":
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
        elif how == "error":
            self.reply(plain_error(500, "Internal Server Error"))
        elif how == "html":
            self.reply(Answer(502, "<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>"))
        elif how == "no_id":
            self.reply(Answer(answer.status))
        else:
            self.reply(answer)

    def reply(self, answer: Answer) -> None:
        self.send_response(answer.status)
        if answer.body:
            self.send_header("Content-Type", answer.type)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", "0" if answer.status == 204 else str(len(answer.body)))
        self.end_headers()
        self.wfile.write(answer.body)

    # checks

    def check_headers(self) -> None:
        version = self.headers.get("LinkedIn-Version", "")
        if not version:
            raise plain_error(
                400,
                "A version must be present. Please specify a version by adding the LinkedIn-Version header.",
                "VERSION_MISSING",
            )
        if version not in self.fake.versions:
            raise plain_error(426, f"Requested version {version}01 is not active", "NONEXISTENT_VERSION")
        if self.headers.get("X-Restli-Protocol-Version") != "2.0.0":
            raise plain_error(400, "Invalid Rest.li protocol version", "ILLEGAL_ARGUMENT")

    def token(self) -> Token:
        name = self.headers.get("Authorization", "").removeprefix("Bearer ")
        if not name:
            raise plain_error(401, "Empty oauth2 access token", "EMPTY_ACCESS_TOKEN", 65604)
        token = self.fake.tokens.get(name)
        if token is None:
            raise plain_error(401, "Invalid access token", "INVALID_ACCESS_TOKEN", 65600)
        if token.fresh > 0:
            token.fresh -= 1
            raise revoked(self.fake)
        if token.state == "revoked":
            raise revoked(self.fake)
        if token.state == "expired":
            raise expired(self.fake)
        return token

    def json_body(self) -> dict[str, Any]:
        if not self.headers.get("Content-Type", "").startswith("application/json"):
            raise plain_error(415, "Content-Type must be application/json")
        try:
            body = json.loads(self.given)
        except ValueError:
            raise plain_error(400, "Cannot parse request entity") from None
        if not isinstance(body, dict):
            raise plain_error(400, "Cannot parse request entity")
        return body

    def check_author(self, token: Token, author: object, api: str) -> str:
        """The scope first, then whether the author is this member or a page of theirs."""
        if not isinstance(author, str) or not re.fullmatch(r"urn:li:(person:[\w-]+|organization:\d+)", author):
            raise author_refused(author)
        is_page = author.startswith("urn:li:organization:")
        if ("w_organization_social" if is_page else "w_member_social") not in token.scopes:
            raise denied(f"{api}.{self.headers.get('LinkedIn-Version')}01")
        mine = token.roles.get(author) in POSTING_ROLES if is_page else author == token.member
        if not mine:
            raise author_refused(author)
        return author

    def check_params(self, allowed: set[str], required: set[str]) -> None:
        for name in self.params:
            if name not in allowed:
                raise plain_error(400, f"Query parameter {name} not allowed", "QUERY_PARAM_NOT_ALLOWED")
        for name in required - set(self.params):
            raise plain_error(400, f"Parameter '{name}' is required", "PARAM_MISSING")

    def check_finder(self) -> None:
        if self.headers.get("X-RestLi-Method", "").upper() != "FINDER":
            raise plain_error(400, "X-RestLi-Method FINDER expected", "ILLEGAL_ARGUMENT")

    # who am I

    def on_me(self, token: Token, _: str) -> Answer:
        if "openid" not in token.scopes:
            return denied("userinfo.GET.NO_VERSION")
        return Answer(
            200, {"sub": token.member.rsplit(":", 1)[1], "name": token.name, "locale": {"country": "DE", "language": "de"}}
        )

    def on_acls(self, token: Token, _: str) -> Answer:
        self.check_finder()
        self.check_params({"q", "role", "state", "count", "start"}, {"q"})
        if not {"rw_organization_admin", "r_organization_admin"} & set(token.scopes):
            return denied(f"partnerApiOrganizationAcls.FINDER-roleAssignee.{self.headers['LinkedIn-Version']}01")
        held = [
            {"organization": page, "organizationTarget": page, "roleAssignee": token.member, "role": role, "state": "APPROVED"}
            for page, role in token.roles.items()
            if self.params.get("role", role) == role
        ]
        return self.paged(held)

    def on_page(self, token: Token, number: str) -> Answer:
        page = f"urn:li:organization:{number}"
        if not {"rw_organization_admin", "r_organization_admin"} & set(token.scopes):
            return denied(f"partnerApiOrganizations.GET.{self.headers['LinkedIn-Version']}01")
        if page not in self.fake.pages:
            return plain_error(404, "Could not find organization", "NOT_FOUND")
        return Answer(200, {"id": int(number), "localizedName": self.fake.pages[page], "vanityName": f"page-{number}"})

    def paged(self, found: list[dict[str, Any]]) -> Answer:
        count, start = int(self.params.get("count", 10)), int(self.params.get("start", 0))
        if not 1 <= count <= 100:
            return plain_error(400, "count must be between 1 and 100", "PARAM_INVALID")
        return Answer(200, {"elements": found[start : start + count], "paging": {"start": start, "count": count, "links": []}})

    def on_introspect(self, _: Token, __: str) -> Answer:
        form = dict(parse_qsl(self.given.decode()))
        if self.fake.clients.get(form.get("client_id", "")) != form.get("client_secret"):
            return Answer(401, {"error": "invalid_client", "error_description": "Client authentication failed"})
        token = self.fake.tokens.get(form.get("token", ""))
        if token is None:
            return Answer(200, {"active": False})
        told = {"active": token.state == "active", "status": token.state, "scope": ",".join(token.scopes), "auth_type": "3L"}
        return Answer(200, told | ({"expires_at": int(token.expires_at)} if token.expires_at else {}))

    # images

    def on_initialize(self, token: Token, _: str) -> Answer:
        self.check_params({"action"}, {"action"})
        body = self.json_body()
        wanted = body.get("initializeUploadRequest")
        if (
            self.params["action"] != "initializeUpload"
            or set(body) != {"initializeUploadRequest"}
            or not isinstance(wanted, dict)
        ):
            return plain_error(400, "ACTION initializeUpload with initializeUploadRequest expected", "MISSING_FIELD")
        if set(wanted) != {"owner"}:
            return unpermitted(*sorted(set(wanted) - {"owner"}) or ["owner"])
        owner = self.check_author(token, wanted["owner"], "partnerApiImages.ACTION-initializeUpload")
        name = f"C4E10AQ{self.fake.number()}"
        urn = f"urn:li:image:{name}"
        self.fake.images[urn] = Image(owner)
        expires = int((self.fake.now() + timedelta(days=1)).timestamp() * 1000)
        return Answer(
            200, {"value": {"uploadUrl": f"{self.fake.url}/dms-uploads/{name}", "uploadUrlExpiresAt": expires, "image": urn}}
        )

    def on_upload(self, token: Token, name: str) -> Answer:
        image = self.fake.images.get(f"urn:li:image:{name}")
        if image is None:
            return plain_error(400, "Upload URL is not valid", "EXPIRED_UPLOAD_URL")
        self.check_author(token, image.owner, "dmsUploads.PUT")
        if not self.given:
            return plain_error(400, "No content")
        image.body = self.given
        readable = self.given.startswith((b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF87a", b"GIF89a"))
        image.polls_left = self.fake.polls_until_available
        image.state = "PROCESSING" if image.polls_left else "AVAILABLE"
        if not readable or self.fake.image_fails:
            image.state = "PROCESSING_FAILED"
        return Answer(201)

    def on_image(self, token: Token, urn: str) -> Answer:
        if not {"w_organization_social", "r_organization_social"} & set(token.scopes):
            return plain_error(403, "Accessing this image resource is forbidden for the given token", "ACCESS_DENIED", 100)
        image = self.fake.images.get(urn)
        if image is None:
            return plain_error(404, "Not found", "NOT_FOUND")
        return Answer(200, {"id": urn, "owner": image.owner, "status": self.looked_at(image)})

    def looked_at(self, image: Image) -> str:
        """Each look brings the processing one step further."""
        state = image.state
        if state == "PROCESSING":
            image.polls_left -= 1
            if image.polls_left <= 0:
                image.state = "AVAILABLE"
        return state

    # posts

    def on_create(self, token: Token, _: str) -> Answer:
        body = self.json_body()
        self.check_fields(body)
        author = self.check_author(token, body["author"], "partnerApiPostsExternal.CREATE")
        self.check_words(body["commentary"])
        self.check_values(body, author)
        if "content" in body:
            self.check_content(body["content"], author)
        self.check_duplicate(body)
        post = Post(
            id=f"urn:li:{self.fake.post_kind}:{self.fake.number()}",
            created_ms=int(self.fake.now().timestamp() * 1000),
            sent=body,
            commentary=stored_little_text(body["commentary"]),
        )
        self.fake.posts.append(post)
        return Answer(201, None, {self.fake.id_header: post.id})

    def check_fields(self, body: dict[str, Any]) -> None:
        unknown = sorted(set(body) - POST_FIELDS)
        if unknown:
            raise unpermitted(*unknown)
        for name in ("author", "commentary", "visibility", "distribution", "lifecycleState"):
            if name not in body:
                raise input_error(400, f"/{name} :: field is required but not found", "MISSING_FIELD", field=name)
        if "content" in body and body["content"] is None:
            raise unpermitted("content")
        check_tree("distribution", body["distribution"], DISTRIBUTION)

    def check_words(self, words: object) -> None:
        if not isinstance(words, str):
            raise input_error(400, "/commentary :: is not a string", "INVALID_VALUE_FOR_FIELD", field="commentary")
        if not words.strip():
            raise input_error(400, "commentary must not be blank", "INVALID_VALUE_BLANK_FIELD", field="commentary")
        if units(words) > 3000:
            message = f"ShareCommentary text length ({units(words)} characters) exceeded the maximum allowed (3000 characters)"
            raise input_error(400, message, "FIELD_ARRAY_SIZE_TOO_HIGH", field="commentary")

    def check_values(self, body: dict[str, Any], author: str) -> None:
        sights = {"PUBLIC", "LOGGED_IN"} | (set() if "organization" in author else {"CONNECTIONS"})
        wrong = {
            "visibility": body["visibility"] not in sights,
            "lifecycleState": body["lifecycleState"] != "PUBLISHED",
            "distribution": body["distribution"].get("feedDistribution") not in ("MAIN_FEED", "NONE"),
            "isReshareDisabledByAuthor": not isinstance(body.get("isReshareDisabledByAuthor", False), bool),
        }
        for name, is_wrong in wrong.items():
            if is_wrong:
                raise input_error(400, f"Invalid value for field /{name}", "INVALID_VALUE_FOR_FIELD", field=name)

    def check_content(self, content: object, author: str) -> None:
        if not isinstance(content, dict) or len(content) != 1 or next(iter(content)) not in ("media", "article"):
            raise unrecognised("content")
        kind, part = next(iter(content.items()))
        check_tree(f"content/{kind}", part, CONTENT[kind])
        if kind == "media":
            if part.get("altText", "x") == "" or units(part.get("altText", "")) > 4086:
                raise input_error(400, "altText length", "FIELD_LENGTH_TOO_LONG", field="altText")
            self.check_image(part.get("id"), author)
            return
        if not re.fullmatch(r"https?://\S+", str(part.get("source", ""))):
            raise input_error(400, "Invalid value for /content/article/source", "INVALID_VALUE_FOR_FIELD", field="source")
        if not part.get("title"):
            raise input_error(400, "/content/article/title :: field is required but not found", "MISSING_FIELD", field="title")
        if units(part["title"]) > 400:
            raise input_error(400, "title is too long", "FIELD_LENGTH_TOO_LONG", field="title")
        if "thumbnail" in part:
            self.check_image(part["thumbnail"], author)

    def check_image(self, urn: object, author: str) -> None:
        if not isinstance(urn, str) or not re.fullmatch(r"urn:li:image:[\w-]+", urn):
            raise input_error(400, f"{urn} is not an image URN", "INVALID_URN_TYPE", field="id")
        image = self.fake.images.get(urn)
        if image is None:
            raise input_error(400, f"{urn} does not exist", "INVALID_URN_ID", field="id")
        if image.owner != author:
            raise plain_error(400, f"One or more of the assets is not owned by the author: {author}", "INVALID_VALUE_FOR_FIELD")
        state = self.looked_at(image)
        if state != "AVAILABLE":
            raise input_error(400, f"Media asset {urn} is in state {state}", f"MEDIA_ASSET_{state}", field="id")

    def check_duplicate(self, body: dict[str, Any]) -> None:
        since = self.fake.now() - timedelta(minutes=10)
        for post in reversed(self.fake.posts):  # a deleted one blocks as well
            if post.sent == body and post.created_ms >= since.timestamp() * 1000:
                message = f"Content is a duplicate of {post.id}"
                raise input_error(422, message, "DUPLICATE_POST", field="commentary")

    def on_list(self, token: Token, _: str) -> Answer:
        self.check_finder()
        self.check_params({"q", "author", "count", "start", "sortBy", "isDsc"}, {"q", "author"})
        if self.params["q"] != "author" or self.params.get("sortBy", "LAST_MODIFIED") not in ("CREATED", "LAST_MODIFIED"):
            return plain_error(400, "Invalid query parameters passed to request", "PARAM_INVALID")
        author = self.params["author"]
        self.check_reading(token, author, "FINDER-author")
        listed_until = (self.fake.now().timestamp() - self.fake.listing_lag_seconds) * 1000
        found = [post for post in self.fake.live_posts() if post.sent["author"] == author and post.created_ms <= listed_until]
        return self.paged([post.shown() for post in reversed(found)])

    def check_reading(self, token: Token, author: str, what: str) -> None:
        is_page = author.startswith("urn:li:organization:")
        if ("r_organization_social" if is_page else "r_member_social") not in token.scopes:
            raise denied(f"partnerApiPostsExternal.{what}.{self.headers['LinkedIn-Version']}01")
        if is_page and token.roles.get(author) not in POSTING_ROLES:
            raise denied(f"partnerApiPostsExternal.{what}.{self.headers['LinkedIn-Version']}01")

    def on_read(self, token: Token, urn: str) -> Answer:
        post = self.found(urn)
        self.check_reading(token, post.sent["author"] if post else PAGE, "GET")
        return Answer(200, post.shown()) if post else plain_error(404, "Not found", "NOT_FOUND")

    def on_delete(self, token: Token, urn: str) -> Answer:
        post = self.found(urn)
        if post:
            self.check_author(token, post.sent["author"], "partnerApiPostsExternal.DELETE")
            post.deleted = True
        return Answer(204)

    def found(self, urn: str) -> Post | None:
        return next((post for post in self.fake.live_posts() if post.id == urn), None)


POST_FIELDS = {
    "author", "commentary", "visibility", "distribution", "lifecycleState", "isReshareDisabledByAuthor", "content",
}  # fmt: skip
DISTRIBUTION = {"feedDistribution": str, "targetEntities": list, "thirdPartyDistributionChannels": list}
CONTENT = {
    "media": {"id": str, "altText": str, "title": str},
    "article": {"source": str, "title": str, "description": str, "thumbnail": str},
}


def check_tree(where: str, given: object, known: Mapping[str, type]) -> None:
    if not isinstance(given, dict):
        raise input_error(400, f"/{where} :: is not an object", "INVALID_VALUE_FOR_FIELD", field=where)
    for name, value in given.items():
        if name not in known:
            raise unrecognised(f"{where}/{name}")
        if not isinstance(value, known[name]):
            raise input_error(400, f"/{where}/{name} :: wrong type", "INVALID_VALUE_FOR_FIELD", field=name)


def unrecognised(where: str) -> Answer:
    return plain_error(422, f"ERROR :: /{where} :: unrecognized field found but not allowed\n")


def author_refused(author: object) -> Answer:
    return plain_error(
        403,
        "Field Value validation failed in REQUEST_BODY: Data Processing Exception while processing fields [/author]",
        "ACCESS_DENIED" if author else "",
        100,
    )


def revoked(_: FakeLinkedIn) -> Answer:
    return plain_error(401, "The token used in the request has been revoked by the user", "REVOKED_ACCESS_TOKEN", 65601)


def expired(_: FakeLinkedIn) -> Answer:
    return plain_error(401, "The token used in the request has expired", "EXPIRED_ACCESS_TOKEN", 65602)


def _busy(_: FakeLinkedIn) -> Answer:
    return Answer(
        429,
        {"message": "Too many requests", "code": "TOO_MANY_REQUESTS", "serviceErrorCode": 101, "status": 429},
        {"Retry-After": "90"},
    )


def _day(_: FakeLinkedIn) -> Answer:
    message = "Resource level throttle MEMBER DAY limit for calls to this resource is reached."
    return plain_error(429, message, "TOO_MANY_REQUESTS", 101)


_WITHOUT_EFFECT = {
    "busy": _busy,
    "day": _day,
    "expired": expired,
    "revoked": revoked,
    "forbidden": lambda fake: denied("partnerApiPostsExternal.CREATE.20260901"),
    "moved": lambda fake: Answer(301, "<html>moved</html>", {"Location": f"{fake.url}/elsewhere"}),
    "refused": lambda fake: input_error(400, "Invalid value for field", "INVALID_VALUE_FOR_FIELD", field="commentary"),
    "conflict": lambda fake: plain_error(409, "Conflict, please retry", "CONFLICT"),
}


def main() -> None:
    asked = argparse.ArgumentParser(description="A LinkedIn on this machine, for trying out.")
    asked.add_argument("--port", type=int, default=8765)
    with FakeLinkedIn(asked.parse_args().port) as fake:
        told = {"api_url": fake.url, "oauth_url": f"{fake.url}/oauth/v2", "person": PERSON, "page": PAGE}
        sys.stdout.write(json.dumps(told | {"tokens": list(fake.tokens)}) + "\n")
        sys.stdout.flush()
        try:
            while True:
                time.sleep(3600)
        except KeyboardInterrupt:
            return


if __name__ == "__main__":
    main()
