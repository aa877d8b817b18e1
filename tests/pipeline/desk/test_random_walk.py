"""Random days of a small company: everybody presses everything at any time, while the outside system and the worker fail.

After each step what must always hold is looked up afresh, from records and from what the test saw itself, never with the gate.
`STAFFELSTAB_WALK_SECONDS` makes it longer, `STAFFELSTAB_WALK_SEED` repeats one walk.
"""

from __future__ import annotations

import contextlib
import dataclasses
import itertools
import os
import random
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from pipeline import errors
from pipeline.desk import Desk
from pipeline.desk.act import settle_converted, settle_overdue
from pipeline.desk.writing import Change
from pipeline.errors import Refusal
from pipeline.publish.channels.port import Delivery, Place, Preview, Rendered
from pipeline.records import (
    Channel,
    Client,
    Content,
    Decision,
    Installation,
    Mark,
    Person,
    Phase,
    PhaseChange,
    Piece,
    Proposal,
    Publication,
    PublicationState,
    Revision,
    Role,
    Side,
    Stage,
    Verdict,
)
from pipeline.store.chain import broken_links
from pipeline.text import SafeHtml, to_html
from pipeline.worker import Worker
from tests.fakes.outlet import Killed, MemoryOutlet, Remote
from tests.house import AHouse, a_house
from tests.phases import handover_desk, in_phase

SECONDS = float(os.environ.get("STAFFELSTAB_WALK_SECONDS", "12"))
SEED = os.environ.get("STAFFELSTAB_WALK_SEED")
STEPS = 120
MOST_OPEN = 2
LIVE = (Stage.PUBLISHED, Stage.PUBLISHING, Stage.ATTENTION)
REASON = "Rückruf der Charge 12, niemand ist erreichbar."


class Outlet(MemoryOutlet):
    """All of the content stands in the payload; the conversion can get a newer version."""

    conversion = "walk/1"

    def address(self, settings: Mapping[str, str]) -> str:
        return settings["base_url"]

    def render(self, content: Content, place: Place) -> Rendered:
        payload = {**content.model_dump(mode="json"), "html": to_html(content.body), "to": place.settings["base_url"]}
        payload["by"] = self.conversion
        return Rendered(payload, Preview("article", SafeHtml(""), content.body))


class Broken(BaseException):
    """A rule was broken while the worker worked; not an `Exception`, which it would take for a mistake of the channel."""


class Public(list[tuple[str, Mapping[str, object]]]):
    """What the public sees, with the piece it was sent for."""

    def __init__(self, sent: Callable[[Mapping[str, object]], None]) -> None:
        super().__init__()
        self.sent = sent

    def append(self, entry: tuple[str, Mapping[str, object]]) -> None:
        super().append(entry)
        self.sent(entry[1])


