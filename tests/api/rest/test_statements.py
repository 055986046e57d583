"""A statement that is written: what stands on the timeline, who is told, and how far the round is then."""

from typing import Any
from uuid import UUID, uuid4

import asyncpg
from sqlalchemy import select, update

from adapters.postgres import tables
from bench.board_rows import add_rounds
from tests.api.caller import Api
from tests.factories import ADMINISTRATOR, DEVELOPER, VERIFIER
from tests.journeys.test_methodologies import VERSION, stated

ROUNDS = tables.verification_requests


async def test_the_supplier_is_told_of_each_version_and_not_what_it_says(
    api: Api, database_url: str
) -> None:
    connection = await asyncpg.connect(database_url)
    await add_rounds(connection, 2, supplier=DEVELOPER.id, verifier=VERIFIER.id)
    await connection.close()
    facts = {"name": "Kilns", "standard": "Ours", "sector": "Agriculture"}
    made = await api.client.post(
        "/api/v1/methodologies",
        json=facts | VERSION | {"projectTypes": ["biochar"]},
        headers=await api.signed_in(ADMINISTRATOR) | {"Idempotency-Key": str(uuid4())},
    )
    version_id = made.json()["data"]["versions"][0]["id"]
    async with api.engine.begin() as rows:
        query = select(ROUNDS.c.id, ROUNDS.c.project_id).where(ROUNDS.c.status == "in_review")
        one, project_id = (await rows.execute(query)).one()
        await rows.execute(
            update(ROUNDS).where(ROUNDS.c.id == one).values(methodology_version_id=UUID(version_id))
        )
    headers = await api.signed_in(VERIFIER)

    async def read(path: str) -> Any:
        return (await api.client.get(f"/api/v1{path}", headers=headers)).json()["data"]

    before = (await read(f"/verifications/{one}"))["progress"]
    for quantity in ("1000.00", "900.00", "900.00"):
        written = await api.client.put(
            f"/api/v1/verifications/{one}/statement",
            json=stated(version_id, 2024, quantity),
            headers=headers,
        )
        assert written.status_code == 200, written.text
    after = (await read(f"/verifications/{one}"))["progress"]
    public = (await read(f"/registry/projects/{project_id}"))["progress"]
    steps = await read(f"/verifications/{one}/events")
    noted = tables.notifications
    async with api.engine.connect() as rows:
        told = (await rows.execute(
            select(noted.c.user_id, noted.c.kind, noted.c.message, noted.c.link)
            .where(noted.c.user_id == DEVELOPER.id).order_by(noted.c.created_at)
        )).all()  # fmt: skip

    # Four kinds of evidence, the analysis and the statement: one of six.
    assert (before, after, public) == (25, 33, 33)
    assert [(step["eventType"], step["userId"], step["message"]) for step in steps] == [
        ("statement_written", str(VERIFIER.id), "The verification statement was written."),
        (
            "statement_written",
            str(VERIFIER.id),
            "The verification statement was changed; it is in version 2 now.",
        ),
    ]
    assert [(row.kind, row.link) for row in told] == [
        ("statement_written", f"/projects/{project_id}")
    ] * 2
    assert [row.message.partition("”: ")[2] for row in told] == [
        "the verification statement of round 1 was written.",
        "the verification statement of round 1 was changed; it is in version 2 now.",
    ]
