"""
What each route does, in the words of the table of permissions, and whom it hides what it is about from (ADR 0066).

A route that stands in no row is answered to nobody, and its test fails (tests/api/rest/test_permissions.py).
"""

from dataclasses import dataclass
from typing import Any

from domain.accounts.api_keys import Scope
from domain.accounts.permissions import Permission

PREFIX = "/api/v1"


@dataclass(frozen=True)
class RouteRule:
    """
    `permission` is what the route does. Who may not `sees` what it is about is answered 404, who may and
    may still not do it 403. A `lists` route is everybody's who has an account, and shows what they may see.
    A key needs `scope`; None: no API key calls it.
    """

    permission: Permission
    sees: Permission | None = None
    lists: bool = False
    scope: Scope | None = None

    def turns_away_by_role(self) -> bool:
        """Whether a role that may never do it is refused at once, because nothing here is hidden."""
        return self.sees is None


def _list(permission: Permission, *, scope: Scope | None = None) -> RouteRule:
    return RouteRule(permission, permission, lists=True, scope=scope)


def _see(permission: Permission, *, scope: Scope | None = None) -> RouteRule:
    return RouteRule(permission, permission, scope=scope)


_PUBLIC = (
    "GET /calculations",
    "GET /calculations/{calculation_id}",
    "GET /ingestion-formats",
    "GET /ingestion-formats/{format_id}",
    "GET /ingestion-formats/{format_id}/sample.csv",
    "GET /ingestion-formats/{format_id}/schema.json",
    "GET /ingestion-formats/{format_id}/table-schema.json",
    "GET /methodologies",
    "GET /methodologies/{methodology_id}",
    "GET /registry/audit",
    "GET /registry/audit/anchors",
    "GET /registry/audit/archives",
    "GET /registry/audit/head",
    "GET /registry/audit/{seq}",
    "GET /registry/boundaries",
    "GET /registry/changes",
    "GET /registry/changes.jsonl",
    "GET /registry/conservation",
    "GET /registry/appeals",
    "GET /registry/appeals/{appeal_id}",
    "GET /registry/cancellations",
    "GET /registry/consultations",
    "GET /registry/corrections",
    "GET /registry/corrections/{correction_id}",
    "GET /registry/credits/{serial}",
    "GET /registry/credits/{serial}/lineage",
    "GET /registry/credits/{serial}/standards",
    "GET /registry/export/archive/{export_id}/datapackage.json",
    "GET /registry/export/archive/{export_id}/dcat.jsonld",
    "GET /registry/export/archive/{export_id}/manifest.json",
    "GET /registry/export/archive/{export_id}/{dataset}.{format}",
    "GET /registry/export/datapackage.json",
    "GET /registry/export/dcat.jsonld",
    "GET /registry/export/manifest.json",
    "GET /registry/export/{dataset}.{format}",
    "GET /registry/foreign-ranges",
    "GET /registry/labels",
    "GET /registry/log",
    "GET /registry/log/checkpoint",
    "GET /registry/log/tile/{tile}",
    "GET /registry/offers",
    "GET /registry/projects",
    "GET /registry/projects/{project_id}",
    "GET /registry/projects/{project_id}/boundary",
    "GET /registry/projects/{project_id}/consultation",
    "GET /registry/projects/{project_id}/obligations",
    "GET /registry/projects/{project_id}/standards",
    "GET /registry/retirements",
    "GET /registry/retirements/{retirement_id}",
    "GET /registry/retirements/{retirement_id}/certificate.json",
    "GET /registry/retirements/{retirement_id}/certificate.pdf",
    "GET /registry/retirements/{retirement_id}/certificate.proof.json",
    "GET /registry/retirements/{retirement_id}/certificate.vc.json",
    "GET /registry/retirements/{retirement_id}/certificates",
    "GET /registry/retirements/{retirement_id}/certificates/{digest}.json",
    "GET /registry/reversals",
    "GET /registry/reversals/{reversal_id}",
    "GET /registry/reversals/{reversal_id}/certificates",
    "GET /registry/reversals/{reversal_id}/obligation",
    "GET /registry/standards",
    "GET /registry/state",
    "GET /registry/status-lists/{status}/{list_number}.vc.json",
    "GET /registry/stats",
    "GET /registry/risk-tool",
    "GET /registry/units/{number}",
    "GET /registry/verifications/{verification_id}/quantification",
    "GET /registry/verifications/{verification_id}/quantification/inputs.json",
    "GET /registry/verifications/{verification_id}/statement",
    "GET /registry/verifications/{verification_id}/statement.pdf",
    "POST /registry/verify",
)

