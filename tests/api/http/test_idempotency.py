"""
One Idempotency-Key, one answer.

Announcing documents serves as the POST here: it changes the database and needs no workflow.
"""

import asyncio
from datetime import timedelta
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import func, select, text, update

from activities.stored_responses import AnswersForgotten, ForgetAnswers, StoredResponseActivities
from adapters.clock import SystemClock
from adapters.postgres.database import PostgresDatabase
from adapters.postgres.tables import documents, idempotency_keys, verification_requests
from tests.activities.registry import run
from tests.api.bodies import DOCUMENT
from tests.api.caller import Api, told
from tests.api.registry_rows import RegistryRows
from tests.factories import ADMINISTRATOR, OTHER_ADMINISTRATOR


@pytest.fixture
async def path(api: Api) -> str:
    """Of a project that is in review."""
    project = await RegistryRows(api.engine).project(documents=())
    async with api.engine.begin() as connection:
        # What is approved stays so; here it never was.
        await connection.execute(text("SET LOCAL session_replication_role = replica"))
        await connection.execute(
            update(verification_requests).values(
                status="in_review", completed_at=None, decided_by=None
            )
        )
    return f"/api/v1/projects/{project.id}/documents"


async def announced(api: Api) -> int:
    async with api.engine.connect() as connection:
        found = await connection.execute(select(func.count()).select_from(documents))
        count: int = found.scalar_one()
        return count


async def test_the_same_key_and_body_give_the_same_bytes_and_one_effect(
    api: Api, path: str
) -> None:
    headers = await api.signed_in(ADMINISTRATOR) | {"Idempotency-Key": "first"}

    first = await api.client.post(path, json=DOCUMENT, headers=headers)
    second = await api.client.post(path, json=DOCUMENT, headers=headers)

    assert (first.status_code, second.status_code) == (201, 201)
    assert first.content == second.content
    assert "Idempotent-Replayed" not in first.headers
    assert second.headers["Idempotent-Replayed"] == "true"
    assert await announced(api) == 1


async def test_a_repeated_request_is_answered_without_looking_again(api: Api, path: str) -> None:
    """Only the account is looked up: whatever has happened to the project, the answer stands."""
    headers = await api.signed_in(ADMINISTRATOR) | {"Idempotency-Key": "first"}
    await api.client.post(path, json=DOCUMENT, headers=headers)

    async with api.counting_queries() as sent:
        await api.client.post(path, json=DOCUMENT, headers=headers)

    assert len([statement for statement in sent if "karbonica_find_session" in statement]) == 1
    assert not [statement for statement in sent if "projects" in statement]


async def test_the_same_key_with_another_body_is_a_conflict_and_changes_nothing(
    api: Api, path: str
) -> None:
    headers = await api.signed_in(ADMINISTRATOR) | {"Idempotency-Key": "first"}
    await api.client.post(path, json=DOCUMENT, headers=headers)

    other = await api.client.post(path, json=DOCUMENT | {"name": "Other"}, headers=headers)

    assert other.status_code == 409
    assert told(other) == [
        (
            "CONFLICT",
            None,
            "This Idempotency-Key was used with another request; choose a new one.",
        )
    ]
    assert await announced(api) == 1


async def test_the_same_key_at_another_address_is_a_conflict(api: Api, path: str) -> None:
    headers = await api.signed_in(ADMINISTRATOR) | {"Idempotency-Key": "first"}
    await api.client.post(path, json=DOCUMENT, headers=headers)

    other = await api.client.post(
        f"/api/v1/projects/{uuid4()}/documents", json=DOCUMENT, headers=headers
    )

    assert other.status_code == 409


async def test_a_refusal_is_repeated_too(api: Api, path: str) -> None:
    headers = await api.signed_in(ADMINISTRATOR) | {"Idempotency-Key": "first"}
    faulty = DOCUMENT | {"sha256": "x"}

    first = await api.client.post(path, json=faulty, headers=headers)
    second = await api.client.post(path, json=faulty, headers=headers)

    assert first.status_code == 400
    assert first.content == second.content


async def test_keys_of_two_accounts_do_not_meet(api: Api, path: str) -> None:
    one = await api.signed_in(ADMINISTRATOR) | {"Idempotency-Key": "same"}
    other = await api.signed_in(OTHER_ADMINISTRATOR) | {"Idempotency-Key": "same"}

    first = await api.client.post(path, json=DOCUMENT, headers=one)
    second = await api.client.post(path, json=DOCUMENT | {"name": "Other"}, headers=other)

    assert (first.status_code, second.status_code) == (201, 201)
    assert await announced(api) == 2


async def test_without_a_key_each_request_is_its_own(api: Api, path: str) -> None:
    headers = await api.signed_in(ADMINISTRATOR)

    for _ in range(2):
        await api.client.post(path, json=DOCUMENT, headers=headers)

    assert await announced(api) == 2


