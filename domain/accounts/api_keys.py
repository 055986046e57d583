"""
Keys of programs that act for an account: what they look like, what they may, how long (ADR 0063).

A key is `krb_`, 43 letters and digits of chance, and 6 of a checksum: scanners for leaked secrets
know it by its beginning, and a mistyped one is told from an unknown one without asking anybody.
"""

import hashlib
import re
import zlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from domain.accounts.roles import Account, Permission
from domain.errors import Fault, Forbidden, Invalid

SECRET_BYTES = 32
LIFETIME_MAX = timedelta(days=365)
KEYS_MAX = 20
"""Of one account, that are neither revoked nor expired."""

LAST_USE_NOTED_EVERY = timedelta(minutes=1)

_PREFIX = "krb_"
_LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_SECRET_LETTERS = 43
_CHECK_LETTERS = 6
_SHAPE = re.compile(
    rf"{_PREFIX}([0-9A-Za-z]{{{_SECRET_LETTERS}}})([0-9A-Za-z]{{{_CHECK_LETTERS}}})"
)
_HINT_LETTERS = 8


class Scope(StrEnum):
    """
    What a key may do, and never more than its owner's role.

    read             whatever its account sees of projects, documents, verifications, credits and notifications
    audit:read       what staff see behind them: workflows, the chain, the buffer, alerts, events, deliveries and audit entries
    projects:write   register projects, and add notes to their verifications
    documents:write  announce and complete documents
    ingestions:write send in files of data
    readings:write   register devices of a project, and send what they measured
    credits:write    transfer and retire credits
    """

    READ = "read"
    AUDIT_READ = "audit:read"
    PROJECTS_WRITE = "projects:write"
    DOCUMENTS_WRITE = "documents:write"
    INGESTIONS_WRITE = "ingestions:write"
    READINGS_WRITE = "readings:write"
    CREDITS_WRITE = "credits:write"


NEEDED: dict[Scope, Permission] = {
    Scope.AUDIT_READ: Permission.SEE_EVERYTHING,
    Scope.PROJECTS_WRITE: Permission.REGISTER_PROJECT,
    Scope.DOCUMENTS_WRITE: Permission.UPLOAD_EVIDENCE,
    Scope.INGESTIONS_WRITE: Permission.SUBMIT_FILE,
    Scope.READINGS_WRITE: Permission.SEND_READINGS,
    Scope.CREDITS_WRITE: Permission.HOLD_CREDITS,
}
"""What the owner must be allowed to give the scope away; anybody may give away to read."""


@dataclass(frozen=True)
class ApiKey:
    """
    A key as it is stored: `key_hash` is its SHA-256 in hex, `hint` how it begins.

    One with a `project_id` or a `folder_id` calls nothing but what is below that address.
    """

    id: UUID
    user_id: UUID
    name: str
    key_hash: str
    hint: str
    scopes: tuple[Scope, ...]
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None = None
    revoked_at: datetime | None = None
    project_id: UUID | None = None
    folder_id: UUID | None = None

    def is_good(self, *, at: datetime) -> bool:
        return self.revoked_at is None and at < self.expires_at

    def needs_noting(self, *, at: datetime) -> bool:
        """Whether this use is to be written down; one each minute is."""
        return self.last_used_at is None or at - self.last_used_at >= LAST_USE_NOTED_EVERY


def key_text(secret: bytes) -> str:
    """The key itself; `secret` has 32 random bytes."""
    text = _PREFIX + _in_letters(int.from_bytes(secret), _SECRET_LETTERS)
    return text + _checksum(text)


def is_key(text: str) -> bool:
    """Whether it could be one of ours: its shape and its checksum are right."""
    found = _SHAPE.fullmatch(text)
    return found is not None and found[2] == _checksum(_PREFIX + found[1])


def looks_like_key(text: str) -> bool:
    """Tokens of sessions are shorter, so that none is taken for a key."""
    return text.startswith(_PREFIX) and len(text) > _SECRET_LETTERS


def key_hash(text: str) -> str:
    """What is stored of a key. It is random, so a fast hash is enough."""
    return hashlib.sha256(text.encode()).hexdigest()


def hint_of(text: str) -> str:
    return text[:_HINT_LETTERS]


def is_bound_elsewhere(key: ApiKey, named: Mapping[str, str]) -> bool:
    """Whether an address is not below what the key is bound to; `named` are its parameters by their names."""
    bound = {"project_id": key.project_id, "folder_id": key.folder_id}
    return any(
        wanted is not None and named.get(parameter, "").lower() != str(wanted)
        for parameter, wanted in bound.items()
    )


def require_bound_once(project_id: UUID | None, folder_id: UUID | None) -> None:
    """
    Raises:
        Invalid: a key would be bound to a project and to a folder.
    """
    if project_id is not None and folder_id is not None:
        detail = "A key is bound to a project or to a folder, not to both."
        raise Invalid(detail, Fault("/folderId", detail))


def require_key_terms(
    account: Account, scopes: Collection[Scope], expires_at: datetime, *, at: datetime
) -> None:
    """
    Raises:
        Forbidden: the account may not do itself what it would let the key do.
        Invalid: the key would be good for no time at all, or for more than a year.
    """
    faults = [
        Fault(f"/scopes/{place}", f"Your role ({account.role}) may not {NEEDED[scope]}.")
        for place, scope in enumerate(scopes)
        if scope in NEEDED and not account.may(NEEDED[scope])
    ]
    if faults:
        raise Forbidden(faults[0].detail, *faults)
    if not at < expires_at <= at + LIFETIME_MAX:
        detail = f"Expires at must be in the future, and within {LIFETIME_MAX.days} days."
        raise Invalid(detail, Fault("/expiresAt", detail))


def _checksum(text: str) -> str:
    return _in_letters(zlib.crc32(text.encode()), _CHECK_LETTERS)


def _in_letters(number: int, length: int) -> str:
    letters = []
    for _ in range(length):
        number, rest = divmod(number, len(_LETTERS))
        letters.append(_LETTERS[rest])
    return "".join(reversed(letters))
