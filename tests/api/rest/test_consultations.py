"""A consultation on real rows: who may do what in it, what everybody reads, what the approval waits for."""

from datetime import UTC, datetime, timedelta
from html import unescape
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import text

from adapters.postgres.database import PostgresDatabase
from domain.accounts.roles import Account
from domain.errors import NotConsulted
from tests.activities import story
from tests.activities.registry import Registry, run
from tests.api.caller import Api, told
from tests.factories import ADMINISTRATOR, DEVELOPER, OTHER_DEVELOPER, VERIFIER

HERE = {"sec-fetch-site": "same-origin"}
SECRET = "Asha of the third house is ill."


async def post(
    api: Api, path: str, body: dict[str, str], account: Account | None = None
) -> httpx.Response:
    headers = await api.signed_in(account) if account else {}
    return await api.client.post(
        f"/api/v1{path}", json=body, headers=headers | {"Idempotency-Key": str(uuid4())}
    )


async def test_the_public_is_heard_and_answered_before_the_approval(api: Api) -> None:
    registry = Registry(PostgresDatabase(api.engine))
    await story.evidence_is_complete(registry)
    project = f"/projects/{story.REGISTER.project_id}"
    public, page = f"/registry{project}/consultation", f"{project}/consultation"
    today = datetime.now(UTC).date()
    days = {"to": str(today + timedelta(days=29))}

    missing = await api.client.get(f"/api/v1{public}")
    opening = [
        (await post(api, page, days, by)).status_code
        for by in (OTHER_DEVELOPER, DEVELOPER, ADMINISTRATOR, ADMINISTRATOR)
    ]
    short = await post(api, page, {"from": str(today), "to": str(today)}, ADMINISTRATOR)

    assert missing.status_code == 404
    assert opening == [404, 403, 201, 409]
    assert short.status_code == 409

    comments = f"{public}/comments"
    said = [
        await post(api, comments, body)
        for body in (
            {"name": "Village council", "text": "Who measures\nthe smoke?"},
            {"text": SECRET},
            {"text": SECRET},
            {"text": " ", "email": "a@b.example"},
        )
    ]
    form = await api.client.post(page, data={"do": "comment", "name": "Ravi"}, headers=HERE)
    foreign = await api.client.post(page, data={"do": "comment", "text": "Spam"})
    sixth = await post(api, comments, {"text": "More."})

    assert [one.status_code for one in said] == [201, 201, 201, 400]
    assert {place for _, place, _ in told(said[3])} == {"/text", "/email"}
    assert [one["number"] for one in said[2].json()["data"]["comments"]] == [1, 2]
    assert (form.status_code, 'value="Ravi"' in form.text) == (400, True)
    assert foreign.status_code == 403
    assert "aria-describedby" in form.text
    assert sixth.status_code == 201
    assert (await api.client.post(page, data={"do": "comment"}, headers=HERE)).status_code == 400
    limited = [(await post(api, comments, {"text": "More."})).status_code for _ in range(2)]
    assert limited[-1] == 429

    with pytest.raises(NotConsulted, match="until the end of"):
        await run(registry.verification.record_decision, story.APPROVE)
    registry.clock.advance(days=(today - registry.clock.now().date()).days + 30)
    with pytest.raises(NotConsulted, match="number 1, 2, 3"):
        await run(registry.verification.record_decision, story.APPROVE)

    answers = [
        (await post(api, f"{page}/comments/{number}/{act}", {field: "Words."}, by)).status_code
        for number, act, field, by in (
            (1, "answer", "text", ADMINISTRATOR),
            (1, "answer", "text", OTHER_DEVELOPER),
            (1, "answer", "text", DEVELOPER),
            (1, "answer", "text", VERIFIER),
            (3, "answer", "text", VERIFIER),
            (4, "answer", "text", VERIFIER),
            (2, "hide", "reason", DEVELOPER),
            (2, "hide", "reason", ADMINISTRATOR),
            (2, "hide", "reason", ADMINISTRATOR),
        )
    ]
    read = (await api.client.get(f"/api/v1{public}")).json()["data"]
    listed = (await api.client.get("/api/v1/registry/consultations")).json()["data"]
    shown = unescape((await api.client.get(page)).text)

    assert answers == [403, 404, 201, 409, 201, 404, 403, 200, 409]
    assert [(one["text"], one["hiddenReason"]) for one in read["comments"]] == [
        ("Who measures\nthe smoke?", None),
        (None, "Words."),
        ("More.", None),
    ]
    assert [one["answer"] and one["answer"]["by"] for one in read["comments"]] == [
        "supplier",
        None,
        "verifier",
    ]
    assert (read["open"], listed[0]["comments"], listed[0]["unanswered"]) == (True, 3, 0)
    assert SECRET not in shown
    assert "Village council" in shown

    async with api.engine.connect() as connection:
        query = "SELECT count(*) FROM {} WHERE {}"
        kept, notices, leaks = [
            await connection.scalar(text(query.format(*one)))
            for one in (
                ("consultation_comments", f"text = '{SECRET}'"),
                (
                    "notifications",
                    f"kind = 'consultation_commented' AND user_id = '{DEVELOPER.id}'",
                ),
                ("audit_queue", f"changes::text LIKE '%{SECRET}%'"),
            )
        ]
    assert (kept, notices, leaks) == (1, 1, 0)

    await run(registry.verification.record_decision, story.APPROVE)
