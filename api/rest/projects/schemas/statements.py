"""Verification statements and the checklist as JSON."""

from typing import Annotated, Any
from uuid import UUID

from pydantic import ConfigDict, Field

from adapters.postgres.projects.reads.statements import PublicStatementView
from api.commands.projects.checklist import ChecklistView, Ticked
from api.commands.projects.statements import QUANTITIES_MAX, Percent, StatementView, Words
from api.http.fields import Text, TonnesInput, TonnesOrZeroInput
from api.http.schema import Moment, RequestSchema, ResponseSchema, Tonnes
from api.rest.projects.examples.assurance import (
    CHECKLIST,
    CHECKLIST_SENT,
    PUBLIC_STATEMENT,
    STATEMENT,
    STATEMENT_SENT,
    STATEMENT_SUMMARY,
)
from api.rest.projects.schemas.methodologies import (
    RoundMethodologyResponse,
    round_methodology_response,
)
from api.rest.projects.schemas.verification import YEAR_MAX, VintageResponse, vintage_responses
from domain.errors import NotFound
from domain.projects.assurance.checklist import ChecklistItem
from domain.projects.assurance.methodologies import MethodologyVersion
from domain.projects.assurance.statements import (
    Assurance,
    Deduction,
    Opinion,
    StatementTerms,
    format_percent,
)
from domain.projects.verification import VINTAGE_MIN, VintageQuantity

NOTE_LENGTH_MAX = 2000
Year = Annotated[int, Field(strict=True, ge=VINTAGE_MIN, le=YEAR_MAX)]


class StatedQuantityRequest(RequestSchema):
    """What is left of a calendar year after deductions."""

    vintage: Year
    quantity: TonnesOrZeroInput


class DeductionRequest(RequestSchema):
    """What was taken off a calendar year, and why."""

    vintage: Year
    reason: Words
    quantity: TonnesInput


class VerificationStatementRequest(RequestSchema):
    """
    What the assigned verifier states of a round; see ISO 14064-3.

    `methodologyVersionId` is the round's, and left out where it has none. `opinionBasis` says what an
    opinion rests on that is not positive.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [STATEMENT_SENT]})

    scope: Words
    criteria: Words
    assurance: Assurance = Field(description="The level of assurance.")
    materiality: Percent
    methodology_version_id: UUID | None = None
    quantities: Annotated[
        list[StatedQuantityRequest], Field(min_length=1, max_length=QUANTITIES_MAX)
    ]
    uncertainty: Percent
    deductions: Annotated[list[DeductionRequest], Field(max_length=2 * QUANTITIES_MAX)] = Field(
        default=[], description="What was taken off, vintage by vintage."
    )
    independence: Words = Field(
        description="The declaration of independence; for those who work on the project."
    )
    opinion: Opinion
    opinion_basis: Words | None = None

    def terms(self) -> StatementTerms:
        return StatementTerms(
            scope=self.scope,
            criteria=self.criteria,
            assurance=self.assurance,
            materiality_percent=self.materiality,
            methodology_version_id=self.methodology_version_id,
            quantities=tuple(VintageQuantity(one.vintage, one.quantity) for one in self.quantities),
            uncertainty_percent=self.uncertainty,
            deductions=tuple(
                Deduction(one.vintage, one.reason, one.quantity) for one in self.deductions
            ),
            independence=self.independence,
            opinion=self.opinion,
            opinion_basis=self.opinion_basis,
        )


class DeductionResponse(ResponseSchema):
    vintage: int
    reason: str
    quantity: Tonnes


class StatedResponseTerms(ResponseSchema):
    """What everybody reads of a statement once an approval stands on it."""

    scope: str
    criteria: str
    assurance: Assurance
    materiality: str = Field(description="Per cent, a decimal string.")
    methodology_version_id: UUID | None
    quantities: list[VintageResponse] = Field(description="What is left after deductions.")
    uncertainty: str = Field(description="Per cent, a decimal string.")
    deductions: list[DeductionResponse]
    opinion: Opinion
    opinion_basis: str | None
    methodology: RoundMethodologyResponse | None


class StatementResponse(StatedResponseTerms):
    """
    The newest version of a round's verification statement, as those see it who work on the project.

    `bound` is whether the round's approval stands on it; `sha256` is what it is bound by.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [STATEMENT]})

    verification_id: UUID
    version: int
    independence: str
    sha256: str
    bound: bool
    written_by: UUID
    written_at: Moment


