"""
What the platform's key may be used for: a wallet that pays itself, and nothing else.

Whoever can have 32 bytes signed can empty a wallet, and a KMS signs any 32 bytes. So the signer is
handed a transaction body, reads it itself, and holds it against these rules before its hash is
signed. Whatever goes wrong around it, a body that passes can cost the fee ceiling at most.

Source: ADR 0018; field numbers of the Conway era CDDL (cardano-ledger, `conway.cddl`).
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from domain.chain.networks import slot_at

INPUTS, OUTPUTS, FEE, TTL, AUXILIARY_DATA_HASH = 0, 1, 2, 3, 7
ALLOWED_FIELDS = frozenset({INPUTS, OUTPUTS, FEE, TTL, AUXILIARY_DATA_HASH})
"""No certificates, withdrawals, mint, collateral, scripts, votes, treasury or required signers."""

NETWORK_BITS = 0x0F
"""Of an address' first byte (CIP-19): 1 on mainnet, 0 on every test network."""


class SigningRefused(Exception):
    """The key does not sign this; the sentence says why. Never a matter of trying again."""


class UnreadableBody(SigningRefused):
    """The bytes are not a transaction body as this registry writes them."""


class ForbiddenField(SigningRefused):
    """The body does something else besides: it mints, withdraws, delegates, votes."""


class ForeignOutput(SigningRefused):
    """An output pays somebody else."""


class OtherNetwork(SigningRefused):
    """An output's address is of another network."""


class FeeTooHigh(SigningRefused):
    """The fee is above the ceiling."""


class UnfitTimeLimit(SigningRefused):
    """There is no TTL, or it is too far away, or past."""


class OtherPurpose(SigningRefused):
    """A key that writes is asked to move money, or one that was given up to write."""


class OtherMetadata(SigningRefused):
    """What the body commits to is not what is stored."""


@dataclass(frozen=True)
class Output:
    """`address` in the ledger's own bytes (CIP-19)."""

    address: bytes
    lovelace: int


@dataclass(frozen=True)
class TransactionBody:
    """A body as it was read from its bytes. `inputs` are (transaction hash, index)."""

    inputs: tuple[tuple[bytes, int], ...]
    outputs: tuple[Output, ...]
    fee_lovelace: int
    ttl_slot: int | None
    auxiliary_data_hash: bytes | None


@dataclass(frozen=True)
class SigningOrder:
    """
    What a signature is asked for.

    `record_ids` are the stored records that the transaction carries, in its order; none at all
    for a sweep, which carries no metadata. Where the chain stands is not told: whoever could name a
    false slot could have something signed that lands years from now.
    """

    record_ids: tuple[UUID, ...] = ()


@dataclass(frozen=True)
class SigningPolicy:
    """
    `own_addresses` in bytes; they come from the keys this process holds, not from a database.

    A key that `sweeps` was given up: it moves money and writes nothing. Every other writes records
    and moves nothing but the fee. `clock_tolerance_slots` is how far our clock and the chain may be
    apart, so that a TTL which was reckoned from the chain's tip passes.
    """

    own_addresses: frozenset[bytes]
    fee_lovelace_max: int
    ttl_slots_max: int
    slot_zero_at: datetime
    clock_tolerance_slots: int = 120
    sweeps: bool = False

    def require(self, body: TransactionBody, *, at: datetime, stored_hash: bytes | None) -> None:
        """
        Let a body pass, or not.

        `at` is the signer's own clock. `stored_hash` is the hash of the auxiliary data made anew
        from what is stored; None when the transaction is to carry nothing.

        Raises:
            SigningRefused: one of its kinds, for the first rule that the body breaks.
        """
        if not body.inputs or not body.outputs:
            raise UnreadableBody("The transaction spends nothing or pays nobody.")
        for output in body.outputs:
            self._require_own(output)
        if not 0 < body.fee_lovelace <= self.fee_lovelace_max:
            raise FeeTooHigh(
                f"The fee is {body.fee_lovelace} lovelace; at most {self.fee_lovelace_max} are paid."
            )
        self._require_time_limit(body.ttl_slot, at)
        self._require_purpose(stored_hash)
        if body.auxiliary_data_hash != stored_hash:
            raise OtherMetadata(_other_metadata(body.auxiliary_data_hash, stored_hash))

    def _require_own(self, output: Output) -> None:
        if output.address in self.own_addresses:
            return
        networks = {address[0] & NETWORK_BITS for address in self.own_addresses}
        if output.address and output.address[0] & NETWORK_BITS not in networks:
            raise OtherNetwork("An output pays to an address of another network.")
        raise ForeignOutput(
            f"An output pays {output.lovelace} lovelace to an address that is not the platform's."
        )

    def _require_time_limit(self, ttl_slot: int | None, at: datetime) -> None:
        if ttl_slot is None:
            raise UnfitTimeLimit("The transaction has no TTL: it could land years from now.")
        away = ttl_slot - slot_at(at, slot_zero_at=self.slot_zero_at)
        least, most = (
            1 - self.clock_tolerance_slots,
            self.ttl_slots_max + self.clock_tolerance_slots,
        )
        if not least <= away <= most:
            raise UnfitTimeLimit(
                f"The TTL is {away} slots from now by our clock; "
                f"it has to be between {least} and {most}."
            )

    def _require_purpose(self, stored_hash: bytes | None) -> None:
        if stored_hash is None and not self.sweeps:
            raise OtherPurpose("No record is named, and this key signs nothing else.")
        if stored_hash is not None and self.sweeps:
            raise OtherPurpose("This key was given up: it moves what is left and writes no record.")


def require_known_fields(fields: Collection[int]) -> None:
    """
    For whoever reads a body from its bytes: a `TransactionBody` has no place for anything else.

    Raises:
        ForbiddenField: names every field that is never signed.
    """
    others = sorted(set(fields) - ALLOWED_FIELDS)
    if others:
        raise ForbiddenField(
            f"The transaction has fields that are never signed: {', '.join(map(str, others))}."
        )


def _other_metadata(found: bytes | None, stored: bytes | None) -> str:
    if stored is None:
        return "The transaction commits to metadata, and none was to be written."
    if found is None:
        return "The transaction commits to no metadata, and a record was to be written."
    return "The transaction commits to other metadata than the records that are stored."
