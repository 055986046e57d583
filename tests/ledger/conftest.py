"""The ledger's proofs reach PostgreSQL as the registry does: without owning anything in it."""

from devstack.postgres import APPLICATION, OWNER


def as_application(url: str) -> str:
    """Of one of the tests' own databases; refuses an address that is not the owner's."""
    before, owner, after = url.partition(f"//{OWNER}:")
    if not owner:
        raise ValueError("this is not the owner's address, so nothing would be proven with it")
    return f"{before}//{APPLICATION}:{after}"


def prompt_of_the_registry(url: str) -> str:
    """Of a prompt whose statements are the registry's own work: without an identity it sees no rows (ADR 0067)."""
    return f"{as_application(url)}?karbonica.role=system"
