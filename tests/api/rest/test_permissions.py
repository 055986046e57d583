"""
Every route, walked as every role and relation, answers what the table of permissions says (ADR 0066).

Whoever is let through gets some other answer than 401, 403 and 404: mostly 503, because Temporal is away.
"""

from collections import defaultdict
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from pydantic import SecretStr
from sqlalchemy import insert, select, text

from adapters.postgres import tables
from api.http.identity.routes import PREFIX, ROUTES, RouteRule
from domain.accounts.api_keys import NEEDED, Scope
from domain.accounts.permissions import TABLE, Condition, Permission, Relation, Role, permits
from domain.accounts.roles import Account
from tests.api.caller import Api, running_api, settings_for
from tests.api.registry_rows import RegistryRows
from tests.databases import Databases, engine_for, save_people
from tests.factories import (
    ADMINISTRATOR,
    BUYER,
    OTHER_ADMINISTRATOR,
    OTHER_DEVELOPER,
    OTHER_VERIFIER,
    account,
)

SIGNED_OUT, FORBIDDEN, HIDDEN, ALLOWED = "signed out", "forbidden", "hidden", "allowed"

ITS_OWN = frozenset(
    {Relation.SUPPLIER, Relation.HOLDER, Relation.OWNER},
)
HOLDING = frozenset(
    {
        Condition.NOT_RESTRICTED,
        Condition.IN_THE_VERIFIERS_STEAD,
        Condition.ANOTHER_PERSON,
        Condition.NO_PART_IN_IT,
    }
)
"""The walk's document is internal, nobody has approved, and no call is signed as the provider's."""


DEMANDED = {
    "GET /projects/{project_id}/readings": "?device=probe",
    "GET /projects/{project_id}/readings.csv": "?device=probe",
}
"""Without them nobody is answered anything."""


@dataclass(frozen=True)
class Asker:
    """`relations` are to everything of the walk's project; the account behind None is nobody's."""

    account: Account | None
    relations: frozenset[Relation] = frozenset()
    scopes: tuple[Scope, ...] | None = None


@dataclass
class Walk:
    api: Api
    askers: dict[str, Asker]
    places: Mapping[str, Any]
    nowhere: Mapping[str, Any]
    bodies: dict[str, Any]
    sent: dict[str, dict[str, str]] = field(default_factory=dict)

    async def ask(self, route: str, name: str) -> httpx.Response:
        method, _, path = route.partition(" ")
        # Where nothing is hidden, nothing needs to be there.
        places = self.places if ROUTES[route].sees else self.nowhere
        address = PREFIX + path.format_map(places) + DEMANDED.get(route, "")
        # Some of these end the session that they come with.
        if route in ENDS_SESSIONS or name not in self.sent:
            self.sent[name] = await self._headers(self.askers[name])
        body = None if method == "GET" else self.bodies.get(route, {})
        return await self.api.client.request(method, address, json=body, headers=self.sent[name])

    async def _headers(self, asker: Asker) -> dict[str, str]:
        if asker.account is None:
            return {}
        signed_in = await self.api.signed_in(asker.account)
        if asker.scopes is None:
            return signed_in
        expires_at = (datetime.now(UTC) + timedelta(days=1)).isoformat()
        made = await self.api.client.post(
            f"{PREFIX}/me/api-keys",
            json={"name": "Walk", "scopes": list(asker.scopes), "expiresAt": expires_at},
            headers=signed_in,
        )
        return {"Authorization": f"Bearer {made.json()['data']['key']}"}


