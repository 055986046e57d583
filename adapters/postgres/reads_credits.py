"""Credit entries, credit transactions and retirements, read."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, or_, select, true
from sqlalchemy.engine import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.reads import (
    CHAIN_COLUMNS,
    ChainState,
    Part,
    chain_state,
    read_one,
    read_part,
)
from adapters.postgres.rows import value_of
from adapters.postgres.tables import (
    certificates,
    chain_records,
    chain_transactions,
    credit_entries,
    credit_transactions,
    retirements,
)
from domain.accounts import Account, Permission
from domain.certificates import StoredCertificate
from domain.identifiers import Serial
from domain.ledger import CreditEntry, CreditTransaction
from domain.retirement import Beneficiary, Retirement


@dataclass(frozen=True)
class CreditFilter:
    status: str | None = None
    vintage: int | None = None
    project_id: UUID | None = None


async def credits_part(
    connection: AsyncConnection, chosen: CreditFilter, part: Part, *, account: Account
) -> Sequence[CreditEntry]:
    query = select(credit_entries).where(_held_by(account, credit_entries.c.owner_id))
    if chosen.status is not None:
        query = query.where(credit_entries.c.status == chosen.status)
    if chosen.vintage is not None:
        query = query.where(credit_entries.c.vintage == chosen.vintage)
    if chosen.project_id is not None:
        query = query.where(credit_entries.c.project_id == chosen.project_id)
    found = await read_part(
        connection, query, part, at=credit_entries.c.issued_at, id=credit_entries.c.id
    )
    return [value_of(CreditEntry, row) for row in found]


async def credit(
    connection: AsyncConnection, serial: Serial, *, account: Account | None
) -> CreditEntry | None:
    """`account` None reads what is public: any entry, whose owner must then not be shown."""
    query = select(credit_entries).where(credit_entries.c.serial == str(serial))
    if account is not None:
        query = query.where(_held_by(account, credit_entries.c.owner_id))
    row = await read_one(connection, query)
    return value_of(CreditEntry, row) if row else None


@dataclass(frozen=True)
class TransactionSeen:
    transaction: CreditTransaction
    serial: str
    result_serial: str
    chain: ChainState | None


_ACTED_UPON = credit_entries.alias("acted_upon")
_RESULT = credit_entries.alias("result")

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


async def transactions_part(
    connection: AsyncConnection, entry_id: UUID, part: Part
) -> Sequence[TransactionSeen]:
    """The movements that an entry came from or took part in."""
    query = _TRANSACTION.where(
        or_(
            credit_transactions.c.entry_id == entry_id,
            credit_transactions.c.result_entry_id == entry_id,
        )
    )
    found = await read_part(
        connection, query, part, at=credit_transactions.c.created_at, id=credit_transactions.c.id
    )
    return [_transaction_seen(row) for row in found]


async def transaction(
    connection: AsyncConnection, transaction_id: UUID, *, account: Account
) -> TransactionSeen | None:
    query = _TRANSACTION.where(
        credit_transactions.c.id == transaction_id,
        _held_by(account, credit_transactions.c.sender_id, credit_transactions.c.recipient_id),
    )
    row = await read_one(connection, query)
    return _transaction_seen(row) if row else None


@dataclass(frozen=True)
class RetirementSeen:
    retirement: Retirement
    serial: str
    project_id: UUID
    vintage: int
    certificate_status: str
    chain: ChainState | None


@dataclass(frozen=True)
class RetirementFilter:
    project_id: UUID | None = None
    vintage: int | None = None


_RETIREMENT = (
    select(
        *retirements.c,
        credit_entries.c.serial,
        credit_entries.c.project_id,
        credit_entries.c.vintage,
        certificates.c.status.label("certificate_status"),
        *CHAIN_COLUMNS,
    )
    .join(credit_transactions, credit_transactions.c.retirement_id == retirements.c.id)
    .join(credit_entries, credit_entries.c.id == credit_transactions.c.result_entry_id)
    .join(certificates, certificates.c.retirement_id == retirements.c.id)
    .outerjoin(chain_records, chain_records.c.transaction_id == credit_transactions.c.id)
    .outerjoin(chain_transactions, chain_transactions.c.tx_hash == chain_records.c.tx_hash)
)


async def retirements_part(
    connection: AsyncConnection,
    chosen: RetirementFilter,
    part: Part,
    *,
    account: Account | None,
) -> Sequence[RetirementSeen]:
    """`account` None reads the public list, which holds every retirement."""
    query = _retirements(account)
    if chosen.project_id is not None:
        query = query.where(credit_entries.c.project_id == chosen.project_id)
    if chosen.vintage is not None:
        query = query.where(credit_entries.c.vintage == chosen.vintage)
    found = await read_part(
        connection, query, part, at=retirements.c.retired_at, id=retirements.c.id
    )
    return [_retirement_seen(row) for row in found]


async def retirement(
    connection: AsyncConnection, retirement_id: UUID, *, account: Account | None
) -> RetirementSeen | None:
    row = await read_one(connection, _retirements(account).where(retirements.c.id == retirement_id))
    return _retirement_seen(row) if row else None


async def certificate(connection: AsyncConnection, retirement_id: UUID) -> StoredCertificate | None:
    row = await read_one(
        connection, select(certificates).where(certificates.c.retirement_id == retirement_id)
    )
    return value_of(StoredCertificate, row) if row else None


def _held_by(account: Account, *columns: ColumnElement[UUID]) -> ColumnElement[bool]:
    if account.may(Permission.SEE_EVERYTHING):
        return true()
    return or_(*(column == account.id for column in columns))


def _retirements(account: Account | None) -> Select[Any]:
    if account is None:
        return _RETIREMENT
    return _RETIREMENT.where(_held_by(account, retirements.c.account_id))


def _transaction_seen(row: RowMapping) -> TransactionSeen:
    return TransactionSeen(
        value_of(CreditTransaction, row), row["serial"], row["result_serial"], chain_state(row)
    )


def _retirement_seen(row: RowMapping) -> RetirementSeen:
    return RetirementSeen(
        retirement=_retirement_from(row),
        serial=row["serial"],
        project_id=row["project_id"],
        vintage=row["vintage"],
        certificate_status=row["certificate_status"],
        chain=chain_state(row),
    )


def _retirement_from(row: RowMapping) -> Retirement:
    named = row["beneficiary_name"]
    beneficiary = (
        Beneficiary(named, row["beneficiary_country"], row["beneficiary_identifier"])
        if named is not None
        else None
    )
    return value_of(Retirement, row, beneficiary=beneficiary)
