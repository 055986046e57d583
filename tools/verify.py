"""
Check a retirement certificate against the Cardano chain, trusting nothing of the registry.

    python -m tools.verify certificate.json --chain https://cardano-preview.blockfrost.io/api/v0 \
        --registry https://registry.example --registry-key 5f3c…

Whose seal it is, only these last two say: `--registry` asks the registry's address for its keys and
wallets, `--registry-key` names the key, which you learnt some other way and which nobody can then
change. Without both, the seal may be anybody's, and the verdict says so.

Needs this file, `domain/` and three packages: httpx, pynacl and rfc8785. It sends GET requests
only, to the Blockfrost-compatible server named by --chain and, with --registry, to the registry's
list of its keys.

Exit codes: 0 the certificate holds, 1 it does not, 2 it could not be checked.
"""

import argparse
import os
import re
import ssl
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import httpx
from nacl.exceptions import CryptoError
from nacl.signing import VerifyKey

from domain.certificates.check_results import ChainFacts, Check, TrustedKey
from domain.certificates.checks import check_document, stated_blocks, verdict
from domain.certificates.credential_checks import (
    CREDENTIAL_SIZE_MAX,
    UnpackedCredential,
    is_credential,
    read_status_list,
    unpack_credential,
)
from domain.certificates.published_keys import PUBLISHED_AT, Trusted, read_published
from domain.certificates.schema import read_certificate
from domain.certificates.status_lists import PLACES, Status, list_url
from domain.chain.networks import networks_of_magic
from domain.chain.transactions import METADATA_LABEL, BlockPoint, BlockStanding, Inclusion
from domain.transparency.checkpoints import NoteKey
from domain.transparency.proof_checks import PROOF_SIZE_MAX, anchor_tx, check_proof, read_proof

HOLDS, DOES_NOT_HOLD, NOT_CHECKED = 0, 1, 2

TIMEOUT_SECONDS = 20.0
MARKS = {"passed": "✓", "failed": "✗", "skipped": "-"}


class CannotCheck(Exception):
    """Arguments, files or servers do not allow a check; the sentence says what to mend."""


def main(arguments: Sequence[str] | None = None) -> int:
    options = _options().parse_args(arguments)
    # A terminal that cannot show a mark shows a question mark instead of a traceback.
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="replace")
    try:
        raw = _read(options.certificate)
        trusted = _trusted(options)
        of_credential: tuple[Check, ...] = ()
        if is_credential(raw):
            unpacked = unpack_credential(
                raw, verify_signature=_verify_signature, trusted_keys=trusted.keys
            )
            raw, of_credential = unpacked.certificate, unpacked.checks
            _tell_status(options, unpacked, trusted)
    except CannotCheck as refusal:
        return _not_checked(refusal)
    try:
        blocks = stated_blocks(raw)
        networks = read_networks(options.chain, options.project_id) if blocks else None
        facts = read_chain_facts(options.chain, options.project_id, blocks)
        unreachable = _unknown(options.chain, facts)
    except CannotCheck as refusal:
        # The certificate may be false on its own evidence, which needs no chain to be said.
        networks, facts, unreachable = None, None, refusal
    checks = check_document(
        raw,
        verify_signature=_verify_signature,
        chain_facts=facts,
        networks=networks,
        trusted_keys=trusted.keys,
        trusted_addresses=trusted.addresses,
    )
    try:
        of_log = _check_log(options, raw, trusted) if options.proof else ()
    except CannotCheck as refusal:
        of_log, unreachable = (), refusal
    return _report([*of_credential, *checks, *of_log], unreachable)


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tools.verify",
        description="Check a retirement certificate against the Cardano chain.",
        epilog="Exit codes: 0 it holds, 1 it does not, 2 it could not be checked.",
    )
    parser.add_argument(
        "certificate",
        help="the certificate.json or certificate.vc.json, or - to read it from stdin",
    )
    parser.add_argument(
        "--chain",
        required=True,
        metavar="URL",
        help="a Blockfrost-compatible server, with its version prefix",
    )
    parser.add_argument(
        "--project-id",
        metavar="ID",
        default=os.environ.get("BLOCKFROST_PROJECT_ID"),
        help="the server's project id (default: the environment's BLOCKFROST_PROJECT_ID)",
    )
    parser.add_argument(
        "--registry", metavar="URL", help="fetch the registry's keys and addresses from there"
    )
    parser.add_argument(
        "--registry-key",
        metavar="HEX",
        help="the registry's public key, learnt some other way: no other one counts",
    )
    parser.add_argument(
        "--proof", metavar="FILE", help="the certificate.proof.json, checked besides"
    )
    parser.add_argument(
        "--witness",
        metavar="KEY",
        action="append",
        default=[],
        help="a witness's verifier key, who must have cosigned the proof's checkpoint",
    )
    return parser


