"""
Findings of a round: what its verifier found, what was answered, and what is settled.

As in the practice of ISO 14064-3: a corrective action must be done and a clarification given before
an approval; a forward action is for the next round to look at. What state a finding is in follows from
its thread alone (ADR 0089).
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from domain.accounts.roles import Account, Permission, Role
from domain.errors import (
    Fault,
    FindingClosed,
    FindingNotClosed,
    Invalid,
    NotFound,
    NotInReview,
    OpenFindings,
    TooManyFindings,
    UploadIncomplete,
)
from domain.identifiers import derived_id
from domain.projects.documents import Document, DocumentStatus
from domain.projects.verification import Verification, VerificationStatus, require_undecided

FIELDS = frozenset(
    {
        "title",
        "type",
        "description",
        "location",
        "country",
        "coordinates",
        "emissionsTarget",
        "startDate",
        "creditingPeriodEnd",
        "monitoringPeriod",
    }
)
"""What of a project, and of a round, a finding can be about; in the words of the HTTP contract."""


FINDINGS_MAX = 500
"""Of a round; what was carried into it counts."""
MESSAGES_MAX = 100
"""Of a thread, which is always answered whole; closing it is possible beyond that."""


class FindingKind(StrEnum):
    """
    corrective_action  something is wrong and must be put right before an approval
    clarification      something is unclear and must be explained before an approval
    forward_action     something the next round must look at; it holds up nothing now
    """

    CORRECTIVE_ACTION = "corrective_action"
    CLARIFICATION = "clarification"
    FORWARD_ACTION = "forward_action"

    @property
    def blocks_approval(self) -> bool:
        return self is not FindingKind.FORWARD_ACTION

    @property
    def words(self) -> str:
        return self.value.replace("_", " ")


class FindingState(StrEnum):
    """
    open      the supplier has to answer
    answered  the verifier has to look at the answer
    closed    settled
    """

    OPEN = "open"
    ANSWERED = "answered"
    CLOSED = "closed"


class FindingAct(StrEnum):
    """What a message of a thread does to its finding."""

    REPLY = "reply"
    CLOSE = "close"
    REOPEN = "reopen"


class FindingSide(StrEnum):
    VERIFIER = "verifier"
    SUPPLIER = "supplier"


@dataclass(frozen=True)
class FindingPlace:
    """
    What a finding is about: a document, a page or a row of it, or a field of the project; nothing: all of it.

    Pages and rows count from 1.
    """

    document_id: UUID | None = None
    page: int | None = None
    field: str | None = None
    row: int | None = None


@dataclass(frozen=True)
class FindingMessage:
    """One of a thread; `number` counts from 1. `attachments` are documents of the same project."""

    id: UUID
    finding_id: UUID
    number: int
    act: FindingAct
    side: FindingSide
    text: str
    written_by: UUID
    written_at: datetime
    attachments: tuple[UUID, ...] = ()


@dataclass(frozen=True)
class Finding:
    """
    `number` counts the findings of a round from 1. `carried_from` is the forward action of an earlier
    round that this one takes up.
    """

    id: UUID
    verification_id: UUID
    number: int
    kind: FindingKind
    text: str
    about: FindingPlace
    raised_by: UUID
    raised_at: datetime
    carried_from: UUID | None = None
    thread: tuple[FindingMessage, ...] = ()

    @property
    def state(self) -> FindingState:
        if not self.thread:
            return FindingState.OPEN
        last = self.thread[-1]
        if last.act is FindingAct.CLOSE:
            return FindingState.CLOSED
        if last.act is FindingAct.REPLY and last.side is FindingSide.SUPPLIER:
            return FindingState.ANSWERED
        return FindingState.OPEN

    @property
    def is_closed(self) -> bool:
        return self.state is FindingState.CLOSED

    @property
    def blocks_approval(self) -> bool:
        return self.kind.blocks_approval and not self.is_closed

    @property
    def awaits_answer(self) -> bool:
        """Whether the supplier's clock runs; a forward action is answered in the next round at the latest."""
        return self.kind.blocks_approval and self.state is FindingState.OPEN

    @property
    def changed_at(self) -> datetime:
        return self.thread[-1].written_at if self.thread else self.raised_at


@dataclass(frozen=True)
class NewFinding:
    """What a verifier asks for; `id` is the finding's own."""

    id: UUID
    kind: FindingKind
    text: str
    about: FindingPlace


