"""Rules of the transparency log: its tree, its tiles, its checkpoints, and what is proven by it."""
