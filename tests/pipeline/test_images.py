"""Real files of every kind, made here."""

from __future__ import annotations

import io
import struct
import zlib
from hashlib import sha256

import pytest
from PIL import Image, ImageCms

from pipeline.errors import ImageTooLarge, ImageTypeRefused, ImageUnreadable
from pipeline.images import accept_image, display_name

RED, BLUE = (200, 20, 20), (20, 20, 200)


def two_halves(width: int = 40, height: int = 20) -> Image.Image:
    """Red on the left, blue on the right."""
    image = Image.new("RGB", (width, height), RED)
    image.paste(BLUE, (width // 2, 0, width, height))
    return image


def written(image: Image.Image, kind: str, **how: object) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **how)
    return out.getvalue()


def near(colour: object, wanted: tuple[int, ...]) -> bool:
    assert isinstance(colour, tuple)
    return all(abs(one - other) < 40 for one, other in zip(colour, wanted, strict=False))


@pytest.mark.parametrize(
    ("kind", "mime"), [("PNG", "image/png"), ("JPEG", "image/jpeg"), ("WEBP", "image/webp"), ("GIF", "image/gif")]
)
def test_the_four_kinds_are_taken_and_keep_their_look(kind: str, mime: str) -> None:
    data, facts = accept_image(written(two_halves(), kind), "stab.bin")
    again = Image.open(io.BytesIO(data))
    assert (facts.mime, again.format) == (mime, kind)
    assert (facts.width, facts.height, facts.size) == (40, 20, len(data))
    assert facts.sha256 == sha256(data).hexdigest()
    rgb = again.convert("RGB")
    assert near(rgb.getpixel((5, 10)), RED)
    assert near(rgb.getpixel((35, 10)), BLUE)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF"])
def test_the_same_bytes_give_the_same_bytes(kind: str) -> None:
    data = written(two_halves(), kind)
    assert accept_image(data, "a.png") == accept_image(data, "a.png")


def located(orientation: int = 1) -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010F] = "Kamera von Jonas"
    exif.get_ifd(0x8825)[2] = (52.0, 31.0, 12.0)
    return exif


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_place_and_camera_are_left_behind(kind: str) -> None:
    data = written(two_halves(), kind, exif=located())
    assert b"Kamera von Jonas" in data
    clean, _ = accept_image(data, "foto")
    assert b"Kamera von Jonas" not in clean
    assert not Image.open(io.BytesIO(clean)).getexif()


def test_comments_and_texts_are_left_behind() -> None:
    from PIL.PngImagePlugin import PngInfo

    note = PngInfo()
    note.add_text("Comment", "intern: Preis 4711")
    clean, _ = accept_image(written(two_halves(), "PNG", pnginfo=note), "foto")
    assert b"4711" not in clean
    clean, _ = accept_image(written(two_halves(), "JPEG", comment=b"intern: Preis 4711"), "foto")
    assert b"4711" not in clean
    clean, _ = accept_image(written(two_halves(), "GIF", comment=b"intern: Preis 4711"), "foto")
    assert b"4711" not in clean


def test_bytes_behind_the_picture_are_left_behind() -> None:
    clean, _ = accept_image(written(two_halves(), "PNG") + b"<script>secret</script>", "foto.png")
    assert b"secret" not in clean


def test_a_picture_taken_sideways_stands_upright() -> None:
    data, facts = accept_image(written(two_halves(), "JPEG", exif=located(orientation=6)), "hochkant.jpg")
    assert (facts.width, facts.height) == (20, 40)
    upright = Image.open(io.BytesIO(data)).convert("RGB")
    assert near(upright.getpixel((10, 5)), RED)
    assert near(upright.getpixel((10, 35)), BLUE)


def test_transparency_stays() -> None:
    glass = Image.new("RGBA", (10, 10), (0, 0, 0, 0))
    for kind in ("PNG", "WEBP", "GIF"):
        data, _ = accept_image(written(glass, kind), "glas")
        assert Image.open(io.BytesIO(data)).convert("RGBA").getpixel((3, 3))[3] == 0


def test_a_colour_profile_stays_with_its_pixels() -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    data, _ = accept_image(written(two_halves(), "JPEG", icc_profile=profile), "foto.jpg")
    assert Image.open(io.BytesIO(data)).info["icc_profile"] == profile


