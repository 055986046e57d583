"""
`make create-administrator ARGS="--email ada@registry.org --name 'Ada Staff'"`: the first administrator.

Everybody else of staff is invited by one. Asks for the password twice, or reads it from standard
input with `--password-stdin`; refuses when there is an administrator who can sign in.
"""

import argparse
import asyncio
import getpass
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import uuid4

import bcrypt
from sqlalchemy import text

from activities.audit_and_notify import audit
from activities.ports.accounts import NewMember
from adapters.common_passwords import is_common
from adapters.personal_data.opening import UnfitPersonalDataKey
from adapters.postgres.database import PostgresDatabase, open_engine
from adapters.private_files import UnfitKeyFile
from adapters.settings.database import DatabaseSettings
from adapters.settings.web import WebSettings
from api.http.identity.account_fields import normal_email
from domain.accounts.passwords import password_faults
from domain.accounts.roles import Role

DONE = 0
NOT_DONE = 2
_FIRST_ADMINISTRATOR_LOCK = 60_2026
"""Of this command alone, so that two of them at once make one administrator."""


class NotCreated(Exception):
    """Nothing was changed; the message says why."""


async def create(
    database: PostgresDatabase, *, email: str, name: str, company: str | None, password_hash: str
) -> None:
    """
    Make an administrator who can sign in at once.

    Raises:
        NotCreated: there is one, or the e-mail has an account.
    """
    now = datetime.now(UTC)
    member = NewMember(uuid4(), email, password_hash, name, company, Role.ADMINISTRATOR, None, now)
    async with database.transaction() as work:
        await work.connection.execute(
            text("SELECT pg_advisory_xact_lock(:key)"), {"key": _FIRST_ADMINISTRATOR_LOCK}
        )
        there = await work.accounts.members.lock_administrators()
        if any(one.is_active_administrator for one in there):
            raise NotCreated(
                "there is an administrator; they invite everybody else at /staff/users"
            )
        if not await work.accounts.members.invite(member):
            raise NotCreated("this e-mail address has an account")
        await work.accounts.members.confirm_email(member.id, now)
        audit(
            work,
            "account.first_administrator_created",
            ("account", member.id),
            actor_id=None,
            before=None,
            after={"role": member.role.value},
            at=now,
        )


async def _run(options: argparse.Namespace, password: str) -> None:
    email = normal_email(options.email)
    if email is None:
        raise NotCreated(f"{options.email} is not an e-mail address")
    name = options.name.strip()
    if not name:
        raise NotCreated("a name is needed")
    faults = password_faults(password, email=email, is_common=is_common)
    if faults:
        raise NotCreated("the password " + ", and ".join(faults))
    cost = WebSettings().bcrypt_cost
    engine = open_engine(DatabaseSettings())
    try:
        await create(
            PostgresDatabase(engine),
            email=email,
            name=name,
            company=options.company,
            password_hash=bcrypt.hashpw(password.encode(), bcrypt.gensalt(cost)).decode(),
        )
    finally:
        await engine.dispose()


def _read_password(*, from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\n")
    password = getpass.getpass("Password: ")
    if getpass.getpass("Once more: ") != password:
        raise NotCreated("the two passwords differ")
    return password


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[1])
    parser.add_argument("--email", required=True)
    parser.add_argument("--name", required=True)
    parser.add_argument("--company", default=None)
    parser.add_argument("--password-stdin", action="store_true")
    options = parser.parse_args(arguments)
    try:
        asyncio.run(_run(options, _read_password(from_stdin=options.password_stdin)))
    except (UnfitKeyFile, UnfitPersonalDataKey) as unfit:
        print(f"Nothing was changed. {unfit}", file=sys.stderr)
        return NOT_DONE
    except NotCreated as refused:
        print(f"Nothing was changed: {refused}.", file=sys.stderr)
        return NOT_DONE
    print(f"{options.email} is an administrator now and can sign in.")
    return DONE


if __name__ == "__main__":
    sys.exit(main())
