"""Opening an account, confirming it and choosing another password, as JSON."""

from typing import Annotated

from pydantic import ConfigDict, Field

from api.commands.accounts.profile import CompanyName, PersonName
from api.http.fields import Secret, Text
from api.http.identity.account_fields import EmailAddress, LoginEmail, NewPassword
from api.http.schema import RequestSchema
from api.rest.accounts.examples.accounts import (
    EMAIL_SENT,
    NEW_EMAIL_SENT,
    PASSWORD_SENT,
    REGISTER_SENT,
    RESET_SENT,
    TOKEN_SENT,
)
from domain.accounts.roles import Role


class RegisterRequest(RequestSchema):
    model_config = ConfigDict(json_schema_extra={"examples": [REGISTER_SENT]})

    email: EmailAddress
    password: NewPassword
    name: PersonName
    company: CompanyName | None = None
    role: Role = Field(description="`developer` or `buyer`; all others are invited (403).")
    accepts_terms: Annotated[str, Text(50)] | None = Field(
        default=None,
        description="The version of the terms of use that the person accepts; it is kept as a consent.",
    )


class ChangeEmailRequest(RequestSchema):
    model_config = ConfigDict(json_schema_extra={"examples": [NEW_EMAIL_SENT]})

    email: EmailAddress
    current_password: Secret


class EmailRequest(RequestSchema):
    model_config = ConfigDict(json_schema_extra={"examples": [EMAIL_SENT]})

    email: LoginEmail


class TokenRequest(RequestSchema):
    model_config = ConfigDict(json_schema_extra={"examples": [TOKEN_SENT]})

    token: Secret = Field(description="What stands after `token=` in the mail's link.")


class ResetPasswordRequest(RequestSchema):
    model_config = ConfigDict(json_schema_extra={"examples": [RESET_SENT]})

    token: Secret = Field(description="What stands after `token=` in the mail's link.")
    password: NewPassword


class ChangePasswordRequest(RequestSchema):
    model_config = ConfigDict(json_schema_extra={"examples": [PASSWORD_SENT]})

    current_password: Secret
    new_password: NewPassword
