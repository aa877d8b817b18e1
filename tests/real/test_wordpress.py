"""The WordPress channel against a real WordPress."""

from __future__ import annotations

import html
import io
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import pytest
from PIL import Image

from pipeline.errors import (
    AppPasswordsOff,
    ArrivedDifferent,
    ChannelAddressWrong,
    ChannelBusy,
    ChannelDraftGone,
    ChannelForbids,
    ChannelInterfaceOff,
    ChannelRefused,
    ChannelSilent,
    ChannelUnreachable,
    LiveElsewhere,
    ReconnectNeeded,
    Refusal,
    SlugTaken,
    TooManyRights,
)
from pipeline.net import Answer, Net
from pipeline.publish.channels.port import Place, Rendered, Wire
from pipeline.publish.channels.wordpress import WordPress
from pipeline.publish.channels.wordpress_blocks import with_media
from pipeline.publish.channels.wordpress_connection import WordPressConnection
from pipeline.records import Content, ImageRef, RemoteImage
from tests.contracts.channel_contract import NOON, a_png, visible_words
from tests.real.wordpress_server import WordPressServer

pytestmark = pytest.mark.wordpress

RUNNERS, STADIUM = a_png(shade=10), a_png(shade=200)
BODY = """\
Größe zählt: „Übergabe“ heißt *vormachen*, dann **mitmachen** – 50\u00a0% & A < B 🤝🏽 C:\\\\pfad \\\\ n.
Eine [gallery ids="1"] ist kein Kurzbefehl, \\`grave\\` auch nicht.

https://video.beispiel.example/allein-auf-einer-zeile

![Zwei Läufer & „der Stab“](image:2)

## Was bleibt

1. Schlüssel
2. Namen
  - mit [Verweis](https://beispiel.example/a?b=1&c[]=2 "Titel & mehr")
  - ohne

> Wer übergibt, bleibt gelassen.

```
if a < b:  # [code]
    print("é \\n")
```

| Wer | Was |
|-----|-----|
| Maria | prüft & gibt frei |

---

Begriff
:   Erklärung

"""
LONG_LINE = "Donaudampfschifffahrt " * 2_000
TITLE = "Übergabe [Teil 1] & „mehr“: 3 < 4 &amp; 🏃"


def an_image(data: bytes, alt: str, name: str) -> ImageRef:
    return ImageRef(sha256=sha256(data).hexdigest(), alt=alt, name=name, mime="image/png", width=8, height=6, size=len(data))


def a_content(**changed: Any) -> Content:
    images = (
        an_image(STADIUM, "Stadion, leer", "Größe & Stadion.png"),
        an_image(RUNNERS, "Zwei Läufer", "läufer 🏃.png"),
    )
    given = {
        "title": TITLE,
        "body": BODY + LONG_LINE,
        "slug": "uebergabe-teil-1",
        "excerpt": "Worum es geht: Größe & Übergabe.",
        "tags": ("KI & Recht", "Größe"),
        "images": images,
    }
    return Content(**{**given, **changed})


def a_plain_content(**changed: Any) -> Content:
    return a_content(**{"images": (), "tags": (), "body": "Ein kurzer Text.", **changed})


@dataclass
class Blog:
    """The channel, signed in as `login`; a new connection for each call, as after a restart."""

    site: WordPressServer
    login: str = "jonas"
    password: str | None = None
    net: Net | None = None
    url: str = ""

    outlet = WordPress()

    @property
    def place(self) -> Place:
        settings = self.outlet.accept_settings({"url": self.url or self.site.url, "user": self.login})
        return Place("Werkstatt-Blog", settings, "Beispiel & Söhne", "de", "Europe/Berlin")

    @property
    def connection(self) -> WordPressConnection:
        stored = {sha256(data).hexdigest(): data for data in (RUNNERS, STADIUM)}
        secret = self.site.passwords[self.login] if self.password is None else self.password
        return self.outlet.connect(self.place, Wire(self.net or Net(), stored.__getitem__, lambda: NOON, secret))

    def render(self, content: Content) -> Rendered:
        assert list(self.outlet.findings(content, self.place)) == []
        return self.outlet.render(content, self.place)

    def send_images(self, rendered: Rendered) -> Mapping[str, RemoteImage]:
        return {image.sha256: self.connection.send_image(image) for image in rendered.images}

    def draft(self, content: Content, marker: str = "staffelstab-1") -> tuple[str, Rendered, Mapping[str, RemoteImage]]:
        rendered = self.render(content)
        media = self.send_images(rendered)
        return self.connection.make_draft(rendered, media, marker), rendered, media

    def publish(self, content: Content, marker: str = "staffelstab-1") -> str:
        draft, rendered, media = self.draft(content, marker)
        assert list(self.connection.compare(draft, rendered, media)) == []
        return self.connection.flip(draft).url


