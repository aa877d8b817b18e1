"""What Today tells about the handover."""

from __future__ import annotations

from pipeline.screens.shared import Workplace


def notices_of_the_handover(at: Workplace) -> None:
    """Draws nothing when nothing waits."""
