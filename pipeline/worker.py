"""The worker: takes what is due from the outbox, asks the gate once more, talks to the channel, writes what happened.

A process of its own (`staffelstab worker`, or started by `serve`). Before each remote step its intent is on disk; every
write to the row is refused when another worker has claimed it meanwhile (epoch). A killed worker's rows are taken up by
the next one: repeatable steps are repeated, the single call of a one-shot channel is not.
"""

from __future__ import annotations

import logging
import random
import secrets
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from filelock import FileLock, Timeout

from pipeline import errors
from pipeline.desk.act import Act, acting, looking, settle_converted, settle_overdue
from pipeline.desk.credentials import connection_to
from pipeline.desk.house import House
from pipeline.errors import Refusal, WorkerIsRunning
from pipeline.publish.channels.port import Connection, Delivery, Live, Outlet, Rendered
from pipeline.publish.protocol import (
    DELIVERY_STEP,
    LEASE,
    QUIET_TIME,
    RETRY,
    after,
    begun,
    delivery_begun,
    interrupted_create,
    is_free,
    late_at,
    told,
    unclear_from,
)
from pipeline.records import Channel, ImageRef, Intent, Media, Orphan, Piece, Publication, PublicationState, RemoteImage
from pipeline.review.fingerprint import sha256_of
from pipeline.review.gate import WAITING, Situation, may_publish

log = logging.getLogger("staffelstab.worker")

ACTOR = "worker"
LOCK = "publisher.lock"
LOCK_PATIENCE_SECONDS = 0.5
"""Longer than `is_running` holds it."""
POLL_SECONDS = 2.0
AT_ONCE = 4
OF_THE_STORE = (
    errors.StoreIsBusy,
    errors.StoreIsFull,
    errors.StoreIsReadOnly,
    errors.StoreIsDamaged,
    errors.SomebodyElseSaved,
)
"""Said nothing about the outside system: the row stays as it is, and the next round goes on from its intent."""


class Fenced(Exception):
    """Another worker has claimed the row since: whatever we hold is void."""


@dataclass
class Round:
    """What one round did, by piece id."""

    confirmed: list[dict[str, str]] = field(default_factory=list)
    failed: list[dict[str, str]] = field(default_factory=list)
    attention: list[dict[str, str]] = field(default_factory=list)
    waiting: list[dict[str, str]] = field(default_factory=list)

    def add(self, row: Publication, channel: Channel) -> None:
        lists = {
            PublicationState.CONFIRMED: self.confirmed,
            PublicationState.FAILED: self.failed,
            PublicationState.ATTENTION: self.attention,
        }
        entry = {"piece": row.piece, "channel": channel.slug, "state": row.state.value, "url": row.url, "reason": row.reason}
        lists.get(row.state, self.waiting).append(entry)


class Worker:
    """`chance` gives the jitter between tries, 0.0 to 1.0."""

    def __init__(self, house: House, *, chance: Callable[[], float] = random.random) -> None:
        self.house, self.chance = house, chance
        self.name = secrets.token_hex(8)
        self._report = threading.Lock()

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Hold the installation's worker lock. Raises WorkerIsRunning. Whoever held it before is dead, so are their leases."""
        lock = FileLock(self.house.settings.store / LOCK, mode=0o600)
        try:
            lock.acquire(timeout=LOCK_PATIENCE_SECONDS)
        except Timeout:
            raise WorkerIsRunning() from None
        try:
            self._take_over_strays()
            settle_converted(self.house)
            yield
        finally:
            lock.release()

    def _take_over_strays(self) -> None:
        under_way = tuple(state for state in PublicationState if state.is_on_its_way and state is not PublicationState.UNKNOWN)
        for ws, row in self.house.store.everywhere(Publication, {"state": under_way}):
            with self.house.store.tx(ws) as t:
                t.put(row.model_copy(update={"lease_until": None, "next_try_at": self.house.now()}))

    def run(self, stop: threading.Event) -> None:
        while not stop.is_set():
            try:
                self.round()
            except Refusal as refusal:
                log.warning("round not done: %s", refusal.code)
            except Exception:  # a mistake of ours must not end the sending for all clients
                log.exception("round not done")
            stop.wait(POLL_SECONDS)

    def round(self) -> Round:
        """Everything due now, four channels at once, one piece after the other on each."""
        settle_overdue(self.house)
        report = Round()
        by_channel: dict[tuple[str, str], list[str]] = defaultdict(list)
        for ws, publication in self.house.store.due(self.house.now()):
            with self.house.store.read(ws) as reader:
                row = reader.get(Publication, publication)
            if row is not None:
                by_channel[ws, row.channel].append(publication)
        if len(by_channel) == 1:
            ((ws, _), publications) = by_channel.popitem()
            self._on_channel(ws, publications, report)
        elif by_channel:
            with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="channel") as pool:
                work = [pool.submit(self._on_channel, ws, rows, report) for (ws, _), rows in by_channel.items()]
            for done in work:
                done.result()
        return report

    def _on_channel(self, ws: str, publications: list[str], report: Round) -> None:
        for publication in publications:
            errand = Errand(self, ws, publication)
            errand.do()
            with looking(self.house, ws, me=None) as view:
                row = view.find(Publication, publication)
                channel = view.find(Channel, row.channel)
            with self._report:
                report.add(row, channel)


