"""Channels: which there are, one of them with everything about it, and connecting another."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import streamlit as st

from pipeline.desk.channels import ChannelState
from pipeline.desk.who import Action
from pipeline.publish.channels.port import Outlet, Signed
from pipeline.publish.channels.registry import kinds, outlet
from pipeline.records import Channel, Person, Side
from pipeline.screens.markup import Inside, facts, table
from pipeline.screens.shared import Workplace, day, last_day, person_name, plain, show, spoken, tell
from pipeline.screens.today import take_office
from pipeline.text import slugify

CHECKED = "channel-checked"
NEW = "new-channel"
WAIVER_DAYS = 90


def channels_view(at: Workplace) -> None:
    say, states = at.say, at.desk.channels()
    team = {one.email: one.name for one in at.desk.people() if one.side is Side.TEAM and one.is_active}
    st.subheader(say("channels.title"), anchor=False)
    if states:
        _list(at, states)
        names = {state.channel.slug: state.channel.name for state in states}
        chosen = st.selectbox(say("channels.choose"), list(names), format_func=names.__getitem__, key="channel")
        _one(at, next(state for state in states if state.channel.slug == (chosen or states[0].channel.slug)), team)
    else:
        st.caption(say("channels.none"))
    if at.desk.may(Action.CHANNELS):
        _add(at, team)


def _list(at: Workplace, states: Sequence[ChannelState]) -> None:
    say = at.say
    head = [say(f"column.{name}") for name in ("channel", "kind", "phase", "owner", "problems")]
    show(table(head, (_row(at, state) for state in states)))


def _row(at: Workplace, state: ChannelState) -> list[str]:
    say, channel = at.say, state.channel
    problems = " ".join(spoken(say, one) for one in state.problems) or say("channels.fine")
    owner = state.owner.name if state.owner else ""
    return [channel.name, say(f"outlet.{channel.outlet}"), say.word(channel.phase), owner, problems]


# --------------------------------------------------------------------------------------------------------- one channel


def _one(at: Workplace, state: ChannelState, team: dict[str, str]) -> None:
    channel = state.channel
    with st.container(border=True, key=f"channel-{channel.slug}"):
        st.markdown(f"**{plain(channel.name)}**")
        show(facts(_facts(at, state)))
        _check(at, channel)
        if channel.owner == at.me.id:
            take_office_or_waive(at, channel)
        if at.desk.may(Action.CONNECT, channel.slug):
            _owner(at, channel, team)
            _connection(at, channel)


def _facts(at: Workplace, state: ChannelState) -> list[tuple[str, Inside]]:
    say, channel = at.say, state.channel
    people = at.desk.people()
    agreement, waiver = channel.agreement, channel.waiver
    rows: list[tuple[str, Inside]] = [
        (say("column.kind"), say(f"outlet.{channel.outlet}")),
        (say("column.phase"), say("channels.phase_since", phase=channel.phase, at=day(say, channel.phase_since))),
        (say("column.owner"), state.owner.name if state.owner else say("actor.unknown")),
        (say("column.deputy"), state.deputy.name if state.deputy else say("channels.no_deputy")),
        (
            say("channels.agreement"),
            say("channels.until", at=last_day(say, agreement.until)) if agreement else say("channels.no_agreement"),
        ),
        (
            say("channels.waiver"),
            say("channels.waived", at=last_day(say, waiver.until), reason=waiver.reason) if waiver else say("channels.no_waiver"),
        ),
    ]
    rows += [(_setting_name(at, name), value) for name, value in channel.settings.items()]
    rows.append((say("field.secret"), _secret(at, channel, people)))
    rows.append((say("channels.identity"), _identity(at, channel)))
    return rows


def _setting_name(at: Workplace, name: str) -> str:
    return at.say(f"field.{name}") if at.say.has(f"field.{name}") else name


def _secret(at: Workplace, channel: Channel, people: Sequence[Person]) -> str:
    if not outlet(channel.outlet).needs_secret:
        return at.say("channels.secret.not_needed")
    if channel.secret is None:
        return at.say("channels.secret.missing")
    by = person_name(people, channel.secret.by, at.say)
    return at.say("channels.secret.kept", ending=channel.secret.ending, name=by, at=channel.secret.at)


def _identity(at: Workplace, channel: Channel) -> str:
    identity = channel.identity
    if identity is None:
        return at.say("channels.identity.never")
    name = "channels.identity.sound" if not identity.problems else "channels.identity.problems"
    return at.say(name, account=identity.account or "–", at=identity.at, count=len(identity.problems))


def _check(at: Workplace, channel: Channel) -> None:
    say = at.say
    st.button(say("channels.check"), key="check-channel", icon=":material/cable:", on_click=_check_now, args=(at, channel))
    found = st.session_state.pop(CHECKED, None)
    if found is None or found[0] != channel.slug:
        return
    signed: Signed = found[1]
    for problem in signed.problems:
        st.warning(plain(spoken(say, problem)), icon=":material/report:")
    if not signed.problems:
        st.success(plain(say("channels.checked", account=signed.account or channel.name)), icon=":material/check_circle:")


def _check_now(at: Workplace, channel: Channel) -> None:
    told = tell(at.say, at.desk.check_channel, channel.slug, done="")
    if told.done:
        st.session_state[CHECKED] = (channel.slug, told.value)


# ------------------------------------------------------------------------------------------------ what the owner decides


def take_office_or_waive(at: Workplace, channel: Channel) -> None:
    say = at.say
    with st.expander(say("channels.office"), icon=":material/handshake:", key="office"):
        take_office(at, channel)
    with st.expander(say("channels.waive.title"), icon=":material/person_alert:", key="waive"):
        st.write(say("channels.waive.what"))
        end = (at.desk.house.now() + timedelta(days=WAIVER_DAYS)).date()
        st.date_input(say("column.until"), value=end, format="DD.MM.YYYY", key="waive-until")
        st.text_input(say("field.reason"), key="waive-reason", max_chars=1_000)
        st.button(say("channels.waive.button"), key="waive-button", on_click=_waive, args=(at, channel))


def _waive(at: Workplace, channel: Channel) -> None:
    until, reason = st.session_state.get("waive-until"), str(st.session_state.get("waive-reason") or "")
    tell(at.say, at.desk.waive, channel.slug, until=until or "", reason=reason, done="channels.waive.done")


# --------------------------------------------------------------------------------------------------------- connecting


def _owner(at: Workplace, channel: Channel, team: dict[str, str]) -> None:
    say = at.say
    with st.expander(say("channels.owner.title"), icon=":material/person:", key="change-owner"):
        st.caption(say("channels.owner.what"))
        _owner_choice(at, team, key=f"owner-{channel.slug}")
        st.button(say("channels.owner.button"), key="owner-button", on_click=_change_owner, args=(at, channel))


def _owner_choice(at: Workplace, team: dict[str, str], *, key: str) -> None:
    say = at.say
    st.selectbox(
        say("column.owner"),
        list(team),
        index=None,
        format_func=team.__getitem__,
        key=key,
        placeholder=say("channels.owner.choose"),
    )
    st.selectbox(
        say("column.deputy"),
        list(team),
        index=None,
        format_func=team.__getitem__,
        key=f"{key}-deputy",
        placeholder=say("channels.no_deputy"),
    )


def _change_owner(at: Workplace, channel: Channel) -> None:
    key = f"owner-{channel.slug}"
    owner, deputy = str(st.session_state.get(key) or ""), st.session_state.get(f"{key}-deputy")
    tell(at.say, at.desk.change_owner, channel.slug, owner=owner, deputy=deputy, done="channels.owner.done")


def _connection(at: Workplace, channel: Channel) -> None:
    """Settings, and the secret that can be written and never read."""
    say, kind = at.say, outlet(channel.outlet)
    with st.expander(say("channels.connection.title"), icon=":material/link:", key="connection"):
        st.caption(say("channels.connection.what"))
        _setting_fields(at, kind, channel.settings, key=f"set-{channel.slug}")
        st.button(say("channels.connection.button"), key="settings-button", on_click=_change_settings, args=(at, channel))
        if kind.needs_secret:
            st.text_input(say("channels.secret.new"), type="password", key=f"secret-{channel.slug}", autocomplete="off")
            st.button(say("channels.secret.button"), key="secret-button", on_click=_replace_secret, args=(at, channel))


def _setting_fields(at: Workplace, kind: Outlet, values: dict[str, str], *, key: str) -> None:
    for setting in kind.settings:
        label = _setting_name(at, setting.name)
        st.text_input(
            label if setting.required else at.say("channels.optional", field=label),
            value=values.get(setting.name, setting.default),
            key=f"{key}-{setting.name}",
            placeholder=setting.example,
        )


def _given_settings(kind: Outlet, key: str) -> dict[str, str]:
    given = {setting.name: str(st.session_state.get(f"{key}-{setting.name}") or "").strip() for setting in kind.settings}
    return {name: value for name, value in given.items() if value}


def _change_settings(at: Workplace, channel: Channel) -> None:
    given = _given_settings(outlet(channel.outlet), f"set-{channel.slug}")
    tell(at.say, at.desk.change_settings, channel.slug, given, done="saved")


def _replace_secret(at: Workplace, channel: Channel) -> None:
    key = f"secret-{channel.slug}"
    secret = str(st.session_state.get(key) or "")
    st.session_state[key] = ""
    tell(at.say, at.desk.replace_secret, channel.slug, secret, done="channels.secret.done")


# -------------------------------------------------------------------------------------------------------- another one


def _add(at: Workplace, team: dict[str, str]) -> None:
    say = at.say
    with st.expander(say("channels.add.title"), icon=":material/add_link:", key="add-channel"):
        if not team:
            st.info(say("channels.add.team_first"))
            return
        chosen = st.selectbox(say("column.kind"), kinds(), format_func=lambda one: say(f"outlet.{one}"), key=f"{NEW}-kind")
        kind = outlet(chosen or kinds()[0])
        st.text_input(say("channels.add.name"), key=f"{NEW}-name", max_chars=120)
        _owner_choice(at, team, key=f"{NEW}-owner")
        _setting_fields(at, kind, {}, key=f"{NEW}-{kind.kind}")
        if kind.needs_secret:
            st.text_input(say("field.secret"), type="password", key=f"{NEW}-secret", autocomplete="off")
        st.button(say("channels.add.button"), key=f"{NEW}-add", type="primary", on_click=_add_channel, args=(at, kind.kind))


def _add_channel(at: Workplace, kind: str) -> None:
    state = st.session_state
    name, secret = str(state.get(f"{NEW}-name") or ""), str(state.get(f"{NEW}-secret") or "")
    told = tell(
        at.say,
        at.desk.add_channel,
        name=name,
        slug=slugify(name, longest=40) if name.strip() else "",
        outlet=kind,
        owner=str(state.get(f"{NEW}-owner") or ""),
        deputy=state.get(f"{NEW}-owner-deputy"),
        settings=_given_settings(outlet(kind), f"{NEW}-{kind}"),
        secret=secret,
        done="channels.add.done",
    )
    if told.done:
        state[f"{NEW}-name"] = state[f"{NEW}-secret"] = ""
        state["channel"] = told.value.slug
