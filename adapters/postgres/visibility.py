"""
Who sees what: the one place among the adapters that names permissions.

Conditions for queries, made from the account that asks. The database does not guard its rows
itself yet (row-level security); this is where it will attach: each policy says what one function here says.
"""

from uuid import UUID

from sqlalchemy import ColumnElement, or_, select, true

from adapters.postgres.tables import projects, verification_requests
from domain.accounts.roles import Account, Permission


def works_on_project(account: Account) -> ColumnElement[bool]:
    """Verifications that an account may see: those of its projects, those it verifies; staff all."""
    if account.may(Permission.SEE_EVERYTHING):
        return true()
    return or_(
        verification_requests.c.developer_id == account.id,
        verification_requests.c.verifier_id == account.id,
    )


def works_on_any_round(account: Account) -> ColumnElement[bool]:
    """Projects that an account may see: its own, those of which it verifies a round; staff all."""
    if account.may(Permission.SEE_EVERYTHING):
        return true()
    verified = select(verification_requests.c.project_id).where(
        verification_requests.c.verifier_id == account.id
    )
    return or_(projects.c.developer_id == account.id, projects.c.id.in_(verified))


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
