"""handover propose, accept, decline, take-back, step-back, take-over, rehearse, waiting."""

from __future__ import annotations

from collections.abc import Sequence

import click

from handover.desk import HandoverDesk
from handover.proposing import Switched
from handover.readiness.wording import condition_name
from pipeline.commands.frame import Answer, Run, Verb
from pipeline.records import Affected, Channel, Phase, Proposal

PHASE = click.Choice([phase.value for phase in Phase])


def handover_desk(run: Run, *, reading: bool = False) -> HandoverDesk:
    """The acting person's desk with the verbs of the handover."""
    desk = run.desk(reading=reading)
    return HandoverDesk(desk.house, desk.ws, desk.me_id, desk.how)


def proposed(run: Run, proposal: Proposal) -> dict[str, object]:
    people = {one.id: one.email for one in handover_desk(run, reading=True).people()}
    answer = proposal.answer
    return {
        "id": proposal.id,
        "from": proposal.before,
        "to": proposal.phase,
        "by": people.get(proposal.by, proposal.by),
        "side": proposal.side,
        "at": proposal.at,
        "reason": proposal.reason,
        "readiness": [one.model_dump(mode="json") for one in proposal.conditions],
        "answer": answer and {**answer.model_dump(mode="json"), "by": people.get(answer.by, answer.by)},
    }


def affected_rows(affected: Sequence[Affected]) -> list[dict[str, object]]:
    return [one.model_dump(mode="json") for one in affected]


def told(run: Run, affected: Sequence[Affected]) -> list[str]:
    """One line per piece that the change of phase touches."""
    names = {True: "handover.kept", False: "handover.judged_anew"}
    return [run.say(names[one.kept], title=one.title, stage=one.stage) for one in affected]


def switched(run: Run, slug: str, done: Switched) -> Answer:
    data = {
        "channel": slug,
        "phase": done.channel.phase,
        "proposal": answered_by(run, done),
        "affected": affected_rows(done.change.affected),
        "unmet": done.change.unmet,
        "reason": done.change.reason,
    }
    facts = {"channel": done.channel.name, "phase": done.channel.phase}
    unmet = [run.say("handover.unmet", names=[condition_name(run.say, code) for code in done.change.unmet])]
    return Answer(
        data, "handover.switched", facts, lines=[*told(run, done.change.affected), *(unmet if done.change.unmet else [])]
    )


def answered_by(run: Run, done: Switched) -> dict[str, object] | None:
    """The proposal that this change of phase was the answer to."""
    if done.change.proposal is None:
        return None
    with handover_desk(run).look() as view:
        return proposed(run, view.find(Proposal, done.change.proposal))


@click.command("propose", cls=Verb)
@click.option("--channel", "slug", required=True)
@click.option("--to", "phase", required=True, type=PHASE)
@click.option("--reason", required=True)
@click.pass_obj
def propose(run: Run, slug: str, phase: str, reason: str) -> Answer:
    """Propose the next phase of a channel; the other side answers."""
    desk, to = handover_desk(run), Phase(phase)
    proposal = desk.propose(slug, to, reason=reason)
    affected = desk.affected(slug, to)
    data = {"channel": slug, "phase": proposal.before, "proposal": proposed(run, proposal), "affected": affected_rows(affected)}
    return Answer(data, "handover.proposed", {"phase": to}, lines=told(run, affected))


@click.command("accept", cls=Verb)
@click.option("--channel", "slug", required=True)
@click.option("--reason", default="", help="Why nevertheless, when conditions are unmet.")
@click.pass_obj
def accept(run: Run, slug: str, reason: str) -> Answer:
    """Accept what the other side proposed: the channel changes its phase at once."""
    return switched(run, slug, handover_desk(run).accept(slug, reason=reason))


@click.command("decline", cls=Verb)
@click.option("--channel", "slug", required=True)
@click.option("--reason", default="")
@click.pass_obj
def decline(run: Run, slug: str, reason: str) -> Answer:
    """Say no to what the other side proposed."""
    return answered(run, slug, handover_desk(run).decline(slug, reason=reason), "handover.declined")


