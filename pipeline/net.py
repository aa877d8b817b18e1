"""The one door for outgoing HTTP. Nothing else imports `requests`.

Two kinds of address: a *connection* was typed by somebody who may connect channels and stays fixed; a *foreign* address
was found in content or typed by anybody. Connections may go to this machine and to private networks an administrator
named; foreign addresses only ever to public ones. What is checked is the address connected to, not the name.
"""

from __future__ import annotations

import json as jsonlib
import logging
import queue
import socket
import ssl
import threading
import time
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import partial
from http.client import HTTPResponse, IncompleteRead
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any, cast
from urllib.parse import urljoin, urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import HTTPError

log = logging.getLogger(__name__)

CONNECT_SECONDS = 5.0
UPLOAD_SECONDS = 120.0
MOST_REDIRECTS = 3
FOREIGN_PORTS = (80, 443)
HEADERS = {"user-agent": "Staffelstab/0.1", "accept-encoding": "gzip"}

Address = IPv4Address | IPv6Address


class NetError(Exception):
    """Something happened below HTTP. `str()` is one plain line; it names no address of an internal network."""


class NothingSent(NetError):
    """Name, connect or TLS failure: the request did not leave."""


class Unclear(NetError):
    """The request left and no whole answer came: cut, timed out, or unreadable."""


class Forbidden(NetError):
    """The address is not one this door opens to."""


