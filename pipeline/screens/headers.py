"""What every answer tells the browser, Streamlit's included, and in which language its empty page is written.

The policy for scripts is the one Streamlit works under without `unsafe-inline`; `frame-ancestors 'self'` because older
components are frames of our own origin. Pages that say something stricter keep it.
"""

from __future__ import annotations

from collections.abc import Callable

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self' 'wasm-unsafe-eval' blob:",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "font-src 'self' data:",
        "connect-src 'self' ws: wss:",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'self'",
    )
)
ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": POLICY,
    "Permissions-Policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}
ONE_YEAR = "max-age=31536000; includeSubDomains"
STREAMLITS_PAGE = b'<html lang="en">'
UNCHANGED_PAGE = (b"accept-encoding", b"if-none-match", b"if-modified-since", b"range")


class Headers:
    """ASGI middleware; websockets pass untouched.

    language_of  language of the person behind a request; asked for pages only. None: pages stay as they are
    """

    def __init__(self, app: ASGIApp, *, secure: bool, language_of: Callable[[HTTPConnection], str] | None = None) -> None:
        self.app, self.language_of = app, language_of
        self.headers = {**ALWAYS, "Strict-Transport-Security": ONE_YEAR} if secure else ALWAYS

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self.headers.items():
                    headers.setdefault(name, value)
            await send(message)

        if self.language_of is None or not _asks_for_a_page(scope):
            await self.app(scope, receive, with_headers)
            return
        language = await run_in_threadpool(self.language_of, HTTPConnection(scope))
        await self.app(_wanting_it_whole(scope), receive, InLanguage(with_headers, language))


class InLanguage:
    """Passes on what is sent; Streamlit's page, and only that, gets its language."""

    def __init__(self, send: Send, language: str) -> None:
        self.send, self.language = send, language
        self.start: Message | None = None
        self.body = b""

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start" and _is_plain_html(message):
            self.start = message
        elif self.start is None or message["type"] != "http.response.body":
            await self.send(message)
        else:
            self.body += message.get("body", b"")
            if not message.get("more_body", False):
                await self._send_all(self.start)

    async def _send_all(self, start: Message) -> None:
        headers = MutableHeaders(scope=start)
        if STREAMLITS_PAGE in self.body:
            self.body = self.body.replace(STREAMLITS_PAGE, f'<html lang="{self.language}">'.encode(), 1)
            headers["content-length"] = str(len(self.body))
            for name in ("etag", "last-modified", "accept-ranges"):  # of the file, not of this page
                if name in headers:
                    del headers[name]
        await self.send(start)
        await self.send({"type": "http.response.body", "body": self.body})


def _asks_for_a_page(scope: Scope) -> bool:
    return scope["method"] == "GET" and "text/html" in HTTPConnection(scope).headers.get("accept", "")


def _wanting_it_whole(scope: Scope) -> Scope:
    """The same request, answered neither packed nor by "unchanged": the page can be read and edited then."""
    kept = [(name, value) for name, value in scope["headers"] if name.lower() not in UNCHANGED_PAGE]
    extensions = {name: what for name, what in (scope.get("extensions") or {}).items() if name != "http.response.pathsend"}
    return {**scope, "headers": kept, "extensions": extensions}


def _is_plain_html(message: Message) -> bool:
    headers = MutableHeaders(raw=list(message["headers"]))
    return headers.get("content-type", "").startswith("text/html") and "content-encoding" not in headers
