"""
Every "no" that a rule can give.

Refusal
├── Invalid              the request itself cannot be right, whoever sends it and whenever
│   └── CannotQuantify
├── NotFound             there is no such thing, or it is not for this account to see
├── Forbidden            it can be seen, but this account may not do that
└── Conflict             right in itself, but not in the present state of things
    ├── AlreadyDecided
    ├── NotInReview
    ├── TooFewDocuments
    ├── NotPending
    ├── AlreadyAssigned
    ├── DocumentMismatch
    ├── UploadQuotaExceeded
    ├── NotActive
    ├── InsufficientCredits
    ├── RecipientUnavailable
    ├── NotCountersignable
    ├── NumberingExhausted
    ├── UnexplainedDuplicate
    ├── NotAccredited
    ├── ConflictOfInterest
    ├── RoundOpen
    ├── PeriodsOverlap
    ├── PeriodNotOver
    ├── OpenFindings
    ├── FindingClosed
    ├── FindingNotClosed
    ├── UploadIncomplete
    ├── ChangedSince
    ├── FactsStand
    ├── AlreadySuperseded
    ├── MethodologyNotChosen
    ├── StatementMissing
    ├── ChecklistIncomplete
    ├── NotValidated
    ├── NotReviewed
    ├── AlreadyReviewed
    ├── RiskAssessmentSettled
    ├── TooManyFindings
    ├── NotOpenToConsultation
    ├── ConsultationClosed
    ├── CommentSettled
    ├── NotConsulted
    ├── BodyNotRotated
    ├── DecisionNotAppealable
    ├── AppealTooLate
    ├── AppealSettled
    ├── HadAPart
    ├── NotCorrectable
    ├── DeviceInUse
    ├── RecordSettled
    ├── StepWaiting
    ├── AuthorisationUnfit
    ├── AlreadyTransferred
    ├── NumbersTaken
    ├── FeeScheduleSettled
    ├── InvoiceSettled
    ├── PaymentDecided
    └── RegistryFrozen   staff have stopped ledger writes for a while; reads go on

A refusal is an answer, not a failure: it is never retried, and its sentence is shown to a person.
The class name travels through Temporal and back; `api/http/errors/error_mapping.py` is the one table that turns it
into an HTTP status.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Fault:
    """One thing wrong with a request; `pointer` is an RFC 6901 pointer into the body that was sent."""

    pointer: str
    detail: str


class Refusal(Exception):
    """A rule said no. `faults` name the fields to mend, when fields are to blame."""

    def __init__(self, detail: str, *faults: Fault) -> None:
        super().__init__(detail)
        self.detail = detail
        self.faults = faults


class Invalid(Refusal):
    """The request cannot be right, whoever sends it."""


class NotFound(Refusal):
    """There is no such thing, or it is hidden from this account (which is the same answer)."""


class Forbidden(Refusal):
    """The account may see the thing but not do this to it."""


class Conflict(Refusal):
    """The present state of things does not allow it."""


class AlreadyDecided(Conflict):
    """A verification is decided once."""


class NotInReview(Conflict):
    """Only a verification in review can be decided."""


class NotPending(Conflict):
    """A decided verification gets no verifier any more."""


class AlreadyAssigned(Conflict):
    """A verification is given to a verifier who does not have it yet."""


class TooFewDocuments(Conflict):
    """Approval rests on a completed document of each required kind."""


class NotAccredited(Conflict):
    """A verifier's body is not accredited for this project, or not now (ADR 0068)."""


class ConflictOfInterest(Conflict):
    """Nobody verifies where they or their organisation have an interest (ADR 0068)."""


class DocumentMismatch(Conflict):
    """Object storage does not hold the bytes that were announced."""


class UploadQuotaExceeded(Conflict):
    """An account awaits, or a project holds, as many documents or bytes as it may (ADR 0050)."""


class NotActive(Conflict):
    """Only an active credit entry can be transferred or retired."""


class InsufficientCredits(Conflict):
    """More was asked for than the entry holds."""


class RecipientUnavailable(Conflict):
    """The recipient's account cannot receive credits."""


class NotCountersignable(Conflict):
    """There is no approval waiting for a second pair of eyes."""


class NumberingExhausted(Conflict):
    """There are not enough unit numbers left for what was asked (ADR 0041)."""


class UnexplainedDuplicate(Conflict):
    """Another project looks the same, and nobody has said why it is another (ADR 0053)."""


class RoundOpen(Conflict):
    """One round of a project is open at a time (ADR 0076)."""


class PeriodsOverlap(Conflict):
    """No day of a project is verified in two rounds (ADR 0076)."""


