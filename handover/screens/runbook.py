"""The runbook on the screen: chapter by chapter, read and acknowledged by name; as one document to print."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st
from markupsafe import Markup

from handover.papers.runbook import ChapterState
from handover.screens.place import Place
from handover.screens.routes import paper_link, runbook_way
from pipeline.records import Side
from pipeline.screens.shared import plain, show, tell

OPENED = "handover-chapter"


def runbook_view(at: Place) -> None:
    say, book = at.say, at.desk.runbook()
    read = sum(bool(one.acknowledged) for one in book.chapters)
    st.subheader(say("book.title"), anchor=False)
    st.markdown(plain(say("book.count", read=read, total=len(book.chapters))))
    show(paper_link(runbook_way(at.client), say("book.print")))
    codes = [one.chapter.code for one in book.chapters]
    if st.session_state.get(OPENED) not in codes:
        st.session_state[OPENED] = _first_unread(book.chapters)
    by_code = {one.chapter.code: one for one in book.chapters}
    st.selectbox(say("book.choose"), codes, format_func=lambda code: _named(at, by_code[code]), key=OPENED)
    _chapter(at, by_code[st.session_state[OPENED]])


def _first_unread(chapters: Sequence[ChapterState]) -> str:
    return next((one.chapter.code for one in chapters if not one.acknowledged), chapters[0].chapter.code)


def _named(at: Place, one: ChapterState) -> str:
    state = "read" if one.acknowledged else "changed" if one.changed_since else "unread"
    return at.say(f"book.{state}", title=one.chapter.title)


def _chapter(at: Place, state: ChapterState) -> None:
    say, chapter = at.say, state.chapter
    with st.container(border=True, key="handover-chapter-text"):
        st.subheader(plain(chapter.title), anchor=False)
        show(Markup(chapter.html))  # noqa: S704  (escaped when it was drawn)
    _who_has_read(at, state)
    if at.me.side is not Side.TEAM:
        st.caption(say("book.team_only"))
    elif at.me.name in {name for name, _ in state.acknowledged}:
        st.success(say("book.yours"), icon=":material/check:")
    else:
        st.button(
            say("book.acknowledge", name=at.me.name),
            key=f"handover-acknowledge-{chapter.code}-{chapter.sha256[:12]}",
            type="primary",
            icon=":material/check:",
            on_click=_acknowledge,
            args=(at, chapter.code, chapter.sha256),
        )


def _who_has_read(at: Place, state: ChapterState) -> None:
    say = at.say
    if state.acknowledged:
        st.caption("  \n".join(plain(say("runbook.acknowledged", name=name, at=when)) for name, when in state.acknowledged))
    elif state.changed_since:
        st.caption(plain(say("runbook.changed_since", at=state.changed_since)))
    else:
        st.caption(say("runbook.nobody"))


def _acknowledge(at: Place, code: str, sha256: str) -> None:
    """On to the next chapter nobody has read."""
    told = tell(at.say, at.desk.acknowledge, code, sha256, done="book.acknowledged", once=f"acknowledge:{code}:{sha256}")
    if told.done:
        st.session_state[OPENED] = _first_unread(at.desk.runbook().chapters)