@pytest.fixture
def blog(site: WordPressServer) -> Blog:
    return Blog(site)


def stored(site: WordPressServer, draft: str) -> dict[str, Any]:
    post: dict[str, Any] = site.ask(f"posts/{draft}", login="sander", context="edit")
    return post


def all_posts(site: WordPressServer) -> list[dict[str, Any]]:
    posts: list[dict[str, Any]] = site.ask("posts", login="sander", context="edit", status="any", per_page="100")
    return posts


# ------------------------------------------------------------------------------------------------- the whole way


@pytest.mark.parametrize("login", ["sander", "maria", "jonas"])
def test_every_role_that_may_publish_stores_what_was_approved_byte_for_byte(site: WordPressServer, login: str) -> None:
    blog = Blog(site, login)
    draft, rendered, media = blog.draft(a_content())
    assert list(blog.connection.compare(draft, rendered, media)) == []
    post = stored(site, draft)
    wanted = rendered.payload
    assert post["content"]["raw"].startswith(with_media(str(wanted["content"]), media) + "\n\n<!-- wp:html -->")
    assert html.unescape(post["title"]["raw"]) == TITLE
    assert html.unescape(post["excerpt"]["raw"]) == wanted["excerpt"]
    assert (post["slug"], post["status"]) == ("uebergabe-teil-1", "draft")
    assert post["featured_media"] == int(media[sha256(STADIUM).hexdigest()].remote_id)


def test_the_public_page_shows_what_was_approved(blog: Blog, site: WordPressServer) -> None:
    site.switch(plain_typography=True)
    content = a_content()
    page = site.page(blog.publish(content))
    shown = visible_words(page, is_html=True)
    assert visible_words(blog.render(content).preview.html, is_html=True) in shown
    assert html.unescape(TITLE).split(" & ")[0] in shown
    # the theme shows the featured image, the text the other one; both with their words
    assert 'alt="Stadion, leer"' in page
    assert 'alt="Zwei Läufer &amp; „der Stab“"' in page


def test_only_the_sites_typography_differs_between_stored_and_shown(blog: Blog, site: WordPressServer) -> None:
    content = a_plain_content(body="Er sagte \"ja\" -- und 'nein'... 3x4 [gallery] https://beispiel.example/x")
    page = visible_words(site.page(blog.publish(content)), is_html=True)
    assert "Er sagte “ja” — und ‘nein’… 3×4 [gallery] https://beispiel.example/x" in page


def test_a_draft_is_invisible_to_strangers(blog: Blog, site: WordPressServer) -> None:
    draft, *_ = blog.draft(a_content())
    assert site.ask("posts") == []
    assert site.ask(f"posts/{draft}")["code"] == "rest_forbidden"
    assert "Was bleibt" not in site.page(f"{site.url}/?p={draft}")
    assert "Was bleibt" not in site.page(f"{site.url}/uebergabe-teil-1/")


def test_flipping_twice_is_one_post_at_one_address(blog: Blog, site: WordPressServer) -> None:
    draft, *_ = blog.draft(a_plain_content())
    first, second = blog.connection.flip(draft), blog.connection.flip(draft)
    assert first == second
    assert first.url == f"{site.url}/uebergabe-teil-1/"
    assert [post["status"] for post in all_posts(site)] == ["publish"]


def test_a_draft_has_no_date_so_that_it_is_published_at_once(blog: Blog, site: WordPressServer) -> None:
    draft, *_ = blog.draft(a_plain_content())
    assert stored(site, draft)["date_gmt"] is None or stored(site, draft)["date_gmt"] == stored(site, draft)["modified_gmt"]
    blog.connection.flip(draft)
    assert stored(site, draft)["status"] == "publish"


