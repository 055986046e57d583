"""Stand-ins for the activities: they answer at once and remember what they were asked."""

import asyncio
from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from temporalio import activity

from activities.accounts.account_mails import (
    AccountMessageHandled,
    AccountMessagesListed,
    ListAccountMessages,
    MailAccountMessage,
)
from activities.accounts.digests import DigestMailed, DigestsPlanned, MailDigest, PlanDigests
from activities.accounts.notifications import MailNotification, NotificationMailed
from activities.accounts.own_data import (
    DataExportMade,
    EraseAccount,
    ErasureStep,
    ListOwnData,
    MakeDataExport,
    OwnDataListed,
    PersonalDataSealed,
    RemindOfErasure,
    SealPersonalData,
)
from activities.accounts.proposals import (
    CountersignProposal,
    ExpireProposal,
    ProposalStep,
    Propose,
    RefuseProposal,
    WithdrawProposal,
)
from activities.audit.anchor import AnchorAuditLog, AuditLogAnchored
from activities.audit.months import (
    AddAuditMonths,
    ArchiveAuditMonth,
    AuditMonthArchived,
    AuditMonthsAdded,
    ChainQueuedEntries,
    QueuedEntriesChained,
)
from activities.certificates.certificates import CertificateSealed, SealCertificate
from activities.certificates.corrections import CertificatesCorrected, CorrectCertificates
from activities.certificates.status_lists import SignStatusLists, StatusListsSigned
from activities.chain.anchoring import (
    AnchorRecords,
    AnnounceRecords,
    ChainFollowed,
    FollowChain,
    RecordsAnchored,
    RecordsAnnounced,
    SubmitTransaction,
    TransactionSubmitted,
)
from activities.chain.reconciliation import ChainReconciled, ReconcileChain
from activities.chain.resumption import RecordResumed, ResumeRecord
from activities.chain.wallets import ChangeWallet, WalletChanged
from activities.chain.watch import ChainWatched, WatchChain
from activities.credits.buffer import BufferReleased, ReleaseBuffer
from activities.credits.cancellation import CancelCredits, CreditsCancelled
from activities.credits.freeze import ChangeState, StateChanged
from activities.credits.issuance import CreditsIssued, IssueCredits
from activities.credits.ledger_check import CheckLedger, LedgerChecked
from activities.credits.missing_records import MissingRecordsQueued, QueueMissingRecords
from activities.credits.obligation import (
    CancelSuspended,
    ObligationDeadline,
    ObligationStep,
    ReplaceLoss,
)
from activities.credits.reservation import (
    AnswerReservation,
    EndReservation,
    RequestReservation,
    ReservationStep,
)
from activities.credits.retirement import RetireUnits, UnitsRetired
from activities.credits.reversal import ListNotices, NoticesListed, RecordReversal, ReversalRecorded
from activities.credits.transfer import CreditsTransferred, TransferCredits
from activities.ingestion.folders import FoldersLooked, LookAtFolders
from activities.ingestion.follow_up import (
    ActOnIssues,
    CloseIssues,
    IssuesClosed,
    IssuesMeasured,
    IssuesStep,
    MeasureIssues,
    NoteWaiting,
    TakeRest,
    WaitingNoted,
)
from activities.ingestion.submissions import (
    FinishSubmission,
    ReadSubmission,
    SubmissionFinished,
    SubmissionRead,
)
from activities.payments.invoices import (
    InvoiceDeadline,
    InvoiceStep,
    SettleInvoice,
    TakePayment,
)
from activities.payments.invoicing import InvoiceIssued
from activities.projects.buffer_share import BufferShareSet, SetBufferShare
from activities.projects.changes import ChangeProject, ProjectChanged, WithdrawRound
from activities.projects.countersignature import Countersign, RefuseCountersignature
from activities.projects.documents import CompleteDocument, DocumentCompleted
from activities.projects.projects import ProjectRegistered, RegisterProject
from activities.projects.sign_offs import CheckSignOffs, SignOffsChecked
from activities.projects.verification import (
    AddEvent,
    AssignVerifier,
    Decision,
    EventAdded,
    NoteDeadline,
    RecordDecision,
)
from activities.projects.verification_steps import VerificationStep
from activities.publishing.open_data import ExportPublished, PublishExport
from activities.refusals import as_application_error, waiting_while_frozen
from activities.reports.reports import MakeReport, ReportMade
from activities.standards.records import RecordStep, SettleAct, SettleRecord
from activities.stored_responses import AnswersForgotten, ForgetAnswers
from activities.sweeping import LeftoversSwept, SweepLeftovers
from activities.transparency.log import (
    CheckpointCosigned,
    CheckpointPublished,
    CosignCheckpoint,
    GrowLog,
    LogGrown,
    PublishCheckpoint,
)
from domain.accounts.proposals import ProposalStatus
from domain.credits.reservation import ReservationStatus
from domain.errors import Refusal, RegistryFrozen
from domain.ingestion.follow_up.groups import IssueAct
from domain.payments.invoices import InvoiceStatus
from domain.projects.verification import EventType, VerificationStatus
from domain.standards.records import StandardRecordStatus
from tests.workflows.chain.address_stand_in import AddressStandIn
from tests.workflows.programme_stand_ins import ProgrammeStandIns


