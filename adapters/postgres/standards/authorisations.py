"""Authorisations under Article 6 and their steps, written."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select, update
from sqlalchemy.engine import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.standards.records import (
    columns_of_record,
    moved,
    record_from,
    source_from,
)
from adapters.postgres.tables import authorisation_steps, authorisations
from domain.standards.article6 import (
    Authorisation,
    AuthorisationStatus,
    AuthorisationStep,
    AuthorisationTerms,
    AuthorisedUse,
    FirstTransfer,
    StepKind,
)


class PostgresAuthorisations:
    """`activities.ports.standards.repositories.Authorisations`."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, authorisation: Authorisation) -> None:
        await self._connection.execute(
            insert(authorisations).values(
                id=authorisation.id,
                project_id=authorisation.project_id,
                host_party=authorisation.host_party,
                vintage_from=authorisation.vintage_from,
                vintage_to=authorisation.vintage_to,
                recorded_by=authorisation.recorded_by,
                recorded_at=authorisation.recorded_at,
                **_state(authorisation),
            )
        )

    async def lock(
        self, authorisation_id: UUID
    ) -> tuple[Authorisation, Sequence[AuthorisationStep]] | None:
        found = await self._connection.execute(
            select(authorisations).where(authorisations.c.id == authorisation_id).with_for_update()
        )
        row = found.mappings().one_or_none()
        if row is None:
            return None
        steps = await self._connection.execute(
            select(authorisation_steps)
            .where(authorisation_steps.c.authorisation_id == authorisation_id)
            .order_by(authorisation_steps.c.number)
        )
        return authorisation_from(row), [step_from(one) for one in steps.mappings()]

    async def save(self, authorisation: Authorisation) -> None:
        await self._connection.execute(
            update(authorisations)
            .where(authorisations.c.id == authorisation.id)
            .values(_state(authorisation))
        )

    async def add_step(self, step: AuthorisationStep) -> None:
        terms = _terms(step.terms) if step.terms is not None else dict.fromkeys(_terms(None), None)
        await self._connection.execute(
            insert(authorisation_steps).values(
                authorisation_id=step.authorisation_id,
                number=step.number,
                kind=step.kind.value,
                **terms,
                **columns_of_record(step.source, step.record),
            )
        )

    async def save_step(self, step: AuthorisationStep) -> None:
        await self._connection.execute(
            update(authorisation_steps)
            .where(
                authorisation_steps.c.authorisation_id == step.authorisation_id,
                authorisation_steps.c.number == step.number,
            )
            .values(moved(step.record))
        )


def authorisation_from(row: RowMapping) -> Authorisation:
    return Authorisation(
        id=row["id"],
        project_id=row["project_id"],
        host_party=row["host_party"],
        vintage_from=row["vintage_from"],
        vintage_to=row["vintage_to"],
        status=AuthorisationStatus(row["status"]),
        terms=terms_from(row),
        recorded_by=row["recorded_by"],
        recorded_at=row["recorded_at"],
    )


def step_from(row: RowMapping) -> AuthorisationStep:
    return AuthorisationStep(
        authorisation_id=row["authorisation_id"],
        number=row["number"],
        kind=StepKind(row["kind"]),
        source=source_from(row),
        record=record_from(row),
        terms=terms_from(row),
    )


def terms_from(row: RowMapping) -> AuthorisationTerms | None:
    if row["first_transfer"] is None:
        return None
    return AuthorisationTerms(
        uses=tuple(AuthorisedUse(one) for one in row["uses"]),
        first_transfer=FirstTransfer(row["first_transfer"]),
        quantity_units=row["quantity_units"],
        changeable_after_transfer=row["changeable_after_transfer"],
    )


def _state(authorisation: Authorisation) -> dict[str, Any]:
    return {"status": authorisation.status.value, **_terms(authorisation.terms)}


def _terms(terms: AuthorisationTerms | None) -> dict[str, Any]:
    return {
        "uses": [use.value for use in terms.uses] if terms else [],
        "first_transfer": terms.first_transfer.value if terms else None,
        "quantity_units": terms.quantity_units if terms else None,
        "changeable_after_transfer": terms.changeable_after_transfer if terms else False,
    }
