"""Certificates: written when a retirement is accepted, sealed when its chain record is confirmed."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities import lookups
from activities.effects import once
from activities.payloads import Payload
from activities.ports import (
    CertificateSigner,
    Chain,
    ChainMisconfigured,
    Clock,
    Database,
    UnitOfWork,
)
from domain import events
from domain.audit import AuditEntry
from domain.certificates import (
    Certificate,
    CertificateStatus,
    CertifiedProject,
    ChainEvidence,
    Evidence,
    EvidenceDocument,
    IssuingRegistry,
    RetiredCredit,
    StoredCertificate,
    canonical_bytes,
    certificate_document,
    digest,
    signing_message,
    with_proof,
)
from domain.chain import METADATA_LABEL, Inclusion
from domain.identifiers import derived_id
from domain.ledger import CreditEntry
from domain.metadata import differences, find_record
from domain.notifications import Notification, NotificationKind
from domain.quantities import format_tonnes
from domain.records import ChainRecord
from domain.retirement import Retirement

NOT_YET = timedelta(seconds=20)
"""One block of time, before asking the chain again."""

TURNED_AWAY = timedelta(minutes=15)
"""After a 402, 403 or 418, which asking soon again would only make worse."""


class SealCertificate(Payload):
    retirement_id: UUID


class CertificateSealed(Payload):
    retirement_id: UUID
    digest: str
    notification_ids: tuple[UUID, ...] = ()


class CertificateWriter:
    """Writes the certificate of a retirement from settled rows, never from a request."""

    def __init__(self, registry: IssuingRegistry) -> None:
        self._registry = registry

    async def accept(
        self,
        work: UnitOfWork,
        retirement: Retirement,
        entries: Sequence[CreditEntry],
        *,
        at: datetime,
    ) -> None:
        """Store the unsealed certificate, so that its page answers as soon as the units are retired."""
        certificate = await self.certificate(work, retirement, entries)
        await work.certificates.add(
            StoredCertificate(
                retirement_id=retirement.id,
                status=CertificateStatus.ACCEPTED,
                document=canonical_bytes(certificate_document(certificate)),
                created_at=at,
            )
        )

    async def certificate(
        self, work: UnitOfWork, retirement: Retirement, entries: Sequence[CreditEntry]
    ) -> Certificate:
        return Certificate(
            retirement_id=retirement.id,
            registry=self._registry,
            retired_at=retirement.retired_at,
            credits=[await self._credit(work, entry) for entry in entries],
            beneficiary=retirement.beneficiary,
            purpose=retirement.purpose,
            reason=retirement.reason,
            evidence=[
                await self._evidence(work, project_id)
                for project_id in dict.fromkeys(entry.project_id for entry in entries)
            ],
        )

    @staticmethod
    async def _credit(work: UnitOfWork, entry: CreditEntry) -> RetiredCredit:
        project = await lookups.project(work, entry.project_id)
        if project.number is None:
            raise RuntimeError("a saved project has a number")
        certified = CertifiedProject(
            project.id, project.number, project.title, project.type.value, project.country
        )
        return RetiredCredit(entry.serial, entry.units, certified)

    @staticmethod
    async def _evidence(work: UnitOfWork, project_id: UUID) -> Evidence:
        verification = lookups.found(
            await work.verifications.for_project(project_id), "verification"
        )
        if verification.sign_off_digest is None or verification.completed_at is None:
            raise RuntimeError("credits exist only of an approved verification")
        verifier_id = verification.verifier_id
        return Evidence(
            project_id=project_id,
            sign_off_digest=verification.sign_off_digest,
            verification_body=await work.accounts.company(verifier_id) if verifier_id else None,
            decided_at=verification.completed_at,
            documents=[
                EvidenceDocument(document.document_type.value, document.sha256)
                for document in await work.documents.completed_for(project_id)
            ],
        )


class CertificateActivities:
    def __init__(
        self,
        database: Database,
        chain: Chain,
        signer: CertificateSigner,
        clock: Clock,
        writer: CertificateWriter,
        *,
        network: str,
        confirmations_required: int,
    ) -> None:
        self._database = database
        self._chain = chain
        self._signer = signer
        self._clock = clock
        self._writer = writer
        self._network = network
        self._confirmations_required = confirmations_required

    @activity.defn
    async def seal_certificate(self, request: SealCertificate) -> CertificateSealed:
        """
        Read the records back from the chain, compare them with ours, sign and seal.

        Fails and is tried again while the chain does not show every record six blocks deep, as
        after a rollback; where one differs from ours nothing is sealed.
        """
        async with self._database.transaction() as work:
            records = [
                lookups.found(await work.records.for_transaction(transaction.id), "chain record")
                for transaction in await work.retirements.transactions(request.retirement_id)
            ]
        try:
            evidence = [await self._read_back(record) for record in records]
        except ChainMisconfigured as misconfigured:
            raise ApplicationError(
                str(misconfigured), type="ChainMisconfigured", next_retry_delay=TURNED_AWAY
            ) from misconfigured
        async with self._database.transaction() as work:
            return await once(
                work,
                f"seal-certificate/{request.retirement_id}",
                CertificateSealed,
                lambda: self._seal(work, request.retirement_id, evidence),
            )

    async def _read_back(self, record: ChainRecord) -> ChainEvidence:
        inclusion = await self._chain.inclusion(record.tx_hash) if record.tx_hash else None
        if inclusion is None or inclusion.confirmations < self._confirmations_required:
            raise ApplicationError(
                "The chain does not show the record deep enough at present.",
                type="NotConfirmedNow",
                next_retry_delay=NOT_YET,
            )
        metadata = (await self._chain.metadata(inclusion.tx_hash)).get(str(METADATA_LABEL))
        found = find_record(metadata, record.record)
        # `find_record` also answers with one of the same credit that differs elsewhere.
        if metadata is None or found is None or differences(record.record, found):
            raise ApplicationError(
                f"Transaction {inclusion.tx_hash} does not hold our record as we wrote it.",
                type="RecordDiffers",
            )
        address = await self._wallet_address(inclusion)
        return ChainEvidence(self._network, inclusion, address, record.record, metadata)

    async def _wallet_address(self, inclusion: Inclusion) -> str:
        async with self._database.transaction() as work:
            transaction = await work.records.transaction(inclusion.tx_hash)
        return lookups.found(transaction, "chain transaction").wallet_address

    async def _require_key_in_use(self, work: UnitOfWork, now: datetime) -> None:
        key = await work.platform_keys.seals(self._signer.public_key.hex(), now)
        if key.until is not None:
            raise ApplicationError(
                f"The certificate key {key.public_key} was given up; another one seals.",
                type="KeyGivenUp",
                next_retry_delay=TURNED_AWAY,
            )

    async def _seal(
        self, work: UnitOfWork, retirement_id: UUID, evidence: Sequence[ChainEvidence]
    ) -> CertificateSealed:
        now = self._clock.now()
        await self._require_key_in_use(work, now)
        stored = lookups.found(await work.certificates.lock(retirement_id), "certificate")
        retirement = lookups.found(await work.retirements.get(retirement_id), "retirement")
        entries = [
            lookups.found(await work.credits.get(transaction.result_entry_id), "credit entry")
            for transaction in await work.retirements.transactions(retirement_id)
        ]
        certificate = await self._writer.certificate(work, retirement, entries)
        document = certificate_document(replace(certificate, chain=evidence))
        sealed = with_proof(
            document,
            public_key=self._signer.public_key,
            signature=self._signer.sign(signing_message(document)),
        )
        tx_hashes = list(dict.fromkeys(one.inclusion.tx_hash for one in evidence))
        await work.certificates.save(
            replace(
                stored,
                status=CertificateStatus.SEALED,
                document=canonical_bytes(sealed),
                digest=digest(sealed).hex(),
                sealed_at=now,
            )
        )
        await work.outbox.add(
            events.retirement_completed(
                retirement, entries, digest=digest(sealed).hex(), tx_hashes=tx_hashes, at=now
            )
        )
        work.audit(
            AuditEntry(
                event_type="certificate.sealed",
                action="seal",
                user_id=None,
                resource_type="certificate",
                resource_id=retirement_id,
                changes={
                    "before": {"status": stored.status.value},
                    "after": {"status": "sealed", "txHash": ", ".join(tx_hashes)},
                },
                at=now,
            )
        )
        notification = Notification(
            id=derived_id(retirement_id, "sealed-notification"),
            user_id=retirement.account_id,
            kind=NotificationKind.CERTIFICATE_SEALED,
            message=(
                f"The certificate for {format_tonnes(retirement.quantity_units)} t CO2e is sealed: "
                "the retirement stands on Cardano."
            ),
            link=f"/retirements/{retirement_id}",
            created_at=now,
        )
        await work.notifications.add(notification)
        return CertificateSealed(
            retirement_id=retirement_id,
            digest=digest(sealed).hex(),
            notification_ids=(notification.id,),
        )
