"""What a change of phase would make of a channel's pieces."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st
from markupsafe import Markup

from handover.screens.place import Place
from pipeline.records import Affected, Channel, Phase, Stage
from pipeline.screens.markup import anchor, table
from pipeline.screens.shared import plain, shortened, show
from pipeline.screens.visitor import way

MOST = 50


def affected_pieces(at: Place, channel: Channel, to: Phase) -> None:
    affected_list(at, at.desk.affected(channel.slug, to))


def affected_list(at: Place, affected: Sequence[Affected]) -> None:
    say = at.say
    under_way = [one for one in affected if one.before is not Stage.DRAFT]
    st.markdown(f"**{plain(say('affected.title'))}**")
    if under_way:
        head = [say("column.piece"), say("affected.before"), say("affected.then")]
        show(table(head, (_row(at, one) for one in under_way[:MOST])))
        if len(under_way) > MOST:
            st.caption(say("affected.more", shown=MOST, total=len(under_way)))
    else:
        st.caption(say("affected.none"))
    if drafts := len(affected) - len(under_way):
        st.caption(say("affected.drafts", count=drafts))


def _row(at: Place, one: Affected) -> list[str | Markup]:
    say = at.say
    link = anchor(way("/pruefen", piece=one.piece), shortened(one.title, 80), here=True)
    then = say("affected.kept" if one.kept else "affected.anew", stage=one.stage)
    return [link, say.word(one.before), then]