def is_running(store: Path) -> bool:
    """Whether some process holds the worker's lock of the store in that folder; asks by taking it for an instant."""
    if not store.is_dir():
        return False
    lock = FileLock(store / LOCK, mode=0o600)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        return True
    lock.release()
    return False


class Errand:
    """One publication on its way out."""

    def __init__(self, worker: Worker, ws: str, publication: str) -> None:
        self.worker, self.house, self.ws, self.id = worker, worker.house, ws, publication
        self.epoch = 0
        self.channel_name = ""
        self.late_minutes = 0
        self.may_repeat = True

    def do(self) -> None:
        """Whatever happens concerns this row only. What the store would not take down stays as the row says it: the intent."""
        try:
            if self._try() is PublicationState.UNKNOWN:
                self._look_up()
        except Fenced:
            return
        except Refusal as refusal:
            log.warning("publication %s: %s", self.id, refusal.code)
        except Exception:
            log.exception("publication %s", self.id)

    def _try(self) -> PublicationState | None:
        """What became of the row where the outside system or a mistake refused."""
        try:
            self._prepare()
            if self.channel.off and self.row.state.is_on_its_way:
                return None  # begun where the pack was made: whoever connects the channel here is asked
            if self._is_interrupted():
                self._look_up()
            else:
                self._send()
        except (Fenced, *OF_THE_STORE):
            raise
        except Refusal as refusal:
            return self._refused(refusal)
        except Exception as mistake:
            log.exception("publication %s", self.id)
            return self._refused(errors.ChannelSilent(channel=self.channel_name, reason=type(mistake).__name__))
        return None

    def _prepare(self) -> None:
        """Read and convert before anything is claimed: converting takes time and no lock."""
        with looking(self.house, self.ws, me=None) as view:
            self.row = row = view.find(Publication, self.id)
            self.epoch = row.epoch
            piece = view.find(Piece, row.piece)
            self.channel = view.find(Channel, row.channel)
            self.channel_name = self.channel.name
            self.outlet: Outlet = view.outlet(self.channel)
            self.late_minutes = self.outlet.late_minutes
            self.content = view.revision_of(piece).content
            self.hash = view.hash_of(self.content, self.channel)
            self.place = view.place(self.channel)
        self.rendered: Rendered = self.outlet.render(self.content, self.place)
        self.payload_hash = sha256_of(self.rendered.payload)

    def _is_interrupted(self) -> bool:
        return self.row.state is PublicationState.UNKNOWN or interrupted_create(self.row, self.outlet.delivery)

    # -- sending

    def _send(self) -> None:
        images = self._images_to_send()
        direct = self.outlet.delivery is not Delivery.FLIP and not images
        connection = self._claim(final=direct)
        if connection is None:
            return
        media = self._upload(connection, images)
        if self.outlet.delivery is Delivery.FLIP:
            self._draft_and_compare(connection, media)
        if not direct and not self._final_gate():
            return
        self.may_repeat = self.outlet.delivery is not Delivery.ONE_SHOT
        self._refuse_when_slept()
        if self.outlet.delivery is Delivery.FLIP:
            live = connection.flip(self.row.draft_id)
        else:
            live = connection.put(self.rendered, media, self.row.marker)
        self._confirm(live)

    def _images_to_send(self) -> list[ImageRef]:
        if not self.outlet.sends_images:
            return []
        with self.house.store.read(self.ws) as reader:
            return [image for image in self.rendered.images if reader.get(Media, self._media_id(image.sha256)) is None]

    def _media_id(self, sha256: str) -> str:
        """An upload belongs to the account it was made for."""
        account = sha256_of(self.outlet.address(self.channel.settings))[:12]
        return f"{self.channel.id}:{account}:{sha256}"

    def _claim(self, *, final: bool) -> Connection | None:
        """Take the row if the gate is open. With `final` the one delivering call follows, and its intent is written."""
        with acting(self.house, self.ws, me=None, actor=ACTOR) as act:
            row = act.find(Publication, self.id)
            if not is_free(row, worker=self.worker.name, now=act.now):
                raise Fenced
            situation = self._passed_gate(act, row)
            if situation is None:
                return None
            connection = connection_to(act, self.channel)
            intent = begun("create", now=act.now, payload_hash=self.payload_hash) if final else row.intent
            self.epoch = row.epoch + 1
            changes = {
                "state": PublicationState.SENDING if final else PublicationState.CLAIMED,
                "epoch": self.epoch,
                "owner": self.worker.name,
                "tries": row.tries + 1,
                "payload_hash": self.payload_hash,
                "intent": intent,
                "unclear_since": unclear_from(None, row),
            }
            self.row = self._put(act, row, changes)
            act.settle(situation.piece, known=replace(situation, publication=self.row))
            if final:
                act.note("publication.send", row.piece, publication=row.id, epoch=self.epoch, payload=self.payload_hash)
        return connection

    def _passed_gate(self, act: Act, row: Publication) -> Situation | None:
        """The last question, in the transaction that begins to send. None: it is closed, and the row says what follows."""
        piece = act.find(Piece, row.piece)
        situation = act.situation(piece)
        reasons = may_publish(situation, act.now)
        if situation.hash != row.hash or situation.hash != self.hash:
            reasons = [errors.DisplayChanged(), *reasons]
        late = act.now > late_at(row, act.client, outlet_minutes=self.late_minutes)
        if not reasons and not late:
            return situation
        if row.unclear_since or delivery_begun(row):
            self._to_attention(act, row, piece, errors.OutcomeUnknown(channel=self.channel.name))
        elif late:
            self._to_attention(act, row, piece, errors.TooLate(due=row.due.utc))
        elif all(isinstance(reason, WAITING) for reason in reasons):
            self._wait(act, row, reasons[0])
        else:
            self._to_attention(act, row, piece, reasons[0])
        return None

    def _wait(self, act: Act, row: Publication, reason: Refusal) -> None:
        """Stays in the outbox; the reason is shown with it."""
        if row.state is not PublicationState.PLANNED or row.reason != reason.code:
            act.t.put(row.model_copy(update={"state": PublicationState.PLANNED, "reason": reason.code, "facts": told(reason)}))
            act.settle(act.find(Piece, row.piece))

    def _to_attention(self, act: Act, row: Publication, piece: Piece, reason: Refusal) -> None:
        changes = {"state": PublicationState.ATTENTION, "reason": reason.code, "facts": told(reason)}
        act.t.put(row.model_copy(update=changes))
        act.settle(piece)
        act.note("publication.attention", piece.id, publication=row.id, reason=reason.code)

    def _upload(self, connection: Connection, images: list[ImageRef]) -> Mapping[str, RemoteImage]:
        """Each image once per channel, for ever."""
        for image in images:
            self._write({"state": PublicationState.PREPARING, "intent": self._intent("media")})
            self._refuse_when_slept()
            sent = connection.send_image(image)
            with self._fenced() as (act, row):
                known = act.t.get(Media, self._media_id(image.sha256))
                if known is None:
                    act.t.add(
                        Media(id=self._media_id(image.sha256), client=self.ws, channel=self.channel.id, image=sent, at=act.now)
                    )
                self.row = self._put(act, row, {})
        return self._known_media()

    def _draft_and_compare(self, connection: Connection, media: Mapping[str, RemoteImage]) -> None:
        if not self.row.draft_id:
            self._write({"state": PublicationState.PREPARING, "intent": self._intent("draft")})
            self._refuse_when_slept()
            draft_id = connection.make_draft(self.rendered, media, self.row.marker)
            self._keep_draft_id(draft_id)
        differences = connection.compare(self.row.draft_id, self.rendered, media)
        if differences:
            raise errors.ArrivedDifferent(channel=self.channel.name, fields=", ".join(differences))

    def _keep_draft_id(self, draft_id: str) -> None:
        try:
            self._write({"draft_id": draft_id})
        except Fenced:
            with self.house.store.tx(self.ws) as t:
                t.add(
                    Orphan(client=self.ws, channel=self.channel.id, publication=self.id, remote_id=draft_id, at=self.house.now())
                )
            raise

    def _final_gate(self) -> bool:
        with self._fenced() as (act, row):
            if self._passed_gate(act, row) is None:
                return False
            step = DELIVERY_STEP[self.outlet.delivery]
            changes = {"state": PublicationState.SENDING, "intent": begun(step, now=act.now, payload_hash=self.payload_hash)}
            self.row = self._put(act, row, changes)
            act.note("publication.send", row.piece, publication=row.id, epoch=self.epoch, payload=self.payload_hash)
        return True

    def _refuse_when_slept(self) -> None:
        """A machine that was suspended between intent and call must not send hours later."""
        if self.row.intent and self.house.now() > self.row.intent.deadline:
            raise errors.ChannelUnreachable(channel=self.channel.name, reason="deadline")

    # -- what came of it

    def _confirm(self, live: Live) -> None:
        with self._fenced() as (act, row):
            changes = {
                "state": PublicationState.CONFIRMED,
                "remote_id": live.remote_id,
                "url": live.url,
                "confirmed_at": act.now,
                "reason": "",
                "facts": {},
                "last_error": "",
            }
            act.t.put(row.model_copy(update=changes))
            act.settle(act.find(Piece, row.piece))
            act.note("publication.confirm", row.piece, publication=row.id, remote_id=live.remote_id, payload=self.payload_hash)

    def _refused(self, refusal: Refusal) -> PublicationState | None:
        if isinstance(refusal, errors.DuplicatePost) and self.row.sent_again_by and refusal.facts.get("urn"):
            urn = str(refusal.facts["urn"])
            self._confirm(Live(urn, f"https://www.linkedin.com/feed/update/{urn}/"))
            return None
        with self._fenced() as (act, row):
            end = late_at(row, act.client, outlet_minutes=self.late_minutes)
            verdict = after(refusal, row, may_repeat=self.may_repeat, late_at=end, now=act.now, chance=self.worker.chance)
            unclear = unclear_from(refusal, row)
            nothing_sent = isinstance(refusal, RETRY) and unclear is None
            changes = {
                "state": verdict.state,
                "reason": verdict.refusal.code,
                "facts": told(verdict.refusal),
                "next_try_at": verdict.next_try_at,
                "lease_until": None,
                "last_error": f"{refusal.code}: {refusal.facts.get('reason', '')}"[:500],
                "intent": None if nothing_sent else row.intent,
                "unclear_since": unclear,
            }
            act.t.put(row.model_copy(update=changes))
            act.settle(act.find(Piece, row.piece))
            act.note("publication.trouble", row.piece, publication=row.id, state=verdict.state.value, reason=verdict.refusal.code)
        return verdict.state

    def _look_up(self) -> None:
        """The one call may have arrived. Found: confirmed. Not found after the quiet time, or not allowed to look: a person."""
        with acting(self.house, self.ws, me=None, actor=ACTOR) as act:
            row = act.find(Publication, self.id)
            if row.epoch != self.epoch:
                return
            quiet_from = (row.intent.deadline if row.intent else act.now) + QUIET_TIME
            is_quiet = act.now >= quiet_from
            self.epoch = row.epoch + 1
            changes = {
                "state": PublicationState.UNKNOWN,
                "epoch": self.epoch,
                "owner": self.worker.name,
                "lease_until": None,
                "next_try_at": quiet_from,
                "unclear_since": unclear_from(None, row),
            }
            self.row = act.t.put(row.model_copy(update=changes))
            connection = connection_to(act, self.channel)
            act.settle(act.find(Piece, row.piece))
        since = row.intent.at if row.intent else row.due.utc
        try:
            live = connection.look_up(self.rendered, self._known_media(), since)
        except (errors.ChannelForbids, errors.ReconnectNeeded):
            self._hand_to_person()
            return
        except Refusal as refusal:
            log.info("look-up of %s: %s", self.id, refusal.code)
            live = None
        if live is not None:
            self._confirm(live)
        elif is_quiet:
            self._hand_to_person()

    def _known_media(self) -> Mapping[str, RemoteImage]:
        if not self.outlet.sends_images or not self.rendered.images:
            return {}
        with self.house.store.read(self.ws) as reader:
            kept = (reader.get(Media, self._media_id(image.sha256)) for image in self.rendered.images)
            return {one.image.sha256: one.image for one in kept if one is not None}

    def _hand_to_person(self) -> None:
        with self._fenced() as (act, row):
            piece = act.find(Piece, row.piece)
            self._to_attention(act, row, piece, errors.OutcomeUnknown(channel=self.channel.name))

    # -- the fence

    @contextmanager
    def _fenced(self) -> Iterator[tuple[Act, Publication]]:
        with acting(self.house, self.ws, me=None, actor=ACTOR) as act:
            row = act.find(Publication, self.id)
            if row.epoch != self.epoch:
                log.warning("publication %s: epoch %s is over, now %s", self.id, self.epoch, row.epoch)
                raise Fenced
            yield act, row

    def _write(self, changes: Mapping[str, object]) -> None:
        with self._fenced() as (act, row):
            self.row = self._put(act, row, changes)

    def _put(self, act: Act, row: Publication, changes: Mapping[str, object]) -> Publication:
        until = act.now + LEASE
        return act.t.put(row.model_copy(update={"lease_until": until, "next_try_at": until, **changes}))

    def _intent(self, step: str) -> Intent:
        return begun(step, now=self.house.now(), payload_hash=self.payload_hash)
