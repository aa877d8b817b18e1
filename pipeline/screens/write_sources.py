"""Documents and pages for a brief: read at once, so that what cannot be read is said while the form is open."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from pipeline.errors import Refusal
from pipeline.records import Source
from pipeline.screens.kept import field
from pipeline.screens.shared import Workplace, plain, shortened, spoken

MOST_KNOWN = 20


def sources_field(place: Workplace, form: dict[str, Any]) -> None:
    say = place.say
    st.markdown(f"**{plain(say('write.sources'))}**")
    st.caption(say("write.sources_hint"))
    _files(place, form)
    _page(place, form)
    for trouble in form["troubles"]:
        st.error(plain(trouble), icon=":material/block:")
    for source_id, title in list(form["sources"].items()):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f":material/description: {plain(title)}")
            st.button(
                ":material/close:",
                key=f"brief-drop-{source_id}",
                type="tertiary",
                help=say("write.drop_source"),
                on_click=form["sources"].pop,
                args=(source_id, None),
            )
    _known(place, form)


def _files(place: Workplace, form: dict[str, Any]) -> None:
    """Each upload is read once; then the field is emptied and the list below has it."""
    uploads = form.setdefault("uploads", 0)
    files = st.file_uploader(place.say("write.upload"), accept_multiple_files=True, key=f"brief-files-{uploads}")
    if not files:
        return
    form["troubles"] = []
    form["uploads"] = uploads + 1
    for file in files:
        _read(place, form, place.desk.add_source, file.getvalue(), file.name)
    st.rerun()


def _page(place: Workplace, form: dict[str, Any]) -> None:
    say, key = place.say, f"brief-address-{form['round']}-{form.get('pages', 0)}"
    field(st.text_input, say("write.address"), form, "address", key=key, placeholder="https://")
    if st.button(say("write.read_page"), key="brief-read-page", icon=":material/language:") and form["address"]:
        form["troubles"] = []
        with st.spinner(say("write.reading")):
            if _read(place, form, place.desk.add_page, form["address"]):
                form["address"], form["pages"] = "", form.get("pages", 0) + 1
        st.rerun()


def _read(place: Workplace, form: dict[str, Any], verb: Callable[..., Source], *given: object) -> bool:
    try:
        source = verb(*given)
    except Refusal as refusal:
        form["troubles"].append(spoken(place.say, refusal))
        return False
    form["sources"][source.id] = place.say("write.source", title=shortened(source.title, 70), count=len(source.passages))
    return True


def _known(place: Workplace, form: dict[str, Any]) -> None:
    """What was read for earlier briefs; asked for only when somebody opens it."""
    fold = st.expander(place.say("write.known_sources"), key="brief-known", on_change="rerun")
    if not fold.open:
        return
    with fold:
        found = {one.id: one.title for one in place.desk.sources(MOST_KNOWN)}
        form["known"] = [one for one in form["known"] if one in found]
        shown = {"options": list(found), "format_func": lambda one: plain(shortened(found[one], 70))}
        field(st.multiselect, place.say("write.sources"), form, "known", key=f"brief-known-{form['round']}", **shown)
