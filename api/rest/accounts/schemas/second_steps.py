"""What is asked after the right password, as JSON."""

from pydantic import ConfigDict, Field

from api.commands.accounts.second_factor import SecondStep
from api.rest.accounts.examples.accounts import SECOND_STEP
from api.rest.accounts.schemas.linked_wallets import (
    AskedSignatureResponse,
    asked_signature_response,
)
from api.rest.accounts.schemas.passkeys import (
    AskedNewPasskeyResponse,
    AskedPasskeyResponse,
    asked_new_passkey_response,
    asked_passkey_response,
)


class SecondStepResponse(AskedSignatureResponse):
    """What the account's wallet is to sign, or one of its passkeys instead."""

    model_config = ConfigDict(json_schema_extra={"examples": [SECOND_STEP]})

    passkey: AskedPasskeyResponse | None = Field(
        description="What a passkey is asked instead; null: the account has none."
    )


def second_step_response(
    step: SecondStep,
) -> SecondStepResponse | AskedPasskeyResponse | AskedNewPasskeyResponse:
    """
    Raises:
        ValueError: nothing is asked.
    """
    passkey = asked_passkey_response(step.passkey) if step.passkey else None
    if step.signature is not None:
        asked = asked_signature_response(step.signature)
        return SecondStepResponse(**vars(asked), passkey=passkey)
    if passkey is not None:
        return passkey
    if step.enrolment is None:
        raise ValueError("a second step asks for something")
    return asked_new_passkey_response(step.enrolment)
