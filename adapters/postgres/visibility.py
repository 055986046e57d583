"""
Who sees what: the one place among the adapters that names permissions.

Conditions for queries, made from the account that asks. The database does not guard its rows
itself yet (row-level security); this is where it will attach: each policy says what one function here says.
"""

from uuid import UUID

from sqlalchemy import ColumnElement, or_, true

from adapters.postgres.tables import verification_requests
from domain.accounts.roles import Account, Permission


def works_on_project(account: Account) -> ColumnElement[bool]:
    """Verifications, and so projects, an account may see: its organisation's, those it verifies; staff all."""
    if account.may(Permission.SEE_EVERYTHING):
        return true()
    return or_(
        verification_requests.c.developer_id == account.acts_for,
        verification_requests.c.verifier_id == account.id,
    )


def sees_duplicates(account: Account) -> bool:
    """Which projects may be registered twice is for those who decide; a supplier could learn to evade."""
    return account.may(Permission.DECIDE_VERIFICATION)


def is_party(account: Account, *columns: ColumnElement[UUID]) -> ColumnElement[bool]:
    """Rows in one of whose `columns` the account's organisation stands, as holder or party; for staff all."""
    if account.may(Permission.SEE_EVERYTHING):
        return true()
    return or_(*(column == account.acts_for for column in columns))


def knows_party(account: Account, party_id: UUID | None) -> bool:
    """Whether an account may be told who this party is: its organisation, and for staff everybody."""
    return party_id == account.acts_for or account.may(Permission.SEE_EVERYTHING)
