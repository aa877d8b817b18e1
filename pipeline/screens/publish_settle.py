"""What only a person can settle: it is there, send it again, change it, or let it be. Each way says what will happen."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from pipeline import errors
from pipeline.records import Piece, Publication
from pipeline.screens.shared import Workplace, click, tell

UNCLEAR = frozenset(kind.__name__ for kind in (errors.OutcomeUnknown, errors.LiveElsewhere, errors.GaveUp, errors.ChannelSilent))
"""Reasons after which the piece may be there all the same; after any other the outside system has certainly not taken it."""


def settle_form(at: Workplace, piece: Piece, row: Publication | None) -> None:
    reason = row.reason if row is not None else ""
    with st.expander(at.say("settle.question"), icon=":material/help:"):
        _there(at, piece)
        st.divider()
        _again(at, piece, "settle.again" if not reason or reason in UNCLEAR else "settle.retry")
        if reason != errors.OutcomeUnknown.__name__:
            _way(at, piece, "settle.back", at.desk.take_back)
        _way(at, piece, "settle.drop", at.desk.drop)


def _there(at: Workplace, piece: Piece) -> None:
    _head(at, "settle.there")
    st.text_input(at.say("settle.there.url"), key=f"url-{piece.id}", placeholder="https://…", type="url")
    st.button(at.say("settle.there.button"), key=f"there-{piece.id}", on_click=_is_there, args=(at, piece))


def _is_there(at: Workplace, piece: Piece) -> None:
    url = str(st.session_state.get(f"url-{piece.id}") or "")
    tell(at.say, at.desk.is_there, piece.id, url, done="settle.there.done", once=f"there:{piece.id}:{piece.version}")


def _again(at: Workplace, piece: Piece, name: str) -> None:
    _head(at, name)
    sure = st.checkbox(at.say(f"{name}.sure"), key=f"again-sure-{piece.id}")
    _button(at, piece, name, at.desk.send_again, key="again", disabled=not sure)


def _way(at: Workplace, piece: Piece, name: str, verb: Callable[..., object]) -> None:
    st.divider()
    _head(at, name)
    _button(at, piece, name, verb, key=name.removeprefix("settle."))


def _head(at: Workplace, name: str) -> None:
    st.markdown("**" + at.say(f"{name}.title") + "**")
    st.caption(at.say(f"{name}.what"))


def _button(at: Workplace, piece: Piece, name: str, verb: Callable[..., object], *, key: str, disabled: bool = False) -> None:
    st.button(
        at.say(f"{name}.button"),
        key=f"{key}-{piece.id}",
        disabled=disabled,
        on_click=click,
        args=(at.say, verb, piece.id),
        kwargs={"once": f"{key}:{piece.id}:{piece.version}", "done": f"{name}.done"},
    )
