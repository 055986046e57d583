"""Credit entries, credit transactions and retirements, read."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, ColumnElement, Select, Uuid, any_, bindparam, or_, select, true
from sqlalchemy.engine import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.credits.reads_reversals import Touch, touches
from adapters.postgres.engines import (
    CHAIN_COLUMNS,
    ChainState,
    PageRequest,
    chain_state,
    read_one,
    read_page,
)
from adapters.postgres.rows import units_from, value_of
from adapters.postgres.tables import (
    certificates,
    chain_records,
    chain_transactions,
    credit_entries,
    credit_transactions,
    retirements,
)
from domain.accounts.roles import Account, Permission
from domain.certificates.certificates import StoredCertificate
from domain.chain.records import RecordStatus
from domain.credits.ledger import CreditEntry, CreditTransaction
from domain.credits.retirement import Beneficiary, Retirement
from domain.identifiers import Serial
from domain.quantities import UnitRange


@dataclass(frozen=True)
class CreditFilter:
    status: str | None = None
    vintage: int | None = None
    project_id: UUID | None = None


async def credits_page(
    connection: AsyncConnection, chosen: CreditFilter, part: PageRequest, *, account: Account
) -> Sequence[CreditEntry]:
    query = select(credit_entries).where(_held_by(account, credit_entries.c.owner_id))
    if chosen.status is not None:
        query = query.where(credit_entries.c.status == chosen.status)
    if chosen.vintage is not None:
        query = query.where(credit_entries.c.vintage == chosen.vintage)
    if chosen.project_id is not None:
        query = query.where(credit_entries.c.project_id == chosen.project_id)
    found = await read_page(
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
class TransactionView:
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


async def transactions_page(
    connection: AsyncConnection, entry_id: UUID, part: PageRequest
) -> Sequence[TransactionView]:
    """The movements that an entry came from or took part in."""
    query = _TRANSACTION.where(
        or_(
            credit_transactions.c.entry_id == entry_id,
            credit_transactions.c.result_entry_id == entry_id,
        )
    )
    found = await read_page(
        connection, query, part, at=credit_transactions.c.created_at, id=credit_transactions.c.id
    )
    return [_transaction_view(row) for row in found]


async def transaction(
    connection: AsyncConnection, transaction_id: UUID, *, account: Account
) -> TransactionView | None:
    query = _TRANSACTION.where(
        credit_transactions.c.id == transaction_id,
        _held_by(account, credit_transactions.c.sender_id, credit_transactions.c.recipient_id),
    )
    row = await read_one(connection, query)
    return _transaction_view(row) if row else None


@dataclass(frozen=True)
class LineView:
    """One entry that was retired, with the record of its own."""

    serial: str
    project_id: UUID
    vintage: int
    units: UnitRange
    chain: ChainState | None


@dataclass(frozen=True)
class RetirementView:
    """`lines` are in the order of their units, as on the certificate, and never none."""

    retirement: Retirement
    certificate_status: str
    lines: Sequence[LineView]
    reversals: Sequence[Touch]

    @property
    def chain(self) -> ChainState | None:
        """The record that has come least far; None when one is not queued yet."""
        states = [line.chain for line in self.lines if line.chain is not None]
        if len(states) < len(self.lines):
            return None
        return min(states, key=lambda state: (_WAY.index(state.status), state.confirmations))


_WAY = [
    RecordStatus.PARKED.value,
    RecordStatus.QUEUED.value,
    RecordStatus.SUBMITTED.value,
    RecordStatus.CONFIRMED.value,
    RecordStatus.FINAL.value,
]


@dataclass(frozen=True)
class RetirementFilter:
    project_id: UUID | None = None
    vintage: int | None = None


_RETIREMENT = select(*retirements.c, certificates.c.status.label("certificate_status")).join(
    certificates, certificates.c.retirement_id == retirements.c.id
)

# Made once, and one statement however many retirements: their ids are one value.
_LINES = (
    select(
        credit_transactions.c.retirement_id,
        credit_entries.c.serial,
        credit_entries.c.project_id,
        credit_entries.c.vintage,
        credit_entries.c.units,
        *CHAIN_COLUMNS,
    )
    .join(credit_entries, credit_entries.c.id == credit_transactions.c.result_entry_id)
    .outerjoin(chain_records, chain_records.c.transaction_id == credit_transactions.c.id)
    .outerjoin(chain_transactions, chain_transactions.c.tx_hash == chain_records.c.tx_hash)
    .where(credit_transactions.c.retirement_id == any_(bindparam("ids", type_=ARRAY(Uuid))))
    .order_by(credit_entries.c.units)
)


async def retirements_page(
    connection: AsyncConnection,
    chosen: RetirementFilter,
    part: PageRequest,
    *,
    account: Account | None,
) -> Sequence[RetirementView]:
    """`account` None reads the public list, which holds every retirement."""
    query = _retirements(account)
    conditions: list[ColumnElement[bool]] = []
    if chosen.project_id is not None:
        conditions.append(credit_entries.c.project_id == chosen.project_id)
    if chosen.vintage is not None:
        conditions.append(credit_entries.c.vintage == chosen.vintage)
    if conditions:
        query = query.where(_has_line(conditions))
    found = await read_page(
        connection, query, part, at=retirements.c.retired_at, id=retirements.c.id
    )
    return await _retirements_view(connection, found)


async def retirement(
    connection: AsyncConnection, retirement_id: UUID, *, account: Account | None
) -> RetirementView | None:
    row = await read_one(connection, _retirements(account).where(retirements.c.id == retirement_id))
    return (await _retirements_view(connection, [row]))[0] if row else None


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


def _transaction_view(row: RowMapping) -> TransactionView:
    return TransactionView(
        value_of(CreditTransaction, row), row["serial"], row["result_serial"], chain_state(row)
    )


def _has_line(conditions: Sequence[ColumnElement[bool]]) -> ColumnElement[bool]:
    """One and the same line meets all conditions."""
    return (
        select(1)
        .select_from(credit_transactions)
        .join(credit_entries, credit_entries.c.id == credit_transactions.c.result_entry_id)
        .where(credit_transactions.c.retirement_id == retirements.c.id, *conditions)
        .exists()
    )


async def _retirements_view(
    connection: AsyncConnection, rows: Sequence[RowMapping]
) -> Sequence[RetirementView]:
    ids = [row["id"] for row in rows]
    lines = await _lines(connection, ids)
    touched = await touches(connection, ids)
    return [
        RetirementView(
            retirement=_retirement_from(row),
            certificate_status=row["certificate_status"],
            lines=lines[row["id"]],
            reversals=touched.get(row["id"], ()),
        )
        for row in rows
    ]


async def _lines(
    connection: AsyncConnection, retirement_ids: Sequence[UUID]
) -> Mapping[UUID, Sequence[LineView]]:
    found = await connection.execute(_LINES, {"ids": list(retirement_ids)})
    lines: dict[UUID, list[LineView]] = defaultdict(list)
    for row in found.mappings():
        lines[row["retirement_id"]].append(
            LineView(
                serial=row["serial"],
                project_id=row["project_id"],
                vintage=row["vintage"],
                units=units_from(row["units"]),
                chain=chain_state(row),
            )
        )
    return lines


def _retirement_from(row: RowMapping) -> Retirement:
    named = row["beneficiary_name"]
    beneficiary = (
        Beneficiary(named, row["beneficiary_country"], row["beneficiary_identifier"])
        if named is not None
        else None
    )
    return value_of(Retirement, row, beneficiary=beneficiary)