def _check_log(options: argparse.Namespace, raw: bytes, trusted: Trusted) -> tuple[Check, ...]:
    """
    Raises:
        CannotCheck: there is no certificate or no proof, or the chain does not answer.
    """
    certificate = read_certificate(raw).document
    if certificate is None:
        return ()
    try:
        proof = read_proof(_read(options.proof, PROOF_SIZE_MAX))
        witnesses = [NoteKey.parse(text) for text in options.witness]
    except ValueError as fault:
        raise CannotCheck(f"{fault}") from None
    tx_hash, anchored = anchor_tx(proof), None
    if tx_hash is not None and re.fullmatch(r"[0-9a-f]{64}", tx_hash):
        headers = {"project_id": options.project_id} if options.project_id else {}
        with _client(options.chain, headers=headers) as client:
            metadata = _get(client, f"/txs/{tx_hash}/metadata")
        # What the chain does not show is not anchored.
        anchored = _payload(metadata or []) or {}
    return check_proof(
        proof,
        certificate,
        verify_signature=_verify_signature,
        trusted_keys=trusted.keys,
        anchored=anchored,
        witnesses=witnesses,
    )


def _tell_status(
    options: argparse.Namespace, unpacked: UnpackedCredential, trusted: Trusted
) -> None:
    """Print what the registry's status lists say of a credential: its word, beside the verdict."""
    if unpacked.status_place is None or options.registry is None or trusted.keys is None:
        return
    for status in Status:
        path = list_url("", status, unpacked.status_place // PLACES)
        try:
            with _client(options.registry, headers={}) as client:
                listed = _get_bytes(client, path)
            is_told = read_status_list(
                listed,
                status,
                unpacked.status_place,
                verify_signature=_verify_signature,
                trusted_keys=trusted.keys,
            )
            word = "yes" if is_told else "no"
        except (CannotCheck, ValueError) as fault:
            word = f"not known, {_printable(str(fault))}"
        print(f"- The registry's word, {status.value}: {word}")


def _read(name: str, most: int = CREDENTIAL_SIZE_MAX) -> bytes:
    try:
        if name == "-":
            return sys.stdin.buffer.read(most + 1)
        with Path(name).open("rb") as file:
            return file.read(most + 1)
    except OSError as error:
        raise CannotCheck(f"{name} cannot be read: {error.strerror}.") from None


def _trusted(options: argparse.Namespace) -> Trusted:
    published = _fetch_registry(options.registry) if options.registry is not None else Trusted()
    if options.registry_key is None:
        return published
    pinned = options.registry_key.lower()
    if not re.fullmatch(r"[0-9a-f]{64}", pinned):
        raise CannotCheck("--registry-key takes 64 hex digits.")
    # With the times in which the registry says that it seals, where it says so.
    listed = tuple(key for key in published.keys or () if key.public_key == pinned)
    return Trusted(listed or (TrustedKey(pinned),), published.addresses)


def _fetch_registry(url: str) -> Trusted:
    with _client(url, headers={}) as client:
        found = _get(client, PUBLISHED_AT)
    try:
        return read_published(found)
    except ValueError:
        raise CannotCheck(f"{url}{PUBLISHED_AT} is not a registry's list of keys.") from None


def read_networks(url: str, project_id: str | None) -> tuple[str, ...] | None:
    """What the network may be called that the server shows; None when it does not say."""
    headers = {"project_id": project_id} if project_id else {}
    with _client(url, headers=headers) as client:
        genesis = _get(client, "/genesis")
    magic = genesis.get("network_magic") if isinstance(genesis, dict) else None
    if magic is None:
        return None
    return networks_of_magic(magic)


def read_chain_facts(
    url: str, project_id: str | None, blocks: Mapping[str, BlockPoint]
) -> dict[str, ChainFacts] | None:
    """
    Ask the chain for everything the checks compare; None when there is no transaction to ask for.

    `blocks` are where the transactions are said to stand, by their hashes.
    """
    if not blocks:
        return None
    return {one: _facts_of(url, project_id, one, stated) for one, stated in blocks.items()}


def _unknown(url: str, facts: Mapping[str, ChainFacts] | None) -> CannotCheck | None:
    """What the server could not tell, and another one might."""
    for found in (facts or {}).values():
        if found.is_beyond_history:
            return CannotCheck(f"{url} does not keep the history in which a transaction stands.")
        if found.inclusion is not None and not found.knows_all_payers:
            return CannotCheck(f"{url} does not show whose outputs a transaction spent.")
    return None


def _facts_of(url: str, project_id: str | None, tx_hash: str, stated: BlockPoint) -> ChainFacts:
    headers = {"project_id": project_id} if project_id else {}
    with _client(url, headers=headers) as client:
        transaction = _get(client, f"/txs/{tx_hash}")
        block = transaction and _get(client, f"/blocks/{_text(transaction, 'block')}")
        if not transaction or not block:
            return ChainFacts(inclusion=None, standing=_standing(client, stated))
        metadata = _get(client, f"/txs/{tx_hash}/metadata")
        outputs = _get(client, f"/txs/{tx_hash}/utxos")
    try:
        return ChainFacts(
            inclusion=Inclusion(
                tx_hash=transaction["hash"],
                block_hash=block["hash"],
                block_height=block["height"],
                slot=block["slot"],
                confirmations=int(block["confirmations"]),
            ),
            payload=_payload(metadata or []),
            paid_by=_paying_addresses(outputs or {"inputs": []}),
            block_time=datetime.fromtimestamp(block["time"], UTC),
        )
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError, OSError):
        raise CannotCheck(f"{url} does not answer as Blockfrost does.") from None


