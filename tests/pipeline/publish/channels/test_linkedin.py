"""LinkedIn against a strict stand-in over real HTTP: what goes out, and what each answer means."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from typing import Any

import pytest

from pipeline import errors
from pipeline.errors import (
    ChannelAddressWrong,
    ChannelBusy,
    ChannelForbids,
    ChannelRefused,
    ChannelSilent,
    ChannelUnreachable,
    ChannelVersionOver,
    DuplicatePost,
    FieldInvalid,
    FieldMissing,
    FirstCommentNotSent,
    ImageNotTaken,
    ImageWithoutAlt,
    LinkedInIsSomebodyElse,
    LinkedInRoleMissing,
    LinkedInScopeMissing,
    LinkedInSignInEnds,
    LinkedInTextTooLongEscaped,
    LinkedInVersionEnds,
    ReconnectNeeded,
    Refusal,
    SecretMissing,
    TextEmpty,
    TextTooLongForChannel,
    TitleMissing,
    TooManyImages,
)
from pipeline.messages import Say, gaps, sentences
from pipeline.net import Answer, Net
from pipeline.publish.channels.linkedin import FOLDS, LinkedIn
from pipeline.publish.channels.linkedin_answers import refusal, told
from pipeline.publish.channels.linkedin_connection import (
    PAUSES_BEFORE_POST,
    PAUSES_FOR_FRESH_TOKEN,
    PAUSES_FOR_IMAGE,
    LinkedInConnection,
    version_ends,
)
from pipeline.publish.channels.linkedin_credential import read_credential
from pipeline.publish.channels.port import Live, Place, Rendered, Wire
from pipeline.records import Content, ImageRef, LinkCard, RemoteImage
from tests.fakes.linkedin import OTHER_PAGE, PAGE, PERSON, FakeLinkedIn, Token, seen_by_readers

PNG = b"\x89PNG\r\n\x1a\n" + b"bild" * 8
DIGEST = sha256(PNG).hexdigest()
NOON = datetime(2026, 11, 22, 11, 0, tzinfo=UTC)


def an_image(**change: object) -> ImageRef:
    plain = ImageRef(sha256=DIGEST, alt="Werkbank mit Laptop", name="bank.png", mime="image/png", width=8, height=6, size=40)
    return plain.model_copy(update=change)


def a_text(body: str = "Drei Fragen (vor dem Start)", **more: object) -> Content:
    return Content(title="Arbeitstitel", body=body, **more)  # type: ignore[arg-type]


CARD = LinkCard(url="https://muster.example/x_(y)", title="Die Checkliste", description="Für den Start")


@pytest.fixture
def fake() -> Iterator[FakeLinkedIn]:
    with FakeLinkedIn() as running:
        yield running


@dataclass
class Desk:
    """One channel on the stand-in, and the pauses it would have made."""

    fake: FakeLinkedIn
    author: str = PAGE
    secret: str = "page-token"
    change: dict[str, str] = field(default_factory=dict)
    waited: list[float] = field(default_factory=list)

    @property
    def outlet(self) -> LinkedIn:
        return LinkedIn(wait=self.waited.append)

    @property
    def place(self) -> Place:
        typed = {"author": self.author, "api_url": self.fake.url, "oauth_url": f"{self.fake.url}/oauth/v2", **self.change}
        return Place("Unsere Seite", self.outlet.accept_settings(typed), "Muster GmbH", "de", "Europe/Berlin")

    def connect(self) -> LinkedInConnection:
        return self.outlet.connect(self.place, Wire(Net(), lambda _: PNG, self.fake.now, self.secret))

    def render(self, content: Content) -> Rendered:
        return self.outlet.render(content, self.place)

    def publish(self, content: Content | None = None) -> Live:
        rendered, connection = self.render(content or a_text()), self.connect()
        media = {image.sha256: connection.send_image(image) for image in rendered.images}
        return connection.put(rendered, media, "staffelstab-1")

    def findings(self, content: Content) -> list[Refusal]:
        return list(self.outlet.findings(content, self.place))


@pytest.fixture
def page(fake: FakeLinkedIn) -> Desk:
    return Desk(fake)


@pytest.fixture
def person(fake: FakeLinkedIn) -> Desk:
    return Desk(fake, PERSON, "person-token")


# -- settings and secret


def test_settings_take_their_defaults_and_lose_a_trailing_slash() -> None:
    typed = {"author": " urn:li:person:kZ3_pQ-9 ", "api_url": "https://api.linkedin.com/"}
    assert LinkedIn().accept_settings(typed) == {
        "author": "urn:li:person:kZ3_pQ-9",
        "version": "202609",
        "api_url": "https://api.linkedin.com",
        "oauth_url": "https://www.linkedin.com/oauth/v2",
    }


@pytest.mark.parametrize(
    ("field_name", "value"),
    [
        ("author", "5001"),
        ("author", "urn:li:organization:muster"),
        ("author", "urn:li:organization:5001)"),
        ("version", "2026-09"),
        ("version", "202613"),
        ("api_url", "http://api.linkedin.com"),
        ("api_url", "ftp://127.0.0.1"),
        ("api_url", "https://a:b@api.linkedin.com"),
        ("oauth_url", "https://"),
        ("oauth_url", "https://[::1"),
        ("autor", "x"),
    ],
)
def test_a_setting_of_the_wrong_form_is_named(field_name: str, value: str) -> None:
    with pytest.raises(FieldInvalid) as refused:
        LinkedIn().accept_settings({"author": PAGE, field_name: value})
    assert refused.value.facts == {"field": field_name, "value": value}


def test_a_channel_needs_an_author() -> None:
    with pytest.raises(FieldMissing) as refused:
        LinkedIn().accept_settings({"author": " "})
    assert refused.value.facts == {"field": "author"}


def test_what_people_approve_names_the_author_and_the_conversion() -> None:
    outlet = LinkedIn()
    assert outlet.address(outlet.accept_settings({"author": PAGE})) == PAGE
    assert "markdown" in outlet.conversion


def test_a_secret_is_a_token_or_what_the_sign_in_brought() -> None:
    assert read_credential(" AQX_token\n").access_token == "AQX_token"
    full = {
        "access_token": "AQX",
        "refresh_token": "AQY",
        "expires_at": "2027-01-20T10:00:00+01:00",
        "client_id": "77abc",
        "client_secret": "geheim",
    }
    read = read_credential(json.dumps(full))
    assert (read.access_token, read.refresh_token, read.client_id) == ("AQX", "AQY", "77abc")
    assert read.expires_at == datetime(2027, 1, 20, 9, 0, tzinfo=UTC)
    assert not any(secret in repr(read) for secret in ("AQX", "AQY", "geheim"))


@pytest.mark.parametrize("moment", [1800000000, "1800000000", 1800000000000, "2027-01-15T08:00:00"])
def test_the_end_of_a_token_may_be_written_in_several_ways(moment: object) -> None:
    read = read_credential(json.dumps({"access_token": "x", "expires_at": moment}))
    assert read.expires_at == datetime(2027, 1, 15, 8, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "secret", ["{", '{"refresh_token": "geheim"}', '{"access_token": "geheim", "expires_at": "bald"}', "geheim b", "tökéngeheim"]
)
def test_an_unusable_secret_asks_to_reconnect_and_is_not_quoted(page: Desk, secret: str) -> None:
    page.secret = secret
    with pytest.raises(ReconnectNeeded) as refused:
        page.connect()
    assert "geheim" not in str(refused.value.facts)


def test_without_a_secret_nothing_is_connected(page: Desk) -> None:
    page.secret = " "
    with pytest.raises(SecretMissing):
        page.connect()


# -- rendering


def test_a_text_post_carries_no_content_field(page: Desk) -> None:
    assert page.render(a_text("Fragen **vor** dem Start (mit Liste)\n\n- eins\n- zwei_drei")).payload == {
        "author": PAGE,
        "commentary": "Fragen vor dem Start \\(mit Liste\\)\n\n• eins\n• zwei\\_drei",
        "visibility": "PUBLIC",
        "distribution": {"feedDistribution": "MAIN_FEED", "targetEntities": [], "thirdPartyDistributionChannels": []},
        "lifecycleState": "PUBLISHED",
        "isReshareDisabledByAuthor": False,
    }


def test_our_working_title_is_no_part_of_the_post(page: Desk) -> None:
    assert "Arbeitstitel" not in json.dumps(dict(page.render(a_text()).payload))


def test_one_image_stands_as_placeholder_with_its_description(page: Desk) -> None:
    rendered = page.render(a_text("Text\n\n![egal](image:1)", images=(an_image(),)))
    assert rendered.payload["content"] == {"media": {"id": f"image:{DIGEST}", "altText": "Werkbank mit Laptop"}}
    assert rendered.images == (an_image(),)


def test_a_link_becomes_a_card_and_the_image_its_thumbnail(page: Desk) -> None:
    content = a_text(images=(an_image(),), link=CARD)
    assert page.render(content).payload["content"] == {
        "article": {
            "source": "https://muster.example/x_(y)",
            "title": "Die Checkliste",
            "description": "Für den Start",
            "thumbnail": f"image:{DIGEST}",
        }
    }
    bare = page.render(a_text(link=LinkCard(url="https://muster.example/")))
    assert bare.payload["content"] == {"article": {"source": "https://muster.example/", "title": "Arbeitstitel"}}
    assert bare.images == ()


def test_tags_are_appended_once_and_as_words(page: Desk) -> None:
    content = a_text("Über #ki im Mittelstand", tags=("KI", "künstliche Intelligenz", "2026", "AI_Praxis", "ai_praxis"))
    rendered = page.render(content)
    assert rendered.preview.text == "Über #ki im Mittelstand\n\n#KünstlicheIntelligenz #ai_praxis"
    assert str(rendered.payload["commentary"]).endswith(r"{hashtag|\#|KünstlicheIntelligenz} {hashtag|\#|ai\_praxis}")


def test_a_line_that_begins_with_a_tag_is_no_heading(page: Desk) -> None:
    body = "Text\n\n#Mittelstand und #KI\n\n```\n#kein Tag\n```\n\n# Überschrift"
    seen = page.render(a_text(body)).preview.text
    assert seen == "Text\n\n#Mittelstand und #KI\n\n#kein Tag\n\nÜberschrift"


@pytest.mark.parametrize(
    ("body", "seen"),
    [
        ("- #Tag eins\n- #KI", "• #Tag eins\n• #KI"),
        ("> #Tag", "#Tag"),
        ("1. #Eins", "1. #Eins"),
        ("##Doppelt", "##Doppelt"),
        ("```\n~~~\n#x\n```\n\n#Danach", "~~~\n#x\n\n#Danach"),
        ("x #y", "x #y"),
    ],
)
def test_tags_survive_in_lists_quotes_and_behind_code(page: Desk, body: str, seen: str) -> None:
    assert page.render(a_text(body)).preview.text == seen


def test_a_known_name_is_mentioned(page: Desk) -> None:
    rendered = page.render(a_text("Danke, @Muster AG!", mentions={"Muster AG": "urn:li:organization:77"}))
    assert rendered.payload["commentary"] == "Danke, @[Muster AG](urn:li:organization:77)!"
    assert rendered.preview.text == "Danke, Muster AG!"


def test_the_preview_is_what_readers_see(page: Desk) -> None:
    preview = page.render(a_text("Kund*innen <b>fett</b> 😀 & C#", images=(an_image(alt='"A" & B'),), link=CARD)).preview
    assert (preview.look, preview.text) == ("post", "Kund*innen fett 😀 & C#")
    assert (preview.length, preview.limit, preview.fold) == (23, 3000, FOLDS["desktop"])
    assert "&amp; C#" in preview.html
    assert f'<img src="image:{DIGEST}" alt="&quot;A&quot; &amp; B">' in preview.html
    assert 'href="https://muster.example/x_(y)"' in preview.html


# -- findings


def test_nothing_speaks_against_a_good_post(page: Desk) -> None:
    assert page.findings(a_text(images=(an_image(),), link=CARD, tags=("KI",), mentions={"Eva": PERSON})) == []


def test_an_empty_post_is_found(page: Desk) -> None:
    assert page.findings(a_text("![nur Bild](image:1)", images=(an_image(),))) == [TextEmpty()]


def test_three_thousand_visible_units_are_the_limit(page: Desk) -> None:
    assert page.findings(a_text("😀" * 1500)) == []
    too_long = TextTooLongForChannel(channel="Unsere Seite", length=3001, limit=3000)
    assert page.findings(a_text("😀" * 1500 + "a")) == [too_long]


def test_guard_signs_count_too_and_are_named_apart(page: Desk) -> None:
    assert page.findings(a_text("a" * 2996 + "()")) == []
    assert page.findings(a_text("a" * 2997 + "(b)")) == [
        LinkedInTextTooLongEscaped(channel="Unsere Seite", visible=3000, length=3002, limit=3000)
    ]


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (a_text(images=(an_image(alt=" "),)), ImageWithoutAlt(image="bank.png")),
        (a_text(images=(an_image(), an_image())), TooManyImages(channel="Unsere Seite", count=2, limit=1)),
        (a_text(images=(an_image(mime="image/webp"),)), ImageNotTaken(image="bank.png", channel="Unsere Seite")),
        (a_text(images=(an_image(width=8000, height=5000),)), ImageNotTaken(image="bank.png", channel="Unsere Seite")),
        (a_text(link=LinkCard(url="javascript:alert(1)", title="x")), FieldInvalid(field="link", value="javascript:alert(1)")),
        (a_text(link=LinkCard(url="https://[x", title="x")), FieldInvalid(field="link", value="https://[x")),
        (a_text(link=CARD, first_comment="Link: …"), FirstCommentNotSent(channel="Unsere Seite")),
        (a_text(mentions={"Eva": "urn:li:share:1"}), FieldInvalid(field="mentions", value="urn:li:share:1")),
        (
            a_text(link=LinkCard(url="https://muster.example")).model_copy(update={"title": ""}),
            TitleMissing(channel="Unsere Seite"),
        ),
    ],
)
def test_what_linkedin_would_refuse_is_found_before(page: Desk, content: Content, found: Refusal) -> None:
    assert page.findings(content) == [found]
    page.render(content)


# -- publishing


THORNY = "Wie (Teil 2)? Kund*innen, C# & a_b, [x] {y} <z> | ~ @info \\ #Mittelstand https://muster.example/x_(y)#z 😀"


@pytest.mark.parametrize(("author", "token"), [(PAGE, "page-token"), (PERSON, "person-token")])
def test_readers_see_exactly_the_preview(fake: FakeLinkedIn, author: str, token: str) -> None:
    desk = Desk(fake, author, token)
    content = a_text(THORNY.replace("\\", "\\\\").replace("<", "&lt;"), tags=("KI",))
    live = desk.publish(content)
    [post] = fake.posts
    assert seen_by_readers(post.commentary) == desk.render(content).preview.text == f"{THORNY}\n\n#KI"
    assert live == Live(post.id, f"https://www.linkedin.com/feed/update/{post.id}/")


def test_both_kinds_of_post_id_are_kept_as_they_are(page: Desk) -> None:
    page.fake.post_kind = "ugcPost"
    assert page.publish().remote_id.startswith("urn:li:ugcPost:")


def test_the_older_header_names_the_post_too(page: Desk) -> None:
    page.fake.id_header = "X-LinkedIn-Id"
    assert page.publish().remote_id == page.fake.posts[0].id


def test_an_image_post_of_a_person_asks_for_no_state(person: Desk) -> None:
    person.publish(a_text(images=(an_image(),)))
    [image] = person.fake.images.values()
    assert (image.body, image.owner) == (PNG, PERSON)
    assert [call.method for call in person.fake.calls] == ["POST", "PUT", "POST"]
    assert person.waited == []


def test_an_image_of_a_page_is_polled_until_it_is_available(page: Desk) -> None:
    page.fake.polls_until_available = 3
    page.publish(a_text(images=(an_image(),), link=CARD))
    [urn] = page.fake.images
    assert page.fake.posts[0].sent["content"]["article"]["thumbnail"] == urn
    assert page.waited == [1, 2, 4]


def test_an_image_that_never_gets_ready_is_given_up_after_two_minutes(page: Desk) -> None:
    page.fake.polls_until_available = 99
    with pytest.raises(ChannelBusy) as refused:
        page.publish(a_text(images=(an_image(),)))
    assert "PROCESSING" in str(refused.value.facts["reason"])
    assert page.waited == list(PAUSES_FOR_IMAGE)
    assert 110 <= sum(page.waited) <= 130
    assert page.fake.creates() == []


def test_an_image_that_failed_is_refused_for_good(page: Desk) -> None:
    page.fake.image_fails = True
    with pytest.raises(ChannelRefused):
        page.publish(a_text(images=(an_image(),)))


def test_a_page_token_that_may_not_ask_for_states_goes_on(page: Desk) -> None:
    page.fake.fail("image", "forbidden")
    assert page.publish(a_text(images=(an_image(),))).remote_id


def test_a_post_is_repeated_only_while_its_image_is_in_work(person: Desk) -> None:
    person.fake.polls_until_available = 2
    person.publish(a_text(images=(an_image(),)))
    assert len(person.fake.posts) == 1
    assert person.waited == [2, 4]


def test_the_patience_with_an_image_ends(person: Desk) -> None:
    person.fake.polls_until_available = 99
    with pytest.raises(ChannelBusy):
        person.publish(a_text(images=(an_image(),)))
    assert len(person.fake.creates()) == len(PAUSES_BEFORE_POST) + 1
    assert person.fake.posts == []


def test_a_placeholder_in_the_words_stays_words(page: Desk) -> None:
    page.publish(a_text(f"Siehe image:{DIGEST}", images=(an_image(),)))
    assert page.fake.posts[0].commentary == f"Siehe image:{DIGEST}"


def test_a_post_without_an_id_is_live_at_an_unknown_address(page: Desk) -> None:
    page.fake.fail("create", "no_id")
    assert page.publish() == Live("", "")


@pytest.mark.parametrize("how", ["cut", "error", "html", "slow"])
def test_an_unclear_outcome_is_called_unclear_and_sent_once(page: Desk, how: str) -> None:
    page.fake.fail("create", how, seconds=2)
    net = _Hasty() if how == "slow" else Net()
    connection = page.outlet.connect(page.place, Wire(net, lambda _: PNG, page.fake.now, page.secret))
    with pytest.raises(ChannelSilent) as refused:
        connection.put(page.render(a_text()), {}, "staffelstab-1")
    assert refused.value.facts["channel"] == "Unsere Seite"
    assert len(page.fake.creates()) == len(page.fake.posts) == 1
    assert page.waited == []


class _Hasty(Net):
    """Waits a fifth of a second where the connection would wait a minute."""

    def send(self, *given: Any, **named: Any) -> Answer:
        return super().send(*given, **{**named, "read_seconds": 0.2})


@pytest.mark.parametrize(
    ("how", "refused_as"),
    [
        ("busy", ChannelBusy),
        ("conflict", ChannelBusy),
        ("expired", ReconnectNeeded),
        ("revoked", ReconnectNeeded),
        ("forbidden", ChannelForbids),
        ("moved", ChannelAddressWrong),
        ("refused", ChannelRefused),
    ],
)
def test_a_definite_no_is_told_apart_and_never_repeated(page: Desk, how: str, refused_as: type[Refusal]) -> None:
    page.fake.fail("create", how)
    with pytest.raises(Refusal) as refused:
        page.publish()
    assert type(refused.value) is refused_as
    assert refused.value.facts["channel"] == "Unsere Seite"
    assert (len(page.fake.creates()), page.fake.posts) == (1, [])


def test_nobody_there_means_nothing_was_sent(page: Desk) -> None:
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        page.change = {"api_url": f"http://127.0.0.1:{deaf.getsockname()[1]}"}
        with pytest.raises(ChannelUnreachable):
            page.publish()


def test_a_busy_linkedin_says_how_long(page: Desk) -> None:
    page.fake.fail("create", "busy")
    with pytest.raises(ChannelBusy) as refused:
        page.publish()
    assert refused.value.facts["retry_after"] == 90


def test_a_daily_limit_lasts_until_midnight_utc(page: Desk) -> None:
    now = page.fake.now()
    page.fake.tick((now.replace(hour=22, minute=30, second=0) - now).total_seconds())
    page.fake.fail("create", "day")
    with pytest.raises(ChannelBusy) as refused:
        page.publish()
    assert 89 * 60 <= int(str(refused.value.facts["retry_after"])) <= 90 * 60


def test_a_version_that_is_over_stops_the_channel(page: Desk) -> None:
    page.change = {"version": "202504"}
    with pytest.raises(ChannelVersionOver) as refused:
        page.publish()
    assert refused.value.facts["version"] == "202504"


def test_a_duplicate_names_the_post_that_exists(page: Desk) -> None:
    live = page.publish()
    with pytest.raises(DuplicatePost) as refused:
        page.publish()
    assert refused.value.facts == {"channel": "Unsere Seite", "urn": live.remote_id}


def test_a_missing_permission_is_named(fake: FakeLinkedIn) -> None:
    with pytest.raises(ChannelForbids) as refused:
        Desk(fake, PAGE, "person-token").publish()
    assert "scope: w_organization_social" in str(refused.value.facts["reason"])


def test_a_lost_role_is_told_in_linkedins_words(page: Desk) -> None:
    page.fake.tokens["page-token"].roles.clear()
    with pytest.raises(ChannelForbids) as refused:
        page.publish()
    assert "[/author]" in str(refused.value.facts["reason"])


def test_an_expired_token_is_not_even_tried(page: Desk) -> None:
    page.secret = json.dumps({"access_token": "page-token", "expires_at": "2026-01-31T10:00:00Z"})
    for call in (page.publish, lambda: page.connect().check()):
        with pytest.raises(ReconnectNeeded) as refused:
            call()
        assert refused.value.facts["reason"] == "EXPIRED_ACCESS_TOKEN (2026-01-31 10:00 UTC)"
    assert page.fake.calls == []


def test_linkedin_has_no_drafts(page: Desk) -> None:
    rendered, connection = page.render(a_text()), page.connect()
    for call in (
        lambda: connection.make_draft(rendered, {}, "m"),
        lambda: connection.compare("1", rendered, {}),
        lambda: connection.flip("1"),
    ):
        with pytest.raises(TypeError):
            call()


# -- reading answers


def an_answer(status: int, body: bytes, kind: str = "application/json", **headers: str) -> Answer:
    given = {"content-type": kind} | {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status, given, body, "https://api.linkedin.com/rest/posts")


def meaning(answer: Answer) -> Refusal:
    return refusal(answer, channel="K", version="202609", scope="w_member_social", now=NOON)


@pytest.mark.parametrize(
    ("body", "message", "codes"),
    [
        (
            b'{"status":401,"serviceErrorCode":65602,"code":"EXPIRED_ACCESS_TOKEN","message":"zu\\n  Ende"}',
            "zu Ende",
            ("EXPIRED_ACCESS_TOKEN", "65602"),
        ),
        (b'{"message":"","status":403}', "HTTP 418", ()),
        (
            b'{"errorDetailType":"x","message":"oben","errorDetails":{"inputErrors":[{"description":"innen","code":"A"}]}}',
            "oben – innen",
            ("A",),
        ),
        (b'{"error":"invalid_client","error_description":"nein"}', "nein", ("invalid_client",)),
        (b'{"error":"invalid_client"}', "invalid_client", ("invalid_client",)),
        (b"<html>Forbidden</html>", "HTTP 418", ()),
        (b"", "HTTP 418", ()),
        (b"[1]", "HTTP 418", ()),
        (b'{"message":5,"errorDetails":[1],"code":null}', "HTTP 418", ()),
        (b'{"errorDetails":{"inputErrors":[null, {"code":7}]}}', "7", ("7",)),
        (b"\xff\xfe", "HTTP 418", ()),
        (b"[" * 100_000, "HTTP 418", ()),
    ],
)  # fmt: skip
def test_every_shape_of_an_error_is_read(body: bytes, message: str, codes: tuple[str, ...]) -> None:
    said = told(an_answer(418, body))
    assert (said.message, said.codes) == (message, codes)


@pytest.mark.parametrize(
    ("status", "body", "refused_as"),
    [
        (400, b'{"code":"VERSION_MISSING","message":"x"}', ChannelVersionOver),
        (426, b"", ChannelVersionOver),
        (400, b'{"code":"FIELD_LENGTH_TOO_LONG","message":"x"}', ChannelRefused),
        (400, b'{"errorDetails":{"inputErrors":[{"code":"MEDIA_ASSET_WAITING_UPLOAD"}]}}', ChannelBusy),
        (400, b'{"errorDetails":{"inputErrors":[{"code":"MEDIA_ASSET_PROCESSING_FAILED"}]}}', ChannelRefused),
        (403, b'{"message":"Unpermitted fields present in REQUEST_BODY: [/x]"}', ChannelRefused),
        (403, b"<html>", ChannelAddressWrong),
        (403, b'{"message":"","status":403}', ChannelForbids),
        (404, b'{"message":"No virtual resource found"}', ChannelAddressWrong),
        (401, b"<html>", ReconnectNeeded),
        (408, b"", ChannelSilent),
        (408, b"<html>", ChannelSilent),
        (413, b"", ChannelRefused),
        (422, b'{"message":"ERROR :: /x :: unrecognized field"}', ChannelRefused),
        (302, b"", ChannelAddressWrong),
        (200, b"<html>", ChannelSilent),
        (202, b"", ChannelSilent),
        (503, b'{"message":"x"}', ChannelSilent),
        (504, b"<html>", ChannelSilent),
        (999, b"<html>", ChannelSilent),
    ],
)
def test_every_answer_has_its_meaning(status: int, body: bytes, refused_as: type[Refusal]) -> None:
    assert type(meaning(an_answer(status, body))) is refused_as


def test_only_a_post_is_taken_from_a_duplicates_message() -> None:
    body = {
        "message": "x",
        "errorDetails": {"inputErrors": [{"code": "DUPLICATE_POST", "description": "duplicate of urn:li:fsd:1"}]},
    }
    assert meaning(an_answer(422, json.dumps(body).encode())) == DuplicatePost(channel="K", urn="")


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ({"retry_after": "7"}, 7),
        ({"retry_after": "Sun, 22 Nov 2026 11:02:00 GMT", "date": "Sun, 22 Nov 2026 11:00:00 GMT"}, 120),
        ({"retry_after": "bald"}, 60),
        ({}, 60),
    ],
)
def test_a_wish_for_patience_is_obeyed(header: dict[str, str], seconds: int) -> None:
    assert meaning(an_answer(429, b"{}", **header)).facts["retry_after"] == seconds


def test_a_created_answer_that_is_a_web_page_proves_nothing(page: Desk) -> None:
    class Proxy(Net):
        def send(self, *given: Any, **named: Any) -> Answer:
            return an_answer(201, b"<html>Anmelden</html>", "text/html")

    connection = page.outlet.connect(page.place, Wire(Proxy(), lambda _: PNG, page.fake.now, page.secret))
    with pytest.raises(ChannelSilent):
        connection.put(page.render(a_text()), {}, "m")
    with pytest.raises(ChannelAddressWrong):
        connection.send_image(an_image())


# -- looking a post up


def test_a_page_finds_its_post_by_text_and_time(page: Desk) -> None:
    since = page.fake.now()
    live = page.publish(a_text(THORNY))
    page.fake.tick(5)
    page.publish(a_text("Ein anderer"))
    assert page.connect().look_up(page.render(a_text(THORNY)), {}, since) == live


def test_an_older_post_of_the_same_text_is_not_the_one(page: Desk) -> None:
    page.publish()
    page.fake.tick(3600)
    assert page.connect().look_up(page.render(a_text()), {}, page.fake.now()) is None


def test_a_post_that_linkedin_failed_to_show_is_not_live(page: Desk) -> None:
    since = page.fake.now()
    page.publish()
    page.fake.posts[0].sent["lifecycleState"] = "PUBLISH_FAILED"
    assert page.connect().look_up(page.render(a_text()), {}, since) is None


def test_a_clock_that_is_a_little_ahead_does_not_hide_the_post(page: Desk) -> None:
    live = page.publish()
    assert page.connect().look_up(page.render(a_text()), {}, page.fake.now() + timedelta(seconds=90)) == live


def test_a_post_that_is_not_listed_yet_is_not_found_and_later_it_is(page: Desk) -> None:
    page.fake.listing_lag_seconds = 60
    since = page.fake.now()
    live = page.publish()
    assert page.connect().look_up(page.render(a_text()), {}, since) is None
    page.fake.tick(61)
    assert page.connect().look_up(page.render(a_text()), {}, since) == live


def test_the_look_goes_on_behind_the_first_page_of_posts(page: Desk) -> None:
    since = page.fake.now()
    live = page.publish()
    for number in range(60):
        page.publish(a_text(f"Danach {number}"))
    assert page.connect().look_up(page.render(a_text()), {}, since) == live


def test_a_persons_posts_are_not_even_asked_for(person: Desk) -> None:
    person.publish()
    before = len(person.fake.calls)
    with pytest.raises(ChannelForbids):
        person.connect().look_up(person.render(a_text()), {}, person.fake.now())
    assert len(person.fake.calls) == before


def test_a_page_token_without_the_reading_scope_cannot_look(page: Desk) -> None:
    page.fake.tokens["page-token"] = Token(scopes=("w_organization_social",), roles={PAGE: "ADMINISTRATOR"})
    with pytest.raises(ChannelForbids) as refused:
        page.connect().look_up(page.render(a_text()), {}, page.fake.now())
    assert "r_organization_social" in str(refused.value.facts["reason"])


# -- checking


def problems(desk: Desk) -> list[Refusal]:
    return list(desk.connect().check().problems)


def test_a_good_connection_says_who_we_are(page: Desk, person: Desk) -> None:
    for desk, name in ((page, "Muster Maschinenbau GmbH"), (person, "Anna Muster")):
        signed = desk.connect().check()
        assert (signed.account, list(signed.problems)) == (name, [])
    assert page.fake.posts == []


def test_a_token_of_somebody_else_is_told(fake: FakeLinkedIn) -> None:
    desk = Desk(fake, "urn:li:person:other", "person-token")
    assert problems(desk) == [LinkedInIsSomebodyElse(channel="Unsere Seite", author="urn:li:person:other", signed_in=PERSON)]


def test_a_person_without_openid_is_told_which_permission_is_missing(person: Desk) -> None:
    person.fake.tokens["person-token"].scopes = ("w_member_social",)
    signed = person.connect().check()
    assert signed.account == PERSON
    assert list(signed.problems) == [LinkedInScopeMissing(channel="Unsere Seite", scope="openid profile")]


@pytest.mark.parametrize("role", ["ADMINISTRATOR", "CONTENT_ADMINISTRATOR", "CONTENT_ADMIN", "DIRECT_SPONSORED_CONTENT_POSTER"])
def test_each_posting_role_is_enough(page: Desk, role: str) -> None:
    page.fake.tokens["page-token"].roles = {OTHER_PAGE: "ANALYST", PAGE: role}
    assert problems(page) == []


@pytest.mark.parametrize("roles", [{OTHER_PAGE: "ADMINISTRATOR"}, {PAGE: "ANALYST", OTHER_PAGE: "ADMINISTRATOR"}])
def test_a_role_that_does_not_post_is_told(page: Desk, roles: dict[str, str]) -> None:
    page.fake.tokens["page-token"].roles = roles
    assert LinkedInRoleMissing(channel="Unsere Seite", author=PAGE) in problems(page)


def test_a_role_behind_the_first_hundred_pages_is_found(page: Desk) -> None:
    many = {f"urn:li:organization:{9000 + number}": "ADMINISTRATOR" for number in range(120)}
    page.fake.tokens["page-token"].roles = {**many, PAGE: "ADMINISTRATOR"}
    assert problems(page) == []


def test_each_missing_permission_of_a_page_is_told(page: Desk) -> None:
    page.fake.tokens["page-token"] = Token(scopes=("w_organization_social",), roles={PAGE: "ADMINISTRATOR"})
    signed = page.connect().check()
    assert signed.account == PAGE
    assert list(signed.problems) == [
        LinkedInScopeMissing(channel="Unsere Seite", scope="r_organization_admin"),
        LinkedInScopeMissing(channel="Unsere Seite", scope="r_organization_social"),
    ]


def test_an_app_that_knows_itself_finds_a_missing_writing_permission(person: Desk) -> None:
    app = {"access_token": "person-token", "client_id": "client-1", "client_secret": "client-secret-1"}
    person.secret = json.dumps(app)
    assert problems(person) == []
    person.fake.tokens["person-token"].scopes = ("openid", "profile")
    assert problems(person) == [LinkedInScopeMissing(channel="Unsere Seite", scope="w_member_social")]
    person.secret = json.dumps(app | {"client_secret": "falsch"})
    assert problems(person) == []


def test_a_token_of_some_seconds_is_given_time(page: Desk, person: Desk) -> None:
    for desk in (page, person):
        desk.fake.tokens[desk.secret].fresh = 2
        assert problems(desk) == []
        assert desk.waited == [1, 2]


def test_a_token_that_stays_revoked_asks_to_reconnect(person: Desk) -> None:
    person.fake.tokens["person-token"].state = "revoked"
    with pytest.raises(ReconnectNeeded):
        person.connect().check()
    assert person.waited == list(PAUSES_FOR_FRESH_TOKEN)


def test_an_expired_token_is_believed_at_once(person: Desk) -> None:
    person.fake.tokens["person-token"].state = "expired"
    with pytest.raises(ReconnectNeeded):
        person.connect().check()
    assert person.waited == []


def test_a_token_is_warned_of_fourteen_days_before_its_end(page: Desk) -> None:
    now = page.fake.now()
    for days, warned in ((15, False), (13, True)):
        ends = now + timedelta(days=days)
        page.secret = json.dumps({"access_token": "page-token", "expires_at": ends.isoformat()})
        expected = [LinkedInSignInEnds(channel="Unsere Seite", ends=ends)] if warned else []
        assert problems(page) == expected


def test_a_version_is_warned_of_sixty_days_before_its_end(page: Desk) -> None:
    assert version_ends("202609") == date(2027, 9, 15)
    for day, warned in ((date(2027, 7, 16), False), (date(2027, 7, 17), True), (date(2028, 1, 1), True)):
        page.fake.ahead = 0
        noon = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
        page.fake.tick((noon - page.fake.now()).total_seconds())
        expected = LinkedInVersionEnds(channel="Unsere Seite", version="202609", ends=date(2027, 9, 15))
        assert problems(page) == ([expected] if warned else [])


def test_something_else_at_the_address_is_told(page: Desk) -> None:
    class Router(Net):
        def send(self, *given: Any, **named: Any) -> Answer:
            return an_answer(200, b"<html>Willkommen</html>", "text/html")

    connection = page.outlet.connect(page.place, Wire(Router(), lambda _: PNG, page.fake.now, page.secret))
    with pytest.raises(ChannelAddressWrong):
        connection.check()


def test_the_upload_takes_no_token_over_an_open_line(page: Desk) -> None:
    class Downgrade(Net):
        def __init__(self) -> None:
            super().__init__()
            self.sent: list[str] = []

        def send(self, method: str, url: str, **named: Any) -> Answer:
            self.sent.append(url)
            value = {"uploadUrl": "http://upload.example/1", "image": "urn:li:image:1"}
            return an_answer(200, json.dumps({"value": value}).encode())

    net = Downgrade()
    page.change = {"api_url": "https://api.linkedin.com"}
    connection = page.outlet.connect(page.place, Wire(net, lambda _: PNG, page.fake.now, page.secret))
    with pytest.raises(ChannelAddressWrong):
        connection.send_image(an_image())
    assert net.sent == ["https://api.linkedin.com/rest/images"]


# -- sentences


OWN = {
    LinkedInIsSomebodyElse: {"channel", "author", "signed_in"},
    LinkedInRoleMissing: {"channel", "author"},
    LinkedInScopeMissing: {"channel", "scope"},
    LinkedInSignInEnds: {"channel", "ends"},
    LinkedInTextTooLongEscaped: {"channel", "visible", "length", "limit"},
    LinkedInVersionEnds: {"channel", "version", "ends"},
    FirstCommentNotSent: {"channel"},
}


@pytest.mark.parametrize("own", OWN)
def test_what_only_linkedin_says_has_its_sentence_in_both_languages(own: type[Refusal]) -> None:
    said = sentences()[own.__name__]
    assert gaps(said["de"]) == gaps(said["en"]) == OWN[own]


def test_every_refusal_of_linkedin_is_in_this_list() -> None:
    named = {name for name in vars(errors) if name.startswith("LinkedIn")} | {"FirstCommentNotSent"}
    assert named == {own.__name__ for own in OWN}


def test_a_problem_reads_as_a_sentence() -> None:
    ends = LinkedInVersionEnds(channel="Unsere Seite", version="202609", ends=date(2027, 9, 15))
    assert "am 15.09.2027 abgeschaltet" in Say("de")(ends)
    assert "on 15 Sep 2027" in Say("en")(ends)


def test_remote_images_are_named_by_linkedins_own_id(page: Desk) -> None:
    sent = page.connect().send_image(an_image())
    assert sent == RemoteImage(sha256=DIGEST, remote_id=next(iter(page.fake.images)))
