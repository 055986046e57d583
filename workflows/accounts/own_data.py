"""One's own data: the copy that somebody asked for, the erasure, and the daily round over all of it."""

import asyncio
import contextlib
from datetime import datetime, timedelta
from uuid import UUID

import pydantic
from temporalio import workflow
from temporalio.common import VersioningBehavior
from temporalio.exceptions import WorkflowAlreadyStartedError

with workflow.unsafe.imports_passed_through():
    from activities.accounts.own_data import (
        DataExportMade,
        EraseAccount,
        ErasureStep,
        ListOwnData,
        MakeDataExport,
        OwnDataActivities,
        PersonalDataSealed,
        RemindOfErasure,
        SealPersonalData,
    )
    from activities.payloads import Payload
    from workflows import policies, signals_and_mail
    from workflows.scheduled_runs import tell_found

SCHEDULE_ID = "personal-data"
WORKFLOW_ID = "personal-data"
EVERY = timedelta(days=1)
KEY_DAYS = 90


def export_workflow_id(export_id: UUID) -> str:
    return f"data-export/{export_id}"


def erasure_workflow_id(erasure_id: UUID) -> str:
    return f"erasure/{erasure_id}"


class DataExportStart(Payload):
    export_id: UUID


class ErasureStart(Payload):
    erasure_id: UUID
    remind_at: datetime
    erase_at: datetime


class PersonalDataStart(Payload):
    """`new_key`: make one whatever the age of the newest."""

    new_key: bool = False


@workflow.defn(
    # It ends with its mail, which is given up after a day (ADR 0009).
    versioning_behavior=VersioningBehavior.PINNED,
    failure_exception_types=[pydantic.ValidationError],
)
class DataExportWorkflow:
    @workflow.run
    async def run(self, start: DataExportStart) -> DataExportMade:
        made = await workflow.execute_activity_method(
            OwnDataActivities.make_data_export,
            MakeDataExport(export_id=start.export_id),
            **policies.SWEEP,
        )
        mailing = signals_and_mail.Mailing()
        mailing.start(made.notification_ids)
        await mailing.finish()
        return made


@workflow.defn(
    # It waits for weeks, and goes on with the version that is current by then (ADR 0009).
    versioning_behavior=VersioningBehavior.AUTO_UPGRADE,
    failure_exception_types=[pydantic.ValidationError],
)
class ErasureWorkflow:
    """Waits, reminds, waits, erases; whoever withdraws has said so in the database."""

    def __init__(self) -> None:
        self._withdrawn = False

    @workflow.run
    async def run(self, start: ErasureStart) -> ErasureStep:
        mailing = signals_and_mail.Mailing()
        if not await self._withdrawn_by(start.remind_at):
            reminded = await workflow.execute_activity_method(
                OwnDataActivities.remind_of_erasure,
                RemindOfErasure(erasure_id=start.erasure_id),
                **policies.DATABASE,
            )
            mailing.start(reminded.notification_ids)
        if await self._withdrawn_by(start.erase_at):
            await mailing.finish()
            return ErasureStep(erasure_id=start.erasure_id, outcome="withdrawn")
        step = await workflow.execute_activity_method(
            OwnDataActivities.erase_account,
            EraseAccount(erasure_id=start.erasure_id),
            **policies.DATABASE,
        )
        mailing.start(step.notification_ids)
        await mailing.finish()
        return step

    @workflow.signal
    def erasure_withdrawn(self) -> None:
        self._withdrawn = True

    async def _withdrawn_by(self, moment: datetime) -> bool:
        left = moment - workflow.now()
        if left > timedelta(0):
            with contextlib.suppress(asyncio.TimeoutError):
                await workflow.wait_condition(lambda: self._withdrawn, timeout=left)
        return self._withdrawn


@workflow.defn(
    # It lasts minutes and finishes on the version it began with (ADR 0009).
    versioning_behavior=VersioningBehavior.PINNED,
    failure_exception_types=[pydantic.ValidationError],
)
class PersonalDataWorkflow:
    """
    Each day: seal what is not, with a new key every 90 days, and start what nobody has started.

    Whoever asked for a copy or an erasure has started its workflow, unless Temporal was away.
    """

    @workflow.run
    async def run(self, start: PersonalDataStart) -> PersonalDataSealed:
        age = timedelta(0) if start.new_key else timedelta(days=KEY_DAYS)
        sealed = await workflow.execute_activity_method(
            OwnDataActivities.seal_personal_data,
            SealPersonalData(key_made_before=workflow.now() - age),
            **policies.SWEEP,
        )
        listed = await workflow.execute_activity_method(
            OwnDataActivities.list_own_data, ListOwnData(), **policies.DATABASE
        )
        waiting = len(listed.export_ids) + len(listed.erasures)
        tell_found(
            bool(waiting or sealed.rows or listed.removed),
            f"Sealed rows: {sealed.rows}",
            f"Waiting for their workflow: {waiting}",
            f"Removed files: {listed.removed}",
        )
        for export_id in listed.export_ids:
            with contextlib.suppress(WorkflowAlreadyStartedError):
                await workflow.start_child_workflow(
                    DataExportWorkflow.run,
                    DataExportStart(export_id=export_id),
                    id=export_workflow_id(export_id),
                    parent_close_policy=workflow.ParentClosePolicy.ABANDON,
                )
        for one in listed.erasures:
            with contextlib.suppress(WorkflowAlreadyStartedError):
                await workflow.start_child_workflow(
                    ErasureWorkflow.run,
                    ErasureStart(
                        erasure_id=one.erasure_id, remind_at=one.remind_at, erase_at=one.erase_at
                    ),
                    id=erasure_workflow_id(one.erasure_id),
                    parent_close_policy=workflow.ParentClosePolicy.ABANDON,
                )
        return sealed
