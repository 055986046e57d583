"""
The worker: joins adapters to activities and runs the workflows. With `api/app.py` the only assembler.

Run it with `python worker.py`. SIGTERM or SIGINT lets running activities finish for
`GRACEFUL_SHUTDOWN_SECONDS`, then cancels them; Temporal gives them to the next worker.
"""

# Before anything large is imported.
from adapters.process_memory import begin_start, end_start

if __name__ == "__main__":
    begin_start()

import asyncio
import gc
import os
import signal
import threading
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, Protocol

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.client import Client
from temporalio.worker import Worker

from activities.accounts.account_mails import AccountMailActivities
from activities.accounts.digests import DigestActivities
from activities.accounts.notifications import NotificationActivities
from activities.accounts.own_data import OwnDataActivities
from activities.accounts.proposals import ProposalActivities
from activities.asked_from_interceptor import AskedFromInterceptor
from activities.audit.anchor import AuditActivities
from activities.audit.months import AuditMonthActivities
from activities.certificates.certificates import CertificateActivities, CertificateWriter
from activities.certificates.corrections import CorrectionActivities
from activities.certificates.status_lists import StatusListActivities
from activities.chain.anchoring import ChainActivities
from activities.chain.confirmation_tracker import ChainRules
from activities.chain.provider_check import ProviderNeeds, provider_fitness
from activities.chain.reconciliation import LookupRateLimit, ReconcileActivities
from activities.chain.resumption import ResumptionActivities
from activities.chain.rotation import RotationActivities
from activities.chain.wallets import WalletActivities
from activities.chain.watch import ChainWatchActivities
from activities.credits.buffer import BufferActivities
from activities.credits.cancellation import CancellationActivities
from activities.credits.freeze import FreezeActivities
from activities.credits.issuance import IssuanceActivities
from activities.credits.issuance_correction import IssuanceCorrectionActivities
from activities.credits.ledger_check import ConservationActivities
from activities.credits.ledger_writes import Salts, random_salt
from activities.credits.missing_records import MissingRecordActivities
from activities.credits.obligation import ObligationActivities
from activities.credits.reservation import ReservationActivities
from activities.credits.retirement import RetirementActivities
from activities.credits.reversal import ReversalActivities
from activities.credits.transfer import TransferActivities
from activities.faults import FaultInterceptor
from activities.ingestion.folders import FolderActivities
from activities.ingestion.follow_up import IssueActivities
from activities.ingestion.submissions import IngestionActivities
from activities.payments.invoices import InvoiceActivities
from activities.payments.invoicing import Invoicing
from activities.ports.accounts import Mailer
from activities.ports.certificates import CertificateSigner
from activities.ports.chain.provider import (
    AddressHistory,
    Chain,
    ChainMisconfigured,
    ChainUnavailable,
)
from activities.ports.chain.records import WalletNotifier
from activities.ports.chain.wallets import Wallet
from activities.ports.clock import Clock
from activities.ports.database import Database
from activities.ports.object_store import ObjectStore
from activities.ports.payments.provider import CheckoutPages
from activities.ports.publishing import OpenData, ParquetWriter, SealedSecrets, WebhookSender
from activities.ports.reports.reports import ReportFiles
from activities.ports.transparency import Witness, Witnesses
from activities.projects.assurance import AssuranceRules
from activities.projects.buffer_share import BufferShareActivities
from activities.projects.changes import ChangeActivities
from activities.projects.countersignature import CountersignatureActivities
from activities.projects.documents import DocumentActivities
from activities.projects.findings import FindingActivities
from activities.projects.programme.appeals import AppealActivities
from activities.projects.projects import ProjectActivities
from activities.projects.rounds import RoundActivities
from activities.projects.sign_offs import SignOffActivities
from activities.projects.verification import VerificationActivities
from activities.publishing.open_data import ExportActivities
from activities.publishing.webhooks import WebhookActivities
from activities.refusal_interceptor import RefusalInterceptor
from activities.reports.reports import ReportActivities
from activities.standards.authorisations import AuthorisationActivities
from activities.standards.foreign_ranges import ForeignRangeActivities
from activities.standards.labels import LabelActivities
from activities.stored_responses import StoredResponseActivities
from activities.sweeping import SweepActivities
from activities.transparency.log import TransparencyActivities
from adapters.chain.providers import open_chain
from adapters.chain.wallet.wallets import open_wallets
from adapters.clock import SystemClock
from adapters.documents.page_counts import PdfPageCounter
from adapters.documents.printing import CertificatePrinter
from adapters.ingestion.clamd import ClamdScanner
from adapters.ingestion.files import DeclaredFormats, ReadableFiles
from adapters.logging import configure_logging
from adapters.mail import SmtpMailer
from adapters.parquet.files import ParquetFiles
from adapters.payments.checkout import CheckoutProvider
from adapters.personal_data.opening import open_personal_data
from adapters.postgres.chain.stored_payloads import PostgresStoredPayloads
from adapters.postgres.database import PostgresDatabase, open_engine
from adapters.postgres.publishing.open_data import PostgresOpenData
from adapters.reports.files import ReportFileWriter
from adapters.settings import Settings, load_settings
from adapters.signing.certificate_signature import verify_signature
from adapters.signing.certificate_signer import Ed25519CertificateSigner
from adapters.storage.object_store import S3ObjectStore
from adapters.telemetry.redis_watch import watch_redis
from adapters.telemetry.tracing import open_error_reports, open_tracing
from adapters.temporal.client import connect_temporal
from adapters.temporal.outages import OutageInterceptor
from adapters.temporal.runner import UnsandboxedAfterCheck
from adapters.temporal.versions import declare_current, deployment
from adapters.wallet_notifier import TemporalWalletNotifier
from adapters.webhooks.secrets import open_webhook_secrets
from adapters.webhooks.sender import HttpWebhookSender
from adapters.witnesses import HttpWitnesses
from domain.certificates.certificates import IssuingRegistry
from domain.chain.provider_check import unfit
from domain.chain.wallets import DEFAULT_WALLET
from domain.projects.programme.consultations import ConsultationRules
from domain.transparency.checkpoints import NoteKey, origin_of
from workflows import long_running, policies
from workflows.accounts.account_mails import AccountMailSweepWorkflow, AccountMailWorkflow
from workflows.accounts.digests import DigestsWorkflow
from workflows.accounts.mailing import MailingWorkflow
from workflows.accounts.notices import NoticesWorkflow
from workflows.accounts.own_data import (
    DataExportWorkflow,
    ErasureWorkflow,
    PersonalDataWorkflow,
)
from workflows.accounts.proposals import ProposalWorkflow
from workflows.audit.anchor import AuditAnchorWorkflow
from workflows.audit.months import AuditMonthsWorkflow, AuditQueueWorkflow
from workflows.certificates.certificates import CertificateWorkflow
from workflows.certificates.status_lists import StatusListsWorkflow
from workflows.chain import wallet
from workflows.chain.follower import FollowerWorkflow
from workflows.chain.reconciliation import ReconcileWorkflow
from workflows.chain.resumption import ResumptionWorkflow
from workflows.chain.rotation import RotationWorkflow
from workflows.chain.wallet import WalletWorkflow
from workflows.chain.watch import ChainWatchWorkflow
from workflows.credits.buffer import BufferReleaseWorkflow
from workflows.credits.cancellation import CancellationWorkflow
from workflows.credits.freeze import FreezeWorkflow
from workflows.credits.issuance_correction import IssuanceCorrectionWorkflow
from workflows.credits.ledger_check import ConservationWorkflow
from workflows.credits.obligation import ObligationWorkflow
from workflows.credits.reservation import ReservationWorkflow
from workflows.credits.retirement import RetirementWorkflow
from workflows.credits.reversal import ReversalWorkflow
from workflows.credits.transfer import TransferWorkflow
from workflows.ingestion.folders import IngestionFoldersWorkflow
from workflows.ingestion.issues import IngestionIssuesWorkflow
from workflows.ingestion.submissions import IngestionWorkflow
from workflows.ingestion.watch import IngestionWatchWorkflow
from workflows.payments.invoices import InvoiceWorkflow
from workflows.projects.programme.appeals import AppealWorkflow
from workflows.projects.sign_offs import SignOffsWorkflow
from workflows.projects.verification import VerificationWorkflow
from workflows.publishing.open_data import ExportWorkflow
from workflows.publishing.webhooks import WebhookDeliveryWorkflow, WebhookDispatcherWorkflow
from workflows.reports.reports import DueReportsWorkflow, ReportWorkflow
from workflows.standards.records import StandardRecordWorkflow
from workflows.stored_responses import AnswersWorkflow
from workflows.sweeping import SweepWorkflow
from workflows.transparency.log import TransparencyLogWorkflow

