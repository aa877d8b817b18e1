"""A site's folder, read back from the disk."""

from __future__ import annotations

import errno
import json
import re
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from xml.etree import ElementTree

import pytest
from bs4 import BeautifulSoup

from pipeline.errors import (
    ChannelRefused,
    ChannelUnreachable,
    FieldInvalid,
    FieldMissing,
    ImageWithoutAlt,
    RemoteImageInText,
    SiteFileForeign,
    SiteFolderMissing,
    SlugTaken,
    TitleMissing,
)
from pipeline.net import Net
from pipeline.publish.channels import site, site_files
from pipeline.publish.channels.port import Live, Place, Wire
from pipeline.publish.channels.site import Site
from pipeline.records import Content
from tests.contracts.channel_contract import PNG, an_illustrated_text, an_image

BASE = "https://www.beispiel.example/blog"
NOON = datetime(2027, 3, 2, 11, 0, tzinfo=UTC)
ATOM = "{http://www.w3.org/2005/Atom}"
MAPS = "{http://www.sitemaps.org/schemas/sitemap/0.9}"


class Desk:
    """Publishes to one folder, a minute later each time."""

    def __init__(self, folder: Path, language: str = "de") -> None:
        self.folder, self.now = folder, NOON
        settings = Site().accept_settings({"folder": str(folder), "base_url": BASE})
        self.place = Place("Blog", settings, "Beispiel & Söhne", language, "Europe/Berlin")
        self.wire = Wire(Net(), lambda sha256: PNG, lambda: self.now)

    def put(self, content: Content, marker: str = "") -> Live:
        rendered = Site().render(content, self.place)
        live = Site().connect(self.place, self.wire).put(rendered, {}, marker or f"staffelstab-{content.slug}")
        self.now += timedelta(minutes=1)
        return live

    def check(self) -> list[object]:
        return list(Site().connect(self.place, self.wire).check().problems)

    def page(self, name: str) -> BeautifulSoup:
        return BeautifulSoup((self.folder / name).read_text("utf-8"), "html.parser")

    def listed(self) -> list[str]:
        """Every post that a reader finds: the overview, then page after page of the archive."""
        found, name = [], "index.html"
        while name:
            page = self.page(name)
            found += [link["href"].strip("/") for link in page.select(".posts h2 a")]
            further = page.select_one("a[rel=next]")
            name = further["href"] if further else ""
        return found


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path / "blog")


def a_post(number: int = 1, **changed: object) -> Content:
    content = Content(title=f"Beitrag {number}", body=f"Text **{number}**.", slug=f"beitrag-{number}", excerpt=f"Kurz {number}")
    return content.model_copy(update=changed)


def files_of(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != "lock"
    }


# --------------------------------------------------------------------------------------------------------- the page


def test_the_article_in_the_page_is_the_approved_one_byte_for_byte(desk: Desk) -> None:
    content = an_illustrated_text()
    payload = Site().render(content, desk.place).payload
    desk.put(content)
    page = (desk.folder / "uebergabe-teil-1" / "index.html").read_bytes().decode()
    article = re.search(r"<article>(.*)</article>", page, re.DOTALL)
    assert article is not None
    approved = str(payload["html"])
    assert f'src="image:{content.images[0].sha256}"' in approved
    assert article[1] == approved.replace(f"image:{content.images[0].sha256}", f"../media/{content.images[0].sha256[:16]}.png")


