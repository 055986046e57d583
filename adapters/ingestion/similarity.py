"""How alike two names of columns are, by rapidfuzz (ADR 0103)."""


def alike(one: str, other: str) -> float:
    """From 0 to 100, whatever the order of their words."""
    from rapidfuzz import fuzz  # noqa: PLC0415 -- 3 MB that nobody needs before columns are matched

    return float(fuzz.token_sort_ratio(one, other))
