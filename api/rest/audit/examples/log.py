"""The audit log."""

from api.http.documentation.examples_facts import SHA256, TX_HASH, Example

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

AUDIT_ARCHIVE: Example = {
    "month": "2019-03",
    "firstSeq": 1,
    "lastSeq": 2048,
    "previousHash": "0" * 64,
    "lastHash": "ab" * 32,
    "sha256": "cd" * 32,
    "sizeBytes": 104857,
    "anchored": {"2048": "ab" * 32},
    "told": [],
    "archivedAt": "2026-04-02T00:00:00Z",
}
