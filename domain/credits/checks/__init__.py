"""What must hold of the whole ledger, recomputed from its rows, and each way in which it may not."""
