"""A new brief: what a piece shall achieve, for whom, by when, and what it may draw on."""

from __future__ import annotations

from typing import Any

import streamlit as st

from pipeline.desk.writing import LONGEST_MESSAGE
from pipeline.screens.kept import field, kept, label
from pipeline.screens.parts.markdown_editor import typed_text
from pipeline.screens.shared import Workplace, plain, tell
from pipeline.screens.write_list import writable
from pipeline.screens.write_places import open_brief
from pipeline.screens.write_sources import sources_field

FORM = "write-brief-form"
Form = dict[str, Any]


def empty_form() -> Form:
    texts = {"title": "", "message": "", "persona": "", "goal": "", "address": ""}
    return {**texts, "channels": [], "owner": None, "due": None, "sources": {}, "troubles": [], "round": 0, "known": []}


def new_brief(place: Workplace) -> None:
    say, form = place.say, kept(FORM, empty_form)
    channels = {channel.slug: channel.name for channel in writable(place)}
    if not channels:
        st.info(say("write.no_channel"), icon=":material/info:")
        return

    def key(name: str) -> str:
        return f"brief-{name}-{form['round']}"

    left, right = st.columns(2, gap="large")
    with left:
        field(st.text_input, label(say, "title"), form, "title", key=key("title"))
        form["channels"] = [slug for slug in form["channels"] if slug in channels]
        chosen = {"options": list(channels), "format_func": channels.get, "placeholder": say("write.choose")}
        field(st.multiselect, label(say, "channels"), form, "channels", key=key("channels"), **chosen)
        form["message"] = typed_text(
            say,
            form["message"],
            keep=lambda text: form.update(message=text),
            key=key("message"),
            who=place.me.id,
            label=label(say, "message"),
            round_number=form["round"],
            limit=LONGEST_MESSAGE,
            rows=5,
            placeholder=say("write.message_hint"),
        )
        field(st.text_input, label(say, "persona"), form, "persona", key=key("persona"), placeholder=say("write.persona_hint"))
        field(st.text_input, label(say, "goal"), form, "goal", key=key("goal"), placeholder=say("write.goal_hint"))
        _who_and_when(place, form, key("owner"), key("due"))
    with right:
        sources_field(place, form)
    if st.button(say("write.make_brief"), type="primary", key="write-make-brief"):
        _make(place, form)


def _who_and_when(place: Workplace, form: Form, owner_key: str, due_key: str) -> None:
    people = {person.email: person.name for person in place.desk.people() if person.is_active}
    form["owner"] = form["owner"] if form["owner"] in people else place.me.email
    who, when = st.columns(2)
    with who:
        names = {"options": list(people), "format_func": people.get}
        field(st.selectbox, place.say("write.owner"), form, "owner", key=owner_key, **names)
    with when:
        shown = "DD.MM.YYYY" if place.say.language == "de" else "YYYY-MM-DD"
        field(st.date_input, place.say("write.due"), form, "due", key=due_key, format=shown)


def _make(place: Workplace, form: Form) -> None:
    """The form is cleared before anything else is drawn: a second click finds it empty."""
    told = tell(
        place.say,
        place.desk.add_brief,
        title=form["title"] or "",
        channels=form["channels"],
        message=form["message"],
        persona=form["persona"] or "",
        goal=form["goal"] or "",
        sources=[*form["sources"], *form["known"]],
        owner=form["owner"],
        due=form["due"],
        done="",
    )
    if told.done:
        st.session_state[FORM] = {**empty_form(), "round": form["round"] + 1}
        open_brief(told.value.id)
        st.toast(plain(place.say("write.brief_made")), icon=":material/check:")
        st.rerun()
