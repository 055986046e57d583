"""Verification bodies and declarations as JSON."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from pydantic import ConfigDict, Field, model_validator

from adapters.postgres.organisations.reads import VerificationBodyView
from api.commands.accounts.profile import CompanyName
from api.commands.organisations.bodies import (
    AccreditationNumber,
    AccreditationTerms,
    Day,
    SchemeName,
    Scope,
    WebAddress,
    scope_of,
)
from api.commands.organisations.members import RegistrationNumber
from api.http.fields import COUNTRY_DESCRIPTION, Country, Text, refuse
from api.http.schema import Moment, RequestSchema, ResponseSchema
from api.rest.organisations.examples.organisations import (
    ACCREDITATION,
    BODY,
    BODY_SENT,
    DECLARATION,
    DECLARATION_SENT,
)
from domain.organisations.accreditation import Accreditation, ConflictDeclaration, DeclaredConflict
from domain.projects.projects import ProjectType


class AccreditationRequest(RequestSchema):
    """As its certificate has it; both days are included, in UTC."""

    scheme: SchemeName
    number: AccreditationNumber
    valid_from: Day
    valid_until: Day
    evidence_url: WebAddress | None = Field(
        default=None, description="Where the certificate can be read; https."
    )


class ChangeBodyRequest(RequestSchema):
    """
    What is left out stays as it is. `accreditation` comes with its `scope`.

    An accreditation of a scheme and number that is there is renewed; another one stands beside it.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [BODY_SENT]})

    legal_name: CompanyName | None = None
    country: Country | None = Field(default=None, description=COUNTRY_DESCRIPTION)
    registration_number: RegistrationNumber | None = None
    scope: Scope | None = None
    accreditation: AccreditationRequest | None = None

    @model_validator(mode="after")
    def _scope_with_accreditation(self) -> "ChangeBodyRequest":
        if (self.scope is None) != (self.accreditation is None):
            raise refuse("Send scope and accreditation together")
        return self

    def facts(self) -> dict[str, Any]:
        """Of `legal_name`, `country` and `registration_number` those that were sent."""
        names = ("legal_name", "country", "registration_number")
        return {name: getattr(self, name) for name in names if getattr(self, name) is not None}

    def terms(self) -> AccreditationTerms | None:
        if self.accreditation is None or self.scope is None:
            return None
        return AccreditationTerms(
            scheme=self.accreditation.scheme,
            number=self.accreditation.number,
            project_types=scope_of(self.scope),
            valid_from=self.accreditation.valid_from,
            valid_until=self.accreditation.valid_until,
            evidence_url=self.accreditation.evidence_url,
        )


class BodyRequest(ChangeBodyRequest):
    """A verification body as staff record it, with its first accreditation if there is one."""

    legal_name: CompanyName
    country: Country = Field(description=COUNTRY_DESCRIPTION)


class BodyVerifierRequest(RequestSchema):
    model_config = ConfigDict(
        json_schema_extra={"examples": [{"userId": "3f0c6b7e-0d5e-5b52-8a65-6f1b0c2d9e11"}]}
    )

    user_id: UUID


class AccreditationResponse(ResponseSchema):
    """What a body may verify; `valid` is whether it may today, in UTC."""

    model_config = ConfigDict(json_schema_extra={"examples": [ACCREDITATION]})

    scheme: str
    number: str
    project_types: list[ProjectType]
    valid_from: date
    valid_until: date | None = Field(description="Null only where it is inherited.")
    evidence_url: str | None
    inherited: bool = Field(
        description="Given to who verified before accreditations were kept; record a real one."
    )
    valid: bool


class BodyVerifierResponse(ResponseSchema):
    """Somebody who verifies for a body, with what they have to do and did."""

    user_id: UUID
    name: str
    email: str
    open_verifications: int
    overdue_verifications: int
    decided_in_a_year: int


class VerificationBodyResponse(ResponseSchema):
    """`scope` and `accreditation` (the one that lasts longest) are of today; null: none is valid."""

    model_config = ConfigDict(json_schema_extra={"examples": [BODY]})

    id: UUID
    legal_name: str | None
    country: str | None
    registration_number: str | None
    scope: list[ProjectType]
    accreditation: AccreditationResponse | None
    accreditations: list[AccreditationResponse]
    verifiers: list[BodyVerifierResponse]
    created_at: Moment


class ConflictDeclarationRequest(RequestSchema):
    """`words` say which interest there is; needed where one is `present`."""

    model_config = ConfigDict(json_schema_extra={"examples": [DECLARATION_SENT]})

    declared: DeclaredConflict
    words: Annotated[str, Text(2000, lines=True)] | None = None


class ConflictDeclarationResponse(ResponseSchema):
    """`implied`: declared by the approval or rejection itself, whose terms say so."""

    model_config = ConfigDict(json_schema_extra={"examples": [DECLARATION]})

    verification_id: UUID
    user_id: UUID
    declared: DeclaredConflict
    words: str | None
    implied: bool
    declared_at: Moment


def body_response(view: VerificationBodyView, *, on: date) -> VerificationBodyResponse:
    valid = view.valid(on=on)
    return VerificationBodyResponse(
        id=view.id,
        legal_name=view.legal_name,
        country=view.country,
        registration_number=view.registration_number,
        scope=[ProjectType(kind) for kind in view.scope(on=on)],
        accreditation=_accreditation(max(valid, key=_ends), on=on) if valid else None,
        accreditations=[_accreditation(one, on=on) for one in view.accreditations],
        verifiers=[
            BodyVerifierResponse(
                user_id=one.user_id,
                name=one.name,
                email=one.email,
                open_verifications=load.open if load else 0,
                overdue_verifications=load.overdue if load else 0,
                decided_in_a_year=load.decided if load else 0,
            )
            for one in view.verifiers
            for load in (view.load.get(one.user_id),)
        ],
        created_at=view.created_at,
    )


def declaration_response(declaration: ConflictDeclaration) -> ConflictDeclarationResponse:
    facts = {name: value for name, value in vars(declaration).items() if name != "id"}
    return ConflictDeclarationResponse(**facts)


def _accreditation(one: Accreditation, *, on: date) -> AccreditationResponse:
    return AccreditationResponse(
        scheme=one.scheme,
        number=one.number,
        project_types=[ProjectType(kind) for kind in one.project_types],
        valid_from=one.valid_from,
        valid_until=one.valid_until,
        evidence_url=one.evidence_url,
        inherited=one.inherited,
        valid=one.is_valid(on=on),
    )


def _ends(one: Accreditation) -> date:
    return one.valid_until or date.max
