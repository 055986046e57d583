"""Who is who, as the rules see it; what each may do stands in the table of permissions."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from domain.accounts.permissions import TABLE, Permission, Role
from domain.errors import Forbidden

__all__ = ["PERMISSIONS", "REGISTRY_ACCOUNT_ID", "Account", "Permission", "Role"]

REGISTRY_ACCOUNT_ID = UUID("00000000-0000-4000-8000-000000000001")
"""The registry itself: it holds the buffer, and nobody can sign in as it."""


PERMISSIONS: dict[Role, frozenset[Permission]] = {
    role: frozenset(rule.permission for rule in TABLE if rule.role is role) for role in Role
}
"""What each role may do in some relation or other, beside what everybody may; the table says in which."""


@dataclass(frozen=True)
class Account:
    """An account as the rules see it; e-mail and name stay where they are needed."""

    id: UUID
    role: Role
    email_verified: bool
    locked_until: datetime | None = None

    def may(self, permission: Permission) -> bool:
        """In some relation or other; which one, whoever knows the thing asks `permits`."""
        return permission in PERMISSIONS[self.role]

    def require(self, permission: Permission) -> None:
        """
        Raises:
            Forbidden: this account's role does not include the permission.
        """
        if not self.may(permission):
            raise Forbidden(f"Your role ({self.role}) may not {permission}.")

    def is_locked(self, *, at: datetime) -> bool:
        return self.locked_until is not None and at < self.locked_until
