"""The unit of work: one transaction, and the write side of every area inside it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cached_property

from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.outages import OutageBreaker
from adapters.postgres.accounts.repositories import PostgresAccountRepositories
from adapters.postgres.audit.log import PostgresAuditLog
from adapters.postgres.certificates.certificates import PostgresCertificates
from adapters.postgres.chain.repositories import PostgresChainRepositories
from adapters.postgres.credits.repositories import PostgresCreditRepositories
from adapters.postgres.engines import limited_engine
from adapters.postgres.ingestion.repositories import PostgresIngestionRepositories
from adapters.postgres.limited_connections import LimitedEngine
from adapters.postgres.monitoring.repositories import PostgresMonitoringRepositories
from adapters.postgres.organisations.repositories import PostgresOrganisationRepositories
from adapters.postgres.payments.repositories import PostgresPaymentRepositories
from adapters.postgres.projects.repositories import PostgresProjectRepositories
from adapters.postgres.publishing.repositories import PostgresPublishingRepositories
from adapters.postgres.reports.reports import PostgresReports
from adapters.postgres.requests.repositories import PostgresRequestRepositories
from adapters.postgres.standards.repositories import PostgresStandardRepositories
from adapters.postgres.transparency.log import PostgresTransparencyLog
from adapters.postgres.write_batching import BatchingConnection
from adapters.settings.database import DatabaseSettings


def open_engine(
    settings: DatabaseSettings,
    *,
    breaker: OutageBreaker | None = None,
    use_seconds: float | None = None,
    as_system: bool = True,
) -> LimitedEngine:
    """
    The pool for writing; `use_seconds` as of `LimitedEngine`.

    With `as_system`, as worker and tools have it, what is done is the registry's own work; without,
    as in the API, it is done as whoever is signed in, and as nobody before (ADR 0067).
    """
    return limited_engine(settings, breaker=breaker, use_seconds=use_seconds, as_system=as_system)


class PostgresUnitOfWork:
    def __init__(self, connection: BatchingConnection) -> None:
        self.connection = connection

    @cached_property
    def accounts(self) -> PostgresAccountRepositories:
        return PostgresAccountRepositories(self.connection)

    @cached_property
    def organisations(self) -> PostgresOrganisationRepositories:
        return PostgresOrganisationRepositories(self.connection)

    @cached_property
    def projects(self) -> PostgresProjectRepositories:
        return PostgresProjectRepositories(self.connection)

    @cached_property
    def credits(self) -> PostgresCreditRepositories:
        return PostgresCreditRepositories(self.connection)

    @cached_property
    def certificates(self) -> PostgresCertificates:
        return PostgresCertificates(self.connection)

    @cached_property
    def chain(self) -> PostgresChainRepositories:
        return PostgresChainRepositories(self.connection)

    @cached_property
    def audit(self) -> PostgresAuditLog:
        return PostgresAuditLog(self.connection)

    @cached_property
    def transparency(self) -> PostgresTransparencyLog:
        return PostgresTransparencyLog(self.connection)

    @cached_property
    def ingestion(self) -> PostgresIngestionRepositories:
        return PostgresIngestionRepositories(self.connection)

    @cached_property
    def monitoring(self) -> PostgresMonitoringRepositories:
        return PostgresMonitoringRepositories(self.connection)

    @cached_property
    def standards(self) -> PostgresStandardRepositories:
        return PostgresStandardRepositories(self.connection)

    @cached_property
    def payments(self) -> PostgresPaymentRepositories:
        return PostgresPaymentRepositories(self.connection)

    @cached_property
    def publishing(self) -> PostgresPublishingRepositories:
        return PostgresPublishingRepositories(self.connection)

    @cached_property
    def reports(self) -> PostgresReports:
        return PostgresReports(self.connection)

    @cached_property
    def requests(self) -> PostgresRequestRepositories:
        return PostgresRequestRepositories(self.connection)


class PostgresDatabase:
    """`activities.ports.database.Database` on SQLAlchemy Core and asyncpg."""

    def __init__(self, engine: AsyncEngine) -> None:
        self.engine = engine

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[PostgresUnitOfWork]:
        connection = BatchingConnection(self.engine)
        async with connection, connection.begin():
            work = PostgresUnitOfWork(connection)
            yield work
            await connection.flush()
            await work.audit.append_added()