WORKFLOWS = [
    VerificationWorkflow,
    AppealWorkflow,
    ReservationWorkflow,
    RetirementWorkflow,
    InvoiceWorkflow,
    CertificateWorkflow,
    TransferWorkflow,
    WalletWorkflow,
    FollowerWorkflow,
    FreezeWorkflow,
    ExportWorkflow,
    ReportWorkflow,
    DueReportsWorkflow,
    CancellationWorkflow,
    BufferReleaseWorkflow,
    ReversalWorkflow,
    ObligationWorkflow,
    IssuanceCorrectionWorkflow,
    StandardRecordWorkflow,
    MailingWorkflow,
    NoticesWorkflow,
    ProposalWorkflow,
    AccountMailWorkflow,
    AccountMailSweepWorkflow,
    DigestsWorkflow,
    DataExportWorkflow,
    ErasureWorkflow,
    PersonalDataWorkflow,
    WebhookDispatcherWorkflow,
    WebhookDeliveryWorkflow,
    ConservationWorkflow,
    AuditAnchorWorkflow,
    AuditQueueWorkflow,
    AuditMonthsWorkflow,
    TransparencyLogWorkflow,
    StatusListsWorkflow,
    RotationWorkflow,
    ChainWatchWorkflow,
    ResumptionWorkflow,
    ReconcileWorkflow,
    SignOffsWorkflow,
    AnswersWorkflow,
    SweepWorkflow,
    IngestionWorkflow,
    IngestionIssuesWorkflow,
    IngestionWatchWorkflow,
    IngestionFoldersWorkflow,
]
OTHER_CONNECTIONS = 4
"""Database connections left to the queues that mostly wait for somebody else: chain, mail, webhooks."""

