"""Choosing and checking passwords: argon2id, no rules of composition, nothing that is guessed first."""

from __future__ import annotations

import re
import threading
import unicodedata
from collections.abc import Iterable
from functools import cache
from itertools import pairwise

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from pipeline.errors import PasswordTooCommon, PasswordTooLong, PasswordTooShort
from pipeline.messages import TEMPLATES

LEAST, MOST = 12, 128
FEWEST_DIFFERENT_SIGNS = 5
HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
AT_ONCE = threading.BoundedSemaphore(4)  # each takes 19 MiB and a core

NOBODYS_HASH = "$argon2id$v=19$m=19456,t=2,p=1$Eks3VEIrfK4HD1f04i/bXA$/CycqM6AZ0IlRTGmPtwiNrVQdiph4gKaHPqoIJgPVEs"
"""Checked where there is no account, so that the answer takes as long as where there is one."""

SWAPS = str.maketrans(
    {"0": "o", "1": "i", "3": "e", "4": "a", "5": "s", "7": "t", "8": "b", "@": "a", "$": "s", "!": "i", "€": "e"}
)
UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"})
SIGNS = r"[\W\d_]+"


def check_password(password: str, *, guessable: Iterable[str] = ()) -> None:
    """Raises PasswordTooShort, PasswordTooLong, PasswordTooCommon. `guessable`: names of the company and the person."""
    length = len(_spelt(password))
    if length < LEAST:
        raise PasswordTooShort(least=LEAST)
    if length > MOST:
        raise PasswordTooLong(most=MOST)
    if _is_pattern(password) or _is_made_of(password, common_words() | _words_of(guessable)):
        raise PasswordTooCommon()


def hash_password(password: str) -> str:
    with AT_ONCE:
        return HASHER.hash(_spelt(password))


def fits(password_hash: str, password: str) -> bool:
    """Without a hash another one is checked all the same, and nothing fits."""
    with AT_ONCE:
        try:
            return HASHER.verify(password_hash or NOBODYS_HASH, _spelt(password)) and bool(password_hash)
        except (VerificationError, InvalidHashError):
            return False


def is_outdated(password_hash: str) -> bool:
    return HASHER.check_needs_rehash(password_hash)


def _spelt(password: str) -> str:
    """One spelling whichever keyboard typed the ü."""
    return unicodedata.normalize("NFC", password)


# -- what is guessed first


@cache
def common_words() -> frozenset[str]:
    lines = (TEMPLATES / "passwords.txt").read_text("utf-8").splitlines()
    return _words_of(word for line in lines if not line.startswith("#") for word in line.split())


def _words_of(texts: Iterable[str]) -> frozenset[str]:
    """Each word, and what a name of several words gives in one."""
    found: set[str] = set()
    for text in texts:
        for folded in _foldings(text):
            words = re.split(SIGNS, folded)
            found |= {word for word in (*words, "".join(words)) if len(word) >= 3}
    return frozenset(found)


def _foldings(text: str) -> set[str]:
    """In small letters, umlauts as ue and as u."""
    small = unicodedata.normalize("NFKC", text).casefold()
    bare = "".join(sign for sign in unicodedata.normalize("NFKD", small) if not unicodedata.combining(sign))
    return {small.translate(UMLAUTS), bare}


def _readings(password: str) -> set[str]:
    """The letters a person would read: digits and signs left out, or undone where they stand for letters."""
    found = set()
    for folded in _foldings(password):
        without_end = re.sub(f"{SIGNS}$", "", folded)
        without_ends = re.sub(f"^{SIGNS}", "", without_end)
        for text in (folded, without_end.translate(SWAPS), without_ends.translate(SWAPS)):
            found.add(_once(re.sub(SIGNS, "", text)))
    return found


def _once(text: str) -> str:
    """What is repeated, once: hallohallohal is hallo."""
    for length in range(1, len(text) // 2 + 1):
        if (text[:length] * (len(text) // length + 1))[: len(text)] == text:
            return text[:length]
    return text


def _is_made_of(password: str, words: frozenset[str]) -> bool:
    """One or two of the words, whatever digits and signs stand around them."""
    return any(
        reading in words or any(reading[:cut] in words and reading[cut:] in words for cut in range(3, len(reading) - 2))
        for reading in _readings(password)
    )


def _is_pattern(password: str) -> bool:
    """Only digits, few different signs, one short thing over and over, or mostly neighbours as in abcdef and 987654."""
    steps = [abs(ord(after) - ord(before)) for before, after in pairwise(password)]
    return (
        not re.search(r"[^\W\d_]", password)
        or len(set(password.casefold())) < FEWEST_DIFFERENT_SIGNS
        or len(_once(password.casefold())) < 7
        or sum(step == 1 for step in steps) > 0.7 * len(steps)
    )
