"""One transaction, with every port to the database in it, by area."""

from contextlib import AbstractAsyncContextManager
from typing import Protocol

from activities.ports.accounts import AccountRepositories
from activities.ports.audit import AuditLog
from activities.ports.certificates import Certificates
from activities.ports.chain.repositories import ChainRepositories
from activities.ports.credits import CreditRepositories
from activities.ports.ingestion import IngestionRepositories
from activities.ports.monitoring import MonitoringRepositories
from activities.ports.organisations import OrganisationRepositories
from activities.ports.payments.repositories import PaymentRepositories
from activities.ports.projects import ProjectRepositories
from activities.ports.publishing import PublishingRepositories
from activities.ports.reports.reports import Reports
from activities.ports.requests import RequestRepositories
from activities.ports.standards.repositories import StandardRepositories
from activities.ports.transparency import TransparencyLog


class UnitOfWork(Protocol):
    """One transaction. It commits when the block ends, and is undone by any exception."""

    @property
    def accounts(self) -> AccountRepositories: ...

    @property
    def organisations(self) -> OrganisationRepositories: ...

    @property
    def projects(self) -> ProjectRepositories: ...

    @property
    def credits(self) -> CreditRepositories: ...

    @property
    def certificates(self) -> Certificates: ...

    @property
    def chain(self) -> ChainRepositories: ...

    @property
    def audit(self) -> AuditLog: ...

    @property
    def transparency(self) -> TransparencyLog: ...

    @property
    def ingestion(self) -> IngestionRepositories: ...

    @property
    def monitoring(self) -> MonitoringRepositories: ...

    @property
    def standards(self) -> StandardRepositories: ...

    @property
    def payments(self) -> PaymentRepositories: ...

    @property
    def publishing(self) -> PublishingRepositories: ...

    @property
    def reports(self) -> Reports: ...

    @property
    def requests(self) -> RequestRepositories: ...


class Database(Protocol):
    def transaction(self) -> AbstractAsyncContextManager[UnitOfWork]: ...
