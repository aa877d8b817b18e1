"""Made tests/store/schema_1.sqlite: python tests/store/make_schema_1.py. Never again once layout 1 is released.

One record of every kind with every field filled, two clients, and an audit chain each.
"""

from __future__ import annotations

import shutil
import sqlite3
import sys
import tempfile
from collections.abc import Iterable
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from pipeline import records as r
from pipeline.store.sqlite import SqliteStore

TARGET = Path(__file__).with_name("schema_1.sqlite")
AT = datetime(2026, 11, 2, 8, 30, tzinfo=UTC)
LATER = AT + timedelta(days=30)
MARK = r.Mark(by="sander", at=AT, reason="abgesprochen")
SLOT = r.Slot(local=datetime(2026, 12, 1, 9, 0), zone="Europe/Berlin", utc=datetime(2026, 12, 1, 8, 0, tzinfo=UTC))  # noqa: DTZ001
WRITER = r.Writer(kind="model", person="jonas", model="m", host="localhost", prompt_sha256="a" * 64)
IMAGE = r.ImageRef(sha256="b" * 64, alt="Ein Tor", name="tor.png", mime="image/png", width=8, height=6, size=99)
CONTENT = r.Content(
    title="Übergabe",
    body="Text mit ![Ein Tor](image:1).",
    slug="uebergabe",
    excerpt="Kurz.",
    tags=("Werk",),
    categories=("Neues",),
    images=(IMAGE,),
    link=r.LinkCard(url="https://acme.example", title="Acme", description="Werk"),
    first_comment="Mehr dazu",
    mentions={"Acme": "urn:li:organization:1"},
    embargo=AT,
)

OF_THE_INSTALLATION: tuple[r.Record, ...] = (
    r.Installation(id="installation", made_at=AT, stopped=MARK),
    r.Account(id="account", email="maria@acme.example", language="en", password_hash="$argon2id$", made_at=AT, ended=MARK),
    r.SignIn(id="c" * 64, account="account", at=AT, seen_at=AT, expires_at=LATER, browser="Firefox"),
    r.SetUpLink(id="d" * 64, account="account", at=AT, expires_at=LATER, used_at=AT),
    r.Attempt(id="e" * 64, times=(AT,), until=LATER),
    r.Client(
        id="acme", slug="acme", name="Acme GmbH", language="de", timezone="Europe/Berlin", policy=r.Policy(number=2), paused=MARK,
        made_at=AT,
    ),
    r.Client(id="beta", slug="beta", name="Beta AG", made_at=AT),
)  # fmt: skip

