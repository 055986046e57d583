"""The desk of verifiers: their queue, the workspace of a round, and its sign-off."""
