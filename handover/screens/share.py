"""The share of work: who drafts, decides, publishes and connects how much, month by month."""

from __future__ import annotations

from handover.screens.place import Place


def share_view(at: Place) -> None:
    pass
