"""Wallets and passkeys, by which somebody proves a second time who they are (ADRs 0062 and 0069)."""
