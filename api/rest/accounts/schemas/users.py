"""Accounts as staff see them, as JSON."""

from collections.abc import Sequence
from uuid import UUID

from pydantic import ConfigDict, Field, model_validator

from adapters.postgres.accounts.users import ActView, UserView
from adapters.postgres.organisations.reads import VerifierLoadView
from api.commands.accounts.profile import CompanyName, PersonName
from api.commands.accounts.users import ActReason
from api.http.fields import refuse
from api.http.identity.account_fields import EmailAddress
from api.http.schema import Moment, RequestSchema, ResponseSchema
from api.rest.accounts.examples.users import (
    ACT,
    CHANGE_SENT,
    INVITE_SENT,
    INVITED,
    USER_WITH_ACTS,
)
from domain.accounts.membership import AccountAct, AccountStatus
from domain.accounts.roles import Role


class InviteRequest(RequestSchema):
    model_config = ConfigDict(json_schema_extra={"examples": [INVITE_SENT]})

    email: EmailAddress
    name: PersonName
    company: CompanyName | None = None
    role: Role


class ChangeUserRequest(RequestSchema):
    """One of `locked` and `role`, or both; with the reason, which staff alone read."""

    model_config = ConfigDict(json_schema_extra={"examples": [CHANGE_SENT]})

    reason: ActReason
    locked: bool | None = None
    role: Role | None = None

    @model_validator(mode="after")
    def _changes_something(self) -> "ChangeUserRequest":
        if self.locked is None and self.role is None:
            raise refuse("Send locked, role or both")
        return self


class VerifierLoadResponse(ResponseSchema):
    """What a verifier has to do, and decided within the last year."""

    verification_body_id: UUID | None
    open_verifications: int
    overdue_verifications: int
    decided_in_a_year: int


class UserSummaryResponse(ResponseSchema):
    """An account, for staff."""

    model_config = ConfigDict(json_schema_extra={"examples": [INVITED]})

    id: UUID
    email: str
    name: str
    company: str | None
    role: Role
    status: AccountStatus
    locked_at: Moment | None
    invitation_expires_at: Moment | None = Field(
        description="Of the newest invitation that was mailed and not used."
    )
    last_login_at: Moment | None
    load: VerifierLoadResponse | None = Field(description="Of verifiers; null for everybody else.")
    created_at: Moment


class AccountActResponse(ResponseSchema):
    """What somebody of staff did to the account; `role` is its role from then on."""

    model_config = ConfigDict(json_schema_extra={"examples": [ACT]})

    act: AccountAct
    role: Role
    reason: str | None
    actor_name: str
    at: Moment


class UserDetailResponse(UserSummaryResponse):
    """An account with what staff did to it, newest first."""

    model_config = ConfigDict(json_schema_extra={"examples": [USER_WITH_ACTS]})

    acts: list[AccountActResponse]


def user_summary_response(view: UserView, load: VerifierLoadView | None) -> UserSummaryResponse:
    return UserSummaryResponse(**vars(view), load=_load(load))


def _load(load: VerifierLoadView | None) -> VerifierLoadResponse | None:
    if load is None:
        return None
    return VerifierLoadResponse(
        verification_body_id=load.organisation_id,
        open_verifications=load.open,
        overdue_verifications=load.overdue,
        decided_in_a_year=load.decided,
    )


def user_detail_response(
    view: UserView, acts: Sequence[ActView], load: VerifierLoadView | None
) -> UserDetailResponse:
    return UserDetailResponse(
        **vars(view),
        load=_load(load),
        acts=[AccountActResponse(**vars(act)) for act in acts],
    )
