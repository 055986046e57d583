"""Who is who, as the rules see it; what each may do stands in the table of permissions."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from domain.accounts.permissions import TABLE, Permission, Role
from domain.errors import Forbidden

__all__ = ["PERMISSIONS", "REGISTRY_ACCOUNT_ID", "Account", "Permission", "Role"]

REGISTRY_ACCOUNT_ID = UUID("00000000-0000-4000-8000-000000000001")
"""The registry itself: it holds the buffer, and nobody can sign in as it."""

NO_ORGANISATION_ID = UUID(int=0)
"""Whom somebody acts for who acts for no organisation: nothing is held by it."""


PERMISSIONS: dict[Role, frozenset[Permission]] = {
    role: frozenset(rule.permission for rule in TABLE if rule.role is role) for role in Role
}
"""What each role may do in some relation or other, beside what everybody may; the table says in which."""


@dataclass(frozen=True)
class Account:
    """
    An account as the rules see it; e-mail and name stay where they are needed.

    `holding_id` is the account under which its organisation holds projects and credits (ADR 0068):
    its own, `None`, where it acts for nobody else.
    """

    id: UUID
    role: Role
    email_verified: bool
    locked_until: datetime | None = None
    holding_id: UUID | None = None

    @property
    def acts_for(self) -> UUID:
        """The account that projects, credits and retirements of its organisation name."""
        return self.id if self.holding_id is None else self.holding_id

    def require_organisation(self) -> None:
        """
        Raises:
            Forbidden: the account acts for no organisation, which alone has projects and credits.
        """
        if self.acts_for == NO_ORGANISATION_ID:
            raise Forbidden("You act for no organisation; ask the owner of one to invite you.")

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
