"""What a person may ask of the ledger: credits issued, moved, retired, and what keeps it whole."""
