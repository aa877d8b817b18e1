import base64
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.cookies import Morsel, SimpleCookie
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from pipeline.errors import StoreIsBusy
from pipeline.people.accounts import account_of, ensure_account
from pipeline.people.set_up import choose_password, make_set_up_link, whose_link
from pipeline.people.sign_in import end_all, who_is
from pipeline.records import Client, KnownImage, Mark, Person, Role, SetUpLink, Side
from pipeline.screens.doors import doors
from pipeline.store.blobs import Blobs
from pipeline.store.sqlite import SqliteStore

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
MARIA, SANDER = "maria@muster.example", "sander@beratung.example"
SENTENCE = "drei Fässer rollen leise"
PNG = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==")


@dataclass
class AHouse:
    store: SqliteStore
    blobs: Blobs
    at: list[datetime] = field(default_factory=lambda: [NOON])

    def now(self) -> datetime:
        return self.at[-1]

    def later(self, **more: float) -> None:
        self.at.append(self.now() + timedelta(**more))


@pytest.fixture
def house(tmp_path: Path) -> Iterator[AHouse]:
    store = SqliteStore(tmp_path / "data")
    with store.tx() as t:
        for slug, email, side in (("muster", MARIA, Side.TEAM), ("beispiel", SANDER, Side.CONSULTANT)):
            t.add(Client(id=slug, slug=slug, name="Tannhuber Kranbau GmbH", made_at=NOON))
            person = Person(client=slug, name="Wer", email=email, side=side, roles=frozenset({Role.EDITOR}), made_at=NOON)
            t.of(slug).add(person)
    yield AHouse(store, Blobs(tmp_path / "blobs"))
    store.close()


def a_link(house: AHouse, email: str = MARIA) -> str:
    with house.store.tx() as t:
        return make_set_up_link(t, ensure_account(t, email, "de", NOON).id, house.now())


def an_account(house: AHouse, email: str = MARIA) -> None:
    choose_password(house.store, a_link(house, email), SENTENCE, house.now(), company_names=[])


def a_browser(house: AHouse, *, secure: bool = False, proxies: tuple[str, ...] = (), peer: str = "192.0.2.1") -> TestClient:
    app = Starlette(routes=doors(house, secure_cookies=secure, proxies=proxies))
    address = "https://inhalte.example" if secure else "http://inhalte.example"
    return TestClient(app, base_url=address, follow_redirects=False, client=(peer, 50000), headers={"accept-language": "de-DE"})


def the_form(browser: TestClient, path: str = "/anmelden") -> dict[str, str]:
    """The hidden fields that the page gives its form."""
    page = browser.get(path).text
    return dict(re.findall(r'<input type="hidden" name="(form|next)" value="([^"]*)"', page))


def signs_in(browser: TestClient, password: str = SENTENCE, *, email: str = MARIA, **more: str):
    return browser.post("/anmelden", data={**the_form(browser), "email": email, "password": password, **more})


def cookies_of(answer) -> dict[str, Morsel[str]]:
    found: SimpleCookie = SimpleCookie()
    for header in answer.headers.get_list("set-cookie"):
        found.load(header)
    return dict(found)


def events(house: AHouse) -> int:
    with house.store.read() as view:
        return len(list(view.events()))


# -- sign in


def test_the_right_password_opens_the_pipeline(house: AHouse) -> None:
    an_account(house)
    browser = a_browser(house)
    answer = signs_in(browser, email="Maria@Muster.example", next="/?piece=3")
    assert (answer.status_code, answer.headers["location"]) == (303, "/?piece=3")
    account = who_is(house.store, browser.cookies["staffelstab"], NOON)
    assert account is not None
    assert account.email == MARIA
    assert browser.get("/anmelden").headers["location"] == "/"


def test_a_wrong_password_and_an_unknown_address_look_the_same(house: AHouse) -> None:
    an_account(house)
    wrong = signs_in(a_browser(house), "falsch und lang genug")
    unknown = signs_in(a_browser(house), "falsch und lang genug", email="jonas@muster.example")
    blank = re.compile(r'value="[^"]*"')
    assert wrong.status_code == unknown.status_code == 403
    assert blank.sub("", wrong.text) == blank.sub("", unknown.text)
    assert "E-Mail-Adresse oder Passwort stimmt nicht" in wrong.text
    assert "staffelstab" not in cookies_of(wrong)


