"""Every refusal, one class per fact. The class name finds its sentence in templates/messages.toml, `facts` fill the gaps.

A Refusal is raised when a verb cannot be done, and returned as a value where reasons are listed (`may_publish`).
"""

from __future__ import annotations

from typing import ClassVar


class Refusal(Exception):
    """Something a person has to be told. `blocks = False`: advice, nothing is stopped by it."""

    blocks: ClassVar[bool] = True

    def __init__(self, **facts: object) -> None:
        super().__init__(type(self).__name__, facts)
        self.facts = facts

    @property
    def code(self) -> str:
        return type(self).__name__

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and isinstance(other, Refusal) and self.facts == other.facts

    def __hash__(self) -> int:
        return hash((type(self), tuple(sorted((k, repr(v)) for k, v in self.facts.items()))))


# -- the store


class StoreIsNewer(Refusal):
    """The data was written by a newer version of the program."""


class StoreIsReadOnly(Refusal):
    """The folder or file cannot be written."""


class StoreIsFull(Refusal):
    """The disk is full: nothing was changed."""


class StoreIsBusy(Refusal):
    """Somebody else wrote for longer than we wait."""


class StoreIsDamaged(Refusal):
    """The file is no database or does not pass its check."""


class StoreNeedsLocalDisk(Refusal):
    """The folder is synchronised or shared: databases break there."""


class NoStore(Refusal):
    """There is no store yet."""


class SqliteIsTooOld(Refusal):
    """The SQLite of this Python lacks what the store needs."""


class SomebodyElseSaved(Refusal):
    """Another person changed the same record since it was read."""


class AuditIsBroken(Refusal):
    """The audit chain does not hold: something was changed, left out or slipped in."""


class DiskAlmostFull(Refusal):
    """Little room is left."""


class BackupFailed(Refusal):
    """The copy could not be made or did not pass its check."""


class KeysAreMissing(Refusal):
    """Secrets are stored, but the key ring is not there."""


class KeysAreUnsafe(Refusal):
    """The key ring lies in the data folder or can be read by others."""


class KeysAreUnreadable(Refusal):
    """What should be the key ring cannot be read or holds something that is no key."""


class KeysDoNotFit(Refusal):
    """The key ring does not open this secret."""


class BadSetting(Refusal):
    """A setting of the environment has a value that cannot be used."""


# -- who and where


class Unknown(Refusal):
    """There is no such thing, or it belongs to another client."""


class NoClientYet(Refusal):
    """The store is there and empty."""


class WhichClient(Refusal):
    """There are several clients and none was named."""


class WhoIsActing(Refusal):
    """Nobody was named as the acting person."""


class NotAllowed(Refusal):
    """The table of rights does not give this action to this person in this phase."""


class PersonHasLeft(Refusal):
    """The acting person was deactivated."""


class AlreadyThere(Refusal):
    """The name, address or short name is taken."""


class FieldMissing(Refusal):
    """Something that is needed was left empty."""


class FieldTooLong(Refusal):
    """A field is longer than its limit."""


class FieldInvalid(Refusal):
    """A field's value has the wrong form."""


class OwnerMustBeTeam(Refusal):
    """A channel's owner and deputy are people of the client's team."""


class NotTheOwner(Refusal):
    """Only the channel's named owner can do this."""


class DelegationTooLong(Refusal):
    """A delegation lasts 60 days at most."""


class DelegationAcrossSides(Refusal):
    """A deputy belongs to the same side."""


class DelegationChain(Refusal):
    """What was delegated cannot be delegated on."""


class LastOwner(Refusal):
    """Without this person nobody of the team could answer for a channel that the consultant no longer owns."""


class NobodyLeftInCharge(Refusal):
    """Without this person nobody could add people or channels any more."""


class AlreadyLeft(Refusal):
    """The person is deactivated already."""


# -- times


class TimeIsPast(Refusal):
    """The moment lies in the past."""


class TimeDoesNotExist(Refusal):
    """The clock is put forward over this wall time."""


class TimeUnreadable(Refusal):
    """Not an ISO 8601 time or date."""


class DateTooFar(Refusal):
    """The end lies beyond what may be agreed in one go."""


# -- texts, images, sources


class TextEmpty(Refusal):
    """There is no text."""


class TextTooLarge(Refusal):
    """The Markdown is larger than 200 KiB."""


class TextTooTangled(Refusal):
    """A line has so many open brackets that it could not be shown."""


class TextNotReadable(Refusal):
    """The file is not UTF-8 text."""


class ImageUnreadable(Refusal):
    """The bytes are no image that can be opened."""


class ImageTypeRefused(Refusal):
    """SVG and other types that may carry programs or are not understood everywhere."""


