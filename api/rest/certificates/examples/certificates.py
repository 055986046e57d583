"""A certificate, checked and sealed again."""

import json
from pathlib import Path

from api.http.documentation.examples_facts import RETIREMENT_ID, SHA256, TX_HASH, Example

CERTIFICATE_SENT: Example = json.loads(Path(__file__).with_name("certificate.json").read_bytes())
"""Whole and sealed, by a key that no registry publishes: it is answered, and does not hold."""

CERTIFICATE_CHECKED: Example = {
    "verdict": {
        "holds": True,
        "complete": True,
        "sentence": "This certificate holds: all 14 checks passed.",
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
        "certificateCorrections": [],
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
