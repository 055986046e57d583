"""Staff charge 0.20 EUR a tonne issued; the supplier of 1,000.00 t pays by transfer, at first too little."""

from api.http.documentation.examples_facts import VERIFICATION_ID, Example

FEES_SENT: Example = {
    "currency": "EUR",
    "issuanceRate": "20",
    "retirementRate": "2.5",
    "minimumMinor": 5000,
    "daysToPay": 30,
    "reason": "As the council decided on 12 February.",
}

FEE_SCHEDULE: Example = {
    **FEES_SENT,
    "number": 2,
    "inForce": True,
    "proposedBy": "aa0e8400-e29b-41d4-a716-446655440001",
    "proposedAt": "2026-03-01T09:00:00Z",
    "outcome": "countersigned",
    "refusal": None,
    "decidedBy": "aa0e8400-e29b-41d4-a716-446655440002",
    "decidedAt": "2026-03-01T11:30:00Z",
}

FEE_SCHEDULES: Example = {"schedules": [FEE_SCHEDULE]}

FEES_REFUSED: Example = {"reason": "The council decided 0.15 EUR."}

PAYMENT: Example = {
    "id": "4c3b2a19-0f8e-5d7c-9b6a-5f4e3d2c1b0a",
    "kind": "payment",
    "provider": "bank_transfer",
    "eventId": "NTRF2026031200471",
    "amountMinor": 15000,
    "currency": "EUR",
    "occurredAt": "2026-03-12T00:00:00Z",
    "recordedAt": "2026-03-13T08:12:00Z",
    "outcome": "held",
    "heldBecause": "other_amount",
    "decidedAt": None,
    "reason": None,
}

INVOICE: Example = {
    "id": "6e5d4c3b-2a19-5f8e-8d7c-6b5a4f3e2d1c",
    "name": "INV-2026-000017",
    "kind": "issuance",
    "subjectId": VERIFICATION_ID,
    "status": "due",
    "quantity": "1000.00",
    "amountMinor": 20000,
    "amount": "200.00 EUR",
    "currency": "EUR",
    "reference": "RF130000000017",
    "payerName": "Malabar Mangroves",
    "issuedAt": "2026-03-05T14:00:00Z",
    "dueAt": "2026-04-04T14:00:00Z",
    "settledAt": None,
    "reason": None,
}

INVOICE_DETAILS: Example = {
    **INVOICE,
    "bankDetails": "Karbonica Registry, DE02 1203 0000 0000 2020 51, BYLADEM1001",
    "takesCheckout": True,
    "checkoutUrl": None,
    "checkoutUntil": None,
    "payments": [PAYMENT],
}

TRANSFER_SENT: Example = {
    "bankReference": "NTRF2026031200471",
    "amountMinor": 15000,
    "currency": "EUR",
    "occurredAt": "2026-03-12T00:00:00Z",
}

DECISION_SENT: Example = {
    "outcome": "accepted",
    "reason": "The bank kept 50.00 EUR; the supplier sent the rest in cash, receipt 12.",
}

REASON_SENT: Example = {"reason": "Charged twice: INV-2026-000016 is over the same round."}

PROVIDER_EVENT: Example = {
    "id": "evt_1R2s3T4u5V6w7X8y",
    "type": "checkout.session.completed",
    "created": 1_772_980_000,
    "data": {
        "object": {
            "id": "cs_test_a1b2c3",
            "payment_status": "paid",
            "amount_total": 20000,
            "currency": "eur",
            "metadata": {"invoice_id": INVOICE["id"]},
        }
    },
}
