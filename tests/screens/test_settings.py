from __future__ import annotations

import re
from datetime import date

from pipeline.people.set_up import choose_password
from pipeline.records import Role, Side
from tests.house import AHouse
from tests.screens.conftest import MOST_ELEMENTS, Open, elements, words


def fill_person(screen, name: str, email: str) -> None:
    screen.text_input("person-name").set_value(name)
    screen.text_input("person-email").set_value(email)
    screen.button("FormSubmitter:person-Aufnehmen").click().run()


def test_a_new_person_gets_a_link_that_is_shown_once(firm: AHouse, open_page: Open) -> None:
    screen = open_page("settings", firm.maria)
    fill_person(screen, "Nora Weiß", "Nora@Mueller.example")
    assert not screen.exception
    assert screen.error == []
    (added,) = [one for one in firm.desk(firm.maria).people() if one.email == "nora@mueller.example"]
    assert (added.side, added.roles) == (Side.TEAM, {Role.EDITOR})
    found = re.search(r"/einrichten/([\w-]{20,})", screen.code[0].value)
    assert found
    choose_password(firm.house.store, found[1], "eine lange Zeile für Nora", firm.clock())
    screen.run()
    assert not screen.code


def test_a_person_known_elsewhere_gets_no_link(firm: AHouse, open_page: Open) -> None:
    from pipeline.desk.people import add_client

    add_client(firm.house, name="Andere Firma", slug="andere", consultant="Tom Berg <tom@beratung.example>")
    screen = open_page("settings", firm.maria)
    fill_person(screen, "Tom Berg", "tom@beratung.example")
    assert not screen.code
    assert "hat schon ein Konto" in screen.info[0].value


def test_an_address_that_is_taken_is_refused_with_a_sentence(firm: AHouse, open_page: Open) -> None:
    screen = open_page("settings", firm.maria)
    fill_person(screen, "Jonas", "jonas@mueller.example")
    assert "ist bereits vergeben" in screen.error[0].value


def test_an_editor_sees_people_and_cannot_add_any(firm: AHouse, open_page: Open) -> None:
    screen = open_page("settings", firm.jonas)
    assert "Maria Lindqvist" in words(screen)
    assert not screen.button
    assert "können die Beratung und die Leitung" in words(screen)


def test_deactivating_needs_a_confirmation_and_says_what_follows(firm: AHouse, open_page: Open) -> None:
    firm.a_scheduled_piece("Von Sander freigegeben")
    screen = open_page("settings", firm.maria)
    screen.selectbox("leave-email").select(firm.sander.email).run()
    assert screen.button("leave").disabled
    screen.checkbox("leave-sure").check().run()
    screen.button("leave").click().run()
    assert not screen.exception
    assert "Freigaben, die damit wegfallen: 1" in screen.success[0].value
    assert not next(one for one in firm.desk(firm.maria).people() if one.id == firm.sander.id).is_active


def channels(screen):
    return screen.segmented_control("settings-view").set_value("channels").run()


def test_a_channel_stands_with_owner_phase_and_agreement(firm: AHouse, open_page: Open) -> None:
    screen = words(channels(open_page("settings", firm.jonas)))
    assert "Vormachen, seit 16.03.2027" in screen
    assert "Maria Lindqvist" in screen
    assert "gilt bis einschließlich 14.06.2027" in screen


def test_a_channel_is_added_with_the_settings_of_its_kind(firm: AHouse, open_page: Open) -> None:
    screen = channels(open_page("settings", firm.sander))
    screen.selectbox("new-channel-kind").select("wordpress").run()
    screen.text_input("new-channel-name").set_value("Unternehmensseite")
    screen.selectbox("new-channel-owner").select(firm.maria.email)
    screen.text_input("new-channel-wordpress-url").set_value("https://www.mueller.example")
    screen.text_input("new-channel-wordpress-user").set_value("staffelstab")
    screen.text_input("new-channel-secret").set_value("abcd efgh ijkl mnop qrst uvwx")
    screen.button("new-channel-add").click().run()
    assert not screen.exception
    assert screen.error == []
    added = next(one.channel for one in firm.desk(firm.sander).channels() if one.channel.slug == "unternehmensseite")
    assert added.settings["url"] == "https://www.mueller.example"
    assert added.secret is not None
    page = words(screen)
    assert "endet auf …uvwx" in page
    assert "ijkl" not in page
    assert "ijkl" not in str([one.value for one in screen.text_input])


