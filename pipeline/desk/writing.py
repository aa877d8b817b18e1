"""From brief to a piece handed in for review: sources, drafts, revisions, images."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from pipeline import errors
from pipeline.clock import day_named
from pipeline.desk import words
from pipeline.desk.act import Act
from pipeline.desk.people import Errands
from pipeline.desk.who import Action
from pipeline.draft.author import Assignment, Author, SourceText
from pipeline.draft.blocks import markdown_of
from pipeline.draft.sources import ReadSource, read_page, read_source
from pipeline.errors import Refusal
from pipeline.images import accept_image
from pipeline.publish.channels.port import Rendered
from pipeline.records import (
    Brief,
    Channel,
    Content,
    Draft,
    ImageRef,
    KnownImage,
    LinkCard,
    Mark,
    Piece,
    PublicationState,
    Revision,
    Source,
    Stage,
    Writer,
)
from pipeline.review.fingerprint import content_sum, tidied
from pipeline.review.word_count import work_on
from pipeline.text import SLUG, check_markdown, slugify

LONGEST_MESSAGE = 500
MOST_IMAGES = 20
NAMED_IMAGE = re.compile(r"(!\[[^\]\n]{0,1000}\]\(\s*)<?([^)\s>:]{1,300})>?(\s*\))")


@dataclass(frozen=True)
class Change:
    """An edit: None leaves a field as it is.

    seen  number of the revision that was on the editor's screen; None: whatever is newest (command line)
    """

    title: str | None = None
    body: str | None = None
    slug: str | None = None
    excerpt: str | None = None
    tags: Sequence[str] | None = None
    categories: Sequence[str] | None = None
    images: Sequence[ImageRef] | None = None
    link: LinkCard | None = None
    drop_link: bool = False
    seen: int | None = None

    def on(self, content: Content) -> Content:
        named = ("title", "body", "slug", "excerpt", "tags", "categories", "images", "link")
        given: dict[str, Any] = {name: getattr(self, name) for name in named if getattr(self, name) is not None}
        if self.drop_link:
            given["link"] = None
        for name in ("tags", "categories", "images"):
            if name in given:
                given[name] = tuple(given[name])
        return content.model_copy(update=given)


@dataclass(frozen=True)
class Document:
    """A document to be read: a file's bytes and name, or a web address as name."""

    name: str
    data: bytes | None = None


@dataclass(frozen=True)
class Drafted:
    """What came of one channel of a brief: a piece, or the reason why not."""

    channel: Channel
    piece: Piece | None = None
    draft: Draft | None = None
    refused: Refusal | None = None


@dataclass(frozen=True)
class Tried:
    """An edit nobody saved yet: how its channel would show it, and what speaks against it."""

    rendered: Rendered
    findings: Sequence[Refusal]


@dataclass
class Live:
    """How a screen follows and stops a draft under way."""

    on_text: Callable[[str], None] = field(default=lambda _: None)
    cancelled: Callable[[], bool] = field(default=lambda: False)


