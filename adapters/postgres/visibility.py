"""
Who sees what: the one place among the adapters that names permissions.

Conditions for queries, made from the account that asks. Beneath them PostgreSQL guards the rows itself
(row-level security, ADR 0067): its policies say what these functions say, so a query that forgot its
condition shows nobody more.
"""

from uuid import UUID

from sqlalchemy import ColumnElement, or_, true

from adapters.postgres.tables import verification_requests
from domain.accounts.roles import Account, Permission


def works_on_project(account: Account) -> ColumnElement[bool]:
    """Verifications, and so projects, that an account may see: its own, those it verifies; staff all."""
    if account.may(Permission.SEE_EVERYTHING):
        return true()
    return or_(
        verification_requests.c.developer_id == account.id,
        verification_requests.c.verifier_id == account.id,
    )


def sees_duplicates(account: Account) -> bool:
    """Which projects may be registered twice is for those who decide; a supplier could learn to evade."""
    return account.may(Permission.DECIDE_VERIFICATION)


def is_party(account: Account, *columns: ColumnElement[UUID]) -> ColumnElement[bool]:
    """Rows in one of whose `columns` the account stands, as holder or as party; for staff all."""
    if account.may(Permission.SEE_EVERYTHING):
        return true()
    return or_(*(column == account.id for column in columns))


def knows_party(account: Account, party_id: UUID | None) -> bool:
    """Whether an account may be told who this party is: itself, and for staff everybody."""
    return party_id == account.id or account.may(Permission.SEE_EVERYTHING)
