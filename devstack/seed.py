"""The four accounts everybody may sign in with on a laptop, and three methodologies. Never used where others can connect."""

from uuid import NAMESPACE_DNS, uuid5

import bcrypt
from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from activities.accounts.own_data import ROWS_AT_ONCE
from adapters.postgres.accounts.personal_data.data_keys import newest_key, seal_batch
from adapters.postgres.database import open_engine
from adapters.postgres.identity import SYSTEM
from adapters.postgres.tables import users
from adapters.settings.database import DatabaseSettings
from devstack.methodologies import seed_methodologies
from domain.accounts.roles import Role
from domain.projects.projects import ProjectType

PASSWORD = "Karbonica-demo-1"

STAFF = "admin@karbonica.example"
ACCOUNTS = (
    (STAFF, "Ada Staff", "Karbonica Registry", Role.ADMINISTRATOR),
    ("supplier@karbonica.example", "Sam Supplier", "Planetary (demo account)", Role.DEVELOPER),
    ("verifier@karbonica.example", "Vera Verifier", "350Solutions (demo account)", Role.VERIFIER),
    ("buyer@karbonica.example", "Bo Buyer", "Harbour Ferries Cooperative", Role.BUYER),
)


_ACCREDIT = text(
    """
    INSERT INTO accreditations
           (id, organisation_id, scheme, number, project_types, valid_from, valid_until)
    SELECT md5('accreditation/' || u.id)::uuid, m.organisation_id, 'ISO 14065 (demo)', 'DEMO-1',
           CAST(:types AS varchar[]), DATE '2020-01-01', DATE '2099-12-31'
      FROM users u JOIN organisation_members m ON m.user_id = u.id AND m.left_at IS NULL
     WHERE u.role = 'verifier'
    ON CONFLICT DO NOTHING
    """
)


async def accredit_verifiers(connection: AsyncConnection) -> None:
    """Every verifier's body for all types of project, where nothing is at stake."""
    await connection.execute(_ACCREDIT, {"types": [kind.value for kind in ProjectType]})


async def seed_accounts(settings: DatabaseSettings, *, bcrypt_cost: int = 12) -> None:
    """Add the accounts, and methodologies, that are not there yet; those that are keep what they have."""
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
    engine = open_engine(settings)
    async with engine.begin() as connection:
        # Nobody is signed in; it is the registry itself that adds them (ADR 0067).
        await connection.execute(text(SYSTEM.statement()))
        await connection.execute(insert(users).values(rows).on_conflict_do_nothing())
        await accredit_verifiers(connection)
        await seed_methodologies(connection, recorded_by=uuid5(NAMESPACE_DNS, STAFF))
        while await seal_batch(connection, await newest_key(connection), limit=ROWS_AT_ONCE):
            pass
    await engine.dispose()
