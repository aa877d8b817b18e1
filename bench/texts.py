"""Made-up articles of a wanted size: headings, paragraphs, lists, links and a quotation, as people write them."""

from __future__ import annotations

import random

WORDS = (
    "Werkstatt Kunde Termin Auftrag Übergabe Maschine Fräse Zeichnung Toleranz Lieferung Team Schicht Qualität Prüfung Messung "
    "Angebot Wartung Ersatzteil Planung Frage Antwort Beispiel Ablauf Schritt Ergebnis Erfahrung Fehler Lösung Woche Montag"
).split()
VERBS = "prüft plant erklärt braucht findet zeigt übernimmt beginnt beendet bespricht dokumentiert vergleicht liefert".split()
LINKS = ("https://www.beispiel.example/ablauf", "https://www.beispiel.example/fragen", "https://www.beispiel.example/team")


def sentence(chance: random.Random) -> str:
    first, *others = chance.choices(WORDS, k=chance.randint(4, 9))
    return f"{first} {chance.choice(VERBS)} {' und '.join((' '.join(others[:2]), ' '.join(others[2:])))}, größer als vorher."


def paragraph(chance: random.Random) -> str:
    sentences = [sentence(chance) for _ in range(chance.randint(3, 6))]
    if chance.random() < 0.3:
        sentences.append(f"Mehr dazu [unter dieser Adresse]({chance.choice(LINKS)}).")
    if chance.random() < 0.3:
        sentences.append(f"Das ist **{chance.choice(WORDS)}**, nicht *{chance.choice(WORDS)}*.")
    return " ".join(sentences)


def article(chance: random.Random, size: int) -> str:
    """Markdown of about `size` bytes."""
    parts: list[str] = [paragraph(chance)]
    length = len(parts[0].encode())
    while length < size:
        parts.append(_part(chance))
        length += len(parts[-1].encode()) + 2
    return "\n\n".join(parts).encode()[:size].decode(errors="ignore")


def _part(chance: random.Random) -> str:
    kind = chance.random()
    if kind < 0.15:
        return f"## {' '.join(chance.choices(WORDS, k=3))}"
    if kind < 0.25:
        return "\n".join(f"- {sentence(chance)}" for _ in range(chance.randint(3, 5)))
    if kind < 0.30:
        return f"> {sentence(chance)}"
    return paragraph(chance)
