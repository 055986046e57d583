"""Who may open a record's commitment, and that what they are given opens it."""

from typing import Any
from uuid import UUID

from adapters.postgres.database import PostgresDatabase
from domain.accounts.roles import Account
from domain.chain.commitments import commit, is_commitment
from tests.activities import story
from tests.activities.registry import Registry, run
from tests.api.caller import Api
from tests.factories import ADMINISTRATOR, BUYER, DEVELOPER, VERIFIER, named


async def openings(api: Api, path: str, person: Account, *, status: int = 200) -> Any:
    headers = await api.signed_in(person)
    answer = await api.client.get(f"/api/v1{path}/openings", headers=headers)
    assert answer.status_code == status, answer.text
    return answer.json().get("data")


def fields(found: list[dict[str, Any]]) -> list[str]:
    return [opening["field"] for opening in found]


async def test_each_party_opens_its_own_commitments_and_nobody_elses(api: Api) -> None:
    registry = Registry(PostgresDatabase(api.engine))
    await story.credits_are_issued(registry)
    await run(registry.transfer.transfer_credits, story.TRANSFER)
    await run(
        registry.retirement.retire_units,
        story.RETIRE.model_copy(update={"serial": "KRB-2024-001-000003"}),
    )
    transfer = f"/transactions/{story.TRANSFER.transaction_id}"
    retirement = f"/retirements/{story.RETIREMENT_ID}"

    given = await openings(api, transfer, DEVELOPER)
    received = await openings(api, transfer, BUYER)
    (retired,) = await openings(api, retirement, DEVELOPER)

    assert (fields(given), fields(received)) == (["from"], ["to"])
    assert set(fields(await openings(api, transfer, ADMINISTRATOR))) == {"from", "to"}
    for opening in (*given, *received, retired):
        assert is_commitment(opening["commitment"])
        assert opening["commitment"] == commit(
            UUID(opening["accountId"]), bytes.fromhex(opening["salt"])
        )
    # The same account twice, and no two values alike.
    assert given[0]["accountId"] == retired["accountId"] == str(DEVELOPER.id)
    assert given[0]["commitment"] != retired["commitment"]
    await openings(api, retirement, BUYER, status=404)
    await openings(api, transfer, VERIFIER, status=404)
    await openings(api, f"/transactions/{named('nothing')}", ADMINISTRATOR, status=404)
