"""The handover of a client, played by three people at three browsers: from the first decision for practice to the printed
protocol. Everything is clicked; only people, channels and first texts are there before, and the backup is the administrator's."""

from __future__ import annotations

import contextlib
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, expect
from pypdf import PdfReader

from pipeline.people.set_up import choose_password
from pipeline.store.sqlite import SqliteStore
from tests.fakes.linkedin import PAGE, PAGE_SCOPES, FakeLinkedIn, Token
from tests.journeys.front_end import PICTURES, chromium, front_end
from tests.journeys.seats import PASSWORD, PATIENCE_MS, PHONE, Seat, seated
from tests.line import JONAS, MARIA, SANDER, Line

pytestmark = pytest.mark.browser

PETRA = "petra@mueller.example"
BLOG, POSTS = "Blog der Werkstatt", "LinkedIn-Seite"
COSTS, QUESTIONS, POST = "Was eine Übergabe kostet", "Drei Fragen vor jeder Übergabe", "Ein Satz zur Übergabe"
TEXTS = {
    COSTS: "Jede fünfte Absprache geht bei der Übergabe einer Maschine verloren.\n\nDas kostet **30 Prozent** der ersten Woche.",
    QUESTIONS: "Wer steht ein, wer vertritt, wo liegt das Wissen?\n\nDrei Fragen, die vor dem ersten Handgriff beantwortet sind.",
    POST: "Eine Übergabe gelingt, wenn drei Namen feststehen.",
}
WITH_SOURCE = "Jede fünfte Absprache geht verloren.\n\nDas kostet 30 Prozent der ersten Woche (eigene Zählung, März 2026)."
CLEAR, THIRD_MISSING = "Kurz und klar, so kann es hinaus.", "Die dritte Frage beantwortet der Text nicht."
TRIES = 3
LATER = "Das Kapitel über Sicherungen lesen wir beim Wechsel des Servers im Januar."
NO_SOURCE = "Woher stammen die 30 Prozent? Ohne Quelle geht das nicht hinaus."


@dataclass
class Firm:
    """What is there before the first click: three people and a writer, two channels, first texts. Read by command line."""

    line: Line
    linkedin: FakeLinkedIn

    def piece(self, title: str) -> dict[str, object]:
        (found,) = [one for one in self.line.do("piece", "list")["pieces"] if one["title"] == title]
        return self.line.do("piece", "show", found["piece"])

    def phase(self, channel: str) -> str:
        (found,) = self.line.do("handover", "status", "--channel", channel, by=MARIA)["channels"]
        return str(found["phase"])

    def switches(self) -> list[str]:
        """The phases channels were switched to, first one first, as the audit trail tells."""
        entries = self.line.do("audit", "list", by=MARIA)["entries"]
        acts = ("channel.accept", "channel.step_back", "channel.take_over")
        return [one["details"]["phase"] for one in reversed(entries) if one["act"] in acts]

    def send_what_is_due(self) -> None:
        """The worker, in a process of its own."""
        ran = self.line.process("worker", "--once")
        assert ran.code == 0, ran


@dataclass
class Three:
    sander: Seat
    maria: Seat
    petra: Seat


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as opened:
        yield opened


@pytest.fixture
def firm(tmp_path: Path) -> Iterator[Firm]:
    with FakeLinkedIn() as linkedin:
        line = Line(tmp_path)
        line.do("init")
        line.do("client", "add", "--name", "Müller & Söhne GmbH", "--slug", "mueller", "--consultant", f"Sander Vogt <{SANDER}>")
        for name, email, roles in (
            ("Maria Lindqvist", MARIA, "owner,approver"),
            ("Petra Hansen", PETRA, "approver"),
            ("Jonas Öztürk", JONAS, "editor"),
        ):
            line.do("person", "add", "--name", name, "--email", email, "--side", "team", "--roles", roles)
        with_passwords(line, SANDER, MARIA, PETRA)
        (tmp_path / "web").mkdir()
        channel(line, BLOG, "blog", "site", folder=str(tmp_path / "web"), base_url="https://www.mueller.example/blog")
        channel(line, POSTS, "linkedin", "linkedin", author=PAGE, api_url=linkedin.url)
        for slug, title in (("blog", QUESTIONS), ("blog", COSTS), ("linkedin", POST)):
            piece = line.a_piece(slug, title, TEXTS[title])
            if title != POST:
                line.do("piece", "submit", piece, by=JONAS)
        yield Firm(line, linkedin)


