"""Recording labels, authorisations and foreign ranges, confirming and withdrawing them."""

from typing import Any
from uuid import UUID

from activities.payloads import Payload, ReasonPayload
from activities.standards.authorisations import (
    AuthorisationRequestPayload,
    AuthorisationStepPayload,
    RecordAuthorisationStep,
    RequestAuthorisation,
)
from activities.standards.foreign_ranges import ForeignRangePayload, RecordForeignRange
from activities.standards.labels import LabelPayload, RecordLabel
from activities.standards.records import SettleAct, SettleRecord
from adapters.postgres.standards import reads
from adapters.postgres.standards.reads import StandardsView
from adapters.postgres.tables import authorisations, foreign_ranges, standard_labels
from api.commands.addresses import project_standards_address
from api.commands.projects.projects import visible_project
from api.commands.projects.verification import visible_verification
from api.commands.stored_requests import store_request
from api.commands.workflow_client import Operation, WorkflowClient, WorkflowStart
from api.http.resources import Resources
from domain.accounts.roles import Account, Permission
from domain.errors import NotFound
from domain.identifiers import operation_id
from workflows.standards.records import (
    StandardRecordStart,
    StandardRecordWorkflow,
    workflow_id,
)

_RECORD = Permission.RECORD_STANDARDS


async def project_standards(parts: Resources, account: Account, project_id: UUID) -> StandardsView:
    """
    With what waits for its confirmation.

    Raises:
        NotFound: there is no such project that the account may see.
    """
    await visible_project(parts, account, project_id)
    async with parts.reading() as connection:
        return await reads.recorded_standards(connection, project_id)


async def record_label(
    parts: Resources, account: Account, key: str, project_id: UUID, payload: LabelPayload
) -> UUID:
    """
    Raises:
        NotFound: as for `project_standards`.
        Forbidden: only staff record.
        WorkflowUpdateFailedError: with the refusal of `domain.standards.labels` inside.
        OutcomeUnknown, Unavailable, Conflict: as for every workflow.
    """
    await visible_project(parts, account, project_id)
    account.require(_RECORD)
    label_id = operation_id(account.id, f"record-label/{project_id}", key)
    request = RecordLabel(label_id=label_id, project_id=project_id, actor_id=account.id)
    update = StandardRecordWorkflow.record_label
    await _write(parts, account, label_id, project_id, payload, update, request)
    return label_id


async def request_authorisation(
    parts: Resources,
    account: Account,
    key: str,
    project_id: UUID,
    payload: AuthorisationRequestPayload,
) -> UUID:
    """
    Raises:
        As for `record_label`, with the refusal of `domain.standards.article6` inside.
    """
    await visible_project(parts, account, project_id)
    account.require(_RECORD)
    authorisation_id = operation_id(account.id, f"request-authorisation/{project_id}", key)
    request = RequestAuthorisation(
        authorisation_id=authorisation_id, project_id=project_id, actor_id=account.id
    )
    update = StandardRecordWorkflow.request_authorisation
    await _write(parts, account, authorisation_id, project_id, payload, update, request)
    return authorisation_id


async def record_step(
    parts: Resources,
    account: Account,
    key: str,
    authorisation_id: UUID,
    payload: AuthorisationStepPayload,
) -> None:
    """
    Raises:
        As for `record_label`, with the refusal of `domain.standards.article6` inside.
    """
    project_id = await project_of_authorisation(parts, account, authorisation_id)
    step_id = operation_id(account.id, f"record-step/{authorisation_id}", key)
    request = RecordAuthorisationStep(
        operation_id=step_id, authorisation_id=authorisation_id, actor_id=account.id
    )
    update = StandardRecordWorkflow.record_authorisation_step
    await _write(parts, account, step_id, project_id, payload, update, request)


async def record_range(
    parts: Resources,
    account: Account,
    key: str,
    verification_id: UUID,
    *,
    vintage: int,
    quantity_units: int,
    payload: ForeignRangePayload,
) -> tuple[UUID, UUID]:
    """
    The project, and the range that was recorded for an issuance of it.

    Raises:
        As for `record_label`, with the refusal of `domain.standards.foreign_serials` inside.
    """
    view = await visible_verification(parts, account, verification_id)
    account.require(_RECORD)
    project_id = view.verification.project_id
    range_id = operation_id(account.id, f"record-range/{verification_id}", key)
    request = RecordForeignRange(
        range_id=range_id,
        verification_id=verification_id,
        vintage=vintage,
        quantity_units=quantity_units,
        actor_id=account.id,
    )
    update = StandardRecordWorkflow.record_foreign_range
    await _write(parts, account, range_id, project_id, payload, update, request)
    return project_id, range_id


