"""The write side of payments inside one transaction."""

from functools import cached_property

from adapters.postgres.payments.fees import PostgresFeeSchedules
from adapters.postgres.payments.invoices import PostgresInvoices, PostgresPayments
from adapters.postgres.write_batching import BatchingConnection


class PostgresPaymentRepositories:
    """`activities.ports.payments.repositories.PaymentRepositories`."""

    def __init__(self, connection: BatchingConnection) -> None:
        self._connection = connection

    @cached_property
    def fees(self) -> PostgresFeeSchedules:
        return PostgresFeeSchedules(self._connection)

    @cached_property
    def invoices(self) -> PostgresInvoices:
        return PostgresInvoices(self._connection)

    @cached_property
    def payments(self) -> PostgresPayments:
        return PostgresPayments(self._connection)
