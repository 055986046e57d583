"""Freezing the registry and opening it again, for staff."""

from typing import Annotated, Any, Literal

from activities.credits.freeze import ChangeState, FreezePayload, UnfreezePayload
from adapters.postgres.credits.registry_state import read_registry_state
from api.commands.addresses import REGISTRY_STATE
from api.commands.proposals import proposal_limits, require_second_person
from api.commands.stored_requests import store_request
from api.commands.workflow_client import Operation, WorkflowClient, WorkflowStart
from api.http.fields import Text
from api.http.resources import Resources
from domain.accounts.proposals import ProposalKind
from domain.accounts.roles import Account, Permission
from domain.credits.freeze import RegistryState
from domain.identifiers import operation_id
from domain.reasons import REASON_LENGTH_MAX
from workflows.credits.freeze import FreezeStart, FreezeWorkflow, workflow_id

Reason = Annotated[str, Text(REASON_LENGTH_MAX, lines=True)]
"""Why, in the words of staff, as JSON and forms take it."""


async def freeze_registry(
    parts: Resources, account: Account, key: str, reason: str
) -> RegistryState:
    """
    Take no more ledger writes; the reason is public at once.

    Raises:
        Forbidden: only staff freeze.
        WorkflowUpdateFailedError: with the refusal of `domain.credits.freeze` inside.
        AwaitsCountersignature, Conflict: as `require_second_person`, where freezes are countersigned.
        OutcomeUnknown, Unavailable: as for every workflow.
    """
    payload = FreezePayload(reason=reason)
    return await _change(parts, account, key, "freeze", payload, FreezeWorkflow.freeze)


async def unfreeze_registry(
    parts: Resources, account: Account, key: str, reason: str | None
) -> RegistryState:
    """
    Take ledger writes again.

    Raises:
        As for `freeze_registry`.
    """
    payload = UnfreezePayload(reason=reason)
    return await _change(parts, account, key, "unfreeze", payload, FreezeWorkflow.unfreeze)


async def _change(
    parts: Resources,
    account: Account,
    key: str,
    action: Literal["freeze", "unfreeze"],
    payload: FreezePayload | UnfreezePayload,
    update: Any,
) -> RegistryState:
    account.require(Permission.FREEZE_REGISTRY)
    change_id = operation_id(account.id, action, key)
    if proposal_limits(parts).freezes:
        await require_second_person(
            parts,
            account,
            change_id,
            ProposalKind.FREEZE,
            subject="registry",
            quantity_units=None,
            reason=payload.reason or "-",
            terms={"action": action},
            key=key,
        )
    async with store_request(parts, change_id, account.id, payload):
        await WorkflowClient(parts).start_with(
            Operation(change_id, REGISTRY_STATE),
            WorkflowStart(
                FreezeWorkflow.run,
                FreezeStart(operation_id=change_id),
                id=workflow_id(change_id),
                summary="Freeze or unfreeze the registry",
                kind="freeze",
            ),
            update,
            ChangeState(operation_id=change_id, actor_id=account.id),
        )
    async with parts.reading() as connection:
        return await read_registry_state(connection)
