from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

CONFIG = tomllib.loads((Path(__file__).parents[2] / ".streamlit" / "config.toml").read_text("utf-8"))
FAMILIES = ("red", "orange", "yellow", "blue", "green", "violet", "gray")
READABLE = 4.5
"""WCAG 2.2, 1.4.3."""


def luminance(colour: str) -> float:
    def linear(part: int) -> float:
        share = part / 255
        return share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4

    red, green, blue = (linear(int(colour[place : place + 2], 16)) for place in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def pairs(theme: dict[str, Any]) -> list[tuple[str, str]]:
    grounds = ("backgroundColor", "secondaryBackgroundColor")
    found = [(theme[name], theme[ground]) for name in ("textColor", "linkColor", "primaryColor") for ground in grounds]
    found += [(theme[f"{family}TextColor"], theme[f"{family}BackgroundColor"]) for family in FAMILIES]
    found += [(theme["codeTextColor"], theme["codeBackgroundColor"])]
    return [*found, (theme["dataframeHeaderTextColor"], theme["dataframeHeaderBackgroundColor"])]


def test_both_themes_name_the_same_colours_and_the_common_part_none() -> None:
    theme = CONFIG["theme"]
    assert theme["light"].keys() == theme["dark"].keys()
    assert theme["light"]["sidebar"].keys() == theme["dark"]["sidebar"].keys()
    assert [name for name in theme if name.endswith(("Color", "Colors"))] == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_is_readable_on_every_ground(scheme: str) -> None:
    theme = CONFIG["theme"][scheme]
    assert [(text, ground) for text, ground in pairs(theme) if contrast(text, ground) < READABLE] == []


def test_text_on_the_accent_is_readable() -> None:
    assert contrast("#ffffff", CONFIG["theme"]["light"]["primaryColor"]) >= READABLE
    assert contrast("#0c1f1b", CONFIG["theme"]["dark"]["primaryColor"]) >= READABLE  # templates/screens.css


def test_nothing_of_a_mistake_and_nothing_about_the_visitors_leaves() -> None:
    assert CONFIG["client"]["showErrorDetails"] == "none"
    assert CONFIG["browser"]["gatherUsageStats"] is False
    assert set(CONFIG["server"]["allowedHosts"]) == {"localhost", "127.0.0.1"}
    assert CONFIG["runner"]["postScriptGC"] is False
