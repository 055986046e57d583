"""Keys of programs as JSON."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BeforeValidator, ConfigDict, Field, WithJsonSchema

from adapters.postgres.accounts.api_keys import HeldKey
from api.commands.accounts.api_keys import NewApiKey
from api.http.fields import Text, read_moment
from api.http.schema import Moment, RequestSchema, ResponseSchema
from api.rest.accounts.examples.api_keys import API_KEY, API_KEY_HELD, API_KEY_MADE, API_KEY_SENT
from domain.accounts.api_keys import ApiKey, Scope


def _expiry(value: Any) -> datetime:
    return read_moment(value, name="Expires at")


class ApiKeyRequest(RequestSchema):
    model_config = ConfigDict(json_schema_extra={"examples": [API_KEY_SENT]})

    name: Annotated[str, Text(100)]
    scopes: Annotated[list[Scope], Field(min_length=1, max_length=len(Scope))]
    expires_at: Annotated[
        datetime,
        BeforeValidator(_expiry),
        WithJsonSchema(
            {"type": "string", "format": "date-time", "description": "Within a year from now."}
        ),
    ]
    project_id: UUID | None = Field(default=None, description="The one project it may call.")
    folder_id: UUID | None = Field(default=None, description="The one folder it may call.")


class ApiKeyResponse(ResponseSchema):
    """A key without the key."""

    model_config = ConfigDict(json_schema_extra={"examples": [API_KEY]})

    id: UUID
    name: str
    hint: str = Field(description="How the key begins.")
    scopes: list[Scope]
    created_at: Moment
    expires_at: Moment
    last_used_at: Moment | None = Field(description="To the minute; null: never used.")
    revoked_at: Moment | None
    project_id: UUID | None = Field(description="The one project it may call; null: all.")
    folder_id: UUID | None = Field(description="The one folder it may call; null: all.")


class ApiKeyMadeResponse(ApiKeyResponse):
    """With the key itself, which is told this once."""

    model_config = ConfigDict(json_schema_extra={"examples": [API_KEY_MADE]})

    key: str


class HeldApiKeyResponse(ApiKeyResponse):
    """With whom it acts for, as staff see it."""

    model_config = ConfigDict(json_schema_extra={"examples": [API_KEY_HELD]})

    user_id: UUID
    user_name: str


def held_api_key_response(held: HeldKey) -> HeldApiKeyResponse:
    return HeldApiKeyResponse(
        **_facts(held.key), user_id=held.key.user_id, user_name=held.user_name
    )


def api_key_response(key: ApiKey) -> ApiKeyResponse:
    return ApiKeyResponse(**_facts(key))


def api_key_made_response(made: NewApiKey) -> ApiKeyMadeResponse:
    return ApiKeyMadeResponse(**_facts(made.key), key=made.text)


def _facts(key: ApiKey) -> dict[str, Any]:
    return {name: getattr(key, name) for name in ApiKeyResponse.model_fields}
