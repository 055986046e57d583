"""One's own organisation as JSON."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from pydantic import ConfigDict, Field

from adapters.postgres.organisations.reads import (
    OrganisationMemberView,
    OrganisationView,
    ReceivedInvitationView,
    SentInvitationView,
)
from api.commands.accounts.profile import CompanyName, PersonName
from api.commands.organisations.members import RegistrationNumber
from api.http.fields import COUNTRY_DESCRIPTION, Country
from api.http.identity.account_fields import EmailAddress
from api.http.schema import Moment, RequestSchema, ResponseSchema
from api.rest.organisations.examples.organisations import (
    INVITATION_SENT,
    MEMBER,
    ORGANISATION,
    ORGANISATION_SENT,
    RECEIVED_INVITATION,
    SENT_INVITATION,
)
from domain.organisations.organisations import MemberRole, OrganisationKind


class OrganisationRequest(RequestSchema):
    """What is left out stays as it is; null takes it away."""

    model_config = ConfigDict(json_schema_extra={"examples": [ORGANISATION_SENT]})

    legal_name: CompanyName | None = None
    country: Country | None = Field(default=None, description=COUNTRY_DESCRIPTION)
    registration_number: RegistrationNumber | None = None

    def changes(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.model_fields_set}


class MemberInvitationRequest(RequestSchema):
    model_config = ConfigDict(json_schema_extra={"examples": [INVITATION_SENT]})

    email: EmailAddress
    name: PersonName
    role: MemberRole = MemberRole.MEMBER


class MemberRoleRequest(RequestSchema):
    model_config = ConfigDict(json_schema_extra={"examples": [{"role": "owner"}]})

    role: MemberRole


class OrganisationMemberResponse(ResponseSchema):
    """Somebody who acts for the organisation."""

    model_config = ConfigDict(json_schema_extra={"examples": [MEMBER]})

    user_id: UUID
    name: str
    email: str
    role: MemberRole
    joined_at: Moment


class SentInvitationResponse(ResponseSchema):
    """An invitation that waits for its answer."""

    model_config = ConfigDict(json_schema_extra={"examples": [SENT_INVITATION]})

    id: UUID
    email: str
    role: MemberRole
    created_at: Moment
    expires_at: Moment


class OrganisationResponse(ResponseSchema):
    """The organisation that one acts for."""

    model_config = ConfigDict(json_schema_extra={"examples": [ORGANISATION]})

    id: UUID
    kind: OrganisationKind
    legal_name: str | None = Field(description="Null where a person acts for themselves.")
    country: str | None
    registration_number: str | None
    my_role: MemberRole
    members: list[OrganisationMemberResponse]
    invitations: list[SentInvitationResponse] | None = Field(
        description="Those that wait for an answer; null for who is no owner."
    )


class ReceivedInvitationResponse(ResponseSchema):
    """An organisation that invites one to act for it."""

    model_config = ConfigDict(json_schema_extra={"examples": [RECEIVED_INVITATION]})

    id: UUID
    legal_name: str | None
    country: str | None
    role: MemberRole
    expires_at: Moment


def organisation_response(
    view: OrganisationView,
    members: Sequence[OrganisationMemberView],
    invitations: Sequence[SentInvitationView] | None,
) -> OrganisationResponse:
    return OrganisationResponse(
        id=view.id,
        kind=OrganisationKind(view.kind),
        legal_name=view.legal_name,
        country=view.country,
        registration_number=view.registration_number,
        my_role=MemberRole(view.my_role),
        members=[OrganisationMemberResponse(**vars(one)) for one in members],
        invitations=None
        if invitations is None
        else [SentInvitationResponse(**vars(one)) for one in invitations],
    )


def received_invitation_response(view: ReceivedInvitationView) -> ReceivedInvitationResponse:
    return ReceivedInvitationResponse(**vars(view))