class PeriodNotOver(Conflict):
    """A monitoring period is approved once it has ended (ADR 0076)."""


class OpenFindings(Conflict):
    """Corrective actions and clarifications are closed before an approval (ADR 0089)."""


class FindingClosed(Conflict):
    """Nobody writes in the thread of a closed finding but the verifier who reopens it."""


class FindingNotClosed(Conflict):
    """Only a closed finding is reopened."""


class UploadIncomplete(Conflict):
    """A document is pointed to once the registry has its bytes."""


class ChangedSince(Conflict):
    """What was reviewed is not what is there now; the sentence says what changed (ADR 0090)."""


class FactsStand(Conflict):
    """These facts of a project are not changed in its present state (ADR 0090)."""


class AlreadySuperseded(Conflict):
    """A document is superseded by one version, once (ADR 0090)."""


class MethodologyNotChosen(Conflict):
    """A version of a methodology that is withdrawn, or not valid yet, is chosen by no new round (ADR 0091)."""


class StatementMissing(Conflict):
    """No verification statement stands behind an approval: there is none, or it says otherwise (ADR 0091)."""


class CannotQuantify(Invalid):
    """Tonnes cannot be worked out of what is there: something is missing, or a formula has no result (ADR 0104)."""


class DeviceInUse(Conflict):
    """A device of that name stands in the project with other facts; those never change (ADR 0104)."""


class RecordSettled(Conflict):
    """What others say is confirmed once, and withdrawn once (ADR 0120)."""


class StepWaiting(Conflict):
    """One step of an authorisation waits for its confirmation at a time (ADR 0120)."""


class AuthorisationUnfit(Conflict):
    """A step does not lead on from where the authorisation stands (decisions 2/CMA.3 and 4/CMA.6)."""


class AlreadyTransferred(Conflict):
    """What was first transferred is not changed or revoked, unless the terms say so (decision 4/CMA.6)."""


class NumbersTaken(Conflict):
    """Numbers of another registry come once in the whole registry (ADR 0120)."""


class ChecklistIncomplete(Conflict):
    """Who countersigns has not looked at everything that the checklist names (ADR 0091)."""


class TooManyFindings(Conflict):
    """A round has as many findings, or a finding as many messages, as anybody would read."""


class NotValidated(Conflict):
    """A project's design carries no approval: its validation opinion is missing, adverse or disclaimed (ADR 0100)."""


class NotReviewed(Conflict):
    """A second person of the verifier's body has not confirmed the very statement (ADR 0100)."""


class AlreadyReviewed(Conflict):
    """Each version of a statement is reviewed once (ADR 0100)."""


class RiskAssessmentSettled(Conflict):
    """An assessment is countersigned or refused once (ADR 0100)."""


class NotOpenToConsultation(Conflict):
    """The public is heard once, before a project is decided on (ADR 0099)."""


class ConsultationClosed(Conflict):
    """Comments are taken on the days of a consultation, and only so many (ADR 0099)."""


class CommentSettled(Conflict):
    """A comment is answered once, and hidden once (ADR 0099)."""


class NotConsulted(Conflict):
    """A project is approved once the public was heard and answered (ADR 0099)."""


class BodyNotRotated(Conflict):
    """After so many rounds of a project in a row another body verifies it (ADR 0099)."""


class DecisionNotAppealable(Conflict):
    """Only an approval or a rejection is appealed against, and once (ADR 0101)."""


class AppealTooLate(Conflict):
    """An appeal is taken for a set time after the decision (ADR 0101)."""


class AppealSettled(Conflict):
    """An appeal or grievance is acknowledged once, and then decided once (ADR 0101)."""


class HadAPart(Conflict):
    """Nobody verifies again what they decided, once an appeal against it was upheld (ADR 0101)."""


class NotCorrectable(Conflict):
    """No more of an issuance is corrected than there is of it (ADR 0101)."""


class FeeScheduleSettled(Conflict):
    """A fee schedule is countersigned or refused once (ADR 0122)."""


class InvoiceSettled(Conflict):
    """What an invoice allows depends on whether something is awaited, was paid or was given back (ADR 0122)."""


class PaymentDecided(Conflict):
    """A payment that was held for a person is decided once (ADR 0122)."""


class RegistryFrozen(Conflict):
    """Staff have frozen the registry: reads go on, ledger writes wait (HTTP 503)."""


def _family(root: type[Refusal]) -> dict[str, type[Refusal]]:
    found = {root.__name__: root}
    for child in root.__subclasses__():
        found |= _family(child)
    return found


REFUSALS: dict[str, type[Refusal]] = _family(Refusal)
"""Each refusal by its class name, which is the name it travels under."""