class RegistryStandIn:
    """Answers for the database, storage and mail; `refusals` makes an activity say no."""

    def __init__(self) -> None:
        self.record_id = uuid4()
        self.more_record_ids: tuple[UUID, ...] = ()
        self.notification_id = uuid4()
        self.invoice: InvoiceIssued | None = None
        self.notices = 2
        self.old_months: list[date] = []
        self.owed_units = 6_000
        self.due_at: datetime | None = None
        self.since = datetime.now(UTC)
        self.calls: Counter[str] = Counter()
        self.programme = ProgrammeStandIns(self.calls)
        self.deadlines: list[EventType] = []
        self.waits: list[int] = []
        self.mailed: list[UUID] = []
        self.file_finished = SubmissionFinished(status="accepted")
        self.looks: list[FoldersLooked] = []
        """What looks at folders find, one after the other; then nothing."""
        self.refusals: dict[str, Refusal] = {}
        self.assignment_answers = asyncio.Event()
        self.assignment_answers.set()
        self.mail_works = True
        self.database_works = True
        self.ledger_holds = True
        self.sign_offs_hold = True
        self.audit_grew = True
        self.frozen = False
        self.fulfils: UUID | None = None
        self.key_made_before: datetime | None = None
        self.own_data_listed = OwnDataListed()

    def activities(self) -> list[Callable[..., Any]]:
        return [
            self.register_project,
            self.complete_document,
            self.assign_verifier,
            self.record_decision,
            self.take_payment,
            self.cancel_invoice,
            self.note_invoice_overdue,
            self.change_project,
            self.withdraw_round,
            self.countersign,
            self.refuse_countersignature,
            self.add_event,
            self.note_deadline,
            self.issue_credits,
            self.transfer_credits,
            self.retire_units,
            self.cancel_credits,
            self.release_buffer,
            self.record_reversal,
            self.queue_missing_records,
            self.list_notices,
            self.replace_loss,
            self.cancel_suspended,
            self.remind_of_obligation,
            self.note_obligation_overdue,
            self.set_buffer_share,
            self.freeze_registry,
            self.propose,
            self.countersign_proposal,
            self.refuse_proposal,
            self.withdraw_proposal,
            self.expire_proposal,
            self.request_reservation,
            self.accept_reservation,
            self.refuse_reservation,
            self.cancel_reservation,
            self.expire_reservation,
            *self.programme.activities(),
            self.unfreeze_registry,
            self.publish_export,
            self.make_report,
            self.settle_label,
            self.read_submission,
            self.act_on_issues,
            self.take_rest,
            self.note_waiting,
            self.close_issues,
            self.measure_issues,
            self.look_at_folders,
            self.finish_submission,
            self.check_ledger,
            self.check_sign_offs,
            self.check_documents,
            self.correct_certificates,
            self.anchor_audit_log,
            self.chain_queued_entries,
            self.add_audit_months,
            self.archive_audit_month,
            self.grow_log,
            self.publish_checkpoint,
            self.cosign_checkpoint,
            self.sign_status_lists,
            self.resume_record,
            self.forget_answers,
            self.sweep_leftovers,
            self.mail_notification,
            self.plan_digests,
            self.mail_digest,
            self.mail_account_message,
            self.list_account_messages,
            self.make_data_export,
            self.remind_of_erasure,
            self.erase_account,
            self.seal_personal_data,
            self.list_own_data,
        ]

    def _called(self, name: str) -> None:
        self.calls[name] += 1
        if not self.database_works:
            raise ConnectionError("no database")
        if name in self.refusals:
            raise as_application_error(self.refusals[name])

    @activity.defn
    async def register_project(self, request: RegisterProject) -> ProjectRegistered:
        self._called("register_project")
        return ProjectRegistered(
            project_id=request.project_id, verification_id=request.verification_id
        )

    @activity.defn
    async def complete_document(self, request: CompleteDocument) -> DocumentCompleted:
        self._called("complete_document")
        return DocumentCompleted(document_id=request.document_id, sha256="ab" * 32)

    @activity.defn
    async def assign_verifier(self, request: AssignVerifier) -> VerificationStep:
        self._called("assign_verifier")
        await self.assignment_answers.wait()
        return VerificationStep(
            verification_id=request.verification_id,
            status=VerificationStatus.IN_REVIEW,
            notification_ids=(self.notification_id,),
        )

    @activity.defn
    async def record_decision(self, request: RecordDecision) -> VerificationStep:
        self._called("record_decision")
        approved = request.decision is Decision.APPROVE
        return VerificationStep(
            verification_id=request.verification_id,
            status=VerificationStatus.APPROVED if approved else VerificationStatus.REJECTED,
            waits_for_countersignature=approved and request.needs_countersignature,
            invoice=self.invoice if approved else None,
        )

    @activity.defn
    async def take_payment(self, request: TakePayment) -> InvoiceStep:
        self._called("take_payment")
        return InvoiceStep(invoice_id=request.invoice_id, status=InvoiceStatus.PAID)

    @activity.defn
    async def cancel_invoice(self, request: SettleInvoice) -> InvoiceStep:
        self._called("cancel_invoice")
        return InvoiceStep(invoice_id=request.invoice_id, status=InvoiceStatus.CANCELLED)

    @activity.defn
    async def note_invoice_overdue(self, request: InvoiceDeadline) -> InvoiceStep:
        self._called("note_invoice_overdue")
        return InvoiceStep(
            invoice_id=request.invoice_id,
            status=InvoiceStatus.OVERDUE,
            notification_ids=(self.notification_id,),
        )

    @activity.defn
    async def change_project(self, _: ChangeProject) -> ProjectChanged:
        self._called("change_project")
        return ProjectChanged(change=1, notification_ids=(self.notification_id,))

    @activity.defn
    async def withdraw_round(self, request: WithdrawRound) -> VerificationStep:
        self._called("withdraw_round")
        return VerificationStep(
            verification_id=request.verification_id,
            status=VerificationStatus.WITHDRAWN,
            notification_ids=(self.notification_id,),
        )

    @activity.defn
    async def countersign(self, request: Countersign) -> VerificationStep:
        self._called("countersign")
        return VerificationStep(
            verification_id=request.verification_id,
            status=VerificationStatus.APPROVED,
            notification_ids=(self.notification_id,),
        )

    @activity.defn
    async def refuse_countersignature(self, request: RefuseCountersignature) -> VerificationStep:
        self._called("refuse_countersignature")
        return VerificationStep(
            verification_id=request.verification_id,
            status=VerificationStatus.IN_REVIEW,
            notification_ids=(self.notification_id,),
        )

    @activity.defn
    async def correct_certificates(self, _: CorrectCertificates) -> CertificatesCorrected:
        self._called("correct_certificates")
        return CertificatesCorrected(corrected=0)

    @activity.defn
    async def check_sign_offs(self, request: CheckSignOffs) -> SignOffsChecked:
        self._called("check_sign_offs")
        differences = 0 if self.sign_offs_hold else 1
        return SignOffsChecked(
            check_id=request.check_id,
            checked=1,
            differences=differences,
            notification_ids=(self.notification_id,) * differences,
        )

    @activity.defn
    async def check_documents(self, request: CheckSignOffs) -> SignOffsChecked:
        """What is not mailed yet is answered again."""
        self._called("check_documents")
        told = () if self.sign_offs_hold else (self.notification_id,)
        return SignOffsChecked(check_id=request.check_id, checked=3, notification_ids=told)

    @activity.defn
    async def add_event(self, request: AddEvent) -> EventAdded:
        self._called("add_event")
        return EventAdded(event_id=request.operation_id)

    @activity.defn
    async def note_deadline(self, request: NoteDeadline) -> VerificationStep:
        self._called("note_deadline")
        self.deadlines.append(request.event_type)
        self.waits.append(request.wait)
        return VerificationStep(
            verification_id=request.verification_id, status=VerificationStatus.PENDING
        )

    @activity.defn
    async def issue_credits(self, request: IssueCredits) -> CreditsIssued:
        self._called("issue_credits")
        async with waiting_while_frozen():
            if self.frozen:
                raise RegistryFrozen("The registry is frozen: a recount.")
        return CreditsIssued(
            serial="KRB-2025-001-000001",
            transaction_id=request.verification_id,
            record_id=self.record_id,
        )

    @activity.defn
    async def transfer_credits(self, request: TransferCredits) -> CreditsTransferred:
        self._called("transfer_credits")
        return CreditsTransferred(
            transaction_id=request.transaction_id,
            serial="KRB-2025-001-000002",
            record_id=self.record_id,
            notification_ids=(self.notification_id,),
            reservation_id=self.fulfils,
        )

    @activity.defn
    async def retire_units(self, request: RetireUnits) -> UnitsRetired:
        self._called("retire_units")
        return UnitsRetired(
            retirement_id=request.retirement_id,
            serial="KRB-2025-001-000004",
            record_id=self.record_id,
            record_ids=(self.record_id, *self.more_record_ids) if request.lines else (),
        )

    @activity.defn
    async def propose(self, request: Propose) -> ProposalStep:
        self._called("propose")
        return ProposalStep(proposal_id=request.proposal_id, status=ProposalStatus.WAITING)

    @activity.defn
    async def countersign_proposal(self, request: CountersignProposal) -> ProposalStep:
        self._called("countersign_proposal")
        return ProposalStep(proposal_id=request.proposal_id, status=ProposalStatus.COUNTERSIGNED)

    @activity.defn
    async def refuse_proposal(self, request: RefuseProposal) -> ProposalStep:
        self._called("refuse_proposal")
        return ProposalStep(proposal_id=request.proposal_id, status=ProposalStatus.REFUSED)

    @activity.defn
    async def withdraw_proposal(self, request: WithdrawProposal) -> ProposalStep:
        self._called("withdraw_proposal")
        return ProposalStep(proposal_id=request.proposal_id, status=ProposalStatus.WITHDRAWN)

    @activity.defn
    async def expire_proposal(self, request: ExpireProposal) -> ProposalStep:
        self._called("expire_proposal")
        return ProposalStep(proposal_id=request.proposal_id, status=ProposalStatus.EXPIRED)

    @activity.defn
    async def request_reservation(self, request: RequestReservation) -> ReservationStep:
        return self._reservation("request", request.reservation_id, ReservationStatus.REQUESTED)

    @activity.defn
    async def accept_reservation(self, request: AnswerReservation) -> ReservationStep:
        return self._reservation("accept", request.reservation_id, ReservationStatus.ACCEPTED)

    @activity.defn
    async def refuse_reservation(self, request: AnswerReservation) -> ReservationStep:
        return self._reservation("refuse", request.reservation_id, ReservationStatus.REFUSED)

    @activity.defn
    async def cancel_reservation(self, request: AnswerReservation) -> ReservationStep:
        return self._reservation("cancel", request.reservation_id, ReservationStatus.CANCELLED)

    @activity.defn
    async def expire_reservation(self, request: EndReservation) -> ReservationStep:
        async with waiting_while_frozen():
            if self.frozen:
                self.frozen = False
                raise RegistryFrozen("The registry is frozen: a recount.")
        return self._reservation("expire", request.reservation_id, ReservationStatus.EXPIRED)

    def _reservation(
        self, act: str, reservation_id: UUID, status: ReservationStatus
    ) -> ReservationStep:
        self._called(f"{act}_reservation")
        return ReservationStep(
            reservation_id=reservation_id,
            status=status,
            notification_ids=(self.notification_id,),
        )

    @activity.defn
    async def freeze_registry(self, request: ChangeState) -> StateChanged:
        self._called("freeze_registry")
        return StateChanged(frozen=True, since=self.since)

    @activity.defn
    async def unfreeze_registry(self, request: ChangeState) -> StateChanged:
        self._called("unfreeze_registry")
        return StateChanged(frozen=False, since=self.since)

    @activity.defn
    async def cancel_credits(self, request: CancelCredits) -> CreditsCancelled:
        self._called("cancel_credits")
        return CreditsCancelled(
            transaction_id=request.transaction_id,
            serial="KRB-2025-001-000005",
            notification_ids=(self.notification_id,),
        )

    @activity.defn
    async def release_buffer(self, request: ReleaseBuffer) -> BufferReleased:
        self._called("release_buffer")
        return BufferReleased(
            transaction_id=request.transaction_id,
            serial="KRB-2025-001-000006",
            notification_ids=(self.notification_id,),
        )

    @activity.defn
    async def queue_missing_records(self, _: QueueMissingRecords) -> MissingRecordsQueued:
        return MissingRecordsQueued()

    @activity.defn
    async def record_reversal(self, request: RecordReversal) -> ReversalRecorded:
        self._called("record_reversal")
        return ReversalRecorded(
            reversal_id=request.reversal_id,
            covered_units=4_000,
            notices=self.notices,
            owed_units=self.owed_units if self.due_at else 0,
            due_at=self.due_at,
        )

    @activity.defn
    async def replace_loss(self, request: ReplaceLoss) -> ObligationStep:
        self._called("replace_loss")
        self.owed_units -= request.quantity_units
        return self._obligation(request.reversal_id)

    @activity.defn
    async def cancel_suspended(self, request: CancelSuspended) -> ObligationStep:
        self._called("cancel_suspended")
        self.owed_units = 0
        return self._obligation(request.reversal_id)

    @activity.defn
    async def remind_of_obligation(self, request: ObligationDeadline) -> ObligationStep:
        self._called("remind_of_obligation")
        return self._obligation(request.reversal_id)

    @activity.defn
    async def note_obligation_overdue(self, request: ObligationDeadline) -> ObligationStep:
        self._called("note_obligation_overdue")
        return self._obligation(request.reversal_id)

    def _obligation(self, reversal_id: UUID) -> ObligationStep:
        return ObligationStep(
            reversal_id=reversal_id,
            owed_units=self.owed_units,
            settled=self.owed_units == 0,
            notification_ids=(self.notification_id,),
        )

    @activity.defn
    async def set_buffer_share(self, request: SetBufferShare) -> BufferShareSet:
        self._called("set_buffer_share")
        return BufferShareSet(project_id=request.project_id, percent=request.percent or Decimal(0))

    @activity.defn
    async def list_notices(self, request: ListNotices) -> NoticesListed:
        self._called("list_notices")
        of = range(request.first, min(request.first + request.count, self.notices))
        return NoticesListed(notification_ids=tuple(UUID(int=number) for number in of))

    @activity.defn
    async def forget_answers(self, request: ForgetAnswers) -> AnswersForgotten:
        self._called("forget_answers")
        return AnswersForgotten(answers=2)

    @activity.defn
    async def chain_queued_entries(self, request: ChainQueuedEntries) -> QueuedEntriesChained:
        self._called("chain_queued_entries")
        return QueuedEntriesChained(entries=5)

    @activity.defn
    async def add_audit_months(self, request: AddAuditMonths) -> AuditMonthsAdded:
        self._called("add_audit_months")
        return AuditMonthsAdded(months=1)

    @activity.defn
    async def archive_audit_month(self, request: ArchiveAuditMonth) -> AuditMonthArchived:
        self._called("archive_audit_month")
        month = self.old_months.pop(0) if self.old_months else None
        return AuditMonthArchived(month=month, sha256="ab" * 32 if month else None)

    @activity.defn
    async def sweep_leftovers(self, request: SweepLeftovers) -> LeftoversSwept:
        self._called("sweep_leftovers")
        return LeftoversSwept(
            documents=1,
            uploads=2,
            requests=3,
            sign_ins=4,
            notification_ids=(self.notification_id,),
        )

    @activity.defn
    async def check_ledger(self, request: CheckLedger) -> LedgerChecked:
        self._called("check_ledger")
        if self.ledger_holds:
            return LedgerChecked(check_id=request.check_id, holds=True)
        return LedgerChecked(
            check_id=request.check_id,
            holds=False,
            differences=1,
            notification_ids=(self.notification_id,),
        )

    @activity.defn
    async def anchor_audit_log(self, request: AnchorAuditLog) -> AuditLogAnchored:
        self._called("anchor_audit_log")
        return AuditLogAnchored(seq=7, record_id=self.record_id if self.audit_grew else None)

    @activity.defn
    async def grow_log(self, request: GrowLog) -> LogGrown:
        self._called("grow_log")
        return LogGrown(size=9, published=7 if self.audit_grew else 9, is_cosigned=True)

    @activity.defn
    async def publish_checkpoint(
        self,
        request: PublishCheckpoint,
    ) -> CheckpointPublished:
        self._called("publish_checkpoint")
        return CheckpointPublished(size=9)

    @activity.defn
    async def cosign_checkpoint(
        self,
        request: CosignCheckpoint,
    ) -> CheckpointCosigned:
        self._called("cosign_checkpoint")
        return CheckpointCosigned(size=9, witnesses=("witness.example",))

    @activity.defn
    async def sign_status_lists(
        self,
        request: SignStatusLists,
    ) -> StatusListsSigned:
        self._called("sign_status_lists")
        return StatusListsSigned(lists=6, changed=1)

    @activity.defn
    async def resume_record(self, request: ResumeRecord) -> RecordResumed:
        self._called("resume_record")
        return RecordResumed(record_id=request.record_id)

    @activity.defn
    async def settle_label(self, request: SettleRecord) -> RecordStep:
        self._called("settle_label")
        status = (
            StandardRecordStatus.CONFIRMED
            if request.act is SettleAct.CONFIRM
            else StandardRecordStatus.WITHDRAWN
        )
        return RecordStep(record_id=request.record_id, status=status)

    @activity.defn
    async def make_report(self, request: MakeReport) -> ReportMade:
        self._called(f"make_report/{request.kind}")
        return ReportMade(report_id=request.report_id, version=1, sha256="ef" * 32)

    @activity.defn
    async def publish_export(self, request: PublishExport) -> ExportPublished:
        self._called("publish_export")
        return ExportPublished(export_id=request.export_id, sha256="ef" * 32)

    @activity.defn
    async def read_submission(self, request: ReadSubmission) -> SubmissionRead:
        self._called("read_submission")
        return SubmissionRead(rows=2)

    @activity.defn
    async def finish_submission(self, request: FinishSubmission) -> SubmissionFinished:
        self._called("finish_submission")
        return self.file_finished.model_copy(update={"notification_ids": (self.notification_id,)})

    @activity.defn
    async def act_on_issues(self, request: ActOnIssues) -> IssuesStep:
        self._called("act_on_issues")
        is_waived = request.act is IssueAct.CONFIRM_WAIVER
        return IssuesStep(open_errors=0 if is_waived else 1, open_warnings=0, takes_rest=is_waived)

    @activity.defn
    async def take_rest(self, request: TakeRest) -> IssuesStep:
        self._called("take_rest")
        return IssuesStep(open_errors=0, open_warnings=0)

    @activity.defn
    async def note_waiting(self, request: NoteWaiting) -> WaitingNoted:
        self._called("escalated" if request.escalated else "reminded")
        return WaitingNoted(notification_ids=(self.notification_id,))

    @activity.defn
    async def close_issues(self, request: CloseIssues) -> IssuesClosed:
        self._called("lapsed" if request.lapsed else "closed")
        return IssuesClosed(left=0)

    @activity.defn
    async def look_at_folders(self, request: LookAtFolders) -> FoldersLooked:
        self._called("look_at_folders")
        return self.looks.pop(0) if self.looks else FoldersLooked()

    @activity.defn
    async def measure_issues(self, request: MeasureIssues) -> IssuesMeasured:
        self._called("measure_issues")
        return IssuesMeasured(groups=0, age_seconds=0)

    @activity.defn
    async def plan_digests(self, request: PlanDigests) -> DigestsPlanned:
        self._called("plan_digests")
        return DigestsPlanned(digest_ids=(self.record_id, self.notification_id))

    @activity.defn
    async def mail_digest(self, request: MailDigest) -> DigestMailed:
        self._called("mail_digest")
        self.mailed.append(request.digest_id)
        return DigestMailed(digest_id=request.digest_id, sent=True)

    @activity.defn
    async def mail_account_message(self, request: MailAccountMessage) -> AccountMessageHandled:
        self._called("mail_account_message")
        return AccountMessageHandled(message_id=request.message_id, mailed=True)

    @activity.defn
    async def list_account_messages(self, request: ListAccountMessages) -> AccountMessagesListed:
        self._called("list_account_messages")
        return AccountMessagesListed(message_ids=(self.record_id, self.notification_id))

    @activity.defn
    async def make_data_export(self, request: MakeDataExport) -> DataExportMade:
        self._called("make_data_export")
        return DataExportMade(export_id=request.export_id, notification_ids=(self.notification_id,))

    @activity.defn
    async def remind_of_erasure(self, request: RemindOfErasure) -> ErasureStep:
        self._called("remind_of_erasure")
        return ErasureStep(
            erasure_id=request.erasure_id,
            outcome="reminded",
            notification_ids=(self.notification_id,),
        )

    @activity.defn
    async def erase_account(self, request: EraseAccount) -> ErasureStep:
        self._called("erase_account")
        return ErasureStep(erasure_id=request.erasure_id, outcome="erased")

    @activity.defn
    async def seal_personal_data(self, request: SealPersonalData) -> PersonalDataSealed:
        self._called("seal_personal_data")
        self.key_made_before = request.key_made_before
        return PersonalDataSealed(version=2, rows=4)

    @activity.defn
    async def list_own_data(self, request: ListOwnData) -> OwnDataListed:
        self._called("list_own_data")
        return self.own_data_listed

    @activity.defn
    async def mail_notification(self, request: MailNotification) -> NotificationMailed:
        self._called("mail_notification")
        if not self.mail_works:
            raise ConnectionError("no mail server")
        self.mailed.append(request.notification_id)
        return NotificationMailed(notification_id=request.notification_id, sent=True)


