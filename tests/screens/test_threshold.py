from __future__ import annotations

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from pipeline.screens.threshold import Threshold

PAGE = {"accept": "text/html,application/xhtml+xml"}


async def inside(request: Request) -> PlainTextResponse:
    return PlainTextResponse("inside")


def browser(*, known: bool) -> TestClient:
    app = Starlette(routes=[Route("/{path:path}", inside, methods=["GET", "POST"])])
    return TestClient(Threshold(app, is_known=lambda _: known), follow_redirects=False)


def test_a_stranger_is_sent_to_the_door_and_back_to_the_same_page() -> None:
    answer = browser(known=False).get("/pruefen?piece=3&x=ä", headers=PAGE)
    assert answer.status_code == 303
    assert answer.headers["location"] == "/anmelden?next=%2Fpruefen%3Fpiece%3D3%26x%3D%25C3%25A4"


def test_who_is_signed_in_passes() -> None:
    assert browser(known=True).get("/pruefen", headers=PAGE).text == "inside"


@pytest.mark.parametrize("path", ["/anmelden", "/einrichten/abc", "/healthz", "/_stcore/health", "/static/js/a.js", "/bild/a/b"])
def test_doors_and_assets_stay_open(path: str) -> None:
    assert browser(known=False).get(path, headers=PAGE).text == "inside"


def test_what_is_no_page_load_passes() -> None:
    assert browser(known=False).get("/", headers={"accept": "*/*"}).text == "inside"
    assert browser(known=False).post("/", headers=PAGE).text == "inside"
