"""A piece as its channel will show it: an article on paper, a post in a feed."""

from __future__ import annotations

import html
import re
from urllib.parse import urlsplit

from pipeline.messages import Say
from pipeline.publish.channels.linkedin import FOLDS
from pipeline.publish.channels.port import Preview
from pipeline.records import Content, ImageRef
from pipeline.screens.parts.components import FEED, PAPER, SHEET
from pipeline.screens.parts.pictures import picture
from pipeline.text import SafeHtml

IMAGE = re.compile(r'<img\b([^>]*?)\bsrc="image:([0-9a-f]{64})"([^>]*)>')
FOREIGN = re.compile(r'<img\b(?![^>]*\bsrc="data:)[^>]*>')
POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"


def show_preview(say: Say, preview: Preview, content: Content, *, channel: str, key: str, from_top: str = "") -> None:
    """Nothing in it runs, and nothing is fetched from elsewhere. `from_top`: what is shown, when the page has to begin at its
    top with each new one; on a phone the next card would else come with its buttons under the thumb."""
    if preview.look == "post":
        FEED(data={**feed(say, preview, content, channel), "fromTop": from_top}, key=key)
    else:
        told = say("preview.title", title=content.title)
        PAPER(data={"page": page(say, preview, content), "title": told, "fromTop": from_top}, key=key)


# ------------------------------------------------------------------------------------------------------------ article


def page(say: Say, preview: Preview, content: Content) -> str:
    """A whole page for a frame without any rights. The article was sanitised when it was rendered."""
    images = {image.sha256: image for image in content.images}
    body = IMAGE.sub(lambda found: _img(images.get(found[2]), found[1] + found[3]), preview.html)
    body = FOREIGN.sub(f"<em>{html.escape(say('preview.remote_image'))}</em>", body)
    return (
        f'<!doctype html><html lang="{say.language}"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        f"<style>body{{margin:0;background:#fdfcf9}}{SHEET}</style></head>"
        f'<body><div class="sheet"><h1>{html.escape(content.title)}</h1>\n{body}</div></body></html>'
    )


def _img(image: ImageRef | None, attributes: str) -> SafeHtml:
    shown = picture(image) if image else None
    if image is None or shown is None:
        return SafeHtml("")
    kept = re.sub(r'\b(width|height)="[^"]*"', "", attributes)
    return SafeHtml(f'<img {kept} src="{shown["data"]}" width="{image.width}" height="{image.height}">')


# --------------------------------------------------------------------------------------------------------------- post


def feed(say: Say, preview: Preview, content: Content, channel: str) -> dict[str, object]:
    """What the card draws. A post with a link shows the link's card, else its image."""
    image, link = content.images[0] if content.images else None, content.link
    words = {name: say(f"preview.{name}") for name in ("more", "phone", "desktop", "meta")}
    card = {"title": link.title or content.title, "description": link.description, "host": _host(link.url)} if link else None
    return {
        "name": channel,
        "text": preview.text,
        "folds": FOLDS if preview.fold else {},
        "picture": picture(image) if image else None,
        "card": card,
        "count": say("preview.length", length=preview.length, limit=preview.limit) if preview.limit else "",
        "over": 0 < preview.limit < preview.length,
        "words": words,
    }


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or url
    except ValueError:
        return url
