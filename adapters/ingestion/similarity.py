"""How alike two names of columns are, by rapidfuzz (ADR 0103)."""

from rapidfuzz import fuzz


def alike(one: str, other: str) -> float:
    """From 0 to 100, whatever the order of their words."""
    return float(fuzz.token_sort_ratio(one, other))
