"""The one table from "no" to HTTP, and what every error looks like."""

import json
from datetime import datetime

import pytest
from sqlalchemy.exc import InterfaceError
from starlette.requests import Request
from temporalio.client import WorkflowUpdateFailedError
from temporalio.exceptions import ActivityError, ApplicationError, RetryState

from activities.refusals import as_application_error
from api.http.errors.error_mapping import error_response, refusal_in
from api.http.errors.validation_errors import pointer
from domain.errors import (
    REFUSALS,
    AlreadyDecided,
    CannotQuantify,
    Fault,
    Forbidden,
    Invalid,
    NotFound,
    Refusal,
    RegistryFrozen,
)
from tests.api.bodies import PROJECT
from tests.api.caller import Api, errors, told
from tests.factories import DEVELOPER

STATUS_OF = {Invalid: (400, "VALIDATION_ERROR"), CannotQuantify: (400, "VALIDATION_ERROR"), NotFound: (404, "NOT_FOUND"),
             Forbidden: (403, "AUTHORIZATION_ERROR"),
             RegistryFrozen: (503, "UNAVAILABLE")}  # fmt: skip


def request() -> Request:
    return Request({"type": "http", "headers": [], "state": {"request_id": "r", "trace_id": "t"}})


def through_temporal(refusal: Refusal) -> WorkflowUpdateFailedError:
    """As a refusal of an activity comes back from an update."""
    activity = ActivityError(
        "Activity task failed",
        scheduled_event_id=1,
        started_event_id=2,
        identity="worker",
        activity_type="retire_units",
        activity_id="1",
        retry_state=RetryState.NON_RETRYABLE_FAILURE,
    )
    activity.__cause__ = as_application_error(refusal)
    # Temporal also writes down what the error was raised from, without the faults.
    activity.__cause__.__cause__ = ApplicationError(refusal.detail, type=type(refusal).__name__)
    return WorkflowUpdateFailedError(activity)


@pytest.mark.parametrize("name", REFUSALS)
def test_every_refusal_has_a_status_directly_and_through_temporal(name: str) -> None:
    refusal = REFUSALS[name]("No.")
    expected = STATUS_OF.get(REFUSALS[name], (409, "CONFLICT"))

    for error in (refusal, through_temporal(refusal)):
        answer = error_response(request(), error)

        (said,) = json.loads(bytes(answer.body))["errors"]
        assert (answer.status_code, said["code"], said["detail"]) == (*expected, "No.")


def test_faults_survive_the_way_through_temporal() -> None:
    refusal = Invalid("Two.", Fault("/a", "First."), Fault("/b/0", "Second."))

    answer = error_response(request(), through_temporal(refusal))

    assert [(e["detail"], e["source"]) for e in json.loads(bytes(answer.body))["errors"]] == [
        ("First.", {"pointer": "/a"}),
        ("Second.", {"pointer": "/b/0"}),
    ]


def test_a_validators_refusal_has_no_details_and_is_known_by_its_name() -> None:
    rejected = WorkflowUpdateFailedError(
        ApplicationError("Already approved.", type=AlreadyDecided.__name__)
    )

    found = refusal_in(rejected)

    assert type(found) is AlreadyDecided
    assert found.detail == "Already approved."


def test_a_failure_that_is_no_refusal_is_an_internal_error_without_its_words() -> None:
    failed = WorkflowUpdateFailedError(
        ApplicationError("password of a.person@example.org", type="RuntimeError")
    )

    answer = error_response(request(), failed)

    assert answer.status_code == 500
    assert b"a.person" not in answer.body


def test_an_unexpected_error_is_logged_without_its_words(
    capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    answer = error_response(request(), ValueError("a.person@example.org"))

    output = capsys.readouterr()
    assert answer.status_code == 500
    assert "a.person" not in output.err + output.out + caplog.text


@pytest.mark.parametrize(
    "error",
    [ConnectionRefusedError(), InterfaceError("SELECT 1", {}, Exception("gone"))],
)
def test_a_database_that_is_away_is_unavailable(error: Exception) -> None:
    answer = error_response(request(), error)

    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "5"


def test_pointers_are_escaped_as_rfc_6901_says() -> None:
    assert pointer(["a/b", "c~d", 0]) == "/a~1b/c~0d/0"
    assert pointer([]) == ""


async def test_every_error_has_the_body_of_the_contract(unchanging_api: Api) -> None:
    answer = await unchanging_api.client.get(
        "/api/v1/projects",
        headers={
            "X-Request-Id": "my-request",
            "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        },
    )

    body = answer.json()
    assert body["errors"] == [
        {
            "status": "401",
            "code": "AUTHENTICATION_ERROR",
            "title": "Authentication Failed",
            "detail": "Sign in first: send an access token in the Authorization header.",
        }
    ]
    assert datetime.fromisoformat(body["meta"].pop("timestamp")).utcoffset() is not None
    assert body["meta"] == {
        "requestId": "my-request",
        "traceId": "0af7651916cd43dd8448eb211c80319c",
    }
    assert answer.headers["X-Request-Id"] == "my-request"


@pytest.mark.parametrize("sent", ["a b", "x" * 129, "é", '"', ""])
async def test_a_request_id_that_is_not_sane_is_replaced(unchanging_api: Api, sent: str) -> None:
    answer = await unchanging_api.client.get(
        "/healthz", headers=[(b"X-Request-Id", sent.encode("latin-1"))]
    )

    assert len(answer.headers["X-Request-Id"]) == 16


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/api/v1/nothing", 404, "NOT_FOUND"),
        ("GET", "/api/v2/projects", 404, "NOT_FOUND"),
        ("DELETE", "/api/v1/projects", 405, "METHOD_NOT_ALLOWED"),
        ("PUT", "/api/v1/registry/stats", 405, "METHOD_NOT_ALLOWED"),
    ],
)
async def test_the_routers_own_refusals_look_the_same(
    unchanging_api: Api, method: str, path: str, status: int, code: str
) -> None:
    answer = await unchanging_api.client.request(method, path)

    assert answer.status_code == status
    assert [error["code"] for error in errors(answer)] == [code]
    assert answer.headers["Content-Type"] == "application/json"


async def test_temporal_that_is_away_is_unavailable_and_leaves_nothing_public(
    unchanging_api: Api,
) -> None:
    answer = await unchanging_api.client.post(
        "/api/v1/projects", json=PROJECT, headers=await unchanging_api.signed_in(DEVELOPER)
    )

    assert answer.status_code == 503
    ((code, _, sentence),) = told(answer)
    assert code == "UNAVAILABLE"
    assert "same Idempotency-Key" in sentence
