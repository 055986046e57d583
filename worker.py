"""
The worker: joins adapters to activities and runs the workflows. With `api/app.py` the only assembler.

Run it with `python worker.py`. SIGTERM or SIGINT lets running activities finish for
`GRACEFUL_SHUTDOWN_SECONDS`, then cancels them; Temporal gives them to the next worker.
"""

import asyncio
import dataclasses
import os
import signal
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import structlog
from temporalio import workflow
from temporalio.api.workflowservice.v1 import SetWorkerDeploymentCurrentVersionRequest
from temporalio.client import (
    Client,
)
from temporalio.common import VersioningBehavior, WorkerDeploymentVersion
from temporalio.service import RPCError
from temporalio.worker import UnsandboxedWorkflowRunner, Worker, WorkerDeploymentConfig
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions
from temporalio.workflow import SandboxImportNotificationPolicy

from activities.accounts.notifications import NotificationActivities
from activities.audit.anchor import AuditActivities
from activities.certificates.certificates import CertificateActivities, CertificateWriter
from activities.chain.anchoring import ChainActivities
from activities.chain.confirmation_tracker import ChainRules
from activities.chain.reconciliation import LookupRateLimit, ReconcileActivities
from activities.chain.resumption import ResumptionActivities
from activities.chain.rotation import RotationActivities
from activities.chain.wallets import WalletActivities
from activities.chain.watch import ChainWatchActivities
from activities.credits.buffer import BufferActivities
from activities.credits.cancellation import CancellationActivities
from activities.credits.freeze import FreezeActivities
from activities.credits.issuance import IssuanceActivities
from activities.credits.ledger_check import ConservationActivities
from activities.credits.retirement import RetirementActivities
from activities.credits.reversal import ReversalActivities
from activities.credits.transfer import TransferActivities
from activities.projects.documents import DocumentActivities
from activities.projects.projects import ProjectActivities
from activities.projects.verification import VerificationActivities
from activities.publishing.open_data import ExportActivities
from activities.publishing.webhooks import WebhookActivities
from activities.refusals import RefusalInterceptor
from activities.stored_responses import AnswerActivities
from adapters.chain.providers import open_chain
from adapters.chain.wallet.wallets import open_wallets
from adapters.clock import SystemClock
from adapters.logging import configure_logging
from adapters.mail import SmtpMailer
from adapters.object_store import S3ObjectStore
from adapters.postgres.chain.stored_payloads import PostgresStoredPayloads
from adapters.postgres.database import PostgresDatabase, open_engine
from adapters.postgres.publishing.open_data import PostgresOpenData
from adapters.settings import Settings, load_settings
from adapters.signing.certificate_signer import Ed25519CertificateSigner
from adapters.temporal import connect_temporal
from adapters.wallet_notifier import TemporalWalletNotifier
from adapters.webhooks.secrets import open_webhook_secrets
from adapters.webhooks.sender import HttpWebhookSender
from domain.certificates.certificates import IssuingRegistry
from domain.chain.wallets import DEFAULT_WALLET
from workflows import long_running, policies
from workflows.accounts.mailing import MailingWorkflow
from workflows.audit.anchor import AuditAnchorWorkflow
from workflows.certificates.certificates import CertificateWorkflow
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
from workflows.credits.ledger_check import ConservationWorkflow
from workflows.credits.retirement import RetirementWorkflow
from workflows.credits.reversal import ReversalWorkflow
from workflows.credits.transfer import TransferWorkflow
from workflows.projects.verification import VerificationWorkflow
from workflows.publishing.open_data import ExportWorkflow
from workflows.publishing.webhooks import WebhookDeliveryWorkflow, WebhookDispatcherWorkflow
from workflows.stored_responses import AnswersWorkflow

WORKFLOWS = [
    VerificationWorkflow,
    RetirementWorkflow,
    CertificateWorkflow,
    TransferWorkflow,
    WalletWorkflow,
    FollowerWorkflow,
    FreezeWorkflow,
    ExportWorkflow,
    CancellationWorkflow,
    BufferReleaseWorkflow,
    ReversalWorkflow,
    MailingWorkflow,
    WebhookDispatcherWorkflow,
    WebhookDeliveryWorkflow,
    ConservationWorkflow,
    AuditAnchorWorkflow,
    RotationWorkflow,
    ChainWatchWorkflow,
    ResumptionWorkflow,
    ReconcileWorkflow,
    AnswersWorkflow,
]
DEPLOYMENT_NAME = "karbonica-registry"
OTHER_CONNECTIONS = 4
"""Database connections left to the queues that mostly wait for somebody else: chain, mail, webhooks."""

SEALS_AT_ONCE = 4
"""Certificates that are sealed at the same time; their transactions are read one by one anyway."""

RECONCILE_PACE = LookupRateLimit(pause_seconds=0.5, recheck_seconds=20)
"""Two transactions a second at most: the provider's limit is there for records, not for checks."""

log = structlog.get_logger()


