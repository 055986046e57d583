"""Which credit entries and credit transactions an account may see, and which entry it may move."""

from uuid import UUID

from activities.credits.ledger_writes import require_not_superseded
from adapters.postgres.credits.reads import entries as reads_entries
from adapters.postgres.credits.reads import transactions as reads_transactions
from adapters.postgres.credits.reads.transactions import TransactionView
from api.http.resources import Resources
from domain.accounts.roles import Account, Permission
from domain.credits.ledger import SUPERSEDED, CreditEntry
from domain.errors import NotFound
from domain.identifiers import Serial


async def visible_credit(parts: Resources, account: Account, serial: str) -> CreditEntry:
    """
    Raises:
        NotFound: there is no such entry, or this account may not see it.
    """
    async with parts.reading() as connection:
        entry = await reads_entries.credit(connection, Serial.parse(serial), account=account)
    if entry is None:
        raise NotFound("There is no such credit entry.")
    return entry


async def visible_transaction(
    parts: Resources, account: Account, transaction_id: UUID
) -> TransactionView:
    """
    Raises:
        NotFound: there is no such transaction, or this account may not see it.
    """
    async with parts.reading() as connection:
        view = await reads_transactions.transaction(connection, transaction_id, account=account)
    if view is None:
        raise NotFound("There is no such transaction.")
    return view


async def movable_credit(
    parts: Resources, account: Account, serial: str, transaction_id: UUID
) -> CreditEntry:
    """
    What this account may hold, and so move, of what it sees; as `require_not_superseded_yet`.

    Raises:
        RegistryFrozen, NotActive: as there.
        NotFound: there is no such entry, or this account may not see it.
        Forbidden: this account's role holds no credits.
    """
    entry = await visible_credit(parts, account, serial)
    account.require(Permission.HOLD_CREDITS)
    await require_not_superseded_yet(parts, entry, transaction_id)
    return entry


async def require_not_superseded_yet(
    parts: Resources, entry: CreditEntry, transaction_id: UUID
) -> None:
    """
    Refuse at once what no workflow could do any more: to be superseded is for ever.

    Unless this very operation superseded the entry; then its answer is still to be given. The
    entry is read first, so that an operation that ends meanwhile is seen. Without a refusal, the
    state of the registry is left to the activity, which looks at it in any case.

    Raises:
        RegistryFrozen: it would be refused, but a refusal is kept for ever and this is no time for one.
        NotActive: the entry's units live on under other serials, which the sentence names.
    """
    if entry.status not in SUPERSEDED:
        return
    async with parts.database.transaction() as work:
        if await work.credits.entries.transaction(transaction_id) is None:
            await work.credits.registry_state.require_open()
            await require_not_superseded(work, entry)
