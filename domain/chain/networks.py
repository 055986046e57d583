"""
What distinguishes one Cardano network from another, and Cardano's time.

Slots last one second and are counted since the Shelley era began. In the Byron era a slot had twenty
seconds, so that slot 0 is reckoned back from where the Shelley era began, and is not when a chain was
born: mainnet's slot 4,492,800 was on 29 July 2020, 21:44:51, and Preprod's slot 86,400 on
21 June 2022. Preview never had another era.

Sources: the networks' genesis files (`networkMagic`, `securityParam`), and `SlotConfig` of
Scalus 0.17 for the time of slot 0.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum


@dataclass(frozen=True)
class NetworkFacts:
    """
    `magic` is the number by which a server says which network it shows; `address_id` is the network's
    bit in an address (CIP-19), which all test networks share.

    `security_parameter_blocks` is the network's k: no block under so many others is ever rolled back.
    432 blocks are about 2.4 hours, 2160 about 12.
    """

    magic: int
    address_id: int
    security_parameter_blocks: int
    slot_zero_at: datetime


class CardanoNetwork(StrEnum):
    """`devnet` is our own chain, set up with the rules, the magic and the first slot of Preview."""

    DEVNET = "devnet"
    PREVIEW = "preview"
    PREPROD = "preprod"
    MAINNET = "mainnet"

    @property
    def facts(self) -> NetworkFacts:
        return _FACTS[self]


_PREVIEW = NetworkFacts(2, 0, 432, datetime(2022, 10, 25, tzinfo=UTC))
_FACTS = {
    CardanoNetwork.DEVNET: _PREVIEW,
    CardanoNetwork.PREVIEW: _PREVIEW,
    CardanoNetwork.PREPROD: NetworkFacts(
        1, 0, 2160, datetime(2022, 6, 21, tzinfo=UTC) - timedelta(seconds=86_400)
    ),
    CardanoNetwork.MAINNET: NetworkFacts(
        764_824_073,
        1,
        2160,
        datetime(2020, 7, 29, 21, 44, 51, tzinfo=UTC) - timedelta(seconds=4_492_800),
    ),
}


@dataclass(frozen=True)
class NetworkTold:
    """
    What a server says of the network that it shows: its number, and when its slot 0 was.

    Either may be None: not every server says it.
    """

    magic: int | None = None
    slot_zero_at: datetime | None = None


def other_network(
    told: NetworkTold, expected: CardanoNetwork, *, slot_zero_at: datetime
) -> str | None:
    """
    Of which other network a server speaks, in words; None when it is the expected one, or says nothing.

    `slot_zero_at` is the expected network's, which for a devnet is a setting.
    """
    if told.magic is not None:
        if told.magic == expected.facts.magic:
            return None
        names = " or ".join(networks_of_magic(told.magic)) or "a network of another name"
        return f"{names} (network magic {told.magic})"
    if told.slot_zero_at is not None and told.slot_zero_at != slot_zero_at:
        return _named_by_time(told.slot_zero_at)
    return None


def _named_by_time(slot_zero_at: datetime) -> str:
    names = [
        network.value for network, facts in _FACTS.items() if facts.slot_zero_at == slot_zero_at
    ]
    return f"{' or '.join(names) or 'another network'} (slot 0 at {slot_zero_at:%Y-%m-%d %H:%M:%S} UTC)"


def networks_of_magic(magic: int) -> tuple[str, ...]:
    """The names that a chain with this number may go by; none when we know no such network."""
    return tuple(network.value for network, facts in _FACTS.items() if facts.magic == magic)


def slot_at(moment: datetime, *, slot_zero_at: datetime) -> int:
    """The slot that a moment lies in; meaningless before the Shelley era."""
    return (moment - slot_zero_at) // timedelta(seconds=1)
