"""
What the OpenAPI document shows as a request is taken by the route that it is shown at.

The example of a certificate is written anew from the sample certificate, after a wanted change of its
form: `RECORD_EXAMPLES=1 make test ARGS=tests/api/http/test_request_examples.py`.
"""

import json
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from fastapi.routing import APIRoute
from pydantic import TypeAdapter

from api.app import ROUTERS
from api.http.documentation.examples_facts import RETIREMENT_ID
from api.rest.certificates.examples import certificates as examples
from domain.certificates.certificates import canonical_bytes
from tests.api.caller import Api
from tests.tools.sample_certificates import accepted, sealed

EXAMPLE_FILE = Path(examples.__file__).with_name("certificate.json")


def requests() -> Iterator[tuple[str, TypeAdapter[Any], list[Any]]]:
    """Method and path, the type that reads the body, and the examples of it."""
    for router in ROUTERS:
        for route in router.routes:
            assert isinstance(route, APIRoute)
            assert route.methods
            if route.body_field is not None:
                annotation: Any = route.body_field.field_info.annotation
                body: TypeAdapter[Any] = TypeAdapter(annotation)
                shown = body.json_schema().get("examples", [])
                yield f"{min(route.methods)} {route.path}", body, shown


REQUESTS = list(requests())


@pytest.mark.parametrize(("name", "body", "shown"), REQUESTS, ids=[name for name, *_ in REQUESTS])
def test_each_example_of_a_request_is_taken(
    name: str, body: TypeAdapter[Any], shown: list[Any]
) -> None:
    assert shown, name
    for example in shown:
        body.validate_json(json.dumps(example))


async def test_the_example_of_a_certificate_is_checked(unchanging_api: Api) -> None:
    answer = await unchanging_api.client.post(
        "/api/v1/registry/verify",
        content=canonical_bytes(examples.CERTIFICATE_SENT),
        headers={"Content-Type": "application/json"},
    )

    assert answer.status_code == 200, answer.text
    states = {check["name"]: check["state"] for check in answer.json()["data"]["checks"]}
    assert (states["canonical form"], states["digest"]) == ("passed", "passed")


def test_the_example_is_a_certificate_of_today() -> None:
    certificate = replace(accepted(quantity_units=25_000), retirement_id=UUID(RETIREMENT_ID))
    today = canonical_bytes(sealed(certificate))
    if os.environ.get("RECORD_EXAMPLES"):
        EXAMPLE_FILE.write_bytes(today)

    assert EXAMPLE_FILE.read_bytes() == today