def test_a_page_says_what_it_is_and_asks_nobody_else(desk: Desk) -> None:
    desk.put(an_illustrated_text().model_copy(update={"tags": ("Übergabe", "B2B & mehr")}))
    raw = (desk.folder / "uebergabe-teil-1" / "index.html").read_text("utf-8")
    page = desk.page("uebergabe-teil-1/index.html")

    def meta(name: str) -> str:
        found = page.select_one(f'meta[property="{name}"], meta[name="{name}"]')
        assert found is not None, name
        return str(found["content"])

    assert page.html["lang"] == "de"
    assert page.title.get_text() == "Übergabe [Teil 1] & „mehr“ 🏃 – Beispiel & Söhne"
    assert page.select_one("link[rel=canonical]")["href"] == f"{BASE}/uebergabe-teil-1/"
    assert meta("og:url") == f"{BASE}/uebergabe-teil-1/"
    assert meta("og:title") == "Übergabe [Teil 1] & „mehr“ 🏃"
    assert meta("og:description") == meta("description") == "Worum es geht: Größe & Übergabe."
    assert meta("og:image").startswith(f"{BASE}/media/")
    assert meta("article:published_time") == "2027-03-02T12:00:00+01:00"
    assert page.select_one("time").get_text() == "02.03.2027"
    assert [tag.get_text() for tag in page.select(".tags li")] == ["Übergabe", "B2B & mehr"]
    assert "prefers-color-scheme: dark" in raw
    loaded = [one.get("src") or one.get("href") for one in page.select("[src], link[rel=stylesheet], link[rel=icon]")]
    assert [address for address in loaded if re.match(r"\w+:|//", address)] == []
    assert page.select("script, iframe") == []
    assert "url(" not in raw
    assert "@import" not in raw


def test_an_english_site_speaks_english(tmp_path: Path) -> None:
    desk = Desk(tmp_path / "blog", "en")
    desk.put(a_post())
    page = desk.page("beitrag-1/index.html")
    assert page.html["lang"] == "en"
    assert page.select_one("time").get_text() == "2 Mar 2027"
    assert "Subscribe" in page.footer.get_text()


def test_the_first_image_leads_the_page_once(desk: Desk) -> None:
    in_text, above = an_illustrated_text(), a_post(2, images=(an_image(),))
    desk.put(in_text)
    desk.put(above)
    assert len(desk.page("uebergabe-teil-1/index.html").select("article img")) == 1
    assert len(desk.page("uebergabe-teil-1/index.html").select("main img")) == 1
    assert len(desk.page("beitrag-2/index.html").select("header img")) == 1
    assert len(desk.page("beitrag-2/index.html").select("main img")) == 1
    assert [file.read_bytes() for file in (desk.folder / "media").iterdir()] == [PNG]
    assert "<img" in Site().render(above, desk.place).preview.html


def test_words_with_a_meaning_in_html_stay_words(desk: Desk) -> None:
    evil = '"><script>alert(1)</script>&amp;'
    desk.put(a_post(title=evil, excerpt=evil, tags=(evil,)))
    for name in ("beitrag-1/index.html", "index.html", "archive-1.html"):
        page = desk.page(name)
        assert page.select("script") == []
        assert evil in page.get_text()


# ------------------------------------------------------------------------------------------------------ the Markdown


def front_matter(text: str) -> tuple[dict[str, object], str]:
    _, matter, body = text.split("---\n", 2)
    pairs = (line.split(": ", 1) for line in matter.strip().split("\n"))
    return {name: value if name == "date" else json.loads(value) for name, value in pairs}, body


def test_the_markdown_carries_everything_a_generator_needs(desk: Desk) -> None:
    content = an_illustrated_text().model_copy(update={"tags": ("eins", "zwei: drei"), "categories": ("Praxis",)})
    desk.put(content)
    matter, body = front_matter((desk.folder / "uebergabe-teil-1" / "index.md").read_text("utf-8"))
    media = f"{BASE}/media/{content.images[0].sha256[:16]}.png"
    assert matter == {
        "date": "2027-03-02T12:00:00+01:00",
        "title": "Übergabe [Teil 1] & „mehr“ 🏃",
        "slug": "uebergabe-teil-1",
        "description": "Worum es geht: Größe & Übergabe.",
        "author": "Beispiel & Söhne",
        "lang": "de",
        "tags": ["eins", "zwei: drei"],
        "categories": ["Praxis"],
        "images": [media],
    }
    assert body.strip() == content.body.replace("image:1", media).strip()


def test_no_sign_in_a_title_breaks_out_of_the_front_matter(desk: Desk) -> None:
    title = 'a: "b" \\ #c\n---\nlayout: evil\u2028\x85 {x: y}'
    desk.put(a_post(title=title))
    text = (desk.folder / "beitrag-1" / "index.md").read_text("utf-8")
    assert not re.search("[\x85\u2028]", text.split("\n---\n")[0])
    assert front_matter(text)[0]["title"] == title


