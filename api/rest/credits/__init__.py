"""JSON routes of the ledger: credits issued, moved, retired, and what keeps it whole."""
