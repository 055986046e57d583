"""What shows whose accounts chain records commit to, read for these accounts alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.rows import value_of
from adapters.postgres.tables import chain_record_openings, chain_records, credit_transactions
from adapters.postgres.visibility import is_party
from domain.accounts.roles import Account


@dataclass(frozen=True)
class OpeningView:
    """`commitment` is what stands in `field` of the record; `salt` and `account_id` open it."""

    record_id: UUID
    transaction_id: UUID
    field: str
    commitment: str
    account_id: UUID
    salt: bytes


async def openings(
    connection: AsyncConnection, movement_id: UUID, *, account: Account
) -> Sequence[OpeningView]:
    """
    Those of a credit transaction, or of all lines of a retirement; none where records name accounts.

    Seen by: the account that a commitment stands for, and staff.
    """
    found = await connection.execute(
        select(
            chain_record_openings,
            chain_records.c.transaction_id,
            chain_records.c.record[chain_record_openings.c.field].astext.label("commitment"),
        )
        .join(chain_records, chain_records.c.id == chain_record_openings.c.record_id)
        .join(credit_transactions, credit_transactions.c.id == chain_records.c.transaction_id)
        .where(
            or_(
                credit_transactions.c.id == movement_id,
                credit_transactions.c.retirement_id == movement_id,
            ),
            is_party(account, chain_record_openings.c.account_id),
        )
        .order_by(chain_records.c.position, chain_record_openings.c.field)
    )
    return [value_of(OpeningView, row) for row in found.mappings()]
