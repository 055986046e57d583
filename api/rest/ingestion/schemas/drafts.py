"""Formats that people make, as JSON: samples, what was chosen of them, what comes of it, and saved versions."""

from collections.abc import Sequence
from typing import Annotated, Any
from uuid import UUID

from pydantic import Base64Bytes, ConfigDict, Field

from adapters.postgres.ingestion.format_reads import FormatDraft
from api.commands.ingestion.drafts import Sample, Tried
from api.http.fields import Text
from api.http.schema import Moment, RequestSchema, ResponseSchema
from api.rest.ingestion.examples.drafts import (
    CHANGE,
    CHOICES,
    COLUMN,
    DRAFT,
    DRAFT_SENT,
    DRY_RUN,
    FILE_TRIED_SENT,
    OUTCOME,
    PROPOSAL,
    RECORD,
    REVIEW_SENT,
    SAVE_SENT,
    VERSION,
    VERSIONS,
)
from api.rest.ingestion.schemas.submissions import IssueResponse, issue_response
from domain.errors import Fault, Invalid
from domain.ingestion.mapping.choices import (
    DATE_PATTERNS,
    IGNORED,
    ColumnChoice,
    MappingChoices,
    choices_from,
)
from domain.ingestion.mapping.dry_runs import DryRun, FileOutcome
from domain.ingestion.mapping.proposals import ColumnProposal
from domain.ingestion.mapping.stored_formats import (
    NOTE_CHARACTERS_MAX,
    SAMPLE_ROWS_MAX,
    FormatReview,
    StoredFormat,
)
from domain.ingestion.model import MODEL, IngestedKind
from domain.ingestion.submissions import FILE_NAME_CHARACTERS_MAX
from domain.ingestion.values import ISO, NumberStyle

COLUMNS_MAX = 200
SHOWN_MAX = 100
SAMPLES_SHOWN = 3
_TEXT = 200


class FormatDraftRequest(RequestSchema):
    """A sample: header and some rows of a file as they come."""

    model_config = ConfigDict(json_schema_extra={"examples": [DRAFT_SENT]})

    kind: IngestedKind = Field(description="What a row of the file is.")
    file_name: Annotated[str, Text(FILE_NAME_CHARACTERS_MAX)]
    content: Base64Bytes = Field(description="Base64; 900 kB of file at most.")


class ColumnChoiceShape(RequestSchema):
    """
    What one column is: `field` of the model, or empty for nothing.

    `unit`, `numbers`, `dates` and `zone` say how it is written; `quantity` what a measured value is of.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [COLUMN]})

    column: Annotated[str, Text(_TEXT)]
    field: Annotated[str, Text(50, shortest=0)] = IGNORED
    unit: Annotated[str, Text(30, shortest=0)] = ""
    quantity: Annotated[str, Text(_TEXT, shortest=0)] = ""
    numbers: NumberStyle = NumberStyle.PLAIN
    dates: Annotated[str, Text(30)] = Field(default=ISO, description="As `strptime` reads them.")
    zone: Annotated[str, Text(50, shortest=0)] = ""


class FormatChoicesRequest(RequestSchema):
    """All that is chosen; columns that are not named are left out of what is read."""

    model_config = ConfigDict(json_schema_extra={"examples": [CHOICES]})

    title: Annotated[str, Text(_TEXT, shortest=0)] = ""
    description: Annotated[str, Text(1000, shortest=0, lines=True)] = ""
    columns: Annotated[list[ColumnChoiceShape], Field(max_length=COLUMNS_MAX)]
    constants: dict[str, Annotated[str, Text(_TEXT)]] = Field(
        default_factory=dict, description="Values by the names of fields that no column has."
    )
    missing: Annotated[list[Annotated[str, Text(50)]], Field(max_length=20)] = Field(
        default_factory=list, description="Words that stand for an empty cell."
    )
    interval_seconds: Annotated[int, Field(strict=True, ge=1, le=99_999_999)] | None = None

    def choices(self, draft: FormatDraft) -> MappingChoices:
        """
        In the order of the sample's columns.

        Raises:
            Invalid: a column, field or way of writing is not there; all faults at once.
        """
        before = choices_from(draft.choices)
        fields = {field.name for field in MODEL[before.kind].fields}
        known = {one.column: one for one in before.columns}
        faults = [*self._faults(known, fields)]
        if faults:
            raise Invalid("What was chosen cannot be meant.", *faults)
        named = {one.column: ColumnChoice(**one.model_dump()) for one in self.columns}
        return MappingChoices(
            before.kind,
            title=self.title,
            description=self.description,
            columns=tuple(
                named.get(name, ColumnChoice(name, unit=one.unit)) for name, one in known.items()
            ),
            constants=self.constants,
            missing=tuple(self.missing),
            interval_seconds=self.interval_seconds,
        )

    def _faults(self, known: dict[str, ColumnChoice], fields: set[str]) -> list[Fault]:
        faults = []
        for place, one in enumerate(self.columns):
            if one.column not in known:
                faults.append(Fault(f"/columns/{place}/column", "The sample has no such column."))
            if one.field and one.field not in fields:
                faults.append(Fault(f"/columns/{place}/field", "The model has no such field."))
            if one.dates not in DATE_PATTERNS:
                ways = ", ".join(DATE_PATTERNS)
                faults.append(Fault(f"/columns/{place}/dates", f"One of these: {ways}."))
            if sum(other.column == one.column for other in self.columns) > 1:
                faults.append(Fault(f"/columns/{place}/column", "It is chosen for twice."))
        faults += [
            Fault(f"/constants/{name}", "The model has no such field.")
            for name in self.constants
            if name not in fields
        ]
        return faults


class SaveFormatRequest(RequestSchema):
    model_config = ConfigDict(json_schema_extra={"examples": [SAVE_SENT]})

    format_id: Annotated[str, Text(40)]
    published_rows: Annotated[int, Field(strict=True, ge=0, le=SAMPLE_ROWS_MAX)] = Field(
        default=0, description="Rows of the sample that everybody may see, once it is reviewed."
    )


class FormatReviewRequest(RequestSchema):
    """A refusal needs a `note`."""

    model_config = ConfigDict(json_schema_extra={"examples": [REVIEW_SENT]})

    accepted: Annotated[bool, Field(strict=True)]
    note: Annotated[str, Text(NOTE_CHARACTERS_MAX, shortest=0, lines=True)] = ""


class FileTriedRequest(RequestSchema):
    model_config = ConfigDict(json_schema_extra={"examples": [FILE_TRIED_SENT]})

    content: Base64Bytes = Field(description="Base64; 900 kB of file at most.")


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


class FormatVersionResponse(ResponseSchema):
    """One version, which stays as it is. Before its review it serves whoever saved it alone."""

    model_config = ConfigDict(json_schema_extra={"examples": [VERSION]})

    id: str
    version: int
    declared: dict[str, Any] = Field(description="As a file of formats declares it.")
    sample: list[list[str]]
    saved_by: UUID
    saved_at: Moment
    review: FormatReview
    reviewed_by: UUID | None
    review_note: str | None
    reviewed_at: Moment | None


class FormatVersionsResponse(ResponseSchema):
    model_config = ConfigDict(json_schema_extra={"examples": [VERSIONS]})

    versions: list[FormatVersionResponse]


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


def version_response(stored: StoredFormat) -> FormatVersionResponse:
    return FormatVersionResponse(
        **{
            **vars(stored),
            "declared": dict(stored.declared),
            "sample": [list(row) for row in stored.sample],
        }
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
