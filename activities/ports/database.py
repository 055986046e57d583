"""One transaction, with every port to the database in it."""

from contextlib import AbstractAsyncContextManager
from typing import Protocol

from activities.ports.accounts import Accounts, Notifications
from activities.ports.audit import AuditLog
from activities.ports.chain_records import (
    Alerts,
    ChainWatch,
    Reconciliations,
    Records,
    ResumableRecords,
)
from activities.ports.chain_wallets import PlatformAddresses, Wallets, WalletUtxos
from activities.ports.credits import (
    Certificates,
    Credits,
    LedgerChecks,
    RegistryStates,
    Retirements,
    Reversals,
)
from activities.ports.projects import Documents, Projects, Verifications
from activities.ports.publishing import Deliveries, Exports, Outbox, Webhooks
from activities.ports.requests import Answers, Drafts, Effects
from domain.audit.log import AuditEntry


class UnitOfWork(Protocol):
    """One transaction. It commits when the block ends, and is undone by any exception."""

    @property
    def accounts(self) -> Accounts: ...

    @property
    def projects(self) -> Projects: ...

    @property
    def verifications(self) -> Verifications: ...

    @property
    def documents(self) -> Documents: ...

    @property
    def credits(self) -> Credits: ...

    @property
    def retirements(self) -> Retirements: ...

    @property
    def reversals(self) -> Reversals: ...

    @property
    def certificates(self) -> Certificates: ...

    @property
    def records(self) -> Records: ...

    @property
    def wallet_outputs(self) -> WalletUtxos: ...

    @property
    def audit_log(self) -> AuditLog: ...

    @property
    def platform_addresses(self) -> PlatformAddresses: ...

    @property
    def wallets(self) -> Wallets: ...

    @property
    def reconciliations(self) -> Reconciliations: ...

    @property
    def notifications(self) -> Notifications: ...

    @property
    def registry_state(self) -> RegistryStates: ...

    @property
    def outbox(self) -> Outbox: ...

    @property
    def webhooks(self) -> Webhooks: ...

    @property
    def deliveries(self) -> Deliveries: ...

    @property
    def ledger_checks(self) -> LedgerChecks: ...

    @property
    def alerts(self) -> Alerts: ...

    @property
    def chain_watch(self) -> ChainWatch: ...

    @property
    def resumable_records(self) -> ResumableRecords: ...

    @property
    def exports(self) -> Exports: ...

    @property
    def drafts(self) -> Drafts: ...

    @property
    def effects(self) -> Effects: ...

    @property
    def answers(self) -> Answers: ...

    def audit(self, entry: AuditEntry) -> None:
        """Note a change; the entries are chained and written last, so that the chain's lock is short."""


class Database(Protocol):
    def transaction(self) -> AbstractAsyncContextManager[UnitOfWork]: ...
