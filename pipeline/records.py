"""The things people talk about, as values: made once, replaced by newer ones, never changed in place.

Times are aware and UTC. A state somebody brought about is a record with who and when (`Mark`, `Agreement`), not a flag.
Every stored kind names in `columns` what lists filter and sort by (column -> dotted path in the document); the store keeps
these as real columns. Ids are text; a record of a client lives in that client's workspace of the store.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, PlainSerializer

REHEARSAL = "rehearsal"
"""The kind of outside system that only plays (publish/channels/rehearsal.py)."""


def iso(at: datetime) -> str:
    """UTC with microseconds and `Z`, always of one length, so that text sorts as time does."""
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


Moment = Annotated[
    AwareDatetime,
    AfterValidator(lambda at: at.astimezone(UTC)),
    PlainSerializer(iso, return_type=str, when_used="json"),
]


def new_id() -> str:
    """Text that sorts by the time of its making: 12 hex digits of milliseconds, 10 of chance."""
    return f"{time.time_ns() // 1_000_000:012x}{secrets.token_hex(5)}"


class Side(StrEnum):
    CONSULTANT = "consultant"
    TEAM = "team"


class Role(StrEnum):
    OWNER = "owner"
    APPROVER = "approver"
    EDITOR = "editor"
    READER = "reader"


class Phase(StrEnum):
    """Handover phases: the consultant shows, both do, the team owns."""

    VORMACHEN = "vormachen"
    MITMACHEN = "mitmachen"
    ABGEBEN = "abgeben"

    @property
    def step(self) -> int:
        """0, 1, 2: how far the channel is on its way."""
        return list(Phase).index(self)


class Stage(StrEnum):
    """Where a piece stands, derived from its records (review/stage.py) and kept as a column for lists."""

    DRAFT = "draft"
    REVIEW = "review"
    APPROVED = "approved"
    SCHEDULED = "scheduled"
    PUBLISHING = "publishing"
    PUBLISHED = "published"
    MISSED = "missed"
    ATTENTION = "attention"
    WITHDRAWN = "withdrawn"
    REJECTED = "rejected"


class Verdict(StrEnum):
    APPROVE = "approve"
    APPROVE_WITH_NOTE = "approve_with_note"
    REQUEST_CHANGES = "request_changes"
    REJECT = "reject"
    HOLD = "hold"
    RELEASE = "release"
    EMERGENCY = "emergency"

    @property
    def is_yes(self) -> bool:
        return self in (Verdict.APPROVE, Verdict.APPROVE_WITH_NOTE)


class PublicationState(StrEnum):
    PLANNED = "planned"
    CLAIMED = "claimed"
    PREPARING = "preparing"
    SENDING = "sending"
    CONFIRMED = "confirmed"
    UNKNOWN = "unknown"
    ATTENTION = "attention"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def is_on_its_way(self) -> bool:
        """From the claim on: what stops now would stop half way."""
        return self in _ON_ITS_WAY

    @property
    def needs_a_person(self) -> bool:
        return self in (PublicationState.ATTENTION, PublicationState.FAILED)


_ON_ITS_WAY = frozenset(
    {PublicationState.CLAIMED, PublicationState.PREPARING, PublicationState.SENDING, PublicationState.UNKNOWN}
)


class Value(BaseModel):
    """A part of a record."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Record(Value):
    """A stored thing. `version` counts its writes: whoever writes an older one is told (store/base.py, Conflict)."""

    kind: ClassVar[str]
    columns: ClassVar[Mapping[str, str]] = {}
    schema_number: ClassVar[int] = 1

    id: str = Field(default_factory=new_id)
    version: int = Field(default=0, exclude=True)


class Mark(Value):
    """Somebody did it then."""

    by: str
    at: Moment
    reason: str = ""


# ------------------------------------------------------------------------------------------------- the installation


class Installation(Record):
    kind: ClassVar[str] = "installation"

    made_at: Moment
    stopped: Mark | None = None
    """The kill switch: nothing leaves any client while it is set."""


class Account(Record):
    """How a human being signs in. The same mail address may be a person of several clients."""

    kind: ClassVar[str] = "account"
    columns: ClassVar[Mapping[str, str]] = {"email": "email"}

    email: str
    language: Literal["de", "en"] = "de"
    password_hash: str = ""
    made_at: Moment
    ended: Mark | None = None