class ImageTooLarge(Refusal):
    """More bytes or pixels than allowed."""


class ImageMissing(Refusal):
    """The text names an image that is not attached."""


class SourceEmpty(Refusal):
    """The source has no readable text."""


class SourceEncrypted(Refusal):
    """The document is protected by a password."""


class SourceUnreadable(Refusal):
    """The bytes are not what the name says, or of a format that cannot be read."""


class SourceTooLarge(Refusal):
    """The file is larger than allowed."""


class AddressNotReachable(Refusal):
    """The web address gave no usable answer."""


class AddressNotAllowed(Refusal):
    """The web address is not one this program may ask."""


class FileNotFound(Refusal):
    """The named file is not there or cannot be read."""


class FileTooLarge(Refusal):
    """Larger than anything that could be used."""


class Unexpected(Refusal):
    """A mistake of the program itself."""


# -- authors


class NoSources(Refusal):
    """The offline author arranges the company's own sentences: without sources there is nothing to arrange."""


class ModelNotConfigured(Refusal):
    """No key or address of a model is set."""


class ModelRefusedKey(Refusal):
    """The model's address does not accept the key."""


class ModelUnknown(Refusal):
    """The address does not offer a model of this name."""


class ModelQuotaUsedUp(Refusal):
    """The account at the model's address has no credit left."""


class ModelBusy(Refusal):
    """Too many requests: waiting helps."""


class ModelUnreachable(Refusal):
    """No connection or no answer in time."""


class ModelRefusedRequest(Refusal):
    """The address refused the request for another stated reason."""


class ModelAddressWrong(Refusal):
    """The address answers something that is no model service."""


class SourcesTooLongForModel(Refusal):
    """The chosen passages do not fit into the model's context."""


# -- review


class ApprovalIsStale(Refusal):
    """The text changed after the approver read it."""


class OwnWork(Refusal):
    """Four eyes: who wrote or submitted it cannot be the one who approves it."""


class NotInReview(Refusal):
    """The piece is in a stage in which this cannot be decided."""


class InReviewIsReadOnly(Refusal):
    """In review nobody edits; it has to be taken back first."""


class ApprovedIsLocked(Refusal):
    """What is approved cannot be edited; who approved it has to ask for changes first."""


class PieceIsOver(Refusal):
    """Published, withdrawn or rejected pieces do not change any more."""


class CommentNeeded(Refusal):
    """This decision needs a reason in words."""


class ReasonTooShort(Refusal):
    """An emergency release and other exceptions need a reason of some length."""


class NothingToLift(Refusal):
    """There is no hold on the piece."""


class HoldIsOthers(Refusal):
    """A hold is lifted by the same side or the channel's owner."""


class OnItsWay(Refusal):
    """The worker has begun to send: stopping now would stop half way."""


class AlreadySubmitted(Refusal):
    """The piece is in review already."""


# -- reasons of the gate: why a piece may not be published


class MayNotPublish(Refusal):
    """One or more reasons of the gate."""


class NotSubmitted(Refusal):
    """The piece is a draft."""


class ApprovalMissing(Refusal):
    """A place is not filled for the current hash."""


class ApprovalExpired(Refusal):
    """The approval is older than its validity."""


class ChangesRequested(Refusal):
    """Somebody's change request on this hash stands."""


class Held(Refusal):
    """Somebody holds the piece."""


class Rejected(Refusal):
    """The piece was rejected."""


class Withdrawn(Refusal):
    """The piece was withdrawn."""


class AgreementMissing(Refusal):
    """The channel's owner has not accepted the office and the start agreement."""


class AgreementExpired(Refusal):
    """The start agreement has run out."""


class OwnerHasLeft(Refusal):
    """The channel's named owner is no longer there."""


class GapsLeft(Refusal):
    """The text has marked gaps."""


class ImageWithoutAlt(Refusal):
    """An image has no description."""


class TitleMissing(Refusal):
    """The channel needs a title."""


class TextTooLongForChannel(Refusal):
    """More characters than the outside system takes."""


class TooManyImages(Refusal):
    """More images than the channel takes in one piece."""


class ImageNotTaken(Refusal):
    """The channel does not take images of this type or size."""


class RemoteImageInText(Refusal):
    """The text shows an image from a foreign address."""


class EmbargoRuns(Refusal):
    """The embargo has not ended."""


class ChannelPaused(Refusal):
    """Sending is paused for the channel."""


class ClientPaused(Refusal):
    """Sending is paused for the client."""


class StopIsOthers(Refusal):
    """People of another client stopped the installation."""


class AllPaused(Refusal):
    """Sending is stopped for the whole installation."""


