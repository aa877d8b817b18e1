"""The routes in front of the pipeline: sign in and out, choose a password, choose a language; images and the health check.

Own routes, because a Streamlit script can neither set a cookie nor answer a POST. Every form repeats the value of a strict
cookie; a screen that wants to POST here (sign out, language) reads that value from the cookie `form_cookie()` and puts it
into a hidden field `form`.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Literal, Protocol
from urllib.parse import parse_qsl

from starlette.concurrency import run_in_threadpool
from starlette.requests import HTTPConnection, Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from pipeline.errors import LinkIsOver, PageExpired, PasswordsDiffer, Refusal, Unknown
from pipeline.messages import LANGUAGES
from pipeline.people.accounts import choose_language, is_consultant, people_of
from pipeline.people.passwords import LEAST, MOST
from pipeline.people.set_up import choose_password, whose_link
from pipeline.people.sign_in import random_value, sign_in, sign_out, who_is
from pipeline.records import Account, Installation, KnownImage
from pipeline.screens.callers import (
    HOME,
    LANGUAGE_COOKIE,
    client_address,
    form_cookie,
    inner_path,
    is_from_here,
    networks_of,
    session_cookie,
    wanted_language,
)
from pipeline.screens.door_pages import NO_STORE, draw
from pipeline.store.base import Store
from pipeline.store.blobs import Blobs

LARGEST_FORM = 16 * 1024
MOST_FIELDS = 20
LONGEST_ADDRESS = 254
ONE_YEAR_SECONDS = 365 * 24 * 3600
NOTES = {"chosen": "door.sign_in.password_chosen", "out": "door.sign_in.signed_out"}
IMAGE_STARTS = {b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg", b"GIF87a": "image/gif", b"GIF89a": "image/gif"}

Form = Mapping[str, str]


class House(Protocol):
    """What the doors need of the installation."""

    @property
    def store(self) -> Store: ...

    @property
    def blobs(self) -> Blobs: ...

    @property
    def now(self) -> Callable[[], datetime]: ...


def doors(house: House, *, secure_cookies: bool, proxies: Sequence[str] = ()) -> list[Route]:
    """The routes. `proxies`: networks of our own proxies, whose X-Forwarded-For is believed."""
    at = Doors(house, secure_cookies=secure_cookies, proxies=proxies)
    return [
        Route("/anmelden", at.sign_in_page, methods=["GET"]),
        Route("/anmelden", at.sign_in, methods=["POST"]),
        Route("/abmelden", at.sign_out_page, methods=["GET"]),
        Route("/abmelden", at.sign_out, methods=["POST"]),
        Route("/einrichten/{token}", at.set_up_page, methods=["GET"]),
        Route("/einrichten/{token}", at.set_up, methods=["POST"]),
        Route("/sprache", at.language, methods=["POST"]),
        Route("/bild/{client}/{sha256}", at.image, methods=["GET"]),
        Route("/healthz", at.health, methods=["GET"]),
    ]


def language_of(house: House, *, secure_cookies: bool) -> Callable[[HTTPConnection], str]:
    """For the middleware `Headers`: the signed-in person's language, else the one the browser wants."""

    def asked(caller: HTTPConnection) -> str:
        account = who_is(house.store, caller.cookies.get(session_cookie(secure=secure_cookies)), house.now())
        return account.language if account else wanted_language(caller)

    return asked


