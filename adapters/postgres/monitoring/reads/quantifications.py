"""Quantifications, read: the newest of a round, and those that approvals rest on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
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
class PublicQuantificationFacts:
    """What an approval for good is bound to, without the document of its inputs."""

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


@dataclass(frozen=True)
class PublicQuantificationView(PublicQuantificationFacts):
    """What an approval for good is bound to; `content` is the document of its inputs."""

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
    connection: AsyncConnection, project_id: UUID, *, before: int | None = None, limit: int
) -> Sequence[PublicQuantificationFacts]:
    """
    Of each round of a project that is approved for good and rests on one, the newest round first.

    `before`: those of rounds with a lower number. Seen by: everybody.
    """
    columns = [public_quantifications.c[field.name] for field in fields(PublicQuantificationFacts)]
    query = select(*columns).where(public_quantifications.c.project_id == project_id)
    if before is not None:
        query = query.where(public_quantifications.c.round < before)
    found = await connection.execute(
        query.order_by(public_quantifications.c.round.desc()).limit(limit)
    )
    return [PublicQuantificationFacts(**row) for row in found.mappings()]


async def is_public(connection: AsyncConnection, verification_id: UUID) -> bool:
    """
    Whether a round is approved for good and rests on one.

    Seen by: everybody.
    """
    query = select(public_quantifications.c.number).where(
        public_quantifications.c.verification_id == verification_id
    )
    return await read_one(connection, query.limit(1)) is not None


async def public_inputs(connection: AsyncConnection, quantification_sha256: str) -> bytes:
    """
    The document of inputs of one that an approval for good is bound to; empty where there is none.

    Seen by: everybody.
    """
    query = select(public_quantifications.c.content).where(
        public_quantifications.c.quantification_sha256 == quantification_sha256
    )
    row = await read_one(connection, query.limit(1))
    return bytes(row["content"]) if row else b""
