"""What a WordPress may answer besides the expected. The expected: tests/real/test_wordpress.py."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from pipeline import errors
from pipeline.errors import (
    ArrivedDifferent,
    ChannelAddressWrong,
    ChannelBusy,
    ChannelForbids,
    ChannelInterfaceOff,
    ChannelRefused,
    ChannelSilent,
    ChannelUnreachable,
    ChannelVersionOver,
    FieldInvalid,
    FieldMissing,
    FirstCommentNotSent,
    ImageWithoutAlt,
    LiveElsewhere,
    ReconnectNeeded,
    Refusal,
    RemoteImageInText,
    SlugTaken,
    TitleMissing,
)
from pipeline.messages import LANGUAGES, Say
from pipeline.net import Net
from pipeline.publish.channels.port import Place, Rendered, Wire
from pipeline.publish.channels.wordpress import WordPress
from pipeline.publish.channels.wordpress_connection import WordPressConnection
from pipeline.records import Content, ImageRef
from tests.contracts.channel_contract import NOON, PNG, a_text, an_illustrated_text, an_image

INDEX = {"namespaces": ["oembed/1.0", "wp/v2"], "authentication": {"application-passwords": {"endpoints": {}}}}
POST = {
    "id": 7,
    "status": "draft",
    "slug": "uebergabe-teil-1",
    "link": "https://kunde.example/?p=7",
    "title": {"raw": "T"},
    "content": {"raw": "C"},
    "excerpt": {"raw": ""},
    "categories": [1],
    "tags": [],
    "featured_media": 0,
    "permalink_template": "https://kunde.example/%postname%/",
}
OUTLET = WordPress()


def place(url: str) -> Place:
    settings = OUTLET.accept_settings({"url": url, "user": "jonas"})
    return Place("Blog", settings, "Beispiel & Söhne", "de", "Europe/Berlin")


def connected(url: str) -> WordPressConnection:
    return OUTLET.connect(place(url), Wire(Net(), lambda _: PNG, lambda: NOON, "geheim"))


@pytest.fixture
def wordpress(httpserver: HTTPServer) -> WordPressConnection:
    """Its interface is found; everything else is for the test to answer."""
    httpserver.expect_request("/wp-json/").respond_with_json(INDEX)
    return connected(httpserver.url_for(""))


def rendered() -> Rendered:
    return OUTLET.render(a_text(), place("https://kunde.example"))


# ---------------------------------------------------------------------------------------- no WordPress at the address

PAGE = "<!doctype html><html><head><title>Willkommen</title></head><body>Text</body></html>"


def test_a_page_instead_of_the_interface_is_a_wrong_address(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/wp-json/").respond_with_data(PAGE, content_type="text/html")
    httpserver.expect_request("/").respond_with_data(PAGE, content_type="text/html")
    with pytest.raises(ChannelAddressWrong) as refused:
        connected(httpserver.url_for("")).check()
    assert refused.value.facts["reason"] == "Willkommen (HTTP 200)"


def test_an_address_that_knows_neither_path_is_wrong(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/wp-json/").respond_with_data("", 404, content_type="text/html")
    httpserver.expect_request("/").respond_with_data(PAGE, 404, content_type="text/html")
    with pytest.raises(ChannelAddressWrong):
        connected(httpserver.url_for("")).check()


def test_json_of_something_else_is_no_wordpress(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/wp-json/").respond_with_json({"namespaces": ["oembed/1.0"]})
    httpserver.expect_request("/").respond_with_json({"namespaces": ["oembed/1.0"]})
    with pytest.raises(ChannelInterfaceOff):
        connected(httpserver.url_for("")).check()


def test_a_redirect_names_where_the_site_is_and_gets_no_password_there(httpserver: HTTPServer) -> None:
    seen: list[str] = []

    def elsewhere(request: Request) -> Response:
        seen.append(request.path)
        return Response(status=301, headers={"Location": httpserver.url_for("/neu/wp-json/")})

    httpserver.expect_request("/wp-json/").respond_with_handler(elsewhere)
    httpserver.expect_request("/").respond_with_handler(elsewhere)
    with pytest.raises(ChannelAddressWrong) as refused:
        connected(httpserver.url_for("")).check()
    assert refused.value.facts["reason"] == f"{httpserver.url_for('/neu/')} (HTTP 301)"
    assert set(seen) == {"/wp-json/", "/"}


def test_a_wrong_password_on_a_site_that_checks_it_everywhere_needs_a_new_connection(httpserver: HTTPServer) -> None:
    said = {"code": "incorrect_password", "message": "<strong>Fehler:</strong> Falsch.", "data": None}
    httpserver.expect_request("/wp-json/").respond_with_json(said, status=401)
    httpserver.expect_request("/").respond_with_json(said, status=401)
    with pytest.raises(ReconnectNeeded) as refused:
        connected(httpserver.url_for("")).check()
    assert refused.value.facts["reason"] == "Fehler: Falsch. [incorrect_password] (HTTP 401)"


def test_nobody_at_the_address_means_nothing_was_sent() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        with pytest.raises(ChannelUnreachable):
            connected(f"http://127.0.0.1:{closed.getsockname()[1]}").check()


# ------------------------------------------------------------------------------------------------------ odd answers


@pytest.mark.parametrize(
    ("status", "said", "meant"),
    [
        (400, {"code": "rest_invalid_param", "message": "Nein.", "data": {"params": {"slug": "zu lang"}}}, ChannelRefused),
        (401, {"code": "rest_cannot_create", "message": "Nein."}, ReconnectNeeded),
        (401, {"code": "rest_login_required", "message": "REST API restricted."}, ChannelInterfaceOff),
        (403, {"code": "rest_cannot_create", "message": "Nein."}, ChannelForbids),
        (403, PAGE, ChannelInterfaceOff),
        (404, {"code": "rest_no_route", "message": "Nein."}, ChannelInterfaceOff),
        (404, PAGE, ChannelAddressWrong),
        (405, PAGE, ChannelAddressWrong),
        (302, PAGE, ChannelAddressWrong),
        (413, PAGE, ChannelRefused),
        (415, {"code": "x", "message": "Nein."}, ChannelRefused),
        (422, {"code": "x", "message": "Nein."}, ChannelRefused),
        (426, {"code": "x", "message": "Nein."}, ChannelVersionOver),
        (429, PAGE, ChannelBusy),
        (500, {"code": "internal_server_error", "message": "<p>Kritischer Fehler</p>"}, ChannelSilent),
        (500, "", ChannelSilent),
        (502, PAGE, ChannelSilent),
        (503, PAGE, ChannelSilent),
        (504, PAGE, ChannelSilent),
        (200, PAGE, ChannelSilent),
        (201, '<br />\n<b>Warning</b>: Undefined key\n{"id": 7}', ChannelSilent),
        (201, "", ChannelSilent),
        (201, {"ohne": "id"}, ChannelSilent),
        (201, '"id"', ChannelSilent),
        (201, {"id": "7; DROP"}, ChannelSilent),
    ],
)
def test_every_answer_to_a_draft_has_one_meaning(
    httpserver: HTTPServer, wordpress: WordPressConnection, status: int, said: object, meant: type[Refusal]
) -> None:
    body = said if isinstance(said, str) else json.dumps(said)
    httpserver.expect_request("/wp-json/wp/v2/posts", method="GET").respond_with_json([])
    httpserver.expect_request("/wp-json/wp/v2/posts", method="POST").respond_with_data(body, status)
    with pytest.raises(Refusal) as refused:
        wordpress.make_draft(rendered(), {}, "staffelstab-1")
    assert type(refused.value) is meant
    assert refused.value.facts["channel"] == "Blog"
    assert "<" not in str(refused.value.facts["reason"])
    assert "\n" not in str(refused.value.facts["reason"])


def test_a_wrong_field_is_named(httpserver: HTTPServer, wordpress: WordPressConnection) -> None:
    said = {"code": "rest_invalid_param", "message": "Ungültig.", "data": {"params": {"slug": "zu lang"}}}
    httpserver.expect_request("/wp-json/wp/v2/posts", method="GET").respond_with_json([])
    httpserver.expect_request("/wp-json/wp/v2/posts", method="POST").respond_with_json(said, status=400)
    with pytest.raises(ChannelRefused) as refused:
        wordpress.make_draft(rendered(), {}, "staffelstab-1")
    assert refused.value.facts["reason"] == "Ungültig. [rest_invalid_param: slug] (HTTP 400)"


@pytest.mark.parametrize("status", [429, 503])
def test_a_time_to_come_back_is_passed_on(httpserver: HTTPServer, wordpress: WordPressConnection, status: int) -> None:
    httpserver.expect_request("/wp-json/wp/v2/users/me").respond_with_data(PAGE, status, headers={"Retry-After": "120"})
    with pytest.raises(ChannelBusy) as refused:
        wordpress.check()
    assert refused.value.facts["retry_after"] == 120


def test_a_cut_connection_is_an_unknown_outcome(httpserver: HTTPServer, wordpress: WordPressConnection) -> None:
    def cut(_: Request) -> Response:
        return Response('{"id": 7', 201, headers={"Content-Length": "5000"}, content_type="application/json")

    httpserver.expect_request("/wp-json/wp/v2/posts", method="GET").respond_with_json([])
    httpserver.expect_request("/wp-json/wp/v2/posts", method="POST").respond_with_handler(cut)
    with pytest.raises(ChannelSilent):
        wordpress.make_draft(rendered(), {}, "staffelstab-1")


@pytest.mark.parametrize("said", [{"id": 7}, [], {**POST, "content": {"rendered": "ohne raw"}}, {**POST, "title": None}])
def test_a_draft_that_cannot_be_read_whole_counts_as_no_answer(
    httpserver: HTTPServer, wordpress: WordPressConnection, said: object
) -> None:
    httpserver.expect_request("/wp-json/wp/v2/posts/7").respond_with_json(said)
    with pytest.raises(ChannelSilent):
        wordpress.compare("7", rendered(), {})


def test_another_post_with_our_address_is_noticed_where_drafts_reserve_none(
    httpserver: HTTPServer, wordpress: WordPressConnection
) -> None:
    """As WordPress 6.1 does it: two drafts may hold one address, and publishing the second changes it."""
    httpserver.expect_request("/wp-json/wp/v2/posts/7").respond_with_json(POST)
    asked = {"slug": "uebergabe-teil-1", "status": "any", "context": "edit", "_fields": "id", "exclude": "7"}
    httpserver.expect_request("/wp-json/wp/v2/posts", query_string=asked).respond_with_json([{"id": 8}])
    httpserver.expect_request("/wp-json/wp/v2/pages").respond_with_json([])
    with pytest.raises(SlugTaken):
        wordpress.compare("7", rendered(), {})


@pytest.mark.parametrize(
    ("answer", "meant"),
    [
        ({"id": 7, "status": "future", "slug": POST["slug"], "link": "x"}, ArrivedDifferent),
        ({"id": 7, "status": "publish", "slug": "uebergabe-teil-1-2", "link": "x"}, LiveElsewhere),
        ({"id": 8, "status": "publish", "slug": POST["slug"], "link": "x"}, ChannelSilent),
        ({"id": 7}, ArrivedDifferent),
        ([{"id": 7}], ChannelSilent),
    ],
)
def test_a_flip_counts_only_when_exactly_this_post_is_public(
    httpserver: HTTPServer, wordpress: WordPressConnection, answer: object, meant: type[Refusal]
) -> None:
    httpserver.expect_request("/wp-json/wp/v2/posts/7", method="GET").respond_with_json(POST)
    httpserver.expect_request("/wp-json/wp/v2/posts/7", method="POST").respond_with_json(answer)
    with pytest.raises(Refusal) as refused:
        wordpress.flip("7")
    assert type(refused.value) is meant


def test_a_flip_changes_nothing_but_the_status(httpserver: HTTPServer, wordpress: WordPressConnection) -> None:
    public = {**POST, "status": "publish", "link": "https://kunde.example/uebergabe-teil-1/"}
    httpserver.expect_request("/wp-json/wp/v2/posts/7", method="GET").respond_with_json(POST)
    httpserver.expect_request("/wp-json/wp/v2/posts/7", method="POST", json={"status": "publish"}).respond_with_json(public)
    assert wordpress.flip("7").url == "https://kunde.example/uebergabe-teil-1/"


def test_a_post_that_is_public_already_is_not_touched_again(httpserver: HTTPServer, wordpress: WordPressConnection) -> None:
    httpserver.expect_request("/wp-json/wp/v2/posts/7", method="GET").respond_with_json({**POST, "status": "publish"})
    assert wordpress.flip("7").remote_id == "7"
    assert [request.method for request, _ in httpserver.log] == ["GET", "GET"]


def test_a_draft_carries_neither_date_nor_author(httpserver: HTTPServer, wordpress: WordPressConnection) -> None:
    bodies: list[dict[str, Any]] = []

    def made(request: Request) -> Response:
        bodies.append(request.get_json())
        return Response(json.dumps(POST), 201, content_type="application/json")

    httpserver.expect_request("/wp-json/wp/v2/posts", method="GET").respond_with_json([])
    httpserver.expect_request("/wp-json/wp/v2/posts", method="POST").respond_with_handler(made)
    wordpress.make_draft(rendered(), {}, "staffelstab-1")
    assert set(bodies[0]) == {"title", "content", "excerpt", "slug", "status", "tags", "featured_media"}
    assert bodies[0]["status"] == "draft"


def test_a_description_that_the_site_changed_is_noticed(httpserver: HTTPServer, wordpress: WordPressConnection) -> None:
    said = {"id": 3, "alt_text": "SEO: Läufer", "source_url": "https://kunde.example/stab.png"}
    httpserver.expect_request("/wp-json/wp/v2/media", method="POST").respond_with_json(said, status=201)
    with pytest.raises(ArrivedDifferent) as refused:
        wordpress.send_image(an_image())
    assert refused.value.facts["fields"] == "alt_text"


def test_an_image_without_an_address_counts_as_no_answer(httpserver: HTTPServer, wordpress: WordPressConnection) -> None:
    said = {"id": 3, "alt_text": an_image().alt, "source_url": False}
    httpserver.expect_request("/wp-json/wp/v2/media", method="POST").respond_with_json(said, status=201)
    with pytest.raises(ChannelSilent):
        wordpress.send_image(an_image())


@pytest.mark.parametrize(
    "call", [lambda one: one.put(rendered(), {}, "m"), lambda one: one.look_up(rendered(), {}, datetime.now(UTC))]
)
def test_what_belongs_to_other_deliveries_is_a_mistake(call: Callable[[WordPressConnection], object]) -> None:
    with pytest.raises(TypeError):
        call(connected("https://kunde.example"))


# --------------------------------------------------------------------------------------------------- pure knowledge


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("https://www.kunde.example", "https://www.kunde.example"),
        (" www.Kunde.example/ ", "https://www.kunde.example"),
        ("https://kunde.example/wp-admin/edit.php?x=1", "https://kunde.example"),
        ("https://kunde.example/blog/wp-login.php", "https://kunde.example/blog"),
        ("https://kunde.example/blog/wp-json/wp/v2/", "https://kunde.example/blog"),
        ("http://127.0.0.1:8080/#a", "http://127.0.0.1:8080"),
    ],
)
def test_the_address_of_the_site_is_taken_from_what_was_pasted(typed: str, kept: str) -> None:
    assert OUTLET.accept_settings({"url": typed, "user": " jonas "}) == {"url": kept, "user": "jonas"}


@pytest.mark.parametrize(
    "changed",
    [
        {"url": "ftp://kunde.example"},
        {"url": "https://"},
        {"url": "https://jonas:geheim@kunde.example"},
        {"url": "https://kunde.example/ein blog"},
        {"url": "https://kunde.example:port"},
        {"user": "jonas:geheim"},
        {"passwort": "geheim"},
    ],
)
def test_a_setting_that_cannot_be_is_refused_without_repeating_a_password(changed: dict[str, str]) -> None:
    with pytest.raises(FieldInvalid) as refused:
        OUTLET.accept_settings({"url": "https://kunde.example", "user": "jonas", **changed})
    assert refused.value.facts["field"] == next(iter(changed))
    if "url" in changed:
        assert "geheim" not in str(refused.value.facts["value"])


def test_an_empty_setting_is_missing() -> None:
    with pytest.raises(FieldMissing):
        OUTLET.accept_settings({"url": "https://kunde.example", "user": " "})


def found(**changed: Any) -> list[Refusal]:
    content = an_illustrated_text().model_copy(update=changed)
    return list(OUTLET.findings(content, place("https://kunde.example")))


def test_what_speaks_against_an_article_is_found() -> None:
    assert found(title=" ") == [TitleMissing(channel="Blog")]
    assert found(first_comment="Link im Kommentar") == [FirstCommentNotSent(channel="Blog")]
    assert found(images=(an_image(alt=""),)) == [ImageWithoutAlt(image="stab.png")]
    foreign = "![Bild](https://fremd.example/a.png)"
    assert found(body=foreign) == [RemoteImageInText(channel="Blog", address="https://fremd.example/a.png")]


def test_images_that_nobody_will_see_are_not_sent() -> None:
    first, second, third = (an_image().model_copy(update={"sha256": letter * 64}) for letter in "abc")
    content = a_text().model_copy(update={"images": (first, second, third), "body": "![x](image:3)\n\n![y](image:1)"})
    assert OUTLET.render(content, place("https://kunde.example")).images == (first, third)


def test_an_image_without_words_in_the_text_gets_those_it_was_taken_in_with() -> None:
    content = an_illustrated_text().model_copy(update={"body": "![](image:1)"})
    result = OUTLET.render(content, place("https://kunde.example"))
    assert 'alt="Zwei Läufer übergeben den Stab"' in result.preview.html
    assert 'alt="Zwei Läufer übergeben den Stab"' in str(result.payload["content"])


def test_an_image_that_is_not_attached_leaves_no_gap() -> None:
    content = Content(title="T", body="Vor\n\n![x](image:9)\n\nNach")
    payload = OUTLET.render(content, place("https://kunde.example")).payload
    assert "img" not in str(payload["content"])
    assert payload["featured_media"] == ""


@pytest.mark.parametrize(
    ("title", "sent"),
    [
        ("Größe & „Mehr“ \\ 'x' \"y\"", "Größe & „Mehr“ \\ 'x' \"y\""),
        ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
        ("So schreibt man &amp; in HTML", "So schreibt man &amp;amp; in HTML"),
    ],
)
def test_a_title_is_words_and_never_markup(title: str, sent: str) -> None:
    content = a_text(title=title).model_copy(update={"excerpt": title})
    payload = OUTLET.render(content, place("https://kunde.example")).payload
    assert (payload["title"], payload["excerpt"]) == (sent, sent)


def test_an_address_is_plain_letters_whatever_was_typed() -> None:
    assert OUTLET.render(a_text(slug="Größe & Ärger"), place("https://x.example")).payload["slug"] == "groesse-und-aerger"
    assert OUTLET.render(a_text(title="Größe", slug=""), place("https://x.example")).payload["slug"] == "groesse"


def test_a_term_is_named_once() -> None:
    content = a_text().model_copy(update={"tags": ("KI", " ki ", "", "Recht")})
    assert OUTLET.render(content, place("https://x.example")).payload["tags"] == ["KI", "Recht"]


def test_the_author_belongs_to_the_address_that_is_approved() -> None:
    assert OUTLET.address({"url": "https://kunde.example", "user": "jonas"}) == "https://kunde.example (jonas)"


def test_the_password_is_not_in_what_is_printed() -> None:
    wordpress = connected("https://kunde.example")
    assert "geheim" not in repr(wordpress.wire)


FACTS = {"channel": "Blog", "account": "jonas", "url": "https://kunde.example/x-2/", "reason": "x-2", "fields": "slug"}


@pytest.mark.parametrize("name", ["TooManyRights", "AppPasswordsOff", "LiveElsewhere"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_its_own_refusals_have_their_sentences(name: str, language: str) -> None:
    assert "Blog" in Say(language)(getattr(errors, name)(**FACTS))


def an_image_named(name: str) -> ImageRef:
    return an_image().model_copy(update={"name": name})


@pytest.mark.parametrize(
    ("name", "sent"), [("Größe 1.PNG", "groesse-1.png"), ("日本.png", "beitrag.png"), ('a"b\r\nx: y.jpg', "a-b-x-y.png")]
)
def test_an_image_travels_under_a_plain_name(
    httpserver: HTTPServer, wordpress: WordPressConnection, name: str, sent: str
) -> None:
    names: list[str | None] = []

    def taken(request: Request) -> Response:
        names.append(request.files["file"].filename)
        answer = {"id": 3, "alt_text": request.form["alt_text"], "source_url": "https://kunde.example/x.png"}
        return Response(json.dumps(answer), 201, content_type="application/json")

    httpserver.expect_request("/wp-json/wp/v2/media", method="POST").respond_with_handler(taken)
    wordpress.send_image(an_image_named(name))
    assert names == [sent]
