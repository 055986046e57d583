"""One believable story in examples, for the OpenAPI document."""

from typing import Any

Example = dict[str, Any]

PROJECT_ID = "0b6f2a3c-5a51-5a0e-9f0e-3f6a1c2d4e5f"
VERIFICATION_ID = "9a1de644-8b0c-5f6e-a1b2-6d5f4e3c2b1a"
SUPPLIER_ID = "3c9e1f52-7b1d-4c7a-8f27-1d2e3f4a5b6c"
VERIFIER_ID = "7f8e9d0c-1b2a-4d3c-9e8f-5a4b3c2d1e0f"
BUYER_ID = "c0ffee00-1a2b-4c3d-8e9f-0a1b2c3d4e5f"
RETIREMENT_ID = "5e4d3c2b-1a09-5f8e-b7d6-c5b4a3928170"
TRANSACTION_ID = "1f2e3d4c-5b6a-5978-8695-a4b3c2d1e0f9"
SHA256 = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
TX_HASH = "c1b2a3948576a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a"

LOGIN_SENT: Example = {"email": "supplier@karbonica.example", "password": "Karbonica-demo-1"}
REFRESH_SENT: Example = {"refreshToken": "k1Zp6s0O8v3mB2yX9wQ4nT7uR5eJ1hLcA0dFgVbNxMs"}
USER: Example = {
    "id": SUPPLIER_ID,
    "email": "supplier@karbonica.example",
    "name": "Asha Rao",
    "company": "Satya Biochar Private Limited",
    "role": "developer",
    "walletAddress": None,
    "emailVerified": True,
    "createdAt": "2026-03-01T09:00:00Z",
}
TOKENS: Example = {
    "accessToken": "Xv3mB2yX9wQ4nT7uR5eJ1hLcA0dFgVbNxMsk1Zp6s0O",
    "refreshToken": "k1Zp6s0O8v3mB2yX9wQ4nT7uR5eJ1hLcA0dFgVbNxMs",
    "expiresIn": 900,
    "user": USER,
}

PROJECT_SENT: Example = {
    "title": "Biochar from sugarcane residues, Maharashtra",
    "type": "biochar",
    "description": "Residues that were burnt in the open are pyrolysed; the biochar goes into soils.",
    "location": "Solapur district, Maharashtra",
    "country": "IN",
    "coordinates": {"latitude": 17.6599, "longitude": 75.9064},
    "emissionsTarget": "1000.00",
    "startDate": "2024-04-01",
}
PROJECT: Example = {
    "id": PROJECT_ID,
    "number": 1,
    "verificationId": VERIFICATION_ID,
    "developerId": SUPPLIER_ID,
    **PROJECT_SENT,
    "country": "IND",
    "status": "pending",
    "createdAt": "2026-03-01T09:30:00Z",
    "updatedAt": "2026-03-01T09:30:00Z",
}

ASSIGNMENT_SENT: Example = {"verifierId": VERIFIER_ID}
APPROVAL_SENT: Example = {
    "notes": "Monitoring report and laboratory analysis agree.",
    "verifiedQuantity": "1000.00",
    "vintage": 2024,
}
REJECTION_SENT: Example = {"reason": "The baseline counts residues that were never burnt."}
EVENT_SENT: Example = {
    "eventType": "site_visit",
    "message": "Visited both kilns; scales calibrated.",
}
EVENT: Example = {
    "id": "2d4f6a8c-0e1b-5c3d-9f5a-7b6c8d9e0f1a",
    "verificationId": VERIFICATION_ID,
    **EVENT_SENT,
    "userId": VERIFIER_ID,
    "createdAt": "2026-03-04T08:00:00Z",
}
VERIFICATION: Example = {
    "id": VERIFICATION_ID,
    "projectId": PROJECT_ID,
    "developerId": SUPPLIER_ID,
    "verifierId": VERIFIER_ID,
    "status": "approved",
    "progress": 100,
    "submittedAt": "2026-03-01T09:30:00Z",
    "assignedAt": "2026-03-02T10:00:00Z",
    "completedAt": "2026-03-05T16:45:00Z",
    "notes": APPROVAL_SENT["notes"],
    "verifiedQuantity": "1000.00",
    "vintage": 2024,
    "signOffDigest": SHA256,
    "needsCountersignature": False,
    "countersignedAt": None,
    "updatedAt": "2026-03-05T16:45:00Z",
}