STOPPING_SECONDS = 5
"""What ending takes beside the activities: saying goodbye to Temporal, which may not answer."""

SEALS_AT_ONCE = 4
"""Certificates that are sealed at the same time; their transactions are read one by one anyway."""

RECONCILE_RATE_LIMIT = LookupRateLimit(pause_seconds=0.5, recheck_seconds=20)
"""Two transactions a second at most: the provider's limit is there for records, not for checks."""

Activity = Callable[..., Any]

log = structlog.get_logger()


class ChainWithHistory(AddressHistory, Chain, Protocol):
    """What a worker asks of a chain."""


@dataclass(frozen=True)
class Adapters:
    """
    What the use cases reach the outside with; tests put fakes where the outside world begins.

    `background_chain` asks the same chain as `chain` and lets its calls go first. `wallets` are those
    in use by their names, with the default one among them.
    """

    database: Database
    clock: Clock
    objects: ObjectStore
    open_data: OpenData
    report_files: ReportFiles
    mailer: Mailer
    webhook_sender: WebhookSender
    webhook_secrets: SealedSecrets
    certificate_signer: CertificateSigner
    chain: ChainWithHistory
    background_chain: Chain
    wallets: Mapping[str, Wallet]
    retired_wallets: tuple[Wallet, ...] = ()
    wallet_notifier: WalletNotifier | None = None
    salts: Salts = random_salt
    witnesses: Witnesses = field(default_factory=HttpWitnesses)
    parquet: ParquetWriter = field(default_factory=ParquetFiles)
    checkout_pages: CheckoutPages | None = None


@dataclass(frozen=True)
class Pacing:
    """How hurried the follower of the chain is, where no operator has a say; tests make time jump."""

    reconciliation: LookupRateLimit = RECONCILE_RATE_LIMIT
    tip_seconds: float = ChainRules.tip_seconds


def provider_needs(settings: Settings) -> ProviderNeeds:
    return ProviderNeeds(
        network=settings.chain.cardano_network,
        slot_zero_at=settings.chain.slot_zero_at,
        finality_blocks=settings.chain.chain_finality_blocks,
    )


