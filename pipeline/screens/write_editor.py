"""The editor of one piece: text and preview side by side, what is missing, and the way to review."""

from __future__ import annotations

import streamlit as st

from pipeline.desk.reading import PieceView
from pipeline.desk.who import Action
from pipeline.desk.writing import Tried
from pipeline.errors import Refusal, Unknown
from pipeline.records import Stage
from pipeline.review.fingerprint import tidied
from pipeline.screens.kept import field, label
from pipeline.screens.parts.changes import show_changes
from pipeline.screens.parts.markdown_editor import typed_text
from pipeline.screens.parts.preview import show_preview
from pipeline.screens.review_card import missing
from pipeline.screens.shared import Workplace, page_head, piece_title, plain, spoken, stage_badge
from pipeline.screens.write_details import details
from pipeline.screens.write_images import images
from pipeline.screens.write_places import open_editor
from pipeline.screens.write_sentences import sentences
from pipeline.screens.write_steps import after_review, keep, schedule, steps, withdraw
from pipeline.screens.write_typed import Typed, give_up, typed_in

HEIGHT = 620
"""Of the preview, in pixels; the style sheet fits it to the window."""


def editor_screen(place: Workplace, piece_id: str) -> None:
    say = place.say
    st.button(
        say("write.all_pieces"),
        icon=":material/arrow_back:",
        type="tertiary",
        key="write-back",
        on_click=open_editor,
        args=("",),
    )
    try:
        view = place.desk.piece(piece_id)
    except Unknown as unknown:
        page_head(say, "screen.write")
        st.error(plain(spoken(say, unknown)), icon=":material/block:")
        return
    writing = view.stage is Stage.DRAFT and Action.WRITE in view.rights
    st.title(plain(say("screen.write.title")) if writing else piece_title(view.piece, 160), anchor=False)
    _facts(place, view)
    if writing:
        editing(place, view)
    else:
        _reading(place, view)


def _facts(place: Workplace, view: PieceView) -> None:
    say, piece = place.say, view.piece
    with st.container(horizontal=True, vertical_alignment="center", key="write-facts"):
        stage_badge(say, view.stage)
        st.badge(plain(view.channel.name), color="gray", icon=":material/share:")
        name = view.situation.name_of(view.revision.by)
        st.caption(plain(say("piece.revision_by", number=piece.revision, name=name, at=view.revision.at)))
        if piece.slot:
            st.caption(plain(say("piece.due", at=piece.slot.utc)))


def _reading(place: Workplace, view: PieceView) -> None:
    """Not in draft, or not this person's to write: the reason, the preview, and what can be done."""
    if view.stage is Stage.DRAFT:
        st.info(plain(place.say("write.may_not", channel=view.channel.name)), icon=":material/info:")
    shown, beside = st.columns([5, 3], gap="medium")
    with shown:
        rendered = place.desk.rendered(view.piece.id, view.piece.revision)
        content = view.revision.content
        show_preview(place.say, rendered.preview, content, channel=view.channel.name, key=f"preview-{view.piece.id}")
    with beside:
        after_review(place, view)
        missing(place, view.situation.findings if view.blind else view.reasons)


# ------------------------------------------------------------------------------------------------------------ editing


def editing(place: Workplace, view: PieceView) -> None:
    """No fragment: words that arrive after their page was left would stop the next page half way."""
    piece_id = view.piece.id
    say, typed = place.say, typed_in(piece_id, view.revision.content, view.piece.revision)
    _somebody_else(place, view, typed)
    field(st.text_input, label(say, "title"), typed.fields, "title", key=f"write-title-{piece_id}-{typed.round}")
    look = place.desk.rendered(piece_id, view.piece.revision).preview.look
    left, right = st.columns(2, gap="medium")
    below, bar, more = st.container(), st.container(key="write-actions"), st.container()
    with left:
        _text(place, view, typed, look)
    with more:
        _more(place, view, typed, look)
    tried = _tried(place, view, typed)
    with right:
        _preview(place, view, typed, tried)
    with below:
        _missing(place, view, tried)
    with bar:
        steps(place, view, typed)


def _text(place: Workplace, view: PieceView, typed: Typed, look: str) -> None:
    typed.fields["body"] = typed_text(
        place.say,
        typed.fields["body"] or "",
        keep=lambda text: typed.fields.update(body=text),
        key=f"write-body-{view.piece.id}",
        who=place.me.id,
        label=place.say("write.text"),
        round_number=typed.round,
        formats=look == "article",
        images=typed.images,
        unsaved=typed.is_changed,
        language=place.client.language,
    )


def _tried(place: Workplace, view: PieceView, typed: Typed) -> Tried | Refusal:
    try:
        return place.desk.tried(view.piece.id, typed.change())
    except Refusal as refusal:
        return refusal


def _preview(place: Workplace, view: PieceView, typed: Typed, tried: Tried | Refusal) -> None:
    st.caption(place.say("write.preview"))
    if isinstance(tried, Refusal):
        st.warning(plain(spoken(place.say, tried)), icon=":material/warning:")
        return
    content = tidied(typed.change().on(view.revision.content))
    with st.container(height=HEIGHT, border=False, key="write-preview"):
        preview, key = tried.rendered.preview, f"preview-{view.piece.id}"
        show_preview(place.say, preview, content, channel=view.channel.name, key=key)


def _missing(place: Workplace, view: PieceView, tried: Tried | Refusal) -> None:
    """Of the text as typed; of everything else as stored."""
    findings = [tried] if isinstance(tried, Refusal) else list(tried.findings)
    known = list(view.situation.findings)
    missing(place, [*findings, *(one for one in view.reasons if one not in known)])


def _somebody_else(place: Workplace, view: PieceView, typed: Typed) -> None:
    """Both versions, and the choice between them; nothing is overwritten by itself."""
    say, newest = place.say, view.piece.revision
    if typed.seen == newest:
        return
    with st.container(border=True, key="write-conflict"):
        name = view.situation.name_of(view.revision.by)
        st.warning(plain(say("write.conflict", name=name, newest=newest, seen=typed.seen)), icon=":material/group:")
        show_changes(say, view.revision.content, tidied(typed.change().on(view.revision.content)))
        with st.container(horizontal=True):
            st.button(say("write.keep_mine"), key=f"write-mine-{newest}", on_click=keep, args=(typed, newest))
            theirs = (view.piece.id, view.revision.content, newest)
            st.button(say("write.take_theirs"), key=f"write-theirs-{newest}", on_click=give_up, args=theirs)


def _more(place: Workplace, view: PieceView, typed: Typed, look: str) -> None:
    say = place.say
    names = ["details", "images", "schedule", "draft", "withdraw"]
    tabs = st.tabs([say(f"write.tab.{name}") for name in names], key="write-tabs")
    with tabs[0]:
        details(place, view, typed, look)
    with tabs[1]:
        images(place, view, typed)
    with tabs[2]:
        schedule(place, view)
    with tabs[3]:
        sentences(place, view, typed)
    with tabs[4]:
        withdraw(place, view)
