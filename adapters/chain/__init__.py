"""The Cardano chain: a client for Blockfrost-compatible servers, the wallet, and its key."""
