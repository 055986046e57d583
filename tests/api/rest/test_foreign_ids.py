"""
Nobody reaches what is another's by its id: every id in every route, from the OpenAPI document.

And nobody becomes more than they are by a field that the document does not have.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import insert, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres import tables
from api.app import create_app
from domain.accounts.roles import Account, Role
from tests.api.caller import Api, settings_for
from tests.api.registry_rows import IssuedProject, RegistryRows, sha256
from tests.databases import changed_tables, snapshot
from tests.factories import ADMINISTRATOR, BUYER, NOW, account, named

NOT_YOURS = {403, 404}
FOR_OTHERS = "POST /api/v1/credits/{serial}/reservations"
"""Whoever does not hold the entry asks for it."""

SECRET = "a name that is nobody else's"
STAFFS = {
    *("record_id", "reversal_id", "webhook_id", "delivery_id", "seq", "user_id"),
    *("proposal_id", "body_id", "invitation_id", "passkey_id", "ingestion_id", "folder_id"),
    *("draft_id", "format_id", "version"),
    *("methodology_id", "number", "correction_id", "act"),
    *("label_id", "authorisation_id", "range_id"),
    *("report_id", "access_id", "name"),
}
"""Ids of what no single account owns: of those the answer is the same whether or not they exist."""

QUERIES = {"/readings": {"device": SECRET}, "/readings.csv": {"device": SECRET}}
"""What must be asked for, by the ends of paths."""

MORE_THAN_ASKED = {"role": "administrator", "emailVerified": True, "ownerId": str(ADMINISTRATOR.id)}


@dataclass(frozen=True)
class Operation:
    method: str
    path: str
    body: Any
    is_secured: bool

    @property
    def name(self) -> str:
        return f"{self.method.upper()} {self.path}"

    @property
    def query(self) -> dict[str, str]:
        return QUERIES.get(self.path[self.path.rfind("/") :], {}) if self.method == "get" else {}

    @property
    def is_of_the_account(self) -> bool:
        """Where even staff have nothing to look for."""
        return self.path.startswith("/api/v1/me/")


def operations() -> Iterator[Operation]:
    described = create_app(settings_for("postgresql://nobody@127.0.0.1/none")).openapi()
    schemas = described["components"]["schemas"]
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            content = operation.get("requestBody", {}).get("content", {})
            reference = content.get("application/json", {}).get("schema", {}).get("$ref", "")
            shown = schemas.get(reference.rpartition("/")[2], {}).get("examples", [None])
            yield Operation(method, path, shown[0], bool(operation.get("security")))


OPERATIONS = list(operations())
# A kind of consent is no id of anything.
WITH_IDS = [
    one
    for one in OPERATIONS
    if one.is_secured and "{" in one.path and not one.path.endswith("/{kind}")
]
WITH_BODIES = [one for one in OPERATIONS if isinstance(one.body, dict)]


async def call(
    api: Api, operation: Operation, path: str, headers: dict[str, str], body: Any
) -> Any:
    keyed = headers | ({"Idempotency-Key": str(uuid4())} if operation.method == "post" else {})
    return await api.client.request(
        operation.method, path, params=operation.query, headers=keyed, json=body
    )


@dataclass(frozen=True)
class Owned:
    """What one supplier and one verifier have, by the names of path parameters."""

    ids: dict[str, str]
    supplier: Account
    verifier: Account


async def owned(api: Api, rows: RegistryRows) -> Owned:
    project = await rows.project(SECRET, documents=[(SECRET, "confidential")])
    retirement_id, finding_id = await rows.retirement(project), await rows.finding(project, SECRET)
    key_id, notification_id, session_id = uuid4(), uuid4(), uuid4()
    reservation_id, offer_id, appeal_id = uuid4(), uuid4(), uuid4()
    invoice_id, payment_id, schedule_id = uuid4(), uuid4(), uuid4()
    async with api.engine.begin() as connection:
        verification = (
            await connection.execute(
                select(tables.verification_requests).where(
                    tables.verification_requests.c.project_id == project.id
                )
            )
        ).one()
        await rows.statement(verification.id, verification.verifier_id)
        document_id = await connection.scalar(
            select(tables.documents.c.id).where(tables.documents.c.project_id == project.id)
        )
        transaction_id = await connection.scalar(
            text(
                "SELECT t.id FROM credit_transactions t JOIN credit_entries e ON e.id = t.entry_id"
                " WHERE t.type = 'retirement' AND e.project_id = :project"
            ),
            {"project": project.id},
        )
        await connection.execute(
            insert(tables.api_keys).values(
                id=key_id, user_id=project.supplier_id, name=SECRET, key_hash=key_id.hex * 2,
                hint="krb_x", scopes=["read"], expires_at=datetime.now(UTC) + timedelta(days=30),
            )
        )  # fmt: skip
        await connection.execute(
            insert(tables.notifications).values(
                id=notification_id, user_id=project.supplier_id, kind="project_registered",
                message=SECRET, link="/", created_at=NOW,
            )
        )  # fmt: skip
        await connection.execute(
            insert(tables.sessions).values(
                id=session_id, user_id=project.supplier_id, family_id=session_id,
                access_token_hash=session_id.hex * 2, refresh_token_hash=f"{session_id.hex[::-1]}" * 2,
                access_expires_at=NOW.replace(year=2099), refresh_expires_at=NOW.replace(year=2099),
            )
        )  # fmt: skip
        await connection.execute(text("SET LOCAL session_replication_role = replica"))
        entry_id = await connection.scalar(
            select(tables.credit_entries.c.id).where(
                tables.credit_entries.c.owner_id == project.supplier_id
            )
        )
        await connection.execute(
            insert(tables.reservations).values(
                id=reservation_id, entry_id=entry_id, requester_id=ADMINISTRATOR.id,
                requested_by=ADMINISTRATOR.id, holder_id=project.supplier_id, quantity_units=100,
                note=SECRET, until=NOW.replace(year=2099), status="requested", requested_at=NOW,
            )
        )  # fmt: skip
        await connection.execute(
            insert(tables.offers).values(
                id=offer_id, holder_id=project.supplier_id, project_id=project.id, vintage=2024,
                name_shown=False, offered_at=NOW,
            )
        )  # fmt: skip
        await connection.execute(
            insert(tables.appeals).values(
                id=appeal_id, kind="grievance", project_id=project.id, filed_by=project.supplier_id,
                filed_for=project.supplier_id, public_text="Wrong.", confidential_text=SECRET, status="filed",
                filed_at=NOW, acknowledge_by=NOW, answer_by=NOW,
            )
        )  # fmt: skip
        await connection.execute(
            insert(tables.fee_schedules).values(
                id=schedule_id, number=schedule_id.int % 1_000_000 + 1, currency="EUR", issuance_rate=20, retirement_rate=0, minimum_minor=0,
                days_to_pay=30, reason="Decided.", proposed_by=ADMINISTRATOR.id, proposed_at=NOW,
            )
        )  # fmt: skip
        await connection.execute(
            insert(tables.invoices).values(
                id=invoice_id, number=invoice_id.int % 1_000_000 + 1, kind="issuance", subject_id=verification.id, payer_id=project.supplier_id,
                schedule_id=schedule_id, quantity_units=100, amount_minor=20, currency="EUR", status="due",
                issued_at=NOW, due_at=NOW.replace(year=2099), checkout_url=f"https://pay.example/{SECRET}",
                checkout_until=NOW.replace(year=2099),
            )
        )  # fmt: skip
        await connection.execute(
            insert(tables.payments).values(
                id=payment_id, invoice_id=invoice_id, kind="payment", provider="bank_transfer", event_id=f"{SECRET} {payment_id}",
                amount_minor=10, currency="EUR", occurred_at=NOW, recorded_at=NOW, outcome="held",
                held_because="other_amount",
            )
        )  # fmt: skip
        await monitored(connection, project, verification.id)
    ids = {
        "project_id": project.id,
        "verification_id": verification.id,
        "retirement_id": retirement_id,
        "document_id": document_id,
        "finding_id": finding_id,
        "transaction_id": transaction_id,
        "serial": project.serial(1),
        "key_id": key_id,
        "notification_id": notification_id,
        "session_id": session_id,
        "reservation_id": reservation_id,
        "offer_id": offer_id,
        "appeal_id": appeal_id,
        "invoice_id": invoice_id,
        "payment_id": payment_id,
        **{name: named(name) for name in STAFFS},
        "user_id": project.supplier_id,
        "seq": 1,
        "number": 1,
        "version": 1,
        "act": "answer",
    }
    return Owned(
        {name: str(id) for name, id in ids.items()},
        account("owner", Role.DEVELOPER, id=project.supplier_id),
        account("its verifier", Role.VERIFIER, id=verification.verifier_id),
    )


async def monitored(
    connection: AsyncConnection, project: IssuedProject, verification_id: UUID
) -> None:
    """A device of the project, and tonnes that somebody had worked out for its round."""
    inputs = f'{{"project":"{project.id}","source":"{SECRET}"}}'
    await connection.execute(
        insert(tables.devices).values(
            id=uuid4(), project_id=project.id, name=SECRET, quantity="temperature", unit="degC",
            instrument="PT100", registered_by=project.supplier_id, registered_at=NOW,
        )
    )  # fmt: skip
    await connection.execute(
        insert(tables.quantification_inputs).values(sha256=sha256(inputs), content=inputs.encode())
    )
    await connection.execute(
        insert(tables.quantifications).values(
            id=uuid4(), verification_id=verification_id, number=1, calculation=SECRET,
            calculation_version=1, period_from=NOW.date(), period_to=NOW.date(),
            inputs_sha256=sha256(inputs), result={"vintages": []}, sha256=sha256("a result"),
            computed_by=project.supplier_id, computed_at=NOW,
        )
    )  # fmt: skip


async def test_no_id_of_anothers_is_good_for_anything(api: Api) -> None:
    rows = RegistryRows(api.engine)
    one, other = await owned(api, rows), await owned(api, rows)
    strangers = {
        "the supplier of another project": other.supplier,
        "the verifier of another project": other.verifier,
        "a buyer": BUYER,
    }
    headers = {name: await api.signed_in(person) for name, person in strangers.items()}
    staff = await api.signed_in(ADMINISTRATOR)
    before = await snapshot(api.engine)

    reached, shown = [], []
    for operation in WITH_IDS:
        asking = headers | ({"staff": staff} if operation.is_of_the_account else {})
        for name, sent in asking.items():
            path = operation.path.format(**one.ids)
            answer = await call(api, operation, path, sent, operation.body)
            if answer.status_code not in NOT_YOURS and operation.name != FOR_OTHERS:
                reached.append((operation.name, name, answer.status_code))
            if SECRET in answer.text:
                shown.append((operation.name, name))

    assert reached == []
    assert shown == []
    # Nothing has changed but what was noted, and the answers kept for repeated requests.
    assert changed_tables(before, await snapshot(api.engine)) <= {"audit_queue", "idempotency_keys"}


async def test_the_ids_are_good_for_their_owner(api: Api) -> None:
    """Else the test above would pass with ids of nothing."""
    mine = await owned(api, RegistryRows(api.engine))
    headers = await api.signed_in(mine.supplier)
    reads = [
        one
        for one in WITH_IDS
        if one.method == "get" and not any(f"{{{name}}}" in one.path for name in STAFFS)
    ]

    statuses = {}
    for operation in reads:
        path = operation.path.format(**mine.ids)
        answer = await call(api, operation, path, headers, None)
        statuses[operation.name] = answer.status_code

    refused = {name for name, status in statuses.items() if status in {400, *NOT_YOURS}}
    # Staff and auditors look into workflows and checklists, and who verifies declares interests.
    others = ("/workflow", "/conflict-of-interest", "/checklist")
    assert {name for name in refused if not name.endswith(others)} == set()
    assert len(statuses) - len(refused) >= 10


def test_each_path_parameter_of_a_secured_route_has_an_owner_here() -> None:
    names = {part[1:-1] for one in WITH_IDS for part in one.path.split("/") if part.startswith("{")}

    assert names - STAFFS == {
        *("project_id", "verification_id", "retirement_id", "document_id", "finding_id"),
        *("transaction_id", "serial", "key_id", "notification_id", "session_id"),
        *("reservation_id", "offer_id", "appeal_id", "invoice_id", "payment_id"),
    }


@pytest.mark.parametrize("operation", WITH_BODIES, ids=lambda one: one.name)
async def test_a_body_with_more_than_is_asked_for_changes_nobodys_role(
    unchanging_api: Api, operation: Operation
) -> None:
    mine = {name: str(named(name)) for name in STAFFS} | {"serial": "KRB-2024-001-000001"}
    parts = [p[1:-1] for p in operation.path.split("/") if p.startswith("{")]
    path = operation.path.format(**{name: mine.get(name, str(named(name))) for name in parts})
    roles = select(tables.users.c.id, tables.users.c.role, tables.users.c.email_verified)
    async with unchanging_api.engine.connect() as connection:
        before = set(await connection.execute(roles))
    body = {**MORE_THAN_ASKED, **operation.body, "role": "administrator"}

    answer = await call(
        unchanging_api, operation, path, await unchanging_api.signed_in(BUYER), body
    )

    async with unchanging_api.engine.connect() as connection:
        assert set(await connection.execute(roles)) == before
    assert 400 <= answer.status_code < 500
