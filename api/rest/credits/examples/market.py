"""A buyer asks a supplier for 250.00 t of what they offer, and the supplier sets them aside."""

from api.http.documentation.examples_facts import PROJECT_ID, Example

RESERVATION_SENT: Example = {
    "quantity": "250.00",
    "until": "2026-03-20T12:00:00Z",
    "note": "For our crossings of 2025; the contract is with our lawyers.",
}

RESERVATION: Example = {
    "id": "7d5c4b3a-2f1e-5d0c-8b9a-0f1e2d3c4b5a",
    "status": "accepted",
    "serial": "KRB-2024-001-000001",
    "reservedSerial": "KRB-2024-001-000002",
    "projectId": PROJECT_ID,
    "vintage": 2024,
    "quantity": "250.00",
    "until": "2026-03-20T12:00:00Z",
    "note": RESERVATION_SENT["note"],
    "side": "requester",
    "requesterName": "Harbour Ferries",
    "holderName": "Malabar Mangroves",
    "requestedAt": "2026-03-06T09:00:00Z",
    "decidedAt": "2026-03-06T15:30:00Z",
    "endedAt": None,
}

OFFER_SENT: Example = {"projectId": PROJECT_ID, "vintage": 2024, "nameShown": True}

OFFER: Example = {
    "id": "2b1a0f9e-8d7c-5b6a-9f8e-7d6c5b4a3f2e",
    "projectId": PROJECT_ID,
    "vintage": 2024,
    "nameShown": True,
    "offeredAt": "2026-03-06T08:00:00Z",
}

REGISTRY_OFFER: Example = {
    "id": OFFER["id"],
    "projectId": PROJECT_ID,
    "projectTitle": "Malabar mangrove restoration",
    "projectType": "blue_carbon",
    "country": "IND",
    "vintage": 2024,
    "available": "1000.00",
    "serial": "KRB-2024-001-000001",
    "largestQuantity": "1000.00",
    "holderRole": "supplier",
    "holderName": "Malabar Mangroves",
    "offeredAt": "2026-03-06T08:00:00Z",
}
