"""What a wallet is asked to sign, kept as hashes, and taken out by the first answer (ADR 0062)."""

import secrets
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit
from uuid import UUID, uuid4

from activities.ports.database import UnitOfWork
from adapters.signing.wallet_signature import address_text, read_address, read_signature
from api.http.resources import Resources
from domain.accounts.wallet_addresses import AddressNetwork, WalletAddress
from domain.accounts.wallet_proofs import (
    CHALLENGE_LIFETIME,
    NONCE_BYTES,
    Asked,
    ChallengePurpose,
    MessageHashes,
    WalletChallenge,
    WalletProof,
    address_hash,
    challenge_message,
    challenge_unknown,
    key_hash,
)


@dataclass(frozen=True)
class AskedSignature:
    """A challenge as it is told once: what to sign, with which address, until when."""

    challenge_id: UUID
    message: str
    wallet_address: str
    expires_at: datetime


def network_of(parts: Resources) -> AddressNetwork:
    network = parts.settings.chain.cardano_network
    return AddressNetwork(network.value, network.facts.address_id)


async def ask(
    parts: Resources,
    work: UnitOfWork,
    purpose: ChallengePurpose,
    wallet: WalletAddress,
    account_id: UUID,
    *,
    what_for: str,
    session_id: UUID | None = None,
    subject_hash: str | None = None,
) -> AskedSignature:
    """Make a challenge and keep its hashes."""
    settings, now = parts.settings, parts.clock.now()
    text = address_text(wallet)
    asked = Asked(
        registry_name=settings.registry.registry_name,
        site=urlsplit(settings.registry.public_url).netloc,
        account_id=account_id,
        what_for=what_for,
        address=text,
        network=network_of(parts),
    )
    message = challenge_message(asked, secrets.token_bytes(NONCE_BYTES), issued_at=now)
    challenge = WalletChallenge(
        id=uuid4(),
        user_id=account_id,
        session_id=session_id,
        purpose=purpose,
        address_hash=address_hash(wallet),
        subject_hash=subject_hash,
        expires_at=now + CHALLENGE_LIFETIME,
        **vars(MessageHashes.of(message)),
    )
    await work.accounts.linked_wallets.add_challenge(challenge, at=now)
    return AskedSignature(challenge.id, message, text, challenge.expires_at)


async def take(
    parts: Resources,
    proof: WalletProof,
    purpose: ChallengePurpose,
    *,
    asked_by: tuple[UUID, UUID] | None,
) -> WalletChallenge:
    """
    The challenge of a proof, in a transaction of its own: whatever comes of it, it is used up.

    Raises:
        Invalid: there is none, or none of theirs.
    """
    async with parts.database.transaction() as work:
        challenge = await work.accounts.linked_wallets.take_challenge(
            proof.challenge_id, purpose, asked_by=asked_by
        )
    if challenge is None:
        raise challenge_unknown()
    return challenge


def checked(
    parts: Resources, challenge: WalletChallenge, proof: WalletProof
) -> tuple[WalletAddress, str]:
    """
    The address that is proven, and its key's hash in hex.

    Raises:
        Invalid: it is no proof.
    """
    wallet = read_address(proof.address)
    signed = read_signature(proof.signature, proof.key)
    challenge.require_proof(signed, wallet, network_of(parts), at=parts.clock.now())
    return wallet, key_hash(signed.public_key).hex()
