"""Certificates: written when a retirement is accepted, sealed when its chain record is confirmed."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities import lookups
from activities.audit_and_notify import Message, audit, tell, tell_staff
from activities.chain.chain_read_cache import ChainReadCache, NotConfirmedDeepEnough
from activities.heartbeats import heartbeating
from activities.payloads import Payload
from activities.ports.certificates import CertificateSigner
from activities.ports.chain.provider import Chain, ChainMisconfigured
from activities.ports.clock import Clock
from activities.ports.credits import OpenedLine
from activities.ports.database import Database, UnitOfWork
from activities.run_once import run_once
from domain.accounts.notifications import Notification, NotificationKind
from domain.certificates.certificates import (
    Certificate,
    CertificateStatus,
    CertifiedFacts,
    ChainEvidence,
    IssuingRegistry,
    OpenLoss,
    RetiredCredit,
    StoredCertificate,
    canonical_bytes,
    certificate_document,
    chain_parts,
    digest,
    signing_message,
    with_proof,
)
from domain.certificates.chain_checks import record_fault
from domain.certificates.credentials import (
    credential_document,
    hash_data,
    proof_options,
    with_integrity_proof,
)
from domain.certificates.issuances import Approved, CertifiedIssuance, issuance_parts
from domain.chain.records import ChainRecord
from domain.chain.transactions import ChainTransactionStatus, Inclusion, StoredTransaction
from domain.credits.ledger import CreditEntry
from domain.credits.retirement import Retirement
from domain.identifiers import derived_id
from domain.publishing import events
from domain.quantities import format_tonnes

NOT_YET = timedelta(seconds=20)
"""One block of time, before asking the chain again."""

TURNED_AWAY = timedelta(minutes=15)
"""After a 402, 403 or 418: nobody asks the provider sooner than in ten minutes (ADR 0027)."""


class SealCertificate(Payload):
    """`believe` what the chain shows, also when it is not our record; before, look again first."""

    retirement_id: UUID
    believe: bool = False


class CertificateSealed(Payload):
    """`digest` None means that it was not sealed: the chain shows another record than ours."""

    retirement_id: UUID
    digest: str | None = None
    notification_ids: tuple[UUID, ...] = ()


class RecordDiffers(Exception):
    """The transaction's metadata is not our record as we wrote it; the sentence is public."""


class CertificateWriter:
    """Writes the certificate of a retirement from settled rows, never from a request."""

    def __init__(self, registry: IssuingRegistry) -> None:
        self._registry = registry

    def unsealed(
        self,
        retirement: Retirement,
        entries: Sequence[CreditEntry],
        lines: Sequence[OpenedLine],
        *,
        at: datetime,
    ) -> StoredCertificate:
        """
        To be stored with the credit transactions, so that its page answers as soon as units are retired.

        `lines` are what the entries were taken out of, in the same order, with what was read of them.
        """
        losses = {line.entry.project_id: line.losses for line in lines}
        certificate = self._written(
            retirement,
            entries,
            [lookups.found(line.facts, "verification") for line in lines],
            [loss for of_project in losses.values() for loss in of_project],
        )
        return StoredCertificate(
            retirement_id=retirement.id,
            status=CertificateStatus.ACCEPTED,
            document=canonical_bytes(certificate_document(certificate)),
            created_at=at,
        )

    async def certificate(
        self, work: UnitOfWork, retirement: Retirement, entries: Sequence[CreditEntry]
    ) -> Certificate:
        facts = [
            lookups.found(found, "verification") for found in await work.certificates.facts(entries)
        ]
        losses = [
            loss
            for project_id in dict.fromkeys(entry.project_id for entry in entries)
            for loss in await work.certificates.open_losses(project_id)
        ]
        return self._written(retirement, entries, facts, losses)

    def _written(
        self,
        retirement: Retirement,
        entries: Sequence[CreditEntry],
        facts: Sequence[CertifiedFacts],
        losses: Sequence[OpenLoss],
    ) -> Certificate:
        # Two rounds of one project have a digest each; its entries of one round share theirs.
        evidence = {found.evidence.sign_off_digest: found.evidence for found in facts}
        vintages = {(entry.project_id, entry.vintage) for entry in entries}
        return Certificate(
            retirement_id=retirement.id,
            registry=self._registry,
            retired_at=retirement.retired_at,
            credits=[
                RetiredCredit(entry.serial, entry.units, found.project)
                for entry, found in zip(entries, facts, strict=True)
            ],
            beneficiary=retirement.beneficiary,
            purpose=retirement.purpose,
            reason=retirement.reason,
            evidence=list(evidence.values()),
            losses=[
                loss
                for loss in losses
                if loss.vintage is None or (loss.project_id, loss.vintage) in vintages
            ],
        )


