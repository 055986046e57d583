"""Correcting certificates that name a verification body which verified nothing (ADR 0040)."""

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
from domain.certificates.corrections import REASON, Correction, with_bodies, wrong_bodies
from domain.identifiers import derived_id

BATCH_CERTIFICATES = 100


class CorrectCertificates(Payload):
    """`check_id` names the check that asks."""

    check_id: UUID


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
                return CertificatesCorrected(corrected=corrected)
            after = batch[-1].retirement_id

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

    async def _tell_of(self, work: UnitOfWork, retirement_id: UUID, written: list[str]) -> None:
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
            "A certificate named another verification body than the one that signed off. Its page "
            "says what is right.",
            f"/retirements/{retirement_id}",
        )
        notification_id = derived_id(retirement_id, f"corrected/{'+'.join(written)}")
        await tell(work, message.to(retirement.account_id, notification_id=notification_id, at=now))
