"""The types of what people send about accounts: e-mail addresses and new passwords."""

from typing import Annotated

from email_validator import EmailNotValidError, validate_email
from pydantic import AfterValidator, Field, ValidationInfo, WithJsonSchema

from adapters.common_passwords import is_common
from api.http.fields import Secret, Text, refuse, refuse_all
from domain.accounts.passwords import PASSWORD_HASH_BYTES_MAX, PASSWORD_LENGTH_MIN, password_faults

EMAIL_LENGTH_MAX = 255


def normal_email(value: str) -> str | None:
    """
    The one spelling that is stored: lower case, the domain as DNS has it (`xn--…`); None: it is none.

    Dots and what follows a plus stay: only some providers read past them, and to all others they are
    somebody else's address. Nobody is asked whether the domain exists.
    """
    try:
        found = validate_email(value, check_deliverability=False, allow_smtputf8=False, strict=True)
    except EmailNotValidError:
        return None
    return (found.ascii_email or found.normalized).lower()


def _email(value: str) -> str:
    email = normal_email(value)
    if email is None or len(email) > EMAIL_LENGTH_MAX:
        raise refuse("Email must be an e-mail address such as name@organisation.org")
    return email


EmailAddress = Annotated[
    str,
    Text(EMAIL_LENGTH_MAX),
    AfterValidator(_email),
    WithJsonSchema({"type": "string", "format": "email", "maxLength": EMAIL_LENGTH_MAX}),
]
"""An address that can be written to, in the spelling that is stored."""


def _login(value: str) -> str:
    """What is no address is looked for as it is, and is nobody's."""
    return normal_email(value) or value


LoginEmail = Annotated[str, Text(EMAIL_LENGTH_MAX), AfterValidator(_login)]
"""An address somebody signs in with: however it is spelled, it finds the account."""


def _password(value: str, info: ValidationInfo) -> str:
    faults = password_faults(value, email=info.data.get("email"), is_common=is_common)
    if faults:
        raise refuse_all([f"Password {fault}" for fault in faults])
    return value


NewPassword = Annotated[
    Secret,
    AfterValidator(_password),
    Field(
        description=f"At least {PASSWORD_LENGTH_MIN} characters and at most {PASSWORD_HASH_BYTES_MAX}"
        " bytes, with an upper-case and a lower-case letter, a digit and a sign; neither a common"
        " password nor the e-mail address."
    ),
]
"""A password to be. Where the shape has the e-mail, it stands before the password."""
