"""The decision on a card. What was on the screen travels with the click: its content hash is part of the button."""

from __future__ import annotations

from dataclasses import dataclass
from time import monotonic

import streamlit as st

from pipeline.desk.reading import PieceView
from pipeline.desk.who import Action
from pipeline.errors import ApprovalIsStale, Refusal
from pipeline.records import Stage, Verdict
from pipeline.screens.kept import field, kept
from pipeline.screens.review_compare import PRACTISED
from pipeline.screens.shared import USED, Workplace, plain, shortened, spoken, tell, workplace

STALE = "review-stale-click"
COMMENTS = "review-comments"
LAST_CLICK = "review-last-click"
QUICKEST_SECONDS = 1.0
"""Nobody reads a card in less. A second click that comes sooner was meant for the card before, which stood in its place."""

COUNTS_BY_VOICE = (Verdict.APPROVE, Verdict.REQUEST_CHANGES, Verdict.REJECT)
ENDS_THE_CARD = (Verdict.APPROVE, Verdict.REQUEST_CHANGES, Verdict.REJECT, Verdict.EMERGENCY)
ICON = {
    Verdict.APPROVE: "check",
    Verdict.REQUEST_CHANGES: "edit",
    Verdict.REJECT: "block",
    Verdict.HOLD: "pan_tool",
    Verdict.RELEASE: "play_arrow",
    Verdict.EMERGENCY: "emergency_home",
}


@dataclass(frozen=True)
class Stale:
    """A click that was meant for an older revision of this piece."""

    piece: str
    revision: int


@dataclass(frozen=True)
class Seen:
    """What was on the screen when a button was drawn."""

    piece: str
    revision: int
    hash: str
    version: int
    title: str
    practice: bool
    """This person's word would not count."""

    def spoken(self, verdict: Verdict) -> str:
        """Which sentences speak of that verdict; what stops a piece always counts."""
        return "practice" if self.practice and verdict in COUNTS_BY_VOICE else "binding"


def decide_panel(place: Workplace, view: PieceView) -> None:
    say = place.say
    objection = place.desk.objection(view.piece.id)
    _how_it_counts(place, view, objection)
    may_hold = Action.HOLD in view.rights and view.stage is not Stage.PUBLISHING
    may_speak = view.mine is not None and view.stage in (Stage.REVIEW, Stage.APPROVED, Stage.SCHEDULED, Stage.MISSED)
    if not (may_speak or may_hold):
        return
    practice = view.mine is not None and view.mine.voice == "shadow"
    seen = Seen(view.piece.id, view.piece.revision, view.hash, view.piece.version, view.piece.title, practice)
    comments: dict[str, str] = kept(COMMENTS, dict)
    key = f"review-comment-{seen.piece}"
    field(st.text_area, say("review.comment"), comments, seen.piece, key=key, height=96, placeholder=say("review.comment_hint"))
    if may_speak and objection is None:
        _button(place, Verdict.APPROVE, seen, prominent=True)
    if may_speak:
        _button(place, Verdict.REQUEST_CHANGES, seen)
    _more(place, view, seen, may_speak=may_speak, may_hold=may_hold)


def _how_it_counts(place: Workplace, view: PieceView, objection: Refusal | None) -> None:
    """A reason instead of a dead button, and what this person's word is worth."""
    say, mine = place.say, view.mine
    if objection is not None:
        st.info(plain(spoken(say, objection)), icon=":material/info:")
    elif mine is not None and mine.voice == "shadow":
        st.info(plain(say("review.practice")), icon=":material/school:")
    if mine is not None and mine.on_behalf_of is not None:
        st.caption(plain(say("review.on_behalf", name=mine.on_behalf_of.name)))
    said = [one for one in view.decisions if one.person == place.me.id and one.hash == view.hash]
    if said:
        st.caption(plain(say("review.you_said", verdict=said[-1].verdict, at=said[-1].at)))


def _more(place: Workplace, view: PieceView, seen: Seen, *, may_speak: bool, may_hold: bool) -> None:
    on_hold = view.piece.held is not None
    others = [
        *([Verdict.RELEASE if on_hold else Verdict.HOLD] if may_hold else []),
        *([Verdict.REJECT] if may_speak else []),
        *([Verdict.EMERGENCY] if Action.EMERGENCY in view.rights and view.stage is Stage.REVIEW else []),
    ]
    with st.expander(place.say("review.more"), key="review-more"):
        for verdict in others:
            _button(place, verdict, seen)
            st.caption(place.say(f"review.help.{seen.spoken(verdict)}.{verdict.value}"))


def _button(place: Workplace, verdict: Verdict, seen: Seen, *, prominent: bool = False) -> None:
    """Drawn for one content hash: a click on it can never reach another text, however late it comes."""
    st.button(
        place.say(f"review.verb.{seen.spoken(verdict)}.{verdict.value}"),
        key=f"review-{verdict.value}-{seen.piece[-10:]}-{seen.hash[:12]}",
        icon=f":material/{ICON[verdict]}:",
        type="primary" if prominent else "secondary",
        width="stretch",
        on_click=decided,
        args=(seen, verdict),
    )


def decided(seen: Seen, verdict: Verdict) -> None:
    """`seen` is of the run before the click: what this person had in front of them."""
    if _second_of_a_double_click(seen.piece):
        return
    desk, _, say, _ = workplace()
    comments: dict[str, str] = kept(COMMENTS, dict)
    comment = st.session_state.get(f"review-comment-{seen.piece}", comments.get(seen.piece)) or ""
    once = f"decide:{seen.piece}:{seen.version}:{verdict.value}"
    said = {"seen": seen.hash, "verdict": verdict, "comment": comment}
    # success is said at the end: a toast may end this run when the second click of a double click is already waiting
    told = tell(say, desk.decide, seen.piece, done="", once=once, quiet=(ApprovalIsStale,), **said)
    if isinstance(told.refusal, ApprovalIsStale):
        st.session_state[STALE] = Stale(seen.piece, seen.revision)
    if not (told.done or once in st.session_state.get(USED, ())):
        st.query_params["piece"] = seen.piece
        return
    _over(seen, verdict, comments)
    done = say(f"review.done.{seen.spoken(verdict)}.{verdict.value}", title=shortened(seen.title, 60))
    st.toast(plain(done), icon=":material/check:")


def _second_of_a_double_click(piece: str) -> bool:
    before, at = st.session_state.get(LAST_CLICK, ("", float("-inf")))
    now = monotonic()
    st.session_state[LAST_CLICK] = (piece, now)
    return bool(before) and before != piece and now - at < QUICKEST_SECONDS


def _over(seen: Seen, verdict: Verdict, comments: dict[str, str]) -> None:
    """On to the next card; what holds a piece keeps it on the screen."""
    st.session_state.pop(STALE, None)
    st.session_state.pop(f"review-comment-{seen.piece}", None)
    comments.pop(seen.piece, None)
    if seen.spoken(verdict) == "practice":
        st.session_state[PRACTISED] = seen.piece
    if verdict not in ENDS_THE_CARD:
        st.query_params["piece"] = seen.piece
    elif "piece" in st.query_params:
        del st.query_params["piece"]
