"""The headers with what a wallet or a passkey signed for a decision (ADR 0069)."""

import json
import re
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Header
from pydantic import AfterValidator

from adapters.signing.passkeys import CREDENTIAL_BYTES_MAX, read_base64url
from api.commands.passkey_challenges import PasskeyProof
from api.commands.projects.decision_factor import PASSKEY_HEADER, SentFactor
from api.http.fields import refuse
from api.rest.credits.movement_signature import WalletSignature

_SHAPE = re.compile(
    r"([0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})"
    rf"\.([0-9A-Za-z_-]{{1,{CREDENTIAL_BYTES_MAX}}})=*"
)


def _read(value: str) -> PasskeyProof | None:
    found = _SHAPE.fullmatch(value)
    if found is None:
        return None
    try:
        credential: Any = json.loads(read_base64url(found[2]))
    except (ValueError, RecursionError):
        return None
    return PasskeyProof(UUID(found[1]), credential) if isinstance(credential, dict) else None


def _shaped(value: str) -> str:
    if _read(value) is None:
        raise refuse(
            f"{PASSKEY_HEADER} must be the challenge's id and the credential as JSON in base64url,"
            " with a dot between"
        )
    return value


async def _sent(
    signature: WalletSignature,
    passkey_assertion: Annotated[
        str | None,
        AfterValidator(_shaped),
        Header(
            alias=PASSKEY_HEADER,
            description="`challengeId.credential`, where the account has passkeys: answered 401 with the"
            " challenge in `meta.passkeyChallenge`, the same request is sent again with this. The"
            " credential is the browser's `toJSON()`, as JSON in base64url.",
        ),
    ] = None,
) -> SentFactor:
    return SentFactor(signature, _read(passkey_assertion) if passkey_assertion else None)


DecisionFactor = Annotated[SentFactor, Depends(_sent)]
