"""
Who sees what: the one place among the adapters that reads the table of permissions.

Conditions for queries, made from the account that asks and the rows of
domain/accounts/permissions.py. Beneath them PostgreSQL guards the rows itself
(row-level security, ADR 0067): its policies say what these functions say, so a query that forgot its
condition shows nobody more.
"""

from uuid import UUID

from sqlalchemy import ColumnElement, false, or_, select, true

from adapters.postgres.tables import (
    projects,
    reports,
    round_assignments,
    verification_requests,
)
from domain.accounts.permissions import Relation, relations_of
from domain.accounts.roles import Account, Permission
from domain.projects.assurance.assignments import RoundTask


def works_on_project(account: Account) -> ColumnElement[bool]:
    """Verifications that an account may see: its organisation's, those it verifies, validates or reviews; staff all."""
    stands = {
        Relation.SUPPLIER: verification_requests.c.developer_id == account.acts_for,
        Relation.ASSIGNED_VERIFIER: verification_requests.c.verifier_id == account.id,
        Relation.VALIDATOR: has_task(account, RoundTask.VALIDATION),
        Relation.TECHNICAL_REVIEWER: has_task(account, RoundTask.TECHNICAL_REVIEW),
    }
    relations = relations_of(account.role, Permission.SEE_PROJECT)
    if Relation.ANY in relations:
        return true()
    return or_(false(), *(stands[relation] for relation in sorted(relations)))


def works_on_any_round(account: Account) -> ColumnElement[bool]:
    """Projects that an account may see: its organisation's, those of which it works on a round; staff all."""

    def of_rounds(condition: ColumnElement[bool]) -> ColumnElement[bool]:
        return projects.c.id.in_(select(verification_requests.c.project_id).where(condition))

    stands = {
        Relation.SUPPLIER: projects.c.developer_id == account.acts_for,
        Relation.ASSIGNED_VERIFIER: of_rounds(verification_requests.c.verifier_id == account.id),
        Relation.VALIDATOR: of_rounds(has_task(account, RoundTask.VALIDATION)),
        Relation.TECHNICAL_REVIEWER: of_rounds(has_task(account, RoundTask.TECHNICAL_REVIEW)),
    }
    relations = relations_of(account.role, Permission.SEE_PROJECT)
    if Relation.ANY in relations:
        return true()
    return or_(false(), *(stands[relation] for relation in sorted(relations)))


def has_task(account: Account, task: RoundTask) -> ColumnElement[bool]:
    """Verifications in which an account has this task now, beside the verifier."""
    given = select(round_assignments.c.verification_id).where(
        round_assignments.c.user_id == account.id, round_assignments.c.task == task.value
    )
    return verification_requests.c.id.in_(given)


def sent_in(account: Account, submitted_by: ColumnElement[UUID]) -> ColumnElement[bool]:
    """Files of data that the account has sent in; for staff all."""
    relations = relations_of(account.role, Permission.SEE_SUBMISSION)
    if Relation.ANY in relations:
        return true()
    return submitted_by == account.id if Relation.UPLOADER in relations else false()


def sees_duplicates(account: Account) -> bool:
    """Which projects may be registered twice is for those who decide; a supplier could learn to evade."""
    return account.may(Permission.DECIDE_VERIFICATION)


def reads_hidden_comments(account: Account | None) -> bool:
    """What the public said and staff have hidden is kept for staff."""
    return account is not None and account.may(Permission.KEEP_CONSULTATIONS)


def reads_all_appeals(account: Account) -> bool:
    """What appeals and grievances say in confidence is for staff, and for who filed them."""
    return account.may(Permission.DECIDE_APPEAL)


def is_party(account: Account, *columns: ColumnElement[UUID]) -> ColumnElement[bool]:
    """Rows in one of whose `columns` the account's organisation stands, as holder or as party; for staff all."""
    relations = relations_of(account.role, Permission.SEE_CREDITS)
    if Relation.ANY in relations:
        return true()
    if Relation.HOLDER not in relations:
        return false()
    return or_(*(column == account.acts_for for column in columns))


def pays(account: Account, payer_id: ColumnElement[UUID]) -> ColumnElement[bool]:
    """Invoices that the account's organisation pays; for staff all."""
    relations = relations_of(account.role, Permission.SEE_INVOICES)
    if Relation.ANY in relations:
        return true()
    return payer_id == account.acts_for if Relation.HOLDER in relations else false()


def knows_party(account: Account, party_id: UUID | None) -> bool:
    """Whether an account may be told who this party is: its organisation, and for staff everybody."""
    return party_id == account.acts_for or Relation.ANY in relations_of(
        account.role, Permission.SEE_CREDITS
    )


def reads_report(account: Account) -> ColumnElement[bool]:
    """Reports that an account may read: those of the account that it acts for; for staff all."""
    if account.may(Permission.MAKE_REPORTS):
        return true()
    return reports.c.account_id == account.acts_for