class SlotMissed(Refusal):
    """The slot passed before everything was decided."""


class TooLate(Refusal):
    """The machine was off, and the piece is later than agreed."""


class AlreadyPublished(Refusal):
    """The piece is live."""


class NeedsAPerson(Refusal):
    """An earlier try has to be settled by a person first."""


class SecretMissing(Refusal):
    """The channel has no credential."""


class ClockWentBack(Refusal):
    """The machine's clock jumped back."""


# -- channels and publishing


class UnknownOutlet(Refusal):
    """There is no such kind of channel."""


class ChannelRefused(Refusal):
    """The outside system said no for good; a person has to change something."""


class ChannelForbids(Refusal):
    """The account lacks a right at the outside system."""


class ReconnectNeeded(Refusal):
    """The outside system does not accept the credential."""


class ChannelBusy(Refusal):
    """The outside system asks to come back later; nothing was done."""


class ChannelUnreachable(Refusal):
    """No connection: nothing was sent."""


class ChannelSilent(Refusal):
    """The outcome is unknown: sent, but no readable answer."""


class ChannelAddressWrong(Refusal):
    """The address redirects or answers something else than the interface."""


class ChannelInterfaceOff(Refusal):
    """The outside system's interface is switched off."""


class ChannelVersionOver(Refusal):
    """The configured version of the interface is not served any more."""


class ChannelDraftGone(Refusal):
    """Our draft is not there any more."""


class ArrivedDifferent(Refusal):
    """What the outside system stored differs from what was approved."""


class LiveElsewhere(ArrivedDifferent):
    """It is public, but under another address than the approved one."""


class SlugTaken(Refusal):
    """The address is used by another post on that site."""


class DuplicatePost(Refusal):
    """LinkedIn says the same text exists already."""


class FirstCommentNotSent(Refusal):
    """A first comment was written, and this kind of channel does not send one."""


class SiteFolderMissing(Refusal):
    """Neither the folder nor the one above it is there."""


class SiteFolderReadOnly(Refusal):
    """The program may not write there."""


class SiteFileForeign(Refusal):
    """A file of that name was made by somebody else and is left alone."""


class LinkedInTextTooLongEscaped(Refusal):
    """Readable characters fit; with the signs LinkedIn wants before brackets and the like, they do not."""


class LinkedInIsSomebodyElse(Refusal):
    """The access token belongs to another person than the channel's author."""


class LinkedInRoleMissing(Refusal):
    """The person who signed in has no role on the page that lets them post."""


class LinkedInScopeMissing(Refusal):
    """The access token lacks a permission."""


class LinkedInVersionEnds(Refusal):
    """The configured version of the interface is switched off soon."""

    blocks = False


class LinkedInSignInEnds(Refusal):
    """The access token runs out soon."""

    blocks = False


class TooManyRights(Refusal):
    """The account may do far more at the site than publishing needs."""

    blocks = False


class AppPasswordsOff(Refusal):
    """The site offers no application passwords, so nobody can sign in for publishing."""


class OutcomeUnknown(Refusal):
    """A person has to look whether the post is there."""


class DisplayChanged(Refusal):
    """The conversion changed since the approval, so the result would look different."""


class NothingToSettle(Refusal):
    """The publication is not waiting for a person."""


class WorkerIsRunning(Refusal):
    """Another worker holds this store."""


class GaveUp(Refusal):
    """Too many tries."""


# -- people and sign-in


class SignInFailed(Refusal):
    """Address or password is wrong."""


class TooManyTries(Refusal):
    """Throttled for a while."""


class HasAccountAlready(Refusal):
    """The person can sign in already, or belongs to another client too: no link for others to see."""


class PasswordTooShort(Refusal):
    """Less than 12 characters."""


class PasswordTooLong(Refusal):
    """More than 128 characters."""


class PasswordTooCommon(Refusal):
    """On the list of common passwords, or the company's name."""


class PasswordsDiffer(Refusal):
    """The repetition is not the same."""


class LinkIsOver(Refusal):
    """The set-up link was used, has run out or never existed."""


class PageExpired(Refusal):
    """The form's token does not fit: the page was open too long or came from elsewhere."""


# -- phases of a channel


class AlreadyInPhase(Refusal):
    """The channel is in that phase."""


class PhaseNotNext(Refusal):
    """Phases follow one after the other."""


class PhaseNotEarlier(Refusal):
    """A step back leads to an earlier phase."""


class WindowIsOver(Refusal):
    """The channel has belonged to the team for longer than the safety window."""


class ProposalIsOpen(Refusal):
    """One proposal at a time for each channel."""


class NoProposal(Refusal):
    """Nobody has proposed anything for this channel."""


