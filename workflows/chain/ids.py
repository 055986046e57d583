"""The names of the workflows that run for ever beside the chain, which call one another by them."""

from domain.chain.wallets import DEFAULT_WALLET


def wallet_workflow_id(network: str, wallet: str = DEFAULT_WALLET) -> str:
    return f"wallet/{network}/{wallet}"


def follower_workflow_id(network: str) -> str:
    return f"follower/{network}"
