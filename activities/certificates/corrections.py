"""
Correcting certificates that name a verification body which verified nothing (ADR 0040), or state what was approved
of an issuance that was corrected since (ADR 0101).
"""

import json
from dataclasses import replace
from uuid import UUID

from temporalio import activity

from activities import lookups
from activities.audit_and_notify import Message, audit, tell
from activities.payloads import Payload
from activities.ports.certificates import DecidedByStaff
from activities.ports.clock import Clock
from activities.ports.database import Database, UnitOfWork
from domain.accounts.notifications import NotificationKind
from domain.certificates.certificates import canonical_bytes
from domain.certificates.corrections import (
    REASON,
    Correction,
    overstated_issuances,
    with_bodies,
    wrong_bodies,
)
from domain.credits.issuance_correction import ISSUED_IN_ERROR, IssuanceCorrection
from domain.identifiers import derived_id
from domain.quantities import format_tonnes

BATCH_CERTIFICATES = 100


class CorrectCertificates(Payload):
    """`check_id` names the check that asks."""

    check_id: UUID


class CorrectCertificatesOfIssuance(Payload):
    """The correction of an issuance whose units retirements hold."""

    correction_id: UUID


class CertificatesCorrected(Payload):
    """`corrected` is how many certificates have a correction now."""

    corrected: int


class CorrectionActivities:
    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    @activity.defn
    async def correct_certificates(self, request: CorrectCertificates) -> CertificatesCorrected:
        """
        Look at every certificate of a project that staff decided, and correct what was sealed otherwise.

        A sealed one stays byte for byte, former seals too, and gets a public correction, once; one
        that nobody has signed yet is written anew. Holders find a notification.
        """
        activity.logger.info("Certificates are compared with who signed off: %s", request.check_id)
        corrected, after = 0, UUID(int=0)
        while True:
            activity.heartbeat()
            async with self._database.transaction() as work:
                batch = await work.certificates.decided_by_staff(after, limit=BATCH_CERTIFICATES)
                for decided in batch:
                    corrected += await self._correct(work, decided)
            if len(batch) < BATCH_CERTIFICATES:
                break
            after = batch[-1].retirement_id
        async with self._database.transaction() as work:
            recorded = await work.credits.issuance_corrections.recorded()
        for correction, in_error_units in recorded:
            # Seals that were made since state it wrongly too.
            corrected += await self._correct_all(correction, in_error_units)
        return CertificatesCorrected(corrected=corrected)

    @activity.defn
    async def correct_certificates_of_issuance(
        self, request: CorrectCertificatesOfIssuance
    ) -> CertificatesCorrected:
        """Say beside each certificate that rests on a corrected issuance how much of it is right, once."""
        async with self._database.transaction() as work:
            recorded = await work.credits.issuance_corrections.recorded(request.correction_id)
        corrected = 0
        for correction, in_error_units in recorded:
            corrected += await self._correct_all(correction, in_error_units)
        return CertificatesCorrected(corrected=corrected)

    async def _correct_all(self, correction: IssuanceCorrection, in_error_units: int) -> int:
        """How many certificates state what was approved as it was before the correction."""
        corrected, after = 0, UUID(int=0)
        while True:
            activity.heartbeat()
            async with self._database.transaction() as work:
                issued = lookups.found(
                    await work.credits.issuance_corrections.issued(
                        correction.verification_id, correction.vintage
                    ),
                    "issuance",
                )
                rounds = await work.projects.verifications.rounds(correction.project_id)
                digest = next(
                    one.sign_off_digest for one in rounds if one.id == correction.verification_id
                )
                batch = await work.credits.issuance_corrections.retirements_of(
                    issued, after, limit=BATCH_CERTIFICATES
                )
                right = format_tonnes(issued.quantity_units - in_error_units)
                for retirement_id, _ in batch:
                    corrected += await self._state(
                        work, retirement_id, correction, digest or "", right
                    )
            if len(batch) < BATCH_CERTIFICATES:
                return corrected
            after = batch[-1][0]

    async def _state(
        self,
        work: UnitOfWork,
        retirement_id: UUID,
        correction: IssuanceCorrection,
        sign_off_digest: str,
        right: str,
    ) -> bool:
        """Whether a seal of the certificate states it otherwise."""
        if await work.certificates.lock(retirement_id) is None:
            return False
        written, is_wrong = [], False
        for digest, sealed in await work.certificates.seals(retirement_id):
            for found in overstated_issuances(
                json.loads(sealed), sign_off_digest, correction.vintage, right
            ):
                is_wrong = True
                place = f"{correction.id}/{digest}{found.pointer}"
                stated = Correction(
                    id=derived_id(retirement_id, f"correction/{place}"),
                    retirement_id=retirement_id,
                    digest=digest,
                    pointer=found.pointer,
                    stated=found.stated,
                    correct=found.correct,
                    reason=f"{ISSUED_IN_ERROR}{correction.reason}",
                    corrected_at=self._clock.now(),
                )
                if await work.certificates.add_correction(stated):
                    written.append(place)
        if written:
            await self._tell_of(
                work,
                retirement_id,
                written,
                "Some of the issuance that a certificate rests on was issued in error, and is replaced. The "
                "retirement stands as it is. Its page says what is right.",
            )
        return is_wrong

    async def _correct(self, work: UnitOfWork, decided: DecidedByStaff) -> bool:
        """Whether a seal of it is wrong; a correction that is there already is not written again."""
        now = self._clock.now()
        stored = lookups.found(await work.certificates.lock(decided.retirement_id), "certificate")
        written: list[str] = []
        if stored.digest is None:
            document = json.loads(stored.document)
            written = [found.pointer for found in wrong_bodies(document, decided.bodies)]
            if written:
                right = canonical_bytes(with_bodies(document, decided.bodies))
                await work.certificates.save(replace(stored, document=right))
        is_wrong = False
        for digest, sealed in await work.certificates.seals(decided.retirement_id):
            for found in wrong_bodies(json.loads(sealed), decided.bodies):
                is_wrong = True
                correction = Correction(
                    id=derived_id(decided.retirement_id, f"correction/{digest}{found.pointer}"),
                    retirement_id=decided.retirement_id,
                    digest=digest,
                    pointer=found.pointer,
                    stated=found.stated,
                    correct=found.correct,
                    reason=REASON,
                    corrected_at=now,
                )
                if await work.certificates.add_correction(correction):
                    written.append(f"{digest}{found.pointer}")
        if written:
            await self._tell_of(work, decided.retirement_id, written)
        return is_wrong

    async def _tell_of(
        self,
        work: UnitOfWork,
        retirement_id: UUID,
        written: list[str],
        sentence: str = "A certificate named another verification body than the one that signed off. Its page "
        "says what is right.",
    ) -> None:
        now = self._clock.now()
        audit(
            work,
            "certificate.corrected",
            ("certificate", retirement_id),
            action="correct",
            actor_id=None,
            before=None,
            after={"corrected": written},
            at=now,
        )
        retirement = lookups.found(await work.credits.retirements.get(retirement_id), "retirement")
        message = Message(
            NotificationKind.CERTIFICATE_CORRECTED,
            sentence,
            f"/retirements/{retirement_id}",
        )
        notification_id = derived_id(retirement_id, f"corrected/{'+'.join(written)}")
        await tell(work, message.to(retirement.account_id, notification_id=notification_id, at=now))
