import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from argon2 import PasswordHasher

from pipeline.errors import (
    AlreadyThere,
    FieldInvalid,
    LinkIsOver,
    PasswordTooCommon,
    PasswordTooShort,
    SignInFailed,
    TooManyTries,
)
from pipeline.people import passwords
from pipeline.people.accounts import account_of, choose_language, ensure_account, is_consultant, people_of
from pipeline.people.set_up import choose_password, make_set_up_link, whose_link
from pipeline.people.sign_in import digest, end_account, end_all, sign_in, sign_out, who_is
from pipeline.records import Account, Client, Mark, Person, Role, SetUpLink, Side, SignIn
from pipeline.store.sqlite import SqliteStore

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
MARIA = "maria@muster.example"
SENTENCE = "drei Fässer rollen leise"
OFFICE = "203.0.113.7"


def a_link(store: SqliteStore, email: str = MARIA, at: datetime = NOON) -> str:
    with store.tx() as t:
        return make_set_up_link(t, ensure_account(t, email, "de", at).id, at)


def an_account(store: SqliteStore, email: str = MARIA, password: str = SENTENCE) -> Account:
    return choose_password(store, a_link(store, email), password, NOON, company_names=[])


def signed_in(
    store: SqliteStore, password: str = SENTENCE, *, email: str = MARIA, at: datetime = NOON, consultant: bool = False
) -> str:
    return sign_in(store, email, password, address=OFFICE, browser="Firefox", now=at, consultant=lambda _: consultant)


# -- accounts


def test_an_address_is_one_account_however_it_is_typed(store: SqliteStore) -> None:
    with store.tx() as t:
        first = ensure_account(t, " Maria@Muster.example ", "de", NOON)
        assert ensure_account(t, "MARIA@muster.example", "en", NOON) == first
        assert account_of(t, "maria@MUSTER.example") == first


def test_an_ended_account_opens_again_without_its_old_password(store: SqliteStore) -> None:
    maria = an_account(store)
    with store.tx() as t:
        end_account(t, maria.id, Mark(by="sander", at=NOON))
    with pytest.raises(SignInFailed):
        signed_in(store)
    with store.tx() as t:
        assert ensure_account(t, MARIA, "de", NOON).id == maria.id
    with pytest.raises(SignInFailed):
        signed_in(store)


def test_only_languages_that_are_spoken_can_be_chosen(store: SqliteStore) -> None:
    maria = an_account(store)
    choose_language(store, maria.id, "en")
    with store.read() as view:
        assert account_of(view, MARIA).language == "en"  # type: ignore[union-attr]
    with pytest.raises(FieldInvalid):
        choose_language(store, maria.id, "fr")


def test_who_has_left_a_client_is_none_of_its_people(store: SqliteStore) -> None:
    for slug, side, left in (("muster", Side.TEAM, None), ("alt", Side.CONSULTANT, Mark(by="sander", at=NOON))):
        with store.tx() as t:
            t.add(Client(id=slug, slug=slug, name=slug, made_at=NOON))
            roles = frozenset({Role.EDITOR})
            t.of(slug).add(Person(client=slug, name="Maria", email=MARIA, side=side, roles=roles, made_at=NOON, left=left))
    assert [client.id for client, _ in people_of(store, MARIA.upper())] == ["muster"]
    assert not is_consultant(store, MARIA)


# -- set-up links


def test_a_link_chooses_a_password_once(store: SqliteStore) -> None:
    link = a_link(store)
    choose_password(store, link, SENTENCE, NOON, company_names=[])
    assert who_is(store, signed_in(store), NOON)
    with pytest.raises(LinkIsOver):
        choose_password(store, link, "Grüße vom Eichhorn", NOON, company_names=[])
    assert signed_in(store)


def test_a_link_lasts_72_hours(store: SqliteStore) -> None:
    link = a_link(store)
    assert whose_link(store, link, NOON + timedelta(hours=71, minutes=59)).email == MARIA
    with pytest.raises(LinkIsOver):
        whose_link(store, link, NOON + timedelta(hours=72))


def test_a_newer_link_ends_the_older_one(store: SqliteStore) -> None:
    older, newer = a_link(store), a_link(store)
    assert whose_link(store, newer, NOON).email == MARIA
    with pytest.raises(LinkIsOver):
        whose_link(store, older, NOON)


