"""Who is who, and what each role may do: one table, denied by default (seed, "Authorization Security")."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from domain.errors import Forbidden

REGISTRY_ACCOUNT_ID = UUID("00000000-0000-4000-8000-000000000001")
"""The registry itself: it holds the buffer, and nobody can sign in as it."""

NO_ORGANISATION_ID = UUID(int=0)
"""Whom somebody acts for who acts for no organisation: nothing is held by it."""


class Role(StrEnum):
    DEVELOPER = "developer"
    VERIFIER = "verifier"
    ADMINISTRATOR = "administrator"
    BUYER = "buyer"


class Permission(StrEnum):
    REGISTER_PROJECT = "register a project"
    UPLOAD_EVIDENCE = "upload documents"
    ASSIGN_VERIFIER = "assign a verifier"
    DECIDE_VERIFICATION = "approve or reject a verification"
    COUNTERSIGN = "countersign an approval"
    HOLD_CREDITS = "hold, transfer and retire credits"
    CANCEL_CREDITS = "cancel credits, release the buffer and record reversals"
    SET_BUFFER_SHARE = "set what of a project's issuances goes into the buffer"
    FREEZE_REGISTRY = "freeze and unfreeze the registry"
    PUBLISH_OPEN_DATA = "publish the open data"
    RUN_CHAIN = "see what waits for the chain and resume parked records"
    MANAGE_WEBHOOKS = "manage webhooks and replay their deliveries"
    MANAGE_USERS = "see accounts, invite people, lock accounts and change roles"
    SEE_EVERYTHING = "see every project, verification and account's credits"
    SEE_WORKFLOWS = "see the workflows behind a verification or retirement"


PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.DEVELOPER: frozenset(
        {Permission.REGISTER_PROJECT, Permission.UPLOAD_EVIDENCE, Permission.HOLD_CREDITS}
    ),
    Role.VERIFIER: frozenset({Permission.UPLOAD_EVIDENCE, Permission.DECIDE_VERIFICATION}),
    Role.ADMINISTRATOR: frozenset(
        {
            Permission.UPLOAD_EVIDENCE,
            Permission.ASSIGN_VERIFIER,
            Permission.DECIDE_VERIFICATION,
            Permission.COUNTERSIGN,
            Permission.CANCEL_CREDITS,
            Permission.SET_BUFFER_SHARE,
            Permission.FREEZE_REGISTRY,
            Permission.PUBLISH_OPEN_DATA,
            Permission.RUN_CHAIN,
            Permission.MANAGE_WEBHOOKS,
            Permission.MANAGE_USERS,
            Permission.SEE_EVERYTHING,
            Permission.SEE_WORKFLOWS,
        }
    ),
    Role.BUYER: frozenset({Permission.HOLD_CREDITS}),
}


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