async def report_on_provider(chain: Chain, needs: ProviderNeeds) -> None:
    """Say in the log, when a worker starts, what is wrong with the chain's provider; never raises."""
    try:
        fitness = await provider_fitness(chain, await chain.tip(), needs)
    except (ChainUnavailable, ChainMisconfigured) as trouble:
        log.warning("chain provider gives no answer", reason=str(trouble))
        return
    network, finality_blocks = needs.network.value, needs.finality_blocks
    for fault in unfit(fitness, network=network, finality_blocks=finality_blocks):
        log.error("chain provider is unfit", kind=fault.kind.value, reason=fault.sentence)
    if fitness.other_network is None and fitness.missing_height is None:
        log.info("chain provider is fit", network=network, keeps_blocks=finality_blocks)


class AccountArea:
    def __init__(self, adapters: Adapters, settings: Settings) -> None:
        self.mails = AccountMailActivities(
            adapters.database,
            adapters.mailer,
            adapters.clock,
            public_url=settings.registry.public_url,
        )
        self.own_data = OwnDataActivities(adapters.database, adapters.objects, adapters.clock)
        self.proposals = ProposalActivities(adapters.database, adapters.clock)
        self.notifications = NotificationActivities(
            adapters.database,
            adapters.mailer,
            adapters.clock,
            public_url=settings.registry.public_url,
        )
        self.digests = DigestActivities(
            adapters.database,
            adapters.mailer,
            adapters.clock,
            public_url=settings.registry.public_url,
        )


class PaymentArea:
    def __init__(self, adapters: Adapters, settings: Settings) -> None:
        self.invoicing = Invoicing(charges=settings.payments.fees_charged)
        self.invoices = InvoiceActivities(
            adapters.database,
            adapters.clock,
            adapters.checkout_pages,
            public_url=settings.registry.public_url.rstrip("/"),
        )


class ProjectArea:
    def __init__(self, adapters: Adapters, settings: Settings, invoicing: Invoicing) -> None:
        self.projects = ProjectActivities(adapters.database, adapters.clock)
        self.buffer_shares = BufferShareActivities(adapters.database, adapters.clock)
        self.rounds = RoundActivities(adapters.database, adapters.clock)
        self.changes = ChangeActivities(adapters.database, adapters.clock)
        self.documents = DocumentActivities(adapters.database, adapters.objects, adapters.clock)
        self.verification = VerificationActivities(
            adapters.database,
            adapters.clock,
            declaration_required=settings.rules.conflict_declaration_required,
            rounds_of_one_body_max=settings.rules.rounds_of_one_body_max,
            consultation=ConsultationRules(
                required=settings.rules.consultation_required,
                answers_required=settings.rules.consultation_answers_required,
            ),
            assurance=AssuranceRules(
                validation_required=settings.rules.validation_required,
                technical_review_required=settings.rules.technical_review_required,
            ),
            invoicing=invoicing,
        )
        self.findings = FindingActivities(
            adapters.database, adapters.objects, PdfPageCounter(), adapters.clock
        )
        self.appeals = AppealActivities(
            adapters.database,
            adapters.clock,
            settings.rules.appeals(),
        )
        self.countersignature = CountersignatureActivities(
            adapters.database, adapters.clock, invoicing
        )
        self.sign_offs = SignOffActivities(adapters.database, adapters.objects, adapters.clock)


class CreditArea:
    def __init__(
        self,
        adapters: Adapters,
        writer: CertificateWriter,
        settings: Settings,
        invoicing: Invoicing,
    ) -> None:
        database, clock, notifier = adapters.database, adapters.clock, adapters.wallet_notifier
        salts = adapters.salts
        self.issuance = IssuanceActivities(database, clock, salts)
        self.transfer = TransferActivities(database, clock, notifier, salts)
        self.retirement = RetirementActivities(database, clock, writer, notifier, salts, invoicing)
        self.reservations = ReservationActivities(database, clock)
        self.cancellation = CancellationActivities(database, clock, notifier)
        self.obligation = ObligationActivities(database, clock, notifier)
        self.corrections = IssuanceCorrectionActivities(
            database,
            clock,
            notifier,
            replaced_within=timedelta(days=settings.rules.correction_replaced_within_days),
        )
        self.buffer = BufferActivities(database, clock, notifier, salts)
        self.reversal = ReversalActivities(database, clock, notifier)
        self.missing_records = MissingRecordActivities(database, clock, notifier, salts)
        self.freeze = FreezeActivities(database, clock)
        self.conservation = ConservationActivities(database, clock)


class StandardArea:
    def __init__(self, adapters: Adapters) -> None:
        database, clock = adapters.database, adapters.clock
        self.labels = LabelActivities(database, clock)
        self.authorisations = AuthorisationActivities(database, clock)
        self.foreign_ranges = ForeignRangeActivities(database, clock)


