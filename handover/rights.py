"""THE table: who may do what, per handover phase of a channel. Read it aloud to the client; change it only here.

Columns are phases. A cell names capacities:
  c.lead       consultant's side, role approver or owner
  c.writers    c.lead, or consultant's side with role editor
  c.window     c.lead while the safety window after the last switch to abgeben runs
  t.named      the channel's named owner
  t.owner      the named owner, or role owner on the team's side
  t.deputy     the channel's deputy
  t.deciders   t.owner, t.deputy, or role approver on the team's side
  t.writers    t.deciders, or role editor on the team's side
  anyone       every active person of the client
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from pipeline.desk.who import Action, Asking, Spoken
from pipeline.errors import NotAllowed
from pipeline.records import Channel, Client, Person, Phase, Role, Side
from pipeline.review.gate import Places

WHO_MAY = """
              vormachen                  mitmachen                  abgeben
see           anyone                     anyone                     anyone
write         c.writers t.writers        c.writers t.writers        t.writers
decide        c.lead                     c.lead t.deciders          t.deciders
shadow        t.deciders                 -                          c.window
hold          c.lead t.deciders          c.lead t.deciders          t.deciders c.window
emergency     c.lead t.named             c.lead t.named             t.named t.deputy
plan          c.writers                  c.writers t.writers        t.writers
withdraw      c.writers                  c.writers t.deciders       t.deciders
settle        c.lead                     c.lead t.deciders          t.deciders
connect       c.lead t.owner             c.lead t.owner             t.owner
pause         c.lead t.deciders          c.lead t.deciders          t.deciders
agree         t.named                    t.named                    t.named
waive         t.named                    t.named                    t.named
propose       c.lead t.owner             c.lead t.owner             -
accept        c.lead t.owner             c.lead t.owner             -
step_back     t.named                    t.named                    t.named
take_over     t.owner                    t.owner                    -
rehearse      t.named                    t.named                    t.named
name_owner    c.lead t.owner             t.owner                    t.owner
"""

ACROSS_CHANNELS = """
                all_shown                  some_shared                all_given
