"""
Log lines without personal data and secrets, whoever wrote them: ours, and the libraries'.

It is the last resort. Nobody logs a name or a token on purpose; this is for tracebacks, texts of
libraries, and what somebody adds later.
"""

import re
from collections.abc import Mapping, MutableMapping
from functools import lru_cache
from typing import Any

MASKED = "[masked]"

_PERSONAL_FIELDS = frozenset(
    {
        "email",
        "mail",
        "name",
        "displayname",
        "username",
        "firstname",
        "lastname",
        "fullname",
        "recipient",
        "recipientemail",
        "phone",
        "phonenumber",
        "address",
        "postaladdress",
        "ipaddress",
        "useragent",
    }
)
"""Names of fields whose values are never shown, without their hyphens and underscores."""

_SECRET_WORDS = (
    "password",
    "passphrase",
    "secret",
    "token",
    "authorization",
    "cookie",
    "apikey",
    "privatekey",
    "signingkey",
    "mnemonic",
)
"""What is in the name of a field whose value is never shown."""

_TOLD_OF_SECRETS = ("count", "seconds", "hash", "id", "kind")
"""How names end that only tell of a secret, as `token_count`."""

_OWN_FIELDS = frozenset({"logger", "level", "timestamp"})

_EMAIL = re.compile(
    r"[^\s@<>\"'(),:;\[\]]{1,64}@[^\s@<>\"'(),:;\[\]/]+\.[^\s@<>\"'(),:;\[\]/.]{2,}"
)
_IN_TEXT = (
    _EMAIL,
    # Bearer tokens, and the keys of programs (api/commands/accounts/api_keys.py).
    re.compile(r"(?i)(?<=\bbearer )[A-Za-z0-9._~+/=-]{8,}"),
    re.compile(r"(?i)(?<=\bbasic )[A-Za-z0-9+/=]{8,}"),
    re.compile(r"\bkrb_[A-Za-z0-9_-]{8,}"),
    re.compile(r"\bwhsec_[A-Za-z0-9+/=]{8,}"),
    re.compile(r"\bAKIA[0-9A-Z]{16}\b"),
    # Links of mails, signatures of presigned addresses, keys of chain servers.
    re.compile(r"(?i)(?<=[?&]token=)[^&\s\"']+"),
    re.compile(r"(?i)(?<=[?&]x-amz-signature=)[^&\s\"']+"),
    re.compile(r"(?i)(?<=\bproject_id[=:])\s?(?:mainnet|preprod|preview)[A-Za-z0-9]{32}\b"),
    # A password in an address, as that of a database.
    re.compile(r"(?<=://)([^\s:@/]+:[^\s@/]+)(?=@)"),
    re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?-----END [A-Z ]*PRIVATE KEY-----", re.DOTALL),
    # `password=…` and the like in somebody else's sentence.
    re.compile(r"(?i)(?<=\bpassword[=:])\s?[^\s&,;]+"),
    # A seal of the database: useless without its key, and long.
    re.compile(r"\bsealed:\d+:[^\s\"']+"),
)

_HINTS = re.compile(r"[@:=\s]|krb_|whsec_|AKIA")
"""One of these is in each text that some pattern above fits; most texts have none."""


def mask_personal_data(
    _logger: object, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """A processor of structlog: masks values by the names of their fields, and texts by their form."""
    for name, value in event.items():
        if name not in _OWN_FIELDS and not name.startswith("_"):
            event[name] = _masked(name, value)
    return event


def masked_text(text: str) -> str:
    if not _HINTS.search(text):
        return text
    for pattern in _IN_TEXT:
        text = pattern.sub(MASKED, text)
    return text


def _masked(name: str, value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float):
        return value
    if _is_private(name):
        return MASKED
    if isinstance(value, Mapping):
        return {key: _masked(str(key), inner) for key, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_masked("", inner) for inner in value]
    return masked_text(value if isinstance(value, str) else str(value))


@lru_cache(maxsize=1024)
def _is_private(name: str) -> bool:
    plain = re.sub(r"[^a-z]", "", name.lower())
    return plain in _PERSONAL_FIELDS or (
        any(word in plain for word in _SECRET_WORDS) and not plain.endswith(_TOLD_OF_SECRETS)
    )
