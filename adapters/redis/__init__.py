"""What several API processes share: the link to Redis, and answers kept in it (ADR 0111)."""
