"""What was signed off, read for its check: the verification, what stands there now, and the audit log's word."""

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, Uuid, bindparam, cast, func, select, text
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.projects.projects import project_from
from adapters.postgres.projects.statements import newest_statements
from adapters.postgres.projects.verification import verification_from, vintages_from
from adapters.postgres.rows import value_of
from adapters.postgres.tables import (
    documents,
    projects,
    quantification_inputs,
    quantifications,
    verification_requests,
)
from domain.monitoring.quantifications import recomputed_sha256
from domain.projects.documents import Document, DocumentStatus
from domain.projects.sign_offs import AuditedSignOff, SignedOff
from domain.projects.verification import VerificationStatus

_COMPLETED = documents.c.status == DocumentStatus.COMPLETED.value
_COUNTS = documents.c.superseded_by.is_(None)
"""What was superseded before the approval is none of what it rests on; its bytes are kept all the same."""

# The newest approval of each: one whose countersignature was refused has more than one.
_AUDITED = text("""
    SELECT DISTINCT ON (resource_id) resource_id, user_id, changes -> 'after' AS approval
      FROM audit_logs
     WHERE resource_type = 'verification' AND event_type = 'verification.approved'
       AND resource_id = ANY(:ids)
     ORDER BY resource_id, seq DESC
""").bindparams(bindparam("ids", type_=ARRAY(Uuid)))


class PostgresSignOffs:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def after(self, verification_id: UUID, *, limit: int) -> Sequence[SignedOff]:
        found = await self._connection.execute(
            select(verification_requests)
            .where(
                verification_requests.c.status == VerificationStatus.APPROVED.value,
                verification_requests.c.id > verification_id,
            )
            .order_by(verification_requests.c.id)
            .limit(limit)
        )
        verifications = [verification_from(row) for row in found.mappings()]
        project_ids = [verification.project_id for verification in verifications]
        found = await self._connection.execute(
            select(projects).where(projects.c.id.in_(project_ids))
        )
        by_id = {row["id"]: project_from(row) for row in found.mappings()}
        ids = [verification.id for verification in verifications]
        evidence, audited = await self._evidence(ids), await self._audited(ids)
        bound = [one.id for one in verifications if one.statement_sha256 is not None]
        statements = await newest_statements(self._connection, bound) if bound else {}
        rest_on = [one.id for one in verifications if one.quantification_sha256 is not None]
        recomputed = await _recomputed(self._connection, rest_on) if rest_on else {}
        return [
            SignedOff(
                verification,
                by_id[verification.project_id],
                evidence[verification.id],
                audited.get(verification.id),
                statements[verification.id].sha256 if verification.id in statements else None,
                recomputed.get(verification.id),
            )
            for verification in verifications
        ]

    async def documents_after(self, document_id: UUID, *, limit: int) -> Sequence[Document]:
        found = await self._connection.execute(
            select(documents)
            .where(_COMPLETED, documents.c.id > document_id)
            .order_by(documents.c.id)
            .limit(limit)
        )
        return [value_of(Document, row) for row in found.mappings()]

    async def document_bytes(self) -> int:
        total = cast(func.coalesce(func.sum(documents.c.file_size), 0), BigInteger)
        found = await self._connection.execute(select(total).where(_COMPLETED))
        counted: int = found.scalar_one()
        return counted

    async def _evidence(self, verification_ids: Sequence[UUID]) -> Mapping[UUID, list[Document]]:
        found = await self._connection.execute(
            select(documents).where(
                _COMPLETED, _COUNTS, documents.c.verification_id.in_(verification_ids)
            )
        )
        by_round: dict[UUID, list[Document]] = defaultdict(list)
        for row in found.mappings():
            by_round[row["verification_id"]].append(value_of(Document, row))
        return by_round

    async def _audited(self, verification_ids: Sequence[UUID]) -> Mapping[UUID, AuditedSignOff]:
        found = await self._connection.execute(_AUDITED, {"ids": list(verification_ids)})
        return {row.resource_id: _approval(row.approval, row.user_id) for row in found}


async def _recomputed(
    connection: AsyncConnection, verification_ids: Sequence[UUID]
) -> Mapping[UUID, str]:
    """The SHA-256 of what follows today from the inputs that stand there; of each round its newest quantification."""
    of = quantifications.c
    found = await connection.execute(
        select(of.verification_id, of.result, quantification_inputs.c.content)
        .join(quantification_inputs, quantification_inputs.c.sha256 == of.inputs_sha256)
        .where(of.verification_id.in_(verification_ids))
        .ext(distinct_on(of.verification_id))
        .order_by(of.verification_id, of.number.desc())
    )
    return {
        row.verification_id: await asyncio.to_thread(recomputed_sha256, bytes(row.content))
        for row in found
    }


def _approval(said: Mapping[str, Any], decided_by: UUID | None) -> AuditedSignOff:
    vintages = said.get("vintages")
    return AuditedSignOff(
        sign_off_digest=said.get("signOffDigest"),
        verified_quantity_units=said.get("verifiedQuantityUnits"),
        vintage=said.get("vintage"),
        decided_by=decided_by,
        vintages=None if vintages is None else vintages_from(vintages),
    )
