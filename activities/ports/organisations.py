"""Organisations, who acts for them, accreditations and declarations."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from domain.organisations.accreditation import Accreditation, ConflictDeclaration
from domain.organisations.organisations import (
    InvitationAnswer,
    MemberRole,
    Membership,
    Organisation,
    OrganisationInvitation,
)


class Organisations(Protocol):
    async def add(self, organisation: Organisation, at: datetime) -> bool:
        """False when it is there already."""

    async def get(self, organisation_id: UUID) -> Organisation | None: ...

    async def lock(self, organisation_id: UUID) -> Organisation | None:
        """Held until the commit: who acts for it changes one at a time."""

    async def holding(self, account_id: UUID) -> Organisation | None:
        """The one that holds projects and credits under an account."""

    async def of(self, user_id: UUID) -> Organisation | None:
        """The one that somebody acts for now."""

    async def change(self, organisation_id: UUID, at: datetime, **columns: object) -> None:
        """Of `legal_name`, `country` and `registration_number` those that are named."""

    async def owns_something(self, organisation: Organisation) -> bool:
        """Whether it has a project, or ever held a credit."""

    async def legal_name_is_public(self, organisation: Organisation) -> bool:
        """Whether it stands on pages: with its projects, or with those its people verify."""


class Memberships(Protocol):
    async def add(self, membership: Membership) -> None:
        """
        Raises:
            IntegrityError: the account acts for another one in this moment.
        """

    async def of(self, user_id: UUID) -> Membership | None:
        """The present one."""

    async def present(self, organisation_id: UUID) -> Sequence[Membership]: ...

    async def told_under(self, account_ids: Collection[UUID]) -> Mapping[UUID, Sequence[UUID]]:
        """Who acts now for the organisations that hold under these accounts; one query for all."""

    async def end(self, membership_id: UUID, at: datetime, *, ended_by: UUID) -> None: ...

    async def set_role(self, membership_id: UUID, role: MemberRole) -> None: ...


class OrganisationInvitations(Protocol):
    async def add(self, invitation: OrganisationInvitation) -> bool:
        """False when it is there already."""

    async def get(self, invitation_id: UUID) -> OrganisationInvitation | None: ...

    async def lock(self, invitation_id: UUID) -> OrganisationInvitation | None: ...

    async def count_since(self, organisation_id: UUID, since: datetime) -> int: ...

    async def answer(self, invitation_id: UUID, answer: InvitationAnswer, at: datetime) -> None: ...


class Accreditations(Protocol):
    async def of(self, organisation_id: UUID) -> Sequence[Accreditation]: ...

    async def save(self, accreditation: Accreditation, at: datetime) -> None:
        """Record it, or renew the one of the same scheme and number."""

    async def drop_inherited(self, organisation_id: UUID, at: datetime) -> None:
        """End what was inherited: a recorded accreditation takes its place from this moment on."""


class ConflictDeclarations(Protocol):
    async def add(self, declaration: ConflictDeclaration) -> bool:
        """False when it is there already."""

    async def newest(self, verification_id: UUID, user_id: UUID) -> ConflictDeclaration | None: ...


class OrganisationRepositories(Protocol):
    """What a unit of work offers of organisations."""

    @property
    def organisations(self) -> Organisations: ...

    @property
    def memberships(self) -> Memberships: ...

    @property
    def invitations(self) -> OrganisationInvitations: ...

    @property
    def accreditations(self) -> Accreditations: ...

    @property
    def declarations(self) -> ConflictDeclarations: ...
