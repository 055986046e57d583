"""A PostgreSQL that hangs: every route answers within three seconds, and is well again by itself."""

import asyncio
import time
from collections.abc import AsyncIterator

import httpx
import pytest

from tests.api.caller import Api, running_api, settings_for
from tests.api.registry_rows import RegistryRows
from tests.databases import engine_for, save_people
from tests.factories import PEOPLE
from tests.faults.hung import postgres_pid, stopped

async def test_x(database_url: str) -> None:
    engine = engine_for(database_url)
    await save_people(engine)
    project = await RegistryRows(engine).project()
    pid = await postgres_pid(database_url)
    async with running_api(settings_for(database_url), engine) as api:
        for i in range(3):
            print((await api.client.get("/api/v1/registry/stats")).status_code)
        who = await api.signed_in(PEOPLE[-1])
        async def ask(method, path, **kw):
            t = time.monotonic()
            try:
                a = await api.client.request(method, path, **kw)
                return (path, round(time.monotonic()-t, 2), a.status_code, a.headers.get("retry-after"), a.text[:100])
            except BaseException as e:
                return (path, round(time.monotonic()-t, 2), repr(e))
        with stopped(pid):
            began = time.monotonic()
            got = await asyncio.gather(*[ask(*x[:2], **(x[2] if len(x)>2 else {})) for x in [
              ("GET","/healthz"),("GET","/readyz"),("GET","/"),("GET","/projects"),("GET","/conservation"),("GET","/api/v1/registry/stats"),
              ("GET","/api/v1/registry/projects"),
              ("GET","/api/v1/registry/export/credits.csv"),
              ("POST","/api/v1/auth/login",{"json":{"email":"a@b.example","password":"x"*12}}),
              ("POST","/sign-in",{"data":{"email":"a@b.example","password":"x"*12}}),
              ("GET","/api/v1/credits",{"headers":who}),
            ]])
            for g in got: print(g)
            print("again")
            got = await asyncio.gather(*[ask("GET","/projects"), ask("GET","/api/v1/registry/projects"), ask("GET","/readyz")])
            for g in got: print(g)
            print(len(asyncio.all_tasks()))
        t = time.monotonic()
        while True:
            g = await ask("GET", "/api/v1/registry/projects")
            if g[2] == 200: break
            await asyncio.sleep(0.05)
        print("recovered", time.monotonic()-t, g)
        t = time.monotonic()
    print("closed", time.monotonic()-t)
    await engine.dispose()
