"""The registry's state as JSON."""

from pydantic import ConfigDict, Field

from api.commands.credits.freeze import Reason
from api.http.schema import Moment, RequestSchema, ResponseSchema
from api.rest.credits.examples.freeze import FREEZE_SENT, REGISTRY_STATE
from domain.credits.freeze import RegistryState


class FreezeRequest(RequestSchema):
    """Why; it is shown to everybody, so it names no person."""

    model_config = ConfigDict(json_schema_extra={"examples": [FREEZE_SENT]})

    reason: Reason


class UnfreezeRequest(RequestSchema):
    """What staff say of it, if anything; it is shown to everybody."""

    model_config = ConfigDict(json_schema_extra={"examples": [FREEZE_SENT]})

    reason: Reason | None = None


class StateResponse(ResponseSchema):
    """While it is frozen every ledger write answers 503; reads go on."""

    model_config = ConfigDict(json_schema_extra={"examples": [REGISTRY_STATE]})

    frozen: bool
    reason: str | None = Field(description="What staff said of the latest change.")
    since: Moment | None = Field(description="The latest change; null before there was any.")


def state_response(state: RegistryState) -> StateResponse:
    return StateResponse(frozen=state.frozen, reason=state.reason, since=state.changed_at)
