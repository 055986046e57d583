"""The chain through any server that speaks Blockfrost."""
