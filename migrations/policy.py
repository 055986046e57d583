"""The registry's policy, written into the one row that every process reads (ADR 0036)."""

from sqlalchemy import update

from adapters.postgres.engines import open_owner_engine
from adapters.postgres.tables import registry_policy
from adapters.settings.database import DatabaseSettings
from adapters.settings.rules import RuleSettings


async def write_policy(database: DatabaseSettings, rules: RuleSettings) -> bool:
    """
    Write what the settings say, as the tables' owner, and tell what holds now.

    Unset leaves the policy as it is. It holds for decisions from now on; one that was made keeps
    what it needed then.
    """
    chosen = registry_policy.c.require_countersignature
    value = rules.require_countersignature
    engine = open_owner_engine(database)
    try:
        async with engine.begin() as connection:
            statement = update(registry_policy).values(
                require_countersignature=chosen if value is None else value
            )
            found = await connection.execute(statement.returning(chosen))
            held: bool = found.scalar_one()
    finally:
        await engine.dispose()
    return held
