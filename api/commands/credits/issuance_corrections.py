"""Correcting issuances, for staff; handing in for them; and the corrections as everybody may read them."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from activities.credits.issuance_correction import (
    CorrectIssuance,
    HandIn,
    IssuanceCorrectionPayload,
)
from adapters.postgres.credits.reads.notices import issuance_corrections as reads_corrections
from adapters.postgres.credits.reads.notices.issuance_corrections import (
    CorrectingCancellationView,
    IssuanceCorrectionView,
)
from api.commands.addresses import issuance_correction_address
from api.commands.credits.credits import visible_credit
from api.commands.projects.verification import visible_verification
from api.commands.proposals import proposal_limits, require_second_person
from api.commands.stored_requests import store_request
from api.commands.workflow_client import Operation, WorkflowClient, WorkflowStart
from api.http.resources import Resources
from domain.accounts.proposals import ProposalKind
from domain.accounts.roles import Account, Permission
from domain.errors import Conflict, NotFound
from domain.identifiers import operation_id
from workflows.credits.issuance_correction import (
    IssuanceCorrectionStart,
    IssuanceCorrectionWorkflow,
    workflow_id,
)


@dataclass(frozen=True)
class WholeCorrection:
    correction: IssuanceCorrectionView
    cancellations: Sequence[CorrectingCancellationView]


async def correct_issuance(
    parts: Resources,
    account: Account,
    key: str,
    verification_id: UUID,
    *,
    vintage: int,
    quantity_units: int,
    reason: str,
) -> WholeCorrection:
    """
    Say that `quantity_units` (of 0.01 t) of an approval's vintage were issued in error, and make it right.

    Raises:
        NotFound: there is no such verification, or nothing was issued for that vintage.
        Forbidden: only staff correct.
        WorkflowUpdateFailedError: with the refusal of `domain.credits.issuance_correction` inside.
        AwaitsCountersignature, Conflict: as `require_second_person`, above the limit.
        OutcomeUnknown, Unavailable: as for every workflow.
    """
    view = await visible_verification(parts, account, verification_id)
    account.require(Permission.CANCEL_CREDITS)
    correction_id = operation_id(account.id, "correct-issuance", key)
    if proposal_limits(parts).need_for_quantity(ProposalKind.ISSUANCE_CORRECTION, quantity_units):
        await require_second_person(
            parts,
            account,
            correction_id,
            ProposalKind.ISSUANCE_CORRECTION,
            subject=str(verification_id),
            quantity_units=quantity_units,
            reason=reason,
            terms={"vintage": vintage},
            key=key,
        )
    payload = IssuanceCorrectionPayload(reason=reason)
    async with store_request(parts, correction_id, account.id, payload):
        await WorkflowClient(parts).start_with(
            Operation(correction_id, issuance_correction_address(correction_id)),
            WorkflowStart(
                IssuanceCorrectionWorkflow.run,
                IssuanceCorrectionStart(correction_id=correction_id),
                id=workflow_id(correction_id),
                summary="Correction of an issuance, until what is owed is handed in",
                kind="issuance_correction",
                project_id=view.verification.project_id,
                organisation_id=view.verification.developer_id,
            ),
            IssuanceCorrectionWorkflow.record,
            CorrectIssuance(
                correction_id=correction_id,
                verification_id=verification_id,
                vintage=vintage,
                quantity_units=quantity_units,
                actor_id=account.id,
            ),
        )
    return await issuance_correction(parts, correction_id)


async def hand_in(
    parts: Resources,
    account: Account,
    key: str,
    correction_id: UUID,
    *,
    serial: str,
    quantity_units: int,
    reason: str,
) -> WholeCorrection:
    """
    Cancel `quantity_units` (of 0.01 t) of an entry in the place of units that were issued in error and moved on.

    Raises:
        NotFound: there is no such correction, or no entry of this account's has that serial.
        WorkflowUpdateFailedError: with the refusal of `domain.credits.obligation` inside.
        Conflict: nothing is owed for it (any more).
        OutcomeUnknown, Unavailable: as for every workflow.
    """
    before = (await issuance_correction(parts, correction_id)).correction
    await visible_credit(parts, account, serial)
    account.require(Permission.MAKE_GOOD)
    transaction_id = operation_id(account.id, f"hand-in/{correction_id}", key)
    payload = IssuanceCorrectionPayload(reason=reason)
    try:
        async with store_request(parts, transaction_id, account.id, payload):
            await WorkflowClient(parts).update(
                Operation(transaction_id, issuance_correction_address(correction_id)),
                workflow_id(correction_id),
                IssuanceCorrectionWorkflow.hand_in,
                HandIn(
                    transaction_id=transaction_id,
                    correction_id=correction_id,
                    serial=serial,
                    quantity_units=quantity_units,
                    actor_id=account.id,
                ),
            )
    except (Conflict, NotFound):
        # The workflow of what is settled has ended.
        if before.status == "settled" and not await _made_by(parts, correction_id, transaction_id):
            raise Conflict("Nothing is owed for this correction any more.") from None
        if before.status != "settled":
            raise
    return await issuance_correction(parts, correction_id)


async def issuance_correction(parts: Resources, correction_id: UUID) -> WholeCorrection:
    """
    Raises:
        NotFound: there is no such correction.
    """
    async with parts.reading() as connection:
        found = await reads_corrections.issuance_correction(connection, correction_id)
        if found is None:
            raise NotFound("There is no such correction.")
        cancellations = await reads_corrections.cancellations_for(connection, correction_id)
    return WholeCorrection(found, cancellations)


async def _made_by(parts: Resources, correction_id: UUID, transaction_id: UUID) -> bool:
    whole = await issuance_correction(parts, correction_id)
    return any(one.transaction_id == transaction_id for one in whole.cancellations)
