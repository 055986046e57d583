"""Credit transactions, read, each with how far its record has come on the chain."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.engine import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.chain_states import (
    CHAIN_COLUMNS,
    QUEUED_BEFORE,
    ChainStateView,
    chain_state,
)
from adapters.postgres.public_rows import public_credit_entries, public_credit_transactions
from adapters.postgres.queries import PageRequest, read_one, read_page
from adapters.postgres.rows import value_of
from adapters.postgres.tables import chain_records, chain_transactions, credit_transactions
from adapters.postgres.visibility import is_party
from domain.accounts.roles import Account
from domain.audit.issuances import LedgerIssuance
from domain.credits.checks.ledger_differences import MAKES_ROOTS
from domain.credits.ledger import (
    CreditTransaction,
    CreditTransactionStatus,
    CreditTransactionType,
)


@dataclass(frozen=True)
class TransactionView:
    """`serial` is the entry acted upon, `result_serial` the one that holds the units since."""

    transaction: CreditTransaction
    serial: str
    result_serial: str
    chain: ChainStateView | None


_ACTED_UPON = public_credit_entries.alias("acted_upon")
_RESULT = public_credit_entries.alias("result")

_TRANSACTION = (
    select(
        *credit_transactions.c,
        _ACTED_UPON.c.serial.label("serial"),
        _RESULT.c.serial.label("result_serial"),
        *CHAIN_COLUMNS,
    )
    .join(_ACTED_UPON, _ACTED_UPON.c.id == credit_transactions.c.entry_id)
    .join(_RESULT, _RESULT.c.id == credit_transactions.c.result_entry_id)
    .outerjoin(chain_records, chain_records.c.transaction_id == credit_transactions.c.id)
    .outerjoin(chain_transactions, chain_transactions.c.tx_hash == chain_records.c.tx_hash)
)


async def transactions_page(
    connection: AsyncConnection, entry_id: UUID, page: PageRequest
) -> Sequence[TransactionView]:
    """
    The credit transactions that an entry came from or took part in.

    Seen by: whoever may see the entry, which the caller has read with the account that asks.
    """
    query = _TRANSACTION.where(
        or_(
            credit_transactions.c.entry_id == entry_id,
            credit_transactions.c.result_entry_id == entry_id,
        )
    )
    by = (credit_transactions.c.created_at, credit_transactions.c.id)
    return [_view(row) for row in await read_page(connection, query, page, by)]


async def transaction(
    connection: AsyncConnection, transaction_id: UUID, *, account: Account
) -> TransactionView | None:
    """Seen by: both parties, and staff."""
    query = _TRANSACTION.where(
        credit_transactions.c.id == transaction_id,
        is_party(account, credit_transactions.c.sender_id, credit_transactions.c.recipient_id),
    )
    row = await read_one(connection, query)
    return _view(row) if row else None


async def issuances(connection: AsyncConnection) -> Sequence[LedgerIssuance]:
    """
    All that was ever issued, the buffer's shares too, by unit numbers.

    Seen by: staff, who run the tool that compares it with the audit log.
    """
    found = await connection.execute(
        select(
            credit_transactions.c.id.label("transaction_id"),
            credit_transactions.c.verification_id,
            credit_transactions.c.units,
        )
        .where(
            credit_transactions.c.type.in_([type.value for type in MAKES_ROOTS]),
            credit_transactions.c.status == CreditTransactionStatus.COMPLETED.value,
        )
        .order_by(credit_transactions.c.units)
    )
    return [value_of(LedgerIssuance, row) for row in found.mappings()]


_ISSUANCE_STATE = (
    select(*CHAIN_COLUMNS, QUEUED_BEFORE)
    .select_from(public_credit_transactions)
    .join(chain_records, chain_records.c.transaction_id == public_credit_transactions.c.id)
    .outerjoin(chain_transactions, chain_transactions.c.tx_hash == chain_records.c.tx_hash)
    .join(
        public_credit_entries,
        public_credit_entries.c.id == public_credit_transactions.c.entry_id,
    )
    .where(public_credit_transactions.c.type == CreditTransactionType.ISSUANCE.value)
    .order_by(public_credit_transactions.c.created_at.desc())
    .limit(1)
)


async def issuance_state(connection: AsyncConnection, project_id: UUID) -> ChainStateView | None:
    """
    How far the record of a project's newest issuance has come.

    Seen by: everybody.
    """
    row = await read_one(
        connection, _ISSUANCE_STATE.where(public_credit_entries.c.project_id == project_id)
    )
    return chain_state(row) if row else None


def _view(row: RowMapping) -> TransactionView:
    return TransactionView(
        value_of(CreditTransaction, row), row["serial"], row["result_serial"], chain_state(row)
    )
