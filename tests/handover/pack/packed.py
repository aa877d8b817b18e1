"""A client with something of everything, and what a test does with its pack."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from PIL import Image

from handover.desk import HandoverDesk
from handover.pack.export import Pack
from handover.pack.take_in import TakenIn, take_in
from handover.pack.verifier import Report, canonical, verify
from handover.workplace import open_house
from pipeline.desk.house import House
from pipeline.desk.writing import Change
from pipeline.records import Person, Phase, Piece, Side, Verdict
from pipeline.settings import Settings
from pipeline.worker import Worker
from tests.house import AHouse, a_house

Files = dict[str, bytes]


def the_desk(at: AHouse, person: Person, house: House | None = None) -> HandoverDesk:
    return HandoverDesk(house or at.house, at.client.id, person.id)


def a_picture(colour: str = "teal") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (60, 40), colour).save(out, "PNG")
    return out.getvalue()


def a_busy_house(folder: Path) -> AHouse:
    """Pieces in every stage that people bring about, two channels, images, a deputy, a proposal, somebody who left."""
    at = a_house(folder)
    sander, maria, jonas = (the_desk(at, one) for one in (at.sander, at.maria, at.jonas))
    sander.add_channel(name="Probe", slug="probe", outlet="rehearsal", owner=at.maria.email, deputy=None)
    maria.agree("probe")
    lena = maria.add_person(name="Lena =Ott", email="lena@mueller.example", side=Side.TEAM, roles={"approver"})
    gone = sander.add_person(name="Kai Fort", email="kai@mueller.example", side=Side.TEAM, roles={"reader"})
    sander.deactivate(gone.email, reason="Vertrag beendet")
    maria.delegate(to=lena.email, until="2027-04-01")
    at.a_piece("Ein Entwurf; mit „Anführung“ & <b>Zeichen</b>")
    at.a_piece_in_review("In Prüfung")
    at.an_approved_piece("Freigegeben")
    at.a_scheduled_piece("Geplant")
    with_images(at)
    publish(at, at.an_approved_piece("Veröffentlicht"))
    held = at.a_piece_in_review("Angehalten")
    decide(at, at.maria, held, Verdict.HOLD)
    asked = at.a_piece_in_review("Zu ändern")
    decide(at, at.sander, asked, Verdict.REQUEST_CHANGES, "Bitte mit Zahl.")
    jonas.edit(asked.id, Change(body="Jetzt mit 12 Prozent."))
    sander.withdraw(at.a_piece("Zurückgezogen").id, reason="Doppelt")
    jonas.add_piece("probe", title="Zur Probe", body="Ein Beitrag zum Üben.")
    decide(at, at.maria, at.a_piece_in_review("Zur Probe entschieden"), Verdict.APPROVE)
    at.clock.ahead(hours=1)
    sander.propose("blog", Phase.MITMACHEN, reason="Die Freigaben stimmen überein.")
    maria.accept("blog", reason="Wir wollen anfangen.")
    at.clock.ahead(hours=1)
    maria.propose("blog", Phase.ABGEBEN, reason="Bald soll es uns gehören.")
    return at


def with_images(at: AHouse) -> Piece:
    jonas = the_desk(at, at.jonas)
    images = [jonas.add_image(a_picture(colour), f"{colour}.png", alt=f"Ein Bild in {colour}") for colour in ("teal", "tan")]
    return jonas.add_piece("blog", title="Mit Bildern", body="Davor.\n\n![Ein Bild](image:2)\n\nDanach.", images=images)


def decide(at: AHouse, person: Person, piece: Piece, verdict: Verdict, comment: str = "") -> None:
    desk = the_desk(at, person)
    desk.decide(piece.id, seen=desk.piece(piece.id).hash, verdict=verdict, comment=comment)


def publish(at: AHouse, piece: Piece) -> None:
    the_desk(at, at.sander).publish(piece.id)
    Worker(at.house).round()


def another_house(folder: Path, at: AHouse) -> House:
    folder.mkdir(parents=True)
    return open_house(Settings(store=folder / "data", keys=str(folder / "keys")), at.clock)


def the_pack(at: AHouse, to: Path, *, house: House | None = None, **how: Any) -> Pack:
    return the_desk(at, at.sander, house).export(to, **how)


def taken_in(at: AHouse, pack: Path, folder: Path) -> tuple[House, TakenIn]:
    house = another_house(folder, at)
    return house, take_in(house, pack)


# -- changing a pack


def files_of(pack: Path) -> Files:
    with zipfile.ZipFile(pack) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def packed_again(files: Mapping[str, bytes], to: Path) -> Path:
    with zipfile.ZipFile(to, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return to


def with_right_sums(files: Files, **manifest: object) -> Files:
    """As somebody leaves it who knows how a pack is made."""
    told = json.loads(files["manifest.json"])
    told["files"] = {
        name: {"sha256": hashlib.sha256(data).hexdigest(), "size": len(data)}
        for name, data in sorted(files.items())
        if name != "manifest.json"
    }
    for kind, one in told["records"].items():
        one["count"] = sum(data.count(b"\n") for name, data in files.items() if name.startswith(f"data/{kind}-"))
    return {**files, "manifest.json": canonical({**told, **manifest})}


def lines(files: Files, kind: str) -> list[Any]:
    return [json.loads(line) for line in files[f"data/{kind}-0001.jsonl"].splitlines()]


def with_lines(files: Files, kind: str, records: list[Any]) -> Files:
    ordered = sorted(records, key=lambda one: str(one["id"]))
    return with_right_sums({**files, f"data/{kind}-0001.jsonl": b"".join(canonical(one) + b"\n" for one in ordered)})


def with_changed(files: Files, kind: str, change: Callable[[Any], object], which: int = 0) -> Files:
    """One record of the kind changed, and all sums recomputed."""
    records = lines(files, kind)
    change(records[which])
    return with_lines(files, kind, records)


def codes(report: Report) -> set[str]:
    return {problem.code for problem in report.problems}


def codes_of(files: Mapping[str, bytes], to: Path) -> set[str]:
    return codes(verify(packed_again(files, to)))
