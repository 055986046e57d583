"""
Reading what wallets answer to CIP-30 `signData`: a COSE_Sign1 and a COSE_Key (CIP-8, RFC 9052).

Strict in what it takes: EdDSA in the protected header, a key of curve Ed25519, one signature. What
libraries differ in makes no difference: the header's and the key's `kid` may be anything or missing,
and CBOR's tag 18 may stand in front. pycardano's own check raises what it likes on half of these.
"""

import binascii
from io import BytesIO
from typing import Any

import cbor2
from bech32 import CHARSET, bech32_encode, bech32_verify_checksum, convertbits

from adapters.signing.certificate_signature import verify_signature
from domain.accounts.wallet_addresses import WalletAddress, unfit
from domain.accounts.wallet_proofs import SignedPayload
from domain.errors import Fault, Invalid

HEX_DIGITS_MAX = 8192
"""A signature of a message of ours has under 2 KiB; more is not even parsed."""

_TAG = 18
_ALGORITHM, _ADDRESS, _HASHED = 1, "address", "hashed"
_EDDSA = -8
_KEY_TYPE, _CURVE, _X, _D = 1, -1, -2, -4
_OCTET_KEY_PAIR, _ED25519 = 1, 6
_KEY_BYTES, _SIGNATURE_BYTES = 32, 64
_CHECKSUM_GROUPS = 6


def read_signature(signature: str, key: str) -> SignedPayload:
    """
    What the key did sign. Both are hex, as CIP-30 returns them.

    Raises:
        Invalid: it is no such pair, or the signature is not that key's.
    """
    sign1, cose_key = _decoded(signature, "/signature"), _decoded(key, "/key")
    public_key = _public_key(cose_key)
    if isinstance(sign1, cbor2.CBORTag) and sign1.tag == _TAG:
        sign1 = sign1.value
    match sign1:
        case [bytes(protected), dict(unprotected), bytes(payload), bytes(signed)]:
            header = _decoded(protected.hex(), "/signature")
        case _:
            raise _unfit("/signature", "Signature must be a COSE_Sign1 with its payload inside.")
    hashed = unprotected.get(_HASHED, False)
    if not isinstance(header, dict) or not isinstance(hashed, bool):
        raise _unfit("/signature", "Signature has headers that are not those of CIP-8.")
    if not _is(header.get(_ALGORITHM), _EDDSA):
        raise _unfit(
            "/signature", "Signature must be made with EdDSA, said in its protected header."
        )
    address = header.get(_ADDRESS)
    if not isinstance(address, bytes):
        raise _unfit("/signature", "Signature must name its address in its protected header.")
    covered = cbor2.dumps(["Signature1", protected, b"", payload])
    if len(signed) != _SIGNATURE_BYTES or not verify_signature(public_key, covered, signed):
        raise _unfit("/signature", "The signature is not that of this key.")
    return SignedPayload(address, payload, hashed, public_key)


def read_address(text: str) -> WalletAddress:
    """
    An address in bech32, or in hex as CIP-30 gives it.

    Raises:
        Invalid: it is none of a key.
    """
    if (raw := _from_hex(text)) is not None:
        return WalletAddress.of(raw)
    prefix, raw = _from_bech32(text)
    address = WalletAddress.of(raw)
    if prefix != address.prefix:
        raise unfit("Address begins with one network's letters and is of another.")
    return address


def address_text(address: WalletAddress) -> str:
    """In bech32."""
    return bech32_encode(address.prefix, convertbits(address.raw, 8, 5) or [])


def _public_key(cose_key: Any) -> bytes:
    if not isinstance(cose_key, dict):
        raise _unfit("/key", "Key must be a COSE_Key.")
    if _D in cose_key:
        raise _unfit("/key", "This is a private key; never send one, and use this wallet no more.")
    x = cose_key.get(_X)
    algorithm = cose_key.get(3, _EDDSA)
    kind = (cose_key.get(_KEY_TYPE), algorithm, cose_key.get(_CURVE))
    wanted = (_OCTET_KEY_PAIR, _EDDSA, _ED25519)
    if not all(map(_is, kind, wanted)) or not isinstance(x, bytes) or len(x) != _KEY_BYTES:
        raise _unfit("/key", "Key must be a public key of Ed25519.")
    return x


def _is(found: Any, wanted: int) -> bool:
    """CBOR's true and 1.0 are equal to 1 in Python, and are no integers to anybody else."""
    return type(found) is int and found == wanted


def _decoded(text: str, pointer: str) -> Any:
    raw = _from_hex(text) if len(text) <= HEX_DIGITS_MAX else None
    if raw is None:
        raise _unfit(pointer, f"{pointer[1:].capitalize()} must be CBOR in hexadecimal digits.")
    stream = BytesIO(raw)
    try:
        found = cbor2.CBORDecoder(stream).decode()
    except Exception as error:
        # Decoding meets whatever bytes somebody chose, and the decoder's own errors are not all.
        raise _unfit(pointer, f"{pointer[1:].capitalize()} must be CBOR.") from error
    if stream.read(1):
        raise _unfit(pointer, f"{pointer[1:].capitalize()} must be one piece of CBOR.")
    return found


def _from_hex(text: str) -> bytes | None:
    try:
        return binascii.unhexlify(text)
    except ValueError:
        return None


def _from_bech32(text: str) -> tuple[str, bytes]:
    """Without the limit of 90 characters, which CIP-19 lifts and the library does not."""
    prefix, one, data = text.lower().rpartition("1")
    groups = [CHARSET.find(letter) for letter in data]
    one_case = text in (text.lower(), text.upper())
    if not (one and prefix.isascii() and one_case and -1 not in groups) or not (
        len(groups) > _CHECKSUM_GROUPS and bech32_verify_checksum(prefix, groups)
    ):
        raise unfit("Address must be a Cardano address in bech32, or in hexadecimal digits.")
    raw = convertbits(groups[:-_CHECKSUM_GROUPS], 5, 8, pad=False)
    if raw is None:
        raise unfit("Address must be a Cardano address in bech32, or in hexadecimal digits.")
    return prefix, bytes(raw)


def _unfit(pointer: str, detail: str) -> Invalid:
    return Invalid(detail, Fault(pointer, detail))
