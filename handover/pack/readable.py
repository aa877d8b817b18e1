"""The tables and pages of a pack: people, rights, channels, calendar, decisions, what is open, and a start page."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from handover.pack.archive import Archive
from handover.pack.calendar import calendar_file
from handover.pack.contents import records_of
from handover.pack.measured import write_measured
from handover.pack.paper import Paper
from handover.pack.pieces import Listed
from handover.rights import ACROSS_CHANNELS, WHO_MAY
from pipeline.desk.act import View
from pipeline.desk.who import Action, Asking
from pipeline.errors import NotAllowed
from pipeline.messages import TEMPLATES
from pipeline.records import Brief, Channel, Decision, Delegation, Event, PhaseChange, Proposal
from pipeline.review.stage import FINISHED

Row = Sequence[object]

HISTORY = ("client.", "person.", "channel.", "delegate")
"""Acts that tell who might do what, and since when."""
PARTS = ("frames", "prompts")
"""Folders of templates/ that shaped the client's drafts."""


def write_readable(archive: Archive, view: View, paper: Paper, pieces: Sequence[Listed]) -> None:
    pieces = sorted(pieces, key=lambda one: (one.at or one.changed_at, one.id), reverse=True)
    tables = {name: (columns, list(rows(view, paper))) for name, (columns, rows) in TABLES.items()}
    for name, (columns, rows) in tables.items():
        archive.write(f"{name}.csv", paper.table(columns, rows))
    archive.write("pieces.csv", paper.table(PIECE_COLUMNS, (_piece_row(one, paper) for one in pieces)))
    archive.write("calendar.csv", paper.table(CALENDAR_COLUMNS, _calendar_rows(pieces, paper)))
    archive.write("calendar.ics", calendar_file(pieces, paper))
    archive.write("audit/decisions.csv", paper.table(DECISION_COLUMNS, _decision_rows(view, paper)))
    archive.write("audit/history.csv", paper.table(HISTORY_COLUMNS, _history_rows(view, paper)))
    archive.write("rights.txt", f"{WHO_MAY.strip()}\n\n{ACROSS_CHANNELS.strip()}\n")
    _write_templates(archive)
    unfinished = [one for one in pieces if one.stage not in FINISHED]
    more = write_measured(archive, view, paper)
    start = paper.page("index.html", paper.say("pack.title"), here="index.html", pieces=pieces, unfinished=unfinished, more=more)
    archive.write("index.html", start)
    archive.write("pieces.html", paper.page("pieces.html", paper.say("pack.page.pieces"), here="pieces.html", pieces=pieces))
    for part, names in {"people": PEOPLE_TABLES, "channels": CHANNEL_TABLES}.items():
        shown = [(paper.say(f"pack.table.{name}"), *tables[name]) for name in names]
        heading = paper.say(f"pack.page.{part}")
        page = paper.page("tables.html", heading, here=f"{part}.html", heading=heading, tables=shown)
        archive.write(f"{part}.html", page)
    archive.write("readme.txt", _readme(paper))


def _readme(paper: Paper) -> str:
    told = [paper.say(f"pack.readme.{part}") for part in ("start", "verify", "import", "records", "secrets")]
    head = [f"{paper.say('pack.title')}: {paper.client.name}", paper.say("pack.readme.as_of", at=paper.as_of)]
    return "\r\n".join([*head, "", *told, "", f"audit head: {paper.head}", ""])


def _write_templates(archive: Archive) -> None:
    for part in PARTS:
        for file in sorted((TEMPLATES / part).iterdir()):
            archive.write(f"templates/{part}/{file.name}", file.read_bytes())


# --------------------------------------------------------------------------------------------------------------- tables

PEOPLE_TABLES = ("people", "rights", "deputies")
CHANNEL_TABLES = ("channels", "phases", "proposals", "policy", "personas")


def _people(_view: View, paper: Paper) -> Iterator[Row]:
    for one in sorted(paper.people.values(), key=lambda one: (not one.is_active, one.side, one.name, one.id)):
        left = one.left
        yield one.name, one.email, one.side, sorted(one.roles), one.made_at, left and left.at, left and paper.person(left.by)


def _rights(view: View, paper: Paper) -> Iterator[Row]:
    """Who may do what on each channel, by name, as the table of rights has it at that moment."""
    for channel in _channels_in_order(paper):
        yield from _voices(view, paper, channel)
        for action in ON_A_CHANNEL:
            names = [one.name for one in paper.people.values() if _may(view, paper, action, channel, one.id)]
            yield channel.name, paper.say.word(channel.phase), action, sorted(names)


def _may(view: View, paper: Paper, action: Action, channel: Channel, person: str) -> bool:
    who = Asking(paper.people[person])
    try:
        view.house.who_may.require(action, who, client=paper.client, channel=channel, channels=(), now=paper.as_of)
    except NotAllowed:
        return False
    return True


ON_A_CHANNEL = (
    Action.WRITE, Action.HOLD, Action.EMERGENCY, Action.PLAN, Action.WITHDRAW, Action.SETTLE, Action.CONNECT, Action.PAUSE,
    Action.PROPOSE, Action.ACCEPT, Action.STEP_BACK,
)  # fmt: skip


def _voices(view: View, paper: Paper, channel: Channel) -> Iterator[Row]:
    """Whose decisions count there, and whose are practice."""
    spoken = {
        one.name: view.house.who_may.voice(Asking(one), client=paper.client, channel=channel, now=paper.as_of)
        for one in paper.people.values()
    }
    for right, voice in (("decide", "binding"), ("shadow", "shadow")):
        names = sorted(name for name, one in spoken.items() if one is not None and one.voice == voice)
        yield channel.name, paper.say.word(channel.phase), paper.say(f"word.Action.{right}"), names


