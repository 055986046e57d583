"""Tables of credits beside the ledger."""
