"""
A regulator's access to a report: for a time, revocable, and each reading of it noted.

Whoever has the code reads that one report and nothing else. A code is `krr_` and 43 letters and digits of chance;
the registry keeps its SHA-256 alone.
"""

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from domain.errors import Fault, Forbidden, Invalid, NotFound

LIFETIME_MAX = timedelta(days=90)
SECRET_BYTES = 32
_SHAPE = re.compile(r"krr_[0-9A-Za-z_-]{43}")


@dataclass(frozen=True)
class ReportAccess:
    """`authority` is whom it was given, as staff call it; `code_hash` SHA-256 in hex."""

    id: UUID
    report_id: UUID
    authority: str
    purpose: str
    code_hash: str
    granted_by: UUID
    granted_at: datetime
    expires_at: datetime
    revoked_at: datetime | None = None

    def is_good(self, *, at: datetime) -> bool:
        return self.revoked_at is None and at < self.expires_at


def code_text(secret: str) -> str:
    """`secret` is 32 random bytes in URL-safe base64, without padding."""
    return f"krr_{secret}"


def code_hash(text: str) -> str:
    """
    Raises:
        NotFound: nothing that was ever given out looks like that.
    """
    if not _SHAPE.fullmatch(text):
        raise NotFound("There is no report for this code. Look whether all of it was copied.")
    return hashlib.sha256(text.encode()).hexdigest()


def require_lifetime(expires_at: datetime, *, at: datetime) -> None:
    """
    Raises:
        Invalid: it would end before it began, or last over ninety days.
    """
    detail = None
    if expires_at <= at:
        detail = "The access ends in the future."
    elif expires_at > at + LIFETIME_MAX:
        detail = "An access lasts ninety days at most; give another one then."
    if detail:
        raise Invalid(detail, Fault("/expiresAt", detail))


def require_good(access: ReportAccess, *, at: datetime) -> None:
    """
    Raises:
        Forbidden: it was revoked, or its time is over.
    """
    if access.revoked_at is not None:
        raise Forbidden("This access was revoked. Ask the registry for another one.")
    if at >= access.expires_at:
        raise Forbidden(
            f"This access ended on {access.expires_at:%Y-%m-%d}. Ask the registry for another one."
        )