ROUTES: dict[str, RouteRule] = {route: RouteRule(Permission.READ_PUBLIC) for route in _PUBLIC} | {
    "GET /admin/alerts": RouteRule(Permission.RUN_CHAIN, scope=Scope.AUDIT_READ),
    "GET /admin/overview": RouteRule(Permission.SEE_EVERYTHING, scope=Scope.AUDIT_READ),
    "GET /api-keys": RouteRule(Permission.MANAGE_USERS),
    "GET /audit-logs": RouteRule(Permission.SEE_EVERYTHING, scope=Scope.AUDIT_READ),
    "GET /audit-logs/download": RouteRule(Permission.SEE_EVERYTHING, scope=Scope.AUDIT_READ),
    "GET /audit-logs/{seq}": RouteRule(Permission.SEE_EVERYTHING, scope=Scope.AUDIT_READ),
    "POST /auth/forgot-password": RouteRule(Permission.SIGN_IN),
    "POST /auth/login": RouteRule(Permission.SIGN_IN),
    "POST /auth/logout": RouteRule(Permission.SIGN_IN),
    "POST /auth/passkey": RouteRule(Permission.SIGN_IN),
    "POST /auth/passkey/new": RouteRule(Permission.SIGN_IN),
    "POST /auth/refresh": RouteRule(Permission.SIGN_IN),
    "POST /auth/register": RouteRule(Permission.SIGN_IN),
    "POST /auth/resend-verification": RouteRule(Permission.SIGN_IN),
    "POST /auth/reset-password": RouteRule(Permission.SIGN_IN),
    "POST /auth/verify-email": RouteRule(Permission.SIGN_IN),
    "POST /auth/wallet": RouteRule(Permission.SIGN_IN),
    "GET /buffer": RouteRule(Permission.CANCEL_CREDITS, scope=Scope.AUDIT_READ),
    "POST /buffer/{serial}/release": RouteRule(Permission.CANCEL_CREDITS, Permission.SEE_CREDITS),
    "POST /chain/provider-webhook": RouteRule(Permission.TELL_OF_CHAIN),
    "GET /chain/records": RouteRule(Permission.RUN_CHAIN, scope=Scope.AUDIT_READ),
    "GET /chain/records/{record_id}": RouteRule(Permission.RUN_CHAIN, scope=Scope.AUDIT_READ),
    "POST /chain/records/{record_id}/resume": RouteRule(Permission.RUN_CHAIN),
    "GET /chain/wallet": RouteRule(Permission.RUN_CHAIN, scope=Scope.AUDIT_READ),
    "POST /chain/wallet/freeze": RouteRule(Permission.FREEZE_REGISTRY),
    "POST /chain/wallet/resume": RouteRule(Permission.FREEZE_REGISTRY),
    "GET /credits": _list(Permission.SEE_CREDITS, scope=Scope.READ),
    "GET /credits/{serial}": _see(Permission.SEE_CREDITS, scope=Scope.READ),
    "POST /credits/{serial}/cancel": RouteRule(Permission.CANCEL_CREDITS, Permission.SEE_CREDITS),
    "GET /credits/{serial}/lineage": _see(Permission.SEE_CREDITS, scope=Scope.READ),
    "POST /credits/{serial}/retire": RouteRule(
        Permission.HOLD_CREDITS, Permission.SEE_CREDITS, scope=Scope.CREDITS_WRITE
    ),
    "GET /credits/{serial}/transactions": _see(Permission.SEE_CREDITS, scope=Scope.READ),
    "POST /credits/{serial}/transfer": RouteRule(
        Permission.HOLD_CREDITS, Permission.SEE_CREDITS, scope=Scope.CREDITS_WRITE
    ),
    "GET /documents/{document_id}": _see(Permission.SEE_PROJECT, scope=Scope.READ),
    "POST /documents/{document_id}/complete": RouteRule(
        Permission.COMPLETE_DOCUMENT, Permission.SEE_PROJECT, scope=Scope.DOCUMENTS_WRITE
    ),
    "POST /documents/{document_id}/versions": RouteRule(
        Permission.REPLACE_DOCUMENT, Permission.SEE_PROJECT, scope=Scope.DOCUMENTS_WRITE
    ),
    "GET /documents/{document_id}/content": RouteRule(
        Permission.READ_DOCUMENT, Permission.SEE_PROJECT, scope=Scope.READ
    ),
    "DELETE /documents/{document_id}/upload": RouteRule(
        Permission.COMPLETE_DOCUMENT, Permission.SEE_PROJECT, scope=Scope.DOCUMENTS_WRITE
    ),
    "GET /documents/{document_id}/upload": RouteRule(
        Permission.COMPLETE_DOCUMENT, Permission.SEE_PROJECT, scope=Scope.DOCUMENTS_WRITE
    ),
    "GET /events": RouteRule(Permission.MANAGE_WEBHOOKS, scope=Scope.AUDIT_READ),
    "GET /findings/{finding_id}": _see(Permission.SEE_PROJECT, scope=Scope.READ),
    "POST /findings/{finding_id}/close": RouteRule(
        Permission.RAISE_FINDING, Permission.SEE_PROJECT
    ),
    "POST /findings/{finding_id}/reopen": RouteRule(
        Permission.RAISE_FINDING, Permission.SEE_PROJECT
    ),
    "POST /findings/{finding_id}/replies": RouteRule(
        Permission.REPLY_TO_FINDING, Permission.SEE_PROJECT, scope=Scope.PROJECTS_WRITE
    ),
    "GET /ingestion-folders": _list(Permission.SEE_SUBMISSION, scope=Scope.READ),
    "POST /ingestion-folders": RouteRule(Permission.SUBMIT_FILE),
    "POST /ingestion-folders/events": RouteRule(Permission.TELL_OF_STORAGE),
    "GET /ingestion-folders/{folder_id}": _see(
        Permission.SEE_SUBMISSION, scope=Scope.INGESTIONS_WRITE
    ),
    "POST /ingestion-folders/{folder_id}/close": RouteRule(
        Permission.SUBMIT_FILE, Permission.SEE_SUBMISSION
    ),
    "GET /ingestion-folders/{folder_id}/drops": _see(
        Permission.SEE_SUBMISSION, scope=Scope.INGESTIONS_WRITE
    ),
    "POST /ingestion-folders/{folder_id}/uploads": RouteRule(
        Permission.SUBMIT_FILE, Permission.SEE_SUBMISSION, scope=Scope.INGESTIONS_WRITE
    ),
    "POST /ingestion-format-drafts": RouteRule(
        Permission.SUBMIT_FILE, scope=Scope.INGESTIONS_WRITE
    ),
    "GET /ingestion-format-drafts/{draft_id}": _see(
        Permission.SUBMIT_FILE, scope=Scope.INGESTIONS_WRITE
    ),
    "PUT /ingestion-format-drafts/{draft_id}": _see(
        Permission.SUBMIT_FILE, scope=Scope.INGESTIONS_WRITE
    ),
    "GET /ingestion-format-drafts/{draft_id}/dry-run": _see(
        Permission.SUBMIT_FILE, scope=Scope.INGESTIONS_WRITE
    ),
    "POST /ingestion-format-drafts/{draft_id}/save": _see(
        Permission.SUBMIT_FILE, scope=Scope.INGESTIONS_WRITE
    ),
    "GET /ingestion-formats/{format_id}/versions": _see(
        Permission.SEE_SUBMISSION, scope=Scope.READ
    ),
    "GET /ingestion-formats/{format_id}/versions/{version}": _see(
        Permission.SEE_SUBMISSION, scope=Scope.READ
    ),
    "POST /ingestion-formats/{format_id}/versions/{version}/dry-run": _see(
        Permission.SEE_SUBMISSION, scope=Scope.READ
    ),
    "POST /ingestion-formats/{format_id}/versions/{version}/review": RouteRule(
        Permission.REVIEW_FORMAT, Permission.SEE_SUBMISSION
    ),
    "GET /ingestions": _list(Permission.SEE_SUBMISSION, scope=Scope.READ),
    "POST /ingestions": RouteRule(Permission.SUBMIT_FILE, scope=Scope.INGESTIONS_WRITE),
    "GET /ingestions/{ingestion_id}": _see(Permission.SEE_SUBMISSION, scope=Scope.READ),
    "GET /ingestions/{ingestion_id}/annotated": _see(Permission.SEE_SUBMISSION, scope=Scope.READ),
    "GET /ingestions/{ingestion_id}/comparison": _see(Permission.SEE_SUBMISSION, scope=Scope.READ),
    "POST /ingestions/{ingestion_id}/complete": RouteRule(
        Permission.SUBMIT_FILE, Permission.SEE_SUBMISSION, scope=Scope.INGESTIONS_WRITE
    ),
    "GET /ingestions/{ingestion_id}/issue-groups": _see(
        Permission.SEE_SUBMISSION, scope=Scope.READ
    ),
    "GET /ingestions/{ingestion_id}/issues": _see(Permission.SEE_SUBMISSION, scope=Scope.READ),
    "GET /ingestions/{ingestion_id}/issues.csv": _see(Permission.SEE_SUBMISSION, scope=Scope.READ),
    "GET /ingestions/{ingestion_id}/issues.json": _see(Permission.SEE_SUBMISSION, scope=Scope.READ),
    "POST /ingestions/{ingestion_id}/issues/{number}/{act}": RouteRule(
        Permission.FOLLOW_UP_ISSUES, Permission.SEE_SUBMISSION, scope=Scope.INGESTIONS_WRITE
    ),
    "POST /ingestions/{ingestion_id}/resubmit": RouteRule(
        Permission.SUBMIT_FILE, Permission.SEE_SUBMISSION, scope=Scope.INGESTIONS_WRITE
    ),
    "POST /ingestions/{ingestion_id}/withdraw": RouteRule(
        Permission.SUBMIT_FILE, Permission.SEE_SUBMISSION, scope=Scope.INGESTIONS_WRITE
    ),
    "GET /ingestions/{ingestion_id}/upload": RouteRule(
        Permission.SUBMIT_FILE, Permission.SEE_SUBMISSION, scope=Scope.INGESTIONS_WRITE
    ),
    "GET /me": RouteRule(Permission.KEEP_OWN_ACCOUNT, scope=Scope.READ),
    "PATCH /me": RouteRule(Permission.KEEP_OWN_ACCOUNT),
    "GET /me/api-keys": RouteRule(Permission.KEEP_OWN_ACCOUNT),
    "POST /me/api-keys": RouteRule(Permission.KEEP_OWN_ACCOUNT),
    "DELETE /me/api-keys/{key_id}": _see(Permission.KEEP_OWN_ACCOUNT),
    "GET /me/consents": RouteRule(Permission.KEEP_OWN_ACCOUNT),
    "PUT /me/consents/{kind}": RouteRule(Permission.KEEP_OWN_ACCOUNT),
    "GET /me/erasure": RouteRule(Permission.KEEP_OWN_ACCOUNT),
    "POST /me/erasure": RouteRule(Permission.KEEP_OWN_ACCOUNT),
    "DELETE /me/erasure": RouteRule(Permission.KEEP_OWN_ACCOUNT),
    "GET /me/export": RouteRule(Permission.KEEP_OWN_ACCOUNT),
    "POST /me/export": RouteRule(Permission.KEEP_OWN_ACCOUNT),
    "GET /me/invitations": RouteRule(Permission.KEEP_OWN_ACCOUNT),
    "POST /me/invitations/{invitation_id}/accept": _see(Permission.KEEP_OWN_ACCOUNT),
    "POST /me/invitations/{invitation_id}/decline": _see(Permission.KEEP_OWN_ACCOUNT),
    "GET /me/notification-preferences": RouteRule(Permission.KEEP_OWN_ACCOUNT, scope=Scope.READ),
    "PUT /me/notification-preferences": RouteRule(Permission.KEEP_OWN_ACCOUNT),
    "GET /me/organisation": RouteRule(Permission.KEEP_OWN_ACCOUNT, scope=Scope.READ),
    "PATCH /me/organisation": RouteRule(Permission.KEEP_OWN_ACCOUNT),
    "POST /me/organisation/invitations": RouteRule(Permission.KEEP_OWN_ACCOUNT),
    "DELETE /me/organisation/invitations/{invitation_id}": _see(Permission.KEEP_OWN_ACCOUNT),
    "PATCH /me/organisation/members/{user_id}": _see(Permission.KEEP_OWN_ACCOUNT),
    "DELETE /me/organisation/members/{user_id}": _see(Permission.KEEP_OWN_ACCOUNT),
    "GET /me/passkeys": RouteRule(Permission.KEEP_OWN_ACCOUNT),
    "POST /me/passkeys": RouteRule(Permission.KEEP_OWN_ACCOUNT),
    "POST /me/passkeys/challenge": RouteRule(Permission.KEEP_OWN_ACCOUNT),
    "PATCH /me/passkeys/{passkey_id}": _see(Permission.KEEP_OWN_ACCOUNT),
    "DELETE /me/passkeys/{passkey_id}": _see(Permission.KEEP_OWN_ACCOUNT),
    "GET /me/notifications": RouteRule(Permission.KEEP_OWN_ACCOUNT, scope=Scope.READ),
    "POST /me/notifications/{notification_id}/read": _see(Permission.KEEP_OWN_ACCOUNT),
    "POST /me/password": RouteRule(Permission.KEEP_OWN_ACCOUNT),
    "POST /me/email": RouteRule(Permission.KEEP_OWN_ACCOUNT),
    "DELETE /me/email": RouteRule(Permission.KEEP_OWN_ACCOUNT),
    "GET /me/sessions": RouteRule(Permission.KEEP_OWN_ACCOUNT),
    "DELETE /me/sessions/{session_id}": _see(Permission.KEEP_OWN_ACCOUNT),
    "DELETE /me/wallet": RouteRule(Permission.KEEP_OWN_ACCOUNT),
    "PUT /me/wallet": RouteRule(Permission.KEEP_OWN_ACCOUNT),
    "POST /me/wallet/challenge": RouteRule(Permission.KEEP_OWN_ACCOUNT),
    "GET /projects": _list(Permission.SEE_PROJECT, scope=Scope.READ),
    "POST /projects": RouteRule(Permission.REGISTER_PROJECT, scope=Scope.PROJECTS_WRITE),
    "GET /projects/{project_id}": _see(Permission.SEE_PROJECT, scope=Scope.READ),
    "PATCH /projects/{project_id}": RouteRule(
        Permission.CHANGE_PROJECT, Permission.SEE_PROJECT, scope=Scope.PROJECTS_WRITE
    ),
    "GET /projects/{project_id}/changes": _see(Permission.SEE_PROJECT, scope=Scope.READ),
    "POST /projects/{project_id}/withdraw": RouteRule(
        Permission.CHANGE_PROJECT, Permission.SEE_PROJECT, scope=Scope.PROJECTS_WRITE
    ),
    "POST /projects/{project_id}/resubmit": RouteRule(
        Permission.OPEN_ROUND, Permission.SEE_PROJECT, scope=Scope.PROJECTS_WRITE
    ),
    "GET /projects/{project_id}/monitoring-periods": _see(Permission.SEE_PROJECT, scope=Scope.READ),
    "POST /projects/{project_id}/monitoring-periods": RouteRule(
        Permission.OPEN_ROUND, Permission.SEE_PROJECT, scope=Scope.PROJECTS_WRITE
    ),
    "POST /verifications/{verification_id}/resubmit": RouteRule(
        Permission.OPEN_ROUND, Permission.SEE_PROJECT, scope=Scope.PROJECTS_WRITE
    ),
    "GET /projects/{project_id}/public-preview": _see(Permission.SEE_PROJECT, scope=Scope.READ),
    "POST /projects/{project_id}/consultation": RouteRule(
        Permission.KEEP_CONSULTATIONS, Permission.SEE_PROJECT
    ),
    "POST /projects/{project_id}/consultation/comments/{number}/answer": RouteRule(
        Permission.ANSWER_COMMENT, Permission.SEE_PROJECT, scope=Scope.PROJECTS_WRITE
    ),
    "POST /projects/{project_id}/consultation/comments/{number}/hide": RouteRule(
        Permission.KEEP_CONSULTATIONS, Permission.SEE_PROJECT
    ),
    "POST /registry/projects/{project_id}/consultation/comments": RouteRule(Permission.COMMENT),
    "POST /verifications/{verification_id}/appeal": RouteRule(
        Permission.APPEAL, Permission.SEE_PROJECT, scope=Scope.PROJECTS_WRITE
    ),
    "POST /grievances": RouteRule(Permission.FILE_GRIEVANCE),
    "GET /appeals": _list(Permission.SEE_APPEAL, scope=Scope.READ),
    "GET /appeals/{appeal_id}": _see(Permission.SEE_APPEAL, scope=Scope.READ),
    "POST /appeals/{appeal_id}/acknowledge": RouteRule(Permission.DECIDE_APPEAL),
    "POST /appeals/{appeal_id}/decide": RouteRule(Permission.DECIDE_APPEAL),
    "POST /verifications/{verification_id}/corrections": RouteRule(
        Permission.CANCEL_CREDITS, Permission.SEE_PROJECT
    ),
    "POST /corrections/{correction_id}/replacements": RouteRule(
        Permission.MAKE_GOOD, Permission.SEE_CREDITS
    ),
    "POST /projects/{project_id}/buffer-share": RouteRule(
        Permission.SET_BUFFER_SHARE, Permission.SEE_PROJECT
    ),
    "GET /projects/{project_id}/risk-assessments": _see(Permission.SEE_PROJECT, scope=Scope.READ),
    "POST /projects/{project_id}/risk-assessments": RouteRule(
        Permission.ASSESS_RISK, Permission.SEE_PROJECT
    ),
    "POST /projects/{project_id}/risk-assessments/{number}/countersign": RouteRule(
        Permission.COUNTERSIGN_ASSESSMENT, Permission.SEE_PROJECT
    ),
    "POST /projects/{project_id}/risk-assessments/{number}/refuse": RouteRule(
        Permission.COUNTERSIGN_ASSESSMENT, Permission.SEE_PROJECT
    ),
    "GET /projects/{project_id}/boundary": _see(Permission.SEE_PROJECT, scope=Scope.READ),
    "PUT /projects/{project_id}/boundary": RouteRule(
        Permission.DRAW_BOUNDARY, Permission.SEE_PROJECT, scope=Scope.PROJECTS_WRITE
    ),
    "PUT /projects/{project_id}/sampling-points": RouteRule(
        Permission.DRAW_BOUNDARY, Permission.SEE_PROJECT, scope=Scope.PROJECTS_WRITE
    ),
    "GET /projects/{project_id}/devices": _see(Permission.SEE_PROJECT, scope=Scope.READ),
    "POST /projects/{project_id}/devices": RouteRule(
        Permission.SEND_READINGS, Permission.SEE_PROJECT, scope=Scope.READINGS_WRITE
    ),
    "GET /projects/{project_id}/readings": _see(Permission.SEE_PROJECT, scope=Scope.READ),
    "GET /projects/{project_id}/readings.csv": _see(Permission.SEE_PROJECT, scope=Scope.READ),
    "POST /projects/{project_id}/readings": RouteRule(
        Permission.SEND_READINGS, Permission.SEE_PROJECT, scope=Scope.READINGS_WRITE
    ),
    "GET /projects/{project_id}/documents": _see(Permission.SEE_PROJECT, scope=Scope.READ),
    "POST /projects/{project_id}/documents": RouteRule(
        Permission.UPLOAD_EVIDENCE, Permission.SEE_PROJECT, scope=Scope.DOCUMENTS_WRITE
    ),
    "POST /projects/{project_id}/reversals": RouteRule(
        Permission.CANCEL_CREDITS, Permission.SEE_PROJECT
    ),
    "POST /registry/export": RouteRule(Permission.PUBLISH_OPEN_DATA),
    "GET /reports": _list(Permission.ASK_FOR_REPORT, scope=Scope.READ),
    "POST /reports": RouteRule(Permission.ASK_FOR_REPORT),
    "GET /reports/{report_id}": _see(Permission.ASK_FOR_REPORT, scope=Scope.READ),
    "GET /reports/{report_id}/manifest.json": _see(Permission.ASK_FOR_REPORT, scope=Scope.READ),
    "GET /reports/{report_id}/files/{name}": _see(Permission.ASK_FOR_REPORT, scope=Scope.READ),
    "GET /reports/{report_id}/accesses": RouteRule(Permission.MAKE_REPORTS),
    "POST /reports/{report_id}/accesses": RouteRule(Permission.MAKE_REPORTS),
    "POST /report-accesses/{access_id}/revoke": RouteRule(Permission.MAKE_REPORTS),
    "POST /report-access": RouteRule(Permission.READ_BY_CODE),
    "POST /report-access/files": RouteRule(Permission.READ_BY_CODE),
    "POST /registry/freeze": RouteRule(Permission.FREEZE_REGISTRY),
    "POST /registry/unfreeze": RouteRule(Permission.FREEZE_REGISTRY),
    "GET /proposals": RouteRule(Permission.COUNTERSIGN_PROPOSAL, scope=Scope.AUDIT_READ),
    "GET /proposals/{proposal_id}": RouteRule(
        Permission.COUNTERSIGN_PROPOSAL, scope=Scope.AUDIT_READ
    ),
    "POST /proposals/{proposal_id}/countersign": RouteRule(Permission.COUNTERSIGN_PROPOSAL),
    "POST /proposals/{proposal_id}/refuse": RouteRule(Permission.COUNTERSIGN_PROPOSAL),
    "POST /proposals/{proposal_id}/withdraw": RouteRule(Permission.COUNTERSIGN_PROPOSAL),
    "GET /retirements": _list(Permission.SEE_CREDITS, scope=Scope.READ),
    "POST /retirements": RouteRule(
        Permission.HOLD_CREDITS, Permission.SEE_CREDITS, scope=Scope.CREDITS_WRITE
    ),
    "GET /retirements/{retirement_id}": _see(Permission.SEE_CREDITS, scope=Scope.READ),
    "GET /retirements/{retirement_id}/openings": _see(Permission.SEE_CREDITS, scope=Scope.READ),
    "GET /retirements/{retirement_id}/workflow": RouteRule(
        Permission.SEE_WORKFLOWS, Permission.SEE_CREDITS, scope=Scope.AUDIT_READ
    ),
    "POST /credits/{serial}/reservations": RouteRule(
        Permission.RESERVE_CREDITS, scope=Scope.CREDITS_WRITE
    ),
    "GET /reservations": _list(Permission.SEE_CREDITS, scope=Scope.READ),
    "GET /reservations/{reservation_id}": _see(Permission.SEE_CREDITS, scope=Scope.READ),
    "POST /reservations/{reservation_id}/accept": RouteRule(
        Permission.HOLD_CREDITS, Permission.SEE_CREDITS, scope=Scope.CREDITS_WRITE
    ),
    "POST /reservations/{reservation_id}/refuse": RouteRule(
        Permission.HOLD_CREDITS, Permission.SEE_CREDITS, scope=Scope.CREDITS_WRITE
    ),
    "POST /reservations/{reservation_id}/cancel": RouteRule(
        Permission.HOLD_CREDITS, Permission.SEE_CREDITS, scope=Scope.CREDITS_WRITE
    ),
    "POST /reservations/{reservation_id}/fulfil": RouteRule(
        Permission.HOLD_CREDITS, Permission.SEE_CREDITS, scope=Scope.CREDITS_WRITE
    ),
    "GET /invoices": _list(Permission.SEE_INVOICES, scope=Scope.READ),
    "GET /invoices/{invoice_id}": _see(Permission.SEE_INVOICES, scope=Scope.READ),
    "GET /invoices/{invoice_id}/invoice.pdf": _see(Permission.SEE_INVOICES, scope=Scope.READ),
    "POST /invoices/{invoice_id}/cancel": RouteRule(
        Permission.SETTLE_INVOICE, Permission.SEE_INVOICES
    ),
    "POST /invoices/{invoice_id}/checkout": RouteRule(
        Permission.PAY_INVOICE, Permission.SEE_INVOICES
    ),
    "POST /invoices/{invoice_id}/refund": RouteRule(
        Permission.SETTLE_INVOICE, Permission.SEE_INVOICES
    ),
    "POST /invoices/{invoice_id}/transfers": RouteRule(
        Permission.SETTLE_INVOICE, Permission.SEE_INVOICES
    ),
    "POST /payments/{payment_id}/decide": RouteRule(
        Permission.SETTLE_INVOICE, Permission.SEE_INVOICES
    ),
    "POST /payments/provider-webhook": RouteRule(Permission.TELL_OF_PAYMENT),
    "GET /fee-schedules": RouteRule(Permission.SET_FEES),
    "POST /fee-schedules": RouteRule(Permission.SET_FEES),
    "POST /fee-schedules/{number}/countersign": RouteRule(Permission.COUNTERSIGN_FEES),
    "POST /fee-schedules/{number}/refuse": RouteRule(Permission.COUNTERSIGN_FEES),
    "GET /offers": _list(Permission.SEE_CREDITS, scope=Scope.READ),
    "POST /offers": RouteRule(Permission.RESERVE_CREDITS, scope=Scope.CREDITS_WRITE),
    "DELETE /offers/{offer_id}": RouteRule(
        Permission.HOLD_CREDITS, Permission.SEE_CREDITS, scope=Scope.CREDITS_WRITE
    ),
    "POST /reversals/{reversal_id}/cancel-suspended": RouteRule(Permission.CANCEL_CREDITS),
    "POST /reversals/{reversal_id}/replacements": RouteRule(
        Permission.MAKE_GOOD, Permission.SEE_CREDITS
    ),
    "GET /transactions/{transaction_id}": _see(Permission.SEE_CREDITS, scope=Scope.READ),
    "GET /transactions/{transaction_id}/openings": _see(Permission.SEE_CREDITS, scope=Scope.READ),
    "GET /users": RouteRule(Permission.MANAGE_USERS),
    "POST /users": RouteRule(Permission.MANAGE_USERS),
    "GET /users/{user_id}": RouteRule(Permission.MANAGE_USERS),
    "PATCH /users/{user_id}": RouteRule(Permission.MANAGE_USERS),
    "POST /users/{user_id}/invitation": RouteRule(Permission.MANAGE_USERS),
    "GET /verifications": _list(Permission.SEE_PROJECT, scope=Scope.READ),
    "GET /verifications/{verification_id}": _see(Permission.SEE_PROJECT, scope=Scope.READ),
    "POST /verifications/{verification_id}/approve": RouteRule(
        Permission.DECIDE_VERIFICATION, Permission.SEE_PROJECT
    ),
    "POST /verifications/{verification_id}/assign": RouteRule(
        Permission.ASSIGN_VERIFIER, Permission.SEE_PROJECT
    ),
    "POST /verifications/{verification_id}/countersign": RouteRule(
        Permission.COUNTERSIGN, Permission.SEE_PROJECT
    ),
    "POST /verifications/{verification_id}/countersign/refuse": RouteRule(
        Permission.COUNTERSIGN, Permission.SEE_PROJECT
    ),
    "POST /verifications/{verification_id}/documents": RouteRule(
        Permission.UPLOAD_STATEMENT, Permission.SEE_PROJECT, scope=Scope.DOCUMENTS_WRITE
    ),
    "GET /verifications/{verification_id}/review": _see(Permission.SEE_PROJECT, scope=Scope.READ),
    "GET /verifications/{verification_id}/events": _see(Permission.SEE_PROJECT, scope=Scope.READ),
    "POST /verifications/{verification_id}/events": RouteRule(
        Permission.ADD_EVENT, Permission.SEE_PROJECT, scope=Scope.PROJECTS_WRITE
    ),
    "GET /verifications/{verification_id}/changes": _see(Permission.SEE_PROJECT, scope=Scope.READ),
    "GET /verifications/{verification_id}/findings": _see(Permission.SEE_PROJECT, scope=Scope.READ),
    "POST /verifications/{verification_id}/findings": RouteRule(
        Permission.RAISE_FINDING, Permission.SEE_PROJECT, scope=Scope.PROJECTS_WRITE
    ),
    "POST /verifications/{verification_id}/looked": _see(Permission.SEE_PROJECT),
    "POST /verifications/{verification_id}/reject": RouteRule(
        Permission.DECIDE_VERIFICATION, Permission.SEE_PROJECT
    ),
    "GET /verifications/{verification_id}/quantification": _see(
        Permission.SEE_PROJECT, scope=Scope.READ
    ),
    "POST /verifications/{verification_id}/quantification": RouteRule(
        Permission.QUANTIFY, Permission.SEE_PROJECT, scope=Scope.PROJECTS_WRITE
    ),
    "GET /verifications/{verification_id}/quantification/inputs.json": _see(
        Permission.SEE_PROJECT, scope=Scope.READ
    ),
    "GET /verifications/{verification_id}/statement": _see(
        Permission.SEE_PROJECT, scope=Scope.READ
    ),
    "PUT /verifications/{verification_id}/statement": RouteRule(
        Permission.WRITE_STATEMENT, Permission.SEE_PROJECT
    ),
    "PUT /verifications/{verification_id}/validator": RouteRule(
        Permission.ASSIGN_VERIFIER, Permission.SEE_PROJECT
    ),
    "GET /verifications/{verification_id}/validation": _see(
        Permission.SEE_PROJECT, scope=Scope.READ
    ),
    "PUT /verifications/{verification_id}/validation": RouteRule(
        Permission.WRITE_VALIDATION, Permission.SEE_PROJECT
    ),
    "PUT /verifications/{verification_id}/technical-reviewer": RouteRule(
        Permission.ASK_FOR_REVIEW, Permission.SEE_PROJECT
    ),
    "GET /verifications/{verification_id}/technical-review": _see(
        Permission.SEE_PROJECT, scope=Scope.READ
    ),
    "POST /verifications/{verification_id}/technical-review": RouteRule(
        Permission.REVIEW_STATEMENT, Permission.SEE_PROJECT
    ),
    "GET /verifications/{verification_id}/checklist": RouteRule(
        Permission.COUNTERSIGN, Permission.SEE_PROJECT
    ),
    "PUT /verifications/{verification_id}/checklist": RouteRule(
        Permission.COUNTERSIGN, Permission.SEE_PROJECT
    ),
    "GET /projects/{project_id}/standards": _see(Permission.SEE_PROJECT, scope=Scope.READ),
    "POST /projects/{project_id}/labels": RouteRule(
        Permission.RECORD_STANDARDS, Permission.SEE_PROJECT
    ),
    "POST /labels/{label_id}/confirm": RouteRule(Permission.RECORD_STANDARDS),
    "POST /labels/{label_id}/withdraw": RouteRule(Permission.RECORD_STANDARDS),
    "POST /projects/{project_id}/authorisations": RouteRule(
        Permission.RECORD_STANDARDS, Permission.SEE_PROJECT
    ),
    "POST /authorisations/{authorisation_id}/steps": RouteRule(Permission.RECORD_STANDARDS),
    "POST /authorisations/{authorisation_id}/steps/{number}/confirm": RouteRule(
        Permission.RECORD_STANDARDS
    ),
    "POST /authorisations/{authorisation_id}/steps/{number}/withdraw": RouteRule(
        Permission.RECORD_STANDARDS
    ),
    "POST /verifications/{verification_id}/foreign-ranges": RouteRule(
        Permission.RECORD_STANDARDS, Permission.SEE_PROJECT
    ),
    "POST /foreign-ranges/{range_id}/confirm": RouteRule(Permission.RECORD_STANDARDS),
    "POST /foreign-ranges/{range_id}/withdraw": RouteRule(Permission.RECORD_STANDARDS),
    "POST /methodologies": RouteRule(Permission.KEEP_METHODOLOGIES),
    "PATCH /methodologies/{methodology_id}": RouteRule(Permission.KEEP_METHODOLOGIES),
    "GET /verifications/{verification_id}/workflow": RouteRule(
        Permission.SEE_WORKFLOWS, Permission.SEE_PROJECT, scope=Scope.AUDIT_READ
    ),
    "GET /webhooks": RouteRule(Permission.MANAGE_WEBHOOKS, scope=Scope.AUDIT_READ),
    "POST /webhooks": RouteRule(Permission.MANAGE_WEBHOOKS),
    "DELETE /webhooks/{webhook_id}": RouteRule(Permission.MANAGE_WEBHOOKS),
    "GET /webhooks/{webhook_id}": RouteRule(Permission.MANAGE_WEBHOOKS, scope=Scope.AUDIT_READ),
    "PATCH /webhooks/{webhook_id}": RouteRule(Permission.MANAGE_WEBHOOKS),
    "GET /webhooks/{webhook_id}/deliveries": RouteRule(
        Permission.MANAGE_WEBHOOKS, scope=Scope.AUDIT_READ
    ),
    "POST /webhooks/{webhook_id}/deliveries/{delivery_id}/replay": RouteRule(
        Permission.MANAGE_WEBHOOKS
    ),
    "POST /webhooks/{webhook_id}/ping": RouteRule(Permission.MANAGE_WEBHOOKS),
    "POST /webhooks/{webhook_id}/replay": RouteRule(Permission.MANAGE_WEBHOOKS),
    "GET /verification-bodies": RouteRule(Permission.MANAGE_USERS, scope=Scope.AUDIT_READ),
    "POST /verification-bodies": RouteRule(Permission.MANAGE_USERS),
    "GET /verification-bodies/{body_id}": RouteRule(
        Permission.MANAGE_USERS, scope=Scope.AUDIT_READ
    ),
    "PATCH /verification-bodies/{body_id}": RouteRule(Permission.MANAGE_USERS),
    "POST /verification-bodies/{body_id}/verifiers": RouteRule(Permission.MANAGE_USERS),
    "GET /verifications/{verification_id}/conflict-of-interest": RouteRule(
        Permission.DECIDE_VERIFICATION, Permission.SEE_PROJECT
    ),
    "POST /verifications/{verification_id}/conflict-of-interest": RouteRule(
        Permission.DECLARE_INTERESTS, Permission.SEE_PROJECT
    ),
}
"""Method and path below /api/v1, as the OpenAPI document has them."""


UNDOCUMENTED = {"POST /codec/decode": RouteRule(Permission.SEE_WORKFLOWS)}
"""Asked by the page of another program, so that it stands in no document of ours."""


def rule_of(scope: Any, method: str) -> RouteRule | None:
    """None: the route is in no table, and nobody is answered."""
    route = route_of(scope, method)
    return ROUTES.get(route) or UNDOCUMENTED.get(route)


def route_of(scope: Any, method: str) -> str:
    """As `ROUTES` names the route that a request has come to."""
    # As the document writes it: without the kind of what may hold a slash.
    path: str = scope["route"].path_format
    return f"{method} {path.removeprefix(PREFIX)}"