class SignIn(Record):
    """One signed-in browser; the id is the SHA-256 of the cookie's random value."""

    kind: ClassVar[str] = "sign_in"
    columns: ClassVar[Mapping[str, str]] = {"account": "account", "expires_at": "expires_at"}

    account: str
    at: Moment
    seen_at: Moment
    expires_at: Moment
    browser: str = ""


class SetUpLink(Record):
    """A one-time link with which an account's password is chosen; the id is the SHA-256 of its random value."""

    kind: ClassVar[str] = "set_up_link"
    columns: ClassVar[Mapping[str, str]] = {"account": "account"}

    account: str
    at: Moment
    expires_at: Moment
    used_at: Moment | None = None


class Attempt(Record):
    """Failed tries to sign in, counted per account or address; the id is the SHA-256 of what is counted."""

    kind: ClassVar[str] = "attempt"
    columns: ClassVar[Mapping[str, str]] = {"until": "until"}

    times: tuple[Moment, ...] = ()
    until: Moment


# ----------------------------------------------------------------------------------------------- a client's people


class ReadinessPolicy(Value):
    """From when on a channel counts as ready for its next phase (handover/readiness/conditions.py). Shares are 0.0 to 1.0.

    hours     working hours from submission to the team's decision, median
    left_out  codes of conditions this client does not ask for
    """

    window_days: Annotated[int, Field(ge=7, le=365)] = 42
    decisions: Annotated[int, Field(ge=1, le=100)] = 8
    agreement: Annotated[float, Field(ge=0, le=1)] = 0.90
    hours: Annotated[float, Field(ge=1, le=200)] = 24.0
    missed: Annotated[float, Field(ge=0, le=1)] = 0.05
    deciders: Annotated[int, Field(ge=1, le=10)] = 2
    team_drafts: Annotated[float, Field(ge=0, le=1)] = 0.50
    rewritten: Annotated[float, Field(ge=0, le=1)] = 0.15
    corrections: Annotated[float, Field(ge=0, le=1)] = 0.05
    credential_days: Annotated[int, Field(ge=0, le=365)] = 30
    left_out: Annotated[frozenset[str], PlainSerializer(lambda codes: sorted(codes), when_used="json")] = frozenset()


class Policy(Value):
    """What consultant and client agreed on; the number rises with each change and is written on every decision."""

    number: int = 1
    team_places: Annotated[int, Field(ge=1, le=5)] = 1
    approval_days: Annotated[int, Field(ge=1, le=365)] = 30
    slot_grace_hours: Annotated[int, Field(ge=0, le=720)] = 72
    agreement_days: Annotated[int, Field(ge=1, le=366)] = 90
    late_minutes: Annotated[int, Field(ge=15, le=1440)] = 60
    safety_window_days: Annotated[int, Field(ge=0, le=180)] = 30
    readiness: ReadinessPolicy = ReadinessPolicy()


class Client(Record):
    kind: ClassVar[str] = "client"
    columns: ClassVar[Mapping[str, str]] = {"slug": "slug"}

    slug: str
    name: str
    language: Literal["de", "en"] = "de"
    timezone: str = "Europe/Berlin"
    policy: Policy = Policy()
    paused: Mark | None = None
    made_at: Moment


class Person(Record):
    """A member of one client's pipeline."""

    kind: ClassVar[str] = "person"
    columns: ClassVar[Mapping[str, str]] = {"email": "email", "side": "side"}

    client: str
    name: str
    email: str
    side: Side
    roles: Annotated[frozenset[Role], PlainSerializer(lambda roles: sorted(roles), when_used="json")]
    made_at: Moment
    left: Mark | None = None

    @property
    def is_active(self) -> bool:
        return self.left is None


class Delegation(Record):
    """`giver` asks `taker` of the same side to decide in the meantime."""

    kind: ClassVar[str] = "delegation"
    columns: ClassVar[Mapping[str, str]] = {"giver": "giver", "taker": "taker", "until": "until"}

    client: str
    giver: str
    taker: str
    channels: tuple[str, ...] = ()
    """Channel ids; empty: all."""
    start: Moment
    until: Moment
    at: Moment
    ended: Mark | None = None

    def covers(self, channel: str, now: datetime) -> bool:
        in_time = self.ended is None and self.start <= now < self.until
        return in_time and (not self.channels or channel in self.channels)