def test_a_refused_password_leaves_the_link_as_it_was(store: SqliteStore) -> None:
    link = a_link(store)
    with pytest.raises(PasswordTooShort):
        choose_password(store, link, "kurz", NOON, company_names=[])
    with pytest.raises(PasswordTooCommon):
        choose_password(store, link, "Tannhuber2026!", NOON, company_names=["Tannhuber GmbH"])
    with pytest.raises(PasswordTooCommon):
        choose_password(store, link, "maria.muster.2026", NOON, company_names=[])
    assert whose_link(store, link, NOON).email == MARIA


def test_a_link_cannot_be_read_from_the_store(store: SqliteStore) -> None:
    link = a_link(store)
    with store.read() as view:
        (kept,) = view.page(SetUpLink)
    assert link not in json.dumps(kept.model_dump(mode="json"))
    assert len(link) >= 43  # 256 bits


def test_a_new_password_signs_every_browser_out(store: SqliteStore) -> None:
    an_account(store)
    cookie = signed_in(store)
    choose_password(store, a_link(store), "Grüße vom Eichhorn", NOON, company_names=[])
    assert who_is(store, cookie, NOON) is None
    with pytest.raises(SignInFailed):
        signed_in(store)


def test_a_link_of_an_ended_account_is_over(store: SqliteStore) -> None:
    link = a_link(store)
    with store.tx() as t:
        end_account(t, account_of(t, MARIA).id, Mark(by="sander", at=NOON))  # type: ignore[union-attr]
    with pytest.raises(LinkIsOver):
        choose_password(store, link, SENTENCE, NOON, company_names=[])


# -- signing in


def test_who_signed_in_is_known_by_the_cookie_whatever_way_the_address_was_typed(store: SqliteStore) -> None:
    maria = an_account(store)
    cookie = signed_in(store, email=" MARIA@Muster.Example")
    assert who_is(store, cookie, NOON) == maria
    assert who_is(store, cookie + "x", NOON) is None
    assert who_is(store, None, NOON) is who_is(store, "", NOON) is None


def test_the_store_keeps_only_the_hash_of_a_cookie(store: SqliteStore) -> None:
    an_account(store)
    cookie = signed_in(store)
    with store.read() as view:
        (kept,) = view.page(SignIn)
    assert kept.id == digest(cookie)
    assert who_is(store, kept.id, NOON) is None
    assert cookie.encode() not in b"".join(file.read_bytes() for file in store.folder.glob("staffelstab.sqlite*"))


def test_each_sign_in_has_a_value_of_its_own(store: SqliteStore) -> None:
    an_account(store)
    assert len({signed_in(store) for _ in range(3)}) == 3


@pytest.mark.parametrize(("email", "password"), [(MARIA, "falsch und lang genug"), ("nobody@muster.example", SENTENCE), ("", "")])
def test_every_wrong_sign_in_gets_the_same_answer_after_the_same_work(
    store: SqliteStore, monkeypatch: pytest.MonkeyPatch, email: str, password: str
) -> None:
    an_account(store)
    checked = []

    class Counting:
        def verify(self, kept: str, given: str) -> bool:
            checked.append(kept.split("$")[3])
            return passwords_hasher.verify(kept, given)

    passwords_hasher = passwords.HASHER
    monkeypatch.setattr(passwords, "HASHER", Counting())
    with pytest.raises(SignInFailed) as refused:
        signed_in(store, password, email=email)
    assert refused.value.facts == {}
    assert checked == ["m=19456,t=2,p=1"]


def test_an_account_without_password_lets_nobody_in(store: SqliteStore) -> None:
    a_link(store)
    for guess in ("", SENTENCE):
        with pytest.raises(SignInFailed):
            signed_in(store, guess)


def test_tries_are_throttled_even_with_the_right_password(store: SqliteStore) -> None:
    an_account(store)
    for _ in range(4):
        with pytest.raises(SignInFailed):
            signed_in(store, "falsch und lang genug")
    with pytest.raises(TooManyTries):
        signed_in(store)
    assert signed_in(store, at=NOON + timedelta(seconds=5))


def test_many_tries_at_once_count_like_one_after_the_other(store: SqliteStore) -> None:
    an_account(store)

    def guess(number: int) -> type[Exception]:
        with pytest.raises((SignInFailed, TooManyTries)) as refused:
            signed_in(store, f"falsch und lang genug {number}")
        return refused.type

    with ThreadPoolExecutor(8) as guessers:
        answers = list(guessers.map(guess, range(16)))
    assert (answers.count(SignInFailed), answers.count(TooManyTries)) == (4, 12)


