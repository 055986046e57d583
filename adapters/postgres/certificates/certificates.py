"""Certificates, written, the facts that they state, and the corrections of what they state wrongly."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, Uuid, bindparam, func, insert, select, text, update
from sqlalchemy.dialects import postgresql

from activities.ports.certificates import DecidedByStaff, StoredStatusList
from adapters.postgres.certificates.reads import newest_status_list
from adapters.postgres.rows import facts_of, row_of, units_from, value_of
from adapters.postgres.tables import (
    certificate_corrections,
    certificate_credentials,
    certificates,
    credential_status_places,
    reversal_coverings,
    status_lists,
    superseded_certificates,
)
from adapters.postgres.write_batching import BatchingConnection
from domain.certificates.certificates import (
    CertifiedFacts,
    OpenLoss,
    StoredCertificate,
)
from domain.certificates.corrections import Correction
from domain.certificates.issuances import Approved, IssuedBlock
from domain.certificates.status_lists import Status
from domain.credits.ledger import CreditEntry
from domain.identifiers import Serial

_FACTS = (
    text("SELECT * FROM karbonica_certified_facts(:project_ids, :units)")
    .bindparams(
        bindparam("project_ids", type_=ARRAY(Uuid)), bindparam("units", type_=ARRAY(BigInteger))
    )
    .columns(documents=postgresql.JSONB)
)


# Roots are found by the index of what was issued under which numbers. What is issued of one project
# and vintage altogether, named or not, is no more than all of its approvals say of it.
_APPROVALS = text("""
    WITH roots AS (
        SELECT DISTINCT root.verification_id, root_entry.vintage
          FROM credit_transactions line JOIN credit_entries entry ON entry.id = line.result_entry_id
          LEFT JOIN public_credit_transactions root
            ON root.type IN ('issuance', 'buffer_contribution') AND root.status = 'completed'
           AND root.units @> entry.units
          LEFT JOIN credit_entries root_entry ON root_entry.id = root.result_entry_id
         WHERE line.retirement_id = :retirement_id
    ), issuances AS (
        SELECT issued.*, entry.serial, entry.project_id, entry.vintage AS of_vintage
          FROM credit_transactions issued JOIN credit_entries entry ON entry.id = issued.result_entry_id
         WHERE issued.verification_id IN (SELECT verification_id FROM roots)
           AND issued.status = 'completed' AND issued.type IN ('issuance', 'buffer_contribution')
    )
    SELECT DISTINCT issued.id AS transaction_id, approval.project_id, roots.vintage,
           approval.sign_off_digest, said.quantity_units AS approved_units,
           issued.serial, issued.units, share.serial AS share_serial, share.units AS share_units,
           issued.quantity_units + coalesce(share.quantity_units, 0) = said.quantity_units
               AND approval.verified_quantity_units = (
                       SELECT sum(every.quantity_units)
                         FROM approved_vintages(approval.vintages, approval.vintage,
                                                approval.verified_quantity_units) every)
               AND issued.project_id = approval.project_id
               AND project.status = 'verified'
               AND (SELECT sum(all_issued.quantity_units)
                      FROM credit_entries all_issued
                     WHERE all_issued.parent_id IS NULL AND all_issued.project_id = approval.project_id
                       AND all_issued.vintage = roots.vintage)
                   <= (SELECT sum(of_vintage.quantity_units)
                         FROM verification_requests other, approved_vintages(other.vintages, other.vintage, other.verified_quantity_units) of_vintage
                        WHERE other.project_id = approval.project_id AND other.status = 'approved'
                          AND of_vintage.vintage = roots.vintage) AS holds
      FROM roots
      LEFT JOIN verification_requests approval
        ON approval.id = roots.verification_id AND approval.status = 'approved'
       AND (NOT approval.needs_countersignature OR approval.countersigned_by IS NOT NULL)
      LEFT JOIN LATERAL approved_vintages(approval.vintages, approval.vintage, approval.verified_quantity_units) said ON said.vintage = roots.vintage
      LEFT JOIN projects project ON project.id = approval.project_id
      LEFT JOIN issuances issued
        ON issued.verification_id = approval.id AND issued.type = 'issuance'
       AND issued.of_vintage = roots.vintage
      LEFT JOIN issuances share
        ON share.verification_id = approval.id AND share.type = 'buffer_contribution'
       AND share.of_vintage = roots.vintage
     ORDER BY issued.units
""").bindparams(bindparam("retirement_id", type_=Uuid()))
# From the few projects that staff decided to their certificates, and not the other way round.
_DECIDED_BY_STAFF = text("""
    SELECT t.retirement_id, json_object_agg(v.sign_off_digest, v.verification_body) AS bodies
      FROM verification_requests v
      JOIN credit_entries e ON e.project_id = v.project_id
      JOIN credit_transactions t ON t.result_entry_id = e.id
     WHERE v.status = 'approved' AND v.decided_by <> v.verifier_id
       AND t.retirement_id > :after
     GROUP BY 1 ORDER BY 1 LIMIT :limit
