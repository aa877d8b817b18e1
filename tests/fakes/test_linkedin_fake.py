"""The stand-in has to be as strict as the service, or everything proved against it is worth nothing."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPException
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import pytest

from tests.fakes.linkedin import OTHER_PAGE, PAGE, PERSON, FakeLinkedIn, Token, seen_by_readers, stored_little_text

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 16


@pytest.fixture
def linkedin() -> Iterator[FakeLinkedIn]:
    with FakeLinkedIn() as fake:
        yield fake


class Spoken:
    def __init__(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.status, self.headers, self.body = status, headers, body

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def code(self) -> str:
        told = self.json
        return told.get("code") or told["errorDetails"]["inputErrors"][0]["code"]


def speak(
    linkedin: FakeLinkedIn,
    method: str,
    path: str,
    body: object = None,
    *,
    token: str = "page-token",
    without: str = "",
    **headers: str,
) -> Spoken:
    given = {
        "Authorization": f"Bearer {token}",
        "LinkedIn-Version": "202609",
        "X-Restli-Protocol-Version": "2.0.0",
        "Content-Type": "application/json",
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    given.pop(without, None)
    raw = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
    connection = HTTPConnection("127.0.0.1", urlsplit(linkedin.url).port or 0, timeout=10)
    try:
        connection.request(method, path, raw, given)
        answer = connection.getresponse()
        return Spoken(answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read())
    finally:
        connection.close()


def a_post(commentary: str = "Hallo", author: str = PAGE, **more: object) -> dict[str, object]:
    return {
        "author": author,
        "commentary": commentary,
        "visibility": "PUBLIC",
        "distribution": {"feedDistribution": "MAIN_FEED", "targetEntities": [], "thirdPartyDistributionChannels": []},
        "lifecycleState": "PUBLISHED",
        **more,
    }


def create(linkedin: FakeLinkedIn, post: object = None, **how: str) -> Spoken:
    return speak(linkedin, "POST", "/rest/posts", a_post() if post is None else post, **how)


def an_image(linkedin: FakeLinkedIn, owner: str = PAGE, token: str = "page-token", body: bytes = PNG) -> str:
    wish = {"initializeUploadRequest": {"owner": owner}}
    value = speak(linkedin, "POST", "/rest/images?action=initializeUpload", wish, token=token).json["value"]
    assert speak(linkedin, "PUT", urlsplit(value["uploadUrl"]).path, body, token=token).status == 201
    return str(value["image"])


def listing(linkedin: FakeLinkedIn, author: str = PAGE, token: str = "page-token", **more: str) -> Spoken:
    query = urlencode({"q": "author", "author": author, "sortBy": "CREATED", **more})
    return speak(linkedin, "GET", f"/rest/posts?{query}", token=token, X_RestLi_Method="FINDER")


# -- headers and tokens


def test_a_post_is_answered_201_with_an_empty_body_and_the_id_in_a_header(linkedin: FakeLinkedIn) -> None:
    answer = create(linkedin)
    assert (answer.status, answer.body) == (201, b"")
    assert answer.headers["x-restli-id"] == linkedin.posts[0].id


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"without": "LinkedIn-Version"}, 400, "VERSION_MISSING"),
        ({"LinkedIn_Version": "202504"}, 426, "NONEXISTENT_VERSION"),
        ({"LinkedIn_Version": "202612"}, 426, "NONEXISTENT_VERSION"),
        ({"without": "X-Restli-Protocol-Version"}, 400, "ILLEGAL_ARGUMENT"),
        ({"without": "Authorization"}, 401, "EMPTY_ACCESS_TOKEN"),
        ({"token": "made-up"}, 401, "INVALID_ACCESS_TOKEN"),
    ],
)
def test_headers_are_insisted_on(linkedin: FakeLinkedIn, change: dict[str, str], status: int, code: str) -> None:
    answer = create(linkedin, **change)
    assert (answer.status, answer.code) == (status, code)
    assert linkedin.posts == []


def test_a_token_speaks_for_its_member_and_their_pages_only(linkedin: FakeLinkedIn) -> None:
    assert create(linkedin, a_post(author=PERSON), token="person-token").status == 201
    for author in (OTHER_PAGE, "urn:li:person:somebody", "5001"):
        answer = create(linkedin, a_post(author=author))
        assert answer.status == 403
        assert "[/author]" in answer.json["message"]


def test_a_scope_that_is_missing_is_answered_before_the_role(linkedin: FakeLinkedIn) -> None:
    answer = create(linkedin, token="person-token")
    assert answer.status == 403
    assert answer.json["message"].startswith("Not enough permissions to access: partnerApiPostsExternal.CREATE.20260901")


def test_a_role_that_does_not_post_is_refused(linkedin: FakeLinkedIn) -> None:
    linkedin.tokens["page-token"].roles[PAGE] = "ANALYST"
    assert create(linkedin).status == 403


def test_a_fresh_token_is_called_revoked_at_first(linkedin: FakeLinkedIn) -> None:
    linkedin.tokens["page-token"].fresh = 1
    assert [create(linkedin).status, create(linkedin).status] == [401, 201]


# -- the post


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"content": None}, 403),
        ({"text": "x"}, 403),
        ({"content": {"media": {"id": "urn:li:image:x", "alt": "x"}}}, 422),
        ({"content": {}}, 422),
        ({"content": {"media": {"id": "urn:li:digitalmediaAsset:1"}}}, 400),
        ({"content": {"media": {"id": "urn:li:image:none"}}}, 400),
        ({"content": {"article": {"source": "https://muster.example"}}}, 400),
        ({"distribution": {"feedDistribution": "EVERYWHERE"}}, 400),
        ({"lifecycleState": "DRAFT"}, 400),
        ({"visibility": "CONNECTIONS"}, 400),
        ({"commentary": " \n"}, 400),
        ({"commentary": "😀" * 1501}, 400),
    ],
)
def test_a_post_of_the_wrong_form_is_refused(linkedin: FakeLinkedIn, change: dict[str, object], status: int) -> None:
    assert create(linkedin, a_post() | change).status == status
    assert linkedin.posts == []


def test_three_thousand_units_are_taken(linkedin: FakeLinkedIn) -> None:
    assert create(linkedin, a_post("😀" * 1500)).status == 201


@pytest.mark.parametrize("field", ["author", "commentary", "visibility", "distribution", "lifecycleState"])
def test_every_required_field_is_asked_for(linkedin: FakeLinkedIn, field: str) -> None:
    post = a_post()
    del post[field]
    answer = create(linkedin, post)
    assert (answer.status, answer.code) == (400, "MISSING_FIELD")


@pytest.mark.parametrize("letter", "|{}@[]()<>#\\*_~")
def test_a_bare_reserved_character_cuts_the_text_without_a_word(linkedin: FakeLinkedIn, letter: str) -> None:
    assert create(linkedin, a_post(f"Vorn {letter} hinten")).status == 201
    assert linkedin.posts[0].commentary == "Vorn "


def test_escapes_tags_and_mentions_are_kept() -> None:
    written = r"Teil \(2\) #Recht {hashtag|\#|AI\_Praxis} @[Muster \(GmbH\)](urn:li:organization:5001) \# Ende"
    stored = stored_little_text(written)
    assert stored == written.replace("#Recht", r"{hashtag|\#|Recht}")
    assert seen_by_readers(stored) == "Teil (2) #Recht #AI_Praxis Muster (GmbH) # Ende"


def test_the_same_post_within_ten_minutes_is_a_duplicate_even_of_a_deleted_one(linkedin: FakeLinkedIn) -> None:
    first = create(linkedin).headers["x-restli-id"]
    assert speak(linkedin, "DELETE", f"/rest/posts/{quote(first, safe='')}").status == 204
    linkedin.tick(9 * 60)
    answer = create(linkedin)
    assert (answer.status, answer.code) == (422, "DUPLICATE_POST")
    assert first in answer.json["message"]
    assert create(linkedin, a_post("Hallo!")).status == 201
    linkedin.tick(2 * 60)
    assert create(linkedin).status == 201


# -- images


def test_an_image_is_owned_by_the_author_of_the_post(linkedin: FakeLinkedIn) -> None:
    linkedin.tokens["page-token"].roles[OTHER_PAGE] = "ADMINISTRATOR"
    other = an_image(linkedin, OTHER_PAGE)
    answer = create(linkedin, a_post(content={"media": {"id": other, "altText": "x"}}))
    assert answer.status == 400
    assert "not owned by the author" in answer.json["message"]


def test_an_image_goes_through_its_states_before_a_post_takes_it(linkedin: FakeLinkedIn) -> None:
    linkedin.polls_until_available = 2
    urn = an_image(linkedin)
    post = a_post(content={"media": {"id": urn, "altText": "x"}})
    path = f"/rest/images/{quote(urn, safe='')}"
    assert speak(linkedin, "GET", path).json["status"] == "PROCESSING"
    assert create(linkedin, post).code == "MEDIA_ASSET_PROCESSING"
    assert speak(linkedin, "GET", path).json["status"] == "AVAILABLE"
    assert create(linkedin, post).status == 201


def test_an_image_without_bytes_waits_and_one_of_other_bytes_fails(linkedin: FakeLinkedIn) -> None:
    wish = {"initializeUploadRequest": {"owner": PAGE}}
    urn = speak(linkedin, "POST", "/rest/images?action=initializeUpload", wish).json["value"]["image"]
    assert create(linkedin, a_post(content={"media": {"id": urn}})).code == "MEDIA_ASSET_WAITING_UPLOAD"
    webp = an_image(linkedin, body=b"RIFF\0\0\0\0WEBP")
    assert create(linkedin, a_post(content={"media": {"id": webp}})).code == "MEDIA_ASSET_PROCESSING_FAILED"


def test_an_empty_alt_text_is_refused(linkedin: FakeLinkedIn) -> None:
    urn = an_image(linkedin)
    assert create(linkedin, a_post(content={"media": {"id": urn, "altText": ""}})).status == 400


def test_a_member_may_not_ask_for_an_images_state(linkedin: FakeLinkedIn) -> None:
    urn = an_image(linkedin, PERSON, "person-token")
    assert speak(linkedin, "GET", f"/rest/images/{quote(urn, safe='')}", token="person-token").status == 403


# -- reading


def test_a_page_lists_its_posts_newest_first_once_they_are_indexed(linkedin: FakeLinkedIn) -> None:
    linkedin.listing_lag_seconds = 60
    create(linkedin, a_post("Eins"))
    assert listing(linkedin).json["elements"] == []
    linkedin.tick(61)
    create(linkedin, a_post("Zwei"))
    linkedin.tick(61)
    assert [post["commentary"] for post in listing(linkedin).json["elements"]] == ["Zwei", "Eins"]
    assert [post["commentary"] for post in listing(linkedin, count="1", start="1").json["elements"]] == ["Eins"]


def test_listing_needs_its_scope_its_method_and_known_parameters(linkedin: FakeLinkedIn) -> None:
    linkedin.tokens["writes-only"] = Token(scopes=("w_organization_social",), roles={PAGE: "ADMINISTRATOR"})
    assert listing(linkedin, token="writes-only").status == 403
    assert listing(linkedin, PERSON, token="person-token").status == 403
    assert listing(linkedin, since="1").code == "QUERY_PARAM_NOT_ALLOWED"
    assert speak(linkedin, "GET", f"/rest/posts?q=author&author={quote(PAGE, safe='')}").status == 400


def test_roles_and_names_of_pages_need_the_admin_scope(linkedin: FakeLinkedIn) -> None:
    acls = "/rest/organizationAcls?q=roleAssignee&state=APPROVED"
    assert speak(linkedin, "GET", acls, X_RestLi_Method="FINDER").json["elements"][0]["organization"] == PAGE
    assert speak(linkedin, "GET", acls, token="person-token", X_RestLi_Method="FINDER").status == 403
    assert speak(linkedin, "GET", "/rest/organizations/5001").json["localizedName"] == "Muster Maschinenbau GmbH"
    assert speak(linkedin, "GET", "/rest/organizations/5001", token="person-token").status == 403


def test_who_am_i_needs_openid_but_no_version(linkedin: FakeLinkedIn) -> None:
    assert speak(linkedin, "GET", "/v2/userinfo", token="person-token", without="LinkedIn-Version").json["sub"] == "kZ3_pQ9aBc"
    assert speak(linkedin, "GET", "/v2/userinfo").status == 403


# -- faults and control


def test_a_cut_comes_after_the_effect(linkedin: FakeLinkedIn) -> None:
    linkedin.fail("create", "cut")
    with pytest.raises((HTTPException, OSError)):
        create(linkedin)
    assert len(linkedin.posts) == 1


@pytest.mark.parametrize(
    ("how", "status", "happened"),
    [
        ("error", 500, 1), ("html", 502, 1), ("no_id", 201, 1), ("slow", 201, 1),
        ("busy", 429, 0), ("day", 429, 0), ("expired", 401, 0), ("revoked", 401, 0),
        ("forbidden", 403, 0), ("moved", 301, 0), ("conflict", 409, 0), ("refused", 400, 0),
    ],
)  # fmt: skip
def test_each_fault_strikes_before_or_after_the_effect_and_once(
    linkedin: FakeLinkedIn, how: str, status: int, happened: int
) -> None:
    linkedin.fail("create", how, seconds=0.01)
    answer = create(linkedin)
    assert (answer.status, len(linkedin.posts)) == (status, happened)
    assert ("x-restli-id" in answer.headers) == (how == "slow")
    assert create(linkedin, a_post("Danach")).status == 201


def test_a_fault_nobody_knows_is_refused(linkedin: FakeLinkedIn) -> None:
    with pytest.raises(ValueError, match="hiccup"):
        linkedin.fail("create", "hiccup")


def test_everything_can_be_controlled_from_outside(linkedin: FakeLinkedIn) -> None:
    assert speak(linkedin, "POST", "/__control", {"do": "fail", "on": "create", "how": "error"}).status == 200
    assert create(linkedin).status == 500
    assert speak(linkedin, "POST", "/__control", {"do": "token", "token": "new", "scopes": [], "roles": {}}).status == 200
    assert create(linkedin, token="new").status == 403
    speak(linkedin, "POST", "/__control", {"do": "set", "versions": ["202701"]})
    assert create(linkedin).status == 426
    state = speak(linkedin, "GET", "/__control").json
    assert [post["commentary"] for post in state["posts"]] == ["Hallo"]
    assert speak(linkedin, "POST", "/__control", {"do": "set", "url": "x"}).status == 400
    speak(linkedin, "POST", "/__control", {"do": "reset"})
    assert speak(linkedin, "GET", "/__control").json["posts"] == []


def test_it_starts_alone() -> None:
    alone = subprocess.Popen([sys.executable, "-m", "tests.fakes.linkedin", "--port", "0"], stdout=subprocess.PIPE, text=True)
    try:
        assert alone.stdout is not None
        told = json.loads(alone.stdout.readline())
        connection = HTTPConnection("127.0.0.1", urlsplit(told["api_url"]).port or 0, timeout=10)
        connection.request("GET", "/v2/userinfo", headers={"Authorization": "Bearer person-token"})
        assert json.loads(connection.getresponse().read())["name"] == "Anna Muster"
        connection.close()
    finally:
        alone.terminate()
        alone.wait(10)