class ChainArea:
    def __init__(self, adapters: Adapters, settings: Settings, pacing: Pacing) -> None:
        database, chain, clock = adapters.database, adapters.chain, adapters.clock
        network = settings.chain.cardano_network.value
        addresses = [wallet.address for wallet in adapters.wallets.values()]
        rules = ChainRules(
            confirmations_required=settings.chain.confirmations_required,
            finality_blocks=settings.chain.chain_finality_blocks,
            ttl_slots=settings.chain.transaction_ttl_slots,
            poll_seconds=settings.chain.chain_poll_seconds,
            flush_seconds=settings.chain.chain_flush_seconds,
            tip_seconds=pacing.tip_seconds,
            is_told=settings.chain.blockfrost_webhook_secret is not None,
        )
        self.anchoring = ChainActivities(
            database, chain, adapters.wallets, clock, rules, network=network
        )
        self.wallets = WalletActivities(database, adapters.wallets, clock, network=network)
        self.rotation = RotationActivities(
            database,
            chain,
            adapters.wallets[DEFAULT_WALLET],
            adapters.retired_wallets,
            clock,
            ttl_slots=rules.ttl_slots,
        )
        self.watch = ChainWatchActivities(
            database, chain, clock, needs=provider_needs(settings), addresses=addresses
        )
        self.resumption = ResumptionActivities(database, clock)
        self.reconciliation = ReconcileActivities(
            database,
            chain,
            clock,
            pacing.reconciliation,
            addresses=addresses,
            finality_blocks=rules.finality_blocks,
        )


class CertificateArea:
    def __init__(self, adapters: Adapters, settings: Settings, writer: CertificateWriter) -> None:
        self.certificates = CertificateActivities(
            adapters.database,
            adapters.background_chain,
            adapters.certificate_signer,
            adapters.clock,
            writer,
            network=settings.chain.cardano_network.value,
            confirmations_required=settings.chain.confirmations_required,
        )
        self.corrections = CorrectionActivities(adapters.database, adapters.clock)
        self.status_lists = StatusListActivities(
            adapters.database,
            adapters.certificate_signer,
            adapters.clock,
            IssuingRegistry(settings.registry.registry_name, settings.registry.public_url),
        )


class AuditArea:
    def __init__(self, adapters: Adapters, settings: Settings) -> None:
        self.anchor = AuditActivities(adapters.database, adapters.clock)
        self.months = AuditMonthActivities(
            adapters.database,
            adapters.objects,
            adapters.clock,
            kept_years=settings.rules.audit_retention_years,
        )


class TransparencyArea:
    def __init__(self, adapters: Adapters, settings: Settings) -> None:
        self.log = TransparencyActivities(
            adapters.database,
            adapters.objects,
            adapters.certificate_signer,
            adapters.witnesses,
            adapters.clock,
            origin=origin_of(settings.registry.public_url),
            witnesses=[
                Witness(one.url, NoteKey.parse(one.key))
                for one in settings.transparency.log_witnesses
            ],
            verify_signature=verify_signature,
        )


class PublishingArea:
    def __init__(self, adapters: Adapters, settings: Settings) -> None:
        self.open_data = ExportActivities(
            adapters.database,
            adapters.open_data,
            adapters.parquet,
            adapters.objects,
            adapters.clock,
        )
        self.webhooks = WebhookActivities(
            adapters.database,
            adapters.webhook_sender,
            adapters.webhook_secrets,
            adapters.clock,
            poll_seconds=settings.webhooks.webhook_look_seconds,
        )


class ReportArea:
    def __init__(self, adapters: Adapters, settings: Settings) -> None:
        self.reports = ReportActivities(
            adapters.database,
            adapters.report_files,
            adapters.objects,
            adapters.certificate_signer,
            adapters.clock,
            registry_name=settings.registry.registry_name,
        )


class IngestionArea:
    def __init__(self, adapters: Adapters, settings: Settings) -> None:
        scanner = settings.scanning
        self.submissions = IngestionActivities(
            adapters.database,
            adapters.objects,
            ReadableFiles(),
            DeclaredFormats(),
            adapters.clock,
            ClamdScanner(scanner.clamd_address, seconds=scanner.clamd_seconds)
            if scanner.clamd_address
            else None,
        )
        self.issues = IssueActivities(adapters.database, adapters.clock)
        self.folders = FolderActivities(
            adapters.database,
            adapters.objects,
            DeclaredFormats(),
            adapters.clock,
            answer_after_seconds=settings.rules.ingestion_answer_deadline_hours * 3600,
        )