@dataclass
class Walk:
    at: AHouse
    dice: random.Random
    delivery: Delivery
    remote: Remote
    outlet: Outlet
    seen: dict[str, Mapping[str, object]] = field(default_factory=dict)
    """Decision id -> the payload as it was when the decision was given."""
    sending: str = ""
    cleared: dict[str, Mapping[str, object]] = field(default_factory=dict)
    """Piece -> payload for which the last gate opened."""
    public: dict[str, int] = field(default_factory=dict)
    told: list[str] = field(default_factory=list)
    owed: dict[tuple[str, Mark | None], set[Phase]] = field(default_factory=dict)
    """Piece and how it was handed in -> phases in which it was approved and whose places it keeps."""
    changes: list[tuple[Phase, Phase, Side, bool]] = field(default_factory=list)
    number: int = 0
    last: str = ""
    badness: float = 0
    events: int = 0
    looked_at: int = 0
    phases: dict[str, Phase] = field(default_factory=dict)
    """Of each channel, as the audit chain tells it."""
    inside: bool = False

    # -- what the test knows by itself

    def person(self) -> Person:
        """Often the one who did the last thing: it is the own work that people are tempted to wave through."""
        people = self.people()
        if self.dice.random() < 0.5 or self.last not in people:
            self.last = self.dice.choice([one.id for one in people.values() if one.is_active or self.dice.random() < 0.05])
        return people[self.last]

    def people(self) -> dict[str, Person]:
        with self.at.house.store.read(self.at.client.id) as view:
            return {one.id: one for one in view.page(Person, limit=100)}

    def pieces(self) -> list[Piece]:
        with self.at.house.store.read(self.at.client.id) as view:
            return view.page(Piece, limit=100)

    def open_pieces(self) -> list[Piece]:
        return [one for one in self.pieces() if one.stage not in (Stage.PUBLISHED, Stage.WITHDRAWN, Stage.REJECTED)]

    def piece(self) -> Piece:
        """Mostly one of which something can become."""
        return self.dice.choice((self.dice.random() < 0.95 and self.open_pieces()) or self.pieces())

    def anyone(self) -> Person:
        return next(one for one in self.people().values() if one.is_active)

    def is_urgent(self, piece: Piece) -> bool:
        """Maybe nobody approved it: an emergency release fills no place."""
        with self.at.house.store.read(self.at.client.id) as view:
            said = view.page(Decision, {"piece": piece.id}, limit=1_000)
        return any(one.verdict is Verdict.EMERGENCY for one in said)

    def in_charge(self, side: Side, channel: Channel | None = None) -> list[Person]:
        """Who can answer for that side: its owners, the consultant's approvers, the channel's owner."""
        leads = {Role.OWNER} if side is Side.TEAM else {Role.OWNER, Role.APPROVER}
        owner = (channel or self.channel()).owner
        ours = [one for one in self.people().values() if one.is_active and one.side is side]
        return [one for one in ours if one.roles & leads or one.id == owner]

    def channels(self) -> list[Channel]:
        with self.at.house.store.read(self.at.client.id) as view:
            return view.page(Channel, limit=10)

    def channel(self, slug: str = "blog") -> Channel:
        return next(one for one in self.channels() if one.slug == slug)

    def payload(self, piece: Piece) -> Mapping[str, object]:
        channel = self.channel()
        with self.at.house.store.read(self.at.client.id) as view:
            newest = view.page(Revision, {"piece": piece.id}, order="number", descending=True, limit=1)
        revision = newest[0]
        place = Place(channel.name, channel.settings, "", "de", "Europe/Berlin", channel.slug)
        return self.outlet.render(revision.content, place).payload

    def size(self) -> tuple[object, ...]:
        """Changes with every write."""
        with self.at.house.store.read() as view:
            connection = view.connection  # type: ignore[attr-defined]
            tables = ("piece", "revision", "decision", "publication", "channel", "person", "delegation", "client", "installation")
            counted = [connection.execute(f"SELECT count(*), total(version) FROM {one}").fetchone() for one in tables]
            return (*counted, self.chain_length())

    def chain_length(self) -> int:
        with self.at.house.store.read() as view:
            (length,) = view.connection.execute("SELECT count(*) FROM event").fetchone()  # type: ignore[attr-defined]
            return int(length)

    # -- one step

    def step(self) -> None:
        name, act = self.dice.choice(WEIGHTED)
        before, length = self.size(), self.chain_length()
        try:
            act(self)
            self.told.append(name)
        except Refusal as refused:
            self.told.append(f"{name} -> {refused.code}")
            assert self.size() == before, "a refusal left something behind"
        except Killed:
            self.told.append(f"{name} -> killed")
        else:
            assert self.size() == before or self.chain_length() > length or name in SILENT, "a change without an audit entry"

    def check(self) -> None:
        settle_overdue(self.at.house)
        desk = self.at.desk(next(one for one in self.people().values() if one.is_active))
        for piece in self.pieces():
            view = desk.piece(piece.id)
            assert view.stage is piece.stage, "the column is not what the records say"
            assert self.public.get(piece.id, 0) <= 1, "published twice"
            if self.public.get(piece.id):
                assert piece.stage in LIVE, f"public, but {piece.stage}"
            self.is_on_a_list(piece, view.publication)
        self.phases_are_agreed_on()
        self.the_team_is_its_own_master()
        self.somebody_can_go_on()

    def phases_are_agreed_on(self) -> None:
        """Each change of phase follows the one before, and was made by somebody who could."""
        with self.at.house.store.read(self.at.client.id) as view:
            changes = view.page(PhaseChange, order="at", limit=1_000)
            proposals = {one.id: one for one in view.page(Proposal, limit=1_000)}
            decisions = view.page(Decision, limit=10_000)
        for channel in self.channels():
            ours = [one for one in proposals.values() if one.channel == channel.id]
            assert sum(one.answer is None for one in ours) <= 1
            self.phases_follow(channel, [one for one in changes if one.channel == channel.id], proposals)
        for one in decisions:
            on_text = one.verdict not in (Verdict.HOLD, Verdict.RELEASE, Verdict.EMERGENCY)
            alone = {Phase.VORMACHEN: Side.CONSULTANT, Phase.ABGEBEN: Side.TEAM}.get(one.phase, one.side)
            assert not on_text or one.binding == (one.side is alone), "a right that outlived its phase"

    def phases_follow(self, channel: Channel, changes: list[PhaseChange], proposals: Mapping[str, Proposal]) -> None:
        people, before = self.people(), Phase.VORMACHEN
        for change in sorted(changes, key=lambda one: one.id):
            assert change.before is before, "a phase from nowhere"
            before = change.phase
            if change.proposal is None:
                assert people[change.by].side is Side.TEAM
            else:
                assert proposals[change.proposal].side is not people[change.by].side, "a side signed for the other"
        assert channel.phase is before, "a phase nobody agreed on"

    def the_team_is_its_own_master(self) -> None:
        """Once anything is shared, only the team brings, lets go and promotes its people and names who answers for a channel."""
        with self.at.house.store.read(self.at.client.id) as view:
            new = list(view.events(after=self.looked_at))
        people = self.people()
        for one in new:
            self.looked_at = one.seq
            about = people.get(one.subject)
            ours = about is not None and about.side is Side.TEAM
            named = one.act == "channel.owner" and self.phases[one.subject] is not Phase.VORMACHEN
            if any(phase is not Phase.VORMACHEN for phase in self.phases.values()) and (ours or named):
                assert people[one.actor].side is Side.TEAM, f"{one.act} by the other side"
            if "phase" in one.details and one.act != "channel.propose":
                self.phases[one.subject] = Phase(str(one.details["phase"]))

    def somebody_can_go_on(self) -> None:
        """No channel nobody may act on: its owners in the team are there once it is shared, and until then somebody of either
        side, who can bring the others."""
        for channel in self.channels():
            team, consultants = self.in_charge(Side.TEAM, channel), self.in_charge(Side.CONSULTANT)
            if channel.phase is Phase.VORMACHEN:
                assert team or consultants, "nobody is left"
            else:
                assert team, "a shared channel without anybody of the team who answers for it"

    def is_on_a_list(self, piece: Piece, row: Publication | None) -> None:
        if piece.stage is Stage.SCHEDULED:
            assert row is not None
            assert row.state is PublicationState.PLANNED
        if row is not None and row.state is PublicationState.PLANNED:
            assert piece.stage is Stage.SCHEDULED

    # -- the gate, in the test's own words

    def gate_opened(self, piece_id: str) -> None:
        with self.at.house.store.read(self.at.client.id) as view:
            piece = view.get(Piece, piece_id)
            assert piece is not None
            decisions = view.page(Decision, {"piece": piece_id}, order="at", limit=1_000)
            (revision,) = view.page(Revision, {"piece": piece_id, "number": piece.revision}, limit=1)
            client = view.of("").get(Client, self.at.client.id)
            stopped = view.of("").page(Installation, limit=1)[0].stopped
        channel, people, now = self.channel(), self.people(), self.at.clock()
        assert client is not None
        assert [piece.withdrawn, client.paused, channel.paused, stopped] == [None] * 4, "sent after stop"
        assert piece.submitted is not None, "sent without being handed in"
        assert people[channel.owner].is_active, "sent without an owner"
        assert channel.off is None, "sent from where the client has left"
        assert channel.agreement is not None
        assert channel.agreement.owner == channel.owner
        assert channel.phase is not Phase.VORMACHEN or now < channel.agreement.until
        assert not self.held(decisions, channel), "sent although held"
        assert not any(one.verdict is Verdict.REJECT and one.binding for one in decisions)
        self.agreed(piece, revision, decisions, channel, people, now)
        self.cleared[piece_id] = self.payload(piece)
        self.sending = piece_id

    def held(self, decisions: list[Decision], channel: Channel) -> bool:
        holding: dict[str, Side] = {}
        for one in decisions:
            if one.verdict is Verdict.HOLD:
                holding[one.person] = one.side
            if one.verdict is Verdict.RELEASE:
                owner = self.owners.get(one.id) == one.person
                holding = {} if owner else {who: side for who, side in holding.items() if side is not one.side}
        return bool(holding)

    owners: dict[str, str] = field(default_factory=dict)
    """Decision id -> who owned the channel then."""

    def agreed(
        self,
        piece: Piece,
        revision: Revision,
        decisions: list[Decision],
        channel: Channel,
        people: dict[str, Person],
        now: datetime,
    ) -> None:
        shown = self.payload(piece)
        last: dict[str, Decision] = {}
        for one in decisions:
            if one.binding and one.verdict not in (Verdict.HOLD, Verdict.RELEASE) and self.seen[one.id] == shown:
                last[one.person] = one
        phases = {channel.phase, *self.owed.get((piece.id, piece.submitted), ())}
        givers = {one.id: [people[who].is_active for who in (one.person, one.on_behalf_of) if who] for one in last.values()}
        words = [one for one in last.values() if one.side is Side.TEAM or all(givers[one.id])]
        words = [one for one in words if one.phase is channel.phase or self.has_a_place(one, phases, channel, people)]
        assert not any(one.verdict is Verdict.REQUEST_CHANGES for one in words), "sent against a change request"
        fresh = [one for one in words if now < one.at + timedelta(days=30)]
        if piece.slot is not None:
            end = piece.slot.utc + timedelta(hours=72)
            fresh = [one for one in fresh if piece.slot.utc < one.at or now < end]
        given_away = channel.phase is Phase.ABGEBEN
        if any(one.verdict is Verdict.EMERGENCY and not (given_away and one.side is Side.CONSULTANT) for one in fresh):
            return
        yes = [one for one in fresh if one.verdict in (Verdict.APPROVE, Verdict.APPROVE_WITH_NOTE)]
        for phase in phases:
            self.agreed_in(phase, yes, piece, revision, channel)

    @staticmethod
    def has_a_place(one: Decision, phases: set[Phase], channel: Channel, people: dict[str, Person]) -> bool:
        """Who gave it, or for whom it was given, could still decide in one of these phases."""
        leads = {Role.OWNER, Role.APPROVER}
        for who in filter(None, (one.person, one.on_behalf_of)):
            office = who in (channel.owner, channel.deputy)
            if people[who].is_active and (office or people[who].roles & leads):
                return bool(phases - {Phase.ABGEBEN if one.side is Side.CONSULTANT else Phase.VORMACHEN})
        return False

    def agreed_in(self, phase: Phase, yes: list[Decision], piece: Piece, revision: Revision, channel: Channel) -> None:
        sides = {one.side for one in yes}
        if phase is Phase.VORMACHEN:
            assert Side.CONSULTANT in sides, "nobody approved"
        elif phase is Phase.MITMACHEN:
            assert sides == set(Side), "a side is missing"
        else:
            assert piece.submitted is not None
            waived = channel.waiver is not None and self.at.clock() < channel.waiver.until
            own = {revision.by, piece.submitted.by} if not waived else set()
            assert any(one.side is Side.TEAM and one.person not in own for one in yes), "nobody else of the team approved"

    def sent(self, payload: Mapping[str, object]) -> None:
        with loudly():
            assert payload == self.cleared[self.sending], "something else than what was approved"
        self.public[self.sending] = self.public.get(self.sending, 0) + 1


