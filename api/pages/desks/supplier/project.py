"""One project as its supplier sees it: what it waits for, its rounds, documents, notes and credits."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID, uuid4

from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from adapters.postgres.credits.reads import totals as reads_totals
from adapters.postgres.credits.reads.entries import CreditFilter, credits_page
from adapters.postgres.projects.reads import appeals as reads_appeals
from adapters.postgres.projects.reads import changes as reads_changes
from adapters.postgres.projects.reads import documents as reads_documents
from adapters.postgres.projects.reads import findings as reads_findings
from adapters.postgres.projects.reads import verifications as reads_verifications
from adapters.postgres.projects.reads.desks.supplier_projects import (
    SupplierFilter,
    SupplierProjectView,
    supplier_projects_page,
)
from adapters.postgres.projects.reads.findings import FindingView
from adapters.postgres.projects.reads.verifications import VerificationFilter, VerificationView
from adapters.postgres.queries import PageRequest
from api.commands.projects import rounds as commands
from api.commands.projects.changes import withdraw_round
from api.http.cursors import read_cursor, write_cursor
from api.http.fields import Day, Text
from api.http.middleware.body_limit import FILE_BYTES_MAX
from api.http.resources import reading, resources
from api.http.schema import RequestSchema
from api.pages.desks.actions import staff
from api.pages.desks.appealing import may_appeal
from api.pages.desks.supplier.projects import lines_of
from api.pages.parts.forms import NOT_CARRIED_OUT, FormFaults, form_faults, read_form
from api.pages.parts.labels import word
from api.pages.parts.rendering import render_response
from api.pages.parts.routing import PageMissing, page_router, see_other
from api.pages.parts.security import policy_uploading
from domain.accounts.roles import Account, Permission
from domain.projects.changes.project_changes import ProjectChange, words_of
from domain.projects.changes.withdrawal import NOTE_LENGTH_MAX
from domain.projects.documents import FILE_SIZE_MAX, Disclosure, DocumentType
from domain.projects.findings import FINDINGS_MAX, FindingState
from domain.projects.monitoring_periods import WHAT_CHANGED_LENGTH_MAX
from domain.projects.projects import ProjectStatus
from domain.projects.verification import ENDED_WITHOUT_APPROVAL, MonitoringPeriod

DOCUMENTS_SHOWN = 30
EVENTS_SHOWN = 50
ROUNDS_SHOWN = 100
CREDITS_SHOWN = 20
DONE = {
    "registered": "The project is registered. Upload its documents now; the verifier begins with them.",
    "document": "The document is there, and counts.",
    "given-up": "The upload is given up, and what was there of it is gone.",
    "reading": "The document is uploaded. The registry still reads it; look again in a moment.",
    "period": "The round for the monitoring period is open. Upload its monitoring report now.",
    "edit": "The project is changed, and its verifier told.",
    "withdraw": "The round is withdrawn. It stays to be read, and you may resubmit it.",
    "resubmit": "The round is open again. Upload its documents now.",
}
CLASSES = {
    Disclosure.PUBLIC: "everybody sees name, type and bytes as soon as it is uploaded",
    Disclosure.INTERNAL: "the public sees its type and SHA-256; you, the verifier and the registry read it",
    Disclosure.CONFIDENTIAL: "as internal, and it is named on no page",
    Disclosure.RESTRICTED: "the public sees its type and SHA-256; you, the assigned verifier and staff read it",
}
"""What the public will see of a document of each class, and when (domain/projects/documents.py)."""

CHANGES_SHOWN = 20
POINTERS = {
    "/from": "first_day",
    "/to": "last_day",
    "/whatChanged": "what_changed",
    "/note": "note",
}

router = page_router()


class PeriodForm(RequestSchema):
    first_day: Day = Field(alias="from")
    last_day: Day = Field(alias="to")
    what_changed: Annotated[str, Text(WHAT_CHANGED_LENGTH_MAX, lines=True)] | None = None


class WithdrawalForm(RequestSchema):
    note: Annotated[str, Text(NOTE_LENGTH_MAX, lines=True)]


class ResubmissionForm(RequestSchema):
    """Empty only after an upheld appeal; the rule says so."""

    what_changed: Annotated[str, Text(WHAT_CHANGED_LENGTH_MAX, shortest=0, lines=True)]


@dataclass(frozen=True)
class ChangedFact:
    """As people read it; several facts may have changed at once."""

    at: datetime
    fact: str
    before: str
    after: str


@dataclass(frozen=True)
class ProjectForms:
    """`form`: which of the page's forms was sent and refused; the others begin empty."""

    form: str = ""
    typed: Mapping[str, str] = field(default_factory=dict)
    faults: FormFaults = field(default_factory=lambda: FormFaults(200))


