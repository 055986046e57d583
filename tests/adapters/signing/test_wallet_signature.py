"""What real wallets sign, and what only looks like it (CIP-8, CIP-30; ADR 0062)."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import cbor2
import pytest
from pycardano import Network, PaymentSigningKey
from pycardano.cip import cip8

from adapters.signing.wallet_signature import address_text, read_address, read_signature
from domain.accounts.wallet_addresses import AddressNetwork
from domain.accounts.wallet_proofs import (
    CHALLENGE_EXPIRED,
    ChallengePurpose,
    MessageHashes,
    WalletChallenge,
    address_hash,
)
from domain.errors import Invalid
from tests.signing_wallet import AddressKind, SigningWallet

# 60 answers of six published libraries, made with throw-away keys: @emurgo/cardano-message-signing 1.1.0,
# @meshsdk/wallet 1.9.1, @lucid-evolution/sign_data 0.1.27, @cardano-sdk/key-management 0.29.18,
# @stricahq/cip08 1.0.4, pycardano 0.19.2.
ROWS: list[dict[str, str]] = json.loads(
    (Path(__file__).parent / "wallet_signatures.json").read_text()
)
PREVIEW = AddressNetwork("preview", 0)
NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
WALLET = SigningWallet("somebody's")
MESSAGE = "Karbonica Registry asks for the signature of your wallet,\nto link it to your account."

NOT_THE_MESSAGE = "What was signed is not the message of this challenge."
MAINNET = (
    "This address is of mainnet, and this registry is on Cardano preview. Switch the network in your"
    " wallet, and try again."
)
STAKE_KEY = (
    "A base address is proven by its payment key, and its stake key signed; sign with the payment key,"
    " or link the stake address."
)
REFUSED = {
    # One library decodes a message of hex digits before it signs it: ours never are so.
    "mesh base hexonly": NOT_THE_MESSAGE,
    "mesh enterprise hexonly": NOT_THE_MESSAGE,
    "mesh stake hexonly": NOT_THE_MESSAGE,
    "emurgo base address signed by its stake key ascii": STAKE_KEY,
    "emurgo mainnet base ascii": MAINNET,
}


def prove(claimed: str, message: str, signature: str, key: str, *, at: datetime = NOW) -> None:
    address = read_address(claimed)
    challenge = WalletChallenge(
        UUID(int=1),
        UUID(int=2),
        UUID(int=3),
        ChallengePurpose.LINK,
        address_hash(address),
        None,
        **vars(MessageHashes.of(message)),
        expires_at=NOW + timedelta(minutes=5),
    )
    challenge.require_proof(read_signature(signature, key), address, PREVIEW, at=at)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["name"])
def test_each_librarys_signature_is_taken_or_refused_with_its_sentence(row: dict[str, str]) -> None:
    said = None
    try:
        prove(row["claimed"], row["text"], row["signature"], row["key"])
    except Invalid as refused:
        said = refused.detail

    assert said == REFUSED.get(row["name"])
    assert address_text(read_address(row["claimed"])) == row["claimed"]


def test_what_pycardano_signs_now_is_taken() -> None:
    key = PaymentSigningKey.generate()
    signed = cip8.sign(MESSAGE, key, attach_cose_key=True, network=Network.TESTNET)
    payment = key.to_verification_key().hash().payload
    claimed = (b"\x60" + payment).hex()

    prove(claimed, MESSAGE, signed["signature"], signed["key"])


@pytest.mark.parametrize("kind", ["base", "enterprise", "stake"])
@pytest.mark.parametrize("hash_bytes", [None, 28, 24])
@pytest.mark.parametrize(
    "more",
    [
        {},
        {"tag": True},
        {"header": {4: b"any kid at all"}},
        {"cose_key": {2: b"any kid at all"}},
        {"unprotected": {"of another's": 1}},
    ],
    ids=["plain", "tag 18", "kid", "kid of the key", "more headers"],
)
def test_what_libraries_differ_in_makes_no_difference(
    kind: AddressKind, hash_bytes: int | None, more: dict[str, Any]
) -> None:
    prove(
        WALLET.raw_address(kind).hex(),
        MESSAGE,
        *WALLET.sign(MESSAGE, kind, hash_bytes=hash_bytes, **more),
    )


OTHER = SigningWallet("somebody else's")
NO_PROOFS: dict[str, tuple[dict[str, Any], str]] = {
    "another message": ({"message": MESSAGE + " "}, NOT_THE_MESSAGE),
    "a hash of another length": ({"hash_bytes": 32}, NOT_THE_MESSAGE),
    "a hash that is said to be the message": (
        {"hash_bytes": 28, "unprotected": {"hashed": False}},
        NOT_THE_MESSAGE,
    ),
    "a message that is said to be hashed": ({"unprotected": {"hashed": True}}, NOT_THE_MESSAGE),
    "another's key": ({"key": OTHER.stake}, "The key that signed is not the key of this address."),
    "another's address": (
        {"header": {"address": OTHER.raw_address()}},
        "The signature was made for another address.",
    ),
    "no address": (
        {"header": {"address": None}, "unprotected": {"address": WALLET.raw_address()}},
        "Signature must name its address in its protected header.",
    ),
    "another algorithm": (
        {"header": {1: -7}, "unprotected": {1: -8}},
        "Signature must be made with EdDSA, said in its protected header.",
    ),
    "another curve": ({"cose_key": {-1: 4}}, "Key must be a public key of Ed25519."),
    "a key type that only equals 1": (
        {"cose_key": {1: True}},
        "Key must be a public key of Ed25519.",
    ),
    "a short key": ({"cose_key": {-2: b"x" * 31}}, "Key must be a public key of Ed25519."),
    "a private key": (
        {"cose_key": {-4: b"x" * 32}},
        "This is a private key; never send one, and use this wallet no more.",
    ),
    "another key than that which signed": (
        {"cose_key": {-2: bytes(OTHER.stake.verify_key)}},
        "The signature is not that of this key.",
    ),
    "a key of small order, whose signatures anybody can make": (
        {"cose_key": {-2: b"\x01" + bytes(31)}},
        "The signature is not that of this key.",
    ),
    "hashed that is no boolean": (
        {"unprotected": {"hashed": 0}},
        "Signature has headers that are not those of CIP-8.",
    ),
}


@pytest.mark.parametrize("name", NO_PROOFS)
def test_what_is_no_proof_is_refused_with_one_sentence(name: str) -> None:
    changes, sentence = NO_PROOFS[name]
    signature, key = WALLET.sign(**{"message": MESSAGE} | changes)

    with pytest.raises(Invalid) as refused:
        prove(WALLET.address(), MESSAGE, signature, key)

    assert refused.value.detail == sentence
    assert len(refused.value.faults) == 1


def test_a_signature_that_comes_too_late_is_refused() -> None:
    with pytest.raises(Invalid, match=CHALLENGE_EXPIRED):
        prove(WALLET.address(), MESSAGE, *WALLET.sign(MESSAGE), at=NOW + timedelta(minutes=5))


SIGNATURE, KEY = WALLET.sign(MESSAGE)
NO_CBOR = {
    "nothing": "",
    "no hex": "no hexadecimal digits",
    "odd": "845",
    "digits of another script": "٨٤",
    "too long": "00" * 5000,
    "cut off": SIGNATURE[:-2],
    "something behind it": SIGNATURE + "00",
    "nested": "81" * 4000 + "80",
    "refers to itself": "d81c81d81d00",
    "a map with a list for a key": "a18000",
    "null": "f6",
    "a list": "80",
    "four lists": "8480808080",
    "a detached payload": cbor2.dumps([b"", {}, None, b"x" * 64]).hex(),
    "protected header that is no map": cbor2.dumps([b"\x01", {}, b"", b"x" * 64]).hex(),
    "the key": KEY,
}


@pytest.mark.parametrize("name", NO_CBOR)
def test_what_is_no_answer_of_a_wallet_is_refused_with_a_sentence(name: str) -> None:
    with pytest.raises(Invalid) as signature:
        read_signature(NO_CBOR[name], KEY)
    with pytest.raises(Invalid) as key:
        read_signature(SIGNATURE, NO_CBOR[name] if name != "the key" else SIGNATURE)

    assert signature.value.faults[0].pointer == "/signature"
    assert key.value.faults[0].pointer == "/key"


def test_each_byte_of_a_signature_counts_but_those_that_nothing_rests_on() -> None:
    raw = bytes.fromhex(SIGNATURE)
    taken = []
    for place in range(len(raw)):
        changed = raw[:place] + bytes([raw[place] ^ 1]) + raw[place + 1 :]
        try:
            prove(WALLET.address(), MESSAGE, changed.hex(), KEY)
        except Invalid:
            continue
        taken.append(place)

    # The name of the unprotected header, without which `hashed` is false all the same.
    name = raw.index(b"hashed")
    assert taken == list(range(name, name + 6))


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ("", "Address must be a base, enterprise or stake address of Cardano."),
        ("addr_test1", "Address must be a Cardano address in bech32, or in hexadecimal digits."),
        (
            WALLET.address()[:-1] + "q",
            "Address must be a Cardano address in bech32, or in hexadecimal digits.",
        ),
        (
            WALLET.address().replace("1u", "1U", 1),
            "Address must be a Cardano address in bech32, or in hexadecimal digits.",
        ),
        ("f0" + "00" * 28, "A script signs nothing; give an address of a key."),
        ("70" + "00" * 28, "A script signs nothing; give an address of a key."),
        ("40" + "00" * 40, "Address must be a base, enterprise or stake address of Cardano."),
        ("82d818582183581c", "Address must be a base, enterprise or stake address of Cardano."),
        ("e0" + "00" * 27, "Address is not complete."),
        ("e2" + "00" * 28, "Address is not complete."),
    ],
)
def test_addresses_that_no_key_signs_for_are_refused(address: str, sentence: str) -> None:
    with pytest.raises(Invalid) as refused:
        read_address(address)

    assert refused.value.detail == sentence
    assert [fault.pointer for fault in refused.value.faults] == ["/address"]


def test_an_address_is_the_same_in_capitals_and_in_hex() -> None:
    for kind in ("base", "enterprise", "stake"):
        text = WALLET.address(kind)
        assert read_address(text.upper()) == read_address(WALLET.raw_address(kind).hex())
