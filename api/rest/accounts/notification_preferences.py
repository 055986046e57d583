"""How the one who asks hears of each kind of notification (ADR 0074)."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from adapters.postgres.accounts.notification_preferences import preferences_of
from api.commands.accounts import notification_preferences as commands
from api.http.errors.problem import Code, error_responses
from api.http.identity.authentication import SignedIn
from api.http.resources import reading, resources
from api.http.responses import json_response
from api.http.routing import RegistryRoute
from api.http.schema import Data
from api.rest.accounts.schemas.notification_preferences import (
    NotificationPreferencesRequest,
    NotificationPreferencesResponse,
    preferences_response,
)
from domain.accounts.roles import Account

router = APIRouter(tags=["Accounts"], route_class=RegistryRoute)


@router.get(
    "/me/notification-preferences",
    summary="Read how I am notified",
    response_model=Data[NotificationPreferencesResponse],
    responses=error_responses(Code.AUTHENTICATION_ERROR),
)
async def read_preferences(request: Request, account: SignedIn) -> Response:
    """Every kind that one's role can get, with how one hears of it and how one may."""
    return await _preferences(request, account)


@router.put(
    "/me/notification-preferences",
    summary="Choose how I am notified",
    response_model=Data[NotificationPreferencesResponse],
    responses=error_responses(Code.VALIDATION_ERROR, Code.AUTHENTICATION_ERROR),
)
async def choose_preferences(
    request: Request, account: SignedIn, body: NotificationPreferencesRequest
) -> Response:
    """
    Takes the place of whatever was chosen before; a kind that is left out has its default.

    What protects the account or the registry, or has a deadline, is always mailed at once.
    """
    await commands.choose(
        resources(request),
        account,
        time_zone=body.time_zone,
        digest_hour=body.digest_hour,
        chosen=[(one.kind, one.channel) for one in body.preferences],
    )
    return await _preferences(request, account)


async def _preferences(request: Request, account: Account) -> Response:
    async with reading(request) as connection:
        chosen = await preferences_of(connection, account.id)
    return json_response(preferences_response(chosen, account.role))
