"""Calls the registry's public HTTP API as somebody, the way a program outside this repository would."""

import asyncio
import time
from typing import Any
from uuid import uuid4

import httpx

from devstack.seed import PASSWORD


class CallRefused(Exception):
    """The API answered with an error; the message is its sentence."""


class Caller:
    """One signed-in account; every changing call carries an idempotency key."""

    def __init__(self, http: httpx.AsyncClient, token: str, user: dict[str, Any]) -> None:
        self._http = http
        self.headers = {"Authorization": f"Bearer {token}"}
        self.user = user

    @classmethod
    async def sign_in(cls, http: httpx.AsyncClient, email: str) -> "Caller":
        answer = await http.post("/api/v1/auth/login", json={"email": email, "password": PASSWORD})
        data = _data(answer)
        return cls(http, data["accessToken"], data["user"])

    async def get(self, path: str) -> Any:
        return _data(await self._http.get(f"/api/v1{path}", headers=self.headers))

    async def post(self, path: str, body: dict[str, Any], *, key: str | None = None) -> Any:
        headers = self.headers | {"Idempotency-Key": key or str(uuid4())}
        return _data(await self._http.post(f"/api/v1{path}", json=body, headers=headers))

    async def put(self, path: str, body: dict[str, Any]) -> Any:
        return _data(await self._http.put(f"/api/v1{path}", json=body, headers=self.headers))

    async def patch(self, path: str, body: dict[str, Any]) -> Any:
        return _data(await self._http.patch(f"/api/v1{path}", json=body, headers=self.headers))

    async def upload(self, path: str, announcement: dict[str, Any], content: bytes) -> Any:
        """Announce a document, put its bytes straight into object storage, and complete it."""
        document = await self.post(path, announcement)
        upload = document["upload"]
        async with httpx.AsyncClient() as storage:
            stored = await storage.request(
                upload["method"], upload["url"], headers=upload["headers"], content=content
            )
            stored.raise_for_status()
        return await self.post(f"/documents/{document['id']}/complete", {})

    async def wait_for(self, path: str, done: Any, *, seconds: float) -> Any:
        """Ask again until `done(data)`; raises TimeoutError after so many seconds."""
        deadline = time.monotonic() + seconds
        while True:
            data = await self.get(path)
            if done(data):
                return data
            if time.monotonic() > deadline:
                raise TimeoutError(f"{path} did not come so far within {seconds:.0f} s: {data}")
            await asyncio.sleep(0.3)


def _data(answer: httpx.Response) -> Any:
    if answer.is_error:
        try:
            faults = "; ".join(error["detail"] for error in answer.json()["errors"])
        except (ValueError, KeyError):
            faults = answer.text[:300]
        raise CallRefused(f"{answer.request.method} {answer.request.url.path}: {faults}")
    return answer.json()["data"] if answer.content else None