DOCUMENT_SENT: Example = {
    "name": "Monitoring report 2024.pdf",
    "description": "April to December 2024",
    "documentType": "monitoring_report",
    "disclosure": "public",
    "mimeType": "application/pdf",
    "fileSize": 482133,
    "sha256": SHA256,
}
DOCUMENT: Example = {
    "id": "8b7a6958-4736-5251-9a3b-2c1d0e9f8a7b",
    "projectId": PROJECT_ID,
    "verificationId": VERIFICATION_ID,
    **DOCUMENT_SENT,
    "status": "awaiting_upload",
    "uploadedBy": SUPPLIER_ID,
    "createdAt": "2026-03-01T09:40:00Z",
    "completedAt": None,
    "upload": {
        "method": "PUT",
        "url": "https://storage.example/karbonica/uploads/8b7a6958?X-Amz-Signature=...",
        "headers": {
            "Content-Type": "application/pdf",
            "x-amz-checksum-sha256": "n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg=",
        },
    },
}

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
}
TRANSFER_SENT: Example = {"quantity": "250.00", "recipientEmail": "buyer@karbonica.example"}
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
RETIREMENT_SENT: Example = {
    "quantity": "100.00",
    "purpose": "Voluntary offsetting",
    "reason": "Flights of the year 2025",
    "beneficiary": {"name": "Nordlicht Reisen GmbH", "country": "DE", "identifier": "HRB 12345"},
}
LINES_SENT: Example = {
    name: value for name, value in RETIREMENT_SENT.items() if name != "quantity"
} | {
    "lines": [
        {"serial": "KRB-2024-001-000003", "quantity": "60.00"},
        {"serial": "KRB-2023-002-000001", "quantity": "40.00"},
    ]
}
REVERSAL_ID = "4c3b2a19-0f8e-5d7c-9b6a-594837261504"
TOUCH: Example = {
    "reversalId": REVERSAL_ID,
    "recordedAt": "2026-09-01T08:00:00Z",
    "cause": "A fire in August 2026 burnt 40 ha of the project area.",
    "avoidable": False,
    "touchedQuantity": "100.00",
    "coveredQuantity": "60.00",
    "coveredBy": [{"first": 94001, "last": 100000}],
}
REVERSAL_SENT: Example = {
    "quantity": "250.00",
    "vintage": 2024,
    "cause": TOUCH["cause"],
    "avoidable": False,
}
REVERSAL: Example = {
    "id": REVERSAL_ID,
    "projectId": PROJECT_ID,
    **REVERSAL_SENT,
    "coveredQuantity": "60.00",
    "recordedAt": TOUCH["recordedAt"],
    "cancelledSerials": ["KRB-2024-001-000002"],
    "certificates": [
        {
            "retirementId": RETIREMENT_ID,
            "touchedQuantity": "100.00",
            "coveredQuantity": "60.00",
            "coveredBy": [{"first": 94001, "last": 100000}],
        }
    ],
}
RETIREMENT: Example = {
    "id": RETIREMENT_ID,
    "serial": "KRB-2024-001-000004",
    "projectId": PROJECT_ID,
    "quantity": "100.00",
    "vintage": 2024,
    "beneficiary": {
        "name": "Nordlicht Reisen GmbH",
        "country": "DEU",
        "identifier": "HRB 12345",
        "undisclosed": False,
    },
    "purpose": "Voluntary offsetting",
    "reason": "Flights of the year 2025",
    "retiredAt": "2026-03-10T12:00:00Z",
    "certificateUrl": f"https://registry.example/retirements/{RETIREMENT_ID}",
    "certificateStatus": "sealed",
    "chainRecord": CHAIN_RECORD,
    "lines": [
        {
            "serial": "KRB-2024-001-000004",
            "projectId": PROJECT_ID,
            "vintage": 2024,
            "quantity": "100.00",
            "units": {"first": 1, "last": 10000},
            "chainRecord": CHAIN_RECORD,
        }
    ],
    "reversals": [],
}
NOTIFICATION: Example = {
    "id": "6a5b4c3d-2e1f-5a0b-8c9d-7e6f5a4b3c2d",
    "kind": "certificate_sealed",
    "message": "The certificate for 100.00 t CO2e is sealed: the retirement stands on Cardano.",
    "link": f"/retirements/{RETIREMENT_ID}",
    "readAt": None,
    "createdAt": "2026-03-10T12:04:21Z",
}
WORKFLOW: Example = {
    "workflowId": f"retirement/{RETIREMENT_ID}",
    "status": "running",
    "stage": "waiting_for_chain",
    "state": {
        "stage": "waiting_for_chain",
        "serial": "KRB-2024-001-000004",
        "recordConfirmed": False,
    },
    "historyUrl": f"http://127.0.0.1:8233/namespaces/default/workflows/retirement%2F{RETIREMENT_ID}",
}

