"""
The tables, with the constraints that have the last word and a comment on each column that needs one.

One file for each noun. Triggers that no column can express (children tile their parent, nothing is
un-retired, the audit log only grows) stand in the migrations. All tables are imported here, so
that whoever asks for `metadata` sees the whole schema.
"""

from adapters.postgres.tables.accounts import (
    account_writes,
    api_keys,
    passkey_challenges,
    passkeys,
    sessions,
    sign_in_failures,
    users,
    wallet_challenges,
)
from adapters.postgres.tables.assurance.methodologies import (
    methodologies,
    methodology_versions,
)
from adapters.postgres.tables.assurance.opinions import (
    risk_assessments,
    risk_decisions,
    round_assignments,
    technical_reviews,
    validation_opinions,
)
from adapters.postgres.tables.assurance.statements import (
    checklist_ticks,
    verification_statements,
)
from adapters.postgres.tables.audit import (
    audit_archives,
    audit_head,
    audit_logs,
    audit_queue,
)
from adapters.postgres.tables.certificates import (
    certificate_corrections,
    certificate_credentials,
    certificates,
    credential_status_places,
    status_lists,
    superseded_certificates,
)
from adapters.postgres.tables.chain import (
    chain_record_openings,
    chain_records,
    chain_transactions,
    reconciliations,
)
from adapters.postgres.tables.chain_watch import alerts, chain_provider
from adapters.postgres.tables.credits.issuance_corrections import (
    correction_cancellations,
    issuance_corrections,
)
from adapters.postgres.tables.credits.reservations import offers, reservations
from adapters.postgres.tables.credits.standards import (
    authorisation_steps,
    authorisations,
    foreign_ranges,
    standard_labels,
)
from adapters.postgres.tables.documents import documents
from adapters.postgres.tables.ingestion.files import ingestion_chunks, ingestion_issues, ingestions
from adapters.postgres.tables.ingestion.folders import ingestion_drops, ingestion_folders
from adapters.postgres.tables.ingestion.follow_up import (
    ingestion_issue_groups,
    ingestion_issue_messages,
    ingestion_issue_rows,
)
from adapters.postgres.tables.ingestion.formats import ingestion_format_drafts, ingestion_formats
from adapters.postgres.tables.ingestion.records import ingested_ranges, ingested_records
from adapters.postgres.tables.ledger import (
    credit_entries,
    credit_sum_changes,
    credit_sums,
    credit_transactions,
    ledger_changes,
    ledger_checks,
    ledger_head,
    registry_state,
    retirements,
    serial_counters,
    unit_counter,
)
from adapters.postgres.tables.monitoring.boundaries import (
    boundary_overlaps,
    project_boundaries,
    sampling_points,
)
from adapters.postgres.tables.monitoring.quantifications import (
    quantification_inputs,
    quantifications,
)
from adapters.postgres.tables.monitoring.readings import devices, readings
from adapters.postgres.tables.notifications import (
    account_acts,
    account_messages,
    account_tokens,
    consents,
    data_exports,
    digests,
    erasures,
    notification_preferences,
    notification_settings,
    notifications,
    personal_data_keys,
    proposals,
)
from adapters.postgres.tables.organisations.accreditations import (
    accreditations,
    conflict_declarations,
)
from adapters.postgres.tables.organisations.organisations import (
    organisation_invitations,
    organisation_members,
    organisations,
)
from adapters.postgres.tables.payments.invoices import (
    fee_decisions,
    fee_schedules,
    invoices,
    payments,
)
from adapters.postgres.tables.projects import (
    buffer_shares,
    likely_duplicates,
    project_changes,
    projects,
)
from adapters.postgres.tables.publishing import (
    exports,
    outbox_events,
    public_fragment_changes,
    public_fragments,
    public_revisions,
    webhook_deliveries,
    webhooks,
)
from adapters.postgres.tables.reports.reports import report_accesses, report_readings, reports
from adapters.postgres.tables.requests import (
    activity_effects,
    drafts,
    idempotency_keys,
    unfinished_forms,
)
from adapters.postgres.tables.reversals import (
    obligation_cancellations,
    obligations,
    reversal_cancellations,
    reversal_coverings,
    reversals,
)
from adapters.postgres.tables.rounds.appeals import appeals
from adapters.postgres.tables.rounds.consultations import (
    consultation_answers,
    consultation_comments,
    consultation_hidings,
    consultations,
)
from adapters.postgres.tables.rounds.findings import (
    finding_attachments,
    finding_messages,
    findings,
    round_looks,
)
from adapters.postgres.tables.schema import metadata
from adapters.postgres.tables.transparency.log import (
    log_checkpoints,
    log_cosignatures,
    log_runs,
    log_tiles,
    log_tree,
)
from adapters.postgres.tables.verification import (
    registry_policy,
    verification_events,
    verification_requests,
)
from adapters.postgres.tables.wallets import platform_addresses, wallet_outputs, wallets

