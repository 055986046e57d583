"""What people ask of their own data: a copy, erasure, and what they consent to (ADR 0073)."""

import asyncio
from collections.abc import Awaitable
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import structlog
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.service import RPCError

from activities.accounts.own_data import MY_DATA
from activities.audit_and_notify import Message, audit
from adapters.postgres.identity import SYSTEM, done_as
from api.commands.notices import mail_notice
from api.http.resources import Resources
from domain.accounts.notifications import NotificationKind
from domain.accounts.personal_data import (
    Consent,
    ConsentKind,
    DataExport,
    Erasure,
    require_erasable,
)
from domain.accounts.roles import Account
from domain.errors import Conflict, NotFound
from domain.identifiers import derived_id
from workflows import policies
from workflows.accounts.own_data import (
    DataExportStart,
    DataExportWorkflow,
    ErasureStart,
    ErasureWorkflow,
    erasure_workflow_id,
    export_workflow_id,
)

STARTS_WITHIN_SECONDS = 5
EXPORT_AGAIN_AFTER = timedelta(hours=1)

log = structlog.get_logger(__name__)


@done_as(SYSTEM)
async def ask_for_export(parts: Resources, account: Account) -> DataExport:
    """Have a file made with all of one's data; within the hour it is the one asked for before."""
    now = parts.clock.now()
    async with parts.database.transaction() as work:
        export = await work.accounts.own_data.newest_export(account.id)
        if (
            export is None
            or export.removed_at is not None
            or now - export.requested_at >= EXPORT_AGAIN_AFTER
        ):
            export = DataExport(uuid4(), account.id, now)
            await work.accounts.own_data.add_export(export)
            audit(
                work,
                "account.export_requested",
                ("account", account.id),
                actor_id=account.id,
                before=None,
                after={"exportId": str(export.id)},
                at=now,
            )
    if export.ready_at is None:
        await _reaching_temporal(
            parts.temporal.start_workflow(
                DataExportWorkflow.run,
                DataExportStart(export_id=export.id),
                id=export_workflow_id(export.id),
                task_queue=policies.REGISTRY_QUEUE,
                static_summary="Makes a copy of one account's data",
            )
        )
    return export


@done_as(SYSTEM)
async def ask_to_be_erased(parts: Resources, account: Account) -> Erasure:
    """
    Have the account erased after the time to think; asked again, it is the same wish.

    Raises:
        Conflict: credits, an open verification or the registry would be left without anybody.
    """
    now = parts.clock.now()
    cooling_off = timedelta(days=parts.settings.rules.erasure_cooling_off_days)
    async with parts.database.transaction() as work:
        own_data = work.accounts.own_data
        require_erasable(await own_data.erasure_facts(account.id))
        found = await own_data.open_erasure(account.id)
        erasure = found or Erasure(uuid4(), account.id, now, now + cooling_off)
        if found is None:
            await own_data.add_erasure(erasure)
            audit(
                work,
                "account.erasure_requested",
                ("account", account.id),
                actor_id=account.id,
                before=None,
                after={"erasureId": str(erasure.id), "eraseAt": erasure.erase_at.isoformat()},
                at=now,
            )
            message = Message(
                NotificationKind.ERASURE_REQUESTED,
                f"Your account will be erased on {erasure.erase_at:%Y-%m-%d}, as you asked. If it was "
                f"not you, withdraw that and choose a new password at once.",
                MY_DATA,
            )
            notice_id = derived_id(erasure.id, message.kind.value)
            await work.accounts.notifications.add(
                message.to(account.id, notification_id=notice_id, at=now)
            )
    if found is None:
        await mail_notice(parts, notice_id)
        await _reaching_temporal(
            parts.temporal.start_workflow(
                ErasureWorkflow.run,
                ErasureStart(
                    erasure_id=erasure.id,
                    remind_at=erasure.remind_at,
                    erase_at=erasure.erase_at,
                ),
                id=erasure_workflow_id(erasure.id),
                task_queue=policies.REGISTRY_QUEUE,
                static_summary="Erases an account after a time to think",
            )
        )
    return erasure


@done_as(SYSTEM)
async def withdraw_erasure(parts: Resources, account: Account) -> Erasure:
    """
    Raises:
        NotFound: the account is not to be erased.
        Conflict: the time to think is over, and it is being erased.
    """
    now = parts.clock.now()
    async with parts.database.transaction() as work:
        erasure = await work.accounts.own_data.open_erasure(account.id)
        if erasure is None:
            raise NotFound("Your account is not to be erased.")
        if now >= erasure.erase_at:
            raise Conflict("The time to think is over; your account is being erased.")
        await work.accounts.own_data.end_erasure(erasure.id, withdrawn_at=now)
        audit(
            work,
            "account.erasure_withdrawn",
            ("account", account.id),
            actor_id=account.id,
            before=None,
            after={"erasureId": str(erasure.id)},
            at=now,
        )
        message = Message(
            NotificationKind.ERASURE_WITHDRAWN,
            "Your account stays: its erasure was withdrawn.",
            MY_DATA,
        )
        notice_id = derived_id(erasure.id, message.kind.value)
        await work.accounts.notifications.add(
            message.to(account.id, notification_id=notice_id, at=now)
        )
    await mail_notice(parts, notice_id)
    handle = parts.temporal.get_workflow_handle(erasure_workflow_id(erasure.id))
    await _reaching_temporal(handle.signal(ErasureWorkflow.erasure_withdrawn))
    return replace(erasure, withdrawn_at=now)


async def give_consent(
    parts: Resources, account: Account, kind: ConsentKind, *, version: str, given: bool
) -> Consent:
    """What was said before stays recorded; the newest holds."""
    now = parts.clock.now()
    consent = Consent(uuid4(), account.id, kind, version, given, now)
    async with parts.database.transaction() as work:
        await work.accounts.own_data.add_consent(consent)
        audit(
            work,
            "account.consent_given" if given else "account.consent_withdrawn",
            ("account", account.id),
            actor_id=account.id,
            before=None,
            after={"kind": kind.value, "version": version},
            at=now,
        )
    return consent


def download_url(parts: Resources, export: DataExport) -> str | None:
    """An address in storage that is good for a minute; None while, or when, there is no file."""
    if export.ready_at is None or export.removed_at is not None:
        return None
    name = f"my-data-{export.requested_at:%Y-%m-%d}.zip"
    return parts.object_store.presigned_get(
        export.key, filename=name, content_type="application/zip"
    )


async def _reaching_temporal(call: Awaitable[object]) -> None:
    """Where Temporal is away the daily round goes on with it (workflows/accounts/own_data.py)."""
    try:
        async with asyncio.timeout(STARTS_WITHIN_SECONDS):
            await call
    except WorkflowAlreadyStartedError:
        return
    except (RPCError, RuntimeError, TimeoutError) as away:
        log.warning("own_data_waits", error=type(away).__name__)
