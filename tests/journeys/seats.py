"""People at browsers of their own: they sign in, find their way by what stands on the screen, press what they would press."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from tests.journeys.front_end import PICTURES, Watch, settled, visitor

PASSWORD = "vier Wörter und ein Komma"
PHONE, DESK = 390, 1280
NEXT_FRAMES = "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
PHONE_NAME = (
    "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Mobile Safari/537.36"
)
HIGHEST_PICTURE = 3_000
PATIENCE_MS = 15_000
PRESSED_MS = 80
"""How long a finger stays on what it presses."""


@dataclass
class Seat:
    """One person, signed in at one browser."""

    page: Page
    watch: Watch
    width: int

    # -- finding the way

    def turn_to(self, room: str) -> None:
        """By the names of the pages at the side; on a phone they have to be unfolded first."""
        link = self.page.get_by_test_id("stSidebarNav").get_by_role("link", name=room, exact=True)
        if self.width == PHONE:
            self.page.get_by_test_id("stExpandSidebarButton").click()
        link.click()
        expect(self.page.get_by_role("heading", level=1, name=room, exact=True)).to_be_visible(timeout=PATIENCE_MS)
        self.quiet()

    def follow(self, words: str | re.Pattern[str], *, then: str | re.Pattern[str]) -> None:
        """A link in the page, to a page with that title."""
        self.page.get_by_test_id("stMain").get_by_role("link", name=words).first.click(delay=PRESSED_MS)
        expect(self.page.get_by_role("heading", level=1, name=then)).to_be_visible(timeout=PATIENCE_MS)
        self.quiet()

    def open(self, chapter: str | re.Pattern[str]) -> None:
        """One of the chapters that stand beside each other."""
        chapters = self.page.get_by_test_id("stMain").get_by_test_id("stButtonGroup")
        chapters.get_by_text(chapter, exact=isinstance(chapter, str)).click()
        self.quiet()

    def unfold(self, title: str) -> None:
        self.quiet()
        self.page.locator("summary").filter(has_text=title).click()

    # -- doing

    def button(self, words: str | re.Pattern[str]) -> Locator:
        return self.page.get_by_test_id("stMain").get_by_role("button", name=words, exact=isinstance(words, str))

    def press(self, words: str | re.Pattern[str]) -> None:
        self.quiet()
        self.button(words).click()

    def write(self, label: str | re.Pattern[str], words: str) -> None:
        self.page.get_by_test_id("stMain").get_by_label(label).fill(words)

    # -- seeing

    def sees(self, *words: str | re.Pattern[str]) -> None:
        for one in words:
            expect(self.page.get_by_test_id("stMain").get_by_text(one).first).to_be_visible(timeout=PATIENCE_MS)

    def quiet(self) -> None:
        """Nothing is being drawn: nobody aims at what still moves."""
        self.page.locator('[data-testid="stApp"][data-test-script-state="notRunning"]').wait_for(timeout=30_000)

    def picture(self, name: str) -> None:
        """The whole page, as far as a person would scroll; it has to fit into the width."""
        self.quiet()
        main = self.page.get_by_test_id("stMain")
        assert main.evaluate("one => one.scrollWidth - one.clientWidth") <= 0, f"{name} is wider than the screen"
        high = self.page.viewport_size["height"] if self.page.viewport_size else 900
        whole = main.evaluate("one => one.scrollHeight")
        self.page.set_viewport_size({"width": self.width, "height": max(high, min(whole, HIGHEST_PICTURE))})
        PICTURES.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=PICTURES / f"journey-{name}-{self.width}.png")
        self.page.set_viewport_size({"width": self.width, "height": high})
        self.page.evaluate(NEXT_FRAMES)  # until the page stands still again: the next click is meant for what is there then


def a_phone(browser: Browser) -> BrowserContext:
    """Says that it is one: the menu closes after a choice on phones, not in narrow windows."""
    return browser.new_context(
        viewport={"width": PHONE, "height": 844},
        user_agent=PHONE_NAME,
        is_mobile=True,
        has_touch=True,
        locale="de-DE",
        timezone_id="Europe/Berlin",
    )


@contextmanager
def seated(browser: Browser, address: str, email: str, *, width: int = DESK) -> Iterator[Seat]:
    """Signed in at the door, and on Today."""
    with a_phone(browser) if width == PHONE else visitor(browser, width=width) as context:
        page = context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        watch = Watch(page)
        page.goto(address)
        page.locator('input[name="email"]').fill(email)
        page.locator('input[name="password"]').fill(PASSWORD)
        page.get_by_role("button").click()
        expect(page.get_by_role("heading", level=1, name="Heute")).to_be_visible(timeout=45_000)
        settled(page)
        yield Seat(page, watch, width)
        watch.assert_clean()
