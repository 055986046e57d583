"""Where an explorer shows a transaction."""


def explorer_address(pattern: str | None, tx_hash: str | None) -> str | None:
    """The configured address with `{tx_hash}` filled in, or the hash put at its end; None without either."""
    if not pattern or not tx_hash:
        return None
    return pattern.replace("{tx_hash}", tx_hash) if "{tx_hash}" in pattern else pattern + tx_hash