@dataclass(frozen=True)
class Answer:
    """A whole HTTP answer. `headers` has lower-case names."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    url: str

    @property
    def is_json(self) -> bool:
        return "json" in self.headers.get("content-type", "")

    def json(self) -> Any:
        """Raises ValueError for anything that is not JSON."""
        return jsonlib.loads(self.body)

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")


class Net:
    """`private`: networks such as "10.1.0.0/16" that connections may use besides public ones and this machine.

    `foreign_too`: networks that count as public for `fetch`, on any port; for tests against a server on this machine.
    """

    def __init__(self, private: Sequence[str] = (), *, foreign_too: Sequence[str] = ()) -> None:
        self.private = tuple(private)
        self._private = tuple(ip_network(one) for one in private)
        self._foreign_too = tuple(ip_network(one) for one in foreign_too)

    def send(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        params: Mapping[str, str] | None = None,
        json: object = None,
        data: bytes | Mapping[str, str] | None = None,
        files: Mapping[str, tuple[str, bytes, str]] | None = None,
        read_seconds: float = 30,
        largest: int = 20 * 1024 * 1024,
    ) -> Answer:
        """One request on a connection, once: no redirect is followed, nothing is repeated.

        Plain http goes only to this machine and to `private` networks. However slowly the other side answers, the call
        ends: after connecting and twice `read_seconds`, plus UPLOAD_SECONDS when it carries bytes.
        Raises NothingSent, Unclear, Forbidden.
        """
        uploads = files is not None or isinstance(data, bytes)
        whole = CONNECT_SECONDS + 2 * read_seconds + (UPLOAD_SECONDS if uploads else 0)
        request = requests.Request(
            method,
            _web_address(url),
            headers={**HEADERS, **(_basic(*auth) if auth else {}), **(headers or {})},
            params=params,
            json=cast(Any, json),
            data=data,
            files=files,
        )
        answer, _ = _once(request, _Way(self._connection_may, whole), read_seconds, largest)
        return answer

    def fetch(self, url: str, *, largest: int = 2 * 1024 * 1024, seconds: float = 15) -> Answer:
        """GET a foreign address: up to 3 redirects, each hop checked again.

        Raises NothingSent, Unclear, Forbidden.
        """
        ends = time.monotonic() + seconds
        for _ in range(MOST_REDIRECTS + 1):
            request = requests.Request("GET", _web_address(url), headers=HEADERS)
            left = ends - time.monotonic()
            answer, target = _once(request, _Way(self._foreign_may, left), seconds, largest)
            if target is None:
                return answer
            url = urljoin(answer.url, target)
        raise Unclear("too many redirects")

    def _connection_may(self, address: Address, port: int, plain: bool) -> bool:  # noqa: ARG002 - any port was typed by hand
        if address.is_loopback:
            return True
        if any(address in network for network in self._private):
            return not any(address in network for network in METADATA)
        return is_public(address) and not plain

    def _foreign_may(self, address: Address, port: int, plain: bool) -> bool:  # noqa: ARG002 - http is usual there
        if any(address in network for network in self._foreign_too):
            return True
        return is_public(address) and port in FOREIGN_PORTS


# ------------------------------------------------------------------------------------------------ which addresses

METADATA = tuple(map(ip_network, ("169.254.0.0/16", "fe80::/10", "168.63.129.16/32", "100.100.100.200/32", "fd00:ec2::254/128")))
"""Where clouds answer with credentials; never, not even inside a network somebody allowed."""

NOT_PUBLIC = METADATA + tuple(
    map(ip_network, ("100.64.0.0/10", "192.0.0.0/24", "192.88.99.0/24", "2001::/23", "2002::/16", "3fff::/20"))
)
GLOBAL_UNICAST = ip_network("2000::/3")


def is_public(address: Address) -> bool:
    """A unicast address of the open internet.

    `is_global` alone is not enough: Python 3.11 says yes to NAT64 (64:ff9b::/96 reaches 127.0.0.1), 6to4, multicast.
    """
    if isinstance(address, IPv6Address) and address not in GLOBAL_UNICAST:
        return False  # with it: mapped and compatible IPv4, NAT64, site-local
    return address.is_global and not address.is_multicast and not any(address in network for network in NOT_PUBLIC)


def _basic(name: str, password: str) -> dict[str, str]:
    """In UTF-8, as services read it; `requests` would write Latin-1."""
    return {"authorization": "Basic " + b64encode(f"{name}:{password}".encode()).decode()}


def _web_address(url: str) -> str:
    try:
        parts = urlsplit(url)
        has_login = "@" in parts.netloc
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        raise Forbidden("not a web address") from None
    if not usable or has_login:
        raise Forbidden("a web address starts with https:// and carries no password")
    return url


# ------------------------------------------------------------------------------------------------- one request


class _Way:
    """One request's way out: whom it may reach, when it ends, and whether it got through."""

    def __init__(self, may: Callable[[Address, int, bool], bool], seconds: float) -> None:
        self.may = may
        self.ends = time.monotonic() + seconds
        self.connected = False
        self.was_cut = False
        self._handle: socket.socket | None = None

    @property
    def left(self) -> float:
        return max(0.001, self.ends - time.monotonic())

    def open(self, host: str, port: int, *, plain: bool) -> socket.socket:
        found = _resolve(host, port, min(CONNECT_SECONDS, self.left))
        if not all(self.may(ip_address(where[0]), port, plain) for _, where in found):
            log.warning("refused to connect to %s: it is %s", host, ", ".join(str(where[0]) for _, where in found))
            raise Forbidden("the address is not allowed")
        sock = self._connect(found)
        # a second handle on the same connection: TLS takes the first one away
        self._handle = sock.dup()
        return sock

    def _connect(self, found: Sequence[tuple[int, tuple[Any, ...]]]) -> socket.socket:
        ends = time.monotonic() + min(CONNECT_SECONDS, self.left)
        failure: OSError = OSError("no address")
        for family, where in found:
            sock = socket.socket(family, socket.SOCK_STREAM)
            try:
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                sock.settimeout(max(0.001, ends - time.monotonic()))
                sock.connect(where)
            except OSError as problem:
                sock.close()
                failure = problem
            else:
                sock.settimeout(CONNECT_SECONDS)
                return sock
        log.info("no connection: %s", failure)
        raise NothingSent("timed out while connecting" if isinstance(failure, TimeoutError) else "no connection")

    def cut(self) -> None:
        """Wakes a thread that waits for the other side, also inside a TLS handshake or between two header bytes."""
        self.was_cut = True
        if self._handle is not None:
            try:
                self._handle.shutdown(socket.SHUT_RDWR)
            except OSError:
                return

    @contextmanager
    def until_the_end(self) -> Iterator[None]:
        alarm = threading.Timer(self.left, self.cut)
        alarm.daemon = True
        alarm.start()
        try:
            yield
        finally:
            alarm.cancel()
            if self._handle is not None:
                self._handle.close()


def _resolve(host: str, port: int, seconds: float) -> list[tuple[int, tuple[Any, ...]]]:
    """Family and socket address of every answer. In a thread, because a name server may take longer than we have."""
    answers: queue.Queue[list[tuple[int, tuple[Any, ...]]]] = queue.Queue()

    def ask() -> None:
        try:
            found = socket.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError):
            answers.put([])
        else:
            answers.put([(one[0], one[4]) for one in found])

    threading.Thread(target=ask, daemon=True).start()
    try:
        found = answers.get(timeout=seconds)
    except queue.Empty:
        raise NothingSent("the name server did not answer") from None
    if not found:
        raise NothingSent("the name was not found")
    return found


class _WholeHead(HTTPResponse):
    """A cut between two header lines is no answer; http.client takes it for the end of the headers and reports success."""

    def begin(self) -> None:
        lines = _Lines(self.fp)
        self.fp = cast(Any, lines)
        super().begin()
        if self.fp is not None:  # None: an answer without a body was closed
            self.fp = lines.file
        if not lines.last:
            raise IncompleteRead(b"")


