"""An alert."""

from api.http.documentation.examples_facts import Example

ALERT: Example = {
    "id": "7a1b2c3d-4e5f-5a6b-8c7d-9e0f1a2b3c4d",
    "kind": "wallet_low",
    "subject": "addr_test1vz3ppzmmzuz0nlsjeyrqjm4pvdxl3cyfe8x06eg6htj2gwgv02qjt",
    "sentence": "The wallet addr_test1vz3ppzmmzuz0nlsjeyrqjm4pvdxl3cyfe8x06eg6htj2gwgv02qjt can"
    " pay 412 more fees; send it ADA. Below 500 fees it is time.",
    "raisedAt": "2026-03-10T12:05:00Z",
    "clearedAt": None,
}