@dataclass(frozen=True)
class NewMessage:
    """What somebody writes in a thread; `id` is the message's own."""

    id: UUID
    text: str
    attachments: Sequence[UUID] = ()


def raise_finding(
    verification: Verification,
    asked: NewFinding,
    *,
    actor: Account,
    before: Sequence[Finding],
    document: Document | None,
    pages: int | None,
    at: datetime,
) -> Finding:
    """
    Raise a finding in a round that is in review; it gets the next number.

    `before` are the round's findings so far, `document` is what `asked.about` names, `pages` how many it
    has, None where that is unknown.

    Raises:
        Forbidden: only verifiers raise findings.
        NotFound: the round is another verifier's, or the document is of another project.
        AlreadyDecided, NotInReview: the round is not in review.
        UploadIncomplete: the document has not been completed.
        TooManyFindings: the round has `FINDINGS_MAX`.
        Invalid: no text; a field that there is not; a page past the document's end; a page or row of nothing.
    """
    _require_verifier(verification, actor, "verification")
    require_undecided(verification)
    if verification.status is not VerificationStatus.IN_REVIEW:
        raise NotInReview("This verification is not in review: it has no verifier yet.")
    if len(before) >= FINDINGS_MAX:
        raise TooManyFindings(f"A round has at most {FINDINGS_MAX} findings; put several into one.")
    if asked.about.document_id is not None:
        _require_evidence(verification, [document])
    faults = [*_text_faults(asked.text, "/text", "A finding"), *_place_faults(asked.about, pages)]
    if faults:
        raise Invalid(" ".join(fault.detail for fault in faults), *faults)
    return Finding(
        id=asked.id,
        verification_id=verification.id,
        number=_next_number(before),
        kind=asked.kind,
        text=asked.text,
        about=asked.about,
        raised_by=actor.id,
        raised_at=at,
    )


def reply(
    finding: Finding,
    verification: Verification,
    asked: NewMessage,
    *,
    actor: Account,
    documents: Sequence[Document | None],
    at: datetime,
) -> Finding:
    """
    Answer a finding as the project's supplier, or write again as the round's verifier.

    `documents` are what `asked.attachments` name.

    Raises:
        Forbidden: the account is neither.
        NotFound: the round is another verifier's, or an attachment is of another project.
        AlreadyDecided: the round is over.
        FindingClosed: the verifier reopens it first.
        UploadIncomplete: an attachment has not been completed.
        TooManyFindings: the thread has `MESSAGES_MAX`.
        Invalid: no text.
    """
    side = side_of(verification, actor)
    require_undecided(verification)
    if finding.is_closed:
        raise FindingClosed(
            f"Finding {finding.number} is closed; the verifier has to reopen it before anybody replies."
        )
    _require_room(finding)
    _require_evidence(verification, documents)
    _require_text(asked.text, "/text", "A reply")
    return _written(finding, asked, FindingAct.REPLY, side, actor, at)


def close(
    finding: Finding, verification: Verification, asked: NewMessage, *, actor: Account, at: datetime
) -> Finding:
    """
    Settle a finding, with a note that says why, as the round's verifier.

    Raises:
        Forbidden: only verifiers close findings.
        NotFound: the round is another verifier's.
        AlreadyDecided: the round is over.
        FindingClosed: it is closed already.
        Invalid: no note.
    """
    _require_verifier(verification, actor, "finding")
    require_undecided(verification)
    if finding.is_closed:
        raise FindingClosed(f"Finding {finding.number} is closed already.")
    _require_text(asked.text, "/note", "Closing a finding")
    return _written(finding, asked, FindingAct.CLOSE, FindingSide.VERIFIER, actor, at)


def reopen(
    finding: Finding, verification: Verification, asked: NewMessage, *, actor: Account, at: datetime
) -> Finding:
    """
    Open a closed finding again, and say why, as the round's verifier.

    Raises:
        As for `close`; FindingNotClosed: there is nothing to reopen; TooManyFindings: as for `reply`.
    """
    _require_verifier(verification, actor, "finding")
    require_undecided(verification)
    if not finding.is_closed:
        raise FindingNotClosed(
            f"Finding {finding.number} is {finding.state}; only a closed one is reopened."
        )
    _require_room(finding)
    _require_text(asked.text, "/text", "Reopening a finding")
    return _written(finding, asked, FindingAct.REOPEN, FindingSide.VERIFIER, actor, at)