def test_the_cookie_is_for_this_host_and_no_script(house: AHouse) -> None:
    an_account(house)
    cookies = cookies_of(signs_in(a_browser(house, secure=True)))
    session, form = cookies["__Host-staffelstab"], cookies["__Host-staffelstab-form"]
    for cookie, samesite in ((session, "lax"), (form, "strict")):
        assert (cookie["secure"], cookie["httponly"], cookie["path"], cookie["domain"]) == (True, True, "/", "")
        assert cookie["samesite"] == samesite
        assert cookie["max-age"] == cookie["expires"] == ""  # gone with the browser
    assert len(session.value) >= 43


def test_without_https_the_cookie_has_a_plain_name_and_the_same_shields(house: AHouse) -> None:
    an_account(house)
    session = cookies_of(signs_in(a_browser(house)))["staffelstab"]
    assert (session["secure"], session["httponly"], session["samesite"]) == ("", True, "lax")


@pytest.mark.parametrize("given", [{}, {"form": ""}, {"form": "x" * 43}, {"form": "ä"}])
def test_a_form_without_our_token_signs_nobody_in(house: AHouse, given: dict[str, str]) -> None:
    an_account(house)
    browser = a_browser(house)
    the_form(browser)
    answer = browser.post("/anmelden", data={"email": MARIA, "password": SENTENCE, **given})
    assert answer.status_code == 403
    assert "staffelstab" not in browser.cookies
    assert "Die Seite war zu lange offen" in answer.text


def test_a_token_without_its_cookie_is_worth_nothing(house: AHouse) -> None:
    an_account(house)
    fields = the_form(a_browser(house))
    answer = a_browser(house).post("/anmelden", data={**fields, "email": MARIA, "password": SENTENCE})
    assert answer.status_code == 403


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"origin": "http://anders.example"},
        {"origin": "http://inhalte.example:8080"},
    ],
)
def test_a_form_on_a_foreign_page_signs_nobody_in(house: AHouse, headers: dict[str, str]) -> None:
    an_account(house)
    browser = a_browser(house)
    fields = {**the_form(browser), "email": MARIA, "password": SENTENCE}
    assert browser.post("/anmelden", data=fields, headers=headers).status_code == 403
    own = {"sec-fetch-site": "same-origin", "origin": "null"}
    assert browser.post("/anmelden", data=fields, headers=own).status_code == 303


def test_too_large_or_unreadable_forms_are_turned_away(house: AHouse) -> None:
    browser = a_browser(house)
    form = the_form(browser)["form"]
    for body in (
        f"form={form}&password={'x' * 17_000}",
        f"form={form}&" + "a=1&" * 30,
        f"form={form}&password=%ff",
        b"form=\xff",
    ):
        assert browser.post("/anmelden", content=body).status_code == 403


@pytest.mark.parametrize(
    "wanted",
    [
        "https://anders.example/", "//anders.example", "/\\anders.example", "/\t/anders.example", "\\\\anders.example",
        "javascript:alert(1)", "anders.example", " //anders.example", "/anmelden?next=/", "/abmelden", "/" + "x" * 3000,
        "///anders.example", "/\n/anders.example", "",
    ],
)  # fmt: skip
def test_next_leads_nowhere_else(house: AHouse, wanted: str) -> None:
    an_account(house)
    browser = a_browser(house)
    page = browser.get("/anmelden", params={"next": wanted})
    assert 'name="next" value="/"' in page.text
    assert signs_in(browser, next=wanted).headers["location"] == "/"


@pytest.mark.parametrize("wanted", ["/", "/review?piece=3&tab=text", "/?piece=0193b2"])
def test_next_leads_to_pages_of_the_pipeline(house: AHouse, wanted: str) -> None:
    an_account(house)
    assert signs_in(a_browser(house), next=wanted).headers["location"] == wanted


def test_a_value_planted_before_is_worth_nothing_after(house: AHouse) -> None:
    an_account(house)
    browser = a_browser(house)
    browser.cookies.set("staffelstab", "planted" * 7)
    answer = signs_in(browser)
    assert cookies_of(answer)["staffelstab"].value != "planted" * 7
    assert who_is(house.store, "planted" * 7, NOON) is None


