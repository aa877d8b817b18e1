"""Made tests/store/schema_2.sqlite: python -m tests.store.make_schema_2. Never again once layout 2 is released.

What layout 1 knew with the fields that came, and one record of every kind that came, with every field filled.
"""

from __future__ import annotations

from pathlib import Path

from pipeline import records as r
from tests.store.make_schema_1 import AT, LATER, MARK, OF_THE_INSTALLATION, make_example
from tests.store.make_schema_1 import OF_THE_CLIENT as BEFORE

TARGET = Path(__file__).with_name("schema_2.sqlite")
CONDITION = r.Condition(code="agreement", measured=0.9, wanted=0.9, n=10, met=True)
HINT = r.SecretHint(ending="…xyz", by="maria", at=AT, expires_at=LATER)
POLICY = r.Policy(number=3, readiness=r.ReadinessPolicy(decisions=5, left_out=frozenset({"renewal", "stand_in"})))

CAME: dict[str, dict[str, object]] = {
    "client": {"policy": POLICY},
    "channel": {
        "secret": HINT,
        "off": r.Off(why="copied", where="Laptop", by="maria", at=AT, credential=HINT),
        "play": r.Play(before=r.Phase.VORMACHEN, since=AT, by="maria", at=LATER),
    },
    "secret": {
        "settings": ({"user": "neu"},),
        "former": (r.FormerSecret(sealed="alt", brought=MARK, settings=({"user": "alt"},)),),
    },
    "piece": {"also": (r.Phase.VORMACHEN, r.Phase.MITMACHEN), "corrected": MARK},
}


def grown(record: r.Record) -> r.Record:
    fields = CAME.get(record.kind, {}) if record.id != "beta" else {}
    return record.model_copy(update=fields)


INSTALLATION = tuple(grown(one) for one in OF_THE_INSTALLATION)
OF_THE_CLIENT: tuple[r.Record, ...] = (
    *(grown(one) for one in BEFORE),
    r.Proposal(
        id="proposal", client="acme", channel="blog", before=r.Phase.MITMACHEN, phase=r.Phase.ABGEBEN, by="sander",
        side=r.Side.CONSULTANT, at=AT, reason="So weit.", conditions=(CONDITION,),
        answer=r.Answer(kind="accepted", by="maria", at=LATER, reason="Trotzdem.", unmet=("runbook",)),
    ),
    r.PhaseChange(
        id="change", client="acme", channel="blog", before=r.Phase.MITMACHEN, phase=r.Phase.ABGEBEN, how="accepted", by="maria",
        at=LATER, reason="Trotzdem.", proposal="proposal", unmet=("runbook",),
        affected=(r.Affected(piece="piece", title="Übergabe", before=r.Stage.SCHEDULED, stage=r.Stage.REVIEW, kept=False),),
    ),
    r.Acknowledgement(id="read", client="acme", chapter="people", sha256="9" * 64, person="maria", at=AT),
    r.ExitItem(id=r.ExitItem.id_for("acme", "pack"), client="acme", code="pack", delivered=MARK, controlled=MARK, verified=MARK),
    r.Protocol(
        id="protocol", client="acme", consultant="sander", owner="maria", declared=MARK, confirmed=MARK, taken_back=MARK,
        audit_head="8" * 64, audit_entries=3, unmet=(r.Unmet(code="pack", reason="Im Januar."),),
        offices=(r.Office(channel="blog", owner="maria", deputy="jonas"),), ended=("sander",),
    ),
)  # fmt: skip

if __name__ == "__main__":
    make_example(TARGET, INSTALLATION, OF_THE_CLIENT)
