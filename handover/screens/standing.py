"""How a channel stands: every condition with what was measured and what is wanted, and the pieces behind each number."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import streamlit as st
from markupsafe import Markup

from handover.readiness.measuring import Readiness
from handover.readiness.wording import condition_line, condition_name, condition_state
from handover.screens.place import Place
from handover.screens.policy import policy_form
from pipeline.records import Condition, Piece
from pipeline.screens.kept import capital
from pipeline.screens.markup import anchor, element, table
from pipeline.screens.shared import plain, shortened, show
from pipeline.screens.visitor import way

MOST_PIECES = 50
DOT = {True: "hs-green", False: "hs-red", None: "hs-gray"}


def standing_view(at: Place, readiness: Readiness) -> None:
    say = at.say
    if not readiness.measured:
        st.caption(say("stand.nothing_asked"))
        return
    conditions_list(at, [one.condition for one in readiness.measured])
    st.caption(say("stand.window", days=at.client.policy.readiness.window_days))
    _behind(at, readiness)
    policy_form(at)


def conditions_list(at: Place, conditions: Iterable[Condition]) -> None:
    show(element("div", *(_condition(at, one) for one in conditions), css="hs-conditions"))


def _condition(at: Place, condition: Condition) -> Markup:
    state = element("span", element("i", css=DOT[condition.met]), condition_state(at.say, condition), css="hs-light")
    return element("div", state, element("p", condition_line(at.say, condition)), css="hs-condition")


def _behind(at: Place, readiness: Readiness) -> None:
    """One click from a number to the pieces it rests on."""
    say, slug = at.say, readiness.channel.slug
    behind = {one.code: one for one in readiness.measured if one.pieces}
    if not behind:
        return
    chosen = st.pills(
        say("stand.behind"),
        list(behind),
        format_func=lambda code: say("stand.pieces_of", name=capital(condition_name(say, code)), count=len(behind[code].pieces)),
        key=f"handover-behind-{slug}",
    )
    if chosen is None:
        return
    one = behind[chosen]
    against = set(one.against)
    ids = [*one.against, *(piece for piece in one.pieces if piece not in against)]
    head = [say("column.piece"), say("column.state"), say("stand.speaks")]
    show(table(head, _rows(at, ids[:MOST_PIECES], against)))
    if len(ids) > MOST_PIECES:
        st.caption(plain(say("stand.more_pieces", shown=MOST_PIECES, total=len(ids))))


def _rows(at: Place, ids: Sequence[str], against: set[str]) -> Iterator[Sequence[str | Markup]]:
    with at.desk.look() as view:
        pieces = [piece for one in ids if (piece := view.reader.get(Piece, one)) is not None]
    for piece in pieces:
        link = anchor(way("/verlauf", piece=piece.id), shortened(piece.title, 80), here=True)
        yield [link, at.say.word(piece.stage), at.say("stand.against" if piece.id in against else "stand.for")]
