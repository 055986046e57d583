"""
The signer takes bodies that the registry itself would write, and refuses every other.

Method: a good body is built and signed, then changed in one way at a time: by meaning (what it
pays, to whom, until when), by spelling (the same content in other CBOR), and byte by byte. What
is still signed is read again and has to keep the policy.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import structlog
from cbor2 import CBORTag, dumps
from hypothesis import example, given, settings
from hypothesis import strategies as st
from nacl.signing import VerifyKey
from pycardano import Address, Network, VerificationKey
from structlog.testing import capture_logs

from adapters.chain.wallet.body import read_body, write_body
from adapters.chain.wallet.signer import PolicySigner, hash_of
from adapters.chain.wallet.transactions import auxiliary_data, build
from adapters.chain.wallet.wallet import PlatformWallet
from adapters.chain.wallet.wallets import open_wallets
from adapters.settings.chain import ChainSettings
from adapters.settings.keys import KeySettings
from domain.chain.networks import CardanoNetwork, slot_at
from domain.chain.signing_policy import (
    ForbiddenField,
    ForeignOutput,
    OtherMetadata,
    OtherNetwork,
    OtherPurpose,
    Output,
    SigningOrder,
    SigningPolicy,
    SigningRefused,
    UnfitTimeLimit,
    UnreadableBody,
)
from domain.chain.transactions import UnspentOutput
from tests.adapters.chain.worlds import World
from tests.factories import NOW
from tests.fakes.chain import FIRST_SLOT, PREVIEW_PARAMETERS, SLOT_ZERO_AT, SeedKey
from tests.fakes.clock import FixedClock

KEY = SeedKey("the platform")
TIP = FIRST_SLOT
RECORD_ID = UUID(int=1)
RECORD = {"msg": ["Karbonica Carbon Credit Retirement"], "credit_id": "KRB-2024-001-000001"}
INPUTS = (UnspentOutput("cd" * 32, 0, 5_000_000), UnspentOutput("ab" * 32, 3, 2_000_000))


def address_of(key: SeedKey, network: Network = Network.TESTNET) -> Address:
    return Address(VerificationKey(key.public_key()).hash(), network=network)


OWN = address_of(KEY)
FOREIGN = address_of(SeedKey("a thief"))
TOLERANCE = 120
POLICY = SigningPolicy(
    frozenset({bytes(OWN.to_primitive())}),
    fee_lovelace_max=1_000_000,
    ttl_slots_max=7_200,
    slot_zero_at=SLOT_ZERO_AT,
    clock_tolerance_slots=TOLERANCE,
)
CLOCK = FixedClock(NOW)
"""At which the chain's slot is TIP."""


@dataclass
class Stored:
    """Implements `StoredPayloads`: one record waits."""

    records: dict[UUID, Mapping[str, Any]] = field(default_factory=lambda: {RECORD_ID: RECORD})

    async def payload(self, record_ids: Sequence[UUID]) -> Mapping[str, Any]:
        (record_id,) = record_ids
        if record_id not in self.records:
            raise OtherMetadata("It is not stored.")
        return self.records[record_id]


SIGNER = PolicySigner(KEY, POLICY, Stored(), CLOCK)
ORDER = SigningOrder((RECORD_ID,))
GOOD = build(
    RECORD, inputs=INPUTS, address=bytes(OWN), ttl_slot=TIP + 7_200, parameters=PREVIEW_PARAMETERS
).body
READ = read_body(GOOD)


def fields(**changes: Any) -> dict[int, Any]:
    """The good body as a map of fields, for spelling it otherwise."""
    numbers = {"inputs": 0, "outputs": 1, "fee": 2, "ttl": 3, "auxiliary_data_hash": 7}
    whole = {
        0: CBORTag(258, [list(spent) for spent in READ.inputs]),
        1: [[output.address, output.lovelace] for output in READ.outputs],
        2: READ.fee_lovelace,
        3: READ.ttl_slot,
        7: READ.auxiliary_data_hash,
    }
    return whole | {numbers[name]: value for name, value in changes.items()}


async def refused(body: bytes, kind: type[SigningRefused], order: SigningOrder = ORDER) -> str:
    with pytest.raises(kind) as caught:
        await SIGNER.sign(body, order)
    return str(caught.value)


async def test_the_hash_of_a_good_body_is_signed() -> None:
    assert dumps(fields()) == GOOD

    signature = await SIGNER.sign(GOOD, ORDER)

    assert VerifyKey(KEY.public_key()).verify(hash_of(GOOD), signature) == hash_of(GOOD)


async def test_a_hash_is_no_body() -> None:
    await refused(hash_of(GOOD), UnreadableBody)


async def test_money_for_somebody_else_is_refused() -> None:
    body = build(
        RECORD,
        inputs=INPUTS,
        address=bytes(FOREIGN),
        ttl_slot=TIP + 60,
        parameters=PREVIEW_PARAMETERS,
    ).body

    await refused(body, ForeignOutput)


async def test_an_output_more_for_somebody_else_is_refused() -> None:
    more = Output(bytes(FOREIGN.to_primitive()), 1_000_000)

    await refused(write_body(replace(READ, outputs=(*READ.outputs, more))), ForeignOutput)


