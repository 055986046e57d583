"""What people are told, in the app and by mail. The sentences name projects and serials, never people."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID


class NotificationKind(StrEnum):
    VERIFIER_ASSIGNED = "verifier_assigned"
    ASSIGNMENT_OVERDUE = "assignment_overdue"
    REVIEW_OVERDUE = "review_overdue"
    PROJECT_APPROVED = "project_approved"
    PROJECT_REJECTED = "project_rejected"
    CREDITS_RECEIVED = "credits_received"
    CERTIFICATE_SEALED = "certificate_sealed"
    CREDITS_CANCELLED = "credits_cancelled"
    RETIREMENT_REVERSED = "retirement_reversed"
    LEDGER_DIFFERENCE = "ledger_difference"
    ALERT = "alert"
    CHAIN_DIFFERENCE = "chain_difference"
    CERTIFICATE_RESEALED = "certificate_resealed"
    WALLET_LINKED = "wallet_linked"
    WALLET_UNLINKED = "wallet_unlinked"
    CERTIFICATE_UNSEALABLE = "certificate_unsealable"


@dataclass(frozen=True)
class Notification:
    """`link` is a path below the registry's public address."""

    id: UUID
    user_id: UUID
    kind: NotificationKind
    message: str
    link: str
    created_at: datetime