class ProposalWasAccepted(Refusal):
    """The proposal was accepted already."""


class ProposalWasDeclined(Refusal):
    """The proposal was declined."""


class ProposalWasTakenBack(Refusal):
    """Who made the proposal took it back."""


class ProposalWasOvertaken(Refusal):
    """Something else happened to the channel, or its proposer left."""


class OwnSideProposed(Refusal):
    """Only the other side can accept or decline."""


class OtherSideProposed(Refusal):
    """Only the side that proposed can take it back."""


class ProposerIsOut(Refusal):
    """Who proposed has left or may not propose any more."""


class NobodyOnTheSide(Refusal):
    """The phase needs somebody of this side, and nobody is there."""


class ConsultantIsThere(Refusal):
    """Taking over alone is for channels whose consultant is gone."""


class ChannelRehearses(Refusal):
    """The owner is trying a phase on this rehearsal channel."""


class OnlyOnRehearsal(Refusal):
    """A phase is tried where nothing becomes public."""


class NothingRehearsed(Refusal):
    """No phase is being tried on this channel."""


# -- the pack


class PackDoesNotHold(Refusal):
    """The pack was damaged, changed or made of what does not belong together; nothing was taken from it."""


class PackRecordInvalid(Refusal):
    """A record of the pack is none as this program knows them."""


class ChannelMoved(Refusal):
    """The client was moved to another installation, and this channel goes on there."""


class ChannelNotReconnected(Refusal):
    """The channel came with a pack, and nobody has connected it here yet."""


class NothingToReconnect(Refusal):
    """The channel is connected here."""


class NothingMoved(Refusal):
    """No channel of the client has gone elsewhere."""


class MayBeOutElsewhere(Refusal):
    """It was planned where the copy was made, and may have gone out from there."""


class NotInThisPhase(Refusal):
    """In this phase nobody does that."""


class DeputyHasLeft(Refusal):
    """The channel's deputy has left."""


class NobodyCanDecide(Refusal):
    """A place of this piece can be filled by nobody who is there."""


class WaitsForDecision(Refusal):
    """Those who may decide have not done so for 48 working hours, or the slot is less than a day away."""

    blocks = False


class BriefOwnerHasLeft(Refusal):
    """The brief's owner has left while something of it is not over."""


# -- runbook and exit


class FormerStillAlive(Refusal):
    """The replaced credential still signs in outside."""


class FormerUnclear(Refusal):
    """Whether the replaced credential still works could not be found out."""


class NoFormerCredential(Refusal):
    """No credential was replaced that is not proven dead already."""


class FormerStayedBehind(Refusal):
    """The consultant's credential did not come along when the client moved, so nothing here can prove it dead."""


class CredentialNotRenewed(Refusal):
    """Nobody of the team has brought a credential since the consultant handed it over."""


class NoBackupYet(Refusal):
    """Nobody of the team has made a backup since the consultant handed the administration over."""


class PackNotOurs(Refusal):
    """The file is no pack that was exported here for the handover that is going on."""


class PackUnsound(Refusal):
    """The pack does not hold: it was damaged or altered."""


class ItemShowsItself(Refusal):
    """The point of the checklist is read from the records; nobody can say that it is done."""


class ItemNotDelivered(Refusal):
    """The consultant's side has not delivered this point yet."""


class ItemNotControlled(Refusal):
    """The team's owner has not controlled this point yet."""


class ChannelsNotGiven(Refusal):
    """The consultant goes when all channels are the team's."""


class UnmetWithoutReason(Refusal):
    """What is left open needs a reason, each point its own."""


class ExitIsDeclared(Refusal):
    """The exit is declared already and waits for the team's owner."""


class ExitNotDeclared(Refusal):
    """No exit is declared that could be confirmed or taken back."""


class DeclarerHasLeft(Refusal):
    """Who declared the exit is not there any more, or not in charge."""


class UnmetChanged(Refusal):
    """What is open is not what was declared."""


class NoProtocol(Refusal):
    """No handover was confirmed yet."""


class SameCredential(Refusal):
    """The credential is the one that the other side has brought."""


class CredentialIsOthers(Refusal):
    """Only the side that has brought the credential may have it sent to another server."""


class OnlyTheTeam(Refusal):
    """Done by the team's side only."""


class ChapterChanged(Refusal):
    """The chapter's content is another than the one that was read."""


# -- measuring


class NotPublic(Refusal):
    """Only what is public can have been corrected afterwards."""


def every_refusal() -> list[type[Refusal]]:
    direct = Refusal.__subclasses__()
    return sorted((*direct, *(one for kind in direct for one in kind.__subclasses__())), key=lambda one: one.__name__)
