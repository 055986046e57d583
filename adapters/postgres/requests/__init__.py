"""What was asked of the registry, what came of it, and what was answered."""