MADE_ELSEWHERE = frozenset(
    route
    for route in ROUTES
    if route.partition(" ")[2].startswith(
        (
            "/me/invitations/",
            "/me/organisation/",
            "/me/passkeys/{",
            "/ingestions/",
            "/ingestion-folders/{",
            "/ingestion-format-drafts/",
            "/ingestion-formats/{format_id}/versions",
            "/reservations/",
            "/invoices/",
            "/payments/{",
            "/fee-schedules/",
            "/offers/",
            "/appeals/",
            "/corrections/",
            "/labels/",
            "/authorisations/",
            "/foreign-ranges/",
            "/reports/",
            "/projects/{project_id}/consultation/comments/",
            "/projects/{project_id}/risk-assessments/",
        )
    )
    and "{" in route
) | {
    "GET /projects/{project_id}/readings",
    "GET /projects/{project_id}/readings.csv",
    "GET /verifications/{verification_id}/quantification",
    "GET /verifications/{verification_id}/quantification/inputs.json",
    # Whose report it is, and whether a code is one, is known by the body alone.
    "POST /reports",
    "POST /report-access",
    "POST /report-access/files",
}
"""What may be done to these stands in their own tests; here is none, and who may not is told so."""

ENDS_SESSIONS = {"POST /me/password", "DELETE /me/sessions/{session_id}"}


def expected(asker: Asker, rule: RouteRule) -> str:
    """What the tables say; a relation counts for the very thing that the walk asks for."""
    if permits(None, rule.permission, holding=HOLDING):
        return ALLOWED
    if asker.account is None or not any(
        row.role for row in TABLE if row.permission is rule.permission
    ):
        # What is somebody's under a condition and not under this one is hidden, and no account is asked for.
        may_be_public = permits(None, rule.permission, holding=list(Condition))
        return HIDDEN if may_be_public and rule.sees else SIGNED_OUT
    if asker.scopes is not None and rule.scope not in asker.scopes:
        return FORBIDDEN
    role = asker.account.role
    if not rule.lists and rule.sees and not permits(role, rule.sees, asker.relations, HOLDING):
        return HIDDEN
    allowed = rule.lists or permits(role, rule.permission, asker.relations, HOLDING)
    return ALLOWED if allowed else FORBIDDEN


def found(answer: httpx.Response, rule: RouteRule) -> str:
    """Where nothing is hidden, 404 is the answer to somebody who was let through."""
    if answer.status_code == 404:
        return HIDDEN if rule.sees else ALLOWED
    return {401: SIGNED_OUT, 403: FORBIDDEN}.get(answer.status_code, ALLOWED)


def keys_of(person: Account) -> tuple[Scope, ...]:
    return tuple(s for s in Scope if s not in NEEDED or person.may(NEEDED[s]))


@pytest.fixture(scope="module")
async def walk(databases: Databases) -> AsyncIterator[Walk]:
    async with databases.fresh() as url:
        engine = engine_for(url)
        await save_people(engine)
        settings = settings_for(
            url,
            blockfrost_webhook_secret=SecretStr("a secret of thirty-two letters !"),
            s3_events_secret=SecretStr("what storage knows"),
            payment_webhook_secret=SecretStr("whsec_of_thirty_two_letters_here!"),
        )
        async with running_api(settings, engine) as api:
            yield await _prepared(api)
        await engine.dispose()