def _standing(client: httpx.Client, stated: BlockPoint) -> BlockStanding:
    """As adapters/chain/blockfrost/client.py finds it; this command needs none of our adapters."""
    for name in (stated.block_hash, str(stated.height)):
        block = _get(client, f"/blocks/{name}", unless=httpx.codes.BAD_REQUEST)
        if isinstance(block, dict) and block.get("height") is not None:
            shown = _text(block, "hash")
            same = shown == stated.block_hash
            return BlockStanding.STANDS if same else BlockStanding.REPLACED
    tip = _get(client, "/blocks/latest")
    if not isinstance(tip, dict) or not isinstance(tip.get("height"), int):
        raise CannotCheck("The chain server does not answer as Blockfrost does.")
    ends_below = tip["height"] < stated.height
    return BlockStanding.REPLACED if ends_below else BlockStanding.NOT_SHOWN


def _payload(metadata: list[dict[str, Any]]) -> Any:
    labels = {str(entry["label"]): entry["json_metadata"] for entry in metadata}
    return labels.get(str(METADATA_LABEL))


def _paying_addresses(outputs: dict[str, Any]) -> tuple[str, ...]:
    # Collateral is only spent when a script fails, and reference inputs never are.
    return tuple(
        entry["address"] or ""
        for entry in outputs["inputs"]
        if not entry.get("collateral") and not entry.get("reference")
    )


def _client(url: str, *, headers: dict[str, str]) -> httpx.Client:
    if not re.match(r"https?://[^/]", url):
        raise CannotCheck(f"{url} is not an http address.")
    try:
        # Redirects are not followed: they would carry the project id to a server nobody named.
        return httpx.Client(
            base_url=url, headers=headers, timeout=TIMEOUT_SECONDS, verify=_authorities()
        )
    except httpx.InvalidURL:
        raise CannotCheck(f"{url} is not an http address.") from None
    except ValueError:
        raise CannotCheck("The project id is no plain text.") from None


@lru_cache(maxsize=1)
def _authorities() -> ssl.SSLContext:
    """Read once: it takes longer than a request, and there is a client for each transaction."""
    return httpx.create_ssl_context()


def _get(client: httpx.Client, path: str, *, unless: int = httpx.codes.NOT_FOUND) -> Any:
    """
    The JSON answer, or None for 404, which is Blockfrost's word for "not on this chain", or `unless`:
    Dolos refuses the height of a block that it does not have.
    """
    response = _answer(client, path, unless)
    if response is None:
        return None
    try:
        return response.json()
    except ValueError:
        raise CannotCheck(f"{client.base_url} answered something that is not JSON.") from None


def _get_bytes(client: httpx.Client, path: str) -> bytes:
    response = _answer(client, path, httpx.codes.NOT_FOUND)
    if response is None:
        raise CannotCheck(f"{client.base_url} has no {path}.")
    return response.content


def _answer(client: httpx.Client, path: str, unless: int) -> httpx.Response | None:
    try:
        response = client.get(path)
        if response.status_code in {httpx.codes.NOT_FOUND, unless}:
            return None
        if response.status_code in {402, 403, 418}:
            raise CannotCheck(
                f"{client.base_url} wants a valid project id; set BLOCKFROST_PROJECT_ID."
            )
        if response.status_code != httpx.codes.OK:
            raise CannotCheck(
                f"{client.base_url} answered {response.status_code}; try again later."
            )
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise CannotCheck(f"{client.base_url} cannot be reached: {type(error).__name__}.") from None
    return response


def _text(answer: Any, field: str) -> str:
    value = answer.get(field) if isinstance(answer, dict) else None
    if not isinstance(value, str) or not re.fullmatch(r"[0-9a-f]{64}", value):
        raise CannotCheck("The chain server does not answer as Blockfrost does.")
    return value


def _verify_signature(public_key: bytes, message: bytes, signature: bytes) -> bool:
    try:
        VerifyKey(public_key).verify(message, signature)
    except (CryptoError, ValueError, TypeError):
        return False
    return True


def _report(checks: Sequence[Check], unreachable: CannotCheck | None) -> int:
    for check in checks:
        print(f"{MARKS[check.state]} {check.name}: {_printable(check.sentence)}")
    judged = verdict(checks)
    print()
    if judged.holds and unreachable:
        return _not_checked(unreachable)
    print(judged.sentence)
    return HOLDS if judged.holds else DOES_NOT_HOLD


def _printable(text: str) -> str:
    """Without control characters, by which a forged file could rewrite what the terminal shows."""
    return "".join(character if character.isprintable() else "?" for character in text)


def _not_checked(refusal: CannotCheck) -> int:
    print(f"Not checked: {_printable(str(refusal))}", file=sys.stderr)
    return NOT_CHECKED


if __name__ == "__main__":
    sys.exit(main())
