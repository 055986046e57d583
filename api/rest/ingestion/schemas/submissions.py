"""Submissions, issues and formats as JSON."""

from typing import Annotated
from uuid import UUID

from pydantic import Base64Bytes, ConfigDict, Field

from adapters.postgres.ingestion.reads import RuleCount
from adapters.storage.multipart_uploads import UploadInParts
from adapters.storage.presigned_urls import PresignedUpload
from api.http.fields import Sha256, Text
from api.http.schema import Moment, RequestSchema, ResponseSchema
from api.http.uploads import UploadResponse, upload_response
from api.rest.ingestion.examples.submissions import (
    FORMAT,
    FORMATS,
    INGESTION,
    INGESTION_SENT,
    ISSUE,
    ISSUES,
    MENDED_FILE_SENT,
)
from domain.ingestion.formats import FileKind, Format
from domain.ingestion.issues import Issue, IssueRule, Severity
from domain.ingestion.model import IngestedKind
from domain.ingestion.submissions import (
    FILE_BYTES_MAX,
    FILE_NAME_CHARACTERS_MAX,
    IngestionStatus,
    ScanOutcome,
    SubmittedFile,
)

Upload = PresignedUpload | UploadInParts


class IngestionRequest(RequestSchema):
    """
    A file: either small, with its `content` in this request, or announced by `fileSize` and `sha256`.

    `acceptPartly`: take the good rows though others are faulty; else a file with errors is refused.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [INGESTION_SENT]})

    format: Annotated[str, Text(50)]
    file_name: Annotated[str, Text(FILE_NAME_CHARACTERS_MAX)]
    accept_partly: Annotated[bool, Field(strict=True)] = False
    content: Base64Bytes | None = Field(default=None, description="Base64; 700 kB of file at most.")
    file_size: Annotated[int, Field(strict=True, ge=1, le=FILE_BYTES_MAX)] | None = Field(
        default=None, description="Bytes."
    )
    sha256: Sha256 | None = None
    project_id: UUID | None = Field(
        default=None,
        description="Whose monitoring data it brings; null: reference data. Observations belong to the monitoring "
        "period that their times lie in.",
    )


class MendedFileRequest(RequestSchema):
    """The mended file, as for sending one in; without `format` it is of the format that the former was of."""

    model_config = ConfigDict(json_schema_extra={"examples": [MENDED_FILE_SENT]})

    format: Annotated[str, Text(50)] | None = None
    file_name: Annotated[str, Text(FILE_NAME_CHARACTERS_MAX)]
    accept_partly: Annotated[bool, Field(strict=True)] = False
    content: Base64Bytes | None = Field(default=None, description="Base64; 700 kB of file at most.")
    file_size: Annotated[int, Field(strict=True, ge=1, le=FILE_BYTES_MAX)] | None = Field(
        default=None, description="Bytes."
    )
    sha256: Sha256 | None = None


class IngestionResponse(ResponseSchema):
    """
    A file that came in. `refusal` is a sentence when it was refused as a whole.

    `alreadySubmitted`: you sent the same bytes for the same format before; this is that submission.
    `upload` is there while the upload is awaited, in the answer to whoever announces it.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [INGESTION]})

    id: UUID
    format: str
    format_version: int
    file_name: str
    file_size: int
    sha256: str
    accept_partly: bool
    status: IngestionStatus
    file_kind: str | None
    refusal: str | None
    rows_read: int
    records_accepted: int
    records_known: int = Field(description="Not taken again: an earlier file has brought them.")
    errors: int
    warnings: int
    submitted_by: UUID
    project_id: UUID | None = Field(description="Whose monitoring data it brings.")
    created_at: Moment
    finished_at: Moment | None
    predecessor_id: UUID | None = Field(
        default=None, description="The file that this one was sent in the place of."
    )
    scan: ScanOutcome = Field(
        description="What the malware scanner said; `not_scanned`: there is none."
    )
    withdrawn_at: Moment | None = Field(description="Its rows count no longer from then on.")
    withdrawal_reason: str | None
    already_submitted: bool = False
    upload: UploadResponse | None = None


