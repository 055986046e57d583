"""The write side of organisations inside one transaction."""

from functools import cached_property

from adapters.postgres.organisations.accreditations import (
    PostgresAccreditations,
    PostgresConflictDeclarations,
)
from adapters.postgres.organisations.organisations import (
    PostgresMemberships,
    PostgresOrganisationInvitations,
    PostgresOrganisations,
)
from adapters.postgres.write_batching import BatchingConnection


class PostgresOrganisationRepositories:
    """`activities.ports.organisations.OrganisationRepositories`."""

    def __init__(self, connection: BatchingConnection) -> None:
        self._connection = connection

    @cached_property
    def organisations(self) -> PostgresOrganisations:
        return PostgresOrganisations(self._connection)

    @cached_property
    def memberships(self) -> PostgresMemberships:
        return PostgresMemberships(self._connection)

    @cached_property
    def invitations(self) -> PostgresOrganisationInvitations:
        return PostgresOrganisationInvitations(self._connection)

    @cached_property
    def accreditations(self) -> PostgresAccreditations:
        return PostgresAccreditations(self._connection)

    @cached_property
    def declarations(self) -> PostgresConflictDeclarations:
        return PostgresConflictDeclarations(self._connection)