class CertificateActivities:
    """`chain` is asked through one `ChainReadCache`, which all seals of this process share."""

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
        self._readings = ChainReadCache(chain, clock, confirmations_required=confirmations_required)
        self._signer = signer
        self._clock = clock
        self._writer = writer
        self._network = network

    @activity.defn
    @heartbeating
    async def seal_certificate(self, request: SealCertificate) -> CertificateSealed:
        """
        Read the records back from the chain, compare them with ours, sign and seal.

        A certificate whose record stands in another transaction than the sealed one names is sealed
        again; the former document is kept. Fails and is tried again while the chain does not show
        every record six blocks deep, as after a rollback; that of the issuance its units come from is
        one of them. Where one differs from ours nothing is
        sealed; with `believe` the certificate says so from then on, and staff are told. So it is where what was issued is
        not what was approved (ADR 0039).
        """
        async with self._database.transaction() as work:
            chain_records = await _chain_records(work, request.retirement_id)
            issuance_records = await _issuance_records(work, request.retirement_id)
        try:
            evidence = [
                await self._read_back(record, await self._carrier(record))
                for record in chain_records
            ]
            issuances = [await self._issuance(*issued) for issued in issuance_records]
        except NotConfirmedDeepEnough as not_now:
            activity.logger.info("Certificate %s waits: %s", request.retirement_id, not_now)
            raise _not_confirmed_now() from not_now
        except ChainMisconfigured as misconfigured:
            raise ApplicationError(
                str(misconfigured), type="ChainMisconfigured", next_retry_delay=TURNED_AWAY
            ) from misconfigured
        except RecordDiffers as differs:
            activity.logger.error("Certificate %s: %s", request.retirement_id, differs)
            if not request.believe:
                return CertificateSealed(retirement_id=request.retirement_id)
            return await self._leave_unsealed(request.retirement_id, str(differs))
        inclusions = [one.inclusion for one in evidence] + [one.inclusion for one in issuances]
        tx_hashes = "+".join(inclusion.tx_hash for inclusion in inclusions)
        async with self._database.transaction() as work:
            return await run_once(
                work,
                f"seal-certificate/{derived_id(request.retirement_id, tx_hashes)}",
                CertificateSealed,
                lambda: self._seal(work, request.retirement_id, evidence, issuances),
            )

    async def _leave_unsealed(self, retirement_id: UUID, trouble: str) -> CertificateSealed:
        async with self._database.transaction() as work:
            return await run_once(
                work,
                f"unsealable-certificate/{derived_id(retirement_id, trouble)}",
                CertificateSealed,
                lambda: self._say_why(work, retirement_id, trouble),
            )

    async def _read_back(
        self, chain_record: ChainRecord, chain_transaction: StoredTransaction
    ) -> ChainEvidence:
        reading = await self._readings.read(chain_transaction)
        fault = record_fault(reading.payload, chain_record.record)
        if reading.payload is None or fault is not None:
            self._readings.doubt(chain_transaction, reading)
            raise RecordDiffers(f"The metadata of transaction {chain_transaction.tx_hash} {fault}.")
        return ChainEvidence(
            self._network,
            reading.inclusion,
            chain_transaction.wallet_address,
            chain_record.record,
            reading.payload,
        )

    async def _issuance(
        self, approved: Approved | None, chain_record: ChainRecord | None
    ) -> CertifiedIssuance:
        if approved is None:
            raise RecordDiffers(
                "Its units come from an issuance that is not what an approved verification says."
            )
        if chain_record is None:
            raise RecordDiffers(f"The issuance of {approved.issued.serial} has no chain record.")
        carrier = await self._carrier(chain_record)
        settled = _settled(carrier)
        if settled is None:
            evidence = await self._read_back(chain_record, carrier)
            settled = evidence.inclusion
        return CertifiedIssuance(
            approved, self._network, settled, carrier.wallet_address, chain_record.record
        )

    async def _carrier(self, chain_record: ChainRecord) -> StoredTransaction:
        if chain_record.tx_hash is None:
            raise NotConfirmedDeepEnough(f"The record {chain_record.id} is in no transaction.")
        async with self._database.transaction() as work:
            chain_transaction = await work.chain.records.transaction(chain_record.tx_hash)
        return lookups.found(chain_transaction, "chain transaction")

    async def _seal(
        self,
        work: UnitOfWork,
        retirement_id: UUID,
        evidence: Sequence[ChainEvidence],
        issuances: Sequence[CertifiedIssuance],
    ) -> CertificateSealed:
        now = self._clock.now()
        stored = lookups.found(await work.certificates.lock(retirement_id), "certificate")
        retirement = lookups.found(await work.credits.retirements.get(retirement_id), "retirement")
        entries = [
            lookups.found(
                await work.credits.entries.get(credit_transaction.result_entry_id),
                "credit entry",
            )
            for credit_transaction in await work.credits.retirements.transactions(retirement_id)
        ]
        tx_hashes = list(dict.fromkeys(one.inclusion.tx_hash for one in evidence))
        # An attempt that was believed dead may come here late, with what stood on the chain before.
        if [one.inclusion.tx_hash for one in evidence] != [
            record.tx_hash for record in await _chain_records(work, retirement_id)
        ] or [one.inclusion.tx_hash for one in issuances] != [
            record.tx_hash if record else None
            for _, record in await _issuance_records(work, retirement_id)
        ]:
            raise _not_confirmed_now()
        if _stands(stored, tx_hashes, issuances):
            return CertificateSealed(retirement_id=retirement_id, digest=stored.digest)
        certificate = await self._writer.certificate(work, retirement, entries)
        document = certificate_document(
            replace(
                certificate,
                chain=evidence,
                sealed_at=now,
                supersedes=stored.digest,
                issuances=issuances,
            )
        )
        sealed = with_proof(
            document,
            public_key=self._signer.public_key,
            signature=self._signer.sign(signing_message(document)),
        )
        if stored.status is CertificateStatus.SEALED:
            await work.certificates.keep_former(stored, at=now)
        await work.certificates.save(
            replace(
                stored,
                status=CertificateStatus.SEALED,
                document=canonical_bytes(sealed),
                digest=digest(sealed).hex(),
                sealed_at=now,
                trouble=None,
            )
        )
        place = await work.certificates.next_status_place()
        await work.certificates.add_credential(
            retirement_id,
            digest(sealed).hex(),
            self._credential(sealed, place),
            status_place=place,
            at=now,
        )
        await work.publishing.outbox.add(
            _event(retirement, entries, stored, sealed, tx_hashes, now)
        )
        audit(
            work,
            "certificate.sealed",
            ("certificate", retirement_id),
            action="seal",
            actor_id=None,
            before={"status": stored.status.value, "digest": stored.digest},
            after={
                "status": "sealed",
                "txHash": ", ".join(tx_hashes),
                "digest": digest(sealed).hex(),
            },
            at=now,
        )
        notified_ids = await tell(work, _notification(retirement, stored, now))
        return CertificateSealed(
            retirement_id=retirement_id,
            digest=digest(sealed).hex(),
            notification_ids=notified_ids,
        )

    def _credential(self, sealed: Mapping[str, Any], status_place: int) -> bytes:
        """The sealed certificate as a W3C Verifiable Credential, by the same key (ADR 0083)."""
        credential = credential_document(sealed, status_place=status_place)
        options = proof_options(credential, self._signer.public_key)
        signature = self._signer.sign(hash_data(credential, options))
        return canonical_bytes(with_integrity_proof(credential, options, signature))

    async def _say_why(
        self, work: UnitOfWork, retirement_id: UUID, trouble: str
    ) -> CertificateSealed:
        now = self._clock.now()
        stored = lookups.found(await work.certificates.lock(retirement_id), "certificate")
        await work.certificates.save(replace(stored, trouble=trouble))
        audit(
            work,
            "certificate.unsealable",
            ("certificate", retirement_id),
            action="leave unsealed",
            actor_id=None,
            before={"trouble": stored.trouble},
            after={"trouble": trouble},
            at=now,
        )
        notified_ids = await tell_staff(
            work,
            Message(
                NotificationKind.CERTIFICATE_UNSEALABLE,
                f"A certificate cannot be sealed. {trouble}",
                f"/retirements/{retirement_id}",
            ),
            notification_id=lambda staff_id: derived_id(
                retirement_id, f"unsealable/{staff_id}/{trouble}"
            ),
            at=now,
        )
        return CertificateSealed(retirement_id=retirement_id, notification_ids=notified_ids)


