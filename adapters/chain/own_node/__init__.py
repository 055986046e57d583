"""The chain through a node of our own: Ogmios and Kupo."""
