"""
What runs without being asked: workflows that never end, and those that come back on a schedule.

Every worker that starts sees to it that all of them are there; whoever comes first starts them.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import structlog
from temporalio.client import (
    Client,
    Schedule,
    ScheduleAction,
    ScheduleActionStartWorkflow,
    ScheduleAlreadyRunningError,
    ScheduleIntervalSpec,
    ScheduleOverlapPolicy,
    SchedulePolicy,
    ScheduleSpec,
    ScheduleUpdate,
    ScheduleUpdateInput,
)
from temporalio.common import (
    SearchAttributePair,
    TypedSearchAttributes,
    WorkflowIDConflictPolicy,
)

from activities.payloads import Payload
from workflows import policies, stored_responses, sweeping
from workflows.accounts import account_mails, digests, own_data
from workflows.accounts.account_mails import AccountMailSweepWorkflow
from workflows.accounts.digests import DigestsWorkflow
from workflows.accounts.own_data import PersonalDataStart, PersonalDataWorkflow
from workflows.audit import anchor as audit_anchor
from workflows.audit import months as audit_months
from workflows.audit.anchor import AuditAnchorStart, AuditAnchorWorkflow
from workflows.audit.months import AuditMonthsWorkflow, AuditQueueWorkflow
from workflows.certificates import status_lists
from workflows.certificates.status_lists import StatusListsWorkflow
from workflows.chain import follower, rotation, wallet
from workflows.chain import reconciliation as reconcile
from workflows.chain import watch as chain_watch
from workflows.chain.follower import FollowerStart, FollowerWorkflow
from workflows.chain.reconciliation import ReconcileWorkflow
from workflows.chain.rotation import RotationStart, RotationWorkflow
from workflows.chain.wallet import WalletStart, WalletWorkflow
from workflows.chain.watch import ChainWatchWorkflow
from workflows.credits import ledger_check as conservation
from workflows.credits.ledger_check import ConservationWorkflow
from workflows.ingestion import folders as ingestion_folders
from workflows.ingestion import watch as ingestion_watch
from workflows.ingestion.folders import IngestionFoldersWorkflow
from workflows.ingestion.watch import IngestionWatchWorkflow
from workflows.projects import sign_offs
from workflows.projects.sign_offs import SignOffsWorkflow
from workflows.publishing import open_data, webhooks
from workflows.publishing.open_data import ExportStart, ExportWorkflow
from workflows.publishing.webhooks import DispatcherStart, WebhookDispatcherWorkflow
from workflows.reports import reports as due_reports
from workflows.reports.reports import DueReportsStart, DueReportsWorkflow
from workflows.stored_responses import AnswersWorkflow
from workflows.sweeping import SweepWorkflow
from workflows.transparency import log as transparency_log
from workflows.transparency.log import TransparencyLogWorkflow

CATCH_UP = timedelta(minutes=1)
"""A run that was missed for longer is not made up for: the next one sees the same rows."""

log = structlog.get_logger()


@dataclass(frozen=True)
class Recurring:
    """
    `at_once`: also when the schedule is made, so that a new registry has its first result.

    `may_find_nothing`: such a run says whether it found anything (workflows/scheduled_runs.py).
    """

    schedule_id: str
    workflow_id: str
    run: Any
    every: timedelta
    summary: str
    start: Payload | None = None
    at_once: bool = True
    may_find_nothing: bool = True


LEDGER_CHECK = Recurring(
    conservation.SCHEDULE_ID,
    conservation.WORKFLOW_ID,
    ConservationWorkflow.run,
    conservation.EVERY,
    "Recomputes the ledger from its rows",
)
EXPORT = Recurring(
    open_data.SCHEDULE_ID,
    open_data.SCHEDULE_ID,
    ExportWorkflow.run,
    open_data.EVERY,
    "Publishes the open data",
    ExportStart(),
    may_find_nothing=False,
)
DUE_REPORTS = Recurring(
    due_reports.SCHEDULE_ID,
    due_reports.SCHEDULE_ID,
    DueReportsWorkflow.run,
    due_reports.EVERY,
    "Makes the compliance reports of the month that is over",
    DueReportsStart(),
    at_once=False,
    may_find_nothing=False,
)
CHAIN_WATCH = Recurring(
    chain_watch.SCHEDULE_ID,
    chain_watch.WORKFLOW_ID,
    ChainWatchWorkflow.run,
    chain_watch.EVERY,
    "Watches the way to the chain",
)

RECONCILIATION = Recurring(
    reconcile.SCHEDULE_ID,
    reconcile.WORKFLOW_ID,
    ReconcileWorkflow.run,
    reconcile.EVERY,
    "Compares the database with the chain",
    at_once=False,
)

INGESTION_WATCH = Recurring(
    ingestion_watch.SCHEDULE_ID,
    ingestion_watch.SCHEDULE_ID,
    IngestionWatchWorkflow.run,
    ingestion_watch.EVERY,
    "Measures how long faults of files wait for people",
)

INGESTION_FOLDERS = Recurring(
    ingestion_folders.SCHEDULE_ID,
    ingestion_folders.SCHEDULE_ID,
    IngestionFoldersWorkflow.run,
    ingestion_folders.EVERY,
    "Takes what pipelines dropped into folders",
)

SIGN_OFFS = Recurring(
    sign_offs.SCHEDULE_ID,
    sign_offs.WORKFLOW_ID,
    SignOffsWorkflow.run,
    sign_offs.EVERY,
    "Compares what was signed off with what stands there, and evidence with its bytes",
)

FORGETTING = Recurring(
    stored_responses.SCHEDULE_ID,
    stored_responses.WORKFLOW_ID,
    AnswersWorkflow.run,
    stored_responses.EVERY,
    "Forgets the answers kept for idempotency keys",
    at_once=False,
)


ACCOUNT_MAILS = Recurring(
    account_mails.SCHEDULE_ID,
    account_mails.SCHEDULE_ID,
    AccountMailSweepWorkflow.run,
    account_mails.EVERY,
    "Mails what was asked for while Temporal was away, and forgets what is old",
    at_once=False,
)

DIGESTS = Recurring(
    digests.SCHEDULE_ID,
    digests.WORKFLOW_ID,
    DigestsWorkflow.run,
    digests.EVERY,
    "Mails the digests that are due",
    at_once=False,
)

SWEEPING = Recurring(
    sweeping.SCHEDULE_ID,
    sweeping.WORKFLOW_ID,
    SweepWorkflow.run,
    sweeping.EVERY,
    "Sweeps uploads, requests and failed log-ins that nobody asks for any more",
    at_once=False,
)

AUDIT_QUEUE = Recurring(
    audit_months.QUEUE_SCHEDULE_ID,
    audit_months.QUEUE_SCHEDULE_ID,
    AuditQueueWorkflow.run,
    audit_months.QUEUE_EVERY,
    "Chains the reads and refusals that were noted",
)

AUDIT_MONTHS = Recurring(
    audit_months.MONTHS_SCHEDULE_ID,
    audit_months.MONTHS_SCHEDULE_ID,
    AuditMonthsWorkflow.run,
    audit_months.MONTHS_EVERY,
    "Makes room for the audit log's next months, and archives those that are old",
)


TRANSPARENCY_LOG = Recurring(
    transparency_log.SCHEDULE_ID,
    transparency_log.SCHEDULE_ID,
    TransparencyLogWorkflow.run,
    transparency_log.EVERY,
    "Publishes movements and audit entries in the transparency log",
)

STATUS_LISTS = Recurring(
    status_lists.SCHEDULE_ID,
    status_lists.SCHEDULE_ID,
    StatusListsWorkflow.run,
    status_lists.EVERY,
    "Signs anew what became of credentials",
)

PERSONAL_DATA = Recurring(
    own_data.SCHEDULE_ID,
    own_data.WORKFLOW_ID,
    PersonalDataWorkflow.run,
    own_data.EVERY,
    "Seals personal data, with a new key every 90 days, and starts what waits for a workflow",
    PersonalDataStart(),
)


def audit_anchors(network: str) -> Recurring:
    """One anchor a day, when there is anything new in the log."""
    return Recurring(
        audit_anchor.SCHEDULE_ID,
        audit_anchor.WORKFLOW_ID,
        AuditAnchorWorkflow.run,
        audit_anchor.EVERY,
        "Anchors the audit log on the chain",
        AuditAnchorStart(wallet_workflow_id=wallet.workflow_id(network)),
        at_once=False,
    )


async def start_all(
    client: Client, *, network: str, wallets: Iterable[str], retired_addresses: Iterable[str]
) -> None:
    """`wallets` by name; `retired_addresses` are those of keys that were given up."""
    await start_wallets(client, network, wallets)
    await start_rotations(client, network, retired_addresses)
    await start_dispatcher(client)
    recurring = (
        LEDGER_CHECK,
        EXPORT,
        DUE_REPORTS,
        CHAIN_WATCH,
        RECONCILIATION,
        INGESTION_WATCH,
        INGESTION_FOLDERS,
        SIGN_OFFS,
        FORGETTING,
        ACCOUNT_MAILS,
        DIGESTS,
        SWEEPING,
        AUDIT_QUEUE,
        AUDIT_MONTHS,
        TRANSPARENCY_LOG,
        STATUS_LISTS,
        PERSONAL_DATA,
        audit_anchors(network),
    )
    for one in recurring:
        await schedule(client, one)


async def schedule(client: Client, recurring: Recurring) -> None:
    """
    Make the schedule, unless it is there. Two runs of one are never side by side.

    What an earlier version made is given what lists show of its runs; whether it is paused stays.
    """
    attributes: list[SearchAttributePair[Any]] = [
        SearchAttributePair(policies.KIND, recurring.schedule_id)
    ]
    if recurring.may_find_nothing:
        attributes.append(SearchAttributePair(policies.FOUND, False))
    arguments = [] if recurring.start is None else [recurring.start]
    wanted = Schedule(
        action=ScheduleActionStartWorkflow(
            recurring.run,
            args=arguments,
            id=recurring.workflow_id,
            task_queue=policies.REGISTRY_QUEUE,
            static_summary=recurring.summary,
            typed_search_attributes=TypedSearchAttributes(attributes),
        ),
        spec=ScheduleSpec(intervals=[ScheduleIntervalSpec(every=recurring.every)]),
        policy=SchedulePolicy(overlap=ScheduleOverlapPolicy.SKIP, catchup_window=CATCH_UP),
    )
    try:
        await client.create_schedule(
            recurring.schedule_id, wanted, trigger_immediately=recurring.at_once
        )
    except ScheduleAlreadyRunningError:
        log.debug("schedule is there", schedule_id=recurring.schedule_id)
        await _show_in_lists(client, recurring.schedule_id, wanted.action)


async def _show_in_lists(client: Client, schedule_id: str, wanted: ScheduleAction) -> None:
    def with_attributes(known: ScheduleUpdateInput) -> ScheduleUpdate | None:
        there, action = known.description.schedule, known.description.schedule.action
        if not (
            isinstance(action, ScheduleActionStartWorkflow)
            and isinstance(wanted, ScheduleActionStartWorkflow)
        ):
            return None
        if set(wanted.typed_search_attributes) <= set(action.typed_search_attributes):
            return None
        there.action = wanted
        return ScheduleUpdate(schedule=there)

    await client.get_schedule_handle(schedule_id).update(with_attributes)


async def start_wallets(client: Client, network: str, names: Iterable[str]) -> None:
    """The wallets' workflows and the follower, which run for ever."""
    for name in names:
        await _start_for_ever(
            client,
            WalletWorkflow.run,
            WalletStart(network=network, wallet=name),
            wallet.workflow_id(network, name),
            f"Writes the registry's records to Cardano {network}",
        )
    await _start_for_ever(
        client,
        FollowerWorkflow.run,
        FollowerStart(network=network),
        follower.workflow_id(network),
        f"Watches Cardano {network} for everything in flight",
    )


async def start_rotations(client: Client, network: str, addresses: Iterable[str]) -> None:
    """Empty the addresses of keys that were given up; for one that is empty it ends at once."""
    for address in addresses:
        await client.start_workflow(
            RotationWorkflow.run,
            RotationStart(network=network, address=address),
            id=rotation.workflow_id(network, address),
            task_queue=policies.REGISTRY_QUEUE,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            static_summary=f"Moves what is left at {address} to the present address",
        )


async def start_dispatcher(client: Client) -> None:
    """The workflow that sends events to webhooks, which runs for ever."""
    await _start_for_ever(
        client,
        WebhookDispatcherWorkflow.run,
        DispatcherStart(),
        webhooks.DISPATCHER_ID,
        "Sends the registry's events to webhooks",
    )


async def _start_for_ever(
    client: Client, run: Any, start: Payload, workflow_id: str, summary: str
) -> None:
    """Start a workflow that keeps nothing but what is in the database, unless it is running."""
    await client.start_workflow(
        run,
        start,
        id=workflow_id,
        task_queue=policies.REGISTRY_QUEUE,
        id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
        static_summary=summary,
    )
