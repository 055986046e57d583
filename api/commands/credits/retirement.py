"""Retiring credits of one entry or of several, and which retirements an account may see."""

from collections.abc import Sequence
from uuid import UUID

from activities.credits.retirement import RetireLine, RetirementPayload, RetireUnits
from adapters.postgres.credits.reads import entries as reads_entries
from adapters.postgres.credits.reads import retirements as reads_retirements
from adapters.postgres.credits.reads.retirements import RetirementView
from api.commands.addresses import retirement_address
from api.commands.credits.credits import require_not_superseded_yet
from api.commands.credits.movement_signature import require_signature
from api.commands.faults import faults_moved
from api.commands.fresh_signatures import SentSignature
from api.commands.stored_requests import store_request
from api.commands.workflow_client import Operation, WorkflowClient, WorkflowStart
from api.commands.workflow_states import WorkflowView, view_workflow
from api.http.resources import Resources
from domain.accounts.roles import Account, Permission
from domain.accounts.signed_movements import MovementKind, MovementLine, SignedMovement
from domain.credits.ledger import CreditEntry
from domain.credits.retirement import require_lines
from domain.errors import Fault, NotActive, NotFound
from domain.identifiers import Serial, derived_id, operation_id
from workflows.credits.retirement import (
    RetirementStage,
    RetirementStart,
    RetirementWorkflow,
    workflow_id,
)

_ONLY_LINE = "/lines/0"


async def retire_entry(
    parts: Resources,
    account: Account,
    key: str,
    line: RetireLine,
    statement: RetirementPayload,
    *,
    sent: SentSignature,
) -> RetirementView:
    """As `retire_lines` for a list of one; faults are about the line itself and not its place."""
    retirement_id = operation_id(account.id, "retire", key)
    with faults_moved(_of_the_line):
        return await _retire(parts, account, retirement_id, [line], statement, sent)


async def retire_lines(
    parts: Resources,
    account: Account,
    key: str,
    lines: Sequence[RetireLine],
    statement: RetirementPayload,
    *,
    sent: SentSignature,
) -> RetirementView:
    """
    Retire units of each entry that is named, all of them in one moment or none.

    Raises:
        Invalid: as `domain.credits.retirement.require_lines`.
        NotFound: names every line whose entry this account may not see.
        Forbidden: this account's role holds no credits.
        SignatureNeeded: as `require_signature`.
        RegistryFrozen, NotActive: the only line's entry lives on under other serials.
        WorkflowUpdateFailedError: with the refusal of `domain.credits.retirement` inside.
        OutcomeUnknown, Unavailable: as for every workflow.
    """
    retirement_id = operation_id(account.id, "retire-lines", key)
    return await _retire(parts, account, retirement_id, lines, statement, sent)


async def visible_retirement(
    parts: Resources, account: Account | None, retirement_id: UUID
) -> RetirementView:
    """
    Raises:
        NotFound: there is no such retirement, or this account may not see it.
    """
    async with parts.reading() as connection:
        view = await reads_retirements.retirement(connection, retirement_id, account=account)
    if view is None:
        raise NotFound("There is no such retirement.")
    return view


async def view_retirement_workflow(
    parts: Resources, account: Account, retirement_id: UUID
) -> WorkflowView:
    """
    Raises:
        NotFound: there is no such retirement, or this account may not see it.
        Forbidden: only staff look into workflows.
        Unavailable: no worker answers.
    """
    await visible_retirement(parts, account, retirement_id)
    account.require(Permission.SEE_WORKFLOWS)
    return await view_workflow(parts, workflow_id(retirement_id), RetirementWorkflow.state)


async def _retire(
    parts: Resources,
    account: Account,
    retirement_id: UUID,
    lines: Sequence[RetireLine],
    statement: RetirementPayload,
    sent: SentSignature,
) -> RetirementView:
    require_lines([(Serial.parse(line.serial), line.quantity_units) for line in lines])
    entries = await _visible_entries(parts, account, lines)
    account.require(Permission.HOLD_CREDITS)
    if len(entries) == 1:
        await _require_only_line(parts, entries[0], retirement_id)
    movement = SignedMovement(
        MovementKind.RETIRE,
        tuple(MovementLine(line.serial, line.quantity_units) for line in lines),
        recipient=None,
        terms=statement.model_dump(mode="json"),
    )
    await require_signature(parts, account, sent, movement)
    # Of several projects, the list shows none.
    projects = {entry.project_id for entry in entries}
    async with store_request(parts, retirement_id, account.id, statement):
        await WorkflowClient(parts).start_with(
            Operation(retirement_id, retirement_address(retirement_id)),
            WorkflowStart(
                RetirementWorkflow.run,
                RetirementStart(retirement_id=retirement_id, brief=True, tells_end=True),
                id=workflow_id(retirement_id),
                summary="Retirement, until its certificate is sealed",
                kind="retirement",
                status=RetirementStage.WAITING_FOR_CHAIN,
                project_id=projects.pop() if len(projects) == 1 else None,
                organisation_id=account.acts_for,
            ),
            RetirementWorkflow.retire,
            RetireUnits(
                retirement_id=retirement_id,
                lines=tuple(lines),
                account_id=account.id,
                waiting_workflow_id=workflow_id(retirement_id),
            ),
        )
    return await visible_retirement(parts, account, retirement_id)


async def _visible_entries(
    parts: Resources, account: Account, lines: Sequence[RetireLine]
) -> list[CreditEntry]:
    """
    Raises:
        NotFound: names every line whose entry this account may not see.
    """
    serials = [Serial.parse(line.serial) for line in lines]
    async with parts.reading() as connection:
        found = [await reads_entries.credit(connection, s, account=account) for s in serials]
    faults = [
        Fault(f"/lines/{index}/serial", f"There is no credit entry {serial}.")
        for index, (serial, entry) in enumerate(zip(serials, found, strict=True))
        if entry is None
    ]
    if faults:
        raise NotFound("There is no such credit entry.", *faults)
    return [entry for entry in found if entry is not None]


async def _require_only_line(parts: Resources, entry: CreditEntry, retirement_id: UUID) -> None:
    """Of several lines the activity names every one that is superseded; of one it can be said now."""
    transaction_id = derived_id(retirement_id, "transaction")
    try:
        await require_not_superseded_yet(parts, entry, transaction_id)
    except NotActive as refused:
        raise NotActive(refused.detail, Fault(f"{_ONLY_LINE}/serial", refused.detail)) from refused


def _of_the_line(fault: Fault) -> Fault | None:
    """Its serial was in no body, so that nothing in one can be pointed at."""
    if fault.pointer == f"{_ONLY_LINE}/serial":
        return None
    return Fault(fault.pointer.removeprefix(_ONLY_LINE), fault.detail)