def require_settled(findings: Collection[Finding]) -> None:
    """
    Raises:
        OpenFindings: a corrective action or clarification is not closed; the sentence names each.
    """
    unsettled = sorted(one.number for one in findings if one.blocks_approval)
    if not unsettled:
        return
    *first, last = [str(number) for number in unsettled]
    named = f"Findings {', '.join(first)} and {last} are" if first else f"Finding {last} is"
    raise OpenFindings(
        f"{named} not closed: corrective actions and clarifications are closed before an approval."
    )


def carry_forward(
    earlier: Sequence[Finding], into: Verification, *, at: datetime
) -> Sequence[Finding]:
    """
    The findings with which a new round begins: one for each open forward action of an earlier round.

    `earlier` are those that no later finding names yet, in the order of rounds and numbers; what is
    closed, and what is no forward action, stays where it is. Identifiers follow from round and former
    finding, so that carrying again carries the same.
    """
    carried = [one for one in earlier if not one.kind.blocks_approval and not one.is_closed]
    return [
        replace(
            former,
            id=derived_id(into.id, f"carried/{former.id}"),
            verification_id=into.id,
            number=number,
            # A microsecond apart, so that lists by time have them in the order of their numbers.
            raised_at=at + timedelta(microseconds=number),
            carried_from=former.id,
            thread=(),
        )
        for number, former in enumerate(carried, start=1)
    ]


def side_of(verification: Verification, actor: Account) -> FindingSide:
    """
    On which side of the round an account writes.

    Raises:
        Forbidden: on neither; findings are between the round's verifier and the project's supplier.
        NotFound: it is another verifier, or acts for another supplier.
    """
    actor.require(Permission.REPLY_TO_FINDING)
    if actor.role is Role.VERIFIER:
        _require_verifier(verification, actor, "finding")
        return FindingSide.VERIFIER
    if actor.acts_for != verification.developer_id:
        raise NotFound("There is no such finding.")
    return FindingSide.SUPPLIER


def _require_verifier(verification: Verification, actor: Account, noun: str) -> None:
    actor.require(Permission.RAISE_FINDING)
    if actor.id != verification.verifier_id:
        # Who verifies another round knows nothing of this one.
        raise NotFound(f"There is no such {noun}.")


def _require_evidence(verification: Verification, documents: Sequence[Document | None]) -> None:
    for document in documents:
        if document is None or document.project_id != verification.project_id:
            raise NotFound("There is no such document in this project.")
        if document.status is not DocumentStatus.COMPLETED:
            raise UploadIncomplete(
                f"The document {document.id} has not been uploaded to its end; complete it first."
            )


def _require_room(finding: Finding) -> None:
    if len(finding.thread) >= MESSAGES_MAX:
        raise TooManyFindings(
            f"A finding has at most {MESSAGES_MAX} messages; what is left is a finding of its own."
        )


def _require_text(text: str, pointer: str, subject: str) -> None:
    faults = [*_text_faults(text, pointer, subject)]
    if faults:
        raise Invalid(faults[0].detail, *faults)


def _text_faults(text: str, pointer: str, subject: str) -> Iterator[Fault]:
    if not text.strip():
        yield Fault(pointer, f"{subject} needs words.")


def _place_faults(about: FindingPlace, pages: int | None) -> Iterator[Fault]:
    for name, number in (("page", about.page), ("row", about.row)):
        if number is None:
            continue
        if about.document_id is None:
            yield Fault(f"/about/{name}", f"Say of which document this is the {name}.")
        elif number < 1:
            yield Fault(f"/about/{name}", f"The first {name} is number 1.")
    if about.page is not None and pages is not None and about.page > pages:
        yield Fault(
            "/about/page", f"The document has {pages} pages; there is no page {about.page}."
        )
    if about.field is not None and about.field not in FIELDS:
        yield Fault(
            "/about/field", f"There is no such field; there are {', '.join(sorted(FIELDS))}."
        )


def _next_number(before: Sequence[Finding]) -> int:
    return max((one.number for one in before), default=0) + 1


def _written(
    finding: Finding,
    asked: NewMessage,
    act: FindingAct,
    side: FindingSide,
    actor: Account,
    at: datetime,
) -> Finding:
    message = FindingMessage(
        id=asked.id,
        finding_id=finding.id,
        number=len(finding.thread) + 1,
        act=act,
        side=side,
        text=asked.text,
        written_by=actor.id,
        written_at=at,
        attachments=tuple(dict.fromkeys(asked.attachments)),
    )
    return replace(finding, thread=(*finding.thread, message))
