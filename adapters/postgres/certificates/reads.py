"""What the registry itself says of a certificate: its seals over time, and what has touched it since."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from activities.ports.certificates import StoredStatusList
from adapters.postgres.credits.reads.corrections import (
    CorrectionView,
    corrections_from,
    corrections_of,
)
from adapters.postgres.credits.reads.touches import TouchView, touches
from adapters.postgres.queries import read_one
from adapters.postgres.rows import value_of
from adapters.postgres.tables import (
    certificate_credentials,
    certificates,
    status_lists,
    superseded_certificates,
)
from domain.certificates.certificates import StoredCertificate
from domain.certificates.status_lists import Status


@dataclass(frozen=True)
class SealView:
    """One sealing; `superseded_at` None is the one that stands."""

    digest: str
    sealed_at: datetime
    superseded_at: datetime | None


@dataclass(frozen=True)
class StandingView:
    """`trouble` is why the certificate could not be sealed; `seals` has the newest first."""

    trouble: str | None
    seals: Sequence[SealView]
    reversals: Sequence[TouchView]
    corrections: Sequence[CorrectionView]

    def corrections_of(self, digest: str | None) -> Sequence[CorrectionView]:
        """What is wrong in the seal with this digest."""
        return [correction for correction in self.corrections if correction.digest == digest]

    def superseded_by(self, digest: str | None) -> SealView | None:
        """The seal that stands now, when the one with this digest is a former one."""
        former = any(seal.digest == digest and seal.superseded_at for seal in self.seals)
        return self.seals[0] if former else None


async def standing(connection: AsyncConnection, retirement_id: UUID) -> StandingView | None:
    """
    None: this registry knows no such retirement.

    Seen by: everybody.
    """
    former = superseded_certificates
    found = await connection.execute(
        select(
            certificates.c.trouble,
            certificates.c.digest,
            certificates.c.sealed_at,
            former.c.digest.label("former_digest"),
            former.c.sealed_at.label("former_sealed_at"),
            former.c.superseded_at,
            corrections_of(certificates.c.retirement_id).label("corrections"),
        )
        .outerjoin(former, former.c.retirement_id == certificates.c.retirement_id)
        .where(certificates.c.retirement_id == retirement_id)
        .order_by(former.c.superseded_at.desc())
    )
    rows = found.all()
    if not rows:
        return None
    newest = rows[0]
    seals = [SealView(newest.digest, newest.sealed_at, None)] if newest.digest else []
    seals += [
        SealView(row.former_digest, row.former_sealed_at, row.superseded_at)
        for row in rows
        if row.former_digest is not None
    ]
    touched = await touches(connection, [retirement_id])
    return StandingView(
        newest.trouble,
        seals,
        touched.get(retirement_id, ()),
        corrections_from(newest.corrections),
    )


async def certificate(connection: AsyncConnection, retirement_id: UUID) -> StoredCertificate | None:
    """Seen by: everybody."""
    row = await read_one(
        connection, select(certificates).where(certificates.c.retirement_id == retirement_id)
    )
    return value_of(StoredCertificate, row) if row else None


async def credential(connection: AsyncConnection, retirement_id: UUID) -> bytes | None:
    """
    The certificate that stands, as a credential; None until it is sealed.

    Seen by: everybody.
    """
    row = await read_one(
        connection,
        select(certificate_credentials.c.document)
        .join(certificates, certificates.c.digest == certificate_credentials.c.digest)
        .where(certificates.c.retirement_id == retirement_id),
    )
    return row["document"] if row else None


async def corrections(
    connection: AsyncConnection, retirement_id: UUID, digest: str | None
) -> Sequence[CorrectionView]:
    """
    What is wrong in one seal.

    Seen by: everybody.
    """
    found = (await connection.execute(select(corrections_of(retirement_id)))).scalar_one()
    return [one for one in corrections_from(found) if one.digest == digest]


async def former_seals(connection: AsyncConnection, retirement_id: UUID) -> Sequence[SealView]:
    """
    Those that stand no more, newest first.

    Seen by: everybody.
    """
    former = superseded_certificates.c
    found = await connection.execute(
        select(former.digest, former.sealed_at, former.superseded_at)
        .where(former.retirement_id == retirement_id)
        .order_by(former.superseded_at.desc())
    )
    return [SealView(row.digest, row.sealed_at, row.superseded_at) for row in found]


async def sealed_document(
    connection: AsyncConnection, retirement_id: UUID, digest: str
) -> bytes | None:
    """
    The bytes of one sealing, the present or a former one.

    Seen by: everybody.
    """
    for table in (certificates, superseded_certificates):
        row = await read_one(
            connection,
            select(table.c.document).where(
                table.c.retirement_id == retirement_id, table.c.digest == digest
            ),
        )
        if row is not None:
            document: bytes = row["document"]
            return document
    return None


async def newest_status_list(
    connection: AsyncConnection, status: Status, number: int
) -> StoredStatusList | None:
    """
    The list that stands.

    Seen by: everybody.
    """
    found = await connection.execute(
        select(status_lists)
        .where(status_lists.c.purpose == status.value, status_lists.c.number == number)
        .order_by(status_lists.c.version.desc())
        .limit(1)
    )
    row = found.one_or_none()
    if row is None:
        return None
    return StoredStatusList(
        status, number, row.version, row.bits_sha256, row.document, row.signed_at
    )
