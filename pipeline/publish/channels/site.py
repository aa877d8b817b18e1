"""A folder of static files: finished pages, and the same pieces as Markdown for Hugo, Jekyll or Astro."""

# ruff: noqa: ARG002 - the port asks for methods and arguments that a folder has no use for

from __future__ import annotations

import contextlib
import errno
import html as htmllib
import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar, NoReturn
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pipeline.door import Door
from pipeline.errors import (
    ChannelBusy,
    ChannelRefused,
    ChannelUnreachable,
    FieldInvalid,
    FieldMissing,
    ImageWithoutAlt,
    Refusal,
    RemoteImageInText,
    SiteFileForeign,
    SiteFolderMissing,
    SiteFolderReadOnly,
    SlugTaken,
    TitleMissing,
)
from pipeline.images import ENDINGS
from pipeline.publish.channels.port import Delivery, Live, Place, Preview, Rendered, Setting, Signed, Wire
from pipeline.publish.channels.site_files import Batch, is_ours_to_write
from pipeline.publish.channels.site_pages import (
    Entry,
    Picture,
    article_page,
    feed,
    list_page,
    markdown_file,
    sitemap,
    sitemap_part,
)
from pipeline.records import Content, ImageRef, RemoteImage
from pipeline.text import (
    HTML_CONVERSION,
    RESERVED_SLUGS,
    SLUG,
    SafeHtml,
    images_named,
    may_show_images,
    slugify,
    to_html,
    to_plain,
    with_images,
)

NEWEST = 20
PER_PART = 50
"""Posts in one archive page and one site map: what a publication rewrites stays this small however many there are."""
LOCK_SECONDS = 30
LONGEST_SLUG = 80
LONGEST_DESCRIPTION = 200
STATE = ".staffelstab"
SHARED = ("index.html", "feed.xml", "sitemap.xml")

REMOTE_IMAGE = re.compile(r'<img\b[^>]*?\bsrc="(https?:[^"]*)"')
IMAGE_BY_HASH = re.compile(r'(<img\b[^>]*?\bsrc=")image:([0-9a-f]{64})(")')
IMAGE_IN_MARKDOWN = re.compile(r"(!\[[^\]\n]{0,1000}\]\(\s*<?)image:(\d{1,3})(?=[>\s)])")
HASH_IN_MARKDOWN = re.compile(r"(!\[[^\]\n]{0,1000}\]\(\s*<?)image:([0-9a-f]{64})(?=[>\s)])")
NO_ALT = re.compile(r"!\[\s*\]\(\s*<?image:(\d{1,3})(?=[>\s)])")


class Site:
    kind: ClassVar[str] = "site"
    delivery: ClassVar[Delivery] = Delivery.PUT
    settings: ClassVar[tuple[Setting, ...]] = (
        Setting("folder", "/srv/www/beispiel/blog"),
        Setting("base_url", "https://www.beispiel.example/blog"),
    )
    needs_secret: ClassVar[bool] = False
    sends_images: ClassVar[bool] = False
    late_minutes: ClassVar[int] = 1440

    @property
    def conversion(self) -> str:
        return f"site/1 {HTML_CONVERSION}"

    def accept_settings(self, settings: Mapping[str, str]) -> dict[str, str]:
        given = {setting.name: settings.get(setting.name, "").strip() for setting in self.settings}
        for name, value in given.items():
            if not value:
                raise FieldMissing(field=name)
        for name in settings:
            if name not in given:
                raise FieldInvalid(field=name, value=settings[name])
        return {"folder": _folder(given["folder"]), "base_url": _base_url(given["base_url"])}

    def address(self, settings: Mapping[str, str]) -> str:
        return settings["base_url"]

    def expires_at(self, secret: str) -> datetime | None:
        return None

    def findings(self, content: Content, place: Place) -> Sequence[Refusal]:
        found: list[Refusal] = []
        if not content.title.strip():
            found.append(TitleMissing(channel=place.name))
        without = {int(number) for number in NO_ALT.findall(content.body)}
        for number, image in enumerate(content.images, 1):
            if number in without or not image.alt.strip():
                found.append(ImageWithoutAlt(image=image.name))
        addresses = dict.fromkeys(REMOTE_IMAGE.findall(to_html(content.body)) if may_show_images(content.body) else ())
        found.extend(RemoteImageInText(address=htmllib.unescape(address)) for address in addresses)
        return found

    def render(self, content: Content, place: Place) -> Rendered:
        hashes = [image.sha256 for image in content.images]
        page = with_images(to_html(content.body), lambda number: _hash_address(hashes, number))
        plain = to_plain(content.body)
        payload = {
            "slug": slug_of(content),
            "title": content.title,
            "description": content.excerpt.strip() or _beginning(plain),
            "tags": list(content.tags),
            "categories": list(content.categories),
            "html": page,
            "markdown": IMAGE_IN_MARKDOWN.sub(lambda found: found[1] + _known(hashes, found), content.body),
            "images": [_picture(image, number, content) for number, image in enumerate(content.images, 1)],
            "company": place.client,
            "language": place.language,
            "address": f"{place.settings['base_url']}/{slug_of(content)}/",
        }
        return Rendered(payload, Preview("article", _with_featured(page, content), plain), content.images)

    def connect(self, place: Place, wire: Wire) -> SiteConnection:
        return SiteConnection(place, wire)


