"""Log-in."""

from api.http.documentation.examples_facts import SUPPLIER_ID, Example
from api.rest.accounts.examples.linked_wallets import SIGNATURE_ASKED
from api.rest.accounts.examples.passkeys import CREATION_ASKED, PASSKEY_ASKED

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
    "pendingEmail": None,
    "preferences": {"mailNotifications": True},
    "createdAt": "2026-03-01T09:00:00Z",
}

TOKENS: Example = {
    "accessToken": "Xv3mB2yX9wQ4nT7uR5eJ1hLcA0dFgVbNxMsk1Zp6s0O",
    "refreshToken": "k1Zp6s0O8v3mB2yX9wQ4nT7uR5eJ1hLcA0dFgVbNxMs",
    "expiresIn": 900,
    "user": USER,
}

REGISTER_SENT: Example = {
    "email": "asha.rao@supplier.example",
    "password": "Kelp-forest-41!",
    "name": "Asha Rao",
    "company": "Satya Biochar Private Limited",
    "role": "developer",
    "acceptsTerms": "2026-11-01",
}

REGISTERED: Example = {**USER, "emailVerified": False}

PROFILE_SENT: Example = {
    "name": "Asha Rao",
    "company": "Satya Biochar Private Limited",
    "preferences": {"mailNotifications": False},
}

NEW_EMAIL_SENT: Example = {
    "email": "asha.rao@biochar.example",
    "currentPassword": "Kelp-forest-41!",
}

EMAIL_SENT: Example = {"email": "asha.rao@supplier.example"}

TOKEN_SENT: Example = {"token": "mB2yX9wQ4nT7uR5eJ1hLcA0dFgVbNxMsk1Zp6s0O8v3"}

RESET_SENT: Example = {**TOKEN_SENT, "password": "Kelp-forest-42!"}

PASSWORD_SENT: Example = {"currentPassword": "Kelp-forest-41!", "newPassword": "Kelp-forest-42!"}

SESSION: Example = {
    "id": "0b8f7a34-5a1c-4f0e-9d0a-6f4d2f1f7c55",
    "ipAddress": "203.0.113.7",
    "userAgent": "Firefox",
    "openedAt": "2026-03-01T09:00:00Z",
    "renewedAt": "2026-03-01T09:15:00Z",
    "endsAt": "2026-03-08T09:15:00Z",
    "current": True,
}

SECOND_STEP: Example = {**SIGNATURE_ASKED, "passkey": None}

LOGIN_ANSWERS: Example = {
    "without a second factor": {"value": {"data": TOKENS}},
    "with a wallet": {"value": {"data": SECOND_STEP}},
    "with a passkey": {"value": {"data": PASSKEY_ASKED}},
    "with neither, where the role demands one": {"value": {"data": CREATION_ASKED}},
}
