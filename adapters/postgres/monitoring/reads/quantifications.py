"""Quantifications, read: the newest of a round, and those that approvals rest on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.monitoring.quantifications import quantification_from
from adapters.postgres.public_rows import public_quantifications
from adapters.postgres.queries import read_one
from adapters.postgres.tables import (
    quantification_inputs,
    quantifications,
)
from domain.monitoring.quantifications import Quantification


@dataclass(frozen=True)
class PublicQuantificationView:
    """What an approval for good is bound to; `content` is the document of its inputs."""

    verification_id: UUID
    project_id: UUID
    round: int
    number: int
    calculation: str
    calculation_version: int
    period_from: date
    period_to: date
    inputs_sha256: str
    result: Mapping[str, Any]
    computed_at: datetime
    completed_at: datetime
    quantification_sha256: str
    content: bytes


async def newest_quantification(
    connection: AsyncConnection, verification_id: UUID
) -> Quantification | None:
    """Seen by: whoever may see the verification, which the caller has read with the account that asks."""
    query = (
        select(quantifications)
        .where(quantifications.c.verification_id == verification_id)
        .order_by(quantifications.c.number.desc())
        .limit(1)
    )
    row = await read_one(connection, query)
    return quantification_from(row) if row else None


async def inputs(connection: AsyncConnection, sha256: str) -> bytes:
    """
    A document of inputs; empty where there is none.

    Seen by: whoever may see the verification, which the caller has read with the account that asks.
    """
    row = await read_one(
        connection,
        select(quantification_inputs.c.content).where(quantification_inputs.c.sha256 == sha256),
    )
    return bytes(row["content"]) if row else b""


async def public_quantification(
    connection: AsyncConnection, verification_id: UUID
) -> PublicQuantificationView | None:
    """
    None as long as the round is not approved for good, and where it rests on no quantification.

    Seen by: everybody.
    """
    query = select(public_quantifications).where(
        public_quantifications.c.verification_id == verification_id
    )
    row = await read_one(connection, query.order_by(public_quantifications.c.computed_at).limit(1))
    return (
        PublicQuantificationView(**(dict(row) | {"content": bytes(row["content"])}))
        if row
        else None
    )


async def public_quantifications_of(
    connection: AsyncConnection, project_id: UUID
) -> Sequence[PublicQuantificationView]:
    """
    Of each round of a project that is approved for good and rests on one, the newest round first.

    Seen by: everybody.
    """
    found = await connection.execute(
        select(public_quantifications)
        .where(public_quantifications.c.project_id == project_id)
        .order_by(public_quantifications.c.round.desc())
        .limit(10)
    )
    return [
        PublicQuantificationView(**(dict(row) | {"content": bytes(row["content"])}))
        for row in found.mappings()
    ]
