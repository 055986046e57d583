"""The ledger's proofs reach PostgreSQL as the registry does: without owning anything in it."""

from devstack.postgres import APPLICATION, OWNER


def as_application(url: str) -> str:
    return url.replace(f"//{OWNER}@", f"//{APPLICATION}@")
