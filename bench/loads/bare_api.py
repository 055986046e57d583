"""
The API without what guards each call, for comparison: no identity, no permission and no audit entry.

It connects as the owner of the tables (`DATABASE_URL`), for whom there are no policies.
"""

from adapters.postgres import identity
from adapters.postgres.audit.log import PostgresAuditLog
from domain.accounts.roles import Account


async def _append_nothing(self: PostgresAuditLog) -> None:
    pass


def main() -> None:
    # Before the API is imported, which takes the function as it is then.
    identity.acting = lambda: None
    Account.require = lambda *_: None  # type: ignore[method-assign]  # that is the comparison
    PostgresAuditLog.append_added = _append_nothing  # type: ignore[method-assign]  # likewise
    from api.__main__ import main as serve  # noqa: PLC0415 -- see above

    serve()


if __name__ == "__main__":
    main()
