"""The first administrator, by a command: once, and never beside another one."""

import asyncio
import os
import sys
from asyncio.subprocess import PIPE

import bcrypt
from sqlalchemy import select

from adapters.postgres.database import PostgresDatabase
from adapters.postgres.tables import audit_logs, users
from domain.accounts.roles import REGISTRY_ACCOUNT_ID
from tests.databases import PERSONAL_KEYS, PROJECT_ROOT, engine_for, sqlalchemy_url
from tools.create_administrator import NotCreated, create

PASSWORD = "Kelp-forest-41!"


async def command(database_url: str, email: str, password: str) -> tuple[int, str]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tools.create_administrator"),
        *("--email", email, "--name", "Ada Staff", "--password-stdin"),
        cwd=PROJECT_ROOT,
        env={
            **os.environ,
            "DATABASE_URL": sqlalchemy_url(database_url),
            "BCRYPT_COST": "4",
            **{name.upper(): key.get_secret_value() for name, key in PERSONAL_KEYS.items()},
        },
        stdin=PIPE,
        stdout=PIPE,
        stderr=PIPE,
    )
    out, err = await process.communicate(f"{password}\n".encode())
    return process.returncode or 0, (out + err).decode()


async def test_the_command_makes_one_who_can_sign_in(database_url: str) -> None:
    weak = await command(database_url, "ada@registry.example", "Password1!")
    made = await command(database_url, "Ada@Registry.example", PASSWORD)
    second = await command(database_url, "other@registry.example", PASSWORD)

    assert weak == (
        2,
        "Nothing was changed: the password must not be a common one, or close to one.\n",
    )
    assert made[0] == 0, made[1]
    assert second[0] == 2
    assert "there is an administrator" in second[1]
    engine = engine_for(database_url)
    async with engine.connect() as connection:
        (row,) = await connection.execute(select(users).where(users.c.id != REGISTRY_ACCOUNT_ID))
        (entry,) = await connection.execute(select(audit_logs.c.event_type))
    await engine.dispose()
    assert (row.email, row.role, row.email_verified) == (
        "ada@registry.example",
        "administrator",
        True,
    )
    assert bcrypt.checkpw(PASSWORD.encode(), row.password_hash.encode())
    assert entry.event_type == "account.first_administrator_created"


async def test_two_commands_at_once_make_one(database_url: str) -> None:
    engine = engine_for(database_url)
    database = PostgresDatabase(engine)
    results = await asyncio.gather(
        *(
            create(
                database, email=f"{n}@registry.example", name="Ada", company=None, password_hash="x"
            )
            for n in range(3)
        ),
        return_exceptions=True,
    )
    await engine.dispose()

    refused = [one for one in results if isinstance(one, NotCreated)]
    assert (len(refused), results.count(None)) == (2, 1)