def test_a_lone_image_is_an_image_block_that_the_site_serves(blog: Blog, site: WordPressServer) -> None:
    draft, _, media = blog.draft(a_content())
    sent = media[sha256(RUNNERS).hexdigest()]
    raw = stored(site, draft)["content"]["raw"]
    assert f'<!-- wp:image {{"id":{sent.remote_id},' in raw
    assert f'src="{sent.url}"' in raw
    assert Net().send("GET", sent.url).body == RUNNERS


def test_the_name_of_an_image_arrives_in_plain_letters(blog: Blog) -> None:
    media = blog.send_images(blog.render(a_content()))
    assert {one.url.rsplit("/", 1)[1] for one in media.values()} == {"groesse-und-stadion.png", "laeufer.png"}


def test_a_draft_is_found_by_its_marker(blog: Blog, site: WordPressServer) -> None:
    draft, *_ = blog.draft(a_plain_content(), "staffelstab-0199abc")
    found = site.ask("posts", login="jonas", search="staffelstab-0199abc", status="any", context="edit")
    assert [str(post["id"]) for post in found] == [draft]


def test_blocks_are_read_by_wordpress_as_blocks(blog: Blog, site: WordPressServer) -> None:
    """Text outside a block would be a "Classic" block in the editor: nothing but blank space stands there."""
    draft, *_ = blog.draft(a_content())
    raw = stored(site, draft)["content"]["raw"]
    depth, outside = 0, []
    for part in re.split(r"(<!-- /?wp:.*? -->)", raw):
        if part.startswith("<!-- wp:"):
            depth += 1
        elif part.startswith("<!-- /wp:"):
            depth -= 1
        elif depth == 0:
            outside.append(part.strip())
    assert depth == 0
    assert set(outside) == {""}


# --------------------------------------------------------------------------------------------------------- terms


def test_categories_and_tags_are_found_by_name_or_made(site: WordPressServer) -> None:
    blog = Blog(site, "maria")
    content = a_plain_content(categories=("Vertrieb & Märkte",), tags=("KI & Recht", "Größe"))
    for number, login in enumerate(("maria", "jonas")):
        blog = Blog(site, login)
        draft, *_ = blog.draft(content.model_copy(update={"slug": f"beitrag-{number}"}), f"staffelstab-{number}")
        assert len(stored(site, draft)["tags"]) == 2
    assert [html.unescape(one["name"]) for one in site.ask("categories", search="Vertrieb")] == ["Vertrieb & Märkte"]
    assert len(site.ask("tags", per_page="100")) == 2


def test_a_category_that_is_not_there_and_may_not_be_made_is_named(blog: Blog) -> None:
    with pytest.raises(ChannelForbids) as refused:
        blog.draft(a_plain_content(categories=("Neu & anders",)))
    assert "Neu & anders" in str(refused.value.facts["reason"])


def test_an_article_without_category_gets_the_sites_own(blog: Blog, site: WordPressServer) -> None:
    draft, rendered, media = blog.draft(a_plain_content())
    assert stored(site, draft)["categories"] == [1]
    assert list(blog.connection.compare(draft, rendered, media)) == []


# ------------------------------------------------------------------------------------- comparison finds differences


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"title": "Anders"}, "title"),
        ({"content": "<p>Anders</p>"}, "content"),
        ({"excerpt": "Anders"}, "excerpt"),
        ({"slug": "ganz-anders"}, "slug"),
        ({"tags": []}, "tags"),
        ({"featured_media": 0}, "featured_media"),
        ({"status": "pending"}, "status"),
    ],
)
def test_what_somebody_changed_at_the_site_is_named(
    blog: Blog, site: WordPressServer, changed: dict[str, object], named: str
) -> None:
    draft, rendered, media = blog.draft(a_content())
    site.ask(f"posts/{draft}", login="maria", method="POST", json=changed)
    assert list(blog.connection.compare(draft, rendered, media)) == [named]


def test_an_image_deleted_at_the_site_is_noticed(blog: Blog, site: WordPressServer) -> None:
    draft, rendered, media = blog.draft(a_content())
    gone = media[sha256(RUNNERS).hexdigest()].remote_id
    site.ask(f"media/{gone}", login="sander", method="DELETE", force="true")
    assert list(blog.connection.compare(draft, rendered, media)) == ["images"]


