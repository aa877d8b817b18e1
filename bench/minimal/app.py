"""The floor for the screens and for the start: the smallest app, on a server that is set up like ours."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import streamlit as st

from pipeline.screens.at_once import send_at_once


@asynccontextmanager
async def as_ours(_: object) -> AsyncIterator[None]:
    send_at_once()
    yield


app = st.App(Path(__file__).with_name("page.py"), lifespan=as_ours)