def with_passwords(line: Line, *emails: str) -> None:
    store = SqliteStore(line.store)
    for email in emails:
        link = str(line.do("person", "link", email)["link"])
        choose_password(store, link.rpartition("/")[2], PASSWORD, datetime.now(UTC))
    store.close()


def channel(line: Line, name: str, slug: str, kind: str, **settings: str) -> None:
    pairs = [word for given in settings.items() for word in ("--set", "=".join(given))]
    hidden = ["--secret-env", "A_SECRET"] if kind == "linkedin" else []
    who = ("--owner", MARIA, "--deputy", PETRA)
    line.do("channel", "add", "--name", name, "--slug", slug, "--kind", kind, *who, *pairs, *hidden, A_SECRET="page-token")
    line.do("channel", "agree", "--channel", slug, by=MARIA)


@pytest.fixture
def address(firm: Firm) -> Iterator[str]:
    with front_end(firm.line.store, firm.line.folder / "keys") as found:
        yield found


@pytest.fixture
def three(address: str, browser: Browser) -> Iterator[Three]:
    with (
        seated(browser, address, SANDER) as sander,
        seated(browser, address, MARIA) as maria,
        seated(browser, address, PETRA, width=PHONE) as petra,
    ):
        yield Three(sander, maria, petra)


def test_three_people_hand_over_a_client_from_the_first_practice_to_the_protocol(firm: Firm, three: Three) -> None:
    petra_practises_blind(firm, three)
    the_blog_is_shared(firm, three)
    both_decide(firm, three)
    maria_goes_back_and_forward(firm, three)
    both_channels_are_given(firm, three)
    sander_practises(firm, three)
    the_exit_is_prepared(firm, three)
    maria_brings_her_own_credential(firm, three)
    maria_reads_the_runbook(firm, three)
    the_pack_is_fetched(firm, three)
    sander_leaves(firm, three)
    the_protocol_is_printed(firm, three)


def test_two_browsers_accept_at_the_same_moment(firm: Firm, address: str, browser: Browser) -> None:
    firm.line.do("handover", "propose", "--channel", "blog", "--to", "mitmachen", "--reason", "Es ist Zeit.", by=SANDER)
    with seated(browser, address, MARIA) as desk, seated(browser, address, MARIA, width=PHONE) as phone:
        for seat in (desk, phone):
            answer_on_today(seat, BLOG)
        for seat in (desk, phone):
            seat.button("Ich mache mit").dispatch_event("click")
        told = re.compile(f"„{BLOG}“ (ist jetzt in der Phase Mitmachen|wurde schon angenommen: Maria Lindqvist)")
        for seat in (desk, phone):
            seat.sees(told)
        said = [seat.page.get_by_text(told).first.inner_text() for seat in (desk, phone)]
        assert len({"schon angenommen" in one for one in said}) == 2
        phone.picture("20-at-the-same-moment")
    assert firm.switches() == ["mitmachen"]


def test_a_reason_is_still_there_after_a_look_elsewhere_and_a_reload(firm: Firm, address: str, browser: Browser) -> None:
    firm.line.do("handover", "propose", "--channel", "blog", "--to", "mitmachen", "--reason", "Es ist Zeit.", by=SANDER)
    words = "Wir wollen es gemeinsam lernen."
    with seated(browser, address, MARIA) as maria:
        answer_on_today(maria, BLOG)
        maria.write("Warum trotzdem?", words)
        maria.follow(QUESTIONS, then="Prüfen")
        maria.page.go_back()
        reason = maria.page.get_by_label("Warum trotzdem?")
        expect(reason).to_have_value(words, timeout=PATIENCE_MS)
        maria.open("Stand")
        maria.open("Nächster Schritt")
        expect(reason).to_have_value(words, timeout=PATIENCE_MS)
        maria.page.reload()
        expect(reason).to_have_value(words, timeout=PATIENCE_MS)
        maria.press("Ich mache mit")
        maria.sees(f"„{BLOG}“ ist jetzt in")


