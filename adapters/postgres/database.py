"""The unit of work: one transaction, and the write side of every noun inside it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cached_property

from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from adapters.postgres.accounts.accounts import PostgresAccounts
from adapters.postgres.accounts.notifications import PostgresNotifications
from adapters.postgres.audit import log as audit
from adapters.postgres.audit.log import PostgresAuditLog
from adapters.postgres.chain.alerts import PostgresAlerts
from adapters.postgres.chain.platform_addresses import PostgresPlatformAddresses
from adapters.postgres.chain.reconciliation import PostgresReconciliations
from adapters.postgres.chain.records import PostgresRecords, PostgresWalletUtxos
from adapters.postgres.chain.resumption import PostgresResumableRecords
from adapters.postgres.chain.wallets import PostgresWallets
from adapters.postgres.chain.watch import PostgresChainWatch
from adapters.postgres.credits.ledger import PostgresCredits
from adapters.postgres.credits.ledger_checks import PostgresLedgerChecks
from adapters.postgres.credits.registry_state import PostgresRegistryState
from adapters.postgres.credits.retirement import PostgresCertificates, PostgresRetirements
from adapters.postgres.credits.reversals import PostgresReversals
from adapters.postgres.pool_health import check_connection_liveness
from adapters.postgres.projects.documents import PostgresDocuments
from adapters.postgres.projects.projects import PostgresProjects
from adapters.postgres.projects.verification import PostgresVerifications
from adapters.postgres.publishing.manifests import PostgresExports
from adapters.postgres.publishing.outbox import PostgresOutbox
from adapters.postgres.publishing.webhooks import PostgresDeliveries, PostgresWebhooks
from adapters.postgres.requests.run_once import PostgresEffects
from adapters.postgres.requests.stored_requests import PostgresDrafts
from adapters.postgres.requests.stored_responses import PostgresAnswers
from adapters.postgres.write_batching import BatchingConnection
from adapters.settings.database import DatabaseSettings
from domain.audit.log import AuditEntry


def open_engine(settings: DatabaseSettings) -> AsyncEngine:
    """A pool that checks a connection before lending it, so that a restarted database is survived."""
    engine = create_async_engine(
        settings.database_url.get_secret_value(),
        pool_size=settings.database_pool_size,
        max_overflow=settings.database_pool_size,
        # An error would otherwise carry the values of its statement into logs and histories.
        hide_parameters=True,
    )
    check_connection_liveness(engine)
    return engine


class PostgresUnitOfWork:
    def __init__(self, connection: BatchingConnection) -> None:
        self.connection = connection
        self.audit_entries: list[AuditEntry] = []

    @cached_property
    def accounts(self) -> PostgresAccounts:
        return PostgresAccounts(self.connection)

    @cached_property
    def projects(self) -> PostgresProjects:
        return PostgresProjects(self.connection)

    @cached_property
    def verifications(self) -> PostgresVerifications:
        return PostgresVerifications(self.connection)

    @cached_property
    def documents(self) -> PostgresDocuments:
        return PostgresDocuments(self.connection)

    @cached_property
    def credits(self) -> PostgresCredits:
        return PostgresCredits(self.connection)

    @cached_property
    def retirements(self) -> PostgresRetirements:
        return PostgresRetirements(self.connection)

    @cached_property
    def reversals(self) -> PostgresReversals:
        return PostgresReversals(self.connection)

    @cached_property
    def certificates(self) -> PostgresCertificates:
        return PostgresCertificates(self.connection)

    @cached_property
    def records(self) -> PostgresRecords:
        return PostgresRecords(self.connection)

    @cached_property
    def wallet_outputs(self) -> PostgresWalletUtxos:
        return PostgresWalletUtxos(self.connection)

    @cached_property
    def audit_log(self) -> PostgresAuditLog:
        return PostgresAuditLog(self.connection)

    @cached_property
    def reconciliations(self) -> PostgresReconciliations:
        return PostgresReconciliations(self.connection)

    @cached_property
    def platform_addresses(self) -> PostgresPlatformAddresses:
        return PostgresPlatformAddresses(self.connection)

    @cached_property
    def wallets(self) -> PostgresWallets:
        return PostgresWallets(self.connection)

    @cached_property
    def notifications(self) -> PostgresNotifications:
        return PostgresNotifications(self.connection)

    @cached_property
    def registry_state(self) -> PostgresRegistryState:
        return PostgresRegistryState(self.connection)

    @cached_property
    def outbox(self) -> PostgresOutbox:
        return PostgresOutbox(self.connection)

    @cached_property
    def webhooks(self) -> PostgresWebhooks:
        return PostgresWebhooks(self.connection)

    @cached_property
    def deliveries(self) -> PostgresDeliveries:
        return PostgresDeliveries(self.connection)

    @cached_property
    def ledger_checks(self) -> PostgresLedgerChecks:
        return PostgresLedgerChecks(self.connection)

    @cached_property
    def alerts(self) -> PostgresAlerts:
        return PostgresAlerts(self.connection)

    @cached_property
    def chain_watch(self) -> PostgresChainWatch:
        return PostgresChainWatch(self.connection)

    @cached_property
    def resumable_records(self) -> PostgresResumableRecords:
        return PostgresResumableRecords(self.connection)

    @cached_property
    def exports(self) -> PostgresExports:
        return PostgresExports(self.connection)

    @cached_property
    def drafts(self) -> PostgresDrafts:
        return PostgresDrafts(self.connection)

    @cached_property
    def effects(self) -> PostgresEffects:
        return PostgresEffects(self.connection)

    @cached_property
    def answers(self) -> PostgresAnswers:
        return PostgresAnswers(self.connection)

    def audit(self, entry: AuditEntry) -> None:
        self.audit_entries.append(entry)


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
            await audit.append(connection, work.audit_entries)