OF_THE_CLIENT: tuple[r.Record, ...] = (
    r.Person(
        id="maria", client="acme", name="Maria", email="maria@acme.example", side=r.Side.TEAM,
        roles=frozenset({r.Role.OWNER, r.Role.APPROVER}), made_at=AT, left=MARK,
    ),
    r.Delegation(
        id="delegation", client="acme", giver="maria", taker="jonas", channels=("blog",), start=AT, until=LATER, at=AT, ended=MARK
    ),
    r.Channel(
        id="blog", client="acme", slug="blog", name="Blog", outlet="site", settings={"folder": "/srv/www"}, owner="maria",
        deputy="jonas", phase=r.Phase.MITMACHEN, phase_since=AT, paused=MARK, made_at=AT,
        agreement=r.Agreement(owner="maria", consultant="sander", at=AT, until=LATER),
        waiver=r.Waiver(by="maria", at=AT, until=LATER, reason="allein"),
        secret=r.SecretHint(ending="…xyz", by="maria", at=AT),
        identity=r.Identity(account="acme", at=AT, problems=("TooManyRights",)),
    ),
    r.Secret(id="blog", client="acme", sealed="geheim", at=AT),
    r.DataKey(id="acme", wrapped="schlüssel", at=AT),
    r.Source(
        id="source", client="acme", title="Leitfaden", origin="leitfaden.docx", format="docx", sha256="f" * 64, added=MARK,
        passages=(r.Passage(number=1, text="Ein Satz.", heading="Kopf", place="S. 3", shape="quote"),),
    ),
    r.Brief(
        id="brief", client="acme", title="Anlass", message="Botschaft", channels=("blog",), persona="p", goal="g",
        sources=("source",), owner="jonas", due=date(2026, 12, 1), made=MARK,
    ),
    r.Draft(
        id="draft", client="acme", piece="piece", brief="brief", writer=WRITER, frame="blog", title="Übergabe", excerpt="Kurz.",
        blocks=(r.Block(slot="hook", type="hook", text="Los.", passages=("S1.1",), stance="opinion",
                        candidates=(r.Candidate(text="Los.", passages=("S1.1",)),)),),
        tags=("Werk",), questions=("Wann?",), left_out=("Zahl",), raw="{}", unfinished="length", verbatim_share=0.5, made_at=AT,
        usage=(r.Usage(model="m", host="localhost", prompt_tokens=1, answer_tokens=2, seconds=0.5, cost_eur=0.01),),
    ),
    r.Piece(
        id="piece", client="acme", channel="blog", brief="brief", title="Übergabe", revision=1, hash="0" * 64,
        stage=r.Stage.SCHEDULED, writer=WRITER, submitted=MARK, slot=SLOT, withdrawn=MARK, held=MARK, publication="publication",
        made=MARK, changed_at=AT, revisit_at=LATER,
    ),
    r.Revision(
        id="revision", client="acme", piece="piece", number=1, content=CONTENT, hash="0" * 64, by="jonas", at=AT, writer=WRITER
    ),
    r.Decision(
        id="decision", client="acme", piece="piece", channel="blog", revision=1, hash="0" * 64, person="maria", side=r.Side.TEAM,
        on_behalf_of="sander", verdict=r.Verdict.APPROVE_WITH_NOTE, comment="Gut.", binding=True, phase=r.Phase.MITMACHEN,
        policy=2, how="app", at=AT,
    ),
    r.Publication(
        id="publication", client="acme", channel="blog", piece="piece", slot=0, revision=1, hash="0" * 64, payload_hash="1" * 64,
        decisions=("decision",), due=SLOT, state=r.PublicationState.SENDING, reason="ChannelBusy", epoch=3, owner="worker",
        lease_until=LATER, tries=2, next_try_at=LATER, intent=r.Intent(step="flip", at=AT, deadline=LATER, payload_hash="1" * 64),
        draft_id="7", remote_id="7", url="https://acme.example/uebergabe", last_error="ChannelBusy: 429", facts={"reason": "429"},
        confirmed_at=AT, sent_again_by="maria",
    ),
    r.Media(
        id="blog:b", client="acme", channel="blog", at=AT,
        image=r.RemoteImage(sha256="b" * 64, remote_id="9", url="https://acme.example/tor.png"),
    ),
    r.KnownImage(id=r.KnownImage.id_for("acme", "b" * 64), client="acme", sha256="b" * 64, added=MARK),
    r.Orphan(id="orphan", client="acme", channel="blog", publication="publication", remote_id="8", at=AT),
)  # fmt: skip


def make_example(target: Path, of_the_installation: Iterable[r.Record], of_the_client: Iterable[r.Record]) -> None:
    if target.exists():
        sys.exit(f"{target} exists, and a stored example is never made anew")
    with tempfile.TemporaryDirectory() as folder:
        store = SqliteStore(Path(folder) / "data")
        with store.tx() as t:
            for record in of_the_installation:
                t.add(record)
            for record in of_the_client:
                t.of("acme").add(record)
            for ws in ("", "acme", "beta"):
                for subject in ("piece", "brief", "piece"):
                    t.of(ws).append("piece.add", actor="jonas", subject=subject, at=AT, details={"how": "app", "ä": 1})
        store.backup(Path(folder) / "copy")
        store.close()
        with closing(sqlite3.connect(Path(folder) / "copy", isolation_level=None)) as copy:
            for statement in ("PRAGMA journal_mode = DELETE", "PRAGMA page_size = 512", "VACUUM"):
                copy.execute(statement)  # small enough to be kept for ever
        shutil.copyfile(Path(folder) / "copy", target)


if __name__ == "__main__":
    make_example(TARGET, OF_THE_INSTALLATION, OF_THE_CLIENT)
