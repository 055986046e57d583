"""Its credits and what moved them."""

from api.http.documentation.examples_facts import (
    BUYER_ID,
    PROJECT_ID,
    SUPPLIER_ID,
    TRANSACTION_ID,
    TX_HASH,
    Example,
)

CHAIN_RECORD: Example = {
    "status": "confirmed",
    "txHash": TX_HASH,
    "blockHeight": 3214567,
    "confirmations": 6,
    "checkedAt": "2026-03-10T12:04:20Z",
}

CREDIT: Example = {
    "serial": "KRB-2024-001-000001",
    "projectId": PROJECT_ID,
    "ownerId": SUPPLIER_ID,
    "quantity": "1000.00",
    "vintage": 2024,
    "status": "active",
    "units": {"first": 1, "last": 100000},
    "issuedAt": "2026-03-05T16:45:01Z",
    "lastActionAt": "2026-03-05T16:45:01Z",
    "suspendedFor": None,
}

TRANSFER_SENT: Example = {"quantity": "250.00", "recipientEmail": "bo@harbour-ferries.example"}

TRANSACTION: Example = {
    "id": TRANSACTION_ID,
    "type": "transfer",
    "serial": "KRB-2024-001-000001",
    "resultSerial": "KRB-2024-001-000002",
    "senderId": SUPPLIER_ID,
    "recipientId": BUYER_ID,
    "quantity": "250.00",
    "status": "completed",
    "createdAt": "2026-03-08T11:00:00Z",
    "completedAt": "2026-03-08T11:00:00Z",
    "retirementId": None,
    "reason": None,
    "chainRecord": CHAIN_RECORD,
}

CANCELLATION_SENT: Example = {
    "quantity": "50.00",
    "reason": "The monitoring report of 2024 counted these twice.",
}

CANCELLATION: Example = TRANSACTION | {
    "type": "cancellation",
    "resultSerial": "KRB-2024-001-000005",
    "recipientId": None,
    "quantity": "50.00",
    "reason": CANCELLATION_SENT["reason"],
    "chainRecord": None,
}

RELEASE_SENT: Example = {
    "quantity": "50.00",
    "reason": "Ten years have passed without a loss.",
}