async def _chain_records(work: UnitOfWork, retirement_id: UUID) -> list[ChainRecord]:
    """One for each credit, in the order of the certificate."""
    return [
        lookups.found(
            await work.chain.records.for_transaction(credit_transaction.id), "chain record"
        )
        for credit_transaction in await work.credits.retirements.transactions(retirement_id)
    ]


async def _issuance_records(
    work: UnitOfWork, retirement_id: UUID
) -> list[tuple[Approved | None, ChainRecord | None]]:
    """What the units come from, each with the record of its issuance."""
    return [
        (
            approved,
            await work.chain.records.for_transaction(approved.transaction_id) if approved else None,
        )
        for approved in await work.certificates.approvals(retirement_id)
    ]


def _settled(carrier: StoredTransaction) -> Inclusion | None:
    """
    Where an issuance stands that the chain can take back no more; None as long as it could.

    A provider that has forgotten old blocks would keep every certificate of an old issuance waiting.
    """
    if carrier.status is not ChainTransactionStatus.FINAL:
        return None
    if carrier.block_hash is None or carrier.block_height is None or carrier.block_slot is None:
        return None
    return Inclusion(
        carrier.tx_hash,
        carrier.block_hash,
        carrier.block_height,
        carrier.block_slot,
        carrier.confirmations,
    )