def test_signing_in_again_ends_what_this_browser_had(house: AHouse) -> None:
    an_account(house)
    browser = a_browser(house)
    fields = {**the_form(browser), "email": MARIA, "password": SENTENCE}
    first = cookies_of(browser.post("/anmelden", data=fields))["staffelstab"].value
    again = {**fields, "form": browser.cookies["staffelstab-form"]}
    second = cookies_of(browser.post("/anmelden", data=again))["staffelstab"].value
    assert who_is(house.store, first, NOON) is None
    assert who_is(house.store, second, NOON) is not None


def test_a_consultants_day_ends_after_24_hours(house: AHouse) -> None:
    for email, stays in ((MARIA, True), (SANDER, False)):
        an_account(house, email)
        browser = a_browser(house)
        signs_in(browser, email=email)
        for _ in range(3):
            house.later(hours=8)
            browser.get("/anmelden")
        assert (browser.get("/anmelden").status_code == 303) is stays, email


def test_tries_are_counted_per_place_and_the_wait_is_said(house: AHouse) -> None:
    an_account(house)
    stranger, office = a_browser(house, peer="198.51.100.9"), a_browser(house)
    for _ in range(4):
        assert signs_in(stranger, "falsch und lang genug").status_code == 403
    refused = signs_in(stranger)
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "60")
    assert "Minuten: 1" in refused.text
    assert signs_in(office).status_code == 303


@pytest.mark.parametrize(
    ("forwarded", "counted"),
    [
        ("198.51.100.9", "198.51.100.9"),
        ("203.0.113.1, 198.51.100.9", "198.51.100.9"),  # the left one was said by the caller
        ("198.51.100.9, 10.0.0.5", "198.51.100.9"),
        ("198.51.100.9:4711", "198.51.100.9"),
        ("[2001:db8::1]:4711", "2001:db8::1"),
        ("rubbish", "10.0.0.4"),
        ("", "10.0.0.4"),
    ],
)
def test_behind_our_proxies_the_nearest_stranger_counts(
    house: AHouse, monkeypatch: pytest.MonkeyPatch, forwarded: str, counted: str
) -> None:
    seen = []
    monkeypatch.setattr("pipeline.people.sign_in.count_try", lambda _t, _email, address, _now: seen.append(address))
    signs_in_through = a_browser(house, proxies=("10.0.0.0/8",), peer="10.0.0.4")
    fields = {**the_form(signs_in_through), "email": MARIA, "password": "x"}
    signs_in_through.post("/anmelden", data=fields, headers={"x-forwarded-for": forwarded})
    assert seen == [counted]


def test_anybody_elses_forwarded_address_is_not_believed(house: AHouse) -> None:
    an_account(house)
    liar = a_browser(house, proxies=("10.0.0.0/8",), peer="198.51.100.9")
    for number in range(4):
        fields = {**the_form(liar), "email": MARIA, "password": "falsch und lang genug"}
        liar.post("/anmelden", data=fields, headers={"x-forwarded-for": f"203.0.113.{number}"})
    assert signs_in(liar).status_code == 429


# -- sign out


def test_signing_out_takes_a_post(house: AHouse) -> None:
    an_account(house)
    browser = a_browser(house)
    signs_in(browser)
    cookie = browser.cookies["staffelstab"]
    fields = the_form(browser, "/abmelden")
    assert who_is(house.store, cookie, NOON)
    assert browser.post("/abmelden").status_code == 403
    assert who_is(house.store, cookie, NOON)
    answer = browser.post("/abmelden", data=fields)
    assert (answer.status_code, answer.headers["location"]) == (303, "/anmelden?note=out")
    assert who_is(house.store, cookie, NOON) is None
    assert "staffelstab" not in browser.cookies
    assert "Sie sind abgemeldet" in browser.get(answer.headers["location"]).text


# -- choose a password


def test_looking_at_a_set_up_link_changes_nothing(house: AHouse) -> None:
    link, browser = a_link(house), a_browser(house)
    before = events(house)
    for method in ("GET", "HEAD", "GET"):
        assert browser.request(method, f"/einrichten/{link}").status_code == 200
    assert events(house) == before
    with house.store.read() as view:
        assert [(one.used_at, one.version) for one in view.page(SetUpLink)] == [(None, 1)]
    assert whose_link(house.store, link, NOON).email == MARIA


