"""Chain records, the wallet and alerts, as staff see them; and who may not."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import insert, select, text, update

from adapters.postgres import tables
from adapters.settings import Settings
from domain.accounts.roles import Role
from domain.chain.alerts import AlertKind
from domain.chain.watch import SMALLEST_CHANGE_LOVELACE
from tests.api.caller import Api, running_api, told
from tests.api.registry_rows import RegistryRows, sha256
from tests.databases import changed_tables, snapshot
from tests.factories import ADMINISTRATOR, BUYER, DEVELOPER, NOW, VERIFIER, named
from tests.issuance_guards import issuing_without_approvals

WALLET = "addr_test1a"


async def get(api: Api, path: str, *, status: int = 200) -> Any:
    headers = await api.signed_in(ADMINISTRATOR)
    answer = await api.client.get(f"/api/v1{path}", headers=headers)
    assert answer.status_code == status, answer.text
    return answer.json()


async def a_record(api: Api, status: str, **changes: Any) -> UUID:
    """A retirement's, in a registry of its own."""
    rows = RegistryRows(api.engine)
    await rows.retirement(await rows.project(), chain=status, **changes)
    async with api.engine.connect() as connection:
        found = await connection.execute(select(tables.chain_records.c.id))
        return UUID(str(found.scalar_one()))


async def an_alert(api: Api, kind: AlertKind, subject: str = WALLET, **changes: Any) -> UUID:
    alert_id = uuid4()
    async with api.engine.begin() as connection:
        await connection.execute(
            insert(tables.alerts).values(
                {
                    "id": alert_id,
                    "kind": kind.value,
                    "subject": subject,
                    "sentence": f"About {subject}.",
                    "raised_at": NOW,
                }
                | changes
            )
        )
    return alert_id


@pytest.mark.parametrize(
    "path",
    ["/chain/records", f"/chain/records/{named('record')}", "/chain/wallet", "/admin/alerts"],
)
async def test_only_staff_see_it(unchanging_api: Api, path: str) -> None:
    api = unchanging_api
    statuses = {
        person.role: (
            await api.client.get(f"/api/v1{path}", headers=await api.signed_in(person))
        ).status_code
        for person in (DEVELOPER, VERIFIER, BUYER)
    }

    assert statuses == {Role.DEVELOPER: 403, Role.VERIFIER: 403, Role.BUYER: 403}
    assert (await api.client.get(f"/api/v1{path}")).status_code == 401


async def test_a_record_is_shown_with_its_transaction_block_and_explorer(
    settings: Settings, api: Api
) -> None:
    record_id = await a_record(api, "confirmed", confirmations=8)
    changed = settings.replace(explorer_transaction_url="https://explorer.example/")
    async with running_api(changed, api.engine) as with_explorer:
        record = (await get(with_explorer, f"/chain/records/{record_id}"))["data"]

    async with api.engine.connect() as connection:
        movement = (
            await connection.execute(text("SELECT transaction_id FROM chain_records"))
        ).scalar_one()
    tx_hash = sha256(str(movement))
    assert record.pop("record")["retirement_reason"] == ["Residual emissions of 2024"]
    moment = record.pop("queuedAt")
    assert record == {
        "id": str(record_id),
        "transactionId": str(movement),
        "kind": "retirement",
        "status": "confirmed",
        "parkReason": None,
        "txHash": tx_hash,
        "transactionStatus": "confirmed",
        "blockHash": "cd" * 32,
        "blockHeight": 1234567,
        "confirmations": 8,
        "attempts": 0,
        "submissions": 0,
        "rollbacks": 0,
        "submittedAt": moment,
        "confirmedAt": None,
        "checkedAt": moment,
        "explorerUrl": f"https://explorer.example/{tx_hash}",
    }


async def test_a_record_that_waits_has_no_transaction(api: Api) -> None:
    record_id = await a_record(api, "parked")

    record = (await get(api, f"/chain/records/{record_id}"))["data"]

    assert (record["status"], record["parkReason"], record["txHash"], record["explorerUrl"]) == (
        "parked",
        "secret reason for staff",
        None,
        None,
    )


