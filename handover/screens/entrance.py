"""How the handover comes into the workplace: its page beside the others, and what it has to tell on Today."""

from __future__ import annotations

from handover.screens.address import HANDOVER
from handover.screens.notices import notices_of_the_handover
from pipeline.screens.rooms import add_notice, add_room


def open_the_handover() -> None:
    add_room(HANDOVER, before="history")
    add_notice(notices_of_the_handover)
