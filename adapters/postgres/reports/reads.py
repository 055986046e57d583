"""Reports, read: the list, one, and who has access to it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.queries import PageRequest, read_page
from adapters.postgres.reports.reports import access_from, report_from
from adapters.postgres.tables import report_accesses, report_readings, reports
from adapters.postgres.visibility import reads_report
from domain.accounts.roles import Account
from domain.reports.accesses import ReportAccess
from domain.reports.reports import Report, ReportKind, ReportTerms


@dataclass(frozen=True)
class AccessView:
    """`readings` are how often it was read, `last_read_at` None: never."""

    access: ReportAccess
    readings: int
    last_read_at: datetime | None


async def reports_page(
    connection: AsyncConnection,
    account: Account,
    page: PageRequest,
    *,
    kind: ReportKind | None = None,
) -> Sequence[Report]:
    """
    Newest first.

    Seen by: staff, and whoever acts for the account that a statement is of.
    """
    query = select(reports).where(reads_report(account))
    if kind is not None:
        query = query.where(reports.c.kind == kind.value)
    rows = await read_page(connection, query, page, (reports.c.made_at, reports.c.id))
    return [report_from(row) for row in rows]  # type: ignore[arg-type]


async def find_report(
    connection: AsyncConnection, account: Account, report_id: UUID
) -> Report | None:
    """Seen by: staff, and whoever acts for the account that a statement is of."""
    found = await connection.execute(
        select(reports).where(reports.c.id == report_id, reads_report(account))
    )
    row = found.one_or_none()
    return report_from(row) if row else None


async def report_of_access(
    connection: AsyncConnection, code_hash: str
) -> tuple[ReportAccess, Report] | None:
    """Seen by: whoever has the code."""
    found = await connection.execute(
        select(report_accesses).where(report_accesses.c.code_hash == code_hash)
    )
    row = found.one_or_none()
    if row is None:
        return None
    access = access_from(row)
    report = await connection.execute(select(reports).where(reports.c.id == access.report_id))
    return access, report_from(report.one())


async def accesses_of(
    connection: AsyncConnection, report_id: UUID, *, limit: int
) -> Sequence[AccessView]:
    """
    The newest first, at most so many.

    Seen by: staff.
    """
    readings = (
        select(
            report_readings.c.access_id,
            func.count().label("readings"),
            func.max(report_readings.c.read_at).label("last_read_at"),
        )
        .group_by(report_readings.c.access_id)
        .subquery()
    )
    found = await connection.execute(
        select(report_accesses, readings.c.readings, readings.c.last_read_at)
        .outerjoin(readings, readings.c.access_id == report_accesses.c.id)
        .where(report_accesses.c.report_id == report_id)
        .order_by(report_accesses.c.granted_at.desc(), report_accesses.c.id)
        .limit(limit)
    )
    return [AccessView(access_from(row), row.readings or 0, row.last_read_at) for row in found]


async def report_made_for(
    connection: AsyncConnection, account: Account, report_id: UUID, terms: ReportTerms
) -> Report | None:
    """
    What came of asking: the report of that id, or the newest of the same terms, which gave the same bytes.

    Seen by: staff, and whoever acts for the account that a statement is of.
    """
    found = await connection.execute(
        select(reports)
        .where(
            or_(reports.c.id == report_id, reports.c.terms_sha256 == terms.digest),
            reads_report(account),
        )
        .order_by((reports.c.id == report_id).desc(), reports.c.version.desc())
        .limit(1)
    )
    row = found.one_or_none()
    return report_from(row) if row else None