async def test_no_such_record(unchanging_api: Api) -> None:
    answer = await get(unchanging_api, f"/chain/records/{named('no such record')}", status=404)

    assert answer["errors"][0]["detail"] == "There is no such chain record."


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("", True),
        ("?status=parked", True),
        ("?status=queued", False),
        ("?kind=retirement", True),
        ("?kind=transfer", False),
        ("?kind=retirement&status=parked&fields=id", True),
    ],
)
async def test_records_are_listed_by_status_and_kind(api: Api, query: str, shown: bool) -> None:
    record_id = await a_record(api, "parked")

    found = (await get(api, f"/chain/records{query}"))["data"]

    assert [record["id"] for record in found] == [str(record_id)] * shown


async def test_the_list_goes_on_after_a_cursor(api: Api) -> None:
    await a_record(api, "parked")
    async with issuing_without_approvals(api.engine), api.engine.begin() as connection:
        for number in range(4):
            await another_record(connection, number)

    first = await get(api, "/chain/records?limit=2")
    second = await get(api, first["links"]["next"].removeprefix("/api/v1"))
    third = await get(api, second["links"]["next"].removeprefix("/api/v1"))

    moments = [record["queuedAt"] for page in (first, second, third) for record in page["data"]]
    assert len(moments) == 5
    assert moments == sorted(moments, reverse=True)
    assert third["meta"]["nextCursor"] is None


async def another_record(connection: Any, number: int) -> None:
    """Of one more issuance, which nobody approved."""
    await connection.execute(
        text(
            "WITH entry AS (INSERT INTO credit_entries (id, serial, project_id, owner_id, units,"
            " vintage, status, issued_at, last_action_at)"
            " SELECT gen_random_uuid(), 'KRB-2024-001-' || (900000 + :number), project_id, owner_id,"
            " int8range(9000000 + :number, 9000001 + :number), 2024, 'active', now(), now()"
            " FROM credit_entries WHERE parent_id IS NULL LIMIT 1 RETURNING *),"
            " issuance AS (INSERT INTO credit_transactions (id, type, entry_id, result_entry_id,"
            " recipient_id, units, status, created_at, completed_at)"
            " SELECT gen_random_uuid(), 'issuance', id, id, owner_id, units, 'completed',"
            " now(), now() FROM entry RETURNING id)"
            " INSERT INTO chain_records (id, transaction_id, kind, record, status,"
            " waiting_workflow_id, queued_at)"
            " SELECT gen_random_uuid(), id, 'issuance', '{}', 'queued', '-',"
            " now() + :number * interval '1 minute' FROM issuance"
        ),
        {"number": number},
    )


NOT_FROZEN = {"frozen_at": None, "frozen_reason": None, "frozen_by": None}
RESUMED = {"reason": "Texts are split now."}


async def resume(api: Api, record_id: UUID, body: Any = RESUMED, who: Any = ADMINISTRATOR) -> Any:
    headers = await api.signed_in(who) | {"Idempotency-Key": str(uuid4())}
    return await api.client.post(
        f"/api/v1/chain/records/{record_id}/resume", json=body, headers=headers
    )


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ({}, "/reason"),
        ({"reason": " "}, "/reason"),
        ({"reason": "x" * 2001}, "/reason"),
        ({"reason": "Mended.", "force": True}, "/force"),
    ],
)
async def test_a_resumption_says_why(api: Api, body: Any, fault: str) -> None:
    record_id = await a_record(api, "parked")
    before = await snapshot(api.engine)

    answer = await resume(api, record_id, body)

    assert answer.status_code == 400
    assert [(code, pointer) for code, pointer, _ in told(answer)] == [("VALIDATION_ERROR", fault)]
    changed = changed_tables(before, await snapshot(api.engine))
    assert changed <= {"sessions", "idempotency_keys"}


async def test_only_staff_resume_and_only_what_there_is(unchanging_api: Api) -> None:
    record_id = named("no such record")

    by_a_buyer = await resume(unchanging_api, record_id, who=BUYER)
    unknown = await resume(unchanging_api, record_id)

    assert (by_a_buyer.status_code, unknown.status_code) == (403, 404)