@contextmanager
def loudly() -> Iterator[None]:
    try:
        yield
    except AssertionError as broken:
        raise Broken(str(broken)) from broken


# -- what can happen


def say(walk: Walk, person: Person, piece: Piece, verdict: Verdict, *, comment: str = "", seen: str = "") -> None:
    desk = walk.at.desk(person)
    decision = desk.decide(piece.id, seen=seen or desk.piece(piece.id).hash, verdict=verdict, comment=comment)
    walk.seen.setdefault(decision.id, walk.payload(piece))
    walk.owners.setdefault(decision.id, walk.channel().owner)


def write(walk: Walk) -> None:
    if len(walk.open_pieces()) >= MOST_OPEN:
        return
    walk.number += 1
    walk.at.desk(walk.person()).add_piece("blog", title=f"Beitrag {walk.number}", body="Ein Text.", excerpt="Kurz.")


def edit(walk: Walk) -> None:
    piece = walk.piece()
    texts = [f"{piece.title}, Text {number}." for number in range(3)]
    change = walk.dice.choice(
        [Change(body=walk.dice.choice(texts)), Change(tags=[walk.dice.choice("abc")]), Change(excerpt="Neu.")]
    )
    walk.at.desk(walk.person()).edit(piece.id, change)


def decide(walk: Walk) -> None:
    verdict = walk.dice.choice(
        [*[Verdict.APPROVE] * 12, Verdict.REQUEST_CHANGES, *[Verdict.HOLD] * 2, *[Verdict.RELEASE] * 3, *RARE]
    )
    seen = "" if walk.dice.random() < 0.95 else "0" * 64
    say(walk, walk.person(), walk.piece(), verdict, comment="" if verdict is Verdict.APPROVE else REASON, seen=seen)


