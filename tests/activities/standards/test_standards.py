"""What others say is recorded by one and confirmed by another of staff; each foreign number comes once, whatever is tried."""

import asyncio
from datetime import date

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from activities.payloads import ReasonPayload
from activities.standards.foreign_ranges import ForeignRangePayload
from activities.standards.records import RecordStep, SettleAct, SourcePayload
from adapters.postgres.projects.reads import projects as reads_projects
from adapters.postgres.projects.reads.projects import ProjectFilter
from adapters.postgres.queries import PageRequest
from adapters.postgres.standards import reads
from domain.accounts.notifications import NotificationKind
from domain.errors import Forbidden, Invalid, NumbersTaken, RecordSettled, Refusal
from domain.standards.article6 import Claim
from domain.standards.foreign_serials import ForeignRegistry, read_serial
from tests.activities import story
from tests.activities.registry import Registry, keep_draft, run
from tests.activities.standards import recording
from tests.factories import ADMINISTRATOR, OTHER_ADMINISTRATOR, named


async def test_a_label_counts_once_another_of_staff_has_confirmed_it_and_stays_in_public_when_withdrawn(
    registry: Registry, engine: AsyncEngine
) -> None:
    await recording.a_label_is_recorded(registry)
    async with engine.connect() as connection:
        assert (await reads.public_standards(connection, story.PROJECT_ID)).labels == []
        assert (await reads.recorded_standards(connection, story.PROJECT_ID)).waiting == 1
    mine = recording.settle(recording.RECORD_LABEL).model_copy(
        update={"actor_id": ADMINISTRATOR.id}
    )
    with pytest.raises(Forbidden):
        await run(registry.labels.settle_label, mine)

    await run(registry.labels.settle_label, recording.settle(recording.RECORD_LABEL))

    async with engine.connect() as connection:
        (label,) = (await reads.public_standards(connection, story.PROJECT_ID)).labels
        (line,) = await reads_projects.projects_page(
            connection, ProjectFilter(label="ccp"), PageRequest(10), account=None
        )
        assert label.recorded_by is None
        assert line.labels == ["ccp"]
        assert not await reads_projects.projects_page(
            connection, ProjectFilter(label="vcs"), PageRequest(10), account=None
        )
    withdraw = await recording.it_is_withdrawn(registry, recording.RECORD_LABEL)
    await run(registry.labels.settle_label, withdraw)
    async with engine.connect() as connection:
        (label,) = (await reads.public_standards(connection, story.PROJECT_ID)).labels
        kinds = await connection.execute(text("SELECT kind FROM notifications"))
        assert {NotificationKind.STANDARD_TO_CONFIRM, NotificationKind.STANDARD_CHANGED} <= {
            row.kind for row in kinds
        }
        logged = await connection.execute(
            text("SELECT event_type FROM audit_logs WHERE resource_type = 'standard_label'")
        )
        queued = await connection.execute(text("SELECT count(*) FROM audit_queue"))
    assert (label.status, label.withdrawn_reason) == (
        "withdrawn",
        "The registry there took it back.",
    )
    assert len(logged.all()) + (queued.scalar() or 0) >= 3


async def test_an_authorisation_moves_with_its_confirmed_documents_and_the_database_lets_it_go_nowhere_else(
    registry: Registry, engine: AsyncEngine
) -> None:
    await recording.a_step_is_recorded(registry)
    async with engine.connect() as connection:
        before = await reads.public_standards(connection, story.PROJECT_ID)
    await run(
        registry.authorisations.settle_authorisation_step,
        recording.settle(recording.REQUEST, number=2),
    )
    async with engine.connect() as connection:
        after = await reads.credit_standards(connection, story.PROJECT_ID, 2024, None)

    assert (before.authorisations[0].status, before.claim) == ("requested", Claim.CONTRIBUTION)
    assert (after.authorisations[0].status, after.claim) == (
        "first_transferred",
        Claim.NOT_ADJUSTED,
    )
    for change in (
        "UPDATE authorisations SET status = 'requested'",
        "UPDATE authorisations SET status = 'revoked'",
        "UPDATE authorisations SET host_party = 'CHE'",
        "UPDATE authorisation_steps SET kind = 'revoke'",
        "DELETE FROM authorisation_steps",
    ):
        with pytest.raises(DBAPIError):
            async with engine.begin() as connection:
                await connection.execute(text(change))