async def test_eight_at_once_have_one_effect_and_one_answer(api: Api, path: str) -> None:
    headers = await api.signed_in(ADMINISTRATOR) | {"Idempotency-Key": "first"}

    answers = await asyncio.gather(
        *(api.client.post(path, json=DOCUMENT, headers=headers) for _ in range(8))
    )

    assert {(answer.status_code, answer.content) for answer in answers} == {
        (201, answers[0].content)
    }
    assert await announced(api) == 1


async def test_a_crash_before_the_answer_was_kept_leaves_one_effect(api: Api, path: str) -> None:
    """As if the process had died between the effect's commit and the answer's."""
    headers = await api.signed_in(ADMINISTRATOR) | {"Idempotency-Key": "first"}
    first = await api.client.post(path, json=DOCUMENT, headers=headers)
    async with api.engine.begin() as connection:
        await connection.execute(
            update(idempotency_keys).values(status=None, body=None, answered_at=None)
        )

    again = await api.client.post(path, json=DOCUMENT, headers=headers)

    assert again.status_code == 201
    assert again.json()["data"]["id"] == first.json()["data"]["id"]
    assert await announced(api) == 1


async def test_after_a_day_the_answer_is_forgotten_but_never_the_effect(
    api: Api, path: str
) -> None:
    headers = await api.signed_in(ADMINISTRATOR) | {"Idempotency-Key": "first"}
    await api.client.post(path, json=DOCUMENT, headers=headers)
    await a_day_goes_by(api, location="/api/v1/documents/first")

    again = await api.client.post(path, json=DOCUMENT, headers=headers)
    other = await api.client.post(path, json=DOCUMENT | {"name": "Other"}, headers=headers)

    assert (again.status_code, again.headers["location"]) == (409, "/api/v1/documents/first")
    assert told(again)[0][2] == (
        "This request was answered with 201 more than 24 hours ago, and the answer is no longer"
        " kept; nothing was done now. What it brought about is at /api/v1/documents/first."
        " Choose a new Idempotency-Key to ask anew."
    )
    assert other.status_code == 409
    assert await announced(api) == 1


async def test_forgetting_takes_the_bytes_of_old_answers_only(api: Api, path: str) -> None:
    headers = await api.signed_in(ADMINISTRATOR)
    await api.client.post(path, json=DOCUMENT, headers=headers | {"Idempotency-Key": "old"})
    await a_day_goes_by(api)
    await api.client.post(path, json=DOCUMENT, headers=headers | {"Idempotency-Key": "new"})
    activities = StoredResponseActivities(PostgresDatabase(api.engine), SystemClock())

    found = [await run(activities.forget_answers, ForgetAnswers()) for _ in range(2)]

    assert found == [AnswersForgotten(answers=1), AnswersForgotten(answers=0)]
    async with api.engine.connect() as connection:
        rows = await connection.execute(
            select(
                idempotency_keys.c.key,
                idempotency_keys.c.body.is_not(None),
                idempotency_keys.c.status,
            ).order_by(idempotency_keys.c.key)
        )
    assert [tuple(row) for row in rows] == [("new", True, 201), ("old", False, 201)]


async def a_day_goes_by(api: Api, *, location: str | None = None) -> None:
    async with api.engine.begin() as connection:
        at = idempotency_keys.c.answered_at - timedelta(hours=24, seconds=1)
        await connection.execute(update(idempotency_keys).values(answered_at=at, location=location))


async def test_what_says_nothing_about_the_request_is_not_kept(api: Api, path: str) -> None:
    """Temporal is away: the next try with the same key may well succeed."""
    headers = await api.signed_in(ADMINISTRATOR)
    document = (await api.client.post(path, json=DOCUMENT, headers=headers)).json()["data"]
    headers |= {"Idempotency-Key": "first"}

    answer = await api.client.post(f"/api/v1/documents/{document['id']}/complete", headers=headers)

    assert answer.status_code == 503
    assert told(answer)[0][0] == "UNAVAILABLE"
    async with api.engine.connect() as connection:
        (kept,) = await connection.execute(select(idempotency_keys.c.status))
    assert kept.status is None


@pytest.mark.parametrize("key", ["x" * 256, "two words", "\xe9"])
async def test_a_key_of_another_shape_is_refused_by_its_header(
    api: Api, path: str, key: str
) -> None:
    headers = await api.signed_in(ADMINISTRATOR) | {"Idempotency-Key": key}

    answer = await api.client.post(
        path, json=DOCUMENT, headers=httpx.Headers(headers, encoding="latin-1")
    )

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["source"] == {"header": "Idempotency-Key"}
    assert await announced(api) == 0
