"""The transparency log for everybody: checkpoints, tiles, and proofs of certificates."""