async def test_our_own_key_on_another_network_is_refused() -> None:
    mainnet = Output(bytes(address_of(KEY, Network.MAINNET).to_primitive()), 6_000_000)

    await refused(write_body(replace(READ, outputs=(mainnet,))), OtherNetwork)


@pytest.mark.parametrize(
    "change",
    [
        {"fee_lovelace": 1_000_001},
        {"ttl_slot": None},
        {"ttl_slot": TIP + 7_201 + TOLERANCE},
        {"ttl_slot": TIP - TOLERANCE},
        {"ttl_slot": 5_000_000_000},
    ],
)
async def test_a_fee_or_a_time_limit_beyond_the_policy_is_refused(change: dict[str, Any]) -> None:
    await refused(write_body(replace(READ, **change)), SigningRefused)


async def test_metadata_that_is_not_what_is_stored_is_refused() -> None:
    body = build(
        {**RECORD, "credit_id": "KRB-2024-001-000002"},
        inputs=INPUTS,
        address=bytes(OWN),
        ttl_slot=TIP + 7_200,
        parameters=PREVIEW_PARAMETERS,
    ).body

    assert await refused(body, OtherMetadata) == (
        "The transaction commits to other metadata than the records that are stored."
    )


async def test_a_record_that_is_not_stored_is_refused() -> None:
    await refused(GOOD, OtherMetadata, SigningOrder((UUID(int=2),)))


async def test_metadata_with_no_record_named_is_refused() -> None:
    await refused(GOOD, OtherPurpose, SigningOrder())


async def test_a_payment_to_ourselves_with_no_record_is_refused() -> None:
    """It would say nothing, and each could cost the fee ceiling."""
    nothing = build(
        None, inputs=INPUTS, address=bytes(OWN), ttl_slot=TIP + 60, parameters=PREVIEW_PARAMETERS
    ).body

    await refused(nothing, OtherPurpose, SigningOrder())


async def test_the_end_is_reckoned_from_the_signers_own_clock() -> None:
    """A caller who names no slot can name no false one; the same body is refused hours before and after."""
    for hours in (-3, 3):
        clock = FixedClock(NOW + timedelta(hours=hours))
        with pytest.raises(UnfitTimeLimit):
            await PolicySigner(KEY, POLICY, Stored(), clock).sign(GOOD, ORDER)


@pytest.mark.parametrize(
    ("network", "moment", "slot"),
    [
        # Where the Shelley era began, and blocks whose slot and time are known of each network.
        ("mainnet", datetime(2020, 7, 29, 21, 44, 51, tzinfo=UTC), 4_492_800),
        ("preprod", datetime(2022, 6, 21, 0, 0, tzinfo=UTC), 86_400),
        ("preview", datetime(2022, 10, 25, 0, 0, tzinfo=UTC), 0),
        ("mainnet", datetime.fromtimestamp(1_691_566_291, UTC), 100_000_000),
        ("preprod", datetime.fromtimestamp(1_755_683_200, UTC), 100_000_000),
        ("preview", datetime.fromtimestamp(1_766_656_000, UTC), 100_000_000),
    ],
)
def test_the_slot_of_each_public_network_follows_from_the_time(
    network: str, moment: datetime, slot: int
) -> None:
    zero = CardanoNetwork(network).facts.slot_zero_at

    assert slot_at(moment, slot_zero_at=zero) == slot
    assert slot_at(moment + timedelta(seconds=0.9), slot_zero_at=zero) == slot


async def test_the_keys_that_write_and_those_given_up_are_opened_for_their_purpose(
    tmp_path: Path,
) -> None:
    files = {name: tmp_path / name for name in ("present", "second", "old")}
    for number, file in enumerate(files.values()):
        file.write_text(bytes([number]).hex() * 32)
        file.chmod(0o600)
    opened = open_wallets(
        KeySettings(
            platform_key_file=files["present"],
            platform_wallets={"second": f"file:{files['second']}"},
            retired_platform_keys=[f"file:{files['old']}"],
        ),
        ChainSettings(devnet_slot_zero_at=SLOT_ZERO_AT),
        Stored(),
        CLOCK,
    )
    to = dict.fromkeys(opened.retired, opened.present["platform"].address)
    to |= {wallet: wallet.address for wallet in opened.present.values()}

    swept = []
    for wallet, successor in to.items():
        with suppress(OtherPurpose):
            await wallet.sweep(
                successor, inputs=INPUTS, ttl_slot=TIP + 7_200, parameters=PREVIEW_PARAMETERS
            )
            swept.append(wallet)

    assert swept == list(opened.retired)