_PUBLIC_PROJECT_LEFT_OUT = {"developerId", "verificationId"}
REGISTRY_PROJECT_LINE: Example = {
    name: value for name, value in PROJECT.items() if name not in _PUBLIC_PROJECT_LEFT_OUT
} | {"developer": USER["company"], "status": "verified"}
REGISTRY_PROJECT: Example = REGISTRY_PROJECT_LINE | {
    "verification": {
        "status": "approved",
        "verifiedBy": "Sahyadri Verification Services",
        "completedAt": "2026-03-05T16:45:00Z",
        "verifiedQuantity": "1000.00",
        "vintage": 2024,
        "signOffDigest": SHA256,
    },
    "timeline": [
        {
            "eventType": "project_registered",
            "message": "The project was registered and its verification opened.",
            "createdAt": "2026-03-01T09:30:00Z",
        }
    ],
    "documents": [
        {
            "id": DOCUMENT["id"],
            "documentType": "monitoring_report",
            "disclosure": "public",
            "sha256": SHA256,
            "name": "Monitoring report 2024.pdf",
            "mimeType": "application/pdf",
            "fileSize": 482133,
            "completedAt": "2026-03-01T09:45:00Z",
        }
    ],
    "credits": {
        "issued": "1000.00",
        "active": "900.00",
        "retired": "100.00",
        "cancelled": "0.00",
        "buffer": "0.00",
        "holds": True,
    },
}
REGISTRY_CREDIT: Example = {name: value for name, value in CREDIT.items() if name != "ownerId"} | {
    "parentSerial": None,
    "childSerials": [],
    "retirementId": None,
}
STATS: Example = {
    "projects": 12,
    "projectsVerified": 9,
    "retirements": 41,
    "retirementsOnChain": 40,
    "issued": "125000.00",
    "active": "98000.00",
    "retired": "27000.00",
    "cancelled": "0.00",
    "buffer": "0.00",
}
CONSERVATION: Example = {
    "total": {
        "issued": "1000.00",
        "active": "900.00",
        "retired": "100.00",
        "cancelled": "0.00",
        "buffer": "0.00",
        "holds": True,
    },
    "holds": True,
    "parts": [
        {
            "projectId": PROJECT_ID,
            "vintage": 2024,
            "issued": "1000.00",
            "active": "900.00",
            "retired": "100.00",
            "cancelled": "0.00",
            "buffer": "0.00",
            "holds": True,
        }
    ],
    "lastCheck": {"checkedAt": "2026-03-05T17:00:00Z", "holds": True},
}

