"""Take the blog to a later or earlier phase, the way people do: one side proposes, the other accepts."""

from __future__ import annotations

from handover.desk import HandoverDesk
from pipeline.records import Channel, Person, Phase
from tests.house import AHouse

REASON = "So haben wir es besprochen."


def handover_desk(at: AHouse, person: Person) -> HandoverDesk:
    return HandoverDesk(at.house, at.client.id, person.id)


def in_phase(at: AHouse, phase: Phase) -> Channel:
    sander, maria = handover_desk(at, at.sander), handover_desk(at, at.maria)
    if phase.step < at.channel.phase.step:
        return maria.step_back("blog", phase, reason=REASON).channel
    while at.channel.phase is not phase:
        sander.propose("blog", list(Phase)[at.channel.phase.step + 1], reason=REASON)
        maria.accept("blog")
    return at.channel
