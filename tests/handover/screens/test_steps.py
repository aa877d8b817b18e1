"""Proposing a phase, answering, going back, playing a phase in advance."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from handover.rehearsal import WhatIf
from pipeline.records import Phase, PhaseChange, Proposal, Role, Side
from tests.house import AHouse
from tests.phases import handover_desk, in_phase
from tests.screens.conftest import Open, words


def changes(firm: AHouse) -> list[PhaseChange]:
    return handover_desk(firm, firm.maria).phase_changes("blog")


def step(open_page: Open, firm: AHouse, person: str) -> AppTest:
    return open_page("handover", getattr(firm, person), channel="blog", part="step")


def proposed(firm: AHouse) -> Proposal:
    return handover_desk(firm, firm.sander).propose("blog", Phase.MITMACHEN, reason="Die Entscheidungen stimmen überein.")


def test_the_consultant_proposes_with_a_reason(firm: AHouse, open_page: Open) -> None:
    firm.a_piece_in_review("Wissen weitergeben")
    screen = step(open_page, firm, "sander")
    shown = words(screen)
    assert "zwei Freigaben, eine der Beratung und eine des Teams" in shown
    assert "Wissen weitergeben" in shown
    screen.text_area[0].input("Es ist Zeit.").run()
    screen.button("handover-propose-blog-mitmachen").click().run()
    proposal = handover_desk(firm, firm.sander).proposal("blog")
    assert proposal is not None
    assert proposal.reason == "Es ist Zeit."
    assert "Jetzt antwortet die andere Seite: Maria Lindqvist." in words(screen)


def test_a_refusal_keeps_what_was_typed(firm: AHouse, open_page: Open) -> None:
    screen = step(open_page, firm, "sander")
    screen.text_area[0].input("Es ist Zeit.").run()
    proposed(firm)  # meanwhile, in another tab
    screen.button("handover-propose-blog-mitmachen").click().run()
    assert screen.error[0].value.startswith("Für „Blog der Werkstatt“ gibt es schon einen offenen Vorschlag")
    handover_desk(firm, firm.sander).take_back_proposal("blog")
    assert screen.run().text_area[0].value == "Es ist Zeit."


def test_whoever_opens_a_channel_with_a_proposal_for_them_sees_the_answer_first(firm: AHouse, open_page: Open) -> None:
    proposed(firm)
    shown = words(open_page("handover", firm.maria, channel="blog"))
    assert "„Blog der Werkstatt“: von Vormachen zu Mitmachen" in shown
    assert "Sander Vogt (Beratung)" in shown
    assert "Die Entscheidungen stimmen überein." in shown
    assert "Noch nicht erfüllt oder noch nicht messbar" in shown


def test_the_owner_accepts_and_the_channel_is_in_its_new_phase(firm: AHouse, open_page: Open) -> None:
    proposal = proposed(firm)
    screen = step(open_page, firm, "maria")
    screen.text_area[0].input("Wir fangen an.").run()
    screen.button(f"handover-accept-{proposal.id}").click().run()
    (change,) = changes(firm)
    assert (change.phase, change.how, change.reason) == (Phase.MITMACHEN, "accepted", "Wir fangen an.")
    assert screen.success[0].value == "„Blog der Werkstatt“ ist jetzt in der Phase Mitmachen."


def test_two_clicks_accept_once(firm: AHouse, open_page: Open) -> None:
    proposal = proposed(firm)
    tabs = [step(open_page, firm, "maria"), step(open_page, firm, "maria")]
    for tab in tabs:
        tab.button(f"handover-accept-{proposal.id}").click().run()
    assert len(changes(firm)) == 1


def test_an_old_yes_does_not_accept_a_newer_proposal(firm: AHouse, open_page: Open) -> None:
    proposal = proposed(firm)
    screen = step(open_page, firm, "maria")
    handover_desk(firm, firm.sander).take_back_proposal("blog")
    firm.clock.ahead(minutes=1)
    handover_desk(firm, firm.sander).propose("blog", Phase.MITMACHEN, reason="Ein anderer Grund, den Maria nie gelesen hat.")
    screen.button(f"handover-accept-{proposal.id}").click().run()
    assert changes(firm) == []
    assert screen.error


def test_the_owner_declines_and_everything_stays(firm: AHouse, open_page: Open) -> None:
    proposal = proposed(firm)
    screen = step(open_page, firm, "maria")
    screen.button(f"handover-decline-{proposal.id}").click().run()
    assert changes(firm) == []
    assert handover_desk(firm, firm.maria).proposal("blog") is None


@pytest.mark.parametrize("person", ["sander", "jonas"])
def test_nobody_else_is_offered_an_answer(firm: AHouse, open_page: Open, person: str) -> None:
    proposal = proposed(firm)
    keys = {str(one.key) for one in step(open_page, firm, person).button}
    assert f"handover-accept-{proposal.id}" not in keys
    assert (f"handover-take-back-{proposal.id}" in keys) is (person == "sander")


def test_a_step_back_stands_behind_one_question(firm: AHouse, open_page: Open) -> None:
    in_phase(firm, Phase.MITMACHEN)
    screen = step(open_page, firm, "maria")
    assert screen.button("handover-back-now-blog").disabled
    screen.text_area[-1].input("Wir waren zu schnell.").run()
    screen.checkbox("handover-back-sure-blog").check().run()
    screen.button("handover-back-now-blog").click().run()
    assert firm.channel.phase is Phase.VORMACHEN
    assert changes(firm)[0].reason == "Wir waren zu schnell."


def test_only_the_named_owner_is_offered_a_step_back(firm: AHouse, open_page: Open) -> None:
    in_phase(firm, Phase.MITMACHEN)
    for person in ("sander", "jonas"):
        assert "handover-back-now-blog" not in {str(one.key) for one in step(open_page, firm, person).button}


def test_taking_over_is_offered_only_when_the_consultant_is_gone(firm: AHouse, open_page: Open) -> None:
    in_phase(firm, Phase.MITMACHEN)
    assert "allein übernehmen" not in words(step(open_page, firm, "maria"))
    with firm.house.store.tx(firm.client.id) as t:
        t.put(firm.sander.model_copy(update={"roles": frozenset({Role.READER})}))
    screen = step(open_page, firm, "maria")
    screen.text_area[-1].input("Die Beratung antwortet nicht mehr.").run()
    screen.button("handover-over-blog").click().run()
    assert firm.channel.phase is Phase.ABGEBEN


# ------------------------------------------------------------------------------------------------------- a phase in advance


def test_a_phase_in_advance_says_what_i_may_then_and_why_not(firm: AHouse, open_page: Open) -> None:
    in_phase(firm, Phase.MITMACHEN)
    shown = words(open_page("handover", firm.sander, channel="blog", part="ahead"))
    what_if: WhatIf = handover_desk(firm, firm.sander).what_if("blog", Phase.ABGEBEN)
    lost = next(one for one in what_if.mine if one.action == "write")
    assert lost.why is not None
    assert "nicht mehr" in shown
    assert "In Abgeben geht hinaus, was so freigegeben ist: Team: 1." in shown


def test_a_phase_is_played_on_a_rehearsal_channel_and_ended(firm: AHouse, open_page: Open) -> None:
    firm.desk(firm.sander).add_channel(name="Zum Üben", slug="uebung", outlet="rehearsal", owner=firm.maria.email, settings={})
    screen = open_page("handover", firm.maria, channel="uebung", part="ahead")
    screen.button("handover-play-uebung-abgeben").click().run()
    assert "Gespielt wird gerade: Abgeben. Wirklich ist der Kanal in Vormachen." in words(screen)
    screen.button("handover-play-end-uebung").click().run()
    (channel,) = [one.channel for one in firm.desk(firm.maria).channels() if one.channel.slug == "uebung"]
    assert channel.phase is Phase.VORMACHEN
    assert channel.play is None


def test_on_a_real_channel_nothing_can_be_played(firm: AHouse, open_page: Open) -> None:
    assert not [one for one in open_page("handover", firm.maria, channel="blog", part="ahead").button if "play" in str(one.key)]


# ------------------------------------------------------------------------------------------------------------- on Today


def test_today_tells_the_owner_that_a_proposal_waits(firm: AHouse, open_page: Open) -> None:
    proposed(firm)
    told = "Sander Vogt schlägt für „Blog der Werkstatt“ die Phase Mitmachen vor"
    assert told in words(open_page("today", firm.maria))
    assert told not in words(open_page("today", firm.sander))
    assert told not in words(open_page("today", firm.jonas))


def test_today_tells_the_owner_what_waits_on_somebody_who_is_gone(firm: AHouse, open_page: Open) -> None:
    nora = firm.desk(firm.maria).add_person(name="Nora Weiß", email="nora@mueller.example", side=Side.TEAM, roles={Role.APPROVER})
    firm.desk(firm.sander).change_owner("blog", owner=firm.maria.email, deputy=nora.email)
    assert "Nora Weiß" not in words(open_page("today", firm.maria))
    firm.desk(firm.maria).deactivate(nora.email)
    assert "Nora Weiß" in words(open_page("today", firm.maria))
    assert "Nora Weiß" not in words(open_page("today", firm.jonas))


def test_today_says_nothing_of_the_handover_when_nothing_waits(firm: AHouse, open_page: Open) -> None:
    assert not [one for one in open_page("today", firm.maria).get("page_link") if "Übergabe" in str(getattr(one, "label", ""))]
