"""Every page in a real browser: wide and narrow, light and dark, German and English. Pictures stay in build/screenshots/."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, Page, expect

from handover.screens.entrance import open_the_handover
from pipeline.people.accounts import choose_language
from pipeline.people.set_up import make_set_up_link
from pipeline.people.sign_in import end_all
from pipeline.records import Person
from pipeline.screens.rooms import room_named, rooms
from pipeline.worker import Worker
from tests.house import AHouse, a_house
from tests.journeys.front_end import PICTURES, Watch, chromium, front_end, settled, visitor

pytestmark = pytest.mark.browser

LONG_TITLE = "Was Instandhaltungsverantwortliche der Metallverarbeitungsindustrie über Wissensübergabe lernen können"
ODD_TITLE = "5 $ und 6 $ sparen: <b>sofort</b> -> :red[Plan] [x](https://evil.example)"
PASSWORD = "vier Wörter und ein Komma"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as opened:
        yield opened


@pytest.fixture(scope="module")
def firm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AHouse]:
    made = a_house(tmp_path_factory.mktemp("firm"), now=datetime.now(UTC))
    day = (made.clock.now + timedelta(days=3)).date()
    made.a_piece("Ein Entwurf")
    made.a_piece_in_review(ODD_TITLE)
    made.an_approved_piece("Freigegeben und noch ohne Termin")
    made.a_scheduled_piece(LONG_TITLE, f"{day}T09:00")
    made.a_scheduled_piece("Wie die Werkstatt ihr Wissen weitergibt", f"{day}T10:30")
    made.desk(made.sander).publish(made.an_approved_piece("Schon erschienen").id)
    Worker(made.house).round()
    yield made
    made.house.store.close()


@pytest.fixture(scope="module")
def demo(firm: AHouse, browser: Browser) -> Iterator[str]:
    with front_end(firm.folder / "data", firm.folder / "keys", STAFFELSTAB_DEMO="1") as address:
        yield address


@pytest.fixture(scope="module")
def guarded(firm: AHouse, browser: Browser) -> Iterator[str]:
    """The same firm behind its doors."""
    with front_end(firm.folder / "data", firm.folder / "keys") as address:
        yield address


def come_in(page: Page, firm: AHouse, address: str, person: Person, path: str) -> None:
    """Choose a password by a set-up link, then sign in on the way to `path`."""
    with firm.house.store.tx() as t:
        token = make_set_up_link(t, firm.account(person).id, datetime.now(UTC))
    page.goto(f"{address}/einrichten/{token}")
    for field in page.locator('input[type="password"]').all():
        field.fill(PASSWORD)
    page.get_by_role("button").click()
    page.goto(f"{address}{path}")
    expect(page).to_have_url(re.compile(r"/anmelden\?next=" + quote(path, safe="")))
    page.locator('input[name="email"]').fill(person.email)
    page.locator('input[name="password"]').fill(PASSWORD)
    page.get_by_role("button").click()
    expect(page).to_have_url(f"{address}{path}")
    settled(page)


def look(page: Page, address: str, name: str) -> None:
    page.goto(f"{address}/{'' if name == 'today' else room_named(name).address}")
    settled(page)
    expect(page.get_by_role("heading", level=1)).to_have_count(1)


@pytest.mark.parametrize("language", ["de", "en"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_every_page_opens_without_an_error(
    firm: AHouse, browser: Browser, demo: str, width: int, scheme: str, language: str
) -> None:
    choose_language(firm.house.store, firm.account(firm.sander).id, language)
    PICTURES.mkdir(parents=True, exist_ok=True)
    with visitor(browser, width=width, height=1400, scheme=scheme, language=language) as context:
        page = context.new_page()
        watch = Watch(page)
        open_the_handover()  # as app.py does
        for name in [one.name for one in rooms()]:
            look(page, demo, name)
            assert page.locator("html").get_attribute("lang") == language
            room = page.locator('[data-testid="stMain"]').evaluate("one => one.scrollWidth - one.clientWidth")
            assert room <= 0, f"{name} is wider than the screen"
            page.screenshot(path=PICTURES / f"{name}-{width}-{scheme}-{language}.png")
        watch.assert_clean()


def test_a_title_is_shown_letter_by_letter(firm: AHouse, browser: Browser, demo: str) -> None:
    with visitor(browser) as context:
        page = context.new_page()
        look(page, demo, "today")
        shown = page.get_by_role("link").filter(has_text="sparen").first.inner_text()
        assert shown.replace("\u2060", "").startswith(f"{ODD_TITLE} Blog der Werkstatt, ")


def test_a_slot_is_moved_by_hand(firm: AHouse, browser: Browser, demo: str) -> None:
    piece = firm.a_scheduled_piece("Wird verschoben", f"{(firm.clock.now + timedelta(days=2)).date()}T08:00")
    with visitor(browser) as context:
        page = context.new_page()
        watch = Watch(page)
        look(page, demo, "publish")
        page.locator(f".st-key-open-{piece.id}").get_by_role("button").click()
        button = page.get_by_role("button", name=re.compile("Termin streichen|Remove slot"))
        expect(button).to_be_visible()
        button.click()
        expect(page.locator(f".st-key-plan-{piece.id}")).to_have_count(0)
        watch.assert_clean()
    assert firm.desk(firm.sander).piece(piece.id).piece.slot is None


def test_the_demo_lets_one_act_as_somebody_else(firm: AHouse, browser: Browser, demo: str) -> None:
    with visitor(browser) as context:
        page = context.new_page()
        look(page, demo, "today")
        page.locator(".st-key-demo-acting").get_by_role("combobox").click()
        page.get_by_role("option").filter(has_text="Jonas").click()
        expect(page.get_by_text("Jonas Öztürk.", exact=False).first).to_be_visible()


def test_strangers_come_to_the_door_and_people_through_it_to_their_page(firm: AHouse, browser: Browser, guarded: str) -> None:
    with visitor(browser) as context:
        page = context.new_page()
        watch = Watch(page)
        come_in(page, firm, guarded, firm.jonas, "/verlauf")
        expect(page.get_by_role("heading", level=1)).to_have_text("Verlauf")
        expect(page.get_by_text("Beispielfirma: handeln als")).to_have_count(0)

        page.get_by_role("link", name="Abmelden").click()
        page.get_by_role("button").first.click()
        page.goto(guarded)
        expect(page).to_have_url(re.compile("/anmelden"))
        watch.assert_clean()


def test_signing_out_elsewhere_ends_an_open_page_with_its_next_click(firm: AHouse, browser: Browser, guarded: str) -> None:
    with visitor(browser) as context:
        page = context.new_page()
        come_in(page, firm, guarded, firm.maria, "/veroeffentlichen")
        page.locator(".st-key-brakes summary").click()
        pause = page.locator(".st-key-pause-channel button")
        expect(pause).to_be_enabled()
        with firm.house.store.tx() as t:
            end_all(t, firm.account(firm.maria).id)
        pause.click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Bitte melden Sie sich an")
    assert firm.channel.paused is None


def test_a_public_installation_is_never_a_demo(firm: AHouse, browser: Browser) -> None:
    public = {"STAFFELSTAB_DEMO": "1", "STAFFELSTAB_PUBLIC_URL": "http://localhost"}
    with front_end(firm.folder / "data", firm.folder / "keys", **public) as address, visitor(browser) as context:
        page = context.new_page()
        page.goto(address)
        expect(page).to_have_url(re.compile("/anmelden"))
