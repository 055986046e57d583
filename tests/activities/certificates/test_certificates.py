"""A certificate is sealed over what was read back from the chain, and over nothing else."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.exceptions import ApplicationError

from activities.certificates.certificates import NOT_YET, CertificateSealed, SealCertificate
from activities.certificates.checks import CertificateChecks
from activities.chain.anchoring import FollowChain
from activities.ports.chain.provider import ChainUnavailable
from adapters.postgres.certificates import reads as reads_certificates
from adapters.postgres.database import PostgresDatabase
from adapters.postgres.tables import activity_effects
from adapters.signing.certificate_signature import verify_signature
from domain.certificates.certificates import CertificateStatus, StoredCertificate
from domain.certificates.check_results import ChainFacts, TrustedAddress, TrustedKey
from domain.certificates.checks import check_document, stated_blocks, verdict
from domain.certificates.published_keys import Trusted
from domain.chain.transactions import Inclusion
from tests.activities import story
from tests.activities.registry import (
    FUNDS_LOVELACE,
    SIGNER,
    WALLET,
    Registry,
    keep_draft,
    run,
    run_until_shutdown,
)
from tests.databases import changed_tables, snapshot
from tests.factories import DEVELOPER, named
from tests.fakes.chain import FakeChain
from tests.fakes.counting_chain import CountingChain
from tests.ledger_rows import LedgerRows

SEAL = SealCertificate(retirement_id=story.RETIREMENT_ID)
BELIEVE = SealCertificate(retirement_id=story.RETIREMENT_ID, believe=True)


class LyingChain(FakeChain):
    """Shows other metadata than it was given."""

    def __init__(self, lie: Callable[[dict[str, Any]], object]) -> None:
        super().__init__({WALLET.address: [FUNDS_LOVELACE]})
        self._lie = lie

    async def metadata(self, tx_hash: str) -> Mapping[str, Any]:
        shown: dict[str, Any] = json.loads(json.dumps(dict(await super().metadata(tx_hash))))
        self._lie(shown)
        return shown


async def blocks_are_followed(registry: Registry, blocks: int) -> None:
    registry.chain.mine(blocks)
    await run_until_shutdown(registry.on_chain.follow_chain, FollowChain())


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
    await retire_and_send(registry)
    await blocks_are_followed(registry, 7)

    sealed = await run(registry.certificates.seal_certificate, SEAL)

    stored = await stored_certificate(registry)
    assert stored is not None
    assert (stored.status, stored.digest) == (CertificateStatus.SEALED, sealed.digest)
    facts = {
        tx_hash: ChainFacts(
            inclusion=await registry.chain.inclusion(tx_hash),
            payload=(await registry.chain.metadata(tx_hash))["674"],
            paid_by=(WALLET.address,),
        )
        for tx_hash in stated_blocks(stored.document)
    }
    checks = check_document(
        stored.document,
        verify_signature=verify_signature,
        chain_facts=facts,
        trusted_keys=[TrustedKey(SIGNER.public_key.hex())],
        trusted_addresses=[TrustedAddress(WALLET.address)],
        networks=["devnet"],
    )
    assert verdict(checks).sentence == "This certificate holds: all 14 checks passed."


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
    await blocks_are_followed(registry, 7)
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
    await blocks_are_followed(registry, 7)
    before = await snapshot(engine)

    looked = await run(registry.certificates.seal_certificate, SEAL)

    assert looked == CertificateSealed(retirement_id=story.RETIREMENT_ID)
    assert changed_tables(before, await snapshot(engine)) == set()

    believed = await run(registry.certificates.seal_certificate, BELIEVE)

    stored = await stored_certificate(registry)
    assert believed.digest is None
    assert believed.notification_ids
    assert stored is not None
    assert stored.status is CertificateStatus.ACCEPTED
    assert (stored.trouble or "").startswith(f"The metadata of transaction {tx_hash} does not hold")
    assert changed_tables(before, await snapshot(engine)) == {
        "audit_head",
        "audit_logs",
        "certificates",
        "activity_effects",
        "notifications",
    }


async def test_what_is_certified_is_what_was_retired_not_what_was_asked_for_later(
    registry: Registry,
) -> None:
    """A draft may be overwritten or lost; settled rows speak."""
    await retire_and_send(registry)
    accepted = await stored_certificate(registry)
    await blocks_are_followed(registry, 7)

    await run(registry.certificates.seal_certificate, SEAL)

    sealed = await stored_certificate(registry)
    assert accepted is not None
    assert sealed is not None
    before, after = json.loads(accepted.document), json.loads(sealed.document)
    changed = {name for name in after if after[name] != before.get(name)}
    assert changed == {"status", "chain", "proof", "sealedAt", "issuances"}
    assert replace(sealed, document=accepted.document) == replace(
        accepted, status=CertificateStatus.SEALED, digest=sealed.digest, sealed_at=sealed.sealed_at
    )


async def test_what_was_in_the_way_is_forgotten_once_the_certificate_is_sealed(
    engine: AsyncEngine,
) -> None:
    lies = [LIES["another quantity"]]
    registry = Registry(
        PostgresDatabase(engine), chain=LyingChain(lambda shown: lies and lies[0](shown))
    )
    await retire_and_send(registry)
    await blocks_are_followed(registry, 7)
    await run(registry.certificates.seal_certificate, BELIEVE)

    lies.clear()
    sealed = await run(registry.certificates.seal_certificate, SEAL)

    stored = await stored_certificate(registry)
    assert stored is not None
    assert (stored.status, stored.digest, stored.trouble) == (
        CertificateStatus.SEALED,
        sealed.digest,
        None,
    )


# A confirmed transaction that is taken back, expires, and gives way to another one.


async def sealed_once(registry: Registry) -> tuple[str, StoredCertificate]:
    tx_hash = await retire_and_send(registry)
    await blocks_are_followed(registry, 9)
    await run(registry.certificates.seal_certificate, SEAL)
    stored = await stored_certificate(registry)
    assert stored is not None
    return tx_hash, stored


async def strangers_checks(registry: Registry, document: bytes) -> dict[str, str]:
    checks = CertificateChecks(registry.chain, verify_signature, network="devnet")
    trusted = Trusted(
        (TrustedKey(SIGNER.public_key.hex()),), (TrustedAddress(WALLET.address, "devnet"),)
    )
    return {check.name: check.state for check in await checks.check(document, trusted)}


async def test_a_certificate_whose_transaction_is_gone_is_sealed_again_and_the_former_one_is_kept(
    registry: Registry, engine: AsyncEngine
) -> None:
    gone, former = await sealed_once(registry)

    there = await story.the_record_goes_into_another_transaction(registry)
    registry.chain.mine(7)
    followed = await run(registry.on_chain.follow_chain, FollowChain())
    again = await run(registry.certificates.seal_certificate, SEAL)

    present = await stored_certificate(registry)
    assert present is not None
    document = json.loads(present.document)
    assert there != gone
    # The follower tells of it as of any confirmation; workflows/chain/confirmations.py leads it here.
    assert f"retirement/{story.RETIREMENT_ID}" in [r.workflow_id for r in followed.confirmed]
    assert (document["chain"]["txHash"], document["supersedes"]) == (there, former.digest)
    assert (again.digest, present.digest) == (document["proof"]["digest"],) * 2
    rows = (await snapshot(engine))["superseded_certificates"]
    assert [row["digest"] for row in rows] == [former.digest]
    async with engine.connect() as connection:
        kept = await reads_certificates.sealed_document(
            connection, story.RETIREMENT_ID, former.digest or ""
        )
    assert kept == former.document
    assert set((await strangers_checks(registry, present.document)).values()) == {"passed"}
    old = await strangers_checks(registry, former.document)
    assert {name for name, state in old.items() if state == "failed"} == {
        "transaction",
        "chain record",
        "payer",
        "issuance record",
    }


async def test_it_names_the_issuance_its_units_come_from(registry: Registry) -> None:
    await retire_and_send(registry)
    await blocks_are_followed(registry, 7)

    await run(registry.certificates.seal_certificate, SEAL)

    stored = await stored_certificate(registry)
    assert stored is not None
    document = json.loads(stored.document)
    (issuance,) = document["issuances"]
    chain = issuance.pop("chain")
    assert issuance == {
        "projectId": str(story.PROJECT_ID),
        "vintage": 2024,
        "approval": {
            "signOffDigest": document["evidence"]["signOffDigest"],
            "quantity": "1000.00",
        },
        "issued": {
            "serial": "KRB-2024-001-000001",
            "quantity": "1000.00",
            "units": {"first": 1, "last": 100_000},
        },
        "buffer": None,
    }
    assert (chain["record"]["quantity"], chain["record"]["credit_id"]) == (
        "1000.00",
        "KRB-2024-001-000001",
    )


@pytest.mark.parametrize(
    ("by_hand", "said"),
    [
        pytest.param(
            "UPDATE verification_requests SET verified_quantity_units = 50000",
            "not what an approved verification says",
            id="less was approved",
        ),
        pytest.param(
            "UPDATE projects SET status = 'pending'",
            "not what an approved verification says",
            id="the project is pending",
        ),
        pytest.param(
            "UPDATE credit_transactions SET verification_id = NULL",
            "not what an approved verification says",
            id="it rests on no approval",
        ),
        pytest.param(
            "INSERT INTO credit_entries (id, serial, project_id, owner_id, units, vintage, status,"
            " issued_at, last_action_at) SELECT gen_random_uuid(), 'KRB-2024-001-000099', project_id,"
            " owner_id, '[900000,1300000)', vintage, 'active', now(), now() FROM credit_entries"
            " WHERE parent_id IS NULL",
            "not what an approved verification says",
            id="more was issued beside it",
        ),
        pytest.param(
            "DELETE FROM chain_records WHERE kind = 'issuance'",
            "has no chain record",
            id="the issuance has no record",
        ),
    ],
)
async def test_units_that_were_not_issued_as_approved_are_never_sealed(
    registry: Registry, engine: AsyncEngine, by_hand: str, said: str
) -> None:
    await retire_and_send(registry)
    await blocks_are_followed(registry, 7)
    await LedgerRows(engine).by_hand(by_hand)

    sealed = await run(registry.certificates.seal_certificate, BELIEVE)

    stored = await stored_certificate(registry)
    assert stored is not None
    assert (sealed.digest, stored.status) == (None, CertificateStatus.ACCEPTED)
    assert said in (stored.trouble or "")


class ForgetfulChain(FakeChain):
    """Does not show one transaction any more, which is still there."""

    forgotten = ""

    async def inclusion(self, tx_hash: str) -> Inclusion | None:
        return None if tx_hash == self.forgotten else await super().inclusion(tx_hash)


async def test_an_issuance_that_is_final_is_not_asked_for_again(engine: AsyncEngine) -> None:
    """A provider may have forgotten its block, and the chain does not take it back any more."""
    chain = ForgetfulChain({WALLET.address: [FUNDS_LOVELACE]})
    registry = Registry(PostgresDatabase(engine), chain=chain)
    await story.credits_are_issued(registry)
    await story.everything_is_sent(registry)
    await blocks_are_followed(registry, 7)
    await LedgerRows(engine).by_hand("UPDATE chain_transactions SET status = 'final'")
    (settled,) = (await snapshot(engine))["chain_transactions"]
    chain.forgotten = settled["tx_hash"]
    await run(registry.retirement.retire_units, story.RETIRE)
    await story.everything_is_sent(registry)
    await blocks_are_followed(registry, 7)

    sealed = await run(registry.certificates.seal_certificate, SEAL)

    assert sealed.digest is not None


async def test_the_holder_and_the_webhooks_hear_of_a_new_seal(
    registry: Registry, engine: AsyncEngine
) -> None:
    _, former = await sealed_once(registry)
    there = await story.the_record_goes_into_another_transaction(registry)
    await blocks_are_followed(registry, 7)

    again = await run(registry.certificates.seal_certificate, SEAL)
    once_more = await run(registry.certificates.seal_certificate, SEAL)

    rows = await snapshot(engine)
    (event,) = [row for row in rows["outbox_events"] if row["name"] == "certificate.resealed"]
    payload = (
        json.loads(event["payload"]) if isinstance(event["payload"], str) else event["payload"]
    )
    assert (payload["supersedes"], payload["txHashes"]) == (former.digest, [there])
    kinds = [row["kind"] for row in rows["notifications"]]
    assert (kinds.count("certificate_sealed"), kinds.count("certificate_resealed")) == (1, 1)
    assert once_more == again


async def test_the_same_transaction_in_another_block_needs_no_new_seal(
    registry: Registry, engine: AsyncEngine
) -> None:
    _, former = await sealed_once(registry)
    registry.chain.rollback(9, requeue=True)
    await blocks_are_followed(registry, 9)

    again = await run(registry.certificates.seal_certificate, SEAL)

    present = await stored_certificate(registry)
    assert again.digest == former.digest
    assert present == former
    assert set((await strangers_checks(registry, former.document)).values()) == {"passed"}


async def test_a_certificate_sealed_by_an_earlier_version_is_not_sealed_again(
    registry: Registry, engine: AsyncEngine
) -> None:
    """Its effect has another name; the sealed document itself tells what it was sealed over."""
    _, former = await sealed_once(registry)
    async with engine.begin() as connection:
        await connection.execute(
            delete(activity_effects).where(activity_effects.c.key.startswith("seal-certificate/"))
        )

    again = await run(registry.certificates.seal_certificate, SEAL)

    assert again == CertificateSealed(retirement_id=story.RETIREMENT_ID, digest=former.digest)
    assert await stored_certificate(registry) == former


async def test_until_the_new_transaction_is_deep_enough_the_former_seal_stays(
    registry: Registry,
) -> None:
    _, former = await sealed_once(registry)
    await story.the_record_goes_into_another_transaction(registry)
    registry.chain.mine(3)

    with pytest.raises(ApplicationError) as waiting:
        await run(registry.certificates.seal_certificate, SEAL)

    assert waiting.value.type == "NotConfirmedNow"
    assert await stored_certificate(registry) == former


class SlowChain(FakeChain):
    """Something happens while its metadata is read."""

    def __init__(self) -> None:
        super().__init__({WALLET.address: [FUNDS_LOVELACE]})
        self.meanwhile: Callable[[], Awaitable[object]] | None = None

    async def metadata(self, tx_hash: str) -> Mapping[str, Any]:
        shown = await super().metadata(tx_hash)
        if self.meanwhile is not None:
            happening, self.meanwhile = self.meanwhile, None
            await happening()
        return shown


async def test_an_attempt_that_comes_late_seals_nothing_over_a_transaction_that_is_gone(
    engine: AsyncEngine,
) -> None:
    chain = SlowChain()
    registry = Registry(PostgresDatabase(engine), chain=chain)
    await retire_and_send(registry)
    await blocks_are_followed(registry, 9)
    chain.meanwhile = lambda: story.the_record_goes_into_another_transaction(registry)

    with pytest.raises(ApplicationError) as waiting:
        await run(registry.certificates.seal_certificate, SEAL)

    stored = await stored_certificate(registry)
    assert waiting.value.type == "NotConfirmedNow"
    assert stored is not None
    assert stored.status is CertificateStatus.ACCEPTED


# Many records of one transaction.

RECORDS = 5


async def many_are_retired_at_once(registry: Registry) -> list[SealCertificate]:
    """Their records share a transaction, six blocks deep."""
    await story.credits_are_issued(registry)
    await story.everything_is_sent(registry)
    retirement_ids = [named(f"retirement {number}") for number in range(RECORDS)]
    for number, retirement_id in enumerate(retirement_ids):
        await keep_draft(registry, retirement_id, DEVELOPER.id, story.RETIREMENT_DRAFT)
        asked = {
            "retirement_id": retirement_id,
            "waiting_workflow_id": f"retirement/{retirement_id}",
            # What is left after each one.
            "serial": f"KRB-2024-001-{2 * number + 1:06}",
        }
        await run(registry.retirement.retire_units, story.RETIRE.model_copy(update=asked))
    sent = await story.everything_is_sent(registry)
    assert len(sent) == 1
    await blocks_are_followed(registry, 7)
    return [SealCertificate(retirement_id=retirement_id) for retirement_id in retirement_ids]


async def test_what_the_chain_shows_of_a_transaction_is_requested_once_for_all_its_records(
    engine: AsyncEngine,
) -> None:
    chain = CountingChain({WALLET.address: [FUNDS_LOVELACE]})
    registry = Registry(PostgresDatabase(engine), chain=chain)
    seals = await many_are_retired_at_once(registry)
    chain.calls = 0

    sealed = await asyncio.gather(
        *(run(registry.certificates.seal_certificate, seal) for seal in seals[:-1])
    )
    sealed.append(await run(registry.certificates.seal_certificate, seals[-1]))

    assert len({one.digest for one in sealed} - {None}) == RECORDS
    # Where it stands, and its metadata; and those of the issuance, as far as it is in a block of its own.
    assert chain.calls == 3


async def test_a_block_that_was_shown_a_while_ago_is_requested_for_again(
    engine: AsyncEngine,
) -> None:
    chain = CountingChain({WALLET.address: [FUNDS_LOVELACE]})
    registry = Registry(PostgresDatabase(engine), chain=chain)
    seals = await many_are_retired_at_once(registry)
    await run(registry.certificates.seal_certificate, seals[0])
    registry.clock.advance(minutes=2)
    chain.rollback(3)

    with pytest.raises(ApplicationError) as waiting:
        await run(registry.certificates.seal_certificate, seals[1])

    assert waiting.value.type == "NotConfirmedNow"


async def test_in_another_block_the_transaction_is_read_anew(engine: AsyncEngine) -> None:
    chain = CountingChain({WALLET.address: [FUNDS_LOVELACE]})
    registry = Registry(PostgresDatabase(engine), chain=chain)
    seals = await many_are_retired_at_once(registry)
    await run(registry.certificates.seal_certificate, seals[0])
    chain.rollback(7)
    await blocks_are_followed(registry, 20)
    chain.calls = 0

    sealed = await run(registry.certificates.seal_certificate, seals[1])

    assert sealed.digest is not None
    assert chain.calls == 3


async def test_a_provider_that_shows_nothing_is_requested_once_by_all_who_wait(
    engine: AsyncEngine,
) -> None:
    chain = CountingChain({WALLET.address: [FUNDS_LOVELACE]})
    registry = Registry(PostgresDatabase(engine), chain=chain)
    seals = await many_are_retired_at_once(registry)
    chain.calls = 0
    chain.fail(ChainUnavailable("HTTP 502"))

    for seal in seals:
        with pytest.raises(ApplicationError, match="deep enough"):
            await run(registry.certificates.seal_certificate, seal)
    asked_in_vain = chain.calls
    registry.clock.advance(seconds=NOT_YET.total_seconds())
    sealed = await run(registry.certificates.seal_certificate, seals[0])

    assert asked_in_vain == 1
    assert sealed.digest is not None
