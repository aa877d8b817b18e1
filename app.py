"""Launcher of the web front end: settings -> house -> screens, with our own routes beside Streamlit's. No rule, no sentence."""

from __future__ import annotations

import asyncio
import gc
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import import_module
from pathlib import Path
from urllib.parse import urlsplit

import streamlit as st
from starlette.middleware import Middleware
from streamlit import config

from handover.screens.entrance import open_the_handover
from handover.screens.routes import routes as handover_routes
from handover.workplace import open_house
from pipeline.desk.house import House
from pipeline.errors import Refusal
from pipeline.messages import Say, sentences
from pipeline.publish.channels.registry import kinds, outlet
from pipeline.screens.at_once import send_at_once
from pipeline.screens.doors import doors, language_of
from pipeline.screens.headers import Headers
from pipeline.screens.rooms import rooms
from pipeline.screens.threshold import Threshold
from pipeline.screens.visitor import is_known
from pipeline.screens.workplace import set_house
from pipeline.settings import Settings

SCRIPT = Path(__file__).resolve().parent / "pipeline" / "screens" / "main.py"
SLOW_TO_LOAD = ("numpy", "streamlit.elements.lib.image_utils")
"""What the first page would otherwise load while somebody waits. No page shows a data frame: pandas stays unloaded."""


def opened() -> House:
    try:
        house = open_house(Settings.read())
    except Refusal as refusal:
        sys.exit(Say("de")(refusal) + "\n" + Say("en")(refusal))
    set_house(house)
    return house


@asynccontextmanager
async def warm(_: object) -> AsyncIterator[None]:
    """The first visitor's browser is still loading its own part while `load` runs beside."""
    public_host = urlsplit(house.settings.public_url).hostname
    if public_host:
        config.set_option("server.allowedHosts", [*config.get_option("server.allowedHosts"), public_host])
    send_at_once()
    loading = asyncio.create_task(asyncio.to_thread(load))
    yield
    await loading
    house.store.close()


def load() -> None:
    """What every page needs. Then out of the collector's rounds with it: they would hold all visitors up."""
    sentences()
    for name in (*SLOW_TO_LOAD, *(room.module for room in rooms())):
        import_module(name)
    for kind in kinds():
        outlet(kind)
    gc.collect()
    gc.freeze()


open_the_handover()
house = opened()
secure = house.settings.secure
app = st.App(
    SCRIPT,
    routes=[*doors(house, secure_cookies=secure, proxies=house.settings.proxies), *handover_routes()],
    middleware=[
        Middleware(Headers, secure=secure, language_of=language_of(house, secure_cookies=secure)),
        Middleware(Threshold, is_known=is_known),
    ],
    lifespan=warm,
)
