"""Bar charts, drawn from the numbers that stand in the texts."""

from __future__ import annotations

import io

from PIL import Image, ImageDraw, ImageFont

from pipeline.demo.script import Colours, PictureScript

WIDTH, MARGIN, LEFT = 960, 40, 190
HEAD, ROW, BAR = 120, 84, 28


def bar_chart(picture: PictureScript, colours: Colours) -> bytes:
    """A PNG with two bars per row, before and after, each with its number."""
    image = Image.new("RGB", (WIDTH, HEAD + ROW * len(picture.bars) + MARGIN // 2), colours.paper)
    draw = ImageDraw.Draw(image)
    draw.text((MARGIN, 28), picture.heading, fill=colours.ink, font=ImageFont.load_default(32))
    _legend(draw, picture, colours)
    longest = max(max(before, after) for _, before, after in picture.bars)
    for number, (label, *values) in enumerate(picture.bars):
        top = HEAD + number * ROW
        draw.text((MARGIN, top + BAR - 14), label, fill=colours.ink, font=ImageFont.load_default(24))
        for half, (value, colour) in enumerate(zip(values, (colours.before, colours.after), strict=True)):
            _bar(draw, top + half * (BAR + 4), value / longest, value, colour, colours.ink)
    out = io.BytesIO()
    image.save(out, "PNG", optimize=True)
    return out.getvalue()


def _legend(draw: ImageDraw.ImageDraw, picture: PictureScript, colours: Colours) -> None:
    left = float(LEFT)
    font = ImageFont.load_default(22)
    for name, colour in zip(picture.series, (colours.before, colours.after), strict=True):
        draw.rectangle((left, 80, left + 20, 100), fill=colour)
        draw.text((left + 30, 78), name, fill=colours.ink, font=font)
        left += 60 + draw.textlength(name, font=font)


def _bar(draw: ImageDraw.ImageDraw, top: int, share: float, value: float, colour: str, ink: str) -> None:
    room = WIDTH - LEFT - MARGIN - 60
    right = LEFT + max(2, round(room * share))
    draw.rectangle((LEFT, top, right, top + BAR), fill=colour)
    shown = f"{value:g}".replace(".", ",")
    draw.text((right + 10, top + 1), shown, fill=ink, font=ImageFont.load_default(22))
