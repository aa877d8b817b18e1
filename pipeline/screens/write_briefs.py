"""The briefs, and one brief with the drafts made from it."""

from __future__ import annotations

import streamlit as st

from pipeline.draft.choice import choose_author, model_is_configured
from pipeline.draft.model_settings import ModelSettings
from pipeline.errors import Refusal, Unknown
from pipeline.records import Brief
from pipeline.screens.kept import capital, kept
from pipeline.screens.markup import element, facts
from pipeline.screens.shared import Workplace, plain, shortened, show, spoken
from pipeline.screens.workplace import house
from pipeline.screens.write_drafting import Drafting
from pipeline.screens.write_outcome import outcome
from pipeline.screens.write_places import BRIEF, open_brief

PAGE = 20
JOBS = "write-jobs"


def briefs(place: Workplace) -> None:
    if opened := st.session_state.get(BRIEF):
        st.button(place.say("write.all_briefs"), icon=":material/arrow_back:", type="tertiary", on_click=open_brief, args=("",))
        try:
            _brief(place, place.desk.brief(opened))
        except Unknown as unknown:
            st.error(plain(spoken(place.say, unknown)))
        return
    number = int(st.session_state.get("write-briefs-page", 1))
    found = place.desk.briefs(PAGE + 1, (number - 1) * PAGE)
    if not found:
        st.info(place.say("write.no_briefs"), icon=":material/description:")
    for brief in found[:PAGE]:
        with st.container(horizontal=True, vertical_alignment="center"):
            title = plain(shortened(brief.title))
            key, icon = f"write-brief-{brief.id}", ":material/description:"
            st.button(title, key=key, icon=icon, type="tertiary", on_click=open_brief, args=(brief.id,))
            st.caption(plain(place.say("write.brief_made_at", at=brief.made.at)))
    if number > 1 or len(found) > PAGE:
        st.pagination(number + (len(found) > PAGE), key="write-briefs-page")


def _brief(place: Workplace, brief: Brief) -> None:
    say, desk = place.say, place.desk
    channels = {one.channel.id: one.channel.name for one in desk.channels()}
    people = {person.id: person.name for person in desk.people()}
    sources = desk.sources_of(brief.id)
    st.subheader(plain(brief.title), anchor=False)
    rows = {
        "field.message": brief.message,
        "field.channels": ", ".join(channels.get(one, "?") for one in brief.channels),
        "field.persona": brief.persona,
        "field.goal": brief.goal,
        "write.owner": people.get(brief.owner, "?"),
        "write.due": say.word(brief.due),
        "write.sources": " · ".join(f"S{number} {source.title}" for number, source in enumerate(sources, 1)),
    }
    show(facts((capital(say(name)), text) for name, text in rows.items() if text))
    jobs: dict[str, Drafting] = kept(JOBS, dict)
    job = jobs.get(brief.id)
    if job is not None and not job.is_over:
        _follow(place, job)
        return
    if job is not None:
        outcome(place, job)
    _start(place, brief, jobs, again=job is not None)


# ----------------------------------------------------------------------------------------------------------- drafting


def _start(place: Workplace, brief: Brief, jobs: dict[str, Drafting], *, again: bool) -> None:
    say, environment = place.say, house().settings.model
    name = "offline"
    if model_is_configured(environment):
        name = st.radio(
            say("write.author"),
            ["offline", "model"],
            format_func=lambda one: say(f"write.author.{one}"),
            key="write-author",
        )
    if name == "offline" and not again:
        st.caption(plain(say("draft.offline.notice")))
    elif name == "model":
        _leaves_the_house(place, brief)

    def begin() -> None:
        running = jobs.get(brief.id)
        if running is None or running.is_over:
            jobs[brief.id] = Drafting(place.desk, brief.id, choose_author(name, environment, house().now))
            jobs[brief.id].start()

    label = say("write.draft_again" if again else "write.draft")
    st.button(label, type="secondary" if again else "primary", icon=":material/draft:", on_click=begin, key="write-draft")


def _leaves_the_house(place: Workplace, brief: Brief) -> None:
    """To whom, and on request every word of it. The key is never part of it."""
    say = place.say
    try:
        settings = ModelSettings.read(house().settings.model)
    except Refusal as refusal:
        st.error(plain(spoken(say, refusal)))
        return
    st.caption(plain(say("write.sent_to", host=settings.host, model=settings.model)))
    fold = st.expander(say("write.what_is_sent"), key="write-what-is-sent", on_change="rerun")
    if not fold.open:
        return
    author = choose_author("model", house().settings.model, house().now)
    with fold:
        for channel in brief.channels:
            text = author.what_is_sent(place.desk.assignment(brief.id, channel))  # type: ignore[attr-defined]
            st.code(text, language=None, wrap_lines=True, height=320)


def _follow(place: Workplace, job: Drafting) -> None:
    say = place.say

    @st.fragment(run_every=0.5)
    def live() -> None:
        if job.is_over:
            st.rerun()
        st.markdown(f":material/edit: {plain(say('write.stopping' if job.is_stopping else 'write.drafting'))}")
        with st.container(height=360, border=True, autoscroll=True, key="write-live"):
            show(element("div", job.text or "…", css="ss-diff"))
        st.button(say("write.stop"), icon=":material/stop_circle:", on_click=job.stop, key="write-stop")

    live()
