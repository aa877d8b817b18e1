"""Hashtags and keywords: the nouns a text comes back to."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

from pipeline.draft.cues import GENERIC_NOUNS
from pipeline.draft.sentences import STOP_WORDS, language_of, sentences, stem, stems, tokens

GERMAN_NOUN = re.compile(r"(?<![.!?:„\"(–-] )(?<=\s)[A-ZÄÖÜ][A-Za-zäöüßÄÖÜ]{3,30}(?![\w-])")
ACRONYM = re.compile(r"\b[A-ZÄÖÜ]{2,6}\b(?!-)")
ENGLISH_WORD = re.compile(r"\b[a-z]{4,30}\b")
FEWEST = 2


def tags(texts: Iterable[str], wishes: str, most: int) -> tuple[str, ...]:
    """Up to `most` nouns without '#', those of the brief first among equals."""
    whole = [sentence for text in texts for sentence in sentences(text)]
    wanted = set(stems(wishes))
    language = language_of(" ".join(whole[:80]))
    forms = Counter(word for sentence in whole for word in _nouns(sentence, language))
    by_stem: Counter[str] = Counter()
    for word, count in forms.items():
        by_stem[stem(word)] += count
    ranked = sorted(by_stem, key=lambda one: (-by_stem[one] * (3 if one in wanted else 1), one))
    frequent = [one for one in ranked if by_stem[one] >= FEWEST or one in wanted]
    best = [
        max((word for word in forms if stem(word) == one), key=lambda word: (forms[word], -len(word))) for one in frequent[:most]
    ]
    return tuple(word if word.isupper() else word[0].upper() + word[1:] for word in best)


def _nouns(sentence: str, language: str) -> list[str]:
    found = ACRONYM.findall(sentence)
    found += GERMAN_NOUN.findall(sentence) if language == "de" else _english(sentence)
    return [word for word in found if word.casefold() not in GENERIC_NOUNS and word.casefold() not in STOP_WORDS]


def _english(sentence: str) -> list[str]:
    """English does not mark its nouns: words after an article, possessive or preposition, or with a noun's ending."""
    words = tokens(sentence)
    after = {"the", "a", "an", "our", "their", "your", "of", "every", "each", "and"}
    pairs = zip(["", *words], words, [*words[1:], ""], strict=False)
    return [
        word
        for before, word, following in pairs
        if ENGLISH_WORD.fullmatch(word)
        and word not in STOP_WORDS
        and (before in after or re.search(r"(?:tion|ment|ness|ity|ance|ence|ship|ing)s?$", word))
        and (following in STOP_WORDS or not following or before not in after)
    ]
