"""Reports and the accesses to them, inside one transaction."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Row, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.tables import report_accesses, report_readings, reports
from domain.reports.accesses import ReportAccess
from domain.reports.reports import Report, ReportKind, ReportTerms


class PostgresReports:
    """`activities.ports.reports.reports.Reports`."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def newest(self, terms: ReportTerms) -> Report | None:
        # Two runs of the same terms wait for each other, so that versions count without gaps.
        await self._connection.execute(
            select(func.pg_advisory_xact_lock(func.hashtextextended(terms.digest, 0)))
        )
        found = await self._connection.execute(
            select(reports)
            .where(reports.c.terms_sha256 == terms.digest)
            .order_by(reports.c.version.desc())
            .limit(1)
        )
        row = found.one_or_none()
        return report_from(row) if row else None

    async def add(self, report: Report) -> None:
        terms = report.terms
        await self._connection.execute(
            insert(reports).values(
                id=report.id,
                kind=terms.kind.value,
                first_day=terms.first_day,
                last_day=terms.last_day,
                known_at=terms.known_at,
                account_id=terms.account_id,
                party=terms.party,
                terms_sha256=terms.digest,
                version=report.version,
                made_at=report.made_at,
                made_by=report.made_by,
                manifest=report.manifest,
                sha256=report.sha256,
                public_key=report.public_key,
                signature=report.signature,
            )
        )

    async def get(self, report_id: UUID) -> Report | None:
        found = await self._connection.execute(select(reports).where(reports.c.id == report_id))
        row = found.one_or_none()
        return report_from(row) if row else None

    async def add_access(self, access: ReportAccess) -> bool:
        added = await self._connection.execute(
            upsert(report_accesses)
            .values(**vars(access), revoked_by=None)
            .on_conflict_do_nothing(index_elements=["id"])
            .returning(report_accesses.c.id)
        )
        return added.one_or_none() is not None

    async def lock_access(self, access_id: UUID) -> ReportAccess | None:
        found = await self._connection.execute(
            select(report_accesses).where(report_accesses.c.id == access_id).with_for_update()
        )
        row = found.one_or_none()
        return access_from(row) if row else None

    async def revoke_access(self, access_id: UUID, *, by: UUID, at: datetime) -> None:
        await self._connection.execute(
            update(report_accesses)
            .where(report_accesses.c.id == access_id)
            .values(revoked_at=at, revoked_by=by)
        )

    async def note_reading(
        self, reading_id: UUID, access_id: UUID, at: datetime, *, file: str | None
    ) -> None:
        await self._connection.execute(
            insert(report_readings).values(
                id=reading_id, access_id=access_id, read_at=at, file=file
            )
        )


def report_from(row: Row[tuple[object, ...]]) -> Report:
    return Report(
        id=row.id,
        terms=ReportTerms(
            kind=ReportKind(row.kind),
            first_day=row.first_day,
            last_day=row.last_day,
            known_at=row.known_at,
            account_id=row.account_id,
            party=row.party,
        ),
        version=row.version,
        made_at=row.made_at,
        made_by=row.made_by,
        manifest=row.manifest,
        sha256=row.sha256,
        public_key=row.public_key,
        signature=row.signature,
    )


def access_from(row: Row[tuple[object, ...]]) -> ReportAccess:
    return ReportAccess(
        id=row.id,
        report_id=row.report_id,
        authority=row.authority,
        purpose=row.purpose,
        code_hash=row.code_hash,
        granted_by=row.granted_by,
        granted_at=row.granted_at,
        expires_at=row.expires_at,
        revoked_at=row.revoked_at,
    )
