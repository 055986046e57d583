"""Formats that people make, as JSON: samples, what was chosen of them, what comes of it, and saved versions."""

from collections.abc import Sequence
from typing import Annotated, Any
from uuid import UUID

from pydantic import ConfigDict, Field

from adapters.postgres.ingestion.format_reads import FormatDraft
from api.commands.ingestion.drafts import Sample, Tried
from api.http.fields import Text
from api.http.schema import Moment, RequestSchema, ResponseSchema
from api.rest.ingestion.examples.drafts import (
    CHANGE,
    CHOICES,
    COLUMN,
    DRAFT,
    DRY_RUN,
    OUTCOME,
    PROPOSAL,
    RECORD,
    SAVE_SENT,
)
from api.rest.ingestion.schemas.submissions import IssueResponse, issue_response
from domain.ingestion.mapping.choices import (
    choices_from,
)
from domain.ingestion.mapping.dry_runs import DryRun, FileOutcome
from domain.ingestion.mapping.proposals import ColumnProposal
from domain.ingestion.mapping.stored_formats import (
    SAMPLE_ROWS_MAX,
)
from domain.ingestion.model import IngestedKind

COLUMNS_MAX = 200
SHOWN_MAX = 100
SAMPLES_SHOWN = 3
_TEXT = 200


class SaveFormatRequest(RequestSchema):
    model_config = ConfigDict(json_schema_extra={"examples": [SAVE_SENT]})

    format_id: Annotated[str, Text(40)]
    published_rows: Annotated[int, Field(strict=True, ge=0, le=SAMPLE_ROWS_MAX)] = Field(
        default=0, description="Rows of the sample that everybody may see, once it is reviewed."
    )


class ColumnChoiceResponse(ResponseSchema):
    model_config = ConfigDict(json_schema_extra={"examples": [COLUMN]})

    column: str
    field: str
    unit: str
    quantity: str
    numbers: str
    dates: str
    zone: str


class FormatChoicesResponse(ResponseSchema):
    model_config = ConfigDict(json_schema_extra={"examples": [CHOICES]})

    title: str
    description: str
    columns: list[ColumnChoiceResponse]
    constants: dict[str, str]
    missing: list[str]
    interval_seconds: int | None


class ColumnProposalResponse(ResponseSchema):
    """
    How alike the proposed field's name is, from 0 to 100, and all `ways` of writing that fit.

    `isAmbiguous`: more than one does, and a person must say which.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [PROPOSAL]})

    column: str
    alike: float
    ways: list[str]
    is_ambiguous: bool
    samples: list[str] = Field(description="Its first values, three at most.")


class FormatDraftResponse(ResponseSchema):
    """`choices` begin with what is proposed. A draft is forgotten after a week."""

    model_config = ConfigDict(json_schema_extra={"examples": [DRAFT]})

    id: UUID
    kind: IngestedKind
    file_name: str
    created_at: Moment
    header_line: int = Field(description="Row of the sample with the names, from 1.")
    choices: FormatChoicesResponse
    proposals: list[ColumnProposalResponse]


class TriedRecordResponse(ResponseSchema):
    model_config = ConfigDict(json_schema_extra={"examples": [RECORD]})

    line: int
    sheet: str | None
    kind: IngestedKind
    values: dict[str, Any] = Field(description="By the model's schema of its kind.")


class FileOutcomeResponse(ResponseSchema):
    """The first records and issues, 100 of each at most. `refusal`: the file cannot be read as a whole."""

    model_config = ConfigDict(json_schema_extra={"examples": [OUTCOME]})

    rows: int
    records_in_all: int
    issues_in_all: int
    refusal: str | None
    records: list[TriedRecordResponse]
    issues: list[IssueResponse]


class RecordChangeResponse(ResponseSchema):
    model_config = ConfigDict(json_schema_extra={"examples": [CHANGE]})

    line: int
    sheet: str | None
    fields: list[str]
    before: dict[str, Any] | None
    after: dict[str, Any] | None


class FormatDryRunResponse(ResponseSchema):
    """
    What comes of a file; nothing is stored. `faults` are of the choices, and then there is no `outcome`.

    `comparedWith` is the version beside which records are counted as the same, changed, added and lost.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [DRY_RUN]})

    faults: list[str]
    outcome: FileOutcomeResponse | None
    compared_with: int | None
    same: int | None
    changed: int | None
    added: int | None
    lost: int | None
    changes: list[RecordChangeResponse]


def draft_response(
    draft: FormatDraft, sample: Sample, proposals: Sequence[ColumnProposal]
) -> FormatDraftResponse:
    choices = choices_from(draft.choices)
    return FormatDraftResponse(
        id=draft.id,
        kind=choices.kind,
        file_name=draft.file_name,
        created_at=draft.created_at,
        header_line=sample.header_at + 1,
        choices=FormatChoicesResponse(
            title=choices.title,
            description=choices.description,
            columns=[ColumnChoiceResponse(**vars(one)) for one in choices.columns],
            constants=dict(choices.constants),
            missing=list(choices.missing),
            interval_seconds=choices.interval_seconds,
        ),
        proposals=[
            ColumnProposalResponse(
                column=one.choice.column,
                alike=one.alike,
                ways=list(one.ways),
                is_ambiguous=one.is_ambiguous,
                samples=_samples(sample, place),
            )
            for place, one in enumerate(proposals)
        ],
    )


def dry_run_response(
    tried: Tried, compared: DryRun | None = None, *, compared_with: int | None = None
) -> FormatDryRunResponse:
    return FormatDryRunResponse(
        faults=list(tried.faults),
        outcome=_outcome(tried.outcome) if tried.outcome else None,
        compared_with=compared_with if compared else None,
        same=compared.same if compared else None,
        changed=compared.changed if compared else None,
        added=compared.added if compared else None,
        lost=compared.lost if compared else None,
        changes=[
            RecordChangeResponse(
                line=one.line,
                sheet=one.sheet,
                fields=one.fields,
                before=one.before,
                after=one.after,
            )
            for one in (compared.changes if compared else ())
        ],
    )


def _samples(sample: Sample, place: int) -> list[str]:
    cells = (row[place] for row in sample.rows if place < len(row))
    filled = [str(cell)[:_TEXT] for cell in cells if cell not in {None, ""}]
    return list(dict.fromkeys(filled))[:SAMPLES_SHOWN]


def _outcome(outcome: FileOutcome) -> FileOutcomeResponse:
    return FileOutcomeResponse(
        rows=outcome.rows,
        records_in_all=len(outcome.records),
        issues_in_all=len(outcome.issues),
        refusal=outcome.refusal,
        records=[
            TriedRecordResponse(
                line=one.line, sheet=one.sheet, kind=one.kind, values=dict(one.values)
            )
            for one in outcome.records[:SHOWN_MAX]
        ],
        issues=[issue_response(one) for one in outcome.issues[:SHOWN_MAX]],
    )
