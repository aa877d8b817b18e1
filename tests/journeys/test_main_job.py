"""The main job on the command line, from a brief to what a stranger sees. Each ends with: what arrived is what was approved."""

from __future__ import annotations

import hashlib
import html
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup

from pipeline.net import Net
from pipeline.text import GAP, to_html
from tests.contracts.channel_contract import PNG, visible_words
from tests.fakes.linkedin import PAGE, PERSON, FakeLinkedIn, seen_by_readers
from tests.fakes.model import KEY, MODEL, ModelServer
from tests.line import JONAS, SANDER, Line, a_line
from tests.real.wordpress_server import WordPressServer, a_wordpress

SOURCE = """# Übergabe in der Werkstatt

Eine Übergabe gelingt, wenn drei Dinge feststehen: wer verantwortet, wer vertritt und wo das Wissen liegt.

Müller & Söhne hat 2024 neun Maschinen an zwei Schichten übergeben und dafür sechs Wochen gebraucht.

Wer allein übergibt, vergisst im Schnitt jede fünfte Absprache. Deshalb gehört zu jeder Übergabe eine zweite Person.

## Was geholfen hat

- Eine Liste mit Namen statt Abteilungen
- Ein fester Termin nach vier Wochen
- Eine Probe, bei der die Neuen allein fahren

Die erste Probe dauerte zwei Stunden, die letzte zwanzig Minuten.
"""
ALT = "Zwei Läufer übergeben den Stab"


@pytest.fixture
def line(tmp_path: Path) -> Line:
    return a_line(tmp_path)


@pytest.fixture
def linkedin() -> Iterator[FakeLinkedIn]:
    with FakeLinkedIn() as fake:
        yield fake


def content_of(line: Line, piece: str) -> dict[str, Any]:
    content: dict[str, Any] = line.do("piece", "show", piece)["content"]
    return content


def without_gaps(text: str) -> str:
    """What a person does with a draft: answers each marked gap."""
    return GAP.sub("Das hat Maria Lindqvist so entschieden.", text)


# -------------------------------------------------------------------------------------------------------------- site


def test_from_a_brief_to_a_web_page_each_step_a_process_of_its_own(line: Line) -> None:
    def do(*given: object, by: str = "") -> dict[str, Any]:
        ran = line.process(*given, "--json", by=by)
        assert ran.code == 0, ran
        return ran.data

    source = line.file("werkstatt.md", SOURCE)
    brief = do(
        *("brief", "add", "--title", "Übergabe ohne Lücken", "--channel", "blog"),
        *("--message", "Zu jeder Übergabe gehört eine zweite Person.", "--source", source),
        by=JONAS,
    )["brief"]
    (drafted,) = do("draft", "--brief", brief, "--author", "offline", by=JONAS)["pieces"]
    piece = drafted["piece"]
    assert drafted["author"] == "offline"

    text = without_gaps(content_of(line, piece)["body"])
    edited = do("piece", "edit", piece, "--from", line.file("fertig.md", text), "--title", "Übergabe & Stab 🏃", by=JONAS)
    assert edited["revision"] == drafted["revision"] + 1
    assert do("piece", "submit", piece, by=JONAS)["stage"] == "review"
    assert do("piece", "show", piece)["gate"]["may_publish"] is False
    do("piece", "decide", piece, "--hash", edited["hash"], "--approve", "--note", "So ist es gut.", by=SANDER)
    assert do("piece", "publish", piece, by=SANDER)["stage"] == "scheduled"
    (confirmed,) = do("worker", "--once")["confirmed"]
    assert (confirmed["piece"], confirmed["channel"]) == (piece, "blog")

    shown = do("piece", "show", piece)
    assert (shown["stage"], shown["publication"]["state"], shown["publication"]["tries"]) == ("published", "confirmed", 1)
    assert shown["hash"] == edited["hash"]
    content = shown["content"]
    folder = line.folder / "web" / content["slug"]
    assert shown["publication"]["url"] == f"https://www.mueller.example/blog/{content['slug']}/"
    page, markdown = (folder / "index.html").read_text("utf-8"), (folder / "index.md").read_text("utf-8")
    assert str(to_html(content["body"])) in page
    assert markdown.split("\n---\n", 1)[1].strip("\n") == content["body"]
    assert f"title: {json.dumps(content['title'], ensure_ascii=False)}" in markdown
    assert do("worker", "--once")["confirmed"] == []


