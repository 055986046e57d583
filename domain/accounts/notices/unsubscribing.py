"""
Links that turn one kind of mail off with one click, signed, and good for nothing else (RFC 8058).

Each account has a key of its own for them, so that no process needs another secret (ADR 0074).
"""

import hashlib
import hmac
from dataclasses import dataclass
from uuid import UUID

from domain.accounts.notices.kinds import NOTICES
from domain.accounts.notifications import NotificationKind

KEY_BYTES = 32
DIGEST = "digest"
"""Stands in a link for all that the account has in its digest."""

PATH = "/unsubscribe"


@dataclass(frozen=True)
class Unsubscribing:
    """`kind` None: everything that comes in the digest."""

    user_id: UUID
    kind: NotificationKind | None

    @property
    def named(self) -> str:
        return f"{self.user_id}.{self.kind.value if self.kind else DIGEST}"

    def token(self, key: bytes) -> str:
        """What a link ends in: whom, what, and the tag that says we wrote it; for addresses as it is."""
        return f"{self.named}.{self._tag(key)}"

    def address(self, key: bytes, public_url: str) -> str:
        """What stands in the mail, below the registry's public address."""
        return f"{public_url}{PATH}?token={self.token(key)}"

    def is_signed(self, key: bytes, token: str) -> bool:
        """Whether this token was written with the account's key."""
        return hmac.compare_digest(self.token(key).encode(), token.encode())

    def _tag(self, key: bytes) -> str:
        return hmac.new(key, f"unsubscribe/{self.named}".encode(), hashlib.sha256).hexdigest()


def read_token(token: str) -> Unsubscribing | None:
    """Whom and what a token names, unchecked; None where it cannot be one, or names what must arrive."""
    user, _, rest = token.partition(".")
    named, _, tag = rest.partition(".")
    try:
        user_id = UUID(user)
        kind = None if named == DIGEST else NotificationKind(named)
    except ValueError:
        return None
    if not tag or (kind is not None and NOTICES[kind].mandatory):
        return None
    return Unsubscribing(user_id, kind)
