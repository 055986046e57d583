"""The registry's values out of Blockfrost's JSON, in which some servers write numbers as texts."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from domain.chain.transactions import ProtocolParameters, UnspentOutput


def protocol_parameters(answer: Mapping[str, Any]) -> ProtocolParameters:
    # Since Babbage the older name means the same; some servers fill only that.
    per_byte = answer.get("coins_per_utxo_size") or answer["coins_per_utxo_word"]
    return ProtocolParameters(
        fee_per_byte=int(answer["min_fee_a"]),
        fee_fixed=int(answer["min_fee_b"]),
        transaction_bytes_max=int(answer["max_tx_size"]),
        lovelace_per_utxo_byte=int(per_byte),
        block_bytes_max=int(answer["max_block_size"]),
    )


def optional(number: Any) -> int | None:
    return None if number is None else int(number)


def block_time(block: Mapping[str, Any]) -> datetime | None:
    """Not every server that speaks Blockfrost's HTTP says it."""
    return datetime.fromtimestamp(int(block["time"]), UTC) if block.get("time") else None


def is_plain(output: Mapping[str, Any]) -> bool:
    # Anybody can send tokens or scripts to our address. Spending those would need a larger change
    # output and a higher fee than the builder reckons with, so they stay where they are.
    only_lovelace = [amount["unit"] for amount in output["amount"]] == ["lovelace"]
    return only_lovelace and output.get("reference_script_hash") is None


def unspent_output(output: Mapping[str, Any]) -> UnspentOutput:
    return UnspentOutput(
        tx_hash=str(output["tx_hash"]),
        index=int(output["output_index"]),
        lovelace=int(output["amount"][0]["quantity"]),
    )
