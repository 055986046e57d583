"""Which passwords are taken (seed, "Authentication Security": password requirements; ADR 0064)."""

from collections.abc import Callable, Sequence

PASSWORD_LENGTH_MIN = 8
PASSWORD_HASH_BYTES_MAX = 72
"""bcrypt reads no further: what comes after would count for nothing, so it is refused."""


def password_faults(
    password: str, *, email: str | None, is_common: Callable[[str], bool]
) -> Sequence[str]:
    """
    Every reason why this is no password for an account, each a sentence's end: "must …".

    `email` is the account's address, where it is known already; `is_common` knows the passwords that
    are tried first. Letters and digits of every script count; a sign is whatever is neither.
    """
    size = len(password.encode())
    checks = (
        (
            len(password) < PASSWORD_LENGTH_MIN,
            f"must have at least {PASSWORD_LENGTH_MIN} characters",
        ),
        (not any(map(str.isupper, password)), "must have an upper-case letter"),
        (not any(map(str.islower, password)), "must have a lower-case letter"),
        (not any(map(str.isdigit, password)), "must have a digit"),
        (
            not any(not (c.isalnum() or c.isspace()) for c in password),
            "must have a sign such as - or !",
        ),
        (
            size > PASSWORD_HASH_BYTES_MAX,
            f"must not be longer than {PASSWORD_HASH_BYTES_MAX} bytes (UTF-8)",
        ),
        ("\0" in password, "must not contain the character NUL"),
        (email is not None and _same(password, email), "must not be the e-mail address"),
        (
            size <= PASSWORD_HASH_BYTES_MAX and is_common(password),
            "must not be a common one, or close to one",
        ),
    )
    return [sentence for is_fault, sentence in checks if is_fault]


def _same(password: str, email: str) -> bool:
    return password.strip().casefold() == email.strip().casefold()
