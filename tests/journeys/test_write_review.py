"""Two people, two browsers: writing, deciding, and what happens when they do it at the same moment."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, expect

from pipeline.desk.writing import Change
from pipeline.people.accounts import choose_language
from pipeline.records import LinkCard, Person, Piece, Stage, Verdict
from tests.house import AHouse, a_house
from tests.journeys.front_end import PICTURES, Watch, chromium, front_end, settled, visitor

pytestmark = pytest.mark.browser

ARTICLE = """Wer eine Maschine übergibt, übergibt mehr als Metall.

![Die Halle](image:1)

## Das Wissen steckt in den Köpfen

Eine Anleitung beschreibt den Normalfall. Der Rest steht in **Notizen** am Schaltschrank.

- Notizen fotografieren
- Störungen aufschreiben

> „Früher haben wir angerufen. Heute schauen wir nach.“
"""
HOSTILE = """Vorher.

<script>parent.document.title = "gekapert"; document.title = "gekapert"</script>
<img src=x onerror="parent.document.title='gekapert'">
<iframe srcdoc="<script>parent.document.title='gekapert'</script>"></iframe>

![fremd](https://tracker.example/pixel.png)

Nachher."""
PRESSED_MS = 80
"""How long a finger stays on the button."""
POST = "Drei Fragen vor jeder Übergabe. " + "Wer weiß, warum das Ventil bei Kälte klemmt? " * 8 + "Ganz am Ende."


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as opened:
        yield opened


@pytest.fixture(scope="module")
def firm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AHouse]:
    made = a_house(tmp_path_factory.mktemp("firm"), now=datetime.now(UTC))
    desk = made.desk(made.sander)
    like = {"like": "linkedin"}
    desk.add_channel(name="LinkedIn-Seite (Übung)", slug="linkedin", outlet="rehearsal", owner=made.maria.email, settings=like)
    made.desk(made.maria).agree("linkedin")
    yield made
    made.house.store.close()


@pytest.fixture(scope="module")
def demo(firm: AHouse) -> Iterator[str]:
    with front_end(firm.folder / "data", firm.folder / "keys", STAFFELSTAB_DEMO="1") as address:
        yield address


@pytest.fixture(autouse=True)
def nothing_waits(firm: AHouse) -> Iterator[None]:
    """Each journey has the queue to itself."""
    yield
    sander = firm.desk(firm.sander)
    for piece in sander.pieces(stages=(Stage.DRAFT, Stage.REVIEW), limit=100).pieces:
        sander.withdraw(piece.id, reason="Der Weg ist zu Ende.")


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    with visitor(browser) as context:
        opened = context.new_page()
        watch = Watch(opened)
        yield opened
        watch.assert_clean()


def come(page: Page, address: str, person: Person) -> None:
    page.goto(address)
    settled(page)
    acting = page.locator(".st-key-demo-acting input")
    if person.name not in acting.input_value():
        acting.click()
        page.get_by_role("option", name=re.compile(person.name)).click()
    expect(acting).to_have_value(re.compile(person.name))
    quiet(page)


def quiet(page: Page) -> None:
    page.locator('[data-testid="stApp"][data-test-script-state="notRunning"]').wait_for(timeout=30_000)


def text_area(page: Page) -> Locator:
    return page.locator("[class*='st-key-write-body-'] textarea.text:not(.mirror)")


def preview(page: Page) -> Locator:
    return page.frame_locator(".paper iframe, [class*='st-key-preview-'] iframe").locator("body")


def approve(page: Page) -> Locator:
    return page.locator("[class*='st-key-review-approve-'] button")


def piece_of(firm: AHouse, piece: Piece) -> Piece:
    return firm.desk(firm.sander).piece(piece.id).piece


def test_a_piece_is_written_submitted_and_approved_by_somebody_else(firm: AHouse, demo: str, page: Page) -> None:
    come(page, f"{demo}/schreiben", firm.jonas)
    page.get_by_text("Beitrag ohne Briefing beginnen").click()
    title = page.get_by_label("Titel")
    title.fill("Wissen weitergeben")
    title.press("Tab")
    page.get_by_role("button", name="Beitrag anlegen").click()
    gap = page.get_by_role("button", name=re.compile("Lücke 1"))
    gap.click()
    assert (
        text_area(page).evaluate("one => one.value.slice(one.selectionStart, one.selectionEnd)") == "[[Hier entsteht der Text]]"
    )
    text_area(page).press_sequentially("Ein Satz, den ")
    page.get_by_role("button", name="Fett").click()
    text_area(page).press_sequentially("alle")
    expect(preview(page)).to_contain_text("Ein Satz, den alle")
    expect(gap).to_have_count(0)
    page.get_by_role("button", name="Speichern und einreichen").click()
    expect(page.get_by_text("liegt zur Prüfung vor").first).to_be_visible()
    piece = firm.desk(firm.jonas).pieces(limit=1).pieces[0]
    assert firm.desk(firm.jonas).piece(piece.id).revision.content.body == "Ein Satz, den **alle**"

    come(page, f"{demo}/pruefen", firm.sander)
    expect(preview(page)).to_contain_text("Ein Satz, den alle")
    approve(page).click()
    expect(page.get_by_text("Gerade liegt nichts zur Prüfung vor.")).to_be_visible()
    assert piece_of(firm, piece).stage is Stage.APPROVED


def test_two_people_edit_and_nobody_loses_a_word(firm: AHouse, demo: str, browser: Browser, page: Page) -> None:
    piece = firm.a_piece("Zu zweit")
    with visitor(browser) as other_context:
        other = other_context.new_page()
        for one, person in ((page, firm.jonas), (other, firm.sander)):
            come(one, f"{demo}/schreiben?piece={piece.id}", person)
            text_area(one).fill(f"Von {person.name}.")
            expect(preview(one)).to_contain_text(f"Von {person.name}.")
        page.get_by_role("button", name="Speichern", exact=True).click()
        expect(page.get_by_text("Gespeichert als Fassung 2.").first).to_be_visible()
        other.get_by_role("button", name="Speichern", exact=True).click()
        expect(other.locator(".st-key-write-conflict")).to_contain_text("Jonas Öztürk hat inzwischen Fassung 2 gespeichert")
        expect(text_area(other)).to_have_value("Von Sander Vogt.")
        other.screenshot(path=PICTURES / "write-conflict-1280-light-de.png")
        other.get_by_role("button", name="Meinen Text behalten").click()
        expect(other.locator(".st-key-write-conflict")).to_have_count(0)
        other.get_by_role("button", name="Speichern", exact=True).click()
        expect(other.get_by_text("Gespeichert als Fassung 3.").first).to_be_visible()
    bodies = [one.content.body for one in firm.desk(firm.jonas).piece(piece.id).revisions[1:]]
    assert bodies == ["Von Jonas Öztürk.", "Von Sander Vogt."]


def test_unsaved_words_are_there_again_after_another_page(firm: AHouse, demo: str, page: Page) -> None:
    piece = firm.a_piece("Unterbrochen")
    come(page, f"{demo}/schreiben", firm.jonas)
    page.get_by_role("button", name=re.compile("Unterbrochen")).click()
    text_area(page).fill("Mitten im Satz")
    page.get_by_role("link", name="Verlauf").click(delay=PRESSED_MS)
    expect(page.get_by_role("heading", level=1, name="Verlauf")).to_be_visible()
    page.get_by_role("link", name="Schreiben").click()
    page.get_by_role("button", name=re.compile("Unterbrochen")).click()
    expect(text_area(page)).to_have_value("Mitten im Satz")
    assert firm.desk(firm.jonas).piece(piece.id).piece.revision == 1


def test_a_click_on_save_right_after_the_last_key_saves_every_word(firm: AHouse, demo: str, page: Page) -> None:
    piece = firm.a_piece("Schnell")
    come(page, f"{demo}/schreiben?piece={piece.id}", firm.jonas)
    text_area(page).fill("Alles bis zum letzten Wort.")
    page.get_by_role("button", name="Speichern", exact=True).click(delay=PRESSED_MS)
    expect(page.get_by_text("Gespeichert als Fassung 2.").first).to_be_visible()
    assert firm.desk(firm.jonas).piece(piece.id).revision.content.body == "Alles bis zum letzten Wort."


def test_a_double_click_approves_one_piece_and_not_the_next_unread(firm: AHouse, demo: str, page: Page) -> None:
    first, second = firm.a_piece_in_review("Karte eins"), firm.a_piece_in_review("Karte zwei")
    come(page, f"{demo}/pruefen", firm.sander)
    expect(page.get_by_role("heading", name="Karte eins")).to_be_visible()
    approve(page).dblclick()
    expect(page.get_by_role("heading", name="Karte zwei")).to_be_visible()
    quiet(page)
    decided = {one.id: firm.desk(firm.sander).piece(one.id).decisions for one in (first, second)}
    assert [len(decided[one.id]) for one in (first, second)] == [1, 0]


def test_a_click_on_an_older_text_is_refused_and_shows_the_difference(firm: AHouse, demo: str, page: Page) -> None:
    piece = firm.a_piece_in_review("Gerade geändert")
    come(page, f"{demo}/pruefen", firm.sander)
    expect(approve(page)).to_be_visible()
    jonas = firm.desk(firm.jonas)
    jonas.take_back(piece.id)
    jonas.edit(piece.id, Change(title="Gerade eben geändert"))
    jonas.submit(piece.id)
    approve(page).click()
    stale = page.locator(".st-key-review-stale")
    expect(stale).to_contain_text("Ihr Klick galt Fassung 1 und wurde nicht gezählt")
    expect(stale.locator("ins")).to_have_text("eben ")
    page.screenshot(path=PICTURES / "review-stale-1280-light-de.png")
    assert firm.desk(firm.sander).piece(piece.id).decisions == []
    approve(page).click()
    expect(page.get_by_text("Gerade liegt nichts zur Prüfung vor.")).to_be_visible()
    assert piece_of(firm, piece).stage is Stage.APPROVED


def test_a_change_request_takes_a_comment_and_one_click(firm: AHouse, demo: str, page: Page) -> None:
    piece = firm.a_piece_in_review("Fast fertig")
    come(page, f"{demo}/pruefen", firm.sander)
    page.get_by_label("Anmerkung").fill("Bitte die Zahl belegen.")
    page.get_by_role("button", name="Korrektur anfordern").click()
    expect(page.get_by_text("Gerade liegt nichts zur Prüfung vor.")).to_be_visible()
    (decision,) = firm.desk(firm.sander).piece(piece.id).decisions
    assert (decision.verdict, decision.comment) == (Verdict.REQUEST_CHANGES, "Bitte die Zahl belegen.")


def test_a_hostile_text_runs_nothing_and_fetches_nothing(firm: AHouse, demo: str, page: Page) -> None:
    piece = firm.a_piece("Harmlos", body=HOSTILE)
    come(page, f"{demo}/schreiben?piece={piece.id}", firm.jonas)
    expect(preview(page)).to_contain_text("Nachher.")
    expect(preview(page)).to_contain_text("Bild von einer fremden Adresse")
    frame = page.locator("[class*='st-key-preview-'] iframe")
    assert frame.get_attribute("sandbox") == ""
    assert "gekapert" not in page.title()
    assert preview(page).locator("script, iframe").count() == 0


def test_a_preview_is_as_high_as_its_text(firm: AHouse, demo: str, page: Page) -> None:
    piece = firm.a_piece("Lang", body=ARTICLE + "Ein Absatz.\n\n" * 60)
    firm.desk(firm.jonas).submit(piece.id)
    come(page, f"{demo}/pruefen", firm.sander)
    expect(preview(page)).to_contain_text("Ein Absatz.")
    frame = page.locator("[class*='st-key-preview-'] iframe")
    inside = preview(page).evaluate("one => one.scrollHeight")
    outside = frame.evaluate("one => one.getBoundingClientRect().height")
    assert 0 <= outside - inside < 40


def test_a_post_is_folded_and_opens(firm: AHouse, demo: str, page: Page) -> None:
    piece = firm.desk(firm.jonas).add_piece("linkedin", title="Drei Fragen", body=POST)
    firm.desk(firm.jonas).submit(piece.id)
    come(page, f"{demo}/pruefen", firm.sander)
    text = page.locator(".post .text")
    expect(text).not_to_contain_text("Ganz am Ende.")
    short = len(text.inner_text())
    page.get_by_role("button", name=re.compile("Handy")).click()
    assert len(text.inner_text()) < short
    page.get_by_role("button", name="mehr").click()
    expect(text).to_contain_text("Ganz am Ende.")


# ----------------------------------------------------------------------------------------------------------- pictures


def png() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (1200, 675), (40, 90, 110)).save(out, "PNG")
    return out.getvalue()


@pytest.fixture
def shown(firm: AHouse) -> dict[str, str]:
    jonas, sander = firm.desk(firm.jonas), firm.desk(firm.sander)
    image = jonas.add_image(png(), "halle.png", "Die Halle")
    card = LinkCard(url="https://www.mueller.example/blog/notizen", title="Drei Notizen vom Schaltschrank")
    post = jonas.add_piece("linkedin", title="Drei Fragen", body=POST, tags=["Übergabe"], images=[image], link=card)
    article = jonas.add_piece("blog", title="Drei Notizen vom Schaltschrank", body=ARTICLE, images=[image], excerpt="Kurz.")
    draft = jonas.add_piece("blog", title="Was übergeben wird", body=ARTICLE + "\n[[Zahl aus dem Controlling]]", images=[image])
    for piece in (post, article):
        jonas.submit(piece.id)
    seen = sander.piece(article.id).hash
    sander.decide(article.id, seen=seen, verdict=Verdict.REQUEST_CHANGES, comment="Bitte den Einstieg kürzen.")
    jonas.edit(article.id, Change(body=ARTICLE.replace(", übergibt mehr als Metall", " übergibt mehr als Metall")))
    jonas.submit(article.id)
    return {
        "write-list": "schreiben",
        "write-editor": f"schreiben?piece={draft.id}",
        "write-in-review": f"schreiben?piece={post.id}",
        "review-article": f"pruefen?piece={article.id}",
        "review-post": f"pruefen?piece={post.id}",
    }


@pytest.mark.parametrize("language", ["de", "en"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_the_screens_fit_and_show_no_error(
    firm: AHouse, demo: str, browser: Browser, shown: dict[str, str], width: int, scheme: str, language: str
) -> None:
    choose_language(firm.house.store, firm.account(firm.sander).id, language)
    PICTURES.mkdir(parents=True, exist_ok=True)
    with visitor(browser, width=width, height=900, scheme=scheme, language=language) as context:
        page = context.new_page()
        watch = Watch(page)
        for name, path in shown.items():
            page.goto(f"{demo}/{path}")
            settled(page)
            expect(page.get_by_role("heading", level=1)).to_have_count(1)
            if name != "write-list":
                expect(page.locator("[class*='st-key-preview-']").locator("iframe, .post").first).to_be_visible()
            room = page.locator('[data-testid="stMain"]').evaluate("one => one.scrollWidth - one.clientWidth")
            assert room <= 0, f"{name} is wider than the screen"
            _picture(page, PICTURES / f"{name}-{width}-{scheme}-{language}.png", width)
        watch.assert_clean()
    choose_language(firm.house.store, firm.account(firm.sander).id, "de")


def _picture(page: Page, file: Path, width: int) -> None:
    """The whole page, as far as a person would scroll."""
    high = page.locator('[data-testid="stMain"]').evaluate("one => one.scrollHeight")
    page.set_viewport_size({"width": width, "height": min(high, 3_000)})
    quiet(page)
    page.screenshot(path=file)
    page.set_viewport_size({"width": width, "height": 900})
