"""Use cases of the way to Cardano: records, transactions, wallets, and the watch on them."""
