"""An opening of a chain record's commitment."""

from api.http.documentation.examples_facts import BUYER_ID, TRANSACTION_ID, Example

OPENING: Example = {
    "recordId": "6b5a4938-2716-5504-9382-716050493827",
    "transactionId": TRANSACTION_ID,
    "field": "to",
    "commitment": "beba65d3883e11e9573beca14367b182cda370fb799b7a1948b1a0330684ca0b",
    "accountId": BUYER_ID,
    "salt": "5d" * 32,
}