def _channels_in_order(paper: Paper) -> list[Channel]:
    return sorted(paper.channels.values(), key=lambda one: one.slug)


def _deputies(view: View, paper: Paper) -> Iterator[Row]:
    for one in records_of(view.reader, Delegation):
        names = [paper.channel(channel) for channel in one.channels] or [paper.say("pack.all_channels")]
        yield paper.person(one.giver), paper.person(one.taker), names, one.start, one.until, one.ended and one.ended.at


def _channels(view: View, paper: Paper) -> Iterator[Row]:
    for one in _channels_in_order(paper):
        credential, agreement, waiver = one.secret, one.agreement, one.waiver
        yield (
            one.name,
            one.outlet,
            view.outlet(one).address(one.settings),
            one.phase,
            one.phase_since,
            paper.person(one.owner),
            paper.person(one.deputy),
            agreement and agreement.until,
            waiver and waiver.until,
            credential and paper.person(credential.by),
            credential and credential.at,
            credential and credential.expires_at,
        )


def _phases(view: View, paper: Paper) -> Iterator[Row]:
    for one in records_of(view.reader, PhaseChange):
        how = paper.say(f"pack.change.{one.how}")
        unmet = [paper.condition(code) for code in one.unmet]
        yield one.at, paper.channel(one.channel), one.before, one.phase, how, paper.person(one.by), one.reason, unmet


def _proposals(view: View, paper: Paper) -> Iterator[Row]:
    for one in records_of(view.reader, Proposal):
        answer = one.answer
        told = paper.say(f"pack.answer.{answer.kind}") if answer else ""
        answered = (told, answer and answer.at, answer and paper.person(answer.by))
        yield one.at, paper.channel(one.channel), one.before, one.phase, paper.person(one.by), one.reason, *answered


def _policy(_view: View, paper: Paper) -> Iterator[Row]:
    policy = paper.client.policy
    for name, value in policy.model_dump(mode="json", exclude={"number", "readiness"}).items():
        yield paper.say(f"policy.{name}"), paper.say(f"policy.{name}.value", number=value)
    yield paper.say("pack.column.policy_number"), policy.number
    for name, value in policy.readiness.model_dump(mode="json").items():
        yield paper.say(f"pack.readiness.{name}"), [paper.condition(code) for code in value] if name == "left_out" else value


def _personas(view: View, _paper: Paper) -> Iterator[Row]:
    """Whom the briefs had in mind, and how often."""
    number: dict[str, int] = {}
    for brief in records_of(view.reader, Brief):
        if brief.persona:
            number[brief.persona] = number.get(brief.persona, 0) + 1
    yield from sorted(number.items())


TABLES: Mapping[str, tuple[Sequence[str], Callable[[View, Paper], Iterable[Row]]]] = {
    "people": (("name", "email", "side", "roles", "since", "left_at", "left_by"), _people),
    "rights": (("channel", "phase", "action", "who"), _rights),
    "deputies": (("giver", "taker", "channels", "start", "until", "ended_at"), _deputies),
    "channels": (
        (
            "channel", "outlet", "address", "phase", "phase_since", "owner", "deputy", "agreement_until", "waiver_until",
            "credential_by", "credential_since", "credential_until",
        ),
        _channels,
    ),
    "phases": (("at", "channel", "before", "phase", "how", "by", "reason", "unmet"), _phases),
    "proposals": (("at", "channel", "before", "phase", "by", "reason", "answer", "answered_at", "answered_by"), _proposals),
    "policy": (("setting", "value"), _policy),
    "personas": (("persona", "briefs"), _personas),
}  # fmt: skip

PIECE_COLUMNS = ("id", "title", "channel", "stage", "changed_at", "slot", "published_at", "url", "folder")
CALENDAR_COLUMNS = ("at", "channel", "title", "stage", "url", "folder")
DECISION_COLUMNS = (
    "at", "id", "piece", "revision", "hash", "channel", "person", "side", "on_behalf_of", "verdict", "comment",
    "binding", "phase", "policy_number", "how",
)  # fmt: skip
HISTORY_COLUMNS = ("number", "at", "person", "act", "subject", "details", "entry")


def _piece_row(one: Listed, paper: Paper) -> Row:
    slot = one.slot and one.slot.utc
    return one.id, one.title, paper.channel(one.channel), one.stage, one.changed_at, slot, one.confirmed_at, one.url, one.folder


def _calendar_rows(pieces: Sequence[Listed], paper: Paper) -> Iterator[Row]:
    for one in pieces:
        if one.at:
            yield one.at, paper.channel(one.channel), one.title, one.stage, one.url, one.folder


def _decision_rows(view: View, paper: Paper) -> Iterator[Row]:
    for one in records_of(view.reader, Decision):
        behalf = paper.person(one.on_behalf_of)
        whose = (paper.channel(one.channel), paper.person(one.person), one.side, behalf)
        how = (one.binding, one.phase, one.policy, one.how)
        yield one.at, one.id, one.piece, one.revision, one.hash, *whose, one.verdict, one.comment, *how


def _history_rows(view: View, paper: Paper) -> Iterator[Row]:
    for event in view.reader.events():
        if event.act.startswith(HISTORY):
            yield _history_row(event, paper)


def _history_row(event: Event, paper: Paper) -> Row:
    named = paper.person(event.subject) if event.subject in paper.people else paper.channel(event.subject)
    details = ", ".join(f"{name}: {_plain(value, paper)}" for name, value in event.details.items())
    return event.seq, event.at, paper.person(event.actor), event.act, named, details, event.hash


def _plain(value: object, paper: Paper) -> str:
    match value:
        case str():
            return paper.person(value)
        case list():
            return " ".join(_plain(one, paper) for one in value)
        case None:
            return "-"
        case _:
            return str(value)
