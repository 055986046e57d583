"""Stand-ins for what the programme's workflows ask: they count, and answer what a test wants."""

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from temporalio import activity

from activities.certificates.corrections import (
    CertificatesCorrected,
    CorrectCertificatesOfIssuance,
)
from activities.credits.issuance_correction import (
    CorrectionDeadline,
    CorrectionStep,
    CorrectIssuance,
    HandIn,
)
from activities.projects.programme.appeals import (
    AcknowledgeAppeal,
    AppealStep,
    DecideAppeal,
    FileAppeal,
    NoteAppealDeadline,
)
from domain.credits.obligation import ObligationStatus
from domain.projects.programme.appeals import AppealStatus

ACKNOWLEDGE_WITHIN, ANSWER_WITHIN = timedelta(days=8), timedelta(days=60)
REPLACED_WITHIN = timedelta(days=180)


class ProgrammeStandIns:
    """`noted` are the deadlines that were told of, in order; `owed_units` what a correction leaves owed."""

    def __init__(self, calls: Counter[str]) -> None:
        self._calls = calls
        self._filed_at = datetime.now(UTC)
        self._status = AppealStatus.FILED
        self.noted: list[tuple[str, bool]] = []
        self.owed_units = 6_000

    def activities(self) -> list[Callable[..., Any]]:
        return [
            self.file_appeal,
            self.acknowledge_appeal,
            self.decide_appeal,
            self.note_appeal_deadline,
            self.correct_issuance,
            self.hand_in,
            self.remind_of_correction,
            self.note_correction_overdue,
            self.correct_certificates_of_issuance,
        ]

    @activity.defn
    async def file_appeal(self, request: FileAppeal) -> AppealStep:
        return self._appeal(request.appeal_id)

    @activity.defn
    async def acknowledge_appeal(self, request: AcknowledgeAppeal) -> AppealStep:
        self._status = AppealStatus.ACKNOWLEDGED
        return self._appeal(request.appeal_id)

    @activity.defn
    async def decide_appeal(self, request: DecideAppeal) -> AppealStep:
        self._status = AppealStatus(request.outcome.value)
        return self._appeal(request.appeal_id)

    @activity.defn
    async def note_appeal_deadline(self, request: NoteAppealDeadline) -> AppealStep:
        self.noted.append((request.deadline.value, request.overdue))
        return self._appeal(request.appeal_id)

    def _appeal(self, appeal_id: UUID) -> AppealStep:
        return AppealStep(
            appeal_id=appeal_id,
            status=self._status,
            filed_at=self._filed_at,
            acknowledge_by=self._filed_at + ACKNOWLEDGE_WITHIN,
            answer_by=self._filed_at + ANSWER_WITHIN,
        )

    @activity.defn
    async def correct_issuance(self, request: CorrectIssuance) -> CorrectionStep:
        return self._correction("correct_issuance", request.correction_id)

    @activity.defn
    async def hand_in(self, request: HandIn) -> CorrectionStep:
        self.owed_units -= request.quantity_units
        return self._correction("hand_in", request.correction_id)

    @activity.defn
    async def remind_of_correction(self, request: CorrectionDeadline) -> CorrectionStep:
        return self._correction("remind_of_correction", request.correction_id)

    @activity.defn
    async def note_correction_overdue(self, request: CorrectionDeadline) -> CorrectionStep:
        return self._correction("note_correction_overdue", request.correction_id)

    @activity.defn
    async def correct_certificates_of_issuance(
        self,
        request: CorrectCertificatesOfIssuance,
    ) -> CertificatesCorrected:
        self._calls["correct_certificates_of_issuance"] += 1
        return CertificatesCorrected(corrected=1)

    def _correction(self, name: str, correction_id: UUID) -> CorrectionStep:
        self._calls[name] += 1
        return CorrectionStep(
            correction_id=correction_id,
            status=ObligationStatus.OPEN if self.owed_units else ObligationStatus.SETTLED,
            owed_units=self.owed_units,
            due_at=self._filed_at + REPLACED_WITHIN,
        )
