"""One person's word on exactly the text that was on their screen."""

from __future__ import annotations

import re
from dataclasses import replace

from pipeline import errors
from pipeline.desk import words
from pipeline.desk.act import Act, View
from pipeline.desk.people import Errands
from pipeline.desk.who import Action, Spoken
from pipeline.errors import Refusal
from pipeline.records import Channel, Decision, Mark, Piece, Stage, Verdict
from pipeline.review.fingerprint import sha256_of
from pipeline.review.gate import Situation, standing_word, uploaders, valid_until

LEAST_EMERGENCY_REASON = 20
WHOLE_HASH = re.compile(r"[0-9a-f]{64}")
OPEN_FOR_DECISION = (Stage.REVIEW, Stage.APPROVED, Stage.SCHEDULED, Stage.MISSED)
NEEDS_COMMENT = (Verdict.REQUEST_CHANGES, Verdict.REJECT)


class ReviewVerbs(Errands):
    def decide(self, piece_id: str, *, seen: str, verdict: Verdict, comment: str = "") -> Decision:
        """A decision on the content hash `seen`, binding or shadow as the table of rights says.

        The same word once more is the same decision. Raises ApprovalIsStale (nothing is stored), OwnWork, NotInReview,
        CommentNeeded, ReasonTooShort, NotAllowed, OnItsWay, PieceIsOver.
        """
        with self.act() as act:
            piece = act.find(Piece, piece_id)
            channel = act.find(Channel, piece.channel)
            situation = act.situation(piece)
            text = words.prose("comment", comment)
            if verdict in (Verdict.HOLD, Verdict.RELEASE):
                return self._hold_or_release(act, situation, verdict, text)
            spoken = self._spoken(act, channel, verdict)
            self._refuse_unless_open(piece)
            if not WHOLE_HASH.fullmatch(seen):
                raise errors.FieldInvalid(field="hash", value=seen[:80])
            if seen != situation.hash:
                raise errors.ApprovalIsStale(seen=seen[:8], newest=situation.hash[:8], revision=piece.revision)
            self._refuse_wordless(verdict, text)
            if verdict.is_yes and text:
                verdict = Verdict.APPROVE_WITH_NOTE
            self._refuse_own_work(act, situation, verdict, spoken)
            if (again := self._said_already(act, situation, verdict, text, spoken)) is not None:
                return again
            decision = self._sign(act, situation, verdict, text, spoken)
            changes: dict[str, object] = {}
            if decision.binding and verdict is Verdict.REQUEST_CHANGES:
                changes["submitted"] = None  # back to the authors
            known = replace(situation, decisions=(*situation.decisions, decision))
            act.settle(piece.model_copy(update=changes), known=known)
            return decision

    def objection(self, piece_id: str) -> Refusal | None:
        """Why this person's approval would be refused now; None: it would be taken."""
        with self.look() as view:
            piece = view.find(Piece, piece_id)
            situation = view.situation(piece)
            try:
                spoken = self._spoken(view, situation.channel, Verdict.APPROVE)
                self._refuse_unless_open(piece)
                self._refuse_own_work(view, situation, Verdict.APPROVE, spoken)
            except Refusal as refused:
                return refused
            return None

    @staticmethod
    def _spoken(view: View, channel: Channel, verdict: Verdict) -> Spoken:
        if verdict is Verdict.EMERGENCY:
            view.require(Action.EMERGENCY, channel)
            return Spoken("binding")
        spoken = view.voice(channel)
        if spoken is None:
            raise errors.NotAllowed(action="decide", name=view.me.name, channel=channel.name, phase=channel.phase)
        return spoken

    @staticmethod
    def _refuse_unless_open(piece: Piece) -> None:
        if piece.stage in OPEN_FOR_DECISION:
            return
        refusal: Refusal = errors.NotInReview(title=piece.title, stage=piece.stage)
        if piece.stage is Stage.PUBLISHING:
            refusal = errors.OnItsWay(title=piece.title)
        elif piece.stage in (Stage.PUBLISHED, Stage.WITHDRAWN, Stage.REJECTED):
            refusal = errors.PieceIsOver(title=piece.title, stage=piece.stage)
        raise refusal

    @staticmethod
    def _refuse_wordless(verdict: Verdict, text: str) -> None:
        if verdict in NEEDS_COMMENT and not text:
            raise errors.CommentNeeded()
        if verdict is Verdict.EMERGENCY and len(text) < LEAST_EMERGENCY_REASON:
            raise errors.ReasonTooShort(least=LEAST_EMERGENCY_REASON, length=len(text))

    @staticmethod
    def _refuse_own_work(view: View, situation: Situation, verdict: Verdict, spoken: Spoken) -> None:
        waiver = situation.channel.waiver
        waived = waiver is not None and view.now < waiver.until
        if not verdict.is_yes or spoken.voice == "shadow" or view.me.side in situation.places.own_work or waived:
            return
        if view.me.id in uploaders(situation):
            raise errors.OwnWork(name=view.me.name, title=situation.piece.title)

    @staticmethod
    def _said_already(act: Act, situation: Situation, verdict: Verdict, text: str, spoken: Spoken) -> Decision | None:
        mine = [one for one in situation.decisions if one.person == act.me.id and one.hash == situation.hash]
        mine = [one for one in mine if one.verdict not in (Verdict.HOLD, Verdict.RELEASE)]
        now = (verdict, text, spoken.voice == "binding")
        if not mine or (mine[-1].verdict, mine[-1].comment, mine[-1].binding) != now:
            return None
        standing = mine[-1] in standing_word(situation) or not mine[-1].binding
        return mine[-1] if standing and act.now < valid_until(mine[-1], situation) else None

    def _sign(self, act: Act, situation: Situation, verdict: Verdict, text: str, spoken: Spoken) -> Decision:
        decision = Decision(
            client=self.ws,
            piece=situation.piece.id,
            channel=situation.channel.id,
            revision=situation.piece.revision,
            hash=situation.hash,
            person=act.me.id,
            side=act.me.side,
            on_behalf_of=spoken.on_behalf_of.id if spoken.on_behalf_of else None,
            verdict=verdict,
            comment=text,
            binding=spoken.voice == "binding",
            phase=situation.channel.phase,
            policy=situation.client.policy.number,
            how=act.how,
            at=act.now,
        )
        decision = act.t.add(decision)
        digest = sha256_of(decision.model_dump(mode="json"))
        stood_in = {"for": decision.on_behalf_of} if decision.on_behalf_of else {}
        act.note(
            f"decide.{verdict.value}",
            decision.piece,
            decision=decision.id,
            hash=decision.hash,
            signed=digest,
            binding=decision.binding,
            **stood_in,
        )
        return decision

    def _hold_or_release(self, act: Act, situation: Situation, verdict: Verdict, text: str) -> Decision:
        """A hold needs no reason and beats every approval; the same side or the channel's owner lifts it. Who lifts the own
        side's hold leaves the other side's."""
        piece, channel = situation.piece, situation.channel
        act.require(Action.HOLD, channel)
        if piece.stage is Stage.PUBLISHING:
            raise errors.OnItsWay(title=piece.title)
        if piece.stage in (Stage.PUBLISHED, Stage.WITHDRAWN, Stage.REJECTED):
            raise errors.PieceIsOver(title=piece.title, stage=piece.stage)
        held: Mark | None
        if verdict is Verdict.HOLD:
            mine = [one for one in self._holds(situation) if one.person == act.me.id]
            if mine:
                return mine[-1]
            held = piece.held or Mark(by=act.me.id, at=act.now, reason=text)
        else:
            self._refuse_foreign_release(act, situation)
            held = self._still_held(act, situation)
        decision = self._sign(act, situation, verdict, text, Spoken("binding"))
        act.settle(piece.model_copy(update={"held": held}))
        return decision

    @staticmethod
    def _holds(situation: Situation) -> list[Decision]:
        """Who holds the piece now: everybody who said so since it has been held, but for those whose side lifted it again."""
        held = situation.piece.held
        standing: dict[str, Decision] = {}
        for one in situation.decisions if held else ():
            if held and one.at < held.at:
                continue
            if one.verdict is Verdict.HOLD:
                standing[one.person] = one
            elif one.verdict is Verdict.RELEASE:
                standing = {person: hold for person, hold in standing.items() if hold.side is not one.side}
        return list(standing.values())

    def _refuse_foreign_release(self, act: Act, situation: Situation) -> None:
        if situation.piece.held is None:
            raise errors.NothingToLift(title=situation.piece.title)
        ours = any(one.side is act.me.side for one in self._holds(situation))
        if not ours and situation.channel.owner != act.me.id:
            raise errors.HoldIsOthers(name=situation.name_of(situation.piece.held.by))

    def _still_held(self, act: Act, situation: Situation) -> Mark | None:
        """What is left when this person lifts their side's hold; the channel's owner lifts all."""
        if situation.channel.owner == act.me.id:
            return None
        for one in self._holds(situation):
            if one.side is not act.me.side:
                return Mark(by=one.person, at=one.at, reason=one.comment)
        return None