async def test_while_temporal_is_away_a_resumption_is_unavailable(api: Api) -> None:
    record_id = await a_record(api, "parked")

    answer = await resume(api, record_id)

    assert [code for code, _, _ in told(answer)] == ["UNAVAILABLE"]


async def test_the_wallet_tells_how_far_it_goes_what_waits_and_what_is_wrong(
    settings: Settings, api: Api
) -> None:
    await a_record(api, "submitted")
    alert_id = await an_alert(api, AlertKind.WALLET_LOW)
    await an_alert(api, AlertKind.CHAIN_OUTAGE, cleared_at=NOW + timedelta(minutes=1))
    async with api.engine.begin() as connection:
        for index, lovelace in enumerate((70_000_000, 100_000)):
            await connection.execute(
                insert(tables.wallet_outputs).values(
                    tx_hash="ab" * 32,
                    output_index=index,
                    wallet_address=WALLET,
                    lovelace=lovelace,
                )
            )
        await connection.execute(
            update(tables.chain_provider).values(
                asked_at=NOW, answered_at=NOW, tip_height=4711, tip_seen_at=NOW
            )
        )
    async with running_api(settings.replace(platform_address=WALLET), api.engine) as with_address:
        wallet = (await get(with_address, "/chain/wallet"))["data"]

    moment = NOW.isoformat().replace("+00:00", "Z")
    assert wallet == {
        "wallet": "platform",
        "address": WALLET,
        "network": "devnet",
        "balanceLovelace": "70100000",
        # The rows' transactions cost one lovelace.
        "meanFeeLovelace": "1",
        "feesLeft": 70_100_000 - SMALLEST_CHANGE_LOVELACE,
        "unspentOutputs": 2,
        "queued": 0,
        "inFlight": 1,
        "frozen": False,
        "provider": {
            "answers": True,
            "askedAt": moment,
            "answeredAt": moment,
            "tipHeight": 4711,
            "tipSeenAt": moment,
        },
        "openAlerts": [
            {
                "id": str(alert_id),
                "kind": "wallet_low",
                "subject": WALLET,
                "sentence": f"About {WALLET}.",
                "raisedAt": moment,
                "clearedAt": None,
            }
        ],
    }


async def test_a_frozen_wallet_and_the_others_are_told_by_name(api: Api) -> None:
    async with api.engine.begin() as connection:
        await connection.execute(
            insert(tables.wallets),
            [
                {"network": "devnet", "name": name, "address": f"addr_{name}"} | frozen
                for name, frozen in (
                    ("platform", NOT_FROZEN),
                    (
                        "second",
                        {
                            "frozen_at": NOW,
                            "frozen_reason": "Its key is doubted.",
                            "frozen_by": ADMINISTRATOR.id,
                        },
                    ),
                )
            ],
        )

    seen = [(await get(api, f"/chain/wallet{query}"))["data"] for query in ("", "?wallet=second")]

    assert [(wallet["address"], wallet["frozen"]) for wallet in seen] == [
        ("addr_platform", False),
        ("addr_second", True),
    ]


async def test_of_a_wallet_that_nobody_knows_nothing_is_said(unchanging_api: Api) -> None:
    wallet = (await get(unchanging_api, "/chain/wallet"))["data"]

    assert (wallet["address"], wallet["balanceLovelace"], wallet["feesLeft"]) == (None, None, None)
    assert not wallet["provider"]["answers"]


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("", ["open", "over"]),
        ("?open=true", ["open"]),
        ("?open=false", ["over"]),
        ("?kind=chain_outage", ["over"]),
        ("?kind=chain_outage&open=true", []),
    ],
)
async def test_alerts_are_listed_by_kind_and_whether_they_hold(
    api: Api, query: str, shown: list[str]
) -> None:
    later = NOW + timedelta(hours=1)
    await an_alert(api, AlertKind.CHAIN_OUTAGE, "over", cleared_at=later)
    await an_alert(api, AlertKind.WALLET_LOW, "open", raised_at=later)

    found = (await get(api, f"/admin/alerts{query}"))["data"]

    assert [alert["subject"] for alert in found] == shown