def test_a_link_leads_to_a_password_and_then_to_the_sign_in(house: AHouse) -> None:
    link, browser = a_link(house), a_browser(house)
    fields = {**the_form(browser, f"/einrichten/{link}"), "password": SENTENCE, "again": SENTENCE}
    answer = browser.post(f"/einrichten/{link}", data=fields)
    assert (answer.status_code, answer.headers["location"]) == (303, "/anmelden?note=chosen")
    assert "Ihr Passwort ist gespeichert" in browser.get(answer.headers["location"]).text
    assert signs_in(browser).status_code == 303


def test_a_used_old_or_invented_link_is_over(house: AHouse) -> None:
    link, browser = a_link(house), a_browser(house)
    fields = {**the_form(browser, f"/einrichten/{link}"), "password": SENTENCE, "again": SENTENCE}
    browser.post(f"/einrichten/{link}", data=fields)
    late = a_link(house, SANDER)
    house.later(hours=72)
    for token in (link, late, "invented"):
        for answer in (browser.get(f"/einrichten/{token}"), browser.post(f"/einrichten/{token}", data=fields)):
            assert answer.status_code == 410
            assert "Dieser Link gilt nicht mehr" in answer.text


@pytest.mark.parametrize(
    ("password", "again", "said"),
    [
        (SENTENCE, SENTENCE + "r", "nicht gleich"),
        ("k7rz", "k7rz", "mindestens 12 Zeichen"),
        ("x1" * 65, "x1" * 65, "höchstens 128 Zeichen"),
        ("Tannhuber2026!", "Tannhuber2026!", "leicht zu erraten"),
    ],
)
def test_a_password_that_will_not_do_is_explained_and_the_link_stays(house: AHouse, password: str, again: str, said: str) -> None:
    link, browser = a_link(house), a_browser(house)
    fields = {**the_form(browser, f"/einrichten/{link}"), "password": password, "again": again}
    answer = browser.post(f"/einrichten/{link}", data=fields)
    assert answer.status_code == 422
    assert said in answer.text
    assert password not in answer.text
    assert whose_link(house.store, link, NOON).email == MARIA


def test_a_password_is_not_chosen_from_a_foreign_page(house: AHouse) -> None:
    link, browser = a_link(house), a_browser(house)
    answer = browser.post(f"/einrichten/{link}", data={"password": SENTENCE, "again": SENTENCE})
    assert answer.status_code == 403
    assert whose_link(house.store, link, NOON).email == MARIA


# -- pages


def test_door_pages_are_kept_nowhere_and_run_no_script(house: AHouse) -> None:
    link, browser = a_link(house), a_browser(house)
    for path in ("/anmelden", "/abmelden", f"/einrichten/{link}", "/einrichten/invented"):
        page = browser.get(path)
        assert page.headers["cache-control"] == "no-store"
        assert "<script" not in page.text
        policy = page.headers["content-security-policy"]
        (inner,) = re.findall(r"<style>(.*?)</style>", page.text, re.DOTALL)
        assert f"'sha256-{base64.b64encode(hashlib.sha256(inner.encode()).digest()).decode()}'" in policy
        assert "default-src 'none'" in policy
        assert not re.search(r"""\sstyle=|\son\w+=|https?://""", page.text)


def test_what_was_typed_is_shown_as_text(house: AHouse) -> None:
    typed = '"><img src=x onerror=alert(1)>'
    answer = signs_in(a_browser(house), email=typed, next=f"/?q={typed.replace(' ', '')}")
    assert "<img" not in answer.text
    assert "&lt;img src=x onerror=alert(1)&gt;" in answer.text


@pytest.mark.parametrize(
    ("query", "asked", "language"),
    [
        ("", "de-AT,de;q=0.9,en;q=0.8", "de"),
        ("", "en-GB,en;q=0.9", "en"),
        ("", "fr,en;q=0.3,de;q=0.7", "de"),
        ("", "fr-FR", "en"),
        ("", "", "de"),
        ("", "de;q=0, en", "en"),
        ("?lang=en", "de", "en"),
        ("?lang=xx", "de", "de"),
    ],
)
def test_the_page_speaks_the_readers_language(house: AHouse, query: str, asked: str, language: str) -> None:
    page = a_browser(house).get(f"/anmelden{query}", headers={"accept-language": asked}).text
    assert f'<html lang="{language}">' in page
    assert ("Passwort</label>" if language == "de" else "Password</label>") in page