class WritingVerbs(Errands):
    # -- sources and briefs

    def add_source(self, data: bytes, name: str) -> Source:
        """A document of the company. Raises Source... refusals; nothing is kept then."""
        with self.look() as view:
            view.require(Action.SEE)
        return self._keep_source(read_source(data, name), name)

    def read_document(self, document: Document) -> ReadSource:
        """Without keeping it. Raises what `add_source` and `add_page` raise."""
        with self.look() as view:
            view.require(Action.SEE)
        if document.data is None:
            return read_page(document.name, self.house.net)
        return read_source(document.data, document.name)

    def add_page(self, address: str) -> Source:
        """A web page as a source. Raises AddressNotReachable, AddressNotAllowed, Source... refusals."""
        with self.look() as view:
            view.require(Action.SEE)
        return self._keep_source(read_page(address, self.house.net), address)

    def _keep_source(self, read: ReadSource, origin: str) -> Source:
        with self.act() as act:
            act.require(Action.SEE)
            source = Source(
                client=self.ws,
                title=read.title[:200],
                origin=origin[:500],
                format=read.format,
                sha256=read.sha256,
                passages=tuple(read.passages),
                added=Mark(by=act.me.id, at=act.now),
            )
            source = act.t.add(source)
            act.note("source.add", source.id, sha256=source.sha256, passages=len(source.passages))
            return source

    def add_brief(
        self,
        *,
        title: str,
        channels: Sequence[str],
        message: str,
        persona: str = "",
        goal: str = "",
        sources: Sequence[str] = (),
        documents: Sequence[Document] = (),
        owner: str | None = None,
        due: date | str | None = None,
    ) -> Brief:
        """`sources` are there already; `documents` are kept together with the brief, all or none."""
        read = [(self.read_document(one), one.name) for one in documents]
        with self.act() as act:
            wanted = [act.channel_named(slug) for slug in dict.fromkeys(channels)]
            if not wanted:
                raise errors.FieldMissing(field="channels")
            for channel in wanted:
                act.require(Action.WRITE, channel)
            for source in sources:
                act.find(Source, source)
            new = [self._keep_source(one, name).id for one, name in read]
            brief = Brief(
                client=self.ws,
                title=words.line("title", title),
                message=words.line("message", message, longest=LONGEST_MESSAGE),
                channels=tuple(channel.id for channel in wanted),
                persona=words.line("persona", persona, needed=False),
                goal=words.line("goal", goal, longest=500, needed=False),
                sources=tuple(dict.fromkeys((*sources, *new))),
                owner=self._owner(act, owner),
                due=day_named(due) if due else None,
                made=Mark(by=act.me.id, at=act.now),
            )
            brief = act.t.add(brief)
            act.note("brief.add", brief.id, channels=list(brief.channels), sources=list(brief.sources))
            return brief

    @staticmethod
    def _owner(act: Act, email: str | None) -> str:
        person = act.person_named(email) if email else act.me
        if not person.is_active:
            raise errors.PersonHasLeft(name=person.name)
        return person.id

    # -- drafting

    def assignment(self, brief_id: str, channel_id: str, *, frame: str = "") -> Assignment:
        with self.look() as view:
            brief = view.find(Brief, brief_id)
            channel = view.find(Channel, channel_id)
            view.require(Action.WRITE, channel)
            sources = [view.find(Source, one) for one in brief.sources]
            outlet = channel.settings.get("like", channel.outlet) if channel.is_rehearsal else channel.outlet
            return Assignment(
                client=view.client.name,
                brief_id=brief.id,
                title=brief.title,
                message=brief.message,
                persona=brief.persona,
                goal=brief.goal,
                outlet=outlet,
                language=view.client.language,
                sources=[SourceText(number, one.title, one.passages) for number, one in enumerate(sources, 1)],
                asked_by=view.me.id,
                frame=frame,
            )

    def draft(self, brief_id: str, author: Author, *, live: Live | None = None) -> list[Drafted]:
        """One piece per channel of the brief. A channel the author cannot serve is reported beside the others; when none
        could be served, its refusal is raised."""
        live = live or Live()
        with self.look() as view:
            brief = view.find(Brief, brief_id)
            channels = [view.find(Channel, one) for one in brief.channels]
        done = [self._draft_one(brief, channel, author, live) for channel in channels]
        if done and all(one.refused for one in done):
            raise next(one.refused for one in done if one.refused)
        return done

    def _draft_one(self, brief: Brief, channel: Channel, author: Author, live: Live) -> Drafted:
        try:
            draft = author.draft(self.assignment(brief.id, channel.id), on_text=live.on_text, cancelled=live.cancelled)
            return self._keep_draft(brief, channel, draft)
        except errors.NotAllowed:
            raise
        except Refusal as refused:
            return Drafted(channel, refused=refused)

    def _keep_draft(self, brief: Brief, channel: Channel, draft: Draft) -> Drafted:
        """The draft as it came, and a piece of it. What cannot be shown as text stays in the draft's raw answer."""
        body = markdown_of(draft) or draft.raw
        title = draft.title or brief.title
        content = Content(title=title, body=body, slug=slugify(title), excerpt=draft.excerpt, tags=draft.tags)
        with self.act() as act:
            current = act.find(Channel, channel.id)
            act.require(Action.WRITE, current)
            piece = self._new_piece(act, current, content, draft.writer, brief=brief.id)
            kept = act.t.add(draft.model_copy(update={"piece": piece.id, "client": self.ws, "brief": brief.id}))
            act.note("draft", piece.id, author=draft.writer.kind, prompt=draft.writer.prompt_sha256, unfinished=draft.unfinished)
            return Drafted(channel, piece, kept)

    def drafts_of(self, piece_id: str) -> list[Draft]:
        with self.look() as view:
            view.find(Piece, piece_id)
            return view.reader.page(Draft, {"piece": piece_id}, order="made_at", descending=True, limit=20)

    # -- pieces

    def add_image(self, data: bytes, name: str, alt: str = "") -> ImageRef:
        """Keep an image's bytes, re-encoded without its metadata. It belongs to a piece once an edit names it."""
        with self.look() as view:
            view.require(Action.SEE)
        cleaned, facts = accept_image(data, name)
        self.house.blobs.keep(cleaned)
        with self.act() as act:
            known = KnownImage.id_for(self.ws, facts.sha256)
            if act.t.get(KnownImage, known) is None:
                mark = Mark(by=act.me.id, at=act.now)
                act.t.add(KnownImage(id=known, client=self.ws, sha256=facts.sha256, added=mark))
        shown = words.line("alt", alt, longest=1_000, needed=False)
        return ImageRef(
            sha256=facts.sha256,
            alt=shown,
            name=facts.name,
            mime=facts.mime,
            width=facts.width,
            height=facts.height,
            size=facts.size,
        )

    def add_piece(
        self,
        channel: str,
        *,
        title: str,
        body: str,
        slug: str = "",
        excerpt: str = "",
        tags: Sequence[str] = (),
        categories: Sequence[str] = (),
        images: Sequence[ImageRef] = (),
        link: LinkCard | None = None,
        brief: str | None = None,
    ) -> Piece:
        """A piece somebody wrote here or elsewhere."""
        with self.act() as act:
            place = act.channel_named(channel)
            act.require(Action.WRITE, place)
            if brief:
                act.find(Brief, brief)
            content = Content(
                title=title,
                body=body,
                slug=slug or slugify(title),
                excerpt=excerpt,
                tags=tuple(tags),
                categories=tuple(categories),
                images=tuple(images),
                link=link,
            )
            return self._new_piece(act, place, content, Writer(person=act.me.id), brief=brief)

    def _new_piece(self, act: Act, channel: Channel, content: Content, writer: Writer, *, brief: str | None) -> Piece:
        content = checked(content)
        mark = Mark(by=act.me.id, at=act.now)
        piece = Piece(
            client=self.ws, channel=channel.id, brief=brief, title=content.title, writer=writer, made=mark, changed_at=act.now
        )
        piece = act.t.add(piece)
        return self._revise(act, piece, channel, content, writer, before=None)

    def _revise(
        self, act: Act, piece: Piece, channel: Channel, content: Content, writer: Writer, *, before: Content | None
    ) -> Piece:
        for image in content.images:
            act.find(KnownImage, KnownImage.id_for(self.ws, image.sha256))
        digest = act.hash_of(content, channel)
        number = piece.revision + 1
        revision = Revision(
            client=self.ws,
            piece=piece.id,
            number=number,
            content=content,
            hash=digest,
            by=act.me.id,
            at=act.now,
            writer=writer,
        )
        act.t.add(revision)
        told: dict[str, object] = {"hash": digest, "content": content_sum(content), **work_on(content, before)}
        if before is None:
            act.note("piece.add", piece.id, revision=number, channel=channel.id, **told)
        else:
            act.note("piece.edit", piece.id, revision=number, channel=channel.id, **told)
        return act.settle(piece.model_copy(update={"revision": number, "title": content.title, "hash": digest}))

    def edit(self, piece_id: str, change: Change) -> Piece:
        """A new revision if anything changed. Raises InReviewIsReadOnly, ApprovedIsLocked, SomebodyElseSaved."""
        with self.act() as act:
            piece = act.find(Piece, piece_id)
            channel = act.find(Channel, piece.channel)
            act.require(Action.WRITE, channel)
            self._refuse_unless_draft(piece)
            current = act.revision_of(piece)
            if change.seen is not None and change.seen != piece.revision:
                by = act.people.get(current.by)
                raise errors.SomebodyElseSaved(what="piece", name=by.name if by else "?", revision=piece.revision)
            content = checked(change.on(current.content))
            if content == current.content:
                return piece
            writer = (
                current.writer.model_copy(update={"person": act.me.id}) if current.by == act.me.id else Writer(person=act.me.id)
            )
            return self._revise(act, piece, channel, content, writer, before=current.content)

    def tried(self, piece_id: str, change: Change) -> Tried:
        """What an edit would give; nothing is written. Raises what `edit` raises about the texts themselves."""
        with self.look() as view:
            piece = view.find(Piece, piece_id)
            channel = view.find(Channel, piece.channel)
            content = checked(change.on(view.revision_of(piece).content))
            return Tried(view.outlet(channel).render(content, view.place(channel)), view.findings(content, channel))

    @staticmethod
    def _refuse_unless_draft(piece: Piece) -> None:
        match piece.stage:
            case Stage.DRAFT:
                return
            case Stage.REVIEW | Stage.MISSED:
                raise errors.InReviewIsReadOnly(title=piece.title)
            case Stage.APPROVED | Stage.SCHEDULED:
                raise errors.ApprovedIsLocked(title=piece.title)
            case Stage.PUBLISHING:
                raise errors.OnItsWay(title=piece.title)
            case Stage.ATTENTION:
                raise errors.NeedsAPerson()
            case _:
                raise errors.PieceIsOver(title=piece.title, stage=piece.stage)

    def submit(self, piece_id: str) -> Piece:
        with self.act() as act:
            piece = act.find(Piece, piece_id)
            act.require(Action.WRITE, act.find(Channel, piece.channel))
            if piece.stage is Stage.REVIEW:
                raise errors.AlreadySubmitted(title=piece.title)
            self._refuse_unless_draft(piece)
            changes: dict[str, object] = {"submitted": Mark(by=act.me.id, at=act.now)}
            if piece.slot and piece.slot.utc <= act.now:
                changes["slot"] = None  # the agreed moment is over; a new one has to be agreed
            act.note("piece.submit", piece.id, revision=piece.revision, hash=piece.hash)
            return act.settle(piece.model_copy(update=changes))

    def take_back(self, piece_id: str) -> Piece:
        """Out of review, to be edited again."""
        with self.act() as act:
            piece = act.find(Piece, piece_id)
            act.require(Action.WRITE, act.find(Channel, piece.channel))
            situation = act.situation(piece)
            row = situation.publication
            unclear = row is not None and (row.unclear_since or row.reason == errors.OutcomeUnknown.__name__)
            if piece.stage is Stage.ATTENTION and unclear:
                raise errors.NeedsAPerson()
            if piece.stage not in (Stage.REVIEW, Stage.MISSED, Stage.ATTENTION):
                if piece.stage is Stage.DRAFT:
                    raise errors.NotInReview(title=piece.title, stage=piece.stage)
                self._refuse_unless_draft(piece)
            if row is not None and row.state.needs_a_person:
                act.t.put(row.model_copy(update={"state": PublicationState.CANCELLED}))
            act.note("piece.take_back", piece.id)
            return act.settle(piece.model_copy(update={"submitted": None, "slot": None if row else piece.slot}))

    def withdraw(self, piece_id: str, *, reason: str) -> Piece:
        """The piece will not be published. It stays readable."""
        with self.act() as act:
            piece = act.find(Piece, piece_id)
            act.require(Action.WITHDRAW, act.find(Channel, piece.channel))
            if piece.stage is Stage.PUBLISHING:
                raise errors.OnItsWay(title=piece.title)
            if piece.stage in (Stage.PUBLISHED, Stage.WITHDRAWN, Stage.REJECTED):
                raise errors.PieceIsOver(title=piece.title, stage=piece.stage)
            if piece.stage is Stage.ATTENTION:
                raise errors.NeedsAPerson()
            text = words.prose("reason", reason, longest=1_000, needed=True)
            act.note("piece.withdraw", piece.id)
            return act.settle(piece.model_copy(update={"withdrawn": Mark(by=act.me.id, at=act.now, reason=text)}))


