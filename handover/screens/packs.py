"""The pack: made with progress and fetched once, read back and checked; a client moved with it, and its channels connected."""

from __future__ import annotations

import tempfile
from pathlib import Path

import streamlit as st
from streamlit import config

from handover.pack.verifier import Report, verify
from handover.screens.exports import EXPORTS, Making
from handover.screens.place import Place
from handover.screens.reasons import forget, reason_given, reason_line, tell_above, told_above
from handover.screens.routes import pack_way
from pipeline.desk.who import Action
from pipeline.errors import PackNotOurs
from pipeline.people.accounts import account_of
from pipeline.records import Channel, Side
from pipeline.screens.markup import anchor, facts
from pipeline.screens.shared import day, plain, show, spoken, tell

CHECKED, UPLOADED = "handover-pack-checked", "handover-pack-upload"
MOST_PROBLEMS = 20
MOVE = "move"


def pack_view(at: Place) -> None:
    say = at.say
    st.subheader(say("packs.title"), anchor=False)
    told_above()
    _off(at)
    st.markdown(plain(say("packs.what")))
    if at.desk.may(Action.BACKUP):
        progress(at)
    else:
        st.caption(say("packs.not_yours"))
    _check(at)


# ---------------------------------------------------------------------------------------------------------------- making


@st.fragment(run_every=1.0)
def _watch(at: Place) -> None:
    """Only while one is being made."""
    making = EXPORTS.of(at.desk.ws, at.me.id)
    if making is None or making.is_over:
        st.rerun()
    else:
        st.progress(making.share, text=at.say("pack.making", percent=round(making.share * 100)))


def progress(at: Place) -> None:
    making = EXPORTS.of(at.desk.ws, at.me.id)
    if making is not None and not making.is_over:
        _watch(at)
        return
    if making is not None:
        _made(at, making)
    ready = making is not None and making.is_there
    st.button(
        at.say("packs.make"),
        key="handover-pack-make",
        type="secondary" if ready else "primary",
        icon=":material/inventory_2:",
        on_click=_start,
        args=(at, ""),
    )
    if not _moved(at):
        _move(at)


def _start(at: Place, move_to: str) -> None:
    with at.desk.house.store.read() as view:
        account = account_of(view, at.me.email)
    if account is not None:
        EXPORTS.start(at.desk, person=at.me.id, account=account.id, name=at.client.slug, move_to=move_to)


def _made(at: Place, making: Making) -> None:
    say = at.say
    if making.refusal is not None:
        st.error(plain(spoken(say, making.refusal)), icon=":material/block:")
    elif making.broken or making.pack is None:
        st.error(say("packs.broken"), icon=":material/error:")
    elif making.fetched:
        st.success(say("packs.fetched"), icon=":material/check:")
    elif not making.is_there:
        st.info(say("packs.gone"), icon=":material/timer_off:")
    else:
        with st.container(border=True, key="handover-pack-ready"):
            st.markdown(f"**{plain(say('packs.ready', pieces=making.pack.pieces, entries=making.pack.entries))}**")
            rows = [(say("packs.sum"), making.pack.sha256), (say("packs.head"), making.pack.audit_head)]
            show(facts(rows))
            show(anchor(pack_way(making), say("packs.fetch", mega=_mega(making)), css="ss-button", here=True))
            st.caption(say("packs.once"))


def _mega(making: Making) -> float:
    return round(making.pack_size / 1_000_000, 1)


# ---------------------------------------------------------------------------------------------------------------- moving


def _moved(at: Place) -> bool:
    return any(state.channel.off is not None and state.channel.off.why == "moved" for state in at.desk.channels())


def _move(at: Place) -> None:
    say = at.say
    with st.expander(say("packs.move.title"), icon=":material/local_shipping:", key="handover-move"):
        st.markdown(plain(say("packs.move.what")))
        reason_line(say("packs.move.where"), MOVE)
        sure = st.checkbox(say("packs.move.sure"), key="handover-move-sure")
        st.button(say("packs.move.button"), key="handover-move-button", disabled=not sure, on_click=_move_now, args=(at,))


