"""How both sides decided on the same text, and why: shown to whoever has given their own word."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import streamlit as st
from markupsafe import Markup

from pipeline.desk.reading import PieceView
from pipeline.errors import Unknown
from pipeline.records import Decision, Verdict
from pipeline.screens.kept import capital
from pipeline.screens.markup import element
from pipeline.screens.shared import Workplace, open_piece, plain, show

PRACTISED = "review-practised"
ABOUT_HOLDING = (Verdict.HOLD, Verdict.RELEASE)


def comparison(place: Workplace, view: PieceView) -> Markup | None:
    """Side by side, of the newest text somebody practised on; None when nobody did, or while this person still has to."""
    about = [one for one in view.decisions if one.verdict not in ABOUT_HOLDING]
    practised = [one for one in about if not one.binding]
    if view.blind or not practised:
        return None
    newest = practised[-1]
    same_text = [one for one in about if one.hash == newest.hash]
    practice = _last_of_each(one for one in same_text if not one.binding and one.side is newest.side)
    # what their own side said while its word still counted is no second opinion
    counted = _last_of_each(one for one in same_text if one.binding and one.side is not newest.side)
    columns = (_column(place, view, "practice", practice), _column(place, view, "counts", counted))
    verdict = element("p", place.say(f"compare.{_result(practice, counted)}"), css="ss-compare-result")
    return element("div", verdict, element("div", *columns, css="ss-compare-sides"), css="ss-compare")


def _last_of_each(decisions: Iterable[Decision]) -> list[Decision]:
    return list({one.person: one for one in decisions}.values())


def _result(practice: Sequence[Decision], counted: Sequence[Decision]) -> str:
    if not counted:
        return "open"
    return "agreed" if len({one.verdict.is_yes for one in (*practice, *counted)}) == 1 else "differed"


def _column(place: Workplace, view: PieceView, name: str, decisions: Sequence[Decision]) -> Markup:
    say = place.say
    head = element("b", say(f"compare.{name}"))
    if not decisions:
        return element("div", head, element("p", say("compare.nobody_yet")))
    return element("div", head, *(_word(place, view, one) for one in decisions))


def _word(place: Workplace, view: PieceView, one: Decision) -> Markup:
    who = place.say("compare.who", name=view.situation.name_of(one.person), side=one.side, at=one.at)
    comment = element("q", one.comment) if one.comment else Markup()
    return element("p", element("strong", capital(place.say.word(one.verdict))), comment, element("small", who))


def last_practice(place: Workplace) -> None:
    """After a practised decision the next card stands there already; this is how the one before went."""
    practised = st.session_state.get(PRACTISED)
    if practised is None or practised == st.query_params.get("piece"):
        return
    try:
        view = place.desk.piece(practised)
    except Unknown:
        return
    found = comparison(place, view)
    if found is not None:
        with st.container(border=True, key="line-practised"):
            open_piece(place.say, view.piece, label=plain(place.say("compare.your_practice", title=view.piece.title)))
            show(found)
