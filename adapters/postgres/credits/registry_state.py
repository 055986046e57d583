"""Whether the registry takes ledger writes at present."""

from sqlalchemy import BigInteger, bindparam, func, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.rows import row_of, value_of
from adapters.postgres.tables import registry_state
from domain.credits.freeze import RegistryState, require_open

LEDGER_WRITES_LOCK = 0x6B72_6200_0000_0001
"""Advisory; every ledger write shares it until its commit, and a change of state takes it alone."""

_STATE = select(registry_state)
# Waits for its share of the lock first, and sees what was committed meanwhile (migration 0014).
_STATE_FOR_WRITING = text("SELECT * FROM karbonica_state_for_writing(:writes_lock)").bindparams(
    bindparam("writes_lock", LEDGER_WRITES_LOCK, BigInteger)
)


async def read_registry_state(connection: AsyncConnection) -> RegistryState:
    """Seen by: everybody: whether it is frozen, since when and why."""
    found = await connection.execute(_STATE)
    return value_of(RegistryState, found.mappings().one())


class PostgresRegistryState:
    """
    A lock of its own rather than one on the row: sharing a row's lock writes to the row, and to
    the log, with every credit transaction.
    """

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def require_open(self) -> None:
        found = await self._connection.execute(_STATE_FOR_WRITING)
        require_open(value_of(RegistryState, found.mappings().one()))

    async def lock(self) -> RegistryState:
        await self._connection.execute(select(func.pg_advisory_xact_lock(LEDGER_WRITES_LOCK)))
        return await read_registry_state(self._connection)

    async def save(self, state: RegistryState) -> None:
        await self._connection.execute(update(registry_state).values(row_of(state)))