# --------------------------------------------------------------------------------------------------------- channels


class Agreement(Value):
    """The named owner took the office and agreed that the consultant decides alone until then."""

    owner: str
    consultant: str
    at: Moment
    until: Moment


class Waiver(Value):
    """The owner waived four eyes for a sole person."""

    by: str
    at: Moment
    until: Moment
    reason: str


class Identity(Value):
    """Who the outside system says we are."""

    account: str
    at: Moment
    problems: tuple[str, ...] = ()


class SecretHint(Value):
    """What may be shown of a stored secret."""

    ending: str
    by: str
    at: Moment
    expires_at: Moment | None = None
    """None: it does not say, or does not end."""


class Off(Value):
    """Nothing leaves through this channel here until the team connects it anew.

    why         moved: it goes on at `where`; imported: it came from `where` and is off there; copied: it came from `where`
                and may still be sending there
    credential  who had brought the credential, when, and until when it holds; the secret itself stayed behind
    """

    why: Literal["moved", "imported", "copied"]
    where: str = ""
    by: str
    at: Moment
    credential: SecretHint | None = None


class Play(Value):
    """A rehearsal channel on which the owner tries a phase; it goes back to `before`."""

    before: Phase
    since: Moment
    by: str
    at: Moment


class Channel(Record):
    """One place to publish: this WordPress site, that LinkedIn page."""

    kind: ClassVar[str] = "channel"
    columns: ClassVar[Mapping[str, str]] = {"slug": "slug", "paused_at": "paused.at"}

    client: str
    slug: str
    name: str
    outlet: str
    """The kind of outside system: a row of publish/channels/registry.py."""
    settings: dict[str, str] = {}
    owner: str
    deputy: str | None = None
    phase: Phase = Phase.VORMACHEN
    phase_since: Moment
    agreement: Agreement | None = None
    waiver: Waiver | None = None
    paused: Mark | None = None
    secret: SecretHint | None = None
    identity: Identity | None = None
    off: Off | None = None
    play: Play | None = None
    made_at: Moment

    @property
    def is_rehearsal(self) -> bool:
        """Nothing becomes public through it."""
        return self.outlet == REHEARSAL

    @property
    def paused_at(self) -> datetime | None:
        return self.paused.at if self.paused else None


class FormerSecret(Value):
    """A credential that was replaced, until it is proven dead.

    brought   by whom, and when
    settings  the channel's, each time they changed while it was in use: with which it has to be dead
    """

    sealed: str
    brought: Mark
    settings: tuple[dict[str, str], ...]


class Secret(Record):
    """A channel's credential, encrypted; the id is the channel's. `settings`: as in FormerSecret."""

    kind: ClassVar[str] = "secret"

    client: str
    sealed: str
    at: Moment
    settings: tuple[dict[str, str], ...] = ()
    former: tuple[FormerSecret, ...] = ()


class DataKey(Record):
    """A client's own key, wrapped by the installation's key ring; the id is the client's."""

    kind: ClassVar[str] = "data_key"

    wrapped: str
    at: Moment


# --------------------------------------------------------------------------------------------- brief, sources, draft


class Passage(Value):
    """A numbered piece of a source: the smallest thing a draft can point to."""

    number: int
    text: str
    heading: str = ""
    place: str = ""
    """Where it stands: "S. 3", "Zeile 12", empty when the format has no such thing."""
    shape: Literal["paragraph", "item", "quote"] = "paragraph"


class Source(Record):
    """A document or page of the company, as text."""

    kind: ClassVar[str] = "source"

    client: str
    title: str
    origin: str
    """The file's name or the web address."""
    format: str
    sha256: str
    passages: tuple[Passage, ...]
    added: Mark


class Brief(Record):
    """What a piece shall achieve, for whom, by when."""

    kind: ClassVar[str] = "brief"
    columns: ClassVar[Mapping[str, str]] = {"made_at": "made.at"}

    client: str
    title: str
    message: str
    channels: tuple[str, ...]
    persona: str = ""
    goal: str = ""
    sources: tuple[str, ...] = ()
    owner: str
    due: date | None = None
    made: Mark

    @property
    def made_at(self) -> datetime:
        return self.made.at


