"""What the pages that ask for a passkey share: what the browser is given, and what came back (ADR 0069)."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from adapters.signing.passkeys import CREDENTIAL_BYTES_MAX
from api.commands.passkey_challenges import AskedPasskey, PasskeyProof
from domain.errors import Fault, Invalid


@dataclass(frozen=True)
class ShownPasskey:
    """An asked passkey as `api/static/passkeys.js` needs it: `options` is JSON for the browser's call."""

    challenge_id: UUID
    options: str


def shown_passkey(asked: AskedPasskey) -> ShownPasskey:
    return ShownPasskey(asked.challenge_id, json.dumps(asked.options))


def sent_passkey(form: Mapping[str, str]) -> PasskeyProof:
    """
    Raises:
        Invalid: the form holds no answer of a browser.
    """
    try:
        challenge_id = UUID(form.get("challenge", ""))
        sent = form.get("credential", "")
        credential: Any = json.loads(sent) if len(sent) <= CREDENTIAL_BYTES_MAX else None
    except (ValueError, RecursionError):
        credential = None
    if not isinstance(credential, dict):
        detail = "The form holds no answer of a passkey; begin again."
        raise Invalid(detail, Fault("/credential", detail))
    return PasskeyProof(challenge_id, credential)
