"""
What every operation has in common, and none says of itself: its server, its parameters, the late answer.

The framework writes what stands at each route; what is the same at all of them is added here, once.
"""

import re
from collections.abc import Iterator
from copy import deepcopy
from typing import Any
from uuid import UUID

from pydantic import Field

from api.http.schema import ResponseSchema

Operation = dict[str, Any]


class AcceptedResponse(ResponseSchema):
    """The operation goes on; ask at `location`, or again with the same Idempotency-Key."""

    operation_id: UUID
    status: str = Field(description="Always `accepted`.")
    location: str = Field(description="Where its result will be.")


ACCEPTED = "AcceptedResponse"
_ACCEPTED_EXAMPLE = {
    "data": {
        "operationId": "1f2e3d4c-5b6a-5978-8695-a4b3c2d1e0f9",
        "status": "accepted",
        "location": "/api/v1/retirements/5e4d3c2b-1a09-5f8e-b7d6-c5b4a3928170",
    }
}
_LATE = {
    "description": "It takes longer than an answer may, and goes on: its result will be at `location`.",
    "headers": {
        "Location": {"schema": {"type": "string"}, "description": "Where its result will be."}
    },
    "content": {
        "application/json": {
            "schema": {
                "type": "object",
                "title": "DataAccepted",
                "required": ["data"],
                "properties": {"data": {"$ref": f"#/components/schemas/{ACCEPTED}"}},
            },
            "example": _ACCEPTED_EXAMPLE,
        }
    },
}
_OF_ONE_TRANSACTION = re.compile(r"/(webhooks|users|me|auth)(/|$)")
"""What these change is written at once, by no workflow, and so is never answered late."""

_PARAMETERS = {
    "limit": "How many items at most, from 1 to 100.",
    "sort": "The moment that the list is ordered by; with a minus, the newest first.",
    "status": "Only those with this status.",
    "type": "Only those of this type.",
    "kind": "Only those of this kind.",
    "country": "Only those in this country, as ISO 3166-1 alpha-2 or alpha-3.",
    "vintage": "Only those of this vintage, a year.",
    "role": "Only those with this role.",
    "name": "Only those of this name.",
    "format": "The form of the file.",
    "dataset": "Which of the published tables.",
    "seq": "The entry's number in the log, from 1.",
    "digest": "The SHA-256 of the seal, in 64 hex digits.",
}


def complete(document: dict[str, Any], *, public_url: str) -> None:
    """Add to the document, in place, what the operations do not say; what they say stays."""
    document["servers"] = [{"url": public_url.rstrip("/"), "description": "This registry."}]
    for path, method, operation in operations(document):
        for parameter in operation.get("parameters", ()):
            parameter.setdefault("description", _described(parameter))
        if method == "post" and _may_be_late(path, operation):
            operation["responses"].setdefault("202", deepcopy(_LATE))


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, Operation]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def _may_be_late(path: str, operation: Operation) -> bool:
    takes_key = any(one["name"] == "Idempotency-Key" for one in operation.get("parameters", ()))
    return takes_key and not _OF_ONE_TRANSACTION.search(path.removeprefix("/api/v1"))


def _described(parameter: dict[str, Any]) -> str:
    name: str = parameter["name"]
    if name in _PARAMETERS:
        return _PARAMETERS[name]
    words = re.sub(r"[A-Z]", lambda letter: f" {letter[0].lower()}", name).replace("_", " ")
    if words.endswith(" id"):
        noun = words.removesuffix(" id")
        if parameter["in"] == "path":
            return f"The identifier of the {noun}."
        return f"Only those of the {noun} with this identifier."
    return f"The {words}." if parameter["in"] == "path" else f"Only those with this {words}."