def _move_now(at: Place) -> None:
    if where := reason_given(MOVE).strip():
        forget(MOVE)
        _start(at, where)
    else:
        st.error(at.say("packs.move.where_missing"))


# ------------------------------------------------------------------------------------------------------- channels that are off


def _off(at: Place) -> None:
    """What a move or an import has left switched off, and the way back."""
    say = at.say
    off = [(state.channel, state.channel.off) for state in at.desk.channels() if state.channel.off is not None]
    if not off:
        return
    with st.container(border=True, key="handover-off"):
        st.markdown(f"**{plain(say('packs.off.title'))}**")
        for channel, why in off:
            st.markdown(plain(say(f"packs.off.{why.why}", channel=channel.name, where=why.where or "–", at=day(say, why.at))))
            if why.why != "moved" and at.desk.may(Action.CONNECT, channel.slug):
                _reconnect(at, channel)
        if any(why.why == "moved" for _, why in off):
            st.button(say("packs.undo_move"), key="handover-undo-move", icon=":material/undo:", on_click=_undo_move, args=(at,))


def _reconnect(at: Place, channel: Channel) -> None:
    key = f"handover-secret-{channel.slug}"
    if at.desk.house.outlet(channel.outlet).needs_secret:
        st.text_input(at.say("channels.secret.new"), type="password", key=key, autocomplete="off")
    label = at.say("packs.reconnect", channel=plain(channel.name))
    st.button(
        label, key=f"handover-reconnect-{channel.slug}", icon=":material/cable:", on_click=_connect, args=(at, channel, key)
    )


def _connect(at: Place, channel: Channel, key: str) -> None:
    secret = str(st.session_state.get(key) or "")
    told = tell(at.say, at.desk.reconnect, channel.slug, secret, done="")
    if told.done:
        st.session_state.pop(key, None)
        name = "packs.reconnected_asking" if told.value.asked else "packs.reconnected"
        tell_above(at.say(name, channel=channel.name, account=told.value.account, asked=list(told.value.asked)))


def _undo_move(at: Place) -> None:
    told = tell(at.say, at.desk.undo_move, done="")
    if told.done:
        tell_above(at.say("pack.move_undone", channels=[one.name for one in told.value]))


# -------------------------------------------------------------------------------------------------------------- checking


def _check(at: Place) -> None:
    say = at.say
    with st.expander(say("packs.check.title"), icon=":material/verified:", key="handover-check"):
        st.markdown(plain(say("packs.check.what")))
        given = st.file_uploader(say("packs.check.file"), type="zip", key=UPLOADED, label_visibility="collapsed")
        st.caption(say("packs.check.large", mega=config.get_option("server.maxUploadSize")))
        if given is not None:
            st.button(say("packs.check.button"), key="handover-check-button", on_click=_check_now, args=(at,))
        report: Report | None = st.session_state.get(CHECKED)
        if report is not None and given is not None:
            _report(at, report)


def _check_now(at: Place) -> None:
    """A pack of this client that was exported here and is read back by the team counts for the exit, too."""
    given = st.session_state.get(UPLOADED)
    if given is None:
        return
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "pack.zip"
        file.write_bytes(given.getbuffer())
        report = st.session_state[CHECKED] = verify(file)
        if report.ok and at.me.side is Side.TEAM and at.desk.may(Action.BACKUP):
            tell(at.say, at.desk.verify_pack, file, done="packs.check.counts", quiet=(PackNotOurs,))


def _report(at: Place, report: Report) -> None:
    say = at.say
    if report.ok:
        client = report.manifest["client"]
        st.success(plain(say("packs.check.sound", name=client["name"], pieces=report.pieces, entries=report.entries)))
        show(facts([(say("packs.head"), report.head)]))
        return
    st.error(plain(say("packs.check.wrong", count=len(report.problems))), icon=":material/gpp_bad:")
    told = [one.told(say.language) for one in report.problems[:MOST_PROBLEMS]]
    st.markdown("\n".join(f"- {plain(one)}" for one in told))