class IssueResponse(ResponseSchema):
    """
    One fault. `line` counts from 1; null: the whole file. `count` lines have it, `line` and `moreLines`
    are the first of them. An error keeps its row out, a warning does not.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [ISSUE]})

    rule: IssueRule
    severity: Severity
    advice: str
    sheet: str | None
    line: int | None
    column: str | None
    value: str | None
    count: int
    more_lines: list[int]


class RuleCountResponse(ResponseSchema):
    rule: IssueRule
    severity: Severity
    count: int


class IssuesResponse(ResponseSchema):
    """The first issues of a file, what concerns most lines first; `counts` are of all."""

    model_config = ConfigDict(json_schema_extra={"examples": [ISSUES]})

    counts: list[RuleCountResponse]
    issues: list[IssueResponse]


class FormatResponse(ResponseSchema):
    """
    How files of one source are mapped. `columns` must be in the file, `optionalColumns` may.

    Each link leads to a schema that stock tools read; a sample is there for our own formats, and for those
    that people made and others reviewed.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [FORMAT]})

    id: str
    version: int
    title: str
    description: str
    file_kinds: list[FileKind]
    records: list[IngestedKind]
    columns: list[str]
    optional_columns: list[str]
    schema_url: str
    table_schema_url: str | None
    sample_url: str | None


class FormatListResponse(ResponseSchema):
    """Our own schema's first, then those of other registries and of instruments."""

    model_config = ConfigDict(json_schema_extra={"examples": [FORMATS]})

    formats: list[FormatResponse]


def ingestion_response(
    submission: SubmittedFile, *, is_known: bool = False, upload: Upload | None = None
) -> IngestionResponse:
    return IngestionResponse(
        id=submission.id,
        format=submission.format,
        format_version=submission.format_version,
        file_name=submission.file_name,
        file_size=submission.size_bytes,
        sha256=submission.sha256,
        accept_partly=submission.accept_partly,
        status=submission.status,
        file_kind=submission.file_kind,
        refusal=submission.refusal,
        rows_read=submission.rows_read,
        records_accepted=submission.records_accepted,
        records_known=submission.records_known,
        errors=submission.errors,
        warnings=submission.warnings,
        submitted_by=submission.submitted_by,
        project_id=submission.project_id,
        created_at=submission.created_at,
        finished_at=submission.finished_at,
        predecessor_id=submission.predecessor_id,
        scan=submission.scan,
        withdrawn_at=submission.withdrawn_at,
        withdrawal_reason=submission.withdrawal_reason,
        already_submitted=is_known,
        upload=upload_response(upload) if upload else None,
    )


def issue_response(issue: Issue) -> IssueResponse:
    return IssueResponse(
        rule=issue.rule,
        severity=issue.severity,
        advice=issue.advice,
        sheet=issue.sheet,
        line=issue.line,
        column=issue.column,
        value=issue.value,
        count=issue.count,
        more_lines=list(issue.more_lines),
    )


def rule_count_response(counted: RuleCount) -> RuleCountResponse:
    return RuleCountResponse(rule=counted.rule, severity=counted.severity, count=counted.count)


def format_response(format: Format, *, base: str, is_stored: bool = False) -> FormatResponse:
    """`base` is the address that the schemas stand below; `is_stored`: people made it, with a sample."""
    is_own = bool(format.optional)
    address = f"{base}/{format.id}"
    return FormatResponse(
        id=format.id,
        version=format.version,
        title=format.title,
        description=format.description,
        file_kinds=list(format.files),
        records=list(format.kinds),
        columns=[name for name in format.columns if name not in format.optional],
        optional_columns=[name for name in format.columns if name in format.optional],
        schema_url=f"{address}/schema.json",
        table_schema_url=f"{address}/table-schema.json" if is_own else None,
        sample_url=f"{address}/sample.csv" if is_own or is_stored else None,
    )
