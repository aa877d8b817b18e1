"""Own routes for what may leave to the right person only: runbook and protocol as documents, and a finished pack, once.

Everything a Streamlit page offers for download can be fetched by whoever knows its address; these ask who comes, and whether
they belong to the client.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import BinaryIO
from urllib.parse import urlencode

from markupsafe import Markup
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from handover.desk import HandoverDesk
from handover.screens.address import CHAPTER, HANDOVER
from handover.screens.exports import EXPORTS, Making
from pipeline.desk.who import Action
from pipeline.errors import Refusal
from pipeline.people.accounts import people_of
from pipeline.records import Account, Client
from pipeline.screens.door_pages import NO_STORE
from pipeline.screens.visitor import IN_ADDRESS, account_behind, way
from pipeline.screens.workplace import house

AT_ONCE = 256 * 1024
POLICY = ("default-src 'none'", "style-src 'unsafe-inline'", "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'")
DOCUMENT = {**NO_STORE, "Content-Security-Policy": "; ".join(POLICY)}


def routes() -> list[Route]:
    return [
        Route("/handbuch/{client}", runbook_page, methods=["GET"]),
        Route("/protokoll/{client}", protocol_page, methods=["GET"]),
        Route("/paket/{ticket}", pack_file, methods=["GET"]),
    ]


def runbook_way(client: Client) -> str:
    return way(f"/handbuch/{client.slug}")


def protocol_way(client: Client) -> str:
    return way(f"/protokoll/{client.slug}")


def pack_way(making: Making) -> str:
    return way(f"/paket/{making.ticket}")


def paper_link(address: str, label: str) -> Markup:
    """A document of ours, in a tab of its own."""
    return Markup("<a href='{}' target='_blank' rel='noopener noreferrer' class='ss-link'>{}</a>").format(address, label)


async def runbook_page(request: Request) -> Response:
    return await run_in_threadpool(_document, request, HandoverDesk.runbook_page)


async def protocol_page(request: Request) -> Response:
    return await run_in_threadpool(_document, request, HandoverDesk.protocol_page)


def _document(request: Request, drawn: Callable[[HandoverDesk], str]) -> Response:
    """404 also for whoever may not see it, as for what is not there."""
    account = account_behind(request)
    desk = _desk(account, str(request.path_params["client"])) if account else None
    try:
        return HTMLResponse(drawn(desk), headers=DOCUMENT) if desk else _nothing()
    except Refusal:
        return _nothing()


def _desk(account: Account, client: str) -> HandoverDesk | None:
    """The desk of this account's person at the client with that short name or id."""
    for one, person in people_of(house().store, account.email):
        if client in (one.slug, one.id):
            return HandoverDesk(house(), one.id, person.id)
    return None


def _nothing() -> Response:
    return Response(status_code=404, headers=NO_STORE)


# -- the pack


async def pack_file(request: Request) -> Response:
    """Fetched already, or somebody else's: back to where one is made."""
    account = await run_in_threadpool(account_behind, request)
    found = await run_in_threadpool(_taken, request, account) if account else None
    if found is None:
        return RedirectResponse(_to_the_packs(request), 303, NO_STORE) if account else _nothing()
    making, handle = found
    size = making.pack_size
    headers = {**NO_STORE, "Content-Length": str(size), "Content-Disposition": f'attachment; filename="{making.file.name}"'}
    return StreamingResponse(_read(handle), media_type="application/zip", headers=headers)


def _to_the_packs(request: Request) -> str:
    remembered = {name: request.query_params[name] for name in IN_ADDRESS if name in request.query_params}
    return f"/{HANDOVER.address}?{urlencode({CHAPTER: 'pack', **remembered})}"


def _taken(request: Request, account: Account) -> tuple[Making, BinaryIO] | None:
    """For whoever asked for it, as long as they are allowed to."""
    making = EXPORTS.find(str(request.path_params["ticket"]))
    if making is None or making.account != account.id:
        return None
    desk = _desk(account, making.ws)
    if desk is None or desk.me_id != making.person or not desk.may(Action.BACKUP):
        return None
    handle = EXPORTS.take(making)
    return (making, handle) if handle else None


def _read(handle: BinaryIO) -> Iterator[bytes]:
    with handle:
        while part := handle.read(AT_ONCE):
            yield part
