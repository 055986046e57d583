"""A certificate is sealed over what was read back from the chain, and over nothing else."""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.exceptions import ApplicationError

from activities.certificates import SealCertificate
from activities.chain import FollowChain
from adapters.certificate_signer import verify_signature
from adapters.postgres.database import PostgresDatabase
from domain.certificate_checks import ChainFacts, TrustedKey, check_document, verdict
from domain.certificates import CertificateStatus, StoredCertificate
from tests.activities import story
from tests.activities.registry import (
    FUNDS_LOVELACE,
    SIGNER,
    WALLET,
    Registry,
    run,
)
from tests.databases import changed_tables, snapshot
from tests.fakes.chain import FakeChain

SEAL = SealCertificate(retirement_id=story.RETIREMENT_ID)


class LyingChain(FakeChain):
    """Shows other metadata than it was given."""

    def __init__(self, lie: Callable[[dict[str, Any]], object]) -> None:
        super().__init__({WALLET.address: [FUNDS_LOVELACE]})
        self._lie = lie

    async def metadata(self, tx_hash: str) -> Mapping[str, Any]:
        shown: dict[str, Any] = json.loads(json.dumps(dict(await super().metadata(tx_hash))))
        self._lie(shown)
        return shown


async def stored_certificate(registry: Registry) -> StoredCertificate | None:
    async with registry.database.transaction() as work:
        return await work.certificates.lock(story.RETIREMENT_ID)


async def retire_and_send(registry: Registry) -> str:
    """The issuance and then the retirement, each alone; answers the retirement's transaction."""
    await story.credits_are_issued(registry)
    await story.everything_is_sent(registry)
    await run(registry.retirement.retire_units, story.RETIRE)
    return (await story.everything_is_sent(registry))[-1]


async def test_the_certificate_is_there_as_soon_as_the_units_are_retired(
    registry: Registry,
) -> None:
    await story.credits_are_retired(registry)

    stored = await stored_certificate(registry)

    assert stored is not None
    document = json.loads(stored.document)
    assert (stored.status, document["status"], document["chain"]) == (
        CertificateStatus.ACCEPTED,
        "accepted",
        None,
    )
    assert (document["quantity"], document["beneficiary"]["name"]) == (
        "100.00",
        "Société Générale",
    )


async def test_a_sealed_certificate_passes_every_check_of_a_stranger(registry: Registry) -> None:
    tx_hash = await retire_and_send(registry)
    registry.chain.mine(7)

    sealed = await run(registry.certificates.seal_certificate, SEAL)

    stored = await stored_certificate(registry)
    assert stored is not None
    assert (stored.status, stored.digest) == (CertificateStatus.SEALED, sealed.digest)
    shown = await registry.chain.metadata(tx_hash)
    checks = check_document(
        stored.document,
        verify_signature=verify_signature,
        chain_facts=ChainFacts(
            inclusion=await registry.chain.inclusion(tx_hash),
            payload=shown["674"],
            paid_by=(WALLET.address,),
        ),
        trusted_keys=[TrustedKey(SIGNER.public_key.hex())],
        trusted_addresses=[WALLET.address],
    )
    assert verdict(checks).sentence == "This certificate holds: all 10 checks passed."


@pytest.mark.parametrize("blocks_on_top", [None, 0, 5])
async def test_sealing_waits_until_six_blocks_stand_on_top(
    blocks_on_top: int | None, registry: Registry, engine: AsyncEngine
) -> None:
    await retire_and_send(registry)
    if blocks_on_top is not None:
        registry.chain.mine(1 + blocks_on_top)
    before = await snapshot(engine)

    with pytest.raises(ApplicationError) as waiting:
        await run(registry.certificates.seal_certificate, SEAL)

    assert (waiting.value.type, waiting.value.next_retry_delay, waiting.value.non_retryable) == (
        "NotConfirmedNow",
        timedelta(seconds=20),
        False,
    )
    assert changed_tables(before, await snapshot(engine)) == set()


async def test_sealing_waits_for_a_record_that_is_still_in_the_queue(registry: Registry) -> None:
    await story.credits_are_retired(registry)

    with pytest.raises(ApplicationError) as waiting:
        await run(registry.certificates.seal_certificate, SEAL)

    assert waiting.value.type == "NotConfirmedNow"


async def test_after_a_rollback_sealing_waits_again(registry: Registry) -> None:
    await retire_and_send(registry)
    registry.chain.mine(7)
    await run(registry.on_chain.follow_chain, FollowChain())
    registry.chain.rollback(7)

    with pytest.raises(ApplicationError) as waiting:
        await run(registry.certificates.seal_certificate, SEAL)

    assert waiting.value.type == "NotConfirmedNow"


LIES: dict[str, Callable[[dict[str, Any]], object]] = {
    "another quantity": lambda shown: shown["674"].update(quantity="1.00"),
    "another credit": lambda shown: shown["674"].update(credit_id="KRB-2024-001-000099"),
    "another reason": lambda shown: shown["674"].update(retirement_reason=["None of yours"]),
    "another vintage": lambda shown: shown["674"].update(vintage=2023),
    "a vintage in words": lambda shown: shown["674"].update(vintage="2024"),
    "one thing more": lambda shown: shown["674"].update(note="cancelled"),
    "one thing less": lambda shown: shown["674"].pop("retired_by"),
    "nothing under our label": lambda shown: shown.pop("674"),
    "a text under our label": lambda shown: shown.update({"674": "Karbonica"}),
}


@pytest.mark.parametrize("lie", LIES)
async def test_a_record_that_differs_is_never_sealed_as_when_the_chain_shows(
    lie: str, engine: AsyncEngine
) -> None:
    registry = Registry(PostgresDatabase(engine), chain=LyingChain(LIES[lie]))
    tx_hash = await retire_and_send(registry)
    registry.chain.mine(7)
    before = await snapshot(engine)

    with pytest.raises(ApplicationError) as differs:
        await run(registry.certificates.seal_certificate, SEAL)

    assert (differs.value.type, differs.value.message) == (
        "RecordDiffers",
        f"Transaction {tx_hash} does not hold our record as we wrote it.",
    )
    assert changed_tables(before, await snapshot(engine)) == set()


async def test_what_is_certified_is_what_was_retired_not_what_was_asked_for_later(
    registry: Registry,
) -> None:
    """A draft may be overwritten or lost; settled rows speak."""
    await retire_and_send(registry)
    accepted = await stored_certificate(registry)
    registry.chain.mine(7)

    await run(registry.certificates.seal_certificate, SEAL)

    sealed = await stored_certificate(registry)
    assert accepted is not None
    assert sealed is not None
    before, after = json.loads(accepted.document), json.loads(sealed.document)
    changed = {name for name in after if after[name] != before.get(name)}
    assert changed == {"status", "chain", "proof"}
    assert replace(sealed, document=accepted.document) == replace(
        accepted, status=CertificateStatus.SEALED, digest=sealed.digest, sealed_at=sealed.sealed_at
    )
