"""The OpenAPI document says everything a caller needs to know, for each operation."""

from collections.abc import Callable
from typing import Any

import pytest

from adapters.settings import Settings
from api.app import create_app

DOCUMENT: dict[str, Any] = create_app(Settings(log_level="ERROR")).openapi()

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
    """The one answer of a call that went well."""
    (response,) = (
        response for status, response in operation["responses"].items() if int(status) < 400
    )
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
        ("404", operations_where(lambda name, _: "{" in name and "/auth/" not in name)),
    ],
)
def test_operations_tell_the_errors_of_what_they_take(status: str, names: list[str]) -> None:
    assert [name for name in names if status not in OPERATIONS[name]["responses"]] == []


WITHOUT_ACCOUNT = {
    f"POST /api/v1/auth/{call}"
    for call in (
        *("login", "wallet", "refresh", "logout"),
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

OF_THE_PROVIDER = "POST /api/v1/chain/provider-webhook"
"""It has a signature and no account, and does the same however often it is repeated."""


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
        "POST /api/v1/registry/verify",
        OF_THE_PROVIDER,
    }


def test_the_public_registry_asks_for_no_account() -> None:
    locked = {name for name, operation in OPERATIONS.items() if "security" in operation}

    staff = {f"POST /api/v1/registry/{call}" for call in ("freeze", "unfreeze", "export")}
    assert {name for name in locked if "/registry/" in name} == staff
    assert {name for name in OPERATIONS if "/registry/" not in name} - locked == {
        *WITHOUT_ACCOUNT,
        *PUBLIC_FORMATS,
        OF_THE_PROVIDER,
    }


def test_no_schema_of_the_framework_is_left() -> None:
    assert not {"HTTPValidationError", "ValidationError"} & set(DOCUMENT["components"]["schemas"])