__all__ = [
    "account_acts",
    "account_messages",
    "account_tokens",
    "account_writes",
    "accreditations",
    "activity_effects",
    "alerts",
    "api_keys",
    "appeals",
    "audit_archives",
    "audit_head",
    "audit_logs",
    "audit_queue",
    "authorisation_steps",
    "authorisations",
    "boundary_overlaps",
    "buffer_shares",
    "certificate_corrections",
    "certificate_credentials",
    "certificates",
    "chain_provider",
    "chain_record_openings",
    "chain_records",
    "chain_transactions",
    "checklist_ticks",
    "conflict_declarations",
    "consents",
    "consultation_answers",
    "consultation_comments",
    "consultation_hidings",
    "consultations",
    "correction_cancellations",
    "credential_status_places",
    "credit_entries",
    "credit_sum_changes",
    "credit_sums",
    "credit_transactions",
    "data_exports",
    "devices",
    "digests",
    "documents",
    "drafts",
    "erasures",
    "exports",
    "fee_decisions",
    "fee_schedules",
    "finding_attachments",
    "finding_messages",
    "findings",
    "foreign_ranges",
    "idempotency_keys",
    "ingested_ranges",
    "ingested_records",
    "ingestion_chunks",
    "ingestion_drops",
    "ingestion_folders",
    "ingestion_format_drafts",
    "ingestion_formats",
    "ingestion_issue_groups",
    "ingestion_issue_messages",
    "ingestion_issue_rows",
    "ingestion_issues",
    "ingestions",
    "invoices",
    "issuance_corrections",
    "ledger_changes",
    "ledger_checks",
    "ledger_head",
    "likely_duplicates",
    "log_checkpoints",
    "log_cosignatures",
    "log_runs",
    "log_tiles",
    "log_tree",
    "metadata",
    "methodologies",
    "methodology_versions",
    "notification_preferences",
    "notification_settings",
    "notifications",
    "obligation_cancellations",
    "obligations",
    "offers",
    "organisation_invitations",
    "organisation_members",
    "organisations",
    "outbox_events",
    "passkey_challenges",
    "passkeys",
    "payments",
    "personal_data_keys",
    "platform_addresses",
    "project_boundaries",
    "project_changes",
    "projects",
    "proposals",
    "public_fragment_changes",
    "public_fragments",
    "public_revisions",
    "quantification_inputs",
    "quantifications",
    "readings",
    "reconciliations",
    "registry_policy",
    "registry_state",
    "report_accesses",
    "report_readings",
    "reports",
    "reservations",
    "retirements",
    "reversal_cancellations",
    "reversal_coverings",
    "reversals",
    "risk_assessments",
    "risk_decisions",
    "round_assignments",
    "round_looks",
    "sampling_points",
    "serial_counters",
    "sessions",
    "sign_in_failures",
    "standard_labels",
    "status_lists",
    "superseded_certificates",
    "technical_reviews",
    "unfinished_forms",
    "unit_counter",
    "users",
    "validation_opinions",
    "verification_events",
    "verification_requests",
    "verification_statements",
    "wallet_challenges",
    "wallet_outputs",
    "wallets",
    "webhook_deliveries",
    "webhooks",
]