def test_an_image_on_a_web_page_arrives_byte_for_byte_with_its_words(line: Line) -> None:
    picture = line.file("stab.png", PNG)
    piece = line.a_due_piece("blog", "Mit Bild", f"Vorher.\n\n![{ALT}](stab.png)\n\nNachher.", "--image", picture, "--alt", ALT)
    line.do("worker", "--once")
    (image,) = content_of(line, piece)["images"]
    page = BeautifulSoup((line.folder / "web" / "mit-bild" / "index.html").read_text("utf-8"), "html.parser")
    shown = page.find("article") or page
    (seen,) = [one for one in shown.find_all("img") if one.get("alt") == ALT]
    file = (line.folder / "web" / "mit-bild" / str(seen["src"])).resolve()
    assert hashlib.sha256(file.read_bytes()).hexdigest() == image["sha256"]


# ---------------------------------------------------------------------------------------------------------- LinkedIn

RESERVED = r"| { } @ [ ] ( ) < > # \ * _ ~"
WRITTEN = r"""Größe zählt 🤝🏽: | \{ \} @ \[ \] \( \) < > # \\ \* \_ ~ – und „Übergabe“ bleibt #Übergabe.

1\. Wer? 50 % & mehr
2\. Wo?"""
READ = f"""Größe zählt 🤝🏽: {RESERVED} – und „Übergabe“ bleibt #Übergabe.

1. Wer? 50 % & mehr
2. Wo?"""


@pytest.fixture
def feed(line: Line, linkedin: FakeLinkedIn) -> Line:
    """Two channels: `person` and `page`."""
    for slug, author in (("person", PERSON), ("page", PAGE)):
        settings = {"author": author, "api_url": linkedin.url, "oauth_url": f"{linkedin.url}/oauth/v2"}
        line.a_channel(slug, "linkedin", f"{slug}-token", **settings)
    return line


@pytest.mark.parametrize(("slug", "author"), [("person", PERSON), ("page", PAGE)])
def test_a_feed_post_arrives_letter_by_letter_with_its_image(feed: Line, linkedin: FakeLinkedIn, slug: str, author: str) -> None:
    assert feed.do("channel", "check", slug)["ok"] is True
    piece = feed.a_due_piece(slug, "Stab", WRITTEN, "--image", feed.file("stab.png", PNG), "--alt", ALT)
    (confirmed,) = feed.do("worker", "--once")["confirmed"]
    (post,) = linkedin.live_posts()
    assert seen_by_readers(post.commentary) == READ
    assert post.sent["author"] == author
    media = post.sent["content"]["media"]
    assert media["altText"] == ALT
    assert hashlib.sha256(linkedin.images[media["id"]].body).hexdigest() == content_of(feed, piece)["images"][0]["sha256"]
    assert post.id in confirmed["url"]
    assert feed.do("piece", "show", piece)["publication"]["remote_id"] == post.id


def test_an_article_card_arrives_as_it_was_approved(feed: Line, linkedin: FakeLinkedIn) -> None:
    card = (
        "--link",
        "https://www.mueller.example/blog/stab/",
        "--link-title",
        "Der Stab & [mehr]",
        "--link-text",
        "Worum es geht.",
    )
    picture = ("--image", feed.file("stab.png", PNG), "--alt", ALT)
    feed.a_due_piece("page", "Stab", "Neu im Blog: #Übergabe", *card, *picture)
    feed.do("worker", "--once")
    (post,) = linkedin.live_posts()
    article = post.sent["content"]["article"]
    assert (article["source"], article["title"], article["description"]) == card[1::2]
    assert article["thumbnail"] in linkedin.images
    assert seen_by_readers(post.commentary) == "Neu im Blog: #Übergabe"


