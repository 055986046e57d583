"""Records on the chain and the wallets that send them, as staff see them."""

from api.http.documentation.examples_facts import SHA256, TRANSACTION_ID, TX_HASH, Example
from api.rest.chain.examples.alerts import ALERT

RESUMPTION_SENT: Example = {"reason": "Version 1.4.2 splits reasons over 64 bytes; deployed."}

STAFF_CHAIN_RECORD: Example = {
    "id": "6b5a4938-2716-5504-9382-716050493827",
    "transactionId": TRANSACTION_ID,
    "kind": "transfer",
    "status": "confirmed",
    "record": {"type": "transfer", "credit_id": "KRB-2024-001-000002", "quantity": "250.00"},
    "queuedAt": "2026-03-08T11:00:00Z",
    "parkReason": None,
    "txHash": TX_HASH,
    "transactionStatus": "confirmed",
    "blockHash": SHA256,
    "blockHeight": 3214567,
    "confirmations": 6,
    "attempts": 0,
    "submissions": 1,
    "rollbacks": 0,
    "submittedAt": "2026-03-08T11:00:01Z",
    "confirmedAt": "2026-03-08T11:02:31Z",
    "checkedAt": "2026-03-08T11:02:31Z",
    "explorerUrl": f"https://preview.cardanoscan.io/transaction/{TX_HASH}",
}

WALLET: Example = {
    "wallet": "platform",
    "address": ALERT["subject"],
    "network": "preview",
    "balanceLovelace": "73748000",
    "meanFeeLovelace": "179000",
    "feesLeft": 412,
    "unspentOutputs": 1,
    "queued": 0,
    "inFlight": 2,
    "frozen": False,
    "provider": {
        "answers": True,
        "askedAt": "2026-03-10T12:06:00Z",
        "answeredAt": "2026-03-10T12:06:00Z",
        "tipHeight": 3215001,
        "tipSeenAt": "2026-03-10T12:06:00Z",
    },
    "openAlerts": [ALERT],
}
