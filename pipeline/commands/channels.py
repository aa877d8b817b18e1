"""channel ..., pause, resume."""

from __future__ import annotations

import os
from collections.abc import Sequence

import click

from pipeline import errors
from pipeline.commands.frame import Answer, Group, Run, Verb, reasons_of


def settings_named(pairs: Sequence[str]) -> dict[str, str]:
    """`--set k=v` pairs. Raises FieldInvalid."""
    settings = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or not name.strip():
            raise errors.FieldInvalid(field="--set", value=pair)
        settings[name.strip()] = value.strip()
    return settings


def secret_from(variable: str | None) -> str:
    """The secret's value from the named variable. Raises FieldMissing."""
    if not variable:
        return ""
    value = os.environ.get(variable, "")
    if not value.strip():
        raise errors.FieldMissing(field=variable)
    return value


@click.group(cls=Group)
def channel() -> None:
    """Places to publish."""


@channel.command("add", cls=Verb)
@click.option("--name", required=True)
@click.option("--slug", required=True)
@click.option("--kind", required=True)
@click.option("--owner", required=True, metavar="EMAIL")
@click.option("--deputy", default=None, metavar="EMAIL")
@click.option("--set", "pairs", multiple=True, metavar="k=v")
@click.option("--secret-env", default=None, metavar="VAR", help="Variable that holds the credential.")
@click.pass_obj
def channel_add(
    run: Run, name: str, slug: str, kind: str, owner: str, deputy: str | None, pairs: Sequence[str], secret_env: str | None
) -> Answer:
    """Connect a place to publish."""
    made = run.desk(setting_up=True).add_channel(
        name=name,
        slug=slug,
        outlet=kind,
        owner=owner,
        deputy=deputy,
        settings=settings_named(pairs),
        secret=secret_from(secret_env),
    )
    data = {"channel": made.slug, "id": made.id, "phase": made.phase, "kind": made.outlet, "settings": made.settings}
    return Answer(data, "cli.channel.add", {"name": made.name, "phase": made.phase})


@channel.command("agree", cls=Verb)
@click.option("--channel", "slug", required=True)
@click.option("--until", default=None, metavar="DATE")
@click.pass_obj
def channel_agree(run: Run, slug: str, until: str | None) -> Answer:
    """The named owner accepts the office and the start agreement."""
    desk = run.desk()
    made = desk.agree(slug, until=until)
    end = made.agreement.until if made.agreement else None
    data = {"channel": made.slug, "owner": desk.myself().email, "until": end}
    return Answer(data, "cli.channel.agree", {"name": made.name, "owner": desk.myself().name, "until": end})


@channel.command("waive", cls=Verb)
@click.option("--channel", "slug", required=True)
@click.option("--until", required=True, metavar="DATE")
@click.option("--reason", required=True)
@click.pass_obj
def channel_waive(run: Run, slug: str, until: str, reason: str) -> Answer:
    """The owner waives four eyes for a sole person."""
    made = run.desk().waive(slug, until=until, reason=reason)
    end = made.waiver.until if made.waiver else None
    return Answer({"channel": made.slug, "until": end}, "cli.channel.waive", {"name": made.name, "until": end})


@channel.command("owner", cls=Verb)
@click.option("--channel", "slug", required=True)
@click.option("--to", "owner", required=True, metavar="EMAIL")
@click.option("--deputy", default=None, metavar="EMAIL")
@click.pass_obj
def channel_owner(run: Run, slug: str, owner: str, deputy: str | None) -> Answer:
    """Name another owner."""
    made = run.desk().change_owner(slug, owner=owner, deputy=deputy)
    return Answer({"channel": made.slug, "owner": owner}, "cli.channel.owner", {"name": made.name, "owner": owner})


