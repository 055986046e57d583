"""
Organisations, and who acts for them (ADR 0068).

Projects and credits are an organisation's; people act for it, and leave it. Each account begins with
an organisation of its own, and acts for one at a time.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from domain.accounts.roles import Role
from domain.errors import Conflict, Forbidden

INVITATION_LIFETIME = timedelta(days=7)
INVITATIONS_PER_WEEK_MAX = 20
"""Of one organisation, so that nobody floods others' mailboxes."""


class OrganisationKind(StrEnum):
    DEVELOPER = "developer"
    BUYER = "buyer"
    VERIFICATION_BODY = "verification_body"
    REGISTRY = "registry"


class MemberRole(StrEnum):
    """Both act for the organisation; an owner also says who does."""

    OWNER = "owner"
    MEMBER = "member"


class InvitationAnswer(StrEnum):
    ACCEPTED = "accepted"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


ROLES: dict[OrganisationKind, frozenset[Role]] = {
    OrganisationKind.DEVELOPER: frozenset({Role.DEVELOPER, Role.BUYER}),
    OrganisationKind.BUYER: frozenset({Role.BUYER}),
    OrganisationKind.VERIFICATION_BODY: frozenset({Role.VERIFIER}),
    OrganisationKind.REGISTRY: frozenset({Role.ADMINISTRATOR}),
}
"""Which accounts may act for which organisation: who verifies never holds what is verified."""


@dataclass(frozen=True)
class Organisation:
    """`legal_name` None: a person acts for themselves. `country` is ISO 3166-1 alpha-3."""

    id: UUID
    kind: OrganisationKind
    legal_name: str | None
    country: str | None
    registration_number: str | None
    holding_account_id: UUID | None


@dataclass(frozen=True)
class Membership:
    """That somebody acts for an organisation, or did until `left_at`."""

    id: UUID
    organisation_id: UUID
    user_id: UUID
    role: MemberRole
    joined_at: datetime
    left_at: datetime | None = None
    ended_by: UUID | None = None


@dataclass(frozen=True)
class OrganisationInvitation:
    id: UUID
    organisation_id: UUID
    user_id: UUID
    role: MemberRole
    invited_by: UUID
    created_at: datetime
    expires_at: datetime
    answered_at: datetime | None = None
    answer: InvitationAnswer | None = None


def require_owner(membership: Membership | None) -> Membership:
    """
    Raises:
        Forbidden: only owners say who acts for an organisation.
    """
    if membership is None:
        raise Forbidden("You act for no organisation; ask its owner to invite you.")
    if membership.role is not MemberRole.OWNER:
        raise Forbidden("Only an owner of your organisation may do that.")
    return membership


def require_may_invite(organisation: Organisation, invited_this_week: int) -> None:
    """
    Raises:
        Forbidden: who verifies and who runs the registry is invited by staff.
        Conflict: it has no legal name yet, or has invited too many this week.
    """
    if organisation.kind in {OrganisationKind.VERIFICATION_BODY, OrganisationKind.REGISTRY}:
        raise Forbidden("Who acts for this organisation is said by staff of the registry.")
    if organisation.legal_name is None:
        raise Conflict("Give your organisation its legal name first; you act for yourself so far.")
    if invited_this_week >= INVITATIONS_PER_WEEK_MAX:
        raise Conflict(
            f"An organisation sends at most {INVITATIONS_PER_WEEK_MAX} invitations a week."
        )


def require_open(
    invitation: OrganisationInvitation | None, *, at: datetime
) -> OrganisationInvitation:
    """
    Raises:
        Conflict: it was answered, taken back, or has expired.
    """
    if invitation is None or invitation.answer is not None or at >= invitation.expires_at:
        raise Conflict("This invitation was answered, taken back or has expired; ask for another.")
    return invitation


def require_may_join(organisation: Organisation, role: Role) -> None:
    """
    Raises:
        Conflict: an account of this role acts for no such organisation.
    """
    if role not in ROLES[organisation.kind]:
        kind = organisation.kind.replace("_", " ")
        raise Conflict(f"An account of the role {role} cannot act for a {kind}.")


def require_may_leave(
    membership: Membership, others: Collection[Membership], *, owns_something: bool
) -> None:
    """
    `others` are who else acts for the organisation; `owns_something` is whether it has projects or credits.

    Raises:
        Conflict: what the organisation has, or who acts for it, would be left without an owner.
    """
    if membership.role is not MemberRole.OWNER:
        return
    if any(other.role is MemberRole.OWNER for other in others):
        return
    if others or owns_something:
        raise Conflict(
            "The last owner does not leave an organisation that has members, projects or credits:"
            " make somebody else an owner first."
        )
