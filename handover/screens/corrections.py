"""Noting that something public had to be corrected: it counts against readiness, and is said where both sides learn from it."""

from __future__ import annotations

import streamlit as st

from handover.screens.place import Place
from handover.screens.reasons import forget, reason_field, reason_given, tell_above
from pipeline.desk.who import Action
from pipeline.records import Channel, Piece, Stage
from pipeline.screens.shared import plain, shortened, tell

MOST = 50
CHOICE = "handover-correct"


def corrections_form(at: Place, channel: Channel) -> None:
    """Folded; the list is read when somebody opens it."""
    if not at.desk.may(Action.WITHDRAW, channel.slug):
        return
    say = at.say
    fold = st.expander(say("correct.title"), icon=":material/edit_off:", key=f"{CHOICE}-{channel.slug}", on_change="rerun")
    if not fold.open:
        return
    with fold:
        st.markdown(plain(say("correct.what")))
        public = at.desk.pieces(stages=[Stage.PUBLISHED], channel=channel.slug, limit=MOST).pieces
        if not public:
            st.caption(say("correct.none"))
            return
        pieces = {one.id: one for one in public}
        chosen = st.selectbox(
            say("column.piece"),
            list(pieces),
            format_func=lambda one: shortened(pieces[one].title, 80),
            key=f"{CHOICE}-piece-{channel.slug}",
        )
        piece = pieces[chosen or public[0].id]
        if piece.corrected is not None:
            st.caption(plain(say("correct.noted", at=piece.corrected.at, reason=piece.corrected.reason)))
        key = f"correct:{piece.id}"
        reason_field(say("correct.reason"), key)
        st.button(say("correct.button"), key=f"{CHOICE}-now-{piece.id}", on_click=_note, args=(at, piece, key))


def _note(at: Place, piece: Piece, key: str) -> None:
    def note() -> Piece:
        return at.desk.note_correction(piece.id, reason=reason_given(key))

    if tell(at.say, note, done="", once=f"correct:{piece.id}:{piece.version}").done:
        forget(key)
        tell_above(at.say("correct.done", title=piece.title))