RARE = (Verdict.REJECT, Verdict.EMERGENCY)


def everybody_approves(walk: Walk, piece: Piece | None = None) -> None:
    piece = piece or walk.piece()
    for person in walk.people().values():
        with contextlib.suppress(Refusal):
            say(walk, person, piece, Verdict.APPROVE)


def schedule(walk: Walk) -> None:
    at = walk.at.clock() + timedelta(minutes=walk.dice.choice([1, 30, 60 * 5, 60 * 24 * 3, 60 * 24 * 40]))
    walk.at.desk(walk.person()).schedule(walk.piece().id, at)


def is_public(walk: Walk, piece: Piece) -> bool:
    return bool(walk.public.get(piece.id))


def settle(walk: Walk) -> None:
    """People look before they say."""
    piece, desk = walk.piece(), walk.at.desk(walk.person())
    if is_public(walk, piece):
        desk.is_there(piece.id, "https://memory.example/x")
    else:
        walk.dice.choice([desk.send_again, desk.drop])(piece.id)


def change_owner(walk: Walk) -> None:
    deputy = walk.person().email if walk.dice.random() < 0.3 else None
    walk.at.desk(walk.person()).change_owner("blog", owner=walk.person().email, deputy=deputy)
    if walk.dice.random() < 0.8:
        walk.at.desk(walk.people()[walk.channel().owner]).agree("blog")


def agree(walk: Walk) -> None:
    walk.at.desk(walk.people()[walk.channel().owner]).agree("blog")


def waive(walk: Walk) -> None:
    until = (walk.at.clock() + timedelta(days=walk.dice.choice([1, 9]))).date()
    walk.at.desk(walk.people()[walk.channel().owner]).waive("blog", until=until, reason="Alle anderen sind im Urlaub.")


def leave(walk: Walk) -> None:
    """Somebody goes, somebody of the same kind comes."""
    gone = walk.person()
    walk.at.desk(walk.person()).deactivate(gone.email)
    walk.number += 1
    new = {"name": f"Neu {walk.number}", "email": f"neu{walk.number}@mueller.example", "side": gone.side, "roles": gone.roles}
    with contextlib.suppress(errors.NotAllowed):  # whoever came from the other side when nobody was left there
        somebody(desks(walk), "add_person", **new)


def desks(walk: Walk) -> list[Desk]:
    return [walk.at.desk(one) for one in walk.people().values() if one.is_active]


def delegate(walk: Walk) -> None:
    until = (walk.at.clock() + timedelta(days=walk.dice.choice([0, 2, 10]))).date()
    walk.at.desk(walk.person()).delegate(to=walk.person().email, until=until)


