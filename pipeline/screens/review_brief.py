"""What the piece was meant to be, and what it was made of: folded, read when somebody opens it."""

from __future__ import annotations

import streamlit as st

from pipeline.messages import Say
from pipeline.records import Piece, Source
from pipeline.screens.kept import label
from pipeline.screens.shared import Workplace, plain, shortened

MOST_PASSAGES = 12


def brief_and_sources(place: Workplace, piece: Piece) -> None:
    if piece.brief is None:
        return
    fold = st.expander(place.say("review.brief"), key="review-brief", on_change="rerun")
    if not fold.open:
        return
    with fold:
        brief = place.desk.brief(piece.brief)
        st.markdown(f"**{plain(brief.title)}**")
        st.markdown(plain(brief.message))
        for name in ("persona", "goal"):
            if text := getattr(brief, name):
                st.caption(plain(f"{label(place.say, name)}: {text}"))
        used = _used(place, piece)
        for number, source in enumerate(place.desk.sources_of(piece.brief), 1):
            _source(place.say, number, source, used)


def _used(place: Workplace, piece: Piece) -> frozenset[str]:
    """Passages that the newest draft points to."""
    drafts = place.desk.drafts_of(piece.id)
    return frozenset(ref for block in drafts[0].blocks for ref in block.passages) if drafts else frozenset()


def _source(say: Say, number: int, source: Source, used: frozenset[str]) -> None:
    st.markdown(f"**S{number}** {plain(source.title)}")
    st.caption(plain(source.origin))
    passages = [one for one in source.passages if f"S{number}.{one.number}" in used][:MOST_PASSAGES]
    lines = (f"- {plain(f'S{number}.{one.number} {one.place}'.strip())}: {plain(shortened(one.text, 400))}" for one in passages)
    st.markdown("\n".join(lines) if passages else f"_{plain(say('review.nothing_used'))}_")
