"""Who plays in the demo, where, and what each of them has at hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from pipeline.demo.pictures import bar_chart
from pipeline.demo.script import ClientScript, source_bytes
from pipeline.desk import Desk
from pipeline.desk.house import House
from pipeline.desk.people import add_client, open_installation
from pipeline.records import Client, ImageRef


@dataclass
class Cast:
    """people, channels  name in the script -> id
    pieces           name of the piece file -> id
    """

    house: House
    ws: str
    people: dict[str, str]
    script: ClientScript
    pieces: dict[str, str] = field(default_factory=dict)

    def desk(self, who: str) -> Desk:
        return Desk(self.house, self.ws, self.people[who])

    @cached_property
    def channels(self) -> dict[str, str]:
        return {one.channel.slug: one.channel.id for one in self.desk(self.script.consultant).channels()}

    def site(self, channel: str) -> Path:
        return site_folder(self.house, channel)

    def image(self, who: str, picture: str) -> ImageRef:
        drawn = self.script.pictures[picture]
        return self.desk(who).add_image(bar_chart(drawn, self.script.colours), f"{picture}.png", drawn.alt)

    def with_alt_texts(self, body: str, pictures: Sequence[str]) -> str:
        """`![](ruestzeiten.png)` in a script stands for the picture with its alt text."""
        for name in pictures:
            body = body.replace(f"![]({name}.png)", f"![{self.script.pictures[name].alt}]({name}.png)")
        return body

    def source(self, who: str, name: str) -> str:
        """Id of the source of that file name, added if it is not there yet."""
        desk = self.desk(who)
        for known in desk.sources():
            if known.origin == name:
                return known.id
        return desk.add_source(source_bytes(name, self.script.folder), name).id


def site_folder(house: House, channel: str) -> Path:
    return (house.settings.store / "site" / channel).resolve()


def enter(house: House, script: ClientScript) -> Cast:
    """The client with people and channels, none of them agreed on yet."""
    open_installation(house)
    lead = script.people[script.consultant]
    client, consultant = add_client(
        house,
        name=script.name,
        slug=script.slug,
        consultant=f"{lead.name} <{lead.email}>",
        language=script.language,
        timezone=script.timezone,
    )
    cast = Cast(house, client.id, {script.consultant: consultant.id}, script)
    desk = cast.desk(script.consultant)
    for key, one in script.people.items():
        if key != script.consultant:
            cast.people[key] = desk.add_person(name=one.name, email=one.email, side=one.side, roles=one.roles).id
    (house.settings.store / "site").mkdir(parents=True, exist_ok=True)
    for slug, channel in script.channels.items():
        folder = {"folder": str(site_folder(house, slug))} if channel.outlet == "site" else {}
        desk.add_channel(
            name=channel.name,
            slug=slug,
            outlet=channel.outlet,
            owner=script.people[channel.owner].email,
            deputy=script.people[channel.deputy].email,
            settings={**channel.settings, **folder},
        )
    return cast


def found_again(house: House, script: ClientScript) -> Cast | None:
    """The cast of a client that was built in this store before."""
    with house.store.read() as reader:
        clients = reader.page(Client, {"slug": script.slug}, limit=1)
    if not clients:
        return None
    cast = Cast(house, clients[0].id, {}, script)
    ids = {person.email: person.id for person in Desk(house, cast.ws, None).people()}
    cast.people.update({key: ids[one.email] for key, one in script.people.items()})
    return cast