see             anyone                     anyone                     anyone
people          c.lead t.owner             c.lead t.owner             t.owner
team_people     c.lead t.owner             t.owner                    t.owner
consultants     c.lead                     c.lead                     t.owner
let_go          c.lead t.owner             t.owner                    t.owner
channels        c.lead t.owner             c.lead t.owner             t.owner
client          c.lead t.owner             c.lead t.owner             t.owner
delegate        anyone                     anyone                     anyone
pause           c.lead t.owner             c.lead t.owner             t.owner
stop            c.lead t.owner             c.lead t.owner             t.owner
backup          c.lead t.owner             c.lead t.owner             t.owner
deliver         c.lead                     c.lead                     c.lead
control         t.owner                    t.owner                    t.owner
"""

OWN_WORK = frozenset(Side)
PLACES: Mapping[Phase, Places] = {
    Phase.VORMACHEN: Places({Side.CONSULTANT: 1}, OWN_WORK),
    Phase.MITMACHEN: Places({Side.CONSULTANT: 1, Side.TEAM: 1}, OWN_WORK),  # the other side's place makes it four eyes
    Phase.ABGEBEN: Places({Side.TEAM: 1}, frozenset()),
}


def read_table(table: str) -> Mapping[tuple[str, str], frozenset[str]]:
    """(action, column) -> capacities. Cells are apart by two blanks or more."""
    head, *rows = [[cell.strip() for cell in line.split("  ") if cell.strip()] for line in table.strip("\n").splitlines()]
    return {(row[0], column): frozenset(cell.split()) - {"-"} for row in rows for column, cell in zip(head, row[1:], strict=True)}


BY_PHASE = read_table(WHO_MAY)
ACROSS = read_table(ACROSS_CHANNELS)


def places_of(phase: Phase, client: Client) -> Places:
    places = PLACES[phase]
    if phase is Phase.ABGEBEN:
        return Places({Side.TEAM: client.policy.team_places}, places.own_work)
    return places


def capacities(person: Person, channel: Channel | None, *, window: timedelta, now: datetime) -> frozenset[str]:
    """What a person is, for this channel; a person who left is nothing."""
    if not person.is_active:
        return frozenset()
    team, roles = person.side is Side.TEAM, person.roles
    named = team and channel is not None and channel.owner == person.id
    owner = named or (team and Role.OWNER in roles)
    deputy = team and channel is not None and channel.deputy == person.id
    deciders = owner or deputy or (team and Role.APPROVER in roles)
    lead = not team and bool(roles & {Role.APPROVER, Role.OWNER})
    in_window = channel is not None and channel.phase is Phase.ABGEBEN and now < channel.phase_since + window
    held = {
        "anyone": True,
        "c.lead": lead,
        "c.writers": lead or (not team and Role.EDITOR in roles),
        "c.window": lead and in_window,
        "t.named": named,
        "t.owner": owner,
        "t.deputy": deputy,
        "t.deciders": deciders,
        "t.writers": deciders or (team and Role.EDITOR in roles),
    }
    return frozenset(name for name, holds in held.items() if holds)


def real(channels: Sequence[Channel]) -> Sequence[Channel]:
    """What is only for rehearsals counts where there is nothing else: through it nothing becomes public, and a phase it never
    left, or an office on it, would give rights over everything."""
    return [channel for channel in channels if not channel.is_rehearsal] or channels


def column_across(channels: Sequence[Channel]) -> str:
    """From the first shared channel on each side brings its own people only: otherwise one side could fill the other's
    place with somebody it made up."""
    phases = {channel.play.before if channel.play else channel.phase for channel in real(channels)}
    if phases <= {Phase.VORMACHEN}:
        return "all_shown"
    return "all_given" if phases == {Phase.ABGEBEN} else "some_shared"


@dataclass(frozen=True)
class Rights:
    """Answers from the table. Acting as somebody's deputy counts for deciding and holding, never for an office itself."""

    def require(
        self, action: Action, who: Asking, *, client: Client, channel: Channel | None, channels: Sequence[Channel], now: datetime
    ) -> None:
        if not any(self._may(action, one, client, channel, channels, now) for one in self._speakers(action, who)):
            phase = channel.phase if channel else None
            raise NotAllowed(action=action, name=who.person.name, channel=channel.name if channel else client.name, phase=phase)

    def voice(self, who: Asking, *, client: Client, channel: Channel, now: datetime) -> Spoken | None:
        for row in ("decide", "shadow"):
            for person in who.capacities:
                if who.person.is_active and self._holds(BY_PHASE[row, channel.phase], person, client, channel, now):
                    return Spoken("binding" if row == "decide" else "shadow", None if person == who.person else person)
        return None

    def places(self, *, client: Client, channel: Channel, also: Sequence[Phase], now: datetime) -> Places:  # noqa: ARG002
        """The strictest of all: each side's most places; own work counts where every phase lets it."""
        asked = [places_of(phase, client) for phase in (channel.phase, *also)]
        needed = {
            side: max(one.needed.get(side, 0) for one in asked) for side in Side if any(side in one.needed for one in asked)
        }
        own_work = {side for side in needed if all(side in one.own_work for one in asked if side in one.needed)}
        return Places(needed, frozenset(own_work))

    def holders(
        self, people: Iterable[Person], *, client: Client, channel: Channel, also: Sequence[Phase], now: datetime
    ) -> frozenset[str]:
        cells = [BY_PHASE["decide", phase] for phase in (channel.phase, *also)]
        return frozenset(one.id for one in people if any(self._holds(cell, one, client, channel, now) for cell in cells))

    def _may(
        self, action: Action, person: Person, client: Client, channel: Channel | None, channels: Sequence[Channel], now: datetime
    ) -> bool:
        if channel is not None:
            return self._holds(BY_PHASE[action, channel.phase], person, client, channel, now)
        cell = ACROSS[action, column_across(channels)]
        named = any(self._holds(cell, person, client, one, now) for one in real(channels))
        return named or self._holds(cell, person, client, None, now)

    def _speakers(self, action: Action, who: Asking) -> Sequence[Person]:
        if not who.person.is_active:
            return ()
        return who.capacities if action in (Action.HOLD, Action.PLAN, Action.SETTLE, Action.PAUSE) else (who.person,)

    @staticmethod
    def _holds(cell: frozenset[str], person: Person, client: Client, channel: Channel | None, now: datetime) -> bool:
        window = timedelta(days=client.policy.safety_window_days)
        return bool(cell & capacities(person, channel, window=window, now=now))
