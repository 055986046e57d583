"""Reports and the accesses to them as JSON."""

from typing import Annotated
from uuid import UUID

from pydantic import ConfigDict, Field

from adapters.postgres.reports.reads import AccessView
from api.commands.addresses import report_address
from api.commands.reports.accesses import GrantedAccess
from api.commands.reports.reports import files_of
from api.http.fields import Country, Day, SentMoment, Text
from api.http.schema import Moment, RequestSchema, ResponseSchema
from api.rest.reports.examples.reports import (
    ACCESS,
    ACCESS_GIVEN,
    ACCESS_SENT,
    CODE_SENT,
    FILE_ADDRESS,
    FILE_SENT,
    READ_BY_CODE,
    REPORT,
    REPORT_SENT,
)
from domain.reports.accesses import ReportAccess
from domain.reports.reports import Report, ReportKind

AuthorityName = Annotated[str, Text(200)]
AccessPurpose = Annotated[str, Text(500)]
Code = Annotated[str, Text(100)]
FileName = Annotated[str, Text(100)]


class ReportRequest(RequestSchema):
    model_config = ConfigDict(json_schema_extra={"examples": [REPORT_SENT]})

    kind: ReportKind
    first_day: Annotated[Day, Field(description="In UTC.")]
    last_day: Annotated[Day, Field(description="Counted in; it is over.")]
    known_at: Annotated[
        SentMoment | None,
        Field(description="What was recorded later is not in it; null: the period's end."),
    ] = None
    account_id: Annotated[
        UUID | None, Field(description="Of holdings: of this account alone. Holders leave it out.")
    ] = None
    party: Annotated[Country | None, Field(description="Of the agreed electronic format.")] = None


class ReportFileResponse(ResponseSchema):
    name: str
    table: str | None = Field(description="Null: it holds all of them, or is the page to print.")
    rows: int
    bytes: int
    sha256: str
    url: str


class ReportResponse(ResponseSchema):
    """`signature` is the registry's Ed25519 over the bytes of the manifest, by `publicKey`; both hex."""

    model_config = ConfigDict(json_schema_extra={"examples": [REPORT]})

    id: UUID
    kind: ReportKind
    first_day: str
    last_day: str
    known_at: Moment
    account_id: UUID | None
    party: str | None
    version: int = Field(description="Counts those of the same terms whose bytes differ, from 1.")
    made_at: Moment
    made_by: UUID | None = Field(description="Null: it was due.")
    sha256: str = Field(description="Of the manifest.")
    public_key: str
    signature: str
    manifest_url: str
    files: list[ReportFileResponse]


class ReportAccessRequest(RequestSchema):
    model_config = ConfigDict(json_schema_extra={"examples": [ACCESS_SENT]})

    authority: AuthorityName
    purpose: AccessPurpose
    expires_at: Annotated[SentMoment, Field(description="Within ninety days from now.")]


class ReportAccessResponse(ResponseSchema):
    """An access without its code."""

    model_config = ConfigDict(json_schema_extra={"examples": [ACCESS]})

    id: UUID
    report_id: UUID
    authority: str
    purpose: str
    granted_by: UUID
    granted_at: Moment
    expires_at: Moment
    revoked_at: Moment | None
    readings: int
    last_read_at: Moment | None


class ReportAccessGivenResponse(ReportAccessResponse):
    """With the code, which is told this once."""

    model_config = ConfigDict(json_schema_extra={"examples": [ACCESS_GIVEN]})

    code: str


class ReportCodeRequest(RequestSchema):
    model_config = ConfigDict(json_schema_extra={"examples": [CODE_SENT]})

    code: Code


class ReportFileRequest(RequestSchema):
    model_config = ConfigDict(json_schema_extra={"examples": [FILE_SENT]})

    code: Code
    file: FileName


class OpenedReportResponse(ResponseSchema):
    """What a code opens; `manifest` is the text that was signed, with the names of the files."""

    model_config = ConfigDict(json_schema_extra={"examples": [READ_BY_CODE]})

    authority: str
    expires_at: Moment
    kind: ReportKind
    first_day: str
    last_day: str
    known_at: Moment
    version: int
    manifest: str
    sha256: str
    public_key: str
    signature: str


class ReportFileAddressResponse(ResponseSchema):
    model_config = ConfigDict(json_schema_extra={"examples": [FILE_ADDRESS]})

    url: str = Field(description="Good for a minute.")
    file: str


def report_response(report: Report) -> ReportResponse:
    terms, address = report.terms, report_address(report.id)
    return ReportResponse(
        id=report.id,
        kind=terms.kind,
        first_day=terms.first_day.isoformat(),
        last_day=terms.last_day.isoformat(),
        known_at=terms.known_at,
        account_id=terms.account_id,
        party=terms.party,
        version=report.version,
        made_at=report.made_at,
        made_by=report.made_by,
        sha256=report.sha256,
        public_key=report.public_key,
        signature=report.signature,
        manifest_url=f"{address}/manifest.json",
        files=[
            ReportFileResponse.model_validate({**file, "url": f"{address}/files/{file['name']}"})
            for file in files_of(report)
        ],
    )


def access_response(view: AccessView) -> ReportAccessResponse:
    return ReportAccessResponse(
        **_access(view.access), readings=view.readings, last_read_at=view.last_read_at
    )


def access_given_response(granted: GrantedAccess) -> ReportAccessGivenResponse:
    return ReportAccessGivenResponse(
        **_access(granted.access), readings=0, last_read_at=None, code=granted.code
    )


def opened_report_response(access: ReportAccess, report: Report) -> OpenedReportResponse:
    terms = report.terms
    return OpenedReportResponse(
        authority=access.authority,
        expires_at=access.expires_at,
        kind=terms.kind,
        first_day=terms.first_day.isoformat(),
        last_day=terms.last_day.isoformat(),
        known_at=terms.known_at,
        version=report.version,
        manifest=report.manifest.decode(),
        sha256=report.sha256,
        public_key=report.public_key,
        signature=report.signature,
    )


def _access(access: ReportAccess) -> dict[str, object]:
    hidden = {"code_hash"}
    return {name: value for name, value in vars(access).items() if name not in hidden}
