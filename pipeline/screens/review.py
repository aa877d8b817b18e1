"""Review: one card at a time, what waits for this person first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from pipeline.desk import Desk
from pipeline.desk.reading import WAITING_STAGES
from pipeline.errors import Unknown
from pipeline.records import Piece
from pipeline.screens.parts.components import STYLE
from pipeline.screens.review_card import card
from pipeline.screens.review_compare import PRACTISED, last_practice
from pipeline.screens.review_decide import STALE
from pipeline.screens.shared import Workplace, page_head, piece_title, plain, spoken

MOST = 20


@dataclass(frozen=True)
class Queue:
    """mine    wait for my word
    others  are in review too, but not for me
    """

    mine: Sequence[Piece]
    others: Sequence[Piece]

    @classmethod
    def of(cls, desk: Desk) -> Queue:
        mine = desk.waiting_for_me(MOST)
        known = {piece.id for piece in mine}
        in_review = desk.pieces(stages=WAITING_STAGES, limit=MOST).pieces
        return cls(mine, [piece for piece in in_review if piece.id not in known])

    @property
    def all(self) -> Sequence[Piece]:
        return [*self.mine, *self.others]


def review_screen(place: Workplace) -> None:
    desk, _, say, _ = place
    page_head(say, "screen.review")
    st.html(STYLE)
    last_practice(place)
    queue = Queue.of(desk)
    wanted = st.query_params.get("piece") or next((piece.id for piece in queue.all), "")
    if not wanted:
        st.success(say("review.empty"), icon=":material/check:")
        return
    _where(place, queue, wanted)
    try:
        card(place, wanted)
    except Unknown as unknown:
        st.error(plain(spoken(say, unknown)))
        st.button(say("review.next"), on_click=turn_to, args=("",), key="review-first")


def turn_to(piece_id: str) -> None:
    """Show this card; "": the first of the queue."""
    for told in (STALE, PRACTISED):
        st.session_state.pop(told, None)
    if piece_id:
        st.query_params["piece"] = piece_id
    elif "piece" in st.query_params:
        del st.query_params["piece"]


def _where(place: Workplace, queue: Queue, shown: str) -> None:
    """How many wait, and the way to the others."""
    say, order = place.say, [piece.id for piece in queue.all]
    titles = {piece.id: piece for piece in queue.all}
    with st.container(horizontal=True, vertical_alignment="center", key="review-where"):
        st.markdown(plain(say("review.waiting", count=len(queue.mine))) if queue.mine else plain(say("review.none_for_me")))
        if shown not in order and order:
            st.button(say("review.next"), on_click=turn_to, args=("",), key="review-first")
        if shown in order and len(order) > 1:
            at = order.index(shown)
            before, after = order[at - 1], order[(at + 1) % len(order)]
            st.caption(say("review.card_of", number=at + 1, total=len(order)))
            _turn("chevron_left", say("review.previous"), before, titles[before], "review-previous")
            _turn("chevron_right", say("review.following"), after, titles[after], "review-following")


def _turn(icon: str, words: str, piece_id: str, piece: Piece, key: str) -> None:
    label = f":material/{icon}:"
    st.button(label, on_click=turn_to, args=(piece_id,), key=key, help=f"{words}: {piece_title(piece)}", type="tertiary")
