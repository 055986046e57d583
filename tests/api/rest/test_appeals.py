"""Appeals and corrections as they are read: by everybody without what is confidential, and whole by whose they are."""

import csv
import io
from html import unescape

import pytest

from activities.projects.programme.appeals import AppealAnswerPayload
from adapters.postgres.database import PostgresDatabase
from domain.accounts.roles import Account
from tests.activities import story
from tests.activities.credits import correcting
from tests.activities.projects import appealing
from tests.activities.registry import Registry, keep_draft, run
from tests.api.caller import Api
from tests.factories import ADMINISTRATOR, BUYER, DEVELOPER, VERIFIER

SECRET = appealing.SAID.confidential_text or ""
PUBLIC = f"/api/v1/registry/appeals/{appealing.APPEAL_ID}"
WHOLE = f"/api/v1/appeals/{appealing.APPEAL_ID}"
PAGE = f"/appeals/{appealing.APPEAL_ID}"
WITHHELD = "It names a person's illness."


async def test_everybody_reads_it_once_it_is_acknowledged_and_the_answer(api: Api) -> None:
    registry = Registry(PostgresDatabase(api.engine))
    await appealing.it_is_filed(registry)
    filed = (await api.client.get(PUBLIC)).json()["data"]
    await run(registry.appeals.acknowledge_appeal, appealing.ACKNOWLEDGE)
    acknowledged = (await api.client.get(PUBLIC)).json()["data"]
    reason = AppealAnswerPayload(reason=appealing.REASON)
    await keep_draft(registry, appealing.UPHOLD.operation_id, ADMINISTRATOR.id, reason)
    await run(registry.appeals.decide_appeal, appealing.UPHOLD)
    decided = (await api.client.get(PUBLIC)).json()["data"]
    listed = await api.client.get(f"/api/v1/registry/appeals?projectId={story.PROJECT_ID}")
    pages = [
        unescape((await api.client.get(path)).text)
        for path in (PAGE, "/appeals", f"/projects/{story.PROJECT_ID}")
    ]

    assert (filed["status"], filed["publicText"]) == ("filed", None)
    assert acknowledged["publicText"] == appealing.SAID.public_text
    assert (decided["status"], decided["publicReason"]) == ("upheld", appealing.REASON)
    assert listed.json()["data"] == [decided]
    assert appealing.REASON in pages[0]
    assert [PAGE in page for page in pages[1:]] == [True, True]
    assert not any(SECRET in page for page in (*pages, listed.text))


@pytest.mark.parametrize(
    ("by", "status"), [(DEVELOPER, 200), (ADMINISTRATOR, 200), (BUYER, 404), (VERIFIER, 404)]
)
async def test_what_is_confidential_is_for_staff_and_who_filed_it(
    api: Api, by: Account, status: int
) -> None:
    await appealing.it_is_filed(Registry(PostgresDatabase(api.engine)))
    headers = await api.signed_in(by)

    whole = await api.client.get(WHOLE, headers=headers)
    mine = await api.client.get("/api/v1/appeals", headers=headers)

    assert whole.status_code == status
    assert (SECRET in whole.text, SECRET in mine.text) == (status == 200, status == 200)


async def test_staff_may_withhold_its_words_with_a_reason(api: Api) -> None:
    registry = Registry(PostgresDatabase(api.engine))
    await appealing.it_is_rejected(registry)
    await run(registry.appeals.file_appeal, appealing.FILE)
    answer = AppealAnswerPayload(reason=WITHHELD)
    await keep_draft(registry, appealing.ACKNOWLEDGE.operation_id, ADMINISTRATOR.id, answer)
    await run(registry.appeals.acknowledge_appeal, appealing.ACKNOWLEDGE)

    read = (await api.client.get(PUBLIC)).json()["data"]
    page = unescape((await api.client.get(PAGE)).text)

    assert (read["publicText"], read["withheldReason"]) == (None, WITHHELD)
    assert (WITHHELD in page, appealing.SAID.public_text in page) == (True, False)


async def test_corrections_and_cancellations_are_told_to_everybody(api: Api) -> None:
    registry = Registry(PostgresDatabase(api.engine))
    await correcting.it_is_corrected(registry)
    await run(registry.issuance_corrections.hand_in, correcting.HAND_IN)

    (line,) = (await api.client.get("/api/v1/registry/corrections")).json()["data"]
    whole = (await api.client.get(f"/api/v1/registry/corrections/{line['id']}")).json()["data"]
    cancelled = (await api.client.get("/api/v1/registry/cancellations")).json()["data"]
    page = unescape((await api.client.get("/corrections")).text)
    one = unescape((await api.client.get(f"/corrections/{line['id']}")).text)
    tables = [
        list(csv.DictReader(io.StringIO((await api.client.get(path)).text)))
        for path in ("/corrections.csv", "/cancellations.csv")
    ]

    quantities = ("quantity", "cancelledQuantity", "replacedQuantity", "owedQuantity")
    assert [line[name] for name in quantities] == ["400.00", "240.00", "160.00", "0.00"]
    assert (line["status"], len(whole["cancellations"])) == ("settled", 3)
    assert sorted((one["cancelledFor"], one["quantity"]) for one in cancelled) == [
        ("issued_in_error", "200.00"),
        ("issued_in_error", "40.00"),
        ("replacement", "160.00"),
    ]
    assert all(correcting.REASON in text for text in (page, one))
    assert [len(table) for table in tables] == [1, 3]
    assert tables[0][0]["reason"] == correcting.REASON
