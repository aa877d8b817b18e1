"""Pages, feed and site maps of a static site, from templates/site."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from jinja2 import Environment, FileSystemLoader
from markupsafe import Markup

from pipeline.messages import TEMPLATES, Say
from pipeline.publish.channels.port import Place

NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
BREAKS_YAML = re.compile("[\x7f-\x9f\u2028\u2029\ufeff]")


@dataclass(frozen=True)
class Entry:
    """A post as lists show it. `at`: ISO 8601 with the offset of the channel's zone."""

    slug: str
    title: str
    at: str
    description: str
    tags: tuple[str, ...] = ()

    @classmethod
    def of(cls, stored: Mapping[str, str | Sequence[str]]) -> Entry:
        named = {name: str(stored[name]) for name in ("slug", "title", "at", "description")}
        return cls(**named, tags=tuple(stored.get("tags", ())))

    def stored(self) -> dict[str, object]:
        return dict(vars(self))


@dataclass(frozen=True)
class Picture:
    """An image of a post: `file` is its name below media/."""

    sha256: str
    file: str
    alt: str
    width: int
    height: int
    in_text: bool


@cache
def _theme() -> Environment:
    return Environment(
        loader=FileSystemLoader(TEMPLATES / "site"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        auto_reload=False,
    )


def article_page(place: Place, entry: Entry, html: str, featured: Picture | None) -> bytes:
    """`html` stands in the page byte for byte: it was sanitised when it was rendered."""
    at = datetime.fromisoformat(entry.at)
    url = f"{place.settings['base_url']}/{entry.slug}/"
    return _page("article.html", place, up="../", post=entry, url=url, at=at, html=Markup(html), featured=featured)  # noqa: S704


def list_page(place: Place, entries: Sequence[Entry], *, number: int = 0, older: int = 0) -> bytes:
    """`number` 0: the newest; else the archive page of that number. `older`: number of the page that goes on."""
    say = Say(place.language, place.timezone)
    posts = [{**entry.stored(), "day": say.word(datetime.fromisoformat(entry.at).date())} for entry in entries]
    url = f"{place.settings['base_url']}/" + (f"archive-{number}.html" if number else "")
    return _page("list.html", place, up="", posts=posts, number=number, older=older, url=url)


def feed(place: Place, entries: Sequence[Entry]) -> bytes:
    return _page("feed.xml", place, posts=entries)


def sitemap_part(place: Place, entries: Sequence[Entry]) -> bytes:
    return _page("sitemap_part.xml", place, posts=entries)


def sitemap(place: Place, parts: int) -> bytes:
    return _page("sitemap.xml", place, numbers=range(1, parts + 1))


def _page(template: str, place: Place, **named: object) -> bytes:
    say = Say(place.language, place.timezone)
    text = (
        _theme()
        .get_template(template)
        .render(say=say, language=say.language, company=place.client, base=place.settings["base_url"], **named)
    )
    return NOT_IN_XML.sub("", text).encode()


def markdown_file(place: Place, entry: Entry, body: str, images: Sequence[str], categories: Sequence[str]) -> bytes:
    """Markdown with YAML front matter that Hugo, Jekyll and Astro read. Every scalar is quoted as JSON, which YAML includes."""
    matter = {
        "title": entry.title,
        "slug": entry.slug,
        "description": entry.description,
        "author": place.client,
        "lang": place.language,
        "tags": entry.tags,
        "categories": categories,
        "images": images,
    }
    lines = [f"{name}: {_yaml(value)}" for name, value in matter.items() if value]
    return "\n".join(["---", f"date: {entry.at}", *lines, "---", "", body, ""]).encode()


def _yaml(value: object) -> str:
    return BREAKS_YAML.sub(lambda found: f"\\u{ord(found[0]):04x}", json.dumps(value, ensure_ascii=False))