def test_a_chosen_language_stays_through_a_refusal(house: AHouse) -> None:
    browser = a_browser(house)
    page = browser.get("/anmelden?lang=en&next=/review").text
    (action,) = re.findall(r'action="([^"]+)"', page)
    answer = browser.post(action.replace("&amp;", "&"), data={"form": "x"})
    assert 'lang="en"' in answer.text
    assert 'name="next" value="/review"' in answer.text


def test_the_language_is_kept_for_the_person_and_the_browser(house: AHouse) -> None:
    an_account(house)
    browser = a_browser(house)
    signs_in(browser)
    form = browser.cookies["staffelstab-form"]
    assert browser.post("/sprache", data={"language": "en", "next": "/"}).status_code == 403
    answer = browser.post("/sprache", data={"form": form, "language": "en", "next": "//anders.example"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    browser.post("/sprache", data={"form": form, "language": "xx", "next": "/"})
    with house.store.read() as view:
        assert account_of(view, MARIA).language == "en"  # type: ignore[union-attr]
    assert 'lang="en"' in browser.get("/abmelden").text


# -- images


def an_image(house: AHouse, data: bytes, client: str = "muster") -> str:
    sha256 = house.blobs.keep(data)
    with house.store.tx(client) as t:
        mark = Mark(by="maria", at=NOON)
        t.add(KnownImage(id=KnownImage.id_for(client, sha256), client=client, sha256=sha256, added=mark))
    return sha256


def test_an_image_of_another_client_is_not_shown_under_ones_own(house: AHouse) -> None:
    an_account(house)
    browser = a_browser(house)
    signs_in(browser)
    assert browser.get(f"/bild/muster/{an_image(house, PNG, 'fremd')}").status_code == 404


def test_an_image_is_shown_to_the_people_of_its_client_only(house: AHouse) -> None:
    for email in (MARIA, SANDER):
        an_account(house, email)
    sha256 = an_image(house, PNG)
    maria, sander, nobody = a_browser(house), a_browser(house), a_browser(house)
    signs_in(maria)
    signs_in(sander, email=SANDER)
    shown = maria.get(f"/bild/muster/{sha256}")
    assert (shown.status_code, shown.content, shown.headers["content-type"]) == (200, PNG, "image/png")
    assert shown.headers["x-content-type-options"] == "nosniff"
    assert shown.headers["cache-control"] == "private, no-cache"
    for browser in (sander, nobody):
        assert browser.get(f"/bild/muster/{sha256}").status_code == 404


def test_an_image_is_not_shown_to_who_has_left_or_was_signed_out(house: AHouse) -> None:
    an_account(house)
    sha256, browser = an_image(house, PNG), a_browser(house)
    signs_in(browser)
    known = {"if-none-match": browser.get(f"/bild/muster/{sha256}").headers["etag"]}
    assert browser.get(f"/bild/muster/{sha256}", headers=known).status_code == 304
    with house.store.tx("muster") as t:
        (maria,) = t.page(Person, {"email": MARIA})
        t.put(maria.model_copy(update={"left": Mark(by="sander", at=NOON)}))
    assert browser.get(f"/bild/muster/{sha256}", headers=known).status_code == 404
    with house.store.tx("muster") as t:
        (maria,) = t.page(Person, {"email": MARIA})
        t.put(maria.model_copy(update={"left": None}))
        end_all(t, account_of(t, MARIA).id)  # type: ignore[union-attr]
    assert browser.get(f"/bild/muster/{sha256}", headers=known).status_code == 404


def test_only_images_are_shown_whatever_lies_there(house: AHouse) -> None:
    an_account(house)
    browser = a_browser(house)
    signs_in(browser)
    page, drawing = an_image(house, b"<html><script>alert(1)</script>"), an_image(house, b"<svg xmlns='x'/>")
    for name in (page, drawing, "0" * 64, "..%2F..%2Fdata%2Fstaffelstab.sqlite", "%2e%2e"):
        assert browser.get(f"/bild/muster/{name}").status_code == 404


# -- health


def test_health_says_whether_the_store_can_be_read(house: AHouse, monkeypatch: pytest.MonkeyPatch) -> None:
    browser = a_browser(house)
    fine = browser.get("/healthz")
    assert (fine.status_code, fine.json()) == (200, {"ok": True, "store": "ok"})

    def busy() -> None:
        raise StoreIsBusy(seconds=20)

    monkeypatch.setattr(house.store, "read", busy)
    assert (browser.get("/healthz").status_code, browser.get("/healthz").json()["store"]) == (503, "StoreIsBusy")