def _not_confirmed_now() -> ApplicationError:
    return ApplicationError(
        "The chain does not show the record deep enough at present.",
        type="NotConfirmedNow",
        next_retry_delay=NOT_YET,
    )


def _stands(
    stored: StoredCertificate, tx_hashes: Sequence[str], issuances: Sequence[CertifiedIssuance]
) -> bool:
    """
    Whether the sealed document names these transactions; False as long as it is not sealed.

    One that was sealed without naming its issuances is not sealed again for their sake.
    """
    if stored.status is not CertificateStatus.SEALED:
        return False
    document = json.loads(stored.document)
    named = [part["chain"]["txHash"] for part in issuance_parts(document)]
    return list(
        dict.fromkeys(chain["txHash"] for chain in chain_parts(document))
    ) == tx_hashes and (not named or named == [one.inclusion.tx_hash for one in issuances])


def _event(
    retirement: Retirement,
    entries: Sequence[CreditEntry],
    stored: StoredCertificate,
    sealed: Mapping[str, Any],
    tx_hashes: Sequence[str],
    at: datetime,
) -> events.Event:
    new = digest(sealed).hex()
    if stored.digest is None:
        return events.retirement_completed(
            retirement, entries, digest=new, tx_hashes=tx_hashes, at=at
        )
    return events.certificate_resealed(
        retirement, digest=new, supersedes=stored.digest, tx_hashes=tx_hashes, at=at
    )


def _notification(retirement: Retirement, former: StoredCertificate, at: datetime) -> Notification:
    """For the holder, who after another seal must know that copies of the former one prove nothing now."""
    quantity = f"{format_tonnes(retirement.quantity_units)} t CO2e"
    if former.digest is None:
        topic, kind = "sealed-notification", NotificationKind.CERTIFICATE_SEALED
        text = f"The certificate for {quantity} is sealed: the retirement stands on Cardano."
    else:
        topic, kind = f"resealed/{former.digest}", NotificationKind.CERTIFICATE_RESEALED
        text = (
            f"The chain gave up a transaction of the certificate for {quantity}. The retirement "
            "stands in another one, and the certificate is sealed again: take the present one from "
            "its page."
        )
    return Message(kind, text, f"/retirements/{retirement.id}").to(
        retirement.account_id, notification_id=derived_id(retirement.id, topic), at=at
    )