def checked(content: Content) -> Content:
    """The content as it is kept. Raises FieldMissing, FieldTooLong, FieldInvalid, TextEmpty, TextTooLarge, TextTooTangled."""
    content = tidied(content)
    words.line("title", content.title)
    check_markdown(content.body)
    words.prose("excerpt", content.excerpt, longest=1_000)
    for tag in (*content.tags, *content.categories):
        words.line("tag", tag, longest=80)
    if content.slug and not SLUG.fullmatch(content.slug):
        raise errors.FieldInvalid(field="slug", value=content.slug[:80])
    if len(content.images) > MOST_IMAGES:
        raise errors.FieldTooLong(field="images", length=len(content.images), limit=MOST_IMAGES)
    return content.model_copy(
        update={"body": number_images(content.body, content.images), "title": " ".join(content.title.split())}
    )


def number_images(body: str, images: Sequence[ImageRef]) -> str:
    """`![...](werkstatt.png)` becomes `![...](image:1)` where an attached image has that file name."""
    numbers = {image.name: number for number, image in enumerate(images, 1)}

    def numbered(found: re.Match[str]) -> str:
        number = numbers.get(found[2].rsplit("/", 1)[-1])
        return f"{found[1]}image:{number}{found[3]}" if number else found[0]

    return NAMED_IMAGE.sub(numbered, body) if numbers else body
