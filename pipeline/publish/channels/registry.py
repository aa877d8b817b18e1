"""The kinds of channel there are: one row each, loaded when first asked for."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import cast

from pipeline.errors import UnknownOutlet
from pipeline.publish.channels.port import Outlet

OUTLETS = {
    "site": "pipeline.publish.channels.site:Site",
    "wordpress": "pipeline.publish.channels.wordpress:WordPress",
    "linkedin": "pipeline.publish.channels.linkedin:LinkedIn",
    "rehearsal": "pipeline.publish.channels.rehearsal:Rehearsal",
}


def kinds() -> tuple[str, ...]:
    return tuple(OUTLETS)


@cache
def outlet(kind: str) -> Outlet:
    """Raises UnknownOutlet."""
    if kind not in OUTLETS:
        raise UnknownOutlet(outlet=kind, known=kinds())
    module, name = OUTLETS[kind].split(":")
    return cast(Outlet, getattr(import_module(module), name)())
