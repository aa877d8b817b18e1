"""The door for outgoing HTTP, tried on real sockets of this machine."""

from __future__ import annotations

import gzip
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path

import pytest
import requests.adapters
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from pipeline import net
from pipeline.net import Forbidden, Net, NothingSent, Unclear, is_public

HERE = Net(foreign_too=["127.0.0.1/32"])


class Reply:
    """What the handler sees of a request, and the raw bytes it answers."""

    def __init__(self, handler: BaseHTTPRequestHandler) -> None:
        self.handler = handler
        self.path = handler.path
        self.headers = handler.headers
        self.body = handler.rfile.read(int(handler.headers.get("content-length") or 0))

    def write(self, raw: bytes) -> None:
        self.handler.wfile.write(raw)
        self.handler.wfile.flush()

    def answer(self, status: str = "200 OK", body: bytes = b"", *headers: str) -> None:
        lines = [f"HTTP/1.1 {status}", f"content-length: {len(body)}", "connection: close", *headers, "", ""]
        self.write("\r\n".join(lines).encode() + body)


class Server:
    """Answers as `reply` says; keeps what it was asked."""

    def __init__(self, reply: Callable[[Reply], None], tls: ssl.SSLContext | None = None) -> None:
        self.seen: list[Reply] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_any(self) -> None:
                self.close_connection = True
                said = Reply(self)
                outer.seen.append(said)
                try:
                    reply(said)
                except OSError:
                    return

            do_GET = do_POST = do_PUT = handle_any  # noqa: N815 - names that http.server asks for

            def log_message(self, *args: object) -> None: ...

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        if tls:
            self.http.socket = tls.wrap_socket(self.http.socket, server_side=True)
            self.http.handle_error = lambda *args: None  # type: ignore[method-assign]
        self.port = self.http.server_address[1]
        self.url = f"http{'s' if tls else ''}://127.0.0.1:{self.port}"
        threading.Thread(target=self.http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()


@contextmanager
def server(reply: Callable[[Reply], None], tls: ssl.SSLContext | None = None) -> Iterator[Server]:
    running = Server(reply, tls)
    try:
        yield running
    finally:
        running.http.shutdown()
        running.http.server_close()


# ------------------------------------------------------------------------------------------ where it does not go

NOT_PUBLIC = """
127.0.0.1 127.1 2130706433 0x7f.1 0x7f000001 017700000001 0177.0.0.1 127.0.0.1. 127.255.255.254
localhost LOCALHOST localhost. 0 0.0.0.0 １２７.０.０.１ ①②⑦.0.0.1 [::1] [::] [::ffff:127.0.0.1]
[::ffff:7f00:1] [::ffff:a00:1] [::127.0.0.1] [0:0:0:0:0:0:0:1] 10.0.0.1 10.1 0xa.0.0.1 172.16.0.1
172.31.255.255 192.168.1.1 192.168.257 [fc00::1] [fd12:3456::1] [fec0::1] 169.254.169.254 0xa9fea9fe
2852039166 [::ffff:169.254.169.254] [fe80::1] [fd00:ec2::254] 100.100.100.200 168.63.129.16
[64:ff9b::7f00:1] [64:ff9b::a9fe:a9fe] [64:ff9b:1::1] [2002:7f00:1::]
[2001:0:4136:e378:8000:63bf:80ff:fffe] 100.64.0.1 198.18.0.1 192.0.0.192 192.0.2.1 192.88.99.1
224.0.0.1 239.255.255.250 240.0.0.1 255.255.255.255 [ff02::1] [ff0e::1] [2001:db8::1]
""".split()


@pytest.fixture
def reached(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Every connection that would have been made."""
    asked: list[object] = []

    def connect(way: object, found: object) -> socket.socket:
        asked.append(found)
        raise NothingSent("a test goes nowhere")

    monkeypatch.setattr(net._Way, "_connect", connect)
    return asked


@pytest.mark.parametrize("host", NOT_PUBLIC)
def test_a_foreign_address_never_leads_inside(host: str, reached: list[object]) -> None:
    with pytest.raises((Forbidden, NothingSent)):  # some spellings are no name for some resolvers
        Net(private=["10.0.0.0/8"]).fetch(f"http://{host}/")
    assert reached == []


def test_the_table_of_spellings_is_long_enough() -> None:
    assert len(set(NOT_PUBLIC)) >= 40


def answers(*addresses: str) -> Callable[..., object]:
    return lambda *asked, **named: [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, 443)) for one in addresses]


def test_a_name_with_one_inner_address_among_public_ones_is_refused(
    monkeypatch: pytest.MonkeyPatch, reached: list[object]
) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", answers("93.184.215.14", "127.0.0.1"))
    with pytest.raises(Forbidden):
        Net().fetch("https://rebinding.example/")
    assert reached == []


def test_a_public_name_is_connected_to_at_the_address_that_was_checked(
    monkeypatch: pytest.MonkeyPatch, reached: list[object]
) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", answers("93.184.215.14"))
    with pytest.raises(NothingSent):
        Net().fetch("https://kunde.example/")
    assert reached == [[(socket.AF_INET, ("93.184.215.14", 443))]]


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "ftp://93.184.215.14/",
        "gopher://93.184.215.14/",
        "//93.184.215.14/",
        "93.184.215.14",
        "",
        "http://",
        "http://user:pass@93.184.215.14/",
        "https://93.184.215.14:0/",
        "https://93.184.215.14:99999/",
        "https://93.184.215.14:22/",
        "http://[::1/",
        "http://93.184.215.14\\@127.0.0.1/",
    ],
)
def test_other_schemes_ports_and_logins_are_refused(url: str, reached: list[object]) -> None:
    with pytest.raises(Forbidden):
        Net().fetch(url)
    assert reached == []


def test_connections_reach_this_machine_and_named_networks_in_plain_http(reached: list[object]) -> None:
    for url in ("http://127.0.0.1:8080/", "http://[::1]:8080/", "http://10.1.2.3/", "https://10.1.2.3/"):
        with pytest.raises(NothingSent):
            Net(private=["10.1.0.0/16"]).send("GET", url)
    assert len(reached) == 4


@pytest.mark.parametrize(
    "url",
    [
        "https://10.2.0.1/",
        "https://192.168.1.1/",
        "http://93.184.215.14/",
        "https://0.0.0.0/",
        "https://[::ffff:127.0.0.1]/",
        "https://169.254.169.254/",
        "http://169.254.169.254/",
    ],
)
def test_connections_reach_no_other_inner_network_and_nobody_public_without_tls(url: str, reached: list[object]) -> None:
    with pytest.raises(Forbidden):
        Net(private=["10.1.0.0/16", "169.254.0.0/16"]).send("GET", url)
    assert reached == []


@pytest.mark.parametrize("address", ["93.184.215.14", "8.8.8.8", "2606:4700:4700::1111", "2a00:1450:4001::1"])
def test_ordinary_addresses_are_public(address: str) -> None:
    assert is_public(ip_address(address))


# ------------------------------------------------------------------------------------------------ connections


def test_a_request_arrives_as_given() -> None:
    with server(lambda said: said.answer("201 Created", b'{"id": 7}', "Content-Type: application/json")) as site:
        answer = Net().send("POST", f"{site.url}/a", json={"title": "Größe"}, auth=("jörg", "pass 🔑"), params={"q": "ü"})
    [said] = site.seen
    assert (answer.status, answer.json(), answer.is_json) == (201, {"id": 7}, True)
    assert said.path == "/a?q=%C3%BC"
    assert said.body == b'{"title": "Gr\\u00f6\\u00dfe"}'
    assert said.headers["authorization"] == "Basic asO2cmc6cGFzcyDwn5SR"


def test_a_file_travels_as_multipart() -> None:
    with server(lambda said: said.answer()) as site:
        Net().send("POST", site.url, files={"file": ("stab.png", b"\x89PNG bytes", "image/png")}, data={"alt": "Stab"})
    [said] = site.seen
    assert said.headers["content-type"].startswith("multipart/form-data; boundary=")
    assert b'filename="stab.png"\r\nContent-Type: image/png\r\n\r\n\x89PNG bytes\r\n' in said.body
    assert b'name="alt"\r\n\r\nStab\r\n' in said.body


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "307 Again", "308 For good"])
def test_a_connection_follows_no_redirect(status: str) -> None:
    with server(lambda said: said.answer(status, b"", "Location: /elsewhere")) as site:
        answer = Net().send("POST", site.url, json={})
    assert answer.status == int(status[:3])
    assert answer.headers["location"] == "/elsewhere"
    assert len(site.seen) == 1


@pytest.mark.parametrize("status", ["429 Later", "500 Oh", "503 Later"])
def test_nothing_is_repeated(status: str) -> None:
    with server(lambda said: said.answer(status, b"", "Retry-After: 0")) as site:
        assert Net().send("POST", site.url, json={}).status == int(status[:3])
    assert len(site.seen) == 1


def test_proxies_and_passwords_of_the_environment_are_ignored(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login somebody password secret\n")
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")
    with server(lambda said: said.answer(body=b"here")) as site:
        assert Net().send("GET", site.url).body == b"here"
    assert site.seen[0].headers["authorization"] is None


def test_a_closed_port_means_nothing_was_sent() -> None:
    with server(lambda said: said.answer()) as site:
        pass
    with pytest.raises(NothingSent):
        Net().send("POST", site.url, json={})


def test_an_unknown_name_means_nothing_was_sent() -> None:
    with pytest.raises(NothingSent):
        Net().send("GET", "https://gibt-es-nicht.invalid/")


def test_a_name_server_that_hangs_means_nothing_was_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    never = threading.Event()

    def hang(*asked: object, **named: object) -> list[object]:
        never.wait(30)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", hang)
    monkeypatch.setattr(net, "CONNECT_SECONDS", 0.1)
    with pytest.raises(NothingSent):
        Net().send("GET", "https://kunde.example/")
    never.set()


def cut_in_the_head(said: Reply) -> None:
    said.write(b"HTTP/1.1 200 OK\r\ncontent-le")


def cut_between_headers(said: Reply) -> None:
    said.write(b"HTTP/1.1 201 Created\r\nContent-Type: application/json\r\n")


def cut_in_the_body(said: Reply) -> None:
    said.write(b"HTTP/1.1 201 Created\r\ncontent-length: 100\r\n\r\nhalf")


def cut_in_a_chunk(said: Reply) -> None:
    said.write(b"HTTP/1.1 201 Created\r\ntransfer-encoding: chunked\r\n\r\n20\r\nhalf")


def no_answer(said: Reply) -> None:
    said.handler.connection.shutdown(socket.SHUT_RDWR)


def no_http(said: Reply) -> None:
    said.write(b"220 mail.example ESMTP\r\n")


def broken_compression(said: Reply) -> None:
    said.answer("200 OK", b"this is no gzip", "Content-Encoding: gzip")


@pytest.mark.parametrize(
    "reply", [cut_in_the_head, cut_between_headers, cut_in_the_body, cut_in_a_chunk, no_answer, no_http, broken_compression]
)
def test_a_broken_answer_leaves_the_outcome_open(reply: Callable[[Reply], None]) -> None:
    with server(reply) as site, pytest.raises(Unclear):
        Net().send("POST", site.url, json={})
    assert len(site.seen) == 1


def test_an_answer_that_does_not_come_leaves_the_outcome_open() -> None:
    done = threading.Event()
    with server(lambda said: done.wait(20)) as site:
        with pytest.raises(Unclear):
            Net().send("POST", site.url, json={}, read_seconds=0.2)
        done.set()


def drip(stop: threading.Event, start: bytes) -> Callable[[Reply], None]:
    """A byte every 20 ms: no single read ever takes long."""

    def reply(said: Reply) -> None:
        said.write(start)
        while not stop.wait(0.02):
            said.write(b"x")

    return reply


STARTS = (b"", b"HTTP/1.1 200 OK\r\nx: ", b"HTTP/1.1 200 OK\r\ncontent-length: 99999\r\n\r\n", b"HTTP/1.1 200 OK\r\n\r\n")


@pytest.mark.parametrize("start", STARTS)
@pytest.mark.parametrize("door", ["fetch", "send"])
def test_a_slow_drip_ends_at_the_deadline(start: bytes, door: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(net, "CONNECT_SECONDS", 0.2)
    stop = threading.Event()
    with server(drip(stop, start)) as site:
        began = time.monotonic()
        with pytest.raises(Unclear):
            HERE.fetch(site.url, seconds=0.5) if door == "fetch" else HERE.send("GET", site.url, read_seconds=0.2)
        assert time.monotonic() - began < 5
        stop.set()


@pytest.mark.parametrize("door", ["fetch", "send"])
def test_an_answer_over_the_limit_is_not_taken(door: str) -> None:
    with server(lambda said: said.answer(body=b"x" * 100_001)) as site, pytest.raises(Unclear):
        HERE.fetch(site.url, largest=100_000) if door == "fetch" else HERE.send("GET", site.url, largest=100_000)


def test_an_answer_at_the_limit_is_taken() -> None:
    with server(lambda said: said.answer(body=b"x" * 100_000)) as site:
        assert len(HERE.fetch(site.url, largest=100_000).body) == 100_000


def test_what_is_counted_is_the_inflated_answer() -> None:
    bomb = gzip.compress(b"\0" * 50_000_000)
    with server(lambda said: said.answer("200 OK", bomb, "Content-Encoding: gzip")) as site, pytest.raises(Unclear):
        HERE.fetch(site.url)
    assert len(bomb) < 100_000


# ------------------------------------------------------------------------------------------------- redirects


def redirects(*targets: str) -> Callable[[Reply], None]:
    """The first request to the first target, and so on; then an answer."""
    left = list(targets)

    def reply(said: Reply) -> None:
        if left:
            said.answer("302 Found", b"", f"Location: {left.pop(0)}", "Set-Cookie: who=you; Path=/")
        else:
            said.answer(body=b"there")

    return reply


def test_a_foreign_address_may_redirect_three_times_and_gets_no_cookies_back() -> None:
    with server(redirects("/1", "2", "?3")) as site:
        assert HERE.fetch(site.url).body == b"there"
    assert [said.path for said in site.seen] == ["/", "/1", "/2", "/2?3"]
    assert [said.headers["cookie"] for said in site.seen] == [None] * 4


def test_a_fourth_redirect_is_one_too_many() -> None:
    with server(redirects("/1", "/2", "/3", "/4")) as site, pytest.raises(Unclear):
        HERE.fetch(site.url)
    assert len(site.seen) == 4


@pytest.mark.parametrize(
    "target", ["http://10.0.0.1/", "http://127.0.0.2/", "http://localtest@127.0.0.1/", "file:///etc/passwd", "//[::1]/"]
)
def test_a_redirect_inside_is_refused(target: str) -> None:
    with server(redirects(target)) as site, pytest.raises(Forbidden):
        HERE.fetch(site.url)
    assert len(site.seen) == 1


# ------------------------------------------------------------------------------------------------------- TLS


def certificate(folder: Path, *, ended: bool = False) -> tuple[Path, ssl.SSLContext]:
    """For localhost and 127.0.0.1, signed by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    names = x509.SubjectAlternativeName([x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1"))])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=9))
        .not_valid_after(now + timedelta(days=-1 if ended else 1))
        .add_extension(names, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = folder / "server.pem"
    secret = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    file.write_bytes(secret + made.public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return file, context


def test_a_certificate_nobody_knows_means_nothing_was_sent(tmp_path: Path) -> None:
    _, context = certificate(tmp_path)
    with server(lambda said: said.answer(), context) as site, pytest.raises(NothingSent, match="self-signed certificate"):
        Net().send("POST", site.url, json={})
    assert site.seen == []


def test_a_certificate_that_ran_out_means_nothing_was_sent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file, context = certificate(tmp_path, ended=True)
    monkeypatch.setattr(requests.adapters, "DEFAULT_CA_BUNDLE_PATH", str(file))
    with server(lambda said: said.answer(), context) as site, pytest.raises(NothingSent, match="expired"):
        Net().send("POST", site.url, json={})
    assert site.seen == []


def test_https_works_by_name_with_a_known_certificate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file, context = certificate(tmp_path)
    monkeypatch.setattr(requests.adapters, "DEFAULT_CA_BUNDLE_PATH", str(file))
    with server(lambda said: said.answer(body=b"sealed"), context) as site:
        assert Net().send("GET", f"https://localhost:{site.port}/").body == b"sealed"


def test_a_tls_connection_cut_after_the_request_leaves_the_outcome_open(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file, context = certificate(tmp_path)
    monkeypatch.setattr(requests.adapters, "DEFAULT_CA_BUNDLE_PATH", str(file))
    with server(no_answer, context) as site, pytest.raises(Unclear):
        Net().send("POST", f"https://localhost:{site.port}/", json={})


def test_somebody_who_accepts_and_never_shakes_hands_means_nothing_was_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(net, "CONNECT_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as mute, pytest.raises(NothingSent):
        Net().send("POST", f"https://127.0.0.1:{mute.getsockname()[1]}/", json={}, read_seconds=0.2)
