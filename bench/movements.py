"""What the use cases are asked: to retire or to transfer one unit, 0.01 t, of an entry."""

from collections.abc import Sequence
from uuid import UUID, uuid4

import asyncpg

from activities.credits.retirement import BeneficiaryPayload, RetirementPayload, RetireUnits
from activities.credits.transfer import TransferCredits
from workflows.credits import retirement, transfer

DRAFT = RetirementPayload(
    beneficiary=BeneficiaryPayload(name="Nordlicht Reisen GmbH", country="DEU"),
    purpose="Voluntary offsetting",
    reason="Flights of the year 2025",
)


def retire_one(serial: str, holder_id: UUID) -> RetireUnits:
    """The use case finds its draft only after `write_drafts`."""
    retirement_id = uuid4()
    return RetireUnits(
        retirement_id=retirement_id,
        serial=serial,
        quantity_units=1,
        account_id=holder_id,
        waiting_workflow_id=retirement.workflow_id(retirement_id),
    )


def transfer_one(serial: str, holder_id: UUID, recipient_id: UUID) -> TransferCredits:
    transaction_id = uuid4()
    return TransferCredits(
        transaction_id=transaction_id,
        serial=serial,
        quantity_units=1,
        sender_id=holder_id,
        recipient_id=recipient_id,
        waiting_workflow_id=transfer.workflow_id(transaction_id),
    )


async def write_drafts(database_url: str, requests: Sequence[RetireUnits]) -> None:
    """As the API leaves them before it calls the workflow."""
    body = DRAFT.model_dump_json()
    connection = await asyncpg.connect(database_url)
    try:
        await connection.copy_records_to_table(
            "drafts",
            columns=["id", "account_id", "body"],
            records=[(asked.retirement_id, asked.account_id, body) for asked in requests],
        )
    finally:
        await connection.close()