@dataclass(frozen=True)
class ActivitySet:
    """The activities of each task queue."""

    registry: list[Callable[..., Any]]
    cardano: list[Callable[..., Any]]
    seals: list[Callable[..., Any]]
    notify: list[Callable[..., Any]]
    retired_addresses: tuple[str, ...] = ()


def build_activities(
    settings: Settings, database: PostgresDatabase, wallet_notifier: TemporalWalletNotifier
) -> ActivitySet:
    """Give every use case its adapters."""
    clock = SystemClock()
    chain = open_chain(settings)
    opened = open_wallets(settings, PostgresStoredPayloads(database.engine), clock)
    writer = CertificateWriter(IssuingRegistry(settings.registry_name, settings.public_url))
    projects = ProjectActivities(database, clock)
    documents = DocumentActivities(database, S3ObjectStore(settings), clock)
    verification = VerificationActivities(database, clock)
    issuance = IssuanceActivities(database, clock, settings.buffer_percentages)
    transfer = TransferActivities(database, clock, wallet_notifier)
    retirement = RetirementActivities(database, clock, writer, wallet_notifier)
    cancellation = CancellationActivities(database, clock)
    buffer = BufferActivities(database, clock)
    reversal = ReversalActivities(database, clock)
    freeze = FreezeActivities(database, clock)
    exports = ExportActivities(
        database, PostgresOpenData(database.engine), S3ObjectStore(settings), clock
    )
    checks = ConservationActivities(database, clock)
    audit = AuditActivities(database, clock)
    notifications = NotificationActivities(
        database, SmtpMailer(settings), clock, public_url=settings.public_url
    )
    certificates = CertificateActivities(
        database,
        chain.in_background(),
        Ed25519CertificateSigner.from_file(settings.certificate_key_file),
        clock,
        writer,
        network=settings.cardano_network.value,
        confirmations_required=settings.confirmations_required,
    )
    on_chain = ChainActivities(
        database,
        chain,
        opened.present,
        clock,
        ChainRules(
            confirmations_required=settings.confirmations_required,
            finality_blocks=settings.chain_finality_blocks,
            ttl_slots=settings.transaction_ttl_slots,
            poll_seconds=settings.chain_poll_seconds,
            flush_seconds=settings.chain_flush_seconds,
        ),
        network=settings.cardano_network.value,
    )
    wallets = WalletActivities(
        database, opened.present, clock, network=settings.cardano_network.value
    )
    rotating = RotationActivities(
        database,
        chain,
        opened.present[DEFAULT_WALLET],
        opened.retired,
        clock,
        ttl_slots=settings.transaction_ttl_slots,
    )
    watching = ChainWatchActivities(
        database,
        chain,
        clock,
        network=settings.cardano_network.value,
        addresses=[one.address for one in opened.present.values()],
    )
    resumption = ResumptionActivities(database, clock)
    reconciling = ReconcileActivities(
        database,
        chain,
        clock,
        RECONCILE_PACE,
        addresses=[one.address for one in opened.present.values()],
        finality_blocks=settings.chain_finality_blocks,
    )
    publishing = WebhookActivities(
        database,
        HttpWebhookSender(allow_loopback=settings.webhooks_allow_loopback),
        open_webhook_secrets(settings),
        clock,
        poll_seconds=settings.webhook_look_seconds,
    )
    return ActivitySet(
        registry=[
            projects.register_project,
            documents.complete_document,
            verification.assign_verifier,
            verification.record_decision,
            verification.countersign,
            verification.add_event,
            verification.note_deadline,
            issuance.issue_credits,
            transfer.transfer_credits,
            retirement.retire_units,
            cancellation.cancel_credits,
            buffer.release_buffer,
            reversal.record_reversal,
            reversal.list_notices,
            freeze.freeze_registry,
            freeze.unfreeze_registry,
            exports.publish_export,
            checks.check_ledger,
            audit.anchor_audit_log,
            AnswerActivities(database, clock).forget_answers,
            notifications.mail_notification,
            resumption.resume_record,
            publishing.plan_deliveries,
            publishing.take_deliveries,
            publishing.give_up_delivery,
            wallets.freeze_wallet,
            wallets.resume_wallet,
        ],
        cardano=[
            on_chain.anchor_records,
            on_chain.submit_transaction,
            on_chain.follow_chain,
            on_chain.announce_records,
            # Seals that an earlier version has asked for wait in this queue.
            certificates.seal_certificate,
            rotating.sweep_address,
            rotating.close_address,
            watching.watch_chain,
            reconciling.reconcile_chain,
        ],
        seals=[certificates.seal_certificate],
        notify=[publishing.deliver_event],
        retired_addresses=tuple(wallet.address for wallet in opened.retired),
    )


