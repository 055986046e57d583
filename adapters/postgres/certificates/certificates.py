"""Certificates, written, and the facts that they state."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import Uuid, bindparam, insert, select, text, update

from activities.ports.certificates import CertifiedFacts
from adapters.postgres.rows import row_of, value_of
from adapters.postgres.tables import certificates, superseded_certificates
from adapters.postgres.write_batching import BatchingConnection
from domain.certificates.certificates import (
    CertifiedProject,
    Evidence,
    EvidenceDocument,
    OpenLoss,
    StoredCertificate,
)

_FACTS = text("""
    SELECT p.id, p.number, p.title, p.type, p.country,
           v.sign_off_digest, v.completed_at, verifier.company,
           ARRAY(SELECT ARRAY[d.document_type, d.sha256] FROM documents d
                  WHERE d.project_id = p.id AND d.status = 'completed'
                  ORDER BY d.completed_at, d.id) AS documents
      FROM projects p
      JOIN verification_requests v ON v.project_id = p.id
      LEFT JOIN users verifier ON verifier.id = v.verifier_id
     WHERE p.id = :project_id AND v.sign_off_digest IS NOT NULL AND v.completed_at IS NOT NULL
""").bindparams(bindparam("project_id", type_=Uuid()))


_OPEN_LOSSES = text("""
    SELECT o.reversal_id, r.project_id, r.vintage, r.quantity_units AS lost_units, r.recorded_at,
           (o.quantity_units - (
               SELECT coalesce(sum(t.quantity_units), 0)
                 FROM obligation_cancellations c JOIN credit_transactions t ON t.id = c.transaction_id
                WHERE c.reversal_id = o.reversal_id AND t.status = 'completed'))::bigint AS owed_units
      FROM reversals r JOIN obligations o ON o.reversal_id = r.id
     WHERE r.project_id = :project_id AND o.status <> 'settled'
     ORDER BY r.recorded_at, r.id
""").bindparams(bindparam("project_id", type_=Uuid()))


class PostgresCertificates:
    def __init__(self, connection: BatchingConnection) -> None:
        self._connection = connection

    async def facts(self, project_id: UUID) -> CertifiedFacts | None:
        found = (await self._connection.execute(_FACTS, {"project_id": project_id})).one_or_none()
        if found is None:
            return None
        return CertifiedFacts(
            CertifiedProject(found.id, found.number, found.title, found.type, found.country),
            Evidence(
                project_id=found.id,
                sign_off_digest=found.sign_off_digest,
                verification_body=found.company,
                decided_at=found.completed_at,
                documents=[EvidenceDocument(*document) for document in found.documents],
            ),
        )

    async def open_losses(self, project_id: UUID) -> Sequence[OpenLoss]:
        found = await self._connection.execute(_OPEN_LOSSES, {"project_id": project_id})
        return [OpenLoss(**row) for row in found.mappings()]

    async def add(self, certificate: StoredCertificate) -> None:
        self._connection.insert_later(certificates, row_of(certificate))

    async def lock(self, retirement_id: UUID) -> StoredCertificate | None:
        found = await self._connection.execute(
            select(certificates)
            .where(certificates.c.retirement_id == retirement_id)
            .with_for_update()
        )
        row = found.mappings().one_or_none()
        return value_of(StoredCertificate, row) if row else None

    async def save(self, certificate: StoredCertificate) -> None:
        await self._connection.execute(
            update(certificates)
            .where(certificates.c.retirement_id == certificate.retirement_id)
            .values(row_of(certificate))
        )

    async def keep_former(self, certificate: StoredCertificate, *, at: datetime) -> None:
        await self._connection.execute(
            insert(superseded_certificates).values(
                digest=certificate.digest,
                retirement_id=certificate.retirement_id,
                document=certificate.document,
                sealed_at=certificate.sealed_at,
                superseded_at=at,
            )
        )
