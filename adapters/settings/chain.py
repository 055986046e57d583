"""The Cardano network, the provider by which it is reached, and when its word is believed."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

from pydantic import AwareDatetime, SecretStr

from adapters.settings.variables import API, BOTH, WORKER, AreaSettings, variable
from domain.chain.networks import CardanoNetwork


class ChainProvider(StrEnum):
    """`ogmios` is our own node, through Ogmios v6 and Kupo (ADR 0020)."""

    BLOCKFROST = "blockfrost"
    OGMIOS = "ogmios"


def _security_parameter(known: Mapping[str, Any]) -> int:
    network: CardanoNetwork = known["cardano_network"]
    return network.facts.security_parameter_blocks


class ChainSettings(AreaSettings):
    cardano_network: CardanoNetwork = variable(
        CardanoNetwork.DEVNET, "`devnet`, `preview`, `preprod` or `mainnet`", read_by=BOTH
    )
    chain_provider: ChainProvider = variable(
        ChainProvider.BLOCKFROST,
        "or `ogmios`: our own node ([ADR 0020](adr/0020-our-own-node.md))",
        read_by=BOTH,
    )
    ogmios_url: str = variable(
        "http://127.0.0.1:1337", "Ogmios v6; its WebSocket is at the same place", read_by=BOTH
    )
    kupo_url: str = variable(
        "http://127.0.0.1:1442",
        "Kupo beside it, watching every platform address, without `--prune-utxo`",
        read_by=BOTH,
    )
    blockfrost_url: str = variable(
        "http://127.0.0.1:3100/api/v0",
        "a Blockfrost-compatible server, with its version prefix; pages name it to readers who "
        "check, whatever `CHAIN_PROVIDER` is",
        read_by=BOTH,
    )
    blockfrost_project_id: SecretStr | None = variable(
        None, "the project of a hosted Blockfrost", read_by=BOTH
    )
    blockfrost_webhook_secret: SecretStr | None = variable(
        None,
        "the secret of webhooks of hosted Blockfrost, which may then be sent to "
        "`/api/v1/chain/provider-webhook` "
        "([ADR 0048](adr/0048-provider-webhooks-only-wake.md))",
        read_by=BOTH,
    )
    blockfrost_requests_per_second: float = variable(
        8, "hosted Blockfrost allows 10 to one address", read_by=WORKER
    )
    check_requests_per_second: float = variable(
        2,
        "what checking strangers' certificates may ask of the chain's server, beside the worker",
        read_by=API,
        gt=0,
    )
    check_probe_seconds: float = variable(
        0.8,
        "after so long a wait of somebody who checks a certificate the chain's server is asked "
        "whether it is well, and given as long to; else the chain counts as not asked "
        "([outages](outages.md))",
        read_by=API,
        gt=0,
    )
    chain_poll_seconds: float = variable(10, "how often the tip is asked for", read_by=WORKER)
    chain_flush_seconds: float = variable(
        3,
        "how long records may wait for others to share a transaction with "
        "([ADR 0015](adr/0015-batches-and-one-follower.md))",
        read_by=WORKER,
        ge=0,
    )
    chain_closed_seconds: float = variable(
        600,
        "how long each process leaves a provider alone that answered 402, 403 or 418, before it "
        "tries once ([ADR 0027](adr/0027-one-reading-one-gate.md))",
        read_by=BOTH,
        ge=0,
    )
    confirmations_required: int = variable(
        6,
        "blocks on top before a record is confirmed ([ADR 0007](adr/0007-what-six-means.md))",
        read_by=BOTH,
        ge=1,
    )
    chain_finality_blocks: int = variable(
        _security_parameter,
        "its security parameter: 432 on Preview and the devnet, 2160 on Preprod and mainnet",
        read_by=BOTH,
        ge=1,
    )
    transaction_ttl_slots: int = variable(
        7200,
        "seconds a transaction may wait for a block ([ADR 0008](adr/0008-ttl-and-rebuilding.md))",
        read_by=WORKER,
        ge=120,
    )
    devnet_slot_zero_at: AwareDatetime = variable(
        CardanoNetwork.DEVNET.facts.slot_zero_at,
        "when slot 0 of a devnet was; the public networks' are known",
        read_by=WORKER,
    )
    explorer_transaction_url: str | None = variable(
        None, "prefix of an explorer's transaction page", read_by=API
    )

    @property
    def slot_zero_at(self) -> datetime:
        """Of the network that is set."""
        if self.cardano_network is CardanoNetwork.DEVNET:
            return self.devnet_slot_zero_at
        return self.cardano_network.facts.slot_zero_at