def test_a_picture_for_print_becomes_one_for_screens() -> None:
    data, _ = accept_image(written(two_halves().convert("CMYK"), "JPEG"), "druck.jpg")
    assert Image.open(io.BytesIO(data)).mode == "RGB"


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_every_mode_of_png_survives(mode: str) -> None:
    image = Image.new("I;16", (40, 20), 40000) if mode == "I;16" else two_halves().convert(mode)
    data, _ = accept_image(written(image, "PNG"), "bild.png")
    assert list(Image.open(io.BytesIO(data)).convert("RGB").tobytes()) == list(image.convert("RGB").tobytes())


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG"])
def test_an_animation_stays_one(kind: str) -> None:
    first, second = Image.new("RGB", (12, 8), RED), Image.new("RGB", (12, 8), BLUE)
    moving = written(first, kind, save_all=True, append_images=[second, first], duration=[100, 200, 300], loop=0)
    data, facts = accept_image(moving, "lauf")
    again = Image.open(io.BytesIO(data))
    assert again.n_frames == 3
    colours, durations = [], []
    for number in range(3):
        again.seek(number)
        again.load()
        colours.append(again.convert("RGB").getpixel((5, 5)))
        durations.append(again.info["duration"])
    assert [near(colour, wanted) for colour, wanted in zip(colours, (RED, BLUE, RED), strict=True)] == [True] * 3
    assert durations == [100, 200, 300]
    assert accept_image(moving, "lauf") == (data, facts)


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "SVG"),
        (b"<?xml version='1.0'?><svg/>", "SVG"),
        (b"%PDF-1.7 ...", "PDF"),
        (written(two_halves(), "BMP"), "BMP"),
        (written(two_halves(), "TIFF"), "TIFF"),
        (written(two_halves(), "ICO"), "ICO"),
        (b"\0\0\0\x18ftypheic\0\0\0\0", "HEIC"),
    ],
)
def test_other_kinds_are_refused_by_name(data: bytes, kind: str) -> None:
    with pytest.raises(ImageTypeRefused) as refused:
        accept_image(data, "bild.png")
    assert refused.value.facts == {"name": "bild.png", "type": kind}


PNG = written(two_halves(), "PNG")
JPEG = written(two_halves(200, 200), "JPEG")


@pytest.mark.parametrize("data", [b"", b"kein Bild", b"\0" * 99, PNG[:40], JPEG[:300], b"GIF89a", b"RIFF\0\0\0\0WEBP"])
def test_what_is_no_image_is_unreadable(data: bytes) -> None:
    with pytest.raises(ImageUnreadable) as refused:
        accept_image(data, "bild.png")
    assert refused.value.facts == {"name": "bild.png"}


def test_bytes_shaken_up_never_bring_another_error() -> None:
    for kind in ("PNG", "JPEG", "WEBP", "GIF"):
        good = written(two_halves(), kind)
        for place in range(0, len(good), max(1, len(good) // 60)):
            shaken = good[:place] + bytes([good[place] ^ 0xFF]) + good[place + 1 :]
            try:
                accept_image(shaken, "bild")
            except (ImageUnreadable, ImageTypeRefused, ImageTooLarge):
                continue


def a_bomb(side: int) -> bytes:
    """A few kilobytes that claim side x side pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(b"\0" * 1000)) + chunk(b"IEND", b"")


@pytest.mark.parametrize("side", [6325, 12_000, 30_000, 2**31 - 1])
def test_too_many_pixels_are_refused_before_they_are_unfolded(side: int) -> None:
    with pytest.raises(ImageTooLarge) as refused:
        accept_image(a_bomb(side), "bombe.png")
    assert refused.value.facts == {"name": "bombe.png", "limit_mib": 20, "limit_megapixels": 40}


def test_an_animation_counts_with_all_its_frames() -> None:
    frames = [Image.new("L", (2000, 2000), shade) for shade in range(0, 220, 20)]
    with pytest.raises(ImageTooLarge):
        accept_image(written(frames[0], "GIF", save_all=True, append_images=frames[1:]), "film.gif")


def test_too_many_bytes_are_refused_unread() -> None:
    with pytest.raises(ImageTooLarge):
        accept_image(b"\x89PNG" + b"\0" * 20 * 1024 * 1024, "gross.png")


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("C:\\Fotos\\Stab.png", "Stab.png"),
        ("../../etc/passwd", "passwd"),
        ("a\nb\u202egnp.exe", "abgnp.exe"),
        ("", "Bild"),
        ("x" * 500, "x" * 120),
    ],
)
def test_a_name_is_shown_without_folders_and_tricks(given: str, shown: str) -> None:
    assert display_name(given) == shown