class Usage(Value):
    """Tokens of one call; `estimated` when the service did not say."""

    model: str
    host: str
    prompt_tokens: int
    answer_tokens: int
    seconds: float
    estimated: bool = False
    cost_eur: float | None = None
    """None while no price is configured."""


class Writer(Value):
    """Who put the first text together. `person` is who wrote it or asked for it."""

    kind: Literal["person", "offline", "model"] = "person"
    person: str
    model: str = ""
    host: str = ""
    prompt_sha256: str = ""


class Candidate(Value):
    text: str
    passages: tuple[str, ...] = ()
    """Passage references such as "S2.14": source number in the brief, passage number in the source."""


class Block(Value):
    """One slot of a frame, filled with the first of its candidates or a marked gap."""

    slot: str
    type: Literal["hook", "heading", "paragraph", "list", "quote", "cta"] = "paragraph"
    text: str
    passages: tuple[str, ...] = ()
    stance: Literal["fact", "opinion", "question"] = "fact"
    candidates: tuple[Candidate, ...] = ()


class Draft(Record):
    """What an author delivered for one piece. Text that was paid for is kept, also when it is unfinished."""

    kind: ClassVar[str] = "draft"
    columns: ClassVar[Mapping[str, str]] = {"piece": "piece", "made_at": "made_at"}

    client: str
    piece: str = ""
    brief: str
    writer: Writer
    frame: str = ""
    title: str
    excerpt: str = ""
    blocks: tuple[Block, ...] = ()
    tags: tuple[str, ...] = ()
    questions: tuple[str, ...] = ()
    """What the author could not know and a person should answer."""
    left_out: tuple[str, ...] = ()
    raw: str = ""
    """The answer as it came, when it could not be read as blocks."""
    unfinished: str = ""
    """Why it is incomplete: "length", "refusal", "cut", "cancelled", "timeout", "unreadable"; empty: complete."""
    usage: tuple[Usage, ...] = ()
    verbatim_share: float | None = None
    """Share of the text, 0.0 to 1.0, that stands word for word in the sources."""
    made_at: Moment


# ------------------------------------------------------------------------------------------------- piece and revision


class ImageRef(Value):
    """An image in a text; its bytes are kept under their SHA-256 (store/blobs.py)."""

    sha256: str
    alt: str
    name: str
    mime: Literal["image/png", "image/jpeg", "image/gif", "image/webp"]
    width: int
    height: int
    size: int


class KnownImage(Record):
    """An image that belongs to a client; the id is client and SHA-256. Bytes are shared, the right to see them is not."""

    kind: ClassVar[str] = "image"

    client: str
    sha256: str
    added: Mark

    @staticmethod
    def id_for(client: str, sha256: str) -> str:
        return f"{client}:{sha256}"


class LinkCard(Value):
    url: str
    title: str = ""
    description: str = ""


class Content(Value):
    """Everything of a piece that leaves the house; its hash is what people approve (review/fingerprint.py).

    body    Markdown; images stand in it as `![alt](image:1)`, counted from 1 in the order of `images`
    images  the first is the featured image, or the one of a LinkedIn post
    """

    title: str
    body: str
    slug: str = ""
    excerpt: str = ""
    tags: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    images: tuple[ImageRef, ...] = ()
    link: LinkCard | None = None
    first_comment: str = ""
    mentions: dict[str, str] = {}
    embargo: Moment | None = None


class Slot(Value):
    """The agreed moment: wall time in the client's zone is the truth, UTC is computed from it."""

    local: datetime
    zone: str
    utc: Moment


class Piece(Record):
    """One content item for one channel, across its whole life."""

    kind: ClassVar[str] = "piece"
    columns: ClassVar[Mapping[str, str]] = {
        "channel": "channel",
        "stage": "stage",
        "brief": "brief",
        "changed_at": "changed_at",
        "due_at": "slot.utc",
        "revisit_at": "revisit_at",
    }

    client: str
    channel: str
    brief: str | None = None
    title: str
    revision: int = 0
    """Number of the current revision."""
    hash: str = ""
    """Of the current revision."""
    stage: Stage = Stage.DRAFT
    writer: Writer
    submitted: Mark | None = None
    slot: Slot | None = None
    withdrawn: Mark | None = None
    held: Mark | None = None
    publication: str | None = None
    """Id of the newest publication."""
    also: tuple[Phase, ...] = ()
    """It was approved when its channel changed to another phase: the places of these phases have to stay filled too."""
    corrected: Mark | None = None
    """What is public had to be corrected afterwards."""
    made: Mark
    changed_at: Moment
    revisit_at: Moment | None = None
    """When time alone may change the stage: an approval runs out, the slot passes."""

    @property
    def due_at(self) -> datetime | None:
        return self.slot.utc if self.slot else None


