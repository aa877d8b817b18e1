"""The table of rights, against a sheet written down independently of it: who may do what, in every phase."""

from __future__ import annotations

import itertools
from datetime import timedelta

import pytest

from handover.rights import ACROSS, BY_PHASE, Rights
from pipeline.desk.who import Action, Asking
from pipeline.errors import NotAllowed
from pipeline.records import Channel, Client, Mark, Person, Phase, Role, Side
from tests.house import NOON

CLIENT = Client(slug="mueller", name="Müller", made_at=NOON)


def a_person(name: str, side: Side, *roles: Role) -> Person:
    return Person(
        id=name, client=CLIENT.id, name=name, email=f"{name}@x.example", side=side, roles=frozenset(roles), made_at=NOON
    )


PEOPLE = {
    person.id: person
    for person in (
        a_person("lead", Side.CONSULTANT, Role.OWNER, Role.APPROVER, Role.EDITOR),
        a_person("assistant", Side.CONSULTANT, Role.EDITOR),
        a_person("guest", Side.CONSULTANT, Role.READER),
        a_person("named", Side.TEAM, Role.READER),
        a_person("director", Side.TEAM, Role.OWNER),
        a_person("deputy", Side.TEAM, Role.READER),
        a_person("approver", Side.TEAM, Role.APPROVER),
        a_person("editor", Side.TEAM, Role.EDITOR),
        a_person("reader", Side.TEAM, Role.READER),
    )
}
PEOPLE["gone"] = a_person("gone", Side.TEAM, Role.OWNER, Role.APPROVER, Role.EDITOR).model_copy(
    update={"left": Mark(by="director", at=NOON)}
)

TEAM_DECIDERS = "named director deputy approver"
SHEET = {
    # action: (vormachen, mitmachen, abgeben within the safety window, abgeben after it)
    "see": ("lead assistant guest named director deputy approver editor reader",) * 4,
    "write": (
        *(f"lead assistant {TEAM_DECIDERS} editor",) * 2,
        *(f"{TEAM_DECIDERS} editor",) * 2,
    ),
    "decide": ("lead", f"lead {TEAM_DECIDERS}", TEAM_DECIDERS, TEAM_DECIDERS),
    "shadow": (TEAM_DECIDERS, "", "lead", ""),
    "hold": (f"lead {TEAM_DECIDERS}", f"lead {TEAM_DECIDERS}", f"lead {TEAM_DECIDERS}", TEAM_DECIDERS),
    "emergency": ("lead named", "lead named", "named deputy", "named deputy"),
    "plan": ("lead assistant", f"lead assistant {TEAM_DECIDERS} editor", *(f"{TEAM_DECIDERS} editor",) * 2),
    "withdraw": ("lead assistant", f"lead assistant {TEAM_DECIDERS}", TEAM_DECIDERS, TEAM_DECIDERS),
    "settle": ("lead", f"lead {TEAM_DECIDERS}", TEAM_DECIDERS, TEAM_DECIDERS),
    "connect": ("lead named director", "lead named director", "named director", "named director"),
    "pause": (f"lead {TEAM_DECIDERS}", f"lead {TEAM_DECIDERS}", TEAM_DECIDERS, TEAM_DECIDERS),
    "agree": ("named",) * 4,
    "waive": ("named",) * 4,
    "propose": ("lead named director", "lead named director", "", ""),
    "accept": ("lead named director", "lead named director", "", ""),
    "step_back": ("named",) * 4,
    "take_over": ("named director", "named director", "", ""),
    "rehearse": ("named",) * 4,
    "name_owner": ("lead named director", *("named director",) * 3),
}
MOMENTS = (
    (Phase.VORMACHEN, timedelta(days=1)),
    (Phase.MITMACHEN, timedelta(days=1)),
    (Phase.ABGEBEN, timedelta(days=29)),
    (Phase.ABGEBEN, timedelta(days=31)),
)


def a_channel(phase: Phase = Phase.VORMACHEN) -> Channel:
    return Channel(
        client=CLIENT.id, slug="blog", name="Blog", outlet="site", owner="named", deputy="deputy",
        phase=phase, phase_since=NOON, made_at=NOON,
    )  # fmt: skip


def may(action: str, person: Person, channel: Channel, since_switch: timedelta) -> bool:
    now = NOON + since_switch
    if action in ("decide", "shadow"):
        spoken = Rights().voice(Asking(person), client=CLIENT, channel=channel, now=now)
        return spoken is not None and spoken.voice == ("binding" if action == "decide" else "shadow")
    try:
        Rights().require(Action(action), Asking(person), client=CLIENT, channel=channel, channels=(), now=now)
    except NotAllowed:
        return False
    return True


