"""What the pack tells of the handover itself: share of work, readiness, the runbook, the protocol. As of its newest entry."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from handover.pack.archive import Archive
from handover.pack.paper import Paper
from handover.papers.protocol import newest_confirmed, protocol_page, signed
from handover.papers.runbook import runbook_page_of, standing
from handover.readiness.conditions import Credential, conditions
from handover.readiness.measuring import ledger_of
from handover.readiness.share import shares
from pipeline import errors
from pipeline.desk.act import View

MONTHS = 240
"""All there are."""
SHARE_COLUMNS = ("month", "channel", "side", "person", "drafted", "decided", "published", "connected")
READINESS_COLUMNS = ("channel", "phase", "condition", "measured", "wanted", "cases", "met")


def write_measured(archive: Archive, view: View, paper: Paper) -> list[tuple[str, str]]:
    """Returns the pages that were made, with their titles."""
    archive.write("share.csv", paper.table(SHARE_COLUMNS, _shares(view, paper)))
    archive.write("readiness.csv", paper.table(READINESS_COLUMNS, _readiness(view, paper)))
    archive.write("runbook.html", runbook_page_of(view))
    pages = [("runbook.html", paper.say("pack.page.runbook"))]
    try:
        protocol = signed(view, newest_confirmed(view))
    except errors.NoProtocol:
        return pages
    archive.write("protocol.html", protocol_page(protocol))
    return [*pages, ("protocol.html", paper.say("pack.page.protocol"))]


def _shares(view: View, paper: Paper) -> Iterator[Sequence[object]]:
    with ledger_of(view) as ledger:
        rows = shares(ledger, months=MONTHS, now=view.now)
    for one in rows:
        who = (paper.channel(one.channel), one.side, paper.person(one.person))
        yield f"{one.month:%Y-%m}", *who, one.drafted, one.decided, one.published, one.connected


def _readiness(view: View, paper: Paper) -> Iterator[Sequence[object]]:
    policy, runbook = view.client.policy.readiness, standing(view)
    for channel in view.channels:
        credential = Credential(view.outlet(channel).needs_secret, channel.secret.expires_at if channel.secret else None)
        with ledger_of(view) as ledger:
            found = conditions(ledger, channel.id, policy, now=view.now, credential=credential, runbook=runbook)
        for one in (measured.condition for measured in found):
            name = paper.condition(one.code)
            numbers = (one.measured, one.wanted, one.n)
            yield channel.name, channel.phase, name, *numbers, paper.say("condition.is_unknown") if one.met is None else one.met
