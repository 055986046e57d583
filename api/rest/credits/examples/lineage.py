"""Lineage of an entry, and the way of a unit."""

from api.http.documentation.examples_facts import (
    PROJECT_ID,
    SUPPLIER_ID,
    TRANSACTION_ID,
    TX_HASH,
    Example,
)

_LINEAGE_TRANSACTION: Example = {
    "id": TRANSACTION_ID,
    "type": "issuance",
    "serial": "KRB-2024-001-000001",
    "resultSerial": "KRB-2024-001-000001",
    "quantity": "1000.00",
    "units": {"first": 1, "last": 100000},
    "completedAt": "2026-03-05T16:45:01Z",
    "retirementId": None,
    "reason": None,
    "chainStatus": "confirmed",
    "txHash": TX_HASH,
}

_LINEAGE_ENTRY: Example = {
    "serial": "KRB-2024-001-000001",
    "status": "active",
    "quantity": "1000.00",
    "units": {"first": 1, "last": 100000},
    "vintage": 2024,
    "issuedAt": "2026-03-05T16:45:01Z",
    "lastActionAt": "2026-03-05T16:45:01Z",
    "parentSerial": None,
    "childSerials": [],
}

LINEAGE: Example = {
    "serial": "KRB-2024-001-000001",
    "rootSerial": "KRB-2024-001-000001",
    "projectId": PROJECT_ID,
    "vintage": 2024,
    "entries": [_LINEAGE_ENTRY],
    "transactions": [_LINEAGE_TRANSACTION],
    "truncated": False,
}

OWN_LINEAGE: Example = LINEAGE | {
    "entries": [_LINEAGE_ENTRY | {"ownerId": SUPPLIER_ID}],
    "transactions": [_LINEAGE_TRANSACTION | {"senderId": None, "recipientId": SUPPLIER_ID}],
}

UNIT: Example = {
    "number": 4711,
    "serial": "KRB-2024-001-000001",
    "status": "active",
    "projectId": PROJECT_ID,
    "vintage": 2024,
    "heldBy": "supplier",
    "retirement": None,
    "path": [
        {
            "serial": "KRB-2024-001-000001",
            "status": "active",
            "quantity": "1000.00",
            "units": {"first": 1, "last": 100000},
            "cameBy": _LINEAGE_TRANSACTION,
            "endedBy": None,
        }
    ],
    "truncated": False,
}
