"""Puts the pages, their static files and their headers onto an application."""

from inspect import isawaitable

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ExceptionHandler

from adapters.settings import Settings
from api.pages.about import about, about_disclosure, api_docs, crawlers
from api.pages.accounts import (
    own_data,
    passwords,
    registration,
    second_step,
    sign_in,
    unsubscribe,
    wallet,
)
from api.pages.desks import account as my_account
from api.pages.desks import (
    api_keys,
    appealing,
    findings,
    handing_in,
    ingestions,
    matters,
    organisation,
    passkeys,
    public_preview,
)
from api.pages.desks import notifications as my_notifications
from api.pages.desks.holdings import moving, portfolio, reserving, retiring
from api.pages.desks.ingestion import drafts as ingestion_drafts
from api.pages.desks.ingestion import folders as ingestion_folders
from api.pages.desks.ingestion import formats as ingestion_formats
from api.pages.desks.ingestion import issues as ingestion_issues
from api.pages.desks.kept import standards as staff_standards
from api.pages.desks.monitoring import places as monitoring_places
from api.pages.desks.monitoring import quantifications as monitoring_quantifications
from api.pages.desks.payments import fees, invoices
from api.pages.desks.reports import reading_by_code as report_reading
from api.pages.desks.reports import reports as report_desk
from api.pages.desks.staff import alerts as staff_alerts
from api.pages.desks.staff import api_keys as staff_api_keys
from api.pages.desks.staff import appeals as staff_appeals
from api.pages.desks.staff import audit as staff_audit
from api.pages.desks.staff import board as staff_board
from api.pages.desks.staff import bodies as staff_bodies
from api.pages.desks.staff import chain as staff_chain
from api.pages.desks.staff import entries as staff_entries
from api.pages.desks.staff import methodologies as staff_methodologies
from api.pages.desks.staff import projects as staff_projects
from api.pages.desks.staff import proposals as staff_proposals
from api.pages.desks.staff import registry as staff_registry
from api.pages.desks.staff import rounds as staff_rounds
from api.pages.desks.staff import users as staff_users
from api.pages.desks.staff import webhooks as staff_webhooks
from api.pages.desks.supplier import document_version as supplier_document_version
from api.pages.desks.supplier import edit_project as supplier_edit_project
from api.pages.desks.supplier import new_project as supplier_new_project
from api.pages.desks.supplier import project as supplier_project
from api.pages.desks.supplier import projects as supplier_projects
from api.pages.desks.supplier import uploads as supplier_uploads
from api.pages.desks.verifier import decisions as verifier_decisions
from api.pages.desks.verifier import documents as verifier_documents
from api.pages.desks.verifier import findings as verifier_findings
from api.pages.desks.verifier import opinions as verifier_opinions
from api.pages.desks.verifier import queue as verifier_queue
from api.pages.desks.verifier import statements as verifier_statements
from api.pages.desks.verifier import technical_review as verifier_technical_review
from api.pages.desks.verifier import uploads as verifier_uploads
from api.pages.desks.verifier import workspace as verifier_workspace
from api.pages.parts import assets
from api.pages.parts.routing import is_page, missing_page
from api.pages.parts.security import SecurityHeaders
from api.pages.public import (
    audit,
    bodies,
    conservation,
    home,
    keys,
    market,
    offline_check,
    open_data,
    search,
    verify,
)
from api.pages.public import chain as records
from api.pages.public import credits as credit
from api.pages.public import ledger_rules as ledger
from api.pages.public import projects as project
from api.pages.public import retirements as retirement
from api.pages.public.assurance import (
    appeals,
    consultations,
    corrections,
    methodologies,
    monitoring,
    risk,
    statements,
)

_NOT_FOUND = 404
ROUTERS = (
    home.router,
    ledger.router,
    about_disclosure.router,
    audit.router,
    project.router,
    retirement.router,
    market.router,
    reserving.router,
    invoices.router,
    fees.router,
    credit.router,
    conservation.router,
    open_data.router,
    records.router,
    keys.router,
    search.router,
    verify.router,
    offline_check.router,
    about.router,
    crawlers.router,
    api_docs.router,
    sign_in.router,
    registration.router,
    passwords.router,
    my_account.router,
    my_notifications.router,
    public_preview.router,
    unsubscribe.router,
    second_step.router,
    matters.router,
    portfolio.router,
    moving.router,
    retiring.router,
    organisation.router,
    bodies.router,
    methodologies.router,
    statements.router,
    consultations.router,
    appealing.router,
    handing_in.router,
    appeals.router,
    corrections.router,
    staff_appeals.router,
    risk.router,
    monitoring.router,
    staff_bodies.router,
    staff_methodologies.router,
    wallet.router,
    passkeys.router,
    api_keys.router,
    own_data.router,
    staff_board.router,
    staff_rounds.router,
    staff_proposals.router,
    staff_alerts.router,
    staff_chain.router,
    staff_registry.router,
    staff_entries.router,
    staff_projects.router,
    staff_standards.router,
    staff_users.router,
    staff_api_keys.router,
    staff_webhooks.router,
    staff_audit.router,
    report_desk.router,
    report_reading.router,
    ingestions.router,
    ingestion_issues.router,
    ingestion_drafts.router,
    ingestion_formats.router,
    ingestion_folders.router,
    supplier_projects.router,
    supplier_new_project.router,
    supplier_edit_project.router,
    supplier_uploads.router,
    supplier_document_version.router,
    supplier_project.router,
    monitoring_places.router,
    monitoring_quantifications.router,
    findings.router,
    verifier_findings.router,
    verifier_opinions.router,
    verifier_technical_review.router,
    verifier_queue.router,
    verifier_workspace.router,
    verifier_uploads.router,
    verifier_documents.router,
    verifier_decisions.router,
    verifier_statements.router,
)


def mount_pages(app: FastAPI, settings: Settings) -> None:
    """
    Add every page, /static, the security headers, and a 404 page for unknown addresses.

    Call it after the API's own error handlers were added: addresses that are no pages keep them.
    """
    for router in ROUTERS:
        app.include_router(router)
    app.router.routes.append(assets.route)
    app.add_middleware(
        SecurityHeaders, over_https=settings.registry.public_url.startswith("https://")
    )
    app.add_exception_handler(_NOT_FOUND, _missing_for(app))


def _missing_for(app: FastAPI) -> ExceptionHandler:
    """A handler for one status goes before handlers for classes, so it must pass on what is not its own."""

    async def missing(request: Request, error: Exception) -> Response:
        if is_page(request):
            return missing_page(request, "page")
        answer = app.exception_handlers[HTTPException](request, error)
        return await answer if isawaitable(answer) else answer

    return missing