def test_without_an_excerpt_the_beginning_of_the_text_describes_it(desk: Desk) -> None:
    payload = Site().render(a_post(excerpt="", body="**Anfang** " + "Wort " * 100), desk.place).payload
    description = str(payload["description"])
    assert description.startswith("Anfang Wort")
    assert description.endswith("Wort …")
    assert len(description) <= 202


# ----------------------------------------------------------------------------------------------------- again, others


def test_putting_again_changes_no_byte(desk: Desk) -> None:
    desk.put(an_illustrated_text())
    desk.put(a_post(2))
    before = files_of(desk.folder)
    desk.now += timedelta(days=40)
    desk.put(an_illustrated_text())
    assert files_of(desk.folder) == before


def test_another_piece_under_the_same_slug_is_refused_and_changes_nothing(desk: Desk) -> None:
    desk.put(a_post())
    before = files_of(desk.folder)
    with pytest.raises(SlugTaken) as refused:
        desk.put(a_post(title="Etwas anderes"), marker="staffelstab-other")
    assert refused.value.facts == {"channel": "Blog", "slug": "beitrag-1"}
    assert files_of(desk.folder) == before


def test_a_folder_that_was_there_before_is_not_touched(desk: Desk) -> None:
    (desk.folder / "beitrag-1").mkdir(parents=True)
    (desk.folder / "beitrag-1" / "notiz.txt").write_text("von jemand anderem")
    with pytest.raises(SlugTaken):
        desk.put(a_post())
    assert files_of(desk.folder) == {"beitrag-1/notiz.txt": b"von jemand anderem"}


def test_an_overview_made_by_somebody_else_stays_and_is_named(desk: Desk) -> None:
    desk.folder.mkdir()
    (desk.folder / "index.html").write_text("<h1>Unsere Startseite</h1>")
    desk.put(a_post())
    assert (desk.folder / "index.html").read_text() == "<h1>Unsere Startseite</h1>"
    assert (desk.folder / "beitrag-1" / "index.html").exists()
    assert desk.check() == [SiteFileForeign(channel="Blog", folder=str(desk.folder), file="index.html")]


# ------------------------------------------------------------------------------------------------------------- lists


@pytest.fixture
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(site, "PER_PART", 5)
    monkeypatch.setattr(site, "NEWEST", 4)


@pytest.mark.usefixtures("small_parts")
def test_every_post_is_found_by_readers_and_by_search_engines(desk: Desk) -> None:
    slugs = [desk.put(a_post(number)).remote_id for number in range(1, 24)]
    assert desk.listed()[:4] == list(reversed(slugs[-4:]))
    assert set(desk.listed()) == set(slugs)
    parts = [one.text for one in ElementTree.parse(desk.folder / "sitemap.xml").iter(f"{MAPS}loc")]
    assert parts == [f"{BASE}/sitemap-{number}.xml" for number in range(1, 6)]
    files = [desk.folder / str(part).removeprefix(BASE).strip("/") for part in parts]
    mapped = [one.text for file in files for one in ElementTree.parse(file).iter(f"{MAPS}loc")]
    assert sorted(map(str, mapped)) == sorted(f"{BASE}/{slug}/" for slug in slugs)


def test_the_feed_is_valid_atom_with_the_newest_twenty(desk: Desk) -> None:
    for number in range(1, 23):
        desk.put(a_post(number, title=f"Nr. {number} <b>&\x00\x0b"))
    feed = ElementTree.parse(desk.folder / "feed.xml").getroot()
    entries = feed.findall(f"{ATOM}entry")
    assert [entry.findtext(f"{ATOM}title") for entry in entries] == [f"Nr. {number} <b>&" for number in range(22, 2, -1)]
    for element in (feed, *entries):
        assert element.findtext(f"{ATOM}id", "").startswith(BASE)
        assert datetime.fromisoformat(element.findtext(f"{ATOM}updated", "")).tzinfo is not None
    assert feed.findtext(f"{ATOM}author/{ATOM}name") == "Beispiel & Söhne"
    assert len({entry.findtext(f"{ATOM}id") for entry in entries}) == 20
    assert feed.findtext(f"{ATOM}updated") == entries[0].findtext(f"{ATOM}updated")


