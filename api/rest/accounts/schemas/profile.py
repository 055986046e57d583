"""One's own profile and sessions, as JSON."""

from typing import Any
from uuid import UUID

from pydantic import ConfigDict, Field

from adapters.postgres.accounts.reads import OpenSessionView
from api.commands.accounts.profile import CompanyName, PersonName
from api.http.schema import Moment, RequestSchema, ResponseSchema
from api.rest.accounts.examples.accounts import PROFILE_SENT, SESSION


class PreferencesRequest(RequestSchema):
    mail_notifications: bool


class ProfileRequest(RequestSchema):
    """What is left out stays as it is; `company` null: one acts for oneself."""

    model_config = ConfigDict(json_schema_extra={"examples": [PROFILE_SENT]})

    name: PersonName = ""
    company: CompanyName | None = None
    preferences: PreferencesRequest | None = None

    def changes(self) -> dict[str, Any]:
        """By the names of the command."""
        named = {name: getattr(self, name) for name in self.model_fields_set - {"preferences"}}
        if self.preferences is not None:
            named["mails_notifications"] = self.preferences.mail_notifications
        return named


class SessionResponse(ResponseSchema):
    """A log-in; its `id` stays the same while it is renewed."""

    model_config = ConfigDict(json_schema_extra={"examples": [SESSION]})

    id: UUID
    ip_address: str | None
    user_agent: str | None
    opened_at: Moment
    renewed_at: Moment = Field(description="When its newest tokens were given.")
    ends_at: Moment = Field(description="When it is over, unless it is renewed before.")
    current: bool = Field(description="Whether it is the one that asks.")


def session_response(view: OpenSessionView, *, current_id: UUID) -> SessionResponse:
    return SessionResponse(**vars(view), current=view.id == current_id)