class Doors:
    def __init__(self, house: House, *, secure_cookies: bool, proxies: Sequence[str]) -> None:
        self.house, self.secure, self.proxies = house, secure_cookies, networks_of(proxies)
        self.session_cookie, self.form_cookie = session_cookie(secure=secure_cookies), form_cookie(secure=secure_cookies)

    # -- sign in

    async def sign_in_page(self, request: Request) -> Response:
        wanted = inner_path(request.query_params.get("next"))
        if await run_in_threadpool(self._who, request):
            return RedirectResponse(wanted, 303, NO_STORE)
        return self._sign_in_form(request, wanted, note=NOTES.get(request.query_params.get("note", ""), ""))

    async def sign_in(self, request: Request) -> Response:
        wanted, email = inner_path(request.query_params.get("next")), ""
        try:
            form = await self._form(request)
            wanted, email = inner_path(form.get("next")), form.get("email", "")[:LONGEST_ADDRESS]
            value = await run_in_threadpool(self._sign_in, request, email, form.get("password", ""))
        except Refusal as refusal:
            return self._sign_in_form(request, wanted, email=email, refusal=refusal)
        answer = RedirectResponse(wanted, 303, NO_STORE)
        self._set(answer, self.session_cookie, value, "lax")
        self._set(answer, self.form_cookie, random_value(), "strict")
        return answer

    def _sign_in(self, request: Request, email: str, password: str) -> str:
        store, now = self.house.store, self.house.now()
        value = sign_in(
            store,
            email,
            password,
            address=client_address(request, self.proxies),
            browser=request.headers.get("user-agent", ""),
            now=now,
            consultant=lambda address: is_consultant(store, address),
        )
        sign_out(store, request.cookies.get(self.session_cookie), now)
        return value

    def _sign_in_form(
        self, request: Request, wanted: str, *, note: str = "", email: str = "", refusal: Refusal | None = None
    ) -> Response:
        link = {} if wanted == HOME else {"next": wanted}
        facts = {"link": link, "next": wanted, "note": note, "email": email, "refusal": refusal}
        return self._page(request, "sign_in.html", "door.sign_in.title", **facts)

    # -- sign out

    async def sign_out_page(self, request: Request) -> Response:
        return self._page(request, "sign_out.html", "door.sign_out.title")

    async def sign_out(self, request: Request) -> Response:
        try:
            await self._form(request)
        except PageExpired as expired:
            return self._page(request, "sign_out.html", "door.sign_out.title", refusal=expired)
        cookie = request.cookies.get(self.session_cookie)
        await run_in_threadpool(sign_out, self.house.store, cookie, self.house.now())
        answer = RedirectResponse("/anmelden?note=out", 303, NO_STORE)
        answer.delete_cookie(self.session_cookie, secure=self.secure, httponly=True, samesite="lax")
        return answer

    # -- choose a password

    async def set_up_page(self, request: Request) -> Response:
        return await self._set_up_form(request)

    async def set_up(self, request: Request) -> Response:
        try:
            form = await self._form(request)
            await run_in_threadpool(self._set_up, request.path_params["token"], form)
        except Refusal as refusal:
            return await self._set_up_form(request, refusal)
        return RedirectResponse("/anmelden?note=chosen", 303, NO_STORE)

    def _set_up(self, token: str, form: Form) -> None:
        store, now, password = self.house.store, self.house.now(), form.get("password", "")
        account = whose_link(store, token, now)
        if password != form.get("again", ""):
            raise PasswordsDiffer()
        names = [name for client, person in people_of(store, account.email) for name in (client.name, person.name)]
        choose_password(store, token, password, now, company_names=names)

    async def _set_up_form(self, request: Request, refusal: Refusal | None = None) -> Response:
        token = request.path_params["token"]
        try:
            account = await run_in_threadpool(whose_link, self.house.store, token, self.house.now())
        except LinkIsOver as over:
            return self._page(request, "over.html", "door.over.title", refusal=over)
        facts = {"email": account.email, "least": LEAST, "most": MOST, "refusal": refusal}
        return self._page(request, "set_up.html", "door.set_up.title", **facts)

    # -- language

    async def language(self, request: Request) -> Response:
        try:
            form = await self._form(request)
        except PageExpired as expired:
            return self._page(request, "over.html", "door.expired.title", refusal=expired)
        answer = RedirectResponse(inner_path(form.get("next")), 303, NO_STORE)
        if (language := form.get("language", "")) in LANGUAGES:
            await run_in_threadpool(self._keep_language, request, language)
            self._set(answer, LANGUAGE_COOKIE, language, "lax", max_age=ONE_YEAR_SECONDS)
        return answer

    def _keep_language(self, request: Request, language: str) -> None:
        if account := self._who(request):
            choose_language(self.house.store, account.id, language)

    # -- images and health

    async def image(self, request: Request) -> Response:
        client, sha256 = request.path_params["client"], request.path_params["sha256"]
        data = await run_in_threadpool(self._image_for, request, client, sha256)
        mime = image_type(data) if data else None
        if mime is None:
            return Response(status_code=404, headers=NO_STORE)
        headers = {
            "Cache-Control": "private, no-cache",  # kept by this browser, asked for again each time: signing out counts
            "ETag": f'"{sha256}"',
            "Content-Disposition": "inline",
            "Content-Security-Policy": "default-src 'none'; sandbox",
            "X-Content-Type-Options": "nosniff",
        }
        if request.headers.get("if-none-match") == headers["ETag"]:
            return Response(status_code=304, headers=headers)
        return Response(data, media_type=mime, headers=headers)

    def _image_for(self, request: Request, client: str, sha256: str) -> bytes | None:
        """None for whoever may not see it, as for an image that is not there."""
        account = self._who(request)
        if account is None or client not in {one.id for one, _ in people_of(self.house.store, account.email)}:
            return None
        with self.house.store.read(client) as view:
            known = view.get(KnownImage, KnownImage.id_for(client, sha256))
        try:
            return self.house.blobs.bytes_of(sha256) if known else None
        except Unknown:
            return None

    async def health(self, request: Request) -> Response:  # noqa: ARG002
        try:
            await run_in_threadpool(self._read_something)
        except Refusal as refusal:
            return JSONResponse({"ok": False, "store": refusal.code}, 503, NO_STORE)
        return JSONResponse({"ok": True, "store": "ok"}, headers=NO_STORE)

    def _read_something(self) -> None:
        with self.house.store.read() as view:
            view.page(Installation, limit=1)

    # -- what all of them need

    def _who(self, request: Request) -> Account | None:
        return who_is(self.house.store, request.cookies.get(self.session_cookie), self.house.now())

    async def _form(self, request: Request) -> Form:
        """The fields of a form that one of our own pages sent. Raises PageExpired."""
        body = b""
        async for part in request.stream():
            body += part
            if len(body) > LARGEST_FORM:
                raise PageExpired()
        try:
            fields = dict(parse_qsl(body.decode("ascii"), keep_blank_values=True, max_num_fields=MOST_FIELDS, errors="strict"))
        except ValueError:
            raise PageExpired() from None
        expected, given = request.cookies.get(self.form_cookie, ""), fields.get("form", "")
        if not expected or not secrets.compare_digest(expected.encode(), given.encode()) or not is_from_here(request.headers):
            raise PageExpired()
        return fields

    def _page(self, request: Request, template: str, title: str, **facts: object) -> Response:
        form = request.cookies.get(self.form_cookie) or random_value()
        answer = draw(request, template, title, form=form, **facts)  # type: ignore[arg-type]
        if self.form_cookie not in request.cookies:
            self._set(answer, self.form_cookie, form, "strict")
        return answer

    def _set(
        self, answer: Response, name: str, value: str, samesite: Literal["lax", "strict"], *, max_age: int | None = None
    ) -> None:
        answer.set_cookie(name, value, max_age=max_age, path="/", secure=self.secure, httponly=True, samesite=samesite)


def image_type(data: bytes) -> str | None:
    """From the bytes, whatever a name says."""
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    return next((mime for start, mime in IMAGE_STARTS.items() if data.startswith(start)), None)