# ---------------------------------------------------------------------------------------------------------- vormachen


def decide(seat: Seat, title: str, verb: str, comment: str = "") -> None:
    """What comes within a second of the card before is taken for its double click, and does nothing: then once more."""
    seat.page.get_by_role("heading", level=3, name=title).wait_for()
    told = seat.page.get_by_test_id("stToast").filter(has_text=title)
    if comment:
        seat.write("Anmerkung", comment)
    for _ in range(TRIES):
        seat.press(verb)
        with contextlib.suppress(AssertionError):
            expect(told.first).to_be_visible(timeout=2_000)
            return
    raise AssertionError(f"{title}: {verb} did nothing")


def petra_practises_blind(firm: Firm, three: Three) -> None:
    sander, petra = three.sander, three.petra
    sander.turn_to("Prüfen")
    decide(sander, QUESTIONS, "Freigeben", CLEAR)

    petra.turn_to("Prüfen")
    petra.sees("Zur Probe, zählt nicht")
    decide(petra, COSTS, "Freigeben (zur Probe)")
    petra.sees("Die bindende Entscheidung steht noch aus.")
    petra.sees(QUESTIONS, "Die Entscheidungen der anderen sehen Sie nach Ihrer eigenen.")
    expect(petra.page.get_by_text(CLEAR)).to_have_count(0)
    petra.picture("01-shadow-blind")
    decide(petra, QUESTIONS, "Korrektur anfordern (zur Probe)", THIRD_MISSING)
    petra.sees("Die Seiten haben verschieden entschieden.", CLEAR)
    petra.picture("02-shadow-both")

    decide(sander, COSTS, "Korrektur anfordern", NO_SOURCE)
    sander.sees("Gerade liegt nichts zur Prüfung vor.")
    to_channel(petra, BLOG, "Zusammenarbeit")
    petra.sees(re.compile("Sie haben freigegeben; die Beratung wollte eine Korrektur: .*" + re.escape(NO_SOURCE)))
    petra.picture("03-lessons")
    assert [firm.piece(title)["stage"] for title in (QUESTIONS, COSTS)] == ["approved", "draft"]


# ---------------------------------------------------------------------------------------------------------- mitmachen


def all_channels(seat: Seat) -> None:
    back = seat.button("Alle Kanäle")
    if back.is_visible():
        back.click()
        expect(back).to_have_count(0)
    else:
        seat.turn_to("Übergabe")


def to_channel(seat: Seat, name: str, chapter: str = "") -> None:
    """The way everybody finds: Übergabe, the channel's name in its lane, its chapter."""
    all_channels(seat)
    seat.follow(name, then=f"Übergabe: {name}")
    if chapter:
        seat.open(chapter)


def propose(seat: Seat, name: str, phase: str, reason: str, *, picture: str = "") -> None:
    to_channel(seat, name, "Nächster Schritt")
    seat.sees("Was aus den Beiträgen wird")
    seat.write("Begründung", reason)
    if picture:
        seat.picture(picture)
    seat.press(f"{phase} vorschlagen")
    seat.sees("Jetzt antwortet die andere Seite")


def answer_on_today(seat: Seat, name: str) -> None:
    """What waits for an answer stands on Today, and is opened from there."""
    seat.turn_to("Heute")
    seat.follow(re.compile(rf"schlägt für „{name}“ die Phase"), then=f"Übergabe: {name}")
    seat.sees("Vorgeschlagen von")