class RegistryStatement(StatedResponseTerms):
    """
    What everybody reads of the verification statement that an approval stands on.

    `verifiedBy` and `accreditation` are the verification body and what it was accredited by on the day
    of the approval.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [PUBLIC_STATEMENT]})

    verification_id: UUID
    project_id: UUID
    round: int
    version: int
    verified_by: str | None
    accreditation: str | None
    sha256: str
    written_at: Moment
    approved_at: Moment


class StatementSummaryResponse(ResponseSchema):
    """The verification statement of an approved round in short."""

    model_config = ConfigDict(json_schema_extra={"examples": [STATEMENT_SUMMARY]})

    opinion: Opinion
    assurance: Assurance
    materiality: str
    uncertainty: str
    sha256: str
    written_at: Moment


class TickRequest(RequestSchema):
    """`done` false takes an earlier tick back."""

    done: bool = Field(strict=True)
    note: Annotated[str, Text(NOTE_LENGTH_MAX, lines=True)] | None = None


class ChecklistRequest(RequestSchema):
    """Items by name; what is left out stays as it is."""

    model_config = ConfigDict(json_schema_extra={"examples": [CHECKLIST_SENT]})

    items: Annotated[dict[ChecklistItem, TickRequest], Field(min_length=1)]

    def ticked(self) -> dict[ChecklistItem, Ticked]:
        return {item: Ticked(one.done, one.note) for item, one in self.items.items()}


class TickResponse(ResponseSchema):
    done: bool
    note: str | None
    user_id: UUID
    ticked_at: Moment


class ChecklistItemResponse(ResponseSchema):
    """`mine`: whoever asks has ticked it since the approval. `ticks` are everybody's, the oldest first."""

    item: ChecklistItem
    sentence: str
    mine: bool
    ticks: list[TickResponse]


class ChecklistResponse(ResponseSchema):
    """
    What a second pair of eyes looks at before a countersignature; the items that apply to the round.

    `required`: the methodology lets nobody countersign who has not ticked them all. `open`: whoever asks
    can tick now.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [CHECKLIST]})

    verification_id: UUID
    required: bool
    open: bool
    complete: bool
    items: list[ChecklistItemResponse]


def _terms(terms: StatementTerms, methodology: MethodologyVersion | None) -> dict[str, Any]:
    return {
        "scope": terms.scope,
        "criteria": terms.criteria,
        "assurance": terms.assurance,
        "materiality": format_percent(terms.materiality_percent),
        "methodology_version_id": terms.methodology_version_id,
        "quantities": vintage_responses(terms.quantities),
        "uncertainty": format_percent(terms.uncertainty_percent),
        "deductions": [
            DeductionResponse(vintage=one.vintage, reason=one.reason, quantity=one.quantity_units)
            for one in terms.deductions
        ],
        "opinion": terms.opinion,
        "opinion_basis": terms.opinion_basis,
        "methodology": round_methodology_response(methodology),
    }


def statement_response(view: StatementView) -> StatementResponse:
    """
    Raises:
        NotFound: nothing is written yet.
    """
    statement = view.statement
    if statement is None:
        raise NotFound("No verification statement of this verification is written yet.")
    return StatementResponse(
        **_terms(statement.terms, view.methodology),
        verification_id=statement.verification_id,
        version=statement.version,
        independence=statement.terms.independence,
        sha256=statement.sha256,
        bound=view.bound,
        written_by=statement.written_by,
        written_at=statement.written_at,
    )


def registry_statement(
    view: PublicStatementView, methodology: MethodologyVersion | None
) -> RegistryStatement:
    return RegistryStatement(
        **_terms(view.terms, methodology),
        verification_id=view.verification_id,
        project_id=view.project_id,
        round=view.round,
        version=view.version,
        verified_by=view.verification_body,
        accreditation=view.accreditation,
        sha256=view.sha256,
        written_at=view.written_at,
        approved_at=view.approved_at,
    )


def statement_summary(view: PublicStatementView | None) -> StatementSummaryResponse | None:
    if view is None:
        return None
    return StatementSummaryResponse(
        opinion=view.terms.opinion,
        assurance=view.terms.assurance,
        materiality=format_percent(view.terms.materiality_percent),
        uncertainty=format_percent(view.terms.uncertainty_percent),
        sha256=view.sha256,
        written_at=view.written_at,
    )


def checklist_response(view: ChecklistView) -> ChecklistResponse:
    return ChecklistResponse(
        verification_id=view.verification_id,
        required=view.required,
        open=view.open,
        complete=view.complete,
        items=[
            ChecklistItemResponse(
                item=line.item,
                sentence=line.sentence,
                mine=line.mine,
                ticks=[
                    TickResponse(
                        done=one.done, note=one.note, user_id=one.user_id, ticked_at=one.ticked_at
                    )
                    for one in line.ticks
                ],
            )
            for line in view.lines
        ],
    )
