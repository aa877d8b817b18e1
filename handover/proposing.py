"""The verbs by which a channel changes its phase: proposed by one side, accepted by the other; back by the team's owner alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from handover import phases
from handover.readiness.measuring import readiness_of
from pipeline import errors
from pipeline.desk import words
from pipeline.desk.act import Act, View
from pipeline.desk.people import Errands
from pipeline.desk.who import Action
from pipeline.records import Affected, Answer, Channel, Condition, Person, Phase, PhaseChange, Piece, Play, Proposal, Side, Stage
from pipeline.review.stage import FINISHED

UNFINISHED = tuple(stage for stage in Stage if stage not in FINISHED)
LONGEST_REASON = 2_000


@dataclass(frozen=True)
class Switched:
    """A channel in its new phase, and what became of its pieces."""

    channel: Channel
    change: PhaseChange


class _OnlySupposed(Exception):
    def __init__(self, affected: Sequence[Affected]) -> None:
        super().__init__()
        self.affected = affected


class PhaseVerbs(Errands):
    # -- looking

    def proposal(self, slug: str) -> Proposal | None:
        """The open proposal for a channel."""
        with self.look() as view:
            return open_proposal(view, view.channel_named(slug))

    def phase_changes(self, slug: str | None = None, limit: int = 200) -> list[PhaseChange]:
        """Newest first."""
        with self.look() as view:
            where = {"channel": view.channel_named(slug).id} if slug else {}
            return view.reader.page(PhaseChange, where, order="at", descending=True, limit=limit)

    def affected(self, slug: str, to: Phase) -> list[Affected]:
        """What would become of the channel's pieces that are not over: the switch itself, done and undone."""
        try:
            with self.act() as act:
                channel = act.channel_named(slug)
                if self.me_id is not None:
                    act.require(Action.SEE, channel)
                raise _OnlySupposed(_carry_over(act, channel, to)[1])
        except _OnlySupposed as supposed:
            return list(supposed.affected)

    # -- proposal and answer

    def propose(self, slug: str, to: Phase, *, reason: str) -> Proposal:
        """Raises AlreadyInPhase, PhaseNotNext, ProposalIsOpen, NobodyOnTheSide, OwnerHasLeft, AgreementMissing, FieldMissing."""
        conditions = self._conditions(slug)
        with self.act() as act:
            channel = act.channel_named(slug)
            act.require(Action.PROPOSE, channel)
            self._refuse_switch(act, channel, to)
            if (earlier := open_proposal(act, channel)) is not None:
                raise errors.ProposalIsOpen(channel=channel.name, name=_name(act, earlier.by), at=earlier.at)
            if not any(one.side is not act.me.side and act.allows(one, Action.ACCEPT, channel) for one in act.people.values()):
                raise errors.NobodyOnTheSide(channel=channel.name, side=_other(act.me))
            proposal = Proposal(
                client=self.ws,
                channel=channel.id,
                before=channel.phase,
                phase=to,
                by=act.me.id,
                side=act.me.side,
                at=act.now,
                reason=words.prose("reason", reason, longest=LONGEST_REASON, needed=True),
                conditions=tuple(conditions),
            )
            proposal = act.t.add(proposal)
            act.note("channel.propose", channel.id, proposal=proposal.id, before=channel.phase.value, phase=to.value)
            return proposal

    def accept(self, slug: str, *, reason: str = "", seen: str = "") -> Switched:
        """The other side's yes: the channel is in its new phase when this returns. What is unmet is listed with a reason,
        the proposal's own when none is given.

        seen    id of the proposal that was shown; another one meanwhile is refused (ProposalWasOvertaken)
        Raises  OwnSideProposed, NoProposal, ProposalWas..., ProposerIsOut, OwnerHasLeft, AgreementMissing, NobodyOnTheSide
        """
        conditions = self._conditions(slug)
        with self.act() as act:
            channel = act.channel_named(slug)
            act.require(Action.ACCEPT, channel)
            proposal = self._to_answer(act, channel, seen)
            if not act.allows(act.people[proposal.by], Action.PROPOSE, channel):
                raise errors.ProposerIsOut(channel=channel.name, name=_name(act, proposal.by))
            self._refuse_switch(act, channel, proposal.phase)
            unmet = tuple(one.code for one in conditions if not one.met)
            text = words.prose("reason", reason, longest=LONGEST_REASON) or proposal.reason
            answer = Answer(kind="accepted", by=act.me.id, at=act.now, reason=text, unmet=unmet)
            act.t.put(proposal.model_copy(update={"answer": answer}))
            change = PhaseChange(
                client=self.ws,
                channel=channel.id,
                before=channel.phase,
                phase=proposal.phase,
                how="accepted",
                by=act.me.id,
                at=act.now,
                reason=text,
                proposal=proposal.id,
                unmet=unmet,
            )
            return self._switch(act, channel, change)

    def decline(self, slug: str, *, reason: str = "", seen: str = "") -> Proposal:
        """The other side's no. The channel stays where it is."""
        with self.act() as act:
            channel = act.channel_named(slug)
            act.require(Action.ACCEPT, channel)
            proposal = self._to_answer(act, channel, seen)
            text = words.prose("reason", reason, longest=LONGEST_REASON)
            answer = Answer(kind="declined", by=act.me.id, at=act.now, reason=text)
            act.note("channel.decline", channel.id, proposal=proposal.id)
            return act.t.put(proposal.model_copy(update={"answer": answer}))

    def take_back_proposal(self, slug: str) -> Proposal:
        """By the side that made it."""
        with self.act() as act:
            channel = act.channel_named(slug)
            act.require(Action.PROPOSE, channel)
            proposal = self._open(act, channel, "")
            if proposal.side is not act.me.side:
                raise errors.OtherSideProposed(channel=channel.name, name=_name(act, proposal.by))
            answer = Answer(kind="taken_back", by=act.me.id, at=act.now)
            act.note("channel.take_back", channel.id, proposal=proposal.id)
            return act.t.put(proposal.model_copy(update={"answer": answer}))

    @classmethod
    def _to_answer(cls, act: Act, channel: Channel, seen: str) -> Proposal:
        proposal = cls._open(act, channel, seen)
        if proposal.side is act.me.side:
            raise errors.OwnSideProposed(channel=channel.name, name=_name(act, proposal.by))
        return proposal

    @staticmethod
    def _open(act: Act, channel: Channel, seen: str) -> Proposal:
        proposals = act.t.page(Proposal, {"channel": channel.id}, order="id", descending=True, limit=1)
        names = {one.id: one.name for one in act.people.values()}
        found = phases.refuse_answered(channel, proposals[0] if proposals else None, names)
        if seen and seen != found.id:
            raise errors.ProposalWasOvertaken(channel=channel.name, name=_name(act, found.by), at=found.at)
        return found

    # -- alone

    def step_back(self, slug: str, to: Phase, *, reason: str) -> Switched:
        """The named owner alone, at once. Raises PhaseNotEarlier, WindowIsOver, NobodyOnTheSide."""
        with self.act() as act:
            channel = act.channel_named(slug)
            act.require(Action.STEP_BACK, channel)
            self._refuse_play(channel)
            phases.refuse_step(channel, act.client, to, act.now)
            phases.refuse_missing_consultant(channel, act.people.values(), to)
            return self._switch(act, channel, self._alone(act, channel, to, "stepped_back", reason))

    def take_over(self, slug: str, *, reason: str) -> Switched:
        """The team's owner alone, when the consultant's side has nobody left who could accept anything.
        Raises ConsultantIsThere, OwnerHasLeft, AgreementMissing."""
        with self.act() as act:
            channel = act.channel_named(slug)
            act.require(Action.TAKE_OVER, channel)
            self._refuse_play(channel)
            if there := phases.consultants_in_charge(act.people.values()):
                raise errors.ConsultantIsThere(channel=channel.name, name=there[0].name)
            phases.refuse_unready_owner(channel, act.people.get(channel.owner), Phase.ABGEBEN)
            return self._switch(act, channel, self._alone(act, channel, Phase.ABGEBEN, "taken_over", reason))

    def rehearse(self, slug: str, to: Phase | None) -> Channel:
        """Play a phase in advance on a rehearsal channel, where nothing becomes public; None: back to the real one.
        Raises OnlyOnRehearsal, NothingRehearsed."""
        with self.act() as act:
            channel = act.channel_named(slug)
            act.require(Action.REHEARSE, channel)
            if not channel.is_rehearsal:
                raise errors.OnlyOnRehearsal(channel=channel.name)
            play = channel.play or Play(before=channel.phase, since=channel.phase_since, by=act.me.id, at=act.now)
            if to is None and channel.play is None:
                raise errors.NothingRehearsed(channel=channel.name)
            if to is None:
                changes = {"phase": play.before, "phase_since": play.since, "play": None}
            else:
                changes = {"phase": to, "phase_since": act.now, "play": play}
            after = act.t.put(channel.model_copy(update=changes))
            act.note("channel.rehearse", channel.id, phase=after.phase.value, playing=after.play is not None)
            act.resettle(after)
            return after

    @staticmethod
    def _alone(act: Act, channel: Channel, to: Phase, how: str, reason: str) -> PhaseChange:
        return PhaseChange.model_validate(
            {
                "client": channel.client,
                "channel": channel.id,
                "before": channel.phase,
                "phase": to,
                "how": how,
                "by": act.me.id,
                "at": act.now,
                "reason": words.prose("reason", reason, longest=LONGEST_REASON, needed=True),
            }
        )

    # -- the switch

    def _conditions(self, slug: str) -> list[Condition]:
        """Measured before the unit of work begins: nobody waits for it, and it is a snapshot anyway."""
        with self.look() as view:
            return [one.condition for one in readiness_of(view, view.channel_named(slug))]

    @classmethod
    def _refuse_switch(cls, act: Act, channel: Channel, to: Phase) -> None:
        cls._refuse_play(channel)
        phases.refuse_jump(channel, to)
        phases.refuse_unready_owner(channel, act.people.get(channel.owner), to)
        phases.refuse_missing_consultant(channel, act.people.values(), to)

    @staticmethod
    def _refuse_play(channel: Channel) -> None:
        if channel.play is not None:
            raise errors.ChannelRehearses(channel=channel.name, phase=channel.phase)

    def _switch(self, act: Act, channel: Channel, change: PhaseChange) -> Switched:
        """Phase, pieces, outbox and audit entry in one unit of work. An open proposal is overtaken by it."""
        still_open = open_proposal(act, channel)
        if still_open is not None:
            answer = Answer(kind="overtaken", by=act.me.id, at=act.now)
            act.t.put(still_open.model_copy(update={"answer": answer}))
        after, affected = _carry_over(act, channel, change.phase)
        change = act.t.add(change.model_copy(update={"affected": tuple(affected)}))
        details: dict[str, object] = {"before": change.before.value, "phase": change.phase.value, "change": change.id}
        if change.proposal:
            details |= {"proposal": change.proposal, "unmet": list(change.unmet)}
        acts = {"accepted": "channel.accept", "stepped_back": "channel.step_back", "taken_over": "channel.take_over"}
        act.note(acts[change.how], channel.id, **details)
        return Switched(after, change)


def _carry_over(act: Act, channel: Channel, to: Phase) -> tuple[Channel, list[Affected]]:
    """The channel in its new phase, and its pieces with what it makes of them."""
    pieces = act.t.page(Piece, {"channel": channel.id, "stage": UNFINISHED}, limit=1_000_000)
    kept = {piece.id: phases.also_after(act.situation(piece), act.now) for piece in pieces}
    after = act.t.put(channel.model_copy(update={"phase": to, "phase_since": act.now}))
    act.channels = [after if one.id == after.id else one for one in act.channels]
    affected = []
    for piece in pieces:
        settled = act.settle(piece.model_copy(update={"also": kept[piece.id]}), by_time=True)
        affected.append(phases.affected(piece, settled, act.situation(settled), act.now))
    return after, affected


def open_proposal(view: View, channel: Channel) -> Proposal | None:
    found = view.reader.page(Proposal, {"channel": channel.id, "answered_at": None}, limit=1)
    return found[0] if found else None


def _name(act: Act, person: str) -> str:
    return act.people[person].name if person in act.people else "?"


def _other(person: Person) -> Side:
    return Side.TEAM if person.side is Side.CONSULTANT else Side.CONSULTANT
