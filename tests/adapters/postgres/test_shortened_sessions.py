"""Sessions of before are shortened by their migration as new ones are by the rules."""

from datetime import UTC, datetime
from importlib import import_module

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.postgres.accounts.sessions import PostgresSessions, Session
from adapters.postgres.tables import sessions
from domain.accounts.session_origins import browser_family, shortened_address
from tests.databases import engine_for, save_people
from tests.domain.accounts.test_session_origins import ADDRESSES, FAMILIES
from tests.factories import BUYER, named

MIGRATION = import_module("migrations.versions.0032_sign_in_and_uploads")


async def keep_sessions(engine: AsyncEngine, origins: dict[str, tuple[str, str]]) -> None:
    """As an earlier version kept them: whole."""
    now = datetime.now(UTC)
    async with engine.begin() as connection:
        for name, (address, user_agent) in origins.items():
            session = Session(named(name), BUYER.id, named(name), f"a{name}", f"r{name}", now, now)
            await PostgresSessions(connection).open(
                session, ip_address=address, user_agent=user_agent
            )


async def test_old_sessions_are_shortened_as_new_ones_are(database_url: str) -> None:
    engine = engine_for(database_url)
    await save_people(engine)
    origins = {f"address {n}": (address, "") for n, address in enumerate(ADDRESSES)}
    origins |= {f"browser {n}": ("", agent) for n, agent in enumerate(FAMILIES)}
    await keep_sessions(engine, origins)

    async with engine.begin() as connection:
        await connection.execute(text(MIGRATION.SHORTEN_ADDRESS.replace(":", r"\:")))
        await connection.execute(text(MIGRATION.SHORTEN_SESSIONS))
        found = (await connection.execute(select(sessions))).mappings().all()

    await engine.dispose()
    kept = {row["id"]: (row["ip_address"], row["user_agent"]) for row in found}
    assert kept == {
        named(name): (shortened_address(address), browser_family(agent))
        for name, (address, agent) in origins.items()
    }
