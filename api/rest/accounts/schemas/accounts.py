"""Log-in and profiles as JSON."""

from uuid import UUID

from pydantic import ConfigDict, Field

from adapters.postgres.accounts.reads import ProfileView
from api.commands.accounts.sign_in import EmailText, Tokens
from api.http.fields import Secret
from api.http.schema import Moment, RequestSchema, ResponseSchema
from api.rest.accounts.examples.accounts import LOGIN_SENT, REFRESH_SENT, TOKENS, USER
from domain.accounts.roles import Role


class LoginRequest(RequestSchema):
    model_config = ConfigDict(json_schema_extra={"examples": [LOGIN_SENT]})

    email: EmailText
    password: Secret


class RefreshRequest(RequestSchema):
    model_config = ConfigDict(json_schema_extra={"examples": [REFRESH_SENT]})

    refresh_token: Secret


class PreferencesResponse(ResponseSchema):
    mail_notifications: bool = Field(
        description="Whether good news also comes by mail; what went wrong always does."
    )


class UserResponse(ResponseSchema):
    """An account, as its holder sees it."""

    model_config = ConfigDict(json_schema_extra={"examples": [USER]})

    id: UUID
    email: str
    name: str
    company: str | None
    role: Role
    wallet_address: str | None
    email_verified: bool
    pending_email: str | None = Field(
        description="The address that the account is to have once the link in the mail to it was used."
    )
    preferences: PreferencesResponse
    created_at: Moment


class TokensResponse(ResponseSchema):
    """An access token for 15 minutes, and a refresh token that is good once within 7 days."""

    model_config = ConfigDict(json_schema_extra={"examples": [TOKENS]})

    access_token: str
    refresh_token: str
    expires_in: int = Field(description="Seconds until the access token expires.")
    user: UserResponse


def user_response(profile: ProfileView) -> UserResponse:
    return UserResponse(
        id=profile.id,
        email=profile.email,
        name=profile.name,
        company=profile.company,
        role=profile.role,
        wallet_address=profile.wallet_address,
        email_verified=profile.email_verified,
        pending_email=profile.pending_email,
        preferences=PreferencesResponse(mail_notifications=profile.mails_notifications),
        created_at=profile.created_at,
    )


def tokens_response(tokens: Tokens) -> TokensResponse:
    return TokensResponse(
        access_token=tokens.access,
        refresh_token=tokens.refresh,
        expires_in=int(tokens.lifetime.total_seconds()),
        user=user_response(tokens.profile),
    )