def test_an_image_number_that_wordpress_does_not_know_is_dropped_there_and_noticed_here(blog: Blog) -> None:
    rendered = blog.render(a_content())
    media = {
        image.sha256: RemoteImage(sha256=image.sha256, remote_id="9999", url="https://x.example/a.png")
        for image in rendered.images
    }
    draft = blog.connection.make_draft(rendered, media, "staffelstab-1")
    assert list(blog.connection.compare(draft, rendered, media)) == ["featured_media", "images"]


def test_a_plugin_that_changes_the_title_is_noticed(blog: Blog, site: WordPressServer) -> None:
    site.switch(plugin_changes_title=True)
    draft, rendered, media = blog.draft(a_plain_content())
    assert list(blog.connection.compare(draft, rendered, media)) == ["title"]


@pytest.mark.parametrize("becomes", ["future", "pending", "private"])
def test_a_site_that_does_not_publish_at_once_is_noticed(blog: Blog, site: WordPressServer, becomes: str) -> None:
    draft, *_ = blog.draft(a_plain_content())
    site.switch(publishing_becomes=becomes)
    with pytest.raises(ArrivedDifferent):
        blog.connection.flip(draft)


# ------------------------------------------------------------------------------------------------------- addresses


@pytest.mark.parametrize("locale", ["en_US", "de_DE"])
def test_the_address_is_ours_whatever_language_the_site_speaks(blog: Blog, site: WordPressServer, locale: str) -> None:
    site.switch(locale=locale)
    assert blog.publish(a_plain_content(title="Ärger & Größe/ß", slug="")) == f"{site.url}/aerger-und-groesse-ss/"


@pytest.mark.parametrize(("kind", "status"), [("posts", "publish"), ("posts", "draft"), ("pages", "publish")])
def test_an_address_that_something_else_holds_is_noticed_before_the_flip(
    blog: Blog, site: WordPressServer, kind: str, status: str
) -> None:
    other = {"title": "Fremd", "content": "x", "slug": "uebergabe-teil-1", "status": status}
    site.ask(kind, login="maria", method="POST", json=other)
    draft, rendered, media = blog.draft(a_plain_content())
    with pytest.raises(SlugTaken) as refused:
        blog.connection.compare(draft, rendered, media)
    assert refused.value.facts["slug"] == "uebergabe-teil-1"


def test_an_address_lost_in_the_moment_of_the_flip_is_reported(blog: Blog, site: WordPressServer) -> None:
    draft, *_ = blog.draft(a_plain_content())
    site.switch(slug_race=True)
    with pytest.raises(LiveElsewhere) as refused:
        blog.connection.flip(draft)
    assert refused.value.facts["url"] == f"{site.url}/uebergabe-teil-1-2/"


def test_a_repeated_draft_takes_the_place_of_the_first_one(blog: Blog, site: WordPressServer) -> None:
    """A second one would get the address "-2" while the first holds it."""
    first, *_ = blog.draft(a_plain_content())
    second, rendered, media = blog.draft(a_plain_content(title="Nun mit anderem Titel"))
    assert first == second
    assert list(blog.connection.compare(second, rendered, media)) == []
    assert len(all_posts(site)) == 1


def test_an_abandoned_draft_of_an_earlier_publication_gives_its_address_away(blog: Blog, site: WordPressServer) -> None:
    abandoned, *_ = blog.draft(a_plain_content(body="Alt."), "staffelstab-1")
    url = blog.publish(a_plain_content(body="Neu."), "staffelstab-2")
    assert url == f"{site.url}/uebergabe-teil-1/"
    assert stored(site, abandoned)["content"]["raw"].count("Alt.") == 1
    with pytest.raises(ChannelDraftGone):
        blog.connection.flip(abandoned)


def test_somebody_elses_draft_keeps_its_address(blog: Blog, site: WordPressServer) -> None:
    theirs = site.ask("posts", login="jonas", method="POST", json={"title": "F", "slug": "uebergabe-teil-1"})
    blog.draft(a_plain_content())
    assert stored(site, str(theirs["id"]))["slug"] == "uebergabe-teil-1"


# ---------------------------------------------------------------------------------------------- who may, and where


