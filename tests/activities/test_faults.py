"""Activities that fail again and again: staff are told once, and it is over when the activity is."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio import activity
from temporalio.exceptions import ApplicationError, ApplicationErrorCategory
from temporalio.testing import ActivityEnvironment
from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput

from activities.credits.issuance import IssueCredits
from activities.credits.ledger_check import CheckLedger
from activities.faults import ALERTS_PER_ACTIVITY_MAX, GONE_AFTER, FaultInterceptor
from activities.ports.chain.provider import ChainUnavailable
from activities.ports.credits import NumberingUsedUp
from activities.refusal_interceptor import RefusalInterceptor
from adapters.postgres.rows import value_of
from adapters.postgres.tables import alerts, projects, unit_counter, verification_requests
from domain.chain.alerts import Alert, AlertKind
from domain.errors import Conflict
from domain.quantities import UNIT_NUMBER_MAX
from tests.activities import story
from tests.activities.registry import Registry, run
from tests.activities.story import ISSUE
from tests.factories import named
from tests.issuance_guards import issuing_without_approvals

PRIVATE = "Mallory of Karbonica Forestry"
STUCK_WORKFLOW = "verification/0b6f2a3c"


class Failing(ActivityInboundInterceptor):
    """The innermost of a worker: it does what the test says."""

    def __init__(self, do: Callable[[], Awaitable[object]]) -> None:
        self._do = do

    async def execute_activity(self, input: ExecuteActivityInput) -> Any:
        return await self._do()


async def attempt(
    registry: Registry,
    do: BaseException | Callable[[], Awaitable[object]] | None = None,
    *,
    number: int,
    workflow_id: str = STUCK_WORKFLOW,
) -> BaseException | None:
    """Run one attempt of `issue_credits` inside the interceptors of a worker."""

    async def carry_out() -> object:
        if isinstance(do, BaseException):
            raise do
        return await do() if do else None

    refusals = RefusalInterceptor().intercept_activity(Failing(carry_out))
    inbound = FaultInterceptor(registry.database, registry.clock).intercept_activity(refusals)
    environment = ActivityEnvironment()
    environment.info = replace(
        environment.info,
        activity_type="issue_credits",
        attempt=number,
        workflow_id=workflow_id,
        workflow_run_id=str(uuid4()),
    )
    asked = ExecuteActivityInput(fn=run, args=[], executor=None, headers={})
    try:
        await environment.run(inbound.execute_activity, asked)
    except Exception as error:  # noqa: BLE001 -- what it was is what the test asks
        return error
    return None


async def stuck(engine: AsyncEngine) -> list[Alert]:
    query = (
        select(alerts)
        .where(alerts.c.kind == AlertKind.ACTIVITY_STUCK.value, alerts.c.cleared_at.is_(None))
        .order_by(alerts.c.subject)
    )
    async with engine.connect() as connection:
        return [value_of(Alert, row) for row in (await connection.execute(query)).mappings()]


BENIGN = ApplicationError("Not taken.", category=ApplicationErrorCategory.BENIGN)


@pytest.mark.parametrize(
    ("error", "number", "is_told"),
    [
        (ValueError(PRIVATE), 2, False),
        (ValueError(PRIVATE), 3, True),
        (KeyError(PRIVATE), 3, True),
        (NumberingUsedUp(PRIVATE), 3, True),
        (OSError(PRIVATE), 9, False),
        (OSError(PRIVATE), 10, True),
        (RuntimeError(PRIVATE), 10, True),
        (ApplicationError(PRIVATE, type="KeyNotHeld"), 10, True),
        (ApplicationError(PRIVATE, type="NotFinalYet"), 500, False),
        (ApplicationError(PRIVATE, non_retryable=True), 10, False),
        (ChainUnavailable(PRIVATE), 500, False),
        (Conflict(PRIVATE), 500, False),
        (BENIGN, 500, False),
    ],
    ids=repr,
)
async def test_staff_are_told_of_an_activity_that_only_fails(
    registry: Registry, engine: AsyncEngine, error: Exception, number: int, *, is_told: bool
) -> None:
    raised = await attempt(registry, error, number=number)

    assert raised is not None
    found = await stuck(engine)
    assert [alert.subject for alert in found] == [f"{STUCK_WORKFLOW}/issue_credits"] * is_told
    assert [alert.sentence for alert in found] == [
        (
            f"issue_credits of the workflow {STUCK_WORKFLOW} has failed {number} times"
            f" ({type(error).__name__}) and is tried again."
        )
    ] * is_told
    async with engine.connect() as connection:
        messages = (await connection.execute(text("SELECT message FROM notifications"))).scalars()
        assert list(messages) == [alert.sentence for alert in found for _ in range(2)]


async def test_it_is_told_once_however_often_it_fails_and_ends_when_the_activity_does(
    registry: Registry, engine: AsyncEngine
) -> None:
    for number in (3, 4, 5):
        await attempt(registry, ValueError("x"), number=number)
        registry.clock.advance(minutes=1)
    (during,) = await stuck(engine)
    await attempt(registry, number=4, workflow_id="another")
    still = await stuck(engine)
    await attempt(registry, number=6)

    assert "has failed 5 times" in during.sentence
    assert (still, await stuck(engine)) == ([during], [])
    async with engine.connect() as connection:
        told = await connection.execute(text("SELECT count(*) FROM notifications"))
        # Two administrators, once each.
        assert told.scalar_one() == 2


async def test_what_runs_out_of_time_again_and_again_is_told(
    registry: Registry, engine: AsyncEngine
) -> None:
    details = activity.ActivityCancellationDetails(timed_out=True)

    async def hang() -> None:
        environment.cancel(cancellation_details=details)
        await asyncio.sleep(10)

    inbound = FaultInterceptor(registry.database, registry.clock).intercept_activity(Failing(hang))
    environment = ActivityEnvironment()
    environment.info = replace(
        environment.info, attempt=10, workflow_run_id=str(uuid4()), activity_type="publish_export"
    )
    asked = ExecuteActivityInput(fn=run, args=[], executor=None, headers={})
    with pytest.raises(asyncio.CancelledError):
        await environment.run(inbound.execute_activity, asked)

    (alert,) = await stuck(engine)
    assert "(out of time)" in alert.sentence


async def test_when_thousands_fail_alike_ten_alerts_say_it(
    registry: Registry, engine: AsyncEngine
) -> None:
    for number in range(ALERTS_PER_ACTIVITY_MAX + 5):
        await attempt(registry, OSError("away"), number=10, workflow_id=f"seal/{number:02d}")

    assert len(await stuck(engine)) == ALERTS_PER_ACTIVITY_MAX


async def test_the_alert_of_a_workflow_that_was_ended_is_cleared_in_time(
    registry: Registry, engine: AsyncEngine
) -> None:
    await attempt(registry, ValueError("x"), number=3)
    found = []
    for _ in range(2):
        registry.clock.advance(hours=GONE_AFTER / timedelta(hours=2) + 0.1)
        await run(registry.conservation.check_ledger, CheckLedger(check_id=uuid4()))
        found.append(len(await stuck(engine)))

    assert found == [1, 0]


async def test_a_database_that_is_away_takes_nothing_from_the_activity(registry: Registry) -> None:
    class Away:
        def transaction(self) -> Any:
            raise OSError("no connection")

    registry.database = Away()

    assert isinstance(await attempt(registry, ValueError("its own"), number=3), ValueError)
    assert await attempt(registry, number=50) is None


async def test_an_approval_that_can_never_be_numbered_stops_no_other(
    registry: Registry, engine: AsyncEngine
) -> None:
    """Approved before ADR 0041, it is tried for ever; whatever fits is approved and issued."""
    await story.evidence_is_complete(registry)
    poisoned = named("an approval of long ago")
    async with issuing_without_approvals(engine), engine.begin() as connection:
        await approved_of_long_ago(connection, poisoned, 10**15)
        await connection.execute(update(unit_counter).values(next_unit=UNIT_NUMBER_MAX - 10**12))

    await run(registry.verification.record_decision, story.APPROVE)
    tried = IssueCredits(verification_id=poisoned, waiting_workflow_id="verification/old")
    poison = await attempt(registry, lambda: run(registry.issuance.issue_credits, tried), number=3)
    issued = await run(registry.issuance.issue_credits, ISSUE)
    await run(registry.conservation.check_ledger, CheckLedger(check_id=named("check")))

    assert isinstance(poison, NumberingUsedUp)
    assert len(await stuck(engine)) == 1
    assert issued.serial == story.ISSUED_SERIAL
    async with engine.connect() as connection:
        query = select(alerts.c.sentence).where(alerts.c.kind == AlertKind.NUMBERING_LOW.value)
        assert (await connection.execute(query)).scalars().all() == [
            "More than 90 % of the unit numbers are given or promised; 9999999000.01 t are left."
        ]


async def approved_of_long_ago(connection: Any, verification_id: Any, quantity_units: int) -> None:
    """A copy of the story's project and verification, approved as it could be once."""
    project_id = named("a project of long ago")
    await connection.execute(
        text("CREATE TEMPORARY TABLE copied_project ON COMMIT DROP AS SELECT * FROM projects;")
    )
    await connection.execute(
        text(
            "UPDATE copied_project SET id = :id, number = number + 1000, title_key = 'long ago',"
            " latitude = 0, longitude = 0"
        ),
        {"id": project_id},
    )
    columns = ", ".join(column.name for column in projects.c if not column.computed)
    await connection.execute(
        text(
            f"INSERT INTO projects ({columns}) OVERRIDING SYSTEM VALUE"
            f" SELECT {columns} FROM copied_project"
        )
    )
    row = (await connection.execute(select(verification_requests))).mappings().one()
    await connection.execute(
        verification_requests.insert().values(
            dict(row)
            | {
                "id": verification_id,
                "project_id": project_id,
                "status": "approved",
                "verified_quantity_units": quantity_units,
                "vintage": 2024,
                "sign_off_digest": "0" * 64,
                "completed_at": row["submitted_at"],
            }
        )
    )
