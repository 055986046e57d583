"""
Making a compliance report: at once when it is asked for, and each month those that are due.

Due are the retirements, the buffer and the verification of the month that is over. A run of the schedule asks for
the same terms as the one before and finds them made, so that it may come every day.
"""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pydantic
from temporalio import workflow
from temporalio.common import VersioningBehavior

with workflow.unsafe.imports_passed_through():
    from activities.payloads import Payload
    from activities.reports.reports import MakeReport, ReportActivities, ReportMade
    from domain.identifiers import derived_id
    from domain.reports.reports import ReportKind, end_of
    from workflows import policies

SCHEDULE_ID = "reports-due"
EVERY = timedelta(days=1)
DUE_MONTHLY = (ReportKind.RETIREMENTS, ReportKind.BUFFER, ReportKind.VERIFICATION)
DUE_NAMESPACE = UUID("5f0f6f0e-1c1b-5d7e-9b57-0a1f6d6f2c11")
"""Reports that are due have identifiers by kind and month: each is made once."""


def workflow_id(report_id: UUID) -> str:
    return f"report/{report_id}"


@workflow.defn(
    # It lasts minutes and finishes on the version it began with (ADR 0009).
    versioning_behavior=VersioningBehavior.PINNED,
    failure_exception_types=[pydantic.ValidationError],
)
class ReportWorkflow:
    @workflow.init
    def __init__(self, request: MakeReport) -> None:  # noqa: ARG002 -- it must have run's signature
        self._made: ReportMade | None = None

    @workflow.run
    async def run(self, request: MakeReport) -> ReportMade:
        made = self._made = await workflow.execute_activity_method(
            ReportActivities.make_report, request, **policies.EXPORT
        )
        await workflow.wait_condition(workflow.all_handlers_finished)
        return made

    @workflow.update
    async def made(self) -> ReportMade:
        """Wait for the manifest."""
        await workflow.wait_condition(lambda: self._made is not None)
        if self._made is None:
            raise RuntimeError("the condition was just waited for")
        return self._made


class DueReportsStart(Payload):
    """It names nothing: the month before the one that it runs in."""


@workflow.defn(
    versioning_behavior=VersioningBehavior.PINNED,
    failure_exception_types=[pydantic.ValidationError],
)
class DueReportsWorkflow:
    @workflow.run
    async def run(self, start: DueReportsStart) -> None:  # noqa: ARG002 -- it names nothing
        first, last = last_month(workflow.now().date())
        if workflow.now() < end_of(last) + timedelta(hours=1):
            # The month ended within the hour, and may not have settled; tomorrow's run makes them.
            return
        for kind in DUE_MONTHLY:
            await workflow.execute_activity_method(
                ReportActivities.make_report,
                MakeReport(
                    report_id=derived_id(DUE_NAMESPACE, f"{kind}/{first}"),
                    kind=kind,
                    first_day=first,
                    last_day=last,
                    known_at=end_of(last),
                ),
                **policies.EXPORT,
            )


def last_month(today: date) -> tuple[date, date]:
    """First and last day of the month before `today`'s."""
    last = datetime(today.year, today.month, 1, tzinfo=UTC).date() - timedelta(days=1)
    return last.replace(day=1), last
