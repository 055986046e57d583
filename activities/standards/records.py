"""What recording, confirming and withdrawing have in common, whatever it is that is recorded."""

from collections.abc import Mapping
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from activities import lookups
from activities.audit_and_notify import Message, audit, by_topic, tell, tell_staff
from activities.payloads import Payload, PersonalRequest, ReasonPayload
from activities.ports.database import UnitOfWork
from domain.accounts.notifications import NotificationKind
from domain.accounts.roles import Account
from domain.errors import Fault, Invalid
from domain.identifiers import derived_id
from domain.projects.documents import DocumentStatus
from domain.standards.records import (
    StandardRecord,
    StandardRecordStatus,
    StandardSource,
    confirm_record,
    withdraw_record,
)
from domain.visible_text import isolated


class SourcePayload(Payload):
    document_id: UUID | None = None
    url: str | None = None
    dated: date

    def source(self) -> StandardSource:
        return StandardSource(self.document_id, self.url, self.dated)


class SettleAct(StrEnum):
    CONFIRM = "confirm"
    WITHDRAW = "withdraw"


class SettleRecord(PersonalRequest):
    """
    Confirm or withdraw what is recorded under `record_id`; `number` is that of an authorisation's step.

    The reason of a withdrawal is the stored request `operation_id`.
    """

    operation_id: UUID
    record_id: UUID
    act: SettleAct
    actor_id: UUID
    number: int | None = None


class RecordStep(Payload):
    """Where a record stands after an act."""

    record_id: UUID
    status: StandardRecordStatus
    notification_ids: tuple[UUID, ...] = ()


async def reason_of(work: UnitOfWork, request: SettleRecord) -> str:
    """Why it is withdrawn; a confirmation has no reason."""
    body = await lookups.stored_request(work, request.operation_id)
    return ReasonPayload.model_validate(body).reason


async def settled(
    work: UnitOfWork, request: SettleRecord, record: StandardRecord, *, actor: Account, at: datetime
) -> StandardRecord:
    """
    The record as it is after the act.

    Raises:
        Forbidden, Invalid, RecordSettled: as confirming and withdrawing do (domain.standards.records).
    """
    if request.act is SettleAct.CONFIRM:
        return confirm_record(record, actor=actor, at=at)
    return withdraw_record(record, await reason_of(work, request), actor=actor, at=at)


async def require_document(work: UnitOfWork, source: StandardSource, project_id: UUID) -> None:
    """
    Raises:
        Invalid: the document is not the project's, or its bytes are not there.
    """
    if source.document_id is None:
        return
    document = await work.projects.documents.lock(source.document_id)
    if (
        document is None
        or document.project_id != project_id
        or document.status is not DocumentStatus.COMPLETED
    ):
        detail = "The source must be a completed document of this project."
        raise Invalid(detail, Fault("/source/documentId", detail))


async def leave_traces(
    work: UnitOfWork,
    noun: str,
    record_id: UUID,
    project_id: UUID,
    record: StandardRecord,
    *,
    before: Mapping[str, Any] | None,
    after: Mapping[str, Any],
    title: str,
    operation_id: UUID,
    actor: Account,
    at: datetime,
) -> tuple[UUID, ...]:
    """Note it in the audit log, ask the others of staff to confirm it, and tell the supplier once it counts."""
    audit(
        work,
        f"{noun}.{record.status.value}",
        (noun, record_id),
        actor_id=actor.id,
        before=before,
        after={**after, "projectId": str(project_id), "status": record.status.value},
        at=at,
    )
    project = await lookups.project(work, project_id)
    link = f"/projects/{project_id}"
    if record.status is StandardRecordStatus.RECORDED:
        message = Message(
            NotificationKind.STANDARD_TO_CONFIRM,
            f"“{isolated(project.title)}”: {title} was recorded and waits for another administrator to confirm it.",
            f"/staff/projects/{project_id}/standards",
        )
        topic = by_topic(operation_id, "to-confirm")
        return await tell_staff(work, message, notification_id=topic, at=at, but_not=actor.id)
    if record.confirmed_at is None:
        # Nobody but staff knew of it.
        return ()
    done = (
        "counts from now on" if record.status is StandardRecordStatus.CONFIRMED else "is withdrawn"
    )
    message = Message(
        NotificationKind.STANDARD_CHANGED, f"“{isolated(project.title)}”: {title} {done}.", link
    )
    told = message.to(
        project.developer_id, notification_id=derived_id(operation_id, "notification"), at=at
    )
    return await tell(work, told)
