"""One card: the piece exactly as its channel will show it, what changed, what it was meant to be, and the decision."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from pipeline.desk.reading import PieceView
from pipeline.errors import Refusal
from pipeline.records import Content, Decision, Verdict
from pipeline.screens.markup import facts
from pipeline.screens.parts.changes import show_changes
from pipeline.screens.parts.preview import show_preview
from pipeline.screens.review_brief import brief_and_sources
from pipeline.screens.review_compare import ABOUT_HOLDING, comparison
from pipeline.screens.review_decide import STALE, Stale, decide_panel
from pipeline.screens.shared import Workplace, piece_title, plain, show, spoken, stage_badge


def card(place: Workplace, piece_id: str) -> None:
    view = place.desk.piece(piece_id)
    _head(place, view)
    _changed_meanwhile(place, view)
    _since_my_last_word(place, view)
    shown, decision = st.columns([5, 3], gap="medium")
    with shown, st.container(key="review-preview"):
        content = view.revision.content
        rendered = place.desk.rendered(piece_id, view.piece.revision)
        show_preview(
            place.say, rendered.preview, content, channel=view.channel.name, key=f"preview-{piece_id}", from_top=piece_id
        )
        _sent_along(place, content, rendered.preview.look)
    with decision, st.container(key="review-decide"):
        decide_panel(place, view)
        _missing(place, view)
        _said(place, view)
        brief_and_sources(place, view.piece)


def _words(view: PieceView) -> list[Decision]:
    return [one for one in view.decisions if one.verdict not in ABOUT_HOLDING]


def _head(place: Workplace, view: PieceView) -> None:
    say, piece = place.say, view.piece
    st.subheader(piece_title(piece, 160), anchor=False)
    with st.container(horizontal=True, vertical_alignment="center", key="review-facts"):
        if not view.blind:
            stage_badge(say, view.stage)
        st.badge(plain(view.channel.name), color="gray", icon=":material/share:")
        name = view.situation.name_of(view.revision.by)
        st.caption(plain(say("piece.revision_by", number=piece.revision, name=name, at=view.revision.at)))
        if piece.slot:
            st.caption(plain(say("piece.due", at=piece.slot.utc)))


def _changed_meanwhile(place: Workplace, view: PieceView) -> None:
    """After a click on a text that was no longer the newest: nothing was stored, this is the difference."""
    stale: Stale | None = st.session_state.get(STALE)
    if stale is None or stale.piece != view.piece.id:
        return
    with st.container(border=True, key="review-stale"):
        words = place.say("review.changed_meanwhile", seen=stale.revision, newest=view.piece.revision)
        st.warning(plain(words), icon=":material/update:")
        show_changes(place.say, _content(view, stale.revision), view.revision.content)


def _content(view: PieceView, number: int) -> Content:
    return next((one.content for one in view.revisions if one.number == number), view.revision.content)


def _since_my_last_word(place: Workplace, view: PieceView) -> None:
    mine = [one for one in _words(view) if one.person == place.me.id]
    asked = [] if view.blind else [one for one in _words(view) if one.verdict is Verdict.REQUEST_CHANGES]
    last = next(reversed(mine or asked), None)
    if last is None or last.hash == view.hash or last.revision == view.piece.revision:
        return
    key = "review.since_mine" if mine else "review.since_request"
    facts = {"seen": last.revision, "newest": view.piece.revision, "name": view.situation.name_of(last.person)}
    with st.expander(plain(place.say(key, **facts)), expanded=True, key="review-since"):
        if last.comment:
            st.caption(plain(place.say("review.comment_then", comment=last.comment)))
        show_changes(place.say, _content(view, last.revision), view.revision.content)


def _missing(place: Workplace, view: PieceView) -> None:
    """Why it may not go out yet; who practises sees only what the text itself lacks."""
    reasons = view.situation.findings if view.blind else view.reasons
    missing(place, reasons)


def missing(place: Workplace, reasons: Sequence[Refusal]) -> None:
    if reasons:
        with st.container(key="missing"):
            st.markdown(f"**{plain(place.say('piece.missing'))}**")
            st.markdown("\n".join(f"- {plain(spoken(place.say, one))}" for one in reasons[:20]))


def _said(place: Workplace, view: PieceView) -> None:
    say = place.say
    if (both := comparison(place, view)) is not None:
        show(both)
    if view.blind:
        if view.decisions:
            st.caption(say("review.blind"))
        return
    lines = [plain(_line(place, view, one)) for one in view.decisions[-8:]]
    if lines:
        with st.container(key="review-said"):
            st.markdown(f"**{plain(say('review.said'))}**")
            st.markdown("\n".join(f"- {line}" for line in reversed(lines)))


def _line(place: Workplace, view: PieceView, one: Decision) -> str:
    key = "review.line" if one.binding else "review.line_practice"
    name = view.situation.name_of(one.person)
    words = place.say(key, name=name, verdict=one.verdict, revision=one.revision, at=one.at)
    return place.say("review.with_words", line=words, comment=one.comment) if one.comment else words


def _sent_along(place: Workplace, content: Content, look: str) -> None:
    """What leaves with the text and does not show in it."""
    say = place.say
    sent = {
        "slug": content.slug if look == "article" else "",
        "excerpt": content.excerpt,
        "tags": ", ".join(content.tags),
        "categories": ", ".join(content.categories),
        "link": content.link.url if content.link else "",
        "first_comment": content.first_comment,
        "embargo": say.moment(content.embargo) if content.embargo else "",
        "images": " · ".join(image.alt or say("images.no_alt") for image in content.images),
    }
    show(facts((say(f"changes.{name}"), words) for name, words in sent.items() if words))
