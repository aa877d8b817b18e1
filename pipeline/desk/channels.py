"""Channels: connecting a place, who answers for it, pausing it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from pipeline import errors
from pipeline.clock import end_of
from pipeline.desk import words
from pipeline.desk.act import INSTALLATION_ID, Act, View
from pipeline.desk.credentials import bring, connection_to, is_in_use, refuse_elsewhere, settings_changed
from pipeline.desk.people import Errands
from pipeline.desk.who import Action
from pipeline.errors import Refusal
from pipeline.publish.channels.port import Signed
from pipeline.records import (
    Agreement,
    Channel,
    Identity,
    Installation,
    Mark,
    Person,
    Phase,
    Side,
    Waiver,
)
from pipeline.review.gate import why_off
from pipeline.store.base import INSTALLATION

LONGEST_AGREEMENT = timedelta(days=366)
LEAST_REASON = 20


@dataclass(frozen=True)
class ChannelState:
    """A channel with what stands in its way."""

    channel: Channel
    owner: Person | None
    deputy: Person | None
    problems: Sequence[Refusal]


class ChannelVerbs(Errands):
    def add_channel(
        self,
        *,
        name: str,
        slug: str,
        outlet: str,
        owner: str,
        deputy: str | None = None,
        settings: Mapping[str, str] | None = None,
        secret: str = "",
    ) -> Channel:
        """Connect a place. Raises AlreadyThere, UnknownOutlet, OwnerMustBeTeam, FieldMissing, FieldInvalid, SecretMissing,
        ChannelMoved."""
        with self.act() as act:
            act.require(Action.CHANNELS)
            _refuse_moved(act)
            kind = self.house.outlet(outlet)
            short = words.slug("slug", slug)
            if any(one.slug == short for one in act.channels):
                raise errors.AlreadyThere(what="channel", name=short)
            channel = Channel(
                client=self.ws,
                slug=short,
                name=words.line("name", name, longest=120),
                outlet=outlet,
                settings=kind.accept_settings(settings or {}),
                owner=self._new_owner(act, owner).id,
                deputy=self._of_the_team(act, deputy).id if deputy else None,
                phase_since=act.now,
                made_at=act.now,
            )
            if kind.needs_secret and not secret.strip():
                raise errors.SecretMissing(channel=channel.name)
            if channel.deputy == channel.owner:
                raise errors.FieldInvalid(field="deputy", value=deputy)
            if not act.deciders(channel):  # nobody is there to show how it is done: it is the team's from the beginning
                channel = channel.model_copy(update={"phase": Phase.ABGEBEN})
            channel = act.t.add(bring(act, channel, secret) if secret else channel)
            act.note(
                "channel.add",
                channel.id,
                outlet=outlet,
                owner=channel.owner,
                deputy=channel.deputy,
                phase=channel.phase.value,
                secret=channel.secret is not None,
            )
            return channel

    def replace_secret(self, slug: str, secret: str) -> Channel:
        """Raises SecretMissing, and SameCredential for what the other side has brought already."""
        with self.act() as act:
            channel = act.channel_named(slug)
            act.require(Action.CONNECT, channel)
            if not secret.strip():
                raise errors.SecretMissing(channel=channel.name)
            again = {"again": True} if is_in_use(act, channel, secret) else {}
            channel = act.t.put(bring(act, channel, secret))
            act.note("channel.secret", channel.id, **again)
            return channel

    def change_settings(self, slug: str, settings: Mapping[str, str]) -> Channel:
        """Raises FieldMissing, FieldInvalid, and CredentialIsOthers for another server than the credential was brought for."""
        with self.act() as act:
            channel = act.channel_named(slug)
            act.require(Action.CONNECT, channel)
            accepted = act.outlet(channel).accept_settings({**channel.settings, **settings})
            refuse_elsewhere(act, channel, accepted)
            before, channel = channel, act.t.put(channel.model_copy(update={"settings": accepted, "identity": None}))
            settings_changed(act, before, channel)
            act.note("channel.settings", channel.id, names=sorted(settings))
            act.resettle(channel)
            return channel

    @staticmethod
    def _of_the_team(act: Act, email: str) -> Person:
        person = act.person_named(email)
        if person.side is not Side.TEAM or not person.is_active:
            raise errors.OwnerMustBeTeam(name=person.name)
        return person

    @classmethod
    def _new_owner(cls, act: Act, email: str) -> Person:
        """Whoever owns a channel brings and lets go of the team's people. Once that is no longer the consultant's to do, it is
        not the consultant's to give either. Raises NotAllowed."""
        named = cls._of_the_team(act, email)
        if not act.allows(named, Action.TEAM_PEOPLE):
            act.require(Action.TEAM_PEOPLE)
        return named

    def change_owner(self, slug: str, *, owner: str, deputy: str | None = None) -> Channel:
        """Name another owner; the office has to be accepted anew."""
        with self.act() as act:
            channel = act.channel_named(slug)
            act.require(Action.NAME_OWNER, channel)
            named = self._new_owner(act, owner)
            second = self._of_the_team(act, deputy).id if deputy else channel.deputy
            stays = named.id == channel.owner
            changes = {
                "owner": named.id,
                "deputy": None if second == named.id else second,
                "agreement": channel.agreement if stays else None,
                "waiver": channel.waiver if stays else None,
            }
            channel = act.t.put(channel.model_copy(update=changes))
            act.resettle(channel)  # a waiver ends with its owner, and whose word counted for the office may count no more
            act.note("channel.owner", channel.id, owner=named.id, deputy=channel.deputy)
            return channel

    def agree(self, slug: str, *, until: date | str | None = None) -> Channel:
        """The named owner accepts the office, and that the consultant decides alone while the phase is vormachen."""
        with self.act() as act:
            channel = act.channel_named(slug)
            if channel.owner != act.me.id:
                raise errors.NotTheOwner(channel=channel.name, name=act.people[channel.owner].name)
            act.require(Action.AGREE, channel)
            zone = act.client.timezone
            wanted = until or act.now.date() + timedelta(days=act.client.policy.agreement_days)
            end = end_of(wanted, zone, now=act.now)
            if end - act.now > LONGEST_AGREEMENT:
                raise errors.DateTooFar(until=end, days=LONGEST_AGREEMENT.days)
            agreement = Agreement(owner=act.me.id, consultant=self._consultant(act), at=act.now, until=end)
            channel = act.t.put(channel.model_copy(update={"agreement": agreement}))
            act.note("channel.agree", channel.id, owner=agreement.owner, consultant=agreement.consultant, until=str(end.date()))
            return channel

    @staticmethod
    def _consultant(act: Act) -> str:
        ours = [one for one in act.people.values() if one.side is Side.CONSULTANT and one.is_active]
        return min(ours, key=lambda one: one.made_at).id if ours else ""

    def waive(self, slug: str, *, until: date | str, reason: str) -> Channel:
        """The owner waives four eyes for a sole person, with an end date; visible wherever the channel is shown."""
        with self.act() as act:
            channel = act.channel_named(slug)
            if channel.owner != act.me.id:
                raise errors.NotTheOwner(channel=channel.name, name=act.people[channel.owner].name)
            act.require(Action.WAIVE, channel)
            text = words.prose("reason", reason, longest=1_000, needed=True)
            end = end_of(until, act.client.timezone, now=act.now)
            if end - act.now > LONGEST_AGREEMENT:
                raise errors.DateTooFar(until=end, days=LONGEST_AGREEMENT.days)
            waiver = Waiver(by=act.me.id, at=act.now, until=end, reason=text)
            channel = act.t.put(channel.model_copy(update={"waiver": waiver}))
            act.note("channel.waive", channel.id, until=str(end.date()))
            act.resettle(channel)
            return channel

    def check_channel(self, slug: str) -> Signed:
        """Sign in at the outside system and say who we are. A refusal of the outside system is an answer, not an error."""
        with self.look() as view:
            channel = view.channel_named(slug)
            view.require(Action.SEE, channel)
            try:
                connection = connection_to(view, channel)
            except errors.SecretMissing as missing:
                return Signed("", (missing,))
        try:
            signed = connection.check()
        except Refusal as refused:
            signed = Signed("", (refused,))
        self._remember(slug, signed)
        return signed

    def _remember(self, slug: str, signed: Signed) -> None:
        with self.act() as act:
            channel = act.channel_named(slug)
            codes = tuple(problem.code for problem in signed.problems)
            identity = Identity(account=signed.account, at=act.now, problems=codes)
            act.t.put(channel.model_copy(update={"identity": identity}))
            if channel.identity is None or channel.identity.account != identity.account:
                act.note("channel.check", channel.id, problems=list(codes))

    def channels(self) -> list[ChannelState]:
        with self.look() as view:
            return [
                ChannelState(one, view.people.get(one.owner), view.people.get(one.deputy or ""), problems_of(view, one))
                for one in view.channels
            ]

    # -- stop and go

    def pause(self, slug: str | None = None, *, reason: str = "") -> None:
        """Stop sending on one channel, or for the client. What passed the last gate already is on its way."""
        self._set_pause(slug, reason=reason, pausing=True)

    def resume(self, slug: str | None = None) -> None:
        self._set_pause(slug, reason="", pausing=False)

    def _set_pause(self, slug: str | None, *, reason: str, pausing: bool) -> None:
        with self.act() as act:
            mark = Mark(by=act.me.id, at=act.now, reason=words.line("reason", reason, needed=False)) if pausing else None
            word = "pause" if pausing else "resume"
            if slug is None:
                act.require(Action.PAUSE)
                act.t.of(INSTALLATION).put(act.client.model_copy(update={"paused": mark}))
                act.note(f"client.{word}", self.ws)
            else:
                channel = act.channel_named(slug)
                act.require(Action.PAUSE, channel)
                act.t.put(channel.model_copy(update={"paused": mark}))
                act.note(f"channel.{word}", channel.id)

    def stop_all(self, *, reason: str = "") -> None:
        """The kill switch of the installation."""
        self._set_stop(Mark(by=self.me_id or "", at=self.house.now(), reason=reason))

    def go_all(self) -> None:
        """Lift it. A stop that another client's people set is lifted by them, or by the operator on the command line."""
        self._set_stop(None)

    def _set_stop(self, mark: Mark | None) -> None:
        with self.act() as act:
            act.require(Action.STOP)
            outside = act.t.of(INSTALLATION)
            installation = outside.get(Installation, INSTALLATION_ID)
            if installation is None:
                raise errors.NoStore(folder=str(self.house.settings.store))
            earlier = installation.stopped
            if mark is None and earlier is not None and earlier.by not in act.people and self.how == "app":
                raise errors.StopIsOthers(since=earlier.at)
            outside.put(installation.model_copy(update={"stopped": mark}))
            act.note("installation.stop" if mark else "installation.go", INSTALLATION_ID)