async def _prepared(api: Api) -> Walk:
    rows = RegistryRows(api.engine)
    project = await rows.project(documents=[("Report", "internal")], uploaded_by_verifier=True)
    retirement_id = await rows.retirement(project)
    reversal_id = await _reversal(api, project.id)
    async with api.engine.connect() as connection:
        verification = (await connection.execute(select(tables.verification_requests))).one()
        document_id = (await connection.execute(select(tables.documents.c.id))).scalar_one()
        transaction_id = (
            await connection.exec_driver_sql(
                "SELECT id FROM credit_transactions WHERE type = 'retirement'"
            )
        ).scalar_one()
    await rows.statement(verification.id, verification.verifier_id)
    owner = account("owner", Role.DEVELOPER, id=project.supplier_id)
    verifier = account("its verifier", Role.VERIFIER, id=verification.verifier_id)
    validator, reviewer = await _tasked(api, verification.id)
    self_alone = frozenset({Relation.OWNER})
    askers = {
        "nobody": Asker(None),
        "supplier": Asker(owner, ITS_OWN),
        "another developer": Asker(OTHER_DEVELOPER),
        "assigned verifier": Asker(
            verifier, frozenset({Relation.ASSIGNED_VERIFIER, Relation.UPLOADER})
        ),
        "another verifier": Asker(OTHER_VERIFIER),
        "validator": Asker(validator, frozenset({Relation.VALIDATOR})),
        "technical reviewer": Asker(reviewer, frozenset({Relation.TECHNICAL_REVIEWER})),
        "administrator": Asker(ADMINISTRATOR),
        "buyer": Asker(BUYER),
        "supplier's key": Asker(owner, ITS_OWN - self_alone, keys_of(owner)),
        "reading key": Asker(owner, ITS_OWN - self_alone, (Scope.READ,)),
        "administrator's key": Asker(ADMINISTRATOR, scopes=keys_of(ADMINISTRATOR)),
    }
    serial = project.serial(3)
    places = {
        "project_id": project.id,
        "verification_id": verification.id,
        "document_id": document_id,
        "finding_id": await rows.finding(project),
        "serial": serial,
        "transaction_id": transaction_id,
        "retirement_id": retirement_id,
        "reversal_id": reversal_id,
        "session_id": await _session_of(api, owner),
        "key_id": await _key_of(api, owner),
        "user_id": owner.id,
        "ingestion_id": uuid4(),
        "folder_id": uuid4(),
        "draft_id": uuid4(),
        "format_id": "no-such-format",
        "version": 1,
        "report_id": uuid4(),
        "name": "holdings.csv",
        "invoice_id": uuid4(),
        "payment_id": uuid4(),
        "reservation_id": uuid4(),
        "offer_id": uuid4(),
        "appeal_id": uuid4(),
        "correction_id": uuid4(),
        "invitation_id": uuid4(),
        "passkey_id": uuid4(),
        "kind": "terms",
        "number": 1,
        "act": "answer",
        "notification_id": await _notification_of(api, owner),
    }
    nowhere: defaultdict[str, Any] = defaultdict(
        uuid4,
        seq=1,
        number=1,
        version=1,
        dataset="projects",
        format="csv",
        digest="ab" * 32,
        kind="terms",
        act="answer",
    )
    nowhere["serial"] = serial
    return Walk(api, askers, places, nowhere, _bodies(api, serial))


def _bodies(api: Api, serial: str) -> dict[str, Any]:
    """For what is asked for after the body was read: the document's own example, about the walk's credits."""
    document = api.app.openapi()
    schemas = document["components"]["schemas"]
    bodies = {}
    for route, rule in ROUTES.items():
        method, _, path = route.partition(" ")
        operation = document["paths"][PREFIX + path][method.lower()]
        content = operation.get("requestBody", {}).get("content", {}).get("application/json")
        if rule.sees is None or content is None:
            continue
        example = dict(schemas[content["schema"]["$ref"].rpartition("/")[2]]["examples"][0])
        if "serial" in example:
            example["serial"] = serial
        if "lines" in example:
            example["lines"] = [{"serial": serial, "quantity": "1.00"}]
        bodies[route] = example
    return bodies


async def _tasked(api: Api, verification_id: UUID) -> tuple[Account, Account]:
    """Two verifiers beside the assigned one: who validates the project, and who reviews the statement."""
    tasked = (account("its validator", Role.VERIFIER), account("its reviewer", Role.VERIFIER))
    await save_people(api.engine, tasked)
    async with api.engine.begin() as connection:
        for one, task in zip(tasked, ("validation", "technical_review"), strict=True):
            await connection.execute(
                insert(tables.round_assignments).values(
                    verification_id=verification_id, task=task, user_id=one.id,
                    given_by=OTHER_ADMINISTRATOR.id, given_at=datetime(2026, 5, 1, tzinfo=UTC),
                )
            )  # fmt: skip
    return tasked


async def _reversal(api: Api, project_id: UUID) -> UUID:
    reversal_id, at = uuid4(), datetime(2026, 5, 1, tzinfo=UTC)
    async with api.engine.begin() as connection:
        await connection.execute(text("SET LOCAL session_replication_role = replica"))
        await connection.execute(
            insert(tables.reversals).values(
                id=reversal_id, project_id=project_id, vintage=2024, quantity_units=2_000,
                cause="A fire.", avoidable=False, recorded_by=OTHER_ADMINISTRATOR.id, recorded_at=at,
            )
        )  # fmt: skip
        await connection.execute(
            insert(tables.obligations).values(
                reversal_id=reversal_id, quantity_units=2_000, due_at=at, status="open"
            )
        )
    return reversal_id