@pytest.mark.parametrize(("action", "moment"), list(itertools.product(SHEET, range(4))))
def test_everybody_may_exactly_what_the_sheet_says(action: str, moment: int) -> None:
    phase, since = MOMENTS[moment]
    allowed = {name for name, person in PEOPLE.items() if may(action, person, a_channel(phase), since)}
    assert allowed == set(SHEET[action][moment].split())


def test_the_sheet_and_the_table_speak_of_the_same_actions() -> None:
    assert {action for action, _ in BY_PHASE} == set(SHEET)


def test_every_action_of_the_desk_has_a_row() -> None:
    assert {action.value for action in Action} <= {action for action, _ in (*BY_PHASE, *ACROSS)}


@pytest.mark.parametrize("action", ["people", "channels", "client", "stop", "backup", "pause"])
def test_the_consultant_loses_the_installation_when_all_channels_are_given_away(action: str) -> None:
    rights, lead, director = Rights(), PEOPLE["lead"], PEOPLE["director"]
    now = NOON + timedelta(days=1)
    with_us, given = (a_channel(),), (a_channel(Phase.ABGEBEN),)
    rights.require(Action(action), Asking(lead), client=CLIENT, channel=None, channels=with_us, now=now)
    rights.require(Action(action), Asking(director), client=CLIENT, channel=None, channels=given, now=now)
    with pytest.raises(NotAllowed):
        rights.require(Action(action), Asking(lead), client=CLIENT, channel=None, channels=given, now=now)


EVERYBODY = "lead assistant guest named director deputy approver editor reader"
BOTH, OURS, THEIRS = "lead named director", "lead", "named director"
ACROSS_SHEET = {
    # action: (all channels shown, one shared, all given away)
    "see": (EVERYBODY,) * 3,
    "people": (BOTH, BOTH, THEIRS),
    "team_people": (BOTH, THEIRS, THEIRS),
    "consultants": (OURS, OURS, THEIRS),
    "let_go": (BOTH, THEIRS, THEIRS),
    "channels": (BOTH, BOTH, THEIRS),
    "client": (BOTH, BOTH, THEIRS),
    "delegate": (EVERYBODY,) * 3,
    "pause": (BOTH, BOTH, THEIRS),
    "stop": (BOTH, BOTH, THEIRS),
    "backup": (BOTH, BOTH, THEIRS),
    "deliver": (OURS,) * 3,
    "control": (THEIRS,) * 3,
}


def test_the_sheet_across_channels_speaks_of_every_action_there_is() -> None:
    assert {action for action, _ in ACROSS} == set(ACROSS_SHEET)


@pytest.mark.parametrize("action", ACROSS_SHEET)
def test_from_the_first_shared_channel_each_side_brings_its_own_people_only(action: str) -> None:
    given = (a_channel(Phase.ABGEBEN),)
    for column, channels in enumerate([(a_channel(),), (a_channel(), a_channel(Phase.MITMACHEN)), given]):
        allowed = set()
        for name, person in PEOPLE.items():
            try:
                Rights().require(
                    Action(action), Asking(person), client=CLIENT, channel=None, channels=channels, now=NOON + timedelta(days=1)
                )
            except NotAllowed:
                continue
            allowed.add(name)
        assert allowed == set(ACROSS_SHEET[action][column].split())


def test_a_stand_in_decides_for_the_one_who_is_away() -> None:
    who = Asking(PEOPLE["reader"], (PEOPLE["approver"],))
    spoken = Rights().voice(who, client=CLIENT, channel=a_channel(Phase.MITMACHEN), now=NOON)
    assert spoken is not None
    assert (spoken.voice, spoken.on_behalf_of) == ("binding", PEOPLE["approver"])


def test_a_stand_in_does_not_take_over_the_office() -> None:
    who = Asking(PEOPLE["reader"], (PEOPLE["named"],))
    for action in (Action.AGREE, Action.WAIVE, Action.STEP_BACK, Action.EMERGENCY):
        with pytest.raises(NotAllowed):
            Rights().require(action, who, client=CLIENT, channel=a_channel(Phase.MITMACHEN), channels=(), now=NOON)


def test_somebody_of_the_team_can_always_do_the_next_thing_in_the_end() -> None:
    for action in ("write", "decide", "plan", "settle", "connect"):
        assert any(cell.startswith("t.") for cell in BY_PHASE[action, "abgeben"])
        assert not any(cell.startswith("c.") for cell in BY_PHASE[action, "abgeben"])
