"""Whether the registry takes ledger writes at present."""

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.rows import row_of, value_of
from adapters.postgres.tables import registry_state
from domain.errors import RegistryFrozen
from domain.freeze import RegistryState

LEDGER_WRITES_LOCK = 0x6B72_6200_0000_0001
"""Advisory; every ledger write shares it until its commit, and a change of state takes it alone."""


async def read_registry_state(connection: AsyncConnection) -> RegistryState:
    found = await connection.execute(select(registry_state))
    return value_of(RegistryState, found.mappings().one())


class PostgresRegistryState:
    """
    A lock of its own rather than one on the row: sharing a row's lock writes to the row, and to
    the log, with every movement of the ledger.
    """

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def require_open(self) -> None:
        # Two statements: the second must see what was committed while the first one waited.
        await self._connection.execute(
            select(func.pg_advisory_xact_lock_shared(LEDGER_WRITES_LOCK))
        )
        state = await read_registry_state(self._connection)
        if state.frozen:
            raise RegistryFrozen(f"The registry is frozen: {state.reason}")

    async def lock(self) -> RegistryState:
        await self._connection.execute(select(func.pg_advisory_xact_lock(LEDGER_WRITES_LOCK)))
        return await read_registry_state(self._connection)

    async def save(self, state: RegistryState) -> None:
        await self._connection.execute(update(registry_state).values(row_of(state)))
