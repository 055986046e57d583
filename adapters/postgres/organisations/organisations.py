"""Organisations, memberships and invitations, written."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Select, Uuid, any_, bindparam, exists, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.rows import row_of, value_of
from adapters.postgres.tables import (
    credit_entries,
    organisation_invitations,
    organisation_members,
    organisations,
    projects,
    verification_requests,
)
from domain.organisations.organisations import (
    InvitationAnswer,
    MemberRole,
    Membership,
    Organisation,
    OrganisationInvitation,
)

_PRESENT = organisation_members.c.left_at.is_(None)
# Made once: whatever concerns an organisation asks this.
_TOLD_UNDER = (
    select(organisations.c.holding_account_id, organisation_members.c.user_id)
    .join(organisations, organisations.c.id == organisation_members.c.organisation_id)
    .where(
        organisations.c.holding_account_id == any_(bindparam("accounts", type_=ARRAY(Uuid))),
        _PRESENT,
    )
    .order_by(organisation_members.c.joined_at, organisation_members.c.id)
)
_OF = (
    select(organisations)
    .join(organisation_members, organisation_members.c.organisation_id == organisations.c.id)
    .where(organisation_members.c.user_id == bindparam("of_user"), _PRESENT)
)


class PostgresOrganisations:
    """`activities.ports.organisations.Organisations`."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, organisation: Organisation, at: datetime) -> bool:
        row = row_of(organisation) | {"created_at": at, "updated_at": at}
        added = await self._connection.execute(
            insert(organisations).values(row).on_conflict_do_nothing().returning(organisations.c.id)
        )
        return added.one_or_none() is not None

    async def get(self, organisation_id: UUID) -> Organisation | None:
        return await self._one(select(organisations).where(organisations.c.id == organisation_id))

    async def lock(self, organisation_id: UUID) -> Organisation | None:
        query = select(organisations).where(organisations.c.id == organisation_id)
        return await self._one(query.with_for_update())

    async def holding(self, account_id: UUID) -> Organisation | None:
        return await self._one(
            select(organisations).where(organisations.c.holding_account_id == account_id)
        )

    async def of(self, user_id: UUID) -> Organisation | None:
        return await self._one(_OF, of_user=user_id)

    async def change(self, organisation_id: UUID, at: datetime, **columns: object) -> None:
        await self._connection.execute(
            update(organisations)
            .where(organisations.c.id == organisation_id)
            .values(**columns, updated_at=at)
        )

    async def owns_something(self, organisation: Organisation) -> bool:
        holder = organisation.holding_account_id
        return await self._is(
            exists().where(projects.c.developer_id == holder)
            | exists().where(credit_entries.c.owner_id == holder)
        )

    async def legal_name_is_public(self, organisation: Organisation) -> bool:
        verifiers = select(organisation_members.c.user_id).where(
            organisation_members.c.organisation_id == organisation.id
        )
        return await self._is(
            exists().where(projects.c.developer_id == organisation.holding_account_id)
            | exists().where(verification_requests.c.verifier_id.in_(verifiers))
        )

    async def _is(self, condition: Any) -> bool:
        return bool((await self._connection.execute(select(condition))).scalar_one())

    async def _one(self, query: Select[Any], **values: object) -> Organisation | None:
        found = await self._connection.execute(query, values)
        row = found.mappings().one_or_none()
        return value_of(Organisation, row) if row else None


class PostgresMemberships:
    """`activities.ports.organisations.Memberships`."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, membership: Membership) -> None:
        await self._connection.execute(insert(organisation_members).values(row_of(membership)))

    async def of(self, user_id: UUID) -> Membership | None:
        found = await self._connection.execute(
            select(organisation_members).where(organisation_members.c.user_id == user_id, _PRESENT)
        )
        row = found.mappings().one_or_none()
        return value_of(Membership, row) if row else None

    async def present(self, organisation_id: UUID) -> Sequence[Membership]:
        found = await self._connection.execute(
            select(organisation_members)
            .where(organisation_members.c.organisation_id == organisation_id, _PRESENT)
            .order_by(organisation_members.c.joined_at, organisation_members.c.id)
        )
        return [value_of(Membership, row) for row in found.mappings()]

    async def told_under(self, account_ids: Collection[UUID]) -> Mapping[UUID, Sequence[UUID]]:
        found = await self._connection.execute(_TOLD_UNDER, {"accounts": list(account_ids)})
        told: dict[UUID, list[UUID]] = {account_id: [] for account_id in account_ids}
        for row in found:
            told[row.holding_account_id].append(row.user_id)
        return told

    async def end(self, membership_id: UUID, at: datetime, *, ended_by: UUID) -> None:
        await self._set(membership_id, left_at=at, ended_by=ended_by)

    async def set_role(self, membership_id: UUID, role: MemberRole) -> None:
        await self._set(membership_id, role=role.value)

    async def _set(self, membership_id: UUID, **columns: object) -> None:
        await self._connection.execute(
            update(organisation_members)
            .where(organisation_members.c.id == membership_id)
            .values(columns)
        )


class PostgresOrganisationInvitations:
    """`activities.ports.organisations.OrganisationInvitations`."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, invitation: OrganisationInvitation) -> bool:
        added = await self._connection.execute(
            insert(organisation_invitations)
            .values(row_of(invitation))
            .on_conflict_do_nothing()
            .returning(organisation_invitations.c.id)
        )
        return added.one_or_none() is not None

    async def get(self, invitation_id: UUID) -> OrganisationInvitation | None:
        return await self._one(invitation_id, hold=False)

    async def lock(self, invitation_id: UUID) -> OrganisationInvitation | None:
        return await self._one(invitation_id, hold=True)

    async def count_since(self, organisation_id: UUID, since: datetime) -> int:
        found = await self._connection.execute(
            select(func.count())
            .select_from(organisation_invitations)
            .where(
                organisation_invitations.c.organisation_id == organisation_id,
                organisation_invitations.c.created_at > since,
            )
        )
        count: int = found.scalar_one()
        return count

    async def answer(self, invitation_id: UUID, answer: InvitationAnswer, at: datetime) -> None:
        await self._connection.execute(
            update(organisation_invitations)
            .where(organisation_invitations.c.id == invitation_id)
            .values(answer=answer.value, answered_at=at)
        )

    async def _one(self, invitation_id: UUID, *, hold: bool) -> OrganisationInvitation | None:
        query = select(organisation_invitations).where(
            organisation_invitations.c.id == invitation_id
        )
        found = await self._connection.execute(query.with_for_update() if hold else query)
        row = found.mappings().one_or_none()
        return value_of(OrganisationInvitation, row) if row else None
