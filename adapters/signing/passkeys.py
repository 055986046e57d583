"""
What authenticators answer to WebAuthn, asked for and checked with py_webauthn (ADR 0069).

Attestation is not asked for: who made an authenticator decides nothing here.

The library loads 14 MB of formats of certificates, so it is loaded when the first passkey is met.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

from domain.accounts.passkeys import (
    CHALLENGE_LIFETIME,
    CREDENTIAL_ID_BYTES_MAX,
    NewCredential,
    Passkey,
)
from domain.errors import Fault, Invalid

if TYPE_CHECKING:
    from webauthn.helpers.cose import COSEAlgorithmIdentifier
    from webauthn.helpers.structs import PublicKeyCredentialDescriptor

CREDENTIAL_BYTES_MAX = 16_384
"""Of an answer as JSON; those that were met have under 3 KiB."""

_SENTENCES = (
    # What py_webauthn says begins like this; what we say, and of what.
    ("Unexpected client data type", "/clientDataJSON", "was made for another ceremony."),
    ("Client data challenge", "/clientDataJSON", "was made for another challenge."),
    ("Unexpected client data origin", "/clientDataJSON", "was made on another site."),
    ("Unexpected RP ID hash", "/authenticatorData", "was made for another site's passkeys."),
    ("User presence", "/authenticatorData", "was made with nobody present."),
    ("User was not present", "/authenticatorData", "was made with nobody present."),
    ("User verification", "/authenticatorData", "was made without asking who holds the passkey."),
    ("Could not verify", "/signature", "was not signed by this passkey's key."),
    ("Unsupported credential public key alg", "/attestationObject", "has a key of a kind that is not asked for."),
)  # fmt: skip


@dataclass(frozen=True)
class RelyingParty:
    """Who asks: a domain (`id`) and the one origin, as `https://registry.example`, that answers come from."""

    id: str
    name: str
    origin: str


def creation_options(
    party: RelyingParty,
    challenge: bytes,
    account_id: UUID,
    *,
    label: str,
    shown_name: str,
    known: Sequence[Passkey],
) -> dict[str, Any]:
    """
    What `navigator.credentials.create` is given, as JSON (`PublicKeyCredentialCreationOptionsJSON`).

    `label` and `shown_name` are what the authenticator shows its owner; an authenticator that holds one
    of the `known` makes no second.
    """
    import webauthn  # noqa: PLC0415 -- see the module
    from webauthn.helpers import structs  # noqa: PLC0415 -- see the module

    made = webauthn.generate_registration_options(
        rp_id=party.id,
        rp_name=party.name,
        user_id=account_id.bytes,
        user_name=label,
        user_display_name=shown_name,
        challenge=challenge,
        timeout=int(CHALLENGE_LIFETIME.total_seconds() * 1000),
        authenticator_selection=structs.AuthenticatorSelectionCriteria(
            resident_key=structs.ResidentKeyRequirement.PREFERRED,
            user_verification=structs.UserVerificationRequirement.REQUIRED,
        ),
        exclude_credentials=_descriptors(known),
        supported_pub_key_algs=_algorithms(),
    )
    return _as_json(made)


def request_options(
    party: RelyingParty, challenge: bytes, known: Sequence[Passkey]
) -> dict[str, Any]:
    """What `navigator.credentials.get` is given (`PublicKeyCredentialRequestOptionsJSON`)."""
    import webauthn  # noqa: PLC0415 -- see the module
    from webauthn.helpers.structs import UserVerificationRequirement  # noqa: PLC0415 -- see the module

    made = webauthn.generate_authentication_options(
        rp_id=party.id,
        challenge=challenge,
        timeout=int(CHALLENGE_LIFETIME.total_seconds() * 1000),
        allow_credentials=_descriptors(known),
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return _as_json(made)


def registered(
    party: RelyingParty, challenge: bytes, credential: Mapping[str, Any]
) -> NewCredential:
    """
    Raises:
        Invalid: it is no answer to this challenge; one sentence says why.
    """
    import webauthn  # noqa: PLC0415 -- see the module

    try:
        found = webauthn.verify_registration_response(
            credential=dict(credential),
            expected_challenge=challenge,
            expected_rp_id=party.id,
            expected_origin=party.origin,
            require_user_verification=True,
            supported_pub_key_algs=_algorithms(),
        )
    except Exception as refused:
        raise _refusal(refused) from refused
    if len(found.credential_id) > CREDENTIAL_ID_BYTES_MAX:
        raise _unfit("/attestationObject", "names a passkey with a longer identifier than any has.")
    # py_webauthn compares neither; a browser says twice which passkey it is.
    if credential_id(credential) != found.credential_id:
        raise _unfit("/attestationObject", "is of another passkey than it says.")
    return NewCredential(
        found.credential_id,
        found.credential_public_key,
        found.sign_count,
        _transports(credential),
    )


def asserted(
    party: RelyingParty, challenge: bytes, credential: Mapping[str, Any], passkey: Passkey
) -> int:
    """
    The count that the authenticator told; comparing it with the last one is the caller's.

    Raises:
        Invalid: it is no answer of this passkey to this challenge; one sentence says why.
    """
    import webauthn  # noqa: PLC0415 -- see the module

    try:
        found = webauthn.verify_authentication_response(
            credential=dict(credential),
            expected_challenge=challenge,
            expected_rp_id=party.id,
            expected_origin=party.origin,
            credential_public_key=passkey.public_key,
            # The count is compared by the domain, which tells the owner too.
            credential_current_sign_count=0,
            require_user_verification=True,
        )
    except Exception as refused:
        raise _refusal(refused) from refused
    handle = credential["response"].get("userHandle")
    if handle and read_base64url(handle) != passkey.user_id.bytes:
        raise _unfit("/userHandle", "is of another account's passkey.")
    return found.new_sign_count


def credential_id(credential: Mapping[str, Any]) -> bytes:
    """
    Which passkey answers, as it says itself.

    Raises:
        Invalid: it says none.
    """
    try:
        return read_base64url(credential["id"])
    except Exception as refused:
        raise _refusal(refused) from refused


def read_base64url(text: str) -> bytes:
    """
    As browsers write bytes, without padding.

    Raises:
        ValueError: it is no such text.
    """
    from webauthn.helpers import base64url_to_bytes  # noqa: PLC0415 -- see the module

    return base64url_to_bytes(text)


def _algorithms() -> list["COSEAlgorithmIdentifier"]:
    from webauthn.helpers.cose import COSEAlgorithmIdentifier  # noqa: PLC0415 -- see the module

    return [
        COSEAlgorithmIdentifier.EDDSA,
        COSEAlgorithmIdentifier.ECDSA_SHA_256,
        COSEAlgorithmIdentifier.RSASSA_PKCS1_v1_5_SHA_256,
    ]


def _descriptors(known: Sequence[Passkey]) -> list["PublicKeyCredentialDescriptor"]:
    from webauthn.helpers import structs  # noqa: PLC0415 -- see the module

    return [
        structs.PublicKeyCredentialDescriptor(
            id=one.credential_id,
            transports=[structs.AuthenticatorTransport(name) for name in one.transports] or None,
        )
        for one in known
    ]


def _transports(credential: Mapping[str, Any]) -> tuple[str, ...]:
    """Those that the standard knows; browsers may name newer ones, which help nobody here."""
    from webauthn.helpers.structs import AuthenticatorTransport  # noqa: PLC0415 -- see the module

    sent = credential["response"].get("transports")
    known = {one.value for one in AuthenticatorTransport}
    return tuple(sorted(known & {one for one in sent or () if isinstance(one, str)}))


def _as_json(options: Any) -> dict[str, Any]:
    import webauthn  # noqa: PLC0415 -- see the module

    found: dict[str, Any] = json.loads(webauthn.options_to_json(options))
    return found


def _refusal(refused: Exception) -> Invalid:
    """Half of what is malformed raises something else than the library's own exceptions."""
    from webauthn.helpers.exceptions import WebAuthnException  # noqa: PLC0415 -- see the module

    if isinstance(refused, WebAuthnException):
        said = str(refused)
        for beginning, place, sentence in _SENTENCES:
            if said.startswith(beginning):
                return _unfit(place, sentence)
    return _unfit("", "cannot be read: it is not what a browser gives for this request.")


def _unfit(place: str, sentence: str) -> Invalid:
    pointer = f"/credential/response{place}" if place else "/credential"
    detail = f"The passkey's answer {sentence}"
    return Invalid(detail, Fault(pointer, detail))
