"""Where the JSON API shows what a command brought about; an answer that is late names it too."""

from uuid import UUID

BASE_PATH = "/api/v1"
REGISTRY_STATE = f"{BASE_PATH}/registry/state"
WALLET_STATE = f"{BASE_PATH}/chain/wallet"


def transaction_address(transaction_id: UUID) -> str:
    return f"{BASE_PATH}/transactions/{transaction_id}"


def retirement_address(retirement_id: UUID) -> str:
    return f"{BASE_PATH}/retirements/{retirement_id}"


def reversal_address(reversal_id: UUID) -> str:
    return f"{BASE_PATH}/registry/reversals/{reversal_id}"


def obligation_address(reversal_id: UUID) -> str:
    return f"{BASE_PATH}/registry/reversals/{reversal_id}/obligation"


def invoice_address(invoice_id: UUID) -> str:
    return f"{BASE_PATH}/invoices/{invoice_id}"


def project_address(project_id: UUID) -> str:
    return f"{BASE_PATH}/projects/{project_id}"


def consultation_address(project_id: UUID) -> str:
    return f"{BASE_PATH}/registry/projects/{project_id}/consultation"


def appeal_address(appeal_id: UUID) -> str:
    return f"{BASE_PATH}/appeals/{appeal_id}"


def issuance_correction_address(correction_id: UUID) -> str:
    return f"{BASE_PATH}/registry/corrections/{correction_id}"


def project_standards_address(project_id: UUID) -> str:
    return f"{BASE_PATH}/projects/{project_id}/standards"


def verification_address(verification_id: UUID) -> str:
    return f"{BASE_PATH}/verifications/{verification_id}"


def finding_address(finding_id: UUID) -> str:
    return f"{BASE_PATH}/findings/{finding_id}"


def document_address(document_id: UUID) -> str:
    return f"{BASE_PATH}/documents/{document_id}"


def chain_record_address(record_id: UUID) -> str:
    return f"{BASE_PATH}/chain/records/{record_id}"


def report_address(report_id: UUID) -> str:
    return f"{BASE_PATH}/reports/{report_id}"


def manifest_address(export_id: UUID) -> str:
    return f"{BASE_PATH}/registry/export/archive/{export_id}/manifest.json"


def ingestion_address(ingestion_id: UUID) -> str:
    return f"{BASE_PATH}/ingestions/{ingestion_id}"


def folder_address(folder_id: UUID) -> str:
    return f"{BASE_PATH}/ingestion-folders/{folder_id}"


def format_version_address(format_id: str, version: int) -> str:
    return f"{BASE_PATH}/ingestion-formats/{format_id}/versions/{version}"


def issue_group_address(ingestion_id: UUID, number: int) -> str:
    return f"{BASE_PATH}/ingestions/{ingestion_id}/issue-groups#{number}"


def proposal_address(proposal_id: UUID) -> str:
    return f"{BASE_PATH}/proposals/{proposal_id}"


def reservation_address(reservation_id: UUID) -> str:
    return f"{BASE_PATH}/reservations/{reservation_id}"


def offer_address(offer_id: UUID) -> str:
    return f"{BASE_PATH}/offers/{offer_id}"


def webhook_address(webhook_id: UUID) -> str:
    return f"{BASE_PATH}/webhooks/{webhook_id}"


def body_address(body_id: UUID) -> str:
    return f"{BASE_PATH}/verification-bodies/{body_id}"


def user_address(user_id: UUID) -> str:
    return f"{BASE_PATH}/users/{user_id}"


def methodology_address(methodology_id: UUID) -> str:
    return f"{BASE_PATH}/methodologies/{methodology_id}"
