import time
import unicodedata

import pytest
from argon2 import PasswordHasher
from argon2.low_level import Type

from pipeline.errors import PasswordTooCommon, PasswordTooLong, PasswordTooShort
from pipeline.people.passwords import HASHER, NOBODYS_HASH, check_password, fits, hash_password, is_outdated

SENTENCE = "drei Fässer rollen leise"


def test_argon2id_with_19_mib_two_passes_and_one_lane() -> None:
    assert (HASHER.type, HASHER.memory_cost, HASHER.time_cost, HASHER.parallelism) == (Type.ID, 19456, 2, 1)
    assert hash_password(SENTENCE).startswith("$argon2id$v=19$m=19456,t=2,p=1$")


def test_the_hash_for_nobody_costs_what_a_real_one_costs() -> None:
    assert not is_outdated(NOBODYS_HASH)


def test_only_the_password_itself_fits() -> None:
    kept = hash_password(SENTENCE)
    assert fits(kept, SENTENCE)
    assert not fits(kept, SENTENCE + " ")
    assert not fits("", SENTENCE)
    assert not fits("no hash", SENTENCE)


def test_an_umlaut_is_the_same_whichever_machine_typed_it() -> None:
    assert fits(hash_password(unicodedata.normalize("NFC", SENTENCE)), unicodedata.normalize("NFD", SENTENCE))


def test_weaker_parameters_are_noticed() -> None:
    assert is_outdated(PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1).hash(SENTENCE))


def test_twelve_to_128_characters() -> None:
    check_password("Grüße vom Ei")
    check_password(("Grüße vom Eichhorn, das " * 6)[:120] + "Xylophon")
    with pytest.raises(PasswordTooShort) as short:
        check_password("Grüße vom E")
    with pytest.raises(PasswordTooLong) as long:
        check_password("Grüße vom Eichhorn " * 7)
    assert (short.value.facts, long.value.facts) == ({"least": 12}, {"most": 128})


@pytest.mark.parametrize(
    "password",
    [
        "passwort12345", "Passw0rt!2026", "P@ssw0rd1234", "p4ssw0rt-p4ssw0rt", "Sommer2026!!!", "sommerurlaub!", "QWERTZuiopü+",
        "1qay2wsx3edc", "A1b2C3d4E5f6", "123456789012", "2411198524111985", "aaaaaaaaaaab", "abcdefghijklm", "hallohallohallo",
        "iloveyou12345", "1L0v3Y0u2024!", "Müller123456!", "mueller1234567", "BorussiaDortmund09", "!!!!!!!!!!!!!!!!",
    ],
)  # fmt: skip
def test_what_is_guessed_first_is_refused(password: str) -> None:
    with pytest.raises(PasswordTooCommon):
        check_password(password)


@pytest.mark.parametrize(
    "password", ["Tannhuber2026!", "willkommen-tannhuber", "T4nnhub3r!!!!", "TannhuberKranbau1", "kranbautannhuber"]
)
def test_the_companys_name_is_guessed_first_too(password: str) -> None:
    with pytest.raises(PasswordTooCommon):
        check_password(password, guessable=["Tannhuber Kranbau GmbH & Co. KG"])


@pytest.mark.parametrize(
    "password",
    [
        SENTENCE,
        "korrekt pferd batterie klammer",
        "x7!kQ93#zP0Lw2",
        "0815-Kaffeetasse-wandert",
        "Почта-утром-9-окон",
        "Fahrradkette2024!",
    ],
)
def test_sentences_and_chance_are_fine(password: str) -> None:
    check_password(password, guessable=["Tannhuber Kranbau GmbH & Co. KG"])


@pytest.mark.parametrize("part", ["aB1!", "1", "!", "ab", "passwort"])
def test_no_password_keeps_the_check_busy(part: str) -> None:
    began = time.perf_counter()
    with pytest.raises((PasswordTooCommon, PasswordTooLong)):
        check_password((part * 128)[:128])
    with pytest.raises(PasswordTooLong):
        check_password(part * 16_000)
    assert time.perf_counter() - began < 1