@router.get("/desk/projects/{project_id}")
async def look(request: Request, project_id: UUID) -> Response:
    return await project_page(request, project_id, ProjectForms())


@router.post("/desk/projects/{project_id}")
async def change(request: Request, project_id: UUID) -> Response:
    """`do`: open a monitoring period, withdraw the open round, or resubmit what ended so (`subject`)."""
    account = staff(request, Permission.OPEN_ROUND).account
    typed = await read_form(request)
    do = typed.get("do", "")
    try:
        if do == "period":
            await _open_period(request, account, project_id, typed)
        elif do == "withdraw":
            await _withdraw(request, account, project_id, typed)
        elif do == "resubmit":
            await _resubmit(request, account, typed)
        else:
            raise PageMissing("button")
    except NOT_CARRIED_OUT as no:
        faults = form_faults(no, POINTERS)
        return await project_page(request, project_id, ProjectForms(do, typed, faults))
    return see_other(f"/desk/projects/{project_id}?done={do}")


async def _open_period(
    request: Request, account: Account, project_id: UUID, typed: Mapping[str, str]
) -> None:
    names = {"from": "first_day", "to": "last_day", "whatChanged": "what_changed"}
    sent = {place: typed[name] for place, name in names.items() if typed.get(name, "").strip()}
    form = PeriodForm.model_validate(sent)
    await commands.open_monitoring_period(
        resources(request),
        account,
        typed.get("key") or str(uuid4()),
        project_id,
        MonitoringPeriod(form.first_day, form.last_day),
        what_changed=form.what_changed,
    )


async def _withdraw(
    request: Request, account: Account, project_id: UUID, typed: Mapping[str, str]
) -> None:
    form = WithdrawalForm.model_validate({"note": typed.get("note", "")})
    key = typed.get("key") or str(uuid4())
    await withdraw_round(resources(request), account, key, project_id, note=form.note)


async def _resubmit(request: Request, account: Account, typed: Mapping[str, str]) -> None:
    form = ResubmissionForm.model_validate({"whatChanged": typed.get("what_changed", "")})
    try:
        rejected = UUID(typed.get("subject", ""))
    except ValueError:
        raise PageMissing("round") from None
    await commands.resubmit(
        resources(request),
        account,
        typed.get("key") or str(uuid4()),
        rejected,
        what_changed=form.what_changed,
    )


