"""Today: what waits for me, what goes out next, what needs a person, what was published lately."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

import streamlit as st
from markupsafe import Markup

from pipeline.desk.channels import ChannelState
from pipeline.errors import AgreementExpired, AgreementMissing, SecretMissing
from pipeline.records import Channel, Piece, Publication, PublicationState, Side, Stage
from pipeline.screens.markup import anchor, element, table, tiles
from pipeline.screens.rooms import notices, page_file
from pipeline.screens.shared import (
    Workplace,
    moment,
    page_head,
    piece_line,
    plain,
    shortened,
    show,
    spoken,
    tell,
)

MOST_WAITING = 10
MOST_NEXT = 5
NEEDS_A_PERSON = (Stage.ATTENTION, Stage.MISSED)
OFFICE = (AgreementMissing, AgreementExpired)


def today_screen(at: Workplace) -> None:
    page_head(at.say, "screen.today", name=at.me.name)
    waiting = at.desk.waiting_for_me(MOST_WAITING + 1)
    counts = at.desk.counts()
    channels = at.desk.channels()
    by_id = {one.channel.id: one.channel for one in channels}
    if not counts and at.me.side is Side.CONSULTANT:
        _first_steps(at, channels)
    else:
        _numbers(at, counts, waiting)
    for tell_of in notices():
        tell_of(at)
    _channel_trouble(at, channels)
    _waiting(at, waiting, by_id)
    _stuck(at, counts, by_id)
    _next(at, by_id)
    _lately(at, by_id)


def _numbers(at: Workplace, counts: Mapping[str, int], waiting: Sequence[Piece]) -> None:
    say = at.say
    mine = f"{MOST_WAITING}+" if len(waiting) > MOST_WAITING else str(len(waiting))
    stuck = sum(counts.get(stage, 0) for stage in NEEDS_A_PERSON)
    show(
        tiles(
            [
                (mine, say("today.count.mine")),
                (str(counts.get(Stage.REVIEW, 0)), say("today.count.review")),
                (str(counts.get(Stage.SCHEDULED, 0)), say("today.count.scheduled")),
                (str(stuck), say("today.count.stuck")),
                (str(counts.get(Stage.PUBLISHED, 0)), say("today.count.published")),
            ]
        )
    )


# ------------------------------------------------------------------------------------------------- a client's beginning


def _first_steps(at: Workplace, channels: Sequence[ChannelState]) -> None:
    say = at.say
    team = any(person.side is Side.TEAM and person.is_active for person in at.desk.people())
    agreed = any(not any(isinstance(one, OFFICE) for one in state.problems) for state in channels)
    steps = [("team", team), ("channel", bool(channels)), ("agreement", agreed), ("brief", bool(at.desk.briefs(1)))]
    st.subheader(say("today.steps.title"), anchor=False)
    st.write(say("today.steps.lead"))
    rows = (
        element("li", ("✓ " if done else "○ "), say(f"today.steps.{name}"), css="ss-done" if done else "")
        for name, done in [*steps, ("piece", False)]
    )
    show(element("ul", *rows, css="ss-steps"))
    with st.container(horizontal=True):
        st.page_link(page_file("settings"), label=say("today.steps.to_settings"), icon=":material/tune:")
        st.page_link(page_file("write"), label=say("today.steps.to_write"), icon=":material/edit_note:")


# ---------------------------------------------------------------------------------------------------------- channels


def _channel_trouble(at: Workplace, channels: Sequence[ChannelState]) -> None:
    for state in channels:
        for problem in state.problems:
            if isinstance(problem, OFFICE) and state.channel.owner == at.me.id:
                take_office(at, state.channel)
            else:
                icon = ":material/key:" if isinstance(problem, SecretMissing) else ":material/info:"
                st.warning(plain(spoken(at.say, problem)), icon=icon)


def take_office(at: Workplace, channel: Channel) -> None:
    """The one click, and its confirmation, with which the named owner accepts the office and the start agreement."""
    say, key = at.say, channel.slug
    with st.container(border=True, key=f"office-{key}"):
        st.markdown(f"**{plain(say('office.title', channel=channel.name))}**")
        st.write(plain(say(f"office.what.{channel.phase.value}")))
        days = at.client.policy.agreement_days
        st.date_input(
            say("office.until"),
            value=(at.desk.house.now() + timedelta(days=days)).date(),
            format="DD.MM.YYYY",
            key=f"office-until-{key}",
            help=say("office.until_help"),
        )
        sure = st.checkbox(say("office.confirm", channel=plain(channel.name)), key=f"office-sure-{key}")
        st.button(
            say("office.accept"),
            key=f"office-accept-{key}",
            type="primary",
            disabled=not sure,
            on_click=_accept_office,
            args=(at, channel),
        )


def _accept_office(at: Workplace, channel: Channel) -> None:
    until = st.session_state[f"office-until-{channel.slug}"]
    once = f"agree:{channel.id}:{channel.version}"
    tell(at.say, at.desk.agree, channel.slug, until=until, done="office.done", once=once)


# -------------------------------------------------------------------------------------------------------------- lists


def _waiting(at: Workplace, waiting: Sequence[Piece], channels: Mapping[str, Channel]) -> None:
    st.subheader(at.say("today.waiting.title"), anchor=False)
    if not waiting:
        st.caption(at.say("today.waiting.none"))
    else:
        _lines(at, "waiting", waiting[:MOST_WAITING], channels)
    if len(waiting) > MOST_WAITING:
        st.page_link(page_file("review"), label=at.say("today.waiting.more"), icon=":material/arrow_forward:")


def _lines(at: Workplace, list_name: str, pieces: Sequence[Piece], channels: Mapping[str, Channel]) -> None:
    """Title as a link, and below it where and when."""
    with st.container(gap="small", key=f"line-{list_name}"):
        for piece in pieces:
            where = channels[piece.channel].name if piece.channel in channels else ""
            if piece.due_at is None:
                told = at.say("today.line.since", channel=where, at=piece.changed_at)
            else:
                told = at.say("today.line.due", channel=where, at=piece.due_at)
            piece_line(at.say, piece, told, badge=piece.stage in NEEDS_A_PERSON)


def _stuck(at: Workplace, counts: Mapping[str, int], channels: Mapping[str, Channel]) -> None:
    if not any(counts.get(stage) for stage in NEEDS_A_PERSON):
        return
    st.subheader(at.say("today.stuck.title"), anchor=False)
    _lines(at, "stuck", at.desk.pieces(stages=NEEDS_A_PERSON, limit=MOST_NEXT).pieces, channels)
    st.page_link(page_file("publish"), label=at.say("today.stuck.settle"), icon=":material/arrow_forward:")


def _next(at: Workplace, channels: Mapping[str, Channel]) -> None:
    st.subheader(at.say("today.next.title"), anchor=False)
    page = at.desk.pieces(stages=[Stage.SCHEDULED], order="due_at", descending=False, limit=MOST_NEXT)
    if not page.pieces:
        st.caption(at.say("today.next.none"))
    else:
        _lines(at, "next", page.pieces, channels)
    if page.total > MOST_NEXT:
        label = at.say("today.next.more", total=page.total)
        st.page_link(page_file("publish"), label=label, icon=":material/arrow_forward:")


def _lately(at: Workplace, channels: Mapping[str, Channel]) -> None:
    found = at.desk.pieces(stages=[Stage.PUBLISHED], limit=MOST_NEXT).pieces
    st.subheader(at.say("today.lately.title"), anchor=False)
    if not found:
        st.caption(at.say("today.lately.none"))
        return
    show(published_table(at, found, at.desk.publications(found), channels))


def published_table(
    at: Workplace, pieces: Sequence[Piece], rows: Mapping[str, Publication], channels: Mapping[str, Channel]
) -> Markup:
    say = at.say
    head = [say("column.piece"), say("column.channel"), say("column.live_since"), say("column.address")]
    return table(head, (_published(at, piece, rows.get(piece.id), channels) for piece in pieces))


def _published(at: Workplace, piece: Piece, row: Publication | None, channels: Mapping[str, Channel]) -> list[str | Markup]:
    where = channels[piece.channel].name if piece.channel in channels else ""
    is_live = row is not None and row.state is PublicationState.CONFIRMED
    since = moment(at.say, row.confirmed_at) if row and is_live else ""
    link: str | Markup = anchor(row.url, shortened(row.url.split("://", 1)[-1], 60)) if row and row.url else ""
    return [shortened(piece.title), where, since, link]
