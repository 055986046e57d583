"""
Passkeys (WebAuthn): the second factor of those who have no wallet, and what a role demands (ADR 0069).

An authenticator signs a challenge of ours after it has made sure who holds it; what libraries check of
such an answer is in adapters/signing/passkeys.py, and what follows from it is here.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from domain.accounts.roles import Role
from domain.errors import Conflict, Fault, Invalid

CHALLENGE_LIFETIME = timedelta(minutes=5)
CHALLENGE_BYTES = 32
PASSKEYS_MAX = 20
"""Of one account."""

NAME_LENGTH_MAX = 100
CREDENTIAL_ID_BYTES_MAX = 1023
"""W3C Web Authentication Level 3, section 4: authenticators make none that is longer."""


class PasskeyPurpose(StrEnum):
    """
    What a challenge is good for.

    register  adding a passkey while one is signed in
    enrol     adding the first one while one signs in, where the role demands a second factor
    sign_in   the second step of signing in
    decide    the fresh second factor of one decision
    """

    REGISTER = "register"
    ENROL = "enrol"
    SIGN_IN = "sign_in"
    DECIDE = "decide"


@dataclass(frozen=True)
class NewCredential:
    """What an authenticator made: `public_key` is a COSE_Key, `transports` how it may be reached."""

    credential_id: bytes
    public_key: bytes
    sign_count: int
    transports: tuple[str, ...]


@dataclass(frozen=True)
class Passkey:
    """
    A passkey as it is stored. `sign_count` is what its authenticator said last: 0 where it does not count.

    `name` is what its owner calls it.
    """

    id: UUID
    user_id: UUID
    name: str
    credential_id: bytes
    public_key: bytes
    sign_count: int
    transports: tuple[str, ...]
    created_at: datetime
    last_used_at: datetime | None = None

    def counter_went_back(self, sign_count: int) -> bool:
        """
        Whether an answer's count is not above the last one, as when somebody has copied the key.

        W3C Web Authentication Level 3, section 6.1.1. Authenticators that do not count say 0 always.
        """
        return (sign_count > 0 or self.sign_count > 0) and sign_count <= self.sign_count


@dataclass(frozen=True)
class PasskeyChallenge:
    """
    What was asked of whom; `challenge` are its random bytes, useless without the authenticator.

    `session_id` is the log-in that asked, None while somebody signs in; `subject_hash` (SHA-256, hex) is
    of the decision that is asked for, None for the other purposes.
    """

    id: UUID
    user_id: UUID
    session_id: UUID | None
    purpose: PasskeyPurpose
    challenge: bytes
    subject_hash: str | None
    expires_at: datetime

    def require_fresh(self, *, at: datetime) -> None:
        """
        Raises:
            Invalid: it has expired.
        """
        if at >= self.expires_at:
            raise _unfit("/challengeId", CHALLENGE_EXPIRED)


CHALLENGE_EXPIRED = (
    "The challenge has expired; ask for a new one, and answer it within five minutes."
)
CHALLENGE_UNKNOWN = "There is no such challenge, or it was used; ask for a new one."
COUNTER_WENT_BACK = "This passkey's counter went back, as if it had been copied. Its owner is told; use another one."
NOT_THEIRS = "This passkey is not one of the account's."
DEMANDED = "Your role needs a second factor: add another passkey, or link a wallet, before you give this one up."


def challenge_unknown() -> Invalid:
    return _unfit("/challengeId", CHALLENGE_UNKNOWN)


def not_theirs() -> Invalid:
    return _unfit("/credential/id", NOT_THEIRS)


def counter_went_back() -> Invalid:
    return _unfit("/credential/response/authenticatorData", COUNTER_WENT_BACK)


def require_one_left(role: Role, demanded_of: Collection[Role], *, others: int) -> None:
    """
    That a second factor may be given up; `others` is how many the account has beside it.

    Raises:
        Conflict: the role demands one, and this is the last.
    """
    if role in demanded_of and not others:
        raise Conflict(DEMANDED)


def _unfit(pointer: str, detail: str) -> Invalid:
    return Invalid(detail, Fault(pointer, detail))