class ChainStandIn:
    """
    A queue of transactions to be signed, and findings that the follower is to report.

    `answers` come before the queue, as they are: what a wallet says that signs nothing.
    """

    def __init__(self) -> None:
        self.queue: list[str] = []
        self.answers: list[RecordsAnchored] = []
        self.asked: list[AnchorRecords] = []
        self.submitted: list[str] = []
        self.findings: asyncio.Queue[ChainFollowed] = asyncio.Queue()
        self.announced: list[UUID] = []
        self.sealed: list[UUID] = []
        self.old_address = AddressStandIn()
        self.believed: list[bool] = []
        self.tells: tuple[UUID, ...] = ()
        self.differs = 0
        """How many times the chain will show another record than ours."""
        self.turned_away: BaseException | None = None
        self.submit_turned_away: BaseException | None = None
        self.submit_fails = False
        self.alert_notification_ids: tuple[UUID, ...] = ()
        self.frozen: set[str] = set()
        self.answers_may_leave = asyncio.Event()
        """Cleared, what a frozen wallet says is said late."""
        self.answers_may_leave.set()
        self.differing: tuple[UUID, ...] = ()

    def activities(self) -> list[Callable[..., Any]]:
        return [
            self.anchor_records,
            self.submit_transaction,
            self.follow_chain,
            self.announce_records,
            self.seal_certificate,
            self.watch_chain,
            self.reconcile_chain,
            *self.old_address.activities(),
        ]

    def registry_activities(self) -> list[Callable[..., Any]]:
        return [self.freeze_wallet, self.resume_wallet]

    @activity.defn
    async def anchor_records(self, request: AnchorRecords) -> RecordsAnchored:
        self._turn_away()
        self.asked.append(request)
        if request.wallet in self.frozen:
            answer = RecordsAnchored(frozen=True, waiting=len(self.queue))
            await self.answers_may_leave.wait()
            return answer
        if self.answers:
            return self.answers.pop(0)
        return RecordsAnchored(tx_hash=self.queue.pop(0)) if self.queue else RecordsAnchored()

    @activity.defn
    async def submit_transaction(self, request: SubmitTransaction) -> TransactionSubmitted:
        if self.submit_fails:
            raise ConnectionError("the provider does not answer")
        if self.submit_turned_away is not None:
            trouble, self.submit_turned_away = self.submit_turned_away, None
            raise trouble
        self.submitted.append(request.tx_hash)
        return TransactionSubmitted(tx_hash=request.tx_hash, taken=True)

    @activity.defn
    async def follow_chain(self, request: FollowChain) -> ChainFollowed:
        self._turn_away()
        while self.findings.empty():
            activity.heartbeat()
            await asyncio.sleep(0.05)
        return self.findings.get_nowait()

    @activity.defn
    async def announce_records(self, request: AnnounceRecords) -> RecordsAnnounced:
        self.announced += request.record_ids
        return RecordsAnnounced(count=len(request.record_ids))

    @activity.defn
    async def freeze_wallet(self, request: ChangeWallet) -> WalletChanged:
        self.frozen.add(request.wallet)
        return WalletChanged(wallet=request.wallet, frozen=True)

    @activity.defn
    async def resume_wallet(self, request: ChangeWallet) -> WalletChanged:
        self.frozen.discard(request.wallet)
        return WalletChanged(wallet=request.wallet, frozen=False)

    @activity.defn
    async def seal_certificate(self, request: SealCertificate) -> CertificateSealed:
        self.believed.append(request.believe)
        if self.differs:
            self.differs -= 1
            return CertificateSealed(retirement_id=request.retirement_id)
        self.sealed.append(request.retirement_id)
        return CertificateSealed(
            retirement_id=request.retirement_id, digest="cd" * 32, notification_ids=self.tells
        )

    @activity.defn
    async def watch_chain(self, request: WatchChain) -> ChainWatched:
        return ChainWatched(
            watch_id=request.watch_id,
            troubles=len(self.alert_notification_ids),
            notification_ids=self.alert_notification_ids,
        )

    def _turn_away(self) -> None:
        if self.turned_away is not None:
            trouble, self.turned_away = self.turned_away, None
            raise trouble

    @activity.defn
    async def reconcile_chain(self, request: ReconcileChain) -> ChainReconciled:
        """`differing` are the notifications that a difference makes; none: there is no difference."""
        return ChainReconciled(
            reconciliation_id=request.reconciliation_id,
            agrees=not self.differing,
            differences=len(self.differing),
            notification_ids=self.differing,
        )