# ---------------------------------------------------------------------------------------------- settings and words


def _folder(given: str) -> str:
    path = Path(given)
    if not path.is_absolute() or path == Path(path.anchor) or "\0" in given:
        raise FieldInvalid(field="folder", value=given)
    return str(path)


def _base_url(given: str) -> str:
    try:
        parts = urlsplit(given)
        usable = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        usable = False
    if not usable or parts.query or parts.fragment or "@" in parts.netloc or re.search(r"[\s<>\"]", given):
        raise FieldInvalid(field="base_url", value=given)
    return given.rstrip("/")


def slug_of(content: Content) -> str:
    given = content.slug
    if SLUG.fullmatch(given) and len(given) <= LONGEST_SLUG and given not in RESERVED_SLUGS:
        return given
    return slugify(given or content.title)


def _beginning(plain: str) -> str:
    words = " ".join(plain.split())
    if len(words) <= LONGEST_DESCRIPTION:
        return words
    return words[:LONGEST_DESCRIPTION].rsplit(" ", 1)[0] + " …"


def _hash_address(hashes: Sequence[str], number: int) -> str | None:
    return f"image:{hashes[number - 1]}" if 1 <= number <= len(hashes) else None


def _known(hashes: Sequence[str], found: re.Match[str]) -> str:
    return _hash_address(hashes, int(found[2])) or f"image:{found[2]}"


def _picture(image: ImageRef, number: int, content: Content) -> dict[str, object]:
    return {
        "image": f"image:{image.sha256}",
        "file": f"{image.sha256[:16]}.{ENDINGS[image.mime]}",
        "alt": image.alt,
        "width": image.width,
        "height": image.height,
        "in_text": number in images_named(content.body),
    }


def _with_featured(page: SafeHtml, content: Content) -> SafeHtml:
    """The page shows the first image above the text when the text does not show it itself."""
    if not content.images or 1 in images_named(content.body):
        return page
    image = content.images[0]
    return SafeHtml(f'<p><img alt="{htmllib.escape(image.alt)}" src="image:{image.sha256}"></p>\n{page}')


# ------------------------------------------------------------------------------------------------- the connection


