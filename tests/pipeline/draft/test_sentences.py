from __future__ import annotations

import pytest

from pipeline.draft.sentences import language_of, sentences, stem, stems, tokens


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Das ist z. B. der Fall. Danach geht es weiter.", ["Das ist z. B. der Fall.", "Danach geht es weiter."]),
        ("Das gilt z.B. für Öl, d.h. für alles. Gut so.", ["Das gilt z.B. für Öl, d.h. für alles.", "Gut so."]),
        ("Am 30. September ist Schluss. Das weiß jeder.", ["Am 30. September ist Schluss.", "Das weiß jeder."]),
        ("Im 2. Quartal stieg der Umsatz. Wir feierten.", ["Im 2. Quartal stieg der Umsatz.", "Wir feierten."]),
        ("Heute sind es 12. Das reicht.", ["Heute sind es 12.", "Das reicht."]),
        ("So war es bis 2024. Danach kam alles anders.", ["So war es bis 2024.", "Danach kam alles anders."]),
        ("Dr. Weber und Prof. Lang kamen. Hr. Kurz blieb weg.", ["Dr. Weber und Prof. Lang kamen.", "Hr. Kurz blieb weg."]),
        ("Es kostet ca. 3,5 Mio. Euro im Jahr. Viel Geld.", ["Es kostet ca. 3,5 Mio. Euro im Jahr.", "Viel Geld."]),
        ("Es waren 4 Mio. Das war zu viel.", ["Es waren 4 Mio.", "Das war zu viel."]),
        ("J. Weber sagt nein. K. Lang auch.", ["J. Weber sagt nein.", "K. Lang auch."]),
        ("„Das reicht. Wir gehen.“ Dann ging er.", ["„Das reicht. Wir gehen.“", "Dann ging er."]),
        ("Er rief: „Halt!“ und blieb stehen. Niemand hörte ihn.", ["Er rief: „Halt!“ und blieb stehen.", "Niemand hörte ihn."]),
        ("Alle warten (siehe oben. Das gilt noch). Keiner geht.", ["Alle warten (siehe oben. Das gilt noch).", "Keiner geht."]),
        ("Erste Zeile\nZweite Zeile ohne Punkt", ["Erste Zeile", "Zweite Zeile ohne Punkt"]),
        ("Wirklich? Ja! Gut …", ["Wirklich?", "Ja!", "Gut …"]),
        ("Mr. Hill met Dr. Wood, e.g. on Monday. They agreed.", ["Mr. Hill met Dr. Wood, e.g. on Monday.", "They agreed."]),
        ("It rose to 4.5 percent. Nobody knew why.", ["It rose to 4.5 percent.", "Nobody knew why."]),
        ("", []),
    ],
)
def test_sentences_end_where_a_reader_would_end_them(text: str, expected: list[str]) -> None:
    assert sentences(text) == expected


def test_nothing_of_a_text_is_lost() -> None:
    text = "Erstens. Zweitens z. B. das? „Drittens! Und noch mehr.“ Am 3. Mai (s. o.) kam K. viertens …"
    assert " ".join(sentences(text)) == text


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Haus", "Häuser"),
        ("Maschine", "Maschinen"),
        ("Betrieb", "Betriebe"),
        ("Übergabe", "Übergaben"),
        ("machines", "machine"),
        ("Straße", "Strasse"),
    ],
)
def test_forms_of_a_word_share_a_stem(one: str, other: str) -> None:
    assert stem(one) == stem(other)


@pytest.mark.parametrize(("one", "other"), [("Wissen", "Wiese"), ("Maschine", "Masche"), ("Lager", "Lage"), ("order", "board")])
def test_different_words_keep_different_stems(one: str, other: str) -> None:
    assert stem(one) != stem(other)


def test_small_words_carry_no_meaning() -> None:
    assert stems("Und das ist nicht die Maschine") == [stem("Maschine")]


def test_numbers_with_separators_are_one_word() -> None:
    assert tokens("Von 1.250,5 auf 980 Teile") == ["von", "1.250,5", "auf", "980", "teile"]


def test_the_language_shows_in_the_small_words() -> None:
    assert language_of("Der Betrieb und die Leute sind nicht da.") == "de"
    assert language_of("The plant and the people are not there.") == "en"