FREEZE_SENT: Example = {"reason": "Units of one project are being recounted."}
REGISTRY_STATE: Example = {
    "frozen": True,
    "reason": "Units of one project are being recounted.",
    "since": "2026-03-01T12:00:00Z",
}
WALLET_FREEZE_SENT: Example = {"wallet": "platform", "reason": "Its key is being changed."}
WALLET_RESUME_SENT: Example = {"wallet": "platform"}
WALLET_STATE: Example = {
    "wallet": "platform",
    "network": "preview",
    "address": "addr_test1vzpwq95z3xyum8vqndgdd9mdnmafh3djcxnc6jemlgdmswcve6tkw",
    "frozen": True,
    "reason": "Its key is being changed.",
    "since": "2026-03-01T12:00:00Z",
}
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
WEBHOOK_ID = "8d7c6b5a-4938-5271-8e6f-0a1b2c3d4e5f"
WEBHOOK_SENT: Example = {
    "url": "https://hooks.example.com/karbonica",
    "events": ["retirement.accepted", "retirement.completed"],
}
WEBHOOK_CHANGED: Example = {"events": [], "active": True}
WEBHOOK: Example = WEBHOOK_SENT | {
    "id": WEBHOOK_ID,
    "active": True,
    "createdBy": "a1b2c3d4-5e6f-4a7b-8c9d-0e1f2a3b4c5d",
    "createdAt": "2026-03-01T09:00:00Z",
}
WEBHOOK_CREATED: Example = WEBHOOK | {"secret": "whsec_mB2yX9wQ4nT7uR5eJ1hLcA0dFgVbNxMsk1Zp6s0O8v3"}
DELIVERY: Example = {
    "id": "2b3c4d5e-6f70-5182-93a4-b5c6d7e8f901",
    "eventId": "3c4d5e6f-7081-5293-a4b5-c6d7e8f90123",
    "eventName": "retirement.completed",
    "status": "delivered",
    "attempts": 3,
    "replays": 0,
    "lastStatusCode": 200,
    "lastError": None,
    "createdAt": "2026-03-10T11:02:00Z",
    "lastAttemptAt": "2026-03-10T11:02:06Z",
    "deliveredAt": "2026-03-10T11:02:06Z",
}
REPLAY_SENT: Example = {"from": "2026-03-10T00:00:00Z", "to": "2026-03-11T00:00:00Z"}
REPLAYED: Example = {"events": 12}
REGISTRY_EVENT: Example = {
    "id": "3c4d5e6f-7081-5293-a4b5-c6d7e8f90123",
    "name": "verification.assigned",
    "occurredAt": "2026-03-02T08:15:00Z",
    "payload": {
        "verificationId": VERIFICATION_ID,
        "projectId": PROJECT_ID,
        "status": "in_review",
        "verifierId": VERIFIER_ID,
        "verifiedQuantity": None,
        "vintage": None,
        "signOffDigest": None,
        "needsCountersignature": False,
    },
}

EXPORT_ID = "6a7b8c9d-0e1f-5a2b-8c3d-4e5f6a7b8c9d"
EXPORT: Example = {
    "id": EXPORT_ID,
    "generatedAt": "2026-03-01T02:00:00Z",
    "sha256": SHA256,
    "manifestUrl": f"/api/v1/registry/export/archive/{EXPORT_ID}/manifest.json",
}
MANIFEST: Example = {
    "exportId": EXPORT_ID,
    "generatedAt": "2026-03-01T02:00:00Z",
    "files": [
        {
            "name": "credits.csv",
            "rows": 1204,
            "bytes": 166152,
            "sha256": SHA256,
            "path": f"/api/v1/registry/export/archive/{EXPORT_ID}/credits.csv",
        }
    ],
    "conservation": {
        "total": {
            "issued": "4853.60",
            "active": "4603.60",
            "retired": "250.00",
            "cancelled": "0.00",
            "buffer": "0.00",
            "holds": True,
        },
        "parts": [],
    },
}