def unknown(feed: Line, linkedin: FakeLinkedIn) -> str:
    """A post of the person, who may not read: LinkedIn has it, and its answer was cut."""
    linkedin.fail("create", "cut")
    piece = feed.a_due_piece("person", "Stab", WRITTEN)
    (stuck,) = feed.do("worker", "--once")["attention"]
    assert (stuck["piece"], stuck["reason"]) == (piece, "OutcomeUnknown")
    shown = feed.do("piece", "show", piece)
    assert (shown["stage"], shown["publication"]["state"]) == ("attention", "attention")
    assert shown["gate"]["may_publish"] is False
    for _ in range(3):
        assert feed.do("worker", "--once") == {"confirmed": [], "failed": [], "attention": [], "waiting": []}
    assert feed.refused("piece", "publish", piece, by=SANDER)["code"] == "NeedsAPerson"
    assert len(linkedin.creates()) == 1
    return piece


def test_an_unknown_outcome_goes_to_a_person_who_found_it(feed: Line, linkedin: FakeLinkedIn) -> None:
    piece = unknown(feed, linkedin)
    (post,) = linkedin.live_posts()
    url = f"https://www.linkedin.com/feed/update/{post.id}/"
    assert feed.refused("publication", "resolve", piece, "--there", "keine Adresse", by=SANDER)["code"] == "FieldInvalid"
    assert feed.refused("publication", "resolve", piece, "--there", url, by=JONAS)["code"] == "NotAllowed"
    assert feed.do("publication", "resolve", piece, "--there", url, by=SANDER)["state"] == "confirmed"
    assert feed.do("piece", "show", piece)["publication"]["url"] == url
    feed.do("worker", "--once")
    assert (len(linkedin.live_posts()), len(linkedin.creates())) == (1, 1)


def test_sent_again_although_it_was_there_it_is_still_one_post(feed: Line, linkedin: FakeLinkedIn) -> None:
    piece = unknown(feed, linkedin)
    assert feed.do("publication", "resolve", piece, "--send-again", by=SANDER)["state"] == "planned"
    assert feed.refused("publication", "resolve", piece, "--send-again", by=SANDER)["code"] == "NothingToSettle"
    (confirmed,) = feed.do("worker", "--once")["confirmed"]
    (post,) = linkedin.live_posts()
    assert post.id in confirmed["url"]
    assert seen_by_readers(post.commentary) == READ


def test_sent_again_because_it_was_not_there_it_is_one_post(feed: Line, linkedin: FakeLinkedIn) -> None:
    piece = unknown(feed, linkedin)
    linkedin.posts.clear()
    feed.do("publication", "resolve", piece, "--send-again", by=SANDER)
    feed.do("worker", "--once")
    (post,) = linkedin.live_posts()
    assert seen_by_readers(post.commentary) == READ
    assert feed.do("piece", "show", piece)["stage"] == "published"


def test_dropped_it_never_goes_out_again(feed: Line, linkedin: FakeLinkedIn) -> None:
    piece = unknown(feed, linkedin)
    dropped = feed.do("publication", "resolve", piece, "--drop", by=SANDER)
    assert dropped["state"] == "cancelled"
    for _ in range(2):
        assert feed.do("worker", "--once")["confirmed"] == []
    assert (len(linkedin.live_posts()), len(linkedin.creates())) == (1, 1)
    assert feed.do("piece", "show", piece)["due"] is None


