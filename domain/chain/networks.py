"""
Cardano's time: slots of one second, counted since the Shelley era began.

In the Byron era a slot had twenty seconds, so that slot 0 is reckoned back from where the Shelley era
began, and is not when a chain was born: mainnet's slot 4,492,800 was on 29 July 2020, 21:44:51, and
Preprod's slot 86,400 on 21 June 2022. Preview never had another era.

Source: the networks' genesis files, as `SlotConfig` of Scalus 0.17 has them.
"""

from datetime import UTC, datetime, timedelta

SLOT_ZERO_AT = {
    "mainnet": datetime(2020, 7, 29, 21, 44, 51, tzinfo=UTC) - timedelta(seconds=4_492_800),
    "preprod": datetime(2022, 6, 21, tzinfo=UTC) - timedelta(seconds=86_400),
    "preview": datetime(2022, 10, 25, tzinfo=UTC),
}


def slot_at(moment: datetime, *, slot_zero_at: datetime) -> int:
    """The slot that a moment lies in; meaningless before the Shelley era."""
    return (moment - slot_zero_at) // timedelta(seconds=1)
