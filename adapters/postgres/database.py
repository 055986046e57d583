"""The unit of work: one transaction, and the write side of every noun inside it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cached_property

from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from adapters.postgres import audit
from adapters.postgres.accounts import PostgresAccounts
from adapters.postgres.alerts import PostgresAlerts
from adapters.postgres.audit import PostgresAuditLog
from adapters.postgres.chain_watch import PostgresChainWatch
from adapters.postgres.documents import PostgresDocuments
from adapters.postgres.drafts import PostgresDrafts
from adapters.postgres.effects import PostgresEffects
from adapters.postgres.exports import PostgresExports
from adapters.postgres.gathering import GatheringConnection
from adapters.postgres.idempotency import PostgresAnswers
from adapters.postgres.ledger import PostgresCredits
from adapters.postgres.ledger_checks import PostgresLedgerChecks
from adapters.postgres.lending import check_before_lending
from adapters.postgres.notifications import PostgresNotifications
from adapters.postgres.outbox import PostgresOutbox
from adapters.postgres.platform_addresses import PostgresPlatformAddresses
from adapters.postgres.projects import PostgresProjects
from adapters.postgres.reconciliations import PostgresReconciliations
from adapters.postgres.records import PostgresRecords, PostgresWalletOutputs
from adapters.postgres.registry_state import PostgresRegistryState
from adapters.postgres.resumption import PostgresStoppedRecords
from adapters.postgres.retirement import PostgresCertificates, PostgresRetirements
from adapters.postgres.reversals import PostgresReversals
from adapters.postgres.verification import PostgresVerifications
from adapters.postgres.wallets import PostgresWallets
from adapters.postgres.webhooks import PostgresDeliveries, PostgresWebhooks
from adapters.settings import Settings
from domain.audit import AuditEntry


def open_engine(settings: Settings) -> AsyncEngine:
    """A pool that checks a connection before lending it, so that a restarted database is survived."""
    engine = create_async_engine(
        settings.database_url.get_secret_value(),
        pool_size=settings.database_pool_size,
        max_overflow=settings.database_pool_size,
        # An error would otherwise carry the values of its statement into logs and histories.
        hide_parameters=True,
    )
    check_before_lending(engine)
    return engine


class PostgresUnitOfWork:
    def __init__(self, connection: GatheringConnection) -> None:
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
    def wallet_outputs(self) -> PostgresWalletOutputs:
        return PostgresWalletOutputs(self.connection)

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
    def stopped_records(self) -> PostgresStoppedRecords:
        return PostgresStoppedRecords(self.connection)

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
        connection = GatheringConnection(self.engine)
        async with connection, connection.begin():
            work = PostgresUnitOfWork(connection)
            yield work
            await connection.flush()
            await audit.append(connection, work.audit_entries)