class UseCases:
    """Every use case with its adapters, by area, and the task queue of each activity."""

    def __init__(
        self, adapters: Adapters, settings: Settings, *, pacing: Pacing | None = None
    ) -> None:
        writer = CertificateWriter(
            IssuingRegistry(settings.registry.registry_name, settings.registry.public_url)
        )
        self.accounts = AccountArea(adapters, settings)
        self.payments = PaymentArea(adapters, settings)
        invoicing = self.payments.invoicing
        self.projects = ProjectArea(adapters, settings, invoicing)
        self.credits = CreditArea(adapters, writer, settings, invoicing)
        self.standards = StandardArea(adapters)
        self.chain = ChainArea(adapters, settings, pacing or Pacing())
        self.certificates = CertificateArea(adapters, settings, writer)
        self.audit = AuditArea(adapters, settings)
        self.transparency = TransparencyArea(adapters, settings)
        self.publishing = PublishingArea(adapters, settings)
        self.reports = ReportArea(adapters, settings)
        self.ingestion = IngestionArea(adapters, settings)
        self.stored_responses = StoredResponseActivities(adapters.database, adapters.clock)
        self.sweeping = SweepActivities(adapters.database, adapters.objects, adapters.clock)
        # The first one is the outermost.
        self.interceptors = [
            # Outside, so that what counts faults sees the error itself.
            OutageInterceptor(),
            FaultInterceptor(adapters.database, adapters.clock),
            RefusalInterceptor(),
            AskedFromInterceptor(),
        ]

    def by_queue(self) -> dict[str, list[Activity]]:
        return {
            policies.REGISTRY_QUEUE: self._registry_queue(),
            policies.CARDANO_QUEUE: [
                self.chain.anchoring.anchor_records,
                self.chain.anchoring.submit_transaction,
                self.chain.anchoring.follow_chain,
                self.chain.anchoring.announce_records,
                # Seals that an earlier version has asked for wait in this queue.
                self.certificates.certificates.seal_certificate,
                self.chain.rotation.sweep_address,
                self.chain.rotation.close_address,
                self.chain.watch.watch_chain,
                self.chain.reconciliation.reconcile_chain,
            ],
            policies.SEALS_QUEUE: [self.certificates.certificates.seal_certificate],
            policies.NOTIFY_QUEUE: [
                self.publishing.webhooks.deliver_event,
                self.payments.invoices.open_checkout,
            ],
        }

    def _registry_queue(self) -> list[Activity]:
        projects, credits, chain = self.projects, self.credits, self.chain
        return [
            projects.projects.register_project,
            projects.rounds.open_round,
            projects.documents.complete_document,
            projects.buffer_shares.set_buffer_share,
            projects.verification.assign_verifier,
            projects.verification.record_decision,
            projects.changes.change_project,
            projects.changes.withdraw_round,
            projects.countersignature.countersign,
            projects.countersignature.refuse_countersignature,
            projects.verification.add_event,
            projects.verification.note_deadline,
            projects.findings.raise_finding,
            projects.findings.write_in_finding,
            projects.findings.note_unanswered,
            projects.appeals.file_appeal,
            projects.appeals.acknowledge_appeal,
            projects.appeals.decide_appeal,
            projects.appeals.note_appeal_deadline,
            projects.sign_offs.check_sign_offs,
            projects.sign_offs.check_documents,
            self.certificates.corrections.correct_certificates,
            credits.issuance.issue_credits,
            credits.transfer.transfer_credits,
            credits.retirement.retire_units,
            self.payments.invoices.take_payment,
            self.payments.invoices.decide_payment,
            self.payments.invoices.cancel_invoice,
            self.payments.invoices.refund_invoice,
            self.payments.invoices.note_invoice_overdue,
            credits.reservations.request_reservation,
            credits.reservations.accept_reservation,
            credits.reservations.refuse_reservation,
            credits.reservations.cancel_reservation,
            credits.reservations.expire_reservation,
            credits.cancellation.cancel_credits,
            credits.buffer.release_buffer,
            credits.reversal.record_reversal,
            credits.reversal.list_notices,
            credits.missing_records.queue_missing_records,
            credits.obligation.replace_loss,
            credits.obligation.cancel_suspended,
            credits.obligation.remind_of_obligation,
            credits.obligation.note_obligation_overdue,
            credits.corrections.correct_issuance,
            credits.corrections.hand_in,
            credits.corrections.remind_of_correction,
            credits.corrections.note_correction_overdue,
            self.certificates.corrections.correct_certificates_of_issuance,
            self.standards.labels.record_label,
            self.standards.labels.settle_label,
            self.standards.authorisations.request_authorisation,
            self.standards.authorisations.record_authorisation_step,
            self.standards.authorisations.settle_authorisation_step,
            self.standards.foreign_ranges.record_foreign_range,
            self.standards.foreign_ranges.settle_foreign_range,
            credits.freeze.freeze_registry,
            credits.freeze.unfreeze_registry,
            credits.conservation.check_ledger,
            chain.resumption.resume_record,
            chain.wallets.freeze_wallet,
            chain.wallets.resume_wallet,
            self.audit.anchor.anchor_audit_log,
            self.audit.months.chain_queued_entries,
            self.audit.months.add_audit_months,
            self.audit.months.archive_audit_month,
            self.transparency.log.grow_log,
            self.transparency.log.publish_checkpoint,
            self.transparency.log.cosign_checkpoint,
            self.certificates.status_lists.sign_status_lists,
            self.accounts.notifications.mail_notification,
            self.accounts.digests.plan_digests,
            self.accounts.digests.mail_digest,
            self.accounts.proposals.propose,
            self.accounts.proposals.countersign_proposal,
            self.accounts.proposals.refuse_proposal,
            self.accounts.proposals.withdraw_proposal,
            self.accounts.proposals.expire_proposal,
            self.accounts.mails.mail_account_message,
            self.accounts.mails.list_account_messages,
            self.ingestion.submissions.read_submission,
            self.ingestion.submissions.finish_submission,
            self.ingestion.issues.act_on_issues,
            self.ingestion.issues.take_rest,
            self.ingestion.issues.note_waiting,
            self.ingestion.issues.close_issues,
            self.ingestion.issues.measure_issues,
            self.ingestion.folders.look_at_folders,
            self.accounts.own_data.make_data_export,
            self.accounts.own_data.remind_of_erasure,
            self.accounts.own_data.erase_account,
            self.accounts.own_data.seal_personal_data,
            self.accounts.own_data.list_own_data,
            self.publishing.open_data.publish_export,
            self.reports.reports.make_report,
            self.publishing.webhooks.plan_deliveries,
            self.publishing.webhooks.take_deliveries,
            self.publishing.webhooks.give_up_delivery,
            self.stored_responses.forget_answers,
            self.sweeping.sweep_leftovers,
        ]


