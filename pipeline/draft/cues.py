"""Words of German and English by which the offline author recognises what a sentence does."""

from __future__ import annotations

import re

LEANING = re.compile(
    r"(?i)^[\"„“»(]?(?:das|alles|dies\w*|und|aber|doch|dann|da|dadurch|dabei|damit|daraus|dazu|davon|dafür|danach|"
    r"deshalb|daher|deswegen|denn|dennoch|"
    r"trotzdem|hier|so|sie|er|es|ihm|ihr|ihnen|beide|oder|auch|außerdem|zudem|jedoch|allerdings|sondern|erst recht|"
    r"stattdessen|genau|solche\w*|ganz im gegenteil|"
    r"this|these|that|those|and|but|then|there|therefore|so|it|they|he|she|or|also|however|still|yet|because|"
    r"instead|both|such|here)\b"
)
"""Openings that lean on the sentence before."""

TURN = re.compile(
    r"(?i)^[\"„“»(]?(?:aber|doch|jedoch|allerdings|dennoch|trotzdem|sondern|but|however|yet|still|instead|"
    r"stattdessen)\b"
)
"""Openings of a partner: without it the sentence before says the opposite of what was meant."""

HALF = re.compile(
    r"(?i)\b(?:nicht nur|nicht allein|nicht, weil|nicht mehr nur|not only|not just|not because)\b(?!.*\b(?:sondern|"
    r"but)\b)"
)
"""Sentences that say what is not the case and leave what is to the next one."""

ANNOUNCING = re.compile(
    r"(?i)\b(?:folgende\w*|in diesem (?:beitrag|artikel|text)|in this (?:post|article|text)|hier sind|here are|"
    r"beschrieben|im folgenden|"
    r"darum geht es|geht es um|is about|dieser satz|this sentence)\b"
)
"""Sentences about the text itself."""

TEASER = re.compile(r"(?i)\b(?:in diesem (?:beitrag|artikel|text)|in this (?:post|article|text)|inhaltsverzeichnis|contents)\b")
"""What stands before the text to announce it."""

GOES_ON = re.compile(r"(?i)^(?:und|oder|denn|and|or|because)\b")
"""Openings of a paragraph that belongs to the one before."""

CONTRAST = re.compile(
    r"(?i)\b(?:nicht|kein\w*|nie|statt|ohne|sondern|aber|doch|trotzdem|dennoch|obwohl|weniger|nur|erst|not|no|"
    r"never|instead|without|but|yet|although|only|less)\b"
)
CONCLUSION = re.compile(
    r"(?i)\b(?:fazit|kurz gesagt|am ende|entscheidend|unterm strich|deshalb|heißt|bedeutet|lehre|gelernt|braucht|"
    r"in short|in the end|"
    r"bottom line|lesson|means|learned|that is why|needs)\b"
)
CONCLUDING_HEADING = re.compile(r"(?i)fazit|schluss|zusammenfassung|ergebnis|was bleibt|lehre|conclusion|summary|takeaway|lesson")
OPENING_HEADING = re.compile(
    r"(?i)ausgangs|situation|problem|herausforderung|anlass|hintergrund|vorher|auftrag|starting point|situation|"
    r"challenge|background|before"
)
DOING_HEADING = re.compile(
    r"(?i)vorgehen|maßnahme|massnahme|lösung|umsetzung|was wir|schritte|projekt|weg|so haben|approach|solution|"
    r"what we|steps|measures|implementation"
)
RESULT_HEADING = re.compile(
    r"(?i)ergebnis|resultat|wirkung|erfolg|zahlen|bilanz|nachher|nutzen|result|outcome|impact|numbers|after"
)
OPEN_HEADING = re.compile(r"(?i)offen|ausblick|noch|nächste|grenzen|was fehlt|weiter|open|outlook|next|limits|remaining")
OPEN_SENTENCE = re.compile(
    r"(?i)\b(?:noch nicht|nicht gelöst|offen|bleibt|fehlt|steht (?:noch )?aus|nächste\w*|künftig|geplant|ungelöst|"
    r"not yet|unsolved|"
    r"remains?|missing|still|next step|planned|open)\b"
)
PROBLEM_SENTENCE = re.compile(
    r"(?i)\b(?:problem\w*|fehlt\w*|stillst\w*|verlor\w*|dauert\w*|warte\w*|zu (?:spät|lange|viel|hoch|langsam)|"
    r"mühsam|aufwand|fehler\w*|reklamation\w*|"
    r"engpass\w*|problems?|took|delays?|errors?|too (?:late|long|many|slow)|bottleneck\w*|waiting|missed)\b"
)
DOING_SENTENCE = re.compile(
    r"(?i)\b(?:haben|hat|wurden?|führten?|stellten?|bauten?|begann\w*|ordnet\w*|legten?|we|was|were|built|moved|"
    r"introduced|started)\b.{0,160}"
    r"\b(?:eingeführt|umgestellt|gebaut|aufgebaut|geschult|gelegt|verlegt|angefangen|ein|um|auf|an|fest|introduced|"
    r"changed|built|trained|moved|set up)\b"
)

