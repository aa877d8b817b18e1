"""The runbook, the exit and the pack on the screen; and the routes by which their documents leave."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient
from streamlit.testing.v1 import AppTest

from handover.desk import HandoverDesk
from handover.pack.verifier import verify
from handover.screens import exports
from handover.screens.entrance import open_the_handover
from handover.screens.exports import EXPORTS, Making
from handover.screens.routes import routes
from pipeline.desk.people import add_client
from pipeline.people.sign_in import digest, random_value
from pipeline.records import Person, Phase, Role, SignIn
from pipeline.screens.callers import session_cookie
from pipeline.screens.workplace import set_house
from tests.handover.exit_house import ExitHouse, an_exit_house
from tests.house import AHouse
from tests.phases import handover_desk, in_phase
from tests.screens.conftest import Open, opener, words


def keys(screen: AppTest) -> set[str]:
    return {str(one.key) for one in screen.button}


# --------------------------------------------------------------------------------------------------------- the runbook


def test_a_chapter_is_acknowledged_by_name_and_the_next_one_opens(firm: AHouse, open_page: Open) -> None:
    screen = open_page("handover", firm.jonas, part="runbook")
    (button,) = [one for one in screen.button if str(one.key).startswith("handover-acknowledge-channels-")]
    assert button.label == "Ich, Jonas Öztürk, habe dieses Kapitel gelesen"
    button.click().run()
    first, second = handover_desk(firm, firm.jonas).runbook().chapters[:2]
    assert [name for name, _ in first.acknowledged] == ["Jonas Öztürk"]
    assert screen.selectbox("handover-chapter").value == second.chapter.code


def test_the_consultant_reads_the_runbook_and_acknowledges_nothing(firm: AHouse, open_page: Open) -> None:
    assert not [one for one in keys(open_page("handover", firm.sander, part="runbook")) if "acknowledge" in one]


def test_an_old_click_does_not_acknowledge_a_changed_chapter(firm: AHouse, open_page: Open) -> None:
    screen = open_page("handover", firm.jonas, part="runbook")
    (button,) = [one for one in screen.button if str(one.key).startswith("handover-acknowledge-channels-")]
    in_phase(firm, Phase.MITMACHEN)
    button.click().run()
    assert screen.error[0].value.startswith("Das Kapitel „Kanäle“ hat sich geändert")
    assert not handover_desk(firm, firm.jonas).runbook().chapters[0].acknowledged


def test_today_tells_the_owner_of_a_changed_chapter(firm: AHouse, open_page: Open) -> None:
    maria = handover_desk(firm, firm.maria)
    chapter = maria.runbook().chapters[0].chapter
    maria.acknowledge(chapter.code, chapter.sha256)
    assert "hat sich das Kapitel" not in words(open_page("today", firm.maria))
    in_phase(firm, Phase.MITMACHEN)
    assert "hat sich das Kapitel „Kanäle“ geändert" in words(open_page("today", firm.maria))


# ------------------------------------------------------------------------------------------------------------ the exit


@pytest.fixture
def leaving(tmp_path: Path) -> Iterator[ExitHouse]:
    with an_exit_house(tmp_path) as house:
        yield house


def farewell(leaving: ExitHouse, monkeypatch: pytest.MonkeyPatch, person: Person) -> AppTest:
    open_the_handover()
    return opener(leaving.at, monkeypatch)("handover", person, part="exit")


def test_each_side_is_offered_its_own_step(leaving: ExitHouse, monkeypatch: pytest.MonkeyPatch) -> None:
    screen = farewell(leaving, monkeypatch, leaving.at.sander)
    screen.button("handover-deliver-administration").click().run()
    assert leaving.state_of("administration") == "delivered"
    assert "handover-control-administration" not in keys(screen)
    screen = farewell(leaving, monkeypatch, leaving.at.maria)
    screen.button("handover-control-administration").click().run()
    assert leaving.state_of("administration") == "controlled"
    assert "handover-verify-administration" in keys(screen)


def test_a_proof_that_fails_is_told_and_changes_nothing(leaving: ExitHouse, monkeypatch: pytest.MonkeyPatch) -> None:
    leaving.deliver_and_control("administration")
    screen = farewell(leaving, monkeypatch, leaving.at.maria)
    screen.button("handover-verify-administration").click().run()
    assert screen.error
    assert leaving.state_of("administration") == "controlled"


def test_nothing_is_declared_while_a_channel_is_shared(leaving: ExitHouse, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "handover-declare-button" not in keys(farewell(leaving, monkeypatch, leaving.at.sander))


def test_the_exit_is_declared_with_reasons_and_confirmed_by_the_owner(
    leaving: ExitHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    leaving.give_away()
    screen = farewell(leaving, monkeypatch, leaving.at.sander)
    screen.button("handover-declare-button").click().run()
    assert "brauchen jeder eine Begründung" in screen.error[0].value
    for field in screen.text_input:
        field.input("Das holt das Team im Mai nach.")
    screen.run()
    screen.button("handover-declare-button").click().run()
    declared = leaving.maria.exit_list().declared
    assert declared is not None
    assert {one.reason for one in declared.unmet} == {"Das holt das Team im Mai nach."}
    assert "hat den Abschied der Beratung erklärt" in words(opener(leaving.at, monkeypatch)("today", leaving.at.maria))
    screen = farewell(leaving, monkeypatch, leaving.at.maria)
    assert "enden sofort die Zugänge von Sander Vogt" in words(screen)
    screen.button(f"handover-confirm-{declared.id}").click().run()
    assert leaving.maria.exit_list().confirmed is not None
    assert "/protokoll/mueller" in words(screen)


# ---------------------------------------------------------------------------------------------------------- documents


@pytest.fixture
def web(firm: AHouse) -> TestClient:
    set_house(firm.house)
    return TestClient(Starlette(routes=routes()), base_url="http://testserver", follow_redirects=False)


def signed_in(web: TestClient, firm: AHouse, person: Person | None) -> TestClient:
    web.cookies.clear()
    if person is not None:
        with firm.house.store.tx() as t:
            now, value = firm.clock(), random_value()
            kept = {"account": firm.account(person).id, "at": now, "seen_at": now, "expires_at": now + timedelta(hours=1)}
            t.add(SignIn(id=digest(value), **kept))
        web.cookies.set(session_cookie(secure=False), value)
    return web


def test_the_runbook_is_a_page_for_people_of_the_client_only(firm: AHouse, web: TestClient) -> None:
    assert signed_in(web, firm, None).get("/handbuch/mueller").status_code == 404
    answer = signed_in(web, firm, firm.jonas).get("/handbuch/mueller")
    assert answer.status_code == 200
    assert "Handbuch" in answer.text
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert answer.headers["cache-control"] == "no-store"
    add_client(firm.house, name="Andere", slug="andere", consultant="Nora <nora@andere.example>")
    assert web.get("/handbuch/andere").status_code == 404


def test_there_is_no_protocol_before_the_exit(firm: AHouse, web: TestClient) -> None:
    assert signed_in(web, firm, firm.maria).get("/protokoll/mueller").status_code == 404


def made_for(firm: AHouse, person: Person) -> Making:
    making = EXPORTS.start(handover_desk(firm, person), person=person.id, account=firm.account(person).id, name="mueller")
    assert making.over.wait(30)
    assert making.pack is not None, making.refusal
    return making


def test_a_pack_is_fetched_once_and_is_gone_then(firm: AHouse, web: TestClient, tmp_path: Path) -> None:
    firm.an_approved_piece()
    making = made_for(firm, firm.sander)
    answer = signed_in(web, firm, firm.sander).get(f"/paket/{making.ticket}")
    assert answer.status_code == 200
    assert answer.headers["content-disposition"].startswith('attachment; filename="mueller-')
    (fetched := tmp_path / "fetched.zip").write_bytes(answer.content)
    assert verify(fetched).ok
    assert not making.file.exists()
    again = web.get(f"/paket/{making.ticket}")
    assert (again.status_code, again.headers["location"]) == (303, "/uebergabe?part=pack")


def test_a_pack_is_for_whoever_asked_for_it(firm: AHouse, web: TestClient) -> None:
    making = made_for(firm, firm.sander)
    assert signed_in(web, firm, None).get(f"/paket/{making.ticket}").status_code == 404
    for person in (firm.maria, firm.jonas):
        assert signed_in(web, firm, person).get(f"/paket/{making.ticket}").status_code == 303
    assert signed_in(web, firm, firm.sander).get("/paket/" + "x" * 43).status_code == 303
    assert making.file.exists()


def test_a_pack_nobody_comes_for_is_deleted(
    firm: AHouse, web: TestClient, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exports, "KEPT_SECONDS", 0.0)
    making = made_for(firm, firm.sander)
    assert making.end is not None
    making.end.join(30)
    assert not making.file.exists()
    assert signed_in(web, firm, firm.sander).get(f"/paket/{making.ticket}").status_code == 303
    assert "ist gelöscht" in open_page("handover", firm.sander, part="pack").info[0].value


def test_a_pack_is_not_for_somebody_who_has_left_meanwhile(firm: AHouse, web: TestClient) -> None:
    nora = firm.desk(firm.sander).add_person(
        name="Nora", email="nora@beratung.example", side=firm.sander.side, roles=firm.sander.roles
    )
    making = made_for(firm, nora)
    firm.desk(firm.sander).deactivate(nora.email)
    assert signed_in(web, firm, nora).get(f"/paket/{making.ticket}").status_code == 303
    assert making.file.exists()


def test_a_pack_is_not_for_somebody_who_lost_the_right_meanwhile(firm: AHouse, web: TestClient) -> None:
    making = made_for(firm, firm.maria)
    with firm.house.store.tx(firm.client.id) as t:
        t.put(firm.maria.model_copy(update={"roles": frozenset({Role.READER})}))
        t.put(firm.channel.model_copy(update={"owner": firm.jonas.id}))
    assert signed_in(web, firm, firm.maria).get(f"/paket/{making.ticket}").status_code == 303
    assert making.file.exists()


def test_who_may_not_export_is_told_and_nothing_is_left(firm: AHouse) -> None:
    desk = handover_desk(firm, firm.jonas)
    making = EXPORTS.start(desk, person=firm.jonas.id, account=firm.account(firm.jonas).id, name="mueller")
    assert making.over.wait(30)
    assert making.refusal is not None
    assert list((firm.house.settings.store / exports.FOLDER).iterdir()) == []


def test_the_pack_is_offered_with_its_checksum_when_it_is_ready(firm: AHouse, open_page: Open) -> None:
    screen = open_page("handover", firm.sander, part="pack")
    screen.button("handover-pack-make").click().run()
    making = EXPORTS.of(firm.client.id, firm.sander.id)
    assert making is not None
    assert making.over.wait(30)
    screen.run()
    assert making.pack is not None
    assert making.pack.sha256 in words(screen)
    assert f"/paket/{making.ticket}" in words(screen)


def test_a_mistake_of_ours_while_a_pack_is_made_is_told(firm: AHouse, open_page: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(*_: object, **__: object) -> None:
        raise OSError("the disk is on fire")

    monkeypatch.setattr(HandoverDesk, "export", breaks)
    screen = open_page("handover", firm.sander, part="pack")
    screen.button("handover-pack-make").click().run()
    making = EXPORTS.of(firm.client.id, firm.sander.id)
    assert making is not None
    assert making.over.wait(30)
    assert screen.run().error[0].value.startswith("Das Paket konnte nicht erstellt werden.")


def test_a_move_asks_where_to_and_is_told_by_every_channel(firm: AHouse, open_page: Open) -> None:
    screen = open_page("handover", firm.maria, part="pack")
    assert screen.button("handover-move-button").disabled
    screen.checkbox("handover-move-sure").check().run()
    screen.button("handover-move-button").click().run()
    assert screen.error[0].value == "Bitte sagen Sie, wohin der Kunde umzieht."
    screen.text_input("handover-reason-move").input("https://pipeline.mueller.example").run()
    screen.button("handover-move-button").click().run()
    making = EXPORTS.of(firm.client.id, firm.maria.id)
    assert making is not None
    assert making.over.wait(30)
    screen.run()
    assert "ist umgezogen nach https://pipeline.mueller.example" in words(screen)
    screen.button("handover-undo-move").click().run()
    assert firm.channel.off is None
