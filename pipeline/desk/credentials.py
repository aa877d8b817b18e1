"""A channel's credential: kept sealed, and the ones before it until they are proven dead."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pipeline import errors
from pipeline.desk.act import Act, View
from pipeline.people.vault import hint
from pipeline.publish.channels.port import Connection, Outlet, Wire
from pipeline.records import Channel, FormerSecret, Mark, Person, Secret, SecretHint


def connection_to(view: View, channel: Channel) -> Connection:
    """Raises SecretMissing, KeysAreMissing, KeysDoNotFit."""
    outlet = view.outlet(channel)
    secret = ""
    if outlet.needs_secret:
        kept = view.reader.get(Secret, channel.id)
        if kept is None:
            raise errors.SecretMissing(channel=channel.name)
        secret = view.house.vault.reveal(view.reader, view.ws, channel.id, kept.sealed)
    wire = Wire(net=view.house.net, image=view.house.blobs.bytes_of, now=view.house.now, secret=secret)
    return outlet.connect(view.place(channel), wire)


def bring(act: Act, channel: Channel, secret: str) -> Channel:
    """The channel with this credential, still to be saved. What it replaces is kept until it is proven dead.

    Raises SameCredential for one that the other side has brought: handing it on would make nothing its own.
    """
    text, outlet = secret.strip(), act.outlet(channel)
    sealed = act.house.vault.seal(act.t, act.ws, channel.id, text, act.now)
    kept = act.t.get(Secret, channel.id)
    if kept is None:
        act.t.add(Secret(id=channel.id, client=act.ws, sealed=sealed, at=act.now, settings=(channel.settings,)))
    else:
        former = _others(act, channel, kept, text)
        changes = {"sealed": sealed, "at": act.now, "settings": (channel.settings,), "former": former}
        act.t.put(kept.model_copy(update=changes))
    shown = SecretHint(ending=hint(text), by=act.me.id, at=act.now, expires_at=outlet.expires_at(text))
    return channel.model_copy(update={"secret": shown, "identity": None})


def _others(act: Act, channel: Channel, kept: Secret, text: str) -> tuple[FormerSecret, ...]:
    """Everything that was used before this one and is another."""
    by = channel.secret.by if channel.secret else ""
    present = FormerSecret(sealed=kept.sealed, brought=Mark(by=by, at=kept.at), settings=kept.settings or (channel.settings,))
    others = []
    for one in (*kept.former, present):
        if act.house.vault.reveal(act.t, act.ws, channel.id, one.sealed) != text:
            others.append(one)
        elif _is_of_the_other_side(act, act.people.get(one.brought.by)):
            raise errors.SameCredential(channel=channel.name, name=act.people[one.brought.by].name)
    return tuple(others)


def _is_of_the_other_side(act: Act, person: Person | None) -> bool:
    return person is not None and person.side is not act.me.side


def is_in_use(act: Act, channel: Channel, secret: str) -> bool:
    """Whether the channel works with this very credential already."""
    kept = act.t.get(Secret, channel.id)
    return kept is not None and act.house.vault.reveal(act.t, act.ws, channel.id, kept.sealed) == secret.strip()


def refuse_elsewhere(act: Act, channel: Channel, settings: Mapping[str, str]) -> None:
    """A credential is shown to no other server than those for which it was brought, unless its own side names it.
    Raises CredentialIsOthers."""
    brought_by = act.people.get(channel.secret.by) if channel.secret else None
    if _is_of_the_other_side(act, brought_by) and _servers(settings) != _servers(channel.settings):
        raise errors.CredentialIsOthers(channel=channel.name, name=brought_by.name if brought_by else "?")


def _servers(settings: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(value for _, value in sorted(settings.items()) if "://" in value)


def settings_changed(act: Act, before: Channel, after: Channel) -> None:
    """The same credential is used with another account or site from now on: later it has to be dead with each of them."""
    kept = act.t.get(Secret, after.id)
    if kept is not None:
        used = with_each_address(act.outlet(after), (*(kept.settings or (before.settings,)), after.settings))
        act.t.put(kept.model_copy(update={"settings": used}))


def with_each_address(outlet: Outlet, settings: Sequence[Mapping[str, str]]) -> tuple[dict[str, str], ...]:
    """The newest settings for each account or site among them, and for each server that was asked for it."""
    return tuple({(outlet.address(one), _servers(one)): dict(one) for one in settings}.values())