class _Lines:
    def __init__(self, file: Any) -> None:
        self.file = file
        self.last = b""

    def readline(self, limit: int = -1) -> bytes:
        self.last = self.file.readline(limit)
        return self.last

    def __getattr__(self, name: str) -> Any:
        return getattr(self.file, name)


class _PlainConnection(HTTPConnection):
    response_class = _WholeHead
    way: _Way

    def _new_conn(self) -> socket.socket:
        return self.way.open(self._dns_host, self.port, plain=True)

    def connect(self) -> None:
        super().connect()
        self.way.connected = True


class _TlsConnection(HTTPSConnection):
    response_class = _WholeHead
    way: _Way

    def _new_conn(self) -> socket.socket:
        return self.way.open(self._dns_host, self.port or 443, plain=False)

    def connect(self) -> None:
        super().connect()
        self.way.connected = True


class _Pool(HTTPConnectionPool):
    """Gives each of its connections the way that checks where they lead."""

    def __init__(self, *args: Any, way: _Way, **named: Any) -> None:
        self.way = way
        super().__init__(*args, **named)

    def _new_conn(self) -> Any:
        connection = super()._new_conn()
        connection.way = self.way  # type: ignore[attr-defined]
        return connection


class _PlainPool(_Pool):
    ConnectionCls = _PlainConnection


class _TlsPool(_Pool, HTTPSConnectionPool):
    ConnectionCls = _TlsConnection


class _Adapter(HTTPAdapter):
    def __init__(self, way: _Way) -> None:
        self.way = way
        super().__init__(max_retries=0)

    def init_poolmanager(self, *args: Any, **named: Any) -> None:
        super().init_poolmanager(*args, **named)
        self.poolmanager.pool_classes_by_scheme = {
            "http": cast(type, partial(_PlainPool, way=self.way)),
            "https": cast(type, partial(_TlsPool, way=self.way)),
        }


def _once(request: requests.Request, way: _Way, read_seconds: float, largest: int) -> tuple[Answer, str | None]:
    """The answer and, when it redirects, where to.

    Straight through an adapter of its own: no cookies, no left-over connection, nothing of the environment;
    and a session would read the body of a redirect without any limit.
    """
    try:
        prepared = request.prepare()
    except (requests.RequestException, ValueError):
        raise Forbidden("the address or the credential has signs that cannot be sent") from None
    timeout = (CONNECT_SECONDS, min(read_seconds, way.left))
    with closing(_Adapter(way)) as adapter, way.until_the_end():
        try:
            with adapter.send(prepared, stream=True, timeout=timeout) as response:
                answer = _answer(response, largest)
        except NetError:
            raise
        except (requests.RequestException, HTTPError, OSError, ValueError) as problem:
            raise _told_apart(problem, way) from problem
    if way.was_cut:  # a body without a stated length looks whole wherever it ends
        raise Unclear("no whole answer in time")
    return answer, _redirect(response)


def _answer(response: requests.Response, largest: int) -> Answer:
    headers = {name.lower(): value for name, value in response.headers.items()}
    return Answer(response.status_code, headers, _body(response, largest), response.url)


def _redirect(response: requests.Response) -> str | None:
    return response.headers["location"].encode("latin-1").decode("utf-8", "replace") if response.is_redirect else None


def _body(response: requests.Response, largest: int) -> bytes:
    """Counts what comes out of the decompression, so that a small bomb does not become a large one here."""
    parts, size = [], 0
    for part in response.iter_content(64 * 1024):
        parts.append(part)
        size += len(part)
        if size > largest:
            raise Unclear(f"the answer is larger than {largest} bytes")
    return b"".join(parts)


def _told_apart(problem: Exception, way: _Way) -> NetError:
    """Before the connection stood, nothing was sent. After that nobody knows what the other side has read."""
    if way.was_cut:
        line = "no whole answer in time"
    elif (tls := _tls_problem(problem)) is not None:
        line = f"TLS: {tls}"
    elif isinstance(problem, requests.Timeout):
        line = "no answer in time"
    else:
        line = "the connection broke off"
    return Unclear(line) if way.connected else NothingSent(line)


def _tls_problem(problem: BaseException | None) -> str | None:
    """The certificate's fault in words, from however deep it was wrapped."""
    for _ in range(8):
        if isinstance(problem, ssl.SSLCertVerificationError):
            return problem.verify_message
        if isinstance(problem, ssl.SSLError):
            return problem.reason or "handshake failed"
        inner = problem.args[0] if problem and problem.args and isinstance(problem.args[0], BaseException) else None
        problem = (problem and (problem.__cause__ or getattr(problem, "reason", None))) or inner
        if not isinstance(problem, BaseException):
            return None
    return None
