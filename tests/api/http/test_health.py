"""Health: what is there, and what is away."""

from uuid import uuid4

import pytest
from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.postgres.tables import alerts
from api.http.resources import Resources
from domain.chain.alerts import AlertKind
from tests.api.caller import NOBODY_LISTENS, Api, running_api, settings_for
from tests.factories import NOW


async def test_the_process_is_healthy_whatever_is_away(unchanging_api: Api) -> None:
    answer = await unchanging_api.client.get("/healthz")

    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


async def test_readiness_names_each_part_that_is_away(unchanging_api: Api) -> None:
    answer = await unchanging_api.client.get("/readyz")

    assert answer.status_code == 503
    assert answer.json() == {
        "status": "unavailable",
        "checks": {
            "database": "ok",
            "temporal": "Temporal does not answer.",
            "objectStore": "The object storage does not answer.",
            "chain": "The chain's provider does not answer; records wait.",
            "wallet": "ok",
        },
    }


@pytest.mark.parametrize(
    ("kind", "part"),
    [
        (AlertKind.CHAIN_OUTAGE, "chain"),
        (AlertKind.CHAIN_MISCONFIGURED, "chain"),
        (AlertKind.WALLET_LOW, "wallet"),
        (AlertKind.WALLET_FROZEN, "wallet"),
        (AlertKind.ACTIVITY_STUCK, "workflows"),
        (AlertKind.NUMBERING_LOW, "numbering"),
        (AlertKind.CONFIRMATION_SLOW, None),
        (AlertKind.RECORD_PARKED, None),
    ],
)
async def test_trouble_that_lets_records_wait_degrades_and_is_no_outage_of_ours(
    api: Api, monkeypatch: pytest.MonkeyPatch, kind: AlertKind, part: str | None
) -> None:
    everything_answers(api, monkeypatch)
    async with api.engine.begin() as connection:
        await connection.execute(
            insert(alerts).values(
                id=uuid4(), kind=kind.value, subject="x", sentence="So it is.", raised_at=NOW
            )
        )

    answer = await api.client.get("/readyz")

    ok = dict.fromkeys(("database", "temporal", "objectStore", "chain", "wallet"), "ok")
    assert answer.status_code == 200
    assert answer.json() == {
        "status": "degraded" if part else "ok",
        "checks": ok | ({part: "So it is."} if part else {}),
    }


async def test_trouble_that_is_over_degrades_nothing(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    everything_answers(api, monkeypatch)
    async with api.engine.begin() as connection:
        await connection.execute(
            insert(alerts).values(
                id=uuid4(),
                kind=AlertKind.CHAIN_OUTAGE.value,
                subject="x",
                sentence="So it was.",
                raised_at=NOW,
                cleared_at=NOW,
            )
        )

    assert (await api.client.get("/readyz")).json()["status"] == "ok"


def everything_answers(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """Temporal, storage and the provider are away in these tests; here they are said to be there."""

    async def there(*_: object) -> bool:
        return True

    resources: Resources = api.app.state.resources
    for breaker in (
        resources.breakers.temporal,
        resources.breakers.storage,
        resources.breakers.chain,
    ):
        monkeypatch.setattr(breaker, "answers", there)


async def test_a_database_that_is_away_is_named_and_reads_are_unavailable(
    engine: AsyncEngine,
) -> None:
    settings = settings_for(f"postgresql://postgres@{NOBODY_LISTENS}/nothing")
    async with running_api(settings, engine) as api:
        ready = await api.client.get("/readyz")
        read = await api.client.get("/api/v1/registry/stats")

    assert ready.json()["checks"]["database"] == "The database does not answer."
    assert (read.status_code, read.json()["errors"][0]["code"]) == (503, "UNAVAILABLE")
