"""handover status, share, policy; piece correct."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date

import click

from handover.commands.phases import handover_desk, proposed
from handover.readiness.ledger import KINDS
from handover.readiness.measuring import Readiness, Share
from handover.readiness.share import MonthShare
from handover.readiness.wording import condition_line, condition_state, month_named, readiness_sentence, share_sentence
from pipeline.commands.channels import settings_named
from pipeline.commands.frame import Answer, Run, Verb
from pipeline.records import ReadinessPolicy, Side

# -- status


@click.command("status", cls=Verb)
@click.option("--channel", "slug", default=None)
@click.pass_obj
def status(run: Run, slug: str | None) -> Answer:
    """Where each channel stands on its way: phase, owner, what is measured, what is proposed."""
    desk = handover_desk(run, reading=True)
    found = [desk.readiness(slug)] if slug else desk.standing_of_all()
    lines = [line for one in found for line in status_lines(run, one)]
    rows = [status_row(run, one) for one in found]
    return Answer({**(rows[0] if slug else {}), "channels": rows}, lines=lines)


def status_row(run: Run, one: Readiness) -> dict[str, object]:
    return {
        "channel": one.channel.slug,
        "phase": one.phase,
        "next": one.next,
        "owner": one.owner.email if one.owner else None,
        "deputy": one.deputy.email if one.deputy else None,
        "readiness": [{**measured.condition.model_dump(mode="json"), "pieces": measured.pieces} for measured in one.measured],
        "met": one.met,
        "asked": one.asked,
        "missing": one.missing,
        "proposal": proposed(run, one.proposal) if one.proposal else None,
        "sentence": readiness_sentence(run.say, one),
    }


def status_lines(run: Run, one: Readiness) -> Iterable[str]:
    owner, deputy = (person.name if person else "–" for person in (one.owner, one.deputy))
    yield run.say("readiness.channel", channel=one.channel.name, phase=one.phase, owner=owner, deputy=deputy)
    yield f"  {readiness_sentence(run.say, one)}"
    if one.proposal:
        yield f"  {run.say('readiness.proposed', at=one.proposal.at, phase=one.proposal.phase)}"
    for measured in one.measured:
        yield f"    {condition_state(run.say, measured.condition):<20} {condition_line(run.say, measured.condition)}"


# -- share


@click.command("share", cls=Verb)
@click.option("--months", type=int, default=24, show_default=True)
@click.pass_obj
def share(run: Run, months: int) -> Answer:
    """Who does how much: words written, decisions, publications, connections, by month and channel."""
    found = handover_desk(run, reading=True).share(months)
    rows = list(by_channel(found))
    team = found.team
    data = {
        "months": [share_row(found, month, channel, done) for month, channel, done in rows],
        "since": team.since and f"{team.since:%Y-%m}",
        "share": team.share,
        "sentence": share_sentence(run.say, team),
    }
    lines = [share_line(run, found, month, channel, done) for month, channel, done in rows]
    return Answer(data, lines=[share_sentence(run.say, team), *lines])


def by_channel(found: Share) -> Iterable[tuple[date, str, Sequence[MonthShare]]]:
    """The rows of one month and channel together; channels by their short names."""
    of: dict[tuple[date, str], list[MonthShare]] = {}
    for row in found.months:
        channel = found.channels.get(row.channel)
        of.setdefault((row.month, channel.slug if channel else row.channel), []).append(row)
    return [(month, channel, rows) for (month, channel), rows in sorted(of.items())]


def of_sides(rows: Sequence[MonthShare]) -> Mapping[str, Mapping[str, int]]:
    """Kind of work -> side -> how much."""
    sums = {kind: Counter[str]() for kind in KINDS}
    for row in rows:
        for kind in KINDS:
            sums[kind][row.side.value] += getattr(row, kind)
    return {kind: {side.value: done[side.value] for side in Side} for kind, done in sums.items()}


def share_row(found: Share, month: date, channel: str, rows: Sequence[MonthShare]) -> dict[str, object]:
    people = [
        {
            "person": found.people[row.person].email if row.person in found.people else row.person,
            "side": row.side,
            **{kind: getattr(row, kind) for kind in KINDS},
        }
        for row in rows
    ]
    return {"month": f"{month:%Y-%m}", "channel": channel, **of_sides(rows), "people": people}


def share_line(run: Run, found: Share, month: date, channel: str, rows: Sequence[MonthShare]) -> str:
    told = {kind: run.say("share.sides", **done) for kind, done in of_sides(rows).items()}
    name = next((one.name for one in found.channels.values() if one.slug == channel), channel)
    return run.say("share.row", month=month_named(run.say, month), channel=name, **told)


# -- policy, corrections


@click.command("policy", cls=Verb)
@click.option("--set", "pairs", multiple=True, metavar="k=v", help="left_out: codes, apart by commas.")
@click.pass_obj
def policy(run: Run, pairs: Sequence[str]) -> Answer:
    """From when on a channel counts as ready: show or change it."""
    if pairs:
        client = handover_desk(run).change_readiness_policy(**policy_values(pairs))
        run.client_slug = client.slug
        return Answer(
            policy_row(client.policy.number, client.policy.readiness), "readiness.policy", {"number": client.policy.number}
        )
    held = run.desk(reading=True).client().policy
    lines = [f"{name:<16} {value}" for name, value in _plainly(held.readiness).items()]
    return Answer(policy_row(held.number, held.readiness), lines=lines)


def policy_row(number: int, readiness: ReadinessPolicy) -> dict[str, object]:
    return {"number": number, "policy": readiness.model_dump(mode="json")}


def policy_values(pairs: Sequence[str]) -> dict[str, object]:
    """Raises FieldInvalid."""
    values: dict[str, object] = dict(settings_named(pairs))
    if "left_out" in values:
        values["left_out"] = frozenset(code.strip() for code in str(values["left_out"]).split(",") if code.strip())
    return values


def _plainly(readiness: ReadinessPolicy) -> dict[str, object]:
    shown = readiness.model_dump(mode="json")
    return {**shown, "left_out": ", ".join(shown["left_out"]) or "–"}


@click.command("correct", cls=Verb)
@click.argument("piece_id", metavar="PIECE")
@click.option("--reason", required=True)
@click.pass_obj
def correct(run: Run, piece_id: str, reason: str) -> Answer:
    """Note that what is public had to be corrected."""
    piece = handover_desk(run).note_correction(piece_id, reason=reason)
    return Answer(
        {"piece": piece.id, "corrected": piece.corrected and piece.corrected.at}, "readiness.corrected", {"title": piece.title}
    )