def the_blog_is_shared(firm: Firm, three: Three) -> None:
    sander, maria = three.sander, three.maria
    propose(sander, BLOG, "Mitmachen", "Petra entscheidet schon fast wie wir. Ab jetzt gemeinsam.", picture="04-propose")
    sander.sees("Maria Lindqvist")

    answer_on_today(maria, BLOG)
    expect(maria.page.get_by_role("row", name=QUESTIONS)).to_contain_text("in Prüfung; entschieden wird nach den neuen Regeln")
    maria.write("Warum trotzdem?", "Wir wollen es gemeinsam lernen.")
    maria.picture("05-accept")
    maria.button("Ich mache mit").dblclick()
    maria.sees(f"„{BLOG}“ ist jetzt in")
    maria.picture("06-shared")
    assert firm.phase("blog") == "mitmachen"
    assert firm.switches() == ["mitmachen"]


def both_decide(firm: Firm, three: Three) -> None:
    """The consultant's approval carries over; the other place is filled by somebody of the team. A worker sends it."""
    sander, maria, petra = three.sander, three.maria, three.petra
    petra.turn_to("Prüfen")
    decide(petra, QUESTIONS, "Freigeben")
    petra.sees("Gerade liegt nichts zur Prüfung vor.")
    publish(firm, maria, QUESTIONS)

    maria.turn_to("Schreiben")
    maria.press(re.compile(COSTS))
    text = maria.page.locator("[class*='st-key-write-body-'] textarea.text:not(.mirror)")
    text.fill(WITH_SOURCE)
    maria.press("Speichern und einreichen")
    maria.sees("liegt zur Prüfung vor")
    sander.turn_to("Prüfen")
    decide(sander, COSTS, "Freigeben")
    sander.sees("Auf Sie wartet gerade nichts")
    assert firm.piece(COSTS)["stage"] == "review"


def publish(firm: Firm, seat: Seat, title: str) -> None:
    seat.turn_to("Veröffentlichen")
    seat.open(re.compile("Freigegeben, ohne Termin"))
    row = seat.page.locator("[class*='st-key-plan-']").filter(has_text=title)
    row.get_by_role("button", name="Termin ändern").click()
    row.get_by_role("button", name="Jetzt veröffentlichen").click()
    expect(row).to_have_count(0)
    firm.send_what_is_due()
    seat.turn_to("Heute")
    expect(seat.page.get_by_role("row", name=title)).to_contain_text("MEZ")
    assert firm.piece(title)["stage"] == "published"


def maria_goes_back_and_forward(firm: Firm, three: Three) -> None:
    """Back alone and at once; forward she proposes herself, and the consultant accepts."""
    sander, maria = three.sander, three.maria
    to_channel(maria, BLOG, "Nächster Schritt")
    maria.unfold("Einen Schritt zurück")
    maria.write("Was ist der Grund?", "Zwei Wochen Urlaub: Bitte entscheiden Sie so lange.")
    maria.page.get_by_text(f"Ja, „{BLOG}“ geht zurück zu").click()
    maria.picture("07-back")
    maria.press("Zurück zu Vormachen")
    maria.sees(f"„{BLOG}“ ist jetzt in")
    assert firm.phase("blog") == "vormachen"
    propose(maria, BLOG, "Mitmachen", "Der Urlaub ist vorbei.")
    answer_on_today(sander, BLOG)
    sander.press("Ich teile diesen Kanal")
    sander.sees(f"„{BLOG}“ ist jetzt in")
    assert firm.switches() == ["mitmachen", "vormachen", "mitmachen"]


# ------------------------------------------------------------------------------------------------------------ abgeben


