"""What changed between two contents, field by field, the texts word by word."""

from __future__ import annotations

import streamlit as st
from markupsafe import Markup

from pipeline.messages import Say
from pipeline.records import Content
from pipeline.review.differences import changed_fields, marked
from pipeline.screens.markup import element
from pipeline.screens.shared import show

AROUND = 80
"""Characters of unchanged text that are shown beside a change."""


def show_changes(say: Say, old: Content, new: Content) -> None:
    changed = changed_fields(old, new)
    if not changed:
        st.caption(say("changes.none"))
    for name, (before, after) in changed.items():
        label = element("small", say(f"changes.{name}"), css="ss-quiet")
        show(label + element("div", Markup(marked(before, after, around=AROUND)), css="ss-diff"))  # noqa: S704  (SafeHtml)
