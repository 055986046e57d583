"""The four accounts everybody may sign in with on a laptop. Never used where others can connect."""

from uuid import NAMESPACE_DNS, uuid5

import bcrypt
from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import create_async_engine

from adapters.postgres.identity import SYSTEM
from adapters.postgres.tables import users
from domain.accounts.roles import Role

PASSWORD = "Karbonica-demo-1"

ACCOUNTS = (
    ("admin@karbonica.example", "Ada Staff", "Karbonica Registry", Role.ADMINISTRATOR),
    ("supplier@karbonica.example", "Sam Supplier", "Planetary (demo account)", Role.DEVELOPER),
    ("verifier@karbonica.example", "Vera Verifier", "350Solutions (demo account)", Role.VERIFIER),
    ("buyer@karbonica.example", "Bo Buyer", "Harbour Ferries Cooperative", Role.BUYER),
)


async def seed_accounts(database_url: str, *, bcrypt_cost: int = 12) -> None:
    """Add the accounts that are not there yet; those that are keep what they have."""
    hashed = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(bcrypt_cost)).decode()
    rows = [
        {
            "id": uuid5(NAMESPACE_DNS, email),
            "email": email,
            "password_hash": hashed,
            "name": name,
            "company": company,
            "role": role.value,
            "email_verified": True,
        }
        for email, name, company, role in ACCOUNTS
    ]
    engine = create_async_engine(database_url)
    async with engine.begin() as connection:
        # Nobody is signed in; it is the registry itself that adds them (ADR 0067).
        await connection.execute(text(SYSTEM.statement()))
        await connection.execute(insert(users).values(rows).on_conflict_do_nothing())
    await engine.dispose()