def both_channels_are_given(firm: Firm, three: Three) -> None:
    sander, maria = three.sander, three.maria
    for name, phase, yes in (
        (BLOG, "Abgeben", "Ich übernehme diesen Kanal"),
        (POSTS, "Mitmachen", "Ich mache mit"),
        (POSTS, "Abgeben", "Ich übernehme diesen Kanal"),
    ):
        propose(sander, name, phase, "Es ist Zeit.")
        answer_on_today(maria, name)
        if name == BLOG:
            maria.picture("08-take-over")
        maria.press(yes)
        maria.sees(f"„{name}“ ist jetzt in")
    assert [firm.phase(one) for one in ("blog", "linkedin")] == ["abgeben", "abgeben"]
    all_channels(maria)
    maria.picture("09-all-given")


def sander_practises(firm: Firm, three: Three) -> None:
    """The safety window runs: the consultant decides along, blind, and it does not count."""
    sander, maria, petra = three.sander, three.maria, three.petra
    maria.turn_to("Schreiben")
    maria.press(re.compile(POST))
    maria.press("Zur Prüfung einreichen")
    maria.sees("liegt zur Prüfung vor")
    sander.turn_to("Prüfen")
    sander.sees("Zur Probe, zählt nicht")
    expect(sander.page.get_by_text(COSTS)).to_have_count(0)  # he has given his word on it when it still counted
    decide(sander, POST, "Freigeben (zur Probe)", "Das hätten wir auch so gemacht.")
    sander.sees("Die bindende Entscheidung steht noch aus.")
    assert [firm.piece(title)["stage"] for title in (COSTS, POST)] == ["review", "review"]
    petra.turn_to("Prüfen")
    for title in (COSTS, POST):
        decide(petra, title, "Freigeben", "Einverstanden, so geht es hinaus.")
    publish(firm, maria, POST)
    assert [one.commentary for one in firm.linkedin.live_posts()] == [TEXTS[POST]]
    sander.turn_to("Prüfen")
    sander.sees("Beide Seiten haben gleich entschieden.")
    sander.picture("10-shadow-of-the-consultant")


# --------------------------------------------------------------------------------------------------------------- exit


def about_all(seat: Seat, chapter: str) -> None:
    all_channels(seat)
    seat.open(chapter)


def point(seat: Seat, code: str) -> Locator:
    return seat.page.locator(f".st-key-handover-item-{code}")


def step(seat: Seat, code: str, words: str, state: str) -> None:
    """One point of the checklist one step further."""
    point(seat, code).get_by_role("button", name=words).click()
    expect(point(seat, code).get_by_text(state, exact=True)).to_be_visible(timeout=PATIENCE_MS)


POINTS = ("access-blog", "credential-linkedin", "administration")


def the_exit_is_prepared(firm: Firm, three: Three) -> None:
    sander, maria = three.sander, three.maria
    about_all(sander, "Abschied")
    for code in POINTS:
        step(sander, code, "Als übergeben melden", "übergeben")
    about_all(maria, "Abschied")
    for code in POINTS:
        step(maria, code, "Erhalt bestätigen", "kontrolliert")
    step(maria, "access-blog", "Jetzt nachweisen", "nachgewiesen")
    maria.picture("11-checklist")


def maria_brings_her_own_credential(firm: Firm, three: Three) -> None:
    """Verified only when the outside system takes the new one and refuses the old one."""
    maria, tokens = three.maria, firm.linkedin.tokens
    verify = point(maria, "credential-linkedin").get_by_role("button", name="Jetzt nachweisen")
    verify.click()
    maria.sees(re.compile("noch niemand aus dem Team eigene Zugangsdaten"))
    tokens["token-of-maria"] = Token(name="Maria Lindqvist", scopes=PAGE_SCOPES, roles={PAGE: "ADMINISTRATOR"})
    maria.turn_to("Einstellungen")
    maria.open("Kanäle")
    maria.page.get_by_role("combobox", name="Kanal ansehen").click()
    maria.page.get_by_role("option", name=POSTS).click()
    maria.sees(PAGE)
    maria.unfold("Verbindung einrichten")
    maria.write("Neue Zugangsdaten", "token-of-maria")
    maria.press("Zugangsdaten ersetzen")
    maria.sees(re.compile("endet auf …aria"))
    about_all(maria, "Abschied")
    verify.click()
    maria.sees(re.compile("gelten noch"))
    maria.picture("12-the-old-one-lives")
    tokens["page-token"].state = "revoked"
    step(maria, "credential-linkedin", "Jetzt nachweisen", "nachgewiesen")

    point(maria, "administration").get_by_role("button", name="Jetzt nachweisen").click()
    maria.sees(re.compile("Bitte legen Sie eine Sicherung an"))
    firm.line.do("backup", "--to", firm.line.folder / "sicherung.zip", by=MARIA)
    step(maria, "administration", "Jetzt nachweisen", "nachgewiesen")


