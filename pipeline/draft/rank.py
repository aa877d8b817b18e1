"""Which unit says most: what the text itself comes back to (TextRank), and what brief and persona ask for."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from pipeline.draft.cues import LEANING, MEASURED
from pipeline.draft.sentences import stems
from pipeline.draft.units import Unit

MOST_IN_GRAPH = 300
"""TextRank compares every sentence with every other."""
ROUNDS = 20
DAMPING = 0.85


@dataclass(frozen=True)
class Ranking:
    """Scores of 0.0 to about 1.5 for any unit, known before or not."""

    wanted: frozenset[str]
    weights: Mapping[str, float]
    central: Mapping[str, float]
    _known: dict[str, float] = field(default_factory=dict, compare=False, repr=False)

    def score(self, unit: Unit) -> float:
        return self.of_text(unit.words, unit.heading) + self.central.get(unit.refs[0], 0.0) * 0.35

    def of_text(self, text: str, heading: str = "") -> float:
        bonus = 0.1 if MEASURED.search(text) else 0.0
        penalty = 0.25 if LEANING.match(text) else 0.0
        return 0.5 * self.overlap(text) + 0.15 * self.overlap(heading) + bonus - penalty

    def overlap(self, text: str) -> float:
        """How much of what was asked for the text touches, rare words counting more; 0.0 to 1.0."""
        if text not in self._known:
            self._known[text] = self._overlap(set(stems(text)))
        return self._known[text]

    def _overlap(self, found: set[str]) -> float:
        asked = sum(self.weights.get(stem, 1.0) for stem in self.wanted) or 1.0
        met = sum(self.weights.get(stem, 1.0) for stem in self.wanted & found)
        return min(1.0, 3 * met / asked / math.log2(4 + len(found) / 8))


def ranking(units: Sequence[Unit], wishes: Iterable[str]) -> Ranking:
    """`wishes`: title, message, persona and goal of the brief."""
    bags = [Counter(stems(unit.words)) for unit in units]
    weights = _weights(bags)
    wanted = frozenset(stem for wish in wishes for stem in stems(wish))
    centre = _central(units, bags, weights, wanted)
    return Ranking(wanted, weights, centre)


def _weights(bags: Sequence[Counter[str]]) -> dict[str, float]:
    """Inverse document frequency, the units being the documents."""
    frequency = Counter(stem for bag in bags for stem in bag)
    return {stem: math.log(1 + len(bags) / count) for stem, count in frequency.items()}


def _central(
    units: Sequence[Unit], bags: Sequence[Counter[str]], weights: Mapping[str, float], wanted: frozenset[str]
) -> dict[str, float]:
    """TextRank of each passage, the best being 1.0. Of long sources only the sentences nearest to the brief take part."""
    chosen = sorted(range(len(units)), key=lambda place: (-len(wanted & bags[place].keys()), place))[:MOST_IN_GRAPH]
    edges = _edges([bags[place] for place in chosen], weights)
    ranks = [1.0] * len(chosen)
    outgoing = [sum(row.values()) or 1.0 for row in edges]
    for _ in range(ROUNDS):
        ranks = [
            (1 - DAMPING) + DAMPING * sum(ranks[other] * weight / outgoing[other] for other, weight in row.items())
            for row in edges
        ]
    highest = max(ranks, default=1.0)
    best: dict[str, float] = {}
    for place, rank in zip(chosen, ranks, strict=True):
        ref = units[place].refs[0]
        best[ref] = max(best.get(ref, 0.0), rank / highest)
    return best


def _edges(bags: Sequence[Counter[str]], weights: Mapping[str, float]) -> list[dict[int, float]]:
    """Likeness of every two sentences that share a stem."""
    where: dict[str, list[int]] = {}
    for place, bag in enumerate(bags):
        for stem in bag:
            where.setdefault(stem, []).append(place)
    edges: list[dict[int, float]] = [{} for _ in bags]
    for stem, places in where.items():
        if 1 < len(places) <= len(bags) // 3 + 2:
            for one in places:
                for other in places:
                    if one != other:
                        edges[one][other] = edges[one].get(other, 0.0) + weights[stem]
    sizes = [math.log(2 + sum(bag.values())) for bag in bags]
    return [{other: weight / (sizes[one] + sizes[other]) for other, weight in row.items()} for one, row in enumerate(edges)]