def open_adapters(
    settings: Settings, engine: AsyncEngine, wallet_notifier: WalletNotifier
) -> Adapters:
    """
    Those of production, as the settings say.

    Raises:
        As `open_wallets` and `open_webhook_secrets`: a key is missing or unfit.
    """
    clock = SystemClock()
    chain = open_chain(settings.chain)
    opened = open_wallets(settings.keys, settings.chain, PostgresStoredPayloads(engine), clock)
    return Adapters(
        database=PostgresDatabase(engine),
        clock=clock,
        objects=S3ObjectStore(settings.storage),
        open_data=PostgresOpenData(engine),
        # Unsigned pages, which print the same bytes again.
        report_files=ReportFileWriter(
            engine, CertificatePrinter(), registry_name=settings.registry.registry_name
        ),
        mailer=SmtpMailer(settings.mail, registry_name=settings.registry.registry_name),
        webhook_sender=HttpWebhookSender(allow_loopback=settings.webhooks.webhooks_allow_loopback),
        webhook_secrets=open_webhook_secrets(settings.webhooks),
        certificate_signer=Ed25519CertificateSigner.from_file(settings.keys.certificate_key_file),
        chain=chain,
        background_chain=chain.in_background(),
        wallets=opened.present,
        retired_wallets=opened.retired,
        wallet_notifier=wallet_notifier,
        checkout_pages=open_checkout_pages(settings),
    )


