"""The desk with everything the handover adds: what a person of one client can do, whole."""

from __future__ import annotations

from handover.emergencies import EmergencyVerbs
from handover.exit.steps import ExitVerbs
from handover.pack.verbs import PackVerbs
from handover.papers.runbook import RunbookVerbs
from handover.readiness.measuring import MeasuringVerbs
from handover.rehearsal import RehearsalVerbs
from handover.waiting import WaitingVerbs
from pipeline.desk import Desk


class HandoverDesk(RehearsalVerbs, MeasuringVerbs, WaitingVerbs, EmergencyVerbs, RunbookVerbs, ExitVerbs, PackVerbs, Desk):
    """`HandoverDesk(house, client_id, person_id, how)`: one person of one client."""
