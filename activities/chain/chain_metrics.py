"""
What is logged and counted of writing to the chain: signatures, submissions, changes of a confirmation.

For Prometheus, beside the worker's other metrics (docs/operations.md, "Numbers of the chain"). A log line
names transactions, blocks and wallets, which all stand on the chain, and nothing else.
"""

from datetime import datetime

from temporalio import activity

from domain.chain.confirmations import ObservationResult
from domain.chain.transactions import ChainTransactionStatus, SignedTransaction, StoredTransaction

SUBMISSIONS = "registry_chain_submissions"
FAILURES = "registry_chain_failures"
CONFIRMATION_SECONDS = "registry_chain_confirmation_seconds"

_CONFIRMED = frozenset({ChainTransactionStatus.CONFIRMED, ChainTransactionStatus.FINAL})


def signature_made(wallet_address: str, signed: SignedTransaction, *, records: int) -> None:
    activity.logger.info(
        "chain signature",
        extra={
            "tx_hash": signed.tx_hash,
            "wallet": wallet_address,
            "records": records,
            "fee_lovelace": signed.fee_lovelace,
            "ttl_slot": signed.ttl_slot,
        },
    )


def submission_made(transaction: StoredTransaction, *, result: str, words: str = "") -> None:
    """`result`: taken, refused (with the node's `words`), or unanswered."""
    activity.logger.info(
        "chain submission",
        extra={
            "tx_hash": transaction.tx_hash,
            "result": result,
            "submission": transaction.submissions + 1,
            **({"words": words} if words else {}),
        },
    )
    activity.metric_meter().create_counter(SUBMISSIONS).add(1, {"result": result})


def confirmation_changed(
    before: StoredTransaction, after: StoredTransaction, result: ObservationResult, at: datetime
) -> None:
    """Says nothing when the status and the block are the same as before."""
    if (before.status, before.block_hash) == (after.status, after.block_hash):
        return
    activity.logger.info(
        "chain confirmation",
        extra={
            "tx_hash": after.tx_hash,
            "status_before": before.status.value,
            "status": after.status.value,
            "block_height": after.block_height,
            "block_hash": after.block_hash,
            "confirmations": after.confirmations,
            "rolled_back": result.rolled_back,
        },
    )
    meter = activity.metric_meter()
    if result.rolled_back:
        meter.create_counter(FAILURES).add(1, {"reason": "rolled_back"})
    if after.status is ChainTransactionStatus.EXPIRED:
        meter.create_counter(FAILURES).add(1, {"reason": "expired"})
    if after.status in _CONFIRMED and before.confirmed_at is None:
        seconds = (at - after.built_at).total_seconds()
        meter.create_histogram_float(CONFIRMATION_SECONDS).record(seconds)