def _refuse_moved(act: Act) -> None:
    """What is connected here after a move would send beside the installation to which the client has gone."""
    for channel in act.channels:
        if channel.off and channel.off.why == "moved":
            raise why_off(channel, channel.off)


def problems_of(view: View, channel: Channel) -> list[Refusal]:
    """What a glance at the records tells, without asking the outside system."""
    owner, agreement = view.people.get(channel.owner), channel.agreement
    found: list[Refusal] = []
    if owner is None or not owner.is_active:
        found.append(errors.OwnerHasLeft(channel=channel.name, name=owner.name if owner else "?"))
    elif agreement is None or agreement.owner != channel.owner:
        found.append(errors.AgreementMissing(channel=channel.name, name=owner.name))
    elif channel.phase is Phase.VORMACHEN and agreement.until <= view.now:  # only there does the consultant decide alone
        found.append(errors.AgreementExpired(channel=channel.name, name=owner.name, until=agreement.until))
    if channel.off:
        found.append(why_off(channel, channel.off))
    elif view.outlet(channel).needs_secret and channel.secret is None:
        found.append(errors.SecretMissing(channel=channel.name))
    if channel.paused:
        by = view.people.get(channel.paused.by)
        found.append(errors.ChannelPaused(channel=channel.name, name=by.name if by else "?"))
    return found