def maria_reads_the_runbook(firm: Firm, three: Three) -> None:
    maria = three.maria
    about_all(maria, "Handbuch")
    maria.sees("Vom Team gelesen: 0 von 12 Kapiteln.")
    maria.picture("13-runbook")
    for read in range(1, 12):  # all but the last: that one stays open, with a reason
        maria.press("Ich, Maria Lindqvist, habe dieses Kapitel gelesen")
        maria.sees(f"Vom Team gelesen: {read} von 12 Kapiteln.")


def the_pack_is_fetched(firm: Firm, three: Three) -> None:
    maria, file = three.maria, firm.line.folder / "uebergabe.zip"
    about_all(maria, "Paket")
    maria.press("Paket erstellen")
    link = maria.page.get_by_role("link", name=re.compile("Paket abholen"))
    link.wait_for()
    maria.picture("14-pack")
    with maria.page.expect_download() as coming:
        link.click()
    coming.value.save_as(file)
    maria.unfold("Ein Paket prüfen")
    maria.page.locator("input[type=file]").set_input_files(file)
    maria.press("Paket prüfen")
    maria.sees(re.compile("Das Paket von Müller & Söhne GmbH ist unversehrt"))
    assert firm.line.do("handover", "verify", file, by=MARIA)["ok"]


def sander_leaves(firm: Firm, three: Three) -> None:
    sander, maria = three.sander, three.maria
    about_all(sander, "Abschied")
    sander.press("Wir sind hier fertig")
    sander.sees(re.compile("brauchen jeder eine Begründung"))
    sander.write(re.compile("Warum offen bleibt: Das Team hat jedes Kapitel"), LATER)
    sander.picture("15-declare")
    sander.press("Wir sind hier fertig")
    sander.sees("Der Abschied ist erklärt.")

    maria.turn_to("Heute")
    maria.follow(re.compile("Sander Vogt hat den Abschied der Beratung erklärt"), then="Übergabe")
    maria.sees(LATER)
    maria.picture("16-confirm")
    maria.press("Ich bestätige: Ab jetzt gehört es uns")
    maria.sees("Die Übergabe ist abgeschlossen.")
    maria.picture("17-confirmed")

    sander.page.get_by_test_id("stSidebarNav").get_by_role("link", name="Heute").click()
    expect(sander.page.get_by_role("heading", level=1)).to_have_text("Bitte melden Sie sich an", timeout=PATIENCE_MS)
    expect(sander.page.get_by_text("Müller & Söhne")).to_have_count(0)
    sander.picture("18-out")


def the_protocol_is_printed(firm: Firm, three: Three) -> None:
    maria = three.maria
    with maria.page.expect_popup() as opened:
        maria.page.get_by_role("link", name=re.compile("Protokoll der Übergabe öffnen")).click()
    paper = opened.value
    expect(paper.get_by_role("heading", level=1)).to_be_visible()
    paper.screenshot(path=PICTURES / "journey-19-protocol-1280.png", full_page=True)
    printed = PdfReader(io.BytesIO(paper.pdf(format="A4", prefer_css_page_size=True)))
    words = " ".join(" ".join(one.extract_text() for one in printed.pages).split())
    for told in (LATER, "Sander Vogt", "Maria Lindqvist", "Müller & Söhne GmbH", BLOG, POSTS):
        assert told in words
    assert firm.line.do("audit", "verify", by=MARIA)["ok"]
