"""LinkedIn: posts of a page or a person through the Posts API."""

from __future__ import annotations

import html
import re
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import ClassVar
from urllib.parse import urlsplit

from pipeline.errors import (
    FieldInvalid,
    FieldMissing,
    FieldTooLong,
    FirstCommentNotSent,
    ImageNotTaken,
    ImageWithoutAlt,
    LinkedInTextTooLongEscaped,
    Refusal,
    TextEmpty,
    TextTooLongForChannel,
    TitleMissing,
    TooManyImages,
)
from pipeline.publish.channels.linkedin_connection import LinkedInConnection
from pipeline.publish.channels.linkedin_credential import read_credential
from pipeline.publish.channels.little_text import (
    MENTIONED,
    Hashtag,
    Run,
    Text,
    little_text,
    runs_of,
    tag_word,
    utf16_units,
)
from pipeline.publish.channels.port import Delivery, Place, Preview, Rendered, Setting, Wire
from pipeline.records import Content, ImageRef, LinkCard
from pipeline.text import HTML_CONVERSION, SafeHtml, to_plain

LIMIT = 3000
FOLDS = {"phone": 140, "desktop": 210}
"""After so many characters a feed shows "... more". Seen by others, documented nowhere: shown, never forbidden."""
LONGEST_ALT = 4086
LONGEST_CARD_TITLE = 400
MOST_PIXELS = 36_152_320
IMAGE_TYPES = ("image/jpeg", "image/png", "image/gif")

AUTHOR = re.compile(r"urn:li:(?:person:[\w-]+|organization:\d+)", re.ASCII)
VERSION = re.compile(r"20\d\d(?:0[1-9]|1[0-2])", re.ASCII)


class LinkedIn:
    kind: ClassVar[str] = "linkedin"
    delivery: ClassVar[Delivery] = Delivery.ONE_SHOT
    settings: ClassVar[tuple[Setting, ...]] = (
        Setting("author", "urn:li:organization:5001"),
        Setting("version", "202609", required=False, default="202609"),
        Setting("api_url", "https://api.linkedin.com", required=False, default="https://api.linkedin.com"),
        Setting(
            "oauth_url",
            "https://www.linkedin.com/oauth/v2",
            required=False,
            default="https://www.linkedin.com/oauth/v2",
        ),
    )
    needs_secret: ClassVar[bool] = True
    sends_images: ClassVar[bool] = True
    late_minutes: ClassVar[int] = 60

    def __init__(self, wait: Callable[[float], None] = time.sleep) -> None:
        """`wait` passes seconds between two looks at an image that LinkedIn is still working on."""
        self._wait = wait

    @property
    def conversion(self) -> str:
        return f"linkedin/1 {HTML_CONVERSION}"

    def accept_settings(self, settings: Mapping[str, str]) -> dict[str, str]:
        known = {setting.name: setting.default for setting in self.settings}
        for name in settings:
            if name not in known:
                raise FieldInvalid(field=name, value=settings[name])
        given = {name: settings.get(name, "").strip() or default for name, default in known.items()}
        if not given["author"]:
            raise FieldMissing(field="author")
        _require(AUTHOR.fullmatch(given["author"]), "author", given["author"])
        _require(VERSION.fullmatch(given["version"]), "version", given["version"])
        return given | {name: _address(name, given[name]) for name in ("api_url", "oauth_url")}

    def address(self, settings: Mapping[str, str]) -> str:
        return settings["author"]

    def expires_at(self, secret: str) -> datetime | None:
        try:
            return read_credential(secret).expires_at
        except ValueError:
            return None

    def findings(self, content: Content, place: Place) -> Sequence[Refusal]:
        return [
            *_about_text(content, place),
            *_about_images(content.images, place),
            *(_about_link(content.link, content.title, place) if content.link else ()),
            *([FirstCommentNotSent(channel=place.name)] if content.first_comment.strip() else ()),
        ]

    def render(self, content: Content, place: Place) -> Rendered:
        runs = post_runs(content)
        text = "".join(run.visible for run in runs)
        image = content.images[0] if content.images else None
        preview = Preview(
            look="post",
            html=_preview_html(text, image, content),
            text=text,
            fold=FOLDS["desktop"],
            length=utf16_units(text),
            limit=LIMIT,
        )
        payload = {
            "author": place.settings["author"],
            "commentary": little_text(runs),
            "visibility": "PUBLIC",
            "distribution": {"feedDistribution": "MAIN_FEED", "targetEntities": [], "thirdPartyDistributionChannels": []},
            "lifecycleState": "PUBLISHED",
            "isReshareDisabledByAuthor": False,
            **_attachment(content, image),
        }
        return Rendered(payload, preview, (image,) if image else ())

    def connect(self, place: Place, wire: Wire) -> LinkedInConnection:
        return LinkedInConnection(place, wire, self._wait)


# -- settings


def _require(fits: object, field: str, value: str) -> None:
    if not fits:
        raise FieldInvalid(field=field, value=value)