AUDIT_ANCHOR: Example = {
    "seq": 4711,
    "hash": SHA256,
    "status": "confirmed",
    "txHash": TX_HASH,
    "blockHeight": 3218440,
    "confirmations": 12,
    "queuedAt": "2026-03-01T00:00:00Z",
}
AUDIT_HEAD: Example = {"seq": 4790, "hash": SHA256, "newestAnchor": AUDIT_ANCHOR}
AUDIT_ENTRY: Example = {
    "seq": 4711,
    "previousHash": SHA256,
    "hash": SHA256,
    "hashVersion": 2,
    "eventType": "registry.frozen",
    "action": "frozen",
    "resourceType": "registry",
    "at": "2026-03-01T12:00:00.000000+00:00",
    "commitments": {"userId": SHA256, "resourceId": SHA256, "changes": SHA256},
    "disclosed": {
        "changes": {
            "salt": SHA256,
            "value": {"before": {"frozen": False}, "after": {"frozen": True, "reason": "An audit"}},
        }
    },
}
ALERT: Example = {
    "id": "7a1b2c3d-4e5f-5a6b-8c7d-9e0f1a2b3c4d",
    "kind": "wallet_low",
    "subject": "addr_test1vz3ppzmmzuz0nlsjeyrqjm4pvdxl3cyfe8x06eg6htj2gwgv02qjt",
    "sentence": "The wallet addr_test1vz3ppzmmzuz0nlsjeyrqjm4pvdxl3cyfe8x06eg6htj2gwgv02qjt can"
    " pay 412 more fees; send it ADA. Below 500 fees it is time.",
    "raisedAt": "2026-03-10T12:05:00Z",
    "clearedAt": None,
}
RESUMPTION_SENT: Example = {"reason": "Version 1.4.2 splits reasons over 64 bytes; deployed."}
STAFF_CHAIN_RECORD: Example = {
    "id": "6b5a4938-2716-5504-9382-716050493827",
    "transactionId": TRANSACTION_ID,
    "kind": "transfer",
    "status": "confirmed",
    "record": {"type": "transfer", "credit_id": "KRB-2024-001-000002", "quantity": "250.00"},
    "queuedAt": "2026-03-08T11:00:00Z",
    "parkReason": None,
    "txHash": TX_HASH,
    "transactionStatus": "confirmed",
    "blockHash": SHA256,
    "blockHeight": 3214567,
    "confirmations": 6,
    "attempts": 0,
    "submissions": 1,
    "rollbacks": 0,
    "submittedAt": "2026-03-08T11:00:01Z",
    "confirmedAt": "2026-03-08T11:02:31Z",
    "checkedAt": "2026-03-08T11:02:31Z",
    "explorerUrl": f"https://preview.cardanoscan.io/transaction/{TX_HASH}",
}
WALLET: Example = {
    "wallet": "platform",
    "address": ALERT["subject"],
    "network": "preview",
    "balanceLovelace": "73748000",
    "meanFeeLovelace": "179000",
    "feesLeft": 412,
    "unspentOutputs": 1,
    "queued": 0,
    "inFlight": 2,
    "frozen": False,
    "provider": {
        "answers": True,
        "askedAt": "2026-03-10T12:06:00Z",
        "answeredAt": "2026-03-10T12:06:00Z",
        "tipHeight": 3215001,
        "tipSeenAt": "2026-03-10T12:06:00Z",
    },
    "openAlerts": [ALERT],
}
CERTIFICATE_SENT: Example = {
    "type": "RetirementCertificate",
    "version": 1,
    "certificateId": RETIREMENT_ID,
    "status": "sealed",
    "quantity": "250.00",
}
CERTIFICATE_CHECKED: Example = {
    "verdict": {
        "holds": True,
        "complete": True,
        "sentence": "This certificate holds: all 11 checks passed.",
    },
    "checks": [
        {
            "name": "canonical form",
            "state": "passed",
            "sentence": "Every byte is where RFC 8785 puts it.",
            "pointer": "",
        },
        {
            "name": "chain record",
            "state": "passed",
            "sentence": "The metadata on the chain (label 674) holds this record, field by field.",
            "pointer": "/chain/record",
        },
    ],
    "certificate": {
        "certificateId": RETIREMENT_ID,
        "status": "sealed",
        "quantity": "250.00",
        "networks": ["preview"],
        "txHashes": [TX_HASH],
    },
    "registryWord": {
        "known": True,
        "corrections": [],
        "supersededBy": None,
        "trouble": None,
    },
}

SEAL: Example = {
    "digest": SHA256,
    "sealedAt": "2026-03-10T11:02:00Z",
    "supersededAt": None,
    "address": f"/api/v1/registry/retirements/{RETIREMENT_ID}/certificates/{SHA256}.json",
}