""").bindparams(bindparam("after", type_=Uuid()))
_OPEN_LOSSES = text("SELECT * FROM karbonica_open_losses(:project_id)").bindparams(
    bindparam("project_id", type_=Uuid())
)

_PLACES = select(certificate_credentials.c.status_place).distinct()
_PLACES_OF = {
    Status.SUPERSEDED: _PLACES.join(
        superseded_certificates,
        superseded_certificates.c.digest == certificate_credentials.c.digest,
    ),
    Status.CORRECTED: _PLACES.join(
        certificate_corrections,
        certificate_corrections.c.digest == certificate_credentials.c.digest,
    ),
    Status.REVERSED: _PLACES.join(
        reversal_coverings,
        reversal_coverings.c.retirement_id == certificate_credentials.c.retirement_id,
    ),
}


class PostgresCertificates:
    def __init__(self, connection: BatchingConnection) -> None:
        self._connection = connection

    async def facts(self, entries: Sequence[CreditEntry]) -> Sequence[CertifiedFacts | None]:
        asked = {
            "project_ids": [entry.project_id for entry in entries],
            "units": [entry.units.first for entry in entries],
        }
        found = await self._connection.execute(_FACTS, asked)
        by_place = {row["place"]: facts_of(row) for row in found.mappings()}
        return [by_place.get(place) for place in range(1, len(entries) + 1)]

    async def approvals(self, retirement_id: UUID) -> Sequence[Approved | None]:
        found = await self._connection.execute(_APPROVALS, {"retirement_id": retirement_id})
        return [_approved(row) for row in found]

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

    async def next_status_place(self) -> int:
        found = await self._connection.execute(select(credential_status_places.next_value()))
        place: int = found.scalar_one()
        return place

    async def add_credential(
        self,
        retirement_id: UUID,
        digest: str,
        document: bytes,
        *,
        status_place: int,
        at: datetime,
    ) -> None:
        await self._connection.execute(
            insert(certificate_credentials).values(
                digest=digest,
                retirement_id=retirement_id,
                document=document,
                status_place=status_place,
                created_at=at,
            )
        )

    async def last_status_place(self) -> int | None:
        found = await self._connection.execute(
            select(func.max(certificate_credentials.c.status_place))
        )
        last: int | None = found.scalar_one()
        return last

    async def places_of(self, status: Status, first: int, last: int) -> Sequence[int]:
        found = await self._connection.execute(
            _PLACES_OF[status].where(certificate_credentials.c.status_place.between(first, last))
        )
        return list(found.scalars())

    async def status_list(self, status: Status, number: int) -> StoredStatusList | None:
        return await newest_status_list(self._connection, status, number)

    async def add_status_list(self, made: StoredStatusList) -> None:
        await self._connection.execute(
            postgresql.insert(status_lists)
            .values(
                purpose=made.status.value,
                number=made.number,
                version=made.version,
                bits_sha256=made.bits_sha256,
                document=made.document,
                signed_at=made.signed_at,
            )
            .on_conflict_do_nothing()
        )

    async def decided_by_staff(self, after: UUID, *, limit: int) -> Sequence[DecidedByStaff]:
        found = await self._connection.execute(_DECIDED_BY_STAFF, {"after": after, "limit": limit})
        return [DecidedByStaff(row.retirement_id, dict(row.bodies)) for row in found]

    async def seals(self, retirement_id: UUID) -> Sequence[tuple[str, bytes]]:
        seals: list[tuple[str, bytes]] = []
        for table in (certificates, superseded_certificates):
            found = await self._connection.execute(
                select(table.c.digest, table.c.document).where(
                    table.c.retirement_id == retirement_id, table.c.digest.is_not(None)
                )
            )
            seals += [(row.digest, row.document) for row in found]
        return seals

    async def add_correction(self, correction: Correction) -> bool:
        added = await self._connection.execute(
            postgresql.insert(certificate_corrections)
            .values(row_of(correction))
            .on_conflict_do_nothing()
            .returning(certificate_corrections.c.id)
        )
        return added.one_or_none() is not None


def _approved(row: Any) -> Approved | None:
    if not row.holds:
        return None
    share = row.share_serial
    return Approved(
        transaction_id=row.transaction_id,
        project_id=row.project_id,
        vintage=row.vintage,
        sign_off_digest=row.sign_off_digest,
        approved_units=row.approved_units,
        issued=IssuedBlock(Serial.parse(row.serial), units_from(row.units)),
        buffer=IssuedBlock(Serial.parse(share), units_from(row.share_units)) if share else None,
    )
