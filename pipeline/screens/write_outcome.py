"""What came of a draft: the pieces, what is missing in them, and the answers that were not finished."""

from __future__ import annotations

import streamlit as st

from pipeline.messages import Say
from pipeline.records import Draft, Usage
from pipeline.screens.shared import Workplace, piece_title, plain, spoken
from pipeline.screens.write_drafting import Drafting
from pipeline.screens.write_places import open_editor


def outcome(place: Workplace, job: Drafting) -> None:
    say = place.say
    if job.broke:
        st.error(plain(say("write.draft_broke")), icon=":material/block:")
    if job.refusal is not None:
        st.error(plain(spoken(say, job.refusal)), icon=":material/block:")
    for one in job.done:
        with st.container(border=True):
            st.markdown(f"**{plain(one.channel.name)}**")
            if one.refused is not None:
                st.warning(plain(spoken(say, one.refused)))
            if one.piece is not None and one.draft is not None:
                st.markdown(piece_title(one.piece))
                about_draft(say, one.draft)
                key = f"write-edit-{one.piece.id}"
                st.button(say("write.edit"), type="primary", key=key, on_click=open_editor, args=(one.piece.id,))


def about_draft(say: Say, draft: Draft) -> None:
    """Honest words on where the text comes from, and what is left for a person to do."""
    if draft.writer.kind == "offline":
        st.caption(plain(say("draft.offline.notice")))
    elif draft.writer.kind == "model":
        st.caption(plain(say("write.by_model", model=draft.writer.model, host=draft.writer.host)))
    if draft.unfinished:
        st.warning(plain(say(f"draft.unfinished.{draft.unfinished}")), icon=":material/warning:")
    if draft.verbatim_share is not None:
        st.caption(plain(say("write.verbatim", percent=round(draft.verbatim_share * 100))))
    _list(say("write.questions"), draft.questions)
    _list(say("write.left_out"), draft.left_out)
    for usage in draft.usage:
        st.caption(plain(_cost(say, usage)))
    if draft.raw:
        with st.expander(say("write.raw")):
            st.code(draft.raw, language=None, wrap_lines=True, height=240)


def _list(name: str, lines: tuple[str, ...]) -> None:
    if lines:
        st.markdown("\n".join([f"**{plain(name)}**", "", *(f"- {plain(line)}" for line in lines[:20])]))


def _cost(say: Say, usage: Usage) -> str:
    tokens = say("write.usage", sent=usage.prompt_tokens, answered=usage.answer_tokens, seconds=round(usage.seconds))
    return tokens if usage.cost_eur is None else f"{tokens} {say('write.cost', euro=round(usage.cost_eur, 4))}"