@pytest.mark.parametrize(
    "spelling",
    [
        "acr-fr-01129-2025-2917-600 to 601",
        "ACR\u2013FR\u20131129\u20132025\u20132917\u2013000001 to 1",
        "ACR-FR-1129-2025-2917-300-400",
    ],
)
async def test_a_number_of_another_registry_comes_once_in_whatever_spelling(
    registry: Registry, spelling: str
) -> None:
    await recording.a_range_is_recorded(registry)
    again = recording.RECORD_RANGE.model_copy(
        update={
            "range_id": named("again"),
            "quantity_units": read_serial(spelling).quantity_units,
        }
    )
    payload = ForeignRangePayload(
        registry=ForeignRegistry.ACR, serial=spelling, source=recording.SOURCE
    )
    await keep_draft(registry, again.range_id, ADMINISTRATOR.id, payload)

    with pytest.raises(NumbersTaken, match="1 to 600"):
        await run(registry.foreign_ranges.record_foreign_range, again)


async def test_the_database_itself_refuses_an_overlap_a_wrong_length_and_more_than_was_issued(
    registry: Registry, engine: AsyncEngine
) -> None:
    await recording.a_range_is_recorded(registry)
    row = (
        "INSERT INTO foreign_ranges SELECT gen_random_uuid(), project_id, verification_id, vintage, registry, block,"
        " {numbers}, serial, {quantity}, source_document_id, source_url, source_dated, recorded_by, recorded_at,"
        " status FROM foreign_ranges"
    )
    for numbers, quantity, why in (
        ("'[600,601)'", 100, "ex_foreign_ranges_numbers_once"),
        ("'[601,602)'", 200, "ck_foreign_ranges_length_agrees"),
        ("'[601,1002)'", 40_100, "stand on other ranges"),
    ):
        with pytest.raises(DBAPIError, match=why):
            async with engine.begin() as connection:
                await connection.execute(text(row.format(numbers=numbers, quantity=quantity)))
    async with engine.begin() as connection:
        await connection.execute(text(row.format(numbers="'[601,1001)'", quantity=40_000)))


async def test_of_two_that_record_the_same_numbers_at_once_one_does_and_a_withdrawn_range_is_free_again(
    registry: Registry, engine: AsyncEngine
) -> None:
    await recording.a_range_is_asked_for(registry)
    requests = []
    for n in range(4):
        request = recording.RECORD_RANGE.model_copy(update={"range_id": named(f"range {n}")})
        payload = ForeignRangePayload(
            registry=ForeignRegistry.ACR, serial=recording.SERIAL, source=recording.SOURCE
        )
        await keep_draft(registry, request.range_id, ADMINISTRATOR.id, payload)
        requests.append(request)

    answers = await asyncio.gather(
        *(run(registry.foreign_ranges.record_foreign_range, one) for one in requests),
        return_exceptions=True,
    )

    taken = [one for one in answers if isinstance(one, RecordStep)]
    refused = [one for one in answers if isinstance(one, Refusal)]
    assert (len(taken), len(refused)) == (1, 3)
    confirm = recording.settle(recording.RECORD_RANGE).model_copy(
        update={"record_id": taken[0].record_id}
    )
    await run(registry.foreign_ranges.settle_foreign_range, confirm)
    withdraw = confirm.model_copy(
        update={"operation_id": named("withdrawing"), "act": SettleAct.WITHDRAW}
    )
    await keep_draft(
        registry, withdraw.operation_id, OTHER_ADMINISTRATOR.id, ReasonPayload(reason="An error.")
    )
    await run(registry.foreign_ranges.settle_foreign_range, withdraw)
    again = next(one for one in requests if one.range_id != taken[0].record_id)
    retry = again.model_copy(update={"range_id": named("afresh")})
    await keep_draft(registry, retry.range_id, ADMINISTRATOR.id, payload)
    await run(registry.foreign_ranges.record_foreign_range, retry)
    async with engine.connect() as connection:
        found = await reads.foreign_ranges_page(
            connection,
            PageRequest(10),
            numbers=read_serial("ACR-FR-1129-2025-2917-600 to 700"),
        )
    assert [one.status for one in found] == ["withdrawn"]


async def test_a_source_is_a_completed_document_of_the_very_project(registry: Registry) -> None:
    await recording.a_label_is_asked_for(registry)
    elsewhere = recording.LABEL.model_copy(
        update={
            "source": SourcePayload(document_id=named("of another project"), dated=date(2024, 1, 1))
        }
    )
    request = recording.RECORD_LABEL.model_copy(update={"label_id": named("another label")})
    await keep_draft(registry, request.label_id, ADMINISTRATOR.id, elsewhere)

    with pytest.raises(Invalid, match="document of this project"):
        await run(registry.labels.record_label, request)


async def test_what_is_confirmed_is_not_confirmed_again(registry: Registry) -> None:
    await recording.a_label_is_recorded(registry)
    confirm = recording.settle(recording.RECORD_LABEL)
    await run(registry.labels.settle_label, confirm)

    with pytest.raises(RecordSettled):
        await run(
            registry.labels.settle_label,
            confirm.model_copy(update={"operation_id": named("another time")}),
        )
