"""Health: what is there, what is away, and the keys that strangers check signatures with."""

from sqlalchemy.ext.asyncio import AsyncEngine

from tests.api.caller import NOBODY_LISTENS, Api, running_api, settings_for


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
        },
    }


async def test_a_database_that_is_away_is_named_and_reads_are_unavailable(
    engine: AsyncEngine,
) -> None:
    settings = settings_for(f"postgresql://postgres@{NOBODY_LISTENS}/nothing")
    async with running_api(settings, engine) as api:
        ready = await api.client.get("/readyz")
        read = await api.client.get("/api/v1/registry/stats")

    assert ready.json()["checks"]["database"] == "The database does not answer."
    assert (read.status_code, read.json()["errors"][0]["code"]) == (503, "UNAVAILABLE")


async def test_the_registry_publishes_its_keys_and_wallets(
    database_url: str, engine: AsyncEngine
) -> None:
    settings = settings_for(
        database_url, certificate_public_key="ab" * 32, platform_address="addr_test1x"
    )
    async with running_api(settings, engine) as api:
        answer = await api.client.get("/.well-known/karbonica-registry.json")

    assert answer.json() == {
        "name": "Karbonica Registry",
        "certificateKeys": [{"publicKey": "ab" * 32, "from": None, "until": None}],
        "platformAddresses": [
            {"address": "addr_test1x", "network": "devnet", "from": None, "until": None}
        ],
    }