async def _session_of(api: Api, person: Account) -> UUID:
    await api.signed_in(person)
    async with api.engine.connect() as connection:
        family = select(tables.sessions.c.family_id).where(tables.sessions.c.user_id == person.id)
        family_id: UUID = (await connection.execute(family)).scalars().one()
    return family_id


async def _key_of(api: Api, person: Account) -> UUID:
    key_id, now = uuid4(), datetime.now(UTC)
    async with api.engine.begin() as connection:
        await connection.execute(
            insert(tables.api_keys).values(
                id=key_id, user_id=person.id, name="A pipeline", key_hash="ab" * 32, hint="krb_abcd",
                scopes=["read"], created_at=now, expires_at=now + timedelta(days=1),
            )
        )  # fmt: skip
    return key_id


async def _notification_of(api: Api, person: Account) -> UUID:
    notification_id = uuid4()
    async with api.engine.begin() as connection:
        await connection.execute(
            insert(tables.notifications).values(
                id=notification_id, user_id=person.id, kind="project_approved", link="/",
                message="Approved.", created_at=datetime.now(UTC),
            )
        )  # fmt: skip
    return notification_id


def own(asker: Asker, route: str) -> Asker:
    """Below /me without an identifier everybody asks for what is their own."""
    path = route.partition(" ")[2]
    if path.startswith("/me") and ("{" not in path or path == "/me/consents/{kind}"):
        return Asker(asker.account, asker.relations | {Relation.OWNER}, asker.scopes)
    return asker


def test_every_route_of_the_document_has_a_rule_and_no_rule_is_without_a_route(
    unchanging_api: Api,
) -> None:
    documented = {
        f"{method.upper()} {path.removeprefix(PREFIX)}"
        for path, methods in unchanging_api.app.openapi()["paths"].items()
        for method in methods
    }

    assert set(ROUTES) == documented


def test_the_document_asks_for_an_account_where_the_table_does(unchanging_api: Api) -> None:
    paths = unchanging_api.app.openapi()["paths"]
    secured = {
        route
        for route in ROUTES
        if "security" in paths[PREFIX + route.partition(" ")[2]][route.partition(" ")[0].lower()]
    }

    assert secured == {
        route
        for route, rule in ROUTES.items()
        if any(permits(role, rule.permission, list(Relation), HOLDING) for role in Role)
        and not permits(None, rule.permission, holding=HOLDING)
    }


async def test_every_route_answers_every_role_and_relation_as_the_table_says(walk: Walk) -> None:
    """What asks nobody who they are (as the test above has it) answers nobody else otherwise."""
    differing = {
        f"{route} as {name}": (answer.status_code, wanted)
        for route, rule in ROUTES.items()
        for name, asker in walk.askers.items()
        if asker.account is None or not permits(None, rule.permission)
        if (wanted := expected(own(asker, route), rule))
        != found(answer := await walk.ask(route, name), rule)
        if route not in MADE_ELSEWHERE or wanted == HIDDEN
    }

    assert differing == {}, "\n".join(f"{k} {v}" for k, v in differing.items())


async def test_a_route_without_a_rule_is_answered_to_nobody(
    walk: Walk, monkeypatch: pytest.MonkeyPatch
) -> None:
    headers = await walk.api.signed_in(ADMINISTRATOR)
    monkeypatch.delitem(ROUTES, "GET /me")

    assert (await walk.api.client.get(f"{PREFIX}/me", headers=headers)).status_code == 403


def test_the_walk_has_somebody_in_each_role_and_relation(walk: Walk) -> None:
    roles = {asker.account.role for asker in walk.askers.values() if asker.account}
    relations = frozenset().union(*(asker.relations for asker in walk.askers.values()))

    assert roles == set(Role)
    assert relations | {Relation.ANY} == set(Relation)
    assert {rule.permission for rule in ROUTES.values()} == set(Permission)