def switched(walk: Walk, verb: str, person: Person, *given: object, slug: str = "blog", **named: object) -> None:
    """A verb that may change the phase. What was approved before then owes the places of the old phase too."""
    before, pieces, desk = walk.channel(slug), walk.open_pieces(), handover_desk(walk.at, person)
    done = getattr(desk, verb)(slug, *given, **named)
    after = walk.channel(slug)
    assert done.channel.phase is after.phase
    for piece in pieces if slug == "blog" else ():
        if piece.stage in (Stage.APPROVED, Stage.SCHEDULED) and not walk.is_urgent(piece):
            walk.owed.setdefault((piece.id, piece.submitted), set()).add(before.phase)
        else:  # judged by the new phase alone
            walk.owed.pop((piece.id, piece.submitted), None)
    walk.changes.append((before.phase, after.phase, person.side, person.is_active))


def propose(walk: Walk) -> None:
    near = [one for one in Phase if abs(one.step - walk.channel().phase.step) == 1]
    to = walk.dice.choice(near if walk.dice.random() < 0.8 else list(Phase))
    handover_desk(walk.at, walk.person()).propose("blog", to, reason=REASON)


def accept(walk: Walk) -> None:
    person, proposal = walk.person(), handover_desk(walk.at, walk.anyone()).proposal("blog")
    switched(walk, "accept", person)
    assert proposal is not None, "accepted what nobody proposed"
    assert person.side is not proposal.side, "a side signed for the other"
    assert walk.people()[proposal.by].is_active, "accepted what somebody proposed who is gone"


def decline(walk: Walk) -> None:
    handover_desk(walk.at, walk.person()).decline("blog")


def take_back_proposal(walk: Walk) -> None:
    handover_desk(walk.at, walk.person()).take_back_proposal("blog")


def step_back(walk: Walk) -> None:
    person, owner = walk.person(), walk.channel().owner
    switched(walk, "step_back", person, walk.dice.choice(list(Phase)), reason=REASON)
    assert person.id == owner, "somebody else than the owner stepped back"


def take_over(walk: Walk) -> None:
    person = walk.person()
    switched(walk, "take_over", person, reason=REASON)
    assert person.side is Side.TEAM
    assert not walk.in_charge(Side.CONSULTANT), "taken over although the consultant is there"


def consultants_go(walk: Walk) -> None:
    """All of them at once, and the team goes on alone."""
    for one in walk.in_charge(Side.CONSULTANT):
        somebody(desks(walk), "deactivate", one.email)
    with contextlib.suppress(errors.NotAllowed, errors.AgreementMissing, errors.OwnerHasLeft):  # the team's already, or not yet
        owners = [one for one in walk.people().values() if one.id in {who.id for who in walk.in_charge(Side.TEAM)}]
        switched(walk, "take_over", walk.dice.choice(owners), reason=REASON)


def both_agree(walk: Walk) -> None:
    """People of both sides are willing; whoever may, does."""
    phase, sides = walk.channel().phase, list(Side)
    to = walk.dice.choice([one for one in Phase if abs(one.step - phase.step) == 1])
    if phase is Phase.ABGEBEN:
        switched(walk, "step_back", walk.people()[walk.channel().owner], to, reason=REASON)
        return
    walk.dice.shuffle(sides)
    by, other = ([one for one in walk.people().values() if one.is_active and one.side is side] for side in sides)
    if not by:
        raise errors.NobodyOnTheSide(channel="blog", side=sides[0])
    with contextlib.suppress(errors.ProposalIsOpen):
        somebody([handover_desk(walk.at, one) for one in by], "propose", "blog", to, reason=REASON)
    for person in other:
        with contextlib.suppress(errors.NotAllowed, errors.OwnSideProposed):
            switched(walk, "accept", person)
            return


def on_the_other_channel(walk: Walk) -> None:
    """It has a phase of its own; nothing is written there."""
    desk, to = handover_desk(walk.at, walk.person()), walk.dice.choice(list(Phase))
    verb = walk.dice.choice(["propose", "propose", "accept", "accept", "step_back", "take_over", "change_owner", "agree"])
    match verb:
        case "propose" | "step_back":
            getattr(desk, verb)("news", to, reason=REASON)
        case "take_over":
            desk.take_over("news", reason=REASON)
        case "change_owner":
            desk.change_owner("news", owner=walk.person().email)
        case _:
            getattr(desk, verb)("news")


def declare_exit(walk: Walk, person: Person | None = None) -> None:
    desk = handover_desk(walk.at, person or walk.person())
    desk.declare_exit({one.code: REASON for one in desk.exit_list().unmet})


def confirm_exit(walk: Walk, person: Person | None = None) -> None:
    person = person or walk.person()
    handover_desk(walk.at, person).confirm_exit()
    assert person.side is Side.TEAM, "confirmed by the other side"
    assert {one.phase for one in walk.channels()} == {Phase.ABGEBEN}, "gone before all was given"
    assert not [one for one in walk.people().values() if one.is_active and one.side is Side.CONSULTANT], "still there"
    walk.owed.clear()  # from now on judged by the team alone


