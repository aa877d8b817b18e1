"""Documents of older shapes, brought to today's on reading; they are written back with their next change.

One list of pure functions per kind: the first makes shape 2 of shape 1. Texts of revisions and audit entries are never
rewritten. A document of a newer shape than this program knows is refused, not guessed at.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pipeline.errors import StoreIsNewer
from pipeline.records import Record

Document = dict[str, Any]
UPGRADES: Mapping[str, tuple[Callable[[Document], Document], ...]] = {}


def to_today(kind: type[Record], document: Document) -> Document:
    schema = document.pop("schema", 1)
    if schema > kind.schema_number:
        raise StoreIsNewer(schema=schema, known=kind.schema_number)
    for step in UPGRADES.get(kind.kind, ())[schema - 1 :]:
        document = step(document)
    return document
