"""The verbs that measure, the two that write, and their commands."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

import handover.cli  # noqa: F401  (hangs the group `handover` into the command line)
from handover.desk import HandoverDesk
from handover.readiness.conditions import CODES
from handover.readiness.measuring import LEDGERS, MeasuringVerbs, readiness_of
from handover.readiness.share import TeamShare
from handover.readiness.wording import condition_line, readiness_sentence, share_sentence
from pipeline import errors
from pipeline.desk.act import looking
from pipeline.desk.people import add_client
from pipeline.messages import Say
from pipeline.records import Condition, Person, Phase, Piece, Stage, Verdict
from pipeline.worker import Worker
from tests.house import AHouse, a_house
from tests.line import JONAS, MARIA, SANDER, Line, a_line

GERMAN = Say("de")


@pytest.fixture
def at(tmp_path: Path) -> AHouse:
    return a_house(tmp_path)


def verbs(at: AHouse, person: Person | None) -> MeasuringVerbs:
    return MeasuringVerbs(at.house, at.client.id, person.id if person else None)


def judged(at: AHouse, number: int) -> None:
    """Both sides approve a text of Jonas each."""
    for one in range(number):
        piece = at.a_piece_in_review(f"Beitrag {one}")
        for person in (at.maria, at.sander):
            desk = at.desk(person)
            desk.decide(piece.id, seen=desk.piece(piece.id).hash, verdict=Verdict.APPROVE)


def published(at: AHouse) -> Piece:
    piece = at.an_approved_piece()
    at.desk(at.sander).publish(piece.id)
    Worker(at.house).round()
    return at.desk(at.sander).piece(piece.id).piece


# -- readiness


def test_readiness_tells_where_a_channel_stands_and_what_is_missing(at: AHouse) -> None:
    judged(at, 8)
    found = verbs(at, at.maria).readiness("blog")
    assert (found.phase, found.next, found.owner, found.deputy, found.proposal) == (
        Phase.VORMACHEN, Phase.MITMACHEN, at.maria, None, None,
    )  # fmt: skip
    met = [one.code for one in found.measured if one.condition.met]
    assert met == ["decisions", "agreement", "time_to_decision", "team_drafts", "rewritten"]
    assert found.missing == ["missed_slots", "deciders", "corrections", "stand_in", "runbook"]
    assert (found.met, found.asked) == (5, 10)  # a folder of web pages needs no credential


def test_the_snapshot_for_a_proposal_is_what_readiness_tells(at: AHouse) -> None:
    judged(at, 3)
    with looking(at.house, at.client.id, me=at.maria.id) as view:
        snapshot = readiness_of(view, view.channel_named("blog"))
    assert snapshot == verbs(at, at.maria).readiness("blog").measured


def test_the_page_of_all_channels_tells_the_same_as_each_one(at: AHouse) -> None:
    judged(at, 2)
    for slug in ("news", "practice"):
        (at.folder / slug).mkdir()
        place = {"folder": str(at.folder / slug), "base_url": f"https://{slug}.mueller.example"}
        at.desk(at.sander).add_channel(name=slug, slug=slug, outlet="site", owner=at.maria.email, settings=place)
    desk = verbs(at, at.maria)
    all_of_them = {one.channel.slug: one for one in desk.standing_of_all()}
    assert all_of_them == {slug: desk.readiness(slug) for slug in ("blog", "news", "practice")}


def test_nothing_of_another_client_is_measured(at: AHouse) -> None:
    judged(at, 8)
    other, jana = add_client(at.house, name="Andere GmbH", slug="andere", consultant="Jana Sommer <jana@beratung.example>")
    theirs = MeasuringVerbs(at.house, other.id, jana.id)
    assert (theirs.standing_of_all(), theirs.lessons(), list(theirs.share().months)) == ([], [], [])
    assert verbs(at, at.maria).readiness("blog").measured[0].condition.measured == 8
    with pytest.raises(errors.Unknown):
        theirs.readiness("blog")
    with pytest.raises(errors.Unknown):
        theirs.readiness(at.channel.id)
    with at.house.store.read(other.id) as reader, LEDGERS.of(at.house.store, reader, other.timezone) as ledger:
        assert (ledger.channels, ledger.stories, set(ledger.sides)) == ({}, {}, {jana.id})


@pytest.mark.parametrize("verb", ["readiness", "readiness_history", "standing_of_all", "lessons", "share"])
def test_who_has_left_sees_no_numbers(at: AHouse, verb: str) -> None:
    at.desk(at.maria).deactivate(at.jonas.email)
    given = ("blog",) if verb.startswith("readiness") else ()
    with pytest.raises(errors.PersonHasLeft):
        getattr(verbs(at, at.jonas), verb)(*given)


def test_a_channel_on_its_way_is_measured_anew_in_each_phase(at: AHouse) -> None:
    sander, maria = (HandoverDesk(at.house, at.client.id, person.id) for person in (at.sander, at.maria))
    judged(at, 8)
    for to in (Phase.MITMACHEN, Phase.ABGEBEN):
        at.clock.ahead(days=1)
        sander.propose("blog", to, reason="So weit.")
        proposed = maria.readiness("blog")
        assert proposed.proposal is not None
        assert list(proposed.proposal.conditions) == [one.condition for one in proposed.measured]
        maria.accept("blog")
        found = maria.readiness("blog")
        assert (found.phase, found.proposal, found.measured[0].condition.measured) == (to, None, 0)
        at.clock.ahead(hours=1)
        judged(at, 2)
        found = maria.readiness("blog")
        assert (found.measured[0].condition.measured, found.measured[1].condition.n) == (2, 2)
    assert (found.next, found.phase) == (None, Phase.ABGEBEN)
    at.clock.ahead(hours=1)
    maria.step_back("blog", Phase.VORMACHEN, reason="Noch einmal von vorn.")
    assert maria.readiness("blog").measured[0].condition.measured == 0
    at.clock.ahead(days=30)
    assert [one.phase for one in maria.readiness_history("blog")] == [Phase.VORMACHEN, Phase.VORMACHEN]


# -- over time


def test_the_past_is_told_by_the_end_of_each_month_and_today(at: AHouse) -> None:
    judged(at, 8)  # in March
    at.clock.ahead(days=60)  # the middle of May: the window has passed them
    past = verbs(at, at.maria).readiness_history("blog")
    assert [(one.day, one.phase, one.met, one.asked) for one in past] == [
        (date(2027, 3, 31), Phase.VORMACHEN, 5, 9),
        (date(2027, 4, 30), Phase.VORMACHEN, 0, 9),  # 45 days later
        (date(2027, 5, 15), Phase.VORMACHEN, 0, 10),
    ]


def test_before_a_channel_was_there_it_has_no_past(at: AHouse) -> None:
    at.clock.ahead(days=400)
    assert len(verbs(at, at.maria).readiness_history("blog", months=24)) == 14
    assert len(verbs(at, at.maria).readiness_history("blog", months=3)) == 4


def test_another_policy_is_applied_to_the_past_too(at: AHouse) -> None:
    judged(at, 8)
    at.clock.ahead(days=30)
    before = verbs(at, at.maria).readiness_history("blog")[0]
    verbs(at, at.maria).change_readiness_policy(decisions=9, left_out=["missed_slots"])
    after = verbs(at, at.maria).readiness_history("blog")[0]
    assert ((before.met, before.asked), (after.met, after.asked)) == ((5, 9), (4, 8))


@pytest.mark.parametrize("months", [0, -1, 121])
def test_months_are_some_and_not_too_many(at: AHouse, months: int) -> None:
    with pytest.raises(errors.FieldInvalid):
        verbs(at, at.maria).share(months)
    with pytest.raises(errors.FieldInvalid):
        verbs(at, at.maria).readiness_history("blog", months)


# -- corrections


def test_a_correction_is_noted_on_what_is_public(at: AHouse) -> None:
    piece = published(at)
    at.clock.ahead(hours=1)
    noted = verbs(at, at.sander).note_correction(piece.id, reason="Falsche Jahreszahl.")
    assert noted.corrected is not None
    assert (noted.corrected.by, noted.corrected.reason, noted.stage) == (at.sander.id, "Falsche Jahreszahl.", Stage.PUBLISHED)
    (event, *_) = at.desk(at.sander).events(piece=piece.id)
    assert (event.act, event.actor, "Falsche" in event.text) == ("piece.corrected", at.sander.id, False)


def test_the_same_correction_said_twice_is_one(at: AHouse) -> None:
    piece = published(at)
    first = verbs(at, at.sander).note_correction(piece.id, reason="Falsche Jahreszahl.")
    assert verbs(at, at.sander).note_correction(piece.id, reason="Falsche Jahreszahl. ") == first
    verbs(at, at.sander).note_correction(piece.id, reason="Und der Name.")
    acts = [one.act for one in at.desk(at.sander).events(piece=piece.id)]
    assert acts.count("piece.corrected") == 2


def test_a_correction_needs_a_reason_a_public_piece_and_the_right(at: AHouse) -> None:
    draft, public = at.a_piece("Noch nicht"), published(at)
    with pytest.raises(errors.NotPublic):
        verbs(at, at.sander).note_correction(draft.id, reason="Falsch.")
    with pytest.raises(errors.FieldMissing):
        verbs(at, at.sander).note_correction(public.id, reason=" ")
    with pytest.raises(errors.NotAllowed):
        verbs(at, at.jonas).note_correction(public.id, reason="Falsch.")
    assert at.desk(at.sander).piece(public.id).piece.corrected is None


# -- the policy


def test_a_changed_policy_has_the_next_number_and_is_noted_without_names(at: AHouse) -> None:
    changed = verbs(at, at.maria).change_readiness_policy(decisions=12, agreement="0.8", left_out=["renewal"])
    policy = changed.policy
    assert (policy.number, policy.readiness.decisions, policy.readiness.agreement) == (2, 12, 0.8)
    assert policy.readiness.left_out == {"renewal"}
    (event,) = at.desk(at.maria).events(limit=1)
    assert (event.act, event.details["number"]) == ("client.policy", 2)
    assert at.desk(at.maria).client().policy == policy
    assert verbs(at, at.maria).readiness("blog").measured[0].condition.wanted == 12


def test_a_policy_that_stays_as_it_is_gets_no_new_number(at: AHouse) -> None:
    before = len(at.desk(at.maria).events(limit=None))
    assert verbs(at, at.maria).change_readiness_policy(decisions=8).policy.number == 1
    assert len(at.desk(at.maria).events(limit=None)) == before


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("decisions", 0), ("decisions", "viele"), ("agreement", 1.01), ("agreement", "nan"), ("hours", 0.5), ("window_days", 6),
        ("deciders", 11), ("credential_days", -1), ("left_out", ["nix"]), ("left_out", 5), ("number", 7), ("unknown", 1),
    ],
)  # fmt: skip
def test_a_policy_out_of_range_is_refused_by_its_field(at: AHouse, field: str, value: object) -> None:
    with pytest.raises(errors.FieldInvalid) as refused:
        verbs(at, at.maria).change_readiness_policy(**{"missed": 0.1, field: value})
    assert refused.value.facts["field"] == field
    assert at.desk(at.maria).client().policy.number == 1


def test_only_who_leads_changes_the_policy(at: AHouse) -> None:
    with pytest.raises(errors.NotAllowed):
        verbs(at, at.jonas).change_readiness_policy(decisions=1)


# -- in words


def test_the_managing_director_reads_one_plain_sentence(at: AHouse) -> None:
    judged(at, 8)
    verbs(at, at.maria).change_readiness_policy(left_out=["runbook", "stand_in", "missed_slots"], deciders=1)
    sentence = readiness_sentence(GERMAN, verbs(at, at.maria).readiness("blog"))
    assert sentence == (
        "Blog der Werkstatt könnte gemeinsam geführt werden: 6 von 7 Bedingungen sind erfüllt; "
        "es fehlen noch: wenige Korrekturen und Notfreigaben."
    )


def test_the_sentence_knows_all_met_few_met_and_nothing_asked(at: AHouse) -> None:
    desk = verbs(at, at.maria)
    assert readiness_sentence(GERMAN, desk.readiness("blog")).startswith("Blog der Werkstatt ist noch nicht so weit: 0 von 10")
    desk.change_readiness_policy(left_out=list(CODES))
    assert readiness_sentence(GERMAN, desk.readiness("blog")) == "Für Blog der Werkstatt sind keine Bedingungen vereinbart."
    judged(at, 8)
    desk.change_readiness_policy(left_out=[code for code in CODES if code != "decisions"])
    assert readiness_sentence(GERMAN, desk.readiness("blog")).endswith("alle 1 Bedingungen sind erfüllt.")


@pytest.mark.parametrize(
    ("condition", "line"),
    [
        (
            Condition(code="agreement", measured=0.896, wanted=0.9, n=29, met=False),
            "Beide Seiten entschieden gleich: 89,6 % von 29; mindestens 90 %",
        ),
        (Condition(code="decisions", measured=9.0, wanted=8.0, n=9, met=True), "Entscheidungen des Teams: 9; mindestens 8"),
        (
            Condition(code="missed_slots", measured=0.0, wanted=0.05, n=3, met=None),
            "Eingehaltene Termine: bisher 3 von 5 nötigen Fällen",
        ),
        (
            Condition(code="credential", measured=None, wanted=30.0, n=1, met=True),
            "Zugangsdaten des Teams: ohne bekanntes Ende",
        ),
    ],
)
def test_a_condition_is_told_with_its_numbers(condition: Condition, line: str) -> None:
    assert condition_line(GERMAN, condition) == line


@pytest.mark.parametrize("language", ["de", "en"])
@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("met", [True, False, None])
def test_every_condition_can_be_told(code: str, met: bool | None, language: str) -> None:
    assert condition_line(Say(language), Condition(code=code, measured=0.5, wanted=1.0, n=5, met=met))


@pytest.mark.parametrize("phase", Phase)
@pytest.mark.parametrize("left_out", [[], list(CODES[1:])])
def test_every_phase_has_its_sentence(at: AHouse, phase: Phase, left_out: list[str]) -> None:
    judged(at, 8)
    if left_out:
        verbs(at, at.maria).change_readiness_policy(left_out=left_out)
    with at.house.store.tx(at.client.id) as t:
        t.put(at.channel.model_copy(update={"phase": phase}))
    for language in ("de", "en"):
        assert "Blog der Werkstatt" in readiness_sentence(Say(language), verbs(at, at.maria).readiness("blog"))


@pytest.mark.parametrize(
    ("team", "sentence"),
    [
        (TeamShare(date(2027, 9, 1), 0.62), "Seit September 2027 macht das Team 62 % davon."),
        (TeamShare(None, 0.5), "Das Team macht 50 % davon; mehr als die Hälfte ist es noch nicht."),
        (TeamShare(None, None), "Bisher hat niemand etwas getan, das sich zählen ließe."),
    ],
)
def test_the_share_is_told_in_one_sentence(team: TeamShare, sentence: str) -> None:
    assert share_sentence(GERMAN, team) == sentence


# -- commands


@pytest.fixture
def line(tmp_path: Path) -> Line:
    (tmp_path / "line").mkdir()
    return a_line(tmp_path / "line")


def judged_on(line: Line, number: int) -> list[str]:
    pieces = [line.a_piece(title=f"Beitrag {one}") for one in range(number)]
    for piece in pieces:
        line.do("piece", "submit", piece, by=JONAS)
        for person in (MARIA, SANDER):
            line.do("piece", "decide", piece, "--hash", line.hash_of(piece), "--approve", by=person)
    return pieces


def test_the_command_status_has_the_agreed_keys(line: Line) -> None:
    pieces = judged_on(line, 5)
    (row,) = line.do("handover", "status")["channels"]
    assert set(row) >= {"channel", "phase", "owner", "deputy", "readiness", "proposal"}
    assert (row["channel"], row["phase"], row["owner"], row["deputy"], row["proposal"]) == (
        "blog",
        "vormachen",
        MARIA,
        None,
        None,
    )
    assert all(set(one) >= {"code", "measured", "wanted", "n", "met"} for one in row["readiness"])
    measured = {one["code"]: (one["measured"], one["wanted"], one["n"], one["met"]) for one in row["readiness"]}
    assert measured["decisions"] == (5, 8, 5, False)
    assert measured["agreement"] == (1.0, 0.9, 5, True)
    assert measured["corrections"] == (None, 0.05, 0, None)
    assert row["readiness"][0]["pieces"] == pieces
    assert line.do("handover", "status", "--channel", "blog")["channels"] == [row]
    assert line.refused("handover", "status", "--channel", "nix")["code"] == "Unknown"


def test_the_command_status_reads_as_sentences(line: Line) -> None:
    line.do("handover", "propose", "--channel", "blog", "--to", "mitmachen", "--reason", "Das Team kann es.", by=SANDER)
    told = line.run("handover", "status").out.splitlines()
    assert told[0] == "Blog: Phase Vormachen, verantwortlich Maria Lindqvist, Stellvertretung –"
    assert told[1].startswith("  Blog ist noch nicht so weit: 0 von 10 Bedingungen sind erfüllt; es fehlen noch: genügend Entsch")
    assert told[2].startswith("  Vorgeschlagen am ")
    assert told[3] == "    offen                Entscheidungen des Teams: 0; mindestens 8"


def test_the_command_share_has_the_agreed_keys(line: Line) -> None:
    judged_on(line, 1)
    told = line.do("handover", "share", "--months", 1)
    (row,) = told["months"]
    assert set(row) == {"month", "channel", "drafted", "decided", "published", "connected", "people"}
    assert row["channel"] == "blog"
    assert (row["drafted"]["consultant"], row["drafted"]["team"] > 10) == (0, True)
    assert (row["decided"], row["published"]) == ({"consultant": 1, "team": 0}, {"consultant": 0, "team": 0})
    assert {(one["person"], one["side"]) for one in row["people"]} == {(JONAS, "team"), (SANDER, "consultant")}
    assert (told["since"], told["share"]) == (None, pytest.approx(1 / 3))
    said = line.run("handover", "share").out.splitlines()
    assert said[0] == "Das Team macht 33 % davon; mehr als die Hälfte ist es noch nicht."
    assert "Blog: geschrieben Beratung 0 / Team" in said[1]


def test_the_command_policy_shows_changes_and_refuses(line: Line) -> None:
    assert line.do("handover", "policy")["policy"]["decisions"] == 8
    changed = line.do("handover", "policy", "--set", "decisions=12", "--set", "left_out=renewal, runbook", by=MARIA)
    assert (changed["number"], changed["policy"]["decisions"], changed["policy"]["left_out"]) == (2, 12, ["renewal", "runbook"])
    assert "renewal, runbook" in line.run("handover", "policy").out
    assert line.refused("handover", "policy", "--set", "agreement=2", by=MARIA)["facts"]["field"] == "agreement"
    assert line.refused("handover", "policy", "--set", "left_out=alles", by=MARIA)["code"] == "FieldInvalid"
    assert line.refused("handover", "policy", "--set", "decisions=3", by=JONAS)["code"] == "NotAllowed"
    assert line.do("handover", "policy", "--set", "left_out=", by=MARIA)["policy"]["left_out"] == []


def test_the_command_correct_notes_a_correction(line: Line) -> None:
    piece = line.a_due_piece()
    assert line.refused("handover", "correct", piece, "--reason", "Falsch.", by=SANDER)["code"] == "NotPublic"
    line.do("worker", "--once")
    assert line.do("handover", "correct", piece, "--reason", "Falsch.", by=SANDER)["piece"] == piece
    measured = {one["code"]: one for one in line.do("handover", "status")["channels"][0]["readiness"]}["corrections"]
    assert (measured["measured"], measured["n"], measured["met"], measured["pieces"]) == (1.0, 1, None, [piece])
