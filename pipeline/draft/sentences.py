"""Sentences, words and word stems of German and English texts. Standard library only, nothing to download."""

from __future__ import annotations

import re
from functools import lru_cache

WORD = re.compile(r"[^\W\d_]+(?:[-'’:*][^\W\d_]+)*|\d+(?:[.,]\d+)*")
CLOSERS = "\"'“”’»«›‹)]"
OPENERS = "\"'„“‚‘»«›‹(["
END = re.compile(rf"[.!?…]+[{re.escape(CLOSERS)}]*(?=\s|$)")

ABBREVIATIONS = frozenset(
    "z.b d.h u.a o.ä u.ä v.a i.d.r u.u z.t s.o s.u m.e n.chr v.chr bzw ca dr prof nr abs art mio mrd tsd vgl evtl "
    "ggf inkl exkl "
    "zzgl str st hr fr dipl ing ing. bspw sog insb max min mind etc abb tab kap bd hrsg jh jhd std tel allg bes "
    "gem geb "
    "e.g i.e mr mrs ms inc ltd co corp vs no vol fig approx dept est jan feb mrz apr jun jul aug sep sept okt oct "
    "nov dez dec".split()
)
MAY_END = frozenset("etc co inc ltd corp std tab max min no art st mio mrd".split())
"""Abbreviations that also close a sentence; then the next word decides."""

MONTHS = frozenset(
    "januar februar märz april mai juni juli august september oktober november dezember "
    "january february march may june july october december".split()
)
BEFORE_ORDINAL = frozenset(
    "am vom der die das dem den des im zum zur beim ab bis seit nach vor zwischen ein einem einer kw".split()
)
OPENING_WORDS = frozenset(
    "der die das den dem ein eine einen einer wir ich sie er es man hier da dann danach so und aber doch oder denn "
    "auch wenn "
    "weil als bei mit in im am an auf für von nach vor seit heute jetzt unser unsere ihr ihre viele alle kein "
    "keine nicht was "
    "wer wie wo warum the a an we i they he she it this that these those then but and or when if as at in on for "
    "from our your "
    "who what why how here there".split()
)


def sentences(text: str) -> list[str]:
    """The text in whole sentences. A line break ends one; quotation marks and brackets are never torn apart."""
    return [whole for line in text.split("\n") for whole in _balanced(_split(line.strip()))]


def _split(line: str) -> list[str]:
    found, start = [], 0
    for end in END.finditer(line):
        if _ends_here(line, start, end):
            found.append(line[start : end.end()].strip())
            start = end.end()
    rest = line[start:].strip()
    return [*found, rest] if rest else found


def _ends_here(line: str, start: int, end: re.Match[str]) -> bool:
    following = line[end.end() : end.end() + 60].lstrip()
    if not following:
        return True
    bare = following.lstrip(OPENERS)
    if not bare or not (bare[0].isupper() or bare[0].isdigit()):
        return False
    if line[end.start() : end.end()] != ".":
        return True
    before = line[start : end.start()].split()
    return not before or _dot_ends(before, bare)


def _dot_ends(before: list[str], following: str) -> bool:
    """Whether a single full stop after the words `before` closes a sentence that goes on with `following`."""
    last = before[-1].lstrip(OPENERS).casefold()
    follower = WORD.match(following)
    next_word = follower[0].casefold() if follower else ""
    if last in ABBREVIATIONS:
        return last in MAY_END and next_word in OPENING_WORDS
    if len(last) == 1 and last.isalpha():
        return False
    if last.isdigit() and len(last) <= 2:
        return _number_ends(before, next_word)
    return True


def _number_ends(before: list[str], next_word: str) -> bool:
    """'am 30. September' goes on, 'es sind 12. Das' ends: the neighbours decide."""
    if next_word in MONTHS or len(before) == 1:
        return False
    if next_word in OPENING_WORDS:
        return True
    return before[-2].casefold() not in BEFORE_ORDINAL