def open_checkout_pages(settings: Settings) -> CheckoutPages | None:
    """None: no provider is set up."""
    url, key = settings.payments.payment_provider_url, settings.payments.payment_provider_key
    if url is None or key is None:
        return None
    return CheckoutProvider(url, key.get_secret_value())


def build_workers(client: Client, settings: Settings, use_cases: UseCases) -> list[Worker]:
    """One worker for each task queue, all of one deployment version."""
    # As many as the pool lends connections, less a few for the other queues:
    # an activity that waits for a connection would spend its ten seconds on waiting.
    connections = settings.database.database_pool_size - OTHER_CONNECTIONS
    own: dict[str, dict[str, Any]] = {
        policies.REGISTRY_QUEUE: {
            "workflows": WORKFLOWS,
            "workflow_runner": UnsandboxedAfterCheck(),
            "max_concurrent_activities": max(1, connections),
        },
        policies.SEALS_QUEUE: {"max_concurrent_activities": SEALS_AT_ONCE},
    }
    return [
        Worker(
            client,
            task_queue=queue,
            activities=activities,
            interceptors=use_cases.interceptors,
            graceful_shutdown_timeout=timedelta(
                seconds=settings.temporal.graceful_shutdown_seconds
            ),
            deployment_config=deployment(settings.temporal),
            # Heartbeats are throttled to this, and a stopped worker is noticed no sooner.
            max_heartbeat_throttle_interval=timedelta(seconds=5),
            **own.get(queue, {}),
        )
        for queue, activities in use_cases.by_queue().items()
    ]


def _end_at_last(seconds: float) -> None:
    """
    End this process, whatever still waits for a server that hangs: a poll of Temporal's, a thread.

    All that a worker has begun is begun again by the next one.
    """
    end = threading.Timer(seconds, os._exit, [1])
    end.daemon = True
    end.start()


async def main() -> None:
    # A file's rows are many short lists: looking for circles among them took as long as reading them.
    gc.set_threshold(50_000, 20, 20)
    settings = load_settings()
    tracing = open_tracing(settings.telemetry, service="karbonica-worker")
    errors = open_error_reports(settings.telemetry, service="karbonica-worker")
    configure_logging(
        settings.registry.log_level,
        *([tracing.log_ids] if tracing else []),
        *([errors.note] if errors else []),
    )
    stop = asyncio.Event()
    for signal_number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(signal_number, stop.set)
    # Refused now rather than at the first mail.
    open_personal_data(settings.database)
    engine = open_engine(settings.database)
    if tracing:
        tracing.watch(engine)
    client = await connect_temporal(
        settings.temporal,
        serve_metrics=True,
        interceptors=[tracing.interceptor] if tracing else [],
    )
    wallet_notifier = TemporalWalletNotifier(
        client, wallet.workflow_id(settings.chain.cardano_network.value)
    )
    adapters = open_adapters(settings, engine, wallet_notifier)
    if tracing:
        adapters = replace(adapters, objects=tracing.storage(adapters.objects))
    workers = build_workers(client, settings, UseCases(adapters, settings))
    async with AsyncExitStack() as running:
        for worker in workers:
            await running.enter_async_context(worker)
        if settings.temporal.worker_sets_current_version:
            await declare_current(client, settings.temporal)
        await long_running.start_all(
            client,
            network=settings.chain.cardano_network.value,
            wallets=settings.keys.wallet_names,
            retired_addresses=tuple(one.address for one in adapters.retired_wallets),
        )
        # Whoever died may have queued records without waking the wallet.
        wallet_notifier.notify()
        signalling = asyncio.create_task(wallet_notifier.send_signals())
        reporting = asyncio.create_task(
            report_on_provider(adapters.chain, provider_needs(settings))
        )
        watching_redis = asyncio.create_task(watch_redis(settings.web, client))
        end_start()
        log.info("worker started", build_id=settings.temporal.worker_build_id)
        await stop.wait()
        log.info("worker stopping")
        _end_at_last(settings.temporal.graceful_shutdown_seconds + STOPPING_SECONDS)
    signalling.cancel()
    reporting.cancel()
    watching_redis.cancel()
    await asyncio.gather(signalling, reporting, watching_redis, return_exceptions=True)
    await engine.dispose()
    if tracing:
        tracing.close()
    if errors:
        errors.close()


if __name__ == "__main__":
    asyncio.run(main())
    # A process that used a Temporal client may crash while the interpreter ends (sdk-python#300).
    os._exit(0)
