"""The OpenAPI document says everything a caller needs to know, for each operation."""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import pytest
from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match
from starlette.requests import Request

from adapters.settings import Settings
from api.app import ROUTERS, create_app
from api.http.errors.error_mapping import OutcomeUnknown, error_response
from api.http.routing import RegistryRoute

DOCUMENT: dict[str, Any] = json.loads(json.dumps(create_app(Settings(log_level="ERROR")).openapi()))

OPERATIONS = {
    f"{method.upper()} {path}": operation
    for path, methods in DOCUMENT["paths"].items()
    for method, operation in methods.items()
}
JSON = "application/json"


def operations_where(true: Callable[[str, dict[str, Any]], Any]) -> list[str]:
    """The names of those for which it is true; there is at least one."""
    found = [name for name, operation in OPERATIONS.items() if true(name, operation)]
    assert found
    return found


def success_of(operation: dict[str, Any]) -> dict[str, Any]:
    """The one answer of a call that went well, and was not late."""
    good = {status: one for status, one in operation["responses"].items() if int(status) < 400}
    if len(good) > 1:
        del good["202"]
    (response,) = good.values()
    found: dict[str, Any] = response
    return found


def schema_of(content: dict[str, Any]) -> dict[str, Any]:
    reference = content[JSON]["schema"].get("$ref")
    if reference is None:
        found: dict[str, Any] = content[JSON]["schema"]
        return found
    named: dict[str, Any] = DOCUMENT["components"]["schemas"][reference.rpartition("/")[2]]
    return named


def has_example(content: dict[str, Any]) -> bool:
    """In itself, or in the thing that its `data` holds."""
    schema = schema_of(content)
    data = schema.get("properties", {}).get("data", {})
    reference = data.get("$ref") or data.get("items", {}).get("$ref", "")
    inner = DOCUMENT["components"]["schemas"].get(reference.rpartition("/")[2], {})
    return bool(
        {"example", "examples"} & set(content[JSON])
        or schema.get("examples")
        or inner.get("examples")
    )


@pytest.mark.parametrize("name", OPERATIONS)
def test_each_operation_says_what_it_does_and_to_which_part_it_belongs(name: str) -> None:
    operation = OPERATIONS[name]

    assert operation["summary"]
    assert operation["description"].endswith(".")
    assert len(operation["tags"]) == 1
    assert operation["tags"][0] in {tag["name"] for tag in DOCUMENT["tags"]}


@pytest.mark.parametrize("name", operations_where(lambda _, it: "requestBody" in it))
def test_each_operation_shows_what_is_sent(name: str) -> None:
    assert has_example(OPERATIONS[name]["requestBody"]["content"])


@pytest.mark.parametrize(
    "name", operations_where(lambda _, it: JSON in success_of(it).get("content", {}))
)
def test_each_operation_shows_what_is_answered(name: str) -> None:
    assert has_example(success_of(OPERATIONS[name])["content"])


@pytest.mark.parametrize("name", OPERATIONS)
def test_each_operation_tells_its_errors_with_an_example_each(name: str) -> None:
    operation = OPERATIONS[name]
    errors = {
        status: response
        for status, response in operation["responses"].items()
        if int(status) >= 400
    }

    assert {"429", "500", "503"} <= set(errors)
    assert "422" not in errors
    for status, response in errors.items():
        (error,) = response["content"][JSON]["example"]["errors"]
        assert error["status"] == status


@pytest.mark.parametrize(
    ("status", "names"),
    [
        (
            "400",
            operations_where(lambda _, it: "requestBody" in it or it.get("parameters")),
        ),
        (
            "401",
            operations_where(
                lambda name, it: "security" in it and "{document_id}/content" not in name
            ),
        ),
        (
            "404",
            # What can be consented to is a fixed list: anything else is faulty, and not missing.
            operations_where(
                lambda name, _: "{" in name and "/auth/" not in name and "{kind}" not in name
            ),
        ),
    ],
)
def test_operations_tell_the_errors_of_what_they_take(status: str, names: list[str]) -> None:
    assert [name for name in names if status not in OPERATIONS[name]["responses"]] == []


WITHOUT_ACCOUNT = {
    f"POST /api/v1/auth/{call}"
    for call in (
        *("login", "wallet", "passkey", "passkey/new", "refresh", "logout"),
        *("register", "verify-email", "resend-verification", "forgot-password", "reset-password"),
    )
}


PUBLIC_FORMATS = {
    f"GET /api/v1/ingestion-formats{rest}"
    for rest in (
        *("", "/{format_id}", "/{format_id}/schema.json"),
        *("/{format_id}/table-schema.json", "/{format_id}/sample.csv"),
    )
}

ONCE_ANYHOW = {
    "POST /api/v1/me/export",
    "POST /api/v1/me/erasure",
    "POST /api/v1/ingestion-folders/{folder_id}/uploads",
    "POST /api/v1/projects/{project_id}/devices",
    "POST /api/v1/projects/{project_id}/readings",
    "POST /api/v1/verifications/{verification_id}/quantification",
}
"""Asked again, these give what was asked for before, so they need no key."""

BY_CODE = {f"POST /api/v1/report-access{rest}" for rest in ("", "/files")}
"""Reading a report by the code that staff gave; a code is a secret, as a password is."""

OF_PROVIDERS = {f"POST /api/v1/{about}/provider-webhook" for about in ("chain", "payments")}
OF_THE_STORAGE = "POST /api/v1/ingestion-folders/events"
"""These have a signature or a secret and no account, and do the same however often they are repeated."""


