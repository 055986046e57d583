"""A wallet, frozen and resumed."""

from api.http.documentation.examples_facts import Example

WALLET_FREEZE_SENT: Example = {"wallet": "platform", "reason": "Its key is being changed."}

WALLET_RESUME_SENT: Example = {"wallet": "platform"}

WALLET_STATE: Example = {
    "wallet": "platform",
    "network": "preview",
    "address": "addr_test1vzpwq95z3xyum8vqndgdd9mdnmafh3djcxnc6jemlgdmswcve6tkw",
    "frozen": True,
    "reason": "Its key is being changed.",
    "since": "2026-03-01T12:00:00Z",
}