class Revision(Record):
    """One numbered, never edited state of a piece's content."""

    kind: ClassVar[str] = "revision"
    columns: ClassVar[Mapping[str, str]] = {"piece": "piece", "number": "number"}

    client: str
    piece: str
    number: int
    content: Content
    hash: str
    by: str
    at: Moment
    writer: Writer


class Decision(Record):
    """One person's word on one content hash. Signed by being in the audit chain, never edited."""

    kind: ClassVar[str] = "decision"
    columns: ClassVar[Mapping[str, str]] = {"piece": "piece", "person": "person", "at": "at"}

    client: str
    piece: str
    channel: str
    revision: int
    hash: str
    person: str
    side: Side
    on_behalf_of: str | None = None
    verdict: Verdict
    comment: str = ""
    binding: bool
    phase: Phase
    policy: int
    how: Literal["app", "link", "command line"]
    at: Moment


# ------------------------------------------------------------------------------------------------------- publication


class Intent(Value):
    """What the worker was about to do, written before it did it."""

    step: Literal["media", "draft", "flip", "create"]
    at: Moment
    deadline: Moment
    payload_hash: str = ""


class RemoteImage(Value):
    """An image as the outside system knows it; kept per channel and used again for ever."""

    sha256: str
    remote_id: str
    url: str = ""


class Publication(Record):
    """The outbox row: one slot of one piece, and what became of it."""

    kind: ClassVar[str] = "publication"
    columns: ClassVar[Mapping[str, str]] = {
        "channel": "channel",
        "piece": "piece",
        "slot": "slot",
        "state": "state",
        "due_at": "due.utc",
        "next_try_at": "next_try_at",
    }

    client: str
    channel: str
    piece: str
    slot: int = 0
    """0; a deliberate repetition is 1, 2 ..."""
    revision: int
    hash: str
    payload_hash: str = ""
    decisions: tuple[str, ...] = ()
    due: Slot
    state: PublicationState = PublicationState.PLANNED
    reason: str = ""
    """Class name of the refusal that brought it to attention or failed."""
    epoch: int = 0
    owner: str = ""
    lease_until: Moment | None = None
    tries: int = 0
    next_try_at: Moment
    intent: Intent | None = None
    draft_id: str = ""
    remote_id: str = ""
    url: str = ""
    last_error: str = ""
    facts: dict[str, str] = {}
    """Gaps of the sentence that `reason` names."""
    confirmed_at: Moment | None = None
    sent_again_by: str | None = None
    unclear_since: Moment | None = None
    """Since when an answer to the call that makes it public is missing: it may be there, until a person or a repetition says."""

    @property
    def due_at(self) -> datetime:
        return self.due.utc

    @property
    def marker(self) -> str:
        return f"staffelstab-{self.id}"


class Media(Record):
    """An image uploaded to a channel once; the id is channel and SHA-256."""

    kind: ClassVar[str] = "media"
    columns: ClassVar[Mapping[str, str]] = {"channel": "channel"}

    client: str
    channel: str
    image: RemoteImage
    at: Moment


class Orphan(Record):
    """A draft at the outside system that lost its race: to be cleaned up, never to be published."""

    kind: ClassVar[str] = "orphan"
    columns: ClassVar[Mapping[str, str]] = {"channel": "channel"}

    client: str
    channel: str
    publication: str
    remote_id: str
    at: Moment


# ---------------------------------------------------------------------------------------------------------- handover


class Condition(Value):
    """One condition of readiness as it was measured (handover/readiness/conditions.py).

    measured  in the condition's own unit: a number, a share 0.0 to 1.0, working hours or days
    n         how many cases that rests on
    met       None: not measurable yet
    """

    code: str
    measured: float | None
    wanted: float
    n: int
    met: bool | None


class Answer(Value):
    """What became of a proposal. `unmet`: the conditions it was accepted without; `reason`: why nevertheless."""

    kind: Literal["accepted", "declined", "taken_back", "overtaken"]
    by: str
    at: Moment
    reason: str = ""
    unmet: tuple[str, ...] = ()


