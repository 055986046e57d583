"""
Sealing a certificate: for the first time as the end of a retirement, and again when a confirmed
transaction was rolled back, it expired, and its record stands in another one (ADR 0021).
"""

import asyncio
from collections.abc import Callable
from uuid import UUID

import pydantic
from temporalio import workflow
from temporalio.common import VersioningBehavior

with workflow.unsafe.imports_passed_through():
    from activities.certificates.certificates import (
        CertificateActivities,
        CertificateSealed,
        SealCertificate,
    )
    from activities.payloads import Payload
    from workflows import policies, signals_and_mail


def workflow_id(retirement_id: UUID) -> str:
    return f"certificate/{retirement_id}"


class CertificateStart(Payload):
    retirement_id: UUID


class Sealing:
    """
    Seals a certificate, tells of it, and seals again when a record is confirmed once more meanwhile.

    Telling may take a day when no mail server answers; nobody waits for that with a false seal.
    """

    def __init__(self) -> None:
        self._reseal_requested = False

    def request_reseal(self) -> None:
        self._reseal_requested = True

    async def seal(
        self, retirement_id: UUID, then: Callable[[CertificateSealed], None]
    ) -> CertificateSealed:
        """`then` hears of each outcome at once, before anybody is told by mail."""
        mailing = signals_and_mail.Mailing()
        while True:
            self._reseal_requested = False
            sealed = await _seal(retirement_id)
            then(sealed)
            mailing.start(sealed.notification_ids)
            if await self._mailed_undisturbed(mailing):
                return sealed

    async def _mailed_undisturbed(self, mailing: signals_and_mail.Mailing) -> bool:
        mailed = asyncio.create_task(mailing.finish())
        await workflow.wait_condition(lambda: self._reseal_requested or mailed.done())
        return not self._reseal_requested


async def _seal(retirement_id: UUID) -> CertificateSealed:
    """Seal it, or find for good that it cannot be; in between look again, a minute apart."""
    for _ in range(policies.READS_BEFORE_A_DIFFERENCE_IS_BELIEVED - 1):
        sealed = await _seal_once(SealCertificate(retirement_id=retirement_id))
        if sealed.digest is not None:
            return sealed
        await workflow.sleep(policies.DIFFERENCE_PAUSE)
    return await _seal_once(SealCertificate(retirement_id=retirement_id, believe=True))


async def _seal_once(request: SealCertificate) -> CertificateSealed:
    return await workflow.execute_activity_method(
        CertificateActivities.seal_certificate, request, **policies.SEAL
    )


@workflow.defn(
    # It lasts minutes and finishes on the version it began with (ADR 0009).
    versioning_behavior=VersioningBehavior.PINNED,
    failure_exception_types=[pydantic.ValidationError],
)
class CertificateWorkflow:
    """
    Started when a record is confirmed whose retirement has ended, and by staff when what kept a
    certificate from being sealed is mended. Where nothing has changed, nothing happens.
    """

    @workflow.init
    def __init__(self, start: CertificateStart) -> None:
        self._start = start
        self._sealing = Sealing()

    @workflow.run
    async def run(self, start: CertificateStart) -> CertificateSealed:
        return await self._sealing.seal(start.retirement_id, lambda _: None)

    @workflow.signal
    def record_confirmed(self, notice: signals_and_mail.RecordConfirmed) -> None:
        workflow.logger.info("Record %s was confirmed once more", notice.record_id)
        self._sealing.request_reseal()