def build_workers(client: Client, settings: Settings, activities: ActivitySet) -> list[Worker]:
    """One worker for each task queue, all of one deployment version."""
    common: dict[str, Any] = {
        "interceptors": [RefusalInterceptor()],
        "graceful_shutdown_timeout": timedelta(seconds=settings.graceful_shutdown_seconds),
        "deployment_config": deployment(settings),
        # Heartbeats are throttled to this, and a stopped worker is noticed no sooner.
        "max_heartbeat_throttle_interval": timedelta(seconds=5),
    }
    registry = Worker(
        client,
        task_queue=policies.REGISTRY_QUEUE,
        workflows=WORKFLOWS,
        activities=activities.registry,
        # As many as the pool lends connections (twice its size), less a few for the other queues:
        # an activity that waits for a connection would spend its ten seconds on waiting.
        max_concurrent_activities=max(1, 2 * settings.database_pool_size - OTHER_CONNECTIONS),
        workflow_runner=UnsandboxedAfterCheck(),
        **common,
    )
    cardano = Worker(
        client, task_queue=policies.CARDANO_QUEUE, activities=activities.cardano, **common
    )
    seals = Worker(
        client,
        task_queue=policies.SEALS_QUEUE,
        activities=activities.seals,
        max_concurrent_activities=SEALS_AT_ONCE,
        **common,
    )
    notify = Worker(
        client, task_queue=policies.NOTIFY_QUEUE, activities=activities.notify, **common
    )
    return [registry, cardano, seals, notify]


def deployment(settings: Settings) -> WorkerDeploymentConfig:
    """The version of this process; every workflow says itself whether it is pinned to it (ADR 0009)."""
    return WorkerDeploymentConfig(
        version=WorkerDeploymentVersion(DEPLOYMENT_NAME, settings.worker_build_id),
        use_worker_versioning=True,
        default_versioning_behavior=VersioningBehavior.AUTO_UPGRADE,
    )


class UnsandboxedAfterCheck(UnsandboxedWorkflowRunner):
    """
    Loads every workflow in the sandbox when the worker starts, and runs it outside.

    The sandbox imports a workflow's modules anew for each run, which took two fifths of the worker's
    time for a retirement. What it would catch while one runs is caught by the tests, which run every
    scenario and every recorded history inside it (ADR 0028).
    """

    def prepare_workflow(self, defn: workflow._Definition) -> None:
        sandboxed_runner().prepare_workflow(defn)


def sandboxed_runner() -> SandboxedWorkflowRunner:
    """A module that a workflow imports without saying so is an error at start, not 10 MB a run."""
    restrictions = dataclasses.replace(
        # `from workflows import policies` would run that module anew in each workflow, although it
        # is said to be passed through: a submodule is asked for only after its package.
        SandboxRestrictions.default.with_passthrough_modules(
            "workflows.single_write_workflow", "workflows.signals_and_mail", "workflows.policies"
        ),
        import_notification_policy=(
            SandboxImportNotificationPolicy.WARN_ON_DYNAMIC_IMPORT
            | SandboxImportNotificationPolicy.RAISE_ON_UNINTENTIONAL_PASSTHROUGH
        ),
    )
    return SandboxedWorkflowRunner(restrictions=restrictions)


async def declare_current(client: Client, settings: Settings) -> None:
    """Route new work to this version, as an operator does for a fleet (docs/operations.md)."""
    request = SetWorkerDeploymentCurrentVersionRequest(
        namespace=client.namespace,
        deployment_name=DEPLOYMENT_NAME,
        build_id=settings.worker_build_id,
        identity=f"worker/{os.getpid()}",
        ignore_missing_task_queues=True,
        allow_no_pollers=True,
    )
    for attempt in range(50):
        try:
            await client.workflow_service.set_worker_deployment_current_version(request)
        except RPCError as not_yet:
            # The server hears of a version from its first poll, which may still be under way.
            if attempt == 49:  # noqa: PLR2004 -- ten seconds of tries
                raise
            log.debug("version not known yet", reason=not_yet.message)
            await asyncio.sleep(0.2)
        else:
            return


async def main() -> None:
    settings = load_settings()
    configure_logging(settings.log_level)
    stop = asyncio.Event()
    for signal_number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(signal_number, stop.set)
    engine = open_engine(settings)
    client = await connect_temporal(settings, serve_metrics=True)
    wallet_notifier = TemporalWalletNotifier(
        client, wallet.workflow_id(settings.cardano_network.value)
    )
    activities = build_activities(settings, PostgresDatabase(engine), wallet_notifier)
    workers = build_workers(client, settings, activities)
    async with AsyncExitStack() as running:
        for worker in workers:
            await running.enter_async_context(worker)
        if settings.worker_sets_current_version:
            await declare_current(client, settings)
        await long_running.start_all(
            client,
            network=settings.cardano_network.value,
            wallets=settings.wallet_names,
            retired_addresses=activities.retired_addresses,
        )
        # Whoever died may have queued records without waking the wallet.
        wallet_notifier.notify()
        signalling = asyncio.create_task(wallet_notifier.send_signals())
        log.info("worker started", build_id=settings.worker_build_id)
        await stop.wait()
        log.info("worker stopping")
    signalling.cancel()
    await asyncio.gather(signalling, return_exceptions=True)
    await engine.dispose()


if __name__ == "__main__":
    asyncio.run(main())
    # A process that used a Temporal client may crash while the interpreter ends (sdk-python#300).
    os._exit(0)
