"""What is above a limit waits for another administrator; below it nobody is asked."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select

from adapters.postgres import tables
from adapters.settings import Settings
from domain.accounts.proposals import ProposalKind, ProposalStatus, terms_sha256
from domain.identifiers import derived_id, operation_id
from tests.api.caller import Api, settings_for, told
from tests.api.registry_rows import RegistryRows
from tests.factories import ADMINISTRATOR, BUYER, OTHER_ADMINISTRATOR

BODY = {"quantity": "50.00", "reason": "Counted twice."}


@pytest.fixture
def settings(database_url: str) -> Settings:
    return settings_for(
        database_url,
        cancellation_countersigned_above_tonnes="49.99",
        role_changes_countersigned=True,
    )


async def propose(api: Api, serial: str, status: ProposalStatus, **changes: Any) -> None:
    """As the workflow keeps it; `changes` are of what was proposed."""
    terms = {"subject": serial, "quantityUnits": "5000", "reason": BODY["reason"]} | changes
    now = datetime.now(UTC)
    answered = status in {ProposalStatus.COUNTERSIGNED, ProposalStatus.REFUSED}
    async with api.engine.begin() as connection:
        await connection.execute(
            insert(tables.proposals).values(
                id=derived_id(operation_id(ADMINISTRATOR.id, "cancel", "once"), "proposal"),
                kind="cancellation", subject=serial, quantity_units=5000, reason=BODY["reason"],
                terms_sha256=terms_sha256(ProposalKind.CANCELLATION, terms), status=status.value,
                proposed_by=ADMINISTRATOR.id, proposed_at=now, expires_at=now + timedelta(days=3),
                settled_by=OTHER_ADMINISTRATOR.id if answered else None,
                settled_at=None if status is ProposalStatus.WAITING else now,
                refusal="No." if status is ProposalStatus.REFUSED else None,
            )
        )  # fmt: skip


async def cancel(api: Api, serial: str, key: str = "once", **changes: str) -> Any:
    headers = await api.signed_in(ADMINISTRATOR) | {"Idempotency-Key": key}
    path = f"/api/v1/credits/{serial}/cancel"
    return await api.client.post(path, json=BODY | changes, headers=headers)


@pytest.mark.parametrize(
    ("status", "answer"),
    [
        (ProposalStatus.WAITING, 202),
        # Temporal is away: 503 is what a request gets that is let through.
        (ProposalStatus.COUNTERSIGNED, 503),
        (ProposalStatus.REFUSED, 409),
        (ProposalStatus.EXPIRED, 409),
    ],
)
async def test_a_large_cancellation_is_carried_out_once_it_is_countersigned(
    api: Api, status: ProposalStatus, answer: int
) -> None:
    serial = (await RegistryRows(api.engine).project()).serial(1)
    await propose(api, serial, status)

    assert (await cancel(api, serial)).status_code == answer


async def test_what_waits_says_where_and_staff_read_it(api: Api) -> None:
    serial = (await RegistryRows(api.engine).project()).serial(1)
    await propose(api, serial, ProposalStatus.WAITING)

    waiting = await cancel(api, serial)

    assert waiting.json()["data"]["status"] == "awaits_countersignature"
    headers = await api.signed_in(OTHER_ADMINISTRATOR)
    read = await api.client.get(waiting.headers["Location"], headers=headers)
    listed = await api.client.get("/api/v1/proposals?status=waiting", headers=headers)
    assert read.json()["data"]["quantity"] == "50.00"
    assert listed.json()["data"] == [read.json()["data"]]
    buyer = await api.signed_in(BUYER)
    assert (await api.client.get(waiting.headers["Location"], headers=buyer)).status_code == 403


async def test_another_request_under_the_same_key_is_not_what_was_countersigned(api: Api) -> None:
    serial = (await RegistryRows(api.engine).project()).serial(1)
    await propose(api, serial, ProposalStatus.COUNTERSIGNED, quantityUnits="4000")

    assert told(await cancel(api, serial)) == [
        (
            "CONFLICT",
            None,
            "Something else was proposed under this key; send it with another one.",
        )
    ]


async def test_a_small_cancellation_asks_nobody(api: Api) -> None:
    serial = (await RegistryRows(api.engine).project()).serial(1)

    small = await cancel(api, serial, quantity="49.99")

    assert small.status_code == 503
    async with api.engine.connect() as connection:
        kept = (await connection.execute(select(tables.drafts.c.id))).scalars().all()
    assert derived_id(operation_id(ADMINISTRATOR.id, "cancel", "once"), "proposal") not in kept


async def test_nobody_becomes_an_administrator_by_one_administrator(api: Api) -> None:
    """Temporal is away, so that it cannot even be proposed; another role needs nobody else."""
    headers = await api.signed_in(ADMINISTRATOR)
    path = f"/api/v1/users/{BUYER.id}"

    raised = await api.client.patch(
        path, json={"role": "administrator", "reason": "Joins us."}, headers=headers
    )
    changed = await api.client.patch(
        path, json={"role": "developer", "reason": "Plants trees."}, headers=headers
    )

    assert (raised.status_code, changed.status_code) == (503, 200)
