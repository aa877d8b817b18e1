"""The one way in: every verb as people say it. Right, then rule, then record, event and outbox row in one transaction.

A screen or command hands the desk an intention; back comes a value or a Refusal.
"""

from __future__ import annotations

from pipeline.desk.backup import BackupVerbs
from pipeline.desk.channels import ChannelVerbs
from pipeline.desk.people import PeopleVerbs
from pipeline.desk.publishing import PublishingVerbs
from pipeline.desk.reading import ReadingVerbs
from pipeline.desk.reviewing import ReviewVerbs
from pipeline.desk.writing import WritingVerbs


class Desk(PeopleVerbs, ChannelVerbs, WritingVerbs, ReviewVerbs, PublishingVerbs, ReadingVerbs, BackupVerbs):
    """`Desk(house, client_id, person_id, how)`: one person of one client."""