def both_end_it(walk: Walk) -> None:
    """All is given, declared and confirmed."""
    if not walk.in_charge(Side.CONSULTANT):
        return
    for slug, to in itertools.product(("blog", "news"), (Phase.MITMACHEN, Phase.ABGEBEN)):
        with contextlib.suppress(Refusal):
            willing = [handover_desk(walk.at, one) for one in walk.in_charge(Side.CONSULTANT)]
            somebody(willing, "propose", slug, to, reason=REASON)
        for one in walk.in_charge(Side.TEAM):
            with contextlib.suppress(Refusal):
                switched(walk, "accept", one, slug=slug)
    for act, one in itertools.product((declare_exit, confirm_exit), list(walk.people().values())):
        with contextlib.suppress(Refusal):
            act(walk, one)


def move(walk: Walk) -> None:
    walk.number += 1
    handover_desk(walk.at, walk.person()).export(walk.at.folder / f"{walk.number}.zip", move_to="Server")
    assert all(one.off for one in walk.channels())


def undo_move(walk: Walk) -> None:
    person = walk.dice.choice([walk.person(), *walk.in_charge(Side.TEAM)])
    handover_desk(walk.at, person).undo_move()
    assert person.side is Side.TEAM, "brought back by the other side"


def change_roles(walk: Walk) -> None:
    roles = walk.dice.sample(list(Role), walk.dice.choice([1, 2, 3]))
    walk.at.desk(walk.person()).change_roles(walk.person().email, roles)


def other_address(walk: Walk) -> None:
    address = walk.dice.choice(["https://www.mueller.example/blog", "https://www.mueller.example/neu"])
    walk.at.desk(walk.person()).change_settings("blog", {"base_url": address})


def newer_conversion(walk: Walk) -> None:
    walk.number += 1
    walk.outlet.conversion = f"walk/{walk.dice.choice([1, 2])}"
    settle_converted(walk.at.house)


def time_passes(walk: Walk) -> None:
    walk.at.clock.ahead(minutes=walk.dice.choice([0, 1, 5, 15, 61, 60 * 8, 60 * 24, 60 * 24 * 4, 60 * 24 * 31]))


FAULTS: tuple[Callable[[], BaseException], ...] = (
    lambda: errors.ChannelSilent(channel="Blog", reason="timeout"),
    lambda: errors.ChannelSilent(channel="Blog", reason="cut"),
    lambda: errors.ChannelUnreachable(channel="Blog", reason="name"),
    lambda: errors.ChannelBusy(channel="Blog", reason="429", retry_after=30),
    lambda: errors.ChannelForbids(channel="Blog", reason="right"),
    lambda: errors.ReconnectNeeded(channel="Blog", reason="401"),
    lambda: errors.ChannelRefused(channel="Blog", reason="422"),
    lambda: errors.ChannelDraftGone(channel="Blog", reason="404"),
    lambda: errors.SlugTaken(channel="Blog", slug="x"),
    lambda: RuntimeError("a mistake in the channel's code"),
    Killed,
)
AFTER_THE_EFFECT = (errors.ChannelSilent, RuntimeError, Killed)


def trouble(walk: Walk) -> None:
    walk.badness = walk.dice.choice([0, 0, 0.2, 0.5])
    walk.remote.readable = walk.dice.random() < 0.5


def work(walk: Walk) -> None:
    walk.inside = True
    try:
        worker = Worker(walk.at.house, chance=walk.dice.random)
        with worker.alone():
            worker.round()
    finally:
        walk.inside = False


def meanwhile(walk: Walk) -> Callable[[str], None]:
    """While the worker talks to the outside system things go wrong and people go on; with repeatable deliveries even a second
    worker comes."""

    def on_call(moment: str) -> None:
        fault = walk.dice.choice(FAULTS)()
        if walk.dice.random() < walk.badness and (moment.startswith("before") or isinstance(fault, AFTER_THE_EFFECT)):
            raise fault
        if not walk.inside or walk.dice.random() > 0.3:
            return
        walk.inside = False
        try:
            if walk.delivery is not Delivery.ONE_SHOT and walk.dice.random() < 0.2:
                walk.at.clock.ahead(minutes=10)
                Worker(walk.at.house, chance=walk.dice.random).round()
            else:
                walk.step()
        finally:
            walk.inside = True

    return on_call


def on_a_piece(verb: str, **given: str) -> Callable[[Walk], None]:
    return lambda walk: getattr(walk.at.desk(walk.person()), verb)(walk.piece().id, **given)


def on_all(verb: str, *given: str) -> Callable[[Walk], None]:
    return lambda walk: getattr(walk.at.desk(walk.person()), verb)(*given)


def on_handover(verb: str) -> Callable[[Walk], None]:
    return lambda walk: getattr(handover_desk(walk.at, walk.person()), verb)()


