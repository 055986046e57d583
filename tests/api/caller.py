"""Calling the API in this process as somebody."""

import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, cast
from uuid import uuid4

import httpx
from fastapi import FastAPI
from pydantic import SecretStr
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.postgres.accounts.sessions import PostgresSessions, Session
from adapters.postgres.publishing.fragment_pool import FragmentPool
from adapters.settings import Settings
from api.app import create_app
from api.http.identity.sessions import new_token, token_hash
from devstack.postgres import OWNER
from domain.accounts.roles import Account
from tests.databases import PATIENT, PERSONAL_KEYS, sqlalchemy_url
from tests.ledger.conftest import as_application

NOBODY_LISTENS = "127.0.0.1:1"
PUBLIC_URL = "https://registry.example"

Error = dict[str, Any]


@dataclass
class Api:
    app: FastAPI
    client: httpx.AsyncClient
    engine: AsyncEngine
    """The test's own connections; the API has others."""

    async def signed_in(self, account: Account) -> dict[str, str]:
        """Headers with a fresh access token of the account."""
        token, now = new_token(), datetime.now(UTC)
        session = Session(
            id=uuid4(),
            user_id=account.id,
            family_id=uuid4(),
            access_token_hash=token_hash(token),
            refresh_token_hash=token_hash(new_token()),
            access_expires_at=now + timedelta(minutes=15),
            refresh_expires_at=now + timedelta(days=7),
        )
        async with self.engine.begin() as connection:
            await PostgresSessions(connection).open(session, ip_address=None, user_agent=None)
        return {"Authorization": f"Bearer {token}"}

    @asynccontextmanager
    async def counting_queries(self, *, writing: bool = False) -> AsyncIterator[list[str]]:
        """The statements that the API itself sends meanwhile, to read or (`writing`) in transactions."""
        sent: list[str] = []
        parts = self.app.state.resources
        api_engine: AsyncEngine = parts.engine if writing else parts.reading_engine

        def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
            sent.append(statement)

        ready: FragmentPool | None = None if writing else self.app.state.fragments

        async def noted(sql: str, *values: Any) -> Any:
            sent.append(sql)
            return await FragmentPool.row(cast("FragmentPool", ready), sql, *values)

        if ready is not None:
            vars(ready)["row"] = noted
        event.listen(api_engine.sync_engine, "before_cursor_execute", note)
        yield sent
        if ready is not None:
            del vars(ready)["row"]
        event.remove(api_engine.sync_engine, "before_cursor_execute", note)


def settings_for(database_url: str, **changes: Any) -> Settings:
    """A registry whose Temporal, storage and chain are away; on a test's database it owns nothing."""
    if f"//{OWNER}:" in database_url:
        database_url = as_application(database_url)
    values: dict[str, Any] = {
        "database_url": SecretStr(sqlalchemy_url(database_url)),
        "public_url": PUBLIC_URL,
        "temporal_address": NOBODY_LISTENS,
        "s3_endpoint_url": f"http://{NOBODY_LISTENS}",
        "blockfrost_url": f"http://{NOBODY_LISTENS}/api/v0",
        "bcrypt_cost": 4,
        "update_timeout_seconds": 1,
        "rate_limit_per_user_per_minute": 100_000,
        "rate_limit_per_address_per_minute": 100_000,
        "rate_limit_account_requests_per_minute": 100_000,
        "log_level": "ERROR",
        "public_cache_seconds": 0,
        **PATIENT,
        **PERSONAL_KEYS,
        "webhook_secret_key": SecretStr(base64.b64encode(bytes(range(32))).decode()),
    }
    return Settings(**values | changes)


@asynccontextmanager
async def running_api(settings: Settings, engine: AsyncEngine) -> AsyncIterator[Api]:
    app = create_app(settings)
    async with (
        app.router.lifespan_context(app),
        # A request that crashes must be answered as in production, not raised into the test.
        httpx.AsyncClient(
            transport=httpx.ASGITransport(app, raise_app_exceptions=False),
            base_url=settings.registry.public_url,
        ) as client,
    ):
        yield Api(app, client, engine)


def errors(answer: httpx.Response) -> list[Error]:
    found: list[Error] = answer.json()["errors"]
    return found


def told(answer: httpx.Response) -> list[tuple[str, str | None, str]]:
    """Each error's code, the place it speaks of, and its sentence."""
    return [
        (error["code"], next(iter(error.get("source", {}).values()), None), error["detail"])
        for error in errors(answer)
    ]