@channel.command("secret", cls=Verb)
@click.argument("slug")
@click.option("--secret-env", required=True, metavar="VAR")
@click.pass_obj
def channel_secret(run: Run, slug: str, secret_env: str) -> Answer:
    """Replace a channel's credential."""
    made = run.desk().replace_secret(slug, secret_from(secret_env))
    ending = made.secret.ending if made.secret else ""
    return Answer({"channel": made.slug, "ending": ending}, "cli.channel.secret", {"name": made.name})


@channel.command("set", cls=Verb)
@click.argument("slug")
@click.option("--set", "pairs", multiple=True, required=True, metavar="k=v")
@click.pass_obj
def channel_set(run: Run, slug: str, pairs: Sequence[str]) -> Answer:
    """Change a channel's settings."""
    made = run.desk().change_settings(slug, settings_named(pairs))
    return Answer({"channel": made.slug, "settings": made.settings}, "cli.channel.set", {"name": made.name})


@channel.command("check", cls=Verb)
@click.argument("slug")
@click.pass_obj
def channel_check(run: Run, slug: str) -> Answer:
    """Sign in at the outside system and say who it is."""
    signed = run.desk(setting_up=True).check_channel(slug)
    stopping = [problem for problem in signed.problems if problem.blocks]
    ok = bool(signed.account) and not stopping
    data: dict[str, object] = {"ok": ok, "account": signed.account, "problems": reasons_of(run, signed.problems)}
    if not ok:
        data["error"] = {"code": stopping[0].code, "message": run.say(stopping[0]), "facts": stopping[0].facts}
    lines = [f"- {run.say(problem)}" for problem in signed.problems]
    sentence = "cli.channel.check" if signed.account else ""
    return Answer(data, sentence, {"account": signed.account}, lines=lines, ok=ok)


@channel.command("list", cls=Verb)
@click.pass_obj
def channel_list(run: Run) -> Answer:
    """All channels of the client."""
    states = run.desk(reading=True).channels()
    rows = [
        {
            "slug": one.channel.slug,
            "name": one.channel.name,
            "kind": one.channel.outlet,
            "phase": one.channel.phase,
            "owner": one.owner.email if one.owner else None,
            "deputy": one.deputy.email if one.deputy else None,
            "paused": one.channel.paused is not None,
            "problems": reasons_of(run, one.problems),
        }
        for one in states
    ]
    lines = [
        line
        for one in states
        for line in (
            f"{one.channel.slug:<16} {one.channel.outlet:<10} {one.channel.phase:<10} {one.channel.name}",
            *(f"    - {run.say(problem)}" for problem in one.problems),
        )
    ]
    return Answer({"channels": rows}, lines=lines)


def _stop_or_go(run: Run, slug: str | None, everything: bool, *, stop: bool) -> Answer:
    desk = run.desk()
    if everything:
        (desk.stop_all if stop else desk.go_all)()
    else:
        (desk.pause if stop else desk.resume)(slug)
    scope = "all" if everything else slug or run.client.slug
    still = [one for state in desk.channels() for one in state.problems if isinstance(one, errors.ChannelPaused)]
    lines = [] if stop else [f"- {run.say(one)}" for one in still]
    told = run.say("cli.everything") if everything else scope
    return Answer({"paused": stop, "scope": scope}, "cli.pause" if stop else "cli.resume", {"scope": told}, lines=lines)


@click.command(cls=Verb)
@click.option("--channel", "slug", default=None)
@click.option("--all", "everything", is_flag=True, help="The whole installation.")
@click.pass_obj
def pause(run: Run, slug: str | None, everything: bool) -> Answer:
    """Stop sending: a channel, the client, or everything."""
    return _stop_or_go(run, slug, everything, stop=True)


@click.command(cls=Verb)
@click.option("--channel", "slug", default=None)
@click.option("--all", "everything", is_flag=True, help="The whole installation.")
@click.pass_obj
def resume(run: Run, slug: str | None, everything: bool) -> Answer:
    """Start sending again."""
    return _stop_or_go(run, slug, everything, stop=False)