def _address(field: str, given: str) -> str:
    """Without encryption only on this machine: the access token travels along."""
    try:
        parts = urlsplit(given)
        host = parts.hostname
    except ValueError:
        raise FieldInvalid(field=field, value=given) from None
    is_here = host in ("127.0.0.1", "::1", "localhost")
    _require(host and (parts.scheme == "https" or (parts.scheme == "http" and is_here)), field, given)
    _require(not (parts.query or parts.fragment or "@" in parts.netloc), field, given)
    return given.rstrip("/")


# -- the text


def post_runs(content: Content) -> list[Run]:
    """Body, then the tags that the body does not carry already."""
    body = to_plain(_with_tags_kept(content.body))
    runs = runs_of(body, content.mentions)
    there = {run.word.casefold() for run in runs if isinstance(run, Hashtag)}
    words = {word.casefold(): word for word in map(tag_word, content.tags) if word}
    new = [Hashtag(word) for folded, word in words.items() if folded not in there]
    for place, tag in enumerate(new):
        runs += [Text(" " if place else "\n\n" if body else ""), tag]
    return runs


_FENCE = re.compile(r" {0,3}(```|~~~)")
_TAG_AT_START = re.compile(r"^( {0,3}(?:[-*+>] {1,3}|\d{1,9}[.)] {1,3})*)(?=#+[^\s#])")


def _with_tags_kept(body: str) -> str:
    """A line that begins with `#Tag` is a heading to our converter; in a post it is a tag."""
    lines, fence = [], ""
    for line in body.split("\n"):
        found = _FENCE.match(line)
        mark = found[1] if found else ""
        is_text = not (fence or mark)
        lines.append(_TAG_AT_START.sub(r"\1\\", line) if is_text else line)
        fence = mark if not fence else "" if mark == fence else fence
    return "\n".join(lines)


def _about_text(content: Content, place: Place) -> list[Refusal]:
    runs = post_runs(content)
    seen = "".join(run.visible for run in runs)
    visible, escaped = utf16_units(seen), utf16_units(little_text(runs))
    found: list[Refusal] = []
    if not seen.strip():
        found.append(TextEmpty())
    if visible > LIMIT:
        found.append(TextTooLongForChannel(channel=place.name, length=visible, limit=LIMIT))
    elif escaped > LIMIT:  # nobody knows which of the two LinkedIn counts
        found.append(LinkedInTextTooLongEscaped(channel=place.name, visible=visible, length=escaped, limit=LIMIT))
    found += [FieldInvalid(field="mentions", value=urn) for urn in content.mentions.values() if not MENTIONED.fullmatch(urn)]
    return found


# -- image and card


def _about_images(images: Sequence[ImageRef], place: Place) -> list[Refusal]:
    found: list[Refusal] = []
    if len(images) > 1:
        found.append(TooManyImages(channel=place.name, count=len(images), limit=1))
    for image in images:
        if image.mime not in IMAGE_TYPES or image.width * image.height >= MOST_PIXELS:
            found.append(ImageNotTaken(image=image.name, channel=place.name))
        if not image.alt.strip():
            found.append(ImageWithoutAlt(image=image.name))
        elif utf16_units(image.alt) > LONGEST_ALT:
            found.append(FieldTooLong(field="alt", length=utf16_units(image.alt), limit=LONGEST_ALT))
    return found


def _about_link(link: LinkCard, title: str, place: Place) -> list[Refusal]:
    found: list[Refusal] = []
    if not _is_web(link.url):
        found.append(FieldInvalid(field="link", value=link.url))
    card_title = link.title or title
    if not card_title.strip():
        found.append(TitleMissing(channel=place.name))
    elif utf16_units(card_title) > LONGEST_CARD_TITLE:
        found.append(FieldTooLong(field="title", length=utf16_units(card_title), limit=LONGEST_CARD_TITLE))
    return found


def _is_web(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and not re.search(r"\s", url)
    except ValueError:
        return False


def _attachment(content: Content, image: ImageRef | None) -> dict[str, object]:
    """`content` is left out of a text post: LinkedIn refuses null."""
    placeholder = f"image:{image.sha256}" if image else ""
    if content.link:
        card = {
            "source": content.link.url,
            "title": content.link.title or content.title,
            "description": content.link.description,
            "thumbnail": placeholder,
        }
        return {"content": {"article": {name: value for name, value in card.items() if value}}}
    if image:
        return {"content": {"media": {"id": placeholder, "altText": image.alt}}}
    return {}


def _preview_html(text: str, image: ImageRef | None, content: Content) -> SafeHtml:
    """The text, then the image, then the card, as a feed shows them."""
    parts = [f"<p>{html.escape(part)}</p>".replace("\n", "<br>") for part in text.split("\n\n") if part]
    if image:
        parts.append(f'<p><img src="image:{image.sha256}" alt="{html.escape(image.alt, quote=True)}"></p>')
    if content.link and _is_web(content.link.url):
        title, address = html.escape(content.link.title or content.title), html.escape(content.link.url, quote=True)
        parts.append(f'<p><a href="{address}" rel="noopener noreferrer">{title}</a></p>')
        parts.append(f"<p>{html.escape(content.link.description)}</p>" if content.link.description else "")
    return SafeHtml("\n".join(part for part in parts if part))
