"""Whoever opens a page without being signed in is sent to the door, and comes back to that page afterwards."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.requests import HTTPConnection
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from pipeline.screens.callers import DOOR_PATHS

OPEN = (*DOOR_PATHS, "/healthz", "/bild/", "/_stcore/", "/static/", "/media/", "/component/")


class Threshold:
    """ASGI middleware. Only a convenience: the script asks again who is there, in every run."""

    def __init__(self, app: ASGIApp, *, is_known: Callable[[HTTPConnection], bool]) -> None:
        self.app, self.is_known = app, is_known

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and _asks_for_a_screen(scope):
            caller = HTTPConnection(scope)
            if not await run_in_threadpool(self.is_known, caller):
                wanted = scope["path"] + (f"?{caller.url.query}" if caller.url.query else "")
                answer = RedirectResponse(f"/anmelden?next={quote(wanted, safe='')}", 303, {"Cache-Control": "no-store"})
                await answer(scope, receive, send)
                return
        await self.app(scope, receive, send)


def _asks_for_a_screen(scope: Scope) -> bool:
    """A page load by a browser: no asset, no websocket, no door."""
    accepts = HTTPConnection(scope).headers.get("accept", "")
    path = str(scope["path"])
    return scope["method"] == "GET" and "text/html" in accepts and not any(path.startswith(one) for one in OPEN)
