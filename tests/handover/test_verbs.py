"""Every verb of the desk, tried by everybody, in every phase, at the own and at a foreign client: exactly whom the sheets of
test_rights.py name may. A verb without a line here fails; so does a line without a verb."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import pytest

from handover.desk import HandoverDesk
from handover.workplace import open_house
from pipeline import errors
from pipeline.desk.house import House
from pipeline.desk.people import add_client
from pipeline.desk.writing import Change
from pipeline.draft.offline import OfflineAuthor
from pipeline.records import Channel, Client, Mark, Person, Phase, Role, Side, Verdict
from pipeline.settings import Settings
from tests.handover.test_rights import ACROSS_SHEET, EVERYBODY, MOMENTS, PEOPLE, SHEET
from tests.house import NOON, SettableClock

DENIED = (errors.NotAllowed, errors.NotTheOwner, errors.OnlyTheTeam, errors.PersonHasLeft, errors.WhoIsActing)
TEAM = "named director deputy approver editor reader"
UNTIL = date(2027, 5, 20)


@dataclass(frozen=True)
class Ground:
    """What the verbs are tried on."""

    house: House
    clock: SettableClock
    client: Client
    other: Client
    people: Mapping[str, str]
    """Name in the sheet -> id; `stranger` and `strangers boss` belong to the other client."""
    draft: str
    review: str
    brief: str
    delegation: str
    channel: str

    def desk(self, name: str) -> HandoverDesk:
        return HandoverDesk(self.house, self.client.id, self.people[name])


Try = Callable[[HandoverDesk, Ground], object]


def decided(verdict: Verdict, comment: str = "Rückruf der Charge 12, niemand ist erreichbar.") -> Try:
    return lambda desk, at: desk.decide(at.review, seen=seen(at), verdict=verdict, comment=comment)


def seen(at: Ground) -> str:
    return HandoverDesk(at.house, at.client.id, None).piece(at.review).hash


def person(side: Side) -> Try:
    return lambda desk, at: desk.add_person(name="Neu", email="neu@x.example", side=side, roles={Role.READER})


BY_CHANNEL: dict[str, tuple[str, Try]] = {
    # verb, with what tells two uses apart: row of the sheet, how it is tried
    "accept": ("accept", lambda desk, at: desk.accept("blog")),
    "add_brief": ("write", lambda desk, at: desk.add_brief(title="T", channels=["blog"], message="M")),
    "add_piece": ("write", lambda desk, at: desk.add_piece("blog", title="T", body="B")),
    "agree": ("agree", lambda desk, at: desk.agree("blog")),
    "assignment": ("write", lambda desk, at: desk.assignment(at.brief, at.channel)),
    "change_owner": ("name_owner", lambda desk, at: desk.change_owner("blog", owner="director@x.example")),
    "change_settings": ("connect", lambda desk, at: desk.change_settings("blog", {"base_url": "https://neu.example"})),
    "decide approve": ("decide shadow", decided(Verdict.APPROVE)),
    "decide reject": ("decide shadow", decided(Verdict.REJECT)),
    "decide request_changes": ("decide shadow", decided(Verdict.REQUEST_CHANGES)),
    "decide hold": ("hold", decided(Verdict.HOLD)),
    "decide release": ("hold", decided(Verdict.RELEASE)),
    "decide emergency": ("emergency", decided(Verdict.EMERGENCY)),
    "decline": ("accept", lambda desk, at: desk.decline("blog")),
    "draft": ("write", lambda desk, at: desk.draft(at.brief, OfflineAuthor(at.clock))),
    "drop": ("settle", lambda desk, at: desk.drop(at.review)),
    "edit": ("write", lambda desk, at: desk.edit(at.draft, Change(body="Anders."))),
    "is_there": ("settle", lambda desk, at: desk.is_there(at.review, "https://x.example/y")),
    "note_correction": ("hold", lambda desk, at: desk.note_correction(at.draft, reason="Zahl berichtigt")),
    "pause channel": ("pause", lambda desk, at: desk.pause("blog")),
    "propose": ("propose", lambda desk, at: desk.propose("blog", Phase.MITMACHEN, reason="So weit.")),
    "prove_former_dead": ("connect", lambda desk, at: desk.prove_former_dead("blog")),
    "publish": ("plan", lambda desk, at: desk.publish(at.review)),
    "rehearse": ("rehearse", lambda desk, at: desk.rehearse("blog", Phase.ABGEBEN)),
    "reconnect": ("connect", lambda desk, at: desk.reconnect("blog")),
    "replace_secret": ("connect", lambda desk, at: desk.replace_secret("blog", "abcd efgh ijkl mnop")),
    "resume channel": ("pause", lambda desk, at: desk.resume("blog")),
    "schedule": ("plan", lambda desk, at: desk.schedule(at.review, "2027-06-18T09:00")),
    "send_again": ("settle", lambda desk, at: desk.send_again(at.review)),
    "step_back": ("step_back", lambda desk, at: desk.step_back("blog", Phase.VORMACHEN, reason="Zurück.")),
    "submit": ("write", lambda desk, at: desk.submit(at.draft)),
    "take_back": ("write", lambda desk, at: desk.take_back(at.review)),
    "take_back_proposal": ("propose", lambda desk, at: desk.take_back_proposal("blog")),
    "take_over": ("take_over", lambda desk, at: desk.take_over("blog", reason="Allein.")),
    "unschedule": ("plan", lambda desk, at: desk.unschedule(at.review)),
    "waive": ("waive", lambda desk, at: desk.waive("blog", until=UNTIL, reason="Allein.")),
    "withdraw": ("withdraw", lambda desk, at: desk.withdraw(at.review, reason="Überholt")),
}
ACROSS_ALL: dict[str, tuple[str, Try]] = {
    "add_channel": (
        "channels",
        lambda desk, at: desk.add_channel(name="N", slug="neu", outlet="rehearsal", owner="named@x.example"),
    ),
    "add_person consultant": ("consultants", person(Side.CONSULTANT)),
    "add_person team": ("team_people", person(Side.TEAM)),
    "back_up": ("backup", lambda desk, at: desk.back_up(Path("/nowhere/x.zip"))),
    "change_client": ("client", lambda desk, at: desk.change_client(name="Neu")),
    "change_readiness_policy": ("client", lambda desk, at: desk.change_readiness_policy(decisions=9)),
    "change_roles consultant": ("consultants", lambda desk, at: desk.change_roles("guest@x.example", {Role.EDITOR})),
    "change_roles team": ("team_people", lambda desk, at: desk.change_roles("reader@x.example", {Role.EDITOR})),
    "deactivate team": ("let_go", lambda desk, at: desk.deactivate("reader@x.example")),
    "confirm_exit": ("control", lambda desk, at: desk.confirm_exit()),
    "control": ("control", lambda desk, at: desk.control("access:blog")),
    "declare_exit": ("deliver", lambda desk, at: desk.declare_exit()),
    "delegate": ("delegate", lambda desk, at: desk.delegate(to="editor@x.example", until=UNTIL)),
    "deliver": ("deliver", lambda desk, at: desk.deliver("access:blog")),
    "export": ("backup", lambda desk, at: desk.export(Path("/nowhere/x.zip"))),
    "go_all": ("stop", lambda desk, at: desk.go_all()),
    "invite consultant": ("consultants", lambda desk, at: desk.invite("guest@x.example")),
    "invite team": ("team_people", lambda desk, at: desk.invite("reader@x.example")),
    "pause client": ("pause", lambda desk, at: desk.pause()),
    "resume client": ("pause", lambda desk, at: desk.resume()),
    "stop_all": ("stop", lambda desk, at: desk.stop_all()),
    "take_back_exit": ("deliver", lambda desk, at: desk.take_back_exit()),
}
LOOKING: dict[str, Try] = {
    "add_image": lambda desk, at: desk.add_image(b"no picture", "x.png"),
    "affected": lambda desk, at: desk.affected("blog", Phase.MITMACHEN),
    "brief": lambda desk, at: desk.brief(at.brief),
    "briefs": lambda desk, at: desk.briefs(),
    "channels": lambda desk, at: desk.channels(),
    "check_channel": lambda desk, at: desk.check_channel("blog"),
    "client": lambda desk, at: desk.client(),
    "counts": lambda desk, at: desk.counts(),
    "delegations": lambda desk, at: desk.delegations(),
    "drafts_of": lambda desk, at: desk.drafts_of(at.draft),
    "emergencies": lambda desk, at: desk.emergencies(),
    "exit_list": lambda desk, at: desk.exit_list(),
    "former_credentials": lambda desk, at: desk.former_credentials("blog"),
    "protocol_page": lambda desk, at: desk.protocol_page(),
    "events": lambda desk, at: desk.events(),
    "lessons": lambda desk, at: desk.lessons(),
    "may": lambda desk, at: desk.myself(),
    "myself": lambda desk, at: desk.myself(),
    "objection": lambda desk, at: desk.objection(at.review),
    "people": lambda desk, at: desk.people(),
    "phase_changes": lambda desk, at: desk.phase_changes(),
    "piece": lambda desk, at: desk.piece(at.draft),
    "pieces": lambda desk, at: desk.pieces(),
    "proposal": lambda desk, at: desk.proposal("blog"),
    "publications": lambda desk, at: desk.publications([]),
    "readiness": lambda desk, at: desk.readiness("blog"),
    "readiness_history": lambda desk, at: desk.readiness_history("blog"),
    "rendered": lambda desk, at: desk.rendered(at.draft),
    "runbook": lambda desk, at: desk.runbook(),
    "runbook_page": lambda desk, at: desk.runbook_page(),
    "share": lambda desk, at: desk.share(),
    "sources": lambda desk, at: desk.sources(),
    "sources_of": lambda desk, at: desk.sources_of(at.brief),
    "standing_of_all": lambda desk, at: desk.standing_of_all(),
    "tried": lambda desk, at: desk.tried(at.draft, Change(body="Anders.")),
    "verify_audit": lambda desk, at: desk.verify_audit(),
    "waiting_for_me": lambda desk, at: desk.waiting_for_me(),
    "waiting_on_the_gone": lambda desk, at: desk.waiting_on_the_gone(),
    "what_if": lambda desk, at: desk.what_if("blog", Phase.MITMACHEN),
}
OTHERWISE: dict[str, tuple[str, Try]] = {
    # by no row of the table: who exactly, and why
    "acknowledge": (TEAM, lambda desk, at: desk.acknowledge("nothing", "0" * 64)),  # every member of the team reads
    "add_source": (EVERYBODY, lambda desk, at: desk.add_source(b"Ein Satz als Quelle, lang genug.", "q.md")),
    "undo_move": ("named director", lambda desk, at: desk.undo_move()),  # the team's owners, also while the consultant connects
    "verify": ("named director", lambda desk, at: desk.verify("access:blog")),  # whoever connects, of the team's side
    "verify_pack": ("named director", lambda desk, at: desk.verify_pack(Path("/nowhere/x.zip"))),  # the team reads it back
    "end_delegation": ("guest", lambda desk, at: desk.end_delegation(at.delegation)),  # who gave it
}
NO_RIGHT_ASKED = {
    "act": "a unit of work for the verbs",
    "look": "a look for the verbs",
    "add_page": "reads the web, then as add_source",
    "read_document": "reads a file that is at hand, nothing of the client's",
}


@pytest.fixture
def at(tmp_path: Path) -> Iterator[Ground]:
    made = a_ground(tmp_path)
    yield made
    made.house.store.close()


def a_ground(folder: Path) -> Ground:
    """The people of the sheet, and two of another client."""
    clock = SettableClock(NOON)
    house = open_house(Settings(store=folder / "data", keys=str(folder / "keys")), clock)
    client, lead = add_client(house, name="Müller", slug="mueller", consultant="lead <lead@x.example>")
    other, stranger = add_client(house, name="Weber", slug="weber", consultant="stranger <stranger@y.example>")
    people = {"lead": lead.id, "stranger": stranger.id}
    desk = HandoverDesk(house, client.id, lead.id)
    for name, one in PEOPLE.items():
        if name != "lead":
            people[name] = desk.add_person(name=name, email=f"{name}@x.example", side=one.side, roles=one.roles).id
    boss = HandoverDesk(house, other.id, stranger.id)
    added = boss.add_person(name="boss", email="boss@y.example", side=Side.TEAM, roles={Role.OWNER, Role.APPROVER})
    people["boss of strangers"] = added.id
    (folder / "web").mkdir()
    desk.add_channel(
        name="Blog", slug="blog", outlet="site", owner="named@x.example", deputy="deputy@x.example",
        settings={"folder": str(folder / "web"), "base_url": "https://x.example"},
    )  # fmt: skip
    HandoverDesk(house, client.id, people["named"]).agree("blog")
    desk.deactivate("gone@x.example")
    draft = desk.add_piece("blog", title="Entwurf", body="Ein Text.")
    review = desk.add_piece("blog", title="In Prüfung", body="Ein Text.", excerpt="Kurz.")
    desk.submit(review.id)
    brief = desk.add_brief(title="Anlass", channels=["blog"], message="Botschaft")
    given = HandoverDesk(house, client.id, people["guest"]).delegate(to="assistant@x.example", until="2027-03-17")
    channel = desk.channels()[0].channel.id
    return Ground(house, clock, client, other, people, draft.id, review.id, brief.id, given.id, channel)


def put_into(at: Ground, moment: int) -> None:
    phase, since = MOMENTS[moment]
    with at.house.store.tx(at.client.id) as t:
        channel = t.page(Channel, limit=1)[0]
        t.put(channel.model_copy(update={"phase": phase, "phase_since": at.clock() - since}))


class _Undone(Exception):
    pass


def may(at: Ground, name: str, act: Try, client: str, denied: tuple[type[errors.Refusal], ...] = DENIED) -> bool:
    """Tried and undone: whether the right was there, whatever the rules say after it."""
    allowed = True
    try:
        with at.house.store.tx(client):
            try:
                act(HandoverDesk(at.house, client, at.people[name]), at)
            except denied:
                allowed = False
            except errors.Refusal:
                pass
            raise _Undone
    except _Undone:
        return allowed


def expected(moment: int, rows: str) -> set[str]:
    return {name for row in rows.split() for name in SHEET[row][moment].split()}


def verbs() -> Iterator[tuple[str, Callable[[int], set[str]], Try]]:
    for verb, (rows, act) in BY_CHANNEL.items():
        yield verb, lambda moment, rows=rows: expected(moment, rows), act  # type: ignore[misc]
    for verb, (row, act) in ACROSS_ALL.items():
        yield verb, lambda moment, row=row: set(ACROSS_SHEET[row][min(moment, 2)].split()), act  # type: ignore[misc]
    for verb, act in LOOKING.items():
        yield verb, lambda _: set(EVERYBODY.split()), act
    for verb, (who, act) in OTHERWISE.items():
        yield verb, lambda _, who=who: set(who.split()), act  # type: ignore[misc]


def test_the_matrix_is_complete() -> None:
    there = {name for name, _ in inspect.getmembers(HandoverDesk, inspect.isfunction) if not name.startswith("_")}
    sheets = {verb.split()[0] for verb, _, _ in verbs()} | set(NO_RIGHT_ASKED)
    assert there == sheets


@pytest.mark.parametrize("moment", range(4), ids=["vormachen", "mitmachen", "abgeben", "abgeben after the window"])
def test_everybody_may_do_exactly_what_the_sheet_says(at: Ground, moment: int) -> None:
    put_into(at, moment)
    wrong, tried = [], 0
    for verb, who, act in verbs():
        allowed = {name for name in at.people if may(at, name, act, at.client.id)}
        tried += len(at.people)
        if allowed != who(moment):
            wrong.append((verb, sorted(allowed - who(moment)), sorted(who(moment) - allowed)))
    assert not wrong
    assert tried > 800


def test_nobody_does_anything_at_a_foreign_client(at: Ground) -> None:
    unseen = (*DENIED, errors.Unknown)
    ours = [name for name in at.people if name not in ("stranger", "boss of strangers")]
    assert not [(verb, name) for verb, _, act in verbs() for name in ours if may(at, name, act, at.other.id, unseen)]


@pytest.mark.parametrize("verb", ["piece", "edit", "submit", "brief", "withdraw", "decide approve"])
def test_what_belongs_to_another_client_is_unknown_there(at: Ground, verb: str) -> None:
    act = next(act for name, _, act in verbs() if name == verb)
    with pytest.raises(errors.Unknown):
        act(HandoverDesk(at.house, at.other.id, at.people["boss of strangers"]), at)


def test_a_right_is_read_anew_for_each_verb(at: Ground) -> None:
    desk = at.desk("lead")
    with at.house.store.tx(at.client.id) as t:
        lead = t.get(Person, at.people["lead"])
        assert lead is not None
        t.put(lead.model_copy(update={"left": Mark(by=at.people["director"], at=at.clock())}))
    with pytest.raises(errors.PersonHasLeft):
        desk.submit(at.draft)
    assert UNTIL - NOON.date() < timedelta(days=66)