async def project_page(request: Request, project_id: UUID, forms: ProjectForms) -> Response:
    """
    The page, with the form that was refused where one was; `documents` pages through the documents.

    Raises:
        PageMissing: there is no such project of the supplier's.
    """
    account = staff(request, Permission.REGISTER_PROJECT).account
    query = request.query_params
    documents_page = PageRequest(DOCUMENTS_SHOWN, after=read_cursor(query.get("documents", "")))
    parts = resources(request)
    async with reading(request) as connection:
        found = await supplier_projects_page(
            connection, SupplierFilter(project_id=project_id), PageRequest(1), account=account
        )
        if not found:
            raise PageMissing("project")
        view = found[0]
        rounds = await reads_verifications.verifications_page(
            connection,
            VerificationFilter(project_id=project_id),
            PageRequest(ROUNDS_SHOWN),
            account=account,
        )
        shown_round = _shown_round(view, rounds, query.get("round", ""))
        events = await reads_verifications.events_page(
            connection, shown_round, PageRequest(EVENTS_SHOWN)
        )
        documents = await reads_documents.documents_page(connection, project_id, documents_page)
        awaited = await reads_documents.awaited_documents(connection, view.newest.id, account.id)
        findings = await reads_findings.findings_page(
            connection, shown_round, PageRequest(FINDINGS_MAX, newest_first=False)
        )
        changes = await reads_changes.changes_page(
            connection, project_id, PageRequest(CHANGES_SHOWN)
        )
        appeal = await reads_appeals.appeal_against(connection, view.newest.id)
        sums = await reads_totals.project_sums(connection, project_id)
        credits = await credits_page(
            connection,
            CreditFilter(project_id=project_id),
            PageRequest(CREDITS_SHOWN),
            account=account,
        )
    last = documents_page.last_shown(documents)
    newest = view.newest
    answer = render_response(
        request,
        "desks/supplier/project.html",
        status=forms.faults.status,
        line=lines_of(request, [view])[0],
        project=view.project,
        newest=newest,
        rounds=[one.verification for one in rounds],
        shown_round=next(
            (one.verification for one in rounds if one.verification.id == shown_round), newest
        ),
        events=events[:EVENTS_SHOWN],
        more_events=len(events) > EVENTS_SHOWN,
        documents=documents_page.shown(documents),
        awaited=awaited,
        next_link=f"?documents={write_cursor((last.document.created_at, last.document.id))}#documents"
        if last
        else None,
        first_link=f"/desk/projects/{project_id}#documents" if query.get("documents") else None,
        sums=sums,
        credits=credits[:CREDITS_SHOWN],
        my_id=account.id,
        takes_documents=not newest.is_decided,
        may_open_period=view.project.status is ProjectStatus.VERIFIED and not newest.is_open,
        may_resubmit=newest.status in ENDED_WITHOUT_APPROVAL,
        appeal=appeal,
        may_appeal=appeal is None and await may_appeal(request, newest),
        findings=sorted(findings, key=_by_state),
        may_edit=view.project.status is ProjectStatus.PENDING,
        may_withdraw=not newest.is_decided,
        changes=[one for change in changes[:CHANGES_SHOWN] for one in _facts(change)],
        forms=forms,
        faults=forms.faults,
        typed=forms.typed,
        first_fault=next(iter(forms.faults.fields), None),
        key=forms.typed.get("key") if forms.faults.ask_again else str(uuid4()),
        done=DONE.get(query.get("done", "")),
        types=sorted(
            ((one.value, word(one.value)) for one in DocumentType), key=lambda one: one[1]
        ),
        classes=[(one.value, sentence) for one, sentence in CLASSES.items()],
        file_bytes_max=FILE_BYTES_MAX,
        file_size_max=FILE_SIZE_MAX,
        lengths={"what_changed": WHAT_CHANGED_LENGTH_MAX, "note": NOTE_LENGTH_MAX},
    )
    answer.headers["Content-Security-Policy"] = policy_uploading(parts.object_store.origin)
    return answer


def _by_state(view: FindingView) -> tuple[int, int]:
    """What is to be answered first, then what is with the verifier, then what is settled."""
    return list(FindingState).index(view.finding.state), view.finding.number


def _facts(change: ProjectChange) -> Iterator[ChangedFact]:
    for name, fact in change.changes.items():
        before, after = (_in_words(name, value) for value in (fact.before, fact.after))
        yield ChangedFact(change.changed_at, words_of(name), before, after)


def _in_words(name: str, value: Any) -> str:
    if name == "coordinates":
        return f"{value['latitude']}, {value['longitude']}"
    return word(str(value)) if name == "type" else str(value)


def _shown_round(view: SupplierProjectView, rounds: Sequence[VerificationView], asked: str) -> UUID:
    """The round with the number that is asked for, else the newest."""
    for one in rounds:
        if str(one.verification.number) == asked:
            return one.verification.id
    return view.newest.id
