"""Log-in."""

from api.http.documentation.examples_facts import SUPPLIER_ID, Example
from api.rest.accounts.examples.linked_wallets import SIGNATURE_ASKED

LOGIN_SENT: Example = {
    "email": "asha.rao@supplier.example",
    "password": "correct horse battery staple",
}

REFRESH_SENT: Example = {"refreshToken": "k1Zp6s0O8v3mB2yX9wQ4nT7uR5eJ1hLcA0dFgVbNxMs"}

USER: Example = {
    "id": SUPPLIER_ID,
    "email": "asha.rao@supplier.example",
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

LOGIN_ANSWERS: Example = {
    "without a wallet": {"value": {"data": TOKENS}},
    "with a wallet": {"value": {"data": SIGNATURE_ASKED}},
}
