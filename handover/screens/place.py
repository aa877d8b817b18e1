"""Who is at the handover page: the workplace of every page, with the whole desk of the handover."""

from __future__ import annotations

from typing import NamedTuple

from handover.desk import HandoverDesk
from pipeline.messages import Say
from pipeline.records import Client, Person
from pipeline.screens.shared import Workplace, workplace
from pipeline.screens.workplace import house


class Place(NamedTuple):
    """One signed-in person at one client's desk, in this person's language and the client's time zone."""

    desk: HandoverDesk
    me: Person
    say: Say
    client: Client


def place() -> Place:
    return place_of(workplace())


def place_of(at: Workplace) -> Place:
    return Place(HandoverDesk(house(), at.client.id, at.me.id), at.me, at.say, at.client)