def test_who_may_read_the_page_needs_no_person_to_look(feed: Line, linkedin: FakeLinkedIn) -> None:
    linkedin.fail("create", "cut")
    piece = feed.a_due_piece("page", "Stab", WRITTEN)
    feed.do("worker", "--once")
    assert feed.do("piece", "show", piece)["publication"]["state"] == "confirmed"
    assert (len(linkedin.live_posts()), len(linkedin.creates())) == (1, 1)


# --------------------------------------------------------------------------------------------------------- WordPress


@pytest.fixture
def site() -> WordPressServer:
    return a_wordpress()


ARTICLE = f"""Größe zählt: „Übergabe“ heißt *vormachen*, dann **mitmachen** – 50 % & A < B 🤝🏽.

![{ALT}](stab.png)

## Was bleibt

- Schlüssel
- Namen mit [Verweis](https://beispiel.example/a?b=1&c=2)
"""


def on_wordpress(line: Line, site: WordPressServer, *, login: str = "jonas", password: str = "") -> None:
    line.a_channel("magazin", "wordpress", password or site.passwords[login], url=site.url, user=login)


def an_article(line: Line) -> str:
    picture = ("--image", line.file("stab.png", PNG), "--alt", ALT)
    return line.a_due_piece("magazin", "Übergabe & „mehr“ 🏃", ARTICLE, *picture, "--tag", "Größe", "--tag", "KI & Recht")


@pytest.mark.wordpress
def test_an_article_on_wordpress_is_what_was_approved(line: Line, site: WordPressServer) -> None:
    site.switch(plain_typography=True)
    on_wordpress(line, site)
    checked = line.do("channel", "check", "magazin")
    assert (checked["ok"], checked["problems"]) == (True, [])
    piece = an_article(line)
    (confirmed,) = line.do("worker", "--once")["confirmed"]

    content = content_of(line, piece)
    (post,) = site.ask("posts")
    assert confirmed["url"] == post["link"]
    assert html.unescape(post["title"]["rendered"]) == content["title"]
    body = post["content"]["rendered"]
    assert visible_words(body, is_html=True) == visible_words(str(to_html(content["body"])), is_html=True)
    (picture,) = BeautifulSoup(body, "html.parser").find_all("img")
    assert picture["alt"] == ALT
    served = Net().send("GET", str(picture["src"])).body
    assert hashlib.sha256(served).hexdigest() == content["images"][0]["sha256"]
    tags = {html.unescape(tag["name"]) for tag in site.ask("tags", post=str(post["id"]))}
    assert tags == {"Größe", "KI & Recht"}
    assert line.do("worker", "--once")["confirmed"] == []
    assert len(site.ask("posts")) == 1


@pytest.mark.wordpress
def test_a_wrong_password_is_told_and_the_right_one_sends_the_same_bytes(line: Line, site: WordPressServer) -> None:
    on_wordpress(line, site, password="falsch falsch falsch falsch")
    assert line.run("channel", "check", "magazin", "--json").data["error"]["code"] == "ReconnectNeeded"
    piece = an_article(line)
    approved = line.hash_of(piece)
    (stuck,) = line.do("worker", "--once")["attention"]
    assert (stuck["piece"], stuck["reason"]) == (piece, "ReconnectNeeded")
    assert site.ask("posts") == []
    line.do("channel", "secret", "magazin", "--secret-env", "NEW", by=SANDER, NEW=site.passwords["jonas"])
    assert line.do("channel", "check", "magazin")["ok"] is True
    line.do("publication", "resolve", piece, "--send-again", by=SANDER)
    assert len(line.do("worker", "--once")["confirmed"]) == 1
    assert line.hash_of(piece) == approved
    assert len(site.ask("posts")) == 1


# --------------------------------------------------------------------------------------------------------- rehearsal