class SiteConnection:
    def __init__(self, place: Place, wire: Wire) -> None:
        self.place, self.wire = place, wire
        self.folder = Path(place.settings["folder"])
        self.base_url = place.settings["base_url"]
        self.state = self.folder / STATE

    def check(self) -> Signed:
        with self._told():
            return Signed(f"{self.base_url} ({self.folder})", tuple(self._problems()))

    def _problems(self) -> Iterator[Refusal]:
        named = {"channel": self.place.name, "folder": str(self.folder)}
        nearest = self.folder if self.folder.exists() else self.folder.parent
        if not nearest.exists():
            yield SiteFolderMissing(**named)
        elif not nearest.is_dir() or not os.access(nearest, os.W_OK | os.X_OK):
            yield SiteFolderReadOnly(**named)
        else:
            for name in SHARED:
                if self.folder.exists() and not is_ours_to_write(self.folder / name):
                    yield SiteFileForeign(**named, file=name)

    def put(self, rendered: Rendered, media: Mapping[str, RemoteImage], marker: str) -> Live:
        slug = str(rendered.payload["slug"])
        with self._told(), self._alone(), Batch() as batch:
            post = self._reserved(slug, marker)
            entry = self._entry(rendered, post["at"])
            # appears before the page: whoever finds the page there after a crash also finds whose it is
            batch.put(self.state / "posts" / f"{slug}.json", _json(post))
            self._put_post(batch, rendered, entry)
            self._put_lists(batch, entry, post)
            batch.commit()
        return Live(slug, f"{self.base_url}/{slug}/")

    @contextlib.contextmanager
    def _told(self) -> Iterator[None]:
        """What the file system says, as a refusal."""
        try:
            yield
        except OSError as problem:
            self._refuse(problem)

    def _refuse(self, problem: OSError) -> NoReturn:
        for_good = (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOSPC, errno.EDQUOT, errno.ENOTDIR, errno.EISDIR)
        kind = ChannelRefused if problem.errno in for_good else ChannelUnreachable
        raise kind(channel=self.place.name, reason=problem.strerror or type(problem).__name__) from problem

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """One publication at a time, over threads and processes."""
        if not self.folder.parent.exists():  # perhaps a drive that is not there: never make a whole tree in its place
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
        (self.state / "posts").mkdir(parents=True, exist_ok=True)
        door = Door(self.state / "lock")
        if not door.enter(patience=LOCK_SECONDS):
            raise ChannelBusy(channel=self.place.name, reason=str(self.state / "lock"), retry_after=None)
        try:
            yield
        finally:
            door.close()

    # ---- one post

    def _reserved(self, slug: str, marker: str) -> dict[str, Any]:
        """What is kept of the post: a repetition finds its first time and place in the lists again."""
        kept = _read(self.state / "posts" / f"{slug}.json", {})
        if kept.get("marker") == marker:
            return dict(kept)
        target = self.folder / slug
        is_there = (
            (target / "index.html").exists() if kept else target.exists() and (not target.is_dir() or any(target.iterdir()))
        )
        if is_there:
            raise SlugTaken(channel=self.place.name, slug=slug)
        at = self.wire.now().astimezone(ZoneInfo(self.place.timezone)).isoformat(timespec="seconds")
        return {"marker": marker, "at": at, "part": self._open_part()}

    def _entry(self, rendered: Rendered, at: str) -> Entry:
        payload: Mapping[str, Any] = rendered.payload
        return Entry(payload["slug"], payload["title"], at, payload["description"], tuple(payload["tags"]))

    def _put_post(self, batch: Batch, rendered: Rendered, entry: Entry) -> None:
        payload: Mapping[str, Any] = rendered.payload
        pictures = [
            Picture(one["image"].removeprefix("image:"), *(one[name] for name in ("file", "alt", "width", "height", "in_text")))
            for one in payload["images"]
        ]
        files = {picture.sha256: picture.file for picture in pictures}
        for picture in pictures:
            target = self.folder / "media" / picture.file
            if not target.exists():
                batch.put(target, self.wire.image(picture.sha256))
        page = IMAGE_BY_HASH.sub(lambda found: f"{found[1]}../media/{files[found[2]]}{found[3]}", payload["html"])
        body = HASH_IN_MARKDOWN.sub(lambda found: f"{found[1]}{self._media(files[found[2]])}", payload["markdown"])
        folder = self.folder / entry.slug
        images = [self._media(picture.file) for picture in pictures]
        batch.put(folder / "index.md", markdown_file(self.place, entry, body, images, payload["categories"]))
        batch.put(folder / "index.html", article_page(self.place, entry, page, pictures[0] if pictures else None))

    def _media(self, file: str) -> str:
        return f"{self.base_url}/media/{file}"

    # ---- lists

    def _summary(self) -> dict[str, Any]:
        return dict(_read(self.state / "summary.json", {"part": 1, "newest": []}))

    def _part(self, number: int) -> list[Entry]:
        return [Entry.of(one) for one in _read(self.state / f"part-{number}.json", [])]

    def _open_part(self) -> int:
        newest = int(self._summary()["part"])
        return newest if len(self._part(newest)) < PER_PART else newest + 1

    def _put_lists(self, batch: Batch, entry: Entry, post: Mapping[str, Any]) -> None:
        """Each derived from what lies there and this entry alone, so that a repetition mends whatever broke off."""
        part, summary = int(post["part"]), self._summary()
        parts = max(part, int(summary["part"]))
        entries = _with(entry, self._part(part))
        newest = _with(entry, map(Entry.of, summary["newest"]))[:NEWEST]
        has_more = parts > 1 or len(entries) > len(newest)
        pages = {
            f"archive-{part}.html": list_page(self.place, entries, number=part, older=part - 1),
            f"sitemap-{part}.xml": sitemap_part(self.place, entries),
            "index.html": list_page(self.place, newest, older=parts if has_more else 0),
            "feed.xml": feed(self.place, newest),
        }
        parts_named = [self.base_url, parts]
        if summary.get("sitemap") != parts_named:  # it names the parts only, so it seldom changes
            pages["sitemap.xml"] = sitemap(self.place, parts)
        for name, page in pages.items():
            if is_ours_to_write(self.folder / name):
                batch.put(self.folder / name, page)
        batch.put(self.state / f"part-{part}.json", _json([one.stored() for one in entries]))
        stored = {"part": parts, "newest": [one.stored() for one in newest], "sitemap": parts_named}
        batch.put(self.state / "summary.json", _json(stored))

    # ---- not this kind's way

    def send_image(self, image: ImageRef) -> RemoteImage:
        raise TypeError("images travel with the post")

    def make_draft(self, rendered: Rendered, media: Mapping[str, RemoteImage], marker: str) -> str:
        raise TypeError("a site has no drafts")

    def compare(self, draft_id: str, rendered: Rendered, media: Mapping[str, RemoteImage]) -> Sequence[str]:
        raise TypeError("a site has no drafts")

    def flip(self, draft_id: str) -> Live:
        raise TypeError("a site has no drafts")

    def look_up(self, rendered: Rendered, media: Mapping[str, RemoteImage], since: datetime) -> Live | None:
        raise TypeError("putting again is the way")


def _with(entry: Entry, others: Iterable[Entry]) -> list[Entry]:
    """Newest first, by the moment itself: the offset of the zone changes with the season."""
    entries = [entry, *(other for other in others if other.slug != entry.slug)]
    return sorted(entries, key=lambda one: (datetime.fromisoformat(one.at), one.slug), reverse=True)


def _read(path: Path, otherwise: Any) -> Any:
    try:
        return json.loads(path.read_bytes())
    except FileNotFoundError:
        return otherwise


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()
