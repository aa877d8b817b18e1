"""The sample company of the tests: Sander consults, Maria owns and approves, Jonas writes; one channel, a folder of web pages."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from handover.workplace import open_house
from pipeline.desk import Desk
from pipeline.desk.house import House
from pipeline.desk.people import add_client
from pipeline.records import Account, Channel, Client, Person, Piece, Role, Side, Verdict
from pipeline.settings import Settings

NOON = datetime(2027, 3, 16, 11, 0, tzinfo=UTC)  # 12:00 in Berlin, a Tuesday
BODY = "Wer übergibt, übergibt auch das Wissen. Dieser Text zeigt, wie das an drei Stellen gelingt."


class SettableClock:
    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def ahead(self, **by: float) -> datetime:
        self.now += timedelta(**by)
        return self.now


@dataclass(frozen=True)
class AHouse:
    house: House
    clock: SettableClock
    client: Client
    sander: Person
    maria: Person
    jonas: Person
    folder: Path

    def desk(self, person: Person) -> Desk:
        return Desk(self.house, self.client.id, person.id)

    def account(self, person: Person) -> Account:
        with self.house.store.read() as view:
            return view.page(Account, {"email": person.email}, limit=1)[0]

    @property
    def channel(self) -> Channel:
        return self.desk(self.sander).channels()[0].channel

    # -- records, made the way people make them

    def a_piece(self, title: str = "Übergabe ohne Lücken", *, by: Person | None = None, body: str = BODY) -> Piece:
        return self.desk(by or self.jonas).add_piece("blog", title=title, body=body, excerpt="Wie eine Übergabe gelingt.")

    def a_piece_in_review(self, title: str = "Übergabe ohne Lücken", *, by: Person | None = None) -> Piece:
        piece = self.a_piece(title, by=by)
        return self.desk(by or self.jonas).submit(piece.id)

    def an_approved_piece(self, title: str = "Übergabe ohne Lücken") -> Piece:
        piece = self.a_piece_in_review(title)
        sander = self.desk(self.sander)
        sander.decide(piece.id, seen=sander.piece(piece.id).hash, verdict=Verdict.APPROVE)
        return sander.piece(piece.id).piece

    def a_scheduled_piece(self, title: str = "Übergabe ohne Lücken", at: str = "2027-03-18T09:00") -> Piece:
        return self.desk(self.sander).schedule(self.an_approved_piece(title).id, at)


def a_house(folder: Path, *, now: datetime = NOON, agreed: bool = True, demo: bool = False) -> AHouse:
    """`agreed`: Maria has accepted the channel's office. In `vormachen`, so Sander approves alone."""
    clock = SettableClock(now)
    settings = Settings(store=folder / "data", keys=str(folder / "keys"), demo=demo)
    house = open_house(settings, clock)
    client, sander = add_client(
        house, name="Müller & Söhne Präzisionstechnik GmbH", slug="mueller", consultant="Sander Vogt <sander@beratung.example>"
    )
    desk = Desk(house, client.id, sander.id)
    maria = desk.add_person(
        name="Maria Lindqvist", email="maria@mueller.example", side=Side.TEAM, roles={Role.OWNER, Role.APPROVER}
    )
    jonas = desk.add_person(name="Jonas Öztürk", email="jonas@mueller.example", side=Side.TEAM, roles={Role.EDITOR})
    (folder / "web").mkdir(exist_ok=True)
    desk.add_channel(
        name="Blog der Werkstatt",
        slug="blog",
        outlet="site",
        owner=maria.email,
        settings={"folder": str(folder / "web"), "base_url": "https://www.mueller.example/blog"},
    )
    made = AHouse(house, clock, client, sander, maria, jonas, folder)
    if agreed:
        made.desk(maria).agree("blog")
    return made
