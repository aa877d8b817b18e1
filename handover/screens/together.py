"""What both sides learned from each other: the texts on which they decided differently, and why."""

from __future__ import annotations

import streamlit as st
from markupsafe import Markup

from handover.readiness.lessons import Lesson, Said
from handover.readiness.measuring import Readiness
from handover.readiness.wording import condition_line
from handover.screens.corrections import corrections_form
from handover.screens.place import Place
from pipeline.records import Side
from pipeline.screens.markup import anchor, element
from pipeline.screens.shared import plain, shortened, show
from pipeline.screens.visitor import way

MOST = 30


def together_view(at: Place, readiness: Readiness) -> None:
    say = at.say
    st.markdown(plain(say(f"together.{readiness.phase.value}")))
    for one in readiness.measured:
        if one.code == "agreement":
            st.markdown(f"**{plain(condition_line(say, one.condition))}**")
    lessons = at.desk.lessons(readiness.channel.slug, MOST)
    st.subheader(say("together.lessons"), anchor=False)
    if lessons:
        show(element("div", *(_lesson(at, one) for one in lessons), css="hs-lessons"))
    else:
        st.caption(say("together.none"))
    corrections_form(at, readiness.channel)


def _lesson(at: Place, one: Lesson) -> Markup:
    say = at.say
    link = anchor(way("/verlauf", piece=one.piece.id), shortened(one.piece.title, 90), here=True)
    who = say(
        "together.both", team=_who(at, Side.TEAM, one.team), consultant=_who(at, Side.CONSULTANT, one.consultant), at=one.at
    )
    return element("div", element("b", link), element("p", _sentence(at, one)), element("small", who), css="hs-lesson")


def _sentence(at: Place, one: Lesson) -> str:
    """From where the reader stands: "you approved, the consultant wanted a change, because"."""
    say, ours = at.say, at.me.side is Side.TEAM
    mine, theirs = (one.team, one.consultant) if ours else (one.consultant, one.team)
    objection = theirs.comment if mine.verdict.is_yes else mine.comment
    did = "approved" if mine.verdict.is_yes else "objected"
    facts = {"other": say("together.the.consultant" if ours else "together.the.team"), "comment": objection}
    if mine.person is not None and mine.person.id == at.me.id:
        return say(f"together.you.{did}", **facts)
    return say(f"together.somebody.{did}", name=_name(at, mine), **facts)


def _who(at: Place, side: Side, said: Said) -> str:
    voice = at.say("voice.binding" if said.binding else "voice.shadow")
    return at.say("together.who", name=_name(at, said), side=side, voice=voice)


def _name(at: Place, said: Said) -> str:
    return said.person.name if said.person else at.say("actor.unknown")
