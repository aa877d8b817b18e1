"""From when on a channel counts as ready: what this client and the consultant agreed on, to be looked at and changed."""

from __future__ import annotations

import streamlit as st

from handover.readiness.conditions import CODES
from handover.readiness.wording import condition_name
from handover.screens.place import Place
from pipeline.desk.who import Action
from pipeline.records import ReadinessPolicy
from pipeline.screens.kept import capital
from pipeline.screens.shared import tell

NUMBERS = ("window_days", "decisions", "deciders", "credential_days")
HOURS = "hours"
PARTS = ("agreement", "missed", "team_drafts", "rewritten", "corrections")
KEY = "handover-policy"


def policy_form(at: Place) -> None:
    """Folded; drawn when somebody opens it."""
    if not at.desk.may(Action.CLIENT):
        return
    say, policy = at.say, at.client.policy.readiness
    fold = st.expander(say("policy.title"), icon=":material/tune:", key=KEY, on_change="rerun")
    if not fold.open:
        return
    with fold, st.form(f"{KEY}-form", border=False):
        st.caption(say("policy.what"))
        for name in (*NUMBERS, HOURS, *PARTS):
            _number(at, policy, name)
        st.multiselect(
            say("policy.left_out"),
            CODES,
            default=[code for code in CODES if code in policy.left_out],
            format_func=lambda code: capital(condition_name(say, code)),
            key=f"{KEY}-left_out",
            placeholder=say("policy.left_out_none"),
        )
        st.form_submit_button(say("policy.save"), on_click=_save, args=(at,))


def _number(at: Place, policy: ReadinessPolicy, name: str) -> None:
    """Shares in percent, everything else in its unit; what the limits are the desk says."""
    st.number_input(at.say(f"policy.readiness.{name}"), value=_shown(policy, name), min_value=0, step=1, key=f"{KEY}-{name}")


def _shown(policy: ReadinessPolicy, name: str) -> int:
    value = getattr(policy, name)
    return round(value * 100) if name in PARTS else int(value)


def _save(at: Place) -> None:
    """Only what was changed: the form rounds."""
    policy = at.client.policy.readiness
    given = {name: st.session_state.get(f"{KEY}-{name}") for name in (*NUMBERS, HOURS, *PARTS)}
    changed = {name: value for name, value in given.items() if value not in (None, _shown(policy, name))}
    values = {name: value / 100 if name in PARTS else value for name, value in changed.items()}
    left_out = frozenset(st.session_state.get(f"{KEY}-left_out") or ())
    tell(at.say, at.desk.change_readiness_policy, **values, left_out=left_out, done="policy.saved")
