"""A running devnet, as a client of its HTTP paths sees it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from devstack.devnet import running_devnet
from devstack.keys import ensure_keys
from devstack.ports import choose_ports
from tests.devstack.payments import Coin, Payment, Wallet


@dataclass(frozen=True)
class Devnet:
    http: httpx.AsyncClient
    wallet: Wallet

    async def get(self, path: str) -> Any:
        answer = await self.http.get(f"/api/v0{path}")
        return answer.raise_for_status().json()

    async def status_of(self, path: str) -> int:
        return (await self.http.get(f"/api/v0{path}")).status_code

    async def control(self, name: str, **body: Any) -> Any:
        answer = await self.http.post(f"/devnet/{name}", json=body)
        return answer.raise_for_status().json()

    async def submit(self, payment: Payment) -> httpx.Response:
        return await self.http.post(
            "/api/v0/tx/submit",
            content=payment.signed_bytes,
            headers={"Content-Type": "application/cbor"},
        )

    async def coins(self) -> list[Coin]:
        return [
            Coin(output["tx_hash"], output["output_index"], int(output["amount"][0]["quantity"]))
            for output in await self.get(f"/addresses/{self.wallet.address}/utxos")
        ]


@asynccontextmanager
async def open_devnet(folder: Path, *, block_seconds: float = 0) -> AsyncIterator[Devnet]:
    keys = ensure_keys(folder)
    port = choose_ports(folder)["devnet"]
    async with (
        running_devnet(
            folder, port=port, fund_address=keys.platform_address, block_seconds=block_seconds
        ),
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=30) as http,
    ):
        yield Devnet(http, Wallet(keys.platform_file))
