"""The chain that a command reads: the settings' own, or a server that is named on the command line."""

from adapters.chain.blockfrost.client import BlockfrostChain
from adapters.chain.providers import OpenChain, open_chain
from adapters.settings.chain import ChainSettings


def chain_for(settings: ChainSettings, provider: str | None) -> OpenChain:
    """`provider` is the address of a Blockfrost-compatible server, with its version prefix."""
    if provider is None:
        return open_chain(settings)
    project_id = settings.blockfrost_project_id
    return BlockfrostChain(
        provider,
        project_id=project_id.get_secret_value() if project_id else None,
        requests_per_second=settings.blockfrost_requests_per_second,
    )