def test_posts_stand_by_their_moment_also_when_the_clock_is_put_back(desk: Desk) -> None:
    desk.now = datetime(2027, 10, 31, 0, 50, tzinfo=UTC)  # 02:50 summer time
    desk.put(a_post(1))
    desk.now = datetime(2027, 10, 31, 1, 10, tzinfo=UTC)  # 02:10 winter time
    desk.put(a_post(2))
    assert desk.listed() == ["beitrag-2", "beitrag-1"]


@pytest.mark.usefixtures("small_parts")
def test_a_publication_costs_the_same_however_many_there_are(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[int] = []
    looked_at: list[int] = []
    put, read = site_files.Batch.put, site._read

    def counted_put(batch: site_files.Batch, path: Path, data: bytes) -> None:
        written.append(len(data))
        put(batch, path, data)

    def counted_read(path: Path, otherwise: object) -> object:
        found = read(path, otherwise)
        looked_at.append(len(json.dumps(found)))
        return found

    monkeypatch.setattr(site_files.Batch, "put", counted_put)
    monkeypatch.setattr(site, "_read", counted_read)

    def cost(first: int, last: int) -> tuple[int, int, int]:
        """Files and bytes written and bytes read for posts of the same place in their part."""
        written.clear()
        looked_at.clear()
        for number in range(first, last):
            desk.put(a_post(number))
        return len(written), sum(written), sum(looked_at)

    cost(100, 107)
    few, _, many = cost(107, 110), cost(110, 207), cost(207, 210)
    assert few[0] == many[0]
    assert many[1] <= few[1] * 1.02
    assert many[2] <= few[2] * 1.02


def test_many_at_once_lose_nothing(desk: Desk) -> None:
    def publish(first: int) -> None:
        for number in range(first, first + 4):
            desk.put(a_post(number))

    threads = [threading.Thread(target=publish, args=(first,)) for first in range(0, 24, 4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(desk.listed()) == {f"beitrag-{number}" for number in range(24)}


# ------------------------------------------------------------------------------------------------------ what goes wrong


def failing(at: int, code: int, done: Callable[[Path, Path], object]) -> Callable[[Path, Path], object]:
    """The `at`-th call and all after it fail."""
    calls = iter(range(10_000))

    def call(path: Path, given: Path) -> object:
        if next(calls) >= at:
            raise OSError(code, "broken off")
        return done(path, given)

    return call


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    desk = Desk(tmp_path_factory.mktemp("undisturbed") / "blog")
    desk.put(a_post(1))
    desk.put(an_illustrated_text())
    return files_of(desk.folder)


@pytest.mark.parametrize("step", range(10))
def test_broken_off_at_any_rename_a_repetition_completes_it(
    step: int, desk: Desk, monkeypatch: pytest.MonkeyPatch, undisturbed: dict[str, bytes]
) -> None:
    desk.put(a_post(1))
    with monkeypatch.context() as broken:
        broken.setattr(Path, "replace", failing(step, errno.EIO, Path.replace))
        with pytest.raises(ChannelUnreachable):
            desk.put(an_illustrated_text())
    assert list(desk.folder.rglob("*.tmp")) == []
    if (desk.folder / "uebergabe-teil-1" / "index.html").exists():
        page = desk.page("uebergabe-teil-1/index.html")
        assert all((desk.folder / "uebergabe-teil-1" / image["src"]).is_file() for image in page.select("main img"))
    desk.put(an_illustrated_text())
    assert files_of(desk.folder) == undisturbed


@pytest.mark.parametrize("step", range(10))
def test_a_full_disk_shows_before_anything_appears(step: int, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.put(a_post(1))
    before = files_of(desk.folder)
    monkeypatch.setattr(Path, "write_bytes", failing(step, errno.ENOSPC, Path.write_bytes))
    with pytest.raises(ChannelRefused) as refused:
        desk.put(an_illustrated_text())
    assert refused.value.facts == {"channel": "Blog", "reason": "broken off"}
    assert files_of(desk.folder) == before
    assert not (desk.folder / "uebergabe-teil-1").exists()


@pytest.mark.parametrize("code", [errno.EACCES, errno.EROFS, errno.EPERM])
def test_a_folder_that_may_not_be_written_is_a_refusal(code: int, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "write_bytes", failing(0, code, Path.write_bytes))
    with pytest.raises(ChannelRefused):
        desk.put(a_post())


def test_where_the_drive_is_missing_no_tree_is_made(tmp_path: Path) -> None:
    desk = Desk(tmp_path / "drive" / "blog")
    assert desk.check() == [SiteFolderMissing(channel="Blog", folder=str(desk.folder))]
    with pytest.raises(ChannelUnreachable):
        desk.put(a_post())
    assert list(tmp_path.iterdir()) == []


def test_a_folder_in_the_place_of_a_page_is_a_refusal(desk: Desk) -> None:
    (desk.folder / "feed.xml").mkdir(parents=True)
    with pytest.raises(ChannelRefused):
        desk.check()
    with pytest.raises(ChannelRefused):
        desk.put(a_post())
    assert not (desk.folder / "beitrag-1").exists()


def test_a_check_writes_nothing(desk: Desk) -> None:
    assert desk.check() == []
    assert not desk.folder.exists()


# ------------------------------------------------------------------------------------------------------ settings, findings


def wrong_settings() -> Iterator[tuple[str, str]]:
    yield from (("folder", value) for value in ("blog", "./blog", "/", "~/blog", "/srv/\0"))
    yield from (
        ("base_url", value)
        for value in ("beispiel.example", "ftp://a.example", "https://", "https://a.example/?x=1", "https://a.example/#x",
                      "https://u:p@a.example", 'https://a.example/"><b>', "javascript:alert(1)", "https://[::1")
    )  # fmt: skip


@pytest.mark.parametrize(("field", "value"), list(wrong_settings()))
def test_settings_of_the_wrong_form_are_named(field: str, value: str) -> None:
    with pytest.raises(FieldInvalid) as refused:
        Site().accept_settings({"folder": "/srv/blog", "base_url": BASE} | {field: value})
    assert refused.value.facts == {"field": field, "value": value}


def test_settings_come_in_normal_form() -> None:
    given = {"folder": " /srv/blog/ ", "base_url": BASE + "/"}
    assert Site().accept_settings(given) == {"folder": "/srv/blog", "base_url": BASE}
    with pytest.raises(FieldMissing):
        Site().accept_settings({"folder": " ", "base_url": BASE})


@pytest.mark.parametrize(
    ("slug", "address"),
    [
        ("mein-text", "mein-text"),
        ("../../etc/passwd", "etc-passwd"),
        ("Größe & Übergabe", "groesse-und-uebergabe"),
        ("media", "media-1"),
        ("index", "index-1"),
        ("", "beitrag-1"),
        (".staffelstab", "staffelstab"),
        ("a" * 300, "a" * 80),
    ],
)
def test_an_address_never_leaves_its_folder(slug: str, address: str, desk: Desk) -> None:
    assert desk.put(a_post(slug=slug)).remote_id == address
    assert (desk.folder / address / "index.html").is_file()


def test_findings_name_what_a_reader_would_miss(desk: Desk) -> None:
    blind = an_image(alt=" ").model_copy(update={"name": "blind.png"})
    body = "![](image:2)\n\n![ok](image:1)\n\n![x](https://fremd.example/a.png?b=1&c=2)\n\n`![y](https://code.example/z.png)`"
    found = Site().findings(a_post(title=" ", body=body, images=(blind, an_image())), desk.place)
    assert found == [
        TitleMissing(channel="Blog"),
        ImageWithoutAlt(image="blind.png"),
        ImageWithoutAlt(image="stab.png"),
        RemoteImageInText(address="https://fremd.example/a.png?b=1&c=2"),
    ]
