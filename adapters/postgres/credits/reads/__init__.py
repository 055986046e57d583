"""Named queries of the ledger, for JSON and pages alike; each says who may see what it returns."""
