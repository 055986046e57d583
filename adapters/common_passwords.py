"""
Passwords that are tried first: those of known leaks, and small changes of them.

By zxcvbn (MIT), which brings lists of the most common passwords, names and words and knows what
people do to them: capitals, `@` for `a`, a year at the end. A plain list would let `Password1!` pass,
which the rules of the seed drive people to (ADR 0064).
"""

GUESSES_MIN = 1_000_000
"""Fewer, and the password is within what zxcvbn calls "very guessable" (its scores 0 and 1)."""


def is_common(password: str) -> bool:
    """Takes up to a tenth of a second for the longest that bcrypt takes; give it nothing longer."""
    # Loaded when it is needed first: its lists take memory that most of the API's life has no use for.
    from zxcvbn import zxcvbn  # noqa: PLC0415 -- see above

    return bool(zxcvbn(password)["guesses"] < GUESSES_MIN)
