from __future__ import annotations

import re
import time

import pytest

from pipeline.draft.hygiene import Hygiene
from pipeline.draft.redact import Redaction, with_gaps
from pipeline.text import find_gaps, to_html

ALLOWED = ["Mehr dazu: https://kunde.example/studie?jahr=2026.", "Siehe www.kunde.example/messe und info@kunde.example"]


def cleaned(text: str) -> str:
    return Hygiene.allowing(ALLOWED).markdown(text)


@pytest.mark.parametrize(
    "text",
    [
        "Die [Studie](https://kunde.example/studie?jahr=2026) sagt es.",
        "Siehe https://kunde.example/studie?jahr=2026.",
        "Siehe https://www.kunde.example/messe, dort steht es.",
        "Schreiben Sie an info@kunde.example, bitte.",
        "Ein **starker** Satz mit [[Zahl ergänzen]] und _Betonung_.",
        "Es kostet < 5 % und das ist z.B. wenig, sagt Node.js nicht.",
    ],
)
def test_words_emphasis_gaps_and_known_links_stay(text: str) -> None:
    assert cleaned(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "Die [Studie](https://boese.example/weg) lügt.",
        "Die [Studie]( <https://boese.example/weg> 'Titel' ) lügt.",
        "Die [Studie](https://kunde.example/andere) lügt.",
        "Klick [hier](javascript:alert(1)) an.",
        "Klick [hier](data:text/html;base64,PHN2Zz4=) an.",
        "Siehe [das][1].\n\n[1]: https://boese.example/weg",
        "Siehe <https://boese.example/weg>.",
        "Siehe https://boese.example/weg.",
        "Siehe www.boese.example.",
        "Siehe boese.example/weg?daten=1 jetzt.",
        "Mail an wer@boese.example bitte.",
        "[a]([b](https://boese.example))",
        "[![x](https://boese.example/p.png)](https://boese.example/weg)",
        "![Pixel](https://boese.example/p.png)",
        "![Pixel][1]\n\n[1]: https://boese.example/p.png",
        "<a href='https://boese.example'>hier</a> und <img src=https://boese.example/p.png>",
        "<img src=x onerror=alert(1)",
        "<script>fetch('https://boese.example')</script>",
        "https://kunde.example/studie?jahr=2026/../../x und https://kunde.example.boese.example/",
        "Fuß[^1]\n\n[^1]: https://boese.example/weg",
    ],
)
def test_foreign_links_images_and_html_go(text: str) -> None:
    page = to_html(cleaned(text))
    assert not re.search(r"<(?:a|img|script)\b", page)
    assert "boese.example" not in page
    assert "/andere" not in page


def test_what_was_removed_is_said() -> None:
    hygiene = Hygiene.allowing(ALLOWED)
    hygiene.markdown("[x](https://boese.example/weg) ![y](https://boese.example/p.png) <b>z</b>")
    assert hygiene.removed == [("image", ""), ("link", "boese.example"), ("html", ""), ("html", "")]


def test_invisible_characters_and_comments_go() -> None:
    assert cleaned("Ein\u200b Satz \u202e<!-- geheim -->mit \ue0000\ue001Rest\u00ad.") == "Ein Satz mit 0Rest."


def test_plain_has_no_marks_at_all() -> None:
    assert Hygiene.allowing(ALLOWED).plain("**Der** [Titel](https://kunde.example/studie?jahr=2026)\n`groß`") == "Der Titel groß"


@pytest.mark.parametrize(
    "text",
    [
        "[" * 50_000,
        "](" * 50_000,
        "<a " * 50_000,
        "[a](" * 30_000,
        "a." * 50_000,
        "a@" * 50_000,
        "![" * 50_000,
        "[x]: y\n" * 20_000,
    ],
)
def test_hostile_answers_are_cleaned_within_seconds(text: str) -> None:
    start = time.perf_counter()
    cleaned(text)
    assert time.perf_counter() - start < 5


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        ("Fragen an m.weber@nordwind.example bitte.", "Fragen an [E-Mail 1] bitte."),
        ("Tel. +49 (0)30 123 45-67, mobil 0171 2345678.", "Tel. [Phone 1], mobil [Phone 2]."),
        ("Anruf unter 030/1234567 oder 0049 30 1234567.", "Anruf unter [Phone 1] oder [Phone 2]."),
        ("Konto DE89 3704 0044 0532 0130 00 der Firma.", "Konto [IBAN 1] der Firma."),
        ("Konto DE89370400440532013000.", "Konto [IBAN 1]."),
        ("Der Schlüssel sk-proj-abcdefghijkl1234 ist alt.", "Der Schlüssel [Secret 1] ist alt."),
        ("Erst a@b.example, dann A@B.example.", "Erst [E-Mail 1], dann [E-Mail 1]."),
    ],
)
def test_personal_data_is_replaced_before_sending(text: str, sent: str) -> None:
    assert Redaction()(text) == sent


@pytest.mark.parametrize(
    "text",
    [
        "Von 38 auf 21 Minuten in 2025 und 2026.",
        "Der Umbau kostete 280.000 Euro, 0,5 % mehr als 1.234,56 Euro.",
        "Am 01.02.2026 um 08:30 Uhr, Halle 3, Regal 12-14.",
        "Artikel 4711-0815 nach DIN EN 1090-2 und ISO 9001.",
        "Seite 10-12, Absatz 3, Version 1.2.3.",
    ],
)
def test_figures_dates_and_standards_stay(text: str) -> None:
    assert Redaction()(text) == text


def test_the_key_is_never_sent_whatever_it_looks_like() -> None:
    assert "ganz-geheimes-wort" not in Redaction("ganz-geheimes-wort")("Das Wort ist ganz-geheimes-wort, leider.")


def test_placeholders_in_an_answer_become_gaps() -> None:
    assert len(find_gaps(with_gaps("Schreiben Sie an [E-Mail 1] oder rufen Sie [Phone 2] an.", "de"))) == 2