class Proposal(Record):
    """One side proposes another phase for a channel, with what readiness was at that moment. The other side answers."""

    kind: ClassVar[str] = "proposal"
    columns: ClassVar[Mapping[str, str]] = {"channel": "channel", "answered_at": "answer.at"}

    client: str
    channel: str
    before: Phase
    phase: Phase
    by: str
    side: Side
    at: Moment
    reason: str
    conditions: tuple[Condition, ...] = ()
    answer: Answer | None = None

    @property
    def answered_at(self) -> datetime | None:
        return self.answer.at if self.answer else None


class Affected(Value):
    """A piece that was not over when its channel changed its phase, and what became of it."""

    piece: str
    title: str
    before: Stage
    stage: Stage
    kept: bool
    """Its approval goes on counting."""


class PhaseChange(Record):
    """A channel went to another phase: by an accepted proposal, a step back, or because the other side had nobody left."""

    kind: ClassVar[str] = "phase_change"
    columns: ClassVar[Mapping[str, str]] = {"channel": "channel", "at": "at"}

    client: str
    channel: str
    before: Phase
    phase: Phase
    how: Literal["accepted", "stepped_back", "taken_over"]
    by: str
    at: Moment
    reason: str
    proposal: str | None = None
    unmet: tuple[str, ...] = ()
    affected: tuple[Affected, ...] = ()


class Acknowledgement(Record):
    """Somebody has read a chapter of the runbook as it was then: `sha256` of its content (handover/papers/runbook.py)."""

    kind: ClassVar[str] = "acknowledgement"
    columns: ClassVar[Mapping[str, str]] = {"chapter": "chapter", "person": "person"}

    client: str
    chapter: str
    sha256: str
    person: str
    at: Moment


class ExitItem(Record):
    """One line of the consultant's exit checklist; the id is client and code (handover/exit/steps.py)."""

    kind: ClassVar[str] = "exit_item"

    client: str
    code: str
    delivered: Mark | None = None
    controlled: Mark | None = None
    verified: Mark | None = None
    """`reason` says by which action."""

    @staticmethod
    def id_for(client: str, code: str) -> str:
        return f"{client}:{code}"


class Unmet(Value):
    """What was still open at the end, and why both sides left it at that."""

    code: str
    reason: str


class Office(Value):
    """Who answers for a channel from the handover on: ids."""

    channel: str
    owner: str
    deputy: str | None = None


class Protocol(Record):
    """The protocol of the handover, signed by both sides.

    consultant, owner  ids of the people who signed: `declared` by the consultant, `confirmed` by the team's owner
    audit_head         hash of the newest audit entry when it was confirmed, the confirmation's own
    audit_entries      that entry's number
    ended              ids of the consultant's people whose access ended with it
    """

    kind: ClassVar[str] = "protocol"
    columns: ClassVar[Mapping[str, str]] = {"at": "declared.at"}

    client: str
    consultant: str
    owner: str = ""
    declared: Mark
    confirmed: Mark | None = None
    taken_back: Mark | None = None
    audit_head: str = ""
    audit_entries: int = 0
    unmet: tuple[Unmet, ...] = ()
    offices: tuple[Office, ...] = ()
    ended: tuple[str, ...] = ()

    @property
    def is_open(self) -> bool:
        """Declared, and neither confirmed nor taken back."""
        return self.confirmed is None and self.taken_back is None


# ------------------------------------------------------------------------------------------------------------- audit


class Event(Value):
    """One line of the audit chain: `hash` = SHA-256 of `prev`, a line feed and `text`, the canonical JSON of the rest."""

    ws: str
    seq: int
    at: Moment
    actor: str
    act: str
    subject: str
    details: dict[str, object] = {}
    prev: str
    hash: str
    text: str


Channel.model_rebuild()

RECORDS: tuple[type[Record], ...] = (
    Installation, Account, SignIn, SetUpLink, Attempt, Client, Person, Delegation, Channel, Secret, DataKey,
    Source, KnownImage, Brief, Draft, Piece, Revision, Decision, Publication, Media, Orphan,
    Proposal, PhaseChange, Acknowledgement, ExitItem, Protocol,
)  # fmt: skip