@pytest.mark.parametrize(
    "number",
    [4, 5, 8, 9, 11, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 99],
    ids=lambda number: {
        4: "certificates",
        5: "withdrawals",
        8: "validity start",
        9: "mint",
        11: "script data",
        13: "collateral",
        14: "required signers",
        15: "network id",
        16: "collateral return",
        17: "total collateral",
        18: "reference inputs",
        19: "votes",
        20: "proposals",
        21: "treasury",
        22: "donation",
        99: "unknown",
    }[number],
)  # fmt: skip -- the CDDL's list, a line for four
async def test_whatever_else_a_body_can_do_is_refused(number: int) -> None:
    message = await refused(dumps(fields() | {number: 0}), ForbiddenField)

    assert message == f"The transaction has fields that are never signed: {number}."


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xa0",
        b"\xff",
        GOOD[:-1],
        GOOD + b"\x00",
        b"\x81" * 15_000 + b"\x00",
        bytes(16_385),
        dumps([1, 2, 3]),
        dumps({"fee": 1}),
        dumps(fields(inputs=[list(spent) for spent in READ.inputs])),
        dumps(fields(inputs=CBORTag(258, [[b"short", 0]]))),
        dumps(fields(inputs=CBORTag(258, [list(READ.inputs[1]), list(READ.inputs[0])]))),
        dumps(fields(inputs=CBORTag(258, [list(READ.inputs[0])] * 2))),
        dumps(fields(outputs={})),
        dumps(fields(outputs=[{0: READ.outputs[0].address, 1: READ.outputs[0].lovelace}])),
        dumps(fields(outputs=[[READ.outputs[0].address, [1_000_000, {bytes(28): {b"": 1}}]]])),
        dumps(fields(outputs=[[READ.outputs[0].address, 1, bytes(32)]])),
        dumps(fields(outputs=[[READ.outputs[0].address, -1]])),
        dumps(fields(outputs=[[str(OWN), 1]])),
        dumps(fields(fee=True)),
        dumps(fields(fee=1.0)),
        dumps(fields(ttl=-1)),
        dumps(fields(ttl=None)),
        dumps(fields(auxiliary_data_hash=bytes(31))),
        # The same content: a map without an end, a key that stands twice, a longer integer.
        b"\xbf" + GOOD[1:] + b"\xff",
        b"\xa6" + GOOD[1:] + dumps(2) + dumps(READ.fee_lovelace),
        GOOD.replace(dumps(READ.ttl_slot), b"\x1b" + (TIP + 7_200).to_bytes(8, "big")),
        dumps(dict(reversed(fields().items()))),
    ],
)
async def test_other_bytes_are_refused_even_when_they_say_the_same(body: bytes) -> None:
    assert body != GOOD
    await refused(body, UnreadableBody)


@settings(max_examples=400, deadline=None)
@given(place=st.integers(0, len(GOOD) - 1), value=st.integers(1, 255))
@example(place=0, value=0x1F)
def test_one_byte_changed_is_refused_or_still_keeps_the_policy(place: int, value: int) -> None:
    changed = bytearray(GOOD)
    changed[place] ^= value

    try:
        body = read_body(bytes(changed))
        POLICY.require(body, at=NOW, stored_hash=hash_of(auxiliary_data(RECORD)))
    except SigningRefused:
        return

    # What is left free: which outputs are spent, how much stays, the fee and the end within bounds.
    assert [output.address for output in body.outputs] == [bytes(OWN.to_primitive())]
    assert body.fee_lovelace <= POLICY.fee_lovelace_max
    assert body.ttl_slot is not None
    assert TIP - TOLERANCE < body.ttl_slot <= TIP + POLICY.ttl_slots_max + TOLERANCE
    assert body.auxiliary_data_hash == READ.auxiliary_data_hash


@settings(max_examples=400, deadline=None)
@given(st.binary(max_size=200))
def test_noise_is_refused_and_nothing_else_happens(noise: bytes) -> None:
    with pytest.raises(SigningRefused):
        read_body(noise)


async def test_a_refusal_is_logged_with_its_reason_and_nothing_of_the_key(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # One that nobody has used: whoever configures logging elsewhere keeps the former for ever.
    monkeypatch.setattr("adapters.chain.wallet.signer.log", structlog.get_logger())
    with capture_logs() as logged:
        message = await refused(b"", UnreadableBody)

    assert logged == [
        {
            "event": "signing_refused",
            "kind": "UnreadableBody",
            "log_level": "critical",
            "reason": message,
        }
    ]


async def test_a_wallet_under_the_policy_signs_what_the_ledger_takes(ledger: World) -> None:
    tip = await ledger.chain.tip()
    policy = replace(
        POLICY,
        own_addresses=frozenset({bytes(address_of(ledger.signer.key).to_primitive())}),
        # The tests' devnet makes blocks on command, so it is ahead of every clock.
        slot_zero_at=NOW - timedelta(seconds=tip.slot),
    )
    signer = PolicySigner(ledger.signer.key, policy, Stored(), CLOCK)
    wallet = PlatformWallet(signer, CardanoNetwork.DEVNET)

    signed = await wallet.sign(
        RECORD,
        record_ids=[RECORD_ID],
        inputs=await ledger.funds(),
        ttl_slot=tip.slot + 7_200,
        parameters=PREVIEW_PARAMETERS,
    )
    await ledger.chain.submit(signed.cbor)
    await ledger.hand.mine()

    assert await ledger.chain.metadata(signed.tx_hash) == {"674": RECORD}