def test_a_check_names_account_and_role_and_finds_nothing_wrong(blog: Blog, site: WordPressServer) -> None:
    signed = blog.connection.check()
    assert signed.account == "Jonas Müller (jonas, author)"
    assert list(signed.problems) == []
    assert all_posts(site) == []


def test_an_administrator_works_and_is_warned_about(site: WordPressServer) -> None:
    assert [type(one) for one in Blog(site, "sander").connection.check().problems] == [TooManyRights]


def test_a_contributor_is_told_which_rights_are_missing(site: WordPressServer) -> None:
    blog = Blog(site, "charlie")
    assert [one.facts["reason"] for one in blog.connection.check().problems] == ["publish_posts", "upload_files"]
    with pytest.raises(ChannelForbids):
        blog.send_images(blog.render(a_content()))
    draft, *_ = blog.draft(a_plain_content())
    with pytest.raises(ChannelForbids):
        blog.connection.flip(draft)
    assert site.ask("posts") == []


def test_an_account_by_its_mail_address_and_a_password_with_blanks_are_accepted(site: WordPressServer) -> None:
    plain = site.passwords["jonas"]
    spaced = " ".join(plain[at : at + 4] for at in range(0, 24, 4))
    signed = Blog(site, "jonas", password=spaced).connection.check()
    assert "jonas" in signed.account


Attempt = Callable[[WordPressConnection, str], object]
ATTEMPTS: list[Attempt] = [lambda connection, _: connection.check(), lambda connection, draft: connection.flip(draft)]


@pytest.mark.parametrize("attempt", ATTEMPTS)
def test_a_wrong_password_needs_a_new_connection(blog: Blog, site: WordPressServer, attempt: Attempt) -> None:
    draft, *_ = blog.draft(a_plain_content())
    with pytest.raises(ReconnectNeeded):
        attempt(Blog(site, password="falsch").connection, draft)


def test_application_passwords_switched_off_are_told_apart_from_a_wrong_one(blog: Blog, site: WordPressServer) -> None:
    site.switch(passwords_off=True)
    with pytest.raises(AppPasswordsOff):
        blog.connection.check()


@pytest.mark.parametrize("how", ["rest_off", "rest_emptied", "firewall"])
@pytest.mark.parametrize("attempt", ATTEMPTS)
def test_an_interface_that_is_switched_off_is_said_so(blog: Blog, site: WordPressServer, how: str, attempt: Attempt) -> None:
    site.switch(**{how: True})
    with pytest.raises(ChannelInterfaceOff):
        attempt(blog.connection, "1")


def test_plain_permalinks_are_no_obstacle(blog: Blog, site: WordPressServer) -> None:
    site.switch(plain_permalinks=True)
    assert "<html" in site.page(f"{site.url}/wp-json/")
    assert re.fullmatch(re.escape(site.url) + r"/\?p=\d+", blog.publish(a_content()))
    assert len(site.ask("posts")) == 1


def test_a_redirect_is_not_followed_and_its_target_named(blog: Blog, site: WordPressServer) -> None:
    site.switch(moved_to="https://www.kunde.example")
    with pytest.raises(ChannelAddressWrong) as refused:
        blog.connection.check()
    assert refused.value.facts["reason"] == "https://www.kunde.example/ (HTTP 301)"


def test_nobody_at_the_address_means_nothing_was_sent(blog: Blog, site: WordPressServer) -> None:
    site.stop()
    try:
        with pytest.raises(ChannelUnreachable):
            blog.connection.check()
    finally:
        site.start()


def test_a_draft_deleted_at_the_site_is_gone(blog: Blog, site: WordPressServer) -> None:
    draft, rendered, media = blog.draft(a_plain_content())
    site.ask(f"posts/{draft}", login="maria", method="DELETE")
    for attempt in (blog.connection.flip, lambda number: blog.connection.compare(number, rendered, media)):
        with pytest.raises(ChannelDraftGone):
            attempt(draft)
    site.ask(f"posts/{draft}", login="maria", method="DELETE", force="true")
    with pytest.raises(ChannelDraftGone):
        blog.connection.flip(draft)


# -------------------------------------------------------------------------------------------------- what goes wrong


