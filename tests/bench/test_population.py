"""The populated registry is one that the database and the ledger accept."""

from uuid import uuid4

import asyncpg
import pytest

from activities.certificates.certificates import CertificateWriter
from activities.credits.retirement import RetirementActivities, RetirementPayload, RetireUnits
from adapters.clock import SystemClock
from adapters.postgres.database import PostgresDatabase
from bench.population import ENTRY_UNITS, populate
from domain.certificates.certificates import IssuingRegistry
from tests.databases import engine_for

SUMS = "SELECT status, sum(quantity_units)::int FROM credit_entries GROUP BY status"


async def test_its_credits_can_be_retired_and_none_are_lost(database_url: str) -> None:
    population = await populate(database_url, projects=3, entries_per_project=4)
    [holding] = population.take(1)
    engine = engine_for(database_url)
    database = PostgresDatabase(engine)
    retirement_id = uuid4()
    draft = RetirementPayload(beneficiary=None, purpose="Offsetting", reason="A test")
    async with database.transaction() as work:
        await work.requests.stored_requests.add(
            retirement_id, holding.holder.id, draft.model_dump()
        )

    writer = CertificateWriter(IssuingRegistry("Registry", "http://127.0.0.1"))
    retired = await RetirementActivities(database, SystemClock(), writer).retire_units(
        RetireUnits(
            retirement_id=retirement_id,
            serial=holding.serial,
            quantity_units=1,
            account_id=holding.holder.id,
            waiting_workflow_id="-",
        )
    )

    await engine.dispose()
    connection = await asyncpg.connect(database_url)
    sums = dict(await connection.fetch(SUMS))
    next_unit = await connection.fetchval("SELECT next_unit FROM unit_counter")
    await connection.close()
    assert (holding.serial, retired.serial) == ("KRB-2024-001-000002", "KRB-2024-001-000009")
    # Of each project four, three and two parts were split before the last was handed on whole.
    assert sums == {
        "active": 12 * ENTRY_UNITS - 1,
        "retired": 1,
        "split": (3 * 9 + 1) * ENTRY_UNITS,
        "transferred": 3 * ENTRY_UNITS,
    }
    assert next_unit == 12 * ENTRY_UNITS + 1
    population.take(11)
    with pytest.raises(LookupError, match="only 0 of 1"):
        population.take(1)
