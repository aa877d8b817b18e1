"""Clients, people, deputies: who belongs to whom, and who has left."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import date, timedelta

from pipeline import errors
from pipeline.clock import end_of, start_of, zone_named
from pipeline.desk import words
from pipeline.desk.act import INSTALLATION_ID, Act, How, View, acting, looking
from pipeline.desk.house import House
from pipeline.desk.leaving import Left, let_go, refuse_if_nobody_is_left, weigh_again
from pipeline.desk.who import Action
from pipeline.people.accounts import ensure_account
from pipeline.people.set_up import make_set_up_link
from pipeline.records import (
    Client,
    Delegation,
    Installation,
    Mark,
    Person,
    Role,
    Side,
    iso,
    new_id,
)
from pipeline.store.base import INSTALLATION

OF_SIDE = {Side.TEAM: Action.TEAM_PEOPLE, Side.CONSULTANT: Action.CONSULTANTS}
LONGEST_DELEGATION = timedelta(days=60)


class Errands:
    """One person of one client at the desk. Every verb is a unit of work of its own; rights are read in it, anew each time."""

    def __init__(self, house: House, ws: str, me: str | None, how: How = "app") -> None:
        self.house, self.ws, self.me_id, self.how = house, ws, me, how

    def act(self) -> AbstractContextManager[Act]:
        return acting(self.house, self.ws, me=self.me_id, how=self.how)

    @contextmanager
    def look(self) -> Iterator[View]:
        """Raises PersonHasLeft: whoever is there may look, in every phase; who was deactivated sees nothing more."""
        with looking(self.house, self.ws, me=self.me_id, how=self.how) as view:
            if self.me_id is not None:
                assert view.me.is_active  # noqa: S101  (asking for `me` refuses who has left)
            yield view


def open_installation(house: House) -> Installation:
    """Make what every installation has; harmless when it is there."""
    with house.store.tx() as t:
        if (found := t.get(Installation, INSTALLATION_ID)) is not None:
            return found
        made = t.add(Installation(id=INSTALLATION_ID, made_at=house.now()))
        t.append("installation.make", actor="command line", subject=made.id, at=house.now())
        return made


def add_client(
    house: House,
    *,
    name: str,
    slug: str,
    consultant: str,
    language: str = "de",
    timezone: str = "Europe/Berlin",
    how: How = "command line",
) -> tuple[Client, Person]:
    """A client company with its consultant ("Name <mail>"). Raises AlreadyThere, FieldMissing, FieldInvalid."""
    person_name, address = words.name_and_email(consultant)
    zone_named(timezone)
    if language not in ("de", "en"):
        raise errors.FieldInvalid(field="language", value=language)
    now = house.now()
    fields = {
        "slug": words.slug("slug", slug),
        "name": words.line("name", name, longest=120),
        "language": language,
        "timezone": timezone,
    }
    client = Client.model_validate({"id": new_id(), **fields, "made_at": now})
    with house.store.tx() as t:
        client = t.add(client)
        account = ensure_account(t, address, language, now)
        roles = frozenset({Role.OWNER, Role.APPROVER, Role.EDITOR})
        person = Person(client=client.id, name=person_name, email=account.email, side=Side.CONSULTANT, roles=roles, made_at=now)
        inside = t.of(client.id)
        person = inside.add(person)
        details = {"how": how, "consultant": person.id, "policy": client.policy.model_dump(mode="json")}
        inside.append("client.add", actor=person.id, subject=client.id, at=now, details=details)
    return client, person


class PeopleVerbs(Errands):
    def add_person(self, *, name: str, email: str, side: Side, roles: Collection[Role]) -> Person:
        """Once a channel is shared, each side brings its own people only. Who has left the team comes back under the same
        address as the same person; who has left the consultant's side would bring void approvals back and does not."""
        with self.act() as act:
            self._require_for(act, side)
            if not roles:
                raise errors.FieldMissing(field="roles")
            address = words.email(email)
            account = ensure_account(act.t.of(INSTALLATION), address, act.client.language, act.now)
            person = Person(
                client=self.ws,
                name=words.line("name", name, longest=120),
                email=account.email,
                side=side,
                roles=frozenset(roles),
                made_at=act.now,
            )
            person = self._come_back(act, person) or act.t.add(person)
            act.note("person.add", person.id, side=side.value, roles=sorted(role.value for role in person.roles))
            return person

    @staticmethod
    def _come_back(act: Act, person: Person) -> Person | None:
        before = next((one for one in act.people.values() if one.email == person.email), None)
        if before is None or before.is_active or before.side is not person.side or person.side is not Side.TEAM:
            return None
        return act.t.put(before.model_copy(update={"name": person.name, "roles": person.roles, "left": None}))

    def change_roles(self, email: str, roles: Collection[Role]) -> Person:
        """From now on. What they decided until now stays decided."""
        with self.act() as act:
            person = act.person_named(email)
            self._require_for(act, person.side)
            if not person.is_active:
                raise errors.AlreadyLeft(name=person.name)
            if not roles:
                raise errors.FieldMissing(field="roles")
            changed = act.t.put(person.model_copy(update={"roles": frozenset(roles)}))
            act.people = {**act.people, changed.id: changed}
            refuse_if_nobody_is_left(act, changed)
            weigh_again(act, changed)
            names = sorted(role.value for role in changed.roles)
            act.note("person.roles", changed.id, before=sorted(role.value for role in person.roles), roles=names)
            return changed

    def change_client(self, *, name: str | None = None, language: str | None = None) -> Client:
        """The company's name and the language of its texts."""
        with self.act() as act:
            act.require(Action.CLIENT)
            if language not in (None, "de", "en"):
                raise errors.FieldInvalid(field="language", value=language)
            changes = {
                "name": act.client.name if name is None else words.line("name", name, longest=120),
                "language": language or act.client.language,
            }
            client = act.t.of(INSTALLATION).put(act.client.model_copy(update=changes))
            act.note("client.change", self.ws, language=client.language)
            return client

    def invite(self, email: str) -> str:
        """The random part of a set-up link, for a new person of this client only. Whoever has a password, or is a person of
        another client, would hand their account to the holder of the link: HasAccountAlready."""
        with self.act() as act:
            person = act.person_named(email)
            self._require_for(act, person.side)
            if not person.is_active:
                raise errors.AlreadyLeft(name=person.name)
            account = ensure_account(act.t.of(INSTALLATION), person.email, act.client.language, act.now)
            elsewhere = any(ws != self.ws for ws, _ in self.house.store.everywhere(Person, {"email": person.email}))
            if account.password_hash or elsewhere:
                raise errors.HasAccountAlready(name=person.name)
            act.note("person.invite", person.id)
            return make_set_up_link(act.t, account.id, act.now)

    def deactivate(self, email: str, *, reason: str = "") -> Left:
        """End everything a person can do. Their past decisions stay as evidence; a leaving consultant's approvals of
        pieces not yet published are void."""
        with self.act() as act:
            person = act.person_named(email)
            act.require(Action.LET_GO if person.side is Side.TEAM or act.me.side is Side.TEAM else Action.CONSULTANTS)
            if not person.is_active:
                raise errors.AlreadyLeft(name=person.name)
            return let_go(act, person, reason=words.line("reason", reason, needed=False))

    def _require_for(self, act: Act, side: Side) -> None:
        """Each side brings its own people; one that has nobody left to do so gets them from the other, or its place could
        never be filled again."""
        if any(act.allows(one, OF_SIDE[side]) for one in act.people.values() if one.side is side):
            act.require(OF_SIDE[side])
        else:
            act.require(Action.PEOPLE)

    def delegate(
        self, *, to: str, until: date | str, start: date | str | None = None, channels: Sequence[str] = ()
    ) -> Delegation:
        """The acting person's deputy for that time. Raises DelegationTooLong, DelegationAcrossSides, DelegationChain."""
        with self.act() as act:
            act.require(Action.DELEGATE)
            taker = act.person_named(to)
            if not taker.is_active:
                raise errors.PersonHasLeft(name=taker.name)
            if taker.id == act.me.id:
                raise errors.FieldInvalid(field="to", value=taker.email)
            if taker.side is not act.me.side:
                raise errors.DelegationAcrossSides(name=taker.name)
            zone = act.client.timezone
            begin = start_of(start, zone) if start else act.now
            end = end_of(until, zone, now=max(begin, act.now))
            if end - begin > LONGEST_DELEGATION + timedelta(days=1):
                raise errors.DelegationTooLong(days=LONGEST_DELEGATION.days)
            self._refuse_chain(act, taker)
            ids = tuple(act.channel_named(slug).id for slug in channels)
            made = Delegation(client=self.ws, giver=act.me.id, taker=taker.id, channels=ids, start=begin, until=end, at=act.now)
            made = act.t.add(made)
            act.note("delegate", made.id, taker=taker.id, channels=list(ids), start=iso(begin), until=iso(end))
            return made

    def end_delegation(self, delegation_id: str) -> Delegation:
        """Back before the agreed end. Only who gave it can end it."""
        with self.act() as act:
            found = act.find(Delegation, delegation_id)
            if found.giver != act.me.id:
                raise errors.NotAllowed(action=Action.DELEGATE, name=act.me.name, channel=act.client.name, phase=None)
            if found.ended is not None or found.until <= act.now:
                return found
            ended = act.t.put(found.model_copy(update={"ended": Mark(by=act.me.id, at=act.now)}))
            act.note("delegate.end", ended.id, taker=ended.taker)
            return ended

    def _refuse_chain(self, act: Act, taker: Person) -> None:
        mine = act.t.page(Delegation, {"taker": act.me.id}, limit=1_000)
        theirs = act.t.page(Delegation, {"giver": taker.id}, limit=1_000)
        if any(one.ended is None and one.until > act.now for one in (*mine, *theirs)):
            raise errors.DelegationChain(name=taker.name)

    def people(self) -> list[Person]:
        with self.look() as view:
            return sorted(view.people.values(), key=lambda one: (not one.is_active, one.side, one.name.casefold()))

    def delegations(self) -> list[Delegation]:
        with self.look() as view:
            found = view.reader.page(Delegation, order="until", descending=True, limit=200)
            return [one for one in found if one.ended is None and one.until > view.now]
