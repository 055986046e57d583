"""Rows of the transparency log: its tree, its leaves, its checkpoints."""
