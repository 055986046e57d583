"""The Cardano chain: its provider, our records on their way, the wallets, and the watch."""
