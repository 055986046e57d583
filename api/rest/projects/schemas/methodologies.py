"""Methodologies as JSON."""

from datetime import date
from typing import Annotated, Self
from uuid import UUID

from pydantic import ConfigDict, Field, model_validator

from adapters.postgres.projects.reads.methodologies import MethodologyView
from api.commands.projects.methodologies import (
    PARAMETERS_MAX,
    Calculations,
    CreditingYears,
    DocumentTypes,
    DurabilityYears,
    MethodologyName,
    ParameterText,
    ProjectTypes,
    VersionName,
    WithdrawalReason,
)
from api.http.fields import Day, refuse
from api.http.schema import Moment, RequestSchema, ResponseSchema
from api.rest.projects.examples.assurance import (
    METHODOLOGY,
    METHODOLOGY_CHANGE_SENT,
    METHODOLOGY_SENT,
    METHODOLOGY_VERSION,
    METHODOLOGY_VERSION_SENT,
    ROUND_METHODOLOGY,
)
from domain.projects.assurance.methodologies import (
    MethodologyVersion,
    QuantificationParameter,
    VersionTerms,
)
from domain.projects.documents import DocumentType
from domain.projects.projects import ProjectType


class ParameterRequest(RequestSchema):
    """What is measured or set; `unit` is `1` for a ratio."""

    name: ParameterText
    unit: ParameterText
    description: ParameterText


class MethodologyVersionRequest(RequestSchema):
    """What a version asks for. It never changes; another version takes its place."""

    model_config = ConfigDict(json_schema_extra={"examples": [METHODOLOGY_VERSION_SENT]})

    version: VersionName
    project_types: ProjectTypes
    required_document_types: DocumentTypes = Field(
        default=[], description="Beside what every approval rests on."
    )
    parameters: Annotated[list[ParameterRequest], Field(max_length=PARAMETERS_MAX)] = Field(
        default=[], description="What is quantified by."
    )
    crediting_period_years: CreditingYears | None = Field(
        default=None, description="The longest crediting period of a project."
    )
    durability_years: DurabilityYears | None = Field(
        default=None, description="For how long what is removed stays removed."
    )
    requires_statement: bool = Field(
        default=False,
        strict=True,
        description="Whether nothing is approved without a verification statement.",
    )
    requires_checklist: bool = Field(
        default=False,
        strict=True,
        description="Whether an approval waits for a countersignature, after the checklist.",
    )
    valid_from: Day = Field(description="The first day, in UTC, on which a round can choose it.")
    calculations: Calculations = Field(
        default=[],
        description="By which alone tonnes are worked out, as `id/version` of GET /calculations; none: by any.",
    )

    def terms(self) -> VersionTerms:
        return VersionTerms(
            version=self.version,
            project_types=tuple(dict.fromkeys(self.project_types)),
            required_document_types=tuple(dict.fromkeys(self.required_document_types)),
            parameters=tuple(
                QuantificationParameter(one.name, one.unit, one.description)
                for one in self.parameters
            ),
            crediting_period_years=self.crediting_period_years,
            durability_years=self.durability_years,
            requires_statement=self.requires_statement,
            requires_checklist=self.requires_checklist,
            valid_from=self.valid_from,
            calculations=tuple(dict.fromkeys(self.calculations)),
        )


class MethodologyRequest(MethodologyVersionRequest):
    """A methodology as staff record it, with its first version."""

    model_config = ConfigDict(json_schema_extra={"examples": [METHODOLOGY_SENT]})

    name: MethodologyName
    standard: MethodologyName = Field(description="Whose it is, as `Verra VCS`.")
    sector: MethodologyName = Field(description="In the standard's own words.")


class MethodologyWithdrawalRequest(RequestSchema):
    version_id: UUID
    reason: WithdrawalReason


class MethodologyChangeRequest(RequestSchema):
    """Another version, the withdrawal of one, or both."""

    model_config = ConfigDict(json_schema_extra={"examples": [METHODOLOGY_CHANGE_SENT]})

    new_version: MethodologyVersionRequest | None = None
    withdraw: MethodologyWithdrawalRequest | None = None

    @model_validator(mode="after")
    def _something(self) -> Self:
        if self.new_version is None and self.withdraw is None:
            raise refuse("Send a new version, a withdrawal, or both")
        return self


class ParameterResponse(ResponseSchema):
    name: str
    unit: str
    description: str


class MethodologyVersionResponse(ResponseSchema):
    """A version; `withdrawnAt` null: a round that is opened from `validFrom` on can choose it."""

    model_config = ConfigDict(json_schema_extra={"examples": [METHODOLOGY_VERSION]})

    id: UUID
    version: str
    project_types: list[ProjectType]
    required_document_types: list[DocumentType]
    parameters: list[ParameterResponse]
    crediting_period_years: int | None
    durability_years: int | None
    requires_statement: bool
    requires_checklist: bool
    valid_from: date
    calculations: list[str] = Field(description="As `id/version`; none: any of the project's type.")
    withdrawn_at: Moment | None
    withdrawal_reason: str | None


class MethodologyResponse(ResponseSchema):
    """A methodology with all its versions, those that count from the latest day on first."""

    model_config = ConfigDict(json_schema_extra={"examples": [METHODOLOGY]})

    id: UUID
    name: str
    standard: str
    sector: str
    versions: list[MethodologyVersionResponse]
    created_at: Moment


class RoundMethodologyResponse(ResponseSchema):
    """What a round is verified by, whatever was withdrawn meanwhile."""

    model_config = ConfigDict(json_schema_extra={"examples": [ROUND_METHODOLOGY]})

    id: UUID
    version_id: UUID
    name: str
    version: str
    standard: str
    durability_years: int | None
    withdrawn_at: Moment | None


def methodology_response(view: MethodologyView) -> MethodologyResponse:
    methodology = view.methodology
    return MethodologyResponse(
        id=methodology.id,
        name=methodology.name,
        standard=methodology.standard,
        sector=methodology.sector,
        versions=[_version_response(one) for one in view.versions],
        created_at=view.created_at,
    )


def _version_response(version: MethodologyVersion) -> MethodologyVersionResponse:
    terms = version.terms
    return MethodologyVersionResponse(
        id=version.id,
        version=terms.version,
        project_types=list(terms.project_types),
        required_document_types=list(terms.required_document_types),
        parameters=[ParameterResponse(**vars(one)) for one in terms.parameters],
        crediting_period_years=terms.crediting_period_years,
        durability_years=terms.durability_years,
        requires_statement=terms.requires_statement,
        requires_checklist=terms.requires_checklist,
        valid_from=terms.valid_from,
        calculations=list(terms.calculations),
        withdrawn_at=version.withdrawn_at,
        withdrawal_reason=version.withdrawal_reason,
    )


def round_methodology_response(
    version: MethodologyVersion | None,
) -> RoundMethodologyResponse | None:
    if version is None:
        return None
    return RoundMethodologyResponse(
        id=version.methodology.id,
        version_id=version.id,
        name=version.methodology.name,
        version=version.terms.version,
        standard=version.methodology.standard,
        durability_years=version.terms.durability_years,
        withdrawn_at=version.withdrawn_at,
    )
