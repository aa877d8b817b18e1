"""The documents of the handover in a real browser: nothing is fetched, nothing sticks out on a phone, few pages on paper."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page
from pypdf import PdfReader

from tests.handover.exit_house import an_exit_house
from tests.journeys.front_end import chromium

MARK_CHAPTERS = """() => document.querySelectorAll("section").forEach((one, number) => {
  one.querySelector("h2").append(` Anfang${number}.`)
  one.querySelector(".read").append(` Ende${number}.`)
})"""

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def papers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """`runbook` and `protocol` of a handover with two channels."""
    folder = tmp_path_factory.mktemp("papers")
    with an_exit_house(folder) as house:
        house.give_away()
        house.sander.declare_exit({one.code: "Das holen wir im Mai nach." for one in house.sander.exit_list().unmet})
        house.maria.confirm_exit()
        made = {"runbook": house.maria.runbook_page(), "protocol": house.maria.protocol_page()}
    for name, text in made.items():
        (folder / f"{name}.html").write_text(text, "utf-8")
    return {name: folder / f"{name}.html" for name in made}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


def opened(browser: Browser, file: Path, width: int = 1000) -> tuple[Page, list[str]]:
    page, asked = browser.new_page(viewport={"width": width, "height": 844}), list[str]()
    page.on("request", lambda request: asked.append(request.url))
    page.goto(file.as_uri())
    return page, asked


def words_on_paper(page: Page) -> list[str]:
    pdf = PdfReader(io.BytesIO(page.pdf(prefer_css_page_size=True)))
    assert {(round(one.mediabox.width), round(one.mediabox.height)) for one in pdf.pages} == {(595, 842)}  # A4 in points
    return [" ".join(one.extract_text().split()) for one in pdf.pages]


@pytest.mark.parametrize("name", ["runbook", "protocol"])
def test_nothing_but_the_file_itself_is_asked_for(browser: Browser, papers: dict[str, Path], name: str) -> None:
    page, asked = opened(browser, papers[name])
    assert asked == [papers[name].as_uri()]
    page.close()


@pytest.mark.parametrize("name", ["runbook", "protocol"])
def test_nothing_sticks_out_on_a_phone(browser: Browser, papers: dict[str, Path], name: str) -> None:
    page, _ = opened(browser, papers[name], width=360)
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    page.close()


def test_the_protocol_is_two_pages_with_both_signatures_together(browser: Browser, papers: dict[str, Path]) -> None:
    page, _ = opened(browser, papers["protocol"])
    pages = words_on_paper(page)
    assert len(pages) <= 2
    assert "Für die Beratung. Erklärt am" in pages[-1]
    assert "Bestätigt am" in pages[-1]
    page.close()


def test_the_runbook_begins_with_its_contents_and_no_chapter_is_torn(browser: Browser, papers: dict[str, Path]) -> None:
    page, _ = opened(browser, papers["runbook"])
    pages = words_on_paper(page)
    titles = page.locator("section h2").all_inner_texts()
    assert len(titles) == 12
    assert all(title in pages[0] for title in titles)
    page.evaluate(MARK_CHAPTERS)
    marked = words_on_paper(page)
    for number in range(12):
        (begin,), (end,) = ([n for n, text in enumerate(marked) if f"{word}{number}." in text] for word in ("Anfang", "Ende"))
        assert begin == end
    page.close()