@click.command("take-back", cls=Verb)
@click.option("--channel", "slug", required=True)
@click.pass_obj
def take_back(run: Run, slug: str) -> Answer:
    """Take back what your own side proposed."""
    return answered(run, slug, handover_desk(run).take_back_proposal(slug), "handover.taken_back")


def answered(run: Run, slug: str, proposal: Proposal, sentence: str) -> Answer:
    data = {"channel": slug, "phase": proposal.before, "proposal": proposed(run, proposal), "affected": []}
    return Answer(data, sentence, {"phase": proposal.phase})


@click.command("step-back", cls=Verb)
@click.option("--channel", "slug", required=True)
@click.option("--to", "phase", required=True, type=PHASE)
@click.option("--reason", required=True)
@click.pass_obj
def step_back(run: Run, slug: str, phase: str, reason: str) -> Answer:
    """The channel's owner goes back to an earlier phase, alone and at once."""
    return switched(run, slug, handover_desk(run).step_back(slug, Phase(phase), reason=reason))


@click.command("take-over", cls=Verb)
@click.option("--channel", "slug", required=True)
@click.option("--reason", required=True)
@click.pass_obj
def take_over(run: Run, slug: str, reason: str) -> Answer:
    """The team takes a channel whose consultant is gone."""
    return switched(run, slug, handover_desk(run).take_over(slug, reason=reason))


@click.command("rehearse", cls=Verb)
@click.option("--channel", "slug", required=True)
@click.option("--to", "phase", type=PHASE)
@click.option("--play", is_flag=True, help="Put a rehearsal channel into that phase for practice.")
@click.option("--end", is_flag=True, help="End the practice.")
@click.pass_obj
def rehearse(run: Run, slug: str, phase: str | None, play: bool, end: bool) -> Answer:
    """See a phase in advance: who could do what, what not and why."""
    desk = handover_desk(run, reading=not (play or end))
    if end == (phase is not None) or (play and end):
        raise click.UsageError("either --to PHASE [--play] or --end")
    if end:
        return played(slug, desk.rehearse(slug, None))
    assert phase is not None  # noqa: S101  (checked above)
    if play:
        return played(slug, desk.rehearse(slug, Phase(phase)))
    seen = desk.what_if(slug, Phase(phase))
    emails = {one.id: one.email for one in desk.people()}
    data = {
        "channel": slug,
        "phase": seen.channel.phase,
        "to": seen.phase,
        "places": seen.places.needed,
        "rights": [
            {"action": row.action, "now": [emails[one] for one in row.now], "then": [emails[one] for one in row.then]}
            for row in seen.rights
        ],
        "mine": [
            {"action": row.action, "now": row.now, "then": row.then, "why": run.say(row.why) if row.why else ""}
            for row in seen.mine
        ],
        "affected": affected_rows(seen.affected),
        "window_until": seen.window_until,
    }
    lines = [
        run.say("handover.may" if row.then else "handover.may_not", may=run.say(f"word.Action.{row.action}")) for row in seen.mine
    ]
    return Answer(data, lines=[*lines, *told(run, seen.affected)])


def played(slug: str, channel: Channel) -> Answer:
    data = {"channel": slug, "phase": channel.phase, "playing": channel.play is not None}
    sentence = "handover.playing" if channel.play else "handover.played"
    return Answer(data, sentence, {"channel": channel.name, "phase": channel.phase})


@click.command("waiting", cls=Verb)
@click.pass_obj
def waiting(run: Run) -> Answer:
    """What waits on somebody who is gone or does not answer."""
    found = handover_desk(run).waiting_on_the_gone()
    rows = [
        {"code": one.why.code, "text": run.say(one.why), "channel": one.channel, "piece": one.piece, "brief": one.brief}
        for one in found
    ]
    return Answer({"waiting": rows}, "" if rows else "handover.nothing_waits", lines=[str(row["text"]) for row in rows])
