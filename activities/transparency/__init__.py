"""Use cases of the transparency log: it grows, its checkpoints are published, and witnesses cosign them."""
