"""Settings: the company, its people, its channels, who stands in for whom."""

from __future__ import annotations

import streamlit as st

from pipeline.desk.who import Action
from pipeline.screens.markup import facts
from pipeline.screens.settings_channels import channels_view
from pipeline.screens.settings_deputies import deputies_view
from pipeline.screens.settings_people import people_view
from pipeline.screens.shared import Workplace, moment, page_head, show, tell

VIEWS = {"people": people_view, "channels": channels_view, "deputies": deputies_view}
COMPANY = "company"


def settings_screen(at: Workplace) -> None:
    page_head(at.say, "screen.settings")
    chosen = st.segmented_control(
        at.say("settings.view.title"),
        (*VIEWS, COMPANY),
        format_func=lambda one: at.say(f"settings.view.{one}"),
        default="people",
        required=True,
        label_visibility="collapsed",
        key="settings-view",
    )
    VIEWS.get(chosen or "people", company_view)(at)


def company_view(at: Workplace) -> None:
    say, client, policy = at.say, at.client, at.client.policy
    st.subheader(say("settings.company.title"), anchor=False)
    show(
        facts(
            [
                (say("field.name"), client.name),
                (say("field.slug"), client.slug),
                (say("field.language"), say(f"language.{client.language}")),
                (say("field.timezone"), client.timezone),
                (say("settings.company.since"), moment(say, client.made_at)),
            ]
        )
    )
    if at.desk.may(Action.CLIENT):
        _change(at)
    st.subheader(say("settings.policy.title", number=policy.number), anchor=False)
    st.caption(say("settings.policy.lead"))
    names = ("team_places", "approval_days", "slot_grace_hours", "agreement_days", "late_minutes", "safety_window_days")
    show(facts([(say(f"policy.{name}"), say(f"policy.{name}.value", number=getattr(policy, name))) for name in names]))


def _change(at: Workplace) -> None:
    say = at.say
    with st.expander(say("settings.company.change"), icon=":material/edit:", key="company"), st.form("company", border=False):
        st.text_input(say("field.name"), value=at.client.name, max_chars=120, key="company-name")
        st.segmented_control(
            say("field.language"),
            ["de", "en"],
            format_func=lambda one: say(f"language.{one}"),
            default=at.client.language,
            required=True,
            key="company-language",
        )
        st.form_submit_button(say("settings.company.save"), on_click=_save, args=(at,))


def _save(at: Workplace) -> None:
    name, language = (st.session_state.get(f"company-{field}") for field in ("name", "language"))
    tell(at.say, at.desk.change_client, name=name, language=language, done="settings.company.saved")
