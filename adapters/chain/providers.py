"""The provider that the settings name, and whether it answers."""

from typing import Protocol

import httpx

from activities.ports.chain.provider import AddressHistory, Chain
from adapters.chain.blockfrost.client import BlockfrostChain
from adapters.chain.own_node.client import OwnNodeChain
from adapters.settings.chain import ChainProvider, ChainSettings

JSON = "application/json"
"""Kupo's health is the text of Prometheus for whoever takes anything."""


class OpenChain(AddressHistory, Chain, Protocol):
    """A chain with connections that end, and a door for what can wait."""

    def in_background(self) -> Chain:
        """The same chain, for requests that leave the provider's limit to all others first."""

    async def close(self) -> None: ...


def open_chain(settings: ChainSettings, *, requests_per_second: float | None = None) -> OpenChain:
    """
    `CHAIN_PROVIDER`: a Blockfrost-compatible server, or our own node's Ogmios and Kupo.

    `requests_per_second` takes the place of the setting's; our own node is asked without a limit.
    """
    if settings.chain_provider is ChainProvider.OGMIOS:
        return OwnNodeChain(
            ogmios_url=settings.ogmios_url,
            kupo_url=settings.kupo_url,
            open_seconds=settings.chain_closed_seconds,
        )
    project_id = settings.blockfrost_project_id
    return BlockfrostChain(
        settings.blockfrost_url,
        project_id=project_id.get_secret_value() if project_id else None,
        requests_per_second=requests_per_second or settings.blockfrost_requests_per_second,
        open_seconds=settings.chain_closed_seconds,
    )


async def chain_answers(settings: ChainSettings, http: httpx.AsyncClient) -> bool:
    """Whether the provider calls itself healthy; never raises."""
    try:
        if settings.chain_provider is ChainProvider.OGMIOS:
            return await _own_node_answers(settings, http)
        return await _blockfrost_answers(settings, http)
    except (httpx.HTTPError, ValueError, LookupError, TypeError):
        return False


async def _blockfrost_answers(settings: ChainSettings, http: httpx.AsyncClient) -> bool:
    url = settings.blockfrost_url.rstrip("/")
    # Its own health call costs none of our quota there. Yaci Store has none.
    health = await http.get(f"{url}/health")
    if health.status_code != httpx.codes.NOT_FOUND:
        return bool(health.json()["is_healthy"])
    return int((await http.get(f"{url}/blocks/latest")).json()["height"]) > 0


async def _own_node_answers(settings: ChainSettings, http: httpx.AsyncClient) -> bool:
    """Both servers answer 200 only when they are connected and have caught up with the network."""
    fields = {
        settings.ogmios_url: "connectionStatus",
        settings.kupo_url: "connection_status",
    }
    for url, field in fields.items():
        answer = await http.get(f"{url.rstrip('/')}/health", headers={"Accept": JSON})
        if answer.status_code != httpx.codes.OK or answer.json()[field] != "connected":
            return False
    return True
