"""The middleware around Streamlit itself: its real page, its real websocket."""

from pathlib import Path

import pytest
import streamlit
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import HTMLResponse, PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.staticfiles import StaticFiles
from starlette.testclient import TestClient
from starlette.websockets import WebSocket

from pipeline.screens.headers import Headers

A_PAGE = {"accept": "text/html,*/*", "accept-encoding": "gzip"}
STREAMLITS_FILES = Path(streamlit.__file__).parent / "static"


async def echo(websocket: WebSocket) -> None:
    await websocket.accept()
    await websocket.send_text(await websocket.receive_text())
    await websocket.close()


def an_app(*, secure: bool = False, language: str | None = "de") -> TestClient:
    routes = [
        Route("/text", lambda _: PlainTextResponse("ok")),
        Route("/strict", lambda _: HTMLResponse("<p>ok", headers={"Content-Security-Policy": "default-src 'none'"})),
        WebSocketRoute("/echo", echo),
    ]
    language_of = None if language is None else lambda _: language
    app = Starlette(routes=routes, middleware=[Middleware(Headers, secure=secure, language_of=language_of)])
    app.mount("/", StaticFiles(directory=STREAMLITS_FILES, html=True))
    return TestClient(app)


def test_every_answer_carries_the_headers() -> None:
    browser = an_app()
    for path in ("/text", "/", "/nothing-there"):
        headers = browser.get(path, headers=A_PAGE).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["cross-origin-opener-policy"] == "same-origin"
        assert "camera=()" in headers["permissions-policy"]
        assert "strict-transport-security" not in headers


def test_scripts_come_from_here_and_stand_in_no_page() -> None:
    policy = dict(part.split(" ", 1) for part in an_app().get("/text").headers["content-security-policy"].split("; "))
    assert policy["script-src"] == "'self' 'wasm-unsafe-eval' blob:"
    assert policy["frame-ancestors"] == "'self'"
    assert policy["object-src"] == policy["base-uri"] == "'none'"


def test_a_stricter_policy_of_a_page_stays() -> None:
    assert an_app().get("/strict").headers.get_list("content-security-policy") == ["default-src 'none'"]


def test_https_is_remembered_for_a_year() -> None:
    assert an_app(secure=True).get("/text").headers["strict-transport-security"] == "max-age=31536000; includeSubDomains"


def test_websockets_pass() -> None:
    with an_app().websocket_connect("/echo") as websocket:
        websocket.send_text("Übergabe")
        assert websocket.receive_text() == "Übergabe"


@pytest.mark.parametrize("language", ["de", "en"])
def test_streamlits_page_names_the_persons_language(language: str) -> None:
    page = an_app(language=language).get("/", headers=A_PAGE)
    assert f'<html lang="{language}">' in page.text
    assert int(page.headers["content-length"]) == len(page.content)
    original = (STREAMLITS_FILES / "index.html").read_text("utf-8")
    assert page.text.replace(f'<html lang="{language}">', '<html lang="en">') == original


def test_a_page_kept_by_the_browser_is_not_called_unchanged() -> None:
    plain = an_app(language=None).get("/", headers=A_PAGE)
    kept = {"if-none-match": plain.headers["etag"], "if-modified-since": plain.headers["last-modified"]}
    again = an_app().get("/", headers={**A_PAGE, **kept, "range": "bytes=0-9"})
    assert again.status_code == 200
    assert '<html lang="de">' in again.text
    assert "etag" not in again.headers


def test_other_answers_are_passed_on_as_they_are() -> None:
    browser = an_app()
    style = next(STREAMLITS_FILES.glob("static/css/*.css"))
    answer = browser.get(f"/static/css/{style.name}")
    assert answer.content == style.read_bytes()
    assert "etag" in answer.headers
    assert browser.get("/strict", headers=A_PAGE).text == "<p>ok"