POSSIBLE: Mapping[str, tuple[Callable[[Walk], None], int]] = {
    "write": (write, 12),
    "edit": (edit, 8),
    "submit": (on_a_piece("submit"), 20),
    "take back": (on_a_piece("take_back"), 5),
    "decide": (decide, 34),
    "everybody approves": (everybody_approves, 3),
    "schedule": (schedule, 9),
    "unschedule": (on_a_piece("unschedule"), 2),
    "publish": (on_a_piece("publish"), 20),
    "withdraw": (on_a_piece("withdraw", reason="Überholt."), 1),
    "settle": (settle, 6),
    "pause": (on_all("pause", "blog"), 1),
    "resume": (on_all("resume", "blog"), 3),
    "pause client": (on_all("pause"), 1),
    "resume client": (on_all("resume"), 3),
    "stop": (on_all("stop_all"), 1),
    "go": (on_all("go_all"), 3),
    "change owner": (change_owner, 2),
    "agree": (agree, 3),
    "waive": (waive, 2),
    "leave": (leave, 1),
    "delegate": (delegate, 2),
    "propose": (propose, 6),
    "accept": (accept, 8),
    "decline": (decline, 2),
    "take back proposal": (take_back_proposal, 2),
    "step back": (step_back, 5),
    "take over": (take_over, 1),
    "consultants go": (consultants_go, 1),
    "both agree": (both_agree, 3),
    "other channel": (on_the_other_channel, 6),
    "declare exit": (declare_exit, 2),
    "take back exit": (on_handover("take_back_exit"), 1),
    "confirm exit": (confirm_exit, 2),
    "both end it": (both_end_it, 1),
    "move": (move, 1),
    "undo move": (undo_move, 4),
    "change roles": (change_roles, 1),
    "other address": (other_address, 1),
    "newer conversion": (newer_conversion, 1),
    "time passes": (time_passes, 12),
    "trouble": (trouble, 4),
    "work": (work, 16),
}
WEIGHTED = [(name, act) for name, (act, weight) in POSSIBLE.items() for _ in range(weight)]
SILENT = frozenset({"work", "newer conversion", "leave", "everybody approves", "both agree", "both end it", "consultants go"})
"""Several units of work, or the worker taking a row up, which is told when something comes of it."""


# -- in the end


def get_out(walk: Walk, piece: Piece) -> None:
    """Whatever happened before, people of good will bring the piece to its end."""
    walk.number += 1
    good_will(walk)
    team = [one for one in walk.people().values() if one.is_active and one.side is Side.TEAM]
    for _ in range(12):
        everyone = desks(walk)
        first = everyone[0].piece(piece.id)
        if first.stage in (Stage.PUBLISHED, Stage.WITHDRAWN, Stage.REJECTED):
            return
        match first.stage:
            case Stage.ATTENTION if is_public(walk, piece):
                somebody(everyone, "is_there", piece.id, "https://memory.example/x")
            case Stage.ATTENTION:
                somebody(everyone, "drop", piece.id)
            case Stage.MISSED | Stage.REVIEW if first.hash == walk.told[-1]:
                everybody_approves(walk, piece)
                somebody(everyone, "unschedule", piece.id)
            case Stage.MISSED | Stage.REVIEW:
                somebody(everyone, "take_back", piece.id)
            case Stage.DRAFT:
                writer = walk.at.desk(next(one for one in team if one.roles == {Role.EDITOR}))
                writer.edit(piece.id, Change(body=f"Ganz neu {walk.number}."))
                writer.submit(piece.id)
                walk.told.append(everyone[0].piece(piece.id).hash)
            case Stage.APPROVED | Stage.SCHEDULED:
                for one in team:
                    with contextlib.suppress(Refusal):
                        say(walk, one, piece, Verdict.RELEASE)
                with contextlib.suppress(errors.MayNotPublish):
                    somebody(everyone, "publish", piece.id)
        work(walk)
        walk.at.clock.ahead(minutes=10)
    view = everyone[0].piece(piece.id)
    raise AssertionError(f"no way out of {view.stage}: {view.reasons}, {view.publication}")


def good_will(walk: Walk) -> None:
    """Whoever may brings the people who are missing: there is always somebody who may."""
    shared = walk.channel().phase is not Phase.VORMACHEN
    for side, roles in ((Side.TEAM, {Role.EDITOR}), (Side.TEAM, {Role.APPROVER}), (Side.CONSULTANT, {Role.OWNER, Role.APPROVER})):
        ours = [one for one in walk.people().values() if one.is_active and one.side is side]
        if not any(one.roles >= roles for one in ours) or (
            roles == {Role.EDITOR} and not any(one.roles == roles for one in ours)
        ):
            walk.number += 1
            new = {"name": f"Neu {walk.number}", "email": f"neu{walk.number}@mueller.example", "side": side, "roles": roles}
            somebody(desks(walk), "add_person", **new)
    if shared and not walk.people()[walk.channel().owner].is_active:
        named = walk.in_charge(Side.TEAM)[0]
        somebody(desks(walk), "change_owner", "blog", owner=named.email)
        walk.at.desk(named).agree("blog")


def somebody(desks: list[Desk], verb: str, *given: object, **named: object) -> None:
    """Whoever may."""
    refused: Refusal | None = None
    for desk in desks:
        try:
            getattr(desk, verb)(*given, **named)
        except Refusal as one:
            refused = one
        else:
            return
    assert refused is not None
    raise refused


