"""Announcing documents: no more than there is room for, however many are announced at once."""

import asyncio
from typing import Any

import httpx
from sqlalchemy import text, update

from adapters.postgres.tables import verification_requests
from tests.api.bodies import DOCUMENT
from tests.api.caller import Api, running_api, settings_for, told
from tests.api.registry_rows import RegistryRows
from tests.factories import ADMINISTRATOR

HUNDRED_MIB = 100 * 1024 * 1024


async def announce(api: Api, path: str, n: int, **changes: Any) -> httpx.Response:
    headers = await api.signed_in(ADMINISTRATOR) | {"Idempotency-Key": f"document-{n}"}
    return await api.client.post(path, json=DOCUMENT | changes, headers=headers)


async def in_review(api: Api) -> str:
    """Where documents of a project that is in review are announced."""
    project = await RegistryRows(api.engine).project(documents=())
    async with api.engine.begin() as connection:
        # No rule lets a verification go back; the rows are only borrowed.
        await connection.execute(text("SET LOCAL session_replication_role = replica"))
        await connection.execute(
            update(verification_requests).values(
                status="in_review", completed_at=None, decided_by=None
            )
        )
    return f"/api/v1/projects/{project.id}/documents"


async def test_forty_files_of_100_mib_are_not_announced_at_once(
    api: Api, database_url: str
) -> None:
    path = await in_review(api)
    settings = settings_for(
        database_url, rate_limit_announcements_per_minute=1000, uploads_open_bytes_max=1024**3
    )
    async with running_api(settings, api.engine) as hurried:
        answers = await asyncio.gather(
            *(announce(hurried, path, n, fileSize=HUNDRED_MIB) for n in range(40))
        )
        again = await announce(hurried, path, 0, fileSize=HUNDRED_MIB)

    statuses = sorted(answer.status_code for answer in answers)
    refused = next(answer for answer in answers if answer.status_code == 409)
    assert statuses == [201] * 10 + [409] * 30
    assert "There is room for 24.0 MiB" in told(refused)[0][2]
    # A repeated request gets its first answer, whatever room there is by now.
    assert again.content == answers[0].content


async def test_an_account_announces_so_many_documents_a_minute(api: Api, database_url: str) -> None:
    path = await in_review(api)
    settings = settings_for(database_url, rate_limit_announcements_per_minute=2)
    async with running_api(settings, api.engine) as limited:
        answers = [await announce(limited, path, n) for n in range(3)]

    assert [answer.status_code for answer in answers] == [201, 201, 429]
    assert int(answers[-1].headers["Retry-After"]) > 0
