"""Which author drafts: the model when one is configured, else the offline one. A person may ask for either."""

from __future__ import annotations

from collections.abc import Mapping

from pipeline.clock import Clock
from pipeline.draft.author import Author
from pipeline.draft.model import ModelAuthor, ModelSettings
from pipeline.draft.offline import OfflineAuthor
from pipeline.errors import ModelNotConfigured


def model_is_configured(environment: Mapping[str, str]) -> bool:
    return bool(environment.get("STAFFELSTAB_MODEL")) and bool(
        environment.get("OPENAI_API_KEY") or environment.get("OPENAI_BASE_URL")
    )


def choose_author(name: str | None, environment: Mapping[str, str], clock: Clock) -> Author:
    """`name`: "offline", "model" or None for whichever is configured. Raises ModelNotConfigured."""
    configured = model_is_configured(environment)
    if name == "model" and not configured:
        raise ModelNotConfigured(missing=", ".join(ModelSettings.read(environment).missing))
    if name == "offline" or not configured:
        return OfflineAuthor(clock)
    return ModelAuthor(ModelSettings.read(environment))