def back_here(walk: Walk) -> None:
    """The client stays after all. By somebody who owns the team's side, and there is always somebody who can bring one."""
    if not walk.in_charge(Side.TEAM):
        new = {"name": "Inhaberin", "email": "inhaberin@mueller.example", "side": Side.TEAM, "roles": {Role.OWNER}}
        somebody(desks(walk), "add_person", **new)
    somebody([handover_desk(walk.at, one) for one in walk.in_charge(Side.TEAM)], "undo_move")


def calm(walk: Walk) -> None:
    """The trouble ends, everything is switched on, the offices are held: what was due has to end at a person or in public."""
    walk.remote.on_call = lambda _: None
    if any(one.off for one in walk.channels()):
        back_here(walk)
    for verb, given in (("resume", ("blog",)), ("resume", ()), ("go_all", ())):
        somebody(desks(walk), verb, *given)
    owner = walk.people()[walk.channel().owner]
    if not owner.is_active:
        owner = next(one for one in walk.people().values() if one.is_active and one.side is Side.TEAM)
        somebody(desks(walk), "change_owner", "blog", owner=owner.email)
    walk.at.desk(owner).agree("blog")
    for _ in range(40):
        work(walk)
        walk.at.clock.ahead(minutes=40)
    walk.at.clock.ahead(days=2)
    work(walk)


# -- the walks


def a_walk(folder: Path, seed: int) -> Walk:
    at = a_house(folder)
    at.house.store._writer.execute("PRAGMA synchronous = OFF")  # type: ignore[attr-defined]
    dice = random.Random(seed)
    delivery = dice.choice(list(Delivery))
    remote = Remote()
    outlet = Outlet(delivery, remote)
    at = dataclasses.replace(at, house=dataclasses.replace(at.house, outlet=lambda _: outlet))
    desk = at.desk(at.sander)
    desk.add_person(name="Eva", email="eva@mueller.example", side=Side.TEAM, roles={Role.OWNER, Role.APPROVER, Role.EDITOR})
    desk.add_person(name="Uwe", email="uwe@beratung.example", side=Side.CONSULTANT, roles={Role.APPROVER, Role.EDITOR})
    place = {"base_url": "https://www.mueller.example/news"}
    desk.add_channel(name="News", slug="news", outlet="site", owner=at.maria.email, settings=place)
    at.desk(at.maria).agree("news")
    walk = Walk(at, dice, delivery, remote, outlet)
    remote.public = Public(walk.sent)
    remote.on_call = meanwhile(walk)
    if (phase := dice.choice(list(Phase))) is not Phase.VORMACHEN:
        in_phase(at, phase)
    at.a_piece("Beitrag 0")
    return walk


@contextmanager
def watched(walk: Walk) -> Iterator[None]:
    """After each unit of work: did the last gate open in it?"""
    store = walk.at.house.store
    plain = store.tx

    @contextmanager
    def tx(ws: str = "") -> Iterator[object]:
        outermost = store._current() is None  # type: ignore[attr-defined]
        with plain(ws) as t:
            yield t
        if outermost:
            with store.read(walk.at.client.id) as view:
                new = list(view.events(descending=True, limit=4))
            opened = [one.subject for one in reversed(new) if one.seq > walk.events and one.act == "publication.send"]
            walk.events = new[0].seq
            for piece in opened:
                with loudly():
                    walk.gate_opened(piece)

    store.tx = tx  # type: ignore[method-assign]
    try:
        yield
    finally:
        del store.tx  # type: ignore[method-assign]


def run(folder: Path, seed: int) -> Walk:
    walk = a_walk(folder, seed)
    try:
        with watched(walk):
            for _ in range(STEPS):
                walk.step()
                walk.check()
            calm(walk)
            walk.check()
            for piece in walk.pieces():
                assert piece.stage not in (Stage.SCHEDULED, Stage.PUBLISHING) or piece.due_at > walk.at.clock()  # type: ignore[operator]
            for piece in walk.pieces():
                get_out(walk, piece)
            walk.check()
        with walk.at.house.store.read(walk.at.client.id) as view:
            assert broken_links(view.events()) == []
    except BaseException as failed:
        failed.add_note(f"seed {seed}, {walk.delivery}: " + " / ".join(walk.told[-40:]))
        raise
    walk.at.house.store.close()
    return walk


def test_whatever_people_press_the_rules_hold(tmp_path: Path) -> None:
    began, walks, published = time.monotonic(), 0, 0
    for walk in several(tmp_path, [int(SEED)] if SEED else itertools.count()):
        walks, published = walks + 1, published + sum(walk.public.values())
        if time.monotonic() - began > SECONDS:
            break
    assert published >= walks, "walks in which nothing goes out prove nothing"


def test_the_walk_would_notice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With an open gate it fails soon."""
    monkeypatch.setattr("pipeline.worker.may_publish", lambda *_: [])
    monkeypatch.setattr("pipeline.desk.publishing.may_publish", lambda *_: [])
    monkeypatch.setattr("pipeline.desk.act.is_approved", lambda *_: True)
    with pytest.raises((AssertionError, Broken)):
        list(several(tmp_path, range(5)))


def several(folder: Path, seeds: Iterable[int]) -> Iterator[Walk]:
    for seed in seeds:
        (folder / str(seed)).mkdir()
        yield run(folder / str(seed), seed)
