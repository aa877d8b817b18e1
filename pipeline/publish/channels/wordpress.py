"""WordPress: a draft by its REST interface, compared, then published by its id."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import ClassVar
from urllib.parse import urlsplit, urlunsplit

from bs4 import BeautifulSoup

from pipeline.errors import (
    FieldInvalid,
    FieldMissing,
    FirstCommentNotSent,
    ImageWithoutAlt,
    Refusal,
    RemoteImageInText,
    TitleMissing,
)
from pipeline.publish.channels.port import Delivery, Place, Preview, Rendered, Setting, Wire
from pipeline.publish.channels.wordpress_blocks import BLOCKS, to_blocks
from pipeline.publish.channels.wordpress_connection import WordPressConnection
from pipeline.records import Content, ImageRef
from pipeline.text import HTML_CONVERSION, SLUG, SafeHtml, slugify, to_html, to_plain, with_images

PLACEHOLDER = r"image:([0-9a-f]{64})"
PASTED = re.compile(r"/(?:wp-admin|wp-login\.php|wp-json|xmlrpc\.php|index\.php)(?:/.*)?\Z")
"""What people copy from their browser instead of the site's address."""


class WordPress:
    """Signed in with an application password; https://wordpress.org/documentation/article/application-passwords/"""

    kind: ClassVar[str] = "wordpress"
    delivery: ClassVar[Delivery] = Delivery.FLIP
    settings: ClassVar[tuple[Setting, ...]] = (Setting("url", "https://www.kunde.example"), Setting("user", "staffelstab"))
    needs_secret: ClassVar[bool] = True
    sends_images: ClassVar[bool] = True
    late_minutes: ClassVar[int] = 1440

    @property
    def conversion(self) -> str:
        return f"{BLOCKS} {HTML_CONVERSION}"

    def accept_settings(self, settings: Mapping[str, str]) -> dict[str, str]:
        known = {setting.name for setting in self.settings}
        for name, value in settings.items():
            if name not in known:
                raise FieldInvalid(field=name, value=value)
        for name in ("url", "user"):
            if not settings.get(name, "").strip():
                raise FieldMissing(field=name)
        user = settings["user"].strip()
        if ":" in user:  # would end the name in the sign-in
            raise FieldInvalid(field="user", value=user)
        return {"url": _site(settings["url"].strip()), "user": user}

    def address(self, settings: Mapping[str, str]) -> str:
        """The account belongs to it: readers see it as the author."""
        return f"{settings['url']} ({settings['user']})"

    def expires_at(self, secret: str) -> datetime | None:  # noqa: ARG002 - application passwords hold until revoked
        return None

    def findings(self, content: Content, place: Place) -> Sequence[Refusal]:
        found: list[Refusal] = []
        if not content.title.strip():
            found.append(TitleMissing(channel=place.name))
        found += [ImageWithoutAlt(image=image.name) for image in _sent(content) if not image.alt.strip()]
        found += [RemoteImageInText(channel=place.name, address=address) for address in _foreign_images(content.body)]
        if content.first_comment.strip():
            found.append(FirstCommentNotSent(channel=place.name))
        return found

    def render(self, content: Content, place: Place) -> Rendered:  # noqa: ARG002 - every WordPress takes the same
        page = _page(content)
        images = _sent(content)
        payload = {
            "title": _words(content.title),
            "content": to_blocks(page),
            "excerpt": _words(content.excerpt),
            "slug": content.slug if SLUG.fullmatch(content.slug) else slugify(content.slug or content.title),
            "categories": _names(content.categories),
            "tags": _names(content.tags),
            "featured_media": f"image:{images[0].sha256}" if images else "",
        }
        text = to_plain(content.body)
        return Rendered(payload, Preview("article", page, text, length=len(text)), images)

    def connect(self, place: Place, wire: Wire) -> WordPressConnection:
        return WordPressConnection(place, wire)


def _site(url: str) -> str:
    """The address of the site itself, as it stands before every path."""
    try:
        parts = urlsplit(url if "://" in url else f"https://{url}")
        usable = parts.scheme in ("https", "http") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        raise FieldInvalid(field="url", value=url) from None
    if not usable or "@" in parts.netloc or re.search(r"\s", url):
        raise FieldInvalid(field="url", value=url.rsplit("@", 1)[-1])  # without a password that stood in it
    return urlunsplit((parts.scheme, parts.netloc.lower(), PASTED.sub("", parts.path).rstrip("/"), "", ""))


def _page(content: Content) -> SafeHtml:
    """An image that the text does not describe gets the description it was taken in with."""

    def address(number: int) -> str | None:
        return f"image:{content.images[number - 1].sha256}" if 0 < number <= len(content.images) else None

    def described(found: re.Match[str]) -> str:
        return f'alt="{html.escape(alts[found[1]])}" src="image:{found[1]}"'

    alts = {image.sha256: image.alt for image in content.images}
    return SafeHtml(re.sub(rf'alt="" src="{PLACEHOLDER}"', described, with_images(to_html(content.body), address)))


def _sent(content: Content) -> tuple[ImageRef, ...]:
    """The first is the featured image; of the others those that the text shows. Each once."""
    shown = set(re.findall(f'src="{PLACEHOLDER}"', _page(content)))
    sent = {image.sha256: image for image in content.images[:1]}
    sent.update((image.sha256, image) for image in content.images if image.sha256 in shown)
    return tuple(sent.values())


def _foreign_images(body: str) -> list[str]:
    images = BeautifulSoup(to_html(body), "html.parser").find_all("img")
    sources = [str(image.get("src", "")) for image in images]
    return [source for source in sources if source and not source.startswith("image:")]


def _names(names: Sequence[str]) -> list[str]:
    """Each once; to WordPress large and small letters are the same."""
    return list({name.strip().casefold(): name.strip() for name in reversed(names) if name.strip()}.values())[::-1]


def _words(text: str) -> str:
    """Plain words for a field in which WordPress allows markup: what would be markup is written so that it is not."""
    line = " ".join(text.split("\n")).strip()
    return re.sub(r"&(?=#?\w+;)", "&amp;", line).replace("<", "&lt;").replace(">", "&gt;")
