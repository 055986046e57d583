"""
The ledger as it was at a moment, from facts that are only ever added.

Rows of movements never change; of an entry only its status does, so where its units were is read from the
movements that made and ended it, and never from what it says now.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from adapters.postgres.publishing.open_data_columns import Column, Kind, tonnes
from domain.accounts.roles import REGISTRY_ACCOUNT_ID
from domain.reports.reports import ReportTerms

REGISTRY = f"'{REGISTRY_ACCOUNT_ID}'::uuid"
STAYS = "('suspension', 'reinstatement', 'reservation', 'reservation_release')"
"""Movements after which the same account holds the units."""


@dataclass(frozen=True)
class ReportTable:
    """
    `rows` is a FROM clause with its order. `title` and, of an official form, `headings` are what a sheet shows
    above the columns' own names.
    """

    name: str
    title: str
    columns: Sequence[Column]
    rows: str
    sheet: str = ""

    @property
    def sheet_name(self) -> str:
        """Of at most 31 characters, as workbooks have them."""
        return self.sheet or self.title[:31]


@dataclass(frozen=True)
class Literals:
    """Terms as SQL writes them: moments and identifiers, never somebody's own text."""

    begins: str
    ends: str
    known_at: str
    account_id: str
    party: str

    @classmethod
    def of(cls, terms: ReportTerms) -> "Literals":
        return cls(
            _moment(terms.begins),
            _moment(terms.ends),
            _moment(terms.known_at),
            _uuid(terms.account_id),
            f"'{terms.party}'" if terms.party and terms.party.isalpha() else "NULL",
        )


def _moment(at: datetime) -> str:
    return f"'{at.isoformat()}'::timestamptz"


def _uuid(value: UUID | None) -> str:
    return f"'{value}'::uuid" if value else "NULL::uuid"


def quantity(name: str, sql: str, meaning: str) -> Column:
    """Tonnes with two decimals of a whole number of units, also below zero."""
    signed = f"CASE WHEN ({sql}) < 0 THEN '-' ELSE '' END || {tonnes(f'abs({sql})')}"
    return Column(name, Kind.DECIMAL, signed, meaning)


def entries_at(ends: str, where: str = "true") -> str:
    """
    Entries that held units at a moment, with the status they had: a subquery to be named.

    An entry began with the movement that made it, or, of a remainder, with the one that took the rest of its
    parent; it ended with the movement that was made of it, unless that left its units in place. Of each there is
    one at most (the unique indexes of credit_transactions).
    """
    return f"""(
    SELECT e.id, e.serial, e.project_id, e.vintage, e.owner_id, e.units, e.quantity_units, e.parent_id,
           e.issued_at, coalesce(made.created_at, rest.created_at) AS begun_at,
           CASE WHEN made.type = 'retirement' OR ended.type = 'retirement' THEN 'retired'
                WHEN made.type = 'cancellation' OR ended.type = 'cancellation' THEN 'cancelled'
                WHEN e.owner_id = {REGISTRY} THEN 'buffer'
                WHEN e.suspended_for IS NOT NULL THEN 'suspended'
                WHEN made.type = 'reservation' THEN 'reserved'
                ELSE 'active' END AS status,
           CASE WHEN made.type IN ('retirement', 'cancellation') THEN made.id ELSE ended.id END AS use_id
      FROM credit_entries e
      LEFT JOIN credit_transactions made
             ON made.result_entry_id = e.id
            AND NOT (made.entry_id = e.id AND made.type IN ('retirement', 'cancellation'))
      LEFT JOIN credit_transactions rest
             ON made.id IS NULL AND rest.entry_id = e.parent_id
            AND rest.type NOT IN ('issuance', 'buffer_contribution')
      LEFT JOIN credit_transactions ended
             ON ended.entry_id = e.id AND ended.type NOT IN ('issuance', 'buffer_contribution')
            AND ended.created_at < {ends}
     WHERE coalesce(made.created_at, rest.created_at) < {ends}
       AND (ended.id IS NULL OR ended.result_entry_id = e.id) AND {where})"""


def deltas(ends: str, where: str = "true") -> str:
    """What each movement before a moment gave to an account and took from one: a subquery to be named."""
    return f"""(
    SELECT t.recipient_id AS account_id, e.project_id, e.vintage, t.type, t.created_at, t.quantity_units AS units
      FROM credit_transactions t JOIN credit_entries e ON e.id = t.result_entry_id
     WHERE t.recipient_id IS NOT NULL AND t.type NOT IN {STAYS} AND t.created_at < {ends} AND {where}
     UNION ALL
    SELECT t.sender_id, e.project_id, e.vintage, t.type, t.created_at, -t.quantity_units
      FROM credit_transactions t JOIN credit_entries e ON e.id = t.result_entry_id
     WHERE t.sender_id IS NOT NULL AND t.type NOT IN {STAYS} AND t.created_at < {ends} AND {where})"""