def test_a_rehearsal_sends_nothing(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object, **__: object) -> None:
        raise AssertionError("something left the house")

    monkeypatch.setattr("pipeline.net._once", never)
    line.a_channel("probe", "rehearsal", like="linkedin")
    piece = line.a_due_piece("probe", "Stab", WRITTEN)
    (done,) = line.do("worker", "--once")["confirmed"]
    shown = line.do("piece", "show", piece)
    assert (done["piece"], shown["stage"]) == (piece, "published")
    assert not re.match("https?:", shown["publication"]["url"])
    assert not (line.folder / "web" / "stab").exists()


# ------------------------------------------------------------------------------------------------------------- model


@pytest.fixture
def model() -> Iterator[ModelServer]:
    with ModelServer() as server:
        yield server


def a_brief(line: Line) -> str:
    source = line.file("werkstatt.md", SOURCE)
    given = ("--title", "Übergabe ohne Lücken", "--channel", "blog", "--message", "Zu zweit übergeben", "--source", source)
    return str(line.do("brief", "add", *given, by=JONAS)["brief"])


def settings_for(model: ModelServer, key: str = KEY) -> dict[str, str]:
    return {"OPENAI_BASE_URL": model.address, "OPENAI_API_KEY": key, "STAFFELSTAB_MODEL": MODEL}


def test_the_model_drafts_what_a_person_then_approves(line: Line, model: ModelServer) -> None:
    drafted = line.do("draft", "--brief", a_brief(line), "--author", "model", by=JONAS, **settings_for(model))
    (row,) = drafted["pieces"]
    assert (row["author"], row["unfinished"], len(model.chats)) == ("model", "", 1)
    piece = row["piece"]
    text = without_gaps(content_of(line, piece)["body"])
    line.do("piece", "edit", piece, "--from", line.file("fertig.md", text), by=JONAS)
    line.do("piece", "submit", piece, by=JONAS)
    line.do("piece", "decide", piece, "--hash", line.hash_of(piece), "--approve", by=SANDER)
    line.do("piece", "publish", piece, by=SANDER)
    assert len(line.do("worker", "--once")["confirmed"]) == 1
    content = content_of(line, piece)
    markdown = (line.folder / "web" / content["slug"] / "index.md").read_text("utf-8")
    assert markdown.split("\n---\n", 1)[1].strip("\n") == content["body"]


@pytest.mark.parametrize("misfortune", ["refusal", "cut", "length"])
def test_an_answer_that_is_refused_or_breaks_off_is_kept(line: Line, model: ModelServer, misfortune: str) -> None:
    model.will(misfortune)
    (row,) = line.do("draft", "--brief", a_brief(line), "--author", "model", by=JONAS, **settings_for(model))["pieces"]
    assert row["unfinished"] == misfortune
    assert content_of(line, row["piece"])["body"]
    assert line.do("piece", "show", row["piece"])["stage"] == "draft"


@pytest.mark.parametrize("misfortune", ["", "refusal", "cut", "401", "403", "quota", "html", "error_in_stream"])
def test_the_key_stands_in_no_output_no_log_and_no_file(line: Line, model: ModelServer, misfortune: str) -> None:
    if misfortune:
        model.will(misfortune)
    brief = a_brief(line)
    environment = {**line.environment, **settings_for(model)}
    for words in (["draft", "--brief", brief, "--author", "model"], ["piece", "list"], ["audit", "list"]):
        ran = line.process(*words, "--json", by=JONAS, env=environment)
        assert ran.code in (0, 1), ran
        assert KEY not in ran.out + ran.err
    assert model.chats, "the model was never asked"
    for file in line.folder.rglob("*"):
        assert not file.is_file() or KEY.encode() not in file.read_bytes(), file


def test_without_a_model_the_model_author_is_refused_and_the_offline_one_drafts(line: Line) -> None:
    brief = a_brief(line)
    assert line.refused("draft", "--brief", brief, "--author", "model", by=JONAS)["code"] == "ModelNotConfigured"
    (row,) = line.do("draft", "--brief", brief, by=JONAS)["pieces"]
    assert row["author"] == "offline"