UNIT = (
    r"(?:%|€|Prozent|Euro|EUR|Mio|Mrd|Tsd|Millionen|Milliarden|Stunden?|Minuten?|Sekunden?|Tage[n]?|Tag|Wochen?|"
    r"Monate[n]?|Jahre[n]?|Stück|Teile[n]?|"
    r"Mitarbeit\w*|Beschäftigte\w*|Kunden|Fälle[n]?|Aufträge[n]?|Angebote[n]?|Anfragen|Meter|Kilometer|Kilogramm|"
    r"Tonnen?|kWh|kg|km|m²|Fehler\w*|Reklamationen|percent|per cent|"
    r"hours?|minutes?|seconds?|days?|weeks?|months?|years?|people|employees|customers|orders|quotes|parts|pieces|"
    r"cases|errors|complaints|tons?)"
)
COUNT = (
    r"(?:\d+(?:[.,]\d+)*|zwei|drei|vier|fünf|sechs|sieben|acht|neun|zehn|elf|zwölf|"
    r"two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)"
)
MEASURED = re.compile(rf"(?i)(?<!\w){COUNT}\s?{UNIT}(?!\w)|[€$]\s?\d")
FROM_TO = re.compile(rf"(?i)\b(?:von|from)\s(?:\w+\s){{0,2}}{COUNT}.{{0,40}}?\s(?:auf|to)\s(?:\w+\s){{0,2}}{COUNT}")
CHANGED = re.compile(
    r"(?i)\b(?:sank\w*|gesunken|sinkt|fiel|fielen|gefallen|stieg\w*|gestiegen|halbiert\w*|verdoppelt\w*|"
    r"verkürzt\w*|gespart\w*|reduziert\w*|schrumpft\w*|gewachsen|wuchs|"
    r"fell|fallen|rose|risen|halved|doubled|dropped|saved|reduced|grew|cut|shorter|weniger|mehr als vorher)\b"
)

ADDRESSED = re.compile(r"(?:(?<=\s)(?:Sie|Ihnen|Ihr|Ihre\w*)\b|(?i:\b(?:wir|uns|unser\w*|euch|ihr|du|dir|you|your|we|us|our)\b))")

TO_A_MACHINE = re.compile(
    r"(?i)\b(?:ignor(?:e|iere\w*)\b.{0,40}\b(?:instructions?|anweisung\w*|previous|vorherig\w*|bisherig\w*|above|"
    r"regeln|rules|prompt)|system[- ]?prompt|"
    r"(?:you are|du bist|sie sind) (?:now |jetzt |ab jetzt |ab sofort )?(?:an? |ein\w* )?(?:ai|ki|assistant|"
    r"assistent\w*|chatbot|language model|sprachmodell)|"
    r"(?:as an?|als) (?:ai|ki)[- ](?:model|assistant|modell|assistent)|disregard (?:all|the|any)|vergiss (?:alle|"
    r"deine|die)|"
    r"(?:gib|print|reveal|nenne|zeige)\b.{0,30}\b(?:api[- ]?key|passw\w+|secrets?|geheim\w*|zugangsdaten))"
)
"""Sentences that talk to a program instead of a reader."""

GENERIC_NOUNS = frozenset(
    "jahr jahre zeit beispiel thema themen teil prozent euro tag tage woche wochen monat monate stunde stunden "
    "minute minuten mensch menschen "
    "leute frage fragen antwort punkt punkte seite seiten weg wege ziel ziele grund gründe fall fälle art weise "
    "ende anfang mal sache dinge "
    "person personen problem probleme möglichkeit schritt schritte ergebnis ergebnisse herr frau januar februar "
    "märz april mai juni juli "
    "august september oktober november dezember montag dienstag mittwoch donnerstag freitag samstag sonntag "
    "unternehmen fazit tipp "
    "ding blick rolle form bereich hälfte meinung satz wort worte uhr ausgangslage vorgehen "
    "year years time example topic day days week weeks month months hour hours people question answer point way "
    "thing things company part".split()
)