def _balanced(parts: list[str]) -> list[str]:
    joined: list[str] = []
    for part in parts:
        if joined and _is_open(joined[-1]):
            joined[-1] = f"{joined[-1]} {part}"
        else:
            joined.append(part)
    return joined


def _is_open(text: str) -> bool:
    closing = text.count("“") + text.count("”") if "„" in text else text.count("”")
    opening = text.count("„") if "„" in text else text.count("“")
    return opening > closing or text.count("(") > text.count(")") or text.count('"') % 2 == 1


def tokens(text: str) -> list[str]:
    """Words and numbers in lower case, in order."""
    return [word.casefold() for word in WORD.findall(text)]


def stems(text: str) -> list[str]:
    """Stems of the words that carry meaning, in order."""
    return [stem(word) for word in tokens(text) if word not in STOP_WORDS and len(word) > 1]


@lru_cache(maxsize=20_000)
def stem(word: str) -> str:
    """A light stem after the CISTEM method: good enough to see that Häuser and Haus are one thing.

    Source  Weißweiler, Fraser: Developing a Stemmer for German (2017); English words lose their plain endings too.
    """
    short = word.casefold().translate(FOLDED).replace("ss", "s")
    for ending in ("ungen", "ung", "ing", "ed", "ly"):
        if short.endswith(ending) and len(short) > len(ending) + 3:
            short = short[: -len(ending)]
            break
    while len(short) > 3:
        if len(short) > 5 and short.endswith(("em", "er", "nd", "en", "es")):
            short = short[:-2]
        elif short.endswith(("e", "s", "n")) or (len(short) > 5 and short.endswith("t")):
            short = short[:-1]
        else:
            break
    return short


FOLDED = str.maketrans({"ä": "a", "ö": "o", "ü": "u", "ß": "ss"})

GERMAN_STOP_WORDS = frozenset(
    "aber alle allem allen aller alles als also am an andere anderen auch auf aus bei beim bin bis bist da dabei "
    "dafür damit danach "
    "dann daran darauf darin das dass davon dazu dein deine dem den denen denn der deren des dessen die dies diese "
    "diesem diesen "
    "dieser dieses doch dort du durch ein eine einem einen einer eines er es etwa etwas euch euer für gab ganz "
    "gegen gerade gibt "
    "hab habe haben hat hatte hatten hier hinter ich ihm ihn ihnen ihr ihre ihrem ihren ihrer im immer in ins ist "
    "ja jede jedem "
    "jeden jeder jedes jetzt kann kein keine keinen können könnte mal man manche mehr mein meine mich mir mit muss "
    "müssen nach "
    "nicht nichts noch nun nur ob oder oft ohne schon sehr sei sein seine seinem seinen seiner seit selbst sich "
    "sie sind so "
    "solche soll sollen sollte sondern sowie statt über um und uns unser unsere unserem unseren unserer unter viel "
    "viele vielen "
    "vom von vor war waren warum was weg weil weiter welche wenn wer werden wie wieder will wir wird wo wollen "
    "wurde wurden zu "
    "zum zur zwar zwischen".split()
)
ENGLISH_STOP_WORDS = frozenset(
    "a about after all also an and any are as at be because been before being both but by can could did do does "
    "doing done down "
    "each even few for from further get had has have having he her here his how i if in into is it its itself just "
    "like made make "
    "many may me might more most much must my no nor not now of off on once one only or other our out over own "
    "same she should so "
    "some such than that the their them then there these they this those through to too under until up us very was "
    "we were what "
    "when where which while who why will with would you your".split()
)
STOP_WORDS = GERMAN_STOP_WORDS | ENGLISH_STOP_WORDS


def language_of(text: str) -> str:
    """ "de" or "en", whichever small words are more frequent; German when there are none."""
    words = tokens(text[:20_000])
    german = sum(word in GERMAN_STOP_WORDS for word in words)
    return "en" if sum(word in ENGLISH_STOP_WORDS for word in words) > german else "de"
