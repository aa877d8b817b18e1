"""What is open on the handover page stands in its address: a channel and one of its chapters, or a chapter about all of them.
So every view can be linked to, and a page that is loaded anew shows what it showed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import streamlit as st

from pipeline.messages import Say
from pipeline.screens.rooms import Room
from pipeline.screens.visitor import way

HANDOVER = Room("handover", "uebergabe", "handshake", Path(__file__).with_name("page.py"), "handover.screens.handover")

CHANNEL, CHAPTER = "channel", "part"


def way_to_channel(slug: str) -> str:
    return way(f"/{HANDOVER.address}", **{CHANNEL: slug})


def open_channel() -> str:
    """The short name of the chosen channel; empty: all of them."""
    return st.query_params.get(CHANNEL, "")


def go(*, channel: str = "", chapter: str = "") -> None:
    for name, value in ((CHANNEL, channel), (CHAPTER, chapter)):
        if value:
            st.query_params[name] = value
        elif name in st.query_params:
            del st.query_params[name]


def chapter_choice(say: Say, chapters: Sequence[str], *, first: str, about: str) -> str:
    """Which chapter is open. `about`: whose chapters they are, for the names of their sentences; only the chosen one is drawn."""
    asked = st.query_params.get(CHAPTER, "")
    shown = asked if asked in chapters else first
    key = f"handover-{about}-{open_channel()}-{shown}"
    chosen = st.segmented_control(
        say(f"handover.{about}.chapters"),
        chapters,
        format_func=lambda one: say(f"handover.{about}.{one}"),
        default=shown,
        required=True,
        label_visibility="collapsed",
        key=key,
        on_change=_turn_to,
        args=(key,),
    )
    return chosen or shown


def _turn_to(key: str) -> None:
    go(channel=open_channel(), chapter=str(st.session_state.get(key) or ""))
