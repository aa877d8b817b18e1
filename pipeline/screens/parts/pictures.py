"""Images of unsaved and unpublished pieces as `data:` addresses: no address that somebody else could open, no cookie needed."""

from __future__ import annotations

import base64
import io
from functools import lru_cache

from PIL import Image

from pipeline.errors import Unknown
from pipeline.records import ImageRef
from pipeline.screens.workplace import house

LARGEST = 150 * 1024
WIDEST = 1_200


def picture(image: ImageRef) -> dict[str, str] | None:
    """Address and description; None when the bytes are not there (a copy of the store without its images)."""
    try:
        return {"data": _address(image.sha256, image.mime), "alt": image.alt}
    except Unknown:
        return None


@lru_cache(maxsize=32)
def _address(sha256: str, mime: str) -> str:
    """Named by their content, so one memory serves everybody; whoever asks has read the piece that shows it."""
    data = house().blobs.bytes_of(sha256)
    if len(data) > LARGEST:
        data, mime = _smaller(data), "image/webp"
    return f"data:{mime};base64,{base64.b64encode(data).decode()}"


def _smaller(data: bytes) -> bytes:
    with Image.open(io.BytesIO(data)) as image:
        shown = image.convert("RGBA" if image.mode in ("RGBA", "LA", "P") else "RGB")
        shown.thumbnail((WIDEST, WIDEST * 2))
        out = io.BytesIO()
        shown.save(out, "WEBP", quality=80)
    return out.getvalue()