def test_a_missing_setting_is_named_in_the_readers_words(firm: AHouse, open_page: Open) -> None:
    screen = channels(open_page("settings", firm.sander))
    screen.text_input("new-channel-name").set_value("Zweiter Blog")
    screen.selectbox("new-channel-owner").select(firm.maria.email)
    screen.button("new-channel-add").click().run()
    assert "Eine Angabe fehlt: Ordner" in screen.error[0].value


def test_checking_a_connection_tells_who_we_are_there(firm: AHouse, open_page: Open) -> None:
    screen = channels(open_page("settings", firm.sander))
    screen.button("check-channel").click().run()
    assert not screen.exception
    assert "Die Verbindung steht" in screen.success[0].value


def test_a_new_owner_has_to_accept_anew(firm: AHouse, open_page: Open) -> None:
    screen = channels(open_page("settings", firm.maria))
    screen.selectbox("owner-blog").select(firm.jonas.email)
    screen.button("owner-button").click().run()
    assert firm.channel.owner == firm.jonas.id
    assert "Jonas Öztürk hat die Verantwortung für „Blog der Werkstatt“ noch nicht übernommen" in words(screen)


def test_only_the_owner_is_offered_the_waiver(firm: AHouse, open_page: Open) -> None:
    assert "waive-button" not in [one.key for one in channels(open_page("settings", firm.sander)).button]
    screen = channels(open_page("settings", firm.maria))
    screen.text_input("waive-reason").set_value("Wir sind zurzeit nur zu zweit.")
    screen.button("waive-button").click().run()
    waiver = firm.channel.waiver
    assert waiver is not None
    assert (waiver.by, waiver.reason) == (firm.maria.id, "Wir sind zurzeit nur zu zweit.")


def test_a_deputy_is_named_for_a_time(firm: AHouse, open_page: Open) -> None:
    screen = open_page("settings", firm.maria)
    screen.segmented_control("settings-view").set_value("deputies").run()
    screen.date_input("deputy-until").set_value(date.fromisoformat("2027-03-31"))
    screen.button("FormSubmitter:deputy-Benennen").click().run()
    assert not screen.exception
    (made,) = firm.desk(firm.maria).delegations()
    assert (made.giver, made.taker, made.channels) == (firm.maria.id, firm.jonas.id, ())
    assert made.until.isoformat() == "2027-03-31T22:00:00+00:00"
    assert "31.03.2027" in words(screen)


def test_the_agreed_rules_are_readable(firm: AHouse, open_page: Open) -> None:
    screen = open_page("settings", firm.jonas)
    screen.segmented_control("settings-view").set_value("company").run()
    assert "30 Tage" in words(screen)
    assert "Europe/Berlin" in words(screen)


def test_many_people_and_channels_stay_within_bounds(firm: AHouse, open_page: Open) -> None:
    desk = firm.desk(firm.sander)
    for number in range(25):
        desk.add_person(name=f"Person {number}", email=f"p{number}@mueller.example", side=Side.TEAM, roles={Role.READER})
    for number in range(12):
        desk.add_channel(name=f"Übung {number}", slug=f"uebung-{number}", outlet="rehearsal", owner=firm.maria.email, settings={})
    screen = open_page("settings", firm.maria)
    assert elements(screen) < MOST_ELEMENTS
    assert elements(channels(screen)) < MOST_ELEMENTS
