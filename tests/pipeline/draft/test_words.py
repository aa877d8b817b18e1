"""Everything that draft/ tells people has its words."""

from __future__ import annotations

import pytest

from pipeline.draft.model_call import Silence
from pipeline.draft.sources import NoAnswer
from pipeline.draft.trouble import Problem
from pipeline.errors import (
    ModelAddressWrong,
    ModelBusy,
    ModelNotConfigured,
    ModelQuotaUsedUp,
    ModelRefusedKey,
    ModelRefusedRequest,
    ModelUnknown,
    ModelUnreachable,
    NoSources,
    Refusal,
    SourceEmpty,
    SourceEncrypted,
    SourcesTooLongForModel,
    SourceTooLarge,
    SourceUnreadable,
    TextEmpty,
    TextNotReadable,
    TextTooLarge,
    TextTooTangled,
)
from pipeline.messages import Say, gaps, sentences

REFUSALS: list[Refusal] = [
    TextEmpty(),
    TextTooLarge(size_kib=300, limit_kib=200),
    TextTooTangled(line=7),
    TextNotReadable(name="a.md"),
    SourceEmpty(name="a.pdf"),
    SourceEncrypted(name="a.pdf"),
    *(SourceUnreadable(name="a.pdf", reason=problem) for problem in Problem),
    SourceTooLarge(name="a.pdf", size_mib=21, limit_mib=20),
    NoSources(),
    ModelNotConfigured(missing="OPENAI_API_KEY"),
    ModelRefusedKey(host="h"),
    ModelUnknown(host="h", model="m", offered="a, b"),
    ModelUnknown(host="h", model="m", offered=Silence.LIST),
    ModelQuotaUsedUp(host="h"),
    ModelBusy(host="h", seconds=30),
    *(ModelUnreachable(host="h", reason=reason) for reason in (*Silence, "HTTP 500")),
    ModelRefusedRequest(host="h", reason="Nein."),
    ModelAddressWrong(host="h"),
    SourcesTooLongForModel(passages=40, model="m", drop=9),
]


@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda refusal: f"{refusal.code}-{refusal.facts.get('reason', '')}")
def test_every_refusal_of_the_drafts_says_what_happened(refusal: Refusal) -> None:
    for language in ("de", "en"):
        said = Say(language)(refusal)
        assert "{" not in said
        assert said.endswith(".")
    assert gaps(sentences()[refusal.code]["de"]) == gaps(sentences()[refusal.code]["en"]) == set(refusal.facts)


@pytest.mark.parametrize("reason", ["length", "refusal", "cut", "cancelled", "timeout", "unreadable"])
def test_every_reason_for_an_unfinished_draft_has_its_words(reason: str) -> None:
    assert Say("de")(f"draft.unfinished.{reason}") != Say("en")(f"draft.unfinished.{reason}")


@pytest.mark.parametrize("reason", list(NoAnswer))
def test_a_silent_address_has_its_words(reason: NoAnswer) -> None:
    assert Say("de").word(reason) != Say("en").word(reason)
