"""
Mails about an account itself: what each says, given the account's state when it is written.

What was asked for is the same whether or not the e-mail is known; what is written is not, and only
whoever reads that mailbox sees it (ADR 0064).
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from domain.accounts.membership import AccountStatus, TokenPurpose


class AccountMessageKind(StrEnum):
    REGISTRATION = "registration"
    VERIFY_EMAIL = "verify_email"
    RESET_PASSWORD = "reset_password"  # noqa: S105 -- the name of a mail
    INVITATION = "invitation"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 -- likewise
    LOCKED = "locked"
    UNLOCKED = "unlocked"
    ROLE_CHANGED = "role_changed"
    CHANGE_EMAIL = "change_email"
    EMAIL_CHANGE_ASKED = "email_change_asked"
    EMAIL_CHANGED = "email_changed"


@dataclass(frozen=True)
class AccountMessage:
    """A mail that was asked for; `user_id` is None where the e-mail that was typed is nobody's."""

    id: UUID
    user_id: UUID | None
    kind: AccountMessageKind
    requested_at: datetime


@dataclass(frozen=True)
class AccountMail:
    """
    What is written: `path` is below the public address, and `purpose` that of the token it ends in.

    With a purpose the link is `path?token=…`.
    """

    subject: str
    sentences: tuple[str, ...]
    path: str
    purpose: TokenPurpose | None = None


_CONFIRM = AccountMail(
    "Confirm your e-mail address",
    (
        "Somebody, we hope you, registered with this e-mail address.",
        "Open the link and press the button there to confirm it. The link is good for two days.",
        "If it was not you, do nothing: without it nobody can sign in.",
    ),
    "/verify-email",
    TokenPurpose.VERIFY_EMAIL,
)
_KNOWN = AccountMail(
    "Somebody tried to register with your e-mail address",
    (
        "There is an account with this e-mail address already, and it stays as it is.",
        "If it was you, sign in; if you forgot the password, choose another one there.",
        "If it was not you, there is nothing to do. Whoever it was did not learn that you have an account.",
    ),
    "/sign-in",
)
_RESET = AccountMail(
    "Choose a new password",
    (
        "Somebody, we hope you, asked for a new password for your account.",
        "The link is good for one hour and once. All your sessions end when you use it.",
        "If it was not you, do nothing: your password stays as it is.",
    ),
    "/reset-password",
    TokenPurpose.RESET_PASSWORD,
)
_INVITED = AccountMail(
    "You are invited",
    (
        "Somebody has made an account for you at the registry: its staff, or an organisation that invites you.",
        "Open the link and choose a password; then you can sign in. It is good for seven days and once.",
        "If you do not know why you were invited, do nothing.",
    ),
    "/reset-password",
    TokenPurpose.INVITATION,
)
_LOCKED_OUT = AccountMail(
    "Your account is locked",
    ("Staff of the registry have locked your account; nobody can sign in to it.", "Ask them why."),
    "/",
)
_CHANGED = AccountMail(
    "Your password was changed",
    (
        "The password of your account was changed, and your other sessions have ended.",
        "If it was not you, choose a new password at once.",
    ),
    "/forgot-password",
)
_UNLOCKED = AccountMail(
    "Your account is open again", ("Staff of the registry have unlocked your account.",), "/sign-in"
)
_ROLE = AccountMail(
    "Your role was changed",
    ("An administrator has given your account another role; it counts at once.",),
    "/account",
)

_NEW_EMAIL = AccountMail(
    "Confirm your new e-mail address",
    (
        "Somebody, we hope you, wants to sign in to the registry with this e-mail address from now on.",
        "Open the link and press the button there to confirm it. The link is good for two days.",
        "If it was not you, do nothing: without it nothing changes.",
    ),
    "/verify-email",
    TokenPurpose.CHANGE_EMAIL,
)
EMAIL_TAKEN = AccountMail(
    "Somebody wants to use your e-mail address for another account",
    (
        "There is an account with this e-mail address already, and it stays as it is.",
        "If it was you, change the e-mail address of that account first, or go on with it.",
        "If it was not you, there is nothing to do. Whoever it was did not learn that you have an account.",
    ),
    "/sign-in",
)
"""What is written to the new address when it is another account's."""

_ANOTHER_EMAIL = AccountMail(
    "Your account is to have another e-mail address",
    (
        "Somebody, we hope you, gave your account another e-mail address, with your password.",
        "It counts once the link in a mail to that address was used; until then you sign in as before.",
        "If it was not you, choose a new password at once and take the change back.",
    ),
    "/account",
)
_EMAIL_CHANGED = AccountMail(
    "This is your e-mail address now",
    ("Your account has this e-mail address from now on; you sign in with it.",),
    "/account",
)


_KINDS, _STATES = AccountMessageKind, AccountStatus
_WRITTEN: dict[tuple[AccountMessageKind, AccountStatus], AccountMail] = {
    # What anybody may ask for, who knows an e-mail address.
    (_KINDS.REGISTRATION, _STATES.UNVERIFIED): _CONFIRM,
    (_KINDS.REGISTRATION, _STATES.ACTIVE): _KNOWN,
    (_KINDS.REGISTRATION, _STATES.LOCKED): _LOCKED_OUT,
    (_KINDS.VERIFY_EMAIL, _STATES.UNVERIFIED): _CONFIRM,
    (_KINDS.RESET_PASSWORD, _STATES.UNVERIFIED): _CONFIRM,
    (_KINDS.RESET_PASSWORD, _STATES.ACTIVE): _RESET,
    (_KINDS.RESET_PASSWORD, _STATES.LOCKED): _LOCKED_OUT,
    # What somebody of staff or the account itself did.
    (_KINDS.INVITATION, _STATES.INVITED): _INVITED,
    (_KINDS.PASSWORD_CHANGED, _STATES.ACTIVE): _CHANGED,
    (_KINDS.LOCKED, _STATES.LOCKED): _LOCKED_OUT,
    (_KINDS.UNLOCKED, _STATES.ACTIVE): _UNLOCKED,
    (_KINDS.ROLE_CHANGED, _STATES.ACTIVE): _ROLE,
    (_KINDS.CHANGE_EMAIL, _STATES.ACTIVE): _NEW_EMAIL,
    (_KINDS.EMAIL_CHANGE_ASKED, _STATES.ACTIVE): _ANOTHER_EMAIL,
    (_KINDS.EMAIL_CHANGED, _STATES.ACTIVE): _EMAIL_CHANGED,
}


def written(kind: AccountMessageKind, status: AccountStatus) -> AccountMail | None:
    """The mail to write to an account in this state; None where there is none to write."""
    return _WRITTEN.get((kind, status))