async def settle_label(
    parts: Resources, account: Account, key: str, label_id: UUID, reason: str | None
) -> UUID:
    """
    Confirm a label, or with a reason withdraw it; the project it is of.

    Raises:
        As for `record_label`, with the refusal of `domain.standards.records` inside.
    """
    project_id = await project_of_label(parts, account, label_id)
    update = StandardRecordWorkflow.settle_label
    await _settle(parts, account, key, project_id, label_id, reason, update)
    return project_id


async def settle_step(
    parts: Resources,
    account: Account,
    key: str,
    authorisation_id: UUID,
    number: int,
    reason: str | None,
) -> UUID:
    """
    Confirm a step, or with a reason take it back; the project it is of.

    Raises:
        As for `record_label`, with the refusal of `domain.standards.article6` inside.
    """
    project_id = await project_of_authorisation(parts, account, authorisation_id)
    update = StandardRecordWorkflow.settle_authorisation_step
    await _settle(parts, account, key, project_id, authorisation_id, reason, update, number)
    return project_id


async def settle_range(
    parts: Resources, account: Account, key: str, range_id: UUID, reason: str | None
) -> UUID:
    """
    Confirm a range, or with a reason withdraw it; the project it is of.

    Raises:
        As for `record_label`, with the refusal of `domain.standards.records` inside.
    """
    project_id = await project_of_range(parts, account, range_id)
    update = StandardRecordWorkflow.settle_foreign_range
    await _settle(parts, account, key, project_id, range_id, reason, update)
    return project_id


async def project_of_label(parts: Resources, account: Account, label_id: UUID) -> UUID:
    """
    Raises:
        Forbidden: only staff keep standards.
        NotFound: there is no such label.
    """
    return await _project_of(parts, account, standard_labels, label_id, "label")


async def project_of_authorisation(
    parts: Resources, account: Account, authorisation_id: UUID
) -> UUID:
    """
    Raises:
        As for `project_of_label`.
    """
    return await _project_of(parts, account, authorisations, authorisation_id, "authorisation")


async def project_of_range(parts: Resources, account: Account, range_id: UUID) -> UUID:
    """
    Raises:
        As for `project_of_label`.
    """
    return await _project_of(parts, account, foreign_ranges, range_id, "range")


async def _project_of(
    parts: Resources, account: Account, table: Any, record_id: UUID, noun: str
) -> UUID:
    account.require(_RECORD)
    async with parts.reading() as connection:
        project_id = await reads.project_of(connection, table, record_id)
    if project_id is None:
        raise NotFound(f"There is no such {noun}.")
    return project_id


async def _settle(
    parts: Resources,
    account: Account,
    key: str,
    project_id: UUID,
    record_id: UUID,
    reason: str | None,
    update: Any,
    number: int | None = None,
) -> None:
    act = SettleAct.CONFIRM if reason is None else SettleAct.WITHDRAW
    settle_id = operation_id(account.id, f"{act}-record/{record_id}/{number}", key)
    request = SettleRecord(
        operation_id=settle_id,
        record_id=record_id,
        act=act,
        actor_id=account.id,
        number=number,
    )
    payload = ReasonPayload(reason=reason or "")
    await _write(parts, account, settle_id, project_id, payload, update, request)


async def _write(
    parts: Resources,
    account: Account,
    act_id: UUID,
    project_id: UUID,
    payload: Payload,
    update: Any,
    request: Payload,
) -> None:
    async with store_request(parts, act_id, account.id, payload):
        await WorkflowClient(parts).start_with(
            Operation(act_id, project_standards_address(project_id)),
            WorkflowStart(
                StandardRecordWorkflow.run,
                StandardRecordStart(operation_id=act_id),
                id=workflow_id(act_id),
                summary="What others say of a project: recorded, confirmed or withdrawn",
                kind="standard_record",
                project_id=project_id,
            ),
            update,
            request,
        )
