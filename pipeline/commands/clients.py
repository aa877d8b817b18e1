"""init, client, person, delegate, account."""

from __future__ import annotations

from collections.abc import Sequence

import click

from pipeline import errors
from pipeline.commands.frame import Answer, Group, Run, Verb
from pipeline.desk.people import add_client
from pipeline.people.accounts import account_of
from pipeline.people.keys import open_key_ring
from pipeline.people.set_up import make_set_up_link
from pipeline.records import Channel, Person, Piece, Role, Side
from pipeline.store.migrations import SCHEMA
from pipeline.store.sqlite import is_made_in


@click.command(cls=Verb)
@click.pass_obj
def init(run: Run) -> Answer:
    """Make the store and the key ring; running it again is harmless."""
    if not is_made_in(run.settings.store):
        open_key_ring(run.settings.keys, run.settings.store, make=True)  # refused: nothing is made
    _ = run.new_house().vault  # a key ring lost since the first secret is missed, not replaced
    return Answer({"store": run.settings.store, "schema": SCHEMA}, "cli.init", {"store": run.settings.store})


@click.group(cls=Group)
def client() -> None:
    """Client companies."""


@client.command("add", cls=Verb)
@click.option("--name", required=True)
@click.option("--slug", required=True)
@click.option("--language", type=click.Choice(["de", "en"]), default="de")
@click.option("--timezone", default="Europe/Berlin")
@click.option("--consultant", required=True, metavar='"Name <mail>"')
@click.pass_obj
def client_add(run: Run, name: str, slug: str, language: str, timezone: str, consultant: str) -> Answer:
    """Add a client company with its consultant."""
    made, person = add_client(run.new_house(), name=name, slug=slug, consultant=consultant, language=language, timezone=timezone)
    run.client_slug = made.slug
    data = {"client": made.slug, "id": made.id, "name": made.name, "consultant": person.email}
    return Answer(data, "cli.client.add", {"name": made.name, "consultant": person.name})


@client.command("list", cls=Verb)
@click.pass_obj
def client_list(run: Run) -> Answer:
    """All clients of this store."""
    rows = []
    for one in run.clients():
        with run.house.store.read(one.id) as view:
            pieces = sum(view.tally(Piece, "stage").values())
            phases = {channel.slug: channel.phase.value for channel in view.page(Channel, limit=1_000)}
        rows.append({"slug": one.slug, "name": one.name, "pieces": pieces, "phases": phases})
    return Answer({"clients": rows}, lines=[f"{row['slug']:<20} {row['name']}  ({row['pieces']})" for row in rows])


@client.command("set", cls=Verb)
@click.option("--name", default=None)
@click.option("--language", type=click.Choice(["de", "en"]), default=None)
@click.pass_obj
def client_set(run: Run, name: str | None, language: str | None) -> Answer:
    """Change the company's name or the language of its texts."""
    changed = run.desk(setting_up=True).change_client(name=name, language=language)
    return Answer({"client": changed.slug, "name": changed.name, "language": changed.language}, "done")


@click.group(cls=Group)
def person() -> None:
    """People of a client."""


def roles_named(value: str) -> frozenset[Role]:
    names = [name.strip() for name in value.split(",") if name.strip()]
    try:
        return frozenset(Role(name) for name in names)
    except ValueError:
        raise errors.FieldInvalid(field="roles", value=value) from None


@person.command("add", cls=Verb)
@click.option("--name", required=True)
@click.option("--email", required=True)
@click.option("--side", required=True, type=click.Choice([side.value for side in Side]))
@click.option("--roles", required=True, metavar="owner,approver,editor,reader")
@click.pass_obj
def person_add(run: Run, name: str, email: str, side: str, roles: str) -> Answer:
    """Add a person to a side."""
    made = run.desk(setting_up=True).add_person(name=name, email=email, side=Side(side), roles=roles_named(roles))
    data = {"person": made.email, "id": made.id, "name": made.name, "side": made.side, "roles": sorted(made.roles)}
    return Answer(data, "cli.person.add", {"name": made.name, "side": made.side})


@person.command("roles", cls=Verb)
@click.argument("email")
@click.option("--roles", required=True, metavar="owner,approver,editor,reader")
@click.pass_obj
def person_roles(run: Run, email: str, roles: str) -> Answer:
    """Give a person other roles, from now on."""
    changed = run.desk(setting_up=True).change_roles(email, roles_named(roles))
    return Answer({"person": changed.email, "roles": sorted(changed.roles)}, "cli.person.roles", {"name": changed.name})


@person.command("deactivate", cls=Verb)
@click.argument("email")
@click.option("--reason", default="")
@click.pass_obj
def person_deactivate(run: Run, email: str, reason: str) -> Answer:
    """End everything that person can do."""
    left = run.desk(setting_up=True).deactivate(email, reason=reason)
    data = {"person": left.person.email, "voided": left.voided}
    return Answer(data, "cli.person.deactivate", {"name": left.person.name, "voided": len(left.voided)})


@person.command("list", cls=Verb)
@click.pass_obj
def person_list(run: Run) -> Answer:
    """Everybody of the client, former people last."""
    people = run.desk(reading=True).people()
    rows = [
        {"email": one.email, "name": one.name, "side": one.side, "roles": sorted(one.roles), "active": one.is_active}
        for one in people
    ]
    return Answer({"people": rows}, lines=[_shown(run, one) for one in people])


def _shown(run: Run, one: Person) -> str:
    gone = "" if one.is_active else f"  ({run.say('cli.person.gone')})"
    return f"{one.email:<32} {one.name}, {run.say.word(one.side)}{gone}"


@person.command("link", cls=Verb)
@click.argument("email")
@click.pass_obj
def person_link(run: Run, email: str) -> Answer:
    """A one-time link with which that person chooses a password."""
    with run.house.store.tx() as t:
        account = account_of(t, email)
        if account is None:
            raise errors.Unknown(what="person", id=email[:80])
        token = make_set_up_link(t, account.id, run.house.now())
        t.append("account.link", actor="command line", subject=account.id, at=run.house.now())
    link = f"{run.settings.public_url or 'http://localhost:8501'}/einrichten/{token}"
    return Answer({"person": account.email, "link": link}, "cli.person.link", {"email": account.email, "link": link})


@click.command(cls=Verb)
@click.option("--to", "to", required=True, metavar="EMAIL")
@click.option("--channel", "channels", multiple=True)
@click.option("--start", default=None, metavar="DATE")
@click.option("--until", required=True, metavar="DATE")
@click.pass_obj
def delegate(run: Run, to: str, channels: Sequence[str], start: str | None, until: str) -> Answer:
    """Name the acting person's deputy for a time."""
    made = run.desk().delegate(to=to, until=until, start=start, channels=channels)
    data = {"delegation": made.id, "to": to, "start": made.start, "until": made.until, "channels": channels}
    return Answer(data, "cli.delegate", {"to": to, "until": made.until})