def test_changing_calls_take_an_idempotency_key() -> None:
    without = {
        name
        for name, operation in OPERATIONS.items()
        if name.startswith("POST")
        and "Idempotency-Key" not in {p["name"] for p in operation.get("parameters", [])}
    }

    # What is kept of a request with a key is a fast hash of its body, and a password must not be there.
    assert without == {
        *WITHOUT_ACCOUNT,
        "POST /api/v1/me/password",
        "POST /api/v1/me/email",
        "POST /api/v1/registry/verify",
        # Of somebody without an account; the same words under the same name count once.
        "POST /api/v1/registry/projects/{project_id}/consultation/comments",
        *ONCE_ANYHOW,
        *BY_CODE,
        *OF_PROVIDERS,
        OF_THE_STORAGE,
    }


def test_a_key_of_another_request_is_refused_where_the_document_says_so() -> None:
    takes_key = {
        name
        for name, operation in OPERATIONS.items()
        if "Idempotency-Key" in {p["name"] for p in operation.get("parameters", [])}
    }

    assert "POST /api/v1/ingestions" in takes_key
    assert {name for name in takes_key if "409" not in OPERATIONS[name]["responses"]} == set()


def test_the_public_registry_asks_for_no_account() -> None:
    locked = {name for name, operation in OPERATIONS.items() if "security" in operation}

    staff = {f"POST /api/v1/registry/{call}" for call in ("freeze", "unfreeze", "export")}
    assert {name for name in locked if "/registry/" in name} == staff
    assert {name for name in OPERATIONS if "/registry/" not in name} - locked == {
        *WITHOUT_ACCOUNT,
        *PUBLIC_FORMATS,
        # Kept by staff, and read by everybody.
        *(f"GET /api/v1/methodologies{rest}" for rest in ("", "/{methodology_id}")),
        # Declared with the release.
        *(f"GET /api/v1/calculations{rest}" for rest in ("", "/{calculation_id}")),
        *BY_CODE,
        *OF_PROVIDERS,
        OF_THE_STORAGE,
    }


def test_no_schema_of_the_framework_is_left() -> None:
    assert not {"HTTPValidationError", "ValidationError"} & set(DOCUMENT["components"]["schemas"])


def test_no_two_schemas_have_one_name() -> None:
    """However a generator writes names: without what is no letter or digit, in any case, or by their titles."""
    schemas = DOCUMENT["components"]["schemas"]
    for names in (
        [re.sub(r"[^a-z0-9]", "", name.lower()) for name in schemas],
        [schema.get("title", name) for name, schema in schemas.items()],
        [operation["operationId"] for operation in OPERATIONS.values()],
    ):
        assert sorted(set(names)) == sorted(names)


def test_every_route_refuses_a_parameter_that_it_does_not_know() -> None:
    """A misspelt filter would answer with everything; what refuses it stands in the class of the route."""
    routes = [route for router in ROUTERS for route in router.routes]

    assert len(routes) > 200
    assert [route for route in routes if not isinstance(route, RegistryRoute)] == []


def test_every_parameter_is_described() -> None:
    parameters = [
        (name, parameter)
        for name, operation in OPERATIONS.items()
        for parameter in operation.get("parameters", ())
    ]
    assert parameters
    without = [
        (name, parameter["name"])
        for name, parameter in parameters
        if not parameter.get("description", "").endswith((".", "`."))
    ]
    assert without == []


def test_the_document_says_where_the_registry_is() -> None:
    assert DOCUMENT["servers"][0]["url"].startswith("http")


def test_what_a_workflow_does_may_be_answered_later() -> None:
    """As `api/http/errors/error_mapping.py` answers a late one: 202, with where its result will be."""
    late = operations_where(lambda _, it: "202" in it["responses"] and "201" in it["responses"])

    assert {"POST /api/v1/projects", "POST /api/v1/retirements"} <= set(late)
    answer = error_response(
        Request({"type": "http", "headers": []}), OutcomeUnknown(uuid4(), "/api/v1/projects/1")
    )
    said = OPERATIONS["POST /api/v1/projects"]["responses"]["202"]["content"][JSON]
    assert answer.status_code == 202
    assert fault_of(json.loads(bytes(answer.body)), said["schema"]) is None


def fault_of(example: Any, schema: dict[str, Any]) -> str | None:
    whole = {"components": DOCUMENT["components"], **schema}
    found = best_match(Draft202012Validator(whole).iter_errors(example))
    return found and f"{found.json_path}: {found.message}"


def examples() -> Iterator[tuple[str, Any, dict[str, Any]]]:
    """All that the document shows, with what each is an example of."""
    for name, schema in DOCUMENT["components"]["schemas"].items():
        for example in schema.get("examples", ()):
            yield name, example, {"$ref": f"#/components/schemas/{name}"}
    for name, operation in OPERATIONS.items():
        told = {"body": operation.get("requestBody", {}), **operation["responses"]}
        for status, one in told.items():
            content = one.get("content", {}).get(JSON, {})
            shown = [content["example"]] if "example" in content else []
            shown += [named["value"] for named in content.get("examples", {}).values()]
            for example in shown:
                yield f"{name} {status}", example, content["schema"]


def test_every_example_fits_its_schema() -> None:
    faults = {
        name: fault
        for name, example, schema in examples()
        if (fault := fault_of(example, schema)) is not None
    }

    assert faults == {}
    assert len(list(examples())) > len(OPERATIONS)
