"""What comes in as an image leaves as one: decoded, turned the right way up and written anew, without place and camera."""

from __future__ import annotations

import io
import re
import struct
import warnings
import zlib
from dataclasses import dataclass
from hashlib import sha256
from pathlib import PurePosixPath
from typing import Any, Literal

from PIL import Image, ImageOps, UnidentifiedImageError

from pipeline.errors import ImageTooLarge, ImageTypeRefused, ImageUnreadable
from pipeline.records import ImageRef

LARGEST_BYTES = 20 * 1024 * 1024
MOST_PIXELS = 40_000_000
"""Of all frames together: an animation unfolds like one large picture."""
READABLE = ("PNG", "JPEG", "WEBP", "GIF")

Mime = Literal["image/png", "image/jpeg", "image/gif", "image/webp"]
ENDINGS: dict[str, str] = {"image/png": "png", "image/jpeg": "jpg", "image/gif": "gif", "image/webp": "webp"}

KNOWN_BUT_REFUSED = (
    (re.compile(rb"\s*(<\?xml|<!--|<!doctype svg|<svg)", re.IGNORECASE), "SVG"),
    (re.compile(rb"\0\0\x01\0"), "ICO"),
    (re.compile(rb"BM"), "BMP"),
    (re.compile(rb"II\*\0|MM\0\*"), "TIFF"),
    (re.compile(rb"%PDF"), "PDF"),
    (re.compile(rb".{4}ftyp(heic|heix|mif1|msf1)", re.DOTALL), "HEIC"),
    (re.compile(rb".{4}ftyp(avif|avis)", re.DOTALL), "AVIF"),
)


@dataclass(frozen=True)
class ImageFacts:
    """Of the image as it is kept, not as it came."""

    sha256: str
    mime: Mime
    width: int
    height: int
    size: int
    name: str

    def ref(self, alt: str = "") -> ImageRef:
        return ImageRef(
            sha256=self.sha256, alt=alt, name=self.name, mime=self.mime, width=self.width, height=self.height, size=self.size
        )


def accept_image(data: bytes, name: str) -> tuple[bytes, ImageFacts]:
    """The image written anew, and what is known of it. The same bytes give the same bytes.

    PNG, JPEG, WebP and GIF; animations stay animated. Raises ImageUnreadable, ImageTypeRefused, ImageTooLarge.
    """
    name = display_name(name)
    if len(data) > LARGEST_BYTES:
        raise _too_large(name)
    image = _opened(data, name)
    kind = "JPEG" if image.format == "MPO" else str(image.format)  # telephones put a preview behind the picture
    try:
        frames = 1 if kind == "JPEG" else getattr(image, "n_frames", 1)
        if image.width * image.height * frames > MOST_PIXELS:
            raise _too_large(name)
        written, (width, height) = _animation(image, kind) if frames > 1 else _still(image, kind)
    except BROKEN as broken:
        raise ImageUnreadable(name=name) from broken
    return written, ImageFacts(sha256(written).hexdigest(), _MIMES[kind], width, height, len(written), name)


def _too_large(name: str) -> ImageTooLarge:
    return ImageTooLarge(name=name, limit_mib=LARGEST_BYTES // 1024**2, limit_megapixels=MOST_PIXELS // 1_000_000)


BROKEN = (OSError, SyntaxError, ValueError, EOFError, IndexError, KeyError, TypeError, struct.error, zlib.error)
"""What Pillow's readers raise on bytes that are not what they claim."""

_MIMES: dict[str, Mime] = {"PNG": "image/png", "JPEG": "image/jpeg", "WEBP": "image/webp", "GIF": "image/gif"}


def display_name(name: str) -> str:
    """The file's own name without folders and control signs; only ever shown, never used as an address."""
    last = PurePosixPath(name.replace("\\", "/")).name
    return re.sub(r"[\x00-\x1f\x7f\u202a-\u202e\u2066-\u2069]", "", last)[:120] or "Bild"


def _opened(data: bytes, name: str) -> Image.Image:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow warns of large pictures; we count ourselves
        try:
            return Image.open(io.BytesIO(data), formats=READABLE)
        except UnidentifiedImageError:
            for start, kind in KNOWN_BUT_REFUSED:
                if start.match(data):
                    raise ImageTypeRefused(name=name, type=kind) from None
            raise ImageUnreadable(name=name) from None
        except Image.DecompressionBombError:
            raise _too_large(name) from None
        except BROKEN:
            raise ImageUnreadable(name=name) from None


def _animation(image: Image.Image, kind: str) -> tuple[bytes, tuple[int, int]]:
    frames, durations = _frames(image)
    out = io.BytesIO()
    loop = int(image.info.get("loop", 0))
    frames[0].save(out, kind, save_all=True, append_images=frames[1:], duration=durations, loop=loop, **HOW[kind])
    return out.getvalue(), frames[0].size


def _frames(image: Image.Image) -> tuple[list[Image.Image], list[int]]:
    frames, durations = [], []
    for number in range(getattr(image, "n_frames", 1)):
        image.seek(number)
        frames.append(image.convert("RGBA"))
        durations.append(int(image.info.get("duration", 100)))
    return frames, durations


def _still(image: Image.Image, kind: str) -> tuple[bytes, tuple[int, int]]:
    bare = _bare(ImageOps.exif_transpose(image))
    kept = {name: image.info[name] for name in KEPT[kind] if name in image.info}
    if image.mode == "CMYK":  # not every reader's program shows it
        bare, kept = bare.convert("RGB"), {}
    out = io.BytesIO()
    bare.save(out, kind, **HOW[kind], **kept)
    return out.getvalue(), bare.size


def _bare(image: Image.Image) -> Image.Image:
    """The pixels and nothing else of the file."""
    bare = Image.new(image.mode, image.size)
    if image.mode == "P":
        bare.putpalette(image.getpalette("RGB") or [])
    bare.paste(image)
    return bare


HOW: dict[str, dict[str, Any]] = {
    "JPEG": {"quality": 90, "optimize": True, "progressive": True},
    "WEBP": {"quality": 90, "method": 4},
    "GIF": {"optimize": False, "disposal": 2},
    "PNG": {"compress_level": 6},
}
KEPT: dict[str, tuple[str, ...]] = {
    "JPEG": ("icc_profile",),
    "WEBP": ("icc_profile",),
    "GIF": ("transparency",),
    "PNG": ("icc_profile", "transparency"),
}
"""What belongs to the pixels: without it the colours would be others."""