def test_a_file_that_is_no_image_is_refused_for_good(site: WordPressServer) -> None:
    drawing = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"
    image = an_image(drawing, "Zeichnung", "zeichnung.svg")
    wire = Wire(Net(), lambda _: drawing, lambda: NOON, site.passwords["maria"])
    with pytest.raises(ChannelRefused) as refused:
        WordPress().connect(Blog(site, "maria").place, wire).send_image(image)
    assert "rest_upload" in str(refused.value.facts["reason"])


@pytest.mark.parametrize("kind", ["JPEG", "GIF", "WEBP"])
def test_the_other_kinds_of_image_arrive(site: WordPressServer, kind: str) -> None:
    data = io.BytesIO()
    Image.new("RGB", (30, 20), (10, 120, 30)).save(data, kind)
    given = ImageRef(
        sha256="0" * 64,
        alt="Bild",
        name=f"bild.{kind}",
        mime=f"image/{kind.lower()}",
        width=30,
        height=20,
        size=1,  # type: ignore[arg-type]
    )
    wire = Wire(Net(), lambda _: data.getvalue(), lambda: NOON, site.passwords["jonas"])
    sent = WordPress().connect(Blog(site).place, wire).send_image(given)
    assert Net().send("GET", sent.url).body == data.getvalue()


@dataclass
class Hasty:
    """The door with less patience than the site needs."""

    def send(self, *given: Any, **named: Any) -> Answer:
        return Net().send(*given, **{**named, "read_seconds": 1})


@pytest.mark.parametrize("fault", ["gateway", "cut", "notice", "slow"])
def test_a_draft_whose_answer_got_lost_is_taken_up_again(site: WordPressServer, fault: str) -> None:
    blog = Blog(site)
    rendered = blog.render(a_plain_content())
    impatient = Blog(site, net=Hasty()) if fault == "slow" else blog  # type: ignore[arg-type]
    with site.fault(fault, "POST", "/wp/v2/posts"), pytest.raises(ChannelSilent):
        impatient.connection.make_draft(rendered, {}, "staffelstab-1")
    assert len(all_posts(site)) == 1
    assert site.ask("posts") == []
    draft = blog.connection.make_draft(rendered, {}, "staffelstab-1")
    assert list(blog.connection.compare(draft, rendered, {})) == []
    blog.connection.flip(draft)
    assert [str(post["id"]) for post in all_posts(site)] == [draft]


@pytest.mark.parametrize("fault", ["gateway", "cut", "notice"])
def test_a_flip_whose_answer_got_lost_is_repeated_as_one(blog: Blog, site: WordPressServer, fault: str) -> None:
    draft, *_ = blog.draft(a_plain_content())
    with site.fault(fault, "POST", "/wp/v2/posts"), pytest.raises(ChannelSilent):
        blog.connection.flip(draft)
    assert blog.connection.flip(draft).url == f"{site.url}/uebergabe-teil-1/"
    assert [str(post["id"]) for post in site.ask("posts")] == [draft]


@pytest.mark.parametrize("fault", ["gateway", "cut", "notice"])
def test_an_image_whose_answer_got_lost_is_sent_once_more(blog: Blog, site: WordPressServer, fault: str) -> None:
    rendered = blog.render(a_content())
    with site.fault(fault, "POST", "/wp/v2/media"), pytest.raises(ChannelSilent):
        blog.send_images(rendered)
    assert len(blog.send_images(rendered)) == 2


@pytest.mark.parametrize(("fault", "seconds"), [("busy", 7), ("maintenance", 600)])
def test_a_busy_site_says_when_to_come_back(blog: Blog, site: WordPressServer, fault: str, seconds: int) -> None:
    draft, *_ = blog.draft(a_plain_content())
    with site.fault(fault, "POST"), pytest.raises(ChannelBusy) as refused:
        blog.connection.flip(draft)
    assert refused.value.facts["retry_after"] == seconds
    assert site.ask("posts") == []


def test_every_refusal_names_the_channel(blog: Blog, site: WordPressServer) -> None:
    for switches in ({"rest_off": True}, {"passwords_off": True}, {"firewall": True}, {"moved_to": "https://x.example"}):
        site.switch(**switches)
        with pytest.raises(Refusal) as refused:
            blog.connection.check()
        assert refused.value.facts["channel"] == "Werkstatt-Blog"
