"""The write side of credits inside one transaction."""

from functools import cached_property

from adapters.postgres.credits.issuance_corrections import PostgresIssuanceCorrections
from adapters.postgres.credits.ledger import PostgresCreditEntries
from adapters.postgres.credits.ledger_checks import PostgresLedgerChecks
from adapters.postgres.credits.movements import PostgresMovements
from adapters.postgres.credits.obligations import PostgresObligations
from adapters.postgres.credits.registry_state import PostgresRegistryState
from adapters.postgres.credits.reservations import PostgresOffers, PostgresReservations
from adapters.postgres.credits.retirement import PostgresRetirements
from adapters.postgres.credits.reversals import PostgresReversals
from adapters.postgres.write_batching import BatchingConnection


class PostgresCreditRepositories:
    """`activities.ports.credits.CreditRepositories`."""

    def __init__(self, connection: BatchingConnection) -> None:
        self._connection = connection

    @cached_property
    def entries(self) -> PostgresCreditEntries:
        return PostgresCreditEntries(self._connection)

    @cached_property
    def movements(self) -> PostgresMovements:
        return PostgresMovements(self._connection)

    @cached_property
    def retirements(self) -> PostgresRetirements:
        return PostgresRetirements(self._connection)

    @cached_property
    def reversals(self) -> PostgresReversals:
        return PostgresReversals(self._connection)

    @cached_property
    def obligations(self) -> PostgresObligations:
        return PostgresObligations(self._connection)

    @cached_property
    def issuance_corrections(self) -> PostgresIssuanceCorrections:
        return PostgresIssuanceCorrections(self._connection)

    @cached_property
    def reservations(self) -> PostgresReservations:
        return PostgresReservations(self._connection)

    @cached_property
    def offers(self) -> PostgresOffers:
        return PostgresOffers(self._connection)

    @cached_property
    def registry_state(self) -> PostgresRegistryState:
        return PostgresRegistryState(self._connection)

    @cached_property
    def ledger_checks(self) -> PostgresLedgerChecks:
        return PostgresLedgerChecks(self._connection)
