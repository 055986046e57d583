"""Every answer of the API is held to the one table of who sees what, and public ones to what is public."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from adapters.postgres.database import PostgresDatabase
from domain.accounts.roles import Account
from domain.projects.documents import Disclosure, DocumentType
from domain.publishing.disclosed_fields import FIELDS
from domain.publishing.disclosure import (
    DOCUMENT_KINDS,
    INTERNAL,
    DisclosureRule,
    PublicMoment,
    public_from,
)
from tests.activities import story
from tests.activities.registry import Registry, run
from tests.api.caller import Api
from tests.api.pages.browsing import browser_of, give_password, sign_in, words_of
from tests.factories import BUYER, DEVELOPER, VERIFIER

DOCUMENT = yaml.load(
    (Path(__file__).parents[3] / "docs" / "openapi.yaml").read_text(), Loader=yaml.CSafeLoader
)
SHAPES: dict[str, Any] = DOCUMENT["components"]["schemas"]
WRAPPERS = ("Data_", "DataList_")
AT = datetime(2026, 3, 1, tzinfo=UTC)


def named_shapes(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        for name, inner in part.items():
            if name == "$ref":
                yield inner.rsplit("/", 1)[1]
            else:
                yield from named_shapes(inner)
    elif isinstance(part, list):
        for inner in part:
            yield from named_shapes(inner)


def answered(*, public: bool) -> set[str]:
    """The shapes with fields that answers of public calls, or of all others, are made of."""
    found: set[str] = set()
    for path, operations in DOCUMENT["paths"].items():
        for operation in operations.values():
            is_public = path.startswith("/api/v1/registry/") and not operation.get("security")
            if is_public is public:
                waiting = [n for n in named_shapes(operation["responses"]) if n in SHAPES]
                while waiting:
                    name = waiting.pop()
                    if name not in found:
                        found.add(name)
                        waiting += named_shapes(SHAPES[name])
    return {n for n in found if "properties" in SHAPES[n] and not n.startswith(WRAPPERS)}


def test_every_field_of_every_answer_is_declared_once_and_nothing_else_is() -> None:
    answers = answered(public=True) | answered(public=False)
    there = {name: set(SHAPES[name]["properties"]) for name in answers}

    assert {name: set(fields) for name, fields in FIELDS.items()} == there


def test_public_answers_are_made_of_public_fields_alone() -> None:
    told = {
        f"{shape}.{field}": rule.disclosure
        for shape in answered(public=True)
        for field, rule in FIELDS[shape].items()
    }

    assert len(told) > 200
    assert {
        name for name, disclosure in told.items() if disclosure is not Disclosure.PUBLIC
    } == set()


@pytest.mark.parametrize(
    ("rule", "submitted", "decided", "is_public"),
    [
        (INTERNAL, AT, AT, False),
        (public_from(PublicMoment.ALWAYS), None, None, True),
        (public_from(PublicMoment.EVENT), None, None, True),
        (public_from(PublicMoment.SUBMISSION), None, None, False),
        (public_from(PublicMoment.SUBMISSION), AT, None, True),
        (public_from(PublicMoment.DECISION), AT, None, False),
        (public_from(PublicMoment.DECISION), AT, AT, True),
        (public_from(PublicMoment.DECISION, days=30), AT, AT - timedelta(days=29), False),
        (public_from(PublicMoment.DECISION, days=30), AT, AT - timedelta(days=30), True),
    ],
)
def test_a_field_is_public_from_its_moment_on(
    rule: DisclosureRule, submitted: datetime | None, decided: datetime | None, *, is_public: bool
) -> None:
    assert rule.is_public(submitted_at=submitted, decided_at=decided, at=AT) is is_public


def test_every_kind_of_document_has_a_class() -> None:
    assert set(DOCUMENT_KINDS) == set(DocumentType)
    assert DOCUMENT_KINDS[DocumentType.LAND_TITLE].disclosure is Disclosure.CONFIDENTIAL


async def seen(api: Api, person: Account | None) -> httpx.Response:
    """The preview of the story's project; for nobody, the project as the public has it."""
    place = "registry/projects" if person is None else "projects"
    path = f"/api/v1/{place}/{story.PROJECT_ID}" + ("" if person is None else "/public-preview")
    headers = {} if person is None else await api.signed_in(person)
    return await api.client.get(path, headers=headers)


async def test_what_is_public_from_the_decision_on_is_null_before_and_told_to_those_at_work(
    api: Api,
) -> None:
    registry = Registry(PostgresDatabase(api.engine))
    await story.evidence_is_complete(registry)
    waiting = {
        name for name, rule in FIELDS["RegistryVerification"].items()
        if rule.moment is PublicMoment.DECISION
    }  # fmt: skip

    public = (await seen(api, None)).json()["data"]
    previews = {one.role: await seen(api, one) for one in (DEVELOPER, VERIFIER, BUYER)}
    before = previews[DEVELOPER.role].json()["data"]
    await give_password(api, DEVELOPER)
    async with browser_of(api) as browser:
        nobody = await browser.get(f"/projects/{story.PROJECT_ID}/public-preview")
        await sign_in(browser, DEVELOPER)
        page = words_of(await browser.get(f"/projects/{story.PROJECT_ID}/public-preview"))
    await run(registry.verification.record_decision, story.APPROVE)
    after = (await seen(api, DEVELOPER)).json()["data"]

    assert (nobody.status_code, "verifiedQuantity public from the decision on" in page) == (
        303,
        True,
    )
    assert [one.status_code for one in previews.values()] == [200, 200, 404]
    assert waiting >= {"verifiedBy", "verifiedQuantity", "signOffDigest"}
    assert {name for name in waiting if public["verification"][name] is not None} == set()
    assert before["public"] == public
    assert {one["field"] for one in before["later"]} == {f"verification.{n}" for n in waiting}
    assert {one["rule"] for one in before["later"]} == {"public from the decision on"}
    assert (after["later"], after["public"]["verification"]["verifiedQuantity"]) == ([], "1000.00")
