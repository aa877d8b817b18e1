"""A signed-in way to one WordPress: draft, comparison, flip.

WordPress accepts and drops: an image or term it does not know is left out without a word, a taken address gets a "-2". So
nothing counts as stored before it was read back.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, cast

from pipeline.errors import (
    AppPasswordsOff,
    ArrivedDifferent,
    ChannelDraftGone,
    ChannelForbids,
    ChannelSilent,
    LiveElsewhere,
    ReconnectNeeded,
    Refusal,
    SlugTaken,
    TooManyRights,
)
from pipeline.publish.channels.port import Live, Place, Rendered, Signed, Wire
from pipeline.publish.channels.wordpress_api import Api, code_of, json_of
from pipeline.publish.channels.wordpress_blocks import marked, unmarked, with_media
from pipeline.records import ImageRef, RemoteImage
from pipeline.text import slugify

NEEDED_RIGHTS = ("edit_posts", "publish_posts", "upload_files")
ADMINISTRATION = "manage_options"

POST_FIELDS = "id,status,slug,link,title,content,excerpt,categories,tags,featured_media,permalink_template"
OUR_MARKER = re.compile(r"<!-- staffelstab-[\w-]+ -->")
STEPPED_ASIDE = "staffelstab-ersetzt-"
"""Beginning of the address of a draft of ours that gave its own to a later one. Such a draft is never published."""

ENDINGS = {"image/png": "png", "image/jpeg": "jpg", "image/gif": "gif", "image/webp": "webp"}


class WordPressConnection:
    def __init__(self, place: Place, wire: Wire) -> None:
        self.place = place
        self.wire = wire
        self.api = Api(place, wire)

    # -- who we are

    def check(self) -> Signed:
        """Not by reading posts: that answers 200 to a wrong password too."""
        try:
            me = self.api.get("users/me", context="edit", _fields="id,username,name,roles,capabilities")
        except ReconnectNeeded:
            if not self.api.takes_passwords:
                raise AppPasswordsOff(channel=self.place.name) from None
            raise
        roles = ", ".join(map(str, me.get("roles", ())))
        account = f"{me.get('name', '')} ({me.get('username', '')}, {roles})"
        return Signed(account, self._about_rights(me.get("capabilities") or {}, account))

    def _about_rights(self, rights: Mapping[str, bool], account: str) -> list[Refusal]:
        lacking: list[Refusal] = [
            ChannelForbids(channel=self.place.name, reason=right) for right in NEEDED_RIGHTS if not rights.get(right)
        ]
        return lacking + ([TooManyRights(channel=self.place.name, account=account)] if rights.get(ADMINISTRATION) else [])

    # -- image

    def send_image(self, image: ImageRef) -> RemoteImage:
        stem = image.name.rsplit(".", 1)[0]
        said = self.api.upload(
            f"{slugify(stem)}.{ENDINGS[image.mime]}",
            self.wire.image(image.sha256),
            image.mime,
            {"alt_text": image.alt, "title": html.escape(stem, quote=False)},
        )
        number = self._id(said)
        if _in_one_line(html.unescape(str(said.get("alt_text")))) != _in_one_line(image.alt):
            raise ArrivedDifferent(channel=self.place.name, fields="alt_text", reason="alt_text")
        if not str(said.get("source_url")).startswith("http"):
            raise ChannelSilent(channel=self.place.name, reason="JSON without source_url")
        return RemoteImage(sha256=image.sha256, remote_id=str(number), url=said["source_url"])

    # -- draft

    def make_draft(self, rendered: Rendered, media: Mapping[str, RemoteImage], marker: str) -> str:
        """No date: a draft would keep it, and be published late or early by it."""
        wanted = rendered.payload
        body = {
            **{name: wanted[name] for name in ("title", "excerpt", "slug")},
            "status": "draft",
            "content": marked(with_media(str(wanted["content"]), media), marker),
            "categories": [self._term("categories", name) for name in _list(wanted["categories"])],
            "tags": [self._term("tags", name) for name in _list(wanted["tags"])],
            "featured_media": _featured(rendered, media),
        }
        if not body["categories"]:
            del body["categories"]  # none at all is not possible: the site's own default then
        earlier = self._earlier_draft(str(wanted["slug"]), marker)
        return str(self._id(self.api.post(f"posts/{earlier}" if earlier else "posts", body)))

    def _earlier_draft(self, slug: str, marker: str) -> int | None:
        """The draft that an earlier try left behind: it holds the address, a second one would get "-2".

        A draft of another publication of ours gives way: only its address changes, and only if it was never published.
        """
        found = None
        for post in self.api.listed("posts", slug=slug, status="draft", context="edit", _fields="id,content", per_page="100"):
            stored = self._raw(post, "content")
            if f"<!-- {marker} -->" in stored:
                found = int(post["id"])
            elif OUR_MARKER.search(stored):
                self.api.post(f"posts/{int(post['id'])}", {"slug": f"{STEPPED_ASIDE}{int(post['id'])}"})
        return found

    def _term(self, kind: str, name: str) -> int:
        """Made if need be. Without the right to make one, the one that is there."""
        answer = self.api.try_post(kind, {"name": name})
        match code_of(answer):
            case "term_exists":
                return int(json_of(answer)["data"]["term_id"])
            case "rest_cannot_create":
                return self._existing_term(kind, name)
            case _:
                return self._id(self.api.understood(answer))

    def _existing_term(self, kind: str, name: str) -> int:
        """WordPress keeps names with `&amp;`, and finds them only so."""
        asked = html.escape(name, quote=False)
        for term in self.api.listed(kind, search=asked, per_page="100", _fields="id,name"):
            if _same_name(term["name"]) == _same_name(name):
                return int(term["id"])
        raise ChannelForbids(channel=self.place.name, reason=f"{kind}: {name} [rest_cannot_create]")

    # -- comparison

    def compare(self, draft_id: str, rendered: Rendered, media: Mapping[str, RemoteImage]) -> Sequence[str]:
        stored, wanted = self._post(draft_id), rendered.payload
        same = {
            "status": stored["status"] in ("draft", "publish"),
            "title": _same_words(self._raw(stored, "title")) == _same_words(wanted["title"]),
            "content": unmarked(self._raw(stored, "content")) == with_media(str(wanted["content"]), media),
            "excerpt": _same_words(self._raw(stored, "excerpt")) == _same_words(wanted["excerpt"]),
            "slug": self._has_its_address(stored, str(wanted["slug"])),
            "categories": not wanted["categories"] or self._are_terms("categories", stored, wanted),
            "tags": self._are_terms("tags", stored, wanted),
            "featured_media": stored["featured_media"] == _featured(rendered, media),
            "images": self._are_there([media[image.sha256] for image in rendered.images]),
        }
        return [name for name, is_same in same.items() if not is_same]

    def _has_its_address(self, stored: Mapping[str, Any], slug: str) -> bool:
        """Raises SlugTaken. Older WordPress changes the address only at the flip, so others are looked for."""
        taken = SlugTaken(channel=self.place.name, slug=slug, reason=slug)
        if re.fullmatch(rf"{re.escape(slug)}-\d+", stored["slug"]):
            raise taken
        others = self.api.listed("posts", slug=slug, status="any", context="edit", _fields="id", exclude=str(stored["id"]))
        public_address = str(stored.get("permalink_template", "")).replace("%postname%", slug)
        pages = self.api.listed("pages", slug=slug, _fields="link")
        if others or any(page["link"] == public_address for page in pages):
            raise taken
        return bool(stored["slug"] == slug)

    def _are_terms(self, kind: str, stored: Mapping[str, Any], wanted: Mapping[str, object]) -> bool:
        numbers = ",".join(str(number) for number in stored[kind])
        terms = self.api.listed(kind, include=numbers, per_page="100", _fields="id,name") if numbers else []
        return sorted(_same_name(term["name"]) for term in terms) == sorted(map(_same_name, _list(wanted[kind])))

    def _are_there(self, images: Sequence[RemoteImage]) -> bool:
        """An image sent long ago may have been deleted at the site; the text would show a gap."""
        numbers = {image.remote_id for image in images}
        if not numbers:
            return True
        found = self.api.listed("media", include=",".join(sorted(numbers)), per_page="100", _fields="id")
        return {str(one["id"]) for one in found} == numbers

    # -- flip

    def flip(self, draft_id: str) -> Live:
        before = self._post(draft_id)
        if before["status"] == "publish":
            return Live(str(before["id"]), str(before["link"]))
        after = self.api.post(f"posts/{before['id']}", {"status": "publish"})
        if self._id(after) != before["id"]:
            raise ChannelSilent(channel=self.place.name, reason=f"id {after['id']}")
        if after.get("status") != "publish":
            seen = f"status: {after.get('status')}"
            raise ArrivedDifferent(channel=self.place.name, fields=seen, reason=seen)
        if after.get("slug") != before["slug"]:
            raise LiveElsewhere(channel=self.place.name, url=after.get("link", ""), fields="slug", reason=after.get("slug"))
        return Live(str(after["id"]), str(after.get("link", "")))

    def _post(self, draft_id: str) -> dict[str, Any]:
        post = self.api.get(f"posts/{int(draft_id)}", context="edit", _fields=POST_FIELDS)
        if missing := {*POST_FIELDS.split(",")} - {*post}:
            raise ChannelSilent(channel=self.place.name, reason=f"JSON without {', '.join(sorted(missing))}")
        if post["status"] == "trash" or str(post["slug"]).startswith(STEPPED_ASIDE):
            raise ChannelDraftGone(channel=self.place.name, reason=f"{post['status']}, {post['slug']}")
        return cast(dict[str, Any], post)

    def _raw(self, post: Mapping[str, Any], field: str) -> str:
        said = post.get(field)
        if not isinstance(said, dict) or not isinstance(said.get("raw"), str):
            raise ChannelSilent(channel=self.place.name, reason=f"JSON without {field}.raw")
        return str(said["raw"])

    def _id(self, said: Any) -> int:
        if not isinstance(said, dict) or not isinstance(said.get("id"), int):
            raise ChannelSilent(channel=self.place.name, reason="JSON without id")
        return int(said["id"])

    # -- not asked of a channel that flips

    def put(self, rendered: Rendered, media: Mapping[str, RemoteImage], marker: str) -> Live:  # noqa: ARG002
        raise TypeError("WordPress publishes by draft and flip")

    def look_up(self, rendered: Rendered, media: Mapping[str, RemoteImage], since: datetime) -> Live | None:  # noqa: ARG002
        raise TypeError("WordPress publishes by draft and flip, nothing is looked up")


def _featured(rendered: Rendered, media: Mapping[str, RemoteImage]) -> int:
    """0: none."""
    placeholder = str(rendered.payload["featured_media"])
    return int(media[placeholder.removeprefix("image:")].remote_id) if placeholder else 0


def _list(names: object) -> list[str]:
    return cast(list[str], names)


def _same_words(text: object) -> str:
    """Allowed difference: of accounts that may not write any HTML, WordPress stores `&` as `&amp;`."""
    return str(text).replace("&amp;", "&").strip()


def _in_one_line(text: str) -> str:
    """Allowed difference of an image's description: blanks and line ends."""
    return " ".join(text.split())


def _same_name(name: object) -> str:
    """Allowed difference of terms: large and small letters, and how `&` is written."""
    return html.unescape(str(name)).casefold().strip()
