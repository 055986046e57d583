"""Making compliance reports: at once when somebody asks, and each month by themselves."""

from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from temporalio.client import WithStartWorkflowOperation, WorkflowHandle
from temporalio.common import WorkflowIDConflictPolicy

from activities.reports.reports import MakeReport, ReportMade
from domain.reports.reports import ReportKind, end_of
from tests.workflows.conftest import Stage, keep_history
from workflows import policies
from workflows.reports import reports
from workflows.reports.reports import DueReportsStart, DueReportsWorkflow, ReportWorkflow


async def test_who_asks_for_a_report_hears_of_its_manifest(stage: Stage) -> None:
    report_id, day = uuid4(), date(2025, 12, 31)
    start = WithStartWorkflowOperation(
        ReportWorkflow.run,
        MakeReport(
            report_id=report_id,
            actor_id=uuid4(),
            kind=ReportKind.BUFFER,
            first_day=day,
            last_day=day,
            known_at=end_of(day),
        ),
        id=reports.workflow_id(report_id),
        task_queue=policies.REGISTRY_QUEUE,
        id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
    )
    handle: WorkflowHandle[Any, ReportMade] = stage.client.get_workflow_handle(
        reports.workflow_id(report_id), result_type=ReportMade
    )
    stage.opened.append(handle)

    made = await stage.client.execute_update_with_start_workflow(
        ReportWorkflow.made, start_workflow_operation=start
    )

    assert made == ReportMade(report_id=report_id, version=1, sha256="ef" * 32)
    assert await handle.result() == made
    await keep_history(handle, "report-asked")


async def test_the_schedule_makes_the_reports_of_the_month_that_is_over(stage: Stage) -> None:
    handle = await stage.client.start_workflow(
        DueReportsWorkflow.run,
        DueReportsStart(),
        id=f"{reports.SCHEDULE_ID}-{uuid4()}",
        task_queue=policies.REGISTRY_QUEUE,
    )
    stage.opened.append(handle)

    await handle.result()

    began = (await handle.describe()).start_time
    _, last = reports.last_month(began.date())
    due = reports.DUE_MONTHLY if began >= end_of(last) + timedelta(hours=1) else ()
    made = [name for name in stage.registry.calls if name.startswith("make_report/")]
    assert made == [f"make_report/{kind}" for kind in due]
    await keep_history(handle, "reports-due")


@pytest.mark.parametrize(
    ("today", "first", "last"),
    [
        (date(2026, 1, 1), date(2025, 12, 1), date(2025, 12, 31)),
        (date(2024, 3, 31), date(2024, 2, 1), date(2024, 2, 29)),
    ],
)
def test_the_month_before_has_its_own_days(today: date, first: date, last: date) -> None:
    assert reports.last_month(today) == (first, last)
