"""Having a compliance report made, and reading one with its files."""

import json
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from activities.reports.reports import MakeReport, object_key
from adapters.postgres.reports.reads import find_report, report_made_for
from api.commands.addresses import report_address
from api.commands.workflow_client import Operation, WorkflowClient, WorkflowStart
from api.http.identity.access_audit import note_read
from api.http.resources import Resources
from domain.accounts.roles import Account, Permission
from domain.errors import Fault, Invalid, NotFound
from domain.identifiers import operation_id
from domain.reports.reports import (
    MEDIA_TYPES,
    OF_ONE_ACCOUNT,
    Report,
    ReportFormat,
    ReportKind,
    ReportTerms,
    end_of,
    require_maker,
    require_terms,
)
from workflows.reports.reports import ReportWorkflow, workflow_id


@dataclass(frozen=True)
class AskedReport:
    """What a person asks for. `known_at` None: as it was when the period ended."""

    kind: ReportKind
    first_day: date
    last_day: date
    known_at: datetime | None = None
    account_id: UUID | None = None
    party: str | None = None

    def terms(self, account: Account) -> ReportTerms:
        """Whoever is no staff asks for the statement of their own organisation, and need not say so."""
        account_id = self.account_id
        if (
            account_id is None
            and self.kind in OF_ONE_ACCOUNT
            and not account.may(Permission.MAKE_REPORTS)
        ):
            account_id = account.acts_for
        return ReportTerms(
            self.kind,
            self.first_day,
            self.last_day,
            self.known_at or end_of(self.last_day),
            account_id,
            self.party,
        )


async def make_report(parts: Resources, account: Account, key: str, asked: AskedReport) -> Report:
    """
    Have a report made; of a large registry it takes minutes. The same terms give a report that is there already.

    Raises:
        Forbidden: it is neither staff nor the statement of one's own holdings.
        Invalid: as `require_terms`, or there is no such account.
        OutcomeUnknown: it takes longer than an answer may.
        Unavailable: as for every workflow.
    """
    account.require(Permission.ASK_FOR_REPORT)
    terms = asked.terms(account)
    require_maker(account, terms)
    require_terms(terms, at=parts.clock.now())
    if terms.account_id is not None and terms.account_id != account.acts_for:
        await _require_account(parts, terms.account_id)
    report_id = operation_id(account.id, "report", key)
    await WorkflowClient(parts).start_with(
        Operation(report_id, report_address(report_id)),
        WorkflowStart(
            ReportWorkflow.run,
            MakeReport(
                report_id=report_id,
                actor_id=account.id,
                kind=terms.kind,
                first_day=terms.first_day,
                last_day=terms.last_day,
                known_at=terms.known_at,
                account_id=terms.account_id,
                party=terms.party,
            ),
            id=workflow_id(report_id),
            summary=f"Makes a compliance report ({terms.kind})",
            kind="report",
        ),
        ReportWorkflow.made,
        needs_storage=True,
    )
    async with parts.reading() as connection:
        made = await report_made_for(connection, account, report_id, terms)
    if made is None:
        raise NotFound("There is no such report.")
    return made


async def visible_report(parts: Resources, account: Account, report_id: UUID) -> Report:
    """
    Raises:
        NotFound: there is none, or it is not for this account to read.
    """
    async with parts.reading() as connection:
        found = await find_report(connection, account, report_id)
    if found is None:
        raise NotFound("There is no such report.")
    return found


async def read_report(parts: Resources, account: Account, report_id: UUID) -> Report:
    """
    As `visible_report`, and noted in the audit log before it is answered.

    Raises:
        NotFound: likewise.
    """
    report = await visible_report(parts, account, report_id)
    await note_read(parts, account, "report.read", ("report", report.id))
    return report


async def file_address(parts: Resources, account: Account, report_id: UUID, name: str) -> str:
    """
    An address of one file, good for a minute; noted in the audit log before it is answered.

    Raises:
        NotFound: there is no such report to be read, or it has no such file.
    """
    report = await visible_report(parts, account, report_id)
    address = address_of(parts, report, name)
    await note_read(parts, account, "report.read", ("report", report.id), {"file": name})
    return address


def address_of(parts: Resources, report: Report, name: str) -> str:
    """
    Raises:
        NotFound: the report has no such file.
    """
    sha256 = {file["name"]: file["sha256"] for file in files_of(report)}.get(name)
    if sha256 is None:
        raise NotFound("The report has no such file.")
    terms = report.terms
    format = ReportFormat(name.rpartition(".")[2])
    return parts.object_store.presigned_get(
        object_key(sha256),
        filename=f"{terms.kind}-{terms.first_day}-{terms.last_day}-v{report.version}-{name}",
        content_type=MEDIA_TYPES[format],
    )


def files_of(report: Report) -> list[dict[str, str]]:
    files: list[dict[str, str]] = json.loads(report.manifest)["files"]
    return files


async def _require_account(parts: Resources, account_id: UUID) -> None:
    async with parts.database.transaction() as work:
        known = await work.accounts.accounts.get(account_id)
    if known is None:
        detail = "There is no such account."
        raise Invalid(detail, Fault("/accountId", detail))
