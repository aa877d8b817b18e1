"""The runbook: how this client's pipeline really runs, written from its records, chapter by chapter, in the client's language.

People of the team acknowledge chapters by name. An acknowledgement counts for exactly the content that was read: a chapter
whose content changes asks again, and one that becomes what it was needs nothing new.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from markupsafe import Markup

from handover.papers.drawing import document, drawn
from handover.papers.runbook_facts import Facts, facts_of
from pipeline import errors
from pipeline.desk.act import View
from pipeline.desk.people import Errands
from pipeline.desk.who import Action
from pipeline.messages import Say
from pipeline.records import Acknowledgement, Side

CHAPTERS = (
    "channels", "people", "rhythm", "policies", "requests", "credentials", "linkedin", "unknown", "leaving", "stop",
    "handing_over", "backup",
)  # fmt: skip
ONLY_WITH = {"linkedin": "linkedin"}
"""Chapters for those who have such a channel."""
MOST_ACKNOWLEDGEMENTS = 500


@dataclass(frozen=True)
class Chapter:
    """`html`: a fragment; `sha256`: of language, title and fragment."""

    code: str
    title: str
    html: str
    sha256: str


@dataclass(frozen=True)
class ChapterState:
    """acknowledged  who of the team has read this very content, and when; first reader first
    changed_since    the last acknowledgement of an earlier content, where nobody has read this one yet
    """

    chapter: Chapter
    acknowledged: Sequence[tuple[str, datetime]]
    changed_since: datetime | None


@dataclass(frozen=True)
class Runbook:
    company: str
    language: str
    as_of: date
    chapters: Sequence[ChapterState]


@lru_cache(maxsize=64)
def chapters_of(facts: Facts) -> tuple[Chapter, ...]:
    """Pure: the same facts always make the same chapters."""
    say = Say(facts.language, facts.timezone)
    codes = (code for code in CHAPTERS if code not in ONLY_WITH or ONLY_WITH[code] in facts.outlets)
    return tuple(_chapter(code, facts, say) for code in codes)


def _chapter(code: str, facts: Facts, say: Say) -> Chapter:
    title = say(f"runbook.{code}")
    policy, readiness = dict(facts.policy), dict(facts.readiness)
    html = drawn(f"runbook/{code}.{facts.language}.html", say, facts=facts, policy=policy, readiness=readiness)
    sha256 = hashlib.sha256("\n".join((facts.language, title, html)).encode()).hexdigest()
    return Chapter(code, title, html, sha256)


def standing(view: View) -> Mapping[str, bool]:
    """Chapter code -> has an active member of the team acknowledged its present content?

    Asked with every look at readiness, so: people and channels of the view, one short list of acknowledgements, and the past
    months from memory. Chapters are written anew only when a fact they show has changed.
    """
    chapters = chapters_of(facts_of(view))
    read = {(one.chapter, one.sha256) for one in _acknowledgements(view, chapters)}
    return {one.code: (one.code, one.sha256) in read for one in chapters}


def _acknowledgements(view: View, chapters: Sequence[Chapter]) -> list[Acknowledgement]:
    """Of people who are active on the team's side, newest first."""
    codes = tuple(one.code for one in chapters)
    found = view.reader.page(Acknowledgement, {"chapter": codes}, descending=True, limit=MOST_ACKNOWLEDGEMENTS)
    people = view.people
    return [
        one for one in found if one.person in people and people[one.person].is_active and people[one.person].side is Side.TEAM
    ]


class RunbookVerbs(Errands):
    def runbook(self) -> Runbook:
        with self.look() as view:
            return runbook_of(view)

    def acknowledge(self, chapter_code: str, sha256: str) -> Acknowledgement:
        """ "I have read this chapter", with the content that was shown. Said twice it is one.

        Raises OnlyTheTeam, Unknown, ChapterChanged.
        """
        with self.act() as act:
            act.require(Action.SEE)
            if act.me.side is not Side.TEAM:
                raise errors.OnlyTheTeam(name=act.me.name)
            chapter = _named(chapters_of(facts_of(act)), chapter_code)
            if sha256 != chapter.sha256:
                raise errors.ChapterChanged(title=chapter.title)
            mine = {"chapter": chapter.code, "person": act.me.id}
            for one in act.t.page(Acknowledgement, mine, descending=True, limit=MOST_ACKNOWLEDGEMENTS):
                if one.sha256 == sha256:
                    return one
            given = Acknowledgement(client=self.ws, chapter=chapter.code, sha256=sha256, person=act.me.id, at=act.now)
            given = act.t.add(given)
            act.note("runbook.acknowledge", given.id, chapter=chapter.code, sha256=sha256)
            return given

    def runbook_page(self) -> str:
        """One HTML document, to be read on a screen or printed."""
        with self.look() as view:
            return runbook_page_of(view)


def _named(chapters: Sequence[Chapter], code: str) -> Chapter:
    for chapter in chapters:
        if chapter.code == code:
            return chapter
    raise errors.Unknown(what="chapter", id=code[:80])


def runbook_of(view: View) -> Runbook:
    chapters = chapters_of(facts_of(view))
    acknowledgements = _acknowledgements(view, chapters)
    states = [_state(view, one, [said for said in acknowledgements if said.chapter == one.code]) for one in chapters]
    return Runbook(view.client.name, view.client.language, as_of(view), states)


def _state(view: View, chapter: Chapter, said: Sequence[Acknowledgement]) -> ChapterState:
    current = [(view.people[one.person].name, one.at) for one in said if one.sha256 == chapter.sha256]
    earlier = [one.at for one in said if one.sha256 != chapter.sha256]
    return ChapterState(chapter, sorted(current, key=lambda one: one[1]), max(earlier) if earlier and not current else None)


def as_of(view: View) -> date:
    """The day of the newest audit entry: what is written down afterwards does not stand in the document."""
    newest = next(iter(view.reader.events(descending=True, limit=1)), None)
    return (newest.at if newest else view.now).astimezone(ZoneInfo(view.client.timezone)).date()


def runbook_page_of(view: View) -> str:
    book = runbook_of(view)
    say = Say(book.language, view.client.timezone)
    chapters = [(state, Markup(state.chapter.html)) for state in book.chapters]  # noqa: S704  (escaped when it was drawn)
    return document("runbook.html", say, book=book, chapters=chapters)
