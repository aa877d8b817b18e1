"""Draws templates/icon.png, the page icon: `python -m pipeline.screens.icon`. A baton, handed on."""

from __future__ import annotations

from PIL import Image, ImageDraw

from pipeline.messages import TEMPLATES

SIDE = 512
SHOWN = 128
ACCENT = (20, 102, 90)
BATON = (255, 255, 255)
BAND = (242, 178, 75)


def icon() -> Image.Image:
    sheet = Image.new("RGBA", (SIDE, SIDE), (0, 0, 0, 0))
    ImageDraw.Draw(sheet).rounded_rectangle((0, 0, SIDE - 1, SIDE - 1), radius=112, fill=ACCENT)
    baton = Image.new("RGBA", (SIDE, SIDE), (0, 0, 0, 0))
    draw = ImageDraw.Draw(baton)
    draw.rounded_rectangle((56, 222, 456, 290), radius=30, fill=BATON)
    for left in (106, 152):
        draw.rectangle((left, 222, left + 26, 290), fill=BAND)
    sheet.alpha_composite(baton.rotate(38, resample=Image.Resampling.BICUBIC))
    return sheet.resize((SHOWN, SHOWN), Image.Resampling.LANCZOS)


if __name__ == "__main__":
    icon().save(TEMPLATES / "icon.png", optimize=True)
