"""Who and what the examples are about: one believable story, told in all of them."""

from typing import Any

Example = dict[str, Any]

PROJECT_ID = "0b6f2a3c-5a51-5a0e-9f0e-3f6a1c2d4e5f"

VERIFICATION_ID = "9a1de644-8b0c-5f6e-a1b2-6d5f4e3c2b1a"

SUPPLIER_ID = "3c9e1f52-7b1d-4c7a-8f27-1d2e3f4a5b6c"

VERIFIER_ID = "7f8e9d0c-1b2a-4d3c-9e8f-5a4b3c2d1e0f"

VERIFICATION_BODY = "Sahyadri Verification Services"

BUYER_ID = "c0ffee00-1a2b-4c3d-8e9f-0a1b2c3d4e5f"

RETIREMENT_ID = "5e4d3c2b-1a09-5f8e-b7d6-c5b4a3928170"

TRANSACTION_ID = "1f2e3d4c-5b6a-5978-8695-a4b3c2d1e0f9"

SHA256 = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"

TX_HASH = "c1b2a3948576a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a"
