"""Where the text comes from: the newest draft, and for each of its places what else the documents offer."""

from __future__ import annotations

import streamlit as st

from pipeline.desk.reading import PieceView
from pipeline.draft.blocks import exchange, markdown_of
from pipeline.records import Block, Draft
from pipeline.screens.review_brief import brief_and_sources
from pipeline.screens.shared import Workplace, plain, shortened
from pipeline.screens.write_outcome import about_draft
from pipeline.screens.write_typed import Typed


def sentences(place: Workplace, view: PieceView, typed: Typed) -> None:
    drafts = place.desk.drafts_of(view.piece.id)
    if not drafts:
        st.caption(place.say("write.no_draft"))
    else:
        about_draft(place.say, drafts[0])
        _others(place, drafts[0], typed)
    brief_and_sources(place, view.piece)


def _others(place: Workplace, draft: Draft, typed: Typed) -> None:
    say = place.say
    blocks = {number: block for number, block in enumerate(draft.blocks) if len(block.candidates) > 1}
    if not blocks:
        return
    st.markdown(f"**{plain(say('write.others'))}**")

    def label(number: int) -> str:
        return f"{say(f'write.block.{blocks[number].type}')}: {shortened(blocks[number].text, 70)}"

    number = st.selectbox(say("write.others_for"), list(blocks), format_func=label, key=f"write-slot-{draft.id}")
    block = blocks[number]
    texts = [_as_text(draft, exchange(block, index)) for index in range(len(block.candidates))]
    there = next((index for index, text in enumerate(texts) if text in (typed.fields["body"] or "")), None)
    if there is None:
        st.caption(say("write.place_changed"))
    for index, candidate in enumerate(block.candidates):
        if index == there:
            continue
        with st.container(border=True, key=f"write-candidate-{index}"):
            st.markdown(plain(candidate.text))
            st.caption(plain(", ".join(candidate.passages)))
            words = say("write.append" if there is None else "write.swap")
            before = None if there is None else texts[there]
            st.button(words, key=f"write-swap-{draft.id}-{number}-{index}", on_click=swap, args=(typed, before, texts[index]))


def _as_text(draft: Draft, block: Block) -> str:
    return markdown_of(draft.model_copy(update={"blocks": (block,)}))


def swap(typed: Typed, before: str | None, after: str) -> None:
    body = typed.fields["body"] or ""
    typed.put(body.replace(before, after, 1) if before else f"{body.rstrip()}\n\n{after}")
