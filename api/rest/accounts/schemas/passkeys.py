"""Passkeys as JSON."""

from collections.abc import Mapping
from typing import Annotated, Any
from uuid import UUID

from pydantic import AfterValidator, ConfigDict, Field, JsonValue

from adapters.signing.passkeys import CREDENTIAL_BYTES_MAX
from api.commands.accounts.passkeys import PasskeyName
from api.commands.passkey_challenges import AskedPasskey, PasskeyProof
from api.http.fields import refuse
from api.http.schema import Moment, RequestSchema, ResponseSchema
from api.rest.accounts.examples.passkeys import (
    CREATION_ASKED,
    NAME_SENT,
    PASSKEY,
    PASSKEY_ANSWER_SENT,
    PASSKEY_ASKED,
    PASSKEY_SENT,
)
from domain.accounts.passkeys import Passkey


def _bounded(value: dict[str, Any]) -> dict[str, Any]:
    if len(str(value)) > CREDENTIAL_BYTES_MAX:
        raise refuse("Credential is larger than any that a browser gives")
    return value


Credential = Annotated[
    dict[str, JsonValue],
    AfterValidator(_bounded),
    Field(
        description="The browser's `PublicKeyCredential`, as its `toJSON()` gives it (W3C Web"
        " Authentication Level 3, section 5.1)."
    ),
]
Options = Annotated[dict[str, JsonValue], Field()]


class PasskeyAnswerRequest(RequestSchema):
    """What a passkey answered to `navigator.credentials.get`."""

    model_config = ConfigDict(json_schema_extra={"examples": [PASSKEY_ANSWER_SENT]})

    challenge_id: UUID
    credential: Credential


class NewPasskeyRequest(RequestSchema):
    """What an authenticator answered to `navigator.credentials.create`."""

    model_config = ConfigDict(json_schema_extra={"examples": [PASSKEY_SENT]})

    challenge_id: UUID
    name: PasskeyName
    credential: Credential


class PasskeyNameRequest(RequestSchema):
    model_config = ConfigDict(json_schema_extra={"examples": [NAME_SENT]})

    name: PasskeyName


class AskedPasskeyResponse(ResponseSchema):
    """What one of the account's passkeys is asked; good once, for five minutes, in this session."""

    model_config = ConfigDict(json_schema_extra={"examples": [PASSKEY_ASKED]})

    challenge_id: UUID
    public_key: Options = Field(
        description="For `PublicKeyCredential.parseRequestOptionsFromJSON` and `navigator.credentials.get`."
    )
    expires_at: Moment


class AskedNewPasskeyResponse(ResponseSchema):
    """What an authenticator is to make; good once, for five minutes, in this session."""

    model_config = ConfigDict(json_schema_extra={"examples": [CREATION_ASKED]})

    challenge_id: UUID
    public_key: Options = Field(
        description="For `PublicKeyCredential.parseCreationOptionsFromJSON` and `navigator.credentials.create`."
    )
    expires_at: Moment


class PasskeyResponse(ResponseSchema):
    model_config = ConfigDict(json_schema_extra={"examples": [PASSKEY]})

    id: UUID
    name: str
    created_at: Moment
    last_used_at: Moment | None = Field(description="Null: not since it was added.")


def passkey_proof(challenge_id: UUID, credential: Mapping[str, Any]) -> PasskeyProof:
    return PasskeyProof(challenge_id, credential)


def asked_passkey_response(asked: AskedPasskey) -> AskedPasskeyResponse:
    return AskedPasskeyResponse(
        challenge_id=asked.challenge_id, public_key=asked.options, expires_at=asked.expires_at
    )


def asked_new_passkey_response(asked: AskedPasskey) -> AskedNewPasskeyResponse:
    return AskedNewPasskeyResponse(
        challenge_id=asked.challenge_id, public_key=asked.options, expires_at=asked.expires_at
    )


def passkey_response(passkey: Passkey) -> PasskeyResponse:
    return PasskeyResponse(
        id=passkey.id,
        name=passkey.name,
        created_at=passkey.created_at,
        last_used_at=passkey.last_used_at,
    )
