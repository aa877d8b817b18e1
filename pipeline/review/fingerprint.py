"""The content hash: what people approve, and what the gate compares.

It covers everything that will leave: each field of the content, the images by their bytes with alt texts and order, the
account it goes out under, and the name of the conversion that turns Markdown into the channel's form. A conversion with the
same name gives the same bytes for the same Markdown (tests/contracts), so the hash stands for the payload without making it
at every click. Not in it: the planned time and internal notes.
"""

from __future__ import annotations

import hashlib
import json

from pipeline.records import Content
from pipeline.text import normalise

FORMAT = 1


def canonical(value: object) -> bytes:
    """Sorted keys, no blanks, UTF-8: one spelling for equal values."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()


def sha256_of(value: object) -> str:
    return hashlib.sha256(canonical(value)).hexdigest()


def content_sum(content: Content) -> str:
    """The content alone, whatever its channel: stands in the audit entry of its revision. Fields without a value are left
    out, so that a field added later changes no older sum."""
    fields = content.model_dump(mode="json")
    return sha256_of({name: value for name, value in fields.items() if value not in ("", [], {}, None)})


def tidied(content: Content) -> Content:
    """The content as it is kept: texts normalised, tags without doubles."""
    link = content.link and content.link.model_copy(
        update={name: normalise(getattr(content.link, name)) for name in ("url", "title", "description")}
    )
    return content.model_copy(
        update={
            **{name: normalise(getattr(content, name)) for name in ("title", "body", "slug", "excerpt", "first_comment")},
            "tags": tuple(dict.fromkeys(filter(None, map(normalise, content.tags)))),
            "categories": tuple(dict.fromkeys(filter(None, map(normalise, content.categories)))),
            "images": tuple(image.model_copy(update={"alt": normalise(image.alt)}) for image in content.images),
            "link": link,
        }
    )


def fingerprint(content: Content, *, outlet: str, address: str, conversion: str) -> str:
    """The content hash, 64 hexadecimal digits.

    content     as `tidied` gives it
    outlet      kind of channel
    address     account or place the piece goes out under
    conversion  name of the way from Markdown to the channel's form, versions included
    """
    fields = content.model_dump(mode="json")
    fields["images"] = [[image["sha256"], image["alt"]] for image in fields["images"]]
    return sha256_of({"format": FORMAT, "content": fields, "outlet": outlet, "address": address, "conversion": conversion})
