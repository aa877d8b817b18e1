"""What only a person can settle: it is there, send it again, or let it be. Each way says what will happen."""

from __future__ import annotations

import streamlit as st

from pipeline.records import Piece
from pipeline.screens.shared import Workplace, click, tell


def settle_form(at: Workplace, piece: Piece, *, is_unclear: bool) -> None:
    """`is_unclear`: it may be there; otherwise the outside system has certainly not taken it."""
    say, key = at.say, piece.id
    again = "settle.again" if is_unclear else "settle.retry"
    with st.expander(say("settle.question"), icon=":material/help:"):
        st.markdown(f"**{say('settle.there.title')}**")
        st.caption(say("settle.there.what"))
        st.text_input(say("settle.there.url"), key=f"url-{key}", placeholder="https://…", type="url")
        st.button(say("settle.there.button"), key=f"there-{key}", on_click=_is_there, args=(at, piece))
        st.divider()
        st.markdown("**" + say(f"{again}.title") + "**")
        st.caption(say(f"{again}.what"))
        sure = st.checkbox(say(f"{again}.sure"), key=f"again-sure-{key}")
        as_seen = {"once": f"again:{piece.id}:{piece.version}", "done": "settle.again.done"}
        st.button(
            say(f"{again}.button"),
            key=f"again-{key}",
            disabled=not sure,
            on_click=click,
            args=(say, at.desk.send_again, piece.id),
            kwargs=as_seen,
        )
        st.divider()
        st.markdown(f"**{say('settle.drop.title')}**")
        st.caption(say("settle.drop.what"))
        st.button(
            say("settle.drop.button"),
            key=f"drop-{key}",
            on_click=click,
            args=(say, at.desk.drop, piece.id),
            kwargs={"once": f"drop:{piece.id}:{piece.version}", "done": "settle.drop.done"},
        )


def _is_there(at: Workplace, piece: Piece) -> None:
    url = str(st.session_state.get(f"url-{piece.id}") or "")
    tell(at.say, at.desk.is_there, piece.id, url, done="settle.there.done", once=f"there:{piece.id}:{piece.version}")