def test_a_password_hashed_in_an_older_way_is_hashed_anew(store: SqliteStore) -> None:
    maria = an_account(store)
    weak = PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1).hash(SENTENCE)
    with store.tx() as t:
        t.put(maria.model_copy(update={"password_hash": weak}))
    assert signed_in(store)
    with store.read() as view:
        strong = view.get(Account, maria.id).password_hash  # type: ignore[union-attr]
    assert "m=19456,t=2,p=1" in strong
    assert signed_in(store)


# -- staying and leaving


def test_twelve_idle_hours_end_a_sign_in(store: SqliteStore) -> None:
    an_account(store)
    cookie = signed_in(store)
    assert who_is(store, cookie, NOON + timedelta(hours=11, minutes=59))
    assert who_is(store, cookie, NOON + timedelta(hours=23, minutes=58))
    assert who_is(store, cookie, NOON + timedelta(hours=35, minutes=58)) is None


@pytest.mark.parametrize(("consultant", "hours"), [(False, 7 * 24), (True, 24)])
def test_after_a_week_or_a_consultants_day_one_has_to_sign_in_again(store: SqliteStore, consultant: bool, hours: int) -> None:
    an_account(store)
    cookie = signed_in(store, consultant=consultant)
    for hour in range(hours):
        assert who_is(store, cookie, NOON + timedelta(hours=hour)), hour
    assert who_is(store, cookie, NOON + timedelta(hours=hours)) is None


def test_being_seen_is_written_at_most_once_a_minute(store: SqliteStore) -> None:
    an_account(store)
    cookie = signed_in(store)

    def version() -> int:
        with store.read() as view:
            return view.get(SignIn, digest(cookie)).version  # type: ignore[union-attr]

    for second in range(0, 60, 5):
        who_is(store, cookie, NOON + timedelta(seconds=second))
    assert version() == 1
    who_is(store, cookie, NOON + timedelta(seconds=60))
    who_is(store, cookie, NOON + timedelta(seconds=61))
    assert version() == 2


def test_signing_out_ends_this_browser_and_no_other(store: SqliteStore) -> None:
    an_account(store)
    here, there = signed_in(store), signed_in(store)
    sign_out(store, here, NOON)
    sign_out(store, here, NOON)
    assert (who_is(store, here, NOON), bool(who_is(store, there, NOON))) == (None, True)


def test_all_browsers_of_one_account_can_be_ended_at_once(store: SqliteStore) -> None:
    maria, _ = an_account(store), an_account(store, "jonas@muster.example")
    hers, his = [signed_in(store) for _ in range(3)], signed_in(store, email="jonas@muster.example")
    with store.tx() as t:
        assert end_all(t, maria.id) == 3
    assert [who_is(store, cookie, NOON) for cookie in hers] == [None] * 3
    assert who_is(store, his, NOON)


def test_an_ended_account_is_out_at_once(store: SqliteStore) -> None:
    maria = an_account(store)
    cookie = signed_in(store)
    with store.tx("muster") as t:
        end_account(t, maria.id, Mark(by="sander", at=NOON))
    assert who_is(store, cookie, NOON) is None


def test_old_sign_ins_do_not_pile_up(store: SqliteStore) -> None:
    an_account(store)
    signed_in(store)
    signed_in(store, at=NOON + timedelta(days=8))
    with store.read() as view:
        assert len(view.page(SignIn)) == 1


def test_events_say_what_happened_and_name_nobody(store: SqliteStore) -> None:
    maria = an_account(store)
    cookie = signed_in(store)
    for email in (MARIA, "nobody@muster.example"):
        with pytest.raises(SignInFailed):
            signed_in(store, "falsch und lang genug", email=email)
    sign_out(store, cookie, NOON)
    with store.read() as view:
        events = list(view.events())
    assert [(event.act, event.subject) for event in events] == [
        ("account.password_chosen", maria.id),
        ("account.signed_in", maria.id),
        ("account.sign_in_failed", maria.id),
        ("account.sign_in_failed", ""),
        ("account.signed_out", maria.id),
    ]
    written = " ".join(event.text for event in events)
    assert not [word for word in (MARIA, "nobody", OFFICE, "Firefox", cookie, SENTENCE) if word in written]


def test_two_accounts_cannot_share_an_address(store: SqliteStore) -> None:
    an_account(store)
    with pytest.raises(AlreadyThere), store.tx() as t:
        t.add(Account(email=MARIA, made_at=NOON))
